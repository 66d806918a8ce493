import SBOM
import StrictEncoding
import Testing

/// The look-up that reads no package URL whole against the one that does.
struct PackageURLLookupTests {
    @Test(arguments: [
        "pkg:npm/left-pad@1.0.0", "pkg:npm/%40scope/left-pad@1.0.0", "pkg:golang/example.com/team/tool@v1.2.3",
        "pkg:maven/org.example/Some_Name@1.0-SNAPSHOT", "pkg:nuget/Example.Json@13.0.3", "pkg:gem/some_gem",
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12", "pkg:pypi/some-name@1.0",
        "pkg:rpm/fedora/some_name@1.0?arch=x86_64&upstream=some_1.0.src.rpm", "pkg:generic/a+b@1.0+c",
    ])
    func isToldOfCommonPackagesAtOnce(_ text: String) throws {
        #expect(try isKnownToMiss([text], ["pkg:npm/other", "pkg:*/other*", "pkg:golang/example.net/**"]))
        #expect(try !isKnownToMiss([text], ["pkg:*/**"]))
        #expect(try !isKnownToMiss([text], [text.prefixBeforeVersion]))
    }

    /// Names that a type writes in another way than they were stated: a denial is not escaped by stating them so.
    @Test(
        arguments: [
            ("pkg:pypi/Some_Name@1", "pkg:pypi/some-name"), ("pkg:pypi/some_name@1", "pkg:pypi/some-name"),
            ("pkg:PyPI/some-name@1", "pkg:pypi/some-name"), ("pkg:hackage/a_b", "pkg:hackage/a-b"),
            ("pkg:github/Example/Thing", "pkg:github/example/thing"), ("pkg:pub/a-b", "pkg:pub/a_b"),
            ("pkg:golang/Example.com/Tool", "pkg:golang/example.com/tool"),
            ("pkg:cpan/author/Name", "pkg:cpan/AUTHOR/Name"),
            ("pkg:mlflow/Model@1?repository_url=https:%2F%2Fazuredatabricks%2Enet", "pkg:mlflow/model"),
            ("pkg:npm/left%2Dpad", "pkg:npm/left-pad"), ("pkg:npm/%6Ceft-pad", "pkg:npm/left-pad"),
            ("pkg:deb/Debian/%4Cibc6", "pkg:deb/debian/libc6"), ("PKG:npm/a", "pkg:npm/a"),
            ("pkg://npm/a", "pkg:npm/a"), ("pkg:npm//a", "pkg:npm/a"), ("pkg:npm/a/", "pkg:npm/a"),
            ("pkg:npm/@scope/a", "pkg:npm/%40scope/a"), ("pkg:npm/a@", "pkg:npm/a"), ("pkg:npm/a@1/2", "pkg:npm/a"),
            ("pkg:npm/a@1@2", "pkg:npm/a%401"), ("pkg:git/example.com/a/b", "pkg:git/example.com/**/b"),
            ("pkg:generic/a%2Fb", "pkg:generic/a%2Fb"), ("pkg:generic/%2Fa", "pkg:generic/a"),
            ("pkg:generic/caf%C3%A9", "pkg:generic/caf\u{E9}"), ("pkg:npm/a#b", "pkg:npm/a"),
            ("pkg:generic/a?B=1&a=2", "pkg:generic/a"), ("pkg:generic/a?b=", "pkg:generic/a"),
        ] as [(String, String)])
    func noSpellingEscapesAPattern(_ text: String, _ pattern: String) throws {
        #expect(try PackageURLPattern(pattern).matches(PackageURL(text, typeDefinition: .recorded)))
        #expect(try !isKnownToMiss([text], [pattern]))
    }

    /// Nobody is told that a text misses which is no package URL.
    @Test(arguments: [
        "pkg:", "pkg:npm", "pkg:npm/", "npm/a", "pkg:1a/b", "pkg:n+m/a", "pkg:npm/a%", "pkg:npm/a%4",
        "pkg:npm/a%zz",
        "pkg:npm/a%C3", "pkg:npm/a@%zz", "pkg:npm/a@%FF", "pkg:npm/a?k=%zz", "pkg:npm/a?=v", "pkg:npm/a?1=v",
        "pkg:npm/a?k=1&k=2",
        "pkg:npm/a?k%=v", "pkg:npm/a?a=1?b=2", "pkg:npm/a#b#c", "pkg:npm/a#b%2Fc", "pkg:generic/a%2Fb/c",
        "pkg:npm/a\u{7}",
        "pkg:npm/a@1\u{7F}", "pkg:npm/%2F", "pkg:npm/x/@1.0", "pkg:npm/a?k=1&j=2&k=3",
    ])
    func nothingUnreadableIsKnownToMiss(_ text: String) throws {
        #expect(throws: PackageURLError.self) { try PackageURL(text, typeDefinition: .recorded) }
        #expect(try !isKnownToMiss([text], ["pkg:npm/other"]))
    }

    @Test func aTextThatGrowsTooLongIsNotKnownToMiss() throws {
        // As it stands it is short enough; its canonical form is not.
        let text = "pkg:generic/a?k=" + String(repeating: "/", count: 4_000)
        #expect(throws: PackageURLError.self) { try PackageURL(text, typeDefinition: .recorded) }
        #expect(try !isKnownToMiss([text], ["pkg:npm/other"]))
    }

    @Test func everyPackageURLOfAComponentIsLookedAt() throws {
        #expect(try !isKnownToMiss([], ["pkg:npm/a"]))
        #expect(try isKnownToMiss(["pkg:npm/x", "pkg:npm/y"], ["pkg:npm/a"]))
        #expect(try !isKnownToMiss(["pkg:npm/x", "pkg:npm/a"], ["pkg:npm/a"]))
        #expect(try !isKnownToMiss(["pkg:npm/a", "pkg:npm/x"], ["pkg:npm/a"]))
        #expect(try !isKnownToMiss(["pkg:npm/x", "no package URL"], ["pkg:npm/a"]))
    }

    /// Generated from pieces that mean something to one reader or the other, then changed at random.
    @Test(arguments: 1...8)
    func whatIsKnownToMissIsReadAndMeantByNoPattern(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let patterns = try Self.patterns.map { try PackageURLPattern($0) }
        let index = PackageURLPatternIndex(patterns)
        var texts: [String] = []
        for _ in 0..<4_000 { texts.append(Self.text(&random)) }
        let document = try Self.document(texts.map { [$0] })
        var room = PackageURLPatternIndex.LookupRoom()
        var misses = 0
        for (component, text) in zip(document.components, texts) where index.isKnownToMiss(component, &room) {
            misses += 1
            guard let package = try? PackageURL(text, typeDefinition: .recorded) else {
                Issue.record("`\(text)` cannot be read")
                continue
            }
            #expect(index.matches(package).isEmpty, "`\(text)`")
        }
        // The law would hold of a look-up that never knows.
        #expect(misses > 100)
    }

    private static let types = [
        "npm", "pypi", "github", "golang", "deb", "maven", "pub", "cpan", "hackage", "mlflow", "git", "nuget", "swift",
        "PyPI",
        "own", "1a", "",
    ]
    private static let names =
        Array(repeating: ["a", "b", "c", "a-b", "c.d"], count: 8).flatMap { $0 } + [
            "a_b", "A", "a.b", "%41", "%61", "%5F", "%2F", "%40", "@", "caf\u{E9}", "%C3%A9", "%E9", "%", "%4", "+",
            "~", ":",
            " ", "..", "AUTHOR", "author",
        ]
    private static let patterns =
        types.filter { $0 != "" && $0 != "1a" }.flatMap { type in
            ["a", "a-b", "a_b", "A", "%40a/b", "b/**/a", "AUTHOR/a", "author/*", "a*b", "caf%C3%A9"].map {
                "pkg:\(type)/\($0)"
            }
        } + ["pkg:*/b/a", "pkg:p*/**/a.b", "pkg:npm/*~"]

    private static func text(_ random: inout SeededGenerator) -> String {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
        func part() -> String { (0..<Int.random(in: 1...2, using: &random)).map { _ in pick(names) }.joined() }
        var text = pick(Array(repeating: "pkg:", count: 12) + ["pkg:/", "pkg://", "PKG:", "npm:"]) + pick(types) + "/"
        for _ in 0..<pick(["", "", "", "1", "12"]).utf8.count {
            text += part() + pick(["/", "/", "/", "/", "/", "/", "//"])
        }
        text += part()
        text += pick([
            "", "", "", "@1.0", "@1.0", "@1.0", "@1.0%2B1", "@", "@1@2", "@1/2", "@%zz", "@%C3%A9", "@" + part(), "/",
        ])
        text += pick([
            "", "", "?arch=amd64", "?a=1&b=2", "?b=2&a=1", "?a=1&a=2", "?A=1", "?a=", "?", "?a=%", "?a=1?",
            "?\(part())=1",
        ])
        text += pick(["", "", "", "", "", "", "", "", "#sub/path", "#", "#a#b", "#%2F"])
        guard Int.random(in: 0..<3, using: &random) == 0 else { return text }
        var scalars = Array(text.unicodeScalars)
        let place = Int.random(in: 0..<scalars.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: scalars.remove(at: place)
        case 1: scalars.insert(Unicode.Scalar(UInt8.random(in: 1...127, using: &random)), at: place)
        default: scalars[place] = Unicode.Scalar(UInt8.random(in: 32...126, using: &random))
        }
        return String(String.UnicodeScalarView(scalars))
    }

    private func isKnownToMiss(_ texts: [String], _ patterns: [String]) throws -> Bool {
        let index = try PackageURLPatternIndex(patterns.map { try PackageURLPattern($0) })
        var room = PackageURLPatternIndex.LookupRoom()
        let component = try #require(try Self.document([texts]).components.first)
        #expect(component.packageURLTexts == texts)
        return index.isKnownToMiss(component, &room)
    }

    /// An SPDX document: of its packages each may have several package URLs.
    private static func document(_ packages: [[String]]) throws -> Inventory {
        let list = packages.enumerated().map { index, texts -> JSONTree in
            [
                "name": "p", "SPDXID": .string("SPDXRef-\(index)"), "downloadLocation": "NOASSERTION",
                "externalRefs": .array(
                    texts.map {
                        [
                            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                            "referenceLocator": .string($0),
                        ]
                    }),
            ]
        }
        let tree: JSONTree = [
            "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "dataLicense": "CC0-1.0", "name": "d",
            "documentNamespace": "https://example/d",
            "creationInfo": ["created": "2026-11-01T10:00:00Z", "creators": ["Tool: t"]], "packages": .array(list),
        ]
        return try SBOMDocument.read(tree.canonicalBytes()).inventory
    }
}

extension String {
    fileprivate var prefixBeforeVersion: String { String(prefix { $0 != "@" && $0 != "?" }) }
}

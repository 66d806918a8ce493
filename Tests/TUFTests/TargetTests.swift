import Content
import Findings
import Simulators
import StrictEncoding
import TUF
import Testing

/// Section 5.7, the names of targets, and the words of errors.
@Suite struct TargetTests {
    private func file(_ bytes: [UInt8], _ alter: (inout SimulatedTUFRepository) -> Void = { _ in }) throws -> TargetFile
    {
        var repository = try SimulatedTUFRepository()
        repository.add("dir/file", bytes)
        alter(&repository)
        try repository.publish()
        var client = try StoredTrust(repository)
        return try #require(try client.find("dir/file", in: repository).file)
    }

    @Test func acceptsTheListedBytesOnly() throws {
        let file = try file([1, 2, 3])
        #expect(try file.verified([1, 2, 3]).digest == Digest(of: [1, 2, 3]))
        for other in [[1, 2, 4], [1, 2], [1, 2, 3, 0], []] as [[UInt8]] {
            #expect(throws: TUFError.otherTarget(file.path)) { _ = try file.verified(other) }
        }
    }

    @Test func everyListedHashOfATargetHasToMatch() throws {
        let both: JSONTree = [
            "length": 1,
            "hashes": [
                "sha256": .string(Digest(of: [1]).hex), "sha512": .string(Digest(of: [1], using: .sha512).hex),
                "unknown": "00",
            ],
        ]
        let good = try file([1]) { $0.targets.files["dir/file"] = both }
        #expect(try good.verified([1]).bytes == [1])
        let wrong: JSONTree = [
            "length": 1,
            "hashes": ["sha256": .string(Digest(of: [1]).hex), "sha512": .string(Digest(of: [2], using: .sha512).hex)],
        ]
        let bad = try file([1]) { $0.targets.files["dir/file"] = wrong }
        #expect(throws: TUFError.otherTarget(bad.path)) { _ = try bad.verified([1]) }
    }

    @Test func aTargetWithUnknownHashesOnlyIsNeverAccepted() throws {
        let file = try file([1]) { $0.targets.files["dir/file"] = ["length": 1, "hashes": ["md4": "00"]] }
        #expect(throws: TUFError.noKnownHash(of: "dir/file")) { _ = try file.verified([1]) }
    }

    @Test func handsOutCustomData() throws {
        let custom: JSONTree = ["sigstore": ["status": "Active"]]
        let file = try file([1]) {
            $0.targets.files["dir/file"] = [
                "length": 1, "hashes": ["sha256": .string(Digest(of: [1]).hex)], "custom": custom,
            ]
        }
        #expect(file.custom == custom)
    }

    @Test func rejectsTargetsBeyondTheLimit() throws {
        var repository = try SimulatedTUFRepository()
        repository.add("file", [1, 2, 3])
        try repository.publish()
        var client = try StoredTrust(repository)
        let file = try #require(try client.find("file", in: repository).file)
        var limits = TUFLimits()
        limits.targetBytes = 2
        let chain = try client.update(from: repository, at: SimulatedTUFRepository.now, limits: limits)
        var refused: TUFError?
        do throws(TUFError) { _ = try chain.location(of: file) } catch { refused = error }
        #expect(refused == .targetTooLarge(file.path, limit: 2))
        #expect(refused?.code == .limitTUFMetadata)
    }

    /// Names that lead out of a directory (GHSA-x3r5-q6mj-m485, CVE-2026-24686), or that two systems read in two ways.
    @Test(arguments: [
        "", "/", "/etc/passwd", "../file", "dir/../../file", "dir/..", ".", "./file", "dir//file", "dir/", "a\\..\\b",
        "file\u{0}", "file\n", "\u{7f}", "C:\\file", String(repeating: "a", count: 121),
        String(repeating: "a/", count: 512) + "a",
    ])
    func rejectsTargetNamesThatCouldLeadElsewhere(name: String) throws {
        #expect(throws: TUFError.refusedTargetPath(name)) { _ = try TargetPath(name) }
        // Listed, such a name does no harm: nobody can ask for it, and the others can be had.
        var repository = try SimulatedTUFRepository()
        repository.targets.files[ExactString(name)] = ["length": 1, "hashes": ["sha256": .string(Digest(of: [1]).hex)]]
        repository.add("good", [2])
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(try client.find("good", in: repository).file != nil)
    }

    @Test(arguments: ["file", "dir/file", ".hidden", "a..b", "...", "with space", "\u{e9}", "a%2e%2e/b"])
    func acceptsOrdinaryTargetNames(name: String) throws {
        #expect(try TargetPath(name).description == name)
    }

    @Test func targetNamesAreComparedAsBytes() throws {
        var repository = try SimulatedTUFRepository()
        repository.add("caf\u{e9}", [1])
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(try client.find("caf\u{e9}", in: repository).file != nil)
        #expect(try client.find("cafe\u{301}", in: repository).file == nil)
    }

    /// PATHPATTERN of section 4.5, by way of a delegation.
    @Test(arguments: [
        ("targets/*.tgz", "targets/foo.tgz", true), ("targets/*.tgz", "targets/foo.txt", false),
        ("foo-version-?.tgz", "foo-version-2.tgz", true), ("foo-version-?.tgz", "foo-version-alpha.tgz", false),
        ("*.tgz", "foo.tgz", true), ("*.tgz", "targets/foo.tgz", false), ("foo.tgz", "foo.tgz", true),
        ("foo.tgz", "foo_tgz", false), ("*", "a", true), ("*", "a/b", false), ("*/*", "a/b", true),
        ("**", "a/b", false), ("**", "ab", true), ("a?c", "a/c", false), ("a*c", "abbc", true),
        ("a*b*c", "aXbYc", true),
        ("a*b*c", "aXcYb", false), ("[ab]c", "bc", true), ("[ab]c", "cc", false), ("[!ab]c", "cc", true),
        ("[!ab]c", "ac", false), ("[a-c]", "b", true), ("[a-c]", "d", false), ("[c-a]", "b", false), ("[]]", "]", true),
        ("[a-]", "-", true), ("[ab", "[ab", true), ("[ab", "a", false), ("a[/]b", "a/b", false), ("", "a", false),
        ("/a", "a", false), ("a/", "a", false), ("A", "a", false),
        ("*a*a*a*a*b", String(repeating: "a", count: 100), false),
    ])
    func patternsMatchAsTheSpecificationSays(pattern: String, path: String, matches: Bool) throws {
        var repository = try SimulatedTUFRepository()
        let delegated = try SimulatedTUFTargets()
        repository.delegated["A"] = delegated
        repository.targets.delegations = [.init("A", delegated.role, paths: [pattern])]
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect((try client.find(path, in: repository).asked == ["A"]) == matches)
    }

    // MARK: Codes and words

    /// Every error, with its code. Whoever adds an error adds a line.
    private static let errors: [(TUFError, String)] = [
        (.malformed(.root, .expected("an object", at: "signed")), "tuf.malformed-metadata"),
        (.malformed(.root, .json(.unexpectedEnd)), "tuf.malformed-metadata"),
        (.malformed(.root, .json(.tooDeep(limit: 1, offset: 2))), "limit.tuf-metadata"),
        (.malformed(.root, .tooManySignatures(limit: 1)), "limit.tuf-metadata"),
        (.metadataTooLarge(.timestamp, limit: 1), "limit.tuf-metadata"),
        (.tooFewSignatures(.snapshot, by: .trusted, expected: 2, found: 1), "tuf.too-few-signatures"),
        (.otherRootVersion(expected: 2, found: 1), "tuf.wrong-root-version"),
        (.tooManyRootRotations(limit: 1), "limit.tuf-metadata"),
        (.expired(.targets, expires: .earliest, at: .latest), "tuf.expired"),
        (.rollback(statedBy: .snapshot, of: "a.json", trusted: 2, found: 1), "tuf.rollback"),
        (.droppedFromSnapshot("a.json"), "tuf.not-listed"),
        (.otherVersion(.targets, expected: 2, found: 1), "tuf.mixed-metadata"),
        (.otherLength(.targets, expected: 2, found: 1), "tuf.mixed-metadata"),
        (.otherHash(.targets, function: "sha256"), "tuf.mixed-metadata"),
        (.noKnownHash(of: "a"), "tuf.malformed-metadata"),
        (.notInSnapshot(.delegated("a")), "tuf.not-listed"),
        (.tooManyDelegations(limit: 1), "limit.tuf-metadata"),
        (.notAskedFor, "tuf.malformed-metadata"),
        (.refusedTargetPath("../\u{1b}[31m"), "tuf.refused-target-name"),
    ]

    @Test func everyErrorHasACodeOfTheTableAndOneLine() throws {
        let path = try TargetPath("a")
        let all =
            Self.errors + [
                (.noSuchTarget(path), "tuf.no-such-target"), (.targetTooLarge(path, limit: 1), "limit.tuf-metadata"),
                (.otherTarget(path), "tuf.other-target"),
            ]
        for (error, code) in all {
            #expect(error.finding.code.name == code)
            #expect(ReasonTable.tuf.codes.contains(error.code))
            #expect(error.message.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
            #expect(error.message.hasPrefix("expected") || error.message.contains(": expected"), "\(error.message)")
            #expect(!error.message.hasSuffix("."))
        }
        // What is left are the client's own, which read and store.
        let others: Set = [
            "tuf.unavailable", "tuf.no-trusted-root", "tuf.other-root", "tuf.cache-unusable", "tuf.cache-busy",
            "tuf.fallback",
        ]
        #expect(Set(all.map(\.1)) == Set(ReasonTable.tuf.codes.map(\.name)).subtracting(others))
    }
}

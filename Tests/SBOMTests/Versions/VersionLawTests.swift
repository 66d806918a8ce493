import SBOM
import Testing

/// The laws of a total order, tried on versions made of the pieces that each scheme is sensitive to.
struct VersionLawTests {
    /// Pieces, and how many of them.
    static let grammars: [(scheme: VersionScheme, pieces: [String], first: String)] = [
        (.deb, ["0", "1", "01", "10", "a", "b", "~", "+", ".", "-"], "1"),
        (.rpm, ["0", "1", "01", "10", "a", "b", "~", "^", ".", "_", "-", ".."], "1"),
        (.apk, [".0", ".1", ".01", ".10", "a", "_rc", "_p1", "_alpha2", "_pre", "~ab", "-r0", "-r1"], "1"),
        (.gentoo, [".0", ".1", ".01", ".10", "a", "_rc", "_p1", "_alpha2", "_p0", "-r0", "-r1"], "1"),
        (.npm, [".0", ".1", ".10", "-", "a", "0", "-1", "-rc.1", "+b"], "1"),
        (.nuget, [".0", ".1", ".10", "-A", "a", ".0", "-1", "-rc.1", "+b"], "1"),
        (.pypi, [".0", ".1", "a1", "b", "rc2", ".post1", ".dev0", "+a", "+1", "-1"], "1"),
        (.maven, [".1", ".2", "-1", "-a", "-rc", "-sp", "-x", "a1", "-snapshot"], "1"),
        (.gem, [".0", ".1", ".a", "-1", ".10", ".pre", "b1"], "1"),
        (.composer, [".0", ".1", "-dev", "-beta", "-RC2", ".10", "-p1", "-alpha.1", "@dev"], "1"),
        (.openssl, [".0", ".1", "a", "z", "za", "-beta1"], "1"),
        (.generic, [".0", ".1", "a", "rc", "post", "-", "10", "1"], "1"),
        (.intdot, [".0", ".1", ".01", "a", ".10"], "1"),
        (.lexicographic, ["a", "b", "0", "."], "1"),
    ]

    @Test(arguments: grammars.indices)
    func everySchemeIsATotalOrder(_ index: Int) throws {
        let (scheme, pieces, first) = Self.grammars[index]
        var random = LawGenerator(seed: UInt64(index) + 1)
        var versions: [Version] = []
        while versions.count < 70 {
            let text = first + random.text(of: pieces, count: 0...4)
            if let version = try? Version(text, scheme: scheme) { versions.append(version) }
        }
        let count = versions.count
        var orders: [VersionOrder] = []
        for one in versions { for other in versions { orders.append(try #require(one.order(against: other))) } }
        func order(_ a: Int, _ b: Int) -> Int { orders[a * count + b].rawValue }
        var violations: [String] = []
        for a in 0..<count {
            if order(a, a) != 0 { violations.append("\(versions[a]) is not itself") }
            for b in 0..<count {
                if order(a, b) != -order(b, a) { violations.append("\(versions[a]) and \(versions[b]) both ways") }
                for c in 0..<count where order(a, b) <= 0 && order(b, c) <= 0 {
                    let isStrict = order(a, b) < 0 || order(b, c) < 0
                    if order(a, c) != (isStrict ? -1 : 0) {
                        violations.append("\(versions[a]) \(versions[b]) \(versions[c])")
                    }
                }
            }
        }
        #expect(violations.isEmpty, "\(scheme): \(violations.count) violations, \(violations.prefix(5))")
    }

    /// Each list goes from the oldest to the newest; each element of a list stands for one version.
    @Test(
        arguments: [
            (.deb, ["1.0~~", "1.0~rc1", "1.0", "1.0-1", "1.0a", "1.0+b1", "1.0.1", "1.10", "1:0.1"]),
            (.rpm, ["1.0~rc1-1", "1.0", "1.0-1", "1.0-2", "1.0^git1-1", "1.0a-1", "1.0.1-1", "1:0-1"]),
            (.alpm, ["1.0alpha", "1.0b", "1.0beta", "1.0p", "1.0rc", "1.0", "1.0.a", "1.0.1", "1:0.1"]),
            (.apk, ["1.0_alpha", "1.0_rc1", "1.0", "1.0-r1", "1.0_p1", "1.0a", "1.0.01", "1.0.1", "1.1", "1.10"]),
            (.gentoo, ["1_alpha", "1_rc", "1", "1-r1", "1_p", "1a", "1.0", "1.01", "1.1"]),
            (
                .semver,
                [
                    "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
                    "1.0.0-rc.1", "1.0.0", "1.0.1",
                ]
            ),
            (.golang, ["v1.0.0-20200101000000-abcdefabcdef", "v1.0.0", "v1.0.1+incompatible"]),
            (.nuget, ["1.0.0-alpha", "1.0.0-Beta", "1.0.0", "1.0.0.1-a", "1.0.0.1"]),
            (
                .pypi,
                [
                    "1.dev0", "1.0a1.dev1", "1.0a1", "1.0b1", "1.0rc1", "1.0", "1.0+local", "1.0+1", "1.0.post1.dev1",
                    "1.0.post1", "1.1", "1!0.1",
                ]
            ),
            (
                .maven,
                ["1-alpha-1", "1-beta", "1-m1", "1-rc1", "1-SNAPSHOT", "1", "1-sp", "1-abc", "1-1", "1.1", "1.10"]
            ),
            (.gem, ["1.a", "1.pre.2", "1.0.0.rc1", "1", "1.0.1", "1.10"]),
            (
                .composer,
                ["1.0-dev", "1.0-alpha1", "1.0-beta1", "1.0-RC1", "1.0", "1.0-p1", "1.0.1", "1.x-dev", "2.0.0-dev"]
            ),
            (.cargo, ["0.9.0", "1.0.0-rc.1", "1.0.0"]),
            (.conan, ["1.0-pre", "1.0", "1.0+b1", "1.1", "1.1.a", "1.20"]),
            (.openssl, ["1.0.2", "1.0.2z", "1.0.2za", "1.1.1", "3.0.0-alpha1", "3.0.0"]),
            (.generic, ["1.0alpha1", "1.0rc1", "1.0", "1.0post1", "1.0.1", "1.0a"]),
            (.intdot, ["1", "1.2", "1.10"]),
            (
                .datetime,
                [
                    "2024-01-01T12:00:00+02:00", "2024-01-01T12:00:00Z", "2024-01-01T12:00:00.5Z",
                    "2024-01-01T12:00:00.51Z",
                ]
            ),
            (.lexicographic, ["B", "a", "aa", "\u{E9}"]),
        ] as [(VersionScheme, [String])])
    func ordersAsItsRulesSay(_ scheme: VersionScheme, _ ascending: [String]) throws {
        let versions = try ascending.map { try Version($0, scheme: scheme) }
        for (index, one) in versions.enumerated() {
            for (other, version) in versions.enumerated() {
                let expected: VersionOrder = index < other ? .less : index > other ? .greater : .equal
                #expect(one.order(against: version) == expected, "\(scheme): \(one) \(version)")
            }
        }
    }

    @Test(
        arguments: [
            (.deb, "0:1.0-0", "1.0"), (.deb, "1.001", "1.1"), (.rpm, "0:1.0", "1.00"), (.rpm, "1.0_1", "1.0.1"),
            (.alpm, "1.0", "1.0-3"), (.gentoo, "1.0-r0", "1.0"), (.gentoo, "1.010", "1.01"),
            (.npm, "v1.2.3+a", "1.2.3"),
            (.nuget, "1.0", "1.0.0.0+x"), (.nuget, "1.0-A", "1.0-a"), (.pypi, "1.0.0", "1"),
            (.pypi, "1.0-ALPHA_1", "1.0a1"),
            (.pypi, "1.0-1", "1.0.post1"), (.pypi, "1.0+a-1", "1.0+A.1"), (.pypi, " v1.0c ", "1.0rc0"),
            (.maven, "1.0.0-GA", "1"), (.maven, "1-cr2", "1.rc2"), (.maven, "1a1", "1-alpha-1"), (.gem, "1.0", "1"),
            (.gem, "1-1", "1.pre.1"), (.composer, "v1.0", "1.0.0.0-stable"), (.composer, "1.0b1", "1.0-beta.1"),
            (.conan, "1+b1", "1.0+b1.0"), (.intdot, "1.02.0-x", "1.2"),
            (.datetime, "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00Z"),
            (.generic, "1.0-rc1", "1.0RC1"),
        ] as [(VersionScheme, String, String)])
    func knowsDifferentTextsOfOneVersion(_ scheme: VersionScheme, _ one: String, _ other: String) throws {
        #expect(try Version(one, scheme: scheme).order(against: Version(other, scheme: scheme)) == .equal)
    }

    @Test(
        arguments: [
            (.deb, "a:1"), (.deb, "1.0-"), (.deb, "1 0"), (.deb, "-1"), (.rpm, ":1"), (.rpm, "-1"), (.rpm, "1 0"),
            (.apk, "a"),
            (.apk, "1."), (.apk, "1_zz"), (.apk, "1-r"), (.apk, "1ab"), (.gentoo, "1.a"), (.gentoo, "1_zz"),
            (.gentoo, "1-r"),
            (.npm, "1.2.3.4"), (.npm, "1..2"), (.npm, "1.2.3-"), (.npm, "1.2.3-a..b"), (.npm, "latest"),
            (.npm, "1.2.3+"),
            (.nuget, "1.2.3.4.5"), (.pypi, "1.0-"), (.pypi, "1.0.x"), (.pypi, "1.0+"), (.pypi, "1.0+a..b"),
            (.pypi, "1!"),
            (.gem, "a.1"), (.gem, "1..2"), (.composer, "dev-main"), (.composer, "1.0.0.0.0"), (.composer, "1.0-foo"),
            (.openssl, "1.2.3.4"), (.datetime, "2024-01-01t00:00:00z"), (.datetime, "2024-02-30T00:00:00Z"),
            (.intdot, "x"),
            (.generic, "..."), (.conan, "-1"), (.maven, "1 0"),
        ] as [(VersionScheme, String)])
    func refusesWhatIsNoVersion(_ scheme: VersionScheme, _ text: String) {
        #expect(throws: VersionError.malformed(text, scheme)) { try Version(text, scheme: scheme) }
        #expect(!VersionError.malformed(text, scheme).message.isEmpty)
    }

    @Test func refusesEmptyAndEndlessVersions() {
        for scheme in VersionScheme.allCases {
            #expect(throws: VersionError.malformed("", scheme)) { try Version("", scheme: scheme) }
            #expect(throws: VersionError.tooLong(1_025)) {
                try Version(String(repeating: "1", count: 1_025), scheme: scheme)
            }
        }
    }

    /// Dates and hashes are longer than any machine's integers.
    @Test(arguments: VersionScheme.allCases.filter { ![.datetime, .lexicographic, .all, .nothing].contains($0) })
    func numbersNeverOverflow(_ scheme: VersionScheme) throws {
        let large = String(repeating: "9", count: 1_000)
        let larger = "1" + String(repeating: "0", count: 1_000)
        #expect(try Version(large, scheme: scheme).order(against: Version(larger, scheme: scheme)) == .less)
    }

    @Test func versionsOfDifferentSchemesHaveNoOrder() throws {
        #expect(try Version("1", scheme: .deb).order(against: Version("1", scheme: .rpm)) == nil)
    }

    @Test func findsTheSchemeOfAPackage() {
        #expect(VersionScheme(packageType: "deb") == .deb && VersionScheme(packageType: "pub") == .semver)
        #expect(VersionScheme(packageType: "docker") == nil && VersionScheme(packageType: "generic") == nil)
        #expect(
            VersionScheme(type: "NPM") == .npm && VersionScheme(type: "alpine") == .apk
                && VersionScheme(type: "x") == nil)
    }

    @Test func survivesWhateverBytes() {
        var random = LawGenerator(seed: 99)
        let pieces = [
            "0", "1", "9", "a", "Z", ".", "-", "_", "~", "^", "+", ":", "!", "*", "rc", "post", "\u{E9}", " ", "\u{0}",
            "@",
        ]
        for _ in 0..<8_000 {
            let scheme = random.pick(VersionScheme.allCases)
            guard let one = try? Version(random.text(of: pieces, count: 1...12), scheme: scheme),
                let other = try? Version(random.text(of: pieces, count: 1...12), scheme: scheme)
            else { continue }
            #expect(one.order(against: other)?.rawValue == (other.order(against: one)?.rawValue).map { -$0 })
        }
    }
}

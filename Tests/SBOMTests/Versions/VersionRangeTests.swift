import SBOM
import Testing

struct VersionRangeTests {
    @Test(arguments: [
        ("vers:npm/>=1.0.0|!=1.5.0|<2.0.0", ["1.0.0", "1.4.9", "1.5.1"], ["0.9.9", "1.5.0", "2.0.0", "3.0.0"]),
        ("vers:npm/>1.0.0|<=2.0.0", ["1.0.1", "2.0.0"], ["1.0.0", "2.0.1"]),
        (
            "vers:npm/<1.0.0|>=2.0.0|<3.0.0|4.0.0", ["0.0.1", "2.5.0", "4.0.0"],
            ["1.0.0", "1.5.0", "3.0.0", "3.5.0", "5.0.0"]
        ),
        ("vers:npm/1.0.0|2.0.0", ["1.0.0", "2.0.0"], ["1.5.0"]),
        ("vers:npm/!=1.0.0|!=2.0.0", ["0.1.0", "1.5.0", "3.0.0"], ["1.0.0", "2.0.0"]),
        ("vers:npm/*", ["0.0.0", "99.0.0"], []),
        ("vers:none/*", [], ["1"]),
        ("vers:all/*", ["1", "x"], []),
        ("vers:maven/<=1", ["1.0.0", "1-rc1"], ["1.0.1"]),
        ("vers:deb/<1.0~rc1", ["1.0~beta"], ["1.0~rc1", "1.0"]),
    ])
    func holdsTheVersionsItMeans(_ text: String, _ inside: [String], _ outside: [String]) throws {
        let range = try VersionRange(text)
        #expect(range.description == text)
        for version in inside {
            #expect(try range.contains(Version(version, scheme: range.scheme)) == true, "\(version)")
        }
        for version in outside {
            #expect(try range.contains(Version(version, scheme: range.scheme)) == false, "\(version)")
        }
    }

    @Test func refusesVersionsOfAnotherScheme() throws {
        let version = try Version("1", scheme: .deb)
        #expect(throws: VersionRangeError.mixed) { try VersionRange(scheme: .rpm, [.init(.less, version)]) }
        #expect(try VersionRange(scheme: .deb, [.init(.less, version)]).description == "vers:deb/<1")
    }

    @Test func hasNoAnswerForAnotherScheme() throws {
        #expect(try VersionRange("vers:npm/*").contains(Version("1", scheme: .deb)) == nil)
    }

    @Test(
        arguments: [
            ("pkg:npm/1", .scheme), ("VERS:npm/1", .scheme), ("vers:npm", .type("npm")),
            ("vers:NPM/1.0.0", .type("NPM")),
            ("vers:foo/1", .type("foo")), ("vers:invalid/1", .type("invalid")), ("vers:npm/ 1.0.0", .character),
            ("vers:npm/1.0.0\n", .character), ("vers:npm/\u{E9}", .character), ("vers:npm/", .constraint("")),
            ("vers:npm/|1.0.0", .constraint("")), ("vers:npm/1.0.0|", .constraint("")),
            ("vers:npm/>=1.0.0||<2.0.0", .constraint("")),
            ("vers:npm/=1.0.0", .constraint("=1.0.0")), ("vers:npm/>==1.0.0", .constraint(">==1.0.0")),
            ("vers:npm/>=", .constraint(">=")),
            ("vers:npm/1.0%2G0", .encoding("1.0%2G0")), ("vers:npm/1.0.0%2Drc", .encoding("1.0.0%2Drc")),
            ("vers:npm/*|1.0.0", .encoding("*")), ("vers:npm/x", .version(.malformed("x", .npm))),
            ("vers:npm/>=2.0.0|<1.0.0", .order("1.0.0")), ("vers:npm/1.0.0|1.0.0", .duplicate("1.0.0")),
            ("vers:npm/>1.0.0|<=v1.0.0+x", .duplicate("v1.0.0+x")),
            ("vers:npm/>1.0.0|>=2.0.0", .sequence(">=2.0.0")), ("vers:npm/<1.0.0|<2.0.0", .sequence("<2.0.0")),
            ("vers:npm/1.0.0|<2.0.0", .sequence("<2.0.0")), ("vers:all/1", .onlyAsterisk),
            ("vers:none/1", .onlyAsterisk),
            ("vers:generic/1", nil), ("vers:lexicographic/%20%C3%A9%7Ca", nil),
            ("vers:lexicographic/%09", .encoding("%09")), ("vers:conan/>=1|<2-%21", nil),
        ] as [(String, VersionRangeError?)])
    func refusesWhatIsNotCanonical(_ text: String, _ error: VersionRangeError?) throws {
        if let error {
            #expect(throws: error) { try VersionRange(text) }
            #expect(!error.message.isEmpty)
        } else {
            #expect(try VersionRange(text).description == text)
        }
    }

    @Test func refusesATextThatIsTooLong() {
        let text = "vers:intdot/" + String(repeating: "1", count: VersionRange.longest)
        #expect(throws: VersionRangeError.tooLong(text.utf8.count)) { try VersionRange(text) }
        #expect(throws: VersionRangeError.tooLong(text.utf8.count)) { try VersionRange(native: text, scheme: .npm) }
    }

    @Test func sortsOnlyWhenAsked() throws {
        let range = try VersionRange("vers:NPM/<2.0.0|>=1.0.0|!=1.5.0%2Drc", form: .sorted)
        #expect(range.description == "vers:npm/>=1.0.0|!=1.5.0-rc|<2.0.0")
        // Redundant bounds: of lower ones the first counts, of upper ones the last.
        let redundant = try VersionRange("vers:npm/>1.0.0|>2.0.0|<3.0.0|<4.0.0", form: .sorted)
        for version in ["1.5.0", "2.0.0", "3.5.0"] {
            #expect(try redundant.contains(Version(version, scheme: .npm)) == true)
        }
        for version in ["1.0.0", "4.0.0"] { #expect(try redundant.contains(Version(version, scheme: .npm)) == false) }
        #expect(throws: VersionRangeError.duplicate("1.0.0")) {
            try VersionRange("vers:npm/1.0.0|1.0.0", form: .sorted)
        }
    }

    @Test(
        arguments: [
            (.npm, "^1.2.3", ">=1.2.3|<2.0.0"), (.npm, "^0.2.3", ">=0.2.3|<0.3.0"), (.npm, "^0.0.3", ">=0.0.3|<0.0.4"),
            (.npm, "~1.2", ">=1.2.0|<1.3.0"), (.npm, "~1", ">=1.0.0|<2.0.0"), (.npm, "1.x", ">=1.0.0|<2.0.0"),
            (.npm, "", "*"),
            (.npm, "1.2.3 - 2.3", ">=1.2.3|<2.4.0"), (.npm, ">1.2", ">=1.3.0"), (.npm, "*", "*"),
            (.npm, ">=1.0.0 !=1.1.0", ">=1.0.0|!=1.1.0"),
            (.cargo, "1.2", ">=1.2.0|<2.0.0"), (.cargo, ">=1.2, <1.5", ">=1.2.0|<1.5.0"),
            (.composer, "~1.2", ">=1.2.0|<2.0.0"),
            (.composer, "~1.2.3", ">=1.2.3|<1.3.0"), (.composer, "1.2.*", ">=1.2.0|<1.3.0"),
            (.conan, "~1.2.3", ">=1.2.3|<1.3-"), (.conan, "^0.1.2", ">=0.1.2|<0.2-"),
            (.conan, ">1 <2.0, include_prerelease", ">1|<2.0"),
            (.pypi, "~=1.4.2", ">=1.4.2|<1.5.dev0"), (.pypi, "==1.4.*", ">=1.4.dev0|<1.5.dev0"),
            (.pypi, "!=1.*", "<1.dev0|>=2.dev0"),
            (.pypi, ">=1,!=1.5,<2", ">=1|!=1.5|<2"), (.gem, "~> 2.2", ">=2.2|<3"),
            (.gem, "~> 2.2.1, != 2.2.3", ">=2.2.1|!=2.2.3|<2.3"),
            (.maven, "[1.0,2.0)", ">=1.0|<2.0"), (.maven, "(,1.0],[1.2,)", "<=1.0|>=1.2"), (.maven, "[1.5]", "1.5"),
            (.maven, "1.0", "1.0"),
            (.nuget, "1.0", ">=1.0"), (.nuget, "(1.0,)", ">1.0"),
            (.nginx, "1.5.0+, 0.8.40+", ">=0.8.40|<0.9.0|>=1.5.0"),
            (.openssl, "1.0.2a, 1.0.2", "1.0.2|1.0.2a"), (.deb, "<< 1.0~rc1 || = 2:1", "<1.0~rc1|2:1"),
            (.rpm, ">= 1.0-1, < 2", ">=1.0-1|<2"),
            (.deb, "<1 || >1", "!=1"), (.npm, "<1.0.0 || >=1.0.0", "*"),
        ] as [(VersionScheme, String, String)])
    func readsTheNotationOfEcosystems(_ scheme: VersionScheme, _ native: String, _ constraints: String) throws {
        let range = try VersionRange(native: native, scheme: scheme)
        #expect(range.description == "vers:\(scheme.rawValue)/\(constraints)")
        // What it writes is canonical.
        #expect(try VersionRange(range.description).description == range.description)
    }

    @Test(
        arguments: [
            (.npm, ">", .native(">")), (.npm, "^", .native("^")), (.npm, "1.y", .native("1.y")),
            (.npm, "<>1.0.0", .native("<>1.0.0")),
            (.npm, "<*", .empty), (.npm, ">2.0.0 <1.0.0", .empty), (.deb, "", .native("")), (.deb, "^1", .native("^1")),
            (.maven, "[1.0,2.0", .native("[1.0,2.0")), (.maven, "(1.0)", .native("(1.0)")),
            (.maven, "[1,2,3]", .native("[1,2,3]")),
            (.maven, "[1,2]x", .native("[1,2]x")), (.pypi, "~=1", .native("~=1")), (.pypi, ">1.*", .native(">1.*")),
            (.all, "1", .native("1")),
            (.deb, ">=1\u{7}", .native(">=1\u{7}")), (.npm, "1.x.q", .native("1.x.q")), (.gem, "~> a", .native("~> a")),
        ] as [(VersionScheme, String, VersionRangeError)])
    func refusesNotationThatIsNone(_ scheme: VersionScheme, _ native: String, _ error: VersionRangeError) {
        #expect(throws: error) { try VersionRange(native: native, scheme: scheme) }
        #expect(!error.message.isEmpty)
    }

    /// A range against its own description, and against the plain reading of its parts.
    @Test func alternativesAndConjunctionsMeanWhatTheySay() throws {
        var random = LawGenerator(seed: 21)
        let versions = try (0...40).map { try Version("\($0 / 2)" + ($0 % 2 == 0 ? "" : ".5"), scheme: .intdot) }
        for _ in 0..<700 {
            let terms = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    (random.pick(["<", "<=", ">", ">=", "=", "!="]), Int.random(in: 1...19, using: &random))
                }
            }
            let text = terms.map { $0.map { $0.0 + "\($0.1)" }.joined(separator: " ") }.joined(separator: " || ")
            let holds = { (version: Int) in
                terms.contains {
                    $0.allSatisfy { sign, bound in
                        switch sign {
                        case "<": version < bound * 2
                        case "<=": version <= bound * 2
                        case ">": version > bound * 2
                        case ">=": version >= bound * 2
                        case "=": version == bound * 2
                        default: version != bound * 2
                        }
                    }
                }
            }
            guard let range = try? VersionRange(native: text, scheme: .intdot) else {
                #expect(!versions.indices.contains(where: holds), "\(text)")
                continue
            }
            for (index, version) in versions.enumerated() {
                #expect(range.contains(version) == holds(index), "\(text): \(range) \(version)")
            }
            #expect(try VersionRange(range.description).description == range.description)
        }
    }

    @Test func tenThousandVersionsAreSearchedByHalving() throws {
        let text = "vers:intdot/" + (0..<10_000).map { "\($0 * 2)" }.joined(separator: "|")
        let range = try VersionRange(text)
        var hits = 0
        for number in 0..<20_000 where try range.contains(Version("\(number)", scheme: .intdot)) == true { hits += 1 }
        #expect(hits == 10_000)
    }

    @Test func survivesMutations() {
        var random = LawGenerator(seed: 31)
        let seeds = [
            "vers:npm/>=1.0.0|!=1.5.0|<2.0.0", "^1.2.3 || ~2.x - 3 <4", "[1.0,2.0),(3,]", "~> 2.2, != 2.2.1",
            "1.5.0+, 1.4-1.6",
        ]
        for _ in 0..<5_000 {
            var bytes = Array(random.pick(seeds).utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1 where bytes.count > 1: bytes.remove(at: at)
                default: bytes.insert(random.pick(Array("|<>=!*^~[](),.+- x0".utf8)), at: at)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try? VersionRange(text, form: .sorted)
            let scheme = random.pick(VersionScheme.allCases)
            // The comparisons of these are no orders, so a sorted list need not look sorted.
            guard ![.alpm, .conan, .maven].contains(scheme) else { continue }
            if let range = try? VersionRange(native: text, scheme: scheme) {
                #expect((try? VersionRange(range.description))?.description == range.description, "\(scheme) \(text)")
            }
        }
    }
}

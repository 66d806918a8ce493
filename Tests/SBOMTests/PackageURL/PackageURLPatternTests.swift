import SBOM
import Testing

struct PackageURLPatternTests {
    @Test(arguments: [
        ("pkg:npm/left-pad", "pkg:npm/left-pad@1.0.0", true),
        ("pkg:npm/left-pad", "pkg:npm/left-pad-2", false),
        ("pkg:npm/left-pad", "pkg:npm/%40evil/left-pad", false),
        ("pkg:npm/@angular/*", "pkg:npm/%40angular/core@1", true),
        ("pkg:npm/%40angular/*", "pkg:npm/%40angular/core@1", true),
        ("pkg:npm/*", "pkg:npm/%40angular/core@1", false),
        ("pkg:npm/**", "pkg:npm/%40angular/core@1", true),
        ("pkg:npm/**", "pkg:npm/core", true),
        ("pkg:npm/**/core", "pkg:npm/core", true),
        ("pkg:npm/**/core", "pkg:npm/%40a/core", true),
        ("pkg:npm/**/core", "pkg:npm/%40a/core2", false),
        ("pkg:golang/github.com/**/b", "pkg:golang/github.com/x/y/b", true),
        ("pkg:golang/**/x/**/b", "pkg:golang/github.com/x/y/b", true),
        ("pkg:golang/**/**", "pkg:golang/github.com/x/y/b", true),
        ("pkg:golang/*/*/b", "pkg:golang/github.com/x/y/b", false),
        ("pkg:pypi/Foo_*", "pkg:pypi/foo-bar", true),
        ("pkg:GitHub/Example/**", "pkg:github/example/thing", true),
        ("pkg:*/log4j*", "pkg:generic/log4j-core", true),
        ("pkg:*/**/log4j*", "pkg:maven/org.apache/log4j-core", true),
        ("pkg:maven/*/log*-*re", "pkg:maven/org.apache/log4j-core", true),
        ("pkg:maven/*/log*4j-c*4j-core", "pkg:maven/org.apache/log4j-core", false),
        ("pkg:maven/*/*a*a*", "pkg:maven/org.apache/ba", false),
        ("pkg:generic/a%2A", "pkg:generic/a%2A", true),
        ("pkg:generic/a%2A", "pkg:generic/ab", false),
        ("pkg:generic/a%2Fb", "pkg:generic/a%2Fb", true),
        ("pkg:generic/a/b", "pkg:generic/a%2Fb", false),
        ("pkg:git/codeberg.org/forgejo/*", "pkg:git/codeberg.org/forgejo/forgejo", true),
        ("pkg:npm/*", "pkg:deb/debian/a", false),
        // A denial of the composed form must not be read as one of the decomposed form, nor the other way round.
        ("pkg:generic/caf\u{E9}", "pkg:generic/cafe%CC%81", false),
    ])
    func accountsForTheWholePackage(_ pattern: String, _ package: String, _ expected: Bool) throws {
        #expect(try PackageURLPattern(pattern).matches(PackageURL(package)) == expected)
    }

    @Test(
        arguments: [
            ("npm/a", .scheme), ("pkg:npm", .incomplete), ("pkg:npm/", .incomplete), ("pkg:npm//a", .incomplete),
            ("pkg:**/a", .type), ("pkg:n+m/a", .type), ("pkg:npm/a@1.0", .notAPackage), ("pkg:npm/a?k=v", .notAPackage),
            ("pkg:npm/a#b", .notAPackage), ("pkg:npm/@a", .notAPackage), ("pkg:npm/x/@a", .notAPackage),
            ("pkg:npm/a**", .partialDoubleStar), ("pkg:npm/***", .partialDoubleStar), ("pkg:npm/%zz", .encoding),
            ("pkg:npm/a\u{7}", .encoding), ("pkg:npm/" + String(repeating: "*a", count: 65), .tooManyWildcards(65)),
        ] as [(String, PackageURLPatternError)])
    func refusesWhatIsNoPattern(_ pattern: String, _ error: PackageURLPatternError) {
        #expect(throws: error) { try PackageURLPattern(pattern) }
        #expect(!error.message.isEmpty)
    }

    /// The index against the one-by-one answer, on patterns that share prefixes.
    @Test func indexAnswersAsEachPatternAlone() throws {
        var random = LawGenerator(seed: 3)
        let parts = ["a", "b", "ab", "*", "**", "a*", "*b"]
        let patterns = try (0..<300).map { _ in
            let path = (0..<Int.random(in: 1...4, using: &random)).map { _ in random.pick(parts) }
            return try PackageURLPattern("pkg:" + random.pick(["zz", "yy", "*"]) + "/" + path.joined(separator: "/"))
        }
        let index = PackageURLPatternIndex(patterns)
        for _ in 0..<300 {
            let path = (0..<Int.random(in: 1...5, using: &random)).map { _ in random.pick(["a", "b", "ab", "c"]) }
            let package = try PackageURL("pkg:" + random.pick(["zz", "yy", "xx"]) + "/" + path.joined(separator: "/"))
            let expected = patterns.indices.filter { patterns[$0].matches(package) }
            #expect(index.matches(package) == expected)
        }
    }

    /// Ten thousand literal rules: a product with these packages would be 200 million comparisons.
    @Test func tenThousandRulesAreLookedUp() throws {
        let index = try PackageURLPatternIndex(
            (0..<10_000).map { try PackageURLPattern("pkg:npm/@scope/package-\($0)") })
        var hits = 0
        for number in stride(from: 0, to: 20_000, by: 1) {
            hits += index.matches(try PackageURL("pkg:npm/%40scope/package-\(number)@1.0.0")).count
        }
        #expect(hits == 10_000)
    }

    /// The same with a star in each.
    @Test func tenThousandPrefixesAreLookedUp() throws {
        let index = try PackageURLPatternIndex((0..<10_000).map { try PackageURLPattern("pkg:npm/p\($0)-*") })
        for number in 0..<5_000 {
            #expect(try index.matches(PackageURL("pkg:npm/p\(number)-x")) == [number])
        }
        #expect(try index.matches(PackageURL("pkg:npm/p-x")).isEmpty)
    }

    @Test func prefixesEndBetweenCharacters() throws {
        let index = try PackageURLPatternIndex([PackageURLPattern("pkg:npm/aa*"), PackageURLPattern("pkg:npm/\u{E9}*")])
        #expect(try index.matches(PackageURL("pkg:npm/a%C3%A9")).isEmpty)
        #expect(try index.matches(PackageURL("pkg:npm/%C3%A9%C3%A9")) == [1])
    }
}

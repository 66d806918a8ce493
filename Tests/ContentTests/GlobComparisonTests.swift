import Content
import Testing

@Suite struct GlobComparisonTests {
    @Test(arguments: [
        ("a", "a", true), ("a", "b", false), ("a*", "*b", true), ("a?", "?b", true), ("a?", "b?", false),
        ("a*c", "ab*", true), ("a*c", "*d", false), ("team-*", "*-prod", true), ("team-*", "finance-*", false),
        ("**", "a/b", true), ("a/**", "**/b", true), ("a/**", "a", true), ("a/*", "a", false), ("a/*", "a/b/c", false),
        ("*/b", "a/*", true), ("registry.example/**", "other.example/**", false), ("a/**/d", "a/b/**", true),
        ("*", "a/b", false), ("?", "*", true), ("a//b", "a/*/b", false), ("a//b", "a/**/b", true),
        ("é", "e\u{301}", false),
    ])
    func findsWhetherSomeTextIsCommon(_ a: String, _ b: String, _ isCommon: Bool) throws {
        #expect(try Glob(a).intersects(Glob(b)) == isCommon)
        #expect(try Glob(b).intersects(Glob(a)) == isCommon)
    }

    @Test(arguments: [
        ("**", "a/b*", true), ("a*", "ab*", true), ("ab*", "a*", false), ("*", "a*b", true), ("a/**", "a/b/*", true),
        ("a/*", "a/**", false), ("a/**", "a", true), ("?", "a", true), ("?", "*", false), ("a?c", "abc", true),
        ("a*", "a?", true), ("*", "?", true), ("**/c", "a/**/c", true), ("a*c", "a*b*c", true), ("*", "**", false),
        ("a", "a", true), ("a", "a*", false), ("*-*", "a-*", true),
    ])
    func findsWhetherOneCoversTheOther(_ pattern: String, _ other: String, _ isCovered: Bool) throws {
        #expect(try Glob(pattern).covers(Glob(other)) == isCovered)
    }

    /// Compared with what the patterns do to every short text. A pair of patterns of four characters that has a common text
    /// has one of six.
    @Test func agreesWithMatching() throws {
        var texts: [String] = [""]
        var all: [String] = []
        for _ in 0..<6 {
            texts = texts.flatMap { text in ["a", "b", "/"].map { text + $0 } }
            all += texts
        }
        var random = Numbers()
        var globs: [(glob: Glob, matched: Set<Int>)] = []
        while globs.count < 120 {
            let pattern = (0...random.next(4)).map { _ in ["a", "b", "/", "*", "**", "?"][random.next(6)] }.joined()
            guard pattern.utf8.count <= 4, let glob = try? Glob(pattern) else { continue }
            globs.append((glob, Set(all.indices.filter { glob.matches(all[$0]) })))
        }
        var (common, covered) = (0, 0)
        for a in globs {
            for b in globs {
                let isCommon = !a.matched.isDisjoint(with: b.matched)
                #expect(a.glob.intersects(b.glob) == isCommon, "\(a.glob) \(b.glob)")
                common += isCommon ? 1 : 0
                guard a.glob.covers(b.glob) else { continue }
                covered += 1
                #expect(b.matched.isSubset(of: a.matched), "\(a.glob) \(b.glob)")
            }
        }
        #expect(common > 500 && covered > 200)
    }

    private struct Numbers {
        var state: UInt64 = 7
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }
}

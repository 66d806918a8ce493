import Content
import Testing

struct GlobTests {
    @Test(arguments: [
        ("registry.example/finance/*", "registry.example/finance/ledger"),
        ("registry.example/finance/**", "registry.example/finance/a/b/c"),
        ("registry.example/finance/**", "registry.example/finance"),
        ("**/ledger", "ledger"),
        ("**/ledger", "registry.example/finance/ledger"),
        ("a/**/b", "a/b"),
        ("a/**/b", "a/x/y/b"),
        ("a/**/b/**/c", "a/b/x/b/y/c"),
        ("**/a/**/b", "a/a/b/b"),
        ("**/**", "a"),
        ("**", "https://github.com/example/app"),
        ("**", "/"),
        ("https://github.com/example/*", "https://github.com/example/app"),
        ("https://*/example/app", "https://github.com/example/app"),
        ("refs/tags/v*", "refs/tags/v1.2.3"),
        ("refs/tags/v*", "refs/tags/v"),
        ("v1.*", "v1.2"),
        ("a*b*c", "abbbc"),
        ("*a", "aaa"),
        ("*ab*ab", "abab"),
        ("v?.?", "v1.2"),
        ("?", "é"),
        ("?", "\u{1F512}"),
        ("git+https://*/x", "git+https://h/x"),
        ("registry.example:5000/x", "registry.example:5000/x"),
        ("/", "/"),
    ])
    func matches(pattern: String, text: String) throws {
        #expect(try Glob(pattern).matches(text))
    }

    @Test(arguments: [
        // The whole text, from the first byte to the last.
        ("registry.example/finance/*", "evil.example/registry.example/finance/ledger"),
        ("registry.example/finance/ledger", "registry.example/finance/ledger2"),
        ("registry.example/finance/ledger", "registry.example/finance/ledger/x"),
        ("https://github.com/example/*", "https://github.com/example/app/../../evil"),
        ("https://github.com/example/*", "https://github.com/example-evil/app"),
        ("https://github.com/example/*", "https://github.com.evil.example/example/app"),
        ("https://github.com/example/*", "HTTPS://github.com/example/app"),
        ("https://github.com/example/*", "https:/github.com/example/app"),
        ("https://github.com/example/*", "https://github.com//example/app"),
        // A star stays in its component and stands for something.
        ("registry.example/*", "registry.example/finance/ledger"),
        ("registry.example/*", "registry.example/"),
        ("registry.example/*", "registry.example"),
        ("a/*/b", "a//b"),
        ("*", "a/b"),
        ("a?b", "a/b"),
        ("?", ""), ("?", "ab"), ("?", "e\u{301}"),
        ("**/b", "a/bb"),
        ("a/**/b", "a/b/c"),
        ("**/a/**/b", "b/a"),
        // Dots are dots, case is case.
        ("registry.example/x", "registry-example/x"),
        ("refs/tags/v1", "refs/tags/V1"),
        // Bytes, not canonical equivalence.
        ("caf\u{E9}", "cafe\u{301}"), ("cafe\u{301}", "caf\u{E9}"), ("K", "\u{212A}"),
        ("a*", "\u{E1}"), ("*a", "a\u{301}"), ("a/*", "a/\u{301}/x"),
        ("**", ""), ("*", ""),
        ("/", ""), ("/", "//"),
        ("a", "a\n"), ("a", "a\0"),
    ])
    func doesNotMatch(pattern: String, text: String) throws {
        #expect(!(try Glob(pattern).matches(text)))
    }

    @Test(arguments: Array("[]{}\\\n\0\u{7F}\u{85}".unicodeScalars))
    func refusesSyntaxItLacks(scalar: Unicode.Scalar) {
        #expect(throws: GlobError.unsupportedSyntax(scalar)) { try Glob("a" + String(scalar)) }
    }

    @Test(arguments: Array("^$()|".unicodeScalars))
    func refusesRegularExpressions(scalar: Unicode.Scalar) {
        #expect(throws: GlobError.regularExpression(scalar)) { try Glob(String(scalar) + "a") }
        #expect(GlobError.regularExpression(scalar).message.contains("regular expression"))
    }

    @Test(arguments: ["a**", "**a", "***", "a/**b/c", "x/***", "https:**"])
    func refusesDoubleStarInsideAComponent(pattern: String) {
        #expect(throws: GlobError.partialDoubleStar) { try Glob(pattern) }
    }

    @Test
    func refusesEmptyAndOversized() throws {
        #expect(throws: GlobError.empty) { try Glob("") }
        #expect(throws: GlobError.tooLong(1025)) { try Glob(String(repeating: "a", count: 1025)) }
        #expect(throws: GlobError.tooLong(1026)) { try Glob(String(repeating: "é", count: 513)) }
        _ = try Glob(String(repeating: "a", count: 1024))
        #expect(throws: GlobError.tooManyWildcards(65)) { try Glob(String(repeating: "?", count: 65)) }
        _ = try Glob(String(repeating: "a*", count: 64))
    }

    /// Backtracking into every star would take longer than the universe has.
    @Test(.timeLimit(.minutes(1)))
    func staysWithinTheProductOfLengths() throws {
        let component = try Glob(String(repeating: "*a", count: 63) + "*b")
        #expect(!component.matches(String(repeating: "a", count: 20_000)))
        let path = try Glob(String(repeating: "**/a/", count: 31) + "b")
        #expect(!path.matches(Array(repeating: "a", count: 20_000).joined(separator: "/")))
    }

    /// Every pattern over a small alphabet against every text, compared with the definition taken literally.
    @Test
    func agreesWithItsDefinition() throws {
        func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            let rest = pattern.dropFirst()
            if first == "*" {
                return matches(rest, text) || (!text.isEmpty && matches(pattern, text.dropFirst()))
            }
            guard let found = text.first else { return false }
            return (first == "?" || first == found) && matches(rest, text.dropFirst())
        }
        func matches(_ pattern: ArraySlice<[Character]>, _ text: ArraySlice<[Character]>) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            let rest = pattern.dropFirst()
            if first == ["*", "*"] {
                return matches(rest, text) || (!text.isEmpty && matches(pattern, text.dropFirst()))
            }
            guard let found = text.first, found.isEmpty ? first.isEmpty : matches(first[...], found[...]) else {
                return false
            }
            return matches(rest, text.dropFirst())
        }
        func parts(_ text: String) -> [[Character]] {
            text.split(separator: "/", omittingEmptySubsequences: false).map(Array.init)
        }
        func words(over alphabet: [String], upTo length: Int) -> [String] {
            (1...length).reduce(into: (all: [String](), last: [""])) { words, _ in
                words.last = words.last.flatMap { word in alphabet.map { word + $0 } }
                words.all += words.last
            }.all
        }
        let texts = words(over: ["a", "b", "/"], upTo: 4).map { ($0, parts($0)) }
        var compared = 0
        for pattern in words(over: ["a", "*", "?", "/"], upTo: 5) {
            guard let glob = try? Glob(pattern) else { continue }
            let wanted = parts(pattern)
            for (text, found) in texts {
                compared += 1
                guard glob.matches(text) != matches(wanted[...], found[...]) else { continue }
                Issue.record("\(pattern) against \(text)")
            }
        }
        #expect(compared > 50_000)
    }

    @Test
    func tellsWhatKindItIs() throws {
        #expect(try Glob("**").matchesEverything)
        #expect(!(try Glob("*").matchesEverything))
        #expect(!(try Glob("**/**").matchesEverything))
        #expect(try Glob("refs/heads/main").isLiteral)
        #expect(!(try Glob("refs/heads/*").isLiteral))
        #expect(!(try Glob("v?").isLiteral))
        #expect(try Glob("caf\u{E9}") != Glob("cafe\u{301}"))
        #expect(try Set([Glob("a/*"), Glob("a/*"), Glob("a/**")]).count == 2)
    }
}

import AdmissionPolicy
import Testing

@Suite struct BoundedRegexTests {
    struct Trial: Sendable, CustomTestStringConvertible {
        let pattern: String
        var matches: [String] = []
        var refuses: [String] = []
        var testDescription: String { pattern }
    }

    static let trials = [
        Trial(pattern: "abc", matches: ["abc"], refuses: ["", "ab", "abcd", "xabc", "ABC"]),
        Trial(pattern: "a|bc|", matches: ["a", "bc", ""], refuses: ["b", "abc"]),
        Trial(pattern: "(a|b)c", matches: ["ac", "bc"], refuses: ["a", "c", "abc"]),
        Trial(pattern: "(?:ab)+", matches: ["ab", "abab"], refuses: ["", "aba"]),
        Trial(pattern: "a*b?", matches: ["", "a", "aab", "b"], refuses: ["bb", "ba"]),
        Trial(pattern: "a{2}", matches: ["aa"], refuses: ["a", "aaa"]),
        Trial(pattern: "a{2,}", matches: ["aa", "aaaa"], refuses: ["a"]),
        Trial(pattern: "a{0,2}", matches: ["", "a", "aa"], refuses: ["aaa"]),
        Trial(pattern: "(ab?){2,3}", matches: ["aa", "abab", "aba", "ababab"], refuses: ["a", "aaaa"]),
        Trial(pattern: "1\\.[0-9]+", matches: ["1.0", "1.42"], refuses: ["1.", "1x0", "1.0 "]),
        Trial(pattern: "[^a-c-]", matches: ["d", "é", "\n"], refuses: ["a", "b", "-", "dd"]),
        Trial(pattern: "[a-]", matches: ["a", "-"], refuses: ["b"]),
        Trial(pattern: "[\\]\\d]", matches: ["]", "7"], refuses: ["\\", "x"]),
        Trial(pattern: "\\w+\\s\\S", matches: ["a_1 x"], refuses: ["é x", "a  "]),
        Trial(pattern: "\\D\\W", matches: ["a-"], refuses: ["1-", "aa"]),
        Trial(pattern: ".", matches: ["a", "é", "\n", "😀"], refuses: ["", "ab", "e\u{301}"]),
        Trial(pattern: "é", matches: ["é"], refuses: ["e\u{301}"]),
        Trial(pattern: "(a*)*b", matches: ["b", "aaab"], refuses: ["a", "aaaa"]),
        Trial(pattern: "()", matches: [""], refuses: ["a"]),
        Trial(pattern: "(|a){3}", matches: ["", "aaa"], refuses: ["aaaa"]),
        Trial(pattern: "\\$\\^\\(\\)\\_", matches: ["$^()_"]),
    ]

    @Test(arguments: trials) func coversTheWholeText(_ trial: Trial) throws {
        let regex = try BoundedRegex(trial.pattern)
        for text in trial.matches { #expect(regex.matches(text), "\(text.debugDescription)") }
        for text in trial.refuses { #expect(!regex.matches(text), "\(text.debugDescription)") }
    }

    static let mistakes: [(String, RegexError)] = [
        ("", .empty), ("^a", .anchor("^")), ("a$", .anchor("$")), ("*a", .unexpected("*")), ("a**", .unexpected("*")),
        ("a+?", .unexpected("?")), ("a++", .unexpected("+")), ("a{,2}", .unexpected("{")), ("a{2", .unclosed("{")),
        ("a{3,2}", .backwardRange), ("{2}", .unexpected("{")), ("a}", .unexpected("}")), ("a]", .unexpected("]")),
        ("(a", .unclosed("(")), ("a)", .unexpected(")")), ("[a", .unclosed("[")), ("[]", .unexpected("]")),
        ("[^]", .unexpected("]")), ("[z-a]", .backwardRange), ("[a-\\d]", .unexpected("-")),
        ("[[:alpha:]]", .unexpected("[")), ("[a&&b]", .unexpected("&")),
        ("[\\D]", .unsupported("the opposite of a class inside a class")),
        ("(?=a)", .unsupported("`(?=`")), ("(?<n>a)", .unsupported("`(?<`")), ("(?i)a", .unsupported("`(?i`")),
        ("\\b", .unsupported("`\\b`")), ("\\1", .unsupported("`\\1`")), ("\\p{L}", .unsupported("`\\p`")),
        ("\\", .unclosed("\\")),
    ]

    @Test(arguments: mistakes) func refuses(_ pattern: String, _ error: RegexError) {
        #expect(throws: error) { try BoundedRegex(pattern) }
        #expect(!error.message.isEmpty)
    }

    @Test func sizeIsBounded() throws {
        #expect(throws: Never.self) { try BoundedRegex(String(repeating: "a", count: BoundedRegex.longestPattern)) }
        let long = String(repeating: "a", count: BoundedRegex.longestPattern + 1)
        #expect(throws: RegexError.tooLong(BoundedRegex.longestPattern + 1)) { try BoundedRegex(long) }
        #expect(throws: Never.self) { try BoundedRegex("a{500}") }
        #expect(throws: RegexError.tooLarge) { try BoundedRegex("a{501}") }
        #expect(throws: RegexError.tooLarge) { try BoundedRegex("a{99999999999999999999}") }
        #expect(throws: RegexError.tooLarge) { try BoundedRegex("((a{500}){5}){5}") }
        // Nothing, very often.
        #expect(throws: RegexError.tooLarge) { try BoundedRegex("((((){500}){500}){500}){500}") }
        let deepest =
            String(repeating: "(", count: BoundedRegex.deepest) + String(repeating: ")", count: BoundedRegex.deepest)
        #expect(throws: Never.self) { try BoundedRegex(deepest) }
        #expect(throws: RegexError.tooDeep) { try BoundedRegex("(" + deepest + ")") }
    }

    @Test func longestTextIsTheLastThatMatches() throws {
        let regex = try BoundedRegex("a*")
        #expect(regex.matches(String(repeating: "a", count: BoundedRegex.longestText)))
        #expect(!regex.matches(String(repeating: "a", count: BoundedRegex.longestText + 1)))
    }

    /// Expressions on which backtracking takes longer than anybody waits: this would never end.
    @Test(arguments: ["(a*)*b", "(a|a)*b", "(a|aa)+b", "a{0,100}a{100}b", "(.*)(.*)(.*)(.*)b"])
    func nothingBlowsUp(_ pattern: String) throws {
        #expect(!(try BoundedRegex(pattern).matches(String(repeating: "a", count: 300))))
    }
}

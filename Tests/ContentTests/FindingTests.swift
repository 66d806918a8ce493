import Content
import Findings
import Testing

struct QuotingTests {
    @Test(arguments: [
        ("", "``"),
        ("plain text, é, 漢字", "`plain text, é, 漢字`"),
        ("a`b", "`a\\u{60}b`"),
        ("\u{1B}[31mred", "`\\u{1b}[31mred`"),
        ("a\r\nb\0", "`a\\u{d}\\u{a}b\\u{0}`"),
        ("a\u{7F}b", "`a\\u{7f}b`"),
        ("\u{202E}gpj.exe", "`\\u{202e}gpj.exe`"),
        ("a\u{200B}b\u{FEFF}", "`a\\u{200b}b\\u{feff}`"),
        ("a\u{2028}b\u{2029}", "`a\\u{2028}b\\u{2029}`"),
        ("\u{E000}\u{85}", "`\\u{e000}\\u{85}`"),
    ])
    func escapesWhatDrivesTerminalsOrHides(text: String, quoted: String) {
        #expect(Finding.quoted(text) == quoted)
    }

    /// A text that is a line of its own may hold backticks, and is never cut.
    @Test
    func escapesWholeLines() {
        #expect(Finding.escaped("a`b\n\u{202E}") == "a`b\\u{a}\\u{202e}")
        #expect(Finding.escaped(String(repeating: "x", count: 1000)).count == 1000)
    }

    @Test
    func cutsAtTheLimit() {
        #expect(Finding.quoted("abcd", limit: 4) == "`abcd`")
        #expect(Finding.quoted("abcde", limit: 4) == "`abcd…`")
        // One Character of many scalars must not slip under the cap.
        let tower = "e" + String(repeating: "\u{301}", count: 1000)
        #expect(Finding.quoted(tower).unicodeScalars.count == 203)
        #expect(Finding.quoted(String(repeating: "x", count: 1000)).count == 203)
    }
}

struct FindingOrderTests {
    /// One field after the other, the first that differs decides; none is as good as an empty one.
    @Test
    func ordersByEachFieldInTurn() {
        func finding(_ values: [String?]) -> Finding {
            Finding(
                ReasonCode(values[0] ?? "", .reject, .integrity, summary: "", mend: ""), values[4] ?? "",
                expected: values[5], found: values[6], evidence: values[3], rule: values[1], platform: values[2],
                mend: values[7])
        }
        for position in 0..<8 {
            var (low, high) = ([String?](repeating: "m", count: 8), [String?](repeating: "m", count: 8))
            (low[position], high[position]) = ("l", "n")
            // What comes later says the opposite, and counts for nothing.
            for later in (position + 1)..<max(8, position + 1) { (low[later], high[later]) = ("z", "a") }
            #expect(finding(low) < finding(high), "\(position)")
            #expect(!(finding(high) < finding(low)), "\(position)")
        }
        let (none, empty) = (
            finding(["a"] + Array(repeating: nil, count: 7)), finding(["a"] + Array(repeating: "", count: 7))
        )
        #expect(!(none < empty) && !(empty < none))
    }
}

struct HeadlineTests {
    private func code(_ name: String, _ effect: ReasonCode.Effect, _ rank: ReasonCode.Rank) -> ReasonCode {
        ReasonCode(name, effect, rank, summary: "", mend: "mend it")
    }

    @Test
    func ranksIntegrityAboveEverything() {
        let findings = ReasonCode.Rank.allCases.map { Finding(code("z.\($0)", .reject, $0), "") }
        #expect(Headline.choose(from: findings)?.code.rank == .integrity)
        #expect(Headline.choose(from: findings.reversed())?.code.rank == .integrity)
        let ranks = findings.sorted().map { $0.code.rank }
        #expect(ranks == ReasonCode.Rank.allCases.reversed())
    }

    @Test
    func passesOverNotes() {
        let note = Finding(code("a.note", .note, .integrity), "")
        let reject = Finding(code("b.reject", .reject, .evidence), "")
        let undecided = Finding(code("b.undecided", .undecided, .evidence), "")
        #expect(Headline.choose(from: [note]) == nil)
        #expect(Headline.choose(from: []) == nil)
        #expect(Headline.choose(from: [note, undecided]) == undecided)
        #expect(Headline.choose(from: [note, undecided, reject]) == reject)
    }

    @Test
    func choosesTheSameInAnyOrder() {
        let code = code("a.b", .reject, .rule)
        let findings = [
            Finding(code, "m", rule: "a/p#x"), Finding(code, "m", rule: "a/p#y"),
            Finding(code, "m", rule: "a/p#x", platform: "linux/arm64"),
            Finding(code, "m", rule: "a/p#x", platform: "linux/amd64"),
            Finding(code, "m", evidence: "sha256:0", rule: "a/p#x"), Finding(code, "n", rule: "a/p#x"),
            Finding(code, "m", expected: "e", rule: "a/p#x"), Finding(code, "m", found: "f", rule: "a/p#x"),
            Finding(code, "m", rule: "a/p#x", mend: "so"),
        ]
        let sorted = findings.sorted()
        for (earlier, later) in zip(sorted, sorted.dropFirst()) {
            #expect(earlier < later)
            #expect(!(later < earlier))
        }
        for count in findings.indices {
            let rotated = findings.dropFirst(count) + findings.prefix(count)
            #expect(rotated.sorted() == sorted)
            #expect(rotated.reversed().sorted() == sorted)
        }
        #expect(Headline.choose(from: findings) == sorted.first)
    }

    @Test
    func mendsSpecificallyWhereItCan() {
        let code = code("a.b", .reject, .rule)
        #expect(Finding(code, "").mend == "mend it")
        #expect(Finding(code, "", mend: "this way").mend == "this way")
    }
}

struct ReasonCodeTests {
    @Test
    func isItsName() {
        let a = ReasonCode("a.b", .reject, .rule, summary: "x", mend: "y")
        let b = ReasonCode("a.b", .note, .note, summary: "", mend: "")
        #expect(a == b)
        #expect(Set([a, b]).count == 1)
        #expect(a.family == "a")
        #expect(a.description == "a.b")
        #expect(a < ReasonCode("a.c", .reject, .rule, summary: "", mend: ""))
    }

    @Test(arguments: ReasonTable.content.codes)
    func everyContentCodeRejectsAsIntegrity(code: ReasonCode) {
        #expect(code.effect == .reject)
        #expect(code.rank == .integrity)
        #expect(code.family == "content")
    }
}

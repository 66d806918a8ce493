import StrictEncoding
import Testing

@testable import YAML

@Suite struct PlainYAMLTests {
    private func documents(
        _ text: String, _ change: (inout PlainYAML.Limits) -> Void = { _ in }
    ) throws(PlainYAMLError) -> [JSONTree] {
        var limits = PlainYAML.Limits()
        change(&limits)
        return try PlainYAML.documents(Array(text.utf8), limits: limits).map(\.value)
    }

    private static let values: [(String, JSONTree)] = [
        ("a: 1", ["a": 1]), ("a: '1'", ["a": "1"]), ("a: yes", ["a": "yes"]), ("a: true", ["a": true]),
        ("a:", ["a": .null]), ("a: ~", ["a": .null]), ("a: 0x10", ["a": "0x10"]), ("[a, b]", ["a", "b"]),
        ("a: |\n  x\n  y\n", ["a": "x\ny\n"]), ("{\"a\": [\"b\"]}", ["a": ["b"]]), ("a: 1.5.0", ["a": "1.5.0"]),
        ("\"a\": \"\\u00e9\"", ["a": "é"]),
    ]

    @Test(arguments: values)
    func readsValues(_ text: String, _ value: JSONTree) throws {
        #expect(try documents(text) == [value])
    }

    @Test func emptyDocumentsSayNothing() throws {
        #expect(try documents("") == [])
        #expect(try documents("---\n---\n# only words\n---\na: 1\n...\n---\nnull\n") == [["a": 1]])
    }

    @Test func aliasesAreWrittenOut() throws {
        #expect(try documents("a: &x {b: 1}\nc: *x") == [["a": ["b": 1], "c": ["b": 1]]])
        #expect(try documents("&k a: 1\nb: *k") == [["a": 1, "b": "a"]])
        // Of two anchors of one name the nearest before the alias is meant.
        #expect(try documents("a: &x 1\nb: &x 2\nc: *x") == [["a": 1, "b": 2, "c": 2]])
    }

    @Test func mergeKeysAreWrittenOut() throws {
        #expect(
            try documents("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}") == [
                ["a": ["b": 1, "c": 2], "d": ["b": 1, "c": 3]]
            ])
        #expect(
            try documents("a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}") == [
                ["a": ["b": 1], "c": ["b": 2, "d": 3], "e": ["b": 1, "d": 3]]
            ])
        #expect(try documents("'<<': 1") == [["<<": 1]], "in quotes it is a key like any other")
        #expect(throws: PlainYAMLError.merge(line: 1)) { try documents("<<: a") }
        #expect(throws: PlainYAMLError.duplicateKey(line: 2, "<<")) { try documents("<<: {a: 1}\n<<: {b: 2}") }
    }

    @Test func anAliasOfNothingIsRefused() {
        #expect(throws: PlainYAMLError.unknownAlias(line: 1)) { try documents("a: *x") }
        #expect(throws: PlainYAMLError.unknownAlias(line: 1)) { try documents("a: &x [*x]") }
        #expect(throws: PlainYAMLError.unknownAlias(line: 3)) { try documents("a: &x 1\n---\nb: *x") }
    }

    /// Ten levels of ten aliases each stand for ten thousand million values.
    @Test func laughsAreRefused() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<10 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(throws: PlainYAMLError.tooManyValues(line: 6, limit: 1_000_000)) { try documents(text) }
        var merging = "a0: &a0 {k: x}\n"
        for level in 1..<30 { merging += "a\(level): &a\(level) {<<: [*a\(level - 1), *a\(level - 1)]}\n" }
        #expect(throws: PlainYAMLError.self) { try documents(merging) }
    }

    @Test func aliasesCannotGoDeeper() {
        var text = "a0: &a0 x\n"
        for level in 1..<12 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(throws: PlainYAMLError.tooDeep(line: 10, limit: 10)) { try documents(text) { $0.depth = 10 } }
        let nested = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(throws: PlainYAMLError.tooDeep(line: 1, limit: 64)) { try documents(nested) }
    }

    @Test(arguments: [
        ("a: 1\na: 2", PlainYAMLError.duplicateKey(line: 2, "a")), ("{a: 1, \"a\": 2}", .duplicateKey(line: 1, "a")),
        ("1: a", .key(line: 1)), ("[a]: b", .key(line: 1)), ("? {a: b}\n: c", .key(line: 1)),
        ("true: a", .key(line: 1)),
        ("a: !!str b", .tag(line: 1)), ("!!binary a: b", .tag(line: 1)), ("a: !x {b: c}", .tag(line: 1)),
    ])
    func refusesWhatTwoReadersReadDifferently(_ text: String, _ error: PlainYAMLError) {
        #expect(throws: error) { try documents(text) }
    }

    @Test func limitsHold() {
        #expect(throws: PlainYAMLError.tooLarge(limit: 3)) { try documents("a: 1") { $0.bytes = 3 } }
        #expect(throws: PlainYAMLError.tooManyValues(line: 1, limit: 3)) { try documents("[1, 2, 3]") { $0.nodes = 3 } }
        #expect(throws: PlainYAMLError.tooManyDocuments(limit: 1)) {
            try documents("a: 1\n---\nb: 1") { $0.documents = 1 }
        }
        #expect(throws: PlainYAMLError.notText) { try PlainYAML.documents([0x61, 0xFF]) }
        #expect(throws: PlainYAMLError.self) { try documents("a: [") }
        #expect(throws: PlainYAMLError.self) { try documents("a: \"\\ud800\"") }
    }

    @Test func linesAreThoseOfTheValues() throws {
        let text = "a: 1\n---\n\nimage: x\nlist:\n- image:\n    y\n- b/c: {image: z}\n"
        let documents = try PlainYAML.documents(Array(text.utf8), keepingLinesOf: ["image"])
        #expect(documents.map(\.line) == [1, 4])
        #expect(documents[1].lines == ["/image": 4, "/list/0/image": 7, "/list/1/b~1c/image": 8])
        #expect(documents[0].lines.isEmpty)
    }

    @Test func everyErrorSaysWhatWasExpected() {
        let errors: [PlainYAMLError] = [
            .tooLarge(limit: 1), .notText, .syntax(line: 1, problem: "x"), .tooDeep(line: 1, limit: 2),
            .tooManyValues(line: 1, limit: 2), .tooManyDocuments(limit: 1), .duplicateKey(line: 1, "a\u{1B}"),
            .key(line: 1), .tag(line: 1), .unknownAlias(line: 1), .merge(line: 1),
        ]
        for error in errors { #expect(error.message.contains("expected ") && !error.message.contains("\u{1B}")) }
    }
}

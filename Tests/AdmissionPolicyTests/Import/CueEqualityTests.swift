import Testing

@testable import AdmissionPolicy

@Suite struct CueEqualityTests {
    private func fields(_ text: String) -> [String]? {
        CueEquality(text)?.fields.map { field in
            let value =
                switch field.value {
                case .text(let text): "\"\(text)\""
                case .bool(let bool): "\(bool)"
                }
            return field.path.joined(separator: "/") + "=" + value
        }
    }

    @Test func readsFieldsAndValues() {
        #expect(
            fields("predicateType: \"https://spdx.dev/Document\"") == ["predicateType=\"https://spdx.dev/Document\""])
        #expect(fields("predicate: Data: \"e2e test\"\n") == ["predicate/Data=\"e2e test\""])
        #expect(
            fields("// why\npredicate: {\n  a: \"x\" // this\n  \"b-c\": true, d: false\n  e: {f: \"g\"}\n}\n")
                == ["predicate/a=\"x\"", "predicate/b-c=true", "predicate/d=false", "predicate/e/f=\"g\""])
        #expect(fields("a: \"x\"\na: \"y\"") == ["a=\"x\"", "a=\"y\""], "both have to hold")
    }

    /// Half of a condition is another condition.
    @Test(arguments: [
        "", "// nothing", "import \"time\"\na: \"x\"", "package sigstore", "a: b", "a: <b", "a: 1", "a: 1.0", "a: null",
        "a: \"x\" | \"y\"", "a: \"x\" & \"y\"", "a: =~\"x\"", "a: !=\"x\"", "a: [\"x\"]", "_a: \"x\"", "#A: \"x\"",
        "a?: \"x\"", "a!: \"x\"", "a: *\"x\" | string", "a: \"\\(b)\"", "a: \"\"\"\nx\n\"\"\"", "a: \"\"", "a: {}x",
        "a: {b: \"c\"",
        "a: \"x\" b: \"y\"", "a: \"é\"", "a: {b: \"c\"}}", "a: true & b", "if true {a: \"x\"}", "a: \"x\"]", "...",
        "a: string",
        "a: 'x'", "a: #\"x\"#", "let b = \"c\"", "a: {...}", "[string]: \"x\"",
    ])
    func refusesEverythingElse(_ text: String) {
        #expect(CueEquality(text) == nil)
    }

    @Test func refusesDepthWithoutEnd() {
        #expect(CueEquality(String(repeating: "a: ", count: 5_000) + "\"x\"") == nil)
        #expect(CueEquality(String(repeating: "a: {", count: 5_000)) == nil)
        #expect(CueEquality("a: \"" + String(repeating: "x", count: 70_000) + "\"") == nil)
    }
}

import AdmissionPolicy
import Findings
import Testing

@Suite struct StrictYAMLTests {
    private func errors(_ text: String) -> [PolicyError] { errors(Array(text.utf8)) }

    private func errors(_ bytes: [UInt8], limits: StrictYAML.Limits = .init()) -> [PolicyError] {
        do throws(PolicyLoadFailure) {
            _ = try StrictYAML.documents(bytes, file: "p.yaml", limits: limits)
            return []
        } catch {
            return error.errors
        }
    }

    private func expect(
        _ text: String, _ code: ReasonCode, line: Int, column: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = errors(text)
        #expect(found.first?.code == code, "\(found)", sourceLocation: sourceLocation)
        #expect(found.first?.place.line == line, "\(found)", sourceLocation: sourceLocation)
        #expect(found.first?.place.column == column, "\(found)", sourceLocation: sourceLocation)
    }

    private func scalars(_ text: String) throws -> [(String, PolicyScalar.Kind)] {
        let document = try #require(try StrictYAML.documents(Array(text.utf8), file: "p.yaml").first)
        guard case .sequence(let items) = document.content else { return [] }
        return items.compactMap { item in
            guard case .scalar(let scalar) = item.content else { return nil }
            return (scalar.text, scalar.kind)
        }
    }

    @Test func readsSeveralDocumentsWithTheirPlaces() throws {
        let documents = try StrictYAML.documents(Array("---\na: b\n---\n- c\n".utf8), file: "p.yaml")
        #expect(documents.count == 2)
        #expect(documents.map(\.place.line) == [2, 4])
        guard case .mapping(let members) = documents.first?.content else { throw Missing() }
        #expect(members.map(\.key) == ["a"])
        #expect(members.first?.value.place == PolicyPlace(file: "p.yaml", line: 2, column: 4))
    }

    @Test func resolvesPlainScalarsByTheCoreSchemaOfYAML1_2() throws {
        let kinds: [(String, PolicyScalar.Kind)] = [
            ("yes", .string), ("no", .string), ("on", .string), ("off", .string), ("y", .string), ("Yes", .string),
            ("true", .bool), ("False", .bool), ("tRue", .string), ("nulL", .string),
            ("12", .integer), ("-3", .integer), ("+7", .integer), ("010", .integer), ("0o17", .integer),
            ("0x1F", .integer), ("0o8", .string), ("0xg", .string), ("1_000", .string), ("12:30", .string),
            ("-0x1", .string), ("1.5", .float), ("1.", .float), (".5", .float), ("1e3", .float), ("-.inf", .float),
            (".NaN", .float), ("1e", .string), (".", .string), ("1.2.3", .string), ("-", .string), ("+", .string),
            ("2026-11-20T00:00:00Z", .string), ("v1", .string), ("1d", .string), ("<<", .string), ("=", .string),
        ]
        // A lone `-` can't be written plain in a list.
        for (text, kind) in kinds where text != "-" {
            #expect(try scalars("- \(text)\n").first?.1 == kind, "\(text)")
            #expect(try scalars("- '\(text)'\n").first?.1 == .string, "\(text)")
        }
    }

    @Test(arguments: ["null", "Null", "NULL", "~", ""]) func refusesNull(_ text: String) {
        expect("a: \(text)\nb: c\n", .policyFileEmptyValue, line: 1, column: text.isEmpty ? 3 : 4)
    }

    @Test(arguments: ["[]", "{}", "\"\"", "''", "|\n"]) func refusesEmptyValue(_ text: String) {
        expect("b: c\na: \(text)\n", .policyFileEmptyValue, line: 2, column: 4)
    }

    @Test func refusesEmptyFile() {
        #expect(errors("").map(\.code) == [.policyFileEmpty])
        #expect(errors("# nothing\n").map(\.code) == [.policyFileEmpty])
    }

    @Test func passesOverNothingBetweenMarkers() throws {
        #expect(try StrictYAML.documents(Array("---\na: b\n---\n---\nc: d\n---\n".utf8), file: "p.yaml").count == 2)
        #expect(errors("---\n---\n").map(\.code) == [.policyFileEmpty])
        #expect(errors("a: b\n---\n~\n").map(\.code) == [.policyFileEmptyValue])
        #expect(errors("a: b\n--- &x\n").map(\.code) == [.policyFileAnchor])
    }

    @Test func refusesDuplicateKeys() {
        expect("a: b\na: c\n", .policyFileDuplicateKey, line: 2, column: 1)
        expect("x:\n  a: b\n  \"a\": c\n", .policyFileDuplicateKey, line: 3, column: 3)
        expect("{a: b, c: d, 'a': e}\n", .policyFileDuplicateKey, line: 1, column: 14)
        // YAML 1.1 takes the first one for a boolean, and would see no duplicate.
        expect("on: b\n\"on\": c\n", .policyFileDuplicateKey, line: 2, column: 1)
    }

    @Test func refusesKeysThatAreNoStrings() {
        expect("1: a\n", .policyFileKey, line: 1, column: 1)
        expect("true: a\n", .policyFileKey, line: 1, column: 1)
        expect("~: a\n", .policyFileKey, line: 1, column: 1)
        expect("\"\": a\n", .policyFileKey, line: 1, column: 1)
        expect("? [a, b]\n: c\n", .policyFileKey, line: 1, column: 3)
        expect("? {a: b}\n: c\n", .policyFileKey, line: 1, column: 3)
        #expect(errors("\"1\": a\non: b\n").isEmpty)
    }

    @Test func refusesAnchorsAliasesAndMergeKeys() {
        expect("a: &x b\n", .policyFileAnchor, line: 1, column: 4)
        expect("a: &x\n  b: c\n", .policyFileAnchor, line: 1, column: 4)
        expect("a: &x [b]\nc: d\n", .policyFileAnchor, line: 1, column: 4)
        expect("a: [b, *x]\n", .policyFileAnchor, line: 1, column: 8)
        expect("a: *x\n", .policyFileAnchor, line: 1, column: 4)
        expect("*x : a\n", .policyFileAnchor, line: 1, column: 1)
        expect("&x a: b\n", .policyFileAnchor, line: 1, column: 1)
        expect("{\"a\":*x}\n", .policyFileAnchor, line: 1, column: 6)
        expect("a: {<<: {b: c}}\n", .policyFileAnchor, line: 1, column: 5)
        expect("--- &x\na: b\n", .policyFileAnchor, line: 1, column: 5)
    }

    @Test func refusesTagsAndDirectives() {
        expect("a: !!str b\n", .policyFileTag, line: 1, column: 4)
        expect("a: ! b\n", .policyFileTag, line: 1, column: 4)
        expect("a: !<tag:yaml.org,2002:int> 1\n", .policyFileTag, line: 1, column: 4)
        expect("a: !!map {b: c}\n", .policyFileTag, line: 1, column: 4)
        expect("%YAML 1.1\n---\na: b\n", .policyFileDirective, line: 1, column: 1)
        expect("%TAG ! tag:x,2000:\n---\na: b\n", .policyFileDirective, line: 1, column: 1)
    }

    @Test func leavesIndicatorsAloneWhereTheyAreText() throws {
        let found = try scalars("- \"*a &b !c\"\n- 'x*'\n- a*b&c!d\n- a *b &c !d\n- |\n  *a\n  &b\n")
        #expect(found.map(\.0) == ["*a &b !c", "x*", "a*b&c!d", "a *b &c !d", "*a\n&b\n"])
        #expect(errors("a: b # *x &y !z\n").isEmpty)
    }

    /// Nine levels of nine references: composed the ordinary way this is a tree of 10^9 nodes, and hashing it as a key
    /// visits all of them.
    @Test func refusesBillionLaughsAtOnce() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...40 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        text += "? *a40\n: x\n"
        #expect(errors(text).contains { $0.code == .policyFileAnchor })
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "]) func refusesDeepNestingWithoutOverflow(_ opening: String) {
        let codes = errors(String(repeating: opening, count: 100_000)).map(\.code)
        // A nested `?` is a mapping as a key, which is a fault of its own, said first.
        #expect(codes.last == .policyFileTooDeep && codes.count <= 2, "\(codes)")
    }

    @Test func countsLevels() {
        let nested = { (count: Int) in
            String(repeating: "[", count: count) + "x" + String(repeating: "]", count: count)
        }
        #expect(errors(nested(31)).isEmpty)
        #expect(errors(nested(32)).map(\.code) == [.policyFileTooDeep])
        #expect(errors(nested(900)).map(\.code) == [.policyFileTooDeep])
    }

    @Test func refusesTooManyBytes() {
        let text = "a: b\n#" + String(repeating: "x", count: 1 << 20)
        #expect(errors(text).map(\.code) == [.policyFileTooLarge])
        var limits = StrictYAML.Limits()
        limits.bytes = 5
        #expect(errors(Array("a: b\n".utf8), limits: limits).isEmpty)
        #expect(errors(Array("a: bc\n".utf8), limits: limits).map(\.code) == [.policyFileTooLarge])
    }

    @Test(
        arguments: [
            [0xEF, 0xBB, 0xBF, 0x61, 0x3A, 0x20, 0x62], [0x61, 0x3A, 0x20, 0xFF], [0x61, 0x3A, 0x20, 0x00],
            [0xFF, 0xFE, 0x61, 0x00], [0x61, 0x3A, 0x20, 0xED, 0xA0, 0x80], [0x61, 0x3A, 0x20, 0x1B, 0x5B],
            [0x61, 0x3A, 0x20, 0x62, 0x0D, 0x63],
        ] as [[UInt8]])
    func refusesWhatIsNoText(_ bytes: [UInt8]) {
        #expect(errors(bytes).first?.code == .policyFileNotText)
    }

    /// U+202E turns the rest of a line around, U+200B hides, U+0085 and U+2028 are line breaks to some readers, U+E000
    /// stands for an indicator inside of the reader.
    @Test(arguments: ["\u{202E}", "\u{200B}", "\u{85}", "\u{2028}", "\u{E000}", "\u{FEFF}", "\u{2066}"])
    func refusesCharactersThatHide(_ character: String) {
        expect("a: b\nc: x\(character)y\n", .policyFileNotText, line: 2, column: 5)
    }

    @Test(arguments: ["\\0", "\\e", "\\x85", "\\u202E", "\\N", "\\L", "\\r"]) func refusesThemEscapedToo(
        _ escape: String
    ) {
        expect("a: \"x\(escape)y\"\n", .policyFileNotText, line: 1, column: 4)
    }

    @Test func acceptsBothLineEndings() {
        #expect(errors("a: b\r\nc: d\r\n").isEmpty)
    }

    @Test func saysWhereTheSyntaxIsWrong() {
        expect("a: b\n  c: d\n", .policyFileSyntax, line: 2, column: 4)
        expect("a: [b\nc: d\n", .policyFileSyntax, line: 2, column: 2)
        expect("a: \"b\n", .policyFileSyntax, line: 2, column: 1)
        expect("a:\n\t- b\n", .policyFileSyntax, line: 2, column: 1)
    }

    @Test func gathersErrors() {
        let found = errors("a: []\nb: &x c\nd: !t e\nf: {}\n1: g\n")
        #expect(
            found.map(\.code) == [
                .policyFileEmptyValue, .policyFileAnchor, .policyFileTag, .policyFileEmptyValue, .policyFileKey,
            ])
        #expect(found.map(\.place.line) == [1, 2, 3, 4, 5])
    }

    @Test func keepsFewOfManyErrors() {
        let text = (0..<5000).map { "k\($0): []\n" }.joined()
        #expect(errors(text).count == 100)
    }
}

struct Missing: Error {}

import StrictEncoding
import Testing

/// Each fault is reported as what it is, at the byte where it is.
@Suite struct JSONErrorTests {
    static let cases: [(String, JSONError)] = [
        ("", .unexpectedEnd),
        (" ", .unexpectedEnd),
        ("[1", .unexpectedEnd),
        ("\"abc", .unexpectedEnd),
        ("\"abc\\", .unexpectedEnd),
        ("\"abc\\u00", .unexpectedEnd),
        ("tru", .unexpectedEnd),
        ("{\"a\"", .unexpectedEnd),
        ("{\"a\":", .unexpectedEnd),
        ("{\"a\":1,", .unexpectedEnd),
        ("{", .unexpectedEnd),
        ("[", .unexpectedEnd),
        ("1 2", .trailingBytes(offset: 2)),
        ("[]]", .trailingBytes(offset: 2)),
        ("truex", .trailingBytes(offset: 4)),
        ("01", .invalidNumber(offset: 0)),
        ("[1,-]", .invalidNumber(offset: 3)),
        ("[1.]", .invalidNumber(offset: 1)),
        ("[1e+]", .invalidNumber(offset: 1)),
        ("[1.5e", .invalidNumber(offset: 1)),
        ("+1", .unexpectedByte(UInt8(ascii: "+"), offset: 0)),
        ("trua", .unexpectedByte(UInt8(ascii: "a"), offset: 3)),
        ("[1;2]", .unexpectedByte(UInt8(ascii: ";"), offset: 2)),
        ("[1}", .unexpectedByte(UInt8(ascii: "}"), offset: 2)),
        ("{\"a\":1]", .unexpectedByte(UInt8(ascii: "]"), offset: 6)),
        ("[1,]", .unexpectedByte(UInt8(ascii: "]"), offset: 3)),
        ("{\"a\":1,}", .unexpectedByte(UInt8(ascii: "}"), offset: 7)),
        ("{a:1}", .unexpectedByte(UInt8(ascii: "a"), offset: 1)),
        ("{\"a\"=1}", .unexpectedByte(UInt8(ascii: "="), offset: 4)),
        ("\"\\x\"", .invalidEscape(offset: 1)),
        ("\"a\\u00g0\"", .invalidEscape(offset: 2)),
        ("\"\\ug", .invalidEscape(offset: 1)),
        ("\"\\uD800\\u00\"", .invalidEscape(offset: 7)),
        ("\"a\\ud800b\"", .unpairedSurrogate(offset: 2)),
        ("\"\\udc00\\ud800\"", .unpairedSurrogate(offset: 1)),
        ("\"\\udc00\\udc00\"", .unpairedSurrogate(offset: 1)),
        ("\"\\ud800\\u0041\"", .unpairedSurrogate(offset: 1)),
        ("\"a\u{1}\"", .controlCharacter(offset: 2)),
        ("[\"a\nb\"]", .controlCharacter(offset: 3)),
        ("\u{FEFF}1", .byteOrderMark),
        ("[\u{FEFF}1]", .unexpectedByte(0xEF, offset: 1)),
        ("{\"a\":1,\"b\":2,\"a\":3}", .duplicateKey("a", offset: 13)),
    ]

    @Test(arguments: cases)
    func namesTheFault(_ text: String, _ error: JSONError) {
        #expect(throws: error) { try JSONDocument(parsing: Array(text.utf8)) }
    }

    @Test func refusesMoreBytesThanTheLimit() throws {
        let text = Array("[1, 2]".utf8)
        _ = try JSONDocument(parsing: text, limits: JSONLimits(bytes: 6))
        #expect(throws: JSONError.tooLarge(limit: 5)) { try JSONDocument(parsing: text, limits: JSONLimits(bytes: 5)) }
        #expect(throws: JSONError.tooLarge(limit: -1)) { try JSONDocument(parsing: [], limits: JSONLimits(bytes: -1)) }
    }

    @Test func refusesDeeperNestingThanTheLimit() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "[{\"a\":", count: depth / 2) + "0" + String(repeating: "}]", count: depth / 2)).utf8
            )
        }
        _ = try JSONDocument(parsing: nested(128))
        #expect(throws: JSONError.tooDeep(limit: 128, offset: 64 * 6)) { try JSONDocument(parsing: nested(130)) }
        _ = try JSONDocument(parsing: Array("0".utf8), limits: JSONLimits(depth: 0))
        #expect(throws: JSONError.tooDeep(limit: 0, offset: 1)) {
            try JSONDocument(parsing: Array(" []".utf8), limits: JSONLimits(depth: 0))
        }
        _ = try JSONDocument(parsing: Array("[[],[],{}]".utf8), limits: JSONLimits(depth: 2))
    }

    @Test func survivesAMillionBrackets() {
        for open in ["[", "{\"a\":", "[{\"\":"] {
            let text = Array(String(repeating: open, count: 1_000_000).utf8)
            #expect(throws: JSONError.self) { try JSONDocument(parsing: text) }
            let anyDepth = JSONLimits(depth: .max)
            let lastAllowed = open == "[" ? 1024 : open == "[{\"\":" ? 512 * 5 : 1024 * 5
            #expect(throws: JSONError.tooDeep(limit: 1024, offset: lastAllowed)) {
                try JSONDocument(parsing: text, limits: anyDepth)
            }
        }
    }

    @Test func endsWhateverTheNumberOfOpenBrackets() {
        // Open containers take more of the index than of the text.
        for open in ["[", "{\"\":", "[{\"\":", "[0,[", "[[],"] {
            for count in 1...300 {
                let text = Array(String(repeating: open, count: count).utf8)
                #expect(throws: JSONError.unexpectedEnd) {
                    try JSONDocument(parsing: text, limits: JSONLimits(depth: .max))
                }
                #expect(throws: JSONError.self) {
                    try JSONDocument(parsing: text, limits: JSONLimits(depth: count / 2))
                }
            }
        }
    }

    @Test func everyErrorSaysWhereAndWhatInOneLine() {
        let errors: [JSONError] =
            Self.cases.map(\.1) + [
                .tooLarge(limit: 1), .tooDeep(limit: 1, offset: 1), .invalidUTF8(offset: 1),
                .unexpectedByte(0x0A, offset: 1), .unexpectedByte(UInt8(ascii: "`"), offset: 1),
                .duplicateKey("a`b\n\u{202E}\\" + String(repeating: "é", count: 100_000), offset: 1),
            ]
        for error in errors {
            let printable = error.message.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 >= 0x80 }
            #expect(printable && error.message.utf8.count < 600, "\(error.message.prefix(600))")
            #expect(error.message.unicodeScalars.allSatisfy { $0.isASCII || $0 == "…" })
            #expect(error.message.first?.isUppercase == false && error.message.last != ".")
            #expect(error.description == error.message)
            if let offset = error.offset, offset > 0 { #expect(error.message.contains("byte \(offset)")) }
        }
        #expect(JSONError.duplicateKey("a`\n", offset: 7).message.contains("`a\\u{60}\\u{a}` again at byte 7"))
        #expect(JSONError.unexpectedByte(0x0A, offset: 3).message.contains("byte 0x0a at byte 3"))
        #expect(JSONError.unexpectedByte(0x5D, offset: 3).message.contains("`]` at byte 3"))
    }
}

import StrictEncoding
import Testing

/// Strings are scanned in blocks of 16 and 64 bytes; nothing may slip through a block's edge.
@Suite struct JSONStringTests {
    @Test func findsEverySpecialAtEveryPosition() throws {
        let specials: [(bytes: [UInt8], error: (Int) -> JSONError)] = [
            ([0x00], { .controlCharacter(offset: $0) }),
            ([0x1F], { .controlCharacter(offset: $0) }),
            ([0x80], { .invalidUTF8(offset: $0) }),
            ([0xFF], { .invalidUTF8(offset: $0) }),
            (Array("\\x".utf8), { .invalidEscape(offset: $0) }),
            (Array("\\ud800".utf8), { .unpairedSurrogate(offset: $0) }),
            (Array("\"".utf8), { .trailingBytes(offset: $0 + 1) }),
        ]
        for position in 0..<150 {
            for after in [0, 3, 16, 80] {
                for special in specials {
                    let string = plain(position) + special.bytes + plain(after)
                    let text = [UInt8(ascii: "\"")] + string + [UInt8(ascii: "\"")]
                    #expect(throws: special.error(position + 1), "\(special.bytes) at \(position), \(after) after") {
                        try JSONDocument(parsing: text)
                    }
                }
            }
        }
    }

    @Test func decodesWhatStandsAtEveryPosition() throws {
        let pieces: [(literal: String, decoded: String)] = [
            ("", ""), ("é", "é"), ("€", "€"), ("😀", "😀"), ("\\n", "\n"), ("\\u00e9", "é"), ("\\uD83D\\uDE00", "😀"),
            ("\\\"", "\""), ("\\\\", "\\"), ("\u{7F}", "\u{7F}"), ("\\u0000", "\u{0}"), ("é\\u20AC😀", "é€😀"),
        ]
        for position in 0..<70 {
            for piece in pieces {
                for after in [0, 5, 64] {
                    let start = String(decoding: plain(position), as: UTF8.self)
                    let end = String(decoding: plain(after), as: UTF8.self)
                    let text = Array(("\"" + start + piece.literal + end + "\"").utf8)
                    let decoded = start + piece.decoded + end
                    let root = try JSONDocument(parsing: text).root
                    #expect(root.utf8 == Array(decoded.utf8))
                    #expect(root.isIdentical(to: decoded))
                    #expect(!root.isIdentical(to: decoded + "x"))
                    #expect(Array(root.rawBytes) == text)
                }
            }
        }
    }

    @Test(
        arguments: [
            // Continuation bytes and bytes that never occur.
            [0x80], [0xBF], [0xC0], [0xC1], [0xF5], [0xF8], [0xFC], [0xFE], [0xFF],
            // Overlong forms.
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF],
            // Surrogates, in UTF-8 and as CESU-8 pairs.
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80],
            // Over U+10FFFF.
            [0xF4, 0x90, 0x80, 0x80], [0xF7, 0xBF, 0xBF, 0xBF],
            // Cut short.
            [0xC3], [0xE2], [0xE2, 0x82], [0xF0], [0xF0, 0x9F], [0xF0, 0x9F, 0x98],
            // Wrong continuation.
            [0xC3, 0x28], [0xC3, 0xC3], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28], [0xF0, 0x28, 0x8C, 0xBC],
            [0xF0, 0x9F, 0x28, 0xBC], [0xF0, 0x9F, 0x98, 0x28],
        ] as [[UInt8]])
    func refusesMalformedUTF8(_ sequence: [UInt8]) {
        for before in [0, 1, 12, 15, 16, 63] {
            let start = [UInt8(ascii: "[")] + [UInt8(ascii: "\"")] + plain(before)
            for end in [Array("\"]".utf8), Array("x\", \"01234567890123456789\"]".utf8), []] {
                #expect(throws: JSONError.invalidUTF8(offset: before + 2)) {
                    try JSONDocument(parsing: start + sequence + end)
                }
            }
        }
    }

    @Test func acceptsTheFirstAndLastOfEachLength() throws {
        let scalars: [Unicode.Scalar] = [
            "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FFFD}", "\u{FFFE}", "\u{FFFF}",
            "\u{10000}", "\u{3FFFF}", "\u{40000}", "\u{FFFFF}", "\u{100000}", "\u{10FFFF}",
        ]
        for scalar in scalars {
            let text = String(scalar)
            #expect(try JSONDocument(parsing: Array("\"\(text)\"".utf8)).root.utf8 == Array(text.utf8))
            let escaped = text.utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
            #expect(try JSONDocument(parsing: Array("\"\(escaped.joined())\"".utf8)).root.utf8 == Array(text.utf8))
        }
    }

    @Test func lendsBytesWithoutAndWithEscapes() throws {
        let root = try JSONDocument(parsing: Array(#"["plain","a\tb",1]"#.utf8)).root
        let elements = Array(try #require(root.array))
        #expect(elements[0].withStringBytes { $0.count } == 5)
        #expect(elements[1].withStringBytes { $0.count } == 3)
        #expect(elements[1].withStringBytes { $0[1] } == 0x09)
        #expect(elements[2].withStringBytes { $0.count } == nil)
        #expect(elements[2].string == nil && elements[2].utf8 == nil && elements[2].exact == nil)
        #expect(!elements[2].isIdentical(to: "1"))
    }

    @Test func comparesStringsAsBytes() throws {
        // é as one scalar, and as e with a combining accent: equal to Swift, two names to us.
        let root = try JSONDocument(parsing: Array("{\"caf\u{E9}\":1,\"cafe\u{301}\":2}".utf8)).root
        #expect(root["caf\u{E9}"]?.int == 1)
        #expect(root["cafe\u{301}"]?.int == 2)
        let value = try JSONDocument(parsing: Array("\"caf\u{E9}\"".utf8)).root
        #expect(value.string == "cafe\u{301}")
        #expect(value.exact != ExactString("cafe\u{301}"))
        #expect(value.isIdentical(to: "caf\u{E9}") && !value.isIdentical(to: "cafe\u{301}"))
    }

    private func plain(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
    }
}

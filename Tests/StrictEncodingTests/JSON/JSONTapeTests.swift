import StrictEncoding
import Testing

/// The quick walk over a document has to find what ``JSONValue`` finds.
struct JSONTapeTests {
    static let text = #"""
        {"a": [1, -2.5, "x\n\ud83d\ude00", true, null, {}, []], "b/c~d": {"\u0065scaped": "", "deep": [[["end"]]]}, "last": "eight888"}
        """#

    static func document() throws -> JSONDocument { try JSONDocument(parsing: Array(text.utf8)) }

    /// Both readings of every value, side by side.
    @Test func findsTheSameValuesAsJSONValueDoes() throws {
        let document = try Self.document()
        var compared = 0
        document.withTape { (tape: borrowing JSONTape) in
            compared = Self.compare(document.root, document.root.position, tape)
        }
        #expect(compared == 16)
    }

    private static func compare(_ value: JSONValue, _ position: JSONPosition, _ tape: borrowing JSONTape) -> Int {
        #expect(tape.kind(position) == value.kind)
        #expect(position == value.position)
        #expect(tape.integer(position) == value.int)
        let text = tape.text(position)
        #expect(text.isPresent == (value.kind == .string))
        if text.isPresent { #expect(tape.string(text) == value.string) }
        var count = 1
        var elements = tape.elements(position)
        #expect(tape.count(position) == value.array?.count ?? value.object?.count ?? 0)
        for element in value.array.map({ Array($0) }) ?? [] {
            guard let next = elements.next(tape) else {
                Issue.record("too few elements")
                break
            }
            count += compare(element, next, tape)
        }
        #expect(elements.next(tape) == nil)
        var members = tape.members(position)
        if let object = value.object {
            for (name, member) in object {
                guard let next = members.next(tape) else {
                    Issue.record("too few members")
                    break
                }
                #expect(tape.string(next.name) == name)
                count += compare(member, next.value, tape)
            }
        }
        #expect(members.next(tape) == nil)
        return count
    }

    @Test func pointsToEveryValue() throws {
        let document = try Self.document()
        let root = document.root
        let end = try #require(root["b/c~d"]?["deep"]?.array?[0]?.array?[0]?.array?[0])
        let pointers = document.withTape { (tape: borrowing JSONTape) in
            [
                tape.pointer(to: root.position), tape.pointer(to: end.position),
                tape.pointer(to: root["a"]?.array?[6]?.position ?? root.position),
                tape.pointer(to: root["b/c~d"]?["escaped"]?.position ?? root.position),
            ]
        }
        #expect(pointers == ["", "/b~1c~0d/deep/0/0/0", "/a/6", "/b~1c~0d/escaped"])
    }

    @Test func readsNamesEightBytesAtATime() throws {
        for text in [#"{"n":"0123456789"}"#, #"{"n":"01234567"}"#, #"{"n":"012"}"#, #"["0"]"#, #"["01234567"]"#] {
            let document = try JSONDocument(parsing: Array(text.utf8))
            let value = try #require(document.root["n"] ?? document.root.array?.first)
            let bytes = try #require(value.utf8)
            document.withTape { (tape: borrowing JSONTape) in
                let found = tape.text(value.position)
                for offset in 0...bytes.count {
                    let expected = bytes.dropFirst(offset).prefix(8).reversed().reduce(UInt64(0)) {
                        $0 << 8 | UInt64($1)
                    }
                    #expect(tape.chunk(of: found, at: offset) == expected)
                }
            }
        }
    }

    @Test func knowsHexadecimalDigits() throws {
        for (text, isHex) in [
            ("", true), ("0", true), ("0123456789abcdefABCDEF", true), ("0123456789abcdeg", false), ("g", false),
            (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 63) + "/", false),
            (String(repeating: "f", count: 15) + ":" + String(repeating: "f", count: 16), false), ("@", false),
            ("`", false), ("G", false), (String(repeating: "0", count: 16) + "x", false), ("é", false),
            (#"\u0061"#, false),
        ] {
            let document = try JSONDocument(parsing: Array(#"["\#(text)"]"#.utf8))
            let value = try #require(document.root.array?.first)
            let found = document.withTape { (tape: borrowing JSONTape) in tape.isHex(tape.text(value.position)) }
            #expect(found == isHex, "\(text)")
        }
        // Every byte at every place of a block.
        for byte in UInt8(0x20)..<0x7F where byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
            for place in [0, 7, 15, 16] {
                var digits = [UInt8](repeating: UInt8(ascii: "0"), count: 17)
                digits[place] = byte
                let document = try JSONDocument(parsing: [UInt8(ascii: "\"")] + digits + [UInt8(ascii: "\"")])
                let position = document.root.position
                let found = document.withTape { (tape: borrowing JSONTape) in tape.isHex(tape.text(position)) }
                #expect(found == Character(Unicode.Scalar(byte)).isHexDigit)
            }
        }
    }

    @Test func keepsTextsWithoutTheDocument() throws {
        let document = try Self.document()
        let texts = document.withTape { (tape: borrowing JSONTape) in
            [document.root["a"]?.array?[2], document.root["last"], document.root["a"]].map {
                tape.text($0?.position ?? document.root.position)
            }
        }
        let bytes = document.bytes
        #expect(texts[0].string(in: bytes) == "x\n😀")
        #expect(texts[0].dropping(1) == texts[0])
        #expect(texts[1].string(in: bytes) == "eight888")
        #expect(texts[1].dropping(5).string(in: bytes) == "888")
        #expect(texts[1].dropping(9) == texts[1])
        #expect(texts[2] == .absent)
        #expect(texts[2].string(in: bytes) == nil)
        #expect(texts[2].withBytes(in: bytes) { $0.count } == 0)
    }

    /// Large enough that the index is on large pages.
    @Test func readsLargeDocuments() throws {
        let element = #"{"a":"b"},"#
        let text = "[" + String(repeating: element, count: 1_000_000) + "0]"
        let document = try JSONDocument(parsing: Array(text.utf8))
        #expect(document.root.array?.count == 1_000_001)
    }
}

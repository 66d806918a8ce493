import StrictEncoding
import Testing

@Suite struct CanonicalJSONTests {
    /// RFC 8785 section 3.2.2.
    @Test func writesThePrimitivesOfTheRFC() throws {
        let text = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        let expected =
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
            + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        #expect(try canonical(text) == expected)
    }

    /// RFC 8785 section 3.2.3: by UTF-16 code units, so that a surrogate pair sorts before U+FB33.
    @Test func sortsNamesOfTheRFC() throws {
        let text = #"""
            {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
             "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}
            """#
        let root = try JSONDocument(parsing: Array(try canonical(text).utf8)).root
        #expect(root.object?.keys == ["\r", "1", "\u{80}", "\u{F6}", "\u{20AC}", "😀", "\u{FB33}"])
    }

    /// The order that the standard library gives code units, for names with every pair of interesting scalars.
    @Test func sortsAsUTF16() {
        let scalars: [Unicode.Scalar] = [
            "\u{0}", "a", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{EFFF}", "\u{F000}",
            "\u{FFFF}", "\u{10000}", "\u{3FFFF}", "\u{40000}", "\u{10FFFF}",
        ]
        for prefix in ["", "x", "é", "\u{FFFF}", "😀"] {
            var names = scalars.map { prefix + String($0) } + [prefix]
            names.append(contentsOf: scalars.map { prefix + String($0) + "tail" })
            var object: [ExactString: JSONTree] = [:]
            for name in names { object[ExactString(name)] = 0 }
            let sorted = names.sorted { $0.utf16.lexicographicallyPrecedes($1.utf16) }
            let parsed = try? JSONDocument(parsing: JSONTree.object(object).canonicalBytes())
            #expect(parsed?.root.object?.keys == sorted.map { ExactString($0) })
        }
    }

    /// RFC 8785 appendix B, without NaN and Infinity, which cannot be expressed.
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"), (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
            (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
            (0xC340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"), (0x44B5_2D02_C7E1_4AF6, "1e+23"),
            (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"), (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
            (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"), (0x444B_1AE4_D6E2_EF50, "1e+21"),
            (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"), (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
            (0x41B3_DE43_5555_5553, "333333333.3333332"), (0x41B3_DE43_5555_5554, "333333333.33333325"),
            (0x41B3_DE43_5555_5555, "333333333.3333333"), (0x41B3_DE43_5555_5556, "333333333.3333334"),
            (0x41B3_DE43_5555_5557, "333333333.33333343"), (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
            (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
        ] as [(UInt64, String)])
    func writesNumbersOfTheRFC(_ pattern: UInt64, _ expected: String) throws {
        let double = Double(bitPattern: pattern)
        #expect(try canonical(double.description) == expected)
        #expect(try canonical("[\(expected)]") == "[\(expected)]")
    }

    @Test(arguments: [
        ("0.1", "0.1"), ("-0", "0"), ("-0.0", "0"), ("0e5", "0"), ("1e-400", "0"), ("10", "10"), ("1.0", "1"),
        ("100e-2", "1"),
        ("123456789012345680000", "123456789012345680000"), ("1e20", "100000000000000000000"), ("1e21", "1e+21"),
        ("12e-7", "0.0000012"), ("1e-7", "1e-7"), ("1.5e-7", "1.5e-7"), ("0.00001", "0.00001"),
        ("1234.5678", "1234.5678"),
        ("9007199254740991", "9007199254740991"), ("-9007199254740992", "-9007199254740992"),
        ("9007199254740993", "9007199254740992"), ("9223372036854775807", "9223372036854776000"),
        ("-9223372036854775808", "-9223372036854776000"), ("1e5", "100000"), ("1.25e2", "125"), ("1E-2", "0.01"),
    ])
    func writesNumbersAsECMAScriptDoes(_ literal: String, _ expected: String) throws {
        #expect(try canonical(literal) == expected)
    }

    @Test func numbersReadBackAsTheSameDouble() throws {
        var random = SeededGenerator(seed: 8785)
        for _ in 0..<5000 {
            let double = Double(bitPattern: random.next())
            guard double.isFinite, double != 0 else { continue }
            let text = try canonical(double.description)
            #expect(Double(text) == double, "\(double)")
            #expect(try canonical(text) == text)
        }
    }

    @Test func escapesAsTheRFCSays() throws {
        let all = String(String.UnicodeScalarView((0..<0x80).compactMap { Unicode.Scalar($0) }))
        let text = String(decoding: JSONTree.string(all).canonicalBytes(), as: UTF8.self)
        #expect(text.hasPrefix(#""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010"#))
        #expect(
            text.contains("\\u001f !\\\"#") && text.hasSuffix("~\u{7F}\"") && text.contains(#"[\\]"#)
                && text.contains("./0"))
        #expect(try JSONDocument(parsing: Array(text.utf8)).root.string == all)
        #expect(JSONTree.string("\u{2028}é😀").canonicalBytes() == Array("\"\u{2028}é😀\"".utf8))
    }

    @Test func writesOLPCForm() throws {
        let tree: JSONTree = [
            "b": [1, .null, true], "a": "x\n\"\\\u{1}/é", "😀": -3, "\u{FB33}": [:], "B": .integer(.max),
        ]
        let expected =
            "{\"B\":9223372036854775807,\"a\":\"x\n\\\"\\\\\u{1}/é\",\"b\":[1,null,true],\"\u{FB33}\":{},\"😀\":-3}"
        #expect(String(decoding: try tree.olpcCanonicalBytes(), as: UTF8.self) == expected)
    }

    @Test(arguments: ["1.0", "1e2", "-0", "-0.0", "1E2"])
    func refusesOtherNumbersInOLPCForm(_ literal: String) throws {
        let root = try JSONDocument(parsing: Array("{\"a\":[{\"b\":\(literal)}]}".utf8)).root
        let tree = try #require(JSONTree(root))
        #expect(throws: OLPCError.notAnInteger(literal: literal)) { try tree.olpcCanonicalBytes() }
        #expect(OLPCError.notAnInteger(literal: literal).message.contains("`\(literal)`"))
    }

    @Test func keepsLongIntegersInOLPCForm() throws {
        let text = "[-123456789012345678901234567890,9007199254740993]"
        let tree = try #require(JSONTree(try JSONDocument(parsing: Array(text.utf8)).root))
        #expect(try tree.olpcCanonicalBytes() == Array(text.utf8))
    }

    private func canonical(_ text: String) throws -> String {
        let tree = try #require(JSONTree(try JSONDocument(parsing: Array(text.utf8)).root))
        return String(decoding: tree.canonicalBytes(), as: UTF8.self)
    }
}

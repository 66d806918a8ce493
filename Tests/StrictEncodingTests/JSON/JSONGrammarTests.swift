import StrictEncoding
import Testing

/// RFC 8259, one line for each rule; the reference reader of the mutation tests has to agree on every line.
@Suite struct JSONGrammarTests {
    @Test(arguments: [
        // Every value may stand alone, with whitespace of four kinds around it.
        "null", "true", "false", "0", "\"\"", "[]", "{}", " \t\r\n0 \t\r\n", "[ ]", "{ }", " [ 1 , 2 ] ",
        "{ \"a\" : 1 , \"b\" : 2 }",
        "\n\t\t\t\t\t\t\t\t\t\t1", "                                   1                                    ",
        // Numbers.
        "-0", "-1", "10", "1234567890", "0.0", "0.5", "-0.5", "1.25e10", "1E10", "1e+10", "1e-10", "1e0010", "0e0",
        "-0.0e-0",
        "123456789012345678901234567890", "1e400", "1e-400", "[1]", "[1 ]", "[-1]", "[0,1]",
        // Strings.
        #""a""#, #""\"\\\/\b\f\n\r\t""#, #""\u0041""#, #""\u00e9\u00E9""#, #""\u0000""#, #""\uD83D\uDE00""#,
        #""\ud83d\ude00""#,
        #""\uFFFF\uFFFE\uFDD0""#, #""\\u0061""#, #""/""#, #""'""#, "\"\u{7F}\"", "\"é€😀\"", "\"\u{FFFF}\u{10FFFF}\"",
        "\"\u{2028}\u{2029}\"",
        "\"\u{FEFF}\"", "\"0123456789abcdef0123456789abcdef\"",
        // Arrays and objects.
        "[[]]", "[[],[]]", "[{}]", "[null,true,false,0,\"\",[],{}]", #"{"":0}"#, #"{"a":{"a":{"a":[]}}}"#,
        #"{"a":1,"A":2}"#,
        #"{"__proto__":1,"constructor":2}"#, "{\"\u{E9}\":1,\"e\u{301}\":2}",
    ])
    func accepts(_ text: String) throws {
        let bytes = Array(text.utf8)
        #expect(ReferenceJSON.accepts(bytes))
        let document = try JSONDocument(parsing: bytes)
        #expect(document.bytes == bytes)
        // What has not been taken for whitespace around the value is the value.
        #expect(Array(document.root.rawBytes) == bytes.trimmingJSONWhitespace())
    }

    @Test(arguments: [
        // Nothing, or more than one thing.
        "", " ", "\n", "1 1", "1,", ",1", "[]]", "{}}", "[][]", "null null", "\"\"\"\"", "true false", "1\u{0}",
        "[]\u{0}", "{}x", "//", "1//x",
        "/**/1", "# 1\n1", "[1]/**/", ";", "1;",
        // Literals.
        "nul", "nulll", "tru", "fals", "True", "NULL", "nil", "n", "t", "f", "undefined", "NaN", "Infinity",
        "-Infinity", "inf", "tr ue", "[tru]",
        // Numbers.
        "+1", "-", "--1", "-+1", "01", "-01", "00", "1.", ".1", "-.1", "1.e1", "1e", "1e+", "1e-", "1e1.5", "1.2.3",
        "0x1", "0b1", "1_000", "1a",
        "1,000", "0e", "1E+", "- 1", "1 .5", "1. 5", "１", "[1.]", "[01]", "[-]", "[1e]", "[.5]", "1f", "1n", "1e１",
        // Strings.
        "\"", "\"a", "a\"", "'a'", "`a`", "\"\\\"", "\"\\", "\"\\x41\"", "\"\\a\"", "\"\\'\"", "\"\\u\"", "\"\\u0\"",
        "\"\\u00\"", "\"\\u004\"",
        "\"\\u004g\"", "\"\\U0041\"", "\"\\u{41}\"", "\"\\u+041\"", "\"\\u 041\"", "\"\\u-001\"", "\"\t\"", "\"\n\"",
        "\"\r\"", "\"\u{0}\"",
        "\"\u{1F}\"", "\"\\\n\"", "\"\\\u{0}\"", "\"\\é\"", "\"\\v\"", "\"\\0\"",
        // Half surrogate pairs.
        #""\uD800""#, #""\uDC00""#, #""\uDBFF""#, #""\uDFFF""#, #""\uD800\uD800""#, #""\uDC00\uD800""#,
        #""\uDC00\uDC00""#, #""\uD800a""#,
        #""\uD800\n""#, #""\uD800\u0041""#,
        #""\uD800 \uDC00""#, #""\uD800\\uDC00""#, #""\uD83D\uDE00\uDE00""#, #""\uD800\"#, #""\uD800\u"#,
        #""\uD800\uDC0"#,
        // Arrays.
        "[", "]", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1,,2]", "[1 2]", "[1;2]", "[1:2]", "[1}", "[\"a\"", "[\"a\",",
        "[[]", "[[1]", "[,", "[ , 1]", "[1, ]",
        "(1)", "[\u{C}]", "[\u{A0}]", "\u{2060}1", "[1\u{B}]", "\u{85}1",
        // Objects.
        "{", "}", "{]", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{,\"a\":1}",
        "{\"a\"}", "{\"a\" 1}", "{\"a\"=1}",
        "{\"a\":}", "{\"a\":,}", "{\"a\":1 \"b\":2}", "{\"a\":1;\"b\":2}", "{a:1}", "{'a':1}", "{1:1}", "{null:1}",
        "{[]:1}", "{{}:1}", "{\"a\"::1}",
        "{\"a\":1:2}", "{\"a\":1,,\"b\":2}", "{\"a\",1}", "{\"a\":1]", "{:1}", "{\"a\":1,\"b\"}", "{ ,\"a\":1}",
        "{\"a\":\"b",
        // Names that are the same once decoded.
        #"{"a":1,"a":1}"#, #"{"":1,"":1}"#, #"{"a":1,"\u0061":1}"#, #"{"\u0061":1,"a":1}"#, #"{"x":{"a":1,"a":2}}"#,
    ])
    func refuses(_ text: String) {
        #expect(!ReferenceJSON.accepts(Array(text.utf8)))
        #expect(throws: JSONError.self) { try JSONDocument(parsing: Array(text.utf8)) }
    }

    @Test func refusesEveryProperPrefix() throws {
        let text = Array(#"{"a":[1.5e1,"é\u00e9😀\ud83d\ude00",true,false,null,{}],"b":"c"}"#.utf8)
        _ = try JSONDocument(parsing: text)
        for length in text.indices {
            #expect(throws: JSONError.self, "\(length) bytes") { try JSONDocument(parsing: Array(text[..<length])) }
        }
    }

    @Test func acceptsOnlyFourWhitespaceBytes() {
        for byte in UInt8.min...UInt8.max {
            let isWhitespace = [0x20, 0x09, 0x0A, 0x0D].contains(byte)
            let text = [UInt8(ascii: "["), byte, UInt8(ascii: "]")]
            let accepted = (try? JSONDocument(parsing: text)) != nil
            #expect(
                accepted == (isWhitespace || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)), "byte \(byte)")
        }
    }
}

extension [UInt8] {
    func trimmingJSONWhitespace() -> [UInt8] {
        let isWhitespace = { (byte: UInt8) in [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
        return Array(drop(while: isWhitespace).reversed().drop(while: isWhitespace).reversed())
    }
}

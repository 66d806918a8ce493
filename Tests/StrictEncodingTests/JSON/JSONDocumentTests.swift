import StrictEncoding
import Testing

@Suite struct JSONDocumentTests {
    @Test func readsAllKinds() throws {
        let text = #" {"s":"a\u00e9\n","n":-12,"f":1.5e3,"t":true,"u":null,"a":[1,[],{}],"o":{"k":"v"},"x":false} "#
        let root = try JSONDocument(parsing: Array(text.utf8)).root
        #expect(root.kind == .object)
        #expect(root["s"]?.string == "aé\n")
        #expect(root["n"]?.int == -12)
        #expect(root["f"]?.numberLiteral == "1.5e3")
        #expect(root["t"]?.bool == true)
        #expect(root["x"]?.bool == false)
        #expect(root["u"]?.isNull == true)
        #expect(root["a"]?.array?.map(\.kind) == [.number, .array, .object])
        #expect(root["o"]?["k"]?.isIdentical(to: "v") == true)
        #expect(root["missing"] == nil)
    }

    @Test func convertsNothing() throws {
        for (text, kind) in [
            ("{}", JSONValue.Kind.object), ("[]", .array), ("\"1\"", .string), ("1", .number), ("true", .bool),
            ("null", .null),
        ] {
            let value = try JSONDocument(parsing: Array(text.utf8)).root
            #expect(value.kind == kind)
            #expect((value.object != nil) == (kind == .object))
            #expect((value.array != nil) == (kind == .array))
            #expect((value.string != nil) == (kind == .string))
            #expect((value.utf8 != nil) == (kind == .string))
            #expect((value.exact != nil) == (kind == .string))
            #expect((value.numberLiteral != nil) == (kind == .number))
            #expect((value.int != nil) == (kind == .number))
            #expect((value.bool != nil) == (kind == .bool))
            #expect(value.isNull == (kind == .null))
            #expect(value["a"] == nil)
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("9223372036854775807", Int.max),
            ("-9223372036854775808", Int.min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil), ("1e2", nil), ("1E2", nil),
            ("1e-0", nil), ("100000000000000000000000000", nil),
        ] as [(String, Int?)])
    func readsIntegersOnlyFromIntegerLiterals(_ literal: String, _ expected: Int?) throws {
        for text in [literal, " \(literal) ", "[\(literal)]"] {
            let root = try JSONDocument(parsing: Array(text.utf8)).root
            let value = root.array?.first ?? root
            #expect(value.int == expected)
            #expect(value.numberLiteral == literal)
        }
    }

    @Test func keepsTheBytesOfEveryValue() throws {
        let parts = [
            "{ \"x\" : [ 1 ] }", "[ ]", "[1, {\"a\":2} ]", "\"q\\\"q\"", "\"\"", "-1.50", "true", "false", "null", "{}",
        ]
        let text = Array(("[ " + parts.joined(separator: " ,\n") + " ]").utf8)
        let root = try JSONDocument(parsing: text).root
        #expect(Array(root.rawBytes) == text)
        #expect(root.array?.map { String(decoding: $0.rawBytes, as: UTF8.self) } == parts)
    }

    @Test func walksOverSiblingsOfAllSizes() throws {
        let text = #"[[],[1],[[2],[3,[4]]],{},{"a":[5]},{"b":{"c":{}},"d":6},7,"8"]"#
        let root = try JSONDocument(parsing: Array(text.utf8)).root
        let array = try #require(root.array)
        #expect(array.count == 8 && !array.isEmpty && array.underestimatedCount == 8)
        #expect(array.map { $0.array?.count ?? $0.object?.count ?? -1 } == [0, 1, 2, 0, 1, 2, -1, -1])
        #expect(array[7]?.string == "8" && array[6]?.int == 7 && array[5]?["d"]?.int == 6)
        #expect(array[8] == nil && array[-1] == nil && array[.max] == nil && array[.min] == nil)
        #expect(array.first?.array?.isEmpty == true && array.first?.array?.first == nil)
    }

    @Test func keepsMembersInOrder() throws {
        let text = #"{"b":[1,{"x":2}],"a":{"y":[]},"":0,"\u0063":3}"#
        let object = try #require(try JSONDocument(parsing: Array(text.utf8)).root.object)
        #expect(object.count == 4 && !object.isEmpty && object.underestimatedCount == 4)
        #expect(object.map(\.key) == ["b", "a", "", "c"])
        #expect(object.keys == ["b", "a", "", "c"])
        #expect(object.map { $0.value.kind } == [.array, .object, .number, .number])
        #expect(object[""]?.int == 0 && object["c"]?.int == 3 && object["\\u0063"] == nil)
        #expect(object.keyed["c"]?.int == 3 && object.keyed.count == 4)
        #expect(try JSONDocument(parsing: Array("{}".utf8)).root.object?.isEmpty == true)
    }

    @Test func findsMembersByAllTheirBytes() throws {
        let text = #"{"prefix":1,"prefix-and-more":2,"prefix-and-mora":3,"e":4,"\"":5,"\ud83d\ude00":6}"#
        let root = try JSONDocument(parsing: Array(text.utf8)).root
        #expect(root["prefix"]?.int == 1 && root["prefix-and-more"]?.int == 2 && root["prefix-and-mora"]?.int == 3)
        #expect(root["prefix-and-morb"] == nil && root["prefix-"] == nil && root[""] == nil && root["E"] == nil)
        #expect(root["\""]?.int == 5 && root["😀"]?.int == 6 && root["\\"] == nil)
    }

    @Test func holdsTheDensestDocuments() throws {
        // A value for each two bytes and less: the index has to grow while it is written.
        for unit in ["0", "[]", "{}", "\"\"", "[[]]", "{\"\":0}", "[0,0,0]"] {
            for count in [1, 63, 64, 65, 200, 5000] {
                let text = "[" + Array(repeating: unit, count: count).joined(separator: ",") + "]"
                let root = try JSONDocument(parsing: Array(text.utf8)).root
                #expect(root.array?.count == count)
                #expect(root.array?.allSatisfy { String(decoding: $0.rawBytes, as: UTF8.self) == unit } == true)
            }
        }
    }

    @Test func valuesOutliveTheNameOfTheirDocument() throws {
        func value() throws -> JSONValue? {
            try JSONDocument(parsing: Array(#"{"a":{"b":"c"}}"#.utf8)).root["a"]
        }
        #expect(try value()?["b"]?.string == "c")
    }

    @Test func decodesBase64Members() throws {
        let text = #"{"a":"aGVsbG8=","b":"\u0061GVsbG8=","c":"_-8=","d":1,"e":"aGVsbG9=","f":"","g":"\/+8="}"#
        let root = try JSONDocument(parsing: Array(text.utf8)).root
        #expect(try root["a"]?.base64Bytes() == Array("hello".utf8))
        #expect(try root["b"]?.base64Bytes() == Array("hello".utf8))
        #expect(throws: Base64Error.invalidCharacter(offset: 0)) { try root["c"]?.base64Bytes() }
        #expect(try root["c"]?.base64Bytes(alphabet: .standardOrURLSafe) == [0xFF, 0xEF])
        #expect(throws: Base64Error.notAString) { try root["d"]?.base64Bytes() }
        #expect(throws: Base64Error.nonZeroPaddingBits(offset: 6)) { try root["e"]?.base64Bytes() }
        #expect(try root["f"]?.base64Bytes() == [])
        #expect(try root["g"]?.base64Bytes() == [0xFF, 0xEF])
    }
}

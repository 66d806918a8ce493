import StrictEncoding
import Testing

@Suite struct JSONDocumentTests {
    @Test func readsAllKinds() throws {
        let text = #" {"s":"a\u00e9\n","n":-12,"f":1.5e3,"t":true,"u":null,"a":[1,[],{}],"o":{"k":"v"}} "#
        let root = try JSONDocument(parsing: Array(text.utf8)).root
        #expect(root["s"]?.string == "aé\n")
        #expect(root["n"]?.int == -12)
        #expect(root["f"]?.int == nil)
        #expect(root["f"]?.numberLiteral == "1.5e3")
        #expect(root["t"]?.bool == true)
        #expect(root["u"]?.isNull == true)
        #expect(root["a"]?.array?.map(\.kind) == [.number, .array, .object])
        #expect(root["o"]?["k"]?.isIdentical(to: "v") == true)
        #expect(root["a"].map { Array($0.rawBytes) } == Array("[1,[],{}]".utf8))
    }
}

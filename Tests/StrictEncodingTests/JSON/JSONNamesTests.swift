import StrictEncoding
import Testing

/// Duplicate names are refused whatever the size of the object and the spelling of the name.
@Suite struct JSONNamesTests {
    /// Between 32 and 33 members the way of comparing changes.
    @Test(arguments: [2, 3, 12, 31, 32, 33, 300])
    func rejectsDuplicateAtAnyTwoPositions(_ count: Int) throws {
        let names = (0..<count).map { "name\($0)" }
        _ = try JSONDocument(parsing: object(names))
        let pairs =
            count <= 33
            ? (0..<count).flatMap { first in (first + 1..<count).map { (first, $0) } }
            : [(0, 1), (0, count - 1), (count - 2, count - 1), (7, count / 2)]
        for (first, second) in pairs {
            for spelling in [names[first], "\\u006eame\(first)", "nam\\u0065\(first)"] {
                var changed = names
                changed[second] = spelling
                let offset = object(Array(changed[..<second])).count
                #expect(throws: JSONError.duplicateKey(names[first], offset: offset)) {
                    try JSONDocument(parsing: object(changed))
                }
            }
        }
    }

    @Test func reportsTheFirstRepetition() {
        let few = object(["a", "b", "b", "a"])
        #expect(throws: JSONError.duplicateKey("b", offset: 13)) { try JSONDocument(parsing: few) }
        let many = (0..<40).map { "k\($0)" }
        #expect(throws: JSONError.duplicateKey("k5", offset: object(many).count)) {
            try JSONDocument(parsing: object(many + ["k5", "k3", "k5"]))
        }
    }

    @Test func acceptsNamesThatOnlyLookAlike() throws {
        _ = try JSONDocument(parsing: object(["abcdefgh1", "abcdefgh2", "abcdefgh", "abcdefg", ""]))
        _ = try JSONDocument(parsing: object(["a", "A", "a\\u0000", "\\u0000", "\\\\u0061", "а"]))
        _ = try JSONDocument(parsing: object(["\u{E9}", "e\u{301}", "\u{212B}", "\u{C5}"]))
        _ = try JSONDocument(parsing: object((0..<40).map { "abcdefghij\\u00\($0 + 20)" }))
        _ = try JSONDocument(parsing: object((0..<40).map { String(repeating: "x", count: $0) }))
        _ = try JSONDocument(parsing: object((10..<30).map { "prefix--\($0)--suffix" }))
        // Names of equal length that agree in their first eight bytes and at their ends.
        _ = try JSONDocument(parsing: object((10..<99).map { "prefix--\($0)--suffix" }))
    }

    @Test func seesNamesOfInnerObjectsOnly() throws {
        _ = try JSONDocument(parsing: Array(#"{"a":{"a":{"a":[{"a":1},{"a":2}]}},"b":{"a":1,"b":2}}"#.utf8))
        #expect(throws: JSONError.duplicateKey("a", offset: 29)) {
            try JSONDocument(parsing: Array(#"{"a":[{"b":[1,{}],"c":{"a":1,"a":2}}]}"#.utf8))
        }
        #expect(throws: JSONError.duplicateKey("a", offset: 25)) {
            try JSONDocument(parsing: Array(#"{"a":[1,[2,{}],{"x":{}}],"a":1}"#.utf8))
        }
    }

    @Test func comparesShortNamesAtTheVeryEndOfTheText() {
        #expect(throws: JSONError.duplicateKey("", offset: 6)) {
            try JSONDocument(parsing: Array(#"{"":1,"":1}"#.utf8))
        }
        #expect(throws: JSONError.duplicateKey("a", offset: 7)) {
            try JSONDocument(parsing: Array(#"{"a":1,"a":1}"#.utf8))
        }
    }

    @Test func holdsAHundredThousandNames() throws {
        // In an order that is neither sorted nor reversed, with a long common beginning.
        let names = (0..<100_000).map { "https://registry.example/\($0 * 7919 % 100_000)" }
        let document = try JSONDocument(parsing: object(names))
        #expect(document.root.object?.count == 100_000)
        let again = object(names + ["https://registry.example/\\u0035"])
        #expect(throws: JSONError.duplicateKey("https://registry.example/5", offset: object(names).count)) {
            try JSONDocument(parsing: again)
        }
    }

    /// `{"name":0,…}`; the next name would begin at the result's count.
    private func object(_ names: [String]) -> [UInt8] {
        Array(("{" + names.map { "\"\($0)\":0" }.joined(separator: ",") + "}").utf8)
    }
}

import Testing

@testable import AdmissionPolicy

@Suite struct ExactNumberTests {
    private func number(_ literal: String) throws -> ExactNumber { try #require(ExactNumber(literal: literal)) }

    @Test(arguments: [
        ["0", "-0", "0.0", "0e5", "-0.000e-9"], ["1", "1.0", "10e-1", "0.1E1", "1e0", "1e+0"],
        ["-12.5", "-1250e-2", "-0.125e+2"], ["1e9999", "10e9998"],
    ])
    func spellingsOfOneNumberAreEqual(_ spellings: [String]) throws {
        let numbers = try spellings.map { try number($0) }
        #expect(Set(numbers).count == 1)
        for a in numbers { for b in numbers { #expect(!(a < b)) } }
    }

    @Test func ordersEveryPair() throws {
        let ascending = try [
            "-1e9999", "-10", "-9.5", "-1", "-0.11", "-0.1", "-1e-9999", "0", "1e-9999", "0.1",
            "0.100000000000000000001",
            "0.9", "1", "9007199254740992", "9007199254740993", "1e16", "1e9999",
        ].map { try number($0) }
        for (i, a) in ascending.enumerated() {
            for (j, b) in ascending.enumerated() {
                #expect((a < b) == (i < j), "\(i) \(j)")
                #expect((a == b) == (i == j), "\(i) \(j)")
            }
        }
    }

    @Test(arguments: [
        "", "-", "+1", "01", "-01", ".5", "5.", "1.e1", "1e", "1e+", "1e10000", "0x1", "1 ", " 1", "1_0", "NaN",
        "Infinity",
        "1.2.3", "1e1.5", "१",
    ])
    func refuses(_ literal: String) { #expect(ExactNumber(literal: literal) == nil) }

    @Test func literalsAreBounded() {
        #expect(ExactNumber(literal: String(repeating: "9", count: ExactNumber.longestLiteral)) != nil)
        #expect(ExactNumber(literal: String(repeating: "9", count: ExactNumber.longestLiteral + 1)) == nil)
    }
}

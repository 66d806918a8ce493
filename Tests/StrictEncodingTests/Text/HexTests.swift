import StrictEncoding
import Testing

@Suite struct HexTests {
    @Test func goesThereAndBack() throws {
        let all = Array(UInt8.min...UInt8.max)
        #expect(Hex.encode([0x00, 0x0F, 0xA5, 0xFF]) == "000fa5ff")
        #expect(Hex.encode([]) == "")
        #expect(Hex.encode(all[1...2]) == "0102")
        #expect(try Hex.decode(Hex.encode(all)) == all)
        #expect(try Hex.decode("") == [])
        #expect(try Hex.decodeAnyCase("aAfF0B") == [0xAA, 0xFF, 0x0B])
    }

    @Test(arguments: [
        ("A0", 0), ("aF", 1), ("0g", 1), ("0x10", 1), (" 00", 0), ("00 ", 2), ("00\n", 2), ("é0", 0), ("０0", 0),
        ("0:", 1), ("/0", 0),
        ("@0", 0), ("`0", 0), ("00\u{0}0", 2), ("-1", 0),
    ])
    func refusesOtherDigits(_ text: String, _ offset: Int) {
        #expect(throws: HexError.invalidDigit(offset: offset)) { try Hex.decode(text) }
    }

    @Test func refusesHalfBytes() {
        #expect(throws: HexError.oddLength(3)) { try Hex.decode("abc") }
        #expect(throws: HexError.oddLength(1)) { try Hex.decodeAnyCase("F") }
        #expect(throws: HexError.invalidDigit(offset: 1)) { try Hex.decodeAnyCase("FG") }
        #expect(
            HexError.oddLength(3).message.contains("3") && HexError.invalidDigit(offset: 4).message.contains("byte 4"))
    }
}

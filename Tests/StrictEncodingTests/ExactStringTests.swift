import StrictEncoding
import Testing

@Suite struct ExactStringTests {
    @Test func tellsComposedFromDecomposed() {
        let composed: ExactString = "caf\u{E9}"
        let decomposed: ExactString = "cafe\u{301}"
        #expect(composed.value == decomposed.value)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect([composed: 1, decomposed: 2].count == 2)
        #expect("\u{212B}" as ExactString != "\u{C5}")
        #expect("\r\n" as ExactString != "\n")
    }

    @Test func equalsAndHashesByBytesWhereverTheyAreStored() {
        for length in [0, 1, 7, 8, 15, 16, 17, 63, 64, 100] {
            let whole = String(repeating: "x", count: length)
            let built = String(decoding: Array(repeating: UInt8(ascii: "x"), count: length), as: UTF8.self)
            let sliced = String(("ab" + whole).dropFirst(2))
            #expect(ExactString(whole) == ExactString(built) && ExactString(whole) == ExactString(sliced))
            #expect(ExactString(whole).hashValue == ExactString(sliced).hashValue)
            #expect(ExactString(whole) != ExactString(whole + "x"))
            #expect(length == 0 || ExactString(whole) != ExactString(String(whole.dropLast()) + "y"))
        }
    }

    @Test func sortsByBytes() {
        let sorted: [ExactString] = ["", "A", "B", "a", "aa", "ab", "b", "\u{E9}", "\u{FB33}", "😀"]
        #expect(sorted.reversed().sorted() == sorted)
        for (left, right) in zip(sorted, sorted.dropFirst()) {
            #expect(left < right && !(right < left) && !(left < left))
        }
        // Swift's own order would make these two equal.
        #expect(ExactString("e\u{301}") < ExactString("\u{E9}"))
    }

    @Test func showsItself() {
        #expect("a\(ExactString("b"))" == "ab")
        #expect(Array(ExactString("é").utf8) == [0xC3, 0xA9])
    }
}

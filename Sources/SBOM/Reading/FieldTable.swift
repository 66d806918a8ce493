import StrictEncoding

/// Finds what a name or value of a document means, among those that a reader knows.
///
/// A look-up compares eight bytes at a time and makes no string. Names written with escapes are found all the same.
struct FieldTable<Field: Sendable>: Sendable {
    /// A name of at most 48 bytes, in words of eight; the first byte is the lowest.
    private struct Name: Equatable {
        var count: Int
        var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

        static func == (left: Name, right: Name) -> Bool { left.count == right.count && left.words == right.words }
    }

    private struct Slot {
        var name: Name
        var field: Field?
    }

    /// At the most half of them are taken, so that a search ends.
    private var slots: [Slot]
    private var taken = 0

    private static var size: Int { 128 }
    private static var longest: Int { 48 }

    /// - Parameter names: at most 64, of at most 48 bytes, none twice; what is more is never found.
    init(_ names: KeyValuePairs<String, Field>) {
        slots = Array(repeating: Slot(name: Name(count: -1), field: nil), count: Self.size)
        for (name, field) in names where name.utf8.count <= Self.longest && taken < Self.size / 2 {
            let name = Self.name(Array(name.utf8))
            var at = Self.slot(name.words.0, name.count)
            while slots[at].field != nil { at = (at + 1) & (Self.size - 1) }
            slots[at] = Slot(name: name, field: field)
            taken += 1
        }
    }

    @inline(__always)
    private static func slot(_ first: UInt64, _ count: Int) -> Int {
        let mixed = (first ^ UInt64(truncatingIfNeeded: count) &<< 56) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> 57)
    }

    /// What the string means; nil if it is not known.
    @inline(__always)
    func find(_ text: JSONText, in tape: borrowing JSONTape) -> Field? {
        if text.hasEscapes { return findEscaped(text, in: tape) }
        let count = text.count
        let first = tape.chunk(of: text, at: 0)
        var at = Self.slot(first, count)
        while true {
            let known = slots[at].name
            if known.count < 0 { return nil }
            if known.words.0 == first, known.count == count, count <= 8 || Self.hasRest(known, text, tape) {
                return slots[at].field
            }
            at = (at &+ 1) & (Self.size &- 1)
        }
    }

    @inline(__always)
    private static func hasRest(_ name: Name, _ text: JSONText, _ tape: borrowing JSONTape) -> Bool {
        tape.chunk(of: text, at: 8) == name.words.1
            && (text.count <= 16
                || tape.chunk(of: text, at: 16) == name.words.2 && tape.chunk(of: text, at: 24) == name.words.3
                    && tape.chunk(of: text, at: 32) == name.words.4 && tape.chunk(of: text, at: 40) == name.words.5)
    }

    @inline(never)
    private func findEscaped(_ text: JSONText, in tape: borrowing JSONTape) -> Field? {
        // Longer than any name however it is escaped, and perhaps as long as the document.
        guard text.count <= Self.longest * 12 else { return nil }
        let bytes = tape.withBytes(of: text) { $0.withUnsafeBufferPointer { Array($0) } }
        guard bytes.count <= Self.longest else { return nil }
        let name = Self.name(bytes)
        return slots.first { $0.name == name }?.field
    }

    private static func name(_ bytes: [UInt8]) -> Name {
        func word(_ index: Int) -> UInt64 {
            bytes.dropFirst(index * 8).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        return Name(count: bytes.count, words: (word(0), word(1), word(2), word(3), word(4), word(5)))
    }
}

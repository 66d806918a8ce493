import StrictEncoding

/// Finds what a name or value of a document means, among those that a reader knows.
///
/// A look-up compares eight bytes at a time and makes no string. Names written with escapes are found all the same.
struct FieldTable<Field: Sendable>: Sendable {
    private struct Entry {
        var first: UInt64
        var count: Int
        /// Of the rest of the name in ``rests``.
        var rest: Int
        var field: Field
    }

    private var entries: [Entry] = []
    /// The names from their ninth byte on, eight bytes to an element.
    private var rests: [UInt64] = []
    /// Entries by ``slot(_:_:)``, 0 for none, else the entry's number from 1 on. At the most a quarter is taken.
    private var slots: [UInt8]
    private let shift: UInt64

    /// - Parameter names: at most 60, none twice.
    init(_ names: KeyValuePairs<String, Field>) {
        shift = 56
        slots = [UInt8](repeating: 0, count: 256)
        for (name, field) in names { insert(name, field) }
    }

    private mutating func insert(_ name: String, _ field: Field) {
        let chunks = Self.chunks(Array(name.utf8))
        entries.append(Entry(first: chunks.first ?? 0, count: name.utf8.count, rest: rests.count, field: field))
        rests += chunks.dropFirst()
        var slot = slot(chunks.first ?? 0, name.utf8.count)
        while slots[slot] != 0 { slot = (slot + 1) & 255 }
        slots[slot] = UInt8(truncatingIfNeeded: entries.count)
    }

    @inline(__always)
    private func slot(_ first: UInt64, _ count: Int) -> Int {
        let mixed = (first ^ UInt64(truncatingIfNeeded: count) &<< 56) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> shift)
    }

    /// What the string means; nil if it is not known.
    @inline(__always)
    func find(_ text: JSONText, in tape: borrowing JSONTape) -> Field? {
        if text.hasEscapes { return findEscaped(text, in: tape) }
        let first = tape.chunk(of: text, at: 0)
        var slot = slot(first, text.count)
        while true {
            let number = Int(slots[slot])
            guard number > 0 else { return nil }
            let entry = entries[number &- 1]
            if entry.first == first, entry.count == text.count, text.count <= 8 || hasRest(entry, text, tape) {
                return entry.field
            }
            slot = (slot &+ 1) & 255
        }
    }

    @inline(__always)
    private func hasRest(_ entry: Entry, _ text: JSONText, _ tape: borrowing JSONTape) -> Bool {
        var at = 8
        var rest = entry.rest
        while at < text.count {
            if tape.chunk(of: text, at: at) != rests[rest] { return false }
            at &+= 8
            rest &+= 1
        }
        return true
    }

    @inline(never)
    private func findEscaped(_ text: JSONText, in tape: borrowing JSONTape) -> Field? {
        // Longer than any name, and perhaps as long as the document.
        guard text.count <= 64 * 12 else { return nil }
        let bytes = tape.withBytes(of: text) { $0.withUnsafeBufferPointer { Array($0) } }
        let chunks = Self.chunks(bytes)
        return entries.first { entry in
            entry.count == bytes.count && entry.first == chunks.first ?? 0
                && chunks.dropFirst().enumerated().allSatisfy { rests[entry.rest + $0.offset] == $0.element }
        }?.field
    }

    private static func chunks(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<min(start + 8, bytes.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

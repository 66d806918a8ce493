import StrictEncoding

/// Finds what a name or value of a document means, among those that a reader knows.
///
/// A look-up compares eight bytes at a time and makes no string. Names written with escapes are found all the same.
struct FieldTable<Field: Sendable>: Sendable {
    private struct Known {
        /// Of the name, in bytes; -1 where there is none.
        var count: Int
        /// Where the name from its ninth byte on begins in `rests`.
        var rest: Int
        var field: Field?
    }

    /// The first eight bytes of each name, the first one lowest, at a place that they choose; 0 where there is none. At the
    /// most half of the places are taken, so that a search ends.
    private var firsts: [UInt64]
    /// What belongs to them.
    private var known: [Known]
    /// The names from their ninth byte on, eight bytes to a word.
    private var rests: [UInt64] = []
    /// How many places there are, a power of two, less 1.
    private let mask: Int

    /// - Parameter names: none empty, none twice.
    init(_ names: KeyValuePairs<String, Field>) {
        var size = 4
        while size < names.count * 2 { size *= 2 }
        mask = size - 1
        firsts = Array(repeating: 0, count: size)
        known = Array(repeating: Known(count: -1, rest: 0, field: nil), count: size)
        for (name, field) in names {
            let words = Self.words(Array(name.utf8))
            guard let first = words.first else { continue }
            var at = place(first, name.utf8.count)
            while firsts[at] != 0 { at = (at + 1) & mask }
            firsts[at] = first
            known[at] = Known(count: name.utf8.count, rest: rests.count, field: field)
            rests += words.dropFirst()
        }
    }

    @inline(__always)
    private func place(_ first: UInt64, _ count: Int) -> Int {
        let mixed = (first ^ UInt64(truncatingIfNeeded: count) &<< 56) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> 32) & mask
    }

    /// What the string means; nil if it is not known.
    @inline(__always)
    func find(_ text: JSONText, in tape: borrowing JSONTape) -> Field? {
        if text.hasEscapes { return findEscaped(text, in: tape) }
        let count = text.count
        let first = tape.chunk(of: text, at: 0)
        var at = place(first, count)
        while true {
            let candidate = firsts[at]
            if candidate == first, known[at].count == count, count <= 8 || hasRest(known[at].rest, text, tape) {
                return known[at].field
            }
            if candidate == 0 { return nil }
            at = (at &+ 1) & mask
        }
    }

    @inline(__always)
    private func hasRest(_ rest: Int, _ text: JSONText, _ tape: borrowing JSONTape) -> Bool {
        var rest = rest
        var offset = 8
        while offset < text.count {
            if tape.chunk(of: text, at: offset) != rests[rest] { return false }
            rest &+= 1
            offset &+= 8
        }
        return true
    }

    @inline(never)
    private func findEscaped(_ text: JSONText, in tape: borrowing JSONTape) -> Field? {
        // Longer than any name however it is escaped, and perhaps as long as the document.
        guard text.count <= 1_000 else { return nil }
        let bytes = tape.withBytes(of: text) { $0.withUnsafeBufferPointer { Array($0) } }
        let words = Self.words(bytes)
        return firsts.indices.first { at in
            known[at].count == bytes.count && words.first == firsts[at]
                && rests[known[at].rest...].starts(with: words.dropFirst())
        }.flatMap { known[$0].field }
    }

    private static func words(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start...].prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

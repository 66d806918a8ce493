import StrictEncoding

/// Finds elements of a document by their identifiers, compared as decoded bytes, without making strings.
///
/// Open addressing over positions. The hash is keyed anew in each process, so nobody can choose identifiers that collide;
/// no result depends on it.
struct IdentifierIndex {
    private struct Entry {
        var identifier: JSONText
        var position: Int
    }

    private struct Slot {
        /// A part of the hash that does not choose the slot: most entries are told apart without a look at the document.
        var tag: UInt32 = 0
        /// Number of the entry from 1 on; 0 where there is none.
        var number: UInt32 = 0
    }

    private var entries: [Entry] = []
    /// A power of two, and twice as many as there can be entries, or more.
    private var slots: [Slot]

    /// - Parameter capacity: how many elements there are; what comes beyond is inserted all the same.
    init(capacity: Int) {
        var size = 16
        // It grows when there really are so many.
        let capacity = min(capacity, 1 << 17)
        while size < capacity * 2 { size *= 2 }
        slots = [Slot](repeating: Slot(), count: size)
        entries.reserveCapacity(capacity)
    }

    /// How many identifiers were noted.
    var count: Int { entries.count }

    /// Notes the element at `position`. The position of an earlier one that has the same identifier, which then stays.
    mutating func insert(_ identifier: JSONText, _ position: Int, _ tape: borrowing JSONTape) -> Int? {
        if entries.count * 2 >= slots.count { grow(tape) }
        let hash = Self.hash(identifier, tape)
        let slot = slot(of: identifier, hash, tape)
        if slots[slot].number > 0 { return entries[Int(slots[slot].number) - 1].position }
        entries.append(Entry(identifier: identifier, position: position))
        slots[slot] = Slot(tag: Self.tag(hash), number: UInt32(truncatingIfNeeded: entries.count))
        return nil
    }

    /// The position of the element with this identifier.
    func find(_ identifier: JSONText, _ tape: borrowing JSONTape) -> Int? {
        let number = Int(slots[slot(of: identifier, Self.hash(identifier, tape), tape)].number)
        return number > 0 ? entries[number - 1].position : nil
    }

    /// Where the identifier is, or would be.
    private func slot(of identifier: JSONText, _ hash: UInt64, _ tape: borrowing JSONTape) -> Int {
        let tag = Self.tag(hash)
        var at = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[at].number > 0 {
            let entry = Int(slots[at].number) - 1
            if slots[at].tag == tag, Self.areEqual(entries[entry].identifier, identifier, tape) { break }
            at = (at + 1) & (slots.count - 1)
        }
        return at
    }

    private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }

    private mutating func grow(_ tape: borrowing JSONTape) {
        slots = [Slot](repeating: Slot(), count: slots.count * 2)
        for number in entries.indices {
            let hash = Self.hash(entries[number].identifier, tape)
            slots[slot(of: entries[number].identifier, hash, tape)] = Slot(
                tag: Self.tag(hash), number: UInt32(truncatingIfNeeded: number + 1))
        }
    }

    private static func hash(_ identifier: JSONText, _ tape: borrowing JSONTape) -> UInt64 {
        tape.withBytes(of: identifier) { bytes in
            bytes.withUnsafeBufferPointer { bytes in
                var hasher = Hasher()
                hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
                return UInt64(bitPattern: Int64(hasher.finalize()))
            }
        }
    }

    private static func areEqual(_ left: JSONText, _ right: JSONText, _ tape: borrowing JSONTape) -> Bool {
        if !left.hasEscapes, !right.hasEscapes {
            guard left.count == right.count else { return false }
            var at = 0
            while at < left.count {
                if tape.chunk(of: left, at: at) != tape.chunk(of: right, at: at) { return false }
                at += 8
            }
            return true
        }
        return tape.withBytes(of: left) { left in
            tape.withBytes(of: right) { right in
                left.count == right.count && left.indices.allSatisfy { left[$0] == right[$0] }
            }
        }
    }
}

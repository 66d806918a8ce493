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

    private var entries: [Entry] = []
    /// Numbers of entries from 1 on; 0 where there is none. Twice as many as there can be entries, or more.
    private var slots: [UInt32]

    /// - Parameter capacity: how many elements there are; what comes beyond is inserted all the same.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [UInt32](repeating: 0, count: size)
        entries.reserveCapacity(capacity)
    }

    /// Notes the element at `position`. The position of an earlier one that has the same identifier, which then stays.
    mutating func insert(_ identifier: JSONText, _ position: Int, _ tape: borrowing JSONTape) -> Int? {
        if entries.count * 2 >= slots.count { grow(tape) }
        let slot = slot(of: identifier, tape)
        if slots[slot] > 0 { return entries[Int(slots[slot]) - 1].position }
        entries.append(Entry(identifier: identifier, position: position))
        slots[slot] = UInt32(truncatingIfNeeded: entries.count)
        return nil
    }

    /// The position of the element with this identifier.
    func find(_ identifier: JSONText, _ tape: borrowing JSONTape) -> Int? {
        let number = Int(slots[slot(of: identifier, tape)])
        return number > 0 ? entries[number - 1].position : nil
    }

    /// Where the identifier is, or would be.
    private func slot(of identifier: JSONText, _ tape: borrowing JSONTape) -> Int {
        var slot = Self.hash(identifier, tape) & (slots.count - 1)
        while slots[slot] > 0 {
            if Self.areEqual(entries[Int(slots[slot]) - 1].identifier, identifier, tape) { break }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private mutating func grow(_ tape: borrowing JSONTape) {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for number in entries.indices {
            slots[slot(of: entries[number].identifier, tape)] = UInt32(truncatingIfNeeded: number + 1)
        }
    }

    private static func hash(_ identifier: JSONText, _ tape: borrowing JSONTape) -> Int {
        tape.withBytes(of: identifier) { bytes in
            bytes.withUnsafeBufferPointer { bytes in
                var hasher = Hasher()
                hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
                return hasher.finalize()
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

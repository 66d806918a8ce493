/// The names of an object's members, compared as decoded bytes.
///
/// `"a"` and `"\u0061"` are the same name; the composed and the decomposed form of é are two names.
struct JSONNames {
    let base: UnsafePointer<UInt8>
    let end: Int
    let words: UnsafePointer<UInt64>

    /// The names of up to this many members are compared each with each; nearly all objects are this small. Beyond that
    /// sorting was measured to be faster.
    private static let fewMembers = 32

    init(base: UnsafePointer<UInt8>, end: Int, words: UnsafeMutablePointer<UInt64>) {
        self.base = base
        self.end = end
        self.words = UnsafePointer(words)
    }

    /// Throws if two members of a completed object have the same name.
    @inline(__always)
    func requireDistinct(object: Int, members: Int) throws(JSONError) {
        if members <= Self.fewMembers, areDistinct(object: object, members: members) { return }
        try requireDistinctBySorting(object: object, members: members)
    }

    /// Whether the few names of an object are certainly distinct: they hold no escapes, and no two have the same bytes.
    @inline(__always)
    private func areDistinct(object: Int, members: Int) -> Bool {
        withUnsafeTemporaryAllocation(of: (mark: UInt64, word: JSONWord).self, capacity: Self.fewMembers) { seen in
            var name = object &+ 2
            var count = 0
            // A bit for each mark seen: most names are found new without looking at the earlier ones.
            var filter: UInt64 = 0
            while count < members {
                let word = JSONWord(bits: words[name])
                if word.hasEscapes { return false }
                let mark = mark(of: word)
                let bit: UInt64 = 1 &<< (mark &* 0x9E37_79B9_7F4A_7C15 &>> 58)
                if filter & bit != 0 {
                    for earlier in 0..<count where seen[earlier].mark == mark {
                        if ByteOrder.equal(bytes(of: word), bytes(of: seen[earlier].word)) { return false }
                    }
                }
                filter |= bit
                seen[count] = (mark, word)
                count &+= 1
                name = next(afterNameAt: name)
            }
            return true
        }
    }

    @inline(__always)
    private func bytes(of name: JSONWord) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + name.start, count: name.extent)
    }

    /// Equal for equal names that hold no escapes.
    @inline(__always)
    private func mark(of name: JSONWord) -> UInt64 {
        // The odd factor moves the length to the high bits, which short names leave empty.
        prefix(at: base + name.start, count: name.extent, readable: end &- name.start)
            &+ UInt64(truncatingIfNeeded: name.extent) &* 0x9E37_79B9_7F4A_7C15
    }

    /// The first eight of `count` bytes, the first one lowest, zeros where there are fewer. `readable` bytes exist.
    @inline(__always)
    private func prefix(at bytes: UnsafePointer<UInt8>, count: Int, readable: Int) -> UInt64 {
        guard readable >= 8 else {
            var prefix: UInt64 = 0
            for step in 0..<min(count, readable) { prefix |= UInt64(bytes[step]) &<< (8 &* UInt64(step)) }
            return prefix
        }
        let prefix = UInt64(littleEndian: UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self))
        return count >= 8 ? prefix : prefix & (1 &<< (8 &* UInt64(count)) &- 1)
    }

    /// From a name's word to that of the next member's name.
    @inline(__always)
    private func next(afterNameAt name: Int) -> Int {
        let value = name &+ 1
        return JSONWord(bits: words[value]).isContainer ? JSONWord.next(ofClosing: words[value &+ 1]) : value &+ 1
    }

    /// Sorting keeps an object of many members, whoever chose their names, from costing the square of their number.
    @inline(never)
    private func requireDistinctBySorting(object: Int, members: Int) throws(JSONError) {
        struct Name {
            var prefix: UInt64
            var word: JSONWord
            /// Where the decoded name begins in `decoded`; -1 if the text itself is the decoded name.
            var decodedStart: Int
            var count: Int
        }
        var decoded: [UInt8] = []
        var names: [Name] = []
        names.reserveCapacity(members)
        var at = object &+ 2
        for _ in 0..<members {
            let word = JSONWord(bits: words[at])
            if word.hasEscapes {
                let start = decoded.count
                JSONEscapes.decode(bytes(of: word), into: &decoded)
                names.append(Name(prefix: 0, word: word, decodedStart: start, count: decoded.count - start))
            } else {
                names.append(Name(prefix: 0, word: word, decodedStart: -1, count: word.extent))
            }
            at = next(afterNameAt: at)
        }
        let again: JSONWord? = decoded.withUnsafeBufferPointer { decoded in
            func bytes(_ name: Name) -> UnsafeBufferPointer<UInt8> {
                name.decodedStart < 0
                    ? self.bytes(of: name.word)
                    : UnsafeBufferPointer(rebasing: decoded[name.decodedStart..<name.decodedStart + name.count])
            }
            for index in names.indices {
                let bytes = bytes(names[index])
                guard let start = bytes.baseAddress else { continue }
                names[index].prefix = prefix(at: start, count: bytes.count, readable: bytes.count).byteSwapped
            }
            names.sort { left, right in
                if left.prefix != right.prefix { return left.prefix < right.prefix }
                let order = ByteOrder.compare(bytes(left), bytes(right))
                return order == 0 ? left.word.start < right.word.start : order < 0
            }
            var again: JSONWord?
            for (left, right) in zip(names, names.dropFirst())
            where left.prefix == right.prefix && ByteOrder.compare(bytes(left), bytes(right)) == 0 {
                if right.word.start < again?.start ?? Int.max { again = right.word }
            }
            return again
        }
        guard let again else { return }
        var name: [UInt8] = []
        JSONEscapes.decode(bytes(of: again), into: &name)
        throw .duplicateKey(String(decoding: name, as: UTF8.self), offset: again.start - 1)
    }
}

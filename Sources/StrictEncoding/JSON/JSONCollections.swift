/// The elements of an array, in order.
///
/// A sequence and not a random-access collection: elements differ in size, so reaching the last means walking over
/// the first. `Array(elements)` makes one of random access.
public struct JSONArray: Sequence, Sendable {
    let document: JSONDocument
    let index: Int

    /// How many elements there are. Takes constant time.
    public var count: Int { JSONWord(bits: document.words[index]).extent }

    /// Whether there are none.
    public var isEmpty: Bool { count == 0 }

    /// The first element.
    public var first: JSONValue? { isEmpty ? nil : JSONValue(document: document, index: index + 2) }

    /// The element at this position, nil if there is none. Takes time in proportion to the position: iterate to read
    /// many.
    public subscript(_ position: Int) -> JSONValue? {
        guard position >= 0, position < count else { return nil }
        return dropFirst(position).first { _ in true }
    }

    /// The number of elements.
    public var underestimatedCount: Int { count }

    /// Goes through the elements in order.
    public func makeIterator() -> Iterator {
        Iterator(document: document, upcoming: index + 2, remaining: count)
    }

    /// See ``JSONArray/makeIterator()``.
    public struct Iterator: IteratorProtocol, Sendable {
        let document: JSONDocument
        var upcoming: Int
        var remaining: Int

        /// The next element.
        public mutating func next() -> JSONValue? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            defer { upcoming = document.sibling(after: upcoming) }
            return JSONValue(document: document, index: upcoming)
        }
    }
}

/// The members of an object, in document order. No two have the same name.
public struct JSONObject: Sequence, Sendable {
    let document: JSONDocument
    let index: Int

    /// How many members there are. Takes constant time.
    public var count: Int { JSONWord(bits: document.words[index]).extent }

    /// Whether there are none.
    public var isEmpty: Bool { count == 0 }

    /// The member of this name, compared as UTF-8 bytes. Takes time in proportion to the number of members before it.
    public subscript(_ key: String) -> JSONValue? {
        var key = key
        let found = key.withUTF8 { key in
            document.bytes.withUnsafeBufferPointer { text in document.value(of: key, inObjectAt: index, text: text) }
        }
        return found.map { JSONValue(document: document, index: $0) }
    }

    /// All members by name: for many look-ups in an object of unknown size. Built anew at each call.
    public var keyed: [ExactString: JSONValue] {
        Dictionary(map { (ExactString($0.key), $0.value) }) { _, last in last }
    }

    /// The names, in document order.
    public var keys: [ExactString] { map { ExactString($0.key) } }

    /// The number of members.
    public var underestimatedCount: Int { count }

    /// Goes through the members in document order.
    public func makeIterator() -> Iterator {
        Iterator(document: document, upcoming: index + 2, remaining: count)
    }

    /// See ``JSONObject/makeIterator()``.
    public struct Iterator: IteratorProtocol, Sendable {
        let document: JSONDocument
        var upcoming: Int
        var remaining: Int

        /// The next member; its name is decoded.
        public mutating func next() -> (key: String, value: JSONValue)? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            let name = JSONWord(bits: document.words[upcoming])
            let value = upcoming + 1
            upcoming = document.sibling(after: value)
            let key = document.withDecoded(name) { String(decoding: $0, as: UTF8.self) }
            return (key, JSONValue(document: document, index: value))
        }
    }
}

extension JSONDocument {
    /// The index of what follows the value at `index`, on its level.
    func sibling(after index: Int) -> Int {
        JSONWord(bits: words[index]).isContainer ? JSONWord.next(ofClosing: words[index + 1]) : index + 1
    }

    /// The index of the value of the member with this name.
    fileprivate func value(
        of key: UnsafeBufferPointer<UInt8>, inObjectAt object: Int, text: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        var at = object + 2
        for _ in 0..<JSONWord(bits: words[object]).extent {
            let name = JSONWord(bits: words[at])
            if name.hasEscapes {
                // An escape is always longer than what it stands for.
                if name.extent > key.count, withDecoded(name, { ByteOrder.equal($0, key) }) { return at + 1 }
            } else if name.extent == key.count,
                ByteOrder.equal(UnsafeBufferPointer(rebasing: text[name.start..<name.start + name.extent]), key)
            {
                return at + 1
            }
            at = sibling(after: at + 1)
        }
        return nil
    }
}

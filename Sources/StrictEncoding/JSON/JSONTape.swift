/// A document that is lent for one quick walk: values are positions in its index; nothing is counted, copied or allocated.
///
/// ``JSONValue`` is for readers of small documents: every view keeps the document alive. Readers of documents with millions
/// of values walk here. Positions and texts are those of the same document: they come from the tape, or from
/// ``JSONValue/position``. All reads are checked against the bounds, and what the parser established about the document
/// holds.
///
/// Public only to be inlined into the readers: none but this package's targets can borrow one.
public struct JSONTape: ~Escapable {
    @usableFromInline let words: Span<UInt64>
    @usableFromInline let bytes: Span<UInt8>

    @_lifetime(copy words, copy bytes)
    init(words: Span<UInt64>, bytes: Span<UInt8>) {
        self.words = words
        self.bytes = bytes
    }
}

/// Where a value stands in a document's index.
public struct JSONPosition: Sendable, Equatable {
    @usableFromInline let index: Int

    @inlinable @inline(__always)
    init(index: Int) { self.index = index }
}

/// A string of a document in eight bytes: where it stands between its quotes, and whether it holds escapes.
public struct JSONText: Sendable, Equatable {
    @usableFromInline let word: JSONWord

    @inlinable @inline(__always)
    init(word: JSONWord) { self.word = word }

    /// No string at all, as opposed to an empty one.
    public static let absent = JSONText(word: JSONWord(bits: 0))

    /// Whether this is a string.
    @inlinable @inline(__always) public var isPresent: Bool { word.bits != 0 }

    /// Offset of the first byte after the opening quote.
    @inlinable @inline(__always) public var start: Int { word.start }

    /// Bytes between the quotes, escapes as they were received.
    @inlinable @inline(__always) public var count: Int { word.extent }

    /// Whether the bytes between the quotes are not the string itself.
    @inlinable @inline(__always) public var hasEscapes: Bool { word.hasEscapes }

    @inlinable @inline(__always) public static func == (left: JSONText, right: JSONText) -> Bool {
        left.word.bits == right.word.bits
    }
}

extension JSONDocument {
    /// Lends the document. `start` of the walk is ``JSONValue/position`` of the value that it is about.
    package func withTape<Result, Failure: Error>(
        _ body: (borrowing JSONTape) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let words = self.words
        let bytes = self.bytes
        let tape = JSONTape(words: words.span, bytes: bytes.span)
        return try body(tape)
    }
}

extension JSONText {
    /// Lends the text of a document for a look at strings that were kept of it; the tape has no values.
    package static func withTape<Result, Failure: Error>(
        over text: [UInt8], _ body: (borrowing JSONTape) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let words: [UInt64] = []
        let tape = JSONTape(words: words.span, bytes: text.span)
        return try body(tape)
    }
}

extension JSONValue {
    /// Where the value stands in its document's index.
    package var position: JSONPosition { JSONPosition(index: index) }
}

// MARK: Values

extension JSONTape {
    /// What the value is.
    @inlinable @inline(__always)
    public func kind(_ position: JSONPosition) -> JSONValue.Kind {
        switch JSONWord(bits: words[position.index]).kind {
        case .object: .object
        case .array: .array
        case .string: .string
        case .number: .number
        case .true, .false: .bool
        case .null: .null
        }
    }

    /// The string, or ``JSONText/absent`` if the value is none.
    @inlinable @inline(__always)
    public func text(_ position: JSONPosition) -> JSONText {
        let word = JSONWord(bits: words[position.index])
        return word.kind == .string ? JSONText(word: word) : .absent
    }

    /// The number of elements or members; 0 for a value that has none.
    @inlinable @inline(__always)
    public func count(_ position: JSONPosition) -> Int {
        let word = JSONWord(bits: words[position.index])
        return word.isContainer ? word.extent : 0
    }

    /// Offset of the value's first byte; a string's is that after its quote.
    @inlinable @inline(__always)
    public func offset(_ position: JSONPosition) -> Int { JSONWord(bits: words[position.index]).start }

    /// The integer, as ``JSONValue/int`` has it.
    package func integer(_ position: JSONPosition) -> Int? {
        let word = JSONWord(bits: words[position.index])
        guard word.kind == .number else { return nil }
        let literal = bytes.extracting(word.start..<word.start + word.extent)
        return literal.withUnsafeBufferPointer { Int(String(decoding: $0, as: UTF8.self)) }
    }

    /// The boolean, as ``JSONValue/bool`` has it.
    package func bool(_ position: JSONPosition) -> Bool? {
        switch JSONWord(bits: words[position.index]).kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// The members of an object, none for any other value.
    @inlinable @inline(__always)
    public func members(_ position: JSONPosition) -> JSONMembers {
        let word = JSONWord(bits: words[position.index])
        return JSONMembers(at: position.index &+ 2, remaining: word.kind == .object ? word.extent : 0)
    }

    /// The elements of an array, none for any other value.
    @inlinable @inline(__always)
    public func elements(_ position: JSONPosition) -> JSONElements {
        let word = JSONWord(bits: words[position.index])
        return JSONElements(at: position.index &+ 2, remaining: word.kind == .array ? word.extent : 0)
    }

    @inlinable @inline(__always)
    func sibling(after index: Int) -> Int {
        JSONWord(bits: words[index]).isContainer ? JSONWord.next(ofClosing: words[index &+ 1]) : index &+ 1
    }
}

/// Goes through the members of an object in document order.
public struct JSONMembers: Sendable {
    @usableFromInline var at: Int
    @usableFromInline var remaining: Int

    @inlinable @inline(__always)
    init(at: Int, remaining: Int) {
        self.at = at
        self.remaining = remaining
    }

    /// The next member.
    @inlinable @inline(__always)
    public mutating func next(_ tape: borrowing JSONTape) -> (name: JSONText, value: JSONPosition)? {
        guard remaining > 0 else { return nil }
        remaining &-= 1
        let name = JSONText(word: JSONWord(bits: tape.words[at]))
        let value = at &+ 1
        at = tape.sibling(after: value)
        return (name, JSONPosition(index: value))
    }
}

/// Goes through the elements of an array in order.
public struct JSONElements: Sendable {
    @usableFromInline var at: Int
    @usableFromInline var remaining: Int

    @inlinable @inline(__always)
    init(at: Int, remaining: Int) {
        self.at = at
        self.remaining = remaining
    }

    /// The next element.
    @inlinable @inline(__always)
    public mutating func next(_ tape: borrowing JSONTape) -> JSONPosition? {
        guard remaining > 0 else { return nil }
        remaining &-= 1
        let element = at
        at = tape.sibling(after: element)
        return JSONPosition(index: element)
    }
}

// MARK: Strings

extension JSONTape {
    /// Lends the decoded bytes of a string.
    @inlinable @inline(__always)
    public func withBytes<Result, Failure: Error>(
        of text: JSONText, _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let literal = bytes.extracting(text.start..<text.start &+ text.count)
        guard text.hasEscapes else { return try body(literal) }
        return try body(JSONText.decode(literal).span)
    }

    /// The string.
    package func string(_ text: JSONText) -> String {
        withBytes(of: text) { $0.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    }
}

extension JSONText {
    @usableFromInline
    static func decode(_ literal: Span<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(literal.count)
        literal.withUnsafeBufferPointer { JSONEscapes.decode($0, into: &decoded) }
        return decoded
    }

    /// Lends the decoded bytes of the string out of the text that it stands in; nothing for an absent one.
    package func withBytes<Result, Failure: Error>(
        in text: [UInt8], _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let literal = text.span.extracting(start..<start + count)
        guard hasEscapes else { return try body(literal) }
        return try body(Self.decode(literal).span)
    }

    /// The string, out of the text that it stands in; nil if absent.
    package func string(in text: [UInt8]) -> String? {
        guard isPresent else { return nil }
        return withBytes(in: text) { $0.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    }
}

extension JSONTape {
    /// Whether the bytes between a string's quotes are hexadecimal digits, of either case; true if there are none.
    package func isHex(_ text: JSONText) -> Bool {
        let digits = bytes.extracting(text.start..<text.start &+ text.count)
        var at = 0
        // Documents hold hundreds of thousands of hashes: sixteen digits at a time.
        while at &+ 16 <= digits.count {
            let block = digits.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self)
            let isDigit: SIMDMask<SIMD16<Int8>> =
                (block &- SIMD16<UInt8>(repeating: 0x30)) .< SIMD16<UInt8>(repeating: 10)
            let lower: SIMD16<UInt8> = block | SIMD16<UInt8>(repeating: 0x20)
            let isLetter: SIMDMask<SIMD16<Int8>> =
                (lower &- SIMD16<UInt8>(repeating: 0x61)) .< SIMD16<UInt8>(repeating: 6)
            guard unsafeBitCast(isDigit .| isLetter, to: SIMD2<UInt64>.self) == SIMD2(repeating: .max) else {
                return false
            }
            at &+= 16
        }
        while at < digits.count {
            guard Hex.value(ofAnyCase: digits[at]) != nil else { return false }
            at &+= 1
        }
        return true
    }
}

// MARK: Places

extension JSONTape {
    /// The JSON Pointer (RFC 6901) to a value, for messages: takes time in proportion to what lies before it.
    package func pointer(to position: JSONPosition) -> String {
        var pointer = ""
        var at = 0
        while at < position.index {
            guard let (token, child) = child(of: at, holding: position.index) else { break }
            pointer += "/" + token
            at = child
        }
        return pointer
    }

    /// The element or member value that is, or holds, the value of this index.
    private func child(of container: Int, holding index: Int) -> (token: String, index: Int)? {
        let word = JSONWord(bits: words[container])
        guard word.isContainer else { return nil }
        var at = container + 2
        for ordinal in 0..<word.extent {
            let value = word.kind == .object ? at + 1 : at
            let next = sibling(after: value)
            if index < next {
                let name = JSONText(word: JSONWord(bits: words[at]))
                return (word.kind == .object ? JSONText.pointerToken(string(name)) : String(ordinal), value)
            }
            at = next
        }
        return nil
    }
}

extension JSONText {
    /// RFC 6901 section 3: `~` and `/` in a name are written `~0` and `~1`.
    package static func pointerToken(_ name: String) -> String {
        var token = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": token += "~0"
            case "/": token += "~1"
            default: token.unicodeScalars.append(scalar)
            }
        }
        return token
    }
}

// MARK: Names

extension JSONTape {
    /// Eight bytes of a string as it was received, from `offset` after its quote on, the first one lowest; zeros from its
    /// end on.
    @inlinable @inline(__always)
    public func chunk(of text: JSONText, at offset: Int) -> UInt64 {
        let wanted = text.count &- offset
        guard wanted > 0 else { return 0 }
        let from = text.start &+ offset
        guard from &+ 8 <= bytes.count else { return lastChunk(from: from, count: wanted) }
        let chunk = UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: from, as: UInt64.self))
        return wanted >= 8 ? chunk : chunk & (1 &<< (8 &* UInt64(truncatingIfNeeded: wanted)) &- 1)
    }

    /// At the end of the document eight bytes can't be read at once.
    @usableFromInline
    func lastChunk(from: Int, count: Int) -> UInt64 {
        var chunk: UInt64 = 0
        for step in 0..<min(8, count) where from + step < bytes.count {
            chunk |= UInt64(bytes[from + step]) << (8 * UInt64(step))
        }
        return chunk
    }
}

extension JSONText {
    /// The string without its first bytes; itself if it has fewer, or holds escapes.
    package func dropping(_ prefix: Int) -> JSONText {
        guard !hasEscapes, prefix >= 0, prefix <= count else { return self }
        return JSONText(word: JSONWord(.string, start: start + prefix, extent: count - prefix))
    }
}

/// One value of a ``JSONDocument``: a view, cheap to copy, that keeps the document alive.
///
/// Every accessor for a kind that the value is not gives nil; nothing is converted.
public struct JSONValue: Sendable {
    /// What a value is.
    public enum Kind: Sendable, Hashable {
        /// One of the six kinds of RFC 8259 section 3; `true` and `false` are of one kind here.
        case object, array, string, number, bool, null
    }

    /// The document that the value is part of.
    public let document: JSONDocument

    /// Index of the value's first word.
    let index: Int

    var word: JSONWord { JSONWord(bits: document.words[index]) }

    /// What the value is.
    public var kind: Kind {
        switch word.kind {
        case .object: .object
        case .array: .array
        case .string: .string
        case .number: .number
        case .true, .false: .bool
        case .null: .null
        }
    }

    /// An object's member of this name, compared as UTF-8 bytes; nil if there is none, or if this is no object.
    ///
    /// Takes time in proportion to the number of members before it; ``JSONObject/keyed`` is for many look-ups in an
    /// object of unknown size.
    public subscript(_ key: String) -> JSONValue? {
        guard let object else { return nil }
        return object[key]
    }

    /// The elements, if this is an array.
    public var array: JSONArray? { word.kind == .array ? JSONArray(document: document, index: index) : nil }

    /// The members, if this is an object.
    public var object: JSONObject? { word.kind == .object ? JSONObject(document: document, index: index) : nil }

    /// Whether this is `true`, if it is `true` or `false`.
    public var bool: Bool? {
        switch word.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// Whether this is `null`.
    public var isNull: Bool { word.kind == .null }

    /// The bytes of the value as received, without the whitespace around it.
    public var rawBytes: ArraySlice<UInt8> {
        let word = word
        switch word.kind {
        case .object, .array:
            return document.bytes[word.start..<JSONWord.end(ofClosing: document.words[index + 1])]
        case .string:
            return document.bytes[word.start - 1..<word.start + word.extent + 1]
        case .number, .true, .false, .null:
            return document.bytes[word.start..<word.start + word.extent]
        }
    }
}

// MARK: Numbers

extension JSONValue {
    /// The number as received.
    public var numberLiteral: String? {
        word.kind == .number ? String(decoding: rawBytes, as: UTF8.self) : nil
    }

    /// The number, if its literal has neither fraction nor exponent and fits. `1.0` and `1e0` are not integers here:
    /// readers disagree on them.
    public var int: Int? {
        numberLiteral.flatMap { Int($0) }
    }
}

// MARK: Strings

extension JSONValue {
    /// The decoded string. Compare it with `==` only where Unicode's canonical equivalence is meant; see ``exact``.
    public var string: String? {
        withStringBuffer { String(decoding: $0, as: UTF8.self) }
    }

    /// The decoded string, compared by its bytes.
    public var exact: ExactString? { string.map { ExactString($0) } }

    /// The bytes of the decoded string.
    public var utf8: [UInt8]? { withStringBuffer { [UInt8]($0) } }

    /// Lends the bytes of the decoded string; those of the document itself if the string holds no escapes. Nil if this
    /// is no string.
    public func withStringBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        try withStringBuffer { (buffer: UnsafeBufferPointer<UInt8>) throws(Failure) in try body(buffer.span) }
    }

    /// Whether this is a string with exactly the bytes of `text`. Copies nothing unless the string holds escapes.
    public func isIdentical(to text: String) -> Bool {
        guard word.kind == .string else { return false }
        var text = text
        return text.withUTF8 { wanted in
            // An escape is always longer than what it stands for.
            guard word.hasEscapes ? word.extent > wanted.count : word.extent == wanted.count else { return false }
            return withStringBuffer { ByteOrder.equal($0, wanted) } ?? false
        }
    }

    /// What the string says in base64 (RFC 4648), decoded straight from the document's bytes.
    ///
    /// - Throws: ``Base64Error/notAString`` if this is no string, and what `Base64.decode` throws.
    public func base64Bytes(alphabet: Base64.Alphabet = .standard) throws(Base64Error) -> [UInt8] {
        let decoded = try withStringBuffer { (buffer: UnsafeBufferPointer<UInt8>) throws(Base64Error) in
            try Base64.decode(buffer, alphabet: alphabet)
        }
        guard let decoded else { throw .notAString }
        return decoded
    }

    func withStringBuffer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        let word = word
        guard word.kind == .string else { return nil }
        return try document.withDecoded(word, body)
    }
}

extension JSONDocument {
    /// Lends the decoded bytes of the string whose word is given.
    func withDecoded<Result, Failure: Error>(
        _ word: JSONWord, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // Slicing the array checks the bounds once for all that follows.
        try bytes[word.start..<word.start + word.extent].withUnsafeBufferPointer {
            (literal: UnsafeBufferPointer<UInt8>) throws(Failure) in
            guard word.hasEscapes else { return try body(literal) }
            var decoded: [UInt8] = []
            decoded.reserveCapacity(literal.count)
            JSONEscapes.decode(literal, into: &decoded)
            return try decoded.withUnsafeBufferPointer(body)
        }
    }
}

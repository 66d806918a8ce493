/// Why a text is not canonical base64. Offsets count bytes of the base64 text.
public enum Base64Error: Error, Equatable, Sendable {
    /// The length is no multiple of four: a character or the padding is missing.
    case invalidLength(Int)
    /// What stands at `offset` is not in the alphabet. Line breaks and spaces are not.
    case invalidCharacter(offset: Int)
    /// The character at `offset` is of the URL-safe alphabet and one before it of the standard one, or the reverse.
    case mixedAlphabets(offset: Int)
    /// The last character before the padding, at `offset`, has bits set that stand for nothing. Accepting it would give
    /// one byte string several spellings.
    case nonZeroPaddingBits(offset: Int)
    /// A JSON value that should hold base64 is no string.
    case notAString

    /// One line for people.
    public var message: String {
        switch self {
        case .invalidLength(let length): "expected padded base64 in groups of four, found \(length) characters"
        case .invalidCharacter(let offset): "expected base64, found another character at byte \(offset)"
        case .mixedAlphabets(let offset): "expected one base64 alphabet, found characters of both at byte \(offset)"
        case .nonZeroPaddingBits(let offset): "expected canonical base64, found unused bits set at byte \(offset)"
        case .notAString: "expected a string of base64, found another kind of value"
        }
    }
}

/// Base64 (RFC 4648), of which exactly one spelling is accepted for each byte string: padded, without line breaks,
/// unused bits zero.
public enum Base64 {
    /// Which characters stand for 62 and 63.
    public enum Alphabet: Sendable, Hashable {
        /// `+` and `/` (RFC 4648 section 4).
        case standard
        /// `+` and `/`, or `-` and `_` (section 5), but not both in one text. DSSE envelopes may use either.
        case standardOrURLSafe
    }

    /// The standard alphabet, padded.
    public static func encode(_ bytes: [UInt8]) -> String {
        let digits = StaticString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let count = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: count) { text in
            // Every index into `digits` is below 64; four characters are written for each three bytes or fewer.
            var at = 0
            var written = 0
            while at < bytes.count {
                let left = bytes.count - at
                let group =
                    UInt32(bytes[at]) << 16 | (left > 1 ? UInt32(bytes[at + 1]) << 8 : 0)
                    | (left > 2 ? UInt32(bytes[at + 2]) : 0)
                text[written] = digits.utf8Start[Int(group >> 18)]
                text[written + 1] = digits.utf8Start[Int(group >> 12 & 63)]
                text[written + 2] = left > 1 ? digits.utf8Start[Int(group >> 6 & 63)] : UInt8(ascii: "=")
                text[written + 3] = left > 2 ? digits.utf8Start[Int(group & 63)] : UInt8(ascii: "=")
                at += 3
                written += 4
            }
            return count
        }
    }

    /// The bytes of a text in the standard alphabet.
    public static func decode(_ text: String) throws(Base64Error) -> [UInt8] {
        try decode(text, alphabet: .standard)
    }

    /// The bytes of a text in the standard alphabet, given as ASCII.
    public static func decode(bytes text: ArraySlice<UInt8>) throws(Base64Error) -> [UInt8] {
        try decode(bytes: text, alphabet: .standard)
    }

    /// The bytes of a text in the standard alphabet, given as ASCII.
    public static func decode(bytes text: Span<UInt8>) throws(Base64Error) -> [UInt8] {
        try decode(bytes: text, alphabet: .standard)
    }

    /// The bytes of a text in either alphabet; DSSE section 3 has verifiers accept both.
    public static func decodeStandardOrURLSafe(_ text: String) throws(Base64Error) -> [UInt8] {
        try decode(text, alphabet: .standardOrURLSafe)
    }

    /// The bytes of a text in either alphabet, given as ASCII.
    public static func decodeStandardOrURLSafe(bytes text: ArraySlice<UInt8>) throws(Base64Error) -> [UInt8] {
        try decode(bytes: text, alphabet: .standardOrURLSafe)
    }

    /// The bytes of a text in the given alphabet.
    public static func decode(_ text: String, alphabet: Alphabet) throws(Base64Error) -> [UInt8] {
        var text = text
        let decoded: Result<[UInt8], Base64Error> = text.withUTF8 { text in
            Result { () throws(Base64Error) in try decode(text, alphabet: alphabet) }
        }
        return try decoded.get()
    }

    /// The bytes of a text in the given alphabet, given as ASCII.
    public static func decode(bytes text: ArraySlice<UInt8>, alphabet: Alphabet) throws(Base64Error) -> [UInt8] {
        try text.withUnsafeBufferPointer { (text: UnsafeBufferPointer<UInt8>) throws(Base64Error) in
            try decode(text, alphabet: alphabet)
        }
    }

    /// The bytes of a text in the given alphabet, given as ASCII.
    public static func decode(bytes text: Span<UInt8>, alphabet: Alphabet) throws(Base64Error) -> [UInt8] {
        try text.withUnsafeBufferPointer { (text: UnsafeBufferPointer<UInt8>) throws(Base64Error) in
            try decode(text, alphabet: alphabet)
        }
    }

    static func decode(_ text: UnsafeBufferPointer<UInt8>, alphabet: Alphabet) throws(Base64Error) -> [UInt8] {
        try Base64Decoder.decode(text, alphabet: alphabet)
    }
}

/// Why a text is not hexadecimal.
public enum HexError: Error, Equatable, Sendable {
    /// The text has an odd number of digits; this is its length in bytes.
    case oddLength(Int)
    /// What stands at `offset` is no digit of the expected alphabet.
    case invalidDigit(offset: Int)

    /// One line for people.
    public var message: String {
        switch self {
        case .oddLength(let length): "expected an even number of hexadecimal digits, found \(length)"
        case .invalidDigit(let offset): "expected a hexadecimal digit, found something else at byte \(offset)"
        }
    }
}

/// Hexadecimal text (RFC 4648 section 8), in lower case unless said otherwise: OCI digests are lower case, and two
/// spellings of one digest would be two names for it.
public enum Hex {
    /// Two lower-case digits for each byte.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let digits = StaticString("0123456789abcdef")
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes {
            // Both indices are below 16.
            text.append(digits.utf8Start[Int(byte >> 4)])
            text.append(digits.utf8Start[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of lower-case digits.
    public static func decode(_ text: String) throws(HexError) -> [UInt8] {
        try decode(text, value(ofLowerCase:))
    }

    /// The bytes of digits in lower, upper or mixed case.
    public static func decodeAnyCase(_ text: String) throws(HexError) -> [UInt8] {
        try decode(text, value(ofAnyCase:))
    }

    private static func decode(_ text: String, _ value: (UInt8) -> UInt8?) throws(HexError) -> [UInt8] {
        let length = text.utf8.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length / 2)
        var high: UInt8?
        for (offset, digit) in text.utf8.enumerated() {
            guard let value = value(digit) else { throw .invalidDigit(offset: offset) }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        guard high == nil else { throw .oddLength(length) }
        return bytes
    }

    static func value(ofLowerCase digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    static func value(ofAnyCase digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: value(ofLowerCase: digit)
        }
    }
}

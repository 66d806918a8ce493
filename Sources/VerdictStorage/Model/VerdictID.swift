public import StrictEncoding

/// The name of one recorded verdict: 48 bits of milliseconds since 1970 and 80 random bits (a ULID), written as 26
/// characters of Crockford's base32 in lower case. The order of the texts, as bytes, is the order of the times.
public struct VerdictID: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// An ID of its parts. Of the milliseconds the lower 48 bits count, which last until the year 10889.
    public init(milliseconds: UInt64, random: (UInt64, UInt16)) {
        high = milliseconds << 16 | random.0 >> 48
        low = random.0 << 16 | UInt64(random.1)
    }

    /// Reads an ID from its text, in either case; nil for anything that ``description`` does not write, such as the
    /// letters I, L, O and U, which Crockford's decoder takes for others.
    public init?(_ text: String) {
        guard text.utf8.count == 26 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for (index, character) in text.utf8.enumerated() {
            guard let digit = Self.value(of: character) else { return nil }
            // 26 characters have room for 130 bits.
            if index == 0, digit > 7 { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        (self.high, self.low) = (high, low)
    }

    /// A new ID for something decided at this second.
    public static func make(at instant: Instant) -> VerdictID {
        VerdictID(
            milliseconds: UInt64(max(instant.secondsSince1970, 0)) * 1000,
            random: (.random(in: .min ... .max), .random(in: .min ... .max)))
    }

    /// Milliseconds since 1970.
    public var milliseconds: UInt64 { high >> 16 }

    /// The 26 characters.
    public var description: String {
        var (high, low) = (high, low)
        var characters = [UInt8](repeating: 0, count: 26)
        for index in characters.indices.reversed() {
            characters[index] = Self.alphabet[Int(low & 31)]
            low = low >> 5 | high << 59
            high >>= 5
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// Whether it is the earlier one; of two of one millisecond, whether its text comes first.
    public static func < (left: VerdictID, right: VerdictID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    private static func value(of character: UInt8) -> Int? {
        let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(character)
        return alphabet.firstIndex(of: isUpper ? character | 0x20 : character)
    }
}

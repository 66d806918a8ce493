/// Decoding of string literals that the parser has accepted.
enum JSONEscapes {
    /// Appends the decoded form of what stood between a string's quotes.
    ///
    /// The parser has checked the escapes, so nothing can fail here; a text that it did not check would come out
    /// wrong, but no byte beyond `literal` is read.
    static func decode(_ literal: UnsafeBufferPointer<UInt8>, into decoded: inout [UInt8]) {
        var rest = literal[...]
        while let backslash = rest.firstIndex(of: UInt8(ascii: "\\")) {
            decoded.append(contentsOf: UnsafeBufferPointer(rebasing: rest[..<backslash]))
            rest = rest[backslash...].dropFirst()
            guard let letter = rest.popFirst() else { return }
            switch letter {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"): decoded.append(contentsOf: String(codePoint(&rest)).utf8)
            default: decoded.append(letter)
            }
        }
        decoded.append(contentsOf: UnsafeBufferPointer(rebasing: rest))
    }

    /// What follows `\u`: four digits, and for a high surrogate the six bytes of the low one.
    private static func codePoint(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> Unicode.Scalar {
        let unit = codeUnit(&rest)
        guard unit & 0xFC00 == 0xD800 else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
        rest = rest.dropFirst(2)
        let low = codeUnit(&rest)
        return Unicode.Scalar(0x1_0000 + (unit & 0x3FF) << 10 + low & 0x3FF) ?? "\u{FFFD}"
    }

    private static func codeUnit(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 { unit = unit << 4 | UInt32(rest.popFirst().flatMap(Hex.value(ofAnyCase:)) ?? 0) }
        return unit
    }
}

/// The decoding loop behind ``Base64``.
enum Base64Decoder {
    static func decode(
        _ text: UnsafeBufferPointer<UInt8>, alphabet: Base64.Alphabet
    ) throws(Base64Error) -> [UInt8] {
        guard text.count % 4 == 0 else { throw .invalidLength(text.count) }
        guard let base = text.baseAddress, text.count > 0 else { return [] }
        let padding = base[text.count - 1] != UInt8(ascii: "=") ? 0 : base[text.count - 2] != UInt8(ascii: "=") ? 1 : 2
        let digits = text.count - padding
        var fault: Base64Error?
        let decoded = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3) { output, initialized in
            guard let out = output.baseAddress else { return }
            var urlSafe: Bool?
            var group: UInt32 = 0
            var written = 0
            for at in 0..<digits {
                let digit = base[at]
                guard let value = value(of: digit, alphabet: alphabet) else {
                    fault = .invalidCharacter(offset: at)
                    return
                }
                if value >= 62, alphabet == .standardOrURLSafe {
                    let isURLSafe = digit == UInt8(ascii: "-") || digit == UInt8(ascii: "_")
                    guard urlSafe ?? isURLSafe == isURLSafe else {
                        fault = .mixedAlphabets(offset: at)
                        return
                    }
                    urlSafe = isURLSafe
                }
                group = group &<< 6 | UInt32(value)
                if at & 3 == 3 {
                    out[written] = UInt8(truncatingIfNeeded: group &>> 16)
                    out[written + 1] = UInt8(truncatingIfNeeded: group &>> 8)
                    out[written + 2] = UInt8(truncatingIfNeeded: group)
                    written += 3
                    group = 0
                }
            }
            let unused: UInt32 = padding == 1 ? 0b11 : padding == 2 ? 0b1111 : 0
            guard group & unused == 0 else {
                fault = .nonZeroPaddingBits(offset: digits - 1)
                return
            }
            if padding == 1 {
                out[written] = UInt8(truncatingIfNeeded: group &>> 10)
                out[written + 1] = UInt8(truncatingIfNeeded: group &>> 2)
            } else if padding == 2 {
                out[written] = UInt8(truncatingIfNeeded: group &>> 4)
            }
            initialized = written + (3 - padding) % 3
        }
        if let fault { throw fault }
        return decoded
    }

    @inline(__always)
    private static func value(of digit: UInt8, alphabet: Base64.Alphabet) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit &- UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit &- UInt8(ascii: "a") &+ 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit &- UInt8(ascii: "0") &+ 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        case UInt8(ascii: "-") where alphabet == .standardOrURLSafe: 62
        case UInt8(ascii: "_") where alphabet == .standardOrURLSafe: 63
        default: nil
        }
    }
}

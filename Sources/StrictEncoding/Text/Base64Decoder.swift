/// The decoding loop behind ``Base64``.
///
/// Sixteen characters at a time become sixteen sextets by comparing them with the ranges of the alphabet, and the
/// sextets twelve bytes by shifting. Whatever is wrong is only noticed there; a second, slow pass says where it is.
enum Base64Decoder {
    static func decode(
        _ text: UnsafeBufferPointer<UInt8>, alphabet: Base64.Alphabet
    ) throws(Base64Error) -> [UInt8] {
        guard text.count % 4 == 0 else { throw .invalidLength(text.count) }
        guard let base = text.baseAddress, text.count >= 4 else { return [] }
        var padding = 0
        if base[text.count - 1] == UInt8(ascii: "=") { padding = base[text.count - 2] == UInt8(ascii: "=") ? 2 : 1 }
        let digits = UnsafeBufferPointer(start: base, count: text.count - padding)
        let length = text.count / 4 * 3 - padding
        var isValid = false
        let decoded = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3) { output, initialized in
            guard let out = output.baseAddress else { return }
            LargePages.advise(UnsafeMutableRawBufferPointer(output))
            // Two calls, so that each loop is compiled for its alphabet.
            switch alphabet {
            case .standard: isValid = decode(digits, into: out, alphabet: .standard)
            case .standardOrURLSafe: isValid = decode(digits, into: out, alphabet: .standardOrURLSafe)
            }
            initialized = isValid ? length : 0
        }
        guard isValid else { throw fault(in: digits, alphabet: alphabet) }
        return decoded
    }

    /// Writes three bytes for each four digits, and one or two for the last two or three. Returns false if anything is
    /// wrong with the digits; how far it wrote is then unknown.
    ///
    /// `out` has room for three bytes for each group of four digits, complete or not.
    @inline(__always)
    private static func decode(
        _ digits: UnsafeBufferPointer<UInt8>, into out: UnsafeMutablePointer<UInt8>, alphabet: Base64.Alphabet
    ) -> Bool {
        guard let base = digits.baseAddress else { return false }
        var seen = Classes()
        var at = 0
        var written = 0
        // Sixteen digits give twelve bytes, written as two overlapping words that reach two bytes too far. At least
        // one more group follows, which has room for three bytes.
        while at &+ 16 < digits.count {
            let block = UnsafeRawPointer(base + at).loadUnaligned(as: SIMD16<UInt8>.self)
            let (first, second) = packed(sextets(of: block, alphabet, &seen))
            UnsafeMutableRawPointer(out + written).storeBytes(of: first.bigEndian, as: UInt64.self)
            UnsafeMutableRawPointer(out + written + 6).storeBytes(of: second.bigEndian, as: UInt64.self)
            at &+= 16
            written &+= 12
        }
        var group: UInt32 = 0
        while at < digits.count {
            guard let sextet = sextet(of: base[at], alphabet, &seen) else { return false }
            group = group &<< 6 | UInt32(sextet)
            at &+= 1
            if at & 3 == 0 {
                out[written] = UInt8(truncatingIfNeeded: group &>> 16)
                out[written &+ 1] = UInt8(truncatingIfNeeded: group &>> 8)
                out[written &+ 2] = UInt8(truncatingIfNeeded: group)
                written &+= 3
                group = 0
            }
        }
        switch digits.count & 3 {
        case 2:
            out[written] = UInt8(truncatingIfNeeded: group &>> 4)
            guard group & 0b1111 == 0 else { return false }
        case 3:
            out[written] = UInt8(truncatingIfNeeded: group &>> 10)
            out[written &+ 1] = UInt8(truncatingIfNeeded: group &>> 2)
            guard group & 0b11 == 0 else { return false }
        default: break
        }
        return seen.areAcceptable
    }

    /// What kinds of characters were met, as bytes that are not zero.
    private struct Classes {
        var others = SIMD16<UInt8>(repeating: 0)
        var standard = SIMD16<UInt8>(repeating: 0)
        var urlSafe = SIMD16<UInt8>(repeating: 0)

        var areAcceptable: Bool {
            let zero = SIMD16<UInt8>(repeating: 0)
            return others == zero && (standard == zero || urlSafe == zero)
        }
    }

    /// The vectors' types are spelled out because comparisons are compiled to vector instructions only if they need no
    /// inference.
    @inline(__always)
    private static func sextets(
        of block: SIMD16<UInt8>, _ alphabet: Base64.Alphabet, _ seen: inout Classes
    ) -> SIMD16<UInt8> {
        let upper: SIMD16<UInt8> = block &- vector("A")
        let lower: SIMD16<UInt8> = block &- vector("a")
        let digit: SIMD16<UInt8> = block &- vector("0")
        let isUpper = bytes(upper .< SIMD16<UInt8>(repeating: 26))
        let isLower = bytes(lower .< SIMD16<UInt8>(repeating: 26))
        let isDigit = bytes(digit .< SIMD16<UInt8>(repeating: 10))
        var is62 = bytes(block .== vector("+"))
        var is63 = bytes(block .== vector("/"))
        if alphabet == .standardOrURLSafe {
            let is62URL = bytes(block .== vector("-"))
            let is63URL = bytes(block .== vector("_"))
            seen.standard |= is62 | is63
            seen.urlSafe |= is62URL | is63URL
            is62 |= is62URL
            is63 |= is63URL
        }
        seen.others |= ~(isUpper | isLower | isDigit | is62 | is63)
        let letters: SIMD16<UInt8> =
            (upper & isUpper) | ((lower &+ SIMD16<UInt8>(repeating: 26)) & isLower)
        let others: SIMD16<UInt8> =
            ((digit &+ SIMD16<UInt8>(repeating: 52)) & isDigit) | (is62 & SIMD16<UInt8>(repeating: 62))
            | (is63 & SIMD16<UInt8>(repeating: 63))
        return letters | others
    }

    @inline(__always)
    private static func vector(_ character: Unicode.Scalar) -> SIMD16<UInt8> {
        SIMD16<UInt8>(repeating: UInt8(ascii: character))
    }

    @inline(__always)
    private static func bytes(_ mask: SIMDMask<SIMD16<Int8>>) -> SIMD16<UInt8> {
        unsafeBitCast(mask, to: SIMD16<UInt8>.self)
    }

    /// Sixteen sextets as two times six bytes, the first byte highest, two empty bytes lowest.
    ///
    /// Neighbours are joined in lanes of 16, 32 and 64 bits; in each lane the left neighbour is the low half.
    @inline(__always)
    private static func packed(_ sextets: SIMD16<UInt8>) -> (UInt64, UInt64) {
        let singles = unsafeBitCast(sextets, to: SIMD8<UInt16>.self)
        let pairs: SIMD8<UInt16> =
            ((singles & SIMD8<UInt16>(repeating: 0xFF)) &<< SIMD8<UInt16>(repeating: 6))
            | (singles &>> SIMD8<UInt16>(repeating: 8))
        let halves = unsafeBitCast(pairs, to: SIMD4<UInt32>.self)
        let fours: SIMD4<UInt32> =
            ((halves & SIMD4<UInt32>(repeating: 0xFFFF)) &<< SIMD4<UInt32>(repeating: 12))
            | (halves &>> SIMD4<UInt32>(repeating: 16))
        let quarters = unsafeBitCast(fours, to: SIMD2<UInt64>.self)
        let eights: SIMD2<UInt64> =
            ((quarters & SIMD2<UInt64>(repeating: 0xFFFF_FFFF)) &<< SIMD2<UInt64>(repeating: 24))
            | (quarters &>> SIMD2<UInt64>(repeating: 32))
        return (eights[0] &<< 16, eights[1] &<< 16)
    }

    @inline(__always)
    private static func sextet(of digit: UInt8, _ alphabet: Base64.Alphabet, _ seen: inout Classes) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): return digit &- UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return digit &- UInt8(ascii: "a") &+ 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return digit &- UInt8(ascii: "0") &+ 52
        case UInt8(ascii: "+"), UInt8(ascii: "/"):
            seen.standard[0] = 0xFF
            return digit == UInt8(ascii: "+") ? 62 : 63
        case UInt8(ascii: "-"), UInt8(ascii: "_"):
            guard alphabet == .standardOrURLSafe else { return nil }
            seen.urlSafe[0] = 0xFF
            return digit == UInt8(ascii: "-") ? 62 : 63
        default: return nil
        }
    }

    /// The first fault of digits that were not accepted.
    private static func fault(in digits: UnsafeBufferPointer<UInt8>, alphabet: Base64.Alphabet) -> Base64Error {
        var seen = Classes()
        for (offset, digit) in digits.enumerated() {
            guard sextet(of: digit, alphabet, &seen) != nil else { return .invalidCharacter(offset: offset) }
            guard seen.areAcceptable else { return .mixedAlphabets(offset: offset) }
        }
        return .nonZeroPaddingBits(offset: digits.count - 1)
    }
}

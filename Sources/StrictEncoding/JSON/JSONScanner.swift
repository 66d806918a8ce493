/// Finds the ends of whitespace, strings and numbers, and checks what lies between.
///
/// Every read is at an offset below `end`: a wide read is preceded by a comparison of its last byte's offset.
struct JSONScanner {
    let base: UnsafePointer<UInt8>
    let end: Int

    /// The first offset at or after `start` that holds no whitespace (RFC 8259 section 2).
    @inline(__always)
    func skipWhitespace(from start: Int) -> Int {
        if start < end, base[start] > 0x20 { return start }
        return skipRun(from: start)
    }

    /// Indented documents hold long runs of spaces, so eight at a time are compared.
    @inline(never)
    private func skipRun(from start: Int) -> Int {
        var at = start
        while at < end {
            if at &+ 8 <= end, load(UInt64.self, at: at) == 0x2020_2020_2020_2020 {
                at &+= 8
                continue
            }
            switch base[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at &+= 1
            default: return at
            }
        }
        return at
    }

    /// Checks the string that begins at `start`, after its opening quote (RFC 8259 section 7).
    ///
    /// Returns the offset of the closing quote, and whether there are escapes before it.
    @inline(__always)
    func string(from start: Int) throws(JSONError) -> (closingQuote: Int, hasEscapes: Bool) {
        let at = skipPlain(from: start)
        if at < end, base[at] == UInt8(ascii: "\"") { return (at, false) }
        return try stringWithSpecials(from: at)
    }

    @inline(never)
    private func stringWithSpecials(from start: Int) throws(JSONError) -> (closingQuote: Int, hasEscapes: Bool) {
        var at = start
        var hasEscapes = false
        while at < end {
            let byte = base[at]
            switch byte {
            case UInt8(ascii: "\""):
                return (at, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                at = try escape(from: at)
            case 0x00..<0x20:
                throw .controlCharacter(offset: at)
            default:
                // Runs of non-ASCII text stay in here; a plain byte ends them.
                repeat { at = try sequence(from: at) } while at < end && base[at] >= 0x80
            }
            at = skipPlain(from: at)
        }
        throw .unexpectedEnd
    }

    /// The first offset at or after `start` that holds a quote, a backslash, a control character or no ASCII.
    @inline(__always)
    private func skipPlain(from start: Int) -> Int {
        var at = start
        var blocks = 0
        while at &+ 16 <= end {
            let special = specials(at: at)
            if special[0] != 0 { return at &+ special[0].trailingZeroBitCount &>> 3 }
            if special[1] != 0 { return at &+ 8 &+ special[1].trailingZeroBitCount &>> 3 }
            at &+= 16
            blocks &+= 1
            // An envelope's payload is one string of many megabytes.
            guard blocks == 4 else { continue }
            blocks = 0
            while at &+ 64 <= end {
                let found =
                    specials(at: at) | specials(at: at &+ 16) | specials(at: at &+ 32) | specials(at: at &+ 48)
                guard found[0] | found[1] == 0 else { break }
                at &+= 64
            }
        }
        while at < end {
            let byte = base[at]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            at &+= 1
        }
        return at
    }

    /// 0xFF for each of sixteen bytes that ends a plain run, 0 for the others; the first byte is the lowest.
    @inline(__always)
    private func specials(at offset: Int) -> SIMD2<UInt64> {
        // As signed numbers the control characters and all bytes from 0x80 on are those below 0x20. The vectors' types
        // are spelled out because the comparisons are compiled to vector instructions only if they need no inference.
        let bytes = load(SIMD16<Int8>.self, at: offset)
        let (space, quote) = (SIMD16<Int8>(repeating: 0x20), SIMD16<Int8>(repeating: 0x22))
        let backslash = SIMD16<Int8>(repeating: 0x5C)
        let mask: SIMDMask<SIMD16<Int8>> = (bytes .< space) .| (bytes .== quote) .| (bytes .== backslash)
        return unsafeBitCast(mask, to: SIMD2<UInt64>.self)
    }

    /// Checks the escape at `start` and returns the offset after it.
    private func escape(from start: Int) throws(JSONError) -> Int {
        guard start &+ 1 < end else { throw .unexpectedEnd }
        switch base[start &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start &+ 2
        case UInt8(ascii: "u"):
            let unit = try codeUnit(from: start)
            guard unit & 0xF800 == 0xD800 else { return start &+ 6 }
            // A surrogate: the high half has to come first and the low half right behind it.
            let second = start &+ 6
            guard unit < 0xDC00, second &+ 1 < end, base[second] == UInt8(ascii: "\\"),
                base[second &+ 1] == UInt8(ascii: "u")
            else { throw .unpairedSurrogate(offset: start) }
            guard try codeUnit(from: second) & 0xFC00 == 0xDC00 else { throw .unpairedSurrogate(offset: start) }
            return second &+ 6
        default:
            throw .invalidEscape(offset: start)
        }
    }

    /// The four hexadecimal digits of the `\u` escape at `start`.
    private func codeUnit(from start: Int) throws(JSONError) -> UInt32 {
        guard start &+ 6 <= end else {
            // A wrong digit before the end is the more telling fault.
            for at in (start &+ 2)..<end where Hex.value(ofAnyCase: base[at]) == nil {
                throw .invalidEscape(offset: start)
            }
            throw .unexpectedEnd
        }
        var unit: UInt32 = 0
        for step in 2..<6 {
            guard let digit = Hex.value(ofAnyCase: base[start &+ step]) else { throw .invalidEscape(offset: start) }
            unit = unit &<< 4 | UInt32(digit)
        }
        return unit
    }

    /// Checks the UTF-8 sequence of two to four bytes at `start` (Unicode table 3-7) and returns the offset after it.
    @inline(__always)
    private func sequence(from start: Int) throws(JSONError) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch base[start] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)  // below: overlong
        case 0xED: (length, second) = (3, 0x80...0x9F)  // above: surrogates
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)  // below: overlong
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)  // above: over U+10FFFF
        default: throw .invalidUTF8(offset: start)
        }
        guard length <= end &- start, second.contains(base[start &+ 1]) else { throw .invalidUTF8(offset: start) }
        var step = 2
        while step < length {
            guard base[start &+ step] & 0xC0 == 0x80 else { throw .invalidUTF8(offset: start) }
            step &+= 1
        }
        return start &+ length
    }

    /// Checks the number at `start` (RFC 8259 section 6) and returns the offset after it.
    @inline(__always)
    func number(from start: Int) throws(JSONError) -> Int {
        var at = start
        if base[at] == UInt8(ascii: "-") { at &+= 1 }
        let integer = at
        at = skipDigits(from: at)
        guard at > integer, base[integer] != UInt8(ascii: "0") || at == integer &+ 1 else {
            throw .invalidNumber(offset: start)
        }
        if at < end, base[at] == UInt8(ascii: ".") {
            let fraction = at &+ 1
            at = skipDigits(from: fraction)
            guard at > fraction else { throw .invalidNumber(offset: start) }
        }
        if at < end, base[at] | 0x20 == UInt8(ascii: "e") {
            at &+= 1
            if at < end, base[at] == UInt8(ascii: "+") || base[at] == UInt8(ascii: "-") { at &+= 1 }
            let exponent = at
            at = skipDigits(from: exponent)
            guard at > exponent else { throw .invalidNumber(offset: start) }
        }
        return at
    }

    @inline(__always)
    private func skipDigits(from start: Int) -> Int {
        var at = start
        while at < end, base[at] &- UInt8(ascii: "0") < 10 { at &+= 1 }
        return at
    }

    @inline(__always)
    private func load<T: BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
        UnsafeRawPointer(base + offset).loadUnaligned(as: type)
    }
}

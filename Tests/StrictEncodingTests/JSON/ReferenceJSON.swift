/// A second reader of RFC 8259, as plain as can be, which the parser is compared with: recursive, one byte at a time,
/// the standard library for UTF-8, a set for names.
struct ReferenceJSON {
    private var rest: ArraySlice<UInt8>

    private struct Refused: Error {}

    /// Whether the text is one strict JSON value, whatever its size and depth.
    static func accepts(_ text: [UInt8]) -> Bool {
        var reader = ReferenceJSON(rest: text[...])
        do {
            try reader.value()
            try reader.require(reader.rest.isEmpty)
            return true
        } catch {
            return false
        }
    }

    private mutating func value() throws {
        skipWhitespace()
        switch rest.first {
        case UInt8(ascii: "{"):
            rest.removeFirst()
            try members()
        case UInt8(ascii: "["):
            rest.removeFirst()
            try elements()
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: try number()
        }
        skipWhitespace()
    }

    private mutating func members() throws {
        var names: Set<[UInt8]> = []
        skipWhitespace()
        if skip("}") { return }
        repeat {
            skipWhitespace()
            try require(names.insert(try string()).inserted)
            skipWhitespace()
            try require(skip(":"))
            try value()
        } while skip(",")
        try require(skip("}"))
    }

    private mutating func elements() throws {
        skipWhitespace()
        if skip("]") { return }
        repeat { try value() } while skip(",")
        try require(skip("]"))
    }

    private mutating func string() throws -> [UInt8] {
        try require(skip("\""))
        var decoded: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                try require(String(validating: decoded, as: UTF8.self) != nil)
                return decoded
            case UInt8(ascii: "\\"): decoded += try escape()
            default:
                try require(byte >= 0x20)
                decoded.append(byte)
            }
        }
        throw Refused()
    }

    private mutating func escape() throws -> [UInt8] {
        let simple = Dictionary(
            uniqueKeysWithValues: zip(Array(#""\/bfnrt"#.utf8), Array("\"\\/\u{8}\u{C}\n\r\t".utf8)))
        guard let letter = rest.popFirst() else { throw Refused() }
        if let byte = simple[letter] { return [byte] }
        try require(letter == UInt8(ascii: "u"))
        let unit = try codeUnit()
        guard UTF16.isLeadSurrogate(unit) else {
            guard let scalar = Unicode.Scalar(unit) else { throw Refused() }
            return Array(String(scalar).utf8)
        }
        try require(skip("\\"))
        try require(skip("u"))
        let low = try codeUnit()
        try require(UTF16.isTrailSurrogate(low))
        return Array(String(decoding: [unit, low], as: UTF16.self).utf8)
    }

    private mutating func codeUnit() throws -> UInt16 {
        let digits = rest.prefix(4)
        let hexadecimal = Set("0123456789abcdefABCDEF".utf8)
        try require(digits.count == 4 && digits.allSatisfy(hexadecimal.contains))
        rest = rest.dropFirst(4)
        guard let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else { throw Refused() }
        return unit
    }

    private mutating func number() throws {
        _ = skip("-")
        let leadingZero = rest.first == UInt8(ascii: "0")
        let integer = digits()
        try require(integer > 0 && (integer == 1 || !leadingZero))
        if skip(".") { try require(digits() > 0) }
        if skip("e") || skip("E") {
            if !skip("+") { _ = skip("-") }
            try require(digits() > 0)
        }
    }

    private mutating func digits() -> Int {
        let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
        rest = rest.dropFirst(count)
        return count
    }

    private mutating func literal(_ text: String) throws {
        try require(rest.starts(with: text.utf8))
        rest = rest.dropFirst(text.utf8.count)
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func skipWhitespace() {
        rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    private func require(_ condition: Bool) throws {
        guard condition else { throw Refused() }
    }
}

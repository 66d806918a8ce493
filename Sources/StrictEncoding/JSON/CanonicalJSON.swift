extension JSONTree {
    /// The canonical form of RFC 8785: no whitespace, members sorted by the UTF-16 code units of their names, numbers as
    /// ECMAScript writes the nearest double.
    ///
    /// Integers beyond ±2^53 lose digits that way, as the RFC has it; our own documents hold none.
    public func canonicalBytes() -> [UInt8] {
        var writer = JSONWriter(style: .canonical)
        writer.write(self, indentation: 0)
        return writer.bytes
    }

    /// The form for people: members in the order of ``canonicalBytes()``, two spaces of indentation, a line feed at the
    /// end. Numbers keep all their digits.
    public func prettyBytes() -> [UInt8] {
        var writer = JSONWriter(style: .pretty)
        writer.write(self, indentation: 0)
        writer.bytes.append(0x0A)
        return writer.bytes
    }

    /// OLPC's canonical JSON, over which TUF metadata and in-toto layouts are signed: no whitespace, members sorted by
    /// the bytes of their names, only quotes and backslashes escaped in strings, only integers. What it gives for
    /// strings with control characters is not JSON.
    ///
    /// - Throws: if a number has a fraction or an exponent, or is -0.
    public func olpcCanonicalBytes() throws(OLPCError) -> [UInt8] {
        if let literal = firstNonInteger { throw .notAnInteger(literal: literal) }
        var writer = JSONWriter(style: .olpc)
        writer.write(self, indentation: 0)
        return writer.bytes
    }

    private var firstNonInteger: String? {
        switch self {
        case .object(let members):
            members.sorted { $0.key < $1.key }.lazy.compactMap(\.value.firstNonInteger).first
        case .array(let elements): elements.lazy.compactMap(\.firstNonInteger).first
        case .number(let number): number.isInteger ? nil : number.literal
        case .string, .integer, .bool, .null: nil
        }
    }
}

/// Why a value has no OLPC canonical form.
public enum OLPCError: Error, Equatable, Sendable {
    /// The form knows integers only.
    case notAnInteger(literal: String)

    /// One line for people.
    public var message: String {
        switch self {
        case .notAnInteger(let literal): "expected integers only, found `\(literal.prefix(64))`"
        }
    }
}

extension JSONNumber {
    /// Whether the literal is an integer's: digits, perhaps after a minus. -0 is not: readers disagree on it.
    fileprivate var isInteger: Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return literal != "-0" && literal.utf8.allSatisfy { $0 == UInt8(ascii: "-") || digits.contains($0) }
    }
}

/// Writes a tree in one of the three styles.
private struct JSONWriter {
    enum Style {
        case canonical, pretty, olpc
    }

    let style: Style
    var bytes: [UInt8] = []

    init(style: Style) { self.style = style }

    mutating func write(_ tree: JSONTree, indentation: Int) {
        switch tree {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .string(let value): write(string: value)
        case .integer(let value):
            if style == .canonical, value.magnitude > 1 << 53 {
                append(ECMAScriptNumber.text(of: Double(value)))
            } else {
                append(String(value))
            }
        case .number(let number):
            append(style == .canonical ? ECMAScriptNumber.text(of: number.value) : number.literal)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (position, element) in elements.enumerated() {
                separate(position, indentation + 1)
                write(element, indentation: indentation + 1)
            }
            if !elements.isEmpty { breakLine(indentation) }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (position, place) in places(of: members).enumerated() {
                let (key, value) = members[place.index]
                separate(position, indentation + 1)
                write(string: key.value)
                append(style == .pretty ? ": " : ":")
                write(value, indentation: indentation + 1)
            }
            if !members.isEmpty { breakLine(indentation) }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private typealias Members = [ExactString: JSONTree]

    /// Where a member lies, and how its name begins: of most names that tells the order, and members themselves, which
    /// are dear to move, stay where they are.
    private struct Place {
        let beginning: UInt64
        let index: Members.Index
    }

    private func places(of members: Members) -> [Place] {
        var places: [Place] = []
        places.reserveCapacity(members.count)
        for index in members.indices { places.append(Place(beginning: members[index].key.beginning, index: index)) }
        // Where the two orders differ no beginning tells: see ``ExactString/precedesInUTF16(_:)``.
        let isByBytes = style == .olpc
        let isTold = isByBytes || places.allSatisfy { $0.beginning & 0x8080_8080_8080_8080 == 0 }
        places.sort { left, right in
            if isTold, left.beginning != right.beginning { return left.beginning < right.beginning }
            let (left, right) = (members[left.index].key, members[right.index].key)
            return isByBytes ? left < right : left.precedesInUTF16(right)
        }
        return places
    }

    private mutating func separate(_ position: Int, _ indentation: Int) {
        if position > 0 { bytes.append(UInt8(ascii: ",")) }
        breakLine(indentation)
    }

    private mutating func breakLine(_ indentation: Int) {
        guard style == .pretty else { return }
        bytes.append(0x0A)
        for _ in 0..<indentation { append("  ") }
    }

    /// RFC 8785 section 3.2.2.2: the seven short escapes, `\u00xx` for the other control characters, all else as it is.
    private mutating func write(string: String) {
        bytes.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { text in
            var position = 0
            // What needs no escape, which is nearly everything, goes in one piece.
            while position < text.count {
                let end = text[position...].firstIndex(where: Self.isEscaped) ?? text.count
                bytes.append(contentsOf: text[position..<end])
                guard end < text.count else { break }
                escape(text[end])
                position = end + 1
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case _ where style == .olpc: bytes.append(byte)
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        default: append("\\u00" + Hex.encode(CollectionOfOne(byte)))
        }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

extension ExactString {
    /// The first eight bytes, the first of them highest, and zeros where there are fewer: of two names with different ones
    /// the lower comes first in the order of bytes.
    fileprivate var beginning: UInt64 {
        withBytes { bytes in
            var beginning: UInt64 = 0
            for position in 0..<8 {
                beginning = beginning << 8 | (position < bytes.count ? UInt64(bytes[position]) : 0)
            }
            return beginning
        }
    }

    /// Whether this sorts first by UTF-16 code units, as RFC 8785 section 3.2.3 has it.
    ///
    /// That is the order of the UTF-8 bytes but for one thing: characters from U+10000 on (lead bytes from 0xF0 on)
    /// are surrogate pairs and sort before U+E000 to U+FFFF (lead bytes 0xEE and 0xEF).
    fileprivate func precedesInUTF16(_ other: ExactString) -> Bool {
        withBytes { left in
            other.withBytes { right in
                let shared = ByteOrder.firstDifference(left, right)
                guard shared < left.count, shared < right.count else { return left.count < right.count }
                let (leftByte, rightByte) = (left[shared], right[shared])
                let (leftIsPair, rightIsPair) = (leftByte >= 0xF0, rightByte >= 0xF0)
                if leftIsPair != rightIsPair, min(leftByte, rightByte) >= 0xEE { return leftIsPair }
                return leftByte < rightByte
            }
        }
    }
}

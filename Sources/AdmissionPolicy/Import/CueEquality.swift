/// The part of CUE that says "this field is this text": nested fields with texts and booleans for values, nothing else.
///
/// The fields of a policy that policy-controller unifies with the attestation. Numbers are left out because CUE tells
/// `1` from `1.0`; definitions, hidden fields, imports, references, comparisons and everything else because it would
/// need the language. Where a field is absent from the attestation, CUE takes the policy's value for it; our condition
/// does not hold.
struct CueEquality: Equatable {
    /// In the order of the text; of a field that is given twice both have to hold.
    let fields: [Field]

    struct Field: Equatable {
        let path: [String]
        let value: DraftCondition.Value
    }

    /// Nil if the text says anything else, or nothing.
    init?(_ text: String) {
        guard text.utf8.count <= 64 << 10 else { return nil }
        var parser = Parser(rest: Array(text.utf8)[...])
        guard parser.fields(until: nil, at: [], depth: 0), !parser.found.isEmpty,
            parser.found.count <= DocumentReader.mostRules
        else { return nil }
        fields = parser.found
    }

    private struct Parser {
        var rest: ArraySlice<UInt8>
        var found: [Field] = []
        private static let deepest = 16

        init(rest: ArraySlice<UInt8>) { self.rest = rest }

        /// Fields up to the closing brace, or the end of the text.
        mutating func fields(until end: UInt8?, at path: [String], depth: Int) -> Bool {
            guard depth <= Self.deepest else { return false }
            while true {
                skip(lines: true)
                guard let next = rest.first else { return end == nil }
                if next == end {
                    rest.removeFirst()
                    return true
                }
                guard field(at: path, depth: depth), separated(before: end) else { return false }
            }
        }

        private mutating func field(at path: [String], depth: Int) -> Bool {
            guard depth <= Self.deepest, let label = self.label() else { return false }
            skip(lines: false)
            guard take(UInt8(ascii: ":")) else { return false }
            skip(lines: false)
            let path = path + [label]
            guard let next = rest.first else { return false }
            if next == UInt8(ascii: "{") {
                rest.removeFirst()
                return fields(until: UInt8(ascii: "}"), at: path, depth: depth + 1)
            }
            // `a: b: "c"`: a value that is followed by a colon is a label.
            let before = rest
            if self.label() != nil {
                skip(lines: false)
                if rest.first == UInt8(ascii: ":") {
                    rest = before
                    return field(at: path, depth: depth + 1)
                }
            }
            rest = before
            guard let value = value() else { return false }
            found.append(Field(path: path, value: value))
            return true
        }

        private mutating func value() -> DraftCondition.Value? {
            if let text = quoted() { return .text(text) }
            switch word() {
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: return nil
            }
        }

        private mutating func label() -> String? { quoted() ?? word() }

        /// An identifier that is neither hidden nor a definition.
        private mutating func word() -> String? {
            let isLetter = { (byte: UInt8) in (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
            let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
            guard let first = rest.first, isLetter(first) else { return nil }
            let bytes = rest.prefix { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
            rest = rest.dropFirst(bytes.count)
            return String(decoding: bytes, as: UTF8.self)
        }

        /// A text of printable ASCII without escapes, not empty.
        private mutating func quoted() -> String? {
            guard rest.first == UInt8(ascii: "\"") else { return nil }
            let bytes = rest.dropFirst().prefix { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
            let after = rest.dropFirst(1 + bytes.count)
            guard !bytes.isEmpty, after.first == UInt8(ascii: "\"") else { return nil }
            rest = after.dropFirst()
            return String(decoding: bytes, as: UTF8.self)
        }

        /// A comma, the end of a line, or the closing brace.
        private mutating func separated(before end: UInt8?) -> Bool {
            skip(lines: false)
            guard let next = rest.first else { return true }
            return next == end || next == UInt8(ascii: "\n") || take(UInt8(ascii: ","))
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest.removeFirst()
            return true
        }

        /// Spaces and comments, and with them the ends of lines.
        private mutating func skip(lines: Bool) {
            while let next = rest.first {
                switch next {
                case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): rest.removeFirst()
                case UInt8(ascii: "\n") where lines: rest.removeFirst()
                case UInt8(ascii: "/") where rest.starts(with: "//".utf8):
                    rest = rest.drop { $0 != UInt8(ascii: "\n") }
                default: return
                }
            }
        }
    }
}

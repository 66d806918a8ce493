/// A node of a file as ``StrictYAML`` accepted it: no anchor, tag, null, empty collection or empty string is left in it,
/// keys are strings and distinct, and every node knows where it stands.
package struct PolicyNode: Sendable {
    package let content: Content
    package let place: PolicyPlace

    package enum Content: Sendable {
        /// In the order of the file.
        case mapping([Member])
        case sequence([PolicyNode])
        case scalar(PolicyScalar)
        /// Something stands here, but it was refused and reported: it is neither missing nor to be reported again.
        case refused
    }

    /// One `key: value` of a mapping.
    package struct Member: Sendable {
        package let key: String
        /// Of the key.
        package let place: PolicyPlace
        package let value: PolicyNode

        package init(key: String, place: PolicyPlace, value: PolicyNode) {
            self.key = key
            self.place = place
            self.value = value
        }
    }

    package init(_ content: Content, place: PolicyPlace) {
        self.content = content
        self.place = place
    }

    /// What the node is, for error messages.
    var kindName: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let scalar): scalar.kind.name
        case .refused: "nothing usable"
        }
    }
}

/// Where something stands in a file. Lines and columns count from 1, columns in Unicode scalars.
public struct PolicyPlace: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var file: String
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, which editors and terminals make a link of.
    public var description: String { "\(file):\(line):\(column)" }

    public static func < (a: PolicyPlace, b: PolicyPlace) -> Bool {
        if !a.file.utf8.elementsEqual(b.file.utf8) { return a.file.utf8.lexicographicallyPrecedes(b.file.utf8) }
        return (a.line, a.column) < (b.line, b.column)
    }
}

/// A scalar and what the YAML 1.2 core schema takes it for (YAML 1.2.2 section 10.3.2).
package struct PolicyScalar: Sendable {
    package let text: String
    package let kind: Kind

    package enum Kind: Sendable, Hashable {
        case string, bool, integer, float, null

        var name: String {
            switch self {
            case .string: "a string"
            case .bool: "a boolean"
            case .integer: "an integer"
            case .float: "a number"
            case .null: "nothing"
            }
        }
    }

    /// A quoted or block scalar is a string whatever it says; a plain one is resolved. Unlike in YAML 1.1 `yes`, `no`,
    /// `on` and `off` are strings, and so are dates.
    init(_ text: String, isPlain: Bool) {
        self.text = text
        self.kind = isPlain ? Self.resolve(Array(text.utf8)) : .string
    }

    /// The tag resolution table of section 10.3.2, row by row.
    private static func resolve(_ text: [UInt8]) -> Kind {
        let isOneOf = { (words: [String]) in words.contains { $0.utf8.elementsEqual(text) } }
        if isOneOf(["null", "Null", "NULL", "~", ""]) { return .null }
        if isOneOf(["true", "True", "TRUE", "false", "False", "FALSE"]) { return .bool }
        if isInteger(text) { return .integer }
        if isFloat(text) || isOneOf([".nan", ".NaN", ".NAN"]) { return .float }
        return .string
    }

    /// `[-+]? [0-9]+`, `0o [0-7]+`, `0x [0-9a-fA-F]+`
    private static func isInteger(_ text: [UInt8]) -> Bool {
        if text.starts(with: "0o".utf8) {
            return text.count > 2 && text.dropFirst(2).allSatisfy { (0x30...0x37).contains($0) }
        }
        if text.starts(with: "0x".utf8) {
            return text.count > 2
                && text.dropFirst(2).allSatisfy {
                    isDigit($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0)
                }
        }
        let digits = unsigned(text)
        return !digits.isEmpty && digits.allSatisfy(isDigit)
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?` and `[-+]? ( \.inf | \.Inf | \.INF )`
    private static func isFloat(_ text: [UInt8]) -> Bool {
        var rest = unsigned(text)
        if [".inf", ".Inf", ".INF"].contains(where: { $0.utf8.elementsEqual(rest) }) { return true }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit)
            guard !whole.isEmpty || !fraction.isEmpty else { return false }
            rest = rest.dropFirst(1 + fraction.count)
        } else if whole.isEmpty {
            return false
        }
        guard let exponent = rest.first else { return true }
        guard exponent | 0x20 == UInt8(ascii: "e") else { return false }
        let digits = unsigned(Array(rest.dropFirst()))
        return !digits.isEmpty && digits.allSatisfy(isDigit)
    }

    private static func unsigned(_ text: [UInt8]) -> ArraySlice<UInt8> {
        text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+") ? text.dropFirst() : text[...]
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// A JSON value to be written: our own records and documents, or a received value that is to be written anew.
///
/// Literals build one: `["name": "ledger", "size": 12, "tags": ["a", "b"]]`.
public enum JSONTree: Sendable {
    /// Members in no order: every way of writing sorts them.
    case object([ExactString: JSONTree])
    case array([JSONTree])
    case string(String)
    case integer(Int64)
    /// A number that ``integer(_:)`` cannot hold as it was received: with a fraction, an exponent, or too many digits.
    case number(JSONNumber)
    case bool(Bool)
    case null

    /// An object of those members that have a value.
    public init(members: KeyValuePairs<ExactString, JSONTree?>) {
        var object: [ExactString: JSONTree] = [:]
        object.reserveCapacity(members.count)
        for (key, value) in members { object[key] = value }
        self = .object(object)
    }

    /// An array of strings.
    public init(strings: some Sequence<String>) { self = .array(strings.map(JSONTree.string)) }

    /// A received value. Nil if it holds a number beyond the range of a double, which RFC 8785 cannot write.
    public init?(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .bool: self = .bool(value.bool == true)
        case .string: self = .string(value.string ?? "")
        case .number:
            guard let literal = value.numberLiteral, let number = JSONNumber(literal: literal) else { return nil }
            // -0 is no integer: it would come back without its sign.
            if let integer = Int64(literal), literal != "-0" {
                self = .integer(integer)
            } else {
                self = .number(number)
            }
        case .array:
            guard let elements = value.array else { return nil }
            var array: [JSONTree] = []
            array.reserveCapacity(elements.count)
            for element in elements {
                guard let tree = JSONTree(element) else { return nil }
                array.append(tree)
            }
            self = .array(array)
        case .object:
            guard let members = value.object else { return nil }
            var object: [ExactString: JSONTree] = [:]
            object.reserveCapacity(members.count)
            for (key, value) in members {
                guard let tree = JSONTree(value) else { return nil }
                object[ExactString(key)] = tree
            }
            self = .object(object)
        }
    }

    /// An object's member of this name; nil if there is none, or if this is no object.
    public subscript(_ key: String) -> JSONTree? {
        if case .object(let members) = self { members[ExactString(key)] } else { nil }
    }
}

/// A number as its JSON literal, within the range of a double.
public struct JSONNumber: Sendable, Hashable {
    /// The literal as received.
    public let literal: String
    /// The nearest double; finite.
    public let value: Double

    /// Nil if the literal is not of RFC 8259's grammar, or is beyond the range of a double.
    public init?(literal: String) {
        let text = Array(literal.utf8)
        let isNumber = text.withUnsafeBufferPointer { text in
            guard let base = text.baseAddress, text.count > 0 else { return false }
            let scanned = Result { () throws(JSONError) in
                try JSONScanner(base: base, end: text.count).number(from: 0)
            }
            return (try? scanned.get()) == text.count
        }
        guard isNumber, let value = Double(literal), value.isFinite else { return nil }
        self.literal = literal
        self.value = value
    }
}

extension JSONTree: Equatable {
    /// Whether kinds and contents are the same; strings by their bytes, numbers by their literals.
    public static func == (left: JSONTree, right: JSONTree) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.string(let left), .string(let right)): ExactString(left) == ExactString(right)
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.null, .null): true
        default: false
        }
    }
}

extension JSONTree: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringInterpolation,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    /// An object; of members with the same name the last counts.
    public init(dictionaryLiteral members: (ExactString, JSONTree)...) {
        var object: [ExactString: JSONTree] = [:]
        object.reserveCapacity(members.count)
        for (key, value) in members { object[key] = value }
        self = .object(object)
    }

    /// An array.
    public init(arrayLiteral elements: JSONTree...) { self = .array(elements) }

    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }

    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }

    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

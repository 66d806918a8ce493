public import Content
public import StrictEncoding

/// Someone trusted has attested what the conditions ask for, in a statement of one of these types.
public struct AttestationRule: Sendable, Hashable {
    public let by: SignerThreshold
    /// Predicate types, byte for byte.
    public let types: [ExactString]
    public let match: Cardinality
    /// Where the statement says when what it is about was done. Given exactly if ``newestAge`` is.
    public let time: FieldPath?
    /// Seconds between that time and the decision. Given with ``Cardinality/latest``.
    public let newestAge: Int64?
    /// Every one has to hold; none where the type alone will do.
    public let conditions: [FieldCondition]
}

/// A condition on the values at one path of the predicate.
///
/// Nothing absent satisfies one, and `null` is absent (in-toto v1 "Parsing rules"). Only ``FieldTest/absent`` asks for
/// that.
public struct FieldCondition: Sendable, Hashable {
    public let field: FieldPath
    public let test: FieldTest
}

/// What a field has to be. A value of another type than the test is about never satisfies it.
public enum FieldTest: Sendable, Hashable {
    /// Equal to one of these.
    case oneOf([FieldValue])
    /// A string that one of these matches.
    case glob([Glob])
    case atLeast(ExactNumber, literal: String)
    case atMost(ExactNumber, literal: String)
    case above(ExactNumber, literal: String)
    case below(ExactNumber, literal: String)
    /// A time of RFC 3339 that comes first.
    case before(Instant)
    case after(Instant)
    /// A time of RFC 3339 from this many seconds before the decision to the decision.
    case newestAge(Int64)
    case present
    case absent
    /// A string that the expression accounts for, from its first character to its last.
    case insecureRegex(BoundedRegex)
}

/// A value that a policy compares fields with.
public enum FieldValue: Sendable, Hashable {
    /// Compared as bytes.
    case string(ExactString)
    /// Compared by value.
    case number(ExactNumber, literal: ExactString)
    case bool(Bool)

    /// Whether a received value is of the same type and equal.
    func equals(_ value: JSONValue) -> Bool {
        switch self {
        case .string(let text): value.isIdentical(to: text.value)
        case .number(let number, _): value.numberLiteral.flatMap { ExactNumber(literal: $0) } == number
        case .bool(let bool): value.bool == bool
        }
    }

    public static func == (a: FieldValue, b: FieldValue) -> Bool {
        switch (a, b) {
        case (.string(let a), .string(let b)): a == b
        case (.number(let a, _), .number(let b, _)): a == b
        case (.bool(let a), .bool(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let text): hasher.combine(text)
        case .number(let number, _): hasher.combine(number)
        case .bool(let bool): hasher.combine(bool)
        }
    }

    /// As JSON writes it, for people.
    var text: String {
        switch self {
        case .string(let text): text.value
        case .number(_, let literal): literal.value
        case .bool(let bool): bool ? "true" : "false"
        }
    }
}

/// Where in a predicate a value stands: names of members, and `*` for every element of an array or member of an object.
public struct FieldPath: Sendable, Hashable, CustomStringConvertible {
    public enum Step: Sendable, Hashable {
        case member(ExactString)
        case every
    }
    /// At least one.
    public let steps: [Step]

    /// Most steps of a path. The deepest fields of the predicate types that in-toto lists are 7 deep.
    static let mostSteps = 16

    init(_ steps: [Step]) { self.steps = steps }

    var hasWildcard: Bool { steps.contains(.every) }

    /// Dotted; a name that holds a dot or is no plain word stands in brackets. For people.
    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .every: text += text.isEmpty ? "*" : ".*"
            case .member(let name):
                let isPlain = !name.utf8.contains(UInt8(ascii: ".")) && !name.utf8.contains(UInt8(ascii: "*"))
                text += isPlain ? (text.isEmpty ? "" : ".") + name.value : "[\"" + name.value + "\"]"
            }
        }
        return text
    }

    /// The values there are at the path, and how many places lack one.
    ///
    /// A place lacks a value where a member is missing or `null`, where something else than an object or array stands
    /// in the way, and where `*` finds nothing to stand for. Takes time in proportion to the size of the predicate.
    func values(in predicate: JSONValue?) -> (found: [JSONValue], lacking: Int) {
        guard let predicate, !predicate.isNull else { return ([], 1) }
        var found = [predicate]
        var lacking = 0
        for step in steps {
            var next: [JSONValue] = []
            next.reserveCapacity(found.count)
            for value in found {
                var isAny = false
                func reach(_ value: JSONValue) {
                    isAny = true
                    if value.isNull { lacking += 1 } else { next.append(value) }
                }
                switch step {
                case .member(let name): if let member = value.object?[name.value] { reach(member) }
                case .every:
                    if let array = value.array {
                        for element in array { reach(element) }
                    } else if let object = value.object {
                        for member in object { reach(member.value) }
                    }
                }
                if !isAny { lacking += 1 }
            }
            found = next
        }
        return (found, lacking)
    }
}

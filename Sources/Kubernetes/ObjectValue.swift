import StrictEncoding

/// A JSON value as the walk over an object needs it: of a manifest, which may have been YAML, or of a request, where it is
/// a view into the bytes as they were received.
protocol ObjectValue: Sendable {
    var isObject: Bool { get }
    var isNull: Bool { get }
    /// Of a string.
    var text: String? { get }
    /// Of an array.
    var elements: [Self]? { get }
    /// Of an object, in a stable order; none for any other value.
    var members: [(key: ExactString, value: Self)] { get }
    /// The member of an object, by the bytes of its name.
    subscript(_ key: String) -> Self? { get }
}

extension JSONTree: ObjectValue {
    var isObject: Bool { if case .object = self { true } else { false } }
    var isNull: Bool { if case .null = self { true } else { false } }
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var elements: [JSONTree]? { if case .array(let elements) = self { elements } else { nil } }
    var members: [(key: ExactString, value: JSONTree)] {
        guard case .object(let members) = self else { return [] }
        return members.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    }
}

extension JSONValue: ObjectValue {
    var isObject: Bool { kind == .object }
    var text: String? { string }
    var elements: [JSONValue]? { array.map(Array.init) }
    var members: [(key: ExactString, value: JSONValue)] {
        object?.map { (key: ExactString($0.key), value: $0.value) } ?? []
    }
}

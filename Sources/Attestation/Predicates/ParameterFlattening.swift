import StrictEncoding

/// Turns a JSON object of parameters into a list of names and values, so that a rule can say of each whether it is
/// allowed.
///
/// - A member of an object adds `.name`, an element of an array `[0]`. A name that is empty or holds `.`, `[`, `]`, `"`,
///   `\` or a control character adds `["name"]` with the name as a JSON string. So two different places never get one
///   name, and none can pass for another.
/// - A string is its own value, a number or truth value is its RFC 8785 text.
/// - `null`, `{}` and `[]` give nothing: SLSA has unset, null and empty mean the same. An empty string is kept, because
///   an empty build argument is not an absent one.
struct ParameterFlattening {
    private var parameters: [Provenance.ExternalParameter] = []
    private var visited = 0

    /// Of all values below the parameters, those that give nothing included. A workflow has at most some tens of inputs
    /// and a build some hundreds of arguments.
    static let maximumCount = 10_000
    /// In bytes. Names repeat their parents, so without a bound a small document could become a large list.
    static let maximumNameByteCount = 4_096

    /// All members of an object, which may be absent.
    static func flatten(_ reader: PredicateReader?) throws(ProvenanceError) -> [Provenance.ExternalParameter] {
        guard let reader else { return [] }
        var flattening = ParameterFlattening()
        try flattening.add(reader.object, under: "", except: [])
        return flattening.sorted()
    }

    /// The members of an object under a prefix, leaving out those of these names.
    mutating func add(_ object: JSONObject, under prefix: String, except: [ExactString]) throws(ProvenanceError) {
        for (key, value) in object where !except.contains(ExactString(key)) {
            try add(value, name: Self.name(of: key, under: prefix))
        }
    }

    /// A list of `{"name": …, "value": …}`, each under its name: what Kubernetes writes for a map. Any other value, and a
    /// list in which a name occurs twice or an element has further members, is added as what it is.
    mutating func add(namedValues value: JSONValue, name: String) throws(ProvenanceError) {
        var members: [(name: String, value: JSONValue)] = []
        var seen: Set<ExactString> = []
        guard let array = value.array, array.count <= Self.maximumCount else { return try add(value, name: name) }
        for element in array {
            guard let object = element.object, object.count == 2, let key = object["name"]?.string,
                let value = object["value"], seen.insert(ExactString(key)).inserted
            else { return try add(value, name: name) }
            members.append((key, value))
        }
        try visit()
        for member in members {
            try visit()
            try add(member.value, name: Self.name(of: member.name, under: name))
        }
    }

    /// A string that is no member of any object.
    mutating func add(_ value: String, name: String) throws(ProvenanceError) {
        try visit()
        parameters.append(Provenance.ExternalParameter(name: ExactString(name), value: ExactString(value)))
    }

    /// By the bytes of the name.
    func sorted() -> [Provenance.ExternalParameter] { parameters.sorted { $0.name < $1.name } }

    /// Recursion is bounded by the depth that the JSON parser accepts.
    private mutating func add(_ value: JSONValue, name: String) throws(ProvenanceError) {
        switch value.kind {
        case .null: try visit()
        case .object:
            try visit()
            if let object = value.object { try add(object, under: name, except: []) }
        case .array:
            try visit()
            var position = 0
            guard let array = value.array else { return }
            for element in array {
                try add(element, name: Self.bounded(name + "[" + String(position) + "]"))
                position += 1
            }
        case .string: try add(value.string ?? "", name: name)
        case .number, .bool:
            guard let tree = JSONTree(value) else { throw .malformed(name, expected: "a number in range") }
            try add(String(decoding: tree.canonicalBytes(), as: UTF8.self), name: name)
        }
    }

    private mutating func visit() throws(ProvenanceError) {
        guard visited < Self.maximumCount else { throw .tooMany("external parameters", limit: Self.maximumCount) }
        visited += 1
    }

    private static func name(of key: String, under prefix: String) throws(ProvenanceError) -> String {
        // Before anything is built from it.
        _ = try bounded(key)
        if key.utf8.isEmpty || key.utf8.contains(where: needsQuotes) {
            return try bounded(
                prefix + "[" + String(decoding: JSONTree.string(key).canonicalBytes(), as: UTF8.self) + "]")
        }
        return try bounded(prefix.isEmpty ? key : prefix + "." + key)
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte < 0x20 || [".", "[", "]", "\"", "\\"].contains(Unicode.Scalar(byte))
    }

    private static func bounded(_ name: String) throws(ProvenanceError) -> String {
        guard name.utf8.count <= maximumNameByteCount else { throw .parameterNameTooLong(limit: maximumNameByteCount) }
        return name
    }
}

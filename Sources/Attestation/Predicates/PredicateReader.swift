import StrictEncoding

/// Reads the members of a predicate and knows, for messages, where it is.
///
/// `null` is the same as absent, as the parsing rules of SLSA and in-toto have it. A member of another kind than asked
/// for is an error, never a nil: a claim that cannot be read must not pass for a claim that was not made.
struct PredicateReader {
    let object: JSONObject
    /// Dotted, from the predicate on; empty for the predicate itself.
    let path: String

    init(predicate: JSONValue?) throws(ProvenanceError) {
        guard let object = predicate?.object else { throw .malformed("predicate", expected: "an object") }
        self.object = object
        path = ""
    }

    private init(object: JSONObject, path: String) {
        self.object = object
        self.path = path
    }

    /// The member of this name, unless it is absent or `null`.
    subscript(_ name: String) -> JSONValue? {
        object[name].flatMap { $0.isNull ? nil : $0 }
    }

    func object(_ name: String) throws(ProvenanceError) -> PredicateReader? {
        guard let value = self[name] else { return nil }
        guard let object = value.object else { throw .malformed(place(name), expected: "an object") }
        return PredicateReader(object: object, path: place(name))
    }

    /// A string. The empty one comes back as such: whether it counts as unset is for the caller to say.
    func string(_ name: String) throws(ProvenanceError) -> ExactString? {
        guard let value = self[name] else { return nil }
        guard let text = value.exact else { throw .malformed(place(name), expected: "a string") }
        return text
    }

    /// A string, nil if it is absent or empty.
    func text(_ name: String) throws(ProvenanceError) -> ExactString? {
        try string(name).flatMap { $0.utf8.isEmpty ? nil : $0 }
    }

    /// A string or a number, nil if it is absent or empty: some builders write the number of a run as one, some as the
    /// other.
    func word(_ name: String) throws(ProvenanceError) -> ExactString? {
        guard let value = self[name], value.kind == .number else { return try text(name) }
        guard let tree = JSONTree(value) else { throw .malformed(place(name), expected: "a number in range") }
        return ExactString(String(decoding: tree.canonicalBytes(), as: UTF8.self))
    }

    /// The text of the first of these members that is set.
    func text(_ name: String, or other: String) throws(ProvenanceError) -> ExactString? {
        if let found = try text(name) { return found }
        return try text(other)
    }

    /// A time in RFC 3339.
    func time(_ name: String) throws(ProvenanceError) -> Instant? {
        guard let text = try text(name) else { return nil }
        guard let instant = Instant(rfc3339: text.value) else { throw .malformedTime(place(name), text) }
        return instant
    }

    /// A digest set: algorithm name to digest, as stated.
    func digests(_ name: String) throws(ProvenanceError) -> [ExactString: ExactString] {
        var digests: [ExactString: ExactString] = [:]
        guard let set = try object(name) else { return digests }
        guard set.object.count <= Statement.maximumDigests else {
            throw .tooMany(set.path, limit: Statement.maximumDigests)
        }
        for (algorithm, value) in set.object where !value.isNull {
            guard let text = value.exact else { throw .malformed(set.place(algorithm), expected: "a string") }
            if !text.utf8.isEmpty { digests[ExactString(algorithm)] = text }
        }
        return digests
    }

    /// The objects of an array; empty if it is absent.
    func objects(_ name: String, limit: Int) throws(ProvenanceError) -> [PredicateReader] {
        guard let value = self[name] else { return [] }
        guard let array = value.array else { throw .malformed(place(name), expected: "an array") }
        guard array.count <= limit else { throw .tooMany(place(name), limit: limit) }
        var readers: [PredicateReader] = []
        readers.reserveCapacity(array.count)
        for element in array {
            let place = place(name) + "[" + String(readers.count) + "]"
            guard let object = element.object else { throw .malformed(place, expected: "an object") }
            readers.append(PredicateReader(object: object, path: place))
        }
        return readers
    }

    /// The strings of an array, none empty; nil if it is absent.
    func texts(_ name: String, limit: Int) throws(ProvenanceError) -> [ExactString]? {
        guard let value = self[name] else { return nil }
        guard let array = value.array else { throw .malformed(place(name), expected: "an array") }
        guard array.count <= limit else { throw .tooMany(place(name), limit: limit) }
        var texts: [ExactString] = []
        for element in array {
            guard let text = element.exact, !text.utf8.isEmpty else {
                throw .malformed(place(name) + "[" + String(texts.count) + "]", expected: "a non-empty string")
            }
            texts.append(text)
        }
        return texts
    }

    func place(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
}

import StrictEncoding

/// Names and texts that someone attached: annotations of a document or descriptor (image-spec "Annotations"), labels
/// of a configuration, which follow the same rules. Claims of whoever wrote them.
///
/// Names are compared as bytes. A `Dictionary` of `String`s would merge names that differ in bytes but are
/// canonically equivalent, and find a name by its look-alike.
public struct Annotations: Sendable, Hashable {
    private var texts: [ExactString: ExactString] = [:]

    /// None.
    public init() {}

    /// The text of exactly this name; nil if there is none.
    public subscript(name: String) -> String? {
        get { texts[ExactString(name)]?.value }
        set { texts[ExactString(name)] = newValue.map { ExactString($0) } }
    }

    /// Whether there is one of this name with exactly these bytes.
    public func has(_ name: String, _ text: String) -> Bool { texts[ExactString(name)] == ExactString(text) }

    /// Whether there are none.
    public var isEmpty: Bool { texts.isEmpty }
    /// How many names there are.
    public var count: Int { texts.count }
}

extension Annotations: Sequence {
    /// Sorted by the bytes of the names, so that whatever is made of them comes out the same.
    public func makeIterator() -> IndexingIterator<[(name: String, text: String)]> {
        texts.sorted { $0.key < $1.key }.map { (name: $0.key.value, text: $0.value.value) }.makeIterator()
    }
}

extension Annotations: ExpressibleByDictionaryLiteral {
    /// Of a name that is there twice the last text counts.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, text) in elements { self[name] = text }
    }
}

/// A JSON text (RFC 8259) that was received, checked whole, and kept byte for byte.
///
/// After a successful `init` the following hold, so nothing that reads the document has to check them again:
/// - the text is exactly one JSON value, with nothing but whitespace around it, and has no byte order mark;
/// - every string is well-formed UTF-8 (RFC 3629), every `\u` surrogate escape is half of a pair;
/// - no object has two members of the same name, names being compared as decoded bytes;
/// - it is no longer and no deeper nested than the limits.
///
/// Two readers of one document can therefore not come to two readings, which is what signature checks rely on.
///
/// It is a class because each ``JSONValue`` is a view into it: values are two words and never copy the text.
/// The memory used beside the text is at most twelve bytes for each of its bytes, and for documents in practice
/// about half of their size.
public final class JSONDocument: Sendable {
    /// The text as received.
    public let bytes: [UInt8]

    /// One or two words for each value in document order, see ``JSONWord``.
    let words: [UInt64]

    /// Parses a whole text.
    ///
    /// - Throws: the first thing wrong with it, in document order. Duplicate names are found at the end of their
    ///   object.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        self.words = try JSONParser.index(of: bytes, limits: limits)
        self.bytes = bytes
    }

    /// The value that the text consists of.
    public var root: JSONValue { JSONValue(document: self, index: 0) }
}

/// What a text may cost before it is refused.
public struct JSONLimits: Sendable, Hashable {
    /// The longest text, in bytes. More than 1,073,741,823 (one byte under 1 GiB) counts as that: an index word has
    /// 30 bits for an offset.
    public var bytes: Int

    /// How deep arrays and objects may be nested; `[[]]` is 2 deep. More than 1,024 counts as that, so that recursive
    /// readers of a document need no limit of their own.
    public var depth: Int

    /// 128 MiB and 128 levels. Sigstore's and Kubernetes' documents need 20 levels at the most.
    public static let standard = JSONLimits(bytes: 128 << 20, depth: 128)

    /// Limits of one's own.
    public init(bytes: Int = 128 << 20, depth: Int = 128) {
        self.bytes = bytes
        self.depth = depth
    }

    /// The limit that is applied: ``bytes`` cut to what an index word can hold.
    var effectiveBytes: Int { min(bytes, JSONWord.largestOffset) }

    /// The limit that is applied: ``depth`` cut to what recursion can bear.
    var effectiveDepth: Int { min(depth, Self.deepest) }

    /// No reader goes deeper, whatever ``depth`` says: who walks a document by recursion is safe.
    public static let deepest = 1_024
}

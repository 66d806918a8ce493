/// A media type, compared as bytes after its parameters are cut off (RFC 6838 section 4.2; RFC 9110 section 8.3.1).
///
/// Type and subtype are case-insensitive there, but every writer of the types this product reads uses lower case, and
/// accepting another spelling would let two readers disagree about one document: another case is another type.
public struct MediaType: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let description: String

    public init(_ text: String) {
        let bare = text.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        description = String(bare) ?? text
    }

    public init(stringLiteral text: String) { self.init(text) }

    public static func == (a: MediaType, b: MediaType) -> Bool { a.description.utf8.elementsEqual(b.description.utf8) }
    public func hash(into hasher: inout Hasher) {
        for byte in description.utf8 { hasher.combine(byte) }
    }
}

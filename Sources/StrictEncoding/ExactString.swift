/// A string that equals, hashes and sorts by its UTF-8 bytes.
///
/// Swift's own `==` follows Unicode's canonical equivalence, under which the composed and the decomposed form of é are
/// equal. For names, identities and digests that would let one party pass for another.
public struct ExactString: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The string itself.
    public let value: String

    /// The string, from now on compared by its bytes.
    public init(_ value: String) { self.value = value }

    /// A string literal.
    public init(stringLiteral value: String) { self.value = value }

    /// The string itself.
    public var description: String { value }

    /// The bytes that are compared.
    public var utf8: String.UTF8View { value.utf8 }

    /// Whether the bytes are the same.
    public static func == (left: ExactString, right: ExactString) -> Bool {
        left.withBytes { left in right.withBytes { right in ByteOrder.equal(left, right) } }
    }

    /// Whether the bytes come first in lexicographic order.
    public static func < (left: ExactString, right: ExactString) -> Bool {
        left.withBytes { left in right.withBytes { right in ByteOrder.compare(left, right) < 0 } }
    }

    /// Feeds the bytes, and one that no UTF-8 holds, so that neighbours in a composite stay apart.
    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }

    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        var value = value
        return value.withUTF8(body)
    }
}

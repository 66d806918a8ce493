/// A password or token that no description, dump or error can show.
///
/// The text is reached by name only, ``revealed``, so that every place that uses it can be found.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself.
    public let revealed: String

    /// Wraps a text.
    public init(_ text: String) { revealed = text }

    /// Says nothing of the text, not even its length.
    public var description: String { "<redacted>" }
    /// As ``description``.
    public var debugDescription: String { description }
    /// Without children: `dump` and mirrors of values that hold a secret show nothing either.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Compares bytes, not Unicode's canonical equivalence.
    public static func == (left: Secret, right: Secret) -> Bool {
        left.revealed.utf8.elementsEqual(right.revealed.utf8)
    }

    /// Hashes bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(revealed.utf8.count)
        for byte in revealed.utf8 { hasher.combine(byte) }
    }
}

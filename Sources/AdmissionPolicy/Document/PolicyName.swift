import StrictEncoding

/// `source/name`. Teams are told apart by the source, which whoever loads the policy states; never by what the document
/// says of itself.
public struct PolicyName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let source: String
    public let name: String

    public init(source: String, name: String) {
        self.source = source
        self.name = name
    }

    public var description: String { source + "/" + name }

    // Names are ASCII when they come from a loaded document; spelled out so that they are compared as bytes anyway.
    public static func == (a: PolicyName, b: PolicyName) -> Bool {
        a.source.utf8.elementsEqual(b.source.utf8) && a.name.utf8.elementsEqual(b.name.utf8)
    }
    public static func < (a: PolicyName, b: PolicyName) -> Bool {
        a.source.utf8.elementsEqual(b.source.utf8)
            ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
            : a.description.utf8.lexicographicallyPrecedes(b.description.utf8)
    }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(ExactString(source))
        hasher.combine(ExactString(name))
    }
}

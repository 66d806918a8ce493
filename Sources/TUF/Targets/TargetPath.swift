import Content
import Findings
public import StrictEncoding

/// The path of a target file (section 4.5): slashes between components that a file system and a URL both take as they
/// are. It can be joined to a directory or to a base address without leaving it.
public struct TargetPath: Sendable, Hashable, CustomStringConvertible {
    /// The path as written.
    public let text: ExactString
    /// SHA-256 of the path's bytes, by which hash bins are chosen.
    let hash: Digest

    /// The longest path, in bytes.
    public static let longest = 1_024
    /// The longest component, in bytes: with a hash before it, it is still a file name.
    public static let longestComponent = 120

    /// - Throws: ``TUFError/refusedTargetPath(_:)`` for an empty path, an empty component (so for a slash at either end),
    ///   `.` and `..`, a backslash, a control character, and what is too long.
    public init(_ text: String) throws(TUFError) {
        let components = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isSafe =
            text.utf8.count <= Self.longest
            && components.allSatisfy { component in
                !component.isEmpty && component.count <= Self.longestComponent && !component.elementsEqual(".".utf8)
                    && !component.elementsEqual("..".utf8)
            }
            && text.unicodeScalars.allSatisfy { $0 != "\\" && $0.properties.generalCategory != .control }
        guard isSafe else { throw .refusedTargetPath(text) }
        self.text = ExactString(text)
        hash = Digest(of: Array(text.utf8))
    }

    /// The path as written.
    public var description: String { text.value }

    /// The path of the file whose name begins with its hash (section 6.2): `dir/HASH.file`.
    func prefixed(with digest: Digest) -> String {
        guard let slash = text.value.utf8.lastIndex(of: UInt8(ascii: "/")) else { return digest.hex + "." + text.value }
        let name = text.value.utf8.index(after: slash)
        return String(text.value[..<name]) + digest.hex + "." + String(text.value[name...])
    }
}

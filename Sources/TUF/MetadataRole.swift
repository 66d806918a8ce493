import Findings
public import StrictEncoding

/// Who says something in a repository (specification section 2.1): one of the four top-level roles, or a role that
/// targets metadata delegates to.
public enum MetadataRole: Sendable, Hashable {
    /// Says which keys count for the top-level roles.
    case root
    /// Says which snapshot is the newest; signed anew most often.
    case timestamp
    /// Says which versions of all targets metadata belong together.
    case snapshot
    /// Says which target files there are, or who may say so.
    case targets
    /// A role with a name of the delegating role's choice.
    case delegated(ExactString)

    /// The longest name of a delegated role, in bytes: escaped, with a version, it fits into a file name.
    public static let longestName = 64

    /// A delegated role. Nil for the empty name, for one beyond ``longestName``, and for the names of top-level roles:
    /// a delegation to one of those would be a second authority over its file.
    init?(delegatedName name: String) {
        let reserved = ["root", "timestamp", "snapshot", "targets"]
        guard (1...Self.longestName).contains(name.utf8.count),
            !reserved.contains(where: { $0.utf8.elementsEqual(name.utf8) })
        else { return nil }
        self = .delegated(ExactString(name))
    }

    /// The name as metadata writes it.
    public var name: String {
        switch self {
        case .root: "root"
        case .timestamp: "timestamp"
        case .snapshot: "snapshot"
        case .targets: "targets"
        case .delegated(let name): name.value
        }
    }

    /// The name under which snapshot metadata lists the role's file.
    var listedName: ExactString { ExactString(name + ".json") }

    /// The name of the role's file where no version is part of it: in a client's store, and in a repository without
    /// consistent snapshots. One path component, whatever the role is called: all but letters, digits and `-._~` is
    /// percent-encoded.
    public var fileName: String { Self.escaped(name) + ".json" }

    /// The name of the role's file in a repository with consistent snapshots (section 6.2), and of every root.
    func fileName(version: Int) -> String { String(version) + "." + fileName }

    /// RFC 3986 section 2.1 over the UTF-8 bytes.
    private static func escaped(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                text += "%" + Hex.encode(CollectionOfOne(byte)).uppercased()
            }
        }
        return text
    }
}

extension MetadataRole: CustomStringConvertible {
    /// As messages write it.
    public var description: String {
        switch self {
        case .root, .timestamp, .snapshot, .targets: name
        case .delegated(let name): "delegated role " + Finding.quoted(name.value, limit: 64)
        }
    }
}

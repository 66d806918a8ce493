import Findings
import StrictEncoding

/// Where a repository is on the network.
///
/// What a server says proves nothing, encrypted or not. Encryption keeps from those on the way what is asked for, so it is
/// left out for addresses of this machine only.
public struct RepositoryAddress: Sendable, Hashable {
    /// The address below which metadata lies, without a slash at its end.
    public let metadata: String
    /// The address below which target files lie, likewise.
    public let targets: String

    /// - Parameters:
    ///   - metadata: as in `https://tuf.example/metadata`.
    ///   - targets: `targets` below `metadata` unless stated.
    public init(metadata: String, targets: String? = nil) throws(RepositoryAddressError) {
        self.metadata = try Self.checked(metadata)
        self.targets = try Self.checked(targets ?? self.metadata + "/targets")
    }

    /// Bytes; no server needs more.
    static let longest = 2_048

    /// `https://` and a host; `http://` only to this machine. No user information, which could look like a host, no query
    /// and no fragment, because names of files are put behind it.
    private static func checked(_ text: String) throws(RepositoryAddressError) -> String {
        guard (1...longest).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            !text.utf8.contains(where: { "?#@\\\"<>".utf8.contains($0) })
        else { throw RepositoryAddressError(found: text) }
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, parts[1].isEmpty, !parts[2].isEmpty else { throw RepositoryAddressError(found: text) }
        switch ExactString(parts[0]) {
        case "https:": break
        case "http:":
            guard isThisMachine(parts[2]) else { throw RepositoryAddressError(found: text) }
        default: throw RepositoryAddressError(found: text)
        }
        var address = text
        while address.hasSuffix("/") { address.removeLast() }
        return address
    }

    /// A loopback address and a port, or none. Names are left out but for the one that RFC 6761 keeps for this machine.
    private static func isThisMachine(_ authority: String) -> Bool {
        ["127.0.0.1", "localhost", "[::1]"].contains { host in
            guard authority.hasPrefix(host) else { return false }
            let rest = authority.dropFirst(host.count)
            return rest.isEmpty || rest.first == ":" && rest.dropFirst().allSatisfy(\.isNumber)
        }
    }
}

/// Text is no address of a repository.
public struct RepositoryAddressError: Error, Equatable, Sendable {
    /// What was found.
    public let found: String

    public init(found: String) { self.found = found }

    /// One line for people.
    public var message: String {
        "expected an address that begins with https:// (http:// for this machine alone), without user, query and fragment, "
            + "found \(Finding.quoted(found))"
    }
}

import Findings
import HTTPTransport
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

    /// Bytes; no server needs more, and names of files are put behind it.
    private static let longest = 2_048

    /// No query and no fragment: names of files are put behind the address.
    private static func checked(_ text: String) throws(RepositoryAddressError) -> String {
        guard text.utf8.count <= longest, !text.utf8.contains(UInt8(ascii: "#")),
            let url = try? WebURL(parsing: text), url.query == nil, url.scheme == .https || isThisMachine(url.host)
        else { throw RepositoryAddressError(found: text) }
        var address = url.description
        while address.hasSuffix("/") { address.removeLast() }
        return address
    }

    /// A loopback address, or the name that RFC 6761 keeps for this machine.
    private static func isThisMachine(_ host: String) -> Bool {
        ExactString(host) == "localhost" || NetworkAddress(host)?.kind == .loopback
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

/// Somebody who was let in, and what showed who it is.
///
/// Made by the server only. A surface passes ``identity`` on into the record.
public struct Caller: Sendable, Hashable {
    /// What showed it.
    public enum Proof: String, Sendable {
        /// Nothing: the surface was opened by an option that is spelled `insecure…`.
        case none
        /// A client certificate that an authority of the listener vouches for.
        case certificate
        /// A bearer token that an issuer of the surface signed.
        case token
        /// A header that only who knows the secret can send.
        case sharedSecret = "shared-secret"
        /// The user of the process at the other end of a Unix socket, as the kernel says.
        case unixUser = "unix-user"
    }

    public let proof: Proof
    /// `spiffe://…`, `dns:…`, `token:SUBJECT@ISSUER`, `secret:NAME`, `unix:UID`, or `unauthenticated`.
    public let identity: String

    package init(_ proof: Proof, identity: String) {
        self.proof = proof
        self.identity = identity
    }

    /// How records name who was not asked.
    public static let unauthenticatedIdentity = "unauthenticated"
}

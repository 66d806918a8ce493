public import Content
public import StrictEncoding

/// A break-glass pass of which approvers' signatures were verified: what its signed bytes say, and whose keys signed
/// those very bytes. Whether it has effect is for the guardrails to say.
public struct BreakGlassFacts: Sendable, Hashable {
    /// Digest of the signed bytes.
    public var pass: Digest
    /// By which people speak of it.
    public var id: String
    /// The only digest that it is for.
    public var image: Digest
    /// The only namespace.
    public var namespace: String
    /// The first instant at which it has effect.
    public var notBefore: Instant
    /// The first instant at which it has none any more.
    public var expires: Instant
    public var reason: String
    public var ticket: String?
    /// Distinct, sorted.
    public var signers: [SignerIdentity]

    public init(
        pass: Digest, id: String, image: Digest, namespace: String, notBefore: Instant, expires: Instant,
        reason: String, ticket: String?, signers: [SignerIdentity]
    ) {
        self.pass = pass
        self.id = id
        self.image = image
        self.namespace = namespace
        self.notBefore = notBefore
        self.expires = expires
        self.reason = reason
        self.ticket = ticket
        self.signers = signers
    }
}

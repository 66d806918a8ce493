public import Content
public import StrictEncoding

/// A dated, owned, narrow waiver: one requirement of one policy, for named namespaces and image digests.
///
/// Made only by ``PolicySet/load(_:)``. What it says has effect only where every matching guardrail permits it; without
/// a guardrail none has. It never touches a guardrail, a denial, the image's integrity, or what is undecided.
public struct PolicyException: Sendable {
    public let name: PolicyName
    /// Who answers for it; a guardrail may demand that it is stated.
    public let owner: String?
    public let waives: WaivableRule
    /// As they are written: no patterns.
    public let namespaces: [String]
    public let images: [ExceptedImage]
    /// The first instant at which it has effect.
    public let from: Instant
    /// The first instant at which it has none any more.
    public let expires: Instant
    public let reason: String?
    public let ticket: String?
    /// Of the file that holds the document, byte for byte.
    public let fileDigest: Digest
    /// Where the document begins.
    public let place: PolicyPlace

    /// How long it has effect, in seconds.
    public var duration: Int64 { expires.secondsSince1970 - from.secondsSince1970 }
}

/// An image under its name.
public struct ExceptedImage: Sendable, Hashable {
    /// `registry/repository`
    public let name: String
    public let digest: Digest
}

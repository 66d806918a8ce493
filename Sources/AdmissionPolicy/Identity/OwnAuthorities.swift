public import Content
public import PKI
import StrictEncoding

/// The certificate authorities of an organisation's own that a signer's certificates have to come from, what these have to
/// be for, and at which time they have to hold.
public struct OwnAuthorities: Sendable, Hashable {
    /// What a certificate has to be for.
    public enum Usage: Sendable, Hashable {
        /// Its extended key usage has to name this one, by its object identifier.
        case extendedKeyUsage(String)
        /// A workload's: X509-SVID of the SPIFFE specification.
        case spiffe
    }

    /// When the chain has to hold.
    public enum Time: String, Sendable, CaseIterable {
        /// At every time that a trusted root proves the signature to have been there; one at least has to.
        case timestamped
        /// When the decision is made. For certificates that live as long as what they sign.
        case now
    }

    /// Each an anchor by itself; distinct, sorted by their bytes, never empty.
    public let certificates: [Certificate]
    public let usage: Usage
    public let time: Time
    /// Names all of this: SHA-256 over the RFC 8785 form of the certificates' fingerprints, the usage and the time.
    public let digest: Digest

    public init(certificates: some Sequence<Certificate>, usage: Usage, time: Time) {
        self.certificates = Set(certificates).sorted { $0.der.lexicographicallyPrecedes($1.der) }
        self.usage = usage
        self.time = time
        let use: JSONTree =
            switch usage {
            case .extendedKeyUsage(let oid): .string(oid)
            case .spiffe: "spiffe"
            }
        digest = Digest(
            of: ([
                "certificates": JSONTree(strings: self.certificates.map(\.fingerprint)), "usage": use,
                "time": .string(time.rawValue),
            ] as JSONTree).canonicalBytes())
    }

    public static func == (a: OwnAuthorities, b: OwnAuthorities) -> Bool { a.digest == b.digest }
    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

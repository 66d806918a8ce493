public import Content
public import PKI
import StrictEncoding

/// The certificate authorities of an organisation's own that a signer's certificates have to come from, what these have to
/// be for, at which time they have to hold, and what their issuers took back.
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

    /// Each an anchor by itself; distinct, sorted by their bytes. Empty only where all bundles are.
    public let certificates: [Certificate]
    /// Where the certificates are those of SPIFFE trust bundles: then each counts for its own trust domain, and in the time of
    /// its bundle.
    public let bundles: SPIFFETrustBundles?
    /// Distinct, sorted by fingerprint. Where there are any, every certificate of a path below its anchor needs one.
    public let revocationLists: [CertificateRevocationList]
    /// Whether the signer's own certificate alone needs one. Lists that are there count for every certificate even so.
    public let insecureLeafRevocationOnly: Bool
    public let usage: Usage
    public let time: Time
    /// Names all of this: SHA-256 over the RFC 8785 form of the certificates' fingerprints, the usage and the time, and of
    /// bundles and lists where there are some.
    public let digest: Digest

    /// Authorities as they are, each within its own validity.
    public init(
        certificates: some Sequence<Certificate>, usage: Usage, time: Time,
        revocationLists: [CertificateRevocationList] = [], insecureLeafRevocationOnly: Bool = false
    ) {
        self.init(
            certificates: Array(certificates), bundles: nil, usage: usage, time: time, lists: revocationLists,
            insecureLeafRevocationOnly: insecureLeafRevocationOnly)
    }

    /// The authorities of trust domains, today's and those of earlier bundles.
    public init(
        bundles: SPIFFETrustBundles, time: Time, revocationLists: [CertificateRevocationList] = [],
        insecureLeafRevocationOnly: Bool = false
    ) {
        self.init(
            certificates: bundles.entries.flatMap(\.bundle.authorities), bundles: bundles, usage: .spiffe, time: time,
            lists: revocationLists, insecureLeafRevocationOnly: insecureLeafRevocationOnly)
    }

    private init(
        certificates: [Certificate], bundles: SPIFFETrustBundles?, usage: Usage, time: Time,
        lists: [CertificateRevocationList], insecureLeafRevocationOnly: Bool
    ) {
        self.insecureLeafRevocationOnly = insecureLeafRevocationOnly
        self.certificates = Set(certificates).sorted { $0.der.lexicographicallyPrecedes($1.der) }
        self.bundles = bundles
        self.usage = usage
        self.time = time
        var seen: Set<ExactString> = []
        revocationLists = lists.filter { seen.insert(ExactString($0.fingerprint)).inserted }
            .sorted { ExactString($0.fingerprint) < ExactString($1.fingerprint) }
        let use: JSONTree =
            switch usage {
            case .extendedKeyUsage(let oid): .string(oid)
            case .spiffe: "spiffe"
            }
        // What is not given is not written, so that the digest of what was said before stays as it was.
        let document = JSONTree(members: [
            "certificates": JSONTree(strings: self.certificates.map(\.fingerprint)), "usage": use,
            "time": .string(time.rawValue), "bundles": bundles.map { .array($0.entries.map(\.json)) },
            "revocationLists": revocationLists.isEmpty ? nil : JSONTree(strings: revocationLists.map(\.fingerprint)),
            "insecureLeafRevocationOnly": insecureLeafRevocationOnly ? true : nil,
        ])
        digest = Digest(of: document.canonicalBytes())
    }

    public static func == (a: OwnAuthorities, b: OwnAuthorities) -> Bool { a.digest == b.digest }
    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension SPIFFETrustBundles.Entry {
    /// What of a bundle counts for signatures: not its keys for tokens, nor its numbers.
    fileprivate var json: JSONTree {
        JSONTree(members: [
            "trustDomain": .string(bundle.trustDomain.description),
            "certificates": JSONTree(strings: bundle.authorities.map(\.fingerprint)),
            "from": .string(validFor.start.description), "until": validFor.end.map { .string($0.description) },
        ])
    }
}

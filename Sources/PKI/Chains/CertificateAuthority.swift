public import StrictEncoding

/// A certificate authority that somebody gave as one to believe: its certificates and when they may be believed.
///
/// Its own chain is verified when it is made, once, and not again for each leaf.
public struct CertificateAuthority: Sendable {
    /// The certificate that issues first, each signed by the next, a root (or whatever is to be the anchor) last.
    public let certificates: [Certificate]
    /// When a leaf may have been issued and used, both ends included.
    public let validFor: ValidityPeriod
    let anchors: PathSearch.Anchors

    /// - Throws: `CertificateAuthorityError` unless the certificates are authorities, each signed by the next.
    public init(
        certificates: [Certificate], validFor: ValidityPeriod
    ) throws(CertificateAuthorityError) {
        guard !certificates.isEmpty else { throw .noCertificate }
        guard certificates.count <= Self.maximumCount else { throw .tooManyCertificates(limit: Self.maximumCount) }
        for (position, certificate) in certificates.enumerated() {
            guard certificate.extensions.basicConstraints?.isAuthority == true else {
                throw .notAnAuthority(position: position)
            }
            let next = certificates.dropFirst(position + 1).first
            // The last one is the anchor: whether it signed itself says nothing about it.
            if let next, certificate.issuer != next.subject || !certificate.isSigned(by: next) {
                throw .brokenChain(position: position)
            }
        }
        self.certificates = certificates
        self.validFor = validFor
        anchors = PathSearch.Anchors(certificates)
    }

    /// A root, perhaps one or two intermediates: nobody needs more.
    static let maximumCount = 8
}

/// A leaf, and the path from it to a trusted authority, verified at an instant.
public struct VerifiedChain: Sendable {
    public let leaf: Certificate
    /// The leaf first, the anchor last.
    public let certificates: [Certificate]
    /// When every certificate of the path was valid and its authority to be believed.
    public let instant: Instant
    private let validFor: ValidityPeriod
    private let revocation: RevocationCheck?

    fileprivate init(
        _ path: [Certificate], leaf: Certificate, at instant: Instant, validFor: ValidityPeriod,
        revocation: RevocationCheck?
    ) {
        self.revocation = revocation
        self.leaf = leaf
        certificates = path
        self.instant = instant
        self.validFor = validFor
    }

    /// Whether the same path holds at another time too: every certificate of it is valid then, and not revoked, and its
    /// authority to be believed. Nothing else about a path depends on the time.
    public func holds(at instant: Instant) -> Bool {
        validFor.contains(instant) && certificates.allSatisfy { $0.validity.contains(instant) }
            && revocation?.objection(to: certificates, at: instant) == nil
    }
}

extension CertificateAuthority {
    /// The path from `leaf` through `intermediates` to this authority, at `instant` (RFC 5280 section 6.1).
    ///
    /// On success the authority may be believed at `instant`, every certificate of the path is valid then (also the
    /// issuing one: CVE-2026-24122), each was signed by the next, each but the leaf may issue, no path length, name
    /// constraint or unknown critical extension objects, and the leaf fits `profile`.
    ///
    /// - Parameter intermediates: certificates that came with the leaf; nobody has vouched for them. Those that are on no
    ///   path to an anchor neither help nor harm, up to ``PathSearch/maximumIntermediates``.
    /// - Parameter revocation: lists of what issuers took back, and when they are asked; without them nobody is asked.
    public func verify(
        _ leaf: Certificate, intermediates: [Certificate] = [], at instant: Instant, profile: ChainProfile,
        revocation: RevocationCheck? = nil
    ) throws(ChainError) -> VerifiedChain {
        guard validFor.contains(instant) else { throw .authorityNotTrustedThen(validFor, at: instant) }
        let candidates = try PathSearch.candidates(intermediates)
        // Without an issuer of the right name there is nothing to search, and most authorities of a root are not it.
        guard
            certificates.contains(where: { $0.subject == leaf.issuer })
                || candidates.contains(where: { $0.subject == leaf.issuer })
        else { throw .untrusted(issuer: leaf.issuer) }
        let judge = PathJudge(profile: profile, instant: instant, revocation: revocation)
        let path = try PathSearch(anchors: anchors, above: certificates, judge: judge)
            .path(from: leaf, through: candidates)
        return VerifiedChain(path, leaf: leaf, at: instant, validFor: validFor, revocation: revocation)
    }
}

extension CertificateAuthority {
    /// The same for a leaf that was found to be signed by the issuing certificate when the authority was made.
    func judge(_ leaf: Certificate, at instant: Instant, profile: ChainProfile) throws(ChainError) {
        guard validFor.contains(instant) else { throw .authorityNotTrustedThen(validFor, at: instant) }
        let judge = PathJudge(profile: profile, instant: instant, revocation: nil)
        if let objection = judge.objection(to: [leaf] + certificates) { throw objection }
    }
}

/// Several authorities side by side: a leaf needs one of them.
public struct CertificateAuthorities: Sendable {
    public let all: [CertificateAuthority]

    public init(_ all: [CertificateAuthority]) { self.all = all }

    /// The path to the first authority that has one; see `CertificateAuthority.verify`.
    ///
    /// - Throws: the `ChainError` that explains most, and `ChainError.noAuthority` if there are none.
    public func verify(
        _ leaf: Certificate, intermediates: [Certificate] = [], at instant: Instant, profile: ChainProfile,
        revocation: RevocationCheck? = nil
    ) throws(ChainError) -> VerifiedChain {
        var failure = ChainError.noAuthority
        for authority in all {
            do {
                return try authority.verify(
                    leaf, intermediates: intermediates, at: instant, profile: profile, revocation: revocation)
            } catch {
                if error.telling > failure.telling { failure = error }
            }
        }
        throw failure
    }
}

/// A closed interval of time, as trusted roots state it for keys and authorities.
public struct ValidityPeriod: Sendable, Hashable {
    public let start: Instant
    /// Nil for a period that is still open.
    public let end: Instant?

    /// - Throws: `CertificateAuthorityError` for a period that does not say when it begins, or ends before it does.
    public init(start: Instant?, end: Instant?) throws(CertificateAuthorityError) {
        guard let start else { throw .periodWithoutStart }
        if let end, end < start { throw .periodReversed }
        self.start = start
        self.end = end
    }

    /// Whether the instant lies within, both ends included.
    public func contains(_ instant: Instant) -> Bool {
        start <= instant && end.map { instant <= $0 } ?? true
    }
}

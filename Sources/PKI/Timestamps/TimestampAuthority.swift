public import StrictEncoding

/// An authority of time that somebody gave as one to believe.
public struct TimestampAuthority: Sendable {
    /// The certificates above the signer's.
    public let authority: CertificateAuthority
    /// The signer's own certificate where the trusted root states it; then no other counts.
    public let signer: Certificate?

    /// - Parameter certificates: as a trusted root lists them, the signer's own first if it is there, a root last.
    /// - Throws: `CertificateAuthorityError`; the signatures of the whole list are checked here, once.
    public init(certificates: [Certificate], validFor: ValidityPeriod) throws(CertificateAuthorityError) {
        let first = certificates.first
        let isSigner = first.map { $0.extensions.basicConstraints?.isAuthority != true } ?? false
        signer = isSigner ? first : nil
        authority = try CertificateAuthority(
            certificates: Array(certificates.dropFirst(isSigner ? 1 : 0)), validFor: validFor)
        if let signer, let issuer = authority.certificates.first,
            signer.issuer != issuer.subject || !signer.isSigned(by: issuer)
        {
            throw .brokenChain(position: 0)
        }
    }

    /// The same for all tokens of one authority, whichever of its signers made them: what a threshold counts.
    public var name: String { authority.certificates.last?.fingerprint ?? "" }
}

/// Proof that a trusted authority saw a signature at a time. Made only by verifying a ``TimestampToken``.
public struct VerifiedTimestamp: Sendable {
    /// Not later than this was the signature made; the second of the token's time.
    public let instant: Instant
    /// ``TimestampAuthority/name``.
    public let authority: String
    /// The certificate under whose key the token verified.
    public let signer: Certificate

    fileprivate init(instant: Instant, authority: String, signer: Certificate) {
        self.instant = instant
        self.authority = authority
        self.signer = signer
    }
}

extension TimestampToken {
    /// Verifies that one of `authorities` saw `signature`, and when (RFC 3161 section 2.2, RFC 5652 section 5.6).
    ///
    /// On success the token states the hash of `signature`; its signed attributes state the token; the key of a certificate
    /// made the signature over them; and that very certificate, not another one that came along (CVE-2026-39984), is for
    /// time-stamping alone, belongs to a trusted authority, and was valid at the token's own time, as was all above it.
    ///
    /// - Parameter signature: the bytes that were stamped, not their hash.
    public func verify(
        over signature: SignedMessage, by authorities: [TimestampAuthority]
    ) throws(TimestampError) -> VerifiedTimestamp {
        guard info.imprintAlgorithm.hash(signature) == info.imprint else { throw .imprintMismatch }
        let (certificate, authority) = try signer(among: authorities)
        return VerifiedTimestamp(instant: info.instant, authority: authority.name, signer: certificate)
    }

    /// Which authority vouches for the time that the token states, whatever it was that it saw.
    func signer(
        among authorities: [TimestampAuthority]
    ) throws(TimestampError) -> (Certificate, TimestampAuthority) {
        guard signer.digestAlgorithm.hash(SignedMessage(content)) == signer.contentDigest else {
            throw .contentMismatch
        }
        guard !authorities.isEmpty else { throw .noAuthority }
        let attributes = SignedMessage(signer.signedAttributes)
        var failure = TimestampError.unknownSigner
        for authority in authorities {
            do {
                return (try signer(of: attributes, from: authority), authority)
            } catch {
                if error.telling > failure.telling { failure = error }
            }
        }
        throw failure
    }

    private func signer(
        of attributes: SignedMessage, from authority: TimestampAuthority
    ) throws(TimestampError) -> Certificate {
        let candidates = if let signer = authority.signer { [signer] } else { try embeddedCertificates() }
        let named = candidates.filter { signer.identifier.names($0) }
        guard !named.isEmpty else { throw .unknownSigner }
        // Whoever made the token can put two certificates of one name in it; the key says which one signed.
        guard
            let certificate = named.first(where: {
                signer.scheme.isUsable(with: $0.publicKey.kind)
                    && $0.publicKey.isValid(signer.signature, over: attributes, scheme: signer.scheme)
            })
        else { throw .signatureMismatch }
        guard signer.signingCertificates.allSatisfy({ $0.isOf(certificate) }) else { throw .otherSigningCertificate }
        do {
            if authority.signer != nil {
                try authority.authority.judge(certificate, at: info.instant, profile: .timestamping)
            } else {
                _ = try authority.authority.verify(
                    certificate, intermediates: candidates.filter { $0 != certificate }, at: info.instant,
                    profile: .timestamping)
            }
        } catch {
            throw .chain(error)
        }
        return certificate
    }

    private func embeddedCertificates() throws(TimestampError) -> [Certificate] {
        var certificates: [Certificate] = []
        for der in embedded {
            do {
                certificates.append(try Certificate(der: Array(der)))
            } catch {
                throw .certificate(error)
            }
        }
        return certificates
    }
}

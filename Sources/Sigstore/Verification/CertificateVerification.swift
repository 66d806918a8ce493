import Attestation
public import PKI
public import StrictEncoding
import TransparencyLog

/// Whose certificate's key signed, proven under one trusted root or by one set of authorities. Made by ``SignatureVerifier``
/// alone.
public struct CertificateSigner: Sendable, Hashable {
    /// For whom the certificate was issued.
    public enum Holder: Sendable, Hashable {
        /// Under the ``SigstoreTrustedRoot`` of this name: the identity, and what its provider said of the job.
        case fulcio(FulcioIdentity, root: String)
        /// By the ``TrustedAuthorities`` of this name: the certificate's names, at least one.
        case named([GeneralName], authorities: String)
    }
    public let holder: Holder
    /// SHA-256 of the certificate.
    public let certificate: ExactString
    public let scheme: SignatureScheme
    /// Not later than each of these was the signature made; distinct, sorted. At least one, but where
    /// ``TrustedAuthorities/Time/at(_:)`` asks for none.
    public let times: [Instant]
    /// How many distinct logs hold an entry of the signature.
    public let logs: Int

    fileprivate init(
        holder: Holder, certificate: ExactString, scheme: SignatureScheme, times: [Instant], logs: Int
    ) {
        self.holder = holder
        self.certificate = certificate
        self.scheme = scheme
        self.times = times
        self.logs = logs
    }
}

/// Verifies what a certificate's key signed, under one trusted root (docs/verification.md, step 6).
///
/// Each step takes what the one before proved, so none can be left out.
struct CertificateVerification {
    let root: SigstoreTrustedRoot
    /// The one signature, what it is over, and what an entry of a log has to be about.
    let signature: [UInt8]
    let message: SignedMessage
    let logged: (LoggedItem.Material) -> LoggedItem
    /// What a signed timestamp has to be over: the signature, but for cosign's attestations the whole envelope.
    let stamped: SignedMessage
    let proofs: UnverifiedSignedItem.Proofs

    /// - Parameter certificates: in DER, the signer's first.
    func signer(_ certificates: [[UInt8]]) throws(CertificateRefusal) -> CertificateSigner {
        let (leaf, intermediates) = try Self.parse(certificates)
        // 6a. When: signed timestamps of this signature, and promises of Rekor 1 whose signatures hold.
        let times = try VerifiedTimes(proofs, stamped: stamped, root)
        // 6b. A path to an authority of this root, at each of these times.
        let chain = try root.certificateAuthorities.chain(leaf, intermediates, at: times.all, profile: .fulcio)
        // 6c. The certificate was promised to be published.
        if root.requirement.certificateTimestamps > 0 {
            do {
                _ = try chain.certificateTimestamps(
                    from: root.certificateLogs, threshold: root.requirement.certificateTimestamps)
            } catch {
                throw .certificateTimestamp(error)
            }
        }
        // 6d. Who that is.
        let identity: FulcioIdentity
        do {
            identity = try FulcioIdentity(chain)
        } catch {
            throw .identity(error)
        }
        // 6e. The certificate's key signed the message.
        guard let scheme = chain.leaf.publicKey.verifyingScheme(of: signature, over: message) else {
            throw .signature
        }
        // 6f, 6g. The entries are about this signature, this certificate and this content, and in the logs; 6h. enough.
        let logs = try times.logs(with: logged(.certificate(chain.leaf.der)), root)
        guard logs >= root.requirement.logEntries else {
            throw .tooFewLogs(needed: root.requirement.logEntries, found: logs)
        }
        guard times.authorities >= root.requirement.signedTimestamps else {
            throw .tooFewTimestamps(needed: root.requirement.signedTimestamps, found: times.authorities)
        }
        return CertificateSigner(
            holder: .fulcio(identity, root: root.name), certificate: ExactString(chain.leaf.fingerprint),
            scheme: scheme,
            times: times.all, logs: logs)
    }

    fileprivate static func parse(
        _ certificates: [[UInt8]]
    ) throws(CertificateRefusal) -> (leaf: Certificate, intermediates: [Certificate]) {
        var parsed: [Certificate] = []
        for der in certificates {
            do {
                parsed.append(try Certificate(der: der))
            } catch {
                throw .certificate(error)
            }
        }
        guard let leaf = parsed.first else { throw .noCertificate }
        return (leaf, Array(parsed.dropFirst()))
    }
}

/// Certificate authorities of an organisation's own: whom they certify, for what, and when it has to hold.
public struct TrustedAuthorities: Sendable {
    /// At which time a chain has to hold.
    public enum Time: Sendable, Hashable {
        /// Whenever a trusted root proves the signature to have been there; once at least.
        case proven
        /// At this instant, whatever else is proven: the decision's.
        case at(Instant)
    }
    /// By which ``CertificateSigner`` names them.
    public let name: String
    public let authorities: CertificateAuthorities
    public let profile: ChainProfile
    public let time: Time
    /// What issuers took back; nil where nobody is asked.
    public let revocation: RevocationCheck?

    public init(
        name: String, authorities: CertificateAuthorities, profile: ChainProfile, time: Time,
        revocation: RevocationCheck? = nil
    ) {
        self.revocation = revocation
        self.name = name
        self.authorities = authorities
        self.profile = profile
        self.time = time
    }
}

/// Verifies what the key of an organisation's own certificate signed (docs/verification.md, step 6).
struct AuthorityVerification {
    let trusted: TrustedAuthorities
    let signature: [UInt8]
    let message: SignedMessage
    /// The times that the trusted roots prove, of which entries that contradict the item are no part.
    let times: (Certificate) throws(CertificateRefusal) -> [Instant]

    /// - Parameter certificates: in DER, the signer's first.
    func signer(_ certificates: [[UInt8]]) throws(CertificateRefusal) -> CertificateSigner {
        let (leaf, intermediates) = try CertificateVerification.parse(certificates)
        let proven = try times(leaf)
        let instants: [Instant]
        switch trusted.time {
        case .at(let instant): instants = [instant]
        case .proven:
            guard !proven.isEmpty else { throw .noVerifiedTime }
            instants = proven
        }
        let chain = try trusted.authorities.chain(
            leaf, intermediates, at: instants, profile: trusted.profile, revocation: trusted.revocation)
        guard let names = chain.leaf.extensions.subjectAlternativeNames, !names.isEmpty else {
            throw .identity(.notOneName(found: 0))
        }
        guard let scheme = chain.leaf.publicKey.verifyingScheme(of: signature, over: message) else {
            throw .signature
        }
        return CertificateSigner(
            holder: .named(names, authorities: trusted.name), certificate: ExactString(chain.leaf.fingerprint),
            scheme: scheme, times: proven, logs: 0)
    }
}

extension CertificateAuthorities {
    /// Every certificate of the path, and the trust in its authority, covers every time: not only the first (CVE-2026-24122,
    /// and verifiers that asked the earliest timestamp alone).
    fileprivate func chain(
        _ leaf: Certificate, _ intermediates: [Certificate], at times: [Instant], profile: ChainProfile,
        revocation: RevocationCheck? = nil
    ) throws(CertificateRefusal) -> VerifiedChain {
        var chain: VerifiedChain?
        for time in times where chain.map({ !$0.holds(at: time) }) ?? true {
            do {
                chain = try verify(
                    leaf, intermediates: intermediates, at: time, profile: profile, revocation: revocation)
            } catch {
                throw .chain(error)
            }
        }
        // A path that holds at the last time has to hold at all the others too.
        guard let chain, times.allSatisfy({ chain.holds(at: $0) }) else { throw .timesDisagree }
        return chain
    }
}

import Attestation
public import PKI
public import StrictEncoding
import TransparencyLog

/// Whose certificate's key signed, proven under one trusted root. Made by ``SignatureVerifier`` alone.
public struct CertificateSigner: Sendable, Hashable {
    /// For whom the certificate was issued, and what the identity provider said of the job.
    public let identity: FulcioIdentity
    /// ``SigstoreTrustedRoot/name`` of the root under which all of it was proved.
    public let root: String
    /// SHA-256 of the certificate.
    public let certificate: ExactString
    public let scheme: SignatureScheme
    /// Not later than each of these was the signature made; distinct, sorted, at least one.
    public let times: [Instant]
    /// How many distinct logs hold an entry of the signature.
    public let logs: Int

    fileprivate init(
        identity: FulcioIdentity, root: String, certificate: ExactString, scheme: SignatureScheme, times: [Instant],
        logs: Int
    ) {
        self.identity = identity
        self.root = root
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
        let chain = try chain(leaf, intermediates, at: times.all)
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
            identity: identity, root: root.name, certificate: ExactString(chain.leaf.fingerprint), scheme: scheme,
            times: times.all, logs: logs)
    }

    private static func parse(
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

    /// Every certificate of the path, and the trust in its authority, covers every time: not only the first (CVE-2026-24122,
    /// and verifiers that asked the earliest timestamp alone).
    private func chain(
        _ leaf: Certificate, _ intermediates: [Certificate], at times: [Instant]
    ) throws(CertificateRefusal) -> VerifiedChain {
        var chain: VerifiedChain?
        for time in times where chain.map({ !$0.holds(at: time) }) ?? true {
            do {
                chain = try root.certificateAuthorities.verify(
                    leaf, intermediates: intermediates, at: time, profile: .fulcio)
            } catch {
                throw .chain(error)
            }
        }
        // A path that holds at the last time has to hold at all the others too.
        guard let chain, times.allSatisfy({ chain.holds(at: $0) }) else { throw .timesDisagree }
        return chain
    }
}

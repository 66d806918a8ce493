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
        // 6f. The entries are about this signature, this key and this content, and in the logs.
        let entries = try times.entries(about: logged(.certificate(chain.leaf.der)), root)
        guard entries.logs >= root.requirement.logEntries else {
            throw .tooFewLogs(needed: root.requirement.logEntries, found: entries.logs)
        }
        guard times.authorities >= root.requirement.signedTimestamps else {
            throw .tooFewTimestamps(needed: root.requirement.signedTimestamps, found: times.authorities)
        }
        return CertificateSigner(
            identity: identity, root: root.name, certificate: ExactString(chain.leaf.fingerprint), scheme: scheme,
            times: times.all, logs: entries.logs)
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

/// The verified times of one signature, and the log entries that may be among their sources.
struct VerifiedTimes {
    /// Distinct, sorted.
    let all: [Instant]
    /// How many distinct timestamp authorities vouch for one.
    let authorities: Int
    private let isStamped: Bool
    private let stampedTimes: [Instant]
    private let entries: [(entry: UnverifiedLogEntry, promise: VerifiedLogTime?)]

    /// Timestamps of authorities and promises of logs that the root does not know are passed over. Whatever else is wrong
    /// with one refuses the item: a proof that contradicts what it lies with is no junk.
    ///
    /// - Throws: also if nothing that is known says when; an inclusion proof has no time.
    init(
        _ proofs: UnverifiedSignedItem.Proofs, stamped: SignedMessage, _ root: SigstoreTrustedRoot
    ) throws(CertificateRefusal) {
        let known = try VerifiedTimes(known: proofs, stamped: stamped, root)
        guard !known.all.isEmpty else { throw .noVerifiedTime }
        self = known
    }

    /// The same, where there may be no time at all.
    init(
        known proofs: UnverifiedSignedItem.Proofs, stamped: SignedMessage, _ root: SigstoreTrustedRoot
    ) throws(CertificateRefusal) {
        var times: [Instant] = []
        var authorities: Set<ExactString> = []
        for der in proofs.timestamps {
            do {
                let verified = try Self.token(der).verify(over: stamped, by: root.timestampAuthorities)
                times.append(verified.instant)
                authorities.insert(ExactString(verified.authority))
            } catch .unknownSigner, .noAuthority {
                continue
            } catch {
                throw .timestamp(error)
            }
        }
        stampedTimes = times
        var entries: [(entry: UnverifiedLogEntry, promise: VerifiedLogTime?)] = []
        for entry in proofs.logEntries {
            do {
                let promise = try VerifiedLogTime(promiseOf: entry, by: root.logs)
                times.append(promise.time)
                entries.append((entry, promise))
            } catch .noPromise, .promiseOfRekor2, .unknownLog {
                entries.append((entry, nil))
            } catch {
                throw .logEntry(error)
            }
        }
        all = Set(times).sorted()
        self.authorities = authorities.count
        isStamped = !authorities.isEmpty
        self.entries = entries
    }

    /// Verifies the entries of known logs; those of others are passed over.
    func entries(
        about item: LoggedItem, _ root: SigstoreTrustedRoot
    ) throws(CertificateRefusal) -> (logs: Int, Void) {
        let requirement = LogProofRequirement(
            insecureAcceptsPromiseAlone: root.requirement.insecureAcceptsPromiseAlone,
            witnesses: root.requirement.witnesses)
        var verified: [VerifiedLogEntry] = []
        for (entry, promise) in entries {
            do throws(LogEntryError) {
                let one = try VerifiedLogEntry(
                    entry, for: item, in: root.logs, promise: promise, at: all, requiring: requirement)
                // An entry of Rekor 2 is not dated by another log's promise.
                guard one.kind.generation == .rekor1 || isStamped else { throw LogEntryError.noVerifiedTime }
                verified.append(one)
            } catch .unknownLog {
                continue
            } catch {
                throw .logEntry(error)
            }
        }
        return (VerifiedLogEntry.distinctLogs(verified), ())
    }

    /// A bundle holds the whole answer of an authority; some writers keep the token alone.
    private static func token(_ der: [UInt8]) throws(TimestampError) -> TimestampToken {
        do {
            return try TimestampToken(response: der)
        } catch .malformed(.response) {
            return try TimestampToken(token: der)
        }
    }
}

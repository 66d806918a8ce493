public import Content
import Findings
public import PKI
public import StrictEncoding
import TransparencyLog

/// Finds out who signed an item: which trusted keys, or for whom a trusted authority issued the certificate.
/// Pure: no clock, no network, the same answer every time.
public enum SignatureVerifier {
    /// Verifies every signature of an item with every trusted key that could have made it, or the one signature of a
    /// certificate's key under the trusted roots and authorities.
    ///
    /// If and only if this succeeds, each of the returned signers made a signature over exactly the returned bytes, and
    /// there is at least one. What the bytes say, and whether they are about the image, is the next question.
    ///
    /// 1. Where the item holds a certificate, only the roots (``CertificateVerification``) and the authorities are asked;
    ///    where it does not, only the keys. An item can't choose how it is judged by what else it holds.
    /// 2. Refuse if no key, or no root, is trusted. They come from the caller, never from the item.
    /// 3. Take the message that was signed: of an envelope the pre-authentication encoding of payload type and payload
    ///    (DSSE protocol v1.0.2, "Signature Definition"), of simple signing the payload itself, of a signature over an
    ///    artifact the artifact that the caller gave.
    /// 4. For each signature, try the trusted keys: those that it could fit by kind and length, first the one that its
    ///    hint names (DSSE "Protocol": KEYID "may only be used to narrow the selection", here to order it, and to narrow
    ///    it for keys that are given with the only key IDs that they use). Google's older keys signed the payload alone,
    ///    which counts for keys that are trusted so, and in documents of Cloud Build.
    /// 5. A signature that a key made adds the key to the set of signers ("Multi-signature Verification":
    ///    ACCEPTED_KEYS), so a key that signed twice counts once. One signature adds at most one key: keys can be made to
    ///    fit an existing signature, and one signature must not pass for two signers.
    /// 6. A signature that no key made is noted and otherwise ignored ("Skip over if the verification fails").
    /// 7. Refuse if the set is empty.
    /// 8. Date what a key signed, where the item holds proofs of time by a trusted root.
    /// 9. Hand on the bytes that were hashed, not to be decoded again ("Important: … the same SERIALIZED_BODY").
    ///
    /// Whether enough signers are there, and whether the payload type is supported, is decided by who asks.
    ///
    /// - Parameter artifacts: what a signature over plain bytes may be about; one whose digest the item does not claim is
    ///   not tried.
    public static func verify(
        _ item: UnverifiedSignedItem, keys: TrustedKeySet, roots: [SigstoreTrustedRoot] = [],
        authorities: [TrustedAuthorities] = [], artifacts: [SignedArtifact] = [], budget: inout SignatureBudget
    ) -> Result<VerifiedSignature, SignatureRefusal> {
        // 1
        if case .certificates(let certificates) = item.material {
            return verify(
                item, certificates: certificates, roots: roots, authorities: authorities, artifacts: artifacts,
                budget: &budget)
        }
        // 2
        guard !keys.isEmpty else { return .failure(.noTrustedKey) }
        // 3
        guard let signed = SignedContent(of: item, artifacts: artifacts) else { return .failure(.noArtifact) }
        // 4 to 6
        var signers: Set<VerifiedSignature.Signer> = []
        var unmatched = 0
        var first: (signer: VerifiedSignature.Signer, claim: SignedContent.Claim)?
        for claim in signed.claims {
            switch signer(of: claim, over: signed, among: keys, &budget) {
            case .found(let signer):
                signers.insert(signer)
                first = first ?? (signer, claim)
            case .none: unmatched += 1
            case .budgetSpent: return .failure(.tooManyOperations(limit: budget.limit))
            }
        }
        // 7
        guard let first else {
            return .failure(.noKeyMatches(keys: keys.keys.count, signatures: signed.claims.count))
        }
        // 8
        let times: [Instant]
        do {
            times = try Self.times(
                of: item, signed, first.claim, by: keys.key(named: first.signer.fingerprint), roots: roots)
        } catch {
            return .failure(.certificate(error, root: nil))
        }
        // 9
        return .success(
            VerifiedSignature(
                signers: signers.sorted(), certificateSigners: [], content: signed.content, verifiedTimes: times,
                unmatchedSignatures: unmatched, evidence: item.evidence))
    }

    private static func verify(
        _ item: UnverifiedSignedItem, certificates: [[UInt8]], roots: [SigstoreTrustedRoot],
        authorities: [TrustedAuthorities], artifacts: [SignedArtifact], budget: inout SignatureBudget
    ) -> Result<VerifiedSignature, SignatureRefusal> {
        // 2
        guard !roots.isEmpty || !authorities.isEmpty else { return .failure(.noTrustedRoot) }
        // 3
        guard let signed = SignedContent(of: item, artifacts: artifacts) else { return .failure(.noArtifact) }
        guard let claim = signed.claims.first, signed.claims.count == 1 else {
            return .failure(.certificate(.notOneSignature(found: signed.claims.count), root: nil))
        }
        let proofs: UnverifiedSignedItem.Proofs
        switch item.proofs {
        case .failure(let error): return .failure(.certificate(.proofs(error), root: nil))
        case .success(let read): proofs = read
        }
        // Chain, timestamps, entries, certificate timestamps: each costs about one verification or two.
        let cost = 8 + 4 * (proofs.logEntries.count + proofs.timestamps.count)
        var signers: [CertificateSigner] = []
        var closest: (refusal: CertificateRefusal, root: String)?
        for root in roots {
            guard budget.spend(cost) else { return .failure(.tooManyOperations(limit: budget.limit)) }
            let verification = CertificateVerification(
                root: root, signature: claim.signature, message: signed.message,
                logged: { signed.logged(claim, $0, received: item.received) },
                stamped: signed.stamped(claim, of: item), proofs: proofs)
            do {
                signers.append(try verification.signer(certificates))
            } catch {
                if error.step > (closest?.refusal.step ?? -1) { closest = (error, root.name) }
            }
        }
        for trusted in authorities {
            guard budget.spend(cost * max(1, roots.count)) else {
                return .failure(.tooManyOperations(limit: budget.limit))
            }
            let verification = AuthorityVerification(
                trusted: trusted, signature: claim.signature, message: signed.message
            ) { leaf throws(CertificateRefusal) in
                try times(
                    proofs, signed.logged(claim, .certificate(leaf.der), received: item.received),
                    stamped: signed.stamped(claim, of: item), roots: roots)
            }
            do {
                signers.append(try verification.signer(certificates))
            } catch {
                if error.step > (closest?.refusal.step ?? -1) { closest = (error, trusted.name) }
            }
        }
        guard !signers.isEmpty else {
            guard let closest else { return .failure(.noTrustedRoot) }
            return .failure(.certificate(closest.refusal, root: closest.root))
        }
        return .success(
            VerifiedSignature(
                signers: [], certificateSigners: signers, content: signed.content,
                verifiedTimes: Set(signers.flatMap(\.times)).sorted(), unmatchedSignatures: 0, evidence: item.evidence))
    }

    /// The verified times of what a key signed. Keys need none: without a root that knows the proofs there are none, and
    /// proofs that can't be read prove nothing. One that can be read and contradicts the item refuses it.
    private static func times(
        of item: UnverifiedSignedItem, _ signed: SignedContent, _ claim: SignedContent.Claim, by key: PublicKey?,
        roots: [SigstoreTrustedRoot]
    ) throws(CertificateRefusal) -> [Instant] {
        guard case .success(let proofs) = item.proofs, let key else { return [] }
        let logged = signed.logged(claim, .publicKey(key.subjectPublicKeyInfo), received: item.received)
        return try times(proofs, logged, stamped: signed.stamped(claim, of: item), roots: roots)
    }

    /// What the roots prove of when, each as it demands itself.
    private static func times(
        _ proofs: UnverifiedSignedItem.Proofs, _ logged: LoggedItem, stamped: SignedMessage,
        roots: [SigstoreTrustedRoot]
    ) throws(CertificateRefusal) -> [Instant] {
        guard !proofs.logEntries.isEmpty || !proofs.timestamps.isEmpty else { return [] }
        var all: Set<Instant> = []
        for root in roots { all.formUnion(try VerifiedTimes.dating(logged, proofs, stamped: stamped, root)) }
        return all.sorted()
    }
}

/// Bytes that somebody trusted signed. Made by ``SignatureVerifier`` alone.
public struct VerifiedSignature: Sendable, Hashable {
    /// What was signed, as it was hashed. The kinds are kept apart, so that a payload of one is never read as the other.
    public enum Content: Sendable, Hashable {
        case dsse(payloadType: ExactString, payload: [UInt8])
        case simpleSigning(payload: [UInt8])
        /// An artifact with this SHA-256 digest, which the caller gave.
        case artifact(Digest)
    }

    /// A key that signed, and the scheme by which it did: who asks may trust the key under another scheme only.
    public struct Signer: Sendable, Hashable, Comparable {
        /// Fingerprint of the key.
        public let fingerprint: ExactString
        public let scheme: SignatureScheme
        /// Whether it signed the payload without its type, which counts only for who trusts the key so
        /// (``TrustedKey/insecureSignsPayloadAlone``).
        public let isOverPayloadAlone: Bool

        public static func < (a: Signer, b: Signer) -> Bool {
            (a.fingerprint, ExactString(a.scheme.rawValue), a.isOverPayloadAlone ? 1 : 0)
                < (b.fingerprint, ExactString(b.scheme.rawValue), b.isOverPayloadAlone ? 1 : 0)
        }
    }

    /// The keys that signed: distinct, sorted; empty if and only if there are ``certificateSigners``. A key that signed
    /// in two ways is listed with each, so whoever counts signers counts fingerprints.
    public let signers: [Signer]
    /// For whom the certificate was issued whose key signed: once for each trusted root, and each set of authorities, under
    /// which that is proven. All of one certificate, so never more than one signer.
    public let certificateSigners: [CertificateSigner]
    public let content: Content
    /// Not later than each of these was it signed; distinct, sorted. Empty where nothing trusted says when, which only
    /// happens with keys.
    public let verifiedTimes: [Instant]
    /// How many signatures no trusted key made. They say nothing, for or against.
    public let unmatchedSignatures: Int
    /// Digest of the evidence as received.
    public let evidence: Digest

    fileprivate init(
        signers: [Signer], certificateSigners: [CertificateSigner], content: Content, verifiedTimes: [Instant],
        unmatchedSignatures: Int, evidence: Digest
    ) {
        self.signers = signers
        self.certificateSigners = certificateSigners
        self.content = content
        self.verifiedTimes = verifiedTimes
        self.unmatchedSignatures = unmatchedSignatures
        self.evidence = evidence
    }

    /// The signed bytes; empty for an artifact, which lies elsewhere.
    public var payload: [UInt8] {
        switch content {
        case .dsse(_, let payload), .simpleSigning(let payload): payload
        case .artifact: []
        }
    }
}

/// How many signature operations one decision may cost.
public struct SignatureBudget: Sendable, Hashable {
    /// What it began with.
    public let limit: Int
    public private(set) var remaining: Int

    /// 100,000: one envelope may have 1,000 signatures, and a hundred keys are more than any policy names. At 50 us for
    /// an operation that is five seconds of one core.
    public init(limit: Int = 100_000) {
        self.limit = limit
        remaining = limit
    }

    /// Takes the cost of one operation; false, and nothing left, if there is not enough.
    package mutating func spend(_ cost: Int) -> Bool {
        guard cost <= remaining else {
            remaining = 0
            return false
        }
        remaining -= cost
        return true
    }
}

/// Why an item counts for nothing, although it could be parsed.
public enum SignatureRefusal: Error, Equatable, Sendable {
    /// There is nothing to verify with.
    case noTrustedKey
    /// Signed with a certificate's key, and there is no trusted root.
    case noTrustedRoot
    /// A signature over plain bytes, none of which are those that the caller gave.
    case noArtifact
    /// With the root under which it came furthest; nil where no root matters.
    case certificate(CertificateRefusal, root: String?)
    case noKeyMatches(keys: Int, signatures: Int)
    /// Not known: verifying on would have passed the limit.
    case tooManyOperations(limit: Int)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .noTrustedRoot: "expected a trusted root to verify a certificate with, found none"
        case .noArtifact: "expected a signature over this artifact, found one over another"
        case .certificate(let refusal, let root):
            (root.map { "under the trusted root \(Finding.quoted($0)): " } ?? "") + refusal.message
        case .noTrustedKey: "expected at least one trusted key to verify with, found none"
        case .noKeyMatches(let keys, let signatures):
            "expected a signature by one of \(keys) trusted \(keys == 1 ? "key" : "keys"), "
                + "found \(signatures) by \(signatures == 1 ? "another" : "others")"
        case .tooManyOperations(let limit): "expected at most \(limit) signature operations, needed more"
        }
    }
}

// MARK: The steps

extension SignatureVerifier {
    private enum Outcome {
        case found(VerifiedSignature.Signer), none, budgetSpent
    }

    private static func signer(
        of claim: SignedContent.Claim, over signed: SignedContent, among keys: TrustedKeySet,
        _ budget: inout SignatureBudget
    ) -> Outcome {
        let hinted = keys.position(ofHint: claim.hint)
        if let hinted {
            let outcome = outcome(of: claim, over: signed, by: keys.keys[hinted], &budget)
            guard case .none = outcome else { return outcome }
        }
        for (position, key) in keys.keys.enumerated() where position != hinted {
            let outcome = outcome(of: claim, over: signed, by: key, &budget)
            guard case .none = outcome else { return outcome }
        }
        return .none
    }

    private static func outcome(
        of claim: SignedContent.Claim, over signed: SignedContent, by trusted: TrustedKey,
        _ budget: inout SignatureBudget
    ) -> Outcome {
        guard trusted.key.kind.couldHaveMade(claim.signature) else { return .none }
        if let keyIDs = trusted.keyIDs {
            guard let hint = claim.hint, keyIDs.contains(hint) else { return .none }
        }
        let payloadAlone = trusted.insecureSignsPayloadAlone ? signed.payloadAlone : nil
        for (message, isAlone) in [(signed.message, false)] + (payloadAlone.map { [($0, true)] } ?? []) {
            for scheme in trusted.schemes {
                guard budget.spend(scheme.cost(messageByteCount: signed.byteCount)) else { return .budgetSpent }
                if trusted.key.isValid(claim.signature, over: message, scheme: scheme) {
                    return .found(
                        .init(
                            fingerprint: ExactString(trusted.key.fingerprint), scheme: scheme,
                            isOverPayloadAlone: isAlone))
                }
            }
        }
        return .none
    }
}

extension PublicKey.Kind {
    /// Whether a signature of this length and beginning could come from such a key: costs nothing, and spares the
    /// arithmetic for most keys that cannot.
    fileprivate func couldHaveMade(_ signature: [UInt8]) -> Bool {
        switch self {
        case .ed25519: signature.count == 64
        case .rsa(let bits): signature.count == (bits + 7) / 8
        case .ecdsaP256: Self.couldBeECDSA(signature, coordinateByteCount: 32)
        case .ecdsaP384: Self.couldBeECDSA(signature, coordinateByteCount: 48)
        case .ecdsaP521: Self.couldBeECDSA(signature, coordinateByteCount: 66)
        }
    }

    /// `SEQUENCE { r INTEGER, s INTEGER }` in DER: at least 8 octets; at most a sign octet and two octets of header for
    /// each number, and three for the sequence.
    private static func couldBeECDSA(_ signature: [UInt8], coordinateByteCount: Int) -> Bool {
        signature.first == 0x30 && (8...(2 * (coordinateByteCount + 3) + 3)).contains(signature.count)
    }
}

extension SignatureScheme {
    /// In units of about one P-256 verification. Ed25519 hashes the whole message for each key anew, where the others
    /// share one hash: a unit more for each 64 KiB.
    fileprivate func cost(messageByteCount: Int) -> Int {
        self == .ed25519 ? 1 + messageByteCount / 65_536 : 1
    }
}

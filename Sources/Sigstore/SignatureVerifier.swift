import Attestation
public import Content
public import PKI
public import StrictEncoding

/// Finds out which trusted keys signed an item. Pure: no clock, no network, the same answer every time.
public enum SignatureVerifier {
    /// Verifies every signature of an item with every trusted key that could have made it.
    ///
    /// If and only if this succeeds, each of the returned signers made a signature over exactly the returned bytes, and
    /// there is at least one. What the bytes say, and whether they are about the image, is the next question.
    ///
    /// 1. Refuse what a certificate's key signed: keyless verification is not there yet.
    /// 2. Refuse if no key is trusted. Keys come from the caller, never from the item.
    /// 3. Take the message that was signed: of an envelope the pre-authentication encoding of payload type and payload
    ///    (DSSE protocol v1.0.2, "Signature Definition"), of simple signing the payload itself.
    /// 4. For each signature, try the trusted keys: those that it could fit by kind and length, first the one that its
    ///    hint names (DSSE "Protocol": KEYID "may only be used to narrow the selection", here only to order it).
    /// 5. A signature that a key made adds the key to the set of signers ("Multi-signature Verification":
    ///    ACCEPTED_KEYS), so a key that signed twice counts once. One signature adds at most one key: keys can be made to
    ///    fit an existing signature, and one signature must not pass for two signers.
    /// 6. A signature that no key made is noted and otherwise ignored ("Skip over if the verification fails").
    /// 7. Refuse if the set is empty.
    /// 8. Hand on the bytes that were hashed, not to be decoded again ("Important: … the same SERIALIZED_BODY").
    ///
    /// Whether enough signers are there, and whether the payload type is supported, is decided by who asks.
    public static func verify(
        _ item: UnverifiedSignedItem, keys: TrustedKeySet, budget: inout SignatureBudget
    ) -> Result<VerifiedSignature, SignatureRefusal> {
        // 1
        if item.material == .certificate { return .failure(.keylessUnsupported) }
        // 2
        guard !keys.isEmpty else { return .failure(.noTrustedKey) }
        // 3
        let (message, content, claims) = signedMessage(of: item)
        // 4 to 6
        var signers: Set<VerifiedSignature.Signer> = []
        var unmatched = 0
        for claim in claims {
            switch signer(of: claim, over: message, among: keys, &budget) {
            case .found(let signer): signers.insert(signer)
            case .none: unmatched += 1
            case .budgetSpent: return .failure(.tooManyOperations(limit: budget.limit))
            }
        }
        // 7
        guard !signers.isEmpty else {
            return .failure(.noKeyMatches(keys: keys.keys.count, signatures: claims.count))
        }
        // 8
        return .success(
            VerifiedSignature(
                signers: signers.sorted(), content: content, unmatchedSignatures: unmatched, evidence: item.evidence))
    }
}

/// Bytes that trusted keys signed. Made by ``SignatureVerifier`` alone.
public struct VerifiedSignature: Sendable, Hashable {
    /// What was signed, as it was hashed. The two kinds are kept apart, so that a payload of one is never read as the
    /// other.
    public enum Content: Sendable, Hashable {
        case dsse(payloadType: ExactString, payload: [UInt8])
        case simpleSigning(payload: [UInt8])
    }

    /// A key that signed, and the scheme by which it did: who asks may trust the key under another scheme only.
    public struct Signer: Sendable, Hashable, Comparable {
        /// Fingerprint of the key.
        public let fingerprint: ExactString
        public let scheme: SignatureScheme

        public static func < (a: Signer, b: Signer) -> Bool {
            (a.fingerprint, ExactString(a.scheme.rawValue)) < (b.fingerprint, ExactString(b.scheme.rawValue))
        }
    }

    /// Who signed: at least one, distinct, sorted. A key that signed under two schemes is listed with each, so whoever
    /// counts signers counts fingerprints.
    public let signers: [Signer]
    public let content: Content
    /// How many signatures no trusted key made. They say nothing, for or against.
    public let unmatchedSignatures: Int
    /// Digest of the evidence as received.
    public let evidence: Digest

    fileprivate init(signers: [Signer], content: Content, unmatchedSignatures: Int, evidence: Digest) {
        self.signers = signers
        self.content = content
        self.unmatchedSignatures = unmatchedSignatures
        self.evidence = evidence
    }

    /// The signed bytes.
    public var payload: [UInt8] {
        switch content {
        case .dsse(_, let payload), .simpleSigning(let payload): payload
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
    mutating func spend(_ cost: Int) -> Bool {
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
    /// Signed with a certificate's key.
    case keylessUnsupported
    /// There is nothing to verify with.
    case noTrustedKey
    case noKeyMatches(keys: Int, signatures: Int)
    /// Not known: verifying on would have passed the limit.
    case tooManyOperations(limit: Int)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .keylessUnsupported: "expected a signature by a key, found one by a certificate"
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
    /// One signature of an item, to be verified.
    private struct Claim {
        let signature: [UInt8]
        let hint: ExactString?
    }

    private enum Outcome {
        case found(VerifiedSignature.Signer), none, budgetSpent
    }

    /// What every signature of an item is over. Hashed once for each hash function, whatever the number of keys.
    private struct Message {
        let signed: SignedMessage
        let byteCount: Int

        init(_ parts: [UInt8]...) {
            signed = SignedMessage(parts: parts.map { $0[...] })
            byteCount = parts.reduce(0) { $0 + $1.count }
        }
    }

    private static func signedMessage(
        of item: UnverifiedSignedItem
    ) -> (Message, VerifiedSignature.Content, [Claim]) {
        var hint: ExactString?
        if case .publicKeyHint(let text) = item.material { hint = text }
        switch item.content {
        case .dsse(let envelope):
            let header = PreAuthenticationEncoding.header(
                payloadType: envelope.payloadType, payloadByteCount: envelope.payload.count)
            return (
                Message(header, envelope.payload),
                .dsse(payloadType: envelope.payloadType, payload: envelope.payload),
                envelope.signatures.map { Claim(signature: $0.bytes, hint: $0.keyID ?? hint) }
            )
        case .simpleSigning(let payload, let signature):
            return (
                Message(payload), .simpleSigning(payload: payload), [Claim(signature: signature, hint: hint)]
            )
        }
    }

    private static func signer(
        of claim: Claim, over message: Message, among keys: TrustedKeySet, _ budget: inout SignatureBudget
    ) -> Outcome {
        let hinted = keys.position(ofHint: claim.hint)
        if let hinted {
            let outcome = outcome(of: claim, over: message, by: keys.keys[hinted], &budget)
            guard case .none = outcome else { return outcome }
        }
        for (position, key) in keys.keys.enumerated() where position != hinted {
            let outcome = outcome(of: claim, over: message, by: key, &budget)
            guard case .none = outcome else { return outcome }
        }
        return .none
    }

    private static func outcome(
        of claim: Claim, over message: Message, by trusted: TrustedKey, _ budget: inout SignatureBudget
    ) -> Outcome {
        guard trusted.key.kind.couldHaveMade(claim.signature) else { return .none }
        for scheme in trusted.schemes {
            guard budget.spend(scheme.cost(messageByteCount: message.byteCount)) else { return .budgetSpent }
            if trusted.key.isValid(claim.signature, over: message.signed, scheme: scheme) {
                return .found(.init(fingerprint: ExactString(trusted.key.fingerprint), scheme: scheme))
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

import Attestation
public import Content
import PKI
import StrictEncoding
import TransparencyLog

/// An artifact that a signature over plain bytes may be about: an image's manifest, a file.
public struct SignedArtifact: Sendable {
    /// SHA-256.
    public let digest: Digest
    let message: SignedMessage

    /// An artifact at hand.
    public init(_ content: VerifiedContent) {
        digest = content.digest
        message = SignedMessage(content.bytes)
    }

    /// An artifact of which only the digest is known. What Ed25519 and RSA keys signed can't be verified then.
    ///
    /// - Returns: nil for a digest other than SHA-256.
    public init?(digest: Digest) {
        guard digest.algorithm == .sha256, let bytes = try? Hex.decode(digest.hex),
            let message = SignedMessage(digest: bytes)
        else { return nil }
        self.digest = digest
        self.message = message
    }
}

/// What every signature of an item is over. Hashed once for each hash function, whatever the number of keys.
struct SignedContent {
    /// One signature of an item, to be verified.
    struct Claim {
        let signature: [UInt8]
        let hint: ExactString?
    }

    let message: SignedMessage
    let byteCount: Int
    let content: VerifiedSignature.Content
    let claims: [Claim]
    /// Of an envelope.
    private let payload: SignedMessage?
    /// What Google's older keys signed: the payload, of the one type that they sign.
    let payloadAlone: SignedMessage?

    /// Nil for a signature over an artifact that is not among `artifacts`.
    init?(of item: UnverifiedSignedItem, artifacts: [SignedArtifact]) {
        var hint: ExactString?
        if case .publicKeyHint(let text) = item.material { hint = text }
        switch item.content {
        case .dsse(let envelope):
            let header = PreAuthenticationEncoding.header(
                payloadType: envelope.payloadType, payloadByteCount: envelope.payload.count)
            message = SignedMessage(parts: [header[...], envelope.payload[...]])
            byteCount = header.count + envelope.payload.count
            content = .dsse(payloadType: envelope.payloadType, payload: envelope.payload)
            claims = envelope.signatures.map { Claim(signature: $0.bytes, hint: $0.keyID ?? hint) }
            let alone = SignedMessage(envelope.payload)
            payload = alone
            payloadAlone =
                item.form == .cloudBuild && envelope.payloadType == Statement.payloadType ? alone : nil
        case .simpleSigning(let bytes, let signature):
            message = SignedMessage(bytes)
            byteCount = bytes.count
            content = .simpleSigning(payload: bytes)
            claims = [Claim(signature: signature, hint: hint)]
            (payload, payloadAlone) = (nil, nil)
        case .message(let claimed, let signature):
            guard let artifact = Self.artifact(claimed, among: artifacts) else { return nil }
            message = artifact.message
            byteCount = 0
            content = .artifact(artifact.digest)
            claims = [Claim(signature: signature, hint: hint)]
            (payload, payloadAlone) = (nil, nil)
        }
    }

    /// The artifact with the claimed hash. Without a claim the only one there is: which of several, nobody could say.
    private static func artifact(_ claimed: LoggedHash?, among artifacts: [SignedArtifact]) -> SignedArtifact? {
        guard let claimed else { return artifacts.count == 1 ? artifacts.first : nil }
        return artifacts.first { artifact in
            if claimed.algorithm == .sha256 { return LoggedHash(artifact.digest) == claimed }
            return artifact.isAtHand && LoggedHash(of: artifact.message, using: claimed.algorithm) == claimed
        }
    }

    /// What an entry of a log about this signature has to speak of.
    func logged(_ claim: Claim, _ material: LoggedItem.Material, received: [UInt8]?) -> LoggedItem {
        switch content {
        case .dsse(let payloadType, let bytes):
            return LoggedItem(
                payloadType: payloadType, payload: payload ?? SignedMessage(bytes), preAuthenticationEncoding: message,
                received: received, signature: claim.signature, material: material)
        case .simpleSigning:
            return LoggedItem(
                hashes: LoggedHash.Algorithm.allCases.map { LoggedHash(of: message, using: $0) },
                signature: claim.signature, material: material)
        case .artifact(let digest):
            // A log may have been given another hash than the one by which the artifact is named.
            let others = LoggedHash.Algorithm.allCases.filter { $0 != .sha256 && !message.isKnownByDigestOnly }
            return LoggedItem(
                hashes: [LoggedHash(digest)] + others.map { LoggedHash(of: message, using: $0) },
                signature: claim.signature, material: material)
        }
    }

    /// What a signed timestamp is over: the signature; of cosign's attestations the envelope (cosign `pkg/cosign/verify`,
    /// `VerifyRFC3161Timestamp`).
    func stamped(_ claim: Claim, of item: UnverifiedSignedItem) -> SignedMessage {
        if item.form == .cosignLayer, case .dsse = item.content, let received = item.received {
            return SignedMessage(received)
        }
        return SignedMessage(claim.signature)
    }
}

extension SignedArtifact {
    fileprivate var isAtHand: Bool { !message.isKnownByDigestOnly }
}

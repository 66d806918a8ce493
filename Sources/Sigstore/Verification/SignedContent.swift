import Attestation
import PKI
import StrictEncoding
import TransparencyLog

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
    /// Of a signature over plain bytes.
    private let artifact: SignedArtifact?

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
            artifact = nil
        case .simpleSigning(let bytes, let signature):
            message = SignedMessage(bytes)
            byteCount = bytes.count
            content = .simpleSigning(payload: bytes)
            claims = [Claim(signature: signature, hint: hint)]
            (payload, payloadAlone) = (nil, nil)
            artifact = nil
        case .message(let claimed, let signature):
            guard let artifact = Self.artifact(claimed, among: artifacts) else { return nil }
            self.artifact = artifact
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
        return artifacts.first { $0.hash(using: claimed.algorithm) == claimed }
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
        case .artifact:
            // A log may have been given another hash than the one by which the artifact is named.
            return LoggedItem(hashes: artifact?.hashes ?? [], signature: claim.signature, material: material)
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

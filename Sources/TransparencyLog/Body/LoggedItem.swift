public import Attestation
public import PKI
public import StrictEncoding

/// What an entry of a log should be about: one signature, what it is over, and whose it is. It comes from the evidence
/// that is being verified; an entry is compared with it and adds nothing to it.
public struct LoggedItem: Sendable {
    /// What the signature is over.
    public let content: Content
    /// The signature's bytes.
    public let signature: [UInt8]
    /// The certificate or the key that verifies it.
    public let material: Material

    /// What is signed.
    public enum Content: Sendable {
        /// A message.
        case message(SignedMessage)
        /// A message of which only these hashes are known. An entry has to state one of their algorithms.
        case hashedMessage([LoggedHash])
        /// A DSSE envelope.
        case envelope(Envelope)
    }

    /// What verifies the signature, as an entry writes it.
    public enum Material: Sendable, Hashable {
        /// DER of the signer's certificate.
        case certificate([UInt8])
        /// DER of the key's `SubjectPublicKeyInfo`.
        case publicKey([UInt8])
    }

    /// A DSSE envelope, as entries identify it.
    public struct Envelope: Sendable {
        let payloadType: ExactString
        let payload: SignedMessage
        let preAuthenticationEncoding: SignedMessage
        let received: SignedMessage?
    }

    /// A signature over a message, whose hash is computed in the algorithm that an entry states.
    public init(message: SignedMessage, signature: [UInt8], material: Material) {
        content = .message(message)
        self.signature = signature
        self.material = material
    }

    /// A signature over a message that is not at hand.
    ///
    /// - Parameter hashes: of the message, in every algorithm in which it is known; all of them have to agree with an
    ///   entry that states their algorithm.
    public init(hashes: [LoggedHash], signature: [UInt8], material: Material) {
        content = .hashedMessage(hashes)
        self.signature = signature
        self.material = material
    }

    /// A signature of a DSSE envelope.
    ///
    /// - Parameters:
    ///   - payload: the payload and its pre-authentication encoding as messages, whose hashes are computed when an entry
    ///     states one, and shared with whoever verifies the signature.
    ///   - received: the bytes of the envelope as they were uploaded, where they are known: cosign stores just those.
    ///     In a bundle the envelope is written anew, and they are not.
    public init(
        payloadType: ExactString, payload: SignedMessage, preAuthenticationEncoding: SignedMessage,
        received: [UInt8]? = nil, signature: [UInt8], material: Material
    ) {
        content = .envelope(
            Envelope(
                payloadType: payloadType, payload: payload, preAuthenticationEncoding: preAuthenticationEncoding,
                received: received.map { SignedMessage($0) }))
        self.signature = signature
        self.material = material
    }

    /// A signature of this envelope.
    public init(
        envelope: UnverifiedEnvelope, received: [UInt8]? = nil, signature: [UInt8], material: Material
    ) {
        let header = PreAuthenticationEncoding.header(
            payloadType: envelope.payloadType, payloadByteCount: envelope.payload.count)
        self.init(
            payloadType: envelope.payloadType, payload: SignedMessage(envelope.payload),
            preAuthenticationEncoding: SignedMessage(parts: [header[...], envelope.payload[...]]),
            received: received, signature: signature, material: material)
    }
}

import Attestation
import Content
import PKI
import Signing
import Sigstore
import StrictEncoding
import Testing

/// Keys and signed items, signed for real.
enum Fixture {
    static let payloadType = "application/vnd.in-toto+json"
    static let statement = Array(
        #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"ab"}}],"predicateType":"p"}"#
            .utf8)

    static func key(_ kind: PublicKey.Kind = .ecdsaP256) throws -> PrivateKey { try PrivateKey.generate(kind) }

    static func trusted(_ keys: PrivateKey..., schemes: [SignatureScheme]? = nil) throws -> TrustedKeySet {
        TrustedKeySet(try keys.map { try #require(TrustedKey($0.publicKey, schemes: schemes)) })
    }

    static func fingerprint(_ key: PrivateKey) -> ExactString { ExactString(key.publicKey.fingerprint) }

    /// The signature of an envelope with this payload.
    static func sign(
        _ payload: [UInt8] = statement, type: String = payloadType, by key: PrivateKey,
        scheme: SignatureScheme? = nil
    ) throws -> [UInt8] {
        try key.sign(
            PreAuthenticationEncoding.encode(payloadType: ExactString(type), payload: payload), scheme: scheme)
    }

    /// An envelope with these signatures and hints.
    static func envelope(
        _ payload: [UInt8] = statement, type: String = payloadType, signatures: [(hint: String?, bytes: [UInt8])]
    ) -> [UInt8] {
        let tree: JSONTree = [
            "payload": .string(Base64.encode(payload)), "payloadType": .string(type),
            "signatures": .array(
                signatures.map { signature in
                    JSONTree(members: [
                        "sig": .string(Base64.encode(signature.bytes)),
                        "keyid": signature.hint.map { .string($0) },
                    ])
                }),
        ]
        return tree.canonicalBytes()
    }

    static func item(_ payload: [UInt8] = statement, signedBy keys: PrivateKey...) throws -> UnverifiedSignedItem {
        try UnverifiedSignedItem(
            envelope: envelope(payload, signatures: keys.map { (nil, try sign(payload, by: $0)) }))
    }

    /// A bundle of the latest version around an envelope, with this verification material.
    static func bundle(
        mediaType: String = "application/vnd.dev.sigstore.bundle.v0.3+json",
        material: String = #"{"publicKey":{"hint":"h"}}"#, content: String? = nil, by key: PrivateKey
    ) throws -> String {
        let envelope = String(decoding: envelope(signatures: [(nil, try sign(by: key))]), as: UTF8.self)
        let content = content ?? #""dsseEnvelope":\#(envelope)"#
        return #"{"mediaType":"\#(mediaType)","verificationMaterial":\#(material),\#(content)}"#
    }
}

extension Result {
    /// What went well, or nil.
    var success: Success? { try? get() }
    /// What went wrong, or nil.
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

/// Verifies with a fresh budget.
func verify(
    _ item: UnverifiedSignedItem, _ keys: TrustedKeySet
) -> Result<VerifiedSignature, SignatureRefusal> {
    var budget = SignatureBudget()
    return SignatureVerifier.verify(item, keys: keys, budget: &budget)
}

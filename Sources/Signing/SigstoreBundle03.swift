import Crypto
public import PKI
import StrictEncoding

/// Makes Sigstore bundles of version 0.3 (sigstore/protobuf-specs, `sigstore_bundle.proto`) for key-signed envelopes:
/// no certificate, no log entry, no timestamp.
public enum SigstoreBundle03 {
    /// What the bundle and the layer that holds it are.
    public static let mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

    /// The JSON of a bundle around `envelope`.
    ///
    /// - Parameter publicKeyHint: tells a verifier which of its keys to try; ``hint(for:)`` is what cosign 3 writes.
    /// - Throws: `DSSESigningError.notOneSignature`: the specification has exactly one in a bundle's envelope.
    public static func make(
        envelope: SignedEnvelope, publicKeyHint: String
    ) throws(DSSESigningError) -> [UInt8] {
        guard envelope.signatureCount == 1 else { throw .notOneSignature(found: envelope.signatureCount) }
        let bundle: JSONTree = [
            "mediaType": .string(mediaType),
            "verificationMaterial": ["publicKey": ["hint": .string(publicKeyHint)]],
            "dsseEnvelope": envelope.tree,
        ]
        return bundle.canonicalBytes()
    }

    /// The SHA-256 of the `SubjectPublicKeyInfo` in base64.
    public static func hint(for key: PublicKey) -> String {
        Base64.encode(Array(SHA256.hash(data: key.subjectPublicKeyInfo)))
    }
}

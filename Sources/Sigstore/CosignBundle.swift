import Attestation
import Content
import StrictEncoding
import TransparencyLog

/// What `cosign sign-blob --bundle` and `cosign attest-blob --bundle` wrote before there were Sigstore bundles (cosign
/// `pkg/cosign`, `LocalSignedPayload`).
extension UnverifiedSignedItem {
    /// - Throws: `SignedItemError`.
    init(cosignBundle value: JSONValue, evidence: Digest, limits: EnvelopeLimits) throws(SignedItemError) {
        let bundle = try BundleObject(value, place: "bundle")
        let signature = try bundle.bytes(CosignBundle.signature)
        guard !signature.isEmpty else { throw .missing(CosignBundle.signature) }
        var proofs = Proofs()
        var failure: SignedItemError?
        if let entry = bundle[CosignBundle.logEntry] {
            do throws(SignedItemError) {
                proofs.logEntries = [try CosignLogEntry.entry(entry)]
            } catch {
                failure = error
            }
        }
        self.init(
            form: .bundle, content: try CosignBundle.content(signature, limits),
            material: try CosignBundle.material(bundle), evidence: evidence,
            proofs: failure.map { .failure($0) } ?? .success(proofs),
            received: signature.first == UInt8(ascii: "{") ? signature : nil)
    }
}

enum CosignBundle {
    static let signature = "base64Signature"
    static let logEntry = "rekorBundle"

    static func isOne(_ object: JSONObject) -> Bool { object[signature] != nil }

    /// `attest-blob` stores its whole envelope as the signature. No signature of any scheme begins with `{`.
    static func content(
        _ signature: [UInt8], _ limits: EnvelopeLimits
    ) throws(SignedItemError) -> UnverifiedSignedItem.Content {
        guard signature.first == UInt8(ascii: "{") else { return .message(claimed: nil, signature: signature) }
        do {
            let envelope = try UnverifiedEnvelope(parsing: signature, limits: limits)
            guard envelope.signatures.count == 1 else {
                throw SignedItemError.bundleSignatureCount(envelope.signatures.count)
            }
            return .dsse(envelope)
        } catch let error as EnvelopeError {
            throw .envelope(error)
        } catch let error as SignedItemError {
            throw error
        } catch {
            throw .malformed("base64Signature")
        }
    }

    /// `cert` is PEM in base64: a certificate, or the public key where a key signed. That key is never used, not even as
    /// a hint: a key comes from who verifies.
    static func material(_ bundle: BundleObject) throws(SignedItemError) -> UnverifiedSignedItem.Material {
        try material(pem: bundle.bytes("cert"))
    }

    /// The same for what stands in a `cert`; none if it is empty.
    static func material(pem: [UInt8]) throws(SignedItemError) -> UnverifiedSignedItem.Material {
        guard !pem.isEmpty else { return .none }
        let blocks = try CosignPEM.blocks(pem, "cert")
        if blocks.count == 1, blocks[0].label.utf8.elementsEqual("PUBLIC KEY".utf8) { return .none }
        return .certificates(try CosignPEM.certificates(in: blocks, "cert"))
    }
}

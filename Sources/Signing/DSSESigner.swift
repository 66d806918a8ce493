public import Attestation
import PKI
import StrictEncoding

/// Makes DSSE envelopes (secure-systems-lab/dsse, protocol and envelope 1.0.2).
public enum DSSESigner {
    /// The JSON of an envelope that holds `payload` and one signature of each key, in order.
    ///
    /// Each signature names its key by the hash of the key's fingerprint: a hint, which verifiers may ignore.
    ///
    /// - Throws: `DSSESigningError.noKeys` rather than an envelope without signatures.
    public static func envelope(
        payload: [UInt8], payloadType: String, keys: [PrivateKey]
    ) throws(DSSESigningError) -> [UInt8] {
        try sign(payload: payload, payloadType: payloadType, keys: keys).json
    }

    /// The same as a value, for putting it into a bundle.
    public static func sign(
        payload: [UInt8], payloadType: String, keys: [PrivateKey]
    ) throws(DSSESigningError) -> SignedEnvelope {
        guard !keys.isEmpty else { throw .noKeys }
        let header = PreAuthenticationEncoding.header(
            payloadType: ExactString(payloadType), payloadByteCount: payload.count)
        let message = SignedMessage(parts: [header[...], payload[...]])
        var signatures: [JSONTree] = []
        for key in keys {
            do {
                signatures.append([
                    "keyid": .string(String(key.publicKey.fingerprint.dropFirst("sha256:".count))),
                    "sig": .string(Base64.encode(try key.sign(message))),
                ])
            } catch {
                throw .key(error)
            }
        }
        return SignedEnvelope(
            tree: [
                "payload": .string(Base64.encode(payload)),
                "payloadType": .string(payloadType),
                "signatures": .array(signatures),
            ],
            signatureCount: keys.count)
    }
}

extension DSSESigner {
    /// The JSON of an envelope with one signature more, over the same bytes as the others.
    ///
    /// Members that DSSE does not define are not kept. Nothing is verified: what the other signatures are worth is for
    /// whoever reads the result to say.
    ///
    /// - Throws: `DSSESigningError.alreadySigned` if a signature names the key already: a second one would add nobody.
    public static func adding(
        _ key: PrivateKey, to envelope: UnverifiedEnvelope
    ) throws(DSSESigningError) -> [UInt8] {
        let added = try sign(payload: envelope.payload, payloadType: envelope.payloadType.value, keys: [key])
        guard case .array(let signature)? = added.tree["signatures"],
            case .string(let hint)? = signature.first?["keyid"]
        else { throw .noKeys }
        guard !envelope.signatures.contains(where: { $0.keyID == ExactString(hint) }) else { throw .alreadySigned }
        let others = envelope.signatures.map { other in
            JSONTree(members: [
                "keyid": other.keyID.map { .string($0.value) }, "sig": .string(Base64.encode(other.bytes)),
            ])
        }
        let tree: JSONTree = [
            "payload": .string(Base64.encode(envelope.payload)),
            "payloadType": .string(envelope.payloadType.value),
            "signatures": .array(others + signature),
        ]
        return tree.canonicalBytes()
    }
}

/// A DSSE envelope that was made here. Nothing but ``DSSESigner`` makes one.
public struct SignedEnvelope: Sendable {
    let tree: JSONTree
    let signatureCount: Int

    /// UTF-8, members in canonical order.
    public var json: [UInt8] { tree.canonicalBytes() }
}

/// Why an envelope or a bundle was not made.
public enum DSSESigningError: Error, Equatable, Sendable {
    /// An envelope without signatures proves nothing.
    case noKeys
    /// The key has signed the envelope before.
    case alreadySigned
    /// A bundle holds an envelope with exactly one signature.
    case notOneSignature(found: Int)
    /// A key did not sign.
    case key(PrivateKeyError)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .noKeys: "expected at least one key to sign with, found none"
        case .alreadySigned: "expected a key that has not signed the envelope yet, found its signature"
        case .notOneSignature(let found): "expected an envelope with one signature for a bundle, found \(found)"
        case .key(let error): error.message
        }
    }
}

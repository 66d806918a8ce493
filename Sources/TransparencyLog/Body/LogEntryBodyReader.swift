import PKI
import StrictEncoding

/// Reads the member `spec` of a log entry's body, which each kind has in its own form (sigstore/rekor `pkg/types`, and
/// `rekor_tiles` of sigstore/protobuf-specs for `hashedrekord` 0.0.2).
struct LogEntryBodyReader {
    typealias Body = (subject: UnverifiedLogEntryBody.Subject, claims: [UnverifiedLogEntryBody.Claim])

    let spec: JSONValue

    func hashedrekord001() throws(LogEntryBodyError) -> Body {
        let hash = try hexHash(spec["data"]?["hash"], "data.hash", among: LoggedHash.Algorithm.allCases)
        let signature = try bytes(spec["signature"]?["content"], "signature.content")
        let material = try pemMaterial(spec["signature"]?["publicKey"]?["content"], "signature.publicKey.content")
        return (.signedBytes(hash), [.init(signature: signature, material: material)])
    }

    func hashedrekord002() throws(LogEntryBodyError) -> Body {
        let entry = spec["hashedRekordV002"]
        let data = entry?["data"]
        guard let name = data?["algorithm"]?.string, let algorithm = Self.algorithm(protobufName: name) else {
            throw .malformed("data.algorithm")
        }
        let digest = try bytes(data?["digest"], "data.digest")
        guard let hash = LoggedHash(algorithm, digest) else { throw .malformed("data.digest") }
        let signature = try bytes(entry?["signature"]?["content"], "signature.content")
        let verifier = entry?["signature"]?["verifier"]
        let material: LoggedItem.Material
        switch (verifier?["x509Certificate"], verifier?["publicKey"]) {
        case (let certificate?, nil):
            material = .certificate(try bytes(certificate["rawBytes"], "verifier.x509Certificate.rawBytes"))
        case (nil, let key?): material = .publicKey(try bytes(key["rawBytes"], "verifier.publicKey.rawBytes"))
        default: throw .malformed("verifier")
        }
        return (.signedBytes(hash), [.init(signature: signature, material: material)])
    }

    /// `envelopeHash` is that of the envelope as it was uploaded, which no bundle keeps. Payload and signatures, which
    /// are compared, say as much.
    func dsse001() throws(LogEntryBodyError) -> Body {
        let hash = try hexHash(spec["payloadHash"], "payloadHash", among: [.sha256])
        var claims: [UnverifiedLogEntryBody.Claim] = []
        for entry in try elements(spec["signatures"], "signatures") {
            let signature = try bytes(entry["signature"], "signatures.signature")
            claims.append(
                .init(signature: signature, material: try pemMaterial(entry["verifier"], "signatures.verifier")))
        }
        return (.payload(hash, payloadType: nil), claims)
    }

    func intoto001() throws(LogEntryBodyError) -> Body {
        let content = spec["content"]
        let envelope = try hexHash(content?["hash"], "content.hash", among: [.sha256])
        var payload: LoggedHash?
        if let stated = content?["payloadHash"] {
            payload = try hexHash(stated, "content.payloadHash", among: [.sha256])
        }
        let material = try pemMaterial(spec["publicKey"], "publicKey")
        return (.envelope(envelope, payload: payload), [.init(signature: nil, material: material)])
    }

    /// `content.hash` is that of an envelope that Rekor wrote anew, and the payload is left out of most entries:
    /// neither is looked at. Payload type, payload hash and signatures are.
    func intoto002() throws(LogEntryBodyError) -> Body {
        let content = spec["content"]
        let hash = try hexHash(content?["payloadHash"], "content.payloadHash", among: [.sha256])
        let envelope = content?["envelope"]
        guard let payloadType = envelope?["payloadType"]?.exact else {
            throw .malformed("content.envelope.payloadType")
        }
        var claims: [UnverifiedLogEntryBody.Claim] = []
        for entry in try elements(envelope?["signatures"], "content.envelope.signatures") {
            let material = try pemMaterial(entry["publicKey"], "content.envelope.signatures.publicKey")
            let signature = try bytes(entry["sig"], "content.envelope.signatures.sig")
            // The schema declares base64 and the value is DSSE's own base64, so it is encoded twice. What is not base64
            // inside is taken as the signature itself: no signature that matters reads as both.
            let inner = try? Base64.decode(bytes: signature[...], alphabet: .standardOrURLSafe)
            claims.append(.init(signature: inner ?? signature, material: material))
        }
        return (.payload(hash, payloadType: payloadType), claims)
    }
}

extension LogEntryBodyReader {
    private func bytes(_ value: JSONValue?, _ member: String) throws(LogEntryBodyError) -> [UInt8] {
        guard let decoded = try? value?.base64Bytes(), !decoded.isEmpty else { throw .malformed(member) }
        return decoded
    }

    private func elements(_ value: JSONValue?, _ member: String) throws(LogEntryBodyError) -> JSONArray {
        guard let array = value?.array, !array.isEmpty else { throw .malformed(member) }
        guard array.count <= UnverifiedLogEntryBody.maximumClaims else {
            throw .tooManySignatures(limit: UnverifiedLogEntryBody.maximumClaims)
        }
        return array
    }

    /// `{"algorithm": "sha256", "value": "…"}`.
    private func hexHash(
        _ value: JSONValue?, _ member: String, among algorithms: [LoggedHash.Algorithm]
    ) throws(LogEntryBodyError) -> LoggedHash {
        guard let name = value?["algorithm"], let digits = value?["value"]?.string,
            let algorithm = algorithms.first(where: { name.isIdentical(to: $0.rawValue) }),
            let bytes = try? Hex.decodeAnyCase(digits), let hash = LoggedHash(algorithm, bytes)
        else { throw .malformed(member) }
        return hash
    }

    /// The names of `HashAlgorithm` of sigstore/protobuf-specs.
    private static func algorithm(protobufName name: String) -> LoggedHash.Algorithm? {
        switch ExactString(name) {
        case "SHA2_256": .sha256
        case "SHA2_384": .sha384
        case "SHA2_512": .sha512
        default: nil
        }
    }

    /// A PEM file in base64: a public key, or a certificate, which others of its chain may follow.
    private func pemMaterial(_ value: JSONValue?, _ member: String) throws(LogEntryBodyError) -> LoggedItem.Material {
        let pem = try bytes(value, member)
        guard let blocks = try? PEMBlock.parseAll(pem, limit: UnverifiedLogEntryBody.maximumClaims),
            let first = blocks.first
        else { throw .malformed(member) }
        switch ExactString(first.label) {
        case "CERTIFICATE": return .certificate(first.bytes)
        case "PUBLIC KEY" where blocks.count == 1: return .publicKey(first.bytes)
        default: throw .malformed(member)
        }
    }
}

import Content
import PKI
import Signing
import StrictEncoding
import Testing

/// DSSE envelopes, bundles and simple signing payloads as they are made.
struct EnvelopeMakingTests {
    let payload = Array(#"{"_type":"https://in-toto.io/Statement/v1"}"#.utf8)
    let payloadType = "application/vnd.in-toto+json"

    @Test
    func eachSignatureCoversThePreAuthenticationEncoding() throws {
        let keys = try TestKeys.kinds.map { try TestKeys.key($0) }
        let json = try DSSESigner.envelope(payload: payload, payloadType: payloadType, keys: keys)
        let envelope = try JSONDocument(parsing: json).root
        #expect(try envelope["payload"]?.base64Bytes() == payload)
        #expect(envelope["payloadType"]?.string == payloadType)
        let signatures = Array(try #require(envelope["signatures"]?.array))
        #expect(signatures.count == keys.count)
        let encoded = Array("DSSEv1 28 application/vnd.in-toto+json \(payload.count) ".utf8) + payload
        for (key, signature) in zip(keys, signatures) {
            let bytes = try #require(signature["sig"]).base64Bytes()
            #expect(key.publicKey.verifyingScheme(of: bytes, over: SignedMessage(encoded)) != nil)
            #expect(key.publicKey.verifyingScheme(of: bytes, over: SignedMessage(payload)) == nil)
            #expect("sha256:" + (signature["keyid"]?.string ?? "") == key.publicKey.fingerprint)
        }
    }

    /// Lengths count bytes, not characters.
    @Test
    func encodesLengthsInBytes() throws {
        let key = try TestKeys.key(.ed25519)
        let json = try DSSESigner.envelope(payload: Array("é".utf8), payloadType: "tÿpe\r\n", keys: [key])
        let envelope = try JSONDocument(parsing: json).root
        #expect(envelope["payloadType"]?.exact == ExactString("tÿpe\r\n"))
        let signature = try #require(envelope["signatures"]?.array?.first?["sig"]).base64Bytes()
        let encoded = Array("DSSEv1 7 tÿpe\r\n 2 é".utf8)
        #expect(key.publicKey.isValid(signature, over: encoded, scheme: .ed25519))
    }

    @Test
    func makesNoEnvelopeWithoutSignatures() {
        #expect(throws: DSSESigningError.noKeys) {
            try DSSESigner.envelope(payload: payload, payloadType: payloadType, keys: [])
        }
    }

    @Test
    func bundleHoldsTheEnvelopeAndTheHint() throws {
        let key = try TestKeys.key(.ecdsaP256)
        let envelope = try DSSESigner.sign(payload: payload, payloadType: payloadType, keys: [key])
        let hint = SigstoreBundle03.hint(for: key.publicKey)
        let bundle = try JSONDocument(parsing: SigstoreBundle03.make(envelope: envelope, publicKeyHint: hint)).root
        #expect(bundle["mediaType"]?.string == "application/vnd.dev.sigstore.bundle.v0.3+json")
        #expect(bundle["verificationMaterial"]?["publicKey"]?["hint"]?.string == hint)
        #expect(bundle["verificationMaterial"]?.object?.count == 1)
        #expect(bundle["dsseEnvelope"].map { Array($0.rawBytes) } == envelope.json)
        #expect(bundle.object?.count == 3)
        #expect("sha256:" + Hex.encode(try Base64.decode(hint)) == key.publicKey.fingerprint)
    }

    @Test
    func bundleTakesExactlyOneSignature() throws {
        let keys = [try TestKeys.key(.ecdsaP256), try TestKeys.key(.ed25519)]
        let envelope = try DSSESigner.sign(payload: payload, payloadType: payloadType, keys: keys)
        #expect(throws: DSSESigningError.notOneSignature(found: 2)) {
            try SigstoreBundle03.make(envelope: envelope, publicKeyHint: "")
        }
    }

    @Test
    func simpleSigningPayloadIsWhatCosignWrites() throws {
        let digest = try Digest("sha256:" + String(repeating: "ab", count: 32))
        let payload = SimpleSigning.payload(dockerReference: "registry.example/ledger", manifestDigest: digest)
        let expected =
            #"{"critical":{"identity":{"docker-reference":"registry.example/ledger"},"#
            + #""image":{"docker-manifest-digest":"sha256:"# + String(repeating: "ab", count: 32) + #""},"#
            + #""type":"cosign container image signature"},"optional":null}"#
        #expect(String(decoding: payload, as: UTF8.self) == expected)
    }
}

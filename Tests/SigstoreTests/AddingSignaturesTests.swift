import Attestation
import PKI
import Signing
import Sigstore
import StrictEncoding
import Testing

@Suite struct AddingSignaturesTests {
    private let payload = Array("{\"a\":1}".utf8)
    private let payloadType = "application/x"

    /// Both verify over the very bytes that the first one signed.
    @Test func addsASignatureOverTheSameBytes() throws {
        let keys = [try PrivateKey.generate(.ecdsaP256), try PrivateKey.generate(.ed25519)]
        let first = try UnverifiedEnvelope(
            parsing: try DSSESigner.envelope(payload: payload, payloadType: payloadType, keys: [keys[0]]))
        let bytes = try DSSESigner.adding(keys[1], to: first)
        let both = try UnverifiedEnvelope(parsing: bytes)
        #expect(both.payload == payload)
        #expect(both.payloadType == ExactString(payloadType))
        #expect(both.signatures.first == first.signatures.first)
        var budget = SignatureBudget()
        let verified = try SignatureVerifier.verify(
            try UnverifiedSignedItem(envelope: bytes),
            keys: TrustedKeySet(keys.compactMap { TrustedKey($0.publicKey) }), budget: &budget
        ).get()
        #expect(
            Set(verified.signers.map(\.fingerprint)) == Set(keys.map { ExactString($0.publicKey.fingerprint) }))
        #expect(verified.payload == payload)
        #expect(throws: DSSESigningError.alreadySigned) { try DSSESigner.adding(keys[0], to: both) }
    }
}

import Attestation
import Content
import PKI
import Signing
import Sigstore
import Simulators
import StrictEncoding
import Testing

/// Every bit of every signed form, flipped: what then still verifies, says the same.
@Suite struct BitFlipTests {
    private func flippingEveryBit(
        of bytes: [UInt8], keys: TrustedKeySet, expected: VerifiedSignature.Content, signer: ExactString,
        parse: ([UInt8]) throws -> UnverifiedSignedItem
    ) throws -> (verified: Int, refused: Int) {
        #expect(try verify(parse(bytes), keys).get().content == expected)
        var verified = 0
        var refused = 0
        for position in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[position] ^= 1 << bit
                guard let item = try? parse(flipped), case .success(let result) = verify(item, keys) else {
                    refused += 1
                    continue
                }
                verified += 1
                #expect(result.content == expected, "byte \(position), bit \(bit)")
                #expect(result.signers.map(\.fingerprint) == [signer], "byte \(position), bit \(bit)")
            }
        }
        return (verified, refused)
    }

    @Test(arguments: [PublicKey.Kind.ecdsaP256, .ed25519])
    func neverVerifiesAnotherEnvelope(kind: PublicKey.Kind) throws {
        let key = try Fixture.key(kind)
        let payload = Array("{}".utf8)
        let bytes = Fixture.envelope(
            payload, type: "t", signatures: [("hint", try Fixture.sign(payload, type: "t", by: key))])
        let (verified, refused) = try flippingEveryBit(
            of: bytes, keys: Fixture.trusted(key), expected: .dsse(payloadType: "t", payload: payload),
            signer: Fixture.fingerprint(key)
        ) { try UnverifiedSignedItem(envelope: $0) }
        // The hint's four letters and the name `keyid` are all that may change: 9 bytes.
        #expect(verified > 0 && verified <= 9 * 8)
        #expect(verified + refused == bytes.count * 8)
    }

    @Test func neverVerifiesAnotherBundle() throws {
        let key = try Fixture.key()
        let bytes = Array(try Fixture.bundle(by: key).utf8)
        _ = try flippingEveryBit(
            of: bytes, keys: Fixture.trusted(key),
            expected: .dsse(payloadType: ExactString(Fixture.payloadType), payload: Fixture.statement),
            signer: Fixture.fingerprint(key)
        ) { try UnverifiedSignedItem(bundle: $0) }
    }

    @Test func neverVerifiesAnotherSignatureFile() throws {
        let key = try Fixture.key()
        let payload = SimpleSigning.payload(
            dockerReference: "registry.example/x", manifestDigest: Digest(of: Array("x".utf8)))
        let file = CosignSignatureTests.signatureFile(payload: payload, signature: try key.sign(payload))
        _ = try flippingEveryBit(
            of: file, keys: Fixture.trusted(key), expected: .simpleSigning(payload: payload),
            signer: Fixture.fingerprint(key)
        ) { try UnverifiedSignedItem(signatureFile: $0) }
    }
}

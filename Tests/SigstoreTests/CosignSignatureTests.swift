import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import StrictEncoding
import Testing

@Suite struct CosignSignatureTests {
    static let evidence = Digest(of: Array("evidence".utf8))
    static let payload = SimpleSigning.payload(
        dockerReference: "registry.example/finance/ledger", manifestDigest: evidence)
    static let signature = "dev.cosignproject.cosign/signature"

    static func signatureFile(
        payload: [UInt8] = payload, signature: [UInt8],
        mimeType: String = "application/vnd.dev.cosign.simplesigning.v1+json", more: [String: String] = [:]
    ) -> [UInt8] {
        var annotations: [ExactString: JSONTree] = [
            ExactString(Self.signature): .string(Base64.encode(signature))
        ]
        for (name, value) in more { annotations[ExactString(name)] = .string(value) }
        let file: JSONTree = [
            "mimeType": .string(mimeType), "payload": .string(Base64.encode(payload)),
            "annotations": .object(annotations),
        ]
        return Array("\0sigstore-json\n".utf8) + file.canonicalBytes()
    }

    func layer(
        _ payload: [UInt8] = payload, mediaType: MediaType = "application/vnd.dev.cosign.simplesigning.v1+json",
        annotations: [String: String]
    ) throws -> UnverifiedSignedItem {
        try UnverifiedSignedItem(
            cosignLayer: payload, mediaType: mediaType, annotations: annotations, evidence: Self.evidence)
    }

    // MARK: Layers

    @Test func verifiesTheSignatureOfALayer() throws {
        let key = try Fixture.key()
        let item = try layer(annotations: [
            Self.signature: Base64.encode(try key.sign(Self.payload)), "dev.sigstore.cosign/bundle": "{}",
            "org.example/other": "x",
        ])
        #expect(item.form == .cosignLayer)
        #expect(item.material == .none)
        #expect(item.evidence == Self.evidence)
        // What can't be read matters only to who needs it.
        #expect(item.proofs.failure == .missing("Payload"))
        let verified = try verify(item, Fixture.trusted(key)).get()
        #expect(verified.content == .simpleSigning(payload: Self.payload))
        #expect(try SimpleSigningPayload(parsing: verified.payload).manifestDigest == Self.evidence)
    }

    @Test func verifiesTheEnvelopeOfAnAttestationLayer() throws {
        let key = try Fixture.key()
        let envelope = Fixture.envelope(signatures: [("", try Fixture.sign(by: key))])
        let item = try layer(
            envelope, mediaType: "application/vnd.dsse.envelope.v1+json",
            annotations: [Self.signature: "", "predicateType": "https://slsa.dev/provenance/v1"])
        #expect(try verify(item, Fixture.trusted(key)).get().payload == Fixture.statement)
    }

    /// Not even as what a key signed, although the key is trusted.
    @Test(arguments: ["dev.sigstore.cosign/certificate", "dev.sigstore.cosign/chain"])
    func rejectsAnythingButCertificatesWhereTheyBelong(annotation: String) throws {
        let key = try Fixture.key()
        for value in ["-----BEGIN CERTIFICATE-----", "", "AAAA", key.publicKey.pem] {
            let error =
                annotation.hasSuffix("chain")
                ? SignedItemError.missing("dev.sigstore.cosign/certificate")
                : .malformed(annotation)
            #expect(throws: error) {
                try layer(annotations: [
                    Self.signature: Base64.encode(try key.sign(Self.payload)), annotation: value,
                ])
            }
            #expect(throws: error) {
                try layer(
                    Fixture.envelope(signatures: [(nil, try Fixture.sign(by: key))]),
                    mediaType: "application/vnd.dsse.envelope.v1+json", annotations: [annotation: value])
            }
            #expect(throws: error) {
                try UnverifiedSignedItem(
                    signatureFile: Self.signatureFile(signature: key.sign(Self.payload), more: [annotation: value]))
            }
            #expect(error.code.name == "sigstore.malformed-bundle")
        }
    }

    @Test(arguments: [[:], [signature: ""], ["Dev.cosignproject.cosign/signature": "AAAA"]])
    func rejectsALayerThatNobodySigned(annotations: [String: String]) {
        #expect(throws: SignedItemError.noSignature) { try layer(annotations: annotations) }
        #expect(SignedItemError.noSignature.code.name == "sigstore.no-signature")
    }

    @Test(arguments: ["AAA", "AA==\n", "-_-_", "aGl="])
    func rejectsASignatureThatIsNoCanonicalBase64(text: String) {
        #expect { try layer(annotations: [Self.signature: text]) } throws: {
            ($0 as? SignedItemError)?.code.name == "sigstore.malformed-signature"
        }
    }

    @Test(arguments: [
        MediaType("application/vnd.in-toto+json"), "application/vnd.oci.image.layer.v1.tar+gzip", "",
        "application/vnd.dev.cosign.simplesigning.v1+JSON",
    ])
    func rejectsAnyOtherLayer(mediaType: MediaType) {
        let error = SignedItemError.unsupportedLayer(mediaType)
        #expect(throws: error) { try layer(mediaType: mediaType, annotations: [Self.signature: "AAAA"]) }
        #expect(error.code.name == "sigstore.unsupported-layer")
    }

    @Test func rejectsMoreBytesThanTheLimit() {
        #expect {
            try UnverifiedSignedItem(
                cosignLayer: Self.payload, mediaType: SimpleSigningPayload.mediaType,
                annotations: [Self.signature: "AAAA"], evidence: Self.evidence,
                limits: EnvelopeLimits(bytes: Self.payload.count - 1))
        } throws: {
            ($0 as? SignedItemError)?.code.name == "limit.envelope-bytes"
        }
    }

    // MARK: Signature files

    @Test func verifiesASignatureFile() throws {
        let key = try Fixture.key()
        let bytes = Self.signatureFile(signature: try key.sign(Self.payload))
        let item = try UnverifiedSignedItem(signatureFile: bytes)
        #expect(item.form == .signatureFile)
        #expect(item.evidence == Digest(of: bytes))
        #expect(try verify(item, Fixture.trusted(key)).get().content == .simpleSigning(payload: Self.payload))
    }

    @Test(
        arguments: [
            [0x88, 0x01], [0x89, 0x01], [0xC2, 0x01], [0x90, 0x0D], [0xC4, 0x0D], [0xA3, 0x01], [0xC8, 0x01],
            [0xCB, 0x01],
            Array("-----BEGIN PGP SIGNED MESSAGE-----\n".utf8), Array("-----BEGIN PGP MESSAGE-----\n".utf8),
            Array("\0simple-signing\n\u{88}".utf8),
        ] as [[UInt8]])
    func recognisesOpenPGPAndRefusesIt(bytes: [UInt8]) {
        #expect(throws: SignedItemError.openPGP) { try UnverifiedSignedItem(signatureFile: bytes) }
        #expect(SignedItemError.openPGP.code.name == "simple-signing.openpgp-unsupported")
    }

    @Test(arguments: [
        "", "{}", "\0", "\0sigstore-json", "\0sigstore-json2\n{}", "\0SIGSTORE-JSON\n{}", "\0\n{}",
        "sigstore-json\n{}", "\0sigstore-json" + String(repeating: " ", count: 64) + "\n{}",
    ])
    func rejectsAFileOfNoKnownForm(text: String) {
        #expect(throws: SignedItemError.unknownSignatureFile) {
            try UnverifiedSignedItem(signatureFile: Array(text.utf8))
        }
        #expect(SignedItemError.unknownSignatureFile.code.name == "simple-signing.unknown-file")
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"mimeType":"x"}"#, #"{"mimeType":1,"payload":""}"#, #"{"mimeType":"x","payload":1}"#,
        #"{"mimeType":"x","payload":"*"}"#, #"{"mimeType":"x","payload":"","annotations":[]}"#,
        #"{"mimeType":"x","payload":"","annotations":{"a":1}}"#, #"{"mimeType":"x","mimeType":"x","payload":""}"#,
    ])
    func rejectsAMalformedSignatureFile(json: String) {
        #expect { try UnverifiedSignedItem(signatureFile: Array(("\0sigstore-json\n" + json).utf8)) } throws: {
            ($0 as? SignedItemError)?.code.name == "sigstore.malformed-signature"
        }
    }

    @Test func rejectsASignatureFileOfAnotherType() throws {
        let file = Self.signatureFile(signature: [1], mimeType: "application/vnd.example")
        #expect(throws: SignedItemError.unsupportedLayer("application/vnd.example")) {
            try UnverifiedSignedItem(signatureFile: file)
        }
    }

    @Test func rejectsASignatureFileThatNobodySigned() {
        for annotations in [#","annotations":null"#, #","annotations":{}"#, ""] {
            let json =
                #"{"mimeType":"application/vnd.dev.cosign.simplesigning.v1+json","payload":"e30="\#(annotations)}"#
            #expect(throws: SignedItemError.noSignature) {
                try UnverifiedSignedItem(signatureFile: Array(("\0sigstore-json\n" + json).utf8))
            }
        }
    }

    @Test func rejectsALargeSignatureFile() {
        for bytes in [
            Self.signatureFile(signature: [UInt8](repeating: 0, count: 4 << 20)),
            [UInt8](repeating: 0x88, count: (4 << 20) + 1),
        ] {
            #expect { try UnverifiedSignedItem(signatureFile: bytes) } throws: {
                ($0 as? SignedItemError)?.code.name == "limit.envelope-bytes"
            }
        }
    }
}

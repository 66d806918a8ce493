import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import StrictEncoding
import Testing

@Suite struct SigstoreBundleTests {
    func parse(_ text: String, limits: EnvelopeLimits = .standard) throws -> UnverifiedSignedItem {
        try UnverifiedSignedItem(bundle: Array(text.utf8), limits: limits)
    }

    @Test(arguments: [
        "application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle+json;version=0.2", "application/vnd.dev.sigstore.bundle+json;version=0.1",
    ])
    func readsEveryVersion(mediaType: String) throws {
        let key = try Fixture.key()
        let text = try Fixture.bundle(mediaType: mediaType, by: key)
        let item = try parse(text)
        #expect(item.form == .bundle)
        #expect(item.material == .publicKeyHint("h"))
        #expect(item.evidence == Digest(of: Array(text.utf8)))
        #expect(item.logEntries.isEmpty && item.timestamps.isEmpty)
        #expect(try verify(item, Fixture.trusted(key)).get().signers.map(\.fingerprint) == [Fixture.fingerprint(key)])
    }

    @Test func readsWhatThisProductWrites() throws {
        let key = try Fixture.key()
        let envelope = try DSSESigner.sign(
            payload: Fixture.statement, payloadType: Fixture.payloadType, keys: [key])
        let bundle = try SigstoreBundle03.make(
            envelope: envelope, publicKeyHint: SigstoreBundle03.hint(for: key.publicKey))
        let item = try UnverifiedSignedItem(bundle: bundle)
        #expect(item.material == .publicKeyHint(ExactString(SigstoreBundle03.hint(for: key.publicKey))))
        #expect(try verify(item, Fixture.trusted(key)).get().payload == Fixture.statement)
    }

    @Test(arguments: [
        "application/vnd.dev.sigstore.bundle.v0.4+json", "application/vnd.dev.sigstore.bundle+json;version=0.4",
        "application/vnd.dev.sigstore.bundle+json", "application/vnd.dev.sigstore.bundle.v0.3+JSON",
        "application/vnd.dev.sigstore.bundle.v0.3+json; x=y", "application/vnd.dev.sigstore.bundle.v0.30+json", "",
    ])
    func rejectsAnyOtherMediaType(mediaType: String) throws {
        let text = try Fixture.bundle(mediaType: mediaType, by: Fixture.key())
        let error = SignedItemError.unknownMediaType(mediaType)
        #expect(throws: error) { try parse(text) }
        #expect(error.code.name == "sigstore.unknown-media-type")
    }

    @Test func rejectsABundleWithoutAMediaType() throws {
        let text = try Fixture.bundle(by: Fixture.key()).replacing(#""mediaType""#, with: #""x""#, maxReplacements: 1)
        #expect(throws: SignedItemError.missing("mediaType")) { try parse(text) }
    }

    // MARK: Keyless

    @Test(arguments: [
        #"{"certificate":{"rawBytes":"AAAA"}}"#, #"{"x509CertificateChain":{"certificates":[{"rawBytes":"AAAA"}]}}"#,
        #"{"x509CertificateChain":{}}"#, #"{"certificate":7}"#,
    ])
    func rejectsWhatACertificateSigned(material: String) throws {
        let key = try Fixture.key()
        let item = try parse(Fixture.bundle(material: material, by: key))
        #expect(item.material == .certificate)
        // Even though the key that signed is trusted.
        #expect(try verify(item, Fixture.trusted(key)).failure == .keylessUnsupported)
        #expect(SignatureRefusal.keylessUnsupported.code.name == "sigstore.keyless-unsupported")
    }

    /// cosign GHSA-fx35-mq7g-6g98: a raw public key where a certificate, or only a hint, belongs.
    @Test func neverTakesAKeyFromTheBundle() throws {
        let (attacker, trusted) = (try Fixture.key(), try Fixture.key())
        let der = Base64.encode(attacker.publicKey.subjectPublicKeyInfo)
        let pem = Base64.encode(Array(attacker.publicKey.pem.utf8))
        for raw in [der, pem] {
            for material in [
                #"{"certificate":{"rawBytes":"\#(raw)"}}"#, #"{"publicKey":{"rawBytes":"\#(raw)"}}"#,
                #"{"publicKey":{"hint":"\#(raw)","rawBytes":"\#(raw)","keyDetails":"PKIX_ECDSA_P256_SHA_256"}}"#,
                #"{"publicKey":{"hint":"\#(trusted.publicKey.fingerprint)"}}"#,
            ] {
                let item = try parse(Fixture.bundle(material: material, by: attacker))
                #expect(try verify(item, Fixture.trusted(trusted)).success == nil)
                #expect(verify(item, TrustedKeySet([])).success == nil)
            }
        }
    }

    // MARK: Exactly one

    @Test(arguments: [
        ("{}", [String]()), (#"{"publicKey":null}"#, []),
        (#"{"publicKey":{"hint":"h"},"certificate":{}}"#, ["publicKey", "certificate"]),
        (
            #"{"publicKey":{},"x509CertificateChain":{},"certificate":{}}"#,
            ["publicKey", "x509CertificateChain", "certificate"]
        ),
    ])
    func rejectsAnythingButOneKindOfMaterial(material: String, found: [String]) throws {
        let text = try Fixture.bundle(material: material, by: Fixture.key())
        let error = SignedItemError.notExactlyOne(
            of: ["publicKey", "x509CertificateChain", "certificate"], found: found)
        #expect(throws: error) { try parse(text) }
        #expect(error.code.name == "sigstore.malformed-bundle")
    }

    @Test func rejectsAnythingButOneContent() throws {
        let both = try Fixture.bundle(by: Fixture.key())
            .replacing(#""dsseEnvelope""#, with: #""messageSignature":{},"dsseEnvelope""#)
        #expect(
            throws: SignedItemError.notExactlyOne(
                of: ["dsseEnvelope", "messageSignature"], found: ["dsseEnvelope", "messageSignature"])
        ) { try parse(both) }
        let none = try Fixture.bundle(content: #""dsseEnvelope":null"#, by: Fixture.key())
        #expect(throws: SignedItemError.notExactlyOne(of: ["dsseEnvelope", "messageSignature"], found: [])) {
            try parse(none)
        }
    }

    @Test func rejectsASignatureOverAPlainArtifact() throws {
        let text = try Fixture.bundle(
            content:
                #""messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"AA=="},"signature":"AA=="}"#,
            by: Fixture.key())
        #expect(throws: SignedItemError.messageSignature) { try parse(text) }
        #expect(SignedItemError.messageSignature.code.name == "sigstore.message-signature")
    }

    @Test func rejectsMoreThanOneSignature() throws {
        let (first, second) = (try Fixture.key(), try Fixture.key())
        let envelope = Fixture.envelope(signatures: [
            (nil, try Fixture.sign(by: first)), (nil, try Fixture.sign(by: second)),
        ])
        let text = try Fixture.bundle(
            content: #""dsseEnvelope":\#(String(decoding: envelope, as: UTF8.self))"#, by: first)
        let error = SignedItemError.bundleSignatureCount(2)
        #expect(throws: error) { try parse(text) }
        #expect(error.code.name == "sigstore.bundle-signature-count")
    }

    @Test func rejectsAnUnsignedEnvelope() throws {
        let envelope = String(decoding: Fixture.envelope(signatures: []), as: UTF8.self)
        let text = try Fixture.bundle(content: #""dsseEnvelope":\#(envelope)"#, by: Fixture.key())
        #expect(throws: SignedItemError.envelope(.noSignatures)) { try parse(text) }
    }

    // MARK: One reading

    @Test(arguments: [
        ("mediaType", "media_type"), ("verificationMaterial", "verification_material"),
        ("dsseEnvelope", "dsse_envelope"), ("publicKey", "public_key"),
    ])
    func rejectsNamesWithUnderscores(name: String, underscored: String) throws {
        let text = try Fixture.bundle(by: Fixture.key())
        let renamed = text.replacing("\"\(name)\"", with: "\"\(underscored)\"", maxReplacements: 1)
        #expect(throws: SignedItemError.underscoredName(name)) { try parse(renamed) }
        // Both spellings side by side are two bundles to two readers.
        let both = text.replacing("\"\(name)\"", with: "\"\(underscored)\":{},\"\(name)\"", maxReplacements: 1)
        #expect(throws: SignedItemError.underscoredName(name)) { try parse(both) }
    }

    @Test(arguments: ["x509_certificate_chain", "message_signature", "tlog_entries", "timestamp_verification_data"])
    func rejectsEveryUnderscoredName(name: String) throws {
        let material = #"{"publicKey":{"hint":"h"},"\#(name)":[]}"#
        #expect { try parse(Fixture.bundle(material: material, by: Fixture.key())) } throws: {
            guard case SignedItemError.underscoredName = $0 else { return false }
            return true
        }
    }

    @Test func ignoresMembersThatItDoesNotKnow() throws {
        let key = try Fixture.key()
        let material = #"{"publicKey":{"hint":"h","more_of_it":1},"x-vendor":{"a":1}}"#
        #expect(try verify(parse(Fixture.bundle(material: material, by: key)), Fixture.trusted(key)).success != nil)
    }

    @Test func rejectsAMemberStatedTwice() throws {
        let text = try Fixture.bundle(by: Fixture.key()).replacing(
            "\"mediaType\"", with: "\"mediaType\":\"\",\"mediaType\"")
        #expect { try parse(text) } throws: {
            guard case SignedItemError.json(.duplicateKey("mediaType", _)) = $0 else { return false }
            return true
        }
    }

    @Test(arguments: [
        "[]", "7", #"{"publicKey":7}"#, #"{"publicKey":{"hint":7}}"#, #"{"publicKey":{},"tlogEntries":{}}"#,
        #"{"publicKey":{},"timestampVerificationData":[]}"#,
        #"{"publicKey":{},"timestampVerificationData":{"rfc3161Timestamps":{}}}"#,
    ])
    func rejectsMalformedMaterial(material: String) throws {
        let text = try Fixture.bundle(material: material, by: Fixture.key())
        #expect { try parse(text) } throws: {
            guard case SignedItemError.malformed = $0 else { return false }
            return true
        }
    }

    // MARK: Log entries and timestamps

    @Test func keepsLogEntriesAndTimestampsAsReceived() throws {
        let key = try Fixture.key()
        let item = try parse(
            Fixture.bundle(
                material:
                    #"{"publicKey":{"hint":"h"},"tlogEntries":[{"logIndex": "1"},7],"timestampVerificationData":{"rfc3161Timestamps":[{"signedTimestamp":"AA=="}]}}"#,
                by: key))
        #expect(item.logEntries == [Array(#"{"logIndex": "1"}"#.utf8), Array("7".utf8)])
        #expect(item.timestamps == [Array(#"{"signedTimestamp":"AA=="}"#.utf8)])
        #expect(try verify(item, Fixture.trusted(key)).success != nil)
    }

    @Test func rejectsMoreLogEntriesOrTimestampsThanTheLimit() throws {
        func elements(_ count: Int) -> String {
            "[" + Array(repeating: "{}", count: count).joined(separator: ",") + "]"
        }
        func material(_ entries: Int, _ timestamps: Int) -> String {
            #"{"publicKey":{},"tlogEntries":\#(elements(entries)),"timestampVerificationData":{"rfc3161Timestamps":\#(elements(timestamps))}}"#
        }
        let key = try Fixture.key()
        #expect(try parse(Fixture.bundle(material: material(100, 100), by: key)).logEntries.count == 100)
        for (entries, timestamps, name) in [(101, 0, "tlogEntries"), (0, 101, "rfc3161Timestamps")] {
            let error = SignedItemError.tooManyElements(name, limit: 100, found: 101)
            #expect(throws: error) { try parse(Fixture.bundle(material: material(entries, timestamps), by: key)) }
            #expect(error.code.name == "limit.bundle-elements")
        }
    }

    @Test func rejectsMoreBytesThanTheLimit() throws {
        let text = try Fixture.bundle(by: Fixture.key())
        #expect { try parse(text, limits: EnvelopeLimits(bytes: text.utf8.count - 1)) } throws: {
            ($0 as? SignedItemError)?.code.name == "limit.envelope-bytes"
        }
        #expect { try parse(text, limits: EnvelopeLimits(depth: 2)) } throws: {
            ($0 as? SignedItemError)?.code.name == "limit.evidence-json-depth"
        }
    }
}

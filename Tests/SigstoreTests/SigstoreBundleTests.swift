import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import StrictEncoding
import Testing
import TransparencyLog

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
        #expect(item.proofs.success == .init())
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
    ])
    func rejectsWhatACertificateSignedWithoutATrustedRoot(material: String) throws {
        let key = try Fixture.key()
        let item = try parse(Fixture.bundle(material: material, by: key))
        #expect(item.material == .certificates([[0, 0, 0]]))
        // Even though the key that signed is trusted.
        #expect(try verify(item, Fixture.trusted(key)).failure == .noTrustedRoot)
    }

    @Test(arguments: [
        (#"{"x509CertificateChain":{}}"#, SignedItemError.missing("certificates")),
        (#"{"x509CertificateChain":{"certificates":[]}}"#, .missing("certificates")),
        (#"{"x509CertificateChain":{"certificates":[7]}}"#, .malformed("certificates")),
        (#"{"certificate":7}"#, .malformed("certificate")),
        (#"{"certificate":{"rawBytes":7}}"#, .malformed("rawBytes")),
    ])
    func rejectsMalformedCertificates(material: String, error: SignedItemError) throws {
        let text = try Fixture.bundle(material: material, by: Fixture.key())
        #expect(throws: error) { try parse(text) }
        #expect(error.code.name == "sigstore.malformed-bundle")
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

    @Test func verifiesWhatAKeySignedOfAnArtifact() throws {
        let key = try Fixture.key()
        let artifact = Array("file".utf8)
        let signature = Base64.encode(try key.sign(artifact))
        let digest = Base64.encode(Hashing.hash(artifact, using: .sha256))
        for stated in [#""messageDigest":{"algorithm":"SHA2_256","digest":"\#(digest)"},"#, ""] {
            let item = try parse(
                Fixture.bundle(content: #""messageSignature":{\#(stated)"signature":"\#(signature)"}"#, by: key))
            var budget = SignatureBudget()
            let verified = try SignatureVerifier.verify(
                item, keys: Fixture.trusted(key),
                artifacts: [SignedArtifact(VerifiedContent(namedByOwnDigest: artifact))], budget: &budget
            ).get()
            #expect(verified.content == .artifact(Digest(of: artifact)))
            #expect(verified.signers.map(\.fingerprint) == [Fixture.fingerprint(key)])
            #expect(try verify(item, Fixture.trusted(key)).failure == .noArtifact)
        }
        #expect(SignatureRefusal.noArtifact.code.name == "sigstore.message-signature")
    }

    @Test(arguments: [
        (#"{}"#, SignedItemError.missing("signature")), (#"{"signature":""}"#, .missing("signature")),
        (#"{"signature":7}"#, .malformed("signature")),
        (
            #"{"signature":"AAAA","messageDigest":{"algorithm":"SHA2_256","digest":"AA=="}}"#,
            .malformed("messageDigest")
        ),
        (#"{"signature":"AAAA","messageDigest":{"algorithm":"SHA1","digest":"AA=="}}"#, .malformed("messageDigest")),
        (#"{"signature":"AAAA","messageDigest":{}}"#, .malformed("messageDigest")),
        (#"{"signature":"AAAA","messageDigest":7}"#, .malformed("messageDigest")),
    ])
    func rejectsAMalformedMessageSignature(message: String, error: SignedItemError) throws {
        let text = try Fixture.bundle(content: #""messageSignature":\#(message)"#, by: Fixture.key())
        #expect(throws: error) { try parse(text) }
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
        "[]", "7", #"{"publicKey":7}"#, #"{"publicKey":{"hint":7}}"#,
    ])
    func rejectsMalformedMaterial(material: String) throws {
        let text = try Fixture.bundle(material: material, by: Fixture.key())
        #expect { try parse(text) } throws: {
            guard case SignedItemError.malformed = $0 else { return false }
            return true
        }
    }

    // MARK: Log entries and timestamps

    @Test func readsLogEntriesAndTimestamps() throws {
        let key = try Fixture.key()
        let entry = #"""
            {"logIndex":"7","logId":{"keyId":"AQ=="},"kindVersion":{"kind":"dsse","version":"0.0.1"},
            "integratedTime":"9","inclusionPromise":{"signedEntryTimestamp":"Ag=="},
            "inclusionProof":{"logIndex":3,"rootHash":"Aw==","treeSize":"4","hashes":["BA=="],
            "checkpoint":{"envelope":"e"}},"canonicalizedBody":"BQ=="}
            """#
        let material =
            #"{"publicKey":{},"tlogEntries":[\#(entry),{}],"timestampVerificationData":{"rfc3161Timestamps":[{"signedTimestamp":"Bg=="}]}}"#
        let item = try parse(Fixture.bundle(material: material, by: key))
        let proofs = try item.proofs.get()
        let proof = InclusionProof(
            logIndex: 3, rootHash: [3], treeSize: 4, hashes: [[4]], checkpoint: Array("e".utf8))
        #expect(
            proofs.logEntries == [
                UnverifiedLogEntry(
                    logIndex: 7, logID: [1], kind: "dsse", version: "0.0.1", integratedTime: 9,
                    inclusionPromise: [2], inclusionProof: proof, canonicalizedBody: [5]),
                // Absent is protobuf's default, for the verifier to judge.
                UnverifiedLogEntry(logIndex: 0, logID: [], kind: "", version: "", canonicalizedBody: []),
            ])
        #expect(proofs.timestamps == [[6]])
        #expect(try verify(item, Fixture.trusted(key)).success != nil)
    }

    /// A key's signature needs none of it, a certificate's does.
    @Test(arguments: [
        (#""tlogEntries":{}"#, SignedItemError.malformed("tlogEntries")),
        (#""tlogEntries":[7]"#, .malformed("tlogEntries")), (#""tlogEntries":[{"logId":7}]"#, .malformed("logId")),
        (#""tlogEntries":[{"logIndex":"07"}]"#, .malformed("logIndex")),
        (#""tlogEntries":[{"logIndex":1.0}]"#, .malformed("logIndex")),
        (#""tlogEntries":[{"logIndex":"9223372036854775808"}]"#, .malformed("logIndex")),
        (#""tlogEntries":[{"canonicalizedBody":"*"}]"#, .notBase64("canonicalizedBody", .invalidCharacter(offset: 0))),
        (#""tlogEntries":[{"kind_version":{}}]"#, .underscoredName("kindVersion")),
        (#""tlogEntries":[{"inclusionProof":{"hashes":[7]}}]"#, .malformed("hashes")),
        (#""timestampVerificationData":[]"#, .malformed("timestampVerificationData")),
        (#""timestampVerificationData":{"rfc3161Timestamps":{}}"#, .malformed("rfc3161Timestamps")),
        (#""timestampVerificationData":{"rfc3161Timestamps":[7]}"#, .malformed("rfc3161Timestamps")),
        (#""tlogEntries":[{},{}]"#, .repeated("tlogEntries")),
    ])
    func keepsWhyProofsCannotBeRead(proofs: String, error: SignedItemError) throws {
        let key = try Fixture.key()
        let item = try parse(Fixture.bundle(material: #"{"publicKey":{},\#(proofs)}"#, by: key))
        #expect(item.proofs.failure?.code == error.code)
        if case .notBase64 = error {} else { #expect(item.proofs.failure == error) }
        #expect(try verify(item, Fixture.trusted(key)).success != nil)
    }

    @Test func rejectsMoreLogEntriesOrTimestampsThanTheLimit() throws {
        func material(_ entries: Int, _ timestamps: Int) -> String {
            let logged = (0..<entries).map { #"{"logIndex":\#($0)}"# }.joined(separator: ",")
            let stamps = (0..<timestamps).map { #"{"signedTimestamp":"\#(Base64.encode([UInt8($0)]))"}"# }
                .joined(separator: ",")
            return
                #"{"publicKey":{},"tlogEntries":[\#(logged)],"timestampVerificationData":{"rfc3161Timestamps":[\#(stamps)]}}"#
        }
        let key = try Fixture.key()
        #expect(
            try parse(Fixture.bundle(material: material(32, 32), by: key)).proofs.success?.logEntries.count == 32)
        for (entries, timestamps, name) in [(33, 0, "tlogEntries"), (0, 33, "rfc3161Timestamps")] {
            let error = SignedItemError.tooManyElements(name, limit: 32, found: 33)
            let item = try parse(Fixture.bundle(material: material(entries, timestamps), by: key))
            #expect(item.proofs.failure == error)
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

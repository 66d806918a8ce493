import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Each form in which keyless evidence is stored, from signing to the verified signer.
@Suite struct KeylessFormsTests {
    static let promiseAlone = ProofRequirement(insecureAcceptsPromiseAlone: true)

    /// What a signature of the scene has to prove, whatever it was wrapped in.
    func expectSigner(
        _ outcome: Result<VerifiedSignature, SignatureRefusal>, _ scene: KeylessScene, times: [Int64],
        logs: Int = 1, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let verified = try outcome.get()
        let signer = try #require(verified.certificateSigner, sourceLocation: sourceLocation)
        #expect(signer.identity?.issuer == ExactString(SimulatedCA.githubIssuer), sourceLocation: sourceLocation)
        #expect(
            signer.identity?.subject == .uri(ExactString(SimulatedCA.workflow)), sourceLocation: sourceLocation)
        #expect(signer.identity?.claims.runnerEnvironment == "github-hosted", sourceLocation: sourceLocation)
        #expect(signer.root == "instance", sourceLocation: sourceLocation)
        #expect(
            signer.certificate.value == "sha256:" + Hex.encode(Hashing.hash(scene.leaf.der, using: .sha256)),
            sourceLocation: sourceLocation)
        #expect(
            signer.times == times.map { SimulatedCA.now.adding(seconds: $0) }, sourceLocation: sourceLocation)
        #expect(signer.logs == logs, sourceLocation: sourceLocation)
        #expect(verified.verifiedTimes == signer.times, sourceLocation: sourceLocation)
        #expect(verified.signers.isEmpty && verified.unmatchedSignatures == 0, sourceLocation: sourceLocation)
    }

    // MARK: Sigstore bundles

    @Test(
        arguments: [
            "application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3",
            "application/vnd.dev.sigstore.bundle+json;version=0.2",
            "application/vnd.dev.sigstore.bundle+json;version=0.1",
        ], [false, true])
    func verifiesABundleOfEveryVersion(mediaType: String, withChain: Bool) throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        draft.mediaType = mediaType
        if withChain { draft.useChain([scene.leaf.der, scene.authority.intermediate.der]) }
        let item = try draft.item()
        #expect(item.form == .bundle)
        try expectSigner(scene.verify(item), scene, times: [30])
        #expect(try scene.verify(item).get().payload == KeylessScene.statement)
    }

    @Test(arguments: [
        LogEntryKind.dsse001, .intoto001, .intoto002, .hashedrekord002,
    ])
    func verifiesAnEnvelopeLoggedAsEveryKind(kind: LogEntryKind) throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle(.envelope, kind)
        // Nothing dates an entry of Rekor 2 but the timestamp.
        try expectSigner(scene.verify(draft), scene, times: [kind.generation == .rekor1 ? 30 : 60])
    }

    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002])
    func verifiesASignatureOverAnArtifact(kind: LogEntryKind) throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle(.artifact, kind)
        let digest = Digest(of: KeylessScene.artifact)
        let byDigest = try #require(SignedArtifact(digest: digest))
        for artifact in [KeylessScene.released, byDigest] {
            let outcome = try scene.verify(draft.item(), artifacts: [artifact])
            try expectSigner(outcome, scene, times: [kind.generation == .rekor1 ? 30 : 60])
            #expect(try outcome.get().content == .artifact(digest))
            #expect(try outcome.get().payload.isEmpty)
        }
    }

    /// The digest of a message signature is a hint; without it the one artifact that there is is tried.
    @Test func verifiesAMessageSignatureWithoutADigest() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle(.artifact)
        draft.messageDigest = .null
        let other = SignedArtifact(VerifiedContent(namedByOwnDigest: [1]))
        #expect(try scene.verify(draft.item()).success != nil)
        #expect(
            try scene.verify(draft.item(), artifacts: [other]).failure?.code.name == "sigstore.certificate-signature")
        #expect(try scene.verify(draft.item(), artifacts: [KeylessScene.released, other]).failure == .noArtifact)
        #expect(try scene.verify(draft.item(), artifacts: []).failure == .noArtifact)
    }

    /// A log that was given another hash of the artifact than the one by which the signature names it.
    @Test(arguments: ["sha384", "sha512"])
    func comparesAnArtifactInTheHashOfTheLog(name: String) throws {
        var scene = try KeylessScene()
        let algorithm = try #require(LoggedHash.Algorithm(rawValue: name))
        let hash = LoggedHash(of: SignedMessage(KeylessScene.artifact), using: algorithm)
        let draft = try scene.bundle(.artifact) {
            $0.hashAlgorithm = name
            $0.hash = hash.bytes
        }
        #expect(try scene.verify(draft).success != nil)
        let byDigest = try #require(SignedArtifact(digest: Digest(of: KeylessScene.artifact)))
        #expect(try scene.verify(draft.item(), artifacts: [byDigest]).failure?.code.name == "log.other-content")
    }

    @Test(arguments: [PublicKey.Kind.ecdsaP256, .ecdsaP384, .ecdsaP521, .ed25519, .rsa(bits: 2048)])
    func verifiesCertificatesWithEveryKindOfKey(kind: PublicKey.Kind) throws {
        var scene = try KeylessScene(kind)
        try expectSigner(scene.verify(scene.bundle(.envelope, .hashedrekord002)), scene, times: [60])
    }

    @Test func readsLinesOfBundles() throws {
        var scene = try KeylessScene()
        let lines = try [scene.bundle(), scene.bundle(.artifact), scene.bundle(.envelope, .hashedrekord002)]
        let text = lines.map(\.bytes).joined(separator: Array("\n".utf8))
        let file = EvidenceFile.sniff(Array(text))
        #expect(file.form == .lines && file.items.count == 3)
        for item in file.items { #expect(try scene.verify(item.get()).success != nil) }
    }

    /// Some writers keep the token of an authority without the answer around it.
    @Test func readsATimestampThatIsATokenAlone() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle(.envelope, .hashedrekord002)
        draft.timestamps = [try scene.clock.answer(to: draft.signed.signature).token()]
        try expectSigner(scene.verify(draft), scene, times: [60])
    }

    // MARK: cosign's layers

    func layer(
        _ payload: [UInt8], _ mediaType: MediaType, _ annotations: [String: String]
    ) throws -> UnverifiedSignedItem {
        try UnverifiedSignedItem(
            cosignLayer: payload, mediaType: mediaType, annotations: annotations, evidence: Digest(of: payload))
    }

    /// `cosign sign`: a promise of Rekor 1 and nothing else proves such a signature.
    @Test func verifiesALayerOfASignature() throws {
        var scene = try KeylessScene()
        var parts = try scene.signed(.artifact)
        parts.message = CosignSignatureTests.payload
        parts.signature = try scene.key.sign(parts.message)
        let entry = try scene.rekor1.log(parts.submission(.hashedrekord001))
        let annotations = [
            "dev.cosignproject.cosign/signature": Base64.encode(parts.signature),
            "dev.sigstore.cosign/certificate": scene.leaf.pem,
            "dev.sigstore.cosign/chain": scene.authority.intermediate.pem + scene.authority.root.pem,
            "dev.sigstore.cosign/bundle": entry.rekorBundle,
        ]
        let item = try layer(parts.message, SimpleSigningPayload.mediaType, annotations)
        #expect(item.form == .cosignLayer)
        #expect(
            item.material
                == .certificates([scene.leaf.der, scene.authority.intermediate.der, scene.authority.root.der]))
        let accepting = try scene.root.trusted("instance", Self.promiseAlone)
        let outcome = try scene.verify(item, [accepting])
        try expectSigner(outcome, scene, times: [30])
        #expect(try outcome.get().content == .simpleSigning(payload: parts.message))
        #expect(try scene.verify(item).failure?.code.name == "log.no-inclusion-proof")

        let file = try UnverifiedSignedItem(
            signatureFile: CosignSignatureTests.signatureFile(
                payload: parts.message, signature: parts.signature, more: annotations))
        try expectSigner(scene.verify(file, [accepting]), scene, times: [30])
    }

    /// `cosign sign --timestamp-server-url`: the stamp is over the signature.
    @Test func verifiesALayerWithATimestampAlone() throws {
        let scene = try KeylessScene()
        let signature = try scene.key.sign(CosignSignatureTests.payload)
        let item = try layer(
            CosignSignatureTests.payload, SimpleSigningPayload.mediaType,
            [
                "dev.cosignproject.cosign/signature": Base64.encode(signature),
                "dev.sigstore.cosign/certificate": scene.leaf.pem,
                "dev.sigstore.cosign/rfc3161timestamp": try stamp(scene, signature),
            ])
        let root = try scene.root.trusted(
            "instance", ProofRequirement(logEntries: 0, signedTimestamps: 1))
        try expectSigner(scene.verify(item, [root]), scene, times: [60], logs: 0)
    }

    /// `cosign attest`: what is logged and stamped is the envelope as a whole.
    @Test(arguments: [LogEntryKind.intoto001, .dsse001])
    func verifiesALayerOfAnAttestation(kind: LogEntryKind) throws {
        var scene = try KeylessScene()
        let parts = try scene.signed(.envelope)
        var submission = parts.submission(kind)
        submission.statesPayloadHash = false
        let entry = try scene.rekor1.log(submission)
        func item(stampOver bytes: [UInt8]) throws -> UnverifiedSignedItem {
            try layer(
                parts.envelope, "application/vnd.dsse.envelope.v1+json",
                [
                    "dev.cosignproject.cosign/signature": "", "dev.sigstore.cosign/certificate": scene.leaf.pem,
                    "dev.sigstore.cosign/bundle": entry.rekorBundle,
                    "dev.sigstore.cosign/rfc3161timestamp": try stamp(scene, bytes),
                ])
        }
        let root = try scene.root.trusted("instance", Self.promiseAlone)
        try expectSigner(scene.verify(item(stampOver: parts.envelope), [root]), scene, times: [30, 60])
        try expectSigner(scene.verify(item(stampOver: parts.signature), [root]), scene, times: [30])
    }

    func stamp(_ scene: KeylessScene, _ bytes: [UInt8]) throws -> String {
        #"{"SignedRFC3161Timestamp":"\#(Base64.encode(try scene.timestamp(of: bytes)))"}"#
    }

    /// cosign GHSA-fx35-mq7g-6g98: a raw public key where a certificate belongs.
    @Test(arguments: ["dev.sigstore.cosign/certificate", "dev.sigstore.cosign/chain"])
    func rejectsARawKeyInTheAnnotationOfACertificate(annotation: String) throws {
        let attacker = try Fixture.key()
        var annotations = [
            "dev.cosignproject.cosign/signature": Base64.encode(try attacker.sign(CosignSignatureTests.payload)),
            "dev.sigstore.cosign/certificate": try KeylessScene().leaf.pem,
        ]
        annotations[annotation] = attacker.publicKey.pem
        #expect(throws: SignedItemError.malformed(annotation)) {
            try layer(CosignSignatureTests.payload, SimpleSigningPayload.mediaType, annotations)
        }
        #expect(SignedItemError.malformed(annotation).code.name == "sigstore.malformed-bundle")
    }

    @Test func rejectsAChainWithoutACertificate() throws {
        let scene = try KeylessScene()
        #expect(throws: SignedItemError.missing("dev.sigstore.cosign/certificate")) {
            try layer(
                CosignSignatureTests.payload, SimpleSigningPayload.mediaType,
                [
                    "dev.cosignproject.cosign/signature": "AAAA",
                    "dev.sigstore.cosign/chain": scene.authority.intermediate.pem,
                ])
        }
    }

    /// What can't be read proves nothing, and refuses what needs it.
    @Test(arguments: [
        ("bundle", "{", "sigstore.malformed-bundle"), ("bundle", "{}", "sigstore.malformed-bundle"),
        ("bundle", #"{"Payload":{"body":"*"}}"#, "sigstore.malformed-signature"),
        ("bundle", #"{"Payload":{"body":"e30=","logID":"zz"}}"#, "sigstore.malformed-bundle"),
        ("bundle", #"{"Payload":{"body":"AA=="}}"#, "sigstore.malformed-bundle"),
        ("bundle", #"{"Payload":{"body":"e30=","integratedTime":1.5}}"#, "sigstore.malformed-bundle"),
        ("rfc3161timestamp", "[]", "sigstore.malformed-bundle"),
        ("rfc3161timestamp", #"{"SignedRFC3161Timestamp":7}"#, "sigstore.malformed-bundle"),
        ("rfc3161timestamp", #"{"SignedRFC3161Timestamp":"AA=="}"#, "timestamp.malformed"),
    ])
    func rejectsUnreadableProofsOfALayer(name: String, text: String, code: String) throws {
        let scene = try KeylessScene()
        let item = try layer(
            CosignSignatureTests.payload, SimpleSigningPayload.mediaType,
            [
                "dev.cosignproject.cosign/signature": Base64.encode(
                    try scene.key.sign(CosignSignatureTests.payload)),
                "dev.sigstore.cosign/certificate": scene.leaf.pem, "dev.sigstore.cosign/" + name: text,
            ])
        #expect(try scene.verify(item).failure?.code.name == code)
        #expect(try item.proofs.failure == nil || scene.verify(item).failure?.message.isEmpty == false)
    }

    // MARK: cosign's older bundles

    func cosignBundle(
        signature: [UInt8], certificate: String?, entry: UnverifiedLogEntry?
    ) throws -> UnverifiedSignedItem {
        var members = [#""base64Signature":"\#(Base64.encode(signature))""#]
        if let certificate { members.append(#""cert":"\#(Base64.encode(Array(certificate.utf8)))""#) }
        if let entry { members.append(#""rekorBundle":\#(entry.rekorBundle)"#) }
        let file = EvidenceFile.sniff(Array("{\(members.joined(separator: ","))}".utf8))
        #expect(file.form == .bundle && file.items.count == 1)
        return try #require(file.items.first).get()
    }

    @Test func verifiesAnOlderBundleOfABlob() throws {
        var scene = try KeylessScene()
        let parts = try scene.signed(.artifact)
        let entry = try scene.rekor1.log(parts.submission(.hashedrekord001))
        let item = try cosignBundle(signature: parts.signature, certificate: scene.leaf.pem, entry: entry)
        let root = try scene.root.trusted("instance", Self.promiseAlone)
        try expectSigner(scene.verify(item, [root]), scene, times: [30])
        let other = SignedArtifact(VerifiedContent(namedByOwnDigest: [1]))
        #expect(
            try scene.verify(item, [root], artifacts: [other]).failure?.code.name == "sigstore.certificate-signature")
        let unproved = try cosignBundle(signature: parts.signature, certificate: scene.leaf.pem, entry: nil)
        #expect(try scene.verify(unproved, [root]).failure?.code.name == "sigstore.no-verified-time")
    }

    @Test func verifiesAnOlderBundleOfAnAttestation() throws {
        var scene = try KeylessScene()
        let parts = try scene.signed(.envelope)
        let entry = try scene.rekor1.log(parts.submission(.intoto001))
        let item = try cosignBundle(signature: parts.envelope, certificate: scene.leaf.pem, entry: entry)
        let root = try scene.root.trusted("instance", Self.promiseAlone)
        try expectSigner(scene.verify(item, [root]), scene, times: [30])
        #expect(try scene.verify(item, [root]).get().payload == KeylessScene.statement)
    }

    /// `cosign sign-blob --key` writes its public key as `cert`. Whoever verifies brings the key.
    @Test func neverTakesTheKeyOfAnOlderBundle() throws {
        let scene = try KeylessScene()
        let attacker = try Fixture.key()
        let item = try cosignBundle(
            signature: try attacker.sign(KeylessScene.artifact), certificate: attacker.publicKey.pem, entry: nil)
        #expect(item.material == .none)
        #expect(try scene.verify(item).failure == .noTrustedKey)
        #expect(
            try scene.verify(item, keys: Fixture.trusted(Fixture.key())).failure
                == .noKeyMatches(keys: 1, signatures: 1))
        #expect(try scene.verify(item, keys: Fixture.trusted(attacker)).success != nil)
    }

    // MARK: Envelopes with a certificate

    func envelope(certificates: [String?], by key: PrivateKey) throws -> UnverifiedSignedItem {
        let signature = Base64.encode(try Fixture.sign(by: key))
        let signatures = certificates.map { certificate -> JSONTree in
            JSONTree(members: [
                "keyid": "", "sig": .string(signature), "cert": certificate.map { .string($0) },
            ])
        }
        let tree: JSONTree = [
            "payloadType": .string(Fixture.payloadType), "payload": .string(Base64.encode(Fixture.statement)),
            "signatures": .array(signatures),
        ]
        return try #require(EvidenceFile.sniff(tree.canonicalBytes()).items.first).get()
    }

    /// slsa-github-generator before version 2: the log entry stayed in the log, so nothing says when.
    @Test func refusesACertificateBesideAnEnvelopeForWantOfATime() throws {
        let scene = try KeylessScene()
        let item = try envelope(certificates: [scene.leaf.pem], by: scene.key)
        #expect(item.form == .envelope && item.material == .certificates([scene.leaf.der]))
        #expect(try item.proofs.get() == .init())
        for requirement in [ProofRequirement.publicGood, .githubPrivate, Self.promiseAlone] {
            let root = try scene.root.trusted("instance", requirement)
            #expect(
                try scene.verify(item, [root], keys: Fixture.trusted(scene.key)).failure?.code.name
                    == "sigstore.no-verified-time")
        }
        #expect(try scene.verify(item, [], keys: Fixture.trusted(scene.key)).failure == .noTrustedRoot)
    }

    /// A key in its place is no key to believe, and without a certificate only the caller's keys are asked.
    @Test func neverTakesTheKeyBesideAnEnvelope() throws {
        let (scene, attacker) = (try KeylessScene(), try Fixture.key())
        for certificates in [[attacker.publicKey.pem], [""], [nil], [scene.leaf.pem, nil]] {
            let item = try envelope(certificates: certificates, by: attacker)
            #expect(item.material == .none)
            #expect(try scene.verify(item).failure == .noTrustedKey)
            #expect(try scene.verify(item, keys: Fixture.trusted(attacker)).success != nil)
        }
        for text in ["x", attacker.publicKey.pem + scene.leaf.pem] {
            #expect(throws: EvidenceFile.RefusedItem.self) { try envelope(certificates: [text], by: attacker) }
        }
    }

    @Test(arguments: [
        (#"{"base64Signature":""}"#, "sigstore.malformed-bundle"),
        (#"{"base64Signature":7}"#, "sigstore.malformed-bundle"),
        (#"{"base64Signature":"*"}"#, "sigstore.malformed-signature"),
        (#"{"base64Signature":"AAAA","cert":"AAAA"}"#, "sigstore.malformed-bundle"),
        (#"{"base64Signature":"e30="}"#, "dsse.malformed"),
    ])
    func rejectsAMalformedOlderBundle(text: String, code: String) {
        #expect(EvidenceFile.sniff(Array(text.utf8)).items.map { $0.failure?.error.code.name } == [code])
    }

    @Test func rejectsMoreCertificatesThanTheLimit() throws {
        let scene = try KeylessScene()
        func annotations(_ count: Int) -> [String: String] {
            [
                "dev.cosignproject.cosign/signature": "AAAA", "dev.sigstore.cosign/certificate": scene.leaf.pem,
                "dev.sigstore.cosign/chain": String(repeating: scene.authority.root.pem, count: count),
            ]
        }
        let payload = CosignSignatureTests.payload
        #expect(throws: Never.self) { try layer(payload, SimpleSigningPayload.mediaType, annotations(100)) }
        let error = SignedItemError.tooManyElements("dev.sigstore.cosign/chain", limit: 100, found: 101)
        #expect(throws: error) { try layer(payload, SimpleSigningPayload.mediaType, annotations(101)) }
        #expect(error.code.name == "limit.bundle-elements")
        let cert = Base64.encode(Array(String(repeating: scene.leaf.pem, count: 101).utf8))
        let file = EvidenceFile.sniff(Array(#"{"base64Signature":"AAAA","cert":"\#(cert)"}"#.utf8))
        #expect(file.items.map { $0.failure?.error } == [.tooManyElements("cert", limit: 100, found: 101)])
    }

    @Test func rejectsAnOlderBundleWithTwoSignatures() throws {
        let envelope = Fixture.envelope(signatures: [(nil, [1]), (nil, [2])])
        let file = EvidenceFile.sniff(Array(#"{"base64Signature":"\#(Base64.encode(envelope))"}"#.utf8))
        #expect(file.items.map { $0.failure?.error } == [.bundleSignatureCount(2)])
    }
}

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

/// What was signed is not what is verified: each attack is one change to evidence that holds.
@Suite struct BindingAttackTests {
    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002, .dsse001, .intoto002])
    func rejectsEntryForAnotherDigest(kind: LogEntryKind) throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle(kind == .hashedrekord001 ? .artifact : .envelope, kind) {
            $0.hash = Hashing.hash([1], using: .sha256)
        }
        #expect(try scene.code(draft) == "log.other-content")
    }

    /// cosign CVE-2022-36056: a true entry, of something else.
    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002])
    func rejectsEntryForAnotherArtifact(kind: LogEntryKind) throws {
        var scene = try KeylessScene()
        var other = try scene.signed(.artifact)
        other.message = [1, 2, 3]
        other.signature = try scene.key.sign(other.message)
        var draft = try scene.bundle(.artifact, kind)
        let submission = other.submission(kind)
        draft.entries = [try kind.generation == .rekor1 ? scene.rekor1.log(submission) : scene.rekor2.log(submission)]
        #expect(try scene.code(draft) == "log.other-content")
    }

    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002, .dsse001, .intoto002])
    func rejectsEntryForAnotherSignature(kind: LogEntryKind) throws {
        var scene = try KeylessScene()
        let other = try kind == .hashedrekord001 ? scene.key.sign(KeylessScene.artifact) : Fixture.sign(by: scene.key)
        let draft = try scene.bundle(kind == .hashedrekord001 ? .artifact : .envelope, kind) {
            $0.claims[0].signature = other
        }
        #expect(try scene.code(draft) == "log.other-signature")
    }

    /// cosign CVE-2022-23649.
    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002, .dsse001, .intoto001, .intoto002])
    func rejectsEntryForAnotherCertificate(kind: LogEntryKind) throws {
        var scene = try KeylessScene()
        let other = try scene.authority.issue(scene.leaf.template, key: scene.key, logs: [scene.certificateLog])
        let draft = try scene.bundle(kind == .hashedrekord001 ? .artifact : .envelope, kind) {
            $0.claims[0].material = .certificate(other.der)
        }
        #expect(try scene.code(draft) == "log.other-key")
    }

    /// A key is no certificate, even if it is the certificate's.
    @Test func rejectsEntryForTheKeyOfACertificate() throws {
        var scene = try KeylessScene()
        let key = scene.key.publicKey.subjectPublicKeyInfo
        let draft = try scene.bundle() { $0.claims[0].material = .publicKey(key) }
        #expect(try scene.code(draft) == "log.other-key")
    }

    @Test func rejectsEntryThatStatesAnotherKindThanItsBody() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        draft.entries[0].kind = "intoto"
        #expect(try scene.code(draft) == "log.kind-mismatch")
    }

    @Test func rejectsEntryOfAnUnsupportedKind() throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle(.envelope, .dsse001) { $0.statedVersion = "0.0.2" }
        #expect(try scene.code(draft) == "log.unsupported-kind")
    }

    @Test func rejectsAnotherPayload() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        draft.signed.message = Array("{}".utf8)
        #expect(try scene.code(draft) == "sigstore.certificate-signature")
        draft = try scene.bundle()
        draft.signed.payloadType = "text/plain"
        #expect(try scene.code(draft) == "sigstore.certificate-signature")
    }

    @Test func rejectsASignatureOverAnotherArtifact() throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle(.artifact)
        let other = SignedArtifact(VerifiedContent(namedByOwnDigest: [1]))
        let refusal = try scene.verify(draft.item(), artifacts: [other]).failure
        #expect(refusal == .noArtifact)
        #expect(refusal?.code.name == "sigstore.message-signature")
        // A digest that is claimed is not what was signed.
        var claiming = draft
        claiming.messageDigest = [
            "algorithm": "SHA2_256", "digest": .string(Base64.encode(Hashing.hash([1], using: .sha256))),
        ]
        #expect(
            try scene.verify(claiming.item(), artifacts: [other]).failure?.code.name == "sigstore.certificate-signature"
        )
    }

    /// cosign GHSA-fx35-mq7g-6g98: a raw public key where a certificate belongs, whatever key is trusted.
    @Test func rejectsARawKeyWhereACertificateBelongs() throws {
        var scene = try KeylessScene()
        var draft = try scene.bundle()
        let key = scene.key.publicKey
        for raw in [key.subjectPublicKeyInfo, Array(key.pem.utf8)] {
            draft.material = ["certificate": BundleDraft.raw(raw)]
            #expect(try scene.code(draft) == "certificate.malformed")
            let trusting = try scene.verify(draft.item(), keys: Fixture.trusted(scene.key))
            #expect(trusting.failure?.code.name == "certificate.malformed")
        }
    }

    /// The identity is that of the certificate whose key signed, not of one that lies first or beside it.
    @Test func rejectsMoreCertificatesThanAPathMayHave() throws {
        var scene = try KeylessScene()
        let strangers = try (0..<9).map { try SimulatedCA("stranger \($0)").intermediate.der }
        var draft = try scene.bundle()
        draft.useChain([scene.leaf.der] + strangers.prefix(8))
        #expect(try scene.code(draft) == nil)
        draft.useChain([scene.leaf.der] + strangers)
        #expect(try scene.code(draft) == "certificate.too-many-intermediates")
    }

    @Test func rejectsTheIdentityOfAnotherCertificateOfTheChain() throws {
        var scene = try KeylessScene()
        let victim = try KeylessScene(authority: scene.authority) {
            $0.set(.alternativeNames([.uri("https://github.com/example/victim")]))
        }
        var draft = try scene.bundle()
        draft.useChain([victim.leaf.der, scene.leaf.der])
        var root = scene.root
        root.certificateLogs.append(.init(victim.certificateLog.key.publicKey))
        #expect(try scene.code(draft, root) == "sigstore.certificate-signature")
        draft.useChain([scene.leaf.der, victim.leaf.der])
        let signer = try scene.verify(draft, [root.trusted()]).get().certificateSigner
        #expect(signer?.identity?.subject.text == ExactString(SimulatedCA.workflow))
    }

    /// A key that is trusted does not make a certificate's signature count, nor the reverse.
    @Test func doesNotJudgeACertificateByKeys() throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle()
        let keys = try Fixture.trusted(scene.key)
        let refusal = try scene.verify(draft.item(), [], keys: keys).failure
        #expect(refusal == .noTrustedRoot)
        #expect(refusal?.code.name == "sigstore.no-trusted-root")
        var hinted = draft
        hinted.material = ["publicKey": ["hint": "h"]]
        #expect(try scene.verify(hinted.item()).failure == .noTrustedKey)
        #expect(try scene.verify(hinted.item(), keys: keys).failure?.code.name == "log.other-key")
    }

    @Test func rejectsTwoSignaturesBesideACertificate() throws {
        let scene = try KeylessScene()
        let signature = try Fixture.sign(by: scene.key)
        let item = try UnverifiedSignedItem(
            cosignLayer: Fixture.envelope(signatures: [(nil, signature), (nil, signature)]),
            mediaType: UnverifiedSignedItem.envelopeMediaType,
            annotations: ["dev.sigstore.cosign/certificate": scene.leaf.pem], evidence: Digest(of: [1]))
        #expect(
            try scene.verify(item).failure == .certificate(.notOneSignature(found: 2), root: nil))
        #expect(CertificateRefusal.notOneSignature(found: 2).code.name == "sigstore.bundle-signature-count")
    }
}

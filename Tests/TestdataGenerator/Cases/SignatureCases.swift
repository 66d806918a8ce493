import Content
import OCI
import Signing
import StrictEncoding

/// Signatures: every kind of key, and every way in which one must not count.
func signatureCases(_ world: World) -> [Case] {
    func build(
        _ name: String, _ why: String, _ expect: Case.Expectation, _ edit: (inout LayoutBuilder, Descriptor) -> Void
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, _) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        edit(&layout, index)
        return Case(family: "signature", name: name, why: why, layout: layout, expect: expect)
    }
    func expect(
        _ verdict: String, _ reason: String? = nil, refused: [String] = [], policy: String = "policies/signed.yaml",
        reference: String? = "registry.example/apps/ledger:v1"
    ) -> Case.Expectation {
        Case.Expectation(
            policy: policy, reference: reference, verdict: verdict, reason: reason, refused: refused)
    }
    func cosign(_ layout: inout LayoutBuilder, _ index: Descriptor, name: String, digest: Digest? = nil) {
        let payload = SimpleSigning.payload(dockerReference: name, manifestDigest: digest ?? index.digest)
        guard let signature = try? world.keys["corporate"].sign(payload) else { preconditionFailure("not signed") }
        let made = EvidenceArtifact.cosignTag(
            adding: VerifiedContent(namedByOwnDigest: payload), mediaType: .simpleSigning,
            annotations: ["dev.cosignproject.cosign/signature": Base64.encode(signature)], to: nil)
        for blob in made.blobs { layout.store(blob.bytes, as: .ociEmpty) }
        layout.store(made.manifest.bytes, as: .ociManifest)
        layout.list(made.descriptor, tag: "sha256-\(index.digest.hex).sig")
    }
    var otherLayout = LayoutBuilder()
    let other = World.index(in: &otherLayout, on: "other").index
    let kinds = ["p384", "p521", "ed25519", "rsa2048", "rsa4096"].map { key in
        build(
            "key-\(key)", "Signed with a key of kind \(key).", expect("admit", policy: "policies/signed-by-\(key).yaml")
        ) {
            world.sign($1, by: key, in: &$0)
        }
    }
    let exact = "policies/reference-exact.yaml"
    let repository = "policies/reference-repository.yaml"
    return kinds + [
        build("two-of-two", "Both signers of two are there.", expect("admit", policy: "policies/two-signers.yaml")) {
            world.sign($1, by: "corporate", in: &$0)
            world.sign($1, by: "pipeline", in: &$0)
        },
        build(
            "two-of-two-in-one-envelope", "Both signatures in one envelope.",
            expect("admit", policy: "policies/two-signers.yaml")
        ) { layout, index in
            let envelope = world.envelope(world.signatureStatement(index.digest), by: ["corporate", "pipeline"])
            let layer = layout.store(envelope, as: .dsseEnvelope)
            layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
            layout.list(
                layout.store(
                    ImageManifest.artifactBytes(artifactType: .dsseEnvelope, layers: [layer], subject: index),
                    as: .ociManifest))
        },
        build(
            "one-of-two_fail", "Two signatures, one signer: a threshold counts signers.",
            expect("reject", "signature.too-few-signers", policy: "policies/two-signers.yaml")
        ) {
            world.sign($1, by: "corporate", in: &$0)
            cosign(&$0, $1, name: "registry.example/apps/ledger")
        },
        build(
            "stranger_fail", "Signed by a key that nobody trusts.",
            expect("reject", "signature.none", refused: ["signature.no-key-matches"])
        ) { world.sign($1, by: "stranger", in: &$0) },
        build("none_fail", "Not signed at all.", expect("reject", "signature.none")) { _, _ in },
        build(
            "other-image_fail", "A valid signature of another image, attached to this one.",
            expect("reject", "signature.none", refused: ["evidence.subject-mismatch"])
        ) { layout, index in
            world.attach(
                bundle: world.bundle(world.signatureStatement(other.digest), by: "corporate"), to: index, in: &layout)
        },
        build(
            "simple-signing-other-image_fail", "Simple signing of another digest under this image's tag.",
            expect("reject", "signature.none", refused: ["evidence.subject-mismatch"])
        ) { cosign(&$0, $1, name: "registry.example/apps/ledger", digest: other.digest) },
        build(
            "child-signed_fail", "A platform is signed, the index is not: evidence never covers the index above it.",
            expect("reject", "evidence.names-only-platforms")
        ) { layout, index in
            var copy = LayoutBuilder()
            world.sign(World.index(in: &copy).children[0], by: "corporate", in: &layout)
        },
        build(
            "payload-changed_fail", "One bit of the signed statement is another.",
            expect("reject", "signature.none", refused: ["signature.no-key-matches"])
        ) { layout, index in
            let envelope = world.envelope(world.signatureStatement(index.digest), by: ["corporate"])
            let forged = changingPayload(envelope) { $0[$0.count / 2] ^= 1 }
            let layer = layout.store(forged, as: .dsseEnvelope)
            layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
            layout.list(
                layout.store(
                    ImageManifest.artifactBytes(artifactType: .dsseEnvelope, layers: [layer], subject: index),
                    as: .ociManifest))
        },
        build(
            "payload-type-changed_fail", "The envelope says another payload type than was signed.",
            expect("reject", "signature.none", refused: ["signature.no-key-matches"])
        ) { layout, index in
            let signed = world.envelope(
                world.signatureStatement(index.digest), by: ["corporate"], type: "application/json")
            let text = String(decoding: signed, as: UTF8.self)
                .replacing("application/json", with: "application/vnd.in-toto+json")
            let layer = layout.store(Array(text.utf8), as: .dsseEnvelope)
            layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
            layout.list(
                layout.store(
                    ImageManifest.artifactBytes(artifactType: .dsseEnvelope, layers: [layer], subject: index),
                    as: .ociManifest))
        },
        build(
            "no-signatures_fail", "An envelope with an empty list of signatures.",
            expect("reject", "signature.none", refused: ["dsse.no-signatures"])
        ) { layout, index in
            let payload = Base64.encode(world.signatureStatement(index.digest))
            let envelope = Array(
                "{\"payload\":\"\(payload)\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[]}".utf8)
            let layer = layout.store(envelope, as: .dsseEnvelope)
            layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
            layout.list(
                layout.store(
                    ImageManifest.artifactBytes(artifactType: .dsseEnvelope, layers: [layer], subject: index),
                    as: .ociManifest))
        },
        build(
            "reference-repository", "The signed name is the image's, under a signer that compares names.",
            expect("admit", policy: repository)
        ) { cosign(&$0, $1, name: "registry.example/apps/ledger") },
        build(
            "reference-other_fail", "The signature is of the same bytes under another name.",
            expect("reject", "signature.reference-differs", policy: repository)
        ) { cosign(&$0, $1, name: "registry.example/apps/toy") },
        build(
            "reference-exact", "The signed name and tag are the image's.", expect("admit", policy: exact)
        ) { cosign(&$0, $1, name: "registry.example/apps/ledger:v1") },
        build(
            "reference-exact-untagged_fail", "The signed name has no tag, and the signer wants it exact.",
            expect("reject", "signature.reference-differs", policy: exact)
        ) { cosign(&$0, $1, name: "registry.example/apps/ledger") },
        build(
            "reference-not-stated_fail", "The signer compares names, and the caller states none.",
            expect("reject", "request.name-required", policy: repository, reference: nil)
        ) { cosign(&$0, $1, name: "registry.example/apps/ledger") },
        build(
            "key-alone", "A key without a policy checks the signature.",
            {
                var expect = Case.Expectation(verdict: "admit")
                expect.policy = nil
                expect.key = "keys/corporate.pub"
                return expect
            }()
        ) { world.sign($1, by: "corporate", in: &$0) },
        build(
            "key-alone-stranger_fail", "A key without a policy: another key signed.",
            {
                var expect = Case.Expectation(
                    verdict: "reject", reason: "signature.none", refused: ["signature.no-key-matches"])
                expect.policy = nil
                expect.key = "keys/corporate.pub"
                return expect
            }()
        ) { world.sign($1, by: "stranger", in: &$0) },
    ]
}

/// An envelope with its payload changed and its signatures kept.
func changingPayload(_ envelope: [UInt8], _ change: (inout [UInt8]) -> Void) -> [UInt8] {
    guard let document = try? JSONDocument(parsing: envelope), case .object(var members)? = JSONTree(document.root),
        case .string(let encoded)? = members["payload"], var payload = try? Base64.decode(encoded)
    else { preconditionFailure("no envelope") }
    change(&payload)
    members["payload"] = .string(Base64.encode(payload))
    return JSONTree.object(members).canonicalBytes()
}

import Content
import OCI
import Signing
import StrictEncoding

/// Where evidence lies, and in which form.
func evidenceCases(_ world: World) -> [Case] {
    func build(
        _ name: String, _ why: String, _ expect: Case.Expectation,
        _ edit: (inout LayoutBuilder, Descriptor, inout [String: [UInt8]]) -> Void
    ) -> Case {
        var layout = LayoutBuilder()
        var files: [String: [UInt8]] = [:]
        let (index, _) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        edit(&layout, index, &files)
        return Case(family: "evidence", name: name, why: why, files: files, layout: layout, expect: expect)
    }
    func expect(_ verdict: String, _ reason: String? = nil, refused: [String] = [], evidence: [String] = [])
        -> Case.Expectation
    {
        Case.Expectation(evidence: evidence, verdict: verdict, reason: reason, refused: refused)
    }
    func list(_ manifest: [UInt8], tag: String?, in layout: inout LayoutBuilder, annotations: [String: String] = [:]) {
        layout.list(layout.store(manifest, as: .ociManifest), tag: tag, annotations: annotations)
    }
    func artifact(_ artifact: EvidenceArtifact, in layout: inout LayoutBuilder) -> Descriptor {
        for blob in artifact.blobs { layout.store(blob.bytes, as: .ociEmpty) }
        return layout.store(artifact.manifest.bytes, as: .ociManifest)
    }
    func simpleSigning(_ index: Descriptor, by key: String, name: String = "registry.example/apps/ledger") -> (
        payload: VerifiedContent, signature: String
    ) {
        let payload = SimpleSigning.payload(dockerReference: name, manifestDigest: index.digest)
        guard let signature = try? world.keys[key].sign(payload) else { preconditionFailure("not signed") }
        return (VerifiedContent(namedByOwnDigest: payload), Base64.encode(signature))
    }
    func cosignSignature(_ index: Descriptor, by keys: [String], extra: Annotations = [:]) -> EvidenceArtifact {
        var made: EvidenceArtifact?
        var manifest: ImageManifest?
        for key in keys {
            let (payload, signature) = simpleSigning(index, by: key)
            var annotations: Annotations = ["dev.cosignproject.cosign/signature": signature]
            for (name, text) in extra { annotations[name] = text }
            let artifact = EvidenceArtifact.cosignTag(
                adding: payload, mediaType: .simpleSigning, annotations: annotations, to: manifest)
            made = artifact
            if case .manifest(let parsed)? = try? ImageDocument(parsing: artifact.manifest, declared: .ociManifest) {
                manifest = parsed
            }
        }
        guard let made else { preconditionFailure("no keys") }
        return made
    }
    let signature = StatementMaking.imageSignatureType
    return [
        build("referrer-bundle", "A bundle 0.3 in a referrer, as cosign 3 writes it.", expect("admit")) {
            layout, index, _ in
            world.sign(index, by: "corporate", in: &layout)
        },
        build("fallback-tag", "The referrer is listed by the fallback tag only.", expect("admit")) { layout, index, _ in
            let made = EvidenceArtifact.referrer(
                bundle: world.bundle(world.signatureStatement(index.digest), by: "corporate"), predicateType: signature,
                subject: index)
            _ = artifact(made, in: &layout)
            let list = layout.store(ImageIndex.indexBytes(manifests: [made.descriptor]), as: .ociIndex)
            layout.list(list, tag: "sha256-" + index.digest.hex)
        },
        build("referrer-dsse-layer", "A referrer with a bare DSSE envelope as its layer.", expect("admit")) {
            layout, index, _ in
            let layer = layout.store(
                world.envelope(world.signatureStatement(index.digest), by: ["corporate"]), as: .inToto)
            layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
            list(
                ImageManifest.artifactBytes(artifactType: .inToto, layers: [layer], subject: index), tag: nil,
                in: &layout)
        },
        build("cosign-signature-tag", "Simple signing under cosign's tag.", expect("admit")) { layout, index, _ in
            let manifest = artifact(cosignSignature(index, by: ["corporate"]), in: &layout)
            layout.list(manifest, tag: "sha256-\(index.digest.hex).sig")
        },
        build(
            "cosign-two-signers", "Two signatures over one payload under cosign's tag; one signer is a stranger.",
            expect("admit", refused: ["signature.no-key-matches"])
        ) { layout, index, _ in
            let manifest = artifact(cosignSignature(index, by: ["stranger", "corporate"]), in: &layout)
            layout.list(manifest, tag: "sha256-\(index.digest.hex).sig")
        },
        build(
            "cosign-attestation-tag", "A DSSE signature under cosign's attestation tag.", expect("admit")
        ) { layout, index, _ in
            let layer = VerifiedContent(
                namedByOwnDigest: world.envelope(world.signatureStatement(index.digest), by: ["corporate"]))
            let made = EvidenceArtifact.cosignTag(
                adding: layer, mediaType: .dsseEnvelope,
                annotations: ["dev.cosignproject.cosign/signature": "", "predicateType": signature], to: nil)
            layout.list(artifact(made, in: &layout), tag: "sha256-\(index.digest.hex).att")
        },
        build(
            "cosign-sbom-tag_fail", "An SBOM under cosign's tag is a document without a signature.",
            expect("reject", "signature.none", refused: ["evidence.unsigned"])
        ) { layout, index, _ in
            let layer = layout.store(Array("{\"spdxVersion\":\"SPDX-2.3\"}".utf8), as: "text/spdx+json")
            let config = layout.store(Array("{}".utf8), as: .ociConfiguration)
            list(
                ImageManifest.imageBytes(config: config, layers: [layer]), tag: "sha256-\(index.digest.hex).sbom",
                in: &layout)
        },
        build(
            "certificate_fail", "Simple signing with a certificate, and no trusted root to verify it with.",
            expect("reject", "signature.none", refused: ["sigstore.no-trusted-root"])
        ) { layout, index, _ in
            let made = cosignSignature(
                index, by: ["corporate"],
                extra: [
                    "dev.sigstore.cosign/certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
                ])
            layout.list(artifact(made, in: &layout), tag: "sha256-\(index.digest.hex).sig")
        },
        build("supplied-bundle", "A bundle given as a file.", expect("admit", evidence: ["signature.json"])) {
            _, index, files in
            files["signature.json"] = world.bundle(world.signatureStatement(index.digest), by: "corporate")
        },
        build("supplied-dsse", "A bare DSSE envelope given as a file.", expect("admit", evidence: ["signature.json"])) {
            _, index, files in
            files["signature.json"] = world.envelope(world.signatureStatement(index.digest), by: ["corporate"])
        },
        build(
            "supplied-lines", "Bundles in JSON lines; the second is the one.",
            expect("admit", refused: ["signature.no-key-matches"], evidence: ["papers.jsonl"])
        ) { _, index, files in
            files["papers.jsonl"] =
                world.bundle(world.signatureStatement(index.digest), by: "stranger") + [UInt8(ascii: "\n")]
                + world.bundle(world.signatureStatement(index.digest), by: "corporate") + [UInt8(ascii: "\n")]
        },
        build(
            "supplied-unrelated", "A file that is no evidence is a warning and changes nothing.",
            expect("admit", refused: ["evidence.unrelated-file"], evidence: ["notes.json"])
        ) { layout, index, files in
            world.sign(index, by: "corporate", in: &layout)
            files["notes.json"] = Array("{\"note\":\"hello\"}".utf8)
        },
        build(
            "subject-of-referrer-differs_fail", "The fallback tag lists a manifest that is about another image.",
            expect("reject", "signature.none", refused: ["evidence.not-about-this-image"])
        ) { layout, index, _ in
            var other = LayoutBuilder()
            let stranger = World.index(in: &other, on: "other").index
            let made = EvidenceArtifact.referrer(
                bundle: world.bundle(world.signatureStatement(index.digest), by: "corporate"), predicateType: signature,
                subject: stranger)
            _ = artifact(made, in: &layout)
            let list = layout.store(ImageIndex.indexBytes(manifests: [made.descriptor]), as: .ociIndex)
            layout.list(list, tag: "sha256-" + index.digest.hex)
        },
        build(
            "blob-missing_fail", "A referrer whose bundle is not there does not count.",
            expect("reject", "signature.none", refused: ["evidence.listed-but-absent"])
        ) { layout, index, _ in
            let made = world.attach(
                bundle: world.bundle(world.signatureStatement(index.digest), by: "corporate"), to: index, in: &layout)
            layout.remove(
                Descriptor(mediaType: .sigstoreBundle03, digest: made.blobs[1].digest, size: made.blobs[1].bytes.count))
        },
        build(
            "blob-changed_fail", "A referrer whose bundle has other bytes than its digest names.",
            expect("reject", "signature.none", refused: ["content.digest-mismatch"])
        ) { layout, index, _ in
            let made = world.attach(
                bundle: world.bundle(world.signatureStatement(index.digest), by: "corporate"), to: index, in: &layout)
            var bytes = made.blobs[1].bytes
            bytes[bytes.count / 2] ^= 1
            layout.replace(
                Descriptor(mediaType: .sigstoreBundle03, digest: made.blobs[1].digest, size: bytes.count), with: bytes)
        },
        build(
            "other-artifact", "A referrer of a type that is no evidence is passed over.",
            expect("admit", refused: ["evidence.unknown-type"])
        ) { layout, index, _ in
            world.sign(index, by: "corporate", in: &layout)
            let layer = layout.store(Array("# chart\n".utf8), as: "text/markdown")
            list(
                ImageManifest.artifactBytes(
                    artifactType: "application/vnd.example.readme", layers: [layer], subject: index),
                tag: nil, in: &layout)
        },
        build(
            "mentioned-elsewhere",
            "A platform's referrer is also listed under the index's tags: it still counts for the platform.",
            {
                var expect = Case.Expectation(
                    policy: "policies/provenance.yaml", verdict: "admit",
                    refused: ["evidence.not-about-this-image", "evidence.unsigned"])
                expect.namespace = "apps"
                return expect
            }()
        ) { layout, index, _ in
            var copy = LayoutBuilder()
            let children = World.index(in: &copy).children
            var descriptors: [Descriptor] = []
            for child in children {
                var bare = child
                bare.platform = nil
                let made = EvidenceArtifact.referrer(
                    bundle: world.bundle(
                        world.statement(
                            about: [child.digest], type: Predicate.provenance1, predicate: Predicate.gitHub()),
                        by: "pipeline"), predicateType: Predicate.provenance1, subject: bare)
                _ = artifact(made, in: &layout)
                descriptors.append(made.descriptor)
            }
            // By the fallback tag and by cosign's SBOM tag of the index, before the platforms' own lists.
            let list = layout.store(ImageIndex.indexBytes(manifests: [descriptors[0]]), as: .ociIndex)
            layout.list(list, tag: "sha256-" + index.digest.hex)
            layout.list(descriptors[1], tag: "sha256-\(index.digest.hex).sbom")
            for (child, descriptor) in zip(children, descriptors) {
                let own = layout.store(ImageIndex.indexBytes(manifests: [descriptor]), as: .ociIndex)
                layout.list(own, tag: "sha256-" + child.digest.hex)
            }
        },
        build(
            "mentioned-wrongly", "An entry with a wrong size stands before the right one of the same digest.",
            expect("admit", refused: ["content.size-mismatch"])
        ) { layout, index, _ in
            let made = EvidenceArtifact.referrer(
                bundle: world.bundle(world.signatureStatement(index.digest), by: "corporate"), predicateType: signature,
                subject: index)
            var wrong = artifact(made, in: &layout)
            wrong.size += 1
            layout.list(wrong)
            layout.list(made.descriptor)
        },
        build(
            "cosign-save", "The layout that `cosign save` writes: no tags, but the annotation `kind`.",
            {
                var expect = Case.Expectation(verdict: "admit")
                expect.image = "oci:image"
                return expect
            }()
        ) { layout, index, _ in
            layout.entries = []
            layout.list(index, annotations: ["kind": "dev.cosignproject.cosign/imageIndex"])
            let manifest = artifact(cosignSignature(index, by: ["corporate"]), in: &layout)
            layout.list(manifest, annotations: ["kind": "dev.cosignproject.cosign/sigs"])
        },
    ]
}

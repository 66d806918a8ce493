import Content
import OCI
import PKI
import Signing
import Simulators
import StrictEncoding
import TransparencyLog

/// Evidence by certificates, under a Sigstore instance that is made for each case: authority, logs and clock sign for real.
/// Each case holds its own trusted root and policy, so that one directory says all there is to know.
func keylessCases(_ world: World) throws -> [Case] {
    let cases = KeylessCases(world: world)
    return try cases.forms() + cases.binding() + cases.timeAndLogs() + cases.identities() + cases.ownAuthorities()
        + cases.attestationManifests()
}

private struct KeylessCases {
    let world: World

    // MARK: What every case has

    static let github = """
        github: {repository: example/ledger, workflow: example/pipelines/.github/workflows/build.yml, \
        workflowRef: "refs/tags/v*", runner: github-hosted}
        """
    static let signed = "{id: signed, on: image, signature: {by: {atLeast: 1, of: [pipeline]}}}"
    static let built = """
        {id: built, on: each-platform, provenance: {by: {atLeast: 1, of: [pipeline]}, match: any, \
        builder: ["https://github.com/example/pipelines/**"], source: {repository: ["https://github.com/example/*"], \
        ref: ["refs/heads/main"]}, externalParameters: [{name: request.frontend, values: [dockerfile.v0]}]}}
        """

    static func policy(_ signer: String, require: String) -> String {
        """
        apiVersion: landwaiter.dev/v1
        kind: AdmissionPolicy
        metadata: {name: keyless, owner: tests}
        spec:
          enforcement: {stage: enforce}
          scope: {namespaces: ["**"], images: ["**"]}
          signers:
            pipeline:
              \(signer)
          require:
            - \(require)

        """
    }

    /// One image, and what a case does to it.
    struct Draft {
        var layout = LayoutBuilder()
        var index: Descriptor
        var children: [Descriptor]
        var root: RootFile
        var policy: String
        var files: [String: [UInt8]] = [:]
        var expect: Case.Expectation
    }

    func build(
        _ name: String, _ why: String, _ reason: String? = nil, by instance: KeylessScene,
        signer: String = github, require: String = signed, profile: String = "",
        _ make: (inout Draft) throws -> Void
    ) throws -> Case {
        var expect = Case.Expectation(verdict: reason == nil ? "admit" : "reject", reason: reason)
        expect.policy = nil
        expect.policies = ["keyless=policy.yaml"]
        expect.trustedRoots = ["trusted_root.json" + profile]
        var layout = LayoutBuilder()
        let (index, children) = World.index(in: &layout)
        var draft = Draft(
            layout: layout, index: index, children: children, root: instance.root,
            policy: Self.policy(signer, require: require), expect: expect)
        try make(&draft)
        draft.layout.list(draft.index, tag: "v1")
        draft.files["policy.yaml"] = Array(draft.policy.utf8)
        if !draft.expect.trustedRoots.isEmpty { draft.files["trusted_root.json"] = draft.root.json.prettyBytes() }
        return Case(
            family: "keyless", name: name, why: why, files: draft.files, layout: draft.layout, expect: draft.expect)
    }

    func signature(of subject: Descriptor) -> [UInt8] { world.signatureStatement(subject.digest) }

    /// The image signed by the workflow, and one thing changed.
    func signed(
        _ name: String, _ why: String, _ reason: String? = nil, refused: String..., kind: LogEntryKind = .dsse001,
        profile: String = "", authority: SimulatedCA? = nil,
        change: (inout BundleDraft, inout Draft, inout KeylessScene) throws -> Void = { _, _, _ in },
        leaf: (inout CertificateTemplate) -> Void = { _ in }, prepare: (inout KeylessScene) throws -> Void = { _ in },
        logging: (inout RekorSubmission) -> Void = { _ in }
    ) throws -> Case {
        var instance = try KeylessScene(authority: authority, altering: leaf)
        try prepare(&instance)
        var item = try build(name, why, reason, by: instance, profile: profile) { draft in
            var bundle = try instance.bundle(.envelope, kind, of: signature(of: draft.index), logging: logging)
            try change(&bundle, &draft, &instance)
            world.attach(bundle: bundle.bytes, to: draft.index, in: &draft.layout)
        }
        item.expect.refused = refused
        return item
    }
}

// MARK: Forms

extension KeylessCases {
    func forms() throws -> [Case] {
        [
            try signed(
                "rekor1", "Signed by a workflow of GitHub and logged in Rekor 1, as cosign 3 does: the log says when."),
            try signed(
                "rekor2", "The same in Rekor 2, which has no time of its own: a timestamp authority says when.",
                kind: .hashedrekord002),
            try signed("bundle-0.1", "The oldest form of bundle, with a chain of certificates.") {
                bundle, _, instance in
                bundle.mediaType = "application/vnd.dev.sigstore.bundle+json;version=0.1"
                bundle.useChain([instance.leaf.der, instance.authority.intermediate.der])
            },
            try signed(
                "github-private",
                "GitHub's own instance: a timestamp, no log, and a certificate that is published nowhere.",
                profile: "=github-private", change: privately),
            try signed(
                "github-private-as-public_fail", "The same, under a root of which more is asked.", "signature.none",
                refused: "sct.missing", change: privately),
            try messageSignature(), try cosignLayer(),
            try promiseAlone(
                "cosign-tag", "cosign 2's annotations, under a root that accepts the log's promise alone.",
                profile: "=insecure-promise-alone"),
            try promiseAlone(
                "promise-alone_fail",
                "cosign 2's annotations hold the log's promise and no proof that the promise was kept.",
                "signature.none", refused: "log.no-inclusion-proof"),
            try otherInstance(),
        ]
    }

    private func privately(_ bundle: inout BundleDraft, _ draft: inout Draft, _ instance: inout KeylessScene) throws {
        instance.leaf = try instance.authority.issue(
            instance.authority.fulcioLeaf(key: instance.key.publicKey), key: instance.key)
        let parts = try instance.signed(.envelope, signature(of: draft.index))
        bundle = BundleDraft(parts)
        bundle.timestamps = [try instance.timestamp(of: parts.signature)]
    }

    private func messageSignature() throws -> Case {
        var instance = try KeylessScene()
        return try build(
            "message-signature", "A signature over the bytes of the index itself, given as a file: `cosign sign-blob`.",
            by: instance
        ) { draft in
            let bundle = try instance.bundle(.artifact, of: draft.layout.bytes(of: draft.index))
            draft.files["bundle.json"] = bundle.json.prettyBytes()
            draft.expect.evidence = ["bundle.json"]
        }
    }

    /// A signature in cosign's older form, with what proves it in annotations.
    private func cosign(
        _ draft: inout Draft, _ parts: SignedParts, by instance: KeylessScene, proofs: Annotations
    ) {
        var annotations: Annotations = [
            "dev.cosignproject.cosign/signature": Base64.encode(parts.signature),
            "dev.sigstore.cosign/certificate": instance.leaf.pem,
            "dev.sigstore.cosign/chain": instance.authority.intermediate.pem + instance.authority.root.pem,
        ]
        for (name, text) in proofs { annotations[name] = text }
        let made = EvidenceArtifact.cosignTag(
            adding: VerifiedContent(namedByOwnDigest: parts.message), mediaType: .simpleSigning,
            annotations: annotations,
            to: nil)
        for blob in made.blobs { draft.layout.store(blob.bytes, as: .ociEmpty) }
        draft.layout.store(made.manifest.bytes, as: .ociManifest)
        draft.layout.list(made.descriptor, tag: "sha256-\(draft.index.digest.hex).sig")
    }

    private func simpleSigning(_ draft: Draft, by instance: KeylessScene) throws -> SignedParts {
        try instance.signed(
            .artifact,
            SimpleSigning.payload(dockerReference: "registry.example/apps/ledger", manifestDigest: draft.index.digest))
    }

    private func cosignLayer() throws -> Case {
        let instance = try KeylessScene()
        return try build(
            "cosign-tag-timestamped", "Certificate, chain and timestamp in the annotations of cosign 2's layer.",
            by: instance, profile: "=github-private"
        ) { draft in
            let parts = try simpleSigning(draft, by: instance)
            let stamp = Base64.encode(try instance.timestamp(of: parts.signature))
            cosign(
                &draft, parts, by: instance,
                proofs: ["dev.sigstore.cosign/rfc3161timestamp": #"{"SignedRFC3161Timestamp":"\#(stamp)"}"#])
        }
    }

    private func promiseAlone(
        _ name: String, _ why: String, _ reason: String? = nil, refused: String? = nil, profile: String = ""
    ) throws -> Case {
        var instance = try KeylessScene()
        var item = try build(name, why, reason, by: instance, profile: profile) { draft in
            let parts = try simpleSigning(draft, by: instance)
            let entry = try instance.rekor1.log(parts.submission(.hashedrekord001))
            cosign(&draft, parts, by: instance, proofs: ["dev.sigstore.cosign/bundle": entry.rekorBundle])
        }
        item.expect.refused = refused.map { [$0] } ?? []
        return item
    }

    private func otherInstance() throws -> Case {
        try signed(
            "other-instance_fail", "Evidence that holds, under the public good instance, which has never seen it.",
            "signature.none", refused: "sigstore.no-verified-time"
        ) { _, draft, _ in draft.expect.trustedRoots = [] }
    }
}

// MARK: Attacks

extension KeylessCases {
    func binding() throws -> [Case] {
        [
            try signed(
                "entry-of-another-signature_fail",
                "The log entry is about another signature than the bundle's (cosign CVE-2026-22703).", "signature.none",
                refused: "log.other-signature", logging: { $0.claims[0].signature = [1, 2, 3] }),
            try signed(
                "entry-of-other-content_fail", "The log entry is about another payload (cosign CVE-2022-36056).",
                "signature.none", refused: "log.other-content",
                logging: { $0.hash = Hashing.hash([1], using: .sha256) }),
            try signed(
                "raw-key-as-certificate_fail",
                "A public key lies where the certificate belongs (cosign GHSA-fx35-mq7g-6g98).", "signature.none",
                refused: "certificate.malformed"
            ) { bundle, _, instance in
                bundle.material = ["certificate": BundleDraft.raw(instance.key.publicKey.subjectPublicKeyInfo)]
            },
            try signed(
                "another-image_fail", "The workflow signed another image.", "signature.none",
                refused: "evidence.subject-mismatch"
            ) { bundle, _, instance in
                bundle = try instance.bundle(of: world.signatureStatement(Digest(of: [1])))
            },
        ]
    }

    func timeAndLogs() throws -> [Case] {
        let expired = try SimulatedCA(intermediate: { $0.notAfter = SimulatedCA.now.adding(seconds: 29) })
        return [
            try signed(
                "expired-authority_fail",
                "The signer's certificate was valid when it signed, its issuer's was not (cosign CVE-2026-24122).",
                "signature.none", refused: "certificate.authority-not-valid-then", authority: expired),
            try signed(
                "signed-after-certificate_fail", "The log saw the signature a second after the certificate's end.",
                "signature.none", refused: "certificate.not-valid-then",
                prepare: { $0.rekor1.time = SimulatedCA.now.adding(seconds: 601) }),
            try signed(
                "late-timestamp-beside-good_fail",
                "One time lies within the certificate's life, another does not: all have to.", "signature.none",
                refused: "certificate.not-valid-then"
            ) { bundle, _, instance in
                bundle.timestamps = [
                    try instance.timestamp(of: bundle.signed.signature) {
                        $0.time = SimulatedCA.now.adding(seconds: 601)
                    }
                ]
            },
            try signed(
                "unsigned-time_fail",
                "The log's time without its promise is nobody's word (sigstore-js CVE-2026-48816).",
                "signature.none", refused: "sigstore.no-verified-time"
            ) { bundle, _, _ in bundle.entries[0].inclusionPromise = nil },
            try signed(
                "rekor2-without-timestamp_fail", "Nothing says when: the log of Rekor 2 has no time.", "signature.none",
                refused: "sigstore.no-verified-time", kind: .hashedrekord002
            ) { bundle, _, _ in bundle.timestamps = [] },
            try signed(
                "clock-outside-its-period_fail",
                "The timestamp authority was trusted no longer when it stamped (sigstore-go CVE-2026-54787).",
                "signature.none", refused: "timestamp.authority-refused", kind: .hashedrekord002
            ) { _, draft, _ in draft.root.clocks[0].end = SimulatedCA.now.adding(seconds: 59) },
            try signed(
                "unknown-log_fail", "The log is not the root's, whatever key it names (gitsign CVE-2023-47122).",
                "signature.none", refused: "sigstore.no-verified-time"
            ) { _, draft, _ in draft.root.logs.removeFirst() },
            try signed(
                "inclusion-proof-elsewhere_fail", "The inclusion proof does not lead to the checkpoint.",
                "signature.none", refused: "log.invalid-inclusion-proof"
            ) { bundle, _, _ in bundle.entries[0].inclusionProof?.hashes[0][0] ^= 1 },
            try signed(
                "one-log-for-two_fail",
                "The root asks for two logs, and one signed two entries (sigstore-go CVE-2026-49834).",
                "signature.none", refused: "sigstore.too-few-logs", profile: "=logs:2"
            ) { bundle, _, instance in
                bundle.entries.append(try instance.rekor1.log(bundle.signed.submission(.dsse001)))
            },
            try signed(
                "unpublished-certificate_fail", "No certificate log promised to publish the certificate.",
                "signature.none", refused: "sct.missing"
            ) { bundle, draft, instance in
                instance.leaf = try instance.authority.issue(
                    instance.authority.fulcioLeaf(key: instance.key.publicKey), key: instance.key)
                bundle = try instance.bundle(of: signature(of: draft.index))
            },
        ]
    }

    func identities() throws -> [Case] {
        func stranger(
            _ name: String, _ why: String, _ leaf: @escaping (inout CertificateTemplate) -> Void
        ) throws -> Case {
            try signed(name, why, "signer.identity-differs", leaf: leaf)
        }
        let pipelines = "https://github.com/example/pipelines/.github/workflows/"
        return [
            try stranger(
                "other-repository_fail", "The same workflow, called by a repository that the policy does not name."
            ) {
                $0.setFulcioClaim(12, "https://github.com/example/other")
            },
            try stranger("other-workflow-ref_fail", "The right workflow, taken from a branch that anybody may push to.")
            {
                $0.set(.alternativeNames([.uri(pipelines + "build.yml@refs/heads/dev")], isCritical: true))
                $0.setFulcioClaim(9, pipelines + "build.yml@refs/heads/dev")
            },
            try stranger("self-hosted-runner_fail", "The right workflow on a machine of somebody's own.") {
                $0.setFulcioClaim(11, "self-hosted")
            },
            try stranger("other-issuer_fail", "Every claim is right, but GitHub does not vouch for it.") {
                $0.setFulcioLegacyClaim(1, SimulatedCA.githubIssuer + ".evil.example")
                $0.setFulcioClaim(8, SimulatedCA.githubIssuer + ".evil.example")
            },
            try signed(
                "other-authority_fail", "A stranger's authority, in no trusted root, certifies the very same words.",
                "signature.none", refused: "certificate.signature-mismatch"
            ) { bundle, draft, instance in
                var stranger = try KeylessScene()
                stranger.rekor1 = instance.rekor1
                stranger.certificateLog = instance.certificateLog
                bundle = try stranger.bundle(of: signature(of: draft.index))
            },
            try deniedSigner(),
            try provenance("provenance", "Built and attested by the workflow, which its certificate bears out."),
            try provenance(
                "certificate-contradicts-provenance_fail",
                "The statement names another repository than the certificate of the job that signed it.",
                repository: "https://github.com/example/other", "provenance.certificate-differs"),
        ]
    }

    private func deniedSigner() throws -> Case {
        try signed("denied-signer_fail", "Signed by the workflow, which a guardrail denies.", "policy.denied-signer") {
            _, draft, _ in
            draft.files["guardrail.yaml"] = Array(
                """
                apiVersion: landwaiter.dev/v1
                kind: Guardrail
                metadata: {name: organisation, owner: security}
                spec:
                  scope: {namespaces: ["**"], images: ["**"]}
                  signers:
                    stolen: {github: {repository: "example/*", workflow: "example/pipelines/**"}}
                  deny: [{id: stolen-pipeline, signer: {of: [stolen]}}]

                """.utf8)
            draft.expect.guardrails = ["guardrail.yaml"]
        }
    }

    private func provenance(
        _ name: String, _ why: String, repository: String = World.source, _ reason: String? = nil
    ) throws -> Case {
        var instance = try KeylessScene(altering: {
            $0.setFulcioClaim(13, "9a1efed3fa8b23d949531b80fbc013ace249ff76")
            $0.setFulcioClaim(19, "9a1efed3fa8b23d949531b80fbc013ace249ff76")
        })
        return try build(name, why, reason, by: instance, require: Self.built) { draft in
            let statement = world.statement(
                about: [draft.index.digest], type: Predicate.provenance1,
                predicate: Predicate.gitHub(repository: repository, builder: SimulatedCA.workflow))
            let bundle = try instance.bundle(of: statement)
            world.attach(bundle: bundle.bytes, type: Predicate.provenance1, to: draft.index, in: &draft.layout)
        }
    }
}

// MARK: Authorities of an organisation's own

extension KeylessCases {
    func ownAuthorities() throws -> [Case] {
        let spiffe = #"spiffe: {id: "spiffe://example.org/build/*", roots: [root.pem], validAt: signing}"#
        let host = "x509: {dns: ci.example, roots: [root.pem], usage: code-signing, validAt: now}"
        func name(_ uri: String) -> (inout CertificateTemplate) -> Void {
            { $0.set(.alternativeNames([.uri(uri)], isCritical: true)) }
        }
        let workload = name("spiffe://example.org/build/ledger")
        func server(_ usage: String) -> (inout CertificateTemplate) -> Void {
            {
                $0.set(.alternativeNames([.dns("ci.example")]))
                $0.set(.extendedKeyUsage([usage]))
            }
        }
        return [
            try own(
                "spiffe", "A workload that the organisation's own authority certified; a clock proves when.", spiffe,
                leaf: workload),
            try own(
                "spiffe-other-trust-domain_fail", "The authority certified a workload of another trust domain.", spiffe,
                "evidence.no-named-holder", leaf: name("spiffe://example.com/build/ledger")),
            try own(
                "spiffe-two-names_fail", "Two names in one certificate: nobody knows which was checked.", spiffe,
                "evidence.no-named-holder",
                leaf: {
                    $0.set(
                        .alternativeNames(
                            [.uri("spiffe://example.org/build/ledger"), .uri("spiffe://example.org/admin")],
                            isCritical: true))
                }),
            try own(
                "spiffe-other-authority_fail", "Another authority certified the same name.", spiffe,
                "certificate.untrusted", leaf: workload, otherRoot: true),
            try own(
                "spiffe-without-time_fail",
                "The signer's certificate has to hold when it signed, and nothing says when.",
                spiffe, "sigstore.no-verified-time", leaf: workload, stamped: false),
            try own(
                "x509-valid-now", "A host's certificate that is valid when the decision is made: no clock is needed.",
                host, leaf: server(ChainProfile.codeSigning), stamped: false, at: "2026-05-28T20:28:00Z"),
            try own(
                "x509-expired-now_fail", "The same certificate an hour later.", host, "certificate.not-valid-then",
                leaf: server(ChainProfile.codeSigning), at: "2026-05-28T21:28:00Z"),
            try own(
                "x509-wrong-usage_fail", "A certificate for web servers signs no images.", host,
                "certificate.wrong-usage", leaf: server(ChainProfile.serverAuthentication), at: "2026-05-28T20:28:00Z"),
        ]
    }

    private func own(
        _ name: String, _ why: String, _ signer: String, _ refused: String? = nil,
        leaf alter: (inout CertificateTemplate) -> Void, stamped: Bool = true, otherRoot: Bool = false,
        at: String = World.clock
    ) throws -> Case {
        let instance = try KeylessScene { template in
            template.extensions.removeAll { $0.oid.hasPrefix("1.3.6.1.4.1.57264.") }
            template.remove("2.5.29.37")
            alter(&template)
        }
        var item = try build(name, why, refused.map { _ in "signature.none" }, by: instance, signer: signer) { draft in
            draft.expect.at = at
            let root = try otherRoot ? SimulatedCA().root : instance.authority.root
            draft.files["root.pem"] = Array(root.pem.utf8)
            // The trusted root only says when.
            draft.root.authorities = []
            let parts = try instance.signed(.envelope, signature(of: draft.index))
            var bundle = BundleDraft(parts)
            bundle.useChain([instance.leaf.der, instance.authority.intermediate.der])
            if stamped { bundle.timestamps = [try instance.timestamp(of: parts.signature)] }
            world.attach(bundle: bundle.bytes, to: draft.index, in: &draft.layout)
        }
        item.expect.refused = refused.map { [$0] } ?? []
        return item
    }
}

// MARK: Attestation manifests

extension KeylessCases {
    /// Docker's way: BuildKit's statements are unsigned, and the manifests that hold them are signed.
    func attestationManifests() throws -> [Case] {
        [
            try attestationManifest(
                "attestation-manifests", "The workflow signed each attestation manifest in the index."),
            try attestationManifest(
                "attestation-manifest-of-one-platform_fail", "It signed the attestation manifest of one platform only.",
                "provenance.no-attestation", refused: "evidence.index-unsigned", signing: 1),
        ]
    }

    private func attestationManifest(
        _ name: String, _ why: String, _ reason: String? = nil, refused: String? = nil, signing count: Int = 2
    ) throws -> Case {
        var instance = try KeylessScene()
        var item = try build(name, why, reason, by: instance, require: Self.built) { draft in
            var layout = draft.layout
            layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
            let holders = draft.children.map { child -> Descriptor in
                let statement = world.statement(
                    about: [child.digest], type: Predicate.provenance1,
                    predicate: Predicate.buildKit(
                        builder: SimulatedCA.workflow, ref: "refs/heads/main", materials: []))
                var bare = child
                bare.platform = nil
                var manifest = layout.store(
                    ImageManifest.artifactBytes(
                        artifactType: .dockerAttestationManifest, layers: [layout.store(statement, as: .inToto)],
                        subject: bare), as: .ociManifest)
                manifest.platform = Platform(os: "unknown", architecture: "unknown")
                manifest.annotations["vnd.docker.reference.type"] = "attestation-manifest"
                manifest.annotations["vnd.docker.reference.digest"] = child.digest.description
                return manifest
            }
            draft.index = layout.store(ImageIndex.indexBytes(manifests: draft.children + holders), as: .ociIndex)
            for holder in holders.prefix(count) {
                let bare = Descriptor(mediaType: holder.mediaType, digest: holder.digest, size: holder.size)
                world.attach(
                    bundle: try instance.bundle(of: signature(of: bare)).bytes, to: bare, in: &layout)
            }
            draft.layout = layout
        }
        item.expect.refused = refused.map { [$0] } ?? []
        return item
    }
}

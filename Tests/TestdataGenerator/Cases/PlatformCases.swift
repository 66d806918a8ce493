import Content
import OCI
import StrictEncoding

/// Indexes, platforms, and BuildKit's attestation manifests.
func platformCases(_ world: World) -> [Case] {
    func attestationManifest(
        about child: Descriptor, statement: [UInt8], secondForm: Bool, in layout: inout LayoutBuilder
    ) -> Descriptor {
        var layer = layout.store(statement, as: .inToto)
        layer.annotations["in-toto.io/predicate-type"] = Predicate.provenance1
        var bare = child
        bare.platform = nil
        var manifest: Descriptor
        if secondForm {
            layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
            manifest = layout.store(
                ImageManifest.artifactBytes(
                    artifactType: .dockerAttestationManifest, layers: [layer], subject: bare), as: .ociManifest)
        } else {
            let config = layout.store(
                ImageConfiguration.configurationBytes(
                    platform: Platform(os: "unknown", architecture: "unknown"), diffIDs: [layer.digest]),
                as: .ociConfiguration)
            manifest = layout.store(ImageManifest.imageBytes(config: config, layers: [layer]), as: .ociManifest)
        }
        manifest.platform = Platform(os: "unknown", architecture: "unknown")
        manifest.annotations["vnd.docker.reference.type"] = "attestation-manifest"
        manifest.annotations["vnd.docker.reference.digest"] = child.digest.description
        return manifest
    }
    func buildKit(
        _ name: String, _ why: String, _ verdict: String, _ reason: String? = nil, refused: [String] = [],
        secondForm: Bool = false, signer: String? = "pipeline", aboutOther: Bool = false
    ) -> Case {
        var layout = LayoutBuilder()
        let (_, children) = World.index(in: &layout)
        let attestations = children.map { child in
            let subject = aboutOther ? World.baseDigest("other") : child.digest
            return attestationManifest(
                about: child,
                statement: world.statement(
                    about: [subject], type: Predicate.provenance1,
                    predicate: Predicate.buildKit(materials: [World.baseMaterial("debian")])),
                secondForm: secondForm, in: &layout)
        }
        let index = layout.store(ImageIndex.indexBytes(manifests: children + attestations), as: .ociIndex)
        layout.list(index, tag: "v1")
        if let signer { world.sign(index, by: signer, in: &layout) }
        return Case(
            family: "platform", name: name, why: why, layout: layout,
            expect: .init(
                policy: "policies/provenance-buildkit.yaml", verdict: verdict, reason: reason, refused: refused))
    }
    func rule(
        _ name: String, _ why: String, _ verdict: String, _ reason: String? = nil, policy: String,
        reference: String? = "registry.example/apps/ledger:v1", user: String = "10001",
        platforms: [Platform] = [World.linuxAMD64, World.linuxARM64]
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, _) = World.index(in: &layout, platforms: platforms, user: user)
        layout.list(index, tag: "v1")
        world.sign(index, by: "corporate", in: &layout)
        return Case(
            family: "platform", name: name, why: why, layout: layout,
            expect: .init(policy: policy, reference: reference, verdict: verdict, reason: reason))
    }
    return [
        buildKit("buildkit-attestations", "Unsigned statements inside an index that the pipeline signed.", "admit"),
        buildKit("buildkit-attestations-artifact", "The same in BuildKit's second form.", "admit", secondForm: true),
        buildKit(
            "buildkit-index-unsigned_fail", "Nobody signed the index: the statements are anybody's.", "reject",
            "provenance.no-attestation", refused: ["evidence.index-unsigned"], signer: nil),
        buildKit(
            "buildkit-index-by-stranger_fail", "A stranger signed the index.", "reject", "provenance.no-attestation",
            refused: ["evidence.index-unsigned", "signature.no-key-matches"], signer: "stranger"),
        buildKit(
            "buildkit-about-other_fail", "The statements speak of another image than the index says.", "reject",
            "provenance.no-attestation", refused: ["evidence.subject-mismatch"], aboutOther: true),
        rule(
            "configuration", "Labels, user and platforms are as the policy wants them.", "admit",
            policy: "policies/image.yaml"),
        rule(
            "root-user_fail", "The image runs as root.", "reject", "image-rule.user-is-root",
            policy: "policies/image.yaml", user: "0"),
        rule(
            "no-user_fail", "No user is stated: the runtime takes root.", "reject", "image-rule.user-is-root",
            policy: "policies/image.yaml", user: ""),
        rule(
            "denied-tag_fail", "The tag is on the list of denied ones.", "reject", "policy.denied",
            policy: "policies/deny-latest.yaml", reference: "registry.example/apps/ledger:latest"),
        rule(
            "denied-tag-unknown_fail", "A denial that cannot be judged is a denial.", "reject",
            "request.name-required",
            policy: "policies/deny-latest.yaml", reference: nil),
        rule(
            "not-listed-platform_fail", "A platform that the policy does not list.", "reject",
            "image-rule.platform-differs", policy: "policies/image.yaml",
            platforms: [World.linuxAMD64, Platform(os: "linux", architecture: "riscv64")]),
    ]
}

import Content
import OCI
import StrictEncoding

/// Provenance by rules: builder, source, parameters, cardinality and time.
func provenanceCases(_ world: World) -> [Case] {
    func build(
        _ name: String, _ why: String, _ verdict: String, _ reason: String? = nil, refused: [String] = [],
        policy: String = "policies/provenance.yaml", _ edit: (inout LayoutBuilder, Descriptor, [Descriptor]) -> Void
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, children) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        edit(&layout, index, children)
        return Case(
            family: "provenance", name: name, why: why, layout: layout,
            expect: .init(policy: policy, verdict: verdict, reason: reason, refused: refused))
    }
    func attest(
        _ predicate: JSONTree, _ layout: inout LayoutBuilder, _ subject: Descriptor, by key: String = "pipeline"
    ) {
        world.attest(predicate, type: Predicate.provenance1, about: subject, by: key, in: &layout)
    }
    let material = World.baseMaterial("debian")
    let slsa02: JSONTree = [
        "builder": ["id": .string(World.builder)],
        "buildType": "https://mobyproject.org/buildkit@v1",
        "invocation": [
            "configSource": [
                "uri": .string(World.source + ".git#refs/tags/v1.4.0"),
                "digest": ["sha1": "9a1efed3fa8b23d949531b80fbc013ace249ff76"], "entryPoint": "Dockerfile",
            ],
            "parameters": ["frontend": "dockerfile.v0"],
        ],
        "materials": [["uri": .string(material.uri), "digest": ["sha256": .string(material.digest.hex)]]],
        "metadata": ["buildStartedOn": "2026-11-20T09:58:00Z", "buildFinishedOn": "2026-11-20T10:00:00Z"],
    ]
    return [
        build("github", "GitHub's workflow build type, about the index.", "admit") { layout, index, _ in
            attest(Predicate.gitHub(), &layout, index)
        },
        build("github-each-platform", "One statement for each platform.", "admit") { layout, _, children in
            for child in children { attest(Predicate.gitHub(), &layout, child) }
        },
        build("buildkit-1", "BuildKit's form of SLSA 1.", "admit", policy: "policies/provenance-buildkit.yaml") {
            layout, index, _ in
            attest(Predicate.buildKit(materials: [material]), &layout, index)
        },
        build("buildkit-0.2", "BuildKit's form of SLSA 0.2.", "admit", policy: "policies/provenance-buildkit.yaml") {
            layout, index, _ in
            world.attest(slsa02, type: Predicate.provenance02, about: index, by: "pipeline", in: &layout)
        },
        build(
            "one-platform-missing_fail", "Provenance for one platform of two.", "reject", "provenance.no-attestation"
        ) { layout, _, children in attest(Predicate.gitHub(), &layout, children[0]) },
        build(
            "contradicts-itself_fail", "Workflow and resolved dependency name different repositories.", "reject",
            "provenance.no-attestation", refused: ["provenance.contradicts-itself"]
        ) { layout, index, _ in
            attest(
                Predicate.gitHub(commitURI: "git+https://github.com/elsewhere/ledger@refs/heads/main"), &layout, index)
        },
        build(
            "build-argument_fail", "A build argument that the policy does not list.", "reject",
            "provenance.external-parameter-unlisted", policy: "policies/provenance-buildkit.yaml"
        ) { layout, index, _ in
            attest(Predicate.buildKit(materials: [material], arguments: ["build-arg:DEBUG": "1"]), &layout, index)
        },
        build(
            "builder-prefix_fail", "A builder that only begins like the allowed one.", "reject",
            "provenance.builder-differs"
        ) { layout, index, _ in
            attest(
                Predicate.gitHub(
                    builder: "https://github.com/example/pipelines/.github/workflows/build.yml.evil@refs/tags/v3"),
                &layout, index)
        },
        build(
            "other-predicate_fail", "An attestation of another type, signed by the pipeline.", "reject",
            "provenance.none-of-type"
        ) { layout, index, _ in
            world.attest(
                ["review": "fine"], type: "https://example.com/review/v1", about: index, by: "pipeline", in: &layout)
        },
        build(
            "all-but-one_fail", "`match: all`, and one statement of the signer says another builder.", "reject",
            "provenance.source-ref-differs", policy: "policies/provenance-all.yaml"
        ) { layout, index, _ in
            attest(Predicate.gitHub(), &layout, index)
            attest(Predicate.gitHub(ref: "refs/heads/dev"), &layout, index)
        },
        build(
            "all-ignores-strangers", "`match: all` counts statements of allowed signers only.", "admit",
            refused: ["signature.no-key-matches"], policy: "policies/provenance-all.yaml"
        ) { layout, index, _ in
            attest(Predicate.gitHub(), &layout, index)
            attest(Predicate.gitHub(ref: "refs/heads/dev"), &layout, index, by: "stranger")
        },
        build(
            "latest", "`match: latest`: the newest statement counts, the older one is superseded.", "admit",
            policy: "policies/provenance-latest.yaml"
        ) { layout, index, _ in
            attest(
                Predicate.buildKit(ref: "refs/heads/dev", materials: [material], finished: "2026-11-19T10:00:00Z"),
                &layout, index)
            attest(Predicate.buildKit(materials: [material], finished: "2026-11-20T10:00:00Z"), &layout, index)
        },
        build(
            "latest-too-old_fail", "`match: latest` with a newest age, and nothing that new.", "reject",
            "provenance.too-old", policy: "policies/provenance-latest.yaml"
        ) { layout, index, _ in
            attest(Predicate.buildKit(materials: [material], finished: "2026-10-01T10:00:00Z"), &layout, index)
        },
        build(
            "latest-without-time_fail", "`match: latest`, and the statement has no time.", "reject",
            "evidence.no-signed-time", policy: "policies/provenance-latest.yaml"
        ) { layout, index, _ in
            attest(Predicate.buildKit(materials: [material], finished: nil), &layout, index)
        },
        build(
            "latest-in-future_fail", "A build that finishes after the decision's instant.", "reject",
            "evidence.time-in-future", policy: "policies/provenance-latest.yaml"
        ) { layout, index, _ in
            attest(Predicate.buildKit(materials: [material], finished: "2027-01-01T00:00:00Z"), &layout, index)
        },
        build(
            "exactly-one-of-two_fail", "`match: exactly-one`, and there are two.", "reject",
            "provenance.not-exactly-one", policy: "policies/provenance-exactly-one.yaml"
        ) { layout, index, _ in
            attest(Predicate.gitHub(), &layout, index)
            attest(Predicate.gitHub(ref: "refs/tags/v1"), &layout, index)
        },
        build(
            "replayed-envelope", "The same signed statement in a second wrapping counts once.", "admit",
            policy: "policies/provenance-exactly-one.yaml"
        ) { layout, index, _ in
            let envelope = world.envelope(
                world.statement(about: [index.digest], type: Predicate.provenance1, predicate: Predicate.gitHub()),
                by: ["pipeline"])
            for wrapping in [envelope, [UInt8(ascii: " ")] + envelope] {
                let layer = layout.store(wrapping, as: .dsseEnvelope)
                layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
                layout.list(
                    layout.store(
                        ImageManifest.artifactBytes(artifactType: .dsseEnvelope, layers: [layer], subject: index),
                        as: .ociManifest))
            }
        },
    ]
}

import Content
import Foundation
import OCI
import PKI
import Signing
import Simulators
import StrictEncoding

/// The finance policy's clauses: one image that fulfils all, and for each clause one that fails just that. In the family
/// `finance` the pipeline is a workflow of GitHub with its certificate, as in policies/finance; in `pipeline-key` it has a
/// key, as where there is no Sigstore.
func financeCases(_ world: World) throws -> [Case] {
    let common = [FinanceCases(world: world, isKeyless: true), FinanceCases(world: world, isKeyless: false)]
    return try common.flatMap { try $0.common } + common[0].certified() + common[1].stated()
}

private struct FinanceCases {
    let world: World
    let isKeyless: Bool

    private enum Attestor { case pipeline, corporateKey }

    /// The cases that both families have.
    var common: [Case] {
        get throws {
            try [
                finance(
                    "admitted",
                    "Built by the internal pipeline, on an approved base, signed with the corporate key, for namespace finance."
                ),
                finance("unsigned_fail", "Everything but the corporate signature.", "signature.none", corporate: nil),
                finance(
                    "signed-by-stranger_fail", "Signed, but not with the corporate key.", "signature.none",
                    refused: ["signature.no-key-matches"], corporate: "stranger"),
                finance(
                    "no-provenance_fail", "Signed with the corporate key; nobody says how it was built.",
                    "provenance.no-attestation", attestor: nil),
                finance(
                    "provenance-by-corporate-key_fail",
                    "The provenance is right in every word, but signed by a key that is trusted for something else.",
                    "provenance.no-allowed-signer", attestor: .corporateKey),
                finance(
                    "branch-build_fail", "Built by the pipeline from a branch that is not released.",
                    "provenance.source-ref-differs", ref: "refs/heads/dev"),
                finance(
                    "unapproved-base_fail",
                    "Built on a base image that nobody approved, as materials and layers both say.",
                    "base-image.layers-differ", base: "other"),
                finance(
                    "unapproved-material_fail",
                    "The layers are the approved base's, but the pipeline says that it used another.",
                    "base-image.material-not-approved", material: "other"),
                finance(
                    "base-layers-differ_fail",
                    "The provenance names the approved base, but the layers are another's.",
                    "base-image.layers-differ", base: "other", material: "debian"),
                finance(
                    "other-namespace_fail",
                    "The admitted image, for a namespace that the policy does not speak about.", "policy.none-matches",
                    namespace: "payroll"),
            ]
        }
    }

    /// What a certificate shows, whatever a statement says.
    func certified() throws -> [Case] {
        let other = "https://github.com/example/pipelines/.github/workflows/experiment.yml@refs/tags/v3"
        return [
            try finance(
                "foreign-builder_fail", "Another workflow built it, and its certificate says so.",
                "signer.identity-differs", builder: other),
            try finance(
                "false-builder_fail",
                "The pipeline's certificate, and a statement that names another workflow as the builder.",
                "provenance.certificate-differs", builder: other, certified: World.builder),
            try finance(
                "foreign-source_fail", "Built by the pipeline from a repository outside the organisation.",
                "signer.identity-differs",
                source: "https://github.com/elsewhere/ledger"),
            try finance(
                "self-hosted-runner_fail", "Built by the pipeline's workflow on a machine of somebody's own.",
                "signer.identity-differs", runner: "self-hosted"),
        ]
    }

    /// A key signs whatever its holder states.
    func stated() throws -> [Case] {
        [
            try finance(
                "foreign-builder_fail", "The pipeline's key signed provenance that names another builder.",
                "provenance.builder-differs",
                builder: "https://github.com/example/pipelines/.github/workflows/experiment.yml@refs/tags/v3"),
            try finance(
                "foreign-source_fail", "Built by the pipeline from a repository outside the organisation.",
                "provenance.source-repository-differs", source: "https://github.com/elsewhere/ledger"),
        ]
    }

    private func finance(
        _ name: String, _ why: String, _ reason: String? = nil, refused: [String] = [], base: String = "debian",
        corporate: String? = "corporate", attestor: Attestor? = .pipeline, builder: String = World.builder,
        certified: String? = nil, source: String = World.source, ref: String = "refs/tags/v1.4.0",
        material: String? = nil, runner: String = "github-hosted", namespace: String = "finance"
    ) throws -> Case {
        var expect = Case.Expectation(verdict: reason == nil ? "admit" : "reject", reason: reason, refused: refused)
        expect.policy = isKeyless ? "../policies/finance" : "policies/pipeline-key.yaml"
        expect.namespace = namespace
        expect.reference = "registry.example/finance/ledger:v1.4.0"
        expect.base = ["oci:../../bases/debian:v12", "oci:../../bases/other:v1"]
        var files: [String: [UInt8]] = [:]
        var layout = LayoutBuilder()
        let (index, children) = World.index(in: &layout, on: base)
        layout.list(index, tag: "v1")
        if let corporate { world.sign(index, by: corporate, in: &layout) }
        var instance = try KeylessScene { template in
            Self.certify(&template, certified ?? builder, source: source, ref: ref, runner: runner)
        }
        instance.rekor1.time = Self.built.adding(seconds: 10)
        if isKeyless {
            files["trusted_root.json"] = instance.root.json.prettyBytes()
            expect.trustedRoots = ["trusted_root.json"]
        }
        for child in attestor == nil ? [] : children {
            let statement = world.statement(
                about: [child.digest], type: Predicate.provenance1,
                predicate: Predicate.buildKit(
                    builder: builder, source: source, ref: ref, materials: [World.baseMaterial(material ?? base)],
                    invocation: isKeyless ? "\(source)/actions/runs/1/attempts/1" : nil))
            let bundle =
                isKeyless && attestor == .pipeline
                ? try instance.bundle(of: statement).bytes
                : world.bundle(statement, by: attestor == .corporateKey ? "corporate" : "pipeline")
            world.attach(bundle: bundle, type: Predicate.provenance1, to: child, in: &layout)
        }
        return Case(
            family: isKeyless ? "finance" : "pipeline-key", name: name, why: why, files: files, layout: layout,
            expect: expect)
    }

    /// When the provenance says that the build ended.
    private static let built = Instant(secondsSince1970: 1_795_168_800)

    /// What the provider says of a job of the pipeline, which runs for another repository as a reusable workflow.
    private static func certify(
        _ template: inout CertificateTemplate, _ workflow: String, source: String, ref: String, runner: String
    ) {
        let commit = "9a1efed3fa8b23d949531b80fbc013ace249ff76"
        template.notBefore = built
        template.notAfter = built.adding(seconds: 600)
        template.set(.alternativeNames([.uri(workflow)], isCritical: true))
        for (number, text) in [
            9: workflow, 11: runner, 12: source, 13: commit, 14: ref,
            18: "\(source)/.github/workflows/release.yml@\(ref)", 19: commit,
            21: "\(source)/actions/runs/1/attempts/1",
        ] {
            template.setFulcioClaim(number, text)
        }
    }
}

extension World {
    /// A base image among the materials, as BuildKit names it.
    static func baseMaterial(_ base: String) -> (uri: String, digest: Digest) {
        ("pkg:docker/registry.example/base/\(base)@12?platform=linux%2Famd64", baseDigest(base))
    }
}

/// The base images that cases read from beside their own layout.
func writeBases(_ world: World, to root: URL) throws {
    for (name, tag) in [("debian", "v12"), ("other", "v1")] {
        var layout = LayoutBuilder()
        let index = World.base(name, in: &layout)
        layout.list(index, tag: tag)
        for (path, bytes) in layout.files {
            let file = root.appendingPathComponent("bases/\(name)/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
    }
}

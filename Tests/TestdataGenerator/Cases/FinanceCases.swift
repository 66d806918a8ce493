import Content
import Foundation
import OCI
import StrictEncoding

/// The finance policy's clauses: one image that fulfils all, and for each clause one that fails just that.
func financeCases(_ world: World) -> [Case] {
    func expectation(_ verdict: String, _ reason: String?, refused: [String] = []) -> Case.Expectation {
        var expect = Case.Expectation(verdict: verdict, reason: reason, refused: refused)
        expect.policy = "../policies/finance"
        expect.namespace = "finance"
        expect.reference = "registry.example/finance/ledger:v1.4.0"
        expect.base = ["oci:../../bases/debian:v12", "oci:../../bases/other:v1"]
        return expect
    }
    func finance(
        _ name: String, _ why: String, _ expect: Case.Expectation, base: String = "debian",
        corporate: String? = "corporate", pipeline: String? = "pipeline", builder: String = World.builder,
        source: String = World.source, ref: String = "refs/tags/v1.4.0", material: String? = nil
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, children) = World.index(in: &layout, on: base)
        layout.list(index, tag: "v1")
        if let corporate { world.sign(index, by: corporate, in: &layout) }
        if let pipeline {
            for child in children {
                world.attest(
                    Predicate.buildKit(
                        builder: builder, source: source, ref: ref,
                        materials: [World.baseMaterial(material ?? base)]),
                    type: Predicate.provenance1, about: child, by: pipeline, in: &layout)
            }
        }
        return Case(family: "finance", name: name, why: why, layout: layout, expect: expect)
    }
    var elsewhere = expectation("reject", "policy.none-matches")
    elsewhere.namespace = "payroll"
    return [
        finance(
            "admitted",
            "Built by the internal pipeline, on an approved base, signed with the corporate key, for namespace finance.",
            expectation("admit", nil)),
        finance(
            "unsigned_fail", "Everything but the corporate signature.",
            expectation("reject", "signature.none"), corporate: nil),
        finance(
            "signed-by-stranger_fail", "Signed, but not with the corporate key.",
            expectation("reject", "signature.none", refused: ["signature.no-key-matches"]), corporate: "stranger"),
        finance(
            "no-provenance_fail", "Signed with the corporate key; nobody says how it was built.",
            expectation("reject", "provenance.no-attestation"), pipeline: nil),
        finance(
            "provenance-by-corporate-key_fail",
            "The provenance is right in every word, but signed by a key that is trusted for something else.",
            expectation("reject", "provenance.no-allowed-signer"), pipeline: "corporate"),
        finance(
            "foreign-builder_fail", "The pipeline's key signed provenance that names another builder.",
            expectation("reject", "provenance.builder-differs"),
            builder: "https://github.com/example/pipelines/.github/workflows/experiment.yml@refs/tags/v3"),
        finance(
            "foreign-source_fail", "Built by the pipeline from a repository outside the organisation.",
            expectation("reject", "provenance.source-repository-differs"), source: "https://github.com/elsewhere/ledger"
        ),
        finance(
            "branch-build_fail", "Built by the pipeline from a branch that is not released.",
            expectation("reject", "provenance.source-ref-differs"), ref: "refs/heads/dev"),
        finance(
            "unapproved-base_fail", "Built on a base image that nobody approved, as materials and layers both say.",
            expectation("reject", "base-image.layers-differ"), base: "other"),
        finance(
            "unapproved-material_fail",
            "The layers are the approved base's, but the pipeline says that it used another.",
            expectation("reject", "base-image.material-not-approved"), material: "other"),
        finance(
            "base-layers-differ_fail", "The provenance names the approved base, but the layers are another's.",
            expectation("reject", "base-image.layers-differ"), base: "other", material: "debian"),
        {
            var item = finance(
                "other-namespace_fail", "The admitted image, for a namespace that the policy does not speak about.",
                elsewhere)
            item.expect = elsewhere
            return item
        }(),
    ]
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

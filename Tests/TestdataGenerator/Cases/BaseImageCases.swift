import Content
import OCI
import StrictEncoding

/// Proof of base, by materials and by layers.
func baseImageCases(_ world: World) -> [Case] {
    func build(
        _ name: String, _ why: String, _ verdict: String, _ reason: String? = nil, policy: String,
        base: String = "debian", bases: [String] = ["oci:../../bases/debian:v12"],
        materials: [(uri: String, digest: Digest)]? = nil
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, _) = World.index(in: &layout, on: base == "none" ? nil : base)
        layout.list(index, tag: "v1")
        if let materials {
            world.attest(
                Predicate.buildKit(materials: materials), type: Predicate.provenance1, about: index, by: "pipeline",
                in: &layout)
        }
        return Case(
            family: "base-image", name: name, why: why, layout: layout,
            expect: .init(policy: policy, base: bases, verdict: verdict, reason: reason))
    }
    let debian = World.baseMaterial("debian")
    let other = World.baseMaterial("other")
    let layers = "policies/base-layers.yaml"
    let materials = "policies/base-materials.yaml"
    return [
        build("layers", "The image's first layers are the approved base's.", "admit", policy: layers),
        build(
            "layers-of-other_fail", "The layers are another base's.", "reject", "base-image.layers-differ",
            policy: layers,
            base: "other"),
        build(
            "layers-unread_fail", "The approved base is nowhere to be read.", "undecided", "base-image.unread",
            policy: layers, bases: []),
        build(
            "layers-from-scratch_fail", "Built from scratch.", "reject", "base-image.layers-differ", policy: layers,
            base: "none"),
        build(
            "materials", "The base image among the materials is approved.", "admit", policy: materials,
            materials: [debian]),
        build(
            "materials-other_fail", "The base image among the materials is not approved.", "reject",
            "base-image.material-not-approved", policy: materials, materials: [other]),
        build(
            "materials-two_fail", "One approved base, and one image that nobody approved.", "reject",
            "base-image.material-not-approved", policy: materials, materials: [debian, other]),
        build(
            "materials-none_fail", "Provenance without any image among its materials.", "reject",
            "base-image.no-image-material", policy: materials, materials: []),
        build(
            "materials-no-provenance_fail", "No provenance at all.", "reject", "provenance.no-attestation",
            policy: materials),
        build(
            "build-tool", "An approved build tool beside the approved base.", "admit",
            policy: "policies/base-build-tools.yaml", materials: [debian, other]),
        build(
            "build-tool-only_fail", "A build tool is no base.", "reject", "base-image.no-approved-base",
            policy: "policies/base-build-tools.yaml", materials: [other]),
    ]
}

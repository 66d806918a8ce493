import Content
import OCI
import StrictEncoding

/// The age of base images, and bases that a policy of their own judges.
func baseChainCases(_ world: World) -> [Case] {
    func build(
        _ name: String, _ why: String, _ verdict: String, _ reason: String? = nil, policy: String,
        limits: [String: Int] = [:], materials: Bool = false, unread: Bool = false,
        _ papers: (inout LayoutBuilder, _ base: Descriptor) -> Void = { _, _ in }
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, _) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        if materials {
            world.attest(
                Predicate.buildKit(materials: [World.baseMaterial("debian")]), type: Predicate.provenance1,
                about: index, by: "pipeline", in: &layout)
        }
        var base = LayoutBuilder()
        let debian = World.base("debian", in: &base)
        base.list(debian, tag: "v12")
        papers(&base, debian)
        var item = Case(
            family: "base-image", name: name, why: why, layout: layout,
            expect: .init(
                policy: "policies/\(policy).yaml", base: unread ? [] : ["oci:base:v12"], limits: limits,
                verdict: verdict, reason: reason))
        if !unread { for (path, bytes) in base.files { item.files["base/" + path] = bytes } }
        return item
    }
    func signed(by key: String) -> (inout LayoutBuilder, Descriptor) -> Void {
        { layout, base in world.sign(base, by: key, in: &layout) }
    }
    func built(_ finished: String?) -> (inout LayoutBuilder, Descriptor) -> Void {
        { layout, base in
            world.attest(
                Predicate.buildKit(materials: [], finished: finished), type: Predicate.provenance1, about: base,
                by: "pipeline", in: &layout)
        }
    }
    return [
        build(
            "age-listed", "The policy has listed the base for less than the newest allowed age.", "admit",
            policy: "base-age"),
        build(
            "age-listed-old_fail", "The policy has listed the base for longer than the newest allowed age.", "reject",
            "base-image.too-old", policy: "base-age-old"),
        build(
            "age-listed-future_fail", "The policy lists the base from a time after the decision on.", "reject",
            "base-image.time-in-future", policy: "base-age-future"),
        build(
            "age-signed", "The base's own provenance says that it was built lately.", "admit", policy: "base-chain-age",
            built("2026-11-01T00:00:00Z")),
        build(
            "age-signed-old_fail", "The base's own provenance says that it was built long ago.", "reject",
            "base-image.too-old", policy: "base-chain-age", built("2026-01-01T00:00:00Z")),
        build(
            "age-none_fail", "Neither the base's provenance nor its configuration nor the policy says how old it is.",
            "reject", "base-image.no-signed-time", policy: "base-chain-age", built(nil)),
        build(
            "chain", "The base is signed as the policy for bases requires.", "admit", policy: "base-chain",
            signed(by: "corporate")),
        build(
            "chain-unsigned_fail", "Nobody has signed the base.", "reject", "base-image.chain-rejected",
            policy: "base-chain"),
        build(
            "chain-stranger_fail", "The base is signed by somebody whom the policy for bases does not list.", "reject",
            "base-image.chain-rejected", policy: "base-chain", signed(by: "stranger")),
        build(
            "chain-materials", "The base that the provenance names is signed.", "admit",
            policy: "base-chain-materials", materials: true, signed(by: "corporate")),
        build(
            "chain-unread_fail", "The base that the provenance names is nowhere to be judged.", "undecided",
            "base-image.unread", policy: "base-chain-materials", materials: true, unread: true),
        tower(world, "chain-of-two", "The base is built on a base of its own, which is signed.", "admit"),
        tower(
            world, "chain-depth_fail", "The base is built on a base of its own: one more than is judged.", "undecided",
            "limit.base-depth", limits: ["base-depth": 1]),
    ]
}

/// An image on a runtime on debian.
private func tower(
    _ world: World, _ name: String, _ why: String, _ verdict: String, _ reason: String? = nil,
    limits: [String: Int] = [:]
) -> Case {
    func index(_ layers: [String], in layout: inout LayoutBuilder) -> Descriptor {
        let children = [World.linuxAMD64, World.linuxARM64].map { platform in
            World.image(
                in: &layout, platform: platform,
                layers: World.baseLayers(platform, of: "debian")
                    + layers.map { LayoutBuilder.tar($0, "\($0) for \(platform)\n") })
        }
        return layout.store(ImageIndex.indexBytes(manifests: children), as: .ociIndex)
    }
    var layout = LayoutBuilder()
    layout.list(index(["usr/lib/runtime", "app/ledger"], in: &layout), tag: "v1")
    layout.list(index(["usr/lib/runtime"], in: &layout), tag: "runtime")
    let debian = World.base("debian", in: &layout)
    layout.list(debian, tag: "debian")
    world.sign(debian, by: "corporate", in: &layout)
    return Case(
        family: "base-image", name: name, why: why, layout: layout,
        expect: .init(policy: "policies/base-chain-of-two.yaml", limits: limits, verdict: verdict, reason: reason))
}

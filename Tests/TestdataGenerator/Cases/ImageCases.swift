import Content
import OCI
import StrictEncoding

/// Images whose own bytes are wrong, or cannot be had.
func imageCases(_ world: World) -> [Case] {
    func signed(
        _ name: String, _ why: String, _ expect: Case.Expectation, edit: (inout LayoutBuilder, Descriptor) -> Void
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, _) = World.index(in: &layout)
        edit(&layout, index)
        return Case(family: "image", name: name, why: why, layout: layout, expect: expect)
    }
    func top(_ name: String, _ why: String, _ reason: String, type: MediaType = .ociManifest, json: JSONTree) -> Case {
        var layout = LayoutBuilder()
        let descriptor = layout.store(json.canonicalBytes(), as: type)
        layout.list(descriptor, tag: "v1")
        world.sign(descriptor, by: "corporate", in: &layout)
        return Case(
            family: "image", name: name, why: why, layout: layout, expect: .init(verdict: "reject", reason: reason))
    }
    let digest = "sha256:" + String(repeating: "a", count: 64)
    let config: JSONTree = [
        "mediaType": .string(MediaType.ociConfiguration.description), "digest": .string(digest), "size": 10,
    ]
    let layer: JSONTree = [
        "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": .string(digest), "size": 10,
    ]
    let entry: JSONTree = [
        "mediaType": .string(MediaType.ociManifest.description), "digest": .string(digest), "size": 10,
    ]
    return [
        signed("signed", "A multi-platform image whose index the corporate key signed.", .init(verdict: "admit")) {
            $0.list($1, tag: "v1")
            world.sign($1, by: "corporate", in: &$0)
        },
        signed(
            "signed-by-digest", "The same, selected by digest.",
            {
                var expect = Case.Expectation(verdict: "admit")
                var layout = LayoutBuilder()
                expect.image = "oci:image@" + World.index(in: &layout).index.digest.description
                return expect
            }()
        ) {
            $0.list($1)
            world.sign($1, by: "corporate", in: &$0)
        },
        signed(
            "missing-tag_fail", "The tag is not in the layout.", .init(verdict: "undecided", reason: "image.not-found")
        ) { $0.list($1, tag: "v2") },
        signed(
            "missing-child_fail", "The index lists a platform whose manifest is not there.",
            .init(verdict: "undecided", reason: "image.child-unavailable")
        ) { layout, index in
            layout.list(index, tag: "v1")
            world.sign(index, by: "corporate", in: &layout)
            var other = LayoutBuilder()
            layout.remove(World.index(in: &other).children[1])
        },
        signed(
            "index-bytes-changed_fail", "The index has other bytes than its digest names.",
            .init(verdict: "reject", reason: "content.digest-mismatch")
        ) { layout, index in
            layout.list(index, tag: "v1")
            world.sign(index, by: "corporate", in: &layout)
            var bytes = layout.bytes(of: index)
            bytes[bytes.count / 2] ^= 1
            layout.replace(index, with: bytes)
        },
        signed(
            "index-longer_fail", "The index is longer than its descriptor says.",
            .init(verdict: "reject", reason: "content.size-mismatch")
        ) { layout, index in
            layout.list(index, tag: "v1")
            world.sign(index, by: "corporate", in: &layout)
            layout.replace(index, with: layout.bytes(of: index) + [UInt8(ascii: "\n")])
        },
        signed(
            "child-bytes-changed_fail", "A platform's manifest has other bytes than the index names.",
            .init(verdict: "reject", reason: "content.digest-mismatch")
        ) { layout, index in
            layout.list(index, tag: "v1")
            world.sign(index, by: "corporate", in: &layout)
            var other = LayoutBuilder()
            let child = World.index(in: &other).children[0]
            var bytes = layout.bytes(of: child)
            bytes[bytes.count / 2] ^= 1
            layout.replace(child, with: bytes)
        },
        signed(
            "index-in-index_fail", "An index lists an index.", .init(verdict: "reject", reason: "limit.index-depth")
        ) { layout, index in
            let outer = layout.store(ImageIndex.indexBytes(manifests: [index]), as: .ociIndex)
            layout.list(outer, tag: "v1")
            world.sign(outer, by: "corporate", in: &layout)
        },
        top(
            "two-types_fail", "One document that is a manifest and an index (CVE-2021-41190).", "image.two-types",
            json: [
                "schemaVersion": 2, "mediaType": .string(MediaType.ociManifest.description), "config": config,
                "layers": [layer], "manifests": [entry],
            ]),
        top(
            "media-type-differs_fail", "The descriptor says manifest, the document says index.",
            "image.media-type-mismatch",
            json: [
                "schemaVersion": 2, "mediaType": .string(MediaType.ociIndex.description), "manifests": [entry],
            ]),
        top(
            "schema1_fail", "Docker's schema 1.", "image.schema1", type: .dockerSchema1,
            json: ["schemaVersion": 1, "name": "ledger", "tag": "v1", "fsLayers": [], "history": []]),
        top(
            "unknown-algorithm_fail", "The configuration is named by a digest of an unknown algorithm.",
            "content.unknown-digest-algorithm",
            json: [
                "schemaVersion": 2, "mediaType": .string(MediaType.ociManifest.description),
                "config": [
                    "mediaType": .string(MediaType.ociConfiguration.description),
                    "digest": .string("md5:" + String(repeating: "a", count: 32)), "size": 10,
                ], "layers": [layer],
            ]),
        top(
            "upper-case-digest_fail", "A digest in upper case is another text for the same bytes.",
            "content.malformed-digest",
            json: [
                "schemaVersion": 2, "mediaType": .string(MediaType.ociManifest.description),
                "config": [
                    "mediaType": .string(MediaType.ociConfiguration.description),
                    "digest": .string("sha256:" + String(repeating: "A", count: 64)), "size": 10,
                ], "layers": [layer],
            ]),
        top(
            "negative-size_fail", "A layer of negative size.", "image.malformed-manifest",
            json: [
                "schemaVersion": 2, "mediaType": .string(MediaType.ociManifest.description), "config": config,
                "layers": [
                    ["mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": .string(digest), "size": -1]
                ],
            ]),
        {
            var layout = LayoutBuilder()
            let text =
                "{\"schemaVersion\":2,\"mediaType\":\"\(MediaType.ociIndex)\",\"manifests\":[],\"manifests\":[]}"
            let descriptor = layout.store(Array(text.utf8), as: .ociIndex)
            layout.list(descriptor, tag: "v1")
            return Case(
                family: "image", name: "duplicate-key_fail", why: "One member twice: two readers, two images.",
                layout: layout, expect: .init(verdict: "reject", reason: "image.malformed-manifest"))
        }(),
        {
            var layout = LayoutBuilder()
            let descriptor = layout.store(ImageIndex.indexBytes(manifests: []), as: .ociIndex)
            layout.list(descriptor, tag: "v1")
            world.sign(descriptor, by: "corporate", in: &layout)
            return Case(
                family: "image", name: "empty-index_fail", why: "A signed index of nothing.", layout: layout,
                expect: .init(verdict: "reject", reason: "image.nothing-runnable"))
        }(),
    ]
}

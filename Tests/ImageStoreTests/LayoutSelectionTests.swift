import Content
import Findings
import OCI
import Testing

@testable import ImageStore

@Suite struct LayoutSelectionTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func resolve(
        _ layout: LayoutFixture, _ selection: LayoutSelection = .only, limits: ContentLimits = ContentLimits()
    ) async throws -> ResolvedContent {
        try await OCILayout(path: layout.write(to: workspace), selection: selection).resolve(limits: limits)
    }

    @Test func findsTheOnlyImage() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(image, tag: "v1")
        let resolved = try await resolve(layout)
        #expect(resolved.descriptor.digest == image.digest)
        #expect(resolved.content.digest == image.digest)
        // Nobody asked for a tag, so none is what the image was found by.
        #expect(resolved.tag == nil)
    }

    @Test func findsByTag() async throws {
        var layout = LayoutFixture()
        let (one, two) = (layout.image("one"), layout.image("two"))
        layout.list(one, tag: "v1")
        layout.list(two, tag: "v2")
        let resolved = try await resolve(layout, .tag("v2"))
        #expect(resolved.descriptor.digest == two.digest)
        #expect(resolved.tag == "v2")
    }

    @Test func comparesTagsAsBytes() async throws {
        var layout = LayoutFixture()
        layout.list(layout.image(), tag: "caf\u{E9}")
        #expect(await code { try await resolve(layout, .tag("cafe\u{301}")) } == "image.not-found")
        #expect(try await resolve(layout, .tag("caf\u{E9}")).tag == "caf\u{E9}")
    }

    @Test func findsByDigestListedOrNot() async throws {
        var layout = LayoutFixture()
        let (one, two) = (layout.image("one"), layout.image("two"))
        let index = layout.index([one, two])
        layout.list(index, tag: "v1")
        let resolved = try await resolve(layout, .digest(two.digest))
        #expect(resolved.descriptor == two)
        #expect(try await resolve(layout, .digest(index.digest)).descriptor.mediaType == .ociIndex)
    }

    @Test func refusesToResolveADigestThatIsNoManifest() async throws {
        var layout = LayoutFixture()
        layout.list(layout.image())
        let other = layout.blob(Array("[]".utf8))
        #expect(await code { try await resolve(layout, .digest(other.digest)) } == "image.malformed-manifest")
    }

    @Test func passesOverEvidenceWhereNothingIsNamed() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        let key = "sha256-" + image.digest.hex
        layout.list(layout.referrer(of: image, "a referrer"))
        layout.list(image, tag: "v1")
        layout.list(layout.index([layout.referrer(of: image, "of a list")]), tag: key)
        for suffix in ["sig", "att", "sbom"] {
            layout.list(layout.referrer(of: nil, suffix), tag: "\(key).\(suffix)")
        }
        layout.list(
            layout.image("buildkit"), annotations: ["vnd.docker.reference.type": "attestation-manifest"])
        #expect(try await resolve(layout).descriptor.digest == image.digest)
    }

    @Test func findsTheImageThatCosignSaved() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(layout.referrer(of: nil, "sigs"), annotations: ["kind": "dev.cosignproject.cosign/sigs"])
        layout.list(image, annotations: ["kind": "dev.cosignproject.cosign/image"])
        layout.list(layout.referrer(of: nil, "atts"), annotations: ["kind": "dev.cosignproject.cosign/atts"])
        #expect(try await resolve(layout).descriptor.digest == image.digest)
    }

    @Test func doesNotChooseAmongImages() async throws {
        var layout = LayoutFixture()
        layout.list(layout.image("one"), tag: "v1")
        layout.list(layout.image("two"), tag: "v2")
        let source = OCILayout(path: try layout.write(to: workspace))
        await #expect {
            try await source.resolve(limits: ContentLimits())
        } throws: { error in
            guard let error = error as? ContentSourceError else { return false }
            return error.code == .imageAmbiguousSelection && error.message.contains("`v1`, `v2`")
        }
    }

    @Test func doesNotPassOverAnEntryThatItCannotRead() async throws {
        // Nobody knows whether the damaged one was meant.
        var layout = LayoutFixture()
        let (one, two) = (layout.image("one"), layout.image("two"))
        layout.list(one, tag: "v1")
        layout.list(two, tag: "v2")
        layout.files[two.blobName]?.append(0x20)
        #expect(await code { try await resolve(layout) } == "image.ambiguous-selection")
        #expect(try await resolve(layout, .tag("v1")).descriptor.digest == one.digest)
    }

    @Test func refusesTwoImagesOfOneTag() async throws {
        var layout = LayoutFixture()
        layout.list(layout.image("one"), tag: "v1")
        layout.list(layout.image("two"), tag: "v1")
        #expect(await code { try await resolve(layout, .tag("v1")) } == "image.ambiguous-selection")
    }

    @Test func takesOneImageUnderTwoNamesForOne() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(image, tag: "v1")
        layout.list(image, tag: "latest")
        #expect(try await resolve(layout).descriptor.digest == image.digest)
        #expect(try await resolve(layout, .digest(image.digest)).descriptor.digest == image.digest)
    }

    @Test func refusesOneDigestOfTwoTypes() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        var other = image
        other.mediaType = .dockerManifest
        layout.list(image, tag: "v1")
        layout.list(other, tag: "v1")
        #expect(await code { try await resolve(layout, .tag("v1")) } == "image.ambiguous-selection")
        #expect(await code { try await resolve(layout, .digest(image.digest)) } == "image.ambiguous-selection")
    }

    @Test func saysWhatItFoundInstead() async throws {
        var layout = LayoutFixture()
        #expect(await code { try await resolve(layout) } == "image.not-found")
        layout.list(
            Descriptor(of: layout.blob(Array("{}".utf8)), mediaType: "application/vnd.oci.descriptor.v1+json"), tag: "x"
        )
        #expect(await code { try await resolve(layout) } == "image.unknown-media-type")
        #expect(await code { try await resolve(layout, .tag("x")) } == "image.unknown-media-type")
        #expect(await code { try await resolve(layout, .tag("y")) } == "image.not-found")
        let absent = try Digest("sha256:" + String(repeating: "0", count: 64))
        #expect(await code { try await resolve(layout, .digest(absent)) } == "image.not-found")
    }

    @Test func findsNothingWhereOnlyEvidenceLies() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(layout.referrer(of: image, "a"))
        layout.list(layout.referrer(of: image, "b"))
        #expect(await code { try await resolve(layout) } == "image.not-found")
    }
}

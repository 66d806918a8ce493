import Content
import Findings
import Foundation
import ImageStore
import OCI
import Testing

/// Layouts, tars and `dir:` images that other projects test with (go-containerregistry, containers/image).
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct ImageStoreKitTests {
    private let limits = ContentLimits()

    private static func path(_ name: String) throws -> String { try #require(Kit.root).path + "/oci/" + name }

    /// What a location resolves to: a digest, or the code by which it is refused.
    private func resolve(_ location: String) async throws -> String {
        do {
            return try await ImageLocation.parse(location).source().resolve(limits: limits).content.digest.description
        } catch let error as ContentSourceError {
            return error.code.name
        }
    }

    // MARK: Layouts

    private static let layouts = "ggcr/v1/layout/testdata/"
    private static let one = "sha256:98ceaf93e482fe91b9bfd6bba07137c098e49ee2d55e69f09fb6c951e75e0e46"
    private static let two = "sha256:eebff607b1628d67459b0596643fc07de70d702eccf030f0bc7bb6fc2b278650"
    private static let index = "sha256:05f95b26ed10668b7183c1e2da98610e91372fa9f510046d4ce5812addad86b5"
    private static let chart = "sha256:b544f71ecd82372bc9a3c0dbef378abfd2734fe437df81ff6e242a0d720d8e3e"

    @Test(arguments: [
        ("test_index_one_image", "", one),
        ("test_index_media_type", "", chart),
        ("test_index", "", "image.ambiguous-selection"),
        ("test_index", ":1", two),
        ("test_index", "@" + two, two),
        // Listed as something that no reader of images knows.
        ("test_index", ":2", "image.unknown-media-type"),
        ("test_index", ":3", index),
        ("test_index", ":5", "image.not-found"),
        // The nested index itself is listed as an OCI index, another one as Docker's list.
        ("test_gc_index", ":3", index),
        ("test_gc_image_unknown_mediatype", "", "image.unknown-media-type"),
    ])
    func resolvesLayouts(name: String, selection: String, expected: String) async throws {
        #expect(try await resolve("oci:\(Self.path(Self.layouts + name))\(selection)") == expected)
    }

    /// Everything that a layout's image names is there and is what its digest says, whatever it is called.
    @Test func fetchesWhatAnImageNames() async throws {
        let source = OCILayout(path: try Self.path(Self.layouts + "test_index_one_image"))
        let resolved = try await source.resolve(limits: limits)
        guard case .manifest(let manifest) = try ImageDocument(parsing: resolved.content, declared: .ociManifest) else {
            Issue.record("expected a manifest")
            return
        }
        for descriptor in [manifest.config] + manifest.layers {
            #expect(try await source.fetch(descriptor, limit: 1 << 20).digest == descriptor.digest)
        }
        #expect(try await source.papers(of: resolved.content.digest, limits: limits).found.isEmpty)
    }

    @Test func saysWhichListedManifestsItPassedOver() async throws {
        let source = OCILayout(path: try Self.path(Self.layouts + "test_gc_index"), selection: .tag("1"))
        let resolved = try await source.resolve(limits: limits)
        let papers = try await source.papers(of: resolved.content.digest, limits: limits)
        #expect(papers.found.isEmpty)
        // A manifest listed as OCI's that says it is Docker's; a list of Docker's that does not say what it is.
        #expect(papers.refused.map(\.code.name) == ["image.media-type-mismatch", "image.malformed-manifest"])
    }

    // MARK: Tars

    private static let tars = "ggcr/v1/tarball/testdata/"

    @Test(arguments: [
        ("test_image_1.tar", "image.no-manifest-digest"), ("test_image_2.tar", "image.no-manifest-digest"),
        ("test_bundle.tar", "image.no-manifest-digest"), ("test_link.tar", "image.no-manifest-digest"),
        ("test_load_manifest.tar", "image.no-manifest-digest"),
        // Docker 25's list of manifests is there and is null.
        ("hello-world-v25.tar", "image.no-manifest-digest"),
        ("no_manifest.tar", "image.not-found"), ("content.tar", "image.not-found"),
    ])
    func resolvesNoDockerArchive(name: String, expected: String) async throws {
        #expect(try await resolve("docker-archive:" + Self.path(Self.tars + name)) == expected)
    }

    @Test(arguments: [
        ("test_image_1.tar", "", [["bazel/v1/tarball:test_image_1"]]),
        ("test_image_2.tar", ":bazel/v1/tarball:test_image_2", [["bazel/v1/tarball:test_image_2"]]),
        ("test_bundle.tar", "", [["test_image_2"], ["test_image_1"]]),
        ("test_bundle.tar", ":test_image_1", [["test_image_1"]]),
        ("test_link.tar", ":bazel/v1/tarball:test_image_3", [["bazel/v1/tarball:test_image_3"]]),
        ("hello-world-v25.tar", "", [[]]),
    ])
    func showsDockerArchives(name: String, reference: String, tags: [[String]]) async throws {
        let location = try ImageLocation.parse("docker-archive:" + Self.path(Self.tars + name) + reference)
        let source = try #require(location.source() as? DockerArchive)
        #expect(try await source.images(limits: limits).map(\.tags) == tags)
    }

    @Test(arguments: ["ggcr/crane/testdata/content.tar", "ggcr/crane/testdata/content.tar.zst"])
    func findsNoLayoutInATarOfSomethingElse(name: String) async throws {
        #expect(try await resolve("oci-archive:" + Self.path(name)) == "image.not-found")
    }

    // MARK: dir: images

    private static let directories = "containers-image/signature/"

    @Test(arguments: [
        ("dir-img-cosign-valid", 1), ("dir-img-cosign-key-rekor-valid", 1), ("dir-img-cosign-fulcio-rekor-valid", 1),
        ("dir-img-cosign-valid-with-tag", 1), ("dir-img-valid-2", 2),
    ])
    func readsDirectoriesAndTheirSignatures(name: String, signatures: Int) async throws {
        let source = DirImage(path: try Self.path(Self.directories + name))
        let resolved = try await source.resolve(limits: limits)
        #expect(resolved.content.bytes == (try Kit.read("oci/" + Self.directories + name + "/manifest.json")))
        let found = try await source.looseSignatures(limits: limits)
        #expect(found.map(\.name) == (1...signatures).map { "signature-\($0)" })
        for signature in found {
            #expect(
                signature.content.bytes == (try Kit.read("oci/" + Self.directories + name + "/" + signature.name)))
        }
    }

    /// Row ci-24, and the image of row ci-32, which is in a form that binds no configuration.
    @Test func refusesADirectoryWithoutManifest() async throws {
        let old = Self.directories + "dir-img-manifest-digest-error"
        #expect(try await resolve("dir:" + Self.path(old)) == "image.schema1")
        #expect(
            try await resolve("dir:" + Self.path(Self.directories + "dir-img-cosign-no-manifest")) == "image.not-found")
    }
}

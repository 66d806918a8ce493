import Content
import Findings
import Foundation
import LocalFiles
import OCI
import StrictEncoding
import Testing

@testable import ImageStore

/// What a layout may hold that it should not.
@Suite struct LayoutReadingTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private let limits = ContentLimits()

    private func oneImage() -> (LayoutFixture, Descriptor) {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(image, tag: "v1")
        return (layout, image)
    }

    private func resolving(_ layout: LayoutFixture, limits: ContentLimits = ContentLimits()) async throws -> String? {
        let source = OCILayout(path: try layout.write(to: workspace))
        return await code { try await source.resolve(limits: limits) }
    }

    // MARK: The layout itself

    @Test func opensNothingBeforeItIsAsked() async throws {
        let source = OCILayout(path: workspace.path("absent"))
        #expect(await code { try await source.resolve(limits: limits) } == "image.not-found")
    }

    @Test func refusesADirectoryWithoutMarker() async throws {
        var (layout, _) = oneImage()
        layout.files["oci-layout"] = nil
        #expect(try await resolving(layout) == "image.not-found")
    }

    @Test(arguments: [
        (#"{"imageLayoutVersion":"1.0.0","more":1}"#, nil),
        (#"{"imageLayoutVersion":"2.0.0"}"#, "image.unsupported-layout"),
        (#"{"imageLayoutVersion":1}"#, "image.malformed-layout"), ("{}", "image.malformed-layout"),
        ("[]", "image.malformed-layout"), ("", "image.malformed-layout"),
        (#"{"imageLayoutVersion":"1.0.0","imageLayoutVersion":"2.0.0"}"#, "image.malformed-layout"),
    ])
    func readsTheMarkerStrictly(_ text: String, _ expected: String?) async throws {
        var (layout, _) = oneImage()
        layout.files["oci-layout"] = Array(text.utf8)
        #expect(try await resolving(layout) == expected)
    }

    @Test func boundsTheMarker() async throws {
        var (layout, _) = oneImage()
        layout.files["oci-layout"]? += [UInt8](repeating: 0x20, count: 64 << 10)
        #expect(try await resolving(layout) == "image.malformed-layout")
    }

    @Test(arguments: [
        "", "{}", #"{"schemaVersion":2}"#, #"{"schemaVersion":2,"manifests":{}}"#,
        #"{"schemaVersion":2,"manifests":[1]}"#,
        #"{"schemaVersion":2,"manifests":[],"manifests":[]}"#, #"{"schemaVersion":2,"manifests":[{}]}"#,
    ])
    func readsTheListStrictly(_ text: String) async throws {
        var (layout, _) = oneImage()
        layout.files["index.json"] = Array(text.utf8)
        #expect(try await resolving(layout) == "image.malformed-layout")
    }

    @Test func refusesAListOfTwoTypes() async throws {
        var (layout, _) = oneImage()
        layout.files["index.json"] = Array(#"{"schemaVersion":2,"manifests":[],"layers":[]}"#.utf8)
        #expect(try await resolving(layout) == "image.two-types")
    }

    @Test func takesNullForAnEmptyList() async throws {
        var (layout, _) = oneImage()
        layout.files["index.json"] = Array(#"{"schemaVersion":2,"manifests":null}"#.utf8)
        #expect(try await resolving(layout) == "image.not-found")
    }

    @Test func refusesALayoutWithoutList() async throws {
        var (layout, _) = oneImage()
        layout.files["index.json"] = nil
        #expect(try await resolving(layout) == "image.not-found")
    }

    // MARK: Names

    @Test(arguments: [
        ("sha256:../../../../../../etc/passwd", "content.malformed-digest"),
        ("../../etc/passwd", "content.malformed-digest"),
        ("..:" + String(repeating: "0", count: 64), "content.unknown-digest-algorithm"),
        ("sha256:" + String(repeating: "0", count: 63) + "/", "content.malformed-digest"),
        ("md5:d41d8cd98f00b204e9800998ecf8427e", "content.unknown-digest-algorithm"),
        ("sha256:" + String(repeating: "AB", count: 32), "content.malformed-digest"),
    ])
    func neverBuildsAPathFromAnUncheckedDigest(_ digest: String, _ expected: String) async throws {
        var layout = LayoutFixture()
        layout.files["index.json"] = Array(
            #"{"schemaVersion":2,"manifests":[{"mediaType":"\#(MediaType.ociManifest)","size":1,"digest":"\#(digest)"}]}"#
                .utf8)
        #expect(try await resolving(layout) == expected)
    }

    @Test func doesNotFollowALinkOutOfTheLayout() async throws {
        let (layout, image) = oneImage()
        let path = try layout.write(to: workspace)
        // The very bytes that are asked for lie at the target, so only the link itself can be what is refused.
        try workspace.write(layout.files[image.blobName] ?? [], to: "outside")
        try workspace.remove("layout/" + image.blobName)
        try workspace.link("layout/" + image.blobName, to: workspace.path("outside"))
        #expect(await code { try await OCILayout(path: path).resolve(limits: limits) } == "image.unsafe-path")
    }

    @Test(arguments: ["blobs/sha256", "blobs"]) func doesNotFollowALinkOnTheWay(_ directory: String) async throws {
        let (layout, _) = oneImage()
        let path = try layout.write(to: workspace)
        try FileManager.default.moveItem(atPath: workspace.path("layout/" + directory), toPath: workspace.path("moved"))
        try workspace.link("layout/" + directory, to: workspace.path("moved"))
        #expect(await code { try await OCILayout(path: path).resolve(limits: limits) } == "image.unsafe-path")
    }

    @Test(arguments: ["index.json", "oci-layout"]) func doesNotFollowALinkToALists(_ name: String) async throws {
        let (layout, _) = oneImage()
        let path = try layout.write(to: workspace)
        try workspace.write(layout.files[name] ?? [], to: "outside")
        try workspace.remove("layout/" + name)
        try workspace.link("layout/" + name, to: workspace.path("outside"))
        #expect(await code { try await OCILayout(path: path).resolve(limits: limits) } == "image.unsafe-path")
    }

    @Test func followsALinkThatTheUserNamed() async throws {
        let (layout, _) = oneImage()
        try layout.write(to: workspace)
        try workspace.link("named", to: "layout")
        #expect(await code { try await OCILayout(path: workspace.path("named")).resolve(limits: limits) } == nil)
    }

    // MARK: Kinds of files

    @Test(.timeLimit(.minutes(1))) func doesNotWaitForAFIFO() async throws {
        let (layout, image) = oneImage()
        let path = try layout.write(to: workspace)
        try workspace.remove("layout/" + image.blobName)
        #expect(mkfifo(workspace.path("layout/" + image.blobName), 0o644) == 0)
        #expect(await code { try await OCILayout(path: path).resolve(limits: limits) } == "image.unsafe-path")
    }

    @Test(.timeLimit(.minutes(1))) func doesNotWaitForAFIFOInPlaceOfAnArchive() async throws {
        #expect(mkfifo(workspace.path("fifo"), 0o644) == 0)
        let source = OCIArchive(path: workspace.path("fifo"))
        #expect(await code { try await source.resolve(limits: limits) } == "image.unsafe-path")
    }

    @Test func doesNotReadADirectoryForABlob() async throws {
        let (layout, image) = oneImage()
        let path = try layout.write(to: workspace)
        try workspace.remove("layout/" + image.blobName)
        try workspace.write([], to: "layout/" + image.blobName + "/x")
        #expect(await code { try await OCILayout(path: path).resolve(limits: limits) } == "image.unsafe-path")
    }

    @Test func saysThatAFileCannotBeRead() async throws {
        guard geteuid() != 0 else { return print("skipped: root reads everything") }
        let (layout, image) = oneImage()
        let path = try layout.write(to: workspace)
        #expect(chmod(workspace.path("layout/" + image.blobName), 0) == 0)
        #expect(await code { try await OCILayout(path: path).resolve(limits: limits) } == "image.unreadable")
    }

    // MARK: Sizes and digests

    @Test func refusesBytesThatAreNotTheDigests() async throws {
        var (layout, image) = oneImage()
        let last = (layout.files[image.blobName]?.count ?? 1) - 1
        layout.files[image.blobName]?[last] ^= 1
        #expect(try await resolving(layout) == "content.digest-mismatch")
    }

    @Test func refusesASizeThatIsNotTheFiles() async throws {
        for change in [-1, 1] {
            var layout = LayoutFixture()
            var image = layout.image()
            image.size += change
            layout.list(image)
            #expect(try await resolving(layout) == "content.size-mismatch")
        }
    }

    @Test func doesNotReadAHugeFileForASmallDescriptor() async throws {
        let (layout, image) = oneImage()
        let path = try layout.write(to: workspace)
        // Sparse: a tebibyte that takes no room on the disk.
        #expect(truncate(workspace.path("layout/" + image.blobName), 1 << 40) == 0)
        #expect(await code { try await OCILayout(path: path).resolve(limits: limits) } == "content.size-mismatch")
        // Where no size is stated the limit holds.
        #expect(
            await code { try await OCILayout(path: path).manifest(image.digest, limits: limits) }
                == "limit.manifest-bytes")
    }

    @Test func doesNotTakeMemoryForASizeThatIsStated() async throws {
        var layout = LayoutFixture()
        var image = layout.image()
        image.size = 1 << 52
        layout.list(image)
        #expect(try await resolving(layout) == "limit.manifest-bytes")
    }

    @Test func saysThatContentIsMissing() async throws {
        var (layout, image) = oneImage()
        layout.files[image.blobName] = nil
        #expect(try await resolving(layout) == "image.not-found")
    }

    @Test func readsSHA512() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        let content = layout.blob(layout.files[image.blobName] ?? [], algorithm: .sha512)
        layout.files[image.blobName] = nil
        layout.list(Descriptor(of: content, mediaType: .ociManifest))
        #expect(try await resolving(layout) == nil)
    }

    @Test func saysThatAFileBecameShorter() throws {
        let path = try workspace.write([1, 2, 3], to: "file")
        let file = try OpenFile.open(path: path, calledAs: "file")
        #expect(truncate(path, 2) == 0)
        #expect(throws: FileError.cutShort("file")) { try file.bytes(limit: 3) }
    }

    // MARK: Limits

    @Test func boundsTheList() async throws {
        var (layout, _) = oneImage()
        let list = layout.files["index.json"] ?? []
        layout.files["index.json"] = list + [UInt8](repeating: 0x20, count: (4 << 20) - list.count)
        #expect(try await resolving(layout) == nil)
        layout.files["index.json"]?.append(0x20)
        #expect(try await resolving(layout) == "limit.manifest-bytes")
    }

    @Test func boundsTheEntries() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.files["index.json"] = ImageIndex.indexBytes(manifests: Array(repeating: image, count: 10_000))
        #expect(try await resolving(layout) == nil)
        layout.files["index.json"] = ImageIndex.indexBytes(manifests: Array(repeating: image, count: 10_001))
        #expect(try await resolving(layout) == "limit.candidates")
    }

    @Test func boundsWhatIsReadInAll() async throws {
        let (layout, image) = oneImage()
        let path = try layout.write(to: workspace)
        var limits = ContentLimits()
        let list = (layout.files["index.json"]?.count ?? 0) + (layout.files["oci-layout"]?.count ?? 0)
        limits.totalBytes = list + image.size * 2
        let source = OCILayout(path: path)
        #expect(await code { try await source.resolve(limits: limits) } == nil)
        #expect(await code { try await source.fetch(image, limit: .max) } == nil)
        #expect(await code { try await source.fetch(image, limit: .max) } == "limit.image-bytes")
        limits.totalBytes = list
        #expect(await code { try await OCILayout(path: path).resolve(limits: limits) } == "limit.image-bytes")
    }

    @Test func namesTheLimitByWhatPassesIt() async throws {
        let (layout, image) = oneImage()
        let source = OCILayout(path: try layout.write(to: workspace))
        func fetching(_ mediaType: MediaType) async -> String? {
            var descriptor = image
            descriptor.mediaType = mediaType
            return await code { try await source.fetch(descriptor, limit: image.size - 1) }
        }
        #expect(await fetching(.ociManifest) == "limit.manifest-bytes")
        #expect(await fetching(.ociConfiguration) == "limit.configuration-bytes")
        #expect(await fetching(.sigstoreBundle03) == "limit.image-bytes")
        #expect(await code { try await source.fetch(image, limit: image.size) } == nil)
    }

    @Test func saysNothingOfTheHost() async throws {
        // Findings are the same on every host: no message names the directory.
        var (layout, image) = oneImage()
        layout.files[image.blobName] = nil
        let path = try layout.write(to: workspace)
        for source: any ContentSource in [
            OCILayout(path: path), OCILayout(path: path + "/absent"), OCIArchive(path: path), DirImage(path: path),
            DockerArchive(path: path + "/absent"),
        ] {
            await #expect {
                try await source.resolve(limits: limits)
            } throws: { error in
                (error as? ContentSourceError).map { !$0.message.contains(path) } ?? false
            }
        }
    }
}

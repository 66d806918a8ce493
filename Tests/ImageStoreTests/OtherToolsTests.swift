import Content
import Findings
import Foundation
import OCI
import Testing

@testable import ImageStore

/// Layouts go to other people's tools and come back. Skipped where a tool is not installed.
@Suite struct OtherToolsTests {
    private let workspace: Workspace
    private let limits = ContentLimits()

    init() throws { workspace = try Workspace() }

    private func oneImage() throws -> Descriptor {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(image, tag: "v1")
        try layout.write(to: workspace)
        return image
    }

    /// Copies by skopeo; false if there is none.
    private func copy(_ from: String, _ to: String, _ options: String...) throws -> Bool {
        let arguments = ["copy", "--insecure-policy", "--quiet"] + options + [from, to]
        guard let result = try run("skopeo", arguments) else { return false }
        try #require(result.status == 0, "\(result.output)")
        return true
    }

    @Test(arguments: ["oci:copy:v2", "oci-archive:copy.tar:v2", "oci-archive:copy.tar", "dir:copy"])
    func readsWhatSkopeoWrites(_ target: String) async throws {
        let image = try oneImage()
        let colon = target.firstIndex(of: ":") ?? target.endIndex
        let location = target[...colon] + workspace.path("") + target[target.index(after: colon)...]
        guard try copy("oci:\(workspace.path("layout")):v1", String(location)) else { return }
        let source = try ImageLocation.parse(String(location)).source()
        let resolved = try await source.resolve(limits: limits)
        #expect(resolved.descriptor.digest == image.digest)
        guard case .manifest(let manifest) = try ImageDocument(parsing: resolved.content, declared: .ociManifest) else {
            return #expect(Bool(false))
        }
        for descriptor in [manifest.config] + manifest.layers {
            #expect(try await source.fetch(descriptor, limit: 1 << 20).digest == descriptor.digest)
        }
    }

    @Test func readsAWholeIndexOfSkopeos() async throws {
        var layout = LayoutFixture()
        var children = [layout.image("one"), layout.image("two")]
        children[0].platform = Platform(os: "linux", architecture: "amd64")
        children[1].platform = Platform(os: "linux", architecture: "arm64")
        let index = layout.index(children)
        layout.list(index, tag: "v1")
        try layout.write(to: workspace)
        for target in ["dir:" + workspace.path("dir"), "oci:" + workspace.path("oci") + ":v1"] {
            guard try copy("oci:\(workspace.path("layout")):v1", target, "--all") else { return }
            let source = try ImageLocation.parse(target).source()
            #expect(try await source.resolve(limits: limits).descriptor.digest == index.digest)
            for child in children {
                #expect(try await source.manifest(child.digest, limits: limits).digest == child.digest)
            }
        }
    }

    @Test func looksIntoWhatSkopeoSavesForDocker() async throws {
        _ = try oneImage()
        let path = workspace.path("docker.tar")
        guard try copy("oci:\(workspace.path("layout")):v1", "docker-archive:\(path):registry.example/one:1") else {
            return
        }
        let source = DockerArchive(path: path)
        #expect(await code { try await source.resolve(limits: limits) } == "image.no-manifest-digest")
        let images = try await source.images(limits: limits)
        #expect(images.map(\.tags) == [["registry.example/one:1"]])
        #expect(images.map { $0.configuration.labels["name"] } == ["one"])
    }

    @Test func readsCompressedArchivesOfOtherTools() async throws {
        let image = try oneImage()
        let path = workspace.path("image.tar")
        guard let tar = try run("tar", ["-C", workspace.path("layout"), "-cf", path, "."]) else { return }
        try #require(tar.status == 0, "\(tar.output)")
        for (tool, suffix) in [("gzip", ".gz"), ("zstd", ".zst")] {
            guard let result = try run(tool, ["-k", path]) else { continue }
            try #require(result.status == 0, "\(result.output)")
            let source = OCIArchive(path: path + suffix)
            #expect(try await source.resolve(limits: limits).descriptor.digest == image.digest)
        }
    }

    @Test func writesWhatSkopeoReads() async throws {
        let image = try oneImage()
        let layout = OCILayout(path: workspace.path("layout"))
        try await layout.put(.emptyValue)
        let referrer = VerifiedContent(
            namedByOwnDigest: ImageManifest.artifactBytes(
                artifactType: .sigstoreBundle03, layers: [.emptyValue], subject: image))
        try await layout.put(referrer)
        let descriptor = Descriptor(of: referrer, mediaType: .ociManifest)
        try await layout.list(descriptor, tag: nil)
        try await layout.listReferrer(descriptor, subject: image.digest)
        guard try copy("oci:\(workspace.path("layout")):v1", "dir:" + workspace.path("dir")) else { return }
        #expect(
            try await DirImage(path: workspace.path("dir")).resolve(limits: limits).descriptor.digest == image.digest)
        // And it still adds to the layout that we wrote to.
        guard try copy("dir:" + workspace.path("dir"), "oci:\(workspace.path("layout")):v2") else { return }
        let source = OCILayout(path: workspace.path("layout"), selection: .tag("v2"))
        #expect(try await source.resolve(limits: limits).descriptor.digest == image.digest)
        #expect(try await source.papers(of: image.digest, limits: limits).found.map(\.tie) == [.referrer])
    }

    @Test func sharesALayoutWithUmoci() async throws {
        let path = workspace.path("umoci")
        guard let made = try run("umoci", ["init", "--layout", path]) else { return }
        try #require(made.status == 0, "\(made.output)")
        for name in ["one", "two"] {
            guard let result = try run("umoci", ["new", "--image", "\(path):\(name)"]) else { return }
            try #require(result.status == 0, "\(result.output)")
        }
        let layout = OCILayout(path: path, selection: .tag("one"))
        let image = try await layout.resolve(limits: limits)
        try await layout.list(image.descriptor, tag: "three")
        let listed = try #require(try run("umoci", ["list", "--layout", path]))
        #expect(listed.status == 0)
        #expect(Set(listed.output.split(separator: "\n")) == ["one", "two", "three"])
    }

    @Test func makesLayoutsThatSkopeoFills() async throws {
        let image = try oneImage()
        _ = try OCILayout.create(at: workspace.path("made"))
        guard try copy("oci:\(workspace.path("layout")):v1", "oci:\(workspace.path("made")):v1") else { return }
        let source = OCILayout(path: workspace.path("made"))
        #expect(try await source.resolve(limits: limits).descriptor.digest == image.digest)
    }
}

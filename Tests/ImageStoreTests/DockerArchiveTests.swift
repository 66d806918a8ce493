import Content
import Findings
import OCI
import Testing

@testable import ImageStore

@Suite struct DockerArchiveTests {
    private let workspace: Workspace
    private let limits = ContentLimits()

    init() throws { workspace = try Workspace() }

    private func configuration(_ text: String) -> [UInt8] {
        ImageConfiguration.configurationBytes(
            platform: Platform(os: "linux", architecture: "amd64"), labels: ["name": text], diffIDs: [])
    }

    private func source(_ tar: TarFixture, reference: String? = nil) throws -> DockerArchive {
        DockerArchive(
            path: try workspace.write(tar.ended, to: "image.tar"),
            reference: try reference.map { try ImageReference(parsing: $0) })
    }

    private func tar(_ list: String?) -> TarFixture {
        var tar = TarFixture()
        tar.file("one.json", configuration("one"))
        tar.file("two.json", configuration("two"))
        tar.entry("two/layer.tar", type: "2")
        if let list { tar.file("manifest.json", Array(list.utf8)) }
        return tar
    }

    private let two = """
        [{"Config":"one.json","RepoTags":["registry.example/one:1","one:latest"],"Layers":[]},
         {"Config":"two.json","RepoTags":null,"Layers":["two/layer.tar"],"Parent":"x"}]
        """

    @Test func hasNoManifestDigest() async throws {
        let source = try source(tar(two))
        #expect(await code { try await source.resolve(limits: limits) } == "image.no-manifest-digest")
        let digest = Digest(of: [1])
        #expect(await code { try await source.papers(of: digest, limits: limits) } == "image.no-manifest-digest")
        #expect(await code { try await source.manifest(digest, limits: limits) } == "image.no-manifest-digest")
    }

    @Test func showsConfigurations() async throws {
        let images = try await source(tar(two)).images(limits: limits)
        #expect(images.map(\.tags) == [["registry.example/one:1", "one:latest"], []])
        #expect(images.map { $0.configuration.labels["name"] } == ["one", "two"])
    }

    @Test(arguments: ["registry.example/one:1", "one", "docker.io/library/one:latest"])
    func choosesByReference(_ reference: String) async throws {
        let images = try await source(tar(two), reference: reference).images(limits: limits)
        #expect(images.map { $0.configuration.labels["name"] } == ["one"])
    }

    @Test func doesNotChooseByALookAlike() async throws {
        for reference in ["registry.example/one", "registry.example/one:2", "other.example/one:1", "two"] {
            let source = try source(tar(two), reference: reference)
            #expect(await code { try await source.images(limits: limits) } == "image.not-found")
        }
    }

    @Test(arguments: [
        ("{}", "image.malformed-archive"), ("null", "image.malformed-archive"), ("", "image.malformed-archive"),
        ("[1]", "image.malformed-archive"), (#"[{"RepoTags":[]}]"#, "image.malformed-archive"),
        (#"[{"Config":"one.json","RepoTags":[1]}]"#, "image.malformed-archive"),
        (#"[{"Config":"one.json","Config":"two.json"}]"#, "image.malformed-archive"),
        (#"[{"Config":"absent.json"}]"#, "image.not-found"), ("[]", "image.not-found"),
        (#"[{"Config":"../../etc/passwd"}]"#, "image.not-found"),
        (#"[{"Config":"two/layer.tar"}]"#, "image.unsafe-path"),
        (#"[{"Config":"manifest.json"}]"#, "image.malformed-configuration"),
    ])
    func readsTheListStrictly(_ list: String, _ expected: String) async throws {
        let source = try source(tar(list))
        #expect(await code { try await source.images(limits: limits) } == expected)
    }

    @Test func refusesAListThatIsThereTwice() async throws {
        var tar = tar(two)
        tar.file("./manifest.json", Array("[]".utf8))
        let source = try source(tar)
        #expect(await code { try await source.images(limits: limits) } == "image.malformed-archive")
    }

    @Test func refusesAConfigurationThatIsThereTwice() async throws {
        var tar = tar(two)
        tar.file("one.json", configuration("other"))
        let source = try source(tar)
        #expect(await code { try await source.images(limits: limits) } == "image.malformed-archive")
    }

    @Test func boundsListAndConfigurations() async throws {
        var limits = ContentLimits()
        limits.candidates = 1
        let source = try source(tar(two))
        #expect(await code { try await source.images(limits: limits) } == "limit.candidates")
        limits.candidates = 2
        limits.manifestBytes = two.utf8.count
        var large = TarFixture()
        large.file("one.json", configuration("one") + [UInt8](repeating: 0x20, count: 1000))
        large.file("manifest.json", Array(#"[{"Config":"one.json"}]"#.utf8))
        let second = try self.source(large)
        #expect(await code { try await second.images(limits: limits) } == "limit.configuration-bytes")
    }

    @Test func saysWhatIsMissing() async throws {
        let source = try source(tar(nil))
        #expect(await code { try await source.resolve(limits: limits) } == "image.not-found")
        #expect(await code { try await source.images(limits: limits) } == "image.not-found")
    }

    // MARK: Since Docker 25

    private func both(_ names: [(name: String, tag: String)]) throws -> (LayoutFixture, [Descriptor]) {
        var layout = LayoutFixture()
        var images: [Descriptor] = []
        for (name, tag) in names {
            let image = layout.image(name)
            images.append(image)
            layout.list(image, tag: tag, annotations: ["io.containerd.image.name": name])
        }
        layout.files["manifest.json"] = Array("[]".utf8)
        return (layout, images)
    }

    @Test func readsTheLayoutThatDockerAddsSince25() async throws {
        let (layout, images) = try both([("docker.io/library/one:latest", "latest")])
        let source = try source(layout.tar())
        let resolved = try await source.resolve(limits: limits)
        #expect(resolved.descriptor.digest == images[0].digest)
        #expect(try await source.papers(of: images[0].digest, limits: limits).found.isEmpty)
        #expect(try await source.fetch(resolved.descriptor, limit: 1 << 20).digest == images[0].digest)
    }

    @Test func choosesInTheLayoutByTheWholeName() async throws {
        // Docker lists every image of a tag under that tag alone, so only the whole name tells them apart.
        let (layout, images) = try both([
            ("docker.io/library/one:latest", "latest"), ("registry.example/two:latest", "latest"),
        ])
        #expect(
            try await source(layout.tar(), reference: "one").resolve(limits: limits).descriptor.digest
                == images[0].digest)
        let second = try await source(layout.tar(), reference: "registry.example/two").resolve(limits: limits)
        #expect(second.descriptor.digest == images[1].digest)
        #expect(second.tag == "latest")
        let unnamed = try source(layout.tar())
        #expect(await code { try await unnamed.resolve(limits: limits) } == "image.ambiguous-selection")
        let other = try source(layout.tar(), reference: "latest")
        #expect(await code { try await other.resolve(limits: limits) } == "image.not-found")
    }

    @Test(arguments: [#"{"schemaVersion":2,"manifests":null}"#, #"{"schemaVersion":2,"manifests":[]}"#])
    func hasNoManifestDigestWhereTheLayoutListsNothing(_ list: String) async throws {
        var layout = LayoutFixture()
        layout.files["index.json"] = Array(list.utf8)
        layout.files["manifest.json"] = Array(two.utf8)
        let source = try source(layout.tar())
        #expect(await code { try await source.resolve(limits: limits) } == "image.no-manifest-digest")
    }

    @Test func refusesABrokenLayoutBesideTheList() async throws {
        var (layout, _) = try both([("one:latest", "latest")])
        layout.files["index.json"] = Array("{}".utf8)
        let source = try source(layout.tar())
        #expect(await code { try await source.resolve(limits: limits) } == "image.malformed-layout")
    }
}

import Content
import Findings
import Foundation
import OCI
import StrictEncoding
import Testing

@testable import ImageStore

@Suite struct LayoutWriterTests {
    private let workspace: Workspace
    private let limits = ContentLimits()

    init() throws { workspace = try Workspace() }

    /// A manifest without layers about `subject`, stored.
    private func store(
        _ text: String, subject: Descriptor? = nil, in layout: OCILayout
    ) async throws -> Descriptor {
        try await layout.put(.emptyValue)
        let manifest = VerifiedContent(
            namedByOwnDigest: ImageManifest.artifactBytes(
                artifactType: .sigstoreBundle03, layers: [.emptyValue], subject: subject, annotations: ["text": text]))
        try await layout.put(manifest)
        return Descriptor(of: manifest, mediaType: .ociManifest)
    }

    private func list(_ name: String = "layout") throws -> JSONValue {
        try JSONDocument(parsing: workspace.read(name + "/index.json")).root
    }

    private func entries() throws -> [(digest: String, tag: String?)] {
        try (list()["manifests"]?.array).map(Array.init)?.map {
            ($0["digest"]?.string ?? "", $0["annotations"]?["org.opencontainers.image.ref.name"]?.string)
        } ?? []
    }

    private func create() throws -> OCILayout { try OCILayout.create(at: workspace.path("layout")) }

    // MARK: Making a layout

    @Test func makesALayoutThatReadersTake() async throws {
        let layout = try create()
        #expect(try workspace.names(in: "layout") == ["blobs", "index.json", "oci-layout"])
        let manifest = try await store("one", in: layout)
        try await layout.list(manifest, tag: "v1")
        let source = OCILayout(path: workspace.path("layout"), selection: .tag("v1"))
        #expect(try await source.resolve(limits: limits).descriptor.digest == manifest.digest)
        // The same instance sees what it wrote.
        #expect(try await layout.resolve(limits: limits).descriptor.digest == manifest.digest)
        try await layout.list(try await store("two", in: layout), tag: "v2")
        #expect(await code { try await layout.resolve(limits: limits) } == "image.ambiguous-selection")
        #expect(try workspace.names(in: "layout/blobs/sha256").count == 3)
    }

    @Test func makesALayoutInAnEmptyDirectoryOnly() async throws {
        try workspace.write([], to: "full/x")
        #expect(await code { try OCILayout.create(at: workspace.path("full")) } == "image.unwritable")
        #expect(try workspace.names(in: "full") == ["x"])
        #expect(await code { try OCILayout.create(at: workspace.path("absent/layout")) } == "image.not-found")
        try FileManager.default.createDirectory(atPath: workspace.path("layout"), withIntermediateDirectories: false)
        _ = try create()
        #expect(await code { try create() } == "image.unwritable")
    }

    @Test func doesNotWriteIntoWhatIsNoLayout() async throws {
        try workspace.write([1], to: "other/x")
        let other = OCILayout(path: workspace.path("other"))
        #expect(await code { try await other.put(.emptyValue) } == "image.not-found")
        #expect(await code { try await other.list(.emptyValue, tag: nil) } == "image.not-found")
        #expect(try workspace.names(in: "other") == ["x"])
    }

    // MARK: Content

    @Test func storesContentOnceAndUnderItsDigest() async throws {
        let layout = try create()
        for algorithm in Digest.Algorithm.registered {
            let bytes: [UInt8] = [1, 2, 3]
            let content = try VerifiedContent(bytes, digest: Digest(of: bytes, using: algorithm), size: nil)
            let name = "layout/blobs/\(algorithm.rawValue)/\(content.digest.hex)"
            try await layout.put(content)
            #expect(try workspace.read(name) == bytes)
            let before =
                try FileManager.default.attributesOfItem(atPath: workspace.path(name))[.systemFileNumber] as? Int
            try await layout.put(content)
            let after =
                try FileManager.default.attributesOfItem(atPath: workspace.path(name))[.systemFileNumber] as? Int
            #expect(before == after)
            #expect(try workspace.names(in: "layout/blobs/\(algorithm.rawValue)") == [content.digest.hex])
        }
    }

    @Test func replacesDamagedContent() async throws {
        let layout = try create()
        let content = VerifiedContent(namedByOwnDigest: [1, 2, 3])
        let name = "layout/blobs/sha256/\(content.digest.hex)"
        for damaged: [UInt8] in [[1, 2], [1, 2, 4], []] {
            try workspace.write(damaged, to: name)
            try await layout.put(content)
            #expect(try workspace.read(name) == [1, 2, 3])
        }
    }

    @Test func doesNotWriteThroughLinks() async throws {
        let layout = try create()
        let content = VerifiedContent(namedByOwnDigest: [1, 2, 3])
        let name = "layout/blobs/sha256/\(content.digest.hex)"
        try workspace.write([9], to: "outside/file")
        try workspace.link(name, to: workspace.path("outside/file"))
        try await layout.put(content)
        #expect(try workspace.read("outside/file") == [9])
        #expect(try workspace.read(name) == [1, 2, 3])

        try workspace.remove("layout/blobs/sha256")
        try workspace.link("layout/blobs/sha256", to: workspace.path("outside"))
        #expect(await code { try await layout.put(content) } == "image.unsafe-path")
        #expect(try workspace.names(in: "outside") == ["file"])
    }

    // MARK: The list

    @Test func listsOnlyWhatIsStored() async throws {
        let layout = try create()
        #expect(await code { try await layout.list(.emptyValue, tag: "v1") } == "image.not-found")
        try await layout.put(.emptyValue)
        var wrong = Descriptor.emptyValue
        wrong.size = 3
        #expect(await code { try await layout.list(wrong, tag: "v1") } == "content.size-mismatch")
        #expect(try entries().isEmpty)
    }

    @Test func movesATagAndKeepsTheImage() async throws {
        let layout = try create()
        let (one, two) = (try await store("one", in: layout), try await store("two", in: layout))
        try await layout.list(one, tag: "v1")
        try await layout.list(two, tag: "v1")
        #expect(try entries().map(\.digest) == [one.digest.description, two.digest.description])
        #expect(try entries().map(\.tag) == [nil, "v1"])
        // Back again: the entry that is there takes the tag.
        try await layout.list(one, tag: "v1")
        #expect(try entries().map(\.digest) == [one.digest.description, two.digest.description])
        #expect(try entries().map(\.tag) == ["v1", nil])
    }

    @Test func dropsEvidenceThatLosesItsTag() async throws {
        let layout = try create()
        let image = try await store("image", in: layout)
        try await layout.list(image, tag: "v1")
        for tag in [image.digest.cosignTag("sig"), image.digest.referrersTag] {
            let (one, two) = (try await store("one", in: layout), try await store("two", in: layout))
            try await layout.list(one, tag: tag)
            try await layout.list(two, tag: tag)
            #expect(try entries().filter { $0.tag == tag }.map(\.digest) == [two.digest.description])
            #expect(try entries().allSatisfy { $0.tag != nil })
        }
        #expect(
            try await OCILayout(path: workspace.path("layout")).resolve(limits: limits).descriptor.digest
                == image.digest)
    }

    @Test func listsAnEntryOnce() async throws {
        let layout = try create()
        let manifest = try await store("one", in: layout)
        try await layout.list(manifest, tag: nil)
        try await layout.list(manifest, tag: nil)
        try await layout.list(manifest, tag: "v1")
        let before = try workspace.read("layout/index.json")
        try await layout.list(manifest, tag: "v1")
        try await layout.list(manifest, tag: nil)
        #expect(try workspace.read("layout/index.json") == before)
        #expect(try entries().map(\.tag) == ["v1"])
        try await layout.list(manifest, tag: "v2")
        #expect(try entries().map(\.tag) == ["v1", "v2"])
    }

    @Test func leavesATagToOneHolder() async throws {
        // Such a list can't be resolved by that tag; listing anew mends it.
        var fixture = LayoutFixture()
        let (one, two) = (fixture.image("one"), fixture.image("two"))
        for image in [one, two, one] { fixture.list(image, tag: "v1") }
        let layout = OCILayout(path: try fixture.write(to: workspace), selection: .tag("v1"))
        try await layout.list(two, tag: "v1")
        #expect(try entries().map(\.tag) == [nil, "v1", nil])
        #expect(try await layout.resolve(limits: limits).descriptor.digest == two.digest)
    }

    @Test func keepsWhatItDoesNotUnderstand() async throws {
        var fixture = LayoutFixture()
        let (one, two) = (fixture.image("one"), fixture.image("two"))
        fixture.files["index.json"] = Array(
            """
            {"schemaVersion":2,"x-extra":{"deep":[1,2.50,12345678901234567890,true,null]},"annotations":{"a":"b"},"manifests":[
             {"mediaType":"\(MediaType.ociManifest)","digest":"\(one.digest)","size":\(one.size),"x-more":[{}],
              "annotations":{"org.opencontainers.image.ref.name":"v1","com.example/é":"\\u0000x"},
              "platform":{"os":"linux","architecture":"amd64","os.features":["f"]}}]}
            """.utf8)
        let layout = OCILayout(path: try fixture.write(to: workspace))
        try await layout.list(two, tag: "v1")
        let root = try list()
        #expect(
            root["x-extra"]?["deep"]?.array.map { $0.map { String(decoding: $0.rawBytes, as: UTF8.self) } }
                == ["1", "2.50", "12345678901234567890", "true", "null"])
        #expect(root["annotations"]?["a"]?.string == "b")
        let entry = root["manifests"]?.array?.first
        #expect(entry?["x-more"]?.array?.count == 1)
        #expect(entry?["platform"]?["os.features"]?.array?.first?.string == "f")
        #expect(entry?["annotations"]?["com.example/é"]?.string == "\u{0}x")
        #expect(entry?["annotations"]?["org.opencontainers.image.ref.name"] == nil)
        #expect(try entries().map(\.tag) == [nil, "v1"])
    }

    @Test func doesNotWriteAListThatNoReaderWouldTake() async throws {
        var fixture = LayoutFixture()
        let image = fixture.image()
        let layout = OCILayout(path: try fixture.write(to: workspace))
        for text in [
            "{}", "[]", #"{"schemaVersion":2,"manifests":[],"manifests":[]}"#, #"{"schemaVersion":2,"manifests":[{}]}"#,
        ] {
            try workspace.write(Array(text.utf8), to: "layout/index.json")
            #expect(await code { try await layout.list(image, tag: "v1") } == "image.malformed-layout")
            #expect(try workspace.read("layout/index.json") == Array(text.utf8))
        }
        // One byte under the limit, and no room for an entry.
        let list = Array(#"{"schemaVersion":2,"manifests":[],"x":""#.utf8)
        let full = list + [UInt8](repeating: 0x61, count: limits.manifestBytes - list.count - 2) + Array("\"}".utf8)
        try workspace.write(full, to: "layout/index.json")
        #expect(await code { try await layout.list(image, tag: "v1") } == "image.unwritable")
        #expect(try workspace.read("layout/index.json") == full)
    }

    @Test func takesNullForAnEmptyList() async throws {
        var fixture = LayoutFixture()
        let image = fixture.image()
        fixture.files["index.json"] = Array(#"{"schemaVersion":2,"manifests":null}"#.utf8)
        let layout = OCILayout(path: try fixture.write(to: workspace))
        try await layout.list(image, tag: "v1")
        #expect(try await layout.resolve(limits: limits).descriptor.digest == image.digest)
    }

    @Test func keepsTheListsPermissions() async throws {
        var fixture = LayoutFixture()
        let image = fixture.image()
        let layout = OCILayout(path: try fixture.write(to: workspace))
        #expect(chmod(workspace.path("layout/index.json"), 0o600) == 0)
        try await layout.list(image, tag: "v1")
        let attributes = try FileManager.default.attributesOfItem(atPath: workspace.path("layout/index.json"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    // MARK: Referrers

    @Test func listsReferrersUnderTheFallbackTag() async throws {
        let layout = try create()
        let image = try await store("image", in: layout)
        try await layout.list(image, tag: "v1")
        let referrers = [
            try await store("a", subject: image, in: layout), try await store("b", subject: image, in: layout),
        ]
        for referrer in referrers { try await layout.listReferrer(referrer, subject: image.digest) }
        let before = try workspace.read("layout/index.json")
        for referrer in referrers { try await layout.listReferrer(referrer, subject: image.digest) }
        #expect(try workspace.read("layout/index.json") == before)
        #expect(try entries().map(\.tag) == ["v1", image.digest.referrersTag])

        let source = OCILayout(path: workspace.path("layout"))
        #expect(try await source.resolve(limits: limits).descriptor.digest == image.digest)
        let papers = try await source.papers(of: image.digest, limits: limits)
        #expect(papers.found.map(\.descriptor.digest) == referrers.map(\.digest))
        #expect(papers.found.map(\.tie) == [.fallbackTag, .fallbackTag])
        // As distribution-spec asks, type and annotations are the manifest's.
        #expect(papers.found.map(\.descriptor.artifactType) == [.sigstoreBundle03, .sigstoreBundle03])
        #expect(papers.found.map { $0.descriptor.annotations["text"] } == ["a", "b"])
    }

    @Test func takesTheConfigurationsTypeWhereThereIsNoArtifactType() async throws {
        let layout = try create()
        let image = try await store("image", in: layout)
        let manifest = VerifiedContent(
            namedByOwnDigest: Array(
                """
                {"schemaVersion":2,"mediaType":"\(MediaType.ociManifest)","layers":[],
                 "config":{"mediaType":"application/vnd.example.config","digest":"\(VerifiedContent.emptyValue.digest)","size":2},
                 "subject":{"mediaType":"\(MediaType.ociManifest)","digest":"\(image.digest)","size":\(image.size)}}
                """.utf8))
        try await layout.put(manifest)
        try await layout.listReferrer(Descriptor(of: manifest, mediaType: .ociManifest), subject: image.digest)
        let papers = try await OCILayout(path: workspace.path("layout")).papers(of: image.digest, limits: limits)
        #expect(papers.found.first?.descriptor.artifactType == "application/vnd.example.config")
    }

    @Test func refusesAReferrerOfAnother() async throws {
        let layout = try create()
        let (image, other) = (try await store("image", in: layout), try await store("other", in: layout))
        let referrer = try await store("a", subject: other, in: layout)
        #expect(await code { try await layout.listReferrer(referrer, subject: image.digest) } == "image.unwritable")
        #expect(await code { try await layout.listReferrer(other, subject: image.digest) } == "image.unwritable")
        #expect(try entries().isEmpty)
    }

    @Test func doesNotReplaceAFallbackTagThatIsNoList() async throws {
        let layout = try create()
        let image = try await store("image", in: layout)
        let other = try await store("other", in: layout)
        try await layout.list(other, tag: image.digest.referrersTag)
        let referrer = try await store("a", subject: image, in: layout)
        #expect(await code { try await layout.listReferrer(referrer, subject: image.digest) } != nil)
        #expect(try entries().map(\.digest) == [other.digest.description])
    }

    // MARK: Many writers, and crashes

    @Test func losesNothingToConcurrentWriters() async throws {
        _ = try create()
        let path = workspace.path("layout")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                group.addTask {
                    let layout = OCILayout(path: path, lockTimeout: .seconds(60))
                    for number in 0..<50 {
                        let manifest = try await self.store("\(writer)-\(number)", in: layout)
                        try await layout.list(manifest, tag: "\(writer)-\(number)")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try Set(entries().compactMap(\.tag)).count == 100)
        #expect(try workspace.names(in: "layout") == ["blobs", "index.json", "oci-layout"])
    }

    @Test func losesNoReferrerToConcurrentWriters() async throws {
        let layout = try create()
        let image = try await store("image", in: layout)
        let path = workspace.path("layout")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<10 {
                group.addTask {
                    let layout = OCILayout(path: path, lockTimeout: .seconds(60))
                    let referrer = try await self.store("\(number)", subject: image, in: layout)
                    try await layout.listReferrer(referrer, subject: image.digest)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await OCILayout(path: path).papers(of: image.digest, limits: limits).found.count == 10)
    }

    @Test func waitsForAnotherProcessAndThenGivesUp() async throws {
        let layout = try create()
        let manifest = try await store("one", in: layout)
        // flock(1) holds the lock that another process of ours would hold.
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/flock") else {
            return print("skipped: flock not found")
        }
        let (input, output) = (Pipe(), Pipe())
        holder.arguments = [workspace.path("layout"), "sh", "-c", "echo held; read line"]
        holder.standardInput = input
        holder.standardOutput = output
        try holder.run()
        _ = output.fileHandleForReading.availableData
        let hasty = OCILayout(path: workspace.path("layout"), lockTimeout: .milliseconds(50))
        #expect(await code { try await hasty.list(manifest, tag: "v1") } == "image.unwritable")
        #expect(try entries().isEmpty)
        async let patient: Void = OCILayout(path: workspace.path("layout"), lockTimeout: .seconds(60)).list(
            manifest, tag: "v1")
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        try await patient
        holder.waitUntilExit()
        #expect(try entries().map(\.tag) == ["v1"])
    }

    @Test func isValidWhateverACrashLeft() async throws {
        // A writer that died: its temporary files are there, the list is the old one, content is stored and not listed.
        let layout = try create()
        let manifest = try await store("one", in: layout)
        try await layout.list(manifest, tag: "v1")
        _ = try await store("never listed", in: layout)
        for name in ["layout/.tmp-1", "layout/blobs/sha256/.tmp-2"] { try workspace.write([0x7B], to: name) }
        let source = OCILayout(path: workspace.path("layout"))
        #expect(try await source.resolve(limits: limits).descriptor.digest == manifest.digest)
        #expect(try await source.papers(of: manifest.digest, limits: limits).refused.isEmpty)
        let next = try await store("two", in: layout)
        try await layout.list(next, tag: "v2")
        #expect(try entries().map(\.tag) == ["v1", "v2"])
    }

    @Test func isReadableAtEveryMomentOfWriting() async throws {
        let layout = try create()
        let first = try await store("first", in: layout)
        try await layout.list(first, tag: "first")
        let path = workspace.path("layout")
        let writer = Task {
            for number in 0..<50 {
                try await layout.list(try await self.store("\(number)", in: layout), tag: "\(number)")
            }
        }
        for _ in 0..<200 {
            let source = OCILayout(path: path, selection: .tag("first"))
            #expect(try await source.resolve(limits: limits).descriptor.digest == first.digest)
        }
        try await writer.value
    }

    @Test func leavesNoTemporaryFileBehindAFailure() async throws {
        let layout = try create()
        let content = VerifiedContent(namedByOwnDigest: [1])
        // A directory in the way can't be replaced by a file.
        try workspace.write([], to: "layout/blobs/sha256/\(content.digest.hex)/x")
        #expect(await code { try await layout.put(content) } == "image.unwritable")
        #expect(try workspace.names(in: "layout/blobs/sha256") == [content.digest.hex])
    }
}

import Content
import Findings
import Foundation
import OCI
import Testing

@testable import ImageStore

@Suite struct DirImageTests {
    private let workspace: Workspace
    private let limits = ContentLimits()

    init() throws { workspace = try Workspace() }

    /// An image as skopeo lays it out; its configuration's descriptor comes along.
    private func write(_ image: Descriptor, of layout: LayoutFixture) throws {
        for (name, bytes) in layout.files where name.hasPrefix("blobs/") {
            let digest = (name as NSString).lastPathComponent
            try workspace.write(bytes, to: digest == image.digest.hex ? "manifest.json" : digest)
        }
        try workspace.write(Array("Directory Transport Version: 1.1\n".utf8), to: "version")
    }

    private func oneImage() throws -> Descriptor {
        var layout = LayoutFixture()
        let image = layout.image()
        try write(image, of: layout)
        return image
    }

    private func source() -> DirImage { DirImage(path: workspace.path) }

    @Test func namesTheManifestByItsOwnDigest() async throws {
        let image = try oneImage()
        let source = source()
        let resolved = try await source.resolve(limits: limits)
        #expect(resolved.descriptor == image)
        #expect(resolved.tag == nil)
        guard case .manifest(let manifest) = try ImageDocument(parsing: resolved.content, declared: nil) else {
            return #expect(Bool(false))
        }
        for descriptor in [manifest.config] + manifest.layers {
            #expect(try await source.fetch(descriptor, limit: 1 << 20).digest == descriptor.digest)
        }
        #expect(try await source.manifest(image.digest, limits: limits).digest == image.digest)
        #expect(try await source.papers(of: image.digest, limits: limits).found.isEmpty)
    }

    @Test func findsTheManifestsOfAnIndex() async throws {
        var layout = LayoutFixture()
        let child = layout.image()
        let index = layout.index([child])
        try write(index, of: layout)
        try FileManager.default.moveItem(
            atPath: workspace.path(child.digest.hex), toPath: workspace.path(child.digest.hex + ".manifest.json"))
        let source = source()
        #expect(try await source.resolve(limits: limits).descriptor == index)
        #expect(try await source.fetch(child, limit: 1 << 20).digest == child.digest)
        #expect(try await source.manifest(child.digest, limits: limits).digest == child.digest)
    }

    @Test func refusesMissingAndBrokenManifests() async throws {
        let source = source()
        #expect(await code { try await source.resolve(limits: limits) } == "image.not-found")
        try workspace.write(Array("{}".utf8), to: "manifest.json")
        // What was found first is what the decision is about.
        #expect(await code { try await self.source().resolve(limits: limits) } == "image.malformed-manifest")
        try workspace.write([UInt8](repeating: 0x20, count: (4 << 20) + 1), to: "manifest.json")
        #expect(await code { try await self.source().resolve(limits: limits) } == "limit.manifest-bytes")
        #expect(
            await code { try await DirImage(path: workspace.path("absent")).resolve(limits: limits) }
                == "image.not-found")
    }

    @Test func refusesContentThatIsNotTheDigests() async throws {
        let image = try oneImage()
        let document = try ImageDocument(
            parsing: VerifiedContent(namedByOwnDigest: workspace.read("manifest.json")), declared: nil)
        guard case .manifest(let manifest) = document else { return #expect(Bool(false)) }
        var bytes = try workspace.read(manifest.config.digest.hex)
        bytes[0] ^= 1
        try workspace.write(bytes, to: manifest.config.digest.hex)
        #expect(await code { try await source().fetch(manifest.config, limit: 1 << 20) } == "content.digest-mismatch")
        try workspace.write(bytes + [0], to: manifest.config.digest.hex)
        #expect(await code { try await source().fetch(manifest.config, limit: 1 << 20) } == "content.size-mismatch")
        try workspace.remove(manifest.config.digest.hex)
        #expect(await code { try await source().fetch(manifest.config, limit: 1 << 20) } == "image.not-found")
        try workspace.link(manifest.config.digest.hex, to: "/etc/passwd")
        #expect(await code { try await source().fetch(manifest.config, limit: 1 << 20) } == "image.unsafe-path")
        #expect(image.digest == document.digest)
    }

    // MARK: Signatures

    private func names() async throws -> [String] {
        try await source().looseSignatures(limits: limits).map(\.name)
    }

    @Test func readsSignaturesUpToTheFirstGap() async throws {
        _ = try oneImage()
        #expect(try await names().isEmpty)
        for number in [0, 1, 2, 4] { try workspace.write([UInt8(number)], to: "signature-\(number)") }
        try workspace.write([9], to: "signature-03")
        let signatures = try await source().looseSignatures(limits: limits)
        #expect(signatures.map(\.name) == ["signature-1", "signature-2"])
        #expect(signatures.map(\.content.bytes) == [[1], [2]])
    }

    @Test func readsTheSignaturesOfAnIndexesManifests() async throws {
        var layout = LayoutFixture()
        let (one, two) = (layout.image("one"), layout.image("two"))
        try write(layout.index([one, two, one]), of: layout)
        try workspace.write([1], to: "signature-1")
        try workspace.write([2], to: two.digest.hex + ".signature-1")
        try workspace.write([3], to: one.digest.hex + ".signature-1")
        #expect(
            try await names() == ["signature-1", one.digest.hex + ".signature-1", two.digest.hex + ".signature-1"])
    }

    @Test func boundsSignatures() async throws {
        _ = try oneImage()
        for number in 1...3 { try workspace.write([1], to: "signature-\(number)") }
        var limits = ContentLimits()
        limits.candidates = 3
        #expect(try await source().looseSignatures(limits: limits).count == 3)
        limits.candidates = 2
        #expect(await code { try await source().looseSignatures(limits: limits) } == "limit.candidates")
        try workspace.write([UInt8](repeating: 1, count: DirImage.largestSignature + 1), to: "signature-2")
        #expect(await code { try await source().looseSignatures(limits: self.limits) } == "limit.image-bytes")
    }

    @Test(.timeLimit(.minutes(1))) func doesNotWaitForASignatureThatIsAFIFO() async throws {
        _ = try oneImage()
        #expect(mkfifo(workspace.path("signature-1"), 0o644) == 0)
        #expect(await code { try await source().looseSignatures(limits: limits) } == "image.unsafe-path")
    }

    @Test func countsSignaturesAgainstTheBudget() async throws {
        let image = try oneImage()
        try workspace.write([UInt8](repeating: 1, count: 100), to: "signature-1")
        var limits = ContentLimits()
        limits.totalBytes = image.size + 99
        #expect(await code { try await source().looseSignatures(limits: limits) } == "limit.image-bytes")
    }
}

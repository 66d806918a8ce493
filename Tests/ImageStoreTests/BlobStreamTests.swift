import Content
import Findings
import Foundation
import OCI
import Synchronization
import Testing

@testable import ImageStore

@Suite struct BlobStreamTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    /// Gives these pieces.
    private final class Pieces: BlobReader {
        private let left: Mutex<[[UInt8]]>
        init(_ pieces: [[UInt8]]) { left = Mutex(pieces) }
        func next() async throws(ContentSourceError) -> [UInt8]? {
            left.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }
    }

    private static func descriptor(_ bytes: [UInt8], size: Int? = nil) -> Descriptor {
        Descriptor(mediaType: "text/plain", digest: Digest(of: bytes), size: size ?? bytes.count)
    }

    private static func stream(_ pieces: [[UInt8]], as descriptor: Descriptor) -> BlobStream {
        BlobStream(descriptor) { Pieces(pieces) }
    }

    /// What came before the end or the error.
    private static func read(_ stream: BlobStream) async -> (pieces: [[UInt8]], code: String?) {
        var pieces: [[UInt8]] = []
        do throws(ContentSourceError) {
            for try await piece in stream { pieces.append(piece) }
            return (pieces, nil)
        } catch {
            return (pieces, error.code.name)
        }
    }

    @Test func honestBytesComeThrough() async {
        let bytes: [UInt8] = [1, 2, 3, 4, 5]
        let (pieces, code) = await Self.read(
            Self.stream([[1, 2], [], [3, 4, 5], []], as: Self.descriptor(bytes)))
        #expect(pieces == [[1, 2], [3, 4, 5]] && code == nil)
        #expect(await Self.read(Self.stream([], as: Self.descriptor([]))) == ([], nil))
        #expect(await Self.read(Self.stream([[], []], as: Self.descriptor([]))) == ([], nil))
    }

    /// A sink that keeps what it got so far keeps no lie: the last piece never comes.
    @Test func theLastPieceOfALieIsNeverGiven() async {
        let bytes: [UInt8] = [1, 2, 3, 4]
        let wrong = await Self.read(Self.stream([[1, 2], [3, 5]], as: Self.descriptor(bytes)))
        #expect(wrong == ([[1, 2]], "content.digest-mismatch"))
        let whole = await Self.read(Self.stream([[9, 9, 9, 9]], as: Self.descriptor(bytes)))
        #expect(whole == ([], "content.digest-mismatch"))
        let short = await Self.read(Self.stream([[1, 2], [3]], as: Self.descriptor(bytes)))
        #expect(short == ([[1, 2], [3]], "content.size-mismatch"))
        let long = await Self.read(Self.stream([[1, 2], [3, 4, 5]], as: Self.descriptor(bytes)))
        #expect(long == ([[1, 2]], "content.size-mismatch"))
        let more = await Self.read(Self.stream([[1, 2], [3, 4], [5]], as: Self.descriptor(bytes)))
        #expect(more == ([[1, 2]], "content.size-mismatch"))
        let empty = Descriptor(mediaType: "text/plain", digest: Digest(of: [1]), size: 0)
        #expect(await Self.read(Self.stream([], as: empty)) == ([], "content.digest-mismatch"))
    }

    @Test func anErrorEndsTheStream() async throws {
        var iterator = Self.stream([[9], [9]], as: Self.descriptor([1])).makeAsyncIterator()
        await #expect(throws: ContentSourceError.self) { try await iterator.next() }
        #expect(try await iterator.next() == nil)
    }

    @Test func eachReadingBeginsAnew() async {
        let count = Mutex(0)
        let stream = Self.stream([[1], [2, 3]], as: Self.descriptor([1, 2, 3])).counting { bytes in
            count.withLock { $0 += bytes }
        }
        for _ in 0..<2 { #expect(await Self.read(stream).pieces == [[1], [2, 3]]) }
        #expect(count.withLock { $0 } == 6)
    }

    // MARK: Layouts

    private func create() throws -> OCILayout { try OCILayout.create(at: workspace.path("layout")) }

    @Test func largeBlobsComeInPieces() async throws {
        let layout = try create()
        let bytes = (0..<(3 << 20) + 7).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let content = VerifiedContent(namedByOwnDigest: bytes)
        try await layout.put(content)
        let descriptor = Descriptor(of: content, mediaType: "text/plain")
        let (pieces, code) = await Self.read(layout.blob(descriptor))
        #expect(code == nil && pieces.count == 4 && pieces.allSatisfy { $0.count <= 1 << 20 })
        #expect(Array(pieces.joined()) == bytes)
        let other = try OCILayout.create(at: workspace.path("other"))
        #expect(try await other.holds(descriptor) == false)
        try await other.put(layout.blob(descriptor))
        #expect(try await other.holds(descriptor))
        #expect(try workspace.read("other/blobs/sha256/\(content.digest.hex)") == bytes)
    }

    /// Nothing stays of a copy that fails: neither a file of the blob's name nor a temporary one.
    @Test func nothingUnverifiedIsKept() async throws {
        let layout = try create()
        let descriptor = Self.descriptor([1, 2, 3, 4])
        for pieces: [[UInt8]] in [[[1, 2], [3, 5]], [[1, 2]], [[1, 2, 3, 4, 5]]] {
            #expect(await code { try await layout.put(Self.stream(pieces, as: descriptor)) } != nil)
        }
        #expect(try workspace.names(in: "layout/blobs/sha256") == [])
        try await layout.put(Self.stream([[1, 2], [3, 4]], as: descriptor))
        #expect(try workspace.names(in: "layout/blobs/sha256") == [descriptor.digest.hex])
    }

    @Test func whatIsCutShortIsNotHeld() async throws {
        let layout = try create()
        let content = VerifiedContent(namedByOwnDigest: [1, 2, 3])
        let descriptor = Descriptor(of: content, mediaType: "text/plain")
        for damaged: [UInt8] in [[1, 2], [1, 2, 4], []] {
            try workspace.write(damaged, to: "layout/blobs/sha256/\(content.digest.hex)")
            #expect(try await layout.holds(descriptor) == false)
        }
        try await layout.put(BlobStream(content, descriptor: descriptor))
        #expect(try await layout.holds(descriptor))
    }

    @Test func tagsAreRead() async throws {
        let layout = try create()
        let limits = ContentLimits()
        #expect(try await layout.tagged("v1", limits: limits) == nil)
        let manifest = VerifiedContent(namedByOwnDigest: ImageManifest.imageBytes(config: .emptyValue, layers: []))
        try await layout.putManifest(manifest, mediaType: .ociManifest, tag: nil)
        #expect(try await layout.tagged("v1", limits: limits) == nil)
        try await layout.putManifest(manifest, mediaType: .ociManifest, tag: "v1")
        #expect(try await layout.tagged("v1", limits: limits)?.content == manifest)
        let about = VerifiedContent(
            namedByOwnDigest: ImageManifest.artifactBytes(
                artifactType: .sigstoreBundle03, layers: [],
                subject: Descriptor(of: manifest, mediaType: .ociManifest)))
        try await layout.putReferrer(about, mediaType: .ociManifest, subject: manifest.digest)
        let papers = try await OCILayout(path: workspace.path("layout")).papers(of: manifest.digest, limits: limits)
        #expect(papers.found.map(\.descriptor.digest) == [about.digest])
        #expect(
            await code {
                try await layout.putReferrer(about, mediaType: .ociManifest, subject: about.digest)
            } == "image.unwritable")
    }

    @Test func sourcesThatHaveNoPiecesGiveTheWhole() async throws {
        var fixture = LayoutFixture()
        let image = fixture.image()
        fixture.list(image, tag: "v1")
        try workspace.write(fixture.tar().ended, to: "plain.tar")
        try workspace.write(gzip(fixture.tar().ended), to: "packed.tar")
        for name in ["plain.tar", "packed.tar"] {
            let archive = OCIArchive(path: workspace.path(name))
            let (pieces, code) = await Self.read(archive.blob(image))
            #expect(code == nil && Digest(of: Array(pieces.joined())) == image.digest)
            let absent = await Self.read(archive.blob(Self.descriptor([7])))
            #expect(absent == ([], "image.not-found"))
        }
    }
}

private func == (a: (pieces: [[UInt8]], code: String?), b: ([[UInt8]], String?)) -> Bool {
    a.pieces == b.0 && a.code == b.1
}

import Archives
import Content
import Findings
import Foundation
import OCI
import Testing

@testable import ImageStore

@Suite struct OCIArchiveTests {
    private let workspace: Workspace
    private let limits = ContentLimits()

    init() throws { workspace = try Workspace() }

    enum Packing: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case plain, gzip, zstd
        var testDescription: String { rawValue }

        func pack(_ bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .plain: bytes
            case .gzip: ImageStoreTests.gzip(bytes)
            case .zstd: ImageStoreTests.zstd(bytes)
            }
        }
    }

    private func oneImage() -> (LayoutFixture, Descriptor) {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(image, tag: "v1")
        return (layout, image)
    }

    private func source(_ bytes: [UInt8], _ selection: LayoutSelection = .only) throws -> OCIArchive {
        OCIArchive(path: try workspace.write(bytes, to: "image.tar"), selection: selection)
    }

    private func resolving(_ bytes: [UInt8], limits: ContentLimits = ContentLimits()) async throws -> String? {
        let source = try source(bytes)
        return await code { try await source.resolve(limits: limits) }
    }

    // MARK: What is read

    @Test(arguments: Packing.allCases) func readsALayoutInATar(_ packing: Packing) async throws {
        var (layout, image) = oneImage()
        let referrer = layout.referrer(of: image)
        layout.list(referrer)
        let source = try source(packing.pack(layout.tar().ended), .tag("v1"))
        let resolved = try await source.resolve(limits: limits)
        #expect(resolved.content.bytes == layout.files[image.blobName])
        #expect(resolved.tag == "v1")
        #expect(
            try await source.papers(of: image.digest, limits: limits).found
                == [Paper(tie: .referrer, descriptor: referrer)])
        #expect(try await source.manifest(referrer.digest, limits: limits).digest == referrer.digest)
        #expect(try await source.looseSignatures(limits: limits).isEmpty)
    }

    @Test(arguments: Packing.allCases) func readsLargeEntries(_ packing: Packing) async throws {
        var (layout, _) = oneImage()
        // Larger than what is kept, and not the same throughout.
        let large = (0..<(ArchiveFiles.largestKeptEntry + 70_001)).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        let first = layout.blob(large)
        let second = layout.blob(large.reversed())
        let source = try source(packing.pack(layout.tar().ended))
        for content in [first, second, first] {
            let descriptor = Descriptor(of: content, mediaType: .sigstoreBundle03)
            #expect(try await source.fetch(descriptor, limit: 1 << 30).bytes == content.bytes)
        }
    }

    @Test func readsAnArchiveThatTarWrote() async throws {
        let (layout, image) = oneImage()
        let path = try layout.write(to: workspace)
        for format in ["gnu", "pax", "ustar"] {
            let archive = workspace.path("\(format).tar")
            guard let result = try run("tar", ["-C", path, "--format=\(format)", "-cf", archive, "."]) else { return }
            try #require(result.status == 0, "\(result.output)")
            #expect(try await OCIArchive(path: archive).resolve(limits: limits).descriptor.digest == image.digest)
        }
    }

    @Test func readsSeveralGzipMembersAndPadding() async throws {
        let (layout, _) = oneImage()
        let bytes = layout.tar().ended
        let middle = bytes.count / 2
        let members = gzip(Array(bytes[..<middle])) + gzip([]) + gzip(Array(bytes[middle...]))
        #expect(try await resolving(members) == nil)
        #expect(try await resolving(members + [0, 0, 0]) == nil)
        #expect(try await resolving(members + [0, 1]) == "image.malformed-archive")
    }

    @Test func readsSeveralZstdFrames() async throws {
        let (layout, _) = oneImage()
        let bytes = layout.tar().ended
        let middle = bytes.count / 2
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        let frames = skippable + zstd(Array(bytes[..<middle])) + skippable + zstd(Array(bytes[middle...])) + skippable
        #expect(try await resolving(frames) == nil)
    }

    // MARK: What is refused

    @Test(arguments: Packing.allCases) func refusesAnArchiveThatIsCutShort(_ packing: Packing) async throws {
        let (layout, _) = oneImage()
        let tar = layout.tar()
        let bytes = packing.pack(packing == .plain ? tar.bytes + [UInt8](repeating: 0, count: 512) : tar.ended)
        let step = max(1, bytes.count / 97)
        for length in Set(stride(from: 0, to: bytes.count, by: step)).union([1, 3, 4, bytes.count - 1, bytes.count - 4])
        {
            #expect(try await resolving(Array(bytes[..<length])) == "image.malformed-archive", "\(length)")
        }
        #expect(try await resolving(bytes) == nil)
    }

    @Test(arguments: [Packing.gzip, .zstd]) func refusesDamagedCompression(_ packing: Packing) async throws {
        let (layout, _) = oneImage()
        let bytes = packing.pack(layout.tar().ended)
        // Whatever a damaged byte does, it never gives other content; most are noticed by the checksum at the end.
        for offset in stride(from: 4, to: bytes.count, by: 7) {
            var damaged = bytes
            damaged[offset] ^= 0x10
            let found = try await resolving(damaged)
            #expect(
                found == nil || found?.hasPrefix("image.") == true || found?.hasPrefix("limit.") == true, "\(offset)")
        }
        var damaged = bytes
        damaged[bytes.count - (packing == .gzip ? 6 : 2)] ^= 1
        #expect(try await resolving(damaged) == "image.malformed-archive")
    }

    @Test(arguments: Packing.allCases) func refusesAnEntryThatIsThereTwice(_ packing: Packing) async throws {
        let (layout, image) = oneImage()
        for name in ["index.json", "oci-layout", image.blobName, "blobs/sha256/other"] {
            for second in [name, "./" + name, name.replacingOccurrences(of: "/", with: "//")] {
                var tar = layout.tar()
                if layout.files[name] == nil { tar.file(name, [1]) }
                tar.file(second, layout.files[name] ?? [1])
                #expect(try await resolving(packing.pack(tar.ended)) == "image.malformed-archive", "\(second)")
            }
        }
    }

    @Test func refusesALinkBesideTheList() async throws {
        let (layout, _) = oneImage()
        var tar = layout.tar()
        tar.entry("index.json", type: "2")
        #expect(try await resolving(tar.ended) == "image.malformed-archive")
    }

    @Test func doesNotFollowLinks() async throws {
        for type: Unicode.Scalar in ["1", "2", "6"] {
            let (layout, image) = oneImage()
            var tar = TarFixture()
            for (name, bytes) in layout.files where name != image.blobName { tar.file(name, bytes) }
            tar.entry(image.blobName, type: type)
            #expect(try await resolving(tar.ended) == "image.unsafe-path")
        }
    }

    @Test func refusesNamesThatLeaveTheArchive() async throws {
        let (layout, _) = oneImage()
        for name in ["../../etc/passwd", "/etc/passwd", "blobs/../index.json"] {
            var tar = layout.tar()
            tar.file(name, [1])
            #expect(try await resolving(tar.ended) == "image.unsafe-path")
        }
    }

    @Test func refusesContentThatIsNotTheDigests() async throws {
        for packing in Packing.allCases {
            var (layout, image) = oneImage()
            let last = (layout.files[image.blobName]?.count ?? 1) - 1
            layout.files[image.blobName]?[last] ^= 1
            #expect(try await resolving(packing.pack(layout.tar().ended)) == "content.digest-mismatch")
        }
    }

    @Test(arguments: [
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz"), (Array("BZh9".utf8), "bzip2"), (Array("PK\u{3}\u{4}".utf8), "zip"),
    ])
    func namesCompressionsThatItCannotRead(_ bytes: [UInt8], _ name: String) async throws {
        let source = try source(bytes + [UInt8](repeating: 1, count: 1024))
        await #expect {
            try await source.resolve(limits: limits)
        } throws: { error in
            guard let error = error as? ContentSourceError else { return false }
            return error.code == .imageUnsupportedArchive && error.message.contains(name)
        }
    }

    @Test func refusesWhatIsNoTar() async throws {
        #expect(try await resolving([UInt8](repeating: 0x41, count: 4096)) == "image.malformed-archive")
        #expect(try await resolving([]) == "image.malformed-archive")
        #expect(try await resolving(TarFixture().ended) == "image.not-found")
        #expect(
            await code { try await OCIArchive(path: workspace.path("absent")).resolve(limits: limits) }
                == "image.not-found")
        #expect(
            await code { try await OCIArchive(path: workspace.path).resolve(limits: limits) } == "image.unsafe-path")
    }

    @Test func readsOnlyOneFormOfCompressionAtATime() async throws {
        let (layout, _) = oneImage()
        #expect(try await resolving(gzip(gzip(layout.tar().ended))) == "image.malformed-archive")
    }

    // MARK: Limits

    @Test(arguments: [Packing.gzip, .zstd]) func boundsExpansion(_ packing: Packing) async throws {
        let (layout, _) = oneImage()
        var tar = layout.tar()
        tar.file("blobs/sha256/bomb", [UInt8](repeating: 0, count: 8 << 20))
        let packed = packing.pack(tar.ended)
        #expect(packed.count < 64 << 10)
        var limits = ContentLimits()
        limits.expandedArchiveBytes = 1 << 20
        #expect(try await resolving(packed, limits: limits) == "limit.archive-expansion")
        limits.expandedArchiveBytes = tar.ended.count
        #expect(try await resolving(packed, limits: limits) == nil)
        limits.expandedArchiveBytes -= 1
        #expect(try await resolving(packed, limits: limits) == "limit.archive-expansion")
    }

    @Test func boundsExpansionBehindTheEndOfTheTar() async throws {
        let (layout, _) = oneImage()
        let packed = gzip(layout.tar().ended + [UInt8](repeating: 0, count: 8 << 20))
        var limits = ContentLimits()
        limits.expandedArchiveBytes = 1 << 20
        #expect(try await resolving(packed, limits: limits) == "limit.archive-expansion")
    }

    @Test func boundsExpandingAgain() async throws {
        // Whoever adds large papers makes the archive be expanded again for each: that leaves the image undecided.
        var (layout, _) = oneImage()
        let large = layout.blob([UInt8](repeating: 7, count: 2 << 20))
        let tar = layout.tar().ended
        let source = try source(gzip(tar))
        var limits = ContentLimits()
        limits.expandedArchiveBytes = tar.count * 2
        _ = try await source.resolve(limits: limits)
        let descriptor = Descriptor(of: large, mediaType: .sigstoreBundle03)
        #expect(await code { try await source.fetch(descriptor, limit: 1 << 30) } == nil)
        #expect(await code { try await source.fetch(descriptor, limit: 1 << 30) } == "limit.image-bytes")
    }

    @Test func boundsWhatItKeepsInMemory() async throws {
        // Where the allowance is used up by the first pass, only what was kept can still be read.
        var (layout, _) = oneImage()
        let filler = [UInt8](repeating: 0, count: ArchiveFiles.largestKeptEntry)
        var tar = layout.tar()
        let before = layout.blob(Array("before".utf8))
        tar.file(Descriptor(of: before, mediaType: .sigstoreBundle03).blobName, before.bytes)
        for number in 0..<(ArchiveFiles.mostKeptBytes / filler.count) { tar.file("filler-\(number)", filler) }
        let after = layout.blob(filler.dropLast(2) + [1, 2])
        tar.file(Descriptor(of: after, mediaType: .sigstoreBundle03).blobName, after.bytes)
        let source = try source(gzip(tar.ended))
        var limits = ContentLimits()
        limits.expandedArchiveBytes = tar.ended.count
        _ = try await source.resolve(limits: limits)
        func fetching(_ content: VerifiedContent) async -> String? {
            await code { try await source.fetch(Descriptor(of: content, mediaType: .sigstoreBundle03), limit: .max) }
        }
        #expect(await fetching(before) == nil)
        #expect(await fetching(after) == "limit.image-bytes")
    }

    @Test func boundsTheNamesItKeeps() async throws {
        let (layout, _) = oneImage()
        var tar = layout.tar()
        for number in 0..<280 {
            tar.longName("\(number)" + String(repeating: "n", count: 60_000))
            tar.file("x", [])
        }
        #expect(try await resolving(tar.ended) == "limit.archive-entries")
    }

    @Test func doesNotBoundAPlainTarByExpansion() async throws {
        let (layout, _) = oneImage()
        var limits = ContentLimits()
        limits.expandedArchiveBytes = 0
        #expect(try await resolving(layout.tar().ended, limits: limits) == nil)
    }

    @Test func capsTheMemoryThatZstdMayAskFor() async throws {
        let (layout, _) = oneImage()
        let bytes = layout.tar().ended
        #expect(try await resolving(zstd(bytes, windowLog: 27)) == nil)
        #expect(try await resolving(zstd(bytes, windowLog: 28)) == "image.unsupported-archive")
    }

    @Test func readsAHugeSparseArchiveWithoutTakingMemory() async throws {
        // A plain tar of a tebibyte: an entry that large is passed over by moving on, not by reading.
        let (layout, image) = oneImage()
        var tar = layout.tar()
        let size = 1 << 40
        tar.entry("blobs/sha256/huge", sizeField: [0x80, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], [])
        let path = try workspace.write(tar.bytes, to: "huge.tar")
        #expect(truncate(path, off_t(tar.bytes.count + size + 1024)) == 0)
        let source = OCIArchive(path: path)
        #expect(try await source.resolve(limits: limits).descriptor.digest == image.digest)
        #expect(truncate(path, off_t(tar.bytes.count + size - 1)) == 0)
        #expect(await code { try await OCIArchive(path: path).resolve(limits: limits) } == "image.malformed-archive")
    }

    @Test func boundsManifestsInArchivesToo() async throws {
        for packing in Packing.allCases {
            var (layout, _) = oneImage()
            let list = layout.files["index.json"] ?? []
            layout.files["index.json"] = list + [UInt8](repeating: 0x20, count: (4 << 20) + 1 - list.count)
            #expect(try await resolving(packing.pack(layout.tar().ended)) == "limit.manifest-bytes")
        }
    }
}

import LocalFiles
import OCI
import Synchronization

/// A tar on disk whose entries are read by name: plain, or compressed with gzip or zstd.
///
/// It is read once from end to end when it is opened. After that an entry of a plain tar is read where it lies; of a
/// compressed one the small entries have been kept, which is all that most images need, and a larger one is found by
/// expanding the archive again up to it. Memory is bounded whatever the archive says of itself: kept entries and names
/// by constants, expansion by ``ContentLimits/expandedArchiveBytes``.
final class ArchiveFiles: StoreFiles {
    private struct Member {
        let entry: TarEntry
        let kept: [UInt8]?
    }

    private let file: OpenFile
    private let compression: Compression
    private let members: [[UInt8]: Member]
    /// Names that two entries claim.
    private let repeated: Set<[UInt8]>
    /// Bytes expanded so far, and how many may be.
    private let expansion: Mutex<(spent: Int, allowed: Int)>

    /// Entries up to this size are kept when a compressed archive is indexed: manifests, configurations, signatures and
    /// most attestations are far smaller, layers far larger.
    static let largestKeptEntry = 1 << 20
    /// All kept entries together; later ones are found by expanding again.
    static let mostKeptBytes = 64 << 20
    /// All names together: about 160 bytes for each of the most entries.
    private static let mostNameBytes = 16 << 20

    /// - Throws: what is wrong with the archive as a whole; entries that matter to a layout and are there twice are
    ///   among it.
    init(_ file: OpenFile, limits: ContentLimits) throws(ArchiveError) {
        self.file = file
        compression = try Compression(of: FileStream(file).bytes(upTo: 4))
        var members: [[UInt8]: Member] = [:]
        var repeated: Set<[UInt8]> = []
        var kept = 0
        var nameBytes = 0
        let stream = MeteredStream(try compression.stream(of: file), allowance: limits.expandedArchiveBytes)
        var reader = TarReader(compression == .none ? FileStream(file) : stream)
        while let entry = try reader.next() {
            nameBytes += entry.name.count
            guard nameBytes <= Self.mostNameBytes else { throw .tooManyEntries(limit: TarReader.mostEntries) }
            var bytes: [UInt8]?
            if compression != .none, entry.kind == .file, entry.size <= Self.largestKeptEntry,
                kept + entry.size <= Self.mostKeptBytes
            {
                bytes = try reader.data(of: entry)
                kept += entry.size
            }
            let earlier = members.updateValue(Member(entry: entry, kept: bytes), forKey: entry.name)
            // A directory may be named before each of its entries; anything else has one reading only once.
            if let earlier, earlier.entry.kind != .directory || entry.kind != .directory { repeated.insert(entry.name) }
        }
        self.members = members
        self.repeated = repeated
        self.expansion = Mutex((spent: stream.count, allowed: limits.expandedArchiveBytes))
        for name in repeated where Self.mattersToLayout(name) { try refuseRepeated(name) }
    }

    func file(_ name: String) throws(ContentSourceError) -> StoredFile? {
        let key = Array(name.utf8)
        do throws(ArchiveError) {
            try refuseRepeated(key)
            guard let member = members[key] else { return nil }
            guard member.entry.kind == .file else { throw .notAFile(key) }
            var piece: (@Sendable (Int, Int) throws(ContentSourceError) -> [UInt8])?
            if compression == .none {
                piece = { [file] offset, count throws(ContentSourceError) in
                    do throws(FileError) {
                        return try file.bytes(at: member.entry.offset + offset, count: count)
                    } catch {
                        throw error.asSourceError()
                    }
                }
            }
            return StoredFile(
                name: name, size: member.entry.size,
                contents: { () throws(ContentSourceError) in
                    do throws(ArchiveError) {
                        return try self.bytes(of: member)
                    } catch {
                        throw error.asSourceError
                    }
                }, piece: piece)
        } catch {
            throw error.asSourceError
        }
    }

    private func bytes(of member: Member) throws(ArchiveError) -> [UInt8] {
        if let kept = member.kept { return kept }
        let entry = member.entry
        guard compression != .none else {
            do throws(FileError) { return try file.bytes(at: entry.offset, count: entry.size) } catch {
                throw .file(error)
            }
        }
        // The sum can't overflow: the reader has checked it. Claimed before it is spent, since readers may be several.
        let end = entry.offset + entry.size
        let claimed = expansion.withLock { expansion in
            guard end <= expansion.allowed - expansion.spent else { return false }
            expansion.spent += end
            return true
        }
        guard claimed else { throw .expandedAgainBeyond(expansion.withLock { $0.allowed }) }
        let stream = try compression.stream(of: file)
        guard try stream.skip(entry.offset) == entry.offset else { throw .cutShort }
        return try stream.bytes(entry.size)
    }

    private func refuseRepeated(_ name: [UInt8]) throws(ArchiveError) {
        guard !repeated.contains(name) else {
            throw .malformed("one entry of each name, found \(ArchiveError.quoted(name)) twice")
        }
    }

    /// Names by which a layout, or docker's list of images, is read.
    private static func mattersToLayout(_ name: [UInt8]) -> Bool {
        name.starts(with: "blobs/".utf8)
            || ["index.json", "oci-layout", "manifest.json"].contains { name.elementsEqual($0.utf8) }
    }
}

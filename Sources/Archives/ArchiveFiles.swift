package import LocalFiles
import Synchronization

/// A tar on disk whose entries are read by name: plain, or compressed with gzip or zstd.
///
/// It is read once from end to end when it is opened. After that an entry of a plain tar is read where it lies; of a
/// compressed one the small entries have been kept, which is all that most images need, and a larger one is found by
/// expanding the archive again up to it. Memory is bounded whatever the archive says of itself: kept entries and names
/// by constants, expansion by what the caller allows.
package final class ArchiveFiles: Sendable {
    fileprivate struct Member: Sendable {
        let entry: TarEntry
        let kept: [UInt8]?
    }

    fileprivate let file: OpenFile
    fileprivate let compression: Compression
    private let members: [[UInt8]: Member]
    /// Names that two entries claim.
    private let repeated: Set<[UInt8]>
    /// Bytes expanded so far, and how many may be.
    private let expansion: Mutex<(spent: Int, allowed: Int)>

    /// Entries up to this size are kept when a compressed archive is indexed: manifests, configurations, signatures and
    /// most attestations are far smaller, layers far larger.
    package static let largestKeptEntry = 1 << 20
    /// All kept entries together; later ones are found by expanding again.
    package static let mostKeptBytes = 64 << 20
    /// All names together: about 160 bytes for each of the most entries.
    private static let mostNameBytes = 16 << 20

    /// - Parameters:
    ///   - expansion: to how many bytes the archive may expand, whenever it is read anew in all.
    ///   - isUnique: which names may be there once only, whether anybody reads them or not.
    /// - Throws: what is wrong with the archive as a whole; names that are unique and are there twice are among it.
    package init(
        _ file: OpenFile, expansion: Int, isUnique: ([UInt8]) -> Bool = { _ in false }
    ) throws(ArchiveError) {
        self.file = file
        compression = try Compression(of: FileStream(file).bytes(upTo: 4))
        var members: [[UInt8]: Member] = [:]
        var repeated: Set<[UInt8]> = []
        var kept = 0
        var nameBytes = 0
        let stream = MeteredStream(try compression.stream(of: file), allowance: expansion)
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
        self.expansion = Mutex((spent: stream.count, allowed: expansion))
        for name in repeated where isUnique(name) { try refuseRepeated(name) }
    }

    /// A plain file of the archive that was not read yet.
    package struct Entry: Sendable {
        /// Bytes.
        package let size: Int
        private let member: Member
        private let archive: ArchiveFiles

        fileprivate init(_ member: Member, in archive: ArchiveFiles) {
            size = member.entry.size
            self.member = member
            self.archive = archive
        }

        /// Reads all of it; the caller has bounded ``size``.
        package func bytes() throws(ArchiveError) -> [UInt8] { try archive.bytes(of: member) }

        /// Reads a part of it alone; nil where the archive is compressed, of which only the whole can be had.
        package var part: (@Sendable (_ offset: Int, _ count: Int) throws(FileError) -> [UInt8])? {
            guard archive.compression == .none else { return nil }
            return { [file = archive.file, start = member.entry.offset] offset, count throws(FileError) in
                try file.bytes(at: start + offset, count: count)
            }
        }
    }

    /// The plain file of this name; nil if there is nothing.
    ///
    /// - Throws: for a name that two entries claim, and for what is no plain file.
    package func entry(_ name: String) throws(ArchiveError) -> Entry? {
        let key = Array(name.utf8)
        try refuseRepeated(key)
        guard let member = members[key] else { return nil }
        guard member.entry.kind == .file else { throw .notAFile(key) }
        return Entry(member, in: self)
    }

    /// The first components of all names.
    package var topLevelNames: Set<[UInt8]> {
        Set(members.keys.map { Array($0.prefix { $0 != UInt8(ascii: "/") }) }.filter { !$0.isEmpty })
    }

    /// Whether any entry lies below a directory.
    package func holds(_ directory: String) -> Bool {
        let prefix = Array((directory + "/").utf8)
        return members.keys.contains { $0.starts(with: prefix) }
    }

    fileprivate func bytes(of member: Member) throws(ArchiveError) -> [UInt8] {
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
}

/// An entry of a tar, its name normalised.
package struct TarEntry: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case file, directory
        /// A link, a device: never read, never followed; kept because its name counts as taken.
        case other
    }
    package let kind: Kind
    /// Components joined by `/`: `./a//b/` is `a/b`.
    package let name: [UInt8]
    /// Bytes of data.
    package let size: Int
    /// Where the data begins in the expanded stream.
    package let offset: Int
}

/// Reads a tar from its first byte to its last, entry by entry.
///
/// Tars are an old family with many readers, so whatever two of them could read in two ways is refused rather than
/// decided: absolute and climbing names, sparse files, global pax records for names and sizes, a name given twice for
/// one entry, data behind entries that have none.
package struct TarReader {
    private let stream: any ByteStream
    /// Bytes of the stream that were read or passed over.
    private var position = 0
    /// Data and padding of the current entry that was not read yet.
    private var unread = 0
    private var count = 0
    private let mostEntries: Int

    /// Headers of any kind; images have some hundred blobs, so this leaves room and still bounds what is kept.
    package static let mostEntries = 100_000
    /// Bytes of a long name or of a pax header; names on Linux end at 4 KiB (PATH_MAX).
    private static let largestExtension = 1 << 16

    package init(_ stream: any ByteStream, mostEntries: Int = TarReader.mostEntries) {
        self.stream = stream
        self.mostEntries = mostEntries
    }

    /// The next entry; nil at the end of the archive. Data of the one before that was not read is passed over.
    package mutating func next() throws(ArchiveError) -> TarEntry? {
        try pass(unread)
        var extended: PaxRecords?
        var longName: [UInt8]?
        while true {
            guard let header = try header() else {
                guard extended == nil, longName == nil else { throw .cutShort }
                return nil
            }
            switch header.kind {
            case .extended:
                guard extended == nil else { throw .malformed("one pax header before an entry, found two") }
                extended = try PaxRecords(data(of: header))
            case .globalExtended:
                let records = try PaxRecords(data(of: header))
                guard records.path == nil, records.size == nil, !records.isSparse else {
                    throw .malformed("names and sizes with their entries, found some in a global pax header")
                }
            case .longName:
                guard longName == nil else { throw .malformed("one long name before an entry, found two") }
                longName = try Array(data(of: header).prefix { $0 != 0 })
            case .longLink:
                _ = try data(of: header)
            default:
                guard extended?.path == nil || longName == nil else {
                    throw .malformed("one long name before an entry, found one of pax and one of GNU")
                }
                return try entry(header, extended: extended, longName: longName)
            }
        }
    }

    /// The data of the entry that ``next()`` returned last.
    package mutating func data(of entry: TarEntry) throws(ArchiveError) -> [UInt8] {
        let bytes = try stream.bytes(entry.size)
        position += entry.size
        unread -= entry.size
        return bytes
    }

    private mutating func entry(
        _ header: TarHeader, extended: PaxRecords?, longName: [UInt8]?
    ) throws(ArchiveError) -> TarEntry {
        guard header.kind != .sparse, extended?.isSparse != true else {
            throw .unsupported("whole files in the tar, found a sparse one")
        }
        let size = extended?.size ?? header.size
        guard header.kind == .file || header.kind == .other || size == 0 else {
            throw .malformed("no data behind a link, directory or device, found some")
        }
        guard size <= Int.max - position - TarHeader.size else {
            throw .malformed("a size in a tar header, found a number out of range")
        }
        unread = Self.padded(size)
        return TarEntry(
            kind: header.kind == .file ? .file : header.kind == .directory ? .directory : .other,
            name: try Self.normalised(extended?.path ?? longName ?? header.name), size: size, offset: position)
    }

    /// The next header, or nil at the end: a block of zeros that another, or the end of the stream, follows.
    private mutating func header() throws(ArchiveError) -> TarHeader? {
        let block = try stream.bytes(TarHeader.size)
        position += block.count
        guard block.allSatisfy({ $0 == 0 }) else {
            count += 1
            guard count <= mostEntries else { throw .tooManyEntries(limit: mostEntries) }
            return try TarHeader(block)
        }
        let second = try stream.bytes(upTo: TarHeader.size)
        guard second.allSatisfy({ $0 == 0 }) else { throw .malformed("the end of the tar, found more") }
        // To the end, so that a compressed stream is checked whole. Readers agree that what follows is not read.
        while try stream.skip(1 << 20) > 0 {}
        return nil
    }

    /// The data of a header that describes the next one.
    private mutating func data(of header: TarHeader) throws(ArchiveError) -> [UInt8] {
        guard header.size <= Self.largestExtension else {
            throw .malformed("a name or pax header of at most \(Self.largestExtension) bytes, found \(header.size)")
        }
        let bytes = try stream.bytes(header.size)
        position += header.size
        try pass(Self.padded(header.size) - header.size)
        return bytes
    }

    private mutating func pass(_ count: Int) throws(ArchiveError) {
        unread = 0
        guard count > 0 else { return }
        guard try stream.skip(count) == count else { throw .cutShort }
        position += count
    }

    private static func padded(_ size: Int) -> Int { (size + TarHeader.size - 1) / TarHeader.size * TarHeader.size }

    private static func normalised(_ name: [UInt8]) throws(ArchiveError) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        guard name.first != slash else { throw .unsafeName(name) }
        let parts = name.split(separator: slash).filter { !$0.elementsEqual(".".utf8) }
        guard !parts.contains(where: { $0.elementsEqual("..".utf8) }) else { throw .unsafeName(name) }
        return Array(parts.joined(separator: [slash]))
    }
}

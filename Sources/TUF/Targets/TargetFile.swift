public import Content
public import StrictEncoding

/// What targets metadata says of one target file (section 4.5).
public struct TargetFile: Sendable, Hashable {
    /// The file's path.
    public let path: TargetPath
    /// Bytes.
    public let length: Int
    private let hashes: StatedHashes
    /// The member `custom` as received; the application may read it.
    public let custom: JSONTree?

    init(_ path: TargetPath, _ fields: MetadataFields) throws(MetadataFormatError) {
        self.path = path
        length = try fields.integer("length", from: 0)
        hashes = try StatedHashes(fields.fields("hashes"))
        custom = fields.object["custom"].flatMap { JSONTree($0) }
    }

    /// The stated hashes that this client computes, SHA-256 first. Without one the file is never accepted.
    public var digests: [Digest] { hashes.digests }

    /// Received bytes as content that has the stated length and all stated hashes.
    ///
    /// - Throws: ``TUFError/otherTarget(_:)``, ``TUFError/noKnownHash(of:)``.
    public func verified(_ bytes: [UInt8]) throws(TUFError) -> VerifiedContent {
        guard let digest = digests.first else { throw .noKnownHash(of: path.description) }
        guard bytes.count == length, hashes.mismatch(with: bytes) == nil,
            let content = try? VerifiedContent(bytes, digest: digest, size: length)
        else { throw .otherTarget(path) }
        return content
    }

    public static func == (a: TargetFile, b: TargetFile) -> Bool {
        a.path == b.path && a.length == b.length && a.hashes == b.hashes && a.custom == b.custom
    }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(hashes)
    }
}

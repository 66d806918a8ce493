import Archives
import LocalFiles
import OCI

extension ArchiveFiles: StoreFiles {
    /// An archive of an image: names that matter to a layout are there once.
    ///
    /// - Parameter limits: ``ContentLimits/expandedArchiveBytes`` bounds what it may expand to.
    convenience init(image file: OpenFile, limits: ContentLimits) throws(ArchiveError) {
        try self.init(file, expansion: limits.expandedArchiveBytes, isUnique: Self.mattersToLayout)
    }

    func file(_ name: String) throws(ContentSourceError) -> StoredFile? {
        do throws(ArchiveError) {
            guard let entry = try entry(name) else { return nil }
            var piece: (@Sendable (Int, Int) throws(ContentSourceError) -> [UInt8])?
            if let part = entry.part {
                piece = { offset, count throws(ContentSourceError) in
                    do throws(FileError) { return try part(offset, count) } catch { throw error.asSourceError() }
                }
            }
            return StoredFile(
                name: name, size: entry.size,
                contents: { () throws(ContentSourceError) in
                    do throws(ArchiveError) { return try entry.bytes() } catch { throw error.asSourceError }
                }, piece: piece)
        } catch {
            throw error.asSourceError
        }
    }

    /// Names by which a layout, or docker's list of images, is read.
    private static func mattersToLayout(_ name: [UInt8]) -> Bool {
        name.starts(with: "blobs/".utf8)
            || ["index.json", "oci-layout", "manifest.json"].contains { name.elementsEqual($0.utf8) }
    }
}

extension ArchiveError {
    var asSourceError: ContentSourceError {
        switch self {
        case .malformed, .cutShort: ContentSourceError(.imageMalformedArchive, message)
        case .unsafeName, .notAFile: ContentSourceError(.imageUnsafePath, message)
        case .unsupported: ContentSourceError(.imageUnsupportedArchive, message)
        case .expandsBeyond: ContentSourceError(.limitArchiveExpansion, message)
        case .tooManyEntries: ContentSourceError(.limitArchiveEntries, message)
        case .expandedAgainBeyond: ContentSourceError(.limitImageBytes, message)
        case .file(let error): error.asSourceError()
        }
    }
}

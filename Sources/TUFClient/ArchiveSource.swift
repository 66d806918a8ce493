import Archives
import LocalFiles

/// A repository in one file: a tar, plain or compressed with gzip or zstd, of what ``DirectorySource`` reads. So trust
/// gets across an air gap that passes files only.
///
/// The directory itself may be in the archive, as `tar -cf repository.tar repository/` puts it. Nothing is unpacked.
public struct ArchiveSource: MetadataSource {
    private let archive: ArchiveFiles
    /// What stands before the names of metadata, and of target files.
    private let metadata: String
    private let targets: String

    /// To how many bytes an archive may expand: eight target files of the greatest length (``TUF/TUFLimits``).
    public static let largestExpansion = 512 << 20

    /// Reads the archive from end to end, once.
    ///
    /// - Parameter expansion: bytes.
    public init(path: String, expansion: Int = Self.largestExpansion) throws(MetadataSourceError) {
        do throws(ArchiveError) {
            archive = try ArchiveFiles(Self.open(path), expansion: expansion, isUnique: { _ in true })
        } catch {
            throw error.asSourceError
        }
        let above = Self.directory(of: archive).map { $0 + "/" } ?? ""
        metadata = archive.holds(above + "metadata") ? above + "metadata/" : above
        targets = above + "targets/"
    }

    public func metadata(_ fileName: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        try read(metadata + fileName, limit: limit)
    }

    public func target(_ path: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        try read(targets + path, limit: limit)
    }

    private func read(_ name: String, limit: Int) throws(MetadataSourceError) -> [UInt8]? {
        do throws(ArchiveError) {
            guard let entry = try archive.entry(name) else { return nil }
            guard entry.size <= limit else { throw .file(.tooLarge(name, size: entry.size, limit: limit)) }
            return try entry.bytes()
        } catch {
            throw error.asSourceError
        }
    }

    /// The one directory at the top that holds everything, if that is how the archive was made.
    private static func directory(of archive: ArchiveFiles) -> String? {
        guard let top = archive.topLevelNames.first, archive.topLevelNames.count == 1 else { return nil }
        let name = String(decoding: top, as: UTF8.self)
        return name == "metadata" || !archive.holds(name) ? nil : name
    }

    private static func open(_ path: String) throws(ArchiveError) -> OpenFile {
        do throws(FileError) {
            return try OpenFile.open(path: path, calledAs: "archive")
        } catch {
            throw .file(error)
        }
    }
}

extension ArchiveError {
    fileprivate var asSourceError: MetadataSourceError {
        if case .file(let error) = self { return error.asSourceError }
        return .unreachable("archive", why: message)
    }
}

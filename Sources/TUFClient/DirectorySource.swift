import LocalFiles

/// A repository that lies in a directory, as a server would hold it: `metadata/` and `targets/`, or metadata at the top
/// with `targets/` below. So trust gets across an air gap.
///
/// Links inside the directory are not followed, and nothing outside of it is read.
public struct DirectorySource: MetadataSource {
    private let root: OpenDirectory
    private let metadata: [String]

    /// - Throws: ``MetadataSourceError/unreachable(_:why:)`` if there is no such directory.
    public init(path: String) throws(MetadataSourceError) {
        do throws(FileError) {
            root = try OpenDirectory.open(path: path, calledAs: "directory")
            metadata = try Self.hasMetadata(root) ? ["metadata"] : []
        } catch {
            throw error.asSourceError
        }
    }

    private static func hasMetadata(_ root: OpenDirectory) throws(FileError) -> Bool {
        do throws(FileError) {
            _ = try root.directory("metadata")
            return true
        } catch {
            if case .absent = error { return false }
            throw error
        }
    }

    public func metadata(_ fileName: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        try read(metadata + [fileName], limit: limit)
    }

    public func target(_ path: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        try read(["targets"] + path.split(separator: "/").map(String.init), limit: limit)
    }

    private func read(_ path: [String], limit: Int) throws(MetadataSourceError) -> [UInt8]? {
        do throws(FileError) {
            var directory = root
            for component in path.dropLast() { directory = try directory.directory(component) }
            guard let name = path.last else { return nil }
            return try directory.file(name).bytes(limit: limit)
        } catch {
            if case .absent = error { return nil }
            throw error.asSourceError
        }
    }
}

extension FileError {
    var asSourceError: MetadataSourceError {
        switch self {
        case .tooLarge(let name, _, let limit): .tooLarge(name, limit: limit)
        case .absent, .link, .notAFile, .cutShort, .system: .unreachable(name, why: reason)
        }
    }

    /// What it is about.
    var name: String {
        switch self {
        case .absent(let name), .link(let name), .notAFile(let name, _), .tooLarge(let name, _, _), .cutShort(let name),
            .system(let name, _):
            name
        }
    }

    /// What is the matter, without the name.
    var reason: String {
        switch self {
        case .absent: "nothing is there"
        case .link: "a symbolic link is there"
        case .notAFile(_, let found): "\(found) is there"
        case .tooLarge(_, let size, let limit): "it has \(size) bytes, more than \(limit)"
        case .cutShort: "it became shorter while it was read"
        case .system(_, let number): Self.text(of: number)
        }
    }
}

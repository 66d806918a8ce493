import Archives
import Content
import LocalFiles
public import StrictEncoding
public import TUF

extension TrustStore {
    /// What the last complete update left, as an archive that ``ArchiveSource`` reads: so another store can be brought up
    /// to date where the repository can't be reached.
    ///
    /// It holds every root that was verified here, so a store that began with any of them can follow. Everything is
    /// verified first, as in ``load(targets:at:)``; the same trust gives the same bytes.
    ///
    /// - Parameter paths: the target files to put into it; each has to be there.
    public func archive(targets paths: [TargetPath], at instant: Instant) throws(TrustUpdateError) -> [UInt8] {
        do {
            let directory = OpenTrustStore(try OpenDirectory.open(path: path, calledAs: "directory"))
            let root = try root(in: directory, at: instant)
            guard let stored = try directory.complete() else { throw TrustUpdateError.neverCompleted }
            var files = ExportedFiles()
            var version = root.metadata.version
            var bytes = root.bytes
            // Downwards as far as they are known; of a shipped root there is no file.
            while version >= 1, let found = try bytes ?? directory.root(version: version, limits) {
                files.add("metadata/\(version).root.json", found)
                version -= 1
                bytes = nil
            }
            files.add("metadata/" + root.timestampRequest.fileName, stored.timestamp)
            let withTimestamp = try root.withTimestamp(stored.timestamp)
            files.add("metadata/" + withTimestamp.snapshotRequest.fileName, stored.snapshot)
            let withSnapshot = try withTimestamp.withSnapshot(stored.snapshot)
            files.add("metadata/" + withSnapshot.targetsRequest.fileName, stored.targets)
            let chain = try withSnapshot.withTargets(stored.targets)
            for path in paths {
                var search = chain.search(for: path)
                let file = try search.run { request in
                    let bytes = stored.delegated[ExactString(request.role.name)]
                    if let bytes { files.add("metadata/" + request.fileName, bytes) }
                    return bytes
                }
                guard let content = try directory.content(of: file) else {
                    throw TrustUpdateError.damaged(path.description)
                }
                files.add("targets/" + (try chain.location(of: file).path), content.bytes)
            }
            return files.archive
        } catch {
            throw TrustUpdateError(error)
        }
    }
}

/// Files of an archive, each once: several targets may be found through one role, or be one file.
private struct ExportedFiles {
    private var tar = TarWriter()
    private var names: Set<ExactString> = []

    mutating func add(_ name: String, _ bytes: [UInt8]) {
        if names.insert(ExactString(name)).inserted { tar.add(name, bytes) }
    }

    var archive: [UInt8] { tar.ended }
}

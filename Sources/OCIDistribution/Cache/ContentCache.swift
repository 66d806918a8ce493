import Content
import LocalFiles
import Synchronization

/// Content that was read before, in a directory, by digest: manifests by digest and blobs, never what a tag means.
///
/// What is read from it is hashed again; an entry that is not what its name says is removed. Any number of processes
/// may share the directory: an entry is there as a whole or not at all. Nothing here ever fails a decision: trouble with
/// the directory is a miss. Whoever can read the directory can read what the registry let its owner read.
public final class ContentCache: Sendable {
    /// Bytes that are kept; the entries used longest ago go first.
    public let limit: Int
    private let path: String

    private struct State {
        var root: OpenDirectory?
        var isBroken = false
        /// Of all entries, as far as this process knows.
        var bytes: Int?
    }
    private let state = Mutex(State())

    /// Entries that a directory is looked through for.
    private static let mostEntries = 100_000

    /// Opens nothing; the directory is made when something is kept.
    public init(directory path: String, limit: Int = 1 << 30) {
        self.path = path
        self.limit = limit
    }

    /// What has this digest, if it is there and has at most `limit` bytes.
    func content(_ digest: Digest, limit: Int) -> VerifiedContent? {
        guard let directory = directory(digest.algorithm) else { return nil }
        guard let file = try? directory.file(digest.hex) else { return nil }
        guard let bytes = try? file.bytes(limit: min(limit, self.limit)) else { return nil }
        guard let content = try? VerifiedContent(bytes, digest: digest, size: nil) else {
            try? directory.remove(digest.hex)
            return nil
        }
        directory.markUsed(digest.hex)
        return content
    }

    /// Keeps content, unless it alone would fill a quarter of the cache.
    func put(_ content: VerifiedContent) {
        guard content.bytes.count <= limit / 4, let directory = directory(content.digest.algorithm) else { return }
        if let file = try? directory.file(content.digest.hex), file.size == content.bytes.count {
            directory.markUsed(content.digest.hex)
            return
        }
        guard (try? directory.replace(content.digest.hex, with: content.bytes, mode: 0o600)) != nil else { return }
        let isFull = state.withLock { state in
            if let bytes = state.bytes { state.bytes = bytes + content.bytes.count }
            return state.bytes.map { $0 > limit } ?? true
        }
        if isFull { evict() }
    }

    private func directory(_ algorithm: Digest.Algorithm) -> OpenDirectory? {
        state.withLock { state in
            guard !state.isBroken else { return nil }
            do throws(FileError) {
                let root: OpenDirectory
                if let opened = state.root {
                    root = opened
                } else {
                    root = try OpenDirectory.make(path: path, calledAs: "cache")
                }
                state.root = root
                return try root.makeDirectory(algorithm.rawValue)
            } catch {
                state.isBroken = true
                return nil
            }
        }
    }

    /// Counts what is there, and removes what was used longest ago until a tenth is free.
    private func evict() {
        var entries: [(directory: OpenDirectory, entry: OpenDirectory.Entry)] = []
        for algorithm in Digest.Algorithm.registered {
            guard let directory = directory(algorithm) else { return }
            let found = (try? directory.plainFiles(upTo: Self.mostEntries)) ?? []
            entries += found.map { (directory, $0) }
        }
        var total = entries.reduce(0) { $0 + $1.entry.size }
        if total > limit {
            let goal = limit - limit / 10
            for (directory, entry) in entries.sorted(by: { $0.entry.modified < $1.entry.modified }) {
                guard total > goal else { break }
                if (try? directory.remove(entry.name)) != nil { total -= entry.size }
            }
        }
        let left = total
        state.withLock { $0.bytes = left }
    }
}

import AdmissionService
import Content
import Glibc
import LandwaiterCommands
import StrictEncoding
import Synchronization

/// Files and directories that material was loaded from, and whether they have changed since.
///
/// What counts is what they hold, not when they were written: a ConfigMap that is mounted anew with the same content
/// changes nothing. A look costs one `stat` a file; only what that shows to be another is read. A file that was written
/// to within the last seconds is read in any case: a second write may leave size and time as they were.
final class KnownFiles: Sendable {
    /// What is found at a path, links followed.
    enum Found: Hashable, Sendable {
        case file(sha256: String)
        /// Without hidden names, as readers see it.
        case directory([ExactString])
        case nothing(Int32)
        /// Neither, or longer than anything that is read.
        case other(mode: mode_t, size: off_t)
    }

    private struct Identity: Hashable {
        var device: dev_t
        var inode: ino_t
        var mode: mode_t
        var size: off_t
        var modified: [Int]
        var changed: [Int]
    }
    private struct Look {
        var identity: Identity
        var found: Found
        /// Long enough after the last write for the next to have another time.
        var isSettled: Bool
    }
    private struct State {
        var looks: [String: Look] = [:]
        var known: Set<String> = []
        var expiries: [TrustExpiry] = []
    }
    private let state = Mutex(State())

    /// Bytes; no part of the material is longer.
    private static let longest: off_t = 32 << 20
    /// Some file systems count in two seconds.
    private static let secondsToSettle = 3
    /// In one trust store, and how deep: a directory given by mistake is not searched through.
    private static let (mostPaths, deepest) = (2000, 6)

    /// Runs what reads, and gives what was found at each path right before it was read for the first time.
    func recording<Value: Sendable>(
        _ body: (@escaping @Sendable (String) -> Void) async -> Value
    ) async -> (Value, [String: Found]) {
        let read = Mutex<[String: Found]>([:])
        let record: @Sendable (String) -> Void = { path in
            guard read.withLock({ $0[path] }) == nil else { return }
            let found = self.look(path)
            read.withLock { if $0[path] == nil { $0[path] = found } }
        }
        let value = await LocalFile.$readings.withValue(LocalFile.Readings(record)) { await body(record) }
        return (value, read.withLock { $0 })
    }

    /// What is looked at from now on.
    func know(_ read: [String: Found], _ expiries: [TrustExpiry]) {
        state.withLock { state in
            state.known = Set(read.keys)
            state.looks = state.looks.filter { read[$0.key] != nil }
            state.expiries = expiries
        }
    }

    var expiries: [TrustExpiry] { state.withLock { $0.expiries } }

    /// As all of it is now.
    func stamp(at now: Instant) -> ChangeStamp {
        let (known, expiries) = state.withLock { ($0.known, $0.expiries) }
        var read: [String: Found] = [:]
        for path in known { read[path] = look(path) }
        return Self.stamp(read, expiries, at: now)
    }

    /// That stored trust has ended is a change as well.
    static func stamp(_ read: [String: Found], _ expiries: [TrustExpiry], at now: Instant) -> ChangeStamp {
        var text = ""
        for (path, found) in read.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            text += "\(path.utf8.count) \(path) \(found.text)\n"
        }
        for expiry in expiries where expiry.expires <= now { text += "ended \(expiry.name) \(expiry.expires)\n" }
        return ChangeStamp(Digest(of: Array(text.utf8)).hex)
    }

    /// A directory and everything below it.
    static func paths(below directory: String) -> [String] {
        var paths = [directory]
        func collect(_ directory: String, _ depth: Int) {
            guard depth < deepest, let names = try? LocalFile.names(in: directory) else { return }
            for name in names where paths.count < mostPaths {
                let path = directory + "/" + name
                paths.append(path)
                if LocalFile.isDirectory(path) { collect(path, depth + 1) }
            }
        }
        collect(directory, 0)
        return paths
    }

    private func look(_ path: String) -> Found {
        var status = Glibc.stat()
        guard stat(path, &status) == 0 else { return .nothing(errno) }
        let identity = Identity(
            device: status.st_dev, inode: status.st_ino, mode: status.st_mode, size: status.st_size,
            modified: [status.st_mtim.tv_sec, status.st_mtim.tv_nsec],
            changed: [status.st_ctim.tv_sec, status.st_ctim.tv_nsec])
        if let last = state.withLock({ $0.looks[path] }), last.isSettled, last.identity == identity {
            return last.found
        }
        var present = timespec()
        clock_gettime(CLOCK_REALTIME, &present)
        let isSettled =
            max(status.st_mtim.tv_sec, status.st_ctim.tv_sec) < present.tv_sec - Self.secondsToSettle
        let found = Self.read(path, status)
        state.withLock { $0.looks[path] = Look(identity: identity, found: found, isSettled: isSettled) }
        return found
    }

    private static func read(_ path: String, _ status: Glibc.stat) -> Found {
        // Nobody is told: this is no reading of material.
        LocalFile.$readings.withValue(nil) {
            do throws(CommandFailure) {
                switch status.st_mode & S_IFMT {
                case S_IFREG where status.st_size <= longest:
                    return .file(sha256: Digest(of: try LocalFile.read(path, limit: Int(longest))).hex)
                case S_IFDIR: return .directory(try LocalFile.names(in: path).map { ExactString($0) })
                default: return .other(mode: status.st_mode, size: status.st_size)
                }
            } catch {
                // It went or was closed to us meanwhile.
                return .nothing(-1)
            }
        }
    }
}

extension KnownFiles.Found {
    fileprivate var text: String {
        switch self {
        case .file(let sha256): "file \(sha256)"
        case .directory(let names):
            "directory " + names.map { "\($0.value.utf8.count) \($0.value)" }.joined(separator: " ")
        case .nothing(let number): "nothing \(number)"
        case .other(let mode, let size): "other \(mode) \(size)"
        }
    }
}

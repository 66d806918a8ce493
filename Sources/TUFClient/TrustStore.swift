import Content
import LocalFiles
public import StrictEncoding
public import TUF

/// Trust in one repository, in a directory that processes share.
///
/// - `root.json`, `timestamp.json`, `snapshot.json`, `targets.json` and delegated roles: what was verified last, each
///   stored as soon as it is (the "persist" steps of section 5), so that nothing older is accepted ever after.
/// - `last-complete`: the metadata of the last update that came to its end, which is what is used.
/// - `files/`: target files under their digest.
///
/// Every file is replaced atomically, and whoever updates holds a lock on the directory (`flock`), which is gone with
/// its holder. So a process that is killed leaves a valid state, and of two that update one comes after the other.
/// Nothing read from the directory is believed: all of it is verified again, beginning with the root. That root is the
/// anchor; who can write to the directory can replace it.
public struct TrustStore: Sendable {
    private let path: String
    private let limits: TUFLimits
    private let lockTimeout: Duration

    /// A directory that is there, or will be after ``begin(withRoot:at:)``.
    ///
    /// - Parameter lockTimeout: how long to wait for another process.
    public init(path: String, limits: TUFLimits = .standard, lockTimeout: Duration = .seconds(30)) {
        self.path = path
        self.limits = limits
        self.lockTimeout = lockTimeout
    }

    /// Makes the directory, and stores a root that the caller trusts. Does nothing where trust lies already that this root
    /// led to, or may have: a stored root of a greater version.
    ///
    /// - Throws: `TrustUpdateError.refused` if the root is not signed by itself, `.otherRoot` if a root lies there that
    ///   cannot have come of this one.
    public func begin(withRoot bytes: [UInt8]) async throws(TrustUpdateError) {
        do {
            let version = try Self.version(ofRoot: bytes, limits: limits)
            _ = try OpenDirectory.make(path: path, calledAs: "directory")
            let directory = try await locked()
            guard let stored = try directory.read(.root, limits) else {
                return try directory.write(.root, bytes)
            }
            guard try stored == bytes || Self.version(ofRoot: stored, limits: limits) > version else {
                throw TrustUpdateError.otherRoot
            }
        } catch {
            throw TrustUpdateError(error)
        }
    }

    /// What the last complete update left, if all of it is unexpired at an instant and signed with the keys of the newest
    /// root. Reads the directory and nothing else, and waits for nobody.
    ///
    /// - Parameter paths: the targets to give; each has to be there.
    public func load(
        targets paths: [TargetPath] = [], at instant: Instant
    ) throws(TrustUpdateError) -> RepositoryTrust {
        do {
            let directory = OpenTrustStore(try OpenDirectory.open(path: path, calledAs: "directory"))
            guard let root = try directory.read(.root, limits) else { throw TrustUpdateError.noRoot }
            guard let stored = try directory.complete() else { throw TrustUpdateError.neverCompleted }
            let chain = try TUFUpdate.Root(trusting: root, at: instant, limits: limits)
                .withTimestamp(stored.timestamp).withSnapshot(stored.snapshot).withTargets(stored.targets)
            var contents: [TargetPath: VerifiedContent] = [:]
            for path in paths {
                var search = chain.search(for: path)
                let file = try search.run { request in stored.delegated[ExactString(request.role.name)] }
                guard let content = try directory.content(of: file) else {
                    throw TrustUpdateError.damaged(path.description)
                }
                contents[path] = content
            }
            return RepositoryTrust(chain, targets: contents)
        } catch {
            throw TrustUpdateError(error)
        }
    }

    /// The directory, with its lock held for as long as the value lives.
    func locked() async throws -> OpenTrustStore {
        let directory = try OpenDirectory.open(path: path, calledAs: "directory")
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: lockTimeout)
        while try !directory.tryLock() {
            guard clock.now < deadline else {
                throw TrustUpdateError.busy(seconds: Int(lockTimeout.components.seconds))
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return OpenTrustStore(directory)
    }

    private static func version(ofRoot bytes: [UInt8], limits: TUFLimits) throws -> Int {
        // Expiry does not matter to a root that is not used yet.
        let root = try TUFUpdate.Root(trusting: bytes, at: .earliest, limits: limits)
        return root.metadata.version
    }
}

extension TUFUpdate.TargetSearch {
    /// Runs a search over metadata that is at hand.
    fileprivate mutating func run(_ metadata: (TUFUpdate.Request) -> [UInt8]?) throws -> TargetFile {
        while true {
            switch try next() {
            case .found(let file): return file
            case .absent: throw TUFError.noSuchTarget(path)
            case .needs(let request):
                guard let bytes = metadata(request) else { throw TrustUpdateError.damaged(request.role.description) }
                try supply(bytes)
            }
        }
    }
}

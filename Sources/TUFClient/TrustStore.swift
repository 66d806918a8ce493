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
/// - `roots/`: every root that was verified here, under its version, for those who are to follow.
/// - `repository`: where the repository is, and whether trust began with a root that the program carries.
///
/// Every file is replaced atomically, and whoever updates holds a lock on the directory (`flock`), which is gone with
/// its holder. So a process that is killed leaves a valid state, and of two that update one comes after the other.
/// Nothing read from the directory is believed: all of it is verified again, beginning with the root. That root is the
/// anchor; who can write to the directory can replace it. Until a newer one is verified, a shipped root is taken from the
/// program, not from the directory.
public struct TrustStore: Sendable {
    let path: String
    let limits: TUFLimits
    private let lockTimeout: Duration
    private let shippedRoots: [ShippedRoot]

    /// A directory that is there, or will be after ``begin(withRoot:address:)``.
    ///
    /// - Parameters:
    ///   - lockTimeout: how long to wait for another process.
    ///   - shippedRoots: those that the program carries, by whose names stores say which they began with.
    public init(
        path: String, limits: TUFLimits = .standard, lockTimeout: Duration = .seconds(30),
        shippedRoots: [ShippedRoot] = [PublicGoodRepository.root]
    ) {
        self.path = path
        self.limits = limits
        self.lockTimeout = lockTimeout
        self.shippedRoots = shippedRoots
    }

    /// Makes the directory, and stores a root that the caller trusts. Does nothing where trust lies already that this root
    /// led to, or may have: a stored root of a greater version.
    ///
    /// - Parameter address: where the repository is, for updates over the network; nil to leave what was said before.
    /// - Throws: `TrustUpdateError.refused` if the root is not signed by itself, `.otherRoot` if a root lies there that
    ///   cannot have come of this one.
    public func begin(
        withRoot bytes: [UInt8], address: RepositoryAddress? = nil
    ) async throws(TrustUpdateError) {
        // Expiry does not matter to a root that is not used yet.
        try await begin(address) { directory in
            let root = try TUFUpdate.Root(trusting: bytes, at: .earliest, limits: limits).metadata
            if let stored = try directory.read(.root, limits) {
                guard try stored == bytes || Self.version(ofRoot: stored, limits: limits) > root.version else {
                    throw TrustUpdateError.otherRoot
                }
                return
            }
            if try directory.configuration().shippedRoot != nil {
                guard try self.root(in: directory, at: .earliest).metadata.isSame(as: root) else {
                    throw TrustUpdateError.otherRoot
                }
            }
            try directory.write(root: bytes, version: root.version)
        }
    }

    /// The same with a root that the program carries: what is stored is its name and version.
    public func begin(
        withShippedRoot shipped: ShippedRoot, address: RepositoryAddress? = nil
    ) async throws(TrustUpdateError) {
        try await begin(address) { directory in
            let root = try TUFUpdate.Root(trusting: shipped, at: .earliest, limits: limits).metadata
            if let stored = try directory.read(.root, limits) {
                let stored = try TUFUpdate.Root(trusting: stored, at: .earliest, limits: limits).metadata
                guard stored.version > root.version || stored.isSame(as: root) else { throw TrustUpdateError.otherRoot }
            }
            var configuration = try directory.configuration()
            if let beginning = configuration.shippedRoot {
                guard ExactString(beginning.name) == ExactString(shipped.name) else { throw TrustUpdateError.otherRoot }
                guard beginning.version <= shipped.version else {
                    throw TrustUpdateError.otherShippedRoot(
                        name: beginning.name, version: beginning.version, found: shipped.version)
                }
            }
            configuration.shippedRoot = .init(name: shipped.name, version: shipped.version)
            try directory.write(configuration)
        }
    }

    private func begin(
        _ address: RepositoryAddress?, _ body: (OpenTrustStore) throws -> Void
    ) async throws(TrustUpdateError) {
        do {
            _ = try OpenDirectory.make(path: path, calledAs: "directory")
            let directory = try await locked()
            try body(directory)
            guard let address else { return }
            var configuration = try directory.configuration()
            configuration.address = address
            try directory.write(configuration)
        } catch {
            throw TrustUpdateError(error)
        }
    }

    /// Where the repository is: what was said when trust began, or what the program knows of the root it carries.
    ///
    /// - Throws: `TrustUpdateError.noAddress` if neither is there.
    public func address() throws(TrustUpdateError) -> RepositoryAddress {
        do {
            let directory = OpenTrustStore(try OpenDirectory.open(path: path, calledAs: "directory"))
            let configuration = try directory.configuration()
            if let address = configuration.address { return address }
            let name = configuration.shippedRoot.map { ExactString($0.name) }
            guard name == ExactString(PublicGoodRepository.root.name) else {
                throw TrustUpdateError.noAddress
            }
            return try RepositoryAddress(metadata: PublicGoodRepository.url)
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
            let root = try root(in: directory, at: instant)
            guard let stored = try directory.complete() else { throw TrustUpdateError.neverCompleted }
            let chain =
                try root
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

    /// The newest root that was verified here; before the first of them, the shipped root that trust began with.
    func root(in directory: OpenTrustStore, at instant: Instant) throws -> TUFUpdate.Root {
        if let bytes = try directory.read(.root, limits) {
            return try TUFUpdate.Root(trusting: bytes, at: instant, limits: limits)
        }
        guard let beginning = try directory.configuration().shippedRoot else { throw TrustUpdateError.noRoot }
        let shipped = shippedRoots.first { ExactString($0.name) == ExactString(beginning.name) }
        // Another program may have carried a newer one, and nothing older is accepted ever after.
        guard let shipped, shipped.version >= beginning.version else {
            throw TrustUpdateError.otherShippedRoot(
                name: beginning.name, version: beginning.version, found: shipped?.version)
        }
        return try TUFUpdate.Root(trusting: shipped, at: instant, limits: limits)
    }

    private static func version(ofRoot bytes: [UInt8], limits: TUFLimits) throws -> Int {
        try TUFUpdate.Root(trusting: bytes, at: .earliest, limits: limits).metadata.version
    }
}

extension RootMetadata {
    /// Whether both name the same keys and thresholds, in one version: what a root file and a shipped root have in common.
    fileprivate func isSame(as other: RootMetadata) -> Bool {
        version == other.version && expires == other.expires
            && zip([root, timestamp, snapshot, targets], [other.root, other.timestamp, other.snapshot, other.targets])
                .allSatisfy { $0.threshold == $1.threshold && $0.distinctKeys == $1.distinctKeys }
    }
}

extension TUFUpdate.TargetSearch {
    /// Runs a search over metadata that is at hand.
    mutating func run(_ metadata: (TUFUpdate.Request) -> [UInt8]?) throws -> TargetFile {
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

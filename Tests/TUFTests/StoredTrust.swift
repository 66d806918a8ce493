import Content
import Simulators
import StrictEncoding
import TUF
import Testing

/// What a client has stored, and the simplest way to drive an update: every file comes from the simulated server.
struct StoredTrust {
    var root: [UInt8]
    var timestamp: [UInt8]?
    var snapshot: [UInt8]?
    var targets: [UInt8]?

    /// A client that was shipped with the repository's root of this version.
    init(_ repository: SimulatedTUFRepository, root version: Int = 1) throws {
        root = try #require(repository.files["\(version).root.json"])
    }

    /// The client workflow. What was verified before a step fails stays stored.
    mutating func refresh(
        from repository: SimulatedTUFRepository, at instant: Instant = SimulatedTUFRepository.now,
        limits: TUFLimits = .standard
    ) throws {
        _ = try update(from: repository, at: instant, limits: limits)
    }

    /// The same, then a search.
    mutating func find(
        _ path: String, in repository: SimulatedTUFRepository, limits: TUFLimits = .standard
    ) throws -> Found {
        let targets = try update(from: repository, at: SimulatedTUFRepository.now, limits: limits)
        var search = targets.search(for: try TargetPath(path))
        var asked: [String] = []
        while true {
            switch try search.next() {
            case .absent: return Found(file: nil, asked: asked)
            case .found(let file): return Found(file: file, asked: asked)
            case .needs(let request):
                asked.append(request.role.name)
                try search.supply(try Self.file(request, from: repository))
            }
        }
    }

    /// Where a search ended, and which roles were asked on the way.
    struct Found {
        var file: TargetFile?
        var asked: [String]
    }

    /// A file that the server does not have.
    struct NotThere: Error, Equatable {
        var name: String
    }

    mutating func update(
        from repository: SimulatedTUFRepository, at instant: Instant, limits: TUFLimits = .standard
    ) throws -> TUFUpdate.WithTargets {
        var root = try TUFUpdate.Root(trusting: self.root, at: instant, limits: limits)
        while let request = root.next, let bytes = repository.files[request.fileName] {
            root = try root.rotated(to: bytes)
            if root.hasRevokedOnlineKeys {
                self.timestamp = nil
                self.snapshot = nil
            }
            self.root = bytes
        }
        try root.checkExpiry()
        let timestamp = try Self.file(root.timestampRequest, from: repository)
        let withTimestamp = try root.withTimestamp(timestamp, stored: self.timestamp)
        self.timestamp = withTimestamp.bytes
        let snapshot = try Self.file(withTimestamp.snapshotRequest, from: repository)
        let withSnapshot = try withTimestamp.withSnapshot(snapshot, stored: self.snapshot)
        self.snapshot = withSnapshot.bytes
        let targets = try Self.file(withSnapshot.targetsRequest, from: repository)
        let withTargets = try withSnapshot.withTargets(targets)
        self.targets = withTargets.bytes
        return withTargets
    }

    private static func file(
        _ request: TUFUpdate.Request, from repository: SimulatedTUFRepository
    ) throws -> [UInt8] {
        guard let bytes = repository.files[request.fileName] else { throw NotThere(name: request.fileName) }
        return bytes
    }
}

/// The version that stored metadata states.
func version(of bytes: [UInt8]?) throws -> Int? {
    guard let bytes else { return nil }
    return try JSONDocument(parsing: bytes).root["signed"]?["version"]?.int
}

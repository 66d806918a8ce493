import Content
public import StrictEncoding
public import TUF

/// Brings stored trust up to date: asks a source for what the states of `TUFUpdate` want, and stores what they verified.
public struct TrustUpdater: Sendable {
    private let store: TrustStore
    private let source: any MetadataSource
    private let limits: TUFLimits

    /// - Parameter limits: those that the store was made with.
    public init(store: TrustStore, source: any MetadataSource, limits: TUFLimits = .standard) {
        self.store = store
        self.source = source
        self.limits = limits
    }

    /// One update (section 5) and the target files of these paths. If it fails, whatever the cause, the answer is the
    /// last complete trust, provided that it is not expired at the same instant, and the answer says so.
    public func refresh(targets paths: [TargetPath] = [], at instant: Instant) async -> RefreshOutcome {
        let failure: TrustUpdateError
        do throws(TrustUpdateError) {
            return .refreshed(try await update(targets: paths, at: instant))
        } catch {
            failure = error
        }
        do throws(TrustUpdateError) {
            return .fallback(try store.load(targets: paths, at: instant), because: failure)
        } catch {
            return .failed(failure, stored: error)
        }
    }

    /// One update without a fallback.
    public func update(
        targets paths: [TargetPath] = [], at instant: Instant
    ) async throws(TrustUpdateError) -> RepositoryTrust {
        do {
            return try await update(in: try await store.locked(), targets: paths, at: instant)
        } catch {
            throw TrustUpdateError(error)
        }
    }

    private func update(
        in stored: OpenTrustStore, targets paths: [TargetPath], at instant: Instant
    ) async throws -> RepositoryTrust {
        // Section 5.3.
        var root = try store.root(in: stored, at: instant)
        if root.bytes == nil { try stored.keep(shippedVersion: root.metadata.version) }
        while let request = root.next, let bytes = try await source.metadata(request.fileName, limit: request.limit) {
            root = try root.rotated(to: bytes)
            if root.hasRevokedOnlineKeys {
                // Before the root is stored: afterwards nobody would know that they have to go.
                try stored.remove(.timestamp)
                try stored.remove(.snapshot)
            }
            try stored.write(root: bytes, version: root.metadata.version)
        }
        try root.checkExpiry()

        // Section 5.4.
        let timestamp = try await fetch(root.timestampRequest)
        let withTimestamp = try root.withTimestamp(timestamp, stored: stored.read(.timestamp, limits))
        var complete = CompleteTrust(timestamp: withTimestamp.bytes, snapshot: [], targets: [])
        try stored.write(.timestamp, withTimestamp.bytes)

        // Section 5.5. What is stored serves twice: it may be what would be fetched, and it is compared with.
        let storedSnapshot = try stored.read(.snapshot, limits) ?? []
        var snapshot = storedSnapshot
        if !withTimestamp.accepts(snapshot: snapshot) { snapshot = try await fetch(withTimestamp.snapshotRequest) }
        let withSnapshot = try withTimestamp.withSnapshot(snapshot, stored: storedSnapshot)
        complete.snapshot = withSnapshot.bytes
        try stored.write(.snapshot, withSnapshot.bytes)

        // Section 5.6.
        var targets = try stored.read(.targets, limits) ?? []
        if !withSnapshot.accepts(targets: targets) { targets = try await fetch(withSnapshot.targetsRequest) }
        let chain = try withSnapshot.withTargets(targets)
        complete.targets = chain.bytes
        try stored.write(.targets, chain.bytes)

        var contents: [TargetPath: VerifiedContent] = [:]
        for path in paths {
            let content = try await self.content(of: path, chain, stored, &complete)
            contents[path] = content
            complete.files.insert(content.digest.hex)
        }
        try stored.complete(with: complete)
        return RepositoryTrust(chain, targets: contents)
    }

    /// Sections 5.6.7 and 5.7 for one path.
    private func content(
        of path: TargetPath, _ chain: borrowing TUFUpdate.WithTargets, _ stored: OpenTrustStore,
        _ complete: inout CompleteTrust
    ) async throws -> VerifiedContent {
        var search = chain.search(for: path)
        while true {
            switch try search.next() {
            case .absent: throw TUFError.noSuchTarget(path)
            case .needs(let request):
                var bytes = try stored.read(request.role, limits) ?? []
                if !search.accepts(bytes) { bytes = try await fetch(request) }
                try search.supply(bytes)
                try stored.write(request.role, bytes)
                complete.delegated[ExactString(request.role.name)] = bytes
            case .found(let file):
                let location = try chain.location(of: file)
                if let content = try stored.content(of: file) { return content }
                guard let bytes = try await source.target(location.path, limit: location.limit) else {
                    throw TrustUpdateError.missing(location.path)
                }
                let content = try file.verified(bytes)
                try stored.write(content)
                return content
            }
        }
    }

    private func fetch(_ request: TUFUpdate.Request) async throws -> [UInt8] {
        guard let bytes = try await source.metadata(request.fileName, limit: request.limit) else {
            throw TrustUpdateError.missing(request.fileName)
        }
        return bytes
    }
}

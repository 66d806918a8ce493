public import Content
public import StrictEncoding
public import TUF

/// All top-level metadata of a repository, verified to belong together and unexpired at one instant, with the target
/// files that were asked for. There is no public way to make one: it comes of the last state of an update.
public struct RepositoryTrust: Sendable {
    /// The newest root.
    public let root: RootMetadata
    /// The timestamp.
    public let timestamp: TimestampMetadata
    /// The snapshot.
    public let snapshot: SnapshotMetadata
    /// The top-level targets metadata.
    public let targetsMetadata: TargetsMetadata
    /// Whose metadata expires first.
    public let firstToExpire: MetadataRole
    /// From this instant on the trust can't be used without a refresh.
    public let expires: Instant
    /// The target files that were asked for.
    public let targets: [TargetPath: VerifiedContent]

    init(_ chain: borrowing TUFUpdate.WithTargets, targets: [TargetPath: VerifiedContent]) {
        root = chain.root
        timestamp = chain.timestamp
        snapshot = chain.snapshot
        targetsMetadata = chain.metadata
        (firstToExpire, expires) = chain.earliestExpiry
        self.targets = targets
    }
}

/// How a refresh ended.
public enum RefreshOutcome: Sendable {
    /// The repository was asked, and this is what it says now.
    case refreshed(RepositoryTrust)
    /// The refresh failed; this is what the last complete one left, and it is not expired.
    case fallback(RepositoryTrust, because: TrustUpdateError)
    /// The refresh failed, and what is stored can't be used either.
    case failed(TrustUpdateError, stored: TrustUpdateError)

    /// The trust to go on with.
    public var trust: RepositoryTrust? {
        switch self {
        case .refreshed(let trust), .fallback(let trust, _): trust
        case .failed: nil
        }
    }
}

public import StrictEncoding

/// Verdicts and jobs in one file of SQLite: the default, for one machine. Several processes may share the file.
public final class SQLiteVerdictStore: VerdictStore {
    private let store: SQLStore
    /// See ``VerdictStore/writingExecutor``.
    public let writingExecutor: (any TaskExecutor)?

    /// A store in the file at `path`, which is made with mode 0600 when it is first needed. Nothing is opened yet:
    /// a disk that is not there is an error of the first call, and of none after it is back.
    ///
    /// With ``StoreAccess/readOnly`` it is for a process that has no other store on this file: closing a file gives up
    /// all the locks that a process has on it.
    public init(path: String, options: SQLiteOptions = SQLiteOptions()) {
        switch options.access {
        case .readOnly:
            store = SQLStore(engine: SQLiteReadingEngine(path: path, options: options))
            writingExecutor = nil
        case .readWrite:
            let engine = SQLiteEngine(path: path, options: options)
            store = SQLStore(engine: engine)
            writingExecutor = engine.executor
        }
    }

    /// See ``VerdictStore/append(_:)``.
    public func append(_ verdicts: [StoredVerdict]) async throws(VerdictStoreError) { try await store.append(verdicts) }

    /// See ``VerdictStore/verdict(_:)``.
    public func verdict(_ id: VerdictID) async throws(VerdictStoreError) -> StoredVerdict? {
        try await store.verdict(id)
    }

    /// See ``VerdictStore/verdicts(_:)``.
    public func verdicts(_ query: VerdictQuery) async throws(VerdictStoreError) -> VerdictPage {
        try await store.verdicts(query)
    }

    /// See ``VerdictStore/affected(by:since:limit:)``.
    public func affected(
        by fact: ImpactQuery, since: Instant?, limit: Int
    ) async throws(VerdictStoreError) -> [AffectedImage] {
        try await store.affected(by: fact, since: since, limit: limit)
    }

    /// See ``VerdictStore/rollout(since:)``.
    public func rollout(since: Instant) async throws(VerdictStoreError) -> [RolloutLine] {
        try await store.rollout(since: since)
    }

    /// See ``VerdictStore/deleteVerdicts(before:keepingLatestPerDigest:dryRun:)``.
    public func deleteVerdicts(
        before: Instant, keepingLatestPerDigest: Bool, dryRun: Bool
    ) async throws(VerdictStoreError) -> Int {
        try await store.deleteVerdicts(before: before, keepingLatestPerDigest: keepingLatestPerDigest, dryRun: dryRun)
    }

    /// See ``VerdictStore/enqueue(_:)``.
    public func enqueue(_ job: NewJob) async throws(VerdictStoreError) -> Bool { try await store.enqueue(job) }

    /// See ``VerdictStore/claim(kinds:limit:at:lease:worker:)``.
    public func claim(
        kinds: Set<String>, limit: Int, at: Instant, lease: Int, worker: String
    ) async throws(VerdictStoreError) -> [Job] {
        try await store.claim(kinds: kinds, limit: limit, at: at, lease: lease, worker: worker)
    }

    /// See ``VerdictStore/finish(_:)``.
    public func finish(_ job: Job) async throws(VerdictStoreError) { try await store.finish(job) }

    /// See ``VerdictStore/retry(_:at:because:)``.
    public func retry(_ job: Job, at: Instant, because: String) async throws(VerdictStoreError) {
        try await store.retry(job, at: at, because: because)
    }

    /// See ``VerdictStore/queueDepth(at:)``.
    public func queueDepth(at: Instant) async throws(VerdictStoreError) -> Int { try await store.queueDepth(at: at) }

    /// See ``VerdictStore/check()``.
    public func check() async throws(VerdictStoreError) { try await store.check() }

    /// See ``VerdictStore/close()``.
    public func close() async { await store.close() }
}

/// How a file of SQLite is used.
public struct SQLiteOptions: Sendable, Hashable {
    /// How long a call waits while another process writes.
    public var patience: Duration
    /// The most bytes that the file may have; nil for as much as the disk holds. Beyond it calls throw
    /// ``VerdictStoreError/full(_:)``.
    public var largest: Int?
    /// What may be done to the file.
    public var access: StoreAccess

    /// Five seconds of patience, no limit, reading and writing.
    public init(patience: Duration = .seconds(5), largest: Int? = nil, access: StoreAccess = .readWrite) {
        self.patience = patience
        self.largest = largest
        self.access = access
    }
}

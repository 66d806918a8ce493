public import StrictEncoding

/// Verdicts and jobs in PostgreSQL 12 or later: where several replicas share history and queue.
public final class PostgreSQLVerdictStore: VerdictStore {
    private let store: SQLStore

    /// A store in the database that libpq finds: a connection string (`host=… dbname=…`), a URI (`postgresql://…`), or
    /// the empty text for what the `PG*` variables of the environment say. TLS is libpq's: `sslmode=verify-full
    /// sslrootcert=…`. Nothing is connected yet: a server that is down is an error of the calls made meanwhile.
    ///
    /// - Throws: ``VerdictStoreError/refused(_:)`` if the text is no connection string.
    public init(_ connection: String, options: PostgreSQLOptions = PostgreSQLOptions()) throws(VerdictStoreError) {
        store = SQLStore(engine: try PostgreSQLEngine(connection, options: options))
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

/// How a PostgreSQL server is used.
public struct PostgreSQLOptions: Sendable, Hashable {
    /// The most connections of this process.
    public var connections: Int
    /// How long one statement may take, on the server and until its answer is here.
    public var patience: Duration
    /// How long connecting to one address may take.
    public var connectPatience: Duration
    /// What may be done to the database. A replica that only reads serves ``StoreAccess/readOnly``.
    public var access: StoreAccess

    /// Four connections, 10 seconds for a statement, 5 to connect, reading and writing.
    public init(
        connections: Int = 4, patience: Duration = .seconds(10), connectPatience: Duration = .seconds(5),
        access: StoreAccess = .readWrite
    ) {
        self.connections = connections
        self.patience = patience
        self.connectPatience = connectPatience
        self.access = access
    }
}

public import StrictEncoding

/// The history of verdicts and the queue of work: ``SQLiteVerdictStore`` for one machine, ``PostgreSQLVerdictStore``
/// where several replicas share both. One suite of tests holds for the two.
///
/// Every method may be called from any task, waits for no longer than the store's patience, and never blocks a thread
/// of Swift's pool. What a call returned from is durable: it survives the end of the process and of the machine.
/// Cancelling a task does not cut a change short.
public protocol VerdictStore: Sendable {
    /// Where changes are made, if that is one thread which may wait for the disk: a task that runs there is spared
    /// changing to it and back. Nil where there is no such thread.
    var writingExecutor: (any TaskExecutor)? { get }

    /// Keeps the verdicts, all or none. One whose ID is known changes nothing, so that whoever is not sure whether an
    /// earlier call took effect may repeat it.
    func append(_ verdicts: [StoredVerdict]) async throws(VerdictStoreError)

    /// The verdict of this ID with its record and evidence.
    func verdict(_ id: VerdictID) async throws(VerdictStoreError) -> StoredVerdict?

    /// A page of verdicts, newest first.
    func verdicts(_ query: VerdictQuery) async throws(VerdictStoreError) -> VerdictPage

    /// The images whose verdicts rest on a fact, those decided last first. Evidence counts that was verified when the
    /// verdict was made, whatever the verdict.
    func affected(
        by fact: ImpactQuery, since: Instant?, limit: Int
    ) async throws(VerdictStoreError) -> [AffectedImage]

    /// What each policy decided since then, by policy and stage; sorted.
    func rollout(since: Instant) async throws(VerdictStoreError) -> [RolloutLine]

    /// Deletes verdicts decided before an instant, and evidence and facts that no verdict rests on any more, in steps
    /// that each hold up others only briefly. With `keepingLatestPerDigest` the last verdict on each digest stays,
    /// however old. Returns how many verdicts went, or with `dryRun` would go.
    func deleteVerdicts(
        before: Instant, keepingLatestPerDigest: Bool, dryRun: Bool
    ) async throws(VerdictStoreError) -> Int

    /// Queues a job. False: one of this kind and key waits already; that one stays as it is.
    func enqueue(_ job: NewJob) async throws(VerdictStoreError) -> Bool

    /// Takes up to `limit` jobs that wait or whose lease has ended, the longest waiting first, for `lease` seconds.
    /// No job is ever given to two callers at once.
    func claim(
        kinds: Set<String>, limit: Int, at: Instant, lease: Int, worker: String
    ) async throws(VerdictStoreError) -> [Job]

    /// The job is done and leaves the queue.
    ///
    /// - Throws: ``VerdictStoreError/conflict(_:)`` if the lease ended and another worker has claimed it since.
    func finish(_ job: Job) async throws(VerdictStoreError)

    /// The job waits again until an instant. If one of its kind and key was queued meanwhile, that one stands for both.
    ///
    /// - Throws: as ``finish(_:)``.
    func retry(_ job: Job, at: Instant, because: String) async throws(VerdictStoreError)

    /// How many jobs could be claimed at this instant.
    func queueDepth(at: Instant) async throws(VerdictStoreError) -> Int

    /// That the store is reachable, of this version's schema and writable: it writes.
    func check() async throws(VerdictStoreError)

    /// Waits for calls under way, then closes; later calls throw ``VerdictStoreError/closed``.
    func close() async
}

extension VerdictStore {
    /// The images whose verdicts rest on a fact: the 1000 decided last.
    public func affected(by fact: ImpactQuery) async throws(VerdictStoreError) -> [AffectedImage] {
        try await affected(by: fact, since: nil, limit: 1000)
    }

    /// Keeps every verdict that another store has: to go from SQLite to PostgreSQL, or back. IDs stay, so what was
    /// interrupted may be begun again. Verdicts that the other store gets meanwhile are not among them. Returns how many
    /// it has.
    public func copyVerdicts(from other: any VerdictStore) async throws(VerdictStoreError) -> Int {
        var query = VerdictQuery(limit: 200)
        var count = 0
        repeat {
            let page = try await other.verdicts(query)
            try await append(page.verdicts)
            count += page.verdicts.count
            query.after = page.next
        } while query.after != nil
        return count
    }
}

extension VerdictStore {
    /// None.
    public var writingExecutor: (any TaskExecutor)? { nil }
}

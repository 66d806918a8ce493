import StrictEncoding
import Synchronization
import VerdictStorage

/// A store that fails where a test wants it to, and otherwise is the one behind it.
final class FaultyStore: VerdictStore {
    enum Call: Hashable, CaseIterable { case append, verdicts, enqueue, claim, finish, retry, depth }

    private let real: any VerdictStore
    private let faults = Mutex<Set<Call>>([])

    init(_ real: any VerdictStore) { self.real = real }

    func fail(_ calls: Set<Call>) { faults.withLock { $0 = calls } }

    private func check(_ call: Call) throws(VerdictStoreError) {
        if faults.withLock({ $0.contains(call) }) { throw .unreachable("the test says so") }
    }

    func append(_ verdicts: [StoredVerdict]) async throws(VerdictStoreError) {
        try check(.append)
        try await real.append(verdicts)
    }

    func verdict(_ id: VerdictID) async throws(VerdictStoreError) -> StoredVerdict? { try await real.verdict(id) }

    func verdicts(_ query: VerdictQuery) async throws(VerdictStoreError) -> VerdictPage {
        try check(.verdicts)
        return try await real.verdicts(query)
    }

    func affected(
        by fact: ImpactQuery, since: Instant?, limit: Int
    ) async throws(VerdictStoreError) -> [AffectedImage] {
        try await real.affected(by: fact, since: since, limit: limit)
    }

    func rollout(since: Instant) async throws(VerdictStoreError) -> [RolloutLine] {
        try await real.rollout(since: since)
    }

    func deleteVerdicts(
        before: Instant, keepingLatestPerDigest: Bool, dryRun: Bool
    ) async throws(VerdictStoreError) -> Int {
        try await real.deleteVerdicts(before: before, keepingLatestPerDigest: keepingLatestPerDigest, dryRun: dryRun)
    }

    func enqueue(_ job: NewJob) async throws(VerdictStoreError) -> Bool {
        try check(.enqueue)
        return try await real.enqueue(job)
    }

    func claim(
        kinds: Set<String>, limit: Int, at: Instant, lease: Int, worker: String
    ) async throws(VerdictStoreError) -> [Job] {
        try check(.claim)
        return try await real.claim(kinds: kinds, limit: limit, at: at, lease: lease, worker: worker)
    }

    func finish(_ job: Job) async throws(VerdictStoreError) {
        try check(.finish)
        try await real.finish(job)
    }

    func retry(_ job: Job, at: Instant, because: String) async throws(VerdictStoreError) {
        try check(.retry)
        try await real.retry(job, at: at, because: because)
    }

    func queueDepth(at: Instant) async throws(VerdictStoreError) -> Int {
        try check(.depth)
        return try await real.queueDepth(at: at)
    }

    func check() async throws(VerdictStoreError) { try await real.check() }

    func close() async { await real.close() }
}

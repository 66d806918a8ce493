import StrictEncoding
import Synchronization
import VerdictStorage

/// A store in memory that fails as it is told, for tests of what stands before it.
final class ScriptedStore: VerdictStore {
    enum Mood: Sendable {
        case up
        case failing(VerdictStoreError)
        /// Answers when it is in another mood.
        case hanging
        /// Answers after so long.
        case slow(Duration)
        /// Refuses these verdicts and whatever is in one transaction with them.
        case choosy(Set<VerdictID>)
        /// Refuses what it is given first, and hangs from then on.
        case refusingThenHanging
    }

    struct State: Sendable {
        var mood = Mood.up
        var verdicts: [VerdictID: StoredVerdict] = [:]
        /// In the order in which they came.
        var arrivals: [VerdictID] = []
        /// How many verdicts each transaction had.
        var batches: [Int] = []
        /// How often it was given something.
        var calls = 0
    }

    private let state = Mutex(State())

    var arrivals: [VerdictID] { state.withLock { $0.arrivals } }
    var batches: [Int] { state.withLock { $0.batches } }
    var calls: Int { state.withLock { $0.calls } }

    private var isHanging: Bool { state.withLock { if case .hanging = $0.mood { true } else { false } } }

    func set(_ mood: Mood) { state.withLock { $0.mood = mood } }

    func append(_ verdicts: [StoredVerdict]) async throws(VerdictStoreError) {
        state.withLock { $0.calls += 1 }
        switch state.withLock({ $0.mood }) {
        case .up: break
        case .refusingThenHanging:
            set(.hanging)
            throw .invalid("one of these")
        case .failing(let error): throw error
        case .hanging: while isHanging { try? await Task.sleep(for: .milliseconds(5)) }
        case .slow(let duration): try? await Task.sleep(for: duration)
        case .choosy(let refused):
            if verdicts.contains(where: { refused.contains($0.id) }) { throw .invalid("not this one") }
        }
        state.withLock { state in
            state.batches.append(verdicts.count)
            for verdict in verdicts where state.verdicts.updateValue(verdict, forKey: verdict.id) == nil {
                state.arrivals.append(verdict.id)
            }
        }
    }

    func verdict(_ id: VerdictID) async throws(VerdictStoreError) -> StoredVerdict? {
        state.withLock { $0.verdicts[id] }
    }

    func verdicts(_ query: VerdictQuery) async throws(VerdictStoreError) -> VerdictPage {
        VerdictPage(verdicts: [], next: nil)
    }

    func affected(
        by fact: ImpactQuery, since: Instant?, limit: Int
    ) async throws(VerdictStoreError) -> [AffectedImage] { [] }

    func rollout(since: Instant) async throws(VerdictStoreError) -> [RolloutLine] { [] }

    func deleteVerdicts(
        before: Instant, keepingLatestPerDigest: Bool, dryRun: Bool
    ) async throws(VerdictStoreError) -> Int { 0 }

    func enqueue(_ job: NewJob) async throws(VerdictStoreError) -> Bool { true }

    func claim(
        kinds: Set<String>, limit: Int, at: Instant, lease: Int, worker: String
    ) async throws(VerdictStoreError) -> [Job] { [] }

    func finish(_ job: Job) async throws(VerdictStoreError) {}
    func retry(_ job: Job, at: Instant, because: String) async throws(VerdictStoreError) {}
    func queueDepth(at: Instant) async throws(VerdictStoreError) -> Int { 0 }
    func check() async throws(VerdictStoreError) {}
    func close() async {}
}

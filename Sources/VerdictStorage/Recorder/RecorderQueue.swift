import Deadlines
import Synchronization

/// A verdict that waits to be written.
struct RecorderItem: Sendable {
    let verdict: StoredVerdict
    /// Nil where nobody waits.
    let durability: PendingValue<Durability>?

    /// Bytes in memory, about.
    var size: Int {
        1024 + verdict.record.count
            + verdict.evidence.reduce(0) { $0 + $1.facts.reduce(128) { $0 + 64 + $1.value.utf8.count } }
    }
}

/// Verdicts in memory, and how the recorder fares.
struct RecorderQueue: Sendable {
    var state = RecorderState()
    /// Those who wait for the queue to be empty.
    var drains: [CheckedContinuation<Void, Never>] = []
    private var items: [RecorderItem] = []
    private var bytes = 0
    private var isWriting = false
    /// Failures of the store in a row, and until when it is left alone for them.
    private var failures = 0
    private var retryAt: ContinuousClock.Instant?

    /// Something waits, or is being written.
    var isBusy: Bool { isWriting || !items.isEmpty }

    /// Nil, or why there is no place.
    mutating func add(_ item: RecorderItem, _ limits: RecorderLimits) -> String? {
        guard state.waiting < limits.waiting, bytes + item.size <= limits.waitingBytes else {
            state.lostCount += 1
            return "\(state.waiting) verdicts wait already, which is as many as may"
        }
        items.append(item)
        bytes += item.size
        state.waiting += 1
        return nil
    }

    /// Whether the caller is to write.
    mutating func beginWriting() -> Bool {
        if isWriting || items.isEmpty { return false }
        isWriting = true
        return true
    }

    /// What goes into the next transaction; nil if nothing waits, and then nobody writes any more.
    mutating func nextBatch(_ limits: RecorderLimits) -> [RecorderItem]? {
        guard !items.isEmpty else {
            isWriting = false
            for drain in drains { drain.resume() }
            drains = []
            return nil
        }
        // Large records go in smaller batches, which hold up others for less long.
        var (count, size) = (0, 0)
        for item in items.prefix(max(limits.batch, 1)) {
            size += item.size
            if count > 0, size > 8 << 20 { break }
            count += 1
        }
        let batch = Array(items.prefix(count))
        items.removeFirst(count)
        return batch
    }

    /// These are durable or lost.
    mutating func done(_ batch: [RecorderItem]) {
        state.waiting -= batch.count
        for item in batch { bytes -= item.size }
    }

    func mayUseStore(now: ContinuousClock.Instant) -> Bool { retryAt.map { $0 <= now } ?? true }

    /// After each write to the store: nil if it succeeded. What it can't keep says nothing against the store.
    mutating func noteStore(_ failure: VerdictStoreError?, _ limits: RecorderLimits) {
        switch failure {
        case nil, .invalid:
            (failures, retryAt, state.storeFailure) = (0, nil, nil)
        case .some(let error):
            retryAt = .now + limits.retryAfter * (1 << min(failures, 5))
            failures += 1
            state.storeFailure = error.description
        }
    }
}

/// Passes on the first of two answers, the store's or its deadline's.
final class FirstAnswer: Sendable {
    private let told: Mutex<(@Sendable (VerdictStoreError?) -> Void)?>

    init(_ told: @escaping @Sendable (VerdictStoreError?) -> Void) { self.told = Mutex(told) }

    func give(_ answer: VerdictStoreError?) {
        let told = told.withLock { told in
            defer { told = nil }
            return told
        }
        told?(answer)
    }
}

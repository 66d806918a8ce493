import Synchronization

/// A verdict that waits to be written.
struct RecorderItem: Sendable {
    let verdict: StoredVerdict
    /// Nil where nobody waits.
    let waiter: RecorderWaiter?

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
    mutating func add(_ verdict: StoredVerdict, waiter: RecorderWaiter?, _ limits: RecorderLimits) -> String? {
        let item = RecorderItem(verdict: verdict, waiter: waiter)
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

/// Somebody who waits for one verdict; answered once.
final class RecorderWaiter: Sendable {
    private let state: Mutex<(continuation: CheckedContinuation<Durability, Never>?, timer: Task<Void, Never>?)>

    init(_ continuation: CheckedContinuation<Durability, Never>) { state = Mutex((continuation, nil)) }

    func answer(_ durability: Durability) {
        let (continuation, timer) = state.withLock { state in
            defer { state = (nil, nil) }
            return state
        }
        timer?.cancel()
        continuation?.resume(returning: durability)
    }

    func answer(_ durability: Durability, after wait: Duration) {
        let timer = Task {
            do { try await Task.sleep(for: wait) } catch { return }
            answer(durability)
        }
        let isAnswered = state.withLock { state in
            if state.continuation != nil { state.timer = timer }
            return state.continuation == nil
        }
        if isAnswered { timer.cancel() }
    }
}

/// Passes on the first of two answers.
final class FirstAnswer: Sendable {
    private let continuation: Mutex<CheckedContinuation<VerdictStoreError?, Never>?>

    init(_ continuation: CheckedContinuation<VerdictStoreError?, Never>) { self.continuation = Mutex(continuation) }

    func give(_ answer: VerdictStoreError?) {
        let continuation = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        continuation?.resume(returning: answer)
    }
}

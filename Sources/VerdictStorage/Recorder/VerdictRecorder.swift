import Synchronization

/// Sees to it that verdicts become durable: in the store, together with those of other callers; in the spool while the
/// store can't be had, and from there in the store, once each.
///
/// Whatever fails, a caller waits no longer than ``RecorderLimits/longestWait``.
public final class VerdictRecorder: Sendable {
    private let store: any VerdictStore
    private let spool: VerdictSpool?
    private let limits: RecorderLimits
    private let queue = Mutex(RecorderQueue())

    /// A recorder. It writes when it is given something; what lies in the spool it replays while ``run()`` runs.
    public init(store: any VerdictStore, spool: VerdictSpool?, limits: RecorderLimits = RecorderLimits()) {
        self.store = store
        self.spool = spool
        self.limits = limits
    }

    /// Hands a verdict over. With `mustBeDurable` it returns when the verdict is durable, or is known not to become so,
    /// or ``RecorderLimits/longestWait`` is over; else at once, with ``Durability/queued`` or ``Durability/lost(_:)``.
    public func record(_ verdict: StoredVerdict, mustBeDurable: Bool) async -> Durability {
        guard mustBeDurable else {
            let refusal = queue.withLock { $0.add(verdict, waiter: nil, limits) }
            write()
            return refusal.map(Durability.lost) ?? .queued
        }
        return await withCheckedContinuation { continuation in
            let waiter = RecorderWaiter(continuation)
            if let refusal = queue.withLock({ $0.add(verdict, waiter: waiter, limits) }) {
                waiter.answer(.lost(refusal))
                return
            }
            // It stays queued and is written when that can be done; only the caller goes on.
            waiter.answer(.queued, after: limits.longestWait)
            write()
        }
    }

    /// Replays the spool until the task is cancelled; then writes what waits in memory and ends.
    public func run() async {
        while !Task.isCancelled {
            if await !replay() {
                do { try await Task.sleep(for: limits.retryAfter) } catch { break }
            }
        }
        await drain()
    }

    /// Returns when nothing waits in memory any more: everything handed over before is durable or lost.
    public func drain() async {
        await withCheckedContinuation { continuation in
            let isEmpty = queue.withLock { queue in
                if !queue.isBusy { return true }
                queue.drains.append(continuation)
                return false
            }
            if isEmpty { continuation.resume() }
        }
        await measureSpool()
    }

    /// How it fares.
    public var state: RecorderState { queue.withLock { $0.state } }

    /// The spool as it is now, for ``state``: before anything was recorded it may hold what an earlier process left.
    public func measureSpool() async {
        guard let size = await spool?.size else { return }
        queue.withLock { queue in
            queue.state.spooled = size.verdicts
            queue.state.spooledBytes = size.bytes
            queue.state.damagedCount = size.damaged
        }
    }
}

// MARK: Writing

extension VerdictRecorder {
    /// Starts the one task that writes, unless it is at work. While it waits for the disk others hand over the next
    /// batch: hundreds of callers share a transaction.
    private func write() {
        guard queue.withLock({ $0.beginWriting() }) else { return }
        // Not a child of the caller, whose cancelling must not stop it.
        Task {
            while let batch = queue.withLock({ $0.nextBatch(limits) }) { await write(batch) }
        }
    }

    private func write(_ batch: [RecorderItem]) async {
        var failure: VerdictStoreError?
        if queue.withLock({ $0.mayUseStore(now: .now) }) {
            failure = await append(batch.map(\.verdict))
            guard let found = failure else {
                answer(batch, .stored) { $0.storedCount += batch.count }
                return
            }
            if case .invalid = found, batch.count > 1 {
                // One of them stands in the way of the others.
                for item in batch { await write([item]) }
                return
            }
        }
        if case .invalid(let why)? = failure {
            answer(batch, .lost(why)) { $0.lostCount += batch.count }
            return
        }
        await spool(batch)
    }

    private func spool(_ batch: [RecorderItem]) async {
        let storeFailure = state.storeFailure ?? "the verdict store is left alone for a while"
        guard let spool else {
            answer(batch, .lost(storeFailure + "; there is no spool")) { $0.lostCount += batch.count }
            return
        }
        do throws(VerdictStoreError) {
            try await spool.append(batch.map(\.verdict))
            await measureSpool()
            answer(batch, .spooled) { state in
                state.spooledCount += batch.count
                state.spoolFailure = nil
            }
        } catch {
            answer(batch, .lost("\(storeFailure); the spool: \(error)")) { state in
                state.lostCount += batch.count
                state.spoolFailure = "\(error)"
            }
        }
    }

    private func answer(_ batch: [RecorderItem], _ durability: Durability, _ count: (inout RecorderState) -> Void) {
        queue.withLock { queue in
            queue.done(batch)
            count(&queue.state)
        }
        for item in batch { item.waiter?.answer(durability) }
    }

    /// Nil if the store has them. A store that does not answer within its patience has failed; if it has stored them
    /// after all, it will know them when they come again from the spool.
    private func append(_ verdicts: [StoredVerdict]) async -> VerdictStoreError? {
        let failure = await withCheckedContinuation { (continuation: CheckedContinuation<VerdictStoreError?, Never>) in
            let first = FirstAnswer(continuation)
            let timer = Task {
                do { try await Task.sleep(for: limits.storePatience) } catch { return }
                first.give(.unreachable("no answer within \(limits.storePatience)"))
            }
            Task {
                do throws(VerdictStoreError) {
                    try await store.append(verdicts)
                    first.give(nil)
                } catch {
                    first.give(error)
                }
                timer.cancel()
            }
        }
        queue.withLock { $0.noteStore(failure, limits) }
        return failure
    }
}

// MARK: Replaying

extension VerdictRecorder {
    /// Brings some verdicts from the spool to the store, the oldest first. False if there was nothing to do, or if it
    /// could not be done now.
    private func replay() async -> Bool {
        guard let spool else { return false }
        await measureSpool()
        guard state.spooled > 0, queue.withLock({ $0.mayUseStore(now: .now) }) else { return false }
        do throws(VerdictStoreError) {
            guard let batch = try await spool.oldest(limit: limits.batch) else { return false }
            switch await append(batch.verdicts) {
            case nil: break
            case .invalid: guard await replayOneByOne(batch.verdicts) else { return false }
            case .some: return false
            }
            try await spool.discard(batch)
            await measureSpool()
            queue.withLock { $0.state.replayedCount += batch.verdicts.count }
            return true
        } catch {
            queue.withLock { $0.state.spoolFailure = "\(error)" }
            return false
        }
    }

    /// Whether the store has them all, save those that it can't keep, which are lost.
    private func replayOneByOne(_ verdicts: [StoredVerdict]) async -> Bool {
        for verdict in verdicts {
            switch await append([verdict]) {
            case nil: break
            case .invalid: queue.withLock { $0.state.lostCount += 1 }
            case .some: return false
            }
        }
        return true
    }
}

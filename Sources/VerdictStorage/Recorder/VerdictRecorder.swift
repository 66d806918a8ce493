public import Deadlines
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
        let durability = add([(verdict, mustBeDurable)])[0]
        return await durability.value(until: .now + limits.longestWait) ?? .queued
    }

    /// Hands verdicts over together, which go into one transaction where they fit. Never waits.
    ///
    /// - Returns: of each what becomes of it, in their order: for one that must be durable when that is known, for the
    ///   others at once. Whoever waits for no longer than ``RecorderLimits/longestWait`` takes it for queued until then:
    ///   it is written when that can be done.
    public func add(_ verdicts: [(verdict: StoredVerdict, mustBeDurable: Bool)]) -> [PendingValue<Durability>] {
        let pending = verdicts.map { _ in PendingValue<Durability>() }
        let refusals = queue.withLock { queue in
            zip(verdicts, pending).map { verdict, pending in
                queue.add(
                    RecorderItem(verdict: verdict.verdict, durability: verdict.mustBeDurable ? pending : nil), limits)
            }
        }
        for ((verdict, pending), refusal) in zip(zip(verdicts, pending), refusals) {
            if let refusal {
                pending.fulfil(.lost(refusal))
            } else if !verdict.mustBeDurable {
                pending.fulfil(.queued)
            }
        }
        write()
        return pending
    }

    /// How long a caller waits at most, see ``add(_:)``.
    public var longestWait: Duration { limits.longestWait }

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
    /// Begins to write, unless somebody does. While the disk is waited for others hand over the next batch: hundreds of
    /// callers share a transaction.
    private func write() {
        if queue.withLock({ $0.beginWriting() }) { writeNext() }
    }

    /// Gives the next batch away, and goes on with the one after it when that is done. No thread is changed for it while
    /// the store answers: whoever wrote tells those who wait, and takes the next batch.
    private func writeNext() {
        guard let batch = queue.withLock({ $0.nextBatch(limits) }) else { return }
        guard queue.withLock({ $0.mayUseStore(now: .now) }) else {
            Task {
                await spool(batch)
                writeNext()
            }
            return
        }
        append(batch.map(\.verdict)) { [self] failure in
            guard let failure else {
                answer(batch, .stored) { $0.storedCount += batch.count }
                return writeNext()
            }
            Task {
                await settle(batch, after: failure)
                writeNext()
            }
        }
    }

    /// What becomes of verdicts that the store did not take.
    private func settle(_ batch: [RecorderItem], after failure: VerdictStoreError) async {
        guard case .invalid(let why) = failure else { return await spool(batch) }
        guard batch.count > 1 else { return answer(batch, .lost(why)) { $0.lostCount += 1 } }
        // One of them stands in the way of the others.
        for item in batch {
            let alone = [item]
            // It may have failed meanwhile; then not each of them waits for it in turn.
            guard queue.withLock({ $0.mayUseStore(now: .now) }) else {
                await spool(alone)
                continue
            }
            if let failure = await append([item.verdict]) {
                await settle(alone, after: failure)
            } else {
                answer(alone, .stored) { $0.storedCount += 1 }
            }
        }
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
        for item in batch { item.durability?.fulfil(durability) }
    }

    /// Gives verdicts to the store.
    ///
    /// - Parameter told: called once, with nil if the store has them. A store that does not answer within its patience
    ///   has failed; if it has stored them after all, it will know them when they come again from the spool.
    private func append(
        _ verdicts: [StoredVerdict], _ told: @escaping @Sendable (VerdictStoreError?) -> Void
    ) {
        let answer = FirstAnswer { [self] failure in
            queue.withLock { $0.noteStore(failure, limits) }
            told(failure)
        }
        let timer = DeadlineTimer.shared.schedule(.now + limits.storePatience) { [limits] in
            answer.give(.unreachable("no answer within \(limits.storePatience)"))
        }
        // Not a child of any caller, whose cancelling must not stop it.
        Task(executorPreference: store.writingExecutor) { [store] in
            var failure: VerdictStoreError?
            do throws(VerdictStoreError) { try await store.append(verdicts) } catch { failure = error }
            DeadlineTimer.shared.cancel(timer)
            answer.give(failure)
        }
    }

    private func append(_ verdicts: [StoredVerdict]) async -> VerdictStoreError? {
        await withCheckedContinuation { continuation in append(verdicts) { continuation.resume(returning: $0) } }
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

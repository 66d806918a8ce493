import Deadlines
import Foundation
import StrictEncoding
import Testing

@testable import VerdictStorage

@Suite struct RecorderTests {
    private static let quick = RecorderLimits(
        storePatience: .seconds(60), longestWait: .seconds(60), retryAfter: .milliseconds(20))

    private func spool(_ directory: TemporaryDirectory, bytes: Int = 1 << 20) async throws -> VerdictSpool {
        try await VerdictSpool.open(directory: directory.path + "/spool", limits: SpoolLimits(bytes: bytes))
    }

    /// Until it holds, or for ten seconds.
    private func eventually(_ condition: () async -> Bool) async throws -> Bool {
        for _ in 0..<1000 {
            if await condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test func hundredsOfCallersShareTransactions() async throws {
        let directory = try TemporaryDirectory()
        let store = SQLiteVerdictStore(path: directory.path + "/v")
        let recorder = VerdictRecorder(store: store, spool: nil, limits: Self.quick)
        let verdicts = (0..<600).map { StoredVerdict.sample(Int64($0)) }
        let durabilities = await withTaskGroup(of: Durability.self) { group in
            for verdict in verdicts { group.addTask { await recorder.record(verdict, mustBeDurable: true) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(durabilities.allSatisfy { $0 == .stored })
        #expect(Set(try await everything(in: store)) == Set(verdicts))
        #expect(recorder.state.storedCount == 600 && recorder.state.waiting == 0)
        await store.close()
        // The same, counted.
        let counting = ScriptedStore()
        counting.set(.slow(.milliseconds(20)))
        let other = VerdictRecorder(store: counting, spool: nil, limits: Self.quick)
        await withTaskGroup(of: Void.self) { group in
            for verdict in verdicts { group.addTask { _ = await other.record(verdict, mustBeDurable: true) } }
        }
        let batches = counting.batches
        #expect(batches.count < 60 && batches.allSatisfy { $0 <= 256 }, "\(batches)")
    }

    @Test func whileTheStoreIsDownVerdictsAreSpooledAndThenReplayedOnceEach() async throws {
        let directory = try TemporaryDirectory()
        let store = ScriptedStore()
        let recorder = VerdictRecorder(store: store, spool: try await spool(directory), limits: Self.quick)
        let running = Task { await recorder.run() }
        let verdicts = (0..<50).map { StoredVerdict.sample(Int64($0)) }
        #expect(await recorder.record(verdicts[0], mustBeDurable: true) == .stored)
        store.set(.failing(.unreachable("down")))
        for verdict in verdicts[1..<40] { #expect(await recorder.record(verdict, mustBeDurable: true) == .spooled) }
        #expect(recorder.state.spooled == 39 && recorder.state.spooledBytes > 0)
        #expect(recorder.state.storeFailure?.contains("down") == true && recorder.state.canRecord)
        store.set(.up)
        #expect(try await eventually { recorder.state.spooled == 0 && recorder.state.storeFailure == nil })
        for verdict in verdicts[40...] { #expect(await recorder.record(verdict, mustBeDurable: true) == .stored) }
        running.cancel()
        await running.value
        let arrivals = store.arrivals
        #expect(arrivals == verdicts.map(\.id), "in the order in which they were decided")
        #expect(recorder.state.replayedCount == 39 && recorder.state.lostCount == 0)
    }

    /// What an earlier process left behind, found by the next.
    @Test func aLaterProcessReplaysTheSpool() async throws {
        let directory = try TemporaryDirectory()
        let verdicts = (0..<5).map { StoredVerdict.sample(Int64($0)) }
        do {
            let store = ScriptedStore()
            store.set(.failing(.corrupt("damaged")))
            let recorder = VerdictRecorder(store: store, spool: try await spool(directory), limits: Self.quick)
            for verdict in verdicts { #expect(await recorder.record(verdict, mustBeDurable: true) == .spooled) }
            await recorder.drain()
        }
        let store = ScriptedStore()
        // It crashed after the store had the first, before the spool knew.
        try await store.append([verdicts[0]])
        // The first lets go of the directory when its last task has ended.
        var opened: VerdictSpool?
        for _ in 0..<1000 {
            opened = try? await spool(directory)
            if opened != nil { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        let spool: VerdictSpool = try #require(opened)
        let recorder = VerdictRecorder(store: store, spool: spool, limits: Self.quick)
        await recorder.measureSpool()
        #expect(recorder.state.spooled == 5)
        let running = Task { await recorder.run() }
        #expect(try await eventually { recorder.state.spooled == 0 })
        running.cancel()
        await running.value
        #expect(store.arrivals == verdicts.map(\.id))
    }

    @Test func withBothDownACallerIsToldSoWithinItsBound() async throws {
        let directory = try TemporaryDirectory()
        let store = ScriptedStore()
        store.set(.failing(.unreachable("down")))
        let recorder = VerdictRecorder(store: store, spool: try await spool(directory, bytes: 10), limits: Self.quick)
        let start = ContinuousClock.now
        guard case .lost(let why) = await recorder.record(.sample(), mustBeDurable: true) else {
            Issue.record("it was told otherwise")
            return
        }
        #expect(start.duration(to: .now) < .seconds(30))
        #expect(why.contains("down") && why.contains("spool"))
        #expect(recorder.state.lostCount == 1 && !recorder.state.canRecord)
        let bare = VerdictRecorder(store: store, spool: nil, limits: Self.quick)
        guard case .lost = await bare.record(.sample(), mustBeDurable: true) else {
            Issue.record("it was told otherwise")
            return
        }
    }

    /// A store that hangs is a store that is down; what it stores after all is not stored twice.
    @Test func aStoreThatHangsHoldsUpNobody() async throws {
        let directory = try TemporaryDirectory()
        let store = ScriptedStore()
        store.set(.hanging)
        var limits = Self.quick
        limits.storePatience = .milliseconds(200)
        let recorder = VerdictRecorder(store: store, spool: try await spool(directory), limits: limits)
        let verdict = StoredVerdict.sample()
        let start = ContinuousClock.now
        #expect(await recorder.record(verdict, mustBeDurable: true) == .spooled)
        #expect(start.duration(to: .now) < .seconds(30))
        let running = Task { await recorder.run() }
        store.set(.up)
        #expect(try await eventually { recorder.state.spooled == 0 && store.batches.reduce(0, +) >= 2 })
        #expect(store.arrivals == [verdict.id])
        running.cancel()
        await running.value
    }

    @Test func aVerdictThatCannotBeKeptTakesNoOthersWithIt() async throws {
        let directory = try TemporaryDirectory()
        let store = ScriptedStore()
        let verdicts = (0..<20).map { StoredVerdict.sample(Int64($0)) }
        let recorder = VerdictRecorder(store: store, spool: try await spool(directory), limits: Self.quick)
        store.set(.choosy([verdicts[7].id]))
        let answers = await withTaskGroup(of: (VerdictID, Durability).self) { group in
            for verdict in verdicts {
                group.addTask { (verdict.id, await recorder.record(verdict, mustBeDurable: true)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for verdict in verdicts where verdict.id != verdicts[7].id { #expect(answers[verdict.id] == .stored) }
        #expect(answers[verdicts[7].id] == .lost("not this one"))
        #expect(recorder.state.storeFailure == nil && recorder.state.spooledCount == 0)
    }

    /// Given one by one for the sake of one among them, not each waits for a store that has begun to hang.
    @Test func singleVerdictsDoNotWaitOneAfterTheOther() async throws {
        let directory = try TemporaryDirectory()
        let store = ScriptedStore()
        store.set(.refusingThenHanging)
        var limits = Self.quick
        limits.storePatience = .seconds(1)
        limits.retryAfter = .seconds(600)
        let recorder = VerdictRecorder(store: store, spool: try await spool(directory), limits: limits)
        let pending = recorder.add((0..<8).map { (StoredVerdict.sample(Int64($0)), true) })
        for value in pending { #expect(await value.value(until: .now + .seconds(60)) == .spooled) }
        // On a busy machine the first may be taken for one that hangs.
        #expect(store.calls <= 2)
        store.set(.up)
    }

    @Test func whoNeedNotWaitDoesNot() async throws {
        let directory = try TemporaryDirectory()
        let store = ScriptedStore()
        store.set(.hanging)
        var limits = Self.quick
        limits.waiting = 10
        let recorder = VerdictRecorder(store: store, spool: try await spool(directory), limits: limits)
        var answers: [Durability] = []
        for number in 0..<15 { answers.append(await recorder.record(.sample(Int64(number)), mustBeDurable: false)) }
        // It returned while the store hung.
        #expect(store.batches.isEmpty && answers.prefix(10).allSatisfy { $0 == .queued })
        // The queue is bounded: more is not taken, and counted.
        #expect(answers.suffix(5).allSatisfy { if case .lost = $0 { true } else { false } })
        store.set(.up)
        await recorder.drain()
        #expect(recorder.state.waiting == 0 && recorder.state.storedCount == 10 && recorder.state.lostCount == 5)
        #expect(store.arrivals.count == 10)
    }

    /// More callers than the store can serve in time: each goes on after its bound, and what it handed over is kept.
    @Test func aCallerGoesOnAfterItsBound() async throws {
        let store = ScriptedStore()
        store.set(.slow(.milliseconds(100)))
        let limits = RecorderLimits(batch: 1, storePatience: .seconds(600), longestWait: .milliseconds(250))
        let recorder = VerdictRecorder(store: store, spool: nil, limits: limits)
        let answers = await withTaskGroup(of: Durability.self) { group in
            for number in 0..<8 { group.addTask { await recorder.record(.sample(Int64(number)), mustBeDurable: true) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.contains(.queued) && answers.allSatisfy { $0 == .queued || $0 == .stored })
        await recorder.drain()
        #expect(store.arrivals.count == 8)
    }

    /// SIGTERM: what was handed over is durable before the process ends.
    @Test func endingWritesWhatWaits() async throws {
        let store = ScriptedStore()
        store.set(.slow(.milliseconds(50)))
        let recorder = VerdictRecorder(store: store, spool: nil, limits: Self.quick)
        let running = Task { await recorder.run() }
        for number in 0..<300 { _ = await recorder.record(.sample(Int64(number)), mustBeDurable: false) }
        running.cancel()
        await running.value
        #expect(store.arrivals.count == 300)
    }

    @Test func twoRecordersNeverShareASpool() async throws {
        let directory = try TemporaryDirectory()
        let first = VerdictRecorder(
            store: ScriptedStore(), spool: try await spool(directory), limits: Self.quick)
        await #expect(throws: VerdictStoreError.self) { try await spool(directory) }
        #expect(await first.record(.sample(), mustBeDurable: true) == .stored)
    }
}

import Deadlines
import Landwaiter
import Synchronization
import Testing

@testable import AdmissionService

@Suite struct PendingValueTests {
    @Test func givesItsValueToAllWhoWait() async {
        let value = PendingValue<Int>()
        let sum = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<100 { group.addTask { await value.value(until: .now + patience) } }
            value.fulfil(7)
            value.fulfil(8)
            return await group.reduce(0) { $0 + ($1 ?? 0) }
        }
        #expect(sum == 700)
        #expect(await value.value(until: .now) == 7)
    }

    @Test func waitsNoLongerThanTheDeadline() async {
        let value = PendingValue<Int>()
        #expect(await value.value(until: .now + .milliseconds(20)) == nil)
        #expect(await value.value(until: .now - .seconds(5)) == nil)
        value.fulfil(1)
        #expect(await value.value(until: .now + patience) == 1)
    }
}

@Suite struct WorkQueueTests {
    let queue = WorkQueue(.init(running: 2, runningInLane: 1, waiting: 3, waitingInLane: 2))
    let begun = Begun()

    final class Begun: Sendable {
        let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }
    }

    func submit(_ name: String, _ lane: String) -> WorkQueue.Place { submit(name, lane, .shared, queue) }

    func submit(_ name: String, _ lane: String, _ tenant: TenantName, _ queue: WorkQueue) -> WorkQueue.Place {
        queue.submit(.init(lane: lane, tenant: tenant)) { [begun] in
            begun.names.withLock { $0.append(name) }
        } displaced: { [begun] in
            begun.names.withLock { $0.append("not " + name) }
        }
    }

    func end(_ lane: String) { queue.end(.init(lane: lane, tenant: .shared)) }

    @Test func boundsWhatRunsAndWhatWaits() {
        #expect(submit("a1", "a") == .began)
        #expect(submit("a2", "a") == .waits(1))
        #expect(submit("a3", "a") == .waits(2))
        #expect(submit("a4", "a") == .refused)
        #expect(submit("b1", "b") == .began)
        #expect(submit("b2", "b") == .waits(3))
        #expect(submit("c1", "c") == .refused)
        #expect(begun.all == ["a1", "b1"])
        #expect(queue.depth == (2, 3))
    }

    @Test func beginsInOrderPastWhatItsLaneHoldsUp() {
        _ = submit("a1", "a")
        _ = submit("b1", "b")
        _ = submit("a2", "a")
        _ = submit("c1", "c")
        end("b")
        #expect(begun.all == ["a1", "b1", "c1"])
        end("a")
        #expect(begun.all == ["a1", "b1", "c1", "a2"])
        end("c")
        end("a")
        #expect(queue.depth == (0, 0))
        #expect(submit("a3", "a") == .began)
    }

    @Test func givesTurnsToWhoeverHasTheLeastUnderWay() {
        let queue = WorkQueue(.init(running: 3, runningInLane: 3, waiting: 9, waitingInLane: 9))
        let (many, few) = (TenantName("many"), TenantName("few"))
        for number in 1...6 { _ = submit("many\(number)", "a", many, queue) }
        _ = submit("few1", "a", few, queue)
        _ = submit("few2", "a", few, queue)
        queue.end(.init(lane: "a", tenant: many))
        queue.end(.init(lane: "a", tenant: many))
        queue.end(.init(lane: "a", tenant: few))
        #expect(begun.all == ["many1", "many2", "many3", "few1", "many4", "few2"])
    }

    @Test func whoHasTheMostWaitingMakesRoomForOthers() {
        let queue = WorkQueue(.init(running: 1, runningInLane: 1, waiting: 4, waitingInLane: 4))
        let (many, few) = (TenantName("many"), TenantName("few"))
        for number in 1...5 { _ = submit("many\(number)", "a", many, queue) }
        #expect(submit("many6", "a", many, queue) == .refused)
        #expect(submit("few1", "b", few, queue) == .waits(5))
        #expect(submit("few2", "b", few, queue) == .waits(6))
        // More would turn the tables.
        #expect(submit("few3", "b", few, queue) == .refused)
        #expect(begun.all == ["many1", "not many5", "not many4"])
        #expect(queue.depth == (1, 4))
        for _ in 1...3 { queue.end(.init(lane: "a", tenant: many)) }
        for _ in 1...2 { queue.end(.init(lane: "b", tenant: few)) }
        #expect(begun.all.dropFirst(3) == ["many2", "many3", "few1", "few2"])
        #expect(queue.depth == (0, 0))
    }

    @Test func makesRoomInALaneOnlyByWhatWaitsInIt() {
        let queue = WorkQueue(.init(running: 1, runningInLane: 1, waiting: 9, waitingInLane: 2))
        let (many, few) = (TenantName("many"), TenantName("few"))
        for number in 1...3 { _ = submit("a\(number)", "a", many, queue) }
        for number in 1...2 { _ = submit("b\(number)", "b", many, queue) }
        #expect(submit("few1", "a", few, queue) == .waits(5))
        #expect(begun.all == ["a1", "not a3"])
        #expect(submit("few2", "a", few, queue) == .refused)
    }

    /// Beside a plain model of the same rules, over thousands of random steps.
    @Test(arguments: 0..<20) func doesAsAPlainListWould(_ seed: UInt64) {
        var random = Steps(state: seed)
        let bounds = WorkQueue.Bounds(running: 3, runningInLane: 2, waiting: 12, waitingInLane: 8)
        let queue = WorkQueue(bounds)
        var model = PlainQueue(bounds: bounds)
        let tenants = ["x", "y", "z"].map { TenantName($0) }
        for step in 0..<3_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let claim = WorkQueue.Claim(
                    lane: ["a", "b", "c"].randomElement(using: &random) ?? "a",
                    tenant: tenants.randomElement(using: &random) ?? .shared)
                let place = queue.submit(claim) { [begun] in
                    begun.names.withLock { $0.append("\(step)") }
                } displaced: { [begun] in
                    begun.names.withLock { $0.append("not \(step)") }
                }
                #expect(place == model.submit(claim, step))
            case 5..<8:
                guard let claim = model.running.randomElement(using: &random) else { continue }
                queue.end(claim)
                model.end(claim)
            default:
                let number = Int.random(in: 1...max(model.next, 1), using: &random)
                #expect(queue.withdraw(number) == model.withdraw(number))
            }
            #expect(queue.depth == (model.running.count, model.waiting.count))
        }
        #expect(begun.all == model.said)
        #expect(model.said.contains { $0.hasPrefix("not ") })
    }

    @Test func takesBackOnlyWhatHasNotBegun() {
        _ = submit("a1", "a")
        guard case .waits(let number) = submit("a2", "a") else {
            Issue.record("it does not wait")
            return
        }
        #expect(queue.withdraw(number))
        #expect(!queue.withdraw(number))
        end("a")
        #expect(begun.all == ["a1"])
    }
}

/// The same numbers for the same seed: SplitMix64.
private struct Steps: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The rules of a queue, written down as they are said.
private struct PlainQueue {
    let bounds: WorkQueue.Bounds
    var running: [WorkQueue.Claim] = []
    var waiting: [(number: Int, claim: WorkQueue.Claim, step: Int)] = []
    var said: [String] = []
    var next = 0

    mutating func submit(_ claim: WorkQueue.Claim, _ step: Int) -> WorkQueue.Place {
        if running.count < bounds.running, running.count(where: { $0.lane == claim.lane }) < bounds.runningInLane {
            running.append(claim)
            said.append("\(step)")
            return .began
        }
        let isLaneFull = waiting.count { $0.claim.lane == claim.lane } >= bounds.waitingInLane
        if isLaneFull || waiting.count >= bounds.waiting {
            let those = waiting.filter { !isLaneFull || $0.claim.lane == claim.lane }
            func count(_ tenant: TenantName) -> Int { those.count { $0.claim.tenant == tenant } }
            let most = those.map { count($0.claim.tenant) }.max() ?? 0
            guard most > count(claim.tenant) + 1, let leaving = those.last(where: { count($0.claim.tenant) == most })
            else { return .refused }
            waiting.removeAll { $0.number == leaving.number }
            said.append("not \(leaving.step)")
        }
        next += 1
        waiting.append((next, claim, step))
        return .waits(next)
    }

    mutating func end(_ claim: WorkQueue.Claim) {
        if let position = running.firstIndex(of: claim) { running.remove(at: position) }
        let free = waiting.filter { job in
            running.count { $0.lane == job.claim.lane } < bounds.runningInLane
        }
        func count(_ tenant: TenantName) -> Int { running.count { $0.tenant == tenant } }
        let least = free.map { count($0.claim.tenant) }.min()
        guard let job = free.first(where: { count($0.claim.tenant) == least }) else { return }
        waiting.removeAll { $0.number == job.number }
        running.append(job.claim)
        said.append("\(job.step)")
    }

    mutating func withdraw(_ number: Int) -> Bool {
        let before = waiting.count
        waiting.removeAll { $0.number == number }
        return waiting.count < before
    }
}

@Suite struct SharedWorkTests {
    @Test func isBegunOnceAndForgottenWhenDone() async {
        let work = SharedWork<String, Int>()
        let begun = Mutex(0)
        let shares = (0..<10).map { _ in
            work.share("k", refusal: 0) { _ in
                begun.withLock { $0 += 1 }
                return { false }
            }
        }
        #expect(begun.withLock { $0 } == 1)
        #expect(shares.map(\.isFirst) == [true] + Array(repeating: false, count: 9))
        work.end(shares[0], 7)
        for share in shares { #expect(share.value.current == 7) }
        #expect(work.count == 0)
        #expect(work.share("k", refusal: 0) { _ in { false } }.isFirst)
    }

    @Test func tellsAllWhoShareThatItWasRefused() {
        let work = SharedWork<String, Int>()
        let share = work.share("k", refusal: -1) { _ in nil }
        #expect(share.value.current == -1)
        #expect(work.count == 0)
    }

    @Test func isTakenBackWhenNobodyWaits() {
        let work = SharedWork<String, Int>()
        let taken = Mutex(0)
        func join() -> SharedWork<String, Int>.Share {
            work.share("k", refusal: 0) { _ in
                {
                    taken.withLock { $0 += 1 }
                    return true
                }
            }
        }
        let first = join()
        let second = join()
        work.leave(first)
        #expect(taken.withLock { $0 } == 0)
        work.leave(second)
        #expect(taken.withLock { $0 } == 1)
        #expect(work.count == 0)
        #expect(join().isFirst)
    }
}

@Suite struct AnswerTimesTests {
    @Test(arguments: [1, 10, 50, 100, 500, 1000, 5000, 9000, 30_000])
    func leaveTimeToAnswer(_ milliseconds: Int) {
        let begin = ContinuousClock.now
        let within = Duration.milliseconds(milliseconds)
        let times = AnswerTimes(from: begin, within: within, DecisionServiceConfiguration())
        #expect(times.decision <= times.answer)
        #expect(times.answer < begin + within)
        #expect(times.answer >= begin + within * 0.9)
        // Seven tenths are the decision's at least.
        #expect(times.decision >= begin + within * 0.69)
    }

    @Test func standWhereThereIsNoTime() {
        let begin = ContinuousClock.now
        #expect(AnswerTimes(from: begin, within: .seconds(-5), DecisionServiceConfiguration()).answer == begin)
    }
}

/// What burns time in decisions delays no deadline.
@Suite struct BurningTests {
    final class Fire: Sendable {
        let isOut = Mutex(false)
        let burning = Mutex(0)
    }

    struct Burning: ContentSource {
        let fire: Fire
        var transport: String { "docker" }
        func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
            fire.burning.withLock { $0 += 1 }
            // Long, not for ever: a test that fails should end.
            let end = ContinuousClock.now + .seconds(60)
            while !fire.isOut.withLock({ $0 }), ContinuousClock.now < end {}
            throw ContentSourceError(.imageNotFound, "it burnt")
        }
        func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
            throw ContentSourceError(.imageNotFound, "it burnt")
        }
        func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
            throw ContentSourceError(.imageNotFound, "it burnt")
        }
        func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers { Papers() }
        func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { [] }
    }

    struct Burners: SourceProvider {
        let fire: Fire
        func source(
            _ reference: ImageReference, namespace: String?, within: Duration
        ) throws(ContentSourceError) -> any ContentSource { Burning(fire: fire) }
    }

    @Test func deadlinesHoldWhileDecisionsBurnTime() async throws {
        let fire = Fire()
        let service = try await DecisionService(
            configuration: DecisionServiceConfiguration(),
            loader: { () throws(MaterialError) in try TestMaterial.material([TestMaterial.signed]) },
            sources: Burners(fire: fire), recorder: nil, metrics: ServiceMetrics(), events: nil, now: { noon })
        let questions = (0..<16).map {
            Question(image: "registry.example/app:\($0)", namespace: "finance", asker: Asker(surface: .api))
        }
        let answers = await service.decide(questions, within: .seconds(1))
        #expect(!fire.isOut.withLock { $0 })
        #expect(answers.allSatisfy { $0.record.headline?.code.name == "service.deadline-exceeded" })
        // They burn, or will as soon as they get a thread.
        while fire.burning.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(5)) }
        fire.isOut.withLock { $0 = true }
    }
}

@Suite struct DeadlineTimerTests {
    @Test func actsInTheOrderOfDeadlines() async {
        let timer = DeadlineTimer()
        let acted = Mutex<[Int]>([])
        let done = PendingValue<Bool>()
        let begin = ContinuousClock.now
        for number in [5, 1, 9, 3, 7] {
            _ = timer.schedule(begin + .milliseconds(number * 40)) {
                acted.withLock { $0.append(number) }
                if number == 9 { done.fulfil(true) }
            }
        }
        let gone = timer.schedule(begin + .milliseconds(100)) { acted.withLock { $0.append(-1) } }
        timer.cancel(gone)
        #expect(await done.value(until: .now + patience) == true)
        #expect(Set(acted.withLock { $0 }) == [1, 3, 5, 7, 9])
        #expect(timer.count == 0)
    }

    /// After the last deadline was met or taken back a new one is met, too.
    @Test func goesOnAfterAPause() async {
        let timer = DeadlineTimer()
        for _ in 0..<20 {
            let done = PendingValue<Bool>()
            timer.cancel(timer.schedule(.now + .milliseconds(1)) {})
            _ = timer.schedule(.now + .milliseconds(3)) { done.fulfil(true) }
            #expect(await done.value(until: .now + patience) == true)
        }
    }

    final class Counter: Sendable {
        private let count = Mutex(0)
        func add() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    @Test func meetsEachOfManyOnce() async {
        let timer = DeadlineTimer()
        let counter = Counter()
        let done = PendingValue<Bool>()
        let begin = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<2000 {
                group.addTask {
                    _ = timer.schedule(begin + .milliseconds(number * 7919 % 300)) {
                        if counter.add() == 2000 { done.fulfil(true) }
                    }
                }
            }
        }
        #expect(await done.value(until: .now + patience) == true)
        #expect(timer.count == 0)
        #expect(counter.add() == 2001)
    }
}

@Suite struct RunningTasksTests {
    @Test func endsWhatTakesTooLong() async {
        let tasks = RunningTasks()
        let ended = PendingValue<Bool>()
        tasks.run(atMost: .milliseconds(20)) {
            try? await Task.sleep(for: patience)
            ended.fulfil(Task.isCancelled)
        }
        #expect(await ended.value(until: .now + patience) == true)
    }

    @Test func endsAllAtOnce() async {
        let tasks = RunningTasks()
        let ended = (0..<10).map { _ in PendingValue<Bool>() }
        for value in ended.prefix(9) {
            tasks.run(atMost: patience) {
                try? await Task.sleep(for: patience)
                value.fulfil(Task.isCancelled)
            }
        }
        tasks.cancelAll()
        tasks.run(atMost: patience) { ended[9].fulfil(Task.isCancelled) }
        for value in ended { #expect(await value.value(until: .now + patience) == true) }
    }
}

import AdmissionService
import Landwaiter
import RegistrySimulator
import Synchronization
import Testing
import VerdictStorage

/// Whatever the registry does: an answer, its code, before the deadline.
@Suite struct FaultTests {
    /// A deadline that a test waits for. The fault lasts longer by far.
    static let deadline = Duration.seconds(1)

    /// Asks, and sees that the answer did not wait for the fault's end.
    func answer(
        _ fault: RegistryFault, on pattern: RequestPattern = .any, within: Duration = deadline
    ) async throws -> Answer {
        try await ServiceScene.with { scene in
            try scene.pushSigned()
            scene.registry.inject(fault, on: pattern)
            let begun = ContinuousClock.now
            let answer = await scene.ask(within: within)
            #expect(begun.duration(to: .now) < .seconds(600))
            return answer
        }
    }

    @Test func answersWhileTheRegistryIsSilent() async throws {
        let answer = try await answer(.silence)
        #expect(answer.record.verdict == .undecided)
        #expect(answer.record.headline?.code.name == "service.deadline-exceeded")
        #expect(answer.isBlocked)
        #expect(answer.pinned == nil)
    }

    @Test(arguments: [
        RegistryFault.delay(.seconds(3600)), .drip(bytes: 1, every: .seconds(60)), .endlessPages,
    ])
    func answersWhileTheRegistryIsSlow(_ fault: RegistryFault) async throws {
        let pattern: RequestPattern = if case .endlessPages = fault { .containing("/referrers/") } else { .any }
        let answer = try await answer(fault, on: pattern)
        // Pages without end are refused, or not over before the deadline.
        #expect(answer.record.verdict == .undecided)
        #expect(
            answer.record.headline?.code.name == "service.deadline-exceeded"
                || answer.record.headline?.code.effect == .undecided)
    }

    @Test func refusesABodyWithoutEnd() async throws {
        let answer = try await answer(.endlessBody, on: .containing("/manifests/v1"), within: patience)
        #expect(answer.record.verdict != .admit)
        #expect(answer.record.headline?.code == .limitManifestBytes)
    }

    @Test func saysThatItWasToldToSlowDown() async throws {
        let answer = try await answer(.tooManyRequests(), within: patience)
        #expect(answer.record.headline?.code == .registryRateLimited)
        #expect(answer.record.verdict == .undecided)
    }

    @Test func saysThatTheRegistryFails() async throws {
        let answer = try await answer(.status(503), within: patience)
        #expect(answer.record.headline?.code == .registryUnavailable)
        #expect(answer.record.verdict == .undecided)
    }

    @Test func saysThatTheRegistryIsDown() async throws {
        let gone = try ClosedPort()
        try await ServiceScene.with(registries: { places in
            places.registries = Set([RegistryHost(parsing: gone.host)].compactMap { $0 })
        }) { scene in
            let answer = await scene.ask("\(gone.host)/app:v1")
            #expect(answer.record.headline?.code == .registryUnreachable)
            #expect(answer.record.verdict == .undecided)
        }
        withExtendedLifetime(gone) {}
    }

    /// The work that nobody waited for has made the next answer a quick one.
    @Test func isWarmAfterADeadline() async throws {
        try await ServiceScene.with { scene in
            let image = try scene.pushSigned()
            let pattern = RequestPattern.containing("/manifests/\(image.digest)")
            scene.registry.inject(.delay(.seconds(2)), on: pattern, .first(1))
            let first = await scene.ask(scene.image("@\(image.digest)"), within: .milliseconds(200))
            #expect(first.record.headline?.code.name == "service.deadline-exceeded")
            let second = await scene.ask(scene.image("@\(image.digest)"))
            #expect(second.record.verdict == .admit)
            #expect(scene.registry.count(pattern) == 1)
        }
    }

    /// What was verified answers through an outage.
    @Test func answersFromVerifiedEvidenceInAnOutage() async throws {
        try await ServiceScene.with { scene in
            let image = try scene.pushSigned()
            #expect(await scene.ask().record.verdict == .admit)
            scene.registry.inject(.status(503))
            scene.clock.now = noon.adding(seconds: 1200)
            let answer = await scene.ask(scene.image("@\(image.digest)"))
            #expect(answer.record.verdict == .admit)
        }
    }

    @Test func shedsWhatDoesNotFit() async throws {
        try await ServiceScene.with { configuration in
            configuration.concurrentDecisions = 1
            configuration.queuedDecisions = 1
        } _: { scene in
            scene.registry.inject(.silence)
            async let running = scene.ask(scene.image(":a"))
            while scene.registry.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            async let queued = scene.ask(scene.image(":b"))
            while scene.metric("landwaiter_queued_decisions ") != ["landwaiter_queued_decisions 1"] {
                try await Task.sleep(for: .milliseconds(5))
            }
            let begun = ContinuousClock.now
            let shed = await scene.ask(scene.image(":c"))
            #expect(begun.duration(to: .now) < .seconds(600))
            #expect(shed.record.verdict == .undecided)
            #expect(shed.record.headline?.code.name == "service.overloaded")
            #expect(shed.isBlocked)
            #expect(
                scene.metric("landwaiter_shed_total") == ["landwaiter_shed_total{surface=\"kubernetes-validate\"} 1"])
            #expect(scene.service.readiness.isReady)
            #expect(scene.service.readiness.parts.first { $0.name == "load" }?.state == .degraded)
            // The process ends: what reads and what waits is answered, too.
            await scene.service.drain(within: .zero)
            #expect(await [running, queued].map(\.record.verdict) == [.undecided, .undecided])
            #expect(scene.metric("landwaiter_queued_decisions ") == ["landwaiter_queued_decisions 0"])
        }
    }

    /// A tenant that asks for much more than fits is answered with less; another one's question is decided.
    @Test func aFloodOfOneTenantLeavesRoomForAnother() async throws {
        try await ServiceScene.with(
            configure: {
                $0.concurrentDecisions = 1
                $0.queuedDecisions = 2
            },
            registries: { places in
                places.tenants = ["team-a", "team-b"].map {
                    .init(name: $0, namespaces: [$0], credentialFiles: [])
                }
            }
        ) { scene in
            try scene.pushSigned()
            scene.registry.inject(.delay(.seconds(3)), on: .containing("/manifests/a0"))
            async let first = scene.ask(scene.image(":a0"), namespace: "team-a")
            while scene.registry.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            async let second = scene.ask(scene.image(":a1"), namespace: "team-a")
            async let third = scene.ask(scene.image(":a2"), namespace: "team-a")
            while scene.metric("landwaiter_queued_decisions ") != ["landwaiter_queued_decisions 2"] {
                try await Task.sleep(for: .milliseconds(5))
            }
            let other = await scene.ask(namespace: "team-b")
            #expect(other.record.verdict == .admit)
            let flood = await [first, second, third].map { $0.record.headline?.code.name ?? "none" }
            #expect(flood[0] == "image.not-found")
            #expect(flood[1...].sorted() == ["image.not-found", "service.overloaded"])
        }
    }

    @Test func oneSlowRegistryLeavesRoomForAnother() async throws {
        try await SimulatedRegistry.with { other in
            other.contents.pushImage(in: "app", tag: "v1")
            try await ServiceScene.with(
                configure: {
                    $0.concurrentDecisions = 2
                    $0.concurrentDecisionsPerRegistry = 1
                    $0.queuedDecisionsPerRegistry = 0
                },
                registries: { places in
                    if let host = RegistryHost(parsing: other.host) { places.registries.insert(host) }
                }
            ) { scene in
                scene.registry.inject(.silence)
                async let stuck = scene.ask(within: .seconds(3))
                while scene.registry.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                #expect(await scene.ask(scene.image(":v2")).record.headline?.code.name == "service.overloaded")
                #expect(await scene.ask("\(other.host)/app:v1").record.verdict == .reject)
                #expect(await stuck.record.verdict == .undecided)
            }
        }
    }

    @Test func boundsQuestionsThatAreOpen() async throws {
        try await ServiceScene.with {
            $0.openQuestions = 10
        } _: { scene in
            try scene.pushSigned()
            let asker = Asker(surface: .api)
            let answers = await scene.service.decide(
                (0..<25).map { _ in Question(image: scene.image(), namespace: "finance", asker: asker) },
                within: patience)
            #expect(answers.count == 25)
            #expect(answers.prefix(10).allSatisfy { $0.record.verdict == .admit })
            #expect(answers.dropFirst(10).allSatisfy { $0.record.headline?.code.name == "service.overloaded" })
        }
    }

    @Test func asksNoRegistryThatIsNotConfigured() async throws {
        try await SimulatedRegistry.with { other in
            try await ServiceScene.with { scene in
                for image in [
                    "\(other.host)/app:v1", "localhost/app", "169.254.169.254/latest/meta-data", "debian",
                    "sub.\(scene.registry.host)/app", "x\(scene.registry.host)/app",
                ] {
                    let answer = await scene.ask(image)
                    #expect(answer.record.headline?.code.name == "service.registry-not-configured", "\(image)")
                    #expect(answer.record.verdict == .undecided)
                }
                #expect(other.requests.isEmpty)
                #expect(scene.registry.requests.isEmpty)
            }
        }
    }

    /// Thousands of images that nobody ever heard of, while the registry says nothing.
    @Test func staysSmallInAFloodOfImages() async throws {
        try await ServiceScene.with { configuration in
            configuration.concurrentDecisions = 4
            configuration.queuedDecisions = 16
        } _: { scene in
            scene.registry.inject(.silence)
            let asker = Asker(surface: .api, identity: "flood")
            var shed = 0
            for round in 0..<20 {
                let questions = (0..<250).map {
                    Question(
                        image: scene.image(":t\(round)-\($0)", "flood/r\($0)"), namespace: "finance", asker: asker)
                }
                let answers = await scene.service.decide(questions, within: .milliseconds(100))
                #expect(answers.count == 250)
                shed += answers.count { $0.record.headline?.code.name == "service.overloaded" }
            }
            #expect(shed >= 20 * (250 - 20))
            #expect(scene.metric("landwaiter_queued_decisions ") == ["landwaiter_queued_decisions 0"])
            #expect(scene.metric("landwaiter_open_questions ") == ["landwaiter_open_questions 0"])
            // All that is left is what four decisions are reading.
            #expect(scene.registry.requests.count <= 8)
            #expect(scene.metrics.seriesCount < 50)
        }
    }

    @Test func saysThatAVerdictIsRecordedNowhere() async throws {
        let recorder = VerdictRecorder(store: BrokenStore(), spool: nil)
        try await ServiceScene.with(recorder: recorder) { scene in
            try scene.pushSigned()
            let running = Task { await recorder.run() }
            defer { running.cancel() }
            let answer = await scene.ask()
            #expect(answer.record.verdict == .admit)
            #expect(!answer.isBlocked)
            #expect(!answer.durability.isDurable)
            #expect(answer.notes.map(\.code.name) == ["service.not-recorded"])
            #expect(answer.id != nil)
            #expect(scene.service.readiness.isReady)
            #expect(scene.service.readiness.parts.first { $0.name == "record" }?.state == .degraded)
            #expect(scene.events.of(.notRecorded).count == 1)
        }
    }

    /// Down, then back: verdicts are durable all the while, and in the store once each in the end.
    @Test func spoolsWhileTheStoreIsDown() async throws {
        let directory = try TemporaryDirectory()
        let kept = SQLiteVerdictStore(path: directory.path("verdicts.db"))
        let store = BrokenStore(base: kept)
        var limits = RecorderLimits()
        limits.retryAfter = .milliseconds(20)
        let recorder = VerdictRecorder(
            store: store, spool: try await VerdictSpool.open(directory: directory.path("spool")), limits: limits)
        try await ServiceScene.with(recorder: recorder) { scene in
            try scene.pushSigned()
            let running = Task { await recorder.run() }
            defer { running.cancel() }
            let first = await scene.ask()
            #expect(first.durability == .kept(.spooled))
            #expect(first.notes.isEmpty)
            let part = scene.service.readiness.parts.first { $0.name == "record" }
            #expect(part?.state == .degraded)
            #expect(scene.service.readiness.isReady)

            store.isDown.withLock { $0 = false }
            var ids = [first.id]
            while try await kept.verdict(try #require(first.id)) == nil {
                ids.append(await scene.ask().id)
                try await Task.sleep(for: .milliseconds(20))
            }
            await recorder.drain()
            while recorder.state.spooled > 0 { try await Task.sleep(for: .milliseconds(5)) }
            let stored = try await kept.verdicts(VerdictQuery(limit: 1000)).verdicts
            #expect(Set(stored.map(\.id)) == Set(ids.compactMap { $0 }))
            #expect(stored.count == ids.count)
        }
        await kept.close()
    }

    /// What waits for the store is cut as the store cuts it: some requests of a few megabytes would otherwise fill memory
    /// and spool, and the next verdict would be recorded nowhere.
    @Test func keepsNoMegabytesOfWhatWasAsked() async throws {
        let directory = try TemporaryDirectory()
        let recorder = VerdictRecorder(
            store: BrokenStore(), spool: try await VerdictSpool.open(directory: directory.path("spool")))
        try await ServiceScene.with(recorder: recorder) { scene in
            let running = Task { await recorder.run() }
            defer { running.cancel() }
            let answer = await scene.ask(String(repeating: "x ", count: 2 << 20))
            #expect(answer.record.verdict != .admit)
            #expect(answer.durability == .kept(.spooled))
            #expect(recorder.state.spooledBytes > 0)
            #expect(recorder.state.spooledBytes < 64 << 10)
        }
    }

    @Test func doesNotWaitForAStoreThatHangs() async throws {
        let recorder = VerdictRecorder(store: BrokenStore(hangs: true), spool: nil)
        try await ServiceScene.with(recorder: recorder) { scene in
            try scene.pushSigned()
            let running = Task { await recorder.run() }
            defer { running.cancel() }
            let begun = ContinuousClock.now
            let answer = await scene.ask(within: .seconds(2))
            #expect(begun.duration(to: .now) < .seconds(600))
            #expect(!answer.durability.isDurable)
            #expect(answer.notes.map(\.code.name) == ["service.not-recorded"])
        }
    }
}

/// A store that is down until a test says otherwise, or that never answers.
final class BrokenStore: VerdictStore {
    let isDown = Mutex(true)
    private let base: SQLiteVerdictStore?
    private let hangs: Bool

    init(base: SQLiteVerdictStore? = nil, hangs: Bool = false) {
        self.base = base
        self.hangs = hangs
    }

    private func fail() async throws(VerdictStoreError) -> Never {
        while hangs {
            // Nothing that cancels it helps whoever waits.
            try? await Task.sleep(for: .seconds(3600))
            if Task.isCancelled { break }
        }
        throw .unreachable("nobody listens")
    }

    func append(_ verdicts: [StoredVerdict]) async throws(VerdictStoreError) {
        guard !isDown.withLock({ $0 }), let base else { try await fail() }
        try await base.append(verdicts)
    }
    func verdict(_ id: VerdictID) async throws(VerdictStoreError) -> StoredVerdict? { try await fail() }
    func verdicts(_ query: VerdictQuery) async throws(VerdictStoreError) -> VerdictPage { try await fail() }
    func affected(
        by fact: ImpactQuery, since: Instant?, limit: Int
    ) async throws(VerdictStoreError) -> [AffectedImage] { try await fail() }
    func rollout(since: Instant) async throws(VerdictStoreError) -> [RolloutLine] { try await fail() }
    func deleteVerdicts(
        before: Instant, keepingLatestPerDigest: Bool, dryRun: Bool
    ) async throws(VerdictStoreError) -> Int { try await fail() }
    func enqueue(_ job: NewJob) async throws(VerdictStoreError) -> Bool { try await fail() }
    func claim(
        kinds: Set<String>, limit: Int, at: Instant, lease: Int, worker: String
    ) async throws(VerdictStoreError) -> [Job] { try await fail() }
    func finish(_ job: Job) async throws(VerdictStoreError) { try await fail() }
    func retry(_ job: Job, at: Instant, because: String) async throws(VerdictStoreError) { try await fail() }
    func queueDepth(at: Instant) async throws(VerdictStoreError) -> Int { try await fail() }
    func check() async throws(VerdictStoreError) { try await fail() }
    func close() async {}
}

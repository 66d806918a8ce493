import Content
import Crypto
import RegistrySimulator
import StrictEncoding
import Testing
import VerdictStorage

@testable import AdmissionServer

@Suite struct NotificationSurfaceTests {
    private typealias Bodies = NotificationBodies
    private let now = Instant(secondsSince1970: 1_764_000_000)

    /// A surface before a store of its own.
    private struct Scene {
        let directory: TemporaryDirectory
        let store: FaultyStore
        let counters = NotificationCounters()
        let surface: NotificationSurface

        init(_ registry: NotificationRegistry? = nil, work: NotificationWork = NotificationWork()) throws {
            directory = try TemporaryDirectory()
            store = FaultyStore(SQLiteVerdictStore(path: directory.path("verdicts.sqlite")))
            surface = NotificationSurface(
                try NotificationConfiguration(registries: [registry ?? Bodies.registry()], work: work), store: store,
                counters: counters, wake: NotificationWake())
        }

        func waiting(at: Instant) async throws -> [NotificationJob] {
            try await store.claim(
                kinds: NotificationJob.kinds, limit: 1000, at: at.adding(seconds: 100), lease: 1, worker: "test"
            ).map { try #require(NotificationJob($0)) }
        }

        func counted(_ line: String) -> Bool {
            String(decoding: counters.exposition(), as: UTF8.self).split(separator: "\n").contains { $0 == line }
        }
    }

    private func request(
        _ body: [UInt8], name: String = "central", headers: [String: String] = [:], caller: Caller? = nil,
        at: Instant? = nil,
        timeout: Duration = .seconds(3600), secret: String? = String(decoding: Bodies.secret, as: UTF8.self)
    ) -> SurfaceRequest {
        var all = ["content-type": "application/vnd.docker.distribution.events.v1+json"]
        all["authorization"] = secret
        return SurfaceRequest(
            path: "/v1/notifications/" + name, parameters: ["name": name],
            headers: all.merging(headers) { $1 }, body: body, caller: caller, receivedAt: at ?? now, timeout: timeout)
    }

    private var ledger: NotificationJob {
        get throws {
            .event(
                EventJob(
                    registry: "central", repository: "finance/ledger", tag: "1.0", digest: try .init(Bodies.digest)))
        }
    }

    // MARK: What is taken

    @Test func queuesAPushBeforeItAnswers() async throws {
        let scene = try Scene()
        let answer = await scene.surface.answer(request(Bodies.envelope(Bodies.push())))
        #expect(answer.status == 202)
        #expect(String(decoding: answer.body, as: UTF8.self) == #"{"accepted":1,"ignored":{},"queued":1,"refused":{}}"#)
        #expect(try await scene.waiting(at: now) == [ledger])
    }

    @Test func neverQueuesAHostOfABody() async throws {
        let scene = try Scene()
        let forged = Bodies.push(url: "https://evil.example/v2/a/manifests/b", host: "evil.example")
        _ = await scene.surface.answer(request(Bodies.envelope(forged)))
        let jobs = try await scene.store.claim(
            kinds: NotificationJob.kinds, limit: 9, at: now.adding(seconds: 9), lease: 1, worker: "test")
        #expect(jobs.count == 1)
        for job in jobs {
            let text = job.key + String(decoding: job.payload, as: UTF8.self)
            #expect(!text.utf8.split(separator: UInt8(ascii: "\"")).contains { $0.elementsEqual("evil.example".utf8) })
            #expect(try NotificationJob(job) == ledger)
        }
    }

    @Test func waitsForTheWindowSoThatEqualPushesAreOne() async throws {
        let scene = try Scene()
        for seconds: Int64 in 0..<3 {
            let push = Bodies.push(id: "event-\(seconds)")
            let answer = await scene.surface.answer(
                request(Bodies.envelope(push, push), at: now.adding(seconds: seconds)))
            #expect(answer.status == 202)
        }
        #expect(
            try await scene.store.claim(
                kinds: NotificationJob.kinds, limit: 9, at: now.adding(seconds: 1), lease: 9, worker: "early"
            ).isEmpty)
        #expect(try await scene.waiting(at: now) == [ledger])
    }

    @Test func queuesNothingForAnEventThatIsRepeated() async throws {
        let scene = try Scene()
        let body = Bodies.envelope(Bodies.push())
        _ = await scene.surface.answer(request(body))
        for job in try await scene.store.claim(
            kinds: NotificationJob.kinds, limit: 9, at: now.adding(seconds: 5), lease: 9, worker: "test")
        { try await scene.store.finish(job) }
        let again = await scene.surface.answer(request(body, at: now.adding(seconds: 60)))
        #expect(again.status == 202)
        #expect(try await scene.waiting(at: now.adding(seconds: 60)).isEmpty)
        // The id alone takes nobody else's place, and is forgotten in time.
        let other = Bodies.push(tag: "2.0", digest: Bodies.other)
        _ = await scene.surface.answer(request(Bodies.envelope(other), at: now.adding(seconds: 60)))
        _ = await scene.surface.answer(request(body, at: now.adding(seconds: 2000)))
        #expect(try await scene.waiting(at: now.adding(seconds: 2000)).count == 2)
    }

    @Test func takesABodyOfWhichEverythingIsRefused() async throws {
        let scene = try Scene()
        let answer = await scene.surface.answer(
            request(
                Bodies.envelope(
                    Bodies.push(repository: "../x"), Bodies.push(repository: "hr/payroll"), Bodies.push(tag: "a/b"),
                    Bodies.push(digest: "sha256:x"), Bodies.push(action: "pull"), ["action": 7])))
        #expect(answer.status == 202)
        #expect(
            String(decoding: answer.body, as: UTF8.self)
                == #"{"accepted":0,"ignored":{"other-action":1},"queued":0,"refused":"#
                + #"{"digest":1,"foreign-repository":1,"repository":1,"shape":1,"tag":1}}"#)
        #expect(try await scene.waiting(at: now).isEmpty)
        #expect(
            scene.counted(
                #"landwaiter_notification_events_total{registry="central",outcome="refused-foreign-repository"} 1"#))
    }

    // MARK: What is refused

    @Test func refusesWhoeverDoesNotProveItself() async throws {
        let scene = try Scene()
        for secret in [nil, "", "wrong", "Bearer " + String(decoding: Bodies.secret, as: UTF8.self)] {
            let answer = await scene.surface.answer(request(Bodies.envelope(Bodies.push()), secret: secret))
            #expect(answer.status == 401)
            // Nothing tells a missing proof from a wrong one.
            #expect(answer.body == Problem.notKnown.body())
        }
        #expect(try await scene.waiting(at: now).isEmpty)
        #expect(
            scene.counted(#"landwaiter_notification_requests_total{registry="central",outcome="unauthenticated"} 4"#))
    }

    @Test func readsNothingOfABodyBeforeItsSenderIsKnown() async throws {
        let scene = try Scene()
        let answer = await scene.surface.answer(request(Array("{".utf8), secret: nil))
        #expect(answer.status == 401)
    }

    @Test func wantsEveryProofThatIsConfigured() async throws {
        let signature = NotificationSignature(header: "x-signature", secret: SharedSecret([Bodies.secret]))
        let caller: ExactString = "spiffe://example.org/registry"
        let scene = try Scene(try Bodies.registry(authentication: [.caller([caller]), .signature(signature)]))
        let body = Bodies.envelope(Bodies.push())
        let code = Hex.encode(
            Array(HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Bodies.secret))))
        let known = Caller(.certificate, identity: caller.value)
        #expect(await scene.surface.answer(request(body, headers: ["x-signature": code])).status == 401)
        #expect(await scene.surface.answer(request(body, caller: known)).status == 401)
        // An identity that nothing proves is none.
        let claimed = Caller(.none, identity: caller.value)
        #expect(
            await scene.surface.answer(request(body, headers: ["x-signature": code], caller: claimed)).status == 401)
        #expect(await scene.surface.answer(request(body, headers: ["x-signature": code], caller: known)).status == 202)
    }

    @Test func aSignedBodyThatIsSentAgainChangesNothing() async throws {
        let signature = NotificationSignature(header: "x-signature", secret: SharedSecret([Bodies.secret]))
        let scene = try Scene(try Bodies.registry(authentication: [.signature(signature)]))
        let body = Bodies.envelope(Bodies.push())
        let code = Hex.encode(
            Array(HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Bodies.secret))))
        for _ in 0..<50 {
            #expect(await scene.surface.answer(request(body, headers: ["x-signature": code])).status == 202)
        }
        #expect(try await scene.store.queueDepth(at: .latest) == 1)
    }

    @Test func refusesUnknownNamesTypesAndShapes() async throws {
        let scene = try Scene()
        let body = Bodies.envelope(Bodies.push())
        #expect(await scene.surface.answer(request(body, name: "other")).status == 404)
        #expect(await scene.surface.answer(request(body, headers: ["content-type": "text/plain"])).status == 415)
        #expect(await scene.surface.answer(request(body, headers: ["content-encoding": "gzip"])).status == 415)
        #expect(await scene.surface.answer(request(Array("[]".utf8))).status == 400)
        let many = (["events": .array(Array(repeating: Bodies.push(), count: 257))] as JSONTree).canonicalBytes()
        #expect(await scene.surface.answer(request(many)).status == 413)
        #expect(try await scene.waiting(at: now).isEmpty)
    }

    @Test func boundsTheBody() throws {
        let scene = try Scene()
        #expect(scene.surface.routes == [SurfaceRoute("POST", "/v1/notifications/{name}", bodyByteLimit: 1 << 20)])
    }

    // MARK: Faults

    @Test(arguments: [FaultyStore.Call.enqueue, .depth])
    func keepsTheRegistryTryingWhileTheQueueCanNotBeWritten(_ call: FaultyStore.Call) async throws {
        let scene = try Scene()
        let body = Bodies.envelope(Bodies.push())
        scene.store.fail([call])
        let answer = await scene.surface.answer(request(body))
        #expect(answer.status == 503)
        #expect(answer.headers.contains { $0 == ("retry-after", "5") })
        scene.store.fail([])
        // The same event, and not taken for a repetition: it was never queued.
        let again = await scene.surface.answer(request(body))
        #expect(again.status == 202)
        #expect(try await scene.waiting(at: now) == [ledger])
        #expect(scene.counted(#"landwaiter_notification_requests_total{registry="central",outcome="not-queued"} 1"#))
    }

    @Test func boundsTheQueue() async throws {
        var work = NotificationWork()
        work.queueDepth = 3
        let scene = try Scene(work: work)
        for tag in ["1", "2", "3"] {
            #expect(await scene.surface.answer(request(Bodies.envelope(Bodies.push(tag: tag)))).status == 202)
        }
        let answer = await scene.surface.answer(request(Bodies.envelope(Bodies.push(tag: "4"))))
        #expect(answer.status == 429)
        #expect(answer.headers.contains { $0 == ("retry-after", "30") })
        #expect(try await scene.store.queueDepth(at: .latest) == 3)
        #expect(scene.counted(#"landwaiter_notification_requests_total{registry="central",outcome="queue-full"} 1"#))
    }

    @Test func answersInTimeEvenIfTheQueueIsSlow() async throws {
        let scene = try Scene()
        let answer = await scene.surface.answer(request(Bodies.envelope(Bodies.push()), timeout: .zero))
        #expect(answer.status == 503)
    }

    @Test func makesNoMetricOfWhatABodySays() async throws {
        let scene = try Scene()
        for index in 0..<2000 {
            let push = Bodies.push(action: "a\(index)", repository: "hr/\(index)", tag: "t\(index)")
            let other = Bodies.push(repository: "r\(index)/x", tag: "t\(index)")
            _ = await scene.surface.answer(request(Bodies.envelope(push, other), name: "central"))
            _ = await scene.surface.answer(request([], name: "name\(index)"))
        }
        let lines = String(decoding: scene.counters.exposition(), as: UTF8.self).split(separator: "\n")
        #expect(lines.count < 20)
    }

    // MARK: Memory

    @Test func forgetsTheOldestEvents() throws {
        let seen = SeenEvents(capacity: 100, seconds: 900)
        func event(_ index: Int) -> RegistryEvent {
            RegistryEvent(repository: "a/b", tag: "1", digest: nil, id: ExactString("\(index)"))
        }
        for index in 0..<1000 { seen.note([event(index), event(index)], of: "central", at: now) }
        #expect(seen.count == 100)
        #expect(seen.contains(event(999), of: "central", at: now))
        #expect(!seen.contains(event(999), of: "other", at: now))
        #expect(!seen.contains(event(899), of: "central", at: now))
        #expect(!seen.contains(event(999), of: "central", at: now.adding(seconds: 900)))
        let nameless = RegistryEvent(repository: "a/b", tag: "1", digest: nil, id: nil)
        seen.note([nameless], of: "central", at: now)
        #expect(!seen.contains(nameless, of: "central", at: now))
    }
}

import AdmissionService
import HTTPTransport
import Landwaiter
import Logging
import OCIDistribution
import RegistrySimulator
import ServiceLifecycle
import Signing
import Synchronization
import Testing
import VerdictStorage

@testable import AdmissionServer

/// A registry, a store, a service that judges, and a worker, in one process; everything in it is real but the clock.
struct NotificationScene {
    let registry: SimulatedRegistry
    let clock: NotificationClock
    let store: FaultyStore
    let service: DecisionService
    let sources: any SourceProvider
    let metrics: ServiceMetrics
    let transport: HTTPTransport
    let counters: NotificationCounters
    let reports: NotificationReports
    let configuration: NotificationConfiguration
    let worker: NotificationWorker
    let receiver: NotificationInbox

    static let key = Array("the key of the receiver, long enough".utf8)
    static let repository = "finance/ledger"

    static func with<Value>(
        namespaces: [String] = ["finance"], judgesUntagged: Bool = false, isInsecure: Bool = false,
        work change: (inout NotificationWork) -> Void = { _ in },
        isolation: isolated (any Actor)? = #isolation, _ body: (NotificationScene) async throws -> Value
    ) async throws -> Value {
        try await SimulatedRegistry.with { registry in
            try await NotificationInbox.with { inbox in
                let host = try #require(RegistryHost(parsing: registry.host))
                var work = NotificationWork()
                work.evidenceWindow = 0
                change(&work)
                let destinations =
                    try namespaces.isEmpty
                    ? [] : [NotificationDestination(repositories: [Glob("finance/**")], namespaces: namespaces)]
                let configuration = try NotificationConfiguration(
                    registries: [
                        NotificationRegistry(
                            name: "central", host: host, format: .distribution,
                            authentication: isInsecure
                                ? [.insecureAnyone]
                                : [.header(name: "Authorization", value: SharedSecret([NotificationBodies.secret]))],
                            repositories: [Glob("**")], destinations: destinations, judgesUntagged: judgesUntagged)
                    ],
                    receivers: [
                        NotificationReceiver(
                            name: "duty", url: WebURL(parsing: inbox.url), secret: SharedSecret([key]),
                            images: [Glob("**")])
                    ], work: work)
                return try await with(configuration, registry, inbox, body)
            }
        }
    }

    private static func with<Value>(
        _ configuration: NotificationConfiguration, _ registry: SimulatedRegistry, _ inbox: NotificationInbox,
        isolation: isolated (any Actor)? = #isolation, _ body: (NotificationScene) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory()
        let store = FaultyStore(SQLiteVerdictStore(path: directory.path("verdicts.sqlite")))
        let clock = NotificationClock()
        let transport = try HTTPTransport()
        let reports = NotificationReports()
        let counters = NotificationCounters { reports.add($0) }
        let recorder = VerdictRecorder(
            store: store, spool: nil, limits: RecorderLimits(storePatience: .seconds(600), longestWait: .seconds(600)))
        let recording = Task { await recorder.run() }
        let metrics = ServiceMetrics()
        let (service, sources) = try await judge(
            host: registry.host, recorder: recorder, transport: transport, metrics: metrics, now: { clock.now })
        let scene = NotificationScene(
            registry: registry, clock: clock, store: store, service: service, sources: sources, metrics: metrics,
            transport: transport, counters: counters, reports: reports, configuration: configuration,
            worker: NotificationWorker(
                configuration, store: store, service: service, sources: sources, transport: transport,
                counters: counters, wake: NotificationWake(), identity: "one", now: { clock.now }),
            receiver: inbox)
        func end() async {
            await service.drain(within: .zero)
            recording.cancel()
            await recording.value
            await transport.shutdown()
            await store.close()
            withExtendedLifetime(directory) {}
        }
        do {
            let value = try await body(scene)
            await end()
            return value
        } catch {
            await end()
            throw error
        }
    }

    /// A service whose one policy wants a signature by ``signer``, and what it reads from.
    static func judge(
        host: String, recorder: VerdictRecorder, transport: HTTPTransport, metrics: ServiceMetrics = ServiceMetrics(),
        now: @escaping @Sendable () -> Instant
    ) async throws -> (DecisionService, any SourceProvider) {
        let policies = try policies()
        var places = RegistrySourcesConfiguration(now: now, chance: { 0.5 })
        places.registries = Set([RegistryHost(parsing: host)].compactMap { $0 })
        places.exchangeTimeout = .seconds(60)
        places.retries = .once
        let sources = try RegistrySources(places, transport: transport, metrics: metrics, events: nil)
        var configuration = DecisionServiceConfiguration()
        configuration.longestDecision = .seconds(3600)
        let material = DecisionMaterial(
            pipeline: AdmissionPipeline(policies: policies), loadedAt: now(), summary: "one policy", trust: [])
        let service = try await DecisionService(
            configuration: configuration, loader: { () throws(MaterialError) in material }, sources: sources,
            recorder: recorder, metrics: metrics, events: nil, now: now)
        return (service, sources)
    }

    private static let signer = try? PrivateKey.generate(.ed25519)

    private static func policies() throws -> PolicySet {
        let text = """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: signed, owner: tests}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: ["**"], images: ["**"]}
              signers:
                release: {key: {file: release.pub}}
              require:
                - {id: signed, on: image, signature: {by: {atLeast: 1, of: [release]}}}

            """
        let pem = try #require(signer).publicKey.pem
        let source = PolicySource(
            name: "tests", files: [PolicyFile(path: "policy.yaml", bytes: Array(text.utf8))], mayCarryGuardrails: false
        ) { path in
            path.utf8.elementsEqual("release.pub".utf8)
                ? .success(Array(pem.utf8)) : .failure(KeyFileError("no such key"))
        }
        return try PolicySet.load([source])
    }

    // MARK: What a registry does

    func pushImage(tag: String? = "1.0", layer: String = "layer") -> Descriptor {
        registry.contents.pushImage(in: Self.repository, tag: tag, layer: layer)
    }

    /// Signs as cosign does, under its tag.
    @discardableResult
    func sign(_ image: Descriptor) throws -> Descriptor {
        let (payload, signature) = try Self.signature(of: image)
        return registry.contents.pushCosignTag(
            of: image.digest, "sig", in: Self.repository,
            layers: [(payload, ["dev.cosignproject.cosign/signature": signature])])
    }

    static func signature(of image: Descriptor) throws -> (payload: [UInt8], signature: String) {
        let payload = SimpleSigning.payload(
            dockerReference: "registry.example/finance/ledger", manifestDigest: image.digest)
        return (payload, Base64.encode(try #require(signer).sign(payload)))
    }

    /// Queues what the surface would for this push.
    func tell(tag: String?, digest: Digest?, repository: String = repository) async throws {
        let event = EventJob(registry: "central", repository: repository, tag: tag, digest: digest)
        _ = try await store.enqueue(NotificationJob.event(event).queued(notBefore: clock.now))
    }

    func tellPush(_ image: Descriptor, tag: String? = "1.0") async throws {
        try await tell(tag: tag, digest: image.digest)
    }

    func tellSignature(of image: Descriptor, _ signature: Descriptor) async throws {
        try await tell(tag: image.digest.cosignTag("sig"), digest: signature.digest)
    }

    // MARK: What came of it

    /// Works until nothing can be claimed at this instant.
    func work(_ workers: NotificationWorker...) async throws {
        let workers = workers.isEmpty ? [worker] : workers
        for _ in 0..<100 {
            var done = 0
            for worker in workers { done += try await worker.workOnce() }
            if done == 0 { return }
        }
        Issue.record("the queue never ends")
    }

    /// Another process on the same store.
    func another(_ store: (any VerdictStore)? = nil) -> NotificationWorker {
        NotificationWorker(
            configuration, store: store ?? self.store, service: service, sources: sources, transport: transport,
            counters: counters, wake: NotificationWake(), identity: "another", now: { [clock] in clock.now })
    }

    /// Every verdict, the last first.
    func verdicts() async throws -> [StoredVerdict] {
        try await store.verdicts(VerdictQuery(limit: 1000, isSummary: true)).verdicts
    }

    func counted(_ line: String) -> Bool {
        String(decoding: counters.exposition(), as: UTF8.self).split(separator: "\n").contains { $0 == line }
    }
}

final class NotificationClock: Sendable {
    private let instant = Mutex(Instant(secondsSince1970: 1_790_000_000))

    var now: Instant { instant.withLock { $0 } }
    func pass(_ seconds: Int64) { instant.withLock { $0 = $0.adding(seconds: seconds) } }
}

final class NotificationReports: Sendable {
    private let all = Mutex<[NotificationCounters.Report]>([])

    func add(_ report: NotificationCounters.Report) { all.withLock { $0.append(report) } }
    func of(_ kind: NotificationCounters.Report.Kind) -> [NotificationCounters.Report] {
        all.withLock { $0.filter { $0.kind == kind } }
    }
}

/// Whom verdicts are told: a server on loopback that keeps what it gets, and answers as a test says.
final class NotificationInbox: Surface {
    let name = SurfaceName.notification
    let routes = [SurfaceRoute("POST", "/inbox", bodyByteLimit: 1 << 20)]
    let proof = CallerProof.surface
    private let kept = Mutex<[SurfaceRequest]>([])
    private let status = Mutex(204)
    private let port = Mutex(0)

    var url: String { "http://127.0.0.1:\(port.withLock { $0 })/inbox" }

    /// What was answered with success.
    var received: [SurfaceRequest] { kept.withLock { $0 } }

    func answer(with status: Int) { self.status.withLock { $0 = status } }

    func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
        let status = status.withLock { $0 }
        if status < 300 { kept.withLock { $0.append(request) } }
        return SurfaceResponse(
            status: status,
            headers: status == 503 ? [("retry-after", "100")] : status == 302 ? [("location", url + "?moved")] : [],
            body: [])
    }

    /// The bodies, as JSON.
    func bodies() throws -> [JSONTree] {
        try received.map { try #require(JSONTree(JSONDocument(parsing: $0.body).root)) }
    }

    static func with<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (NotificationInbox) async throws -> Value
    ) async throws -> Value {
        let inbox = NotificationInbox()
        return try await serve(inbox) { port in
            inbox.port.withLock { $0 = port }
            return try await body(inbox)
        }
    }

    /// Serves a surface on a free port of loopback for as long as `body` runs.
    static func serve<Value>(
        _ surface: any Surface, now: @escaping @Sendable () -> Instant = { Instant(secondsSince1970: 1_790_000_000) },
        isolation: isolated (any Actor)? = #isolation, _ body: (Int) async throws -> Value
    ) async throws -> Value {
        let listener = ListenerConfiguration(
            name: "main", address: .tcp(host: "127.0.0.1", port: 0), surfaces: [surface.name], insecurePlaintext: true)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = try AdmissionServer(
            configuration: AdmissionServerConfiguration(listeners: [listener], access: [:]), surfaces: [surface],
            readiness: { Readiness([]) }, metrics: ServiceMetrics(), version: "0", notices: { _ in },
            isListening: { _, number in port.yield(number ?? 0) },
            now: now)
        let running = Task { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        let number = try #require(await iterator.next())
        do {
            let value = try await body(number)
            running.cancel()
            _ = await running.result
            return value
        } catch {
            running.cancel()
            _ = await running.result
            throw error
        }
    }
}

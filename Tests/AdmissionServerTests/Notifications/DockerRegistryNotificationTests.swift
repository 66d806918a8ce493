import AdmissionService
import Content
import Foundation
import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import Signing
import StrictEncoding
import Synchronization
import Testing
import VerdictStorage

@testable import AdmissionServer

/// Debian's docker-registry, which is not ours, tells our server what was pushed.
@Suite(.enabled(if: DockerRegistry.isInstalled)) struct DockerRegistryNotificationTests {
    /// Stands before the surface until the registry's port is known.
    private final class LateSurface: Surface {
        let name = SurfaceName.notification
        let routes = [SurfaceRoute("POST", "/v1/notifications/{name}", bodyByteLimit: 1 << 20)]
        let proof = CallerProof.surface
        private let inner = Mutex<NotificationSurface?>(nil)
        private let asked = Mutex<[SurfaceRequest]>([])

        func set(_ surface: NotificationSurface?) { inner.withLock { $0 = surface } }
        var requests: [SurfaceRequest] { asked.withLock { $0 } }

        func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
            asked.withLock { $0.append(request) }
            return await inner.withLock { $0 }?.answer(request) ?? SurfaceResponse(status: 503, body: [])
        }
    }

    @Test func aPushIsDecidedBeforeAnyoneAsksAndAgainWhenItIsSigned() async throws {
        let late = LateSurface()
        try await NotificationInbox.with { inbox in
            try await NotificationInbox.serve(late, now: { Self.now }) { port in
                let configuration = DockerRegistry.Configuration {
                    $0.endpoints = [
                        DockerRegistry.Endpoint(
                            url: "http://127.0.0.1:\(port)/v1/notifications/central",
                            headers: ["Authorization": String(decoding: NotificationBodies.secret, as: UTF8.self)])
                    ]
                }
                try await DockerRegistry.with(configuration) { registry in
                    try await tellOfPushes(registry, late, inbox)
                }
            }
        }
    }

    private static var now: Instant { Instant(secondsSince1970: Int64(Date().timeIntervalSince1970)) }

    private func tellOfPushes(
        _ registry: DockerRegistry, _ late: LateSurface, _ inbox: NotificationInbox
    ) async throws {
        let host = try #require(RegistryHost(parsing: registry.host))
        var work = NotificationWork()
        work.poll = .milliseconds(50)
        let configuration = try NotificationConfiguration(
            registries: [
                NotificationRegistry(
                    name: "central", host: host, format: .distribution,
                    authentication: [.header(name: "Authorization", value: SharedSecret([NotificationBodies.secret]))],
                    repositories: [Glob("finance/**")],
                    destinations: [
                        NotificationDestination(repositories: [Glob("finance/**")], namespaces: ["finance"])
                    ])
            ],
            receivers: [
                NotificationReceiver(
                    name: "duty", url: WebURL(parsing: inbox.url), secret: SharedSecret([NotificationScene.key]),
                    images: [Glob("**")])
            ], work: work)

        let directory = try TemporaryDirectory()
        let store = FaultyStore(SQLiteVerdictStore(path: directory.path("verdicts.sqlite")))
        let transport = try HTTPTransport()
        let recorder = VerdictRecorder(
            store: store, spool: nil, limits: RecorderLimits(storePatience: .seconds(600), longestWait: .seconds(600)))
        let recording = Task { await recorder.run() }
        let (service, sources) = try await NotificationScene.judge(
            host: registry.host, recorder: recorder, transport: transport, now: { Self.now })
        let (counters, wake) = (NotificationCounters(), NotificationWake())
        let worker = NotificationWorker(
            configuration, store: store, service: service, sources: sources, transport: transport, counters: counters,
            wake: wake, identity: "one", now: { Self.now })
        late.set(NotificationSurface(configuration, store: store, counters: counters, wake: wake))
        let working = Task { await worker.run() }

        // While the queue can't be written the registry keeps what it has to tell.
        store.fail([.enqueue])
        let image = try await push(to: registry, transport)
        try await eventually { counters.exposition().contains(#"outcome="not-queued""#) }
        store.fail([])
        try await eventually { try await self.verdicts(store).map(\.verdict) == ["reject"] }
        try await eventually { inbox.received.count == 1 }
        let requests = late.requests
        #expect(!requests.isEmpty)
        #expect(
            requests.allSatisfy {
                $0.headers["content-type"] == "application/vnd.docker.distribution.events.v1+json"
            })
        // The layer and the configuration were told of as well.
        #expect(counters.exposition().contains(#"outcome="ignored-not-a-manifest""#))

        try await sign(image, at: registry, transport)
        try await eventually { try await self.verdicts(store).map(\.verdict) == ["admit", "reject"] }
        try await eventually { inbox.received.count == 2 }
        let last = try #require(try inbox.bodies().last)
        #expect(last["type"] == "landwaiter.image.admitted")
        #expect(last["data"]?["digest"] == .string(image.digest.description))
        let verdicts = try await verdicts(store)
        #expect(verdicts.allSatisfy { $0.digest == image.digest.description && $0.surface == "notification" })

        working.cancel()
        await working.value
        await service.drain(within: .zero)
        recording.cancel()
        await recording.value
        await transport.shutdown()
        await store.close()
        withExtendedLifetime(directory) {}
    }

    private func verdicts(_ store: any VerdictStore) async throws -> [StoredVerdict] {
        try await store.verdicts(VerdictQuery(isSummary: true)).verdicts
    }

    private func eventually(_ condition: () async throws -> Bool) async throws {
        for _ in 0..<1200 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("it did not come about within a minute")
    }

    // MARK: Pushing

    private func sink(_ registry: DockerRegistry, _ transport: HTTPTransport) throws -> RegistrySink {
        let repository = try #require(
            RegistryRepository(try ImageReference(parsing: registry.host + "/finance/ledger")))
        let client = RegistryClient(
            RegistryClient.Configuration(now: { Self.now }, chance: { 0.5 }), transport: transport)
        return RegistrySink(repository, client: client)
    }

    private func push(to registry: DockerRegistry, _ transport: HTTPTransport) async throws -> Descriptor {
        let sink = try sink(registry, transport)
        let layer = VerifiedContent(namedByOwnDigest: Array("layer".utf8))
        let config = VerifiedContent(
            namedByOwnDigest: ImageConfiguration.configurationBytes(
                platform: Platform(os: "linux", architecture: "amd64"), diffIDs: [layer.digest]))
        let manifest = VerifiedContent(
            namedByOwnDigest: ImageManifest.imageBytes(
                config: Descriptor(of: config, mediaType: .ociConfiguration),
                layers: [Descriptor(of: layer, mediaType: "application/vnd.oci.image.layer.v1.tar")]))
        for content in [layer, config] { try await sink.put(content) }
        try await sink.putManifest(manifest, mediaType: .ociManifest, tag: "1.0")
        return Descriptor(of: manifest, mediaType: .ociManifest)
    }

    private func sign(_ image: Descriptor, at registry: DockerRegistry, _ transport: HTTPTransport) async throws {
        let sink = try sink(registry, transport)
        let (payload, signature) = try NotificationScene.signature(of: image)
        let layer = VerifiedContent(namedByOwnDigest: payload)
        let config = VerifiedContent(
            namedByOwnDigest: ImageConfiguration.configurationBytes(
                platform: Platform(os: "", architecture: ""), diffIDs: [layer.digest]))
        var descriptor = Descriptor(of: layer, mediaType: .simpleSigning)
        descriptor.annotations = ["dev.cosignproject.cosign/signature": signature]
        let manifest = VerifiedContent(
            namedByOwnDigest: ImageManifest.imageBytes(
                config: Descriptor(of: config, mediaType: .ociConfiguration), layers: [descriptor]))
        for content in [layer, config] { try await sink.put(content) }
        try await sink.putManifest(manifest, mediaType: .ociManifest, tag: image.digest.cosignTag("sig"))
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}

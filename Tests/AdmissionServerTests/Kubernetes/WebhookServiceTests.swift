import AdmissionService
import HTTPTransport
import Kubernetes
import Landwaiter
import OCIDistribution
import RegistrySimulator
import Synchronization
import Testing
import VerdictStorage

@testable import AdmissionServer

/// The webhooks over the service and a registry: what is pinned is what was read, and what is told is what was decided.
@Suite struct WebhookServiceTests {
    private static let noon = Instant(secondsSince1970: 1_790_000_000)
    /// Other suites may keep the machine busy.
    private static let patience = Duration.seconds(3600)

    private struct Scene {
        let registry: SimulatedRegistry
        let service: DecisionService
        let key: PrivateKey
        let metrics: ServiceMetrics
        let events: KeptEvents

        var image: String { registry.host + "/finance/ledger:v1" }

        func pushSigned(layer: String = "layer") throws -> Digest {
            let repository = "finance/ledger"
            let image = registry.contents.pushImage(in: repository, tag: "v1", layer: layer)
            let payload = SimpleSigning.payload(dockerReference: "registry.example/x", manifestDigest: image.digest)
            registry.contents.pushCosignTag(
                of: image.digest, "sig", in: repository,
                layers: [(payload, ["dev.cosignproject.cosign/signature": Base64.encode(try key.sign(payload))])])
            return image.digest
        }

        private func answer(_ surface: any Surface, _ fixture: ReviewFixture) async throws -> GivenAnswer {
            var request = try SurfaceRequest.to("/", fixture.body)
            request.timeout = WebhookServiceTests.patience
            return try await GivenAnswer(surface.answer(request))
        }

        func mutate(_ fixture: ReviewFixture) async throws -> GivenAnswer {
            try await answer(KubernetesMutation(service: service, configuration: KubernetesConfiguration()), fixture)
        }

        func validate(_ fixture: ReviewFixture) async throws -> GivenAnswer {
            try await answer(KubernetesValidation(service: service, configuration: KubernetesConfiguration()), fixture)
        }
    }

    /// One policy for each namespace that wants signatures, of that stage.
    private static func policies(_ stages: [(namespace: String, stage: String)]) -> String {
        stages.map { namespace, stage in
            """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: \(namespace), owner: tests}
            spec:
              enforcement: {stage: \(stage)}
              scope: {namespaces: [\(namespace)], images: ["**"]}
              signers:
                release: {key: {file: release.pub}}
              require:
                - {id: signed, on: image, signature: {by: {atLeast: 1, of: [release]}}}

            """
        }.joined(separator: "---\n")
    }

    private static func load(
        _ documents: String, guardrails: String? = nil, key: PrivateKey
    ) throws -> PolicySet {
        func source(_ name: String, _ text: String, guardrails: Bool) -> PolicySource {
            PolicySource(
                name: name, files: [PolicyFile(path: "policy.yaml", bytes: Array(text.utf8))],
                mayCarryGuardrails: guardrails
            ) { _ in .success(Array(key.publicKey.pem.utf8)) }
        }
        return try PolicySet.load(
            [source("tests", documents, guardrails: false)]
                + (guardrails.map { [source("caps", $0, guardrails: true)] } ?? []))
    }

    private static func with(
        recorder: VerdictRecorder? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: (Scene) async throws -> Void
    ) async throws {
        let key = try PrivateKey.generate(.ed25519)
        let policies = try load(Self.policies([("finance", "enforce"), ("trial", "warn")]), key: key)
        try await SimulatedRegistry.with(RegistryFeatures()) { registry in
            var places = RegistrySourcesConfiguration(now: { noon }, chance: { 0.5 })
            places.registries = Set([RegistryHost(parsing: registry.host)].compactMap { $0 })
            places.exchangeTimeout = patience
            var configuration = DecisionServiceConfiguration()
            configuration.longestDecision = patience
            let metrics = ServiceMetrics()
            let events = KeptEvents()
            let transport = try HTTPTransport()
            let service = try await DecisionService(
                configuration: configuration,
                loader: { () throws(MaterialError) in
                    DecisionMaterial(
                        pipeline: AdmissionPipeline(policies: policies), loadedAt: noon, summary: "2 policies")
                }, sources: try RegistrySources(places, transport: transport, metrics: metrics, events: nil),
                recorder: recorder, metrics: metrics, events: events, now: { noon })
            do {
                try await body(
                    Scene(registry: registry, service: service, key: key, metrics: metrics, events: events))
            } catch {
                await service.drain(within: .zero)
                await transport.shutdown()
                throw error
            }
            await service.drain(within: .zero)
            await transport.shutdown()
        }
    }

    @Test func aTagThatMovesBetweenTheWebhooksRunsNothingElse() async throws {
        try await Self.with { scene in
            let digest = try scene.pushSigned()
            let object = ReviewFixture.object("Pod", ReviewFixture.pod(scene.image))
            let given = ReviewFixture(object: object)
            let patch = try await scene.mutate(given).patch
            let patched = try #require(JSONPatch.apply(patch, to: object))
            #expect(patched == ReviewFixture.object("Pod", ReviewFixture.pod("\(scene.image)@\(digest)")))

            // Whoever can push moves the tag to something else, unsigned.
            scene.registry.contents.pushImage(in: "finance/ledger", tag: "v1", layer: "other")
            let validated = try await scene.validate(ReviewFixture(object: patched))
            #expect(validated.isAllowed == true && validated.annotation("verdict") == "admit")
            // A Pod that kept the tag would have pulled what nobody judged.
            let unpinned = try await scene.validate(given)
            #expect(unpinned.isAllowed == false)
        }
    }

    @Test func aTagThatWasAdmittedIsStillNoName() async throws {
        try await Self.with { scene in
            let digest = try scene.pushSigned()
            let given = ReviewFixture(object: ReviewFixture.object("Pod", ReviewFixture.pod(scene.image)))
            let answer = try await scene.validate(given)
            #expect(answer.isAllowed == false)
            #expect(answer.annotation("reason-codes") == "service.unpinned-reference")
            #expect(answer.message.contains("\(scene.image)@\(digest)"))
            // In a template it is judged, and stays as it is.
            let template = ReviewFixture(
                kind: "Deployment", object: ReviewFixture.object("Deployment", ReviewFixture.pod(scene.image)))
            #expect(try await scene.validate(template).isAllowed == true)
            #expect(try await scene.mutate(template).patch.isEmpty)
        }
    }

    /// `audit` finds every Pod that was kept out, also one whose image was admitted.
    @Test func whatIsDeniedStandsInTheRecordAsBlocked() async throws {
        let directory = try TemporaryDirectory()
        let store = SQLiteVerdictStore(path: directory.path("verdicts.db"))
        let recorder = VerdictRecorder(
            store: store, spool: nil, limits: RecorderLimits(storePatience: .seconds(600), longestWait: .seconds(600)))
        let running = Task { await recorder.run() }
        defer { running.cancel() }
        try await Self.with(recorder: recorder) { scene in
            _ = try scene.pushSigned()
            let pod = ReviewFixture(object: ReviewFixture.object("Pod", ReviewFixture.pod(scene.image)))
            #expect(try await scene.validate(pod).isAllowed == false)
            let denied = try await store.verdicts(VerdictQuery()).verdicts
            #expect(denied.map(\.verdict) == ["admit"] && denied.map(\.isBlocked) == [true])
            #expect(denied.map(\.headline) == ["service.unpinned-reference"])
            // The mutating webhook denies nothing, and in a template a tag may stay.
            _ = try await scene.mutate(pod)
            let template = ReviewFixture(
                kind: "Deployment", object: ReviewFixture.object("Deployment", ReviewFixture.pod(scene.image)))
            #expect(try await scene.validate(template).isAllowed == true)
            await recorder.drain()
            let all = try await store.verdicts(VerdictQuery()).verdicts
            #expect(all.count == 3 && all.count { $0.isBlocked } == 1)
        }
        await store.close()
    }

    @Test func whatIsNotSignedIsDeniedWithItsReason() async throws {
        try await Self.with { scene in
            scene.registry.contents.pushImage(in: "finance/ledger", tag: "v1")
            let pod = ReviewFixture.pod("registry.example/\u{202e}x", initImages: [scene.image])
            let answer = try await scene.validate(ReviewFixture(object: ReviewFixture.object("Pod", pod)))
            #expect(answer.isAllowed == false && answer.message.hasPrefix("2 of 2 images of Pod `ledger`"))
            #expect(answer.message.contains("image.malformed-reference"))
            #expect(answer.message.contains("rule: tests/finance#signed"))
            #expect(answer.message.contains("mend: "))
            #expect(try await scene.mutate(ReviewFixture(object: ReviewFixture.object("Pod", pod))).patch.isEmpty)
        }
    }

    @Test func theNamespaceOfTheRequestChoosesThePolicies() async throws {
        try await Self.with { scene in
            scene.registry.contents.pushImage(in: "finance/ledger", tag: "v1")
            let object = ReviewFixture.object(
                "Pod", ReviewFixture.pod(scene.image), metadata: ["namespace": .null])
            let trial = try await scene.validate(ReviewFixture(namespace: "trial", object: object))
            #expect(trial.isAllowed == true && trial.warnings.count == 1)
            let finance = try await scene.validate(ReviewFixture(object: object))
            #expect(finance.isAllowed == false)
            // Nobody speaks for it: nothing empty passes.
            let nowhere = try await scene.validate(ReviewFixture(namespace: "nowhere", object: object))
            #expect(nowhere.isAllowed == false)
        }
    }

    @Test func anObjectThatCannotBeReadFollowsTheStagesOfItsNamespace() throws {
        let key = try PrivateKey.generate(.ed25519)
        let stages = [("enforced", "enforce"), ("warned", "warn"), ("watched", "observe")]
        let policies = try Self.load(Self.policies(stages), key: key)
        #expect(policies.blocksUnread(in: "enforced"))
        #expect(!policies.blocksUnread(in: "warned") && !policies.blocksUnread(in: "watched"))
        #expect(policies.blocksUnread(in: "nowhere") && policies.blocksUnread(in: nil))
        // A denial is never staged, and it can't be told that it does not apply.
        let denying = """
            apiVersion: landwaiter.dev/v1
            kind: Guardrail
            metadata: {name: organisation, owner: security}
            spec:
              scope: {namespaces: [warned], images: ["**"]}
              deny: [{id: no-latest, on: image, image: {tag: {in: [latest]}}}]
            """
        let capped = try Self.load(Self.policies(stages), guardrails: denying, key: key)
        #expect(capped.blocksUnread(in: "warned") && !capped.blocksUnread(in: "watched"))
    }

    @Test func operatorsHearOfWhatTheWebhookRefusesByItself() async throws {
        try await Self.with { scene in
            _ = try scene.pushSigned()
            var fixture = ReviewFixture(object: ReviewFixture.object("Pod", ReviewFixture.pod(scene.image)))
            fixture.isDryRun = true
            #expect(try await scene.validate(fixture).isAllowed == false)
            #expect(scene.events.all.isEmpty)
            fixture.isDryRun = false
            #expect(try await scene.validate(fixture).isAllowed == false)
            let event = try #require(scene.events.all.first)
            #expect(event.kind == .refused && event.code == .serviceUnpinnedReference)
            #expect(event.members.contains { $0.name == "image" && $0.value == scene.image })
            #expect(event.members.contains { $0.name == "namespace" && $0.value == "finance" })

            // An object that can't be read is let into a namespace that only warns, and is heard of.
            let odd = ReviewFixture(
                kind: "Rollout", namespace: "trial",
                object: ReviewFixture.object("Rollout", ReviewFixture.pod("a"), metadata: ["namespace": "trial"]))
            #expect(try await scene.validate(odd).isAllowed == true)
            #expect(scene.events.all.map(\.kind) == [.refused, .wouldRefuse])
            let exposition = String(decoding: scene.metrics.exposition(), as: UTF8.self)
            for code in ["service.unpinned-reference", "service.unread-workload"] {
                #expect(exposition.split(separator: "\n").contains { $0.contains("\"\(code)\"") && $0.hasSuffix(" 1") })
            }
        }
    }

    @Test func gatekeeperGetsTheSameDecisions() async throws {
        try await Self.with { scene in
            let digest = try scene.pushSigned()
            let keys = ["finance|\(scene.image)", "nowhere|\(scene.image)"]
            let body: JSONTree = [
                "apiVersion": "externaldata.gatekeeper.sh/v1beta1", "kind": "ProviderRequest",
                "request": ["keys": JSONTree(strings: keys)],
            ]
            var request = try SurfaceRequest.to("/v1/gatekeeper", body.canonicalBytes())
            request.timeout = Self.patience
            let answer = try await GivenAnswer(GatekeeperProvider(service: scene.service).answer(request))
            let items = answer.list(answer.response?["items"])
            #expect(items.map { $0["key"] } == keys.map { .string($0) })
            #expect(items.first?["value"] == .string("\(scene.image)@\(digest)"))
            #expect(answer.text(items.last?["error"]).isEmpty == false && items.last?["value"] == nil)
        }
    }
}

private final class KeptEvents: EventSink {
    private let kept = Mutex<[ServiceEvent]>([])
    var all: [ServiceEvent] { kept.withLock { $0 } }
    func emit(_ event: ServiceEvent) { kept.withLock { $0.append(event) } }
}

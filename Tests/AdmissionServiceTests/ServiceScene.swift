import AdmissionService
import HTTPTransport
import Landwaiter
import OCIDistribution
import RegistrySimulator
import Signing
import Synchronization
import VerdictStorage

/// What is seldom true of a test's machine: other suites may keep every thread of the process busy for a long time. Limits
/// of time that a test does not mean are this long.
let patience = Duration.seconds(3600)

/// The second at which everything happens, unless a test moves it.
let noon = Instant(secondsSince1970: 1_790_000_000)

/// A clock that stands until it is set.
final class TestClock: Sendable {
    private let instant = Mutex(noon)
    var now: Instant {
        get { instant.withLock { $0 } }
        set { instant.withLock { $0 = newValue } }
    }
}

/// Keeps events.
final class EventList: EventSink {
    private let all = Mutex<[ServiceEvent]>([])
    var events: [ServiceEvent] { all.withLock { $0 } }
    func emit(_ event: ServiceEvent) { all.withLock { $0.append(event) } }
    func of(_ kind: ServiceEvent.Kind) -> [ServiceEvent] { events.filter { $0.kind == kind } }
}

extension ServiceEvent {
    func member(_ name: String) -> String? { members.first { $0.name == name }?.value }
}

/// Policies and keys of the tests.
enum TestMaterial {
    static let key = try? PrivateKey.generate(.ed25519)
    struct NoKey: Error {}

    /// Everything has to be signed; in `open` nothing is asked, `watched` and `warned` are not enforced yet.
    static func policy(_ name: String, namespaces: String, stage: String, rule: String? = nil) -> String {
        """
        apiVersion: landwaiter.dev/v1
        kind: AdmissionPolicy
        metadata: {name: \(name), owner: tests}
        spec:
          enforcement: {stage: \(stage)}
          scope: {namespaces: \(namespaces), images: ["**"]}
          signers:
            release: {key: {file: release.pub}}
          require:
            \(rule ?? "- {id: signed, on: image, signature: {by: {atLeast: 1, of: [release]}}}")

        """
    }

    static let signed = policy("signed", namespaces: "[finance, other, team-a, team-b]", stage: "enforce")
    static let watched = policy("watched", namespaces: "[watched]", stage: "observe")
    /// Looks at the name alone.
    static let open = policy(
        "open", namespaces: "[open]", stage: "enforce",
        rule: "- {id: tagged, on: image, image: {tag: {glob: [\"**\"]}}}")

    static func load(_ documents: [String]) throws(MaterialError) -> PolicySet {
        guard let key else { throw MaterialError("no key") }
        let pem = key.publicKey.pem
        let files = documents.enumerated().map {
            PolicyFile(path: "policy-\($0).yaml", bytes: Array($1.utf8))
        }
        let source = PolicySource(name: "tests", files: files, mayCarryGuardrails: false) { path in
            path.utf8.elementsEqual("release.pub".utf8)
                ? .success(Array(pem.utf8)) : .failure(KeyFileError("no such key"))
        }
        do throws(PolicyLoadFailure) { return try PolicySet.load([source]) } catch {
            throw MaterialError(error.errors.first.map { "\($0)" } ?? "broken", mend: "mend the policy")
        }
    }

    static func material(_ documents: [String], trust: [TrustExpiry] = []) throws(MaterialError) -> DecisionMaterial {
        let policies = try load(documents)
        return DecisionMaterial(
            pipeline: AdmissionPipeline(policies: policies), loadedAt: noon,
            summary: "\(policies.policies.count) policies", trust: trust)
    }
}

/// What a loader gives, at a test's will.
final class TestLoader: Sendable {
    private let state: Mutex<(documents: [String], failure: MaterialError?, loads: Int)>
    private let trust: [TrustExpiry]

    init(_ documents: [String], trust: [TrustExpiry] = []) {
        state = Mutex((documents, nil, 0))
        self.trust = trust
    }
    var loads: Int { state.withLock { $0.loads } }
    func set(_ documents: [String]) { state.withLock { $0 = (documents, nil, $0.loads) } }
    func fail(_ error: MaterialError) { state.withLock { $0.failure = error } }

    func load() throws(MaterialError) -> DecisionMaterial {
        let (documents, failure) = state.withLock { state in
            state.loads += 1
            return (state.documents, state.failure)
        }
        if let failure { throw failure }
        return try TestMaterial.material(documents, trust: trust)
    }
}

/// A service over a simulated registry, with everything that a test looks at.
struct ServiceScene {
    let registry: SimulatedRegistry
    let service: DecisionService
    let metrics: ServiceMetrics
    let events: EventList
    let clock: TestClock
    let loader: TestLoader
    static let repository = "finance/ledger"

    static func with<Value>(
        documents: [String] = [TestMaterial.signed, TestMaterial.watched, TestMaterial.open],
        features: RegistryFeatures = RegistryFeatures(), recorder: VerdictRecorder? = nil,
        trust: [TrustExpiry] = [],
        configure: (inout DecisionServiceConfiguration) -> Void = { _ in },
        registries: (inout RegistrySourcesConfiguration) -> Void = { _ in },
        isolation: isolated (any Actor)? = #isolation,
        _ body: (ServiceScene) async throws -> Value
    ) async throws -> Value {
        try await SimulatedRegistry.with(features) { registry in
            let clock = TestClock()
            let metrics = ServiceMetrics()
            let events = EventList()
            let loader = TestLoader(documents, trust: trust)
            var places = RegistrySourcesConfiguration(now: { clock.now }, chance: { 0.5 })
            places.registries = Set([RegistryHost(parsing: registry.host)].compactMap { $0 })
            places.exchangeTimeout = patience
            places.retries = .once
            registries(&places)
            var configuration = DecisionServiceConfiguration()
            configuration.longestDecision = patience
            configure(&configuration)
            let transport = try HTTPTransport()
            let service = try await DecisionService(
                configuration: configuration, loader: { () throws(MaterialError) in try loader.load() },
                sources: try RegistrySources(places, transport: transport, metrics: metrics, events: events),
                recorder: recorder, metrics: metrics, events: events, now: { clock.now })
            let scene = ServiceScene(
                registry: registry, service: service, metrics: metrics, events: events, clock: clock, loader: loader)
            do {
                let value = try await body(scene)
                await service.drain(within: .zero)
                await transport.shutdown()
                return value
            } catch {
                await transport.shutdown()
                throw error
            }
        }
    }

    /// A signed image.
    @discardableResult
    func pushSigned(_ repository: String = repository, tag: String = "v1", layer: String = "layer") throws -> Descriptor
    {
        guard let key = TestMaterial.key else { throw TestMaterial.NoKey() }
        let image = registry.contents.pushImage(in: repository, tag: tag, layer: layer)
        let payload = SimpleSigning.payload(dockerReference: "registry.example/x", manifestDigest: image.digest)
        registry.contents.pushCosignTag(
            of: image.digest, "sig", in: repository,
            layers: [
                (
                    payload,
                    ["dev.cosignproject.cosign/signature": Base64.encode(try key.sign(payload))]
                )
            ])
        return image
    }

    func image(_ suffix: String = ":v1", _ repository: String = repository) -> String {
        registry.host + "/" + repository + suffix
    }

    func ask(
        _ image: String? = nil, namespace: String? = "finance", surface: Asker.Surface = .kubernetesValidate,
        within: Duration = patience, isDryRun: Bool = false
    ) async -> Answer {
        let question = Question(
            image: image ?? self.image(), namespace: namespace, asker: Asker(surface: surface, identity: "caller"),
            user: "Pod \(namespace ?? "")/app", isDryRun: isDryRun)
        // One answer for each question, always.
        return await service.decide([question], within: within)[0]
    }

    /// Lines of the exposition that begin so.
    func metric(_ start: String) -> [String] {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix(start) }
    }
}

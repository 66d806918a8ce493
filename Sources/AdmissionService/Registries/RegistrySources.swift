import Admission
import Content
import Findings
public import HTTPTransport
public import OCI
public import OCIDistribution
public import StrictEncoding
import Synchronization

/// Which registries are asked, and with whose credentials.
public struct RegistrySourcesConfiguration: Sendable {
    /// The only ones that are ever contacted, by exact host and port, beside the mirrors that ``mirrors`` names for them.
    public var registries: Set<RegistryHost> = []
    public var mirrors = MirrorRules()
    /// Hosts that registries may lead to, as token servers and by redirects.
    public var allowedHosts: Set<RegistryHost> = []
    /// Credentials of namespaces; a namespace belongs to one at the most.
    public var tenants: [Tenant] = []
    /// Files of credentials for all other namespaces; none means that they ask without.
    public var sharedCredentials: [String] = []
    /// The process's, for credential helpers.
    public var environment: [String: String] = [:]
    /// A directory in which content is kept by digest, for each tenant apart; nil keeps none on disk.
    public var contentCache: String?
    /// Bytes for each tenant.
    public var contentCacheLimit = 1 << 30
    /// Requests to one host at a time, of each tenant.
    public var concurrentRequests = 6
    /// Of one exchange: time for a large SBOM. That nothing comes for so long is found out earlier, see ``lateAfter``.
    public var exchangeTimeout = Duration.seconds(15)
    public var retries = RetryPolicy()
    public var breaker = CircuitBreaker.Rules()
    /// A read that took so long when a question's deadline passed counts as a failure of the registry. One that took less
    /// was asked by somebody in a hurry.
    public var lateAfter = Duration.seconds(3)
    public var userAgent = "landwaiter"
    /// The present, for tokens' lifetimes.
    public var now: @Sendable () -> Instant
    /// 0 up to 1, for pauses.
    public var chance: @Sendable () -> Double

    public init(now: @escaping @Sendable () -> Instant, chance: @escaping @Sendable () -> Double) {
        self.now = now
        self.chance = chance
    }

    /// Namespaces that share credentials.
    public struct Tenant: Sendable, Hashable {
        /// In messages; a name is used once.
        public var name: String
        public var namespaces: Set<String>
        /// docker's `config.json` or a mounted imagePullSecret (`.dockerconfigjson`), each asked in turn. Read again
        /// whenever a registry wants to know who asks, so that a rotated secret needs no restart.
        public var credentialFiles: [String]

        public init(name: String, namespaces: Set<String>, credentialFiles: [String]) {
            self.name = name
            self.namespaces = namespaces
            self.credentialFiles = credentialFiles
        }
    }
}

/// Why a configuration of tenants is none.
public enum RegistrySourcesError: Error, Equatable, Sendable {
    case tenantTwice(String)
    case namespaceTwice(String)

    /// One line for people.
    public var message: String {
        switch self {
        case .tenantTwice(let name): "expected each tenant once, found \(Finding.quoted(name)) twice"
        case .namespaceTwice(let name):
            "expected each namespace with one tenant, found \(Finding.quoted(name)) with two"
        }
    }
}

/// Images in the configured registries: one client for each tenant, so that neither credentials nor tokens nor content
/// of one serve another; one circuit breaker for each tenant and registry, so that no tenant opens another's.
public final class RegistrySources: SourceProvider {
    private let configuration: RegistrySourcesConfiguration
    private let metrics: ServiceMetrics?
    private let tenants: [ExactString: Int]
    /// The tenants, the shared one last.
    private let places: [Place]

    private struct Place: Sendable {
        let name: TenantName
        let client: RegistryClient
        /// Of every configured registry.
        let breakers: [RegistryHost: CircuitBreaker]
    }

    /// Opens nothing, reads nothing.
    ///
    /// - Parameters:
    ///   - transport: serves all tenants: connections hold no credentials. Whoever made it shuts it down.
    ///   - events: is told when a circuit opens or closes.
    public init(
        _ configuration: RegistrySourcesConfiguration, transport: HTTPTransport, metrics: ServiceMetrics?,
        events: (any EventSink)?
    ) throws(RegistrySourcesError) {
        self.configuration = configuration
        self.metrics = metrics
        var tenants: [ExactString: Int] = [:]
        var names: Set<ExactString> = []
        for (position, tenant) in configuration.tenants.enumerated() {
            guard names.insert(ExactString(tenant.name)).inserted, !tenant.name.utf8.isEmpty else {
                throw .tenantTwice(tenant.name)
            }
            for namespace in tenant.namespaces.sorted() {
                guard tenants.updateValue(position, forKey: ExactString(namespace)) == nil else {
                    throw .namespaceTwice(namespace)
                }
            }
        }
        self.tenants = tenants
        metrics?.know(registries: configuration.registries.map(\.description))
        let shared = RegistrySourcesConfiguration.Tenant(
            name: "", namespaces: [], credentialFiles: configuration.sharedCredentials)
        places = (configuration.tenants + [shared]).map { tenant in
            Place(
                name: TenantName(tenant.name), client: Self.client(configuration, of: tenant, transport),
                breakers: Dictionary(
                    uniqueKeysWithValues: configuration.registries.map { registry in
                        let breaker = CircuitBreaker(configuration.breaker) { old, new in
                            metrics?.count(.breakerChanges, [.registry(registry.description), .breaker(new)])
                            events?.emit(
                                .breakerChanged(
                                    registry: registry.description, tenant: tenant.name, from: old, to: new,
                                    at: configuration.now()))
                        }
                        return (registry, breaker)
                    }))
        }
        metrics?.watch { [places] readings in
            for registry in configuration.registries {
                let worst = places.compactMap { $0.breakers[registry]?.state }.max { $0.severity < $1.severity }
                for state in CircuitBreaker.State.allCases {
                    readings.set(
                        .breakerState, [.registry(registry.description), .breaker(state)], to: state == worst ? 1 : 0)
                }
            }
        }
    }

    public func source(
        _ reference: ImageReference, namespace: String?, within: Duration
    ) throws(ContentSourceError) -> any ContentSource {
        let place = place(of: namespace)
        guard let registry = RegistryHost(parsing: reference.registry), let breaker = place.breakers[registry] else {
            throw ContentSourceError(
                .serviceRegistryNotConfigured,
                "expected an image of a configured registry, found \(Finding.quoted(reference.registry))")
        }
        let source = RegistrySource(reference, client: place.client, timeout: within)
        return GuardedSource(
            source, client: place.client, breaker: breaker, metrics: metrics, lateAfter: configuration.lateAfter)
    }

    public func tenant(of namespace: String?) -> TenantName { place(of: namespace).name }

    public func somethingWasPushed() { for place in places { place.client.somethingWasPushed() } }

    /// Circuits that are not closed.
    public var complaint: String? {
        let broken = configuration.registries.filter { registry in
            places.contains { place in place.breakers[registry].map { $0.state != .closed } ?? false }
        }
        guard !broken.isEmpty else { return nil }
        return "not answering: " + broken.map { Finding.quoted($0.description) }.sorted().joined(separator: ", ")
    }

    private func place(of namespace: String?) -> Place {
        places[namespace.flatMap { tenants[ExactString($0)] } ?? places.count - 1]
    }

    private static func client(
        _ configuration: RegistrySourcesConfiguration, of tenant: RegistrySourcesConfiguration.Tenant,
        _ transport: HTTPTransport
    ) -> RegistryClient {
        var settings = RegistryClient.Configuration(now: configuration.now, chance: configuration.chance)
        settings.allowedHosts = configuration.allowedHosts
        settings.mirrors = configuration.mirrors
        settings.retries = configuration.retries
        settings.concurrentRequests = configuration.concurrentRequests
        settings.exchangeTimeout = configuration.exchangeTimeout
        settings.userAgent = configuration.userAgent
        // By a digest of the name: it may hold anything.
        settings.cache = configuration.contentCache.map {
            ContentCache(
                directory: $0 + "/" + String(Digest(of: Array(tenant.name.utf8)).hex.prefix(32)),
                limit: configuration.contentCacheLimit)
        }
        settings.credentials = { [environment = configuration.environment] repository throws(RegistryError) in
            for file in tenant.credentialFiles {
                do throws(CredentialError) {
                    // Made anew each time: it reads the file once, and the file may have been replaced.
                    let credentials = RegistryCredentials(
                        CredentialFileSearch(file: file, environment: [:]), environment: environment, warn: { _ in })
                    let found = try await credentials.credential(
                        registry: repository.registry, repository: repository.path)
                    if let found { return found }
                } catch {
                    throw .credentials(error.message)
                }
            }
            return nil
        }
        return RegistryClient(settings, transport: transport)
    }
}

extension CircuitBreaker.State {
    /// Of several circuits the worst is shown.
    fileprivate var severity: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }
}

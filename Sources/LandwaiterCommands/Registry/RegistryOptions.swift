import Admission
import ArgumentParser
import Findings
import HTTPTransport
package import OCI
package import OCIDistribution
import Synchronization

/// How registries are reached. Nothing is read or asked before a reference names one.
package struct RegistryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Credentials: docker's config.json or podman's auth.json, instead of the usual places.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var registryConfig: String?

    @Option(
        help: ArgumentHelp("Authorities (PEM) that are believed besides the system's.", valueName: "file"),
        completion: .file(extensions: ["pem", "crt"]))
    var registryCa: [String] = []

    @Option(
        help: ArgumentHelp("A client certificate (PEM), with --registry-key.", valueName: "file"),
        completion: .file(extensions: ["pem", "crt"]))
    var registryCert: String?

    @Option(
        help: ArgumentHelp("The client certificate's private key (PEM, not encrypted).", valueName: "file"),
        completion: .file(extensions: ["pem", "key"]))
    var registryKey: String?

    @Option(
        name: .customLong("insecure-plain-http"),
        help: ArgumentHelp(
            "Speak plain HTTP with this registry. Loopback needs no permission.", valueName: "host[:port]"))
    var insecurePlainHTTP: [String] = []

    @Option(
        help: ArgumentHelp(
            "A host that registries may lead to: its token server gets credentials, its address may be private.",
            valueName: "host[:port]"))
    var allowRegistryRealm: [String] = []

    @Option(
        help: ArgumentHelp(
            "Ask TO before FROM, as in docker.io=mirror.example/hub; images keep their names.", valueName: "FROM=TO"))
    var registryMirror: [String] = []

    @Option(
        help: ArgumentHelp(
            "Keep what registries gave, by digest, in this directory (at most 1 GiB).", valueName: "dir"),
        completion: .directory)
    var cacheDir: String?

    @Option(help: ArgumentHelp("For all that one decision reads from a registry.", valueName: "duration"))
    var registryTimeout = StatedDuration(seconds: 60)

    package init() {}

    /// What these options say of hosts, checked; files are read when a registry is reached.
    package func access() throws(CommandFailure) -> RegistryAccess {
        guard (registryCert == nil) == (registryKey == nil) else {
            throw .usage("`--registry-cert` and `--registry-key` go together")
        }
        var mirrors = MirrorRules()
        for rule in registryMirror {
            do throws(MirrorRuleError) { try mirrors.add(rule) } catch { throw .usage(error.message) }
        }
        return RegistryAccess(
            options: self, mirrors: mirrors,
            plain: try hosts(insecurePlainHTTP, "--insecure-plain-http"),
            allowed: try hosts(allowRegistryRealm, "--allow-registry-realm"))
    }

    private func hosts(_ texts: [String], _ option: String) throws(CommandFailure) -> Set<RegistryHost> {
        var hosts: Set<RegistryHost> = []
        for text in texts {
            guard let host = RegistryHost(parsing: text) else {
                throw .usage(
                    "expected a host like `registry.example:5000` for `\(option)`, found \(Finding.quoted(text))")
            }
            hosts.insert(host)
        }
        return hosts
    }
}

/// The registries that one command reaches.
///
/// Task-local rather than an argument: everything that turns the text of a location into a source asks for it, and one
/// command line decides. Without one no registry is reached.
package final class RegistryAccess: Sendable {
    @TaskLocal package static var current: RegistryAccess?

    private let options: RegistryOptions
    private let mirrors: MirrorRules
    private let plain: Set<RegistryHost>
    private let allowed: Set<RegistryHost>
    private let made = Mutex<RegistryClient?>(nil)

    fileprivate init(
        options: RegistryOptions, mirrors: MirrorRules, plain: Set<RegistryHost>, allowed: Set<RegistryHost>
    ) {
        self.options = options
        self.mirrors = mirrors
        self.plain = plain
        self.allowed = allowed
    }

    /// For everything that one decision or examination asks.
    var timeout: Duration { .seconds(options.registryTimeout.seconds) }

    /// An image in a registry, for one decision.
    package func source(_ reference: ImageReference) throws(CommandFailure) -> RegistrySource {
        RegistrySource(reference, client: try client(), timeout: timeout)
    }

    /// The same, and the repository to write evidence to. Writing goes to the registry itself, never to a mirror.
    func place(_ reference: ImageReference) throws(CommandFailure) -> (RegistrySource, RegistrySink) {
        guard let repository = RegistryRepository(reference) else {
            throw .usage("expected a registry, found \(Finding.quoted(reference.registry))")
        }
        return (try source(reference), RegistrySink(repository, client: try client(), timeout: timeout))
    }

    /// One client for all registries and tasks of the command.
    func client() throws(CommandFailure) -> RegistryClient {
        // Made outside of the lock, which a throwing closure of another error type can't leave; two are harmless.
        if let client = made.withLock({ $0 }) { return client }
        let client = try makeClient()
        return made.withLock { made in
            if let made { return made }
            made = client
            return client
        }
    }

    private func makeClient() throws(CommandFailure) -> RegistryClient {
        let environment = ProcessEnvironment.variables
        var http = HTTPConfiguration()
        http.insecurePlainHTTP = Set(plain.map(\.description))
        for file in options.registryCa {
            http.extraAuthorities.append(try LocalFile.read(file, limit: Self.longestPEM))
        }
        if let certificate = options.registryCert, let key = options.registryKey {
            http.clientCertificate = HTTPConfiguration.ClientCertificate(
                chain: try LocalFile.read(certificate, limit: Self.longestPEM),
                key: try LocalFile.read(key, limit: Self.longestPEM))
        }
        do throws(ProxyError) { http.proxies = try ProxySettings(environment: environment) } catch {
            throw .badData(error.message)
        }
        let transport: HTTPTransport
        do throws(HTTPConfigurationError) { transport = try HTTPTransport(http) } catch {
            throw .badData(error.message)
        }
        var configuration = RegistryClient.Configuration(now: { Clock.now }, chance: { Double.random(in: 0..<1) })
        configuration.allowedHosts = allowed
        configuration.mirrors = mirrors
        configuration.userAgent = "landwaiter/" + AdmissionRecord.engineVersion
        configuration.cache = options.cacheDir.map { ContentCache(directory: $0) }
        configuration.credentials = Self.credentials(options.registryConfig, environment)
        return RegistryClient(configuration, transport: transport)
    }

    private static func credentials(
        _ file: String?, _ environment: [String: String]
    ) -> RegistryClient.Configuration.Credentials {
        let credentials = RegistryCredentials(
            CredentialFileSearch(file: file, environment: environment), environment: environment
        ) { Terminal.writeError("landwaiter: warning: \($0.message)") }
        return { repository throws(RegistryError) in
            do throws(CredentialError) {
                return try await credentials.credential(registry: repository.registry, repository: repository.path)
            } catch {
                throw .credentials(error.message)
            }
        }
    }

    /// Bytes; all of a system's authorities are some 200 KiB.
    private static let longestPEM = 4 << 20
}

/// Runs a command's body, with the registries that the options reach.
package func running(reaching options: RegistryOptions, _ body: () async throws -> Void) async throws {
    try await running {
        try await RegistryAccess.$current.withValue(try options.access()) { try await body() }
    }
}

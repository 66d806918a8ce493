import Admission
import AdmissionService
import HTTPTransport
import LandwaiterCommands
import OCI
import OCIDistribution
import StrictEncoding

/// The registries of a document, and the connections to them.
struct ServerRegistries: Sendable {
    let sources: RegistrySources
    let transport: HTTPTransport

    /// Reads the authorities and the client certificate; asks nobody.
    init(
        _ configuration: ServerConfiguration, metrics: ServiceMetrics? = nil, events: (any EventSink)? = nil
    ) throws(CommandFailure) {
        let registries = configuration.registries
        let environment = ProcessEnvironment.variables
        transport = try Self.transport(registries, environment)
        var settings = RegistrySourcesConfiguration(
            now: { Clock.now }, chance: { Double.random(in: 0..<1) })
        settings.registries = Set(registries.hosts.map(\.host))
        settings.mirrors = try Self.mirrors(registries)
        settings.allowedHosts = Set(registries.realms)
        settings.tenants = registries.tenants.map {
            RegistrySourcesConfiguration.Tenant(
                name: $0.name, namespaces: Set($0.namespaces), credentialFiles: $0.files)
        }
        settings.sharedCredentials = registries.sharedCredentials
        settings.environment = environment
        settings.contentCache = registries.contentCache
        settings.userAgent = "landwaiter-server/" + AdmissionRecord.engineVersion
        do throws(RegistrySourcesError) {
            sources = try RegistrySources(settings, transport: transport, metrics: metrics, events: events)
        } catch {
            throw .badData(error.message)
        }
    }

    private static func transport(
        _ registries: ServerConfiguration.Registries, _ environment: [String: String]
    ) throws(CommandFailure) -> HTTPTransport {
        var http = HTTPConfiguration()
        http.insecurePlainHTTP = Set(registries.hosts.filter(\.insecurePlainHTTP).map(\.host.description))
        for file in registries.authorities {
            http.extraAuthorities.append(try LocalFile.read(file, limit: longestPEM))
        }
        if let client = registries.clientCertificate {
            http.clientCertificate = HTTPConfiguration.ClientCertificate(
                chain: try LocalFile.read(client.certificate, limit: longestPEM),
                key: try LocalFile.read(client.key, limit: longestPEM))
        }
        do throws(ProxyError) { http.proxies = try ProxySettings(environment: environment) } catch {
            throw .badData(error.message)
        }
        do throws(HTTPConfigurationError) { return try HTTPTransport(http) } catch {
            throw .badData(error.message)
        }
    }

    private static func mirrors(_ registries: ServerConfiguration.Registries) throws(CommandFailure) -> MirrorRules {
        var mirrors = MirrorRules()
        for registry in registries.hosts {
            for mirror in registry.mirrors {
                do throws(MirrorRuleError) { try mirrors.add("\(registry.host)=\(mirror)") } catch {
                    throw .badData(error.message)
                }
            }
        }
        return mirrors
    }

    /// Bytes; all of a system's authorities are some 200 KiB.
    private static let longestPEM = 4 << 20
}

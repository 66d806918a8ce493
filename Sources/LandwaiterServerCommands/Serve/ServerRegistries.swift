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
    /// Nil where no file is named.
    let certificates: RegistryCertificates?
    /// Registries that are spoken to in clear.
    let whatIsInsecure: [InsecureUse]

    /// Reads the authorities and the client certificate; asks nobody.
    init(
        _ configuration: ServerConfiguration, metrics: ServiceMetrics? = nil, events: (any EventSink)? = nil
    ) throws(CommandFailure) {
        let registries = configuration.registries
        let environment = ProcessEnvironment.variables
        let http = try Self.http(registries, environment)
        certificates = try RegistryCertificates(registries, events: events)
        do throws(HTTPConfigurationError) { transport = try HTTPTransport(http) } catch {
            throw .badData(error.message)
        }
        certificates?.apply(to: transport)
        whatIsInsecure = registries.hosts.filter(\.insecurePlainHTTP).map {
            InsecureUse(.plainHTTPRegistry, "insecurePlainHTTP: the registry \($0.host) is spoken to in clear")
        }
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

    private static func http(
        _ registries: ServerConfiguration.Registries, _ environment: [String: String]
    ) throws(CommandFailure) -> HTTPConfiguration {
        var http = HTTPConfiguration()
        http.insecurePlainHTTP = Set(registries.hosts.filter(\.insecurePlainHTTP).map(\.host.description))
        do throws(ProxyError) { http.proxies = try ProxySettings(environment: environment) } catch {
            throw .badData(error.message)
        }
        return http
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
}

public import OCI

/// A repository of a registry: the registry by its identity, and the path below.
public struct RegistryRepository: Sendable, Hashable, CustomStringConvertible {
    /// `docker.io`, not the host that answers for it.
    public let registry: RegistryHost
    /// `library/debian`; by the grammar of references, so it can stand in a URL as it is.
    public let path: String

    /// Nil only for a reference whose registry is no host, which reading references rules out.
    public init?(_ reference: ImageReference) {
        guard let registry = RegistryHost(parsing: reference.registry) else { return nil }
        self.registry = registry
        path = reference.repository
    }

    /// No repository: for questions to the registry itself.
    public static func none(of registry: RegistryHost) -> RegistryRepository {
        RegistryRepository(registry: registry, path: "")
    }

    init(registry: RegistryHost, path: String) {
        self.registry = registry
        self.path = path
    }

    public var description: String { registry.description + "/" + path }

    /// The host that answers for the registry.
    var answeringHost: String {
        registry.description.utf8.elementsEqual("docker.io".utf8) ? "registry-1.docker.io" : registry.description
    }
}

import Findings
public import HTTPTransport
public import OCI

/// Where tokens for a registry are had, and how far it is trusted. Made by ``TokenRealmRules`` only.
public struct TokenRealm: Sendable, Hashable {
    /// As the registry wrote it, in one spelling.
    public let url: WebURL
    /// Why it is trusted, if it is.
    public let standing: Standing
    /// Which addresses of the host may be connected to.
    public let addresses: AddressPolicy

    /// How a realm stands to the registry that names it.
    public enum Standing: Sendable, Hashable {
        /// The registry itself: same scheme, host and port.
        case registry
        /// The host that a well-known registry is known to delegate to.
        case delegate
        /// Allowed by the user.
        case allowed
        /// None of these.
        case elsewhere
    }

    /// Whether the credentials of the registry may be sent there.
    public var mayReceiveCredentials: Bool { standing != .elsewhere }

    fileprivate init(url: WebURL, standing: Standing, addresses: AddressPolicy) {
        self.url = url
        self.standing = standing
        self.addresses = addresses
    }
}

/// Decides about realms: a registry may name any, and would otherwise choose who gets its users' credentials, or what
/// this machine connects to.
///
/// - A realm is https; http only where the registry itself is spoken to in plain HTTP, and then only on the registry's
///   own host, on loopback where the registry is there too, or on a host that the user allows.
/// - Credentials go to the registry itself, to its known delegate and to hosts that the user allows; others are asked
///   without.
/// - Addresses have to be global, unless the host is the registry's own or allowed, or both are loopback. An address or
///   `localhost` in the realm is judged here, what a name leads to by the transport, by ``TokenRealm/addresses``.
public struct TokenRealmRules: Sendable, Hashable {
    /// The registry by its identity: `docker.io`, not the host that answers for it.
    public let registry: RegistryHost
    /// Whether it is spoken to in plain HTTP.
    public let isPlain: Bool
    /// What the user allows. Without a port, that of the realm's scheme is meant.
    public let allowed: Set<RegistryHost>

    public init(registry: RegistryHost, isPlain: Bool = false, allowed: Set<RegistryHost> = []) {
        self.registry = registry
        self.isPlain = isPlain
        self.allowed = allowed
    }

    /// Longest realm, in bytes; what servers take as a request line (RFC 9112 section 3 recommends 8000 at least).
    static let longestRealm = 8000

    /// Reads the `realm` of a Bearer challenge and says how it may be used.
    public func realm(_ text: String) throws(TokenRealmError) -> TokenRealm {
        guard text.utf8.count <= Self.longestRealm else { throw .tooLong(text.utf8.count) }
        // A fragment is never sent, so a realm that has one means something that its reader can't know. A backslash
        // ends the host for some parsers and not for others.
        guard !text.utf8.contains(where: { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "\\") }) else {
            throw .fragmentOrBackslash
        }
        let url: WebURL
        do throws(WebURLError) { url = try WebURL(parsing: text) } catch { throw .url(error) }
        let standing = standing(of: url.origin)
        let isOwnHost = ownOrigin.map { $0.host.utf8.elementsEqual(url.host.utf8) } ?? false
        let areBothLoopback = Self.isLoopback(url.host) && Self.isLoopback(registry.host)
        if url.scheme == .http {
            guard isPlain, isOwnHost || areBothLoopback || standing == .allowed else {
                throw .insecureScheme(url.origin)
            }
        }
        let addresses: AddressPolicy =
            isOwnHost || standing == .allowed ? .any : areBothLoopback ? .global.union(.loopback) : .global
        if let kind = Self.literalKind(url.host), !addresses.allows(kind) {
            throw .refusedAddress(url.origin, kind)
        }
        return TokenRealm(url: url, standing: standing, addresses: addresses)
    }

    private func standing(of realm: HTTPOrigin) -> TokenRealm.Standing {
        if realm == ownOrigin { return .registry }
        if allowed.contains(where: { Self.origin(realm.scheme, $0) == realm }) { return .allowed }
        let delegate = Self.delegates.first { $0.registry.utf8.elementsEqual(registry.description.utf8) }
        return delegate?.realm.utf8.elementsEqual(realm.description.utf8) == true ? .delegate : .elsewhere
    }

    /// Nil for a registry whose host no URL can hold; then nothing is its own.
    private var ownOrigin: HTTPOrigin? { Self.origin(isPlain ? .http : .https, registry) }

    /// By way of a URL, so that an address has the spelling which URLs give it.
    private static func origin(_ scheme: WebURL.Scheme, _ host: RegistryHost) -> HTTPOrigin? {
        try? WebURL(scheme: scheme, authority: host.description, path: "/").origin
    }

    /// The kind of a host that is an address, or that every resolver knows (RFC 6761 section 6.3).
    private static func literalKind(_ host: String) -> NetworkAddress.Kind? {
        let isLocalhost = host.utf8.split(separator: UInt8(ascii: ".")).last?.elementsEqual("localhost".utf8) ?? false
        return isLocalhost ? .loopback : NetworkAddress(host)?.kind
    }

    static func isLoopback(_ host: String) -> Bool { literalKind(host) == .loopback }

    /// Registries whose realm is another host of the same operator, as they answer to anybody who asks.
    private static let delegates: [(registry: String, realm: String)] = [
        ("docker.io", "https://auth.docker.io"), ("index.docker.io", "https://auth.docker.io"),
        ("registry-1.docker.io", "https://auth.docker.io"), ("registry.gitlab.com", "https://gitlab.com"),
    ]
}

/// Why a realm is not asked.
public enum TokenRealmError: Error, Equatable, Sendable {
    /// Bytes.
    case tooLong(Int)
    /// No URL that requests go to.
    case url(WebURLError)
    case fragmentOrBackslash
    /// Plain HTTP where it is not allowed.
    case insecureScheme(HTTPOrigin)
    /// An address that a registry elsewhere must not name.
    case refusedAddress(HTTPOrigin, NetworkAddress.Kind)

    /// One line for people; untrusted text in it is quoted.
    public var message: String {
        switch self {
        case .tooLong(let count):
            "expected a token realm of at most \(TokenRealmRules.longestRealm) bytes, found \(count)"
        case .url(let error): "token realm: " + error.message
        case .fragmentOrBackslash: "expected a token realm without `#` and backslash, found one"
        case .insecureScheme(let origin):
            "expected a token realm over https, found \(Finding.quoted(origin.description))"
        case .refusedAddress(let origin, let kind):
            "expected a token realm at a global address, found \(Finding.quoted(origin.description)) (\(kind.rawValue))"
        }
    }
}

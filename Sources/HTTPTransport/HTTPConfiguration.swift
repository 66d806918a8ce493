import NIOSSL

/// How the program speaks HTTP to everyone.
public struct HTTPConfiguration: Sendable {
    /// Certificate authorities in PEM, believed besides the system's.
    public var extraAuthorities: [[UInt8]] = []
    /// Proves who we are to servers that ask, in requests that permit it.
    public var clientCertificate: ClientCertificate?
    public var proxies = ProxySettings.none
    /// `host` or `host:port` to which plain HTTP may go; loopback may without. Lower case.
    public var insecurePlainHTTP: Set<String> = []
    /// For one connection to come about.
    public var connectTimeout: Duration = .seconds(10)
    /// Most bytes that are kept of an answer that is no success.
    public var longestRefusal = 64 << 10
    /// How names are looked up where addresses are checked.
    public var lookup = NameLookup.system

    public init() {}

    /// A certificate and its key.
    public struct ClientCertificate: Sendable {
        /// PEM, the leaf first.
        public var chain: [UInt8]
        /// PEM, not encrypted.
        public var key: [UInt8]

        public init(chain: [UInt8], key: [UInt8]) {
            self.chain = chain
            self.key = key
        }
    }
}

/// What can't be used of a configuration.
public enum HTTPConfigurationError: Error, Equatable, Sendable {
    /// The position in ``HTTPConfiguration/extraAuthorities``.
    case authority(Int)
    case clientCertificate
    case clientKey
    /// Certificate and key do not belong together.
    case clientPair

    public var message: String {
        switch self {
        case .authority: "expected certificates in PEM for the extra authorities, found something else"
        case .clientCertificate: "expected the client's certificates in PEM, found something else"
        case .clientKey: "expected the client's private key in PEM, not encrypted, found something else"
        case .clientPair: "expected the client's certificate and its key, found what does not go together"
        }
    }
}

extension HTTPConfiguration {
    /// TLS 1.2 at least, names checked, the system's authorities and the extra ones.
    func tls() throws(HTTPConfigurationError) -> TLSVariants {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .fullVerification
        for (position, bytes) in extraAuthorities.enumerated() {
            guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
                throw .authority(position)
            }
            tls.additionalTrustRoots.append(.certificates(certificates))
        }
        let anonymous = tls
        if let clientCertificate {
            guard let chain = try? NIOSSLCertificate.fromPEMBytes(clientCertificate.chain), !chain.isEmpty else {
                throw .clientCertificate
            }
            guard let key = try? NIOSSLPrivateKey(bytes: clientCertificate.key, format: .pem) else { throw .clientKey }
            tls.certificateChain = chain.map { .certificate($0) }
            tls.privateKey = .privateKey(key)
            try Self.check(chain, key)
        }
        return TLSVariants(anonymous: anonymous, identified: tls)
    }

    /// While one file of two has been replaced they do not go together: every connection would fail by it.
    private static func check(
        _ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey
    ) throws(HTTPConfigurationError) {
        var pair = TLSConfiguration.makeClientConfiguration()
        // Whom to believe costs the most to load, and is not asked here.
        pair.trustRoots = .certificates([])
        pair.certificateChain = chain.map { .certificate($0) }
        pair.privateKey = .privateKey(key)
        guard (try? NIOSSLContext(configuration: pair)) != nil else { throw .clientPair }
    }
}

/// How TLS is spoken to those who may not learn who asks, and to those who may.
struct TLSVariants {
    let anonymous: TLSConfiguration
    let identified: TLSConfiguration
}

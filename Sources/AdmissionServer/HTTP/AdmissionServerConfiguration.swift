/// How the server listens, and who may ask. Checked when ``AdmissionServer`` is made.
public struct AdmissionServerConfiguration: Sendable {
    /// At least one. Every surface that has callers to know is on at least one of them.
    public var listeners: [ListenerConfiguration]
    /// Who may call which surface. A surface that needs callers and is not named here does not start.
    public var access: [SurfaceName: SurfaceAccess]
    public var limits: HTTPLimits
    public var shutdown: ShutdownTimes
    /// Seconds between two looks at files of certificates, keys, authorities, bundles and secrets.
    public var secondsBetweenReloads: Int
    /// How many threads read and write; 0 for one for each processor.
    public var eventLoops: Int

    public init(
        listeners: [ListenerConfiguration], access: [SurfaceName: SurfaceAccess], limits: HTTPLimits = HTTPLimits(),
        shutdown: ShutdownTimes = ShutdownTimes(), secondsBetweenReloads: Int = 10, eventLoops: Int = 0
    ) {
        self.listeners = listeners
        self.access = access
        self.limits = limits
        self.shutdown = shutdown
        self.secondsBetweenReloads = secondsBetweenReloads
        self.eventLoops = eventLoops
    }
}

/// Who may call a surface.
public enum SurfaceAccess: Sendable, Hashable {
    /// Those whom a rule names. Rules that name nobody do not start.
    case callers(CallerRules)
    /// Whoever reaches the listener. Stands in readiness, in a metric, and in each record as the asker `unauthenticated`.
    case insecureUnauthenticated
}

/// An address, and what is answered there.
public struct ListenerConfiguration: Sendable, Hashable {
    /// For logs and metrics: lower-case letters, digits and `-`.
    public var name: String
    public var address: ListenAddress
    /// Nil for a Unix socket, and for health and metrics alone, which may be had in clear.
    public var tls: ListenerTLS?
    public var surfaces: Set<SurfaceName>
    /// Lets surfaces that need callers be reached over TCP without TLS: for a proxy on the same machine that ends TLS.
    /// Stands in readiness and in a metric.
    public var insecurePlaintext: Bool

    public init(
        name: String, address: ListenAddress, tls: ListenerTLS? = nil, surfaces: Set<SurfaceName>,
        insecurePlaintext: Bool = false
    ) {
        self.name = name
        self.address = address
        self.tls = tls
        self.surfaces = surfaces
        self.insecurePlaintext = insecurePlaintext
    }
}

/// Where to listen.
public enum ListenAddress: Sendable, Hashable {
    /// A name or an address of this machine; port 0 for any that is free.
    case tcp(host: String, port: Int)
    /// A socket in a directory that exists. A socket that lies there is replaced at once; anything else that lies there is
    /// not.
    case unix(path: String, mode: UnixSocketMode)
}

/// Who may connect to a Unix socket.
public enum UnixSocketMode: UInt16, Sendable, CaseIterable {
    /// Processes of the server's user, and root.
    case owner = 0o600
    /// Those of its group as well.
    case ownerAndGroup = 0o660
}

/// TLS 1.2 or 1.3 with files that are read again when they change.
public struct ListenerTLS: Sendable, Hashable {
    /// PEM: the server's certificate, then those between it and a root.
    public var certificateFile: String
    /// PEM, PKCS #8 or the older forms, not encrypted.
    public var keyFile: String
    /// Nil where no client is asked for a certificate.
    public var clients: ClientAuthorities?

    public init(certificateFile: String, keyFile: String, clients: ClientAuthorities? = nil) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.clients = clients
    }
}

/// Whose client certificates count.
public struct ClientAuthorities: Sendable, Hashable {
    /// PEM files of authorities, for clients known by a domain name. They never vouch for a SPIFFE ID.
    public var files: [String]
    /// Bundles, each for the workloads of its own trust domain.
    public var bundles: [SPIFFEBundleFile]
    /// Whether a connection without a certificate is refused before its first request.
    public var areRequired: Bool

    public init(files: [String] = [], bundles: [SPIFFEBundleFile] = [], areRequired: Bool = false) {
        self.files = files
        self.bundles = bundles
        self.areRequired = areRequired
    }
}

/// What a connection and a request may take. Passing one of them is counted by its name.
public struct HTTPLimits: Sendable, Hashable {
    /// Bytes of one header, name and value. Tokens are the longest that is sent: 16 KB in PKI's limits, less than that.
    public var headerByteCount = 12 << 10
    /// Bytes of all headers together.
    public var headersByteCount = 32 << 10
    /// How many headers. API servers send about ten.
    public var headerCount = 64
    /// Bytes of path and query.
    public var targetByteCount = 4 << 10
    /// Connections at one time. A connection takes about 30 KB, and TLS as much again.
    public var connections = 1_024
    /// Connections from one address at one time; those of Unix sockets are not counted. An API server opens a handful,
    /// and several API servers behind one address some dozens.
    public var connectionsPerPeer = 256
    /// From the connection, or the first byte of a later request, to the end of its headers; TLS handshake included.
    public var secondsForHeaders = 10
    /// From the end of the headers to the end of the body: 3 MB, the most that an API server sends, at 100 KB/s.
    public var secondsForBody = 30
    /// Between two requests. Longer than the 90 seconds after which Go's clients close by themselves, so that the server
    /// seldom closes a connection that a request is on its way over.
    public var secondsIdle = 120
    /// The longest that a caller may wait for an answer (API servers allow webhooks 1 to 30 seconds).
    public var longestAnswer = Duration.seconds(30)
    /// What a caller that states none is taken to wait: API servers' own default.
    public var usualAnswer = Duration.seconds(10)
    /// Kept back from what a caller waits, for the way.
    public var answerMargin = Duration.milliseconds(500)

    public init() {}
}

/// How the server goes.
public struct ShutdownTimes: Sendable, Hashable {
    /// After readiness turned false, for how long connections and requests are still taken: until the last load balancer
    /// has looked.
    public var lameDuck = Duration.seconds(5)
    /// How long requests under way may take from then on.
    public var drain = Duration.seconds(30)

    public init() {}
}

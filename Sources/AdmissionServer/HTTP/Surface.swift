public import StrictEncoding

/// Something that the server answers: decodes, asks the service, encodes.
///
/// A surface never throws: whatever goes wrong is an answer. It is asked only after the route was found, the caller was
/// let in, and the whole body was read within the route's bound.
public protocol Surface: Sendable {
    /// Chooses who may call, and labels the metrics.
    var name: SurfaceName { get }
    /// No two surfaces of one listener may have the same method and path.
    var routes: [SurfaceRoute] { get }
    /// How callers are known. ``CallerProof/listener`` unless the surface says otherwise.
    var proof: CallerProof { get }

    /// - Returns: the answer, before `request.timeout` is over: nobody waits longer for it.
    func answer(_ request: SurfaceRequest) async -> SurfaceResponse
}

extension Surface {
    public var proof: CallerProof { .listener }
}

/// Who finds out whether a caller may call.
public enum CallerProof: Sendable, Hashable {
    /// The server, by the rules of ``AdmissionServerConfiguration/access``, before the body is read.
    case listener
    /// The surface, from each request: a signature over its body, a secret for each sender. Rules of the server hold as
    /// well where there are any.
    case surface
}

/// A method and a path that a surface answers.
public struct SurfaceRoute: Sendable, Hashable {
    /// In upper case, like `POST`.
    public let method: String
    /// Segments with slashes before them; `{name}` stands for one segment, which the request gets as a parameter.
    public let path: String
    /// A body of more bytes is refused with status 413 before it is read.
    public let bodyByteLimit: Int

    /// - Parameter bodyByteLimit: 0 for a route that takes no body.
    public init(_ method: String, _ path: String, bodyByteLimit: Int = 0) {
        self.method = method
        self.path = path
        self.bodyByteLimit = bodyByteLimit
    }
}

/// A request that was let in.
public struct SurfaceRequest: Sendable {
    public var method: String
    /// As it was sent, without the query.
    public var path: String
    /// What stands for `{name}` in the route, decoded.
    public var parameters: [String: String]
    /// Decoded. A name that stands twice is refused before.
    public var query: [String: String]
    /// The first value, by name in lower case. `authorization` is not among them where the server used it.
    public var headers: [String: String]
    public var body: [UInt8]
    /// Nil where nobody had to show who they are and nobody did.
    public var caller: Caller?
    /// When the head of the request had been read, to the second.
    public var receivedAt: Instant
    /// How long the answer may take from now on: what the caller said that it waits (`?timeout=10s`, as API servers do),
    /// less a margin and what reading took.
    public var timeout: Duration

    public init(
        method: String = "POST", path: String, parameters: [String: String] = [:], query: [String: String] = [:],
        headers: [String: String] = [:], body: [UInt8] = [], caller: Caller? = nil, receivedAt: Instant,
        timeout: Duration
    ) {
        self.method = method
        self.path = path
        self.parameters = parameters
        self.query = query
        self.headers = headers
        self.body = body
        self.caller = caller
        self.receivedAt = receivedAt
        self.timeout = timeout
    }

    /// Who asks, as records have it: the caller's identity, or `unauthenticated`.
    public var askedBy: String { caller?.identity ?? Caller.unauthenticatedIdentity }
}

/// What is sent back.
public struct SurfaceResponse: Sendable {
    public var status: Int
    public var contentType: String
    /// Besides those that the server writes: content type, length, date, caching.
    public var headers: [(String, String)]
    public var body: [UInt8]

    public init(
        status: Int = 200, contentType: String = "application/json", headers: [(String, String)] = [], body: [UInt8]
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }
}

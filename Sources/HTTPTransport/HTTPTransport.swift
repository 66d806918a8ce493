import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// The one way in which the program speaks HTTP: bounded in bytes and time, to addresses that may be spoken to, over
/// connections that are reused (HTTP/2 where TLS offers it).
///
/// It follows no redirect, expands no compression, keeps no cookies and repeats nothing: whoever asks decides that.
/// ``shutdown()`` ends it; without, its connections end when the last holder lets go of it.
public final class HTTPTransport: Sendable {
    /// As it is now: ``replaceCertificates(by:)`` changes parts of it.
    public var configuration: HTTPConfiguration { state.withLock { $0.configuration } }

    private struct State {
        var configuration: HTTPConfiguration
        var pool: ClientPool
        var isShutDown = false
    }
    private let state: Mutex<State>

    /// Opens nothing.
    ///
    /// - Throws: `HTTPConfigurationError` where certificates or keys can't be read.
    public init(_ configuration: HTTPConfiguration = HTTPConfiguration()) throws(HTTPConfigurationError) {
        let pool = ClientPool(tls: try configuration.tls(), connectTimeout: configuration.connectTimeout)
        state = Mutex(State(configuration: configuration, pool: pool))
    }

    /// Takes the extra authorities and the client's certificate of another configuration, and nothing else of it. No
    /// request that begins afterwards goes over a connection that was made before; those that began before are finished.
    ///
    /// - Throws: `HTTPConfigurationError` where certificates or keys can't be used; nothing has changed then.
    public func replaceCertificates(by other: HTTPConfiguration) throws(HTTPConfigurationError) {
        var configuration = configuration
        configuration.extraAuthorities = other.extraAuthorities
        configuration.clientCertificate = other.clientCertificate
        let pool = ClientPool(tls: try configuration.tls(), connectTimeout: configuration.connectTimeout)
        // The old pool closes its connections when the last request lets go of it.
        state.withLock { state in
            guard !state.isShutDown else { return }
            state.configuration = configuration
            state.pool = pool
        }
    }

    /// One request, and all of its answer. Of an answer that is no success the first
    /// ``HTTPConfiguration/longestRefusal`` bytes are kept, whatever the request's limit.
    ///
    /// - Throws: `HTTPTransportError`; ``HTTPTransportError/timedOut(_:)`` at the latest when the request's deadline has
    ///   passed, whatever the other side does.
    public func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        try await withDeadline(request.deadline) { () throws(HTTPTransportError) in
            try await self.exchange(request, receive: nil)
        }
    }

    /// One request, whose answer, if it is a success, is handed over piece by piece rather than kept: its `body` is
    /// empty. Any other answer is kept as ``send(_:)`` does.
    ///
    /// - Parameter receive: called with each piece in order; the next one is read when it returns.
    public func send(
        _ request: HTTPRequest, receive: @escaping @Sendable ([UInt8]) async throws(HTTPTransportError) -> Void
    ) async throws(HTTPTransportError) -> HTTPResponse {
        try await withDeadline(request.deadline) { () throws(HTTPTransportError) in
            try await self.exchange(request, receive: receive)
        }
    }

    /// Closes every connection. What is under way fails; later requests fail.
    public func shutdown() async {
        let pool = state.withLock { state in
            state.isShutDown = true
            return state.pool
        }
        await pool.shutdown()
    }

    // MARK: One exchange

    private func exchange(
        _ request: HTTPRequest, receive: (@Sendable ([UInt8]) async throws(HTTPTransportError) -> Void)?
    ) async throws(HTTPTransportError) -> HTTPResponse {
        // One state of both for all of the exchange.
        let (configuration, pool) = state.withLock { ($0.configuration, $0.pool) }
        if request.socket != nil {
            // What it says is read by nobody but the machine itself; TLS over a socket is not spoken.
            guard request.url.scheme == .http else { throw .malformed(request.url.origin, "TLS over a Unix socket") }
            let route = Route(proxy: nil, pin: nil, showsClientCertificate: false)
            return try await exchange(request, by: route, pool, configuration, receive: receive)
        }
        let addresses = try Self.checkedScheme(request, configuration)
        let identified = request.showsClientCertificate && configuration.clientCertificate != nil
        var routes: [Route] = []
        if let proxy = try configuration.proxies.proxy(for: request.url) {
            // The proxy looks the name up; what can be told from the name itself is told here.
            if let refused = addresses.refusal(ofName: request.url.host) { throw refused }
            routes = [Route(proxy: proxy, pin: nil, showsClientCertificate: identified)]
        } else if addresses == .any {
            routes = [Route(proxy: nil, pin: nil, showsClientCertificate: identified)]
        } else {
            for address in try await addresses.check(request.url, lookup: configuration.lookup) {
                let pin = Pin(host: request.url.host, address: address)
                routes.append(Route(proxy: nil, pin: pin, showsClientCertificate: identified))
            }
        }

        var failure = HTTPTransportError.unreachable(request.url.origin, "the name has no address")
        for route in routes {
            do throws(HTTPTransportError) {
                return try await exchange(request, by: route, pool, configuration, receive: receive)
            } catch {
                // Only where no connection came about, so nothing was sent, is another address tried.
                guard case .unreachable = error else { throw error }
                failure = error
            }
        }
        throw failure
    }

    /// Plain HTTP shows and lets anyone change everything: only to the machine itself, or to hosts that were named.
    private static func checkedScheme(
        _ request: HTTPRequest, _ configuration: HTTPConfiguration
    ) throws(HTTPTransportError) -> AddressPolicy {
        let url = request.url
        guard url.scheme == .http, !configuration.insecurePlainHTTP.contains(url.origin.hostAndPort),
            !configuration.insecurePlainHTTP.contains(url.host)
        else { return request.addresses }
        if let address = NetworkAddress(url.host) {
            guard address.kind == .loopback else { throw .refusedPlainHTTP(url.origin) }
            return request.addresses
        }
        // The name may lead elsewhere: then it is refused, as any other address would be.
        guard AddressPolicy.isLocalhost(url.host) else { throw .refusedPlainHTTP(url.origin) }
        return request.addresses.intersection(.loopback)
    }

    private func exchange(
        _ request: HTTPRequest, by route: Route, _ pool: ClientPool, _ configuration: HTTPConfiguration,
        receive: (@Sendable ([UInt8]) async throws(HTTPTransportError) -> Void)?
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let lease = try await pool.lease(route)
        defer { lease.end() }
        let head: HTTPClientResponse
        do {
            // This deadline guards the head only; the one around the whole exchange guards all.
            head = try await lease.client.execute(try request.libraryForm(), deadline: .distantFuture)
        } catch {
            throw HTTPTransportError(error, about: request.url.origin)
        }
        var response = HTTPResponse(status: Int(head.status.code), fields: HTTPFields(head.headers))
        guard (200..<300).contains(response.status) else {
            response.body = try await Self.words(of: head, request, limit: max(configuration.longestRefusal, 0))
            return response
        }
        let limit = request.limit
        if request.method != .head, let stated = response.contentLength, stated > limit {
            throw .tooLarge(request.url.origin, limit: limit)
        }
        var count = 0
        do {
            for try await piece in head.body {
                count += piece.readableBytes
                guard count <= limit else { throw HTTPTransportError.tooLarge(request.url.origin, limit: limit) }
                if let receive {
                    try await receive(Array(piece.readableBytesView))
                } else {
                    response.body.append(contentsOf: piece.readableBytesView)
                }
            }
        } catch {
            throw HTTPTransportError(error, about: request.url.origin).afterHead
        }
        // A cancelled read may look like the end of the body.
        if Task.isCancelled { throw .cancelled }
        return response
    }

    /// What stands with an answer that is no success, as far as it is kept: it is for people, its status is what counts,
    /// and it may be longer than what was asked for.
    private static func words(
        of head: HTTPClientResponse, _ request: HTTPRequest, limit: Int
    ) async throws(HTTPTransportError) -> [UInt8] {
        var words: [UInt8] = []
        do {
            for try await piece in head.body {
                words.append(contentsOf: piece.readableBytesView.prefix(limit - words.count))
                if words.count == limit { break }
            }
        } catch {
            throw HTTPTransportError(error, about: request.url.origin).afterHead
        }
        if Task.isCancelled { throw .cancelled }
        return words
    }
}

extension HTTPRequest {
    /// The library's form. Lengths and host are the library's to state.
    fileprivate func libraryForm() throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: socket.map { Self.url(socket: $0, url) } ?? url.description)
        request.method = HTTPMethod(rawValue: method.rawValue)
        for field in fields { request.headers.add(name: field.name, value: field.value) }
        if !body.isEmpty || method == .put || method == .post || method == .patch { request.body = .bytes(body) }
        return request
    }
}

extension HTTPRequest {
    /// As the library names a request over a Unix socket: the socket's path, percent-encoded, is the host.
    private static func url(socket: String, _ url: WebURL) -> String {
        var host = ""
        for byte in socket.utf8 {
            if byte.isASCIIAlphanumeric {
                host.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                host += hex.utf8.count == 1 ? "%0" + hex : "%" + hex
            }
        }
        return "http+unix://" + host + url.path + (url.query.map { "?" + $0 } ?? "")
    }
}

extension HTTPFields {
    fileprivate init(_ headers: HTTPHeaders) {
        self.init()
        for header in headers { add(header.name, header.value) }
    }
}

import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization

/// How a connection comes about; requests of one route share connections.
struct Route: Hashable {
    let proxy: WebProxy?
    /// The address that was checked, and to which the connection therefore goes.
    let pin: Pin?
    /// A connection on which a certificate was shown serves no request that shows none.
    let showsClientCertificate: Bool
}

struct Pin: Hashable {
    let host: String
    let address: NetworkAddress
}

/// One client of the library per route, because the library pins addresses and proxies per client.
final class ClientPool: Sendable {
    private struct Entry {
        let client: HTTPClient
        var users = 0
        var lastUse = 0
    }
    private struct State {
        var entries: [Route: Entry] = [:]
        var uses = 0
        var isShutDown = false
    }
    /// Routes that are kept without a user: other servers name the hosts, so their number is not ours.
    private static let mostIdle = 32

    private let tls: TLSVariants
    private let connectTimeout: Duration
    private let state = Mutex(State())

    init(tls: TLSVariants, connectTimeout: Duration) {
        self.tls = tls
        self.connectTimeout = connectTimeout
    }

    deinit {
        let clients = state.withLock { state in
            defer { state.entries = [:] }
            return state.entries.values.map(\.client)
        }
        Self.close(clients)
    }

    /// The client of a route, which stays open until the lease ends.
    func lease(_ route: Route) async throws(HTTPTransportError) -> Lease {
        let client: HTTPClient? = state.withLock { state in
            guard !state.isShutDown else { return nil }
            state.uses += 1
            var entry = state.entries[route] ?? Entry(client: makeClient(route))
            entry.users += 1
            entry.lastUse = state.uses
            state.entries[route] = entry
            return entry.client
        }
        guard let client else { throw .cancelled }
        return Lease(client: client, route: route, pool: self)
    }

    func shutdown() async {
        let clients = state.withLock { state in
            state.isShutDown = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.client)
        }
        for client in clients { try? await client.shutdown() }
    }

    fileprivate func end(_ route: Route) {
        let idle: [HTTPClient] = state.withLock { state in
            state.entries[route]?.users -= 1
            let unused = state.entries.filter { $0.value.users == 0 }
            guard unused.count > Self.mostIdle, let oldest = unused.min(by: { $0.value.lastUse < $1.value.lastUse })
            else { return [] }
            state.entries[oldest.key] = nil
            return [oldest.value.client]
        }
        Self.close(idle)
    }

    /// The library wants its clients closed before they go.
    private static func close(_ clients: [HTTPClient]) {
        guard !clients.isEmpty else { return }
        Task { for client in clients { try? await client.shutdown() } }
    }

    private func makeClient(_ route: Route) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: route.showsClientCertificate ? tls.identified : tls.anonymous,
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(connectTimeout)), decompression: .disabled)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .automatic
        if let pin = route.pin, NetworkAddress(pin.host) == nil {
            configuration.dnsOverride = [pin.host: pin.address.description]
        }
        if let proxy = route.proxy {
            let host = NetworkAddress(proxy.host).map(\.description) ?? proxy.host
            switch proxy.kind {
            case .http:
                configuration.proxy = .server(
                    host: host, port: proxy.port,
                    authorization: proxy.user.map { .basic(username: $0, password: proxy.password) })
            case .socks5: configuration.proxy = .socksServer(host: host, port: proxy.port)
            }
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

/// A client that is in use.
struct Lease {
    let client: HTTPClient
    fileprivate let route: Route
    fileprivate let pool: ClientPool

    fileprivate init(client: HTTPClient, route: Route, pool: ClientPool) {
        self.client = client
        self.route = route
        self.pool = pool
    }

    func end() { pool.end(route) }
}

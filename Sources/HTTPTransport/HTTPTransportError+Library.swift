import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

extension HTTPTransportError {
    /// What the library threw, in our words. Whatever is not known counts as broken off: the request may have been seen.
    init(_ error: any Error, about origin: HTTPOrigin) {
        switch error {
        case let error as HTTPTransportError: self = error
        case is CancellationError: self = .cancelled
        case let error as HTTPClientError: self = Self.ofClient(error, origin)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self = .tls(origin, "\(error)")
        case HTTPParserError.invalidEOFState: self = .interrupted(origin, "the connection was closed")
        case is HTTPParserError: self = .malformed(origin, "\(error)")
        case let error as NIOConnectionError: self = .unreachable(origin, Self.text(of: error))
        case ChannelError.connectTimeout: self = .unreachable(origin, "no connection in time")
        case let error as IOError:
            self = error.isOfConnecting ? .unreachable(origin, "\(error)") : .interrupted(origin, "\(error)")
        default: self = .interrupted(origin, "\(error)")
        }
    }

    private static func ofClient(_ error: HTTPClientError, _ origin: HTTPOrigin) -> HTTPTransportError {
        switch error {
        case .cancelled, .alreadyShutdown: .cancelled
        case .connectTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout, .getConnectionFromPoolTimeout:
            .unreachable(origin, "no connection in time")
        case .proxyAuthenticationRequired: .unreachable(origin, "the proxy asks for credentials")
        case .tlsHandshakeTimeout: .tls(origin, "no handshake in time")
        case .invalidURL, .emptyHost, .emptyScheme:
            .malformed(origin, error.description)
        case .remoteConnectionClosed: .interrupted(origin, "the connection was closed")
        default:
            error.description.contains("invalidProxyResponse")
                ? .unreachable(origin, "the proxy refused to connect") : .interrupted(origin, error.description)
        }
    }

    private static func text(of error: NIOConnectionError) -> String {
        if let first = error.connectionErrors.first { return "\(first.error)" }
        return error.dnsAError == nil && error.dnsAAAAError == nil
            ? "no address answers" : "the name can't be looked up"
    }

    /// The same after the head was read: something was sent, so it is not unreachable any more.
    var afterHead: HTTPTransportError {
        if case .unreachable(let origin, let why) = self { .interrupted(origin, why) } else { self }
    }
}

extension IOError {
    fileprivate var isOfConnecting: Bool { "\(self)".utf8.starts(with: "connect".utf8) }
}

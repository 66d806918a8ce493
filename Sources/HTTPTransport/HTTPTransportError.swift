import Findings

/// Why there is no answer, or none that can be used. A status is never one: 500 is an answer.
public enum HTTPTransportError: Error, Equatable, Sendable {
    /// No connection came about, so nothing was sent: no such name, no route, refused, the proxy said no.
    case unreachable(HTTPOrigin, String)
    /// The host has an address that may not be spoken to.
    case refusedAddress(HTTPOrigin, NetworkAddress, NetworkAddress.Kind)
    /// `http` to a host that is neither loopback nor allowed.
    case refusedPlainHTTP(HTTPOrigin)
    /// The other side could not prove who it is, or the handshake failed.
    case tls(HTTPOrigin, String)
    /// The request's deadline passed.
    case timedOut(Duration)
    /// The answer has more bytes than the request takes.
    case tooLarge(HTTPOrigin, limit: Int)
    /// The connection ended before the answer did.
    case interrupted(HTTPOrigin, String)
    /// What came is no HTTP.
    case malformed(HTTPOrigin, String)
    /// The task that asked was cancelled, or the transport was shut down.
    case cancelled

    /// One line for people. It names the host, never a path: that may hold a secret.
    public var message: String {
        switch self {
        case .unreachable(let origin, let why): "\(Self.quoted(origin)) can't be reached: \(Self.told(why))"
        case .refusedAddress(let origin, let address, let kind):
            "\(Self.quoted(origin)) has the address \(address), which is \(kind.rawValue) and must be allowed first"
        case .refusedPlainHTTP(let origin): "expected https, found \(Self.quoted(origin))"
        case .tls(let origin, let why): "no trusted connection to \(Self.quoted(origin)): \(Self.told(why))"
        case .timedOut(let duration): "no full answer within \(duration)"
        case .tooLarge(let origin, let limit):
            "expected at most \(limit) bytes from \(Self.quoted(origin)), found more"
        case .interrupted(let origin, let why): "\(Self.quoted(origin)) broke off: \(Self.told(why))"
        case .malformed(let origin, let why): "\(Self.quoted(origin)) does not speak HTTP: \(Self.told(why))"
        case .cancelled: "the request was cancelled"
        }
    }

    private static func quoted(_ origin: HTTPOrigin) -> String { Finding.quoted(origin.description) }

    /// The library's words, on one line and capped.
    private static func told(_ text: String) -> String { Finding.escaped(String(text.prefix(300))) }
}

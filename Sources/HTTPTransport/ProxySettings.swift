import Findings

/// Which requests go through which proxy, as the variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say it by common
/// use; the values are handed in.
public struct ProxySettings: Sendable, Hashable {
    /// For `https`.
    public var https: WebProxy?
    /// For `http`.
    public var http: WebProxy?
    /// To whom none is used.
    public var exceptions: ProxyExceptions

    /// No proxy for anyone.
    public static let none = ProxySettings()

    public init(https: WebProxy? = nil, http: WebProxy? = nil, exceptions: ProxyExceptions = ProxyExceptions("")) {
        self.https = https
        self.http = http
        self.exceptions = exceptions
    }

    /// From environment variables. A lower-case name goes before its upper-case twin; an empty value is none.
    ///
    /// Inside a CGI program `HTTP_PROXY` is what the client sent as field `Proxy`, so it is not believed there.
    public init(environment: [String: String]) throws(ProxyError) {
        func value(_ name: String) -> String? {
            if let lower = environment[name.lowercased()], !lower.isEmpty { return lower }
            if name == "HTTP_PROXY", environment["REQUEST_METHOD"] != nil { return nil }
            return environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let all = value("ALL_PROXY")
        var proxies: [WebProxy?] = []
        for text in [value("HTTPS_PROXY") ?? all, value("HTTP_PROXY") ?? all] {
            if let text { proxies.append(try WebProxy(parsing: text)) } else { proxies.append(nil) }
        }
        self.init(https: proxies[0], http: proxies[1], exceptions: ProxyExceptions(value("NO_PROXY") ?? ""))
    }

    /// Loopback is never behind a proxy.
    func proxy(for url: WebURL) throws(HTTPTransportError) -> WebProxy? {
        guard let proxy = url.scheme == .https ? https : http else { return nil }
        if AddressPolicy.isLocalhost(url.host) || NetworkAddress(url.host)?.kind == .loopback { return nil }
        return exceptions.covers(host: url.host, port: url.port) ? nil : proxy
    }
}

/// One proxy.
public struct WebProxy: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// CONNECT, spoken over plain HTTP.
        case http
        case socks5
    }
    public let kind: Kind
    public let host: String
    public let port: Int
    /// For basic authentication.
    let user: String?
    let password: String

    /// Reads `[http://|socks5://][user:password@]host[:port][/]`.
    public init(parsing text: String) throws(ProxyError) {
        var rest = Substring(text)
        var kind = Kind.http
        if let range = rest.firstRange(of: "://") {
            switch rest[..<range.lowerBound].lowercased() {
            case "http": kind = .http
            case "socks5", "socks5h": kind = .socks5
            default: throw .scheme
            }
            rest = rest[range.upperBound...]
        }
        var user: String?
        var password = ""
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, let name = Self.decoded(first),
                let secret = Self.decoded(parts.count == 2 ? parts[1] : "")
            else { throw .user }
            guard kind == .http else { throw .user }
            user = name
            password = secret
            rest = rest[rest.index(after: at)...]
        }
        if rest.last == "/" { rest = rest.dropLast() }
        guard let url = try? WebURL(parsing: "http://" + rest), url.path == "/", url.query == nil else { throw .host }
        self.kind = kind
        self.host = url.host
        let isPortGiven = rest.last != "]" && rest.contains(":")
        self.port = isPortGiven ? url.port : kind == .http ? 80 : 1080
        self.user = user
        self.password = password
    }

    /// Without user and password.
    public var description: String { kind.rawValue + "://" + host + ":" + String(port) }

    private static func decoded(_ text: Substring) -> String? {
        var out: [UInt8] = []
        var bytes = text.utf8[...]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            let escape = bytes.prefix(2)
            guard escape.count == 2, escape.allSatisfy(\.isASCIIHexDigit),
                let number = UInt8(String(Substring(escape)), radix: 16)
            else { return nil }
            out.append(number)
            bytes = bytes.dropFirst(2)
        }
        return String(validating: out, as: UTF8.self)
    }
}

/// Why a proxy can't be used. It holds no text: proxies are written with passwords.
public enum ProxyError: Error, Equatable, Sendable {
    case scheme, user, host

    public var message: String {
        switch self {
        case .scheme: "expected a proxy with http or socks5, found another scheme"
        case .user: "expected user and password of an http proxy, percent-encoded, found something else"
        case .host: "expected host and port of a proxy, found something else"
        }
    }
}

/// `NO_PROXY`: names, addresses and networks, each with an optional port, separated by commas.
public struct ProxyExceptions: Sendable, Hashable {
    private enum Rule: Sendable, Hashable {
        case everything
        /// `name` covers itself and what lies below; `.name` and `*.name` only what lies below.
        case name(String, itself: Bool, port: Int?)
        case network(NetworkAddress, bits: Int, port: Int?)
    }
    private let rules: [Rule]

    /// Entries that are no rule are passed over, as everyone does.
    public init(_ text: String) {
        rules = text.split(separator: ",").compactMap { Self.rule($0.filter { $0 != " " && $0 != "\t" }) }
    }

    func covers(host: String, port: Int) -> Bool {
        let address = NetworkAddress(host)
        return rules.contains { rule in
            switch rule {
            case .everything: return true
            case .name(let name, let itself, let wanted):
                guard wanted == nil || wanted == port, address == nil else { return false }
                if host.isSameASCII(as: name) { return itself }
                return String(host.suffix(name.utf8.count + 1)).isSameASCII(as: "." + name)
            case .network(let network, let bits, let wanted):
                guard wanted == nil || wanted == port, let address else { return false }
                return address.shares(bits, with: network)
            }
        }
    }

    private static func rule(_ text: String) -> Rule? {
        if text == "*" { return .everything }
        if let slash = text.firstIndex(of: "/") {
            guard let network = NetworkAddress(String(text[..<slash])),
                let bits = Int(text[text.index(after: slash)...]),
                (0...network.bytes.count * 8).contains(bits)
            else { return nil }
            return .network(network, bits: bits, port: nil)
        }
        if let address = NetworkAddress(text) { return .network(address, bits: address.bytes.count * 8, port: nil) }
        var name = text[...]
        var port: Int?
        if let colon = text.lastIndex(of: ":") {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else { return nil }
            port = number
            name = text[..<colon]
        }
        if let address = NetworkAddress(String(name)) {
            return .network(address, bits: address.bytes.count * 8, port: port)
        }
        if name.hasPrefix("*.") { name = name.dropFirst() }
        let itself = !name.hasPrefix(".")
        if !itself { name = name.dropFirst() }
        guard let canonical = WebURL.canonicalHost(String(name)) else { return nil }
        return .name(canonical, itself: itself, port: port)
    }
}

extension NetworkAddress {
    /// Whether the first bits are the same.
    fileprivate func shares(_ bits: Int, with other: NetworkAddress) -> Bool {
        guard bytes.count == other.bytes.count else { return false }
        let whole = bits / 8
        guard bytes.prefix(whole).elementsEqual(other.bytes.prefix(whole)) else { return false }
        let rest = bits % 8
        guard rest > 0, whole < bytes.count else { return true }
        return (bytes[whole] ^ other.bytes[whole]) >> (8 - UInt8(rest)) == 0
    }
}

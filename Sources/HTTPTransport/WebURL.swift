import Findings

/// An absolute `http` or `https` URL in one spelling, so that what is checked is what is connected to.
///
/// Scheme and host are lower case, an IPv6 address is in brackets, the port is left out where it is the scheme's own, the
/// path begins with a slash, there is no user and no fragment, and every byte is one that RFC 3986 allows.
public struct WebURL: Sendable, Hashable, CustomStringConvertible {
    public enum Scheme: String, Sendable {
        case http, https

        var port: Int { self == .http ? 80 : 443 }
    }

    public let scheme: Scheme
    /// A name, four decimal numbers, or an IPv6 address in brackets.
    public let host: String
    public let port: Int
    /// Begins with a slash; percent-encoded.
    public let path: String
    /// After the question mark, percent-encoded; nil if there is none.
    public let query: String?

    /// Longest text, bytes: twice what servers commonly take.
    public static let longest = 16_384

    /// - Throws: `WebURLError` for anything that is no plain web address.
    public init(parsing text: String) throws(WebURLError) {
        guard text.utf8.count <= Self.longest else { throw .tooLong(text.utf8.count) }
        var rest = text.utf8[...]
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
            let scheme = Scheme(rawValue: Self.lowercased(rest[..<colon]))
        else { throw .scheme(text) }
        rest = rest[rest.index(after: colon)...]
        guard rest.starts(with: "//".utf8) else { throw .scheme(text) }
        rest = rest.dropFirst(2)
        let end = rest.firstIndex { [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains($0) }
        let (host, port) = try Self.authority(rest[..<(end ?? rest.endIndex)], whole: text)
        try self.init(
            scheme: scheme, host: host, port: port ?? scheme.port, pathAndQuery: rest[(end ?? rest.endIndex)...],
            whole: text)
    }

    /// - Parameters:
    ///   - authority: `host[:port]`.
    ///   - path: begins with a slash; may hold a query.
    public init(scheme: Scheme, authority: String, path: String) throws(WebURLError) {
        try self.init(parsing: scheme.rawValue + "://" + authority + path)
    }

    private init(
        scheme: Scheme, host: String, port: Int, pathAndQuery: Substring.UTF8View, whole: String
    ) throws(WebURLError) {
        self.scheme = scheme
        self.host = host
        self.port = port
        let kept = pathAndQuery.prefix { $0 != UInt8(ascii: "#") }
        let mark = kept.firstIndex(of: UInt8(ascii: "?"))
        let path = try Self.encoded(kept[..<(mark ?? kept.endIndex)], whole: whole)
        self.path = path.utf8.first == UInt8(ascii: "/") ? path : "/" + path
        if let mark {
            query = try Self.encoded(kept[kept.index(after: mark)...], whole: whole)
        } else {
            query = nil
        }
    }

    public var origin: HTTPOrigin { HTTPOrigin(scheme: scheme, host: host, port: port) }

    public var description: String { origin.description + path + (query.map { "?" + $0 } ?? "") }

    /// What a `Location` or `Link` of an answer to this URL means (RFC 3986 section 5.2).
    public func resolving(_ reference: String) throws(WebURLError) -> WebURL {
        guard reference.utf8.count <= Self.longest else { throw .tooLong(reference.utf8.count) }
        let bytes = reference.utf8[...]
        if bytes.starts(with: "//".utf8) { return try WebURL(parsing: scheme.rawValue + ":" + reference) }
        let head = bytes.prefix { ![UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains($0) }
        if head.contains(UInt8(ascii: ":")) { return try WebURL(parsing: reference) }
        if bytes.first == UInt8(ascii: "/") {
            return try WebURL(
                scheme: scheme, host: host, port: port, pathAndQuery: Self.withoutDots(bytes)[...], whole: reference)
        }
        if bytes.isEmpty || bytes.first == UInt8(ascii: "#") { return self }
        if bytes.first == UInt8(ascii: "?") {
            return try WebURL(
                scheme: scheme, host: host, port: port, pathAndQuery: (path + reference).utf8[...], whole: reference)
        }
        let folder = path.utf8[...(path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.utf8.startIndex)]
        let merged = String(Substring(folder)) + reference
        return try WebURL(
            scheme: scheme, host: host, port: port, pathAndQuery: Self.withoutDots(merged.utf8[...])[...],
            whole: reference)
    }
}

/// Scheme, host and port: to whom a request goes. Credentials belong to one of these.
public struct HTTPOrigin: Sendable, Hashable, CustomStringConvertible {
    public let scheme: WebURL.Scheme
    public let host: String
    public let port: Int

    /// With the port only where it is not the scheme's own.
    public var hostAndPort: String { port == scheme.port ? host : host + ":" + String(port) }

    public var description: String { scheme.rawValue + "://" + hostAndPort }
}

/// Why a text is no URL that requests go to.
public enum WebURLError: Error, Equatable, Sendable {
    /// Neither `http://` nor `https://`.
    case scheme(String)
    /// A user or password stands in it.
    case user
    /// The host is none, or a number in disguise.
    case host(String)
    case port(String)
    /// A control character, a space, or a broken percent escape.
    case characters(String)
    /// Bytes.
    case tooLong(Int)

    /// One line for people. What is quoted is cut before the query, which may hold a secret.
    public var message: String {
        switch self {
        case .scheme(let text): "expected a URL with http or https, found \(Self.quoted(text))"
        case .user: "expected a URL without user or password, found one with"
        case .host(let text): "expected a host in the URL, found \(Self.quoted(text))"
        case .port(let text): "expected a port in the URL, found \(Self.quoted(text))"
        case .characters(let text): "expected a URL of printable characters, found \(Self.quoted(text))"
        case .tooLong(let count): "expected a URL of at most \(WebURL.longest) bytes, found \(count)"
        }
    }

    private static func quoted(_ text: String) -> String { Finding.quoted(String(text.prefix { $0 != "?" })) }
}

// Grammar, on bytes.
extension WebURL {
    private static func authority(
        _ bytes: Substring.UTF8View, whole: String
    ) throws(WebURLError) -> (host: String, port: Int?) {
        guard !bytes.contains(UInt8(ascii: "@")) else { throw .user }
        let text = String(Substring(bytes))
        var host = bytes
        var port: Substring.UTF8View?
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { throw .host(text) }
            host = bytes[...close]
            let rest = bytes[bytes.index(after: close)...]
            guard rest.isEmpty || rest.first == UInt8(ascii: ":") else { throw .host(text) }
            if !rest.isEmpty { port = rest.dropFirst() }
        } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            host = bytes[..<colon]
            port = bytes[bytes.index(after: colon)...]
        }
        guard let name = canonicalHost(String(Substring(host))) else { throw .host(text) }
        guard let port, !port.isEmpty else { return (name, nil) }
        guard port.count <= 5, port.allSatisfy(\.isASCIIDigit), let number = Int(String(Substring(port))),
            (1...65_535).contains(number)
        else { throw .port(text) }
        return (name, number)
    }

    /// A name of RFC 1123 (with `_`, which service names have), or an address; nil for anything else.
    static func canonicalHost(_ host: String) -> String? {
        if host.utf8.first == UInt8(ascii: "[") {
            guard let address = NetworkAddress(host), address.isIPv6 else { return nil }
            return "[" + address.description + "]"
        }
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        for label in labels {
            guard (1...63).contains(label.count), label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-"),
                label.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
            else { return nil }
        }
        // Resolvers take `127.1`, `0x7f000001` and `2130706433` for addresses: where the end is a number, all of it has
        // to be an address in its usual notation.
        if let last = labels.last, last.first?.isASCIIDigit == true {
            let isNumber =
                last.allSatisfy(\.isASCIIDigit) || last.dropFirst().first.map { $0 | 0x20 } == UInt8(ascii: "x")
            if isNumber { return NetworkAddress(host).map(\.description) }
        }
        return host.utf8.count <= 253 ? lowercased(host.utf8[...]) : nil
    }

    /// Leaves what RFC 3986 allows, percent-encodes other printable characters, refuses the rest.
    private static func encoded(_ bytes: Substring.UTF8View, whole: String) throws(WebURLError) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        let digits = Array("0123456789ABCDEF".utf8)
        var index = bytes.startIndex
        while index != bytes.endIndex {
            let byte = bytes[index]
            index = bytes.index(after: index)
            switch byte {
            case UInt8(ascii: "%"):
                let escape = bytes[index...].prefix(2)
                guard escape.count == 2, escape.allSatisfy(\.isASCIIHexDigit) else { throw .characters(whole) }
                out.append(byte)
            case _ where byte.isASCIIAlphanumeric || isMark(byte): out.append(byte)
            case 0x21...0x7e, 0x80...: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: throw .characters(whole)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// `unreserved`, `sub-delims`, `:`, `@`, `/` and `?` that are no letters or digits.
    private static func isMark(_ byte: UInt8) -> Bool { "-._~!$&'()*+,;=:@/?".utf8.contains(byte) }

    /// RFC 3986 section 5.2.4, on the path only.
    private static func withoutDots(_ bytes: Substring.UTF8View) -> String.UTF8View {
        let end = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.endIndex
        var kept: [Substring] = []
        let parts = Substring(bytes[..<end]).split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (offset, part) in parts.enumerated() {
            let isLast = offset == parts.count - 1
            switch part {
            case ".": if isLast { kept.append("") }
            case "..":
                _ = kept.popLast()
                if isLast { kept.append("") }
            default: kept.append(part)
            }
        }
        return ("/" + kept.joined(separator: "/") + String(Substring(bytes[end...]))).utf8
    }

    private static func lowercased(_ bytes: Substring.UTF8View) -> String {
        String(decoding: bytes.map(\.asciiLowercased), as: UTF8.self)
    }
}

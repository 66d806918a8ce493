/// The host and port of a registry in the one spelling that this product compares: lower case, IPv6 addresses as
/// RFC 5952 writes them, ports without leading zeros. ASCII by grammar, so `==` compares bytes.
public struct RegistryHost: Sendable, Hashable, CustomStringConvertible {
    /// A name in lower case, or an address; that of IPv6 in brackets.
    public let host: String
    /// As given; nil where none was.
    public let port: Int?

    /// `domain-name [":" port]` or `"[" IPv6 "]" [":" port]` of distribution/reference; nil for anything else.
    public init?(parsing text: String) {
        self.init(text.utf8[...])
    }

    /// `host` or `host:port`; reading it gives an equal value.
    public var description: String { host + (port.map { ":\($0)" } ?? "") }

    init?(_ bytes: Substring.UTF8View) {
        let host: Substring.UTF8View
        var port: Substring.UTF8View?
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let end = bytes.index(after: close)
            host = bytes[..<end]
            if end != bytes.endIndex {
                guard bytes[end] == .colon else { return nil }
                port = bytes[bytes.index(after: end)...]
            }
        } else {
            let colon = bytes.firstIndex(of: .colon) ?? bytes.endIndex
            host = bytes[..<colon]
            if colon != bytes.endIndex { port = bytes[bytes.index(after: colon)...] }
        }

        guard let name = host.first == UInt8(ascii: "[") ? Self.address(host.dropFirst().dropLast()) : Self.domain(host)
        else { return nil }
        self.host = name
        if let port {
            guard let number = Self.port(port) else { return nil }
            self.port = number
        } else {
            self.port = nil
        }
    }

    /// Components of letters, digits and inner hyphens (RFC 1123 section 2.1), joined by dots.
    private static func domain(_ bytes: Substring.UTF8View) -> String? {
        // A component neither begins nor ends with a hyphen, and is not empty.
        var previous = UInt8.dot
        for byte in bytes {
            guard
                byte.isHostLetter || byte == UInt8(ascii: "-") && previous != .dot
                    || byte == .dot && previous.isHostLetter
            else { return nil }
            previous = byte
        }
        return previous.isHostLetter ? bytes.lowercased : nil
    }

    /// 1 to 65535 without leading zeros: `:0443` would be a second name for the same server.
    private static func port(_ bytes: Substring.UTF8View) -> Int? {
        guard bytes.first != UInt8(ascii: "0"), bytes.allSatisfy(\.isDigit),
            let number = Int(String(Substring(bytes))), number <= 65_535
        else { return nil }
        return number
    }
}

// IPv6 (RFC 4291 section 2.2, forms 1 and 2; the grammar of references has neither embedded IPv4 nor zones).
extension RegistryHost {
    private static func address(_ bytes: Substring.UTF8View) -> String? {
        guard let groups = groups(of: bytes) else { return nil }
        return "[" + canonical(groups) + "]"
    }

    /// The eight groups of an address, at most one run of zeros written as `::`.
    private static func groups(of bytes: Substring.UTF8View) -> [UInt16]? {
        var before: [UInt16] = []
        var after: [UInt16]?
        var rest = bytes
        if rest.starts(with: "::".utf8) {
            after = []
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != .colon }
            guard digits.count <= 4, digits.allSatisfy(\.isHexDigit),
                let group = UInt16(String(Substring(digits)), radix: 16)
            else { return nil }
            if after == nil { before.append(group) } else { after?.append(group) }
            rest = rest.dropFirst(digits.count)
            guard !rest.isEmpty else { break }
            if rest.starts(with: "::".utf8) {
                guard after == nil else { return nil }
                after = []
                rest = rest.dropFirst(2)
            } else {
                rest = rest.dropFirst()
                guard !rest.isEmpty else { return nil }
            }
        }
        guard let after else { return before.count == 8 ? before : nil }
        let zeros = 8 - before.count - after.count
        guard zeros >= 1 else { return nil }
        return before + Array(repeating: 0, count: zeros) + after
    }

    /// RFC 5952 section 4: lower case, no leading zeros, the first longest run of two or more zero groups as `::`.
    private static func canonical(_ groups: [UInt16]) -> String {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 { start = index + 1 }
            if index + 1 - start > longest.count { longest = start..<index + 1 }
        }
        func text(_ part: some Sequence<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard longest.count >= 2 else { return text(groups) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }
}

// ASCII, byte by byte: the Character and Unicode properties accept far more than these grammars do.
extension UInt8 {
    static var dot: UInt8 { UInt8(ascii: ".") }
    static var colon: UInt8 { UInt8(ascii: ":") }
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isLowerCaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    var isUpperCaseLetter: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    var isLowerHexDigit: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self) }
    var isHexDigit: Bool { isLowerHexDigit || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self) }
    fileprivate var isHostLetter: Bool { isDigit || isLowerCaseLetter || isUpperCaseLetter }
}

extension Substring.UTF8View {
    /// With ASCII letters in lower case and every other byte as it is.
    var lowercased: String {
        guard contains(where: \.isUpperCaseLetter) else { return String(Substring(self)) }
        return String(decoding: map { $0.isUpperCaseLetter ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

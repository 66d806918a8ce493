import Glibc

/// An IPv4 or IPv6 address.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// Four or sixteen bytes, most significant first.
    public let bytes: [UInt8]

    /// Reads an address in its usual notation: four decimal numbers without leading zeros, or RFC 4291 section 2.2 with
    /// or without brackets and without a zone; nil for anything else.
    public init?(_ text: String) {
        var text = text
        if text.utf8.first == UInt8(ascii: "["), text.utf8.last == UInt8(ascii: "]") {
            text = String(text.dropFirst().dropLast())
        }
        var four = in_addr()
        var sixteen = in6_addr()
        // inet_pton, unlike inet_aton, takes neither `127.1` nor octal nor hexadecimal numbers.
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            bytes = withUnsafeBytes(of: sixteen) { Array($0) }
        } else {
            return nil
        }
    }

    /// - Parameter bytes: four or sixteen.
    init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    public var isIPv6: Bool { bytes.count == 16 }

    /// Without brackets.
    public var description: String {
        guard isIPv6 else { return bytes.map { String($0) }.joined(separator: ".") }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let ok = bytes.withUnsafeBytes { inet_ntop(AF_INET6, $0.baseAddress, &text, socklen_t(text.count)) != nil }
        return ok ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : "?"
    }
}

extension NetworkAddress {
    /// For whom an address is meant (RFC 6890 and the IANA special-purpose address registries).
    public enum Kind: String, Sendable, CaseIterable {
        /// Of the Internet.
        case global
        /// Of this machine.
        case loopback
        /// RFC 1918, RFC 4193, and the site-local addresses of before (RFC 3879).
        case `private`
        /// RFC 3927 and RFC 4291, where the metadata services of clouds answer.
        case linkLocal = "link-local"
        /// RFC 6598: between a provider and its customers.
        case shared
        /// A service of a cloud's own at an address that looks like one of the Internet.
        case metadata
        case multicast
        case unspecified
        /// Documentation, benchmarks, transition mechanisms, future use: nothing that a server has.
        case reserved
    }

    public var kind: Kind { isIPv6 ? kind6 : Self.kind4(bytes) }

    private static func kind4(_ bytes: [UInt8]) -> Kind {
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (0, _, _, _): .unspecified
        case (10, _, _, _), (172, 16...31, _, _), (192, 168, _, _): .private
        case (100, 64...127, _, _): .shared
        case (127, _, _, _): .loopback
        case (169, 254, _, _): .linkLocal
        // Azure's host agent.
        case (168, 63, 129, 16): .metadata
        case (192, 0, 0, _), (192, 0, 2, _), (192, 88, 99, _), (198, 18...19, _, _), (198, 51, 100, _),
            (203, 0, 113, _), (240..., _, _, _):
            .reserved
        case (224...239, _, _, _): .multicast
        default: .global
        }
    }

    private var kind6: Kind {
        let head = bytes.prefix(12)
        let last = Array(bytes.suffix(4))
        // ::ffff:0:0/96 (mapped) and 64:ff9b::/96 (RFC 6052) lead to the IPv4 address that they hold.
        if head.elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
            || head.elementsEqual([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0])
        {
            return Self.kind4(last)
        }
        if head.allSatisfy({ $0 == 0 }) {
            switch last {
            case [0, 0, 0, 0]: return .unspecified
            case [0, 0, 0, 1]: return .loopback
            default: return .reserved
            }
        }
        switch (bytes[0], bytes[1]) {
        case (0xfc...0xfd, _), (0xfe, 0xc0...): return .private
        case (0xfe, 0x80...0xbf): return .linkLocal
        case (0xff, _): return .multicast
        // 2001::/23 (protocol assignments, Teredo), documentation, 6to4: none leads where its bits seem to.
        case (0x20, 0x01) where bytes[2] < 2 || bytes[2] == 0x0d && bytes[3] == 0xb8: return .reserved
        case (0x20, 0x02): return .reserved
        case (0x3f, 0xff): return .reserved
        case (0x20...0x3f, _): return .global
        default: return .reserved
        }
    }
}

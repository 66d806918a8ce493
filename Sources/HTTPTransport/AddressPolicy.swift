/// Which kinds of addresses a host may have. A host that has one of another kind among its addresses is refused: which
/// one is taken would be chance.
public struct AddressPolicy: Sendable, Hashable {
    /// Nil: any.
    private let kinds: Set<NetworkAddress.Kind>?

    /// For hosts that the user named: nothing is looked up beforehand.
    public static let any = AddressPolicy(kinds: nil)
    /// Addresses of the Internet.
    public static let global = AddressPolicy([.global])
    /// This machine.
    public static let loopback = AddressPolicy([.loopback])

    public init(_ kinds: Set<NetworkAddress.Kind>) { self.kinds = kinds }

    private init(kinds: Set<NetworkAddress.Kind>?) { self.kinds = kinds }

    public func allows(_ kind: NetworkAddress.Kind) -> Bool { kinds?.contains(kind) ?? true }

    /// What either allows.
    public func union(_ other: AddressPolicy) -> AddressPolicy {
        guard let kinds, let others = other.kinds else { return .any }
        return AddressPolicy(kinds.union(others))
    }

    /// What both allow.
    public func intersection(_ other: AddressPolicy) -> AddressPolicy {
        guard let kinds else { return other }
        return other.kinds.map { AddressPolicy(kinds.intersection($0)) } ?? self
    }

    /// Names that are this machine's (RFC 6761 section 6.3).
    static func isLocalhost(_ host: String) -> Bool {
        host.isSameASCII(as: "localhost") || host.lowercased().utf8.suffix(10).elementsEqual(".localhost".utf8)
    }
}

extension AddressPolicy {
    /// Most addresses of one name that are tried.
    private static let mostTried = 4

    /// The addresses of the URL's host, all of them allowed; at least one.
    func check(_ url: WebURL, lookup: NameLookup) async throws(HTTPTransportError) -> [NetworkAddress] {
        let addresses: [NetworkAddress]
        if let address = NetworkAddress(url.host) {
            addresses = [address]
        } else {
            addresses = try await lookup.addresses(of: url.origin)
        }
        for address in addresses where !allows(address.kind) {
            throw .refusedAddress(url.origin, address, address.kind)
        }
        guard !addresses.isEmpty else { throw .unreachable(url.origin, "the name has no address") }
        return Array(addresses.prefix(Self.mostTried))
    }

    /// What a name says by itself, where somebody else will look it up.
    func refusal(ofName host: String, port: Int = 0) -> HTTPTransportError? {
        let told = Self.isLocalhost(host) ? NetworkAddress("127.0.0.1") : NetworkAddress(host)
        guard let told, !allows(told.kind) else { return nil }
        return .refusedAddress(HTTPOrigin(scheme: .https, host: host, port: port), told, told.kind)
    }
}

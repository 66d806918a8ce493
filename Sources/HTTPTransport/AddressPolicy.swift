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

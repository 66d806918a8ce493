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

public import StrictEncoding

/// The bundles of several trust domains, today's and earlier ones, each with the time in which it counts.
///
/// An identity is verified with the bundle of its own trust domain and with no other (bundle specification section 3),
/// and with those that counted at the instant that is asked about: so evidence that was signed and timestamped last month
/// still verifies after the keys were rotated, and a key that was withdrawn vouches for nothing later.
public struct SPIFFETrustBundles: Sendable {
    /// By trust domain, then by time.
    public let entries: [Entry]
    private let authorities: [CertificateAuthorities]

    /// A bundle and when it counts, both ends included. An open end is for the one that counts today.
    public struct Entry: Sendable, Hashable {
        public let bundle: SPIFFETrustBundle
        public let validFor: ValidityPeriod

        public init(_ bundle: SPIFFETrustBundle, validFor: ValidityPeriod) {
            self.bundle = bundle
            self.validFor = validFor
        }
    }

    /// Periods may overlap: then each bundle counts.
    ///
    /// - Throws: `SPIFFEBundleError`, also where a later bundle of a trust domain has a lower sequence number than an
    ///   earlier one, or the same and other keys (bundle specification section 4.1.1): somebody put an old one back.
    public init(_ entries: [Entry]) throws(SPIFFEBundleError) {
        let sorted = entries.sorted { $0.sortsBefore($1) }
        try Self.checkHistories(sorted)
        var authorities: [CertificateAuthorities] = []
        for entry in sorted {
            var ofEntry: [CertificateAuthority] = []
            for (position, certificate) in entry.bundle.authorities.enumerated() {
                do {
                    ofEntry.append(try CertificateAuthority(certificates: [certificate], validFor: entry.validFor))
                } catch {
                    throw .notAnAuthority(position: position)
                }
            }
            authorities.append(CertificateAuthorities(ofEntry))
        }
        self.entries = sorted
        self.authorities = authorities
    }

    /// Each once, in the order of their bytes.
    public var trustDomains: [SPIFFETrustDomain] { Array(Set(entries.map(\.bundle.trustDomain))).sorted() }

    /// The bundles of a trust domain that count at an instant, the one that began last at the end. None counts where the
    /// trust domain is unknown, or was not known then.
    public func bundles(of trustDomain: SPIFFETrustDomain, at instant: Instant) -> [SPIFFETrustBundle] {
        positions(of: trustDomain, at: instant).map { entries[$0].bundle }
    }

    /// The certificates that may issue X509-SVIDs of a trust domain at an instant, each once.
    public func authorities(of trustDomain: SPIFFETrustDomain, at instant: Instant) -> [Certificate] {
        var seen: Set<Certificate> = []
        return bundles(of: trustDomain, at: instant).flatMap(\.authorities).filter { seen.insert($0).inserted }
    }

    /// The same with a newer bundle of its trust domain from `instant` on: what is open ends one second before.
    ///
    /// A bundle that is already the open one changes nothing, so that a file may be read again and again.
    ///
    /// - Throws: `SPIFFEBundleError.sequenceWentBack` for an older bundle.
    public func adding(
        _ bundle: SPIFFETrustBundle, from instant: Instant
    ) throws(SPIFFEBundleError) -> SPIFFETrustBundles {
        var changed: [Entry] = []
        for entry in entries {
            guard entry.bundle.trustDomain == bundle.trustDomain, entry.validFor.end == nil else {
                changed.append(entry)
                continue
            }
            if entry.bundle == bundle { return self }
            // One that would have begun now or later has counted for no instant before.
            guard entry.validFor.start < instant else { continue }
            changed.append(
                Entry(entry.bundle, validFor: try Self.period(entry.validFor.start, instant.adding(seconds: -1))))
        }
        changed.append(Entry(bundle, validFor: try Self.period(instant, nil)))
        return try SPIFFETrustBundles(changed)
    }

    static func period(_ start: Instant?, _ end: Instant?) throws(SPIFFEBundleError) -> ValidityPeriod {
        do {
            return try ValidityPeriod(start: start, end: end)
        } catch {
            throw .period(error)
        }
    }

    private func positions(of trustDomain: SPIFFETrustDomain, at instant: Instant) -> [Int] {
        entries.indices.filter {
            entries[$0].bundle.trustDomain == trustDomain && entries[$0].validFor.contains(instant)
        }
    }
}

// MARK: Verification

/// A workload's certificate that its trust domain vouches for, at an instant.
public struct VerifiedX509SVID: Sendable {
    /// The one URI of the leaf.
    public let id: SPIFFEID
    /// The path to the authority of the trust domain.
    public let chain: VerifiedChain

    fileprivate init(id: SPIFFEID, chain: VerifiedChain) {
        self.id = id
        self.chain = chain
    }
}

extension SPIFFETrustBundles {
    /// Verifies an X509-SVID (X509-SVID section 5) with the bundles of the trust domain that it names.
    ///
    /// On success a path as in `CertificateAuthority.verify` leads to an authority of a bundle that counts at `instant`,
    /// and leaf and authorities are as X509-SVID has them.
    ///
    /// - Parameter intermediates: certificates that came with the leaf; nobody has vouched for them.
    /// - Parameter revocation: lists of what issuers took back, if there are any.
    public func verify(
        _ leaf: Certificate, intermediates: [Certificate] = [], at instant: Instant, revocation: RevocationCheck? = nil
    ) throws(SVIDRefusal) -> VerifiedX509SVID {
        let id: SPIFFEID
        do {
            id = try LeafSVID.spiffeID(of: leaf)
        } catch {
            throw .svid(error)
        }
        let positions = try positionsInForce(for: id.trustDomain, at: instant)
        let candidates = CertificateAuthorities(positions.flatMap { authorities[$0].all })
        guard !candidates.all.isEmpty else { throw .noKeys(id.trustDomain, at: instant) }
        do {
            let chain = try candidates.verify(
                leaf, intermediates: intermediates, at: instant, profile: .spiffe(of: id.trustDomain),
                revocation: revocation)
            return VerifiedX509SVID(id: id, chain: chain)
        } catch {
            throw .chain(error)
        }
    }

    /// The keys for tokens of a trust domain at an instant.
    func tokenKeys(
        of trustDomain: SPIFFETrustDomain, at instant: Instant
    ) throws(SVIDRefusal) -> [SPIFFETrustBundle.TokenKey] {
        let keys = try positionsInForce(for: trustDomain, at: instant).flatMap { entries[$0].bundle.tokenKeys }
        guard !keys.isEmpty else { throw .noKeys(trustDomain, at: instant) }
        return keys
    }

    private func positionsInForce(
        for trustDomain: SPIFFETrustDomain, at instant: Instant
    ) throws(SVIDRefusal) -> [Int] {
        let positions = positions(of: trustDomain, at: instant)
        guard positions.isEmpty else { return positions }
        guard entries.contains(where: { $0.bundle.trustDomain == trustDomain }) else { throw .noBundle(trustDomain) }
        throw .noBundleThen(trustDomain, at: instant)
    }
}

/// Why a certificate is no X509-SVID of a trust domain whose bundle was given.
public enum SVIDRefusal: Error, Equatable, Sendable {
    /// No bundle of this trust domain was given.
    case noBundle(SPIFFETrustDomain)
    /// None of the bundles of this trust domain counts at that time.
    case noBundleThen(SPIFFETrustDomain, at: Instant)
    /// The bundles that count hold no key for this kind of SVID: the trust domain withdrew them, or never had any.
    case noKeys(SPIFFETrustDomain, at: Instant)
    case svid(X509SVIDError)
    case chain(ChainError)

    /// One line, lower case. The name of a trust domain holds nothing that has to be escaped.
    public var message: String {
        switch self {
        case .noBundle(let domain): "expected an identity of a trust domain whose bundle was given, found `\(domain)`"
        case .noBundleThen(let domain, let instant):
            "expected a bundle of `\(domain)` that counts at \(instant), found bundles for other times"
        case .noKeys(let domain, let instant):
            "expected a bundle of `\(domain)` with keys for this kind of SVID at \(instant), found none in it"
        case .svid(let error): error.message
        case .chain(let error): error.message
        }
    }
}

// MARK: Histories

extension SPIFFETrustBundles {
    /// - Parameter sorted: by trust domain, then by time.
    private static func checkHistories(_ sorted: [Entry]) throws(SPIFFEBundleError) {
        var count = 0
        var domains = 0
        var last: SPIFFETrustBundle?
        for (position, entry) in sorted.enumerated() {
            let bundle = entry.bundle
            if position == 0 || sorted[position - 1].bundle.trustDomain != bundle.trustDomain {
                (count, last) = (0, nil)
                domains += 1
            }
            count += 1
            guard count <= SPIFFELimits.pastBundles else { throw .tooManyPastBundles(limit: SPIFFELimits.pastBundles) }
            guard domains <= SPIFFELimits.trustDomains else {
                throw .tooManyTrustDomains(limit: SPIFFELimits.trustDomains)
            }
            guard let number = bundle.sequenceNumber else { continue }
            if let last, let earlier = last.sequenceNumber {
                guard number >= earlier else {
                    throw .sequenceWentBack(bundle.trustDomain, from: earlier, to: number)
                }
                guard number != earlier || bundle.hasSameKeys(as: last) else {
                    throw .sequenceReused(bundle.trustDomain, number)
                }
            }
            last = bundle
        }
    }
}

extension SPIFFETrustBundle {
    fileprivate func hasSameKeys(as other: SPIFFETrustBundle) -> Bool {
        authorities == other.authorities && tokenKeys == other.tokenKeys
    }
}

extension SPIFFETrustBundles.Entry {
    /// A bundle that began at the same second as another comes after it if its number is higher.
    fileprivate func sortsBefore(_ other: Self) -> Bool {
        if bundle.trustDomain != other.bundle.trustDomain { return bundle.trustDomain < other.bundle.trustDomain }
        if validFor.start != other.validFor.start { return validFor.start < other.validFor.start }
        return (bundle.sequenceNumber ?? 0) < (other.bundle.sequenceNumber ?? 0)
    }
}

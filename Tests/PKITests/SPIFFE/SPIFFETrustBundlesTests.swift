import Signing
import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// Which bundle counts when, and for whom.
struct SPIFFETrustBundlesTests {
    static let now = SimulatedCA.now

    static func bundle(
        _ world: SimulatedTrustDomain, sequence: Int64? = 1, domain: String? = nil
    ) throws -> SPIFFETrustBundle {
        try SPIFFETrustBundle(
            trustDomain: SPIFFETrustDomain(domain ?? world.name),
            jwks: world.bundle(sequence: sequence).canonicalBytes())
    }

    static func entry(
        _ bundle: SPIFFETrustBundle, _ start: Int64, _ end: Int64?
    ) throws -> SPIFFETrustBundles.Entry {
        .init(
            bundle,
            validFor: try ValidityPeriod(start: now.adding(seconds: start), end: end.map { now.adding(seconds: $0) }))
    }

    /// What was signed and timestamped before the keys were rotated still verifies; the old keys vouch for nothing later.
    @Test func aPastBundleCountsForItsOwnTime() throws {
        let (old, new) = (try SimulatedTrustDomain(), try SimulatedTrustDomain())
        let bundles = try SPIFFETrustBundles([
            Self.entry(Self.bundle(new, sequence: 2), 101, nil), Self.entry(Self.bundle(old), 0, 100),
        ])
        let domain = try SPIFFETrustDomain("example.org")
        let (oldRoot, newRoot) = (try old.authority.root.certificate(), try new.authority.root.certificate())
        for (offset, expected): (Int64, [Certificate]) in [
            (-1, []), (0, [oldRoot]), (100, [oldRoot]), (101, [newRoot]), (10_000_000, [newRoot]),
        ] {
            #expect(bundles.authorities(of: domain, at: Self.now.adding(seconds: offset)) == expected, "\(offset)")
        }
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try old.authority.issue(old.workload(key: key.publicKey), key: key).certificate()
        let intermediates = [try old.authority.intermediate.certificate()]
        #expect(
            try bundles.verify(leaf, intermediates: intermediates, at: Self.now.adding(seconds: 100)).chain.leaf == leaf
        )
        #expect(throws: SVIDRefusal.self) {
            try bundles.verify(leaf, intermediates: intermediates, at: Self.now.adding(seconds: 101))
        }
        #expect(throws: SVIDRefusal.noBundleThen(domain, at: Self.now.adding(seconds: -1))) {
            try bundles.verify(leaf, intermediates: intermediates, at: Self.now.adding(seconds: -1))
        }
    }

    /// The chain says at which other times it holds: not beyond the period of its bundle.
    @Test func aChainHoldsWithinThePeriodOfItsBundle() throws {
        let world = try SimulatedTrustDomain()
        let bundles = try SPIFFETrustBundles([Self.entry(Self.bundle(world), 0, 100)])
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try world.authority.issue(world.workload(key: key.publicKey), key: key).certificate()
        let chain = try bundles.verify(
            leaf, intermediates: [world.authority.intermediate.certificate()], at: Self.now
        ).chain
        #expect(chain.holds(at: Self.now.adding(seconds: 100)))
        #expect(!chain.holds(at: Self.now.adding(seconds: 101)))
    }

    @Test func whereTwoBundlesCountEachDoes() throws {
        let (old, new) = (try SimulatedTrustDomain(), try SimulatedTrustDomain())
        let bundles = try SPIFFETrustBundles([
            Self.entry(Self.bundle(old), 0, 100), Self.entry(Self.bundle(new, sequence: 2), 50, nil),
        ])
        let domain = try SPIFFETrustDomain("example.org")
        #expect(bundles.authorities(of: domain, at: Self.now.adding(seconds: 60)).count == 2)
        #expect(bundles.bundles(of: domain, at: Self.now.adding(seconds: 60)).map(\.sequenceNumber) == [1, 2])
    }

    @Test func trustDomainsAreKeptApart() throws {
        let (one, two) = (try SimulatedTrustDomain("b.example"), try SimulatedTrustDomain("a.example"))
        let bundles = try SPIFFETrustBundles([
            Self.entry(Self.bundle(one), 0, nil), Self.entry(Self.bundle(two), 0, nil),
        ])
        #expect(bundles.trustDomains.map(\.description) == ["a.example", "b.example"])
        #expect(
            try bundles.authorities(of: SPIFFETrustDomain("a.example"), at: Self.now)
                == [two.authority.root.certificate()])
        #expect(try bundles.authorities(of: SPIFFETrustDomain("c.example"), at: Self.now).isEmpty)
    }

    @Test func anEmptyBundleWithdrawsAllKeys() throws {
        let world = try SimulatedTrustDomain()
        let domain = try SPIFFETrustDomain("example.org")
        let empty = try SPIFFETrustBundle(
            trustDomain: domain, jwks: Array(#"{"spiffe_sequence":2,"keys":[]}"#.utf8))
        let bundles = try SPIFFETrustBundles([Self.entry(Self.bundle(world), 0, 9), Self.entry(empty, 10, nil)])
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try world.authority.issue(world.workload(key: key.publicKey), key: key).certificate()
        let instant = Self.now.adding(seconds: 10)
        #expect(throws: SVIDRefusal.noKeys(domain, at: instant)) { try bundles.verify(leaf, at: instant) }
    }

    // MARK: Sequence numbers, section 4.1.1

    @Test func rejectsAnOlderBundleInTheNewersPlace() throws {
        let (old, new) = (try SimulatedTrustDomain(), try SimulatedTrustDomain())
        let domain = try SPIFFETrustDomain("example.org")
        #expect(throws: SPIFFEBundleError.sequenceWentBack(domain, from: 5, to: 4)) {
            try SPIFFETrustBundles([
                Self.entry(Self.bundle(old, sequence: 5), 0, 9), Self.entry(Self.bundle(new, sequence: 4), 10, nil),
            ])
        }
        // One between them that does not say changes nothing.
        #expect(throws: SPIFFEBundleError.sequenceWentBack(domain, from: 5, to: 4)) {
            try SPIFFETrustBundles([
                Self.entry(Self.bundle(old, sequence: 5), 0, 9), Self.entry(Self.bundle(old, sequence: nil), 10, 19),
                Self.entry(Self.bundle(new, sequence: 4), 20, nil),
            ])
        }
        #expect(throws: SPIFFEBundleError.sequenceReused(domain, 5)) {
            try SPIFFETrustBundles([
                Self.entry(Self.bundle(old, sequence: 5), 0, 9), Self.entry(Self.bundle(new, sequence: 5), 10, nil),
            ])
        }
        _ = try SPIFFETrustBundles([
            Self.entry(Self.bundle(old, sequence: 5), 0, 9), Self.entry(Self.bundle(old, sequence: 5), 10, nil),
        ])
        // Numbers of two trust domains have nothing to do with each other.
        let other = try SimulatedTrustDomain("z.example")
        _ = try SPIFFETrustBundles([
            Self.entry(Self.bundle(old, sequence: 5), 0, 9), Self.entry(Self.bundle(other, sequence: 4), 10, nil),
        ])
    }

    @Test func aNewerBundleEndsTheOneThatIsOpen() throws {
        let (old, new) = (try SimulatedTrustDomain(), try SimulatedTrustDomain())
        let first = try SPIFFETrustBundles([Self.entry(Self.bundle(old), 0, nil)])
        let instant = Self.now.adding(seconds: 100)
        let second = try first.adding(Self.bundle(new, sequence: 2), from: instant)
        #expect(second.entries.map(\.validFor.end) == [Self.now.adding(seconds: 99), nil])
        #expect(second.entries.map(\.bundle.sequenceNumber) == [1, 2])
        // A file that is read again changes nothing, and an older one is refused.
        let again = try second.adding(Self.bundle(new, sequence: 2), from: instant.adding(seconds: 5))
        #expect(again.entries == second.entries)
        #expect(throws: SPIFFEBundleError.sequenceWentBack(try SPIFFETrustDomain("example.org"), from: 2, to: 1)) {
            try second.adding(Self.bundle(old), from: instant.adding(seconds: 5))
        }
        // One that had counted for no second yet leaves nothing behind.
        let replaced = try second.adding(Self.bundle(old, sequence: 3), from: instant)
        #expect(replaced.entries.map(\.bundle.sequenceNumber) == [1, 3])
    }

    @Test func rejectsMorePastBundlesThanTheLimit() throws {
        let bundle = try Self.bundle(SimulatedTrustDomain())
        let most = try (0..<SPIFFELimits.pastBundles).map { try Self.entry(bundle, Int64($0), Int64($0)) }
        #expect(try SPIFFETrustBundles(most).entries.count == SPIFFELimits.pastBundles)
        #expect(throws: SPIFFEBundleError.tooManyPastBundles(limit: SPIFFELimits.pastBundles)) {
            try SPIFFETrustBundles(most + [Self.entry(bundle, 1_000_000, nil)])
        }
    }

    @Test func rejectsMoreTrustDomainsThanTheLimit() throws {
        func entry(_ number: Int) throws -> SPIFFETrustBundles.Entry {
            let domain = try SPIFFETrustDomain("d\(number).example")
            return try Self.entry(SPIFFETrustBundle(trustDomain: domain, jwks: Array(#"{"keys":[]}"#.utf8)), 0, nil)
        }
        let most = try (0..<SPIFFELimits.trustDomains).map(entry)
        #expect(try SPIFFETrustBundles(most).trustDomains.count == SPIFFELimits.trustDomains)
        #expect(throws: SPIFFEBundleError.tooManyTrustDomains(limit: SPIFFELimits.trustDomains)) {
            try SPIFFETrustBundles(most + [entry(SPIFFELimits.trustDomains)])
        }
    }
}

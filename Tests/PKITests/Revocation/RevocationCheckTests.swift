import Signing
import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// What revocation lists mean for a path, RFC 5280 section 6.3.
struct RevocationCheckTests {
    static let now = SimulatedCA.now
    /// As the simulator numbers its leaf; its root and intermediate have the same, and other issuers.
    static let serialNumber: [UInt8] = [0x5a, 1, 2, 3, 4, 5, 6, 7]

    /// A world with a root, an intermediate and a leaf of ten minutes from ``now``, and a list of each authority.
    struct World {
        let authority: SimulatedCA
        let leaf: Certificate

        init(
            root: (inout CertificateTemplate) -> Void = { _ in },
            intermediate: (inout CertificateTemplate) -> Void = { _ in }
        ) throws {
            authority = try SimulatedCA(altering: root, intermediate: intermediate)
            let key = try TestKeys.key(.ecdsaP256)
            leaf = try authority.issue(authority.fulcioLeaf(key: key.publicKey), key: key).certificate()
        }

        func list(
            of issuer: KeyPath<SimulatedCA, IssuedCertificate>, signedBy signer: PrivateKey? = nil,
            _ alter: (inout RevocationListTemplate) -> Void = { _ in }
        ) throws -> CertificateRevocationList {
            var template = RevocationListTemplate(of: authority[keyPath: issuer])
            alter(&template)
            return try CertificateRevocationList(
                der: template.signed(by: signer ?? authority[keyPath: issuer].key))
        }

        func chain(
            _ lists: [CertificateRevocationList]?, at instant: Instant = now, asOf: Instant = now,
            scope: RevocationCheck.Scope = .path
        ) throws(ChainError) -> VerifiedChain {
            let trusted: CertificateAuthority
            do {
                trusted = try authority.authority()
            } catch {
                throw .noAuthority
            }
            return try CertificateAuthorities([trusted]).verify(
                leaf, at: instant, profile: .fulcio,
                revocation: lists.map { RevocationCheck(lists: $0, asOf: asOf, scope: scope) })
        }

        func outcome(
            _ lists: [CertificateRevocationList]?, at instant: Instant = now, asOf: Instant = now,
            scope: RevocationCheck.Scope = .path
        ) -> ChainError? {
            do throws(ChainError) {
                _ = try chain(lists, at: instant, asOf: asOf, scope: scope)
                return nil
            } catch {
                return error
            }
        }
    }

    static func entry(
        _ offset: Int64 = 0, reason: UInt8? = nil, invalidSince: Int64? = nil
    ) -> RevocationListTemplate.Entry {
        .init(
            serialNumber, on: now.adding(seconds: offset), reason: reason,
            invalidSince: invalidSince.map { now.adding(seconds: $0) })
    }

    @Test func withoutListsNobodyIsAsked() throws { #expect(try World().outcome(nil) == nil) }

    @Test func aCertificateOnNoListHolds() throws {
        let world = try World()
        #expect(
            world.outcome([
                try world.list(of: \.intermediate) { $0.entries = [.init([1], on: Self.now)] },
                try world.list(of: \.root) { $0.entries = [.init([1], on: Self.now)] },
            ]) == nil)
    }

    // MARK: Revoked

    @Test func rejectsARevokedLeaf() throws {
        let world = try World()
        let lists = [
            try world.list(of: \.intermediate) { $0.entries = [Self.entry(reason: 5)] }, try world.list(of: \.root),
        ]
        let expected = RevocationError.revoked(on: Self.now, .cessationOfOperation, at: Self.now)
        #expect(world.outcome(lists) == .revocation(expected))
        #expect(expected.code == .certificateRevoked)
    }

    /// Whatever is asked of the leaf alone.
    @Test(arguments: [RevocationCheck.Scope.path, .leaf])
    func rejectsARevokedIntermediate(_ scope: RevocationCheck.Scope) throws {
        let world = try World()
        let lists = [
            try world.list(of: \.intermediate), try world.list(of: \.root) { $0.entries = [Self.entry()] },
        ]
        #expect(
            world.outcome(lists, scope: scope) == .revocation(.revoked(on: Self.now, nil, at: Self.now)))
    }

    /// What is revoked is said before what is not known.
    @Test func rejectsARevokedIntermediateWithoutTheLeafsList() throws {
        let world = try World()
        let lists = [try world.list(of: \.root) { $0.entries = [Self.entry()] }]
        #expect(world.outcome(lists) == .revocation(.revoked(on: Self.now, nil, at: Self.now)))
    }

    /// The same serial number of another issuer is another certificate.
    @Test func aSerialNumberCountsForItsIssuerOnly() throws {
        let world = try World()
        let other = try World()
        let foreign = try other.list(of: \.intermediate) {
            $0.issuer = DEREncoding.name("other")
            $0.entries = [Self.entry()]
        }
        #expect(
            world.outcome([foreign, try world.list(of: \.intermediate), try world.list(of: \.root)]) == nil)
    }

    // MARK: Times

    @Test func aSignatureBeforeTheRevocationHolds() throws {
        let world = try World()
        let lists = [
            try world.list(of: \.intermediate) { $0.entries = [Self.entry(60, reason: 4)] },
            try world.list(of: \.root),
        ]
        #expect(world.outcome(lists, at: Self.now.adding(seconds: 59)) == nil)
        for offset: Int64 in [60, 61] {
            let instant = Self.now.adding(seconds: offset)
            #expect(
                world.outcome(lists, at: instant)
                    == .revocation(.revoked(on: Self.now.adding(seconds: 60), .superseded, at: instant)))
        }
    }

    /// Who had the key could have signed before anybody noticed.
    @Test(
        arguments: [(1, RevocationReason.keyCompromise), (2, .cACompromise), (10, .aACompromise)]
            as [(UInt8, RevocationReason)])
    func rejectsACompromisedKeyAtEveryInstant(_ number: UInt8, _ reason: RevocationReason) throws {
        let world = try World()
        let lists = [
            try world.list(of: \.intermediate) { $0.entries = [Self.entry(86400, reason: number)] },
            try world.list(of: \.root),
        ]
        #expect(world.outcome(lists) == .revocation(.compromised(reason)))
    }

    @Test func theEarlierOfTwoDatesCounts() throws {
        let world = try World()
        let root = try world.list(of: \.root)
        for (date, since): (Int64, Int64) in [(60, 30), (30, 60)] {
            let list = try world.list(of: \.intermediate) { $0.entries = [Self.entry(date, invalidSince: since)] }
            #expect(world.outcome([list, root], at: Self.now.adding(seconds: 29)) == nil)
            #expect(world.outcome([list, root], at: Self.now.adding(seconds: 30)) != nil)
        }
    }

    @Test func aCertificateOnHoldCountsAsRevoked() throws {
        let world = try World()
        let list = try world.list(of: \.intermediate) { $0.entries = [Self.entry(reason: 6)] }
        #expect(
            world.outcome([list], scope: .leaf)
                == .revocation(.revoked(on: Self.now, .certificateHold, at: Self.now)))
    }

    /// What was once taken back stays so, however old the list.
    @Test func anEntryOfAnOldListCounts() throws {
        let world = try World()
        let old = try world.list(of: \.intermediate) {
            $0.thisUpdate = DEREncoding.generalizedTime(Self.now.adding(seconds: -7200))
            $0.nextUpdate = DEREncoding.generalizedTime(Self.now.adding(seconds: -3600))
            $0.entries = [Self.entry(-7300)]
        }
        let lists = [try world.list(of: \.intermediate), old, try world.list(of: \.root)]
        #expect(
            world.outcome(lists) == .revocation(.revoked(on: Self.now.adding(seconds: -7300), nil, at: Self.now)))
    }

    @Test func aChainSaysAtWhichOtherTimesItHolds() throws {
        let world = try World()
        let lists = [
            try world.list(of: \.intermediate) { $0.entries = [Self.entry(60)] }, try world.list(of: \.root),
        ]
        let chain = try world.chain(lists)
        #expect(chain.holds(at: Self.now.adding(seconds: 59)))
        #expect(!chain.holds(at: Self.now.adding(seconds: 60)))
    }

    // MARK: Unknown

    @Test func rejectsACertificateOfAnIssuerWithoutAList() throws {
        let world = try World()
        let leafs = try world.list(of: \.intermediate)
        #expect(
            world.outcome([]) == .revocation(.noList(issuer: world.leaf.issuer)))
        #expect(
            world.outcome([leafs])
                == .revocation(.noList(issuer: try world.authority.root.certificate().subject)))
        // Asked of the leaf alone its own issuer's list is enough, and the root's is not.
        #expect(world.outcome([leafs], scope: .leaf) == nil)
        #expect(
            world.outcome([try world.list(of: \.root)], scope: .leaf)
                == .revocation(.noList(issuer: world.leaf.issuer)))
    }

    @Test func aListHoldsFromItsIssueToTheNextOne() throws {
        let world = try World()
        let lists = [
            try world.list(of: \.intermediate) {
                $0.thisUpdate = DEREncoding.generalizedTime(Self.now.adding(seconds: 10))
                $0.nextUpdate = DEREncoding.generalizedTime(Self.now.adding(seconds: 20))
            }
        ]
        for offset: Int64 in [10, 20] {
            #expect(world.outcome(lists, asOf: Self.now.adding(seconds: offset), scope: .leaf) == nil)
        }
        for offset: Int64 in [9, 21] {
            let asOf = Self.now.adding(seconds: offset)
            #expect(world.outcome(lists, asOf: asOf, scope: .leaf) == .revocation(.noListThen(asOf)))
        }
    }

    /// Issuers drop what has expired: a list of later says nothing of it, the last one before that does.
    @Test func anExpiredCertificateNeedsAListOfItsOwnTime() throws {
        let world = try World()
        let later = Self.now.adding(seconds: 86400 * 30)
        let current = try world.list(of: \.intermediate) {
            $0.thisUpdate = DEREncoding.generalizedTime(later.adding(seconds: -10))
            $0.nextUpdate = DEREncoding.generalizedTime(later.adding(seconds: 10))
        }
        let expiry = world.leaf.validity.upperBound
        #expect(
            world.outcome([current], asOf: later, scope: .leaf) == .revocation(.noListThen(expiry)))
        let kept = try world.list(of: \.intermediate)
        #expect(world.outcome([current, kept], asOf: later, scope: .leaf) == nil)
    }

    // MARK: Whose list

    @Test func rejectsAListThatTheIssuerDidNotSign() throws {
        let world = try World()
        let forged = try world.list(of: \.intermediate, signedBy: TestKeys.key(.ecdsaP256))
        #expect(world.outcome([forged], scope: .leaf) == .revocation(.listSignatureMismatch))
        // Beside the right one it neither helps nor harms, even if it says that the leaf is revoked.
        let harmful = try world.list(of: \.intermediate, signedBy: TestKeys.key(.ecdsaP256)) {
            $0.entries = [Self.entry()]
        }
        #expect(world.outcome([harmful, try world.list(of: \.intermediate)], scope: .leaf) == nil)
    }

    @Test func rejectsAListOfAnIssuerWhoseKeyIsNotForLists() throws {
        let world = try World(intermediate: { $0.set(.keyUsage([0x04], unused: 2)) })
        #expect(
            world.outcome([try world.list(of: \.intermediate)], scope: .leaf) == .revocation(.issuerMayNotSignLists))
        // RFC 5280 section 6.3.3 (f): without a key usage nothing objects.
        let without = try World(intermediate: { $0.remove("2.5.29.15") })
        #expect(without.outcome([try without.list(of: \.intermediate)], scope: .leaf) == nil)
    }
}

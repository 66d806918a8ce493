import Signing
import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// X509-SVIDs, a case for each rule of the specification, accepted and refused.
struct X509SVIDTests {
    static let now = SimulatedCA.now.adding(seconds: 60)

    static func bundles(_ worlds: SimulatedTrustDomain...) throws -> SPIFFETrustBundles {
        try SPIFFETrustBundles(
            worlds.map { world in
                SPIFFETrustBundles.Entry(
                    try SPIFFETrustBundle(
                        trustDomain: SPIFFETrustDomain(world.name), jwks: world.bundle().canonicalBytes()),
                    validFor: try ValidityPeriod(start: .earliest, end: nil))
            })
    }

    /// What comes of a workload's certificate in a world that differs in one field; nil if it holds.
    static func outcome(
        root: (inout CertificateTemplate) -> Void = { _ in },
        intermediate: (inout CertificateTemplate) -> Void = { _ in },
        leaf: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> SVIDRefusal? {
        let world = try SimulatedTrustDomain(altering: root, intermediate: intermediate)
        let key = try TestKeys.key(.ecdsaP256)
        var template = world.workload(key: key.publicKey)
        leaf(&template)
        let certificate = try world.authority.issue(template, key: key).certificate()
        let (bundles, intermediate) = (try bundles(world), try world.authority.intermediate.certificate())
        do {
            _ = try bundles.verify(certificate, intermediates: [intermediate], at: now)
            return nil
        } catch {
            return error
        }
    }

    static func names(_ names: CertificateTemplate.Name..., isCritical: Bool = true) -> CertificateTemplate.Extension {
        .alternativeNames(names, isCritical: isCritical)
    }

    @Test func holdsForAWorkloadOfATrustDomainWhoseBundleWasGiven() throws {
        let world = try SimulatedTrustDomain()
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try world.authority.issue(world.workload(key: key.publicKey), key: key).certificate()
        let intermediate = try world.authority.intermediate.certificate()
        let svid = try Self.bundles(world).verify(leaf, intermediates: [intermediate], at: Self.now)
        #expect(svid.id.description == "spiffe://example.org/build")
        #expect(try svid.chain.certificates == [leaf, intermediate, world.authority.root.certificate()])
        #expect(svid.chain.instant == Self.now)
    }

    // MARK: Section 2

    @Test func exactlyOneURIAndAnyOtherNames() throws {
        let id = "spiffe://example.org/build"
        #expect(try Self.outcome(leaf: { $0.set(Self.names(.uri(id), .dns("build.example.org"))) }) == nil)
        #expect(
            try Self.outcome(leaf: { $0.set(Self.names(.uri(id), .uri("spiffe://example.org/other"))) })
                == .svid(.notOneURI(found: 2)))
        #expect(
            try Self.outcome(leaf: { $0.set(Self.names(.uri(id), .uri("https://example.org/"))) })
                == .svid(.notOneURI(found: 2)))
        #expect(
            try Self.outcome(leaf: { $0.set(Self.names(.dns("build.example.org"))) }) == .svid(.notOneURI(found: 0)))
        #expect(try Self.outcome(leaf: { $0.remove("2.5.29.17") }) == .svid(.notOneURI(found: 0)))
    }

    @Test func theURIIsASPIFFEID() throws {
        #expect(
            try Self.outcome(leaf: { $0.set(Self.names(.uri("https://example.org/build"))) }) == .svid(.id(.notSPIFFE)))
        #expect(
            try Self.outcome(leaf: { $0.set(Self.names(.uri("spiffe://example.org/a/../b"))) })
                == .svid(.id(.relativeSegment)))
    }

    // MARK: Section 3.1

    @Test func aLeafHasAPath() throws {
        #expect(try Self.outcome(leaf: { $0.set(Self.names(.uri("spiffe://example.org"))) }) == .svid(.noPath))
        #expect(
            try Self.outcome(leaf: { $0.set(Self.names(.uri("spiffe://example.org/"))) })
                == .svid(.id(.emptySegment)))
    }

    @Test func withoutASubjectTheNamesAreCritical() throws {
        let id = CertificateTemplate.Name.uri("spiffe://example.org/build")
        #expect(try Self.outcome(leaf: { $0.set(Self.names(id, isCritical: false)) }) == .svid(.nameNotCritical))
        #expect(
            try Self.outcome(leaf: {
                $0.set(Self.names(id, isCritical: false))
                $0.subject = DEREncoding.name("build")
            }) == nil)
    }

    // MARK: Section 3.2

    @Test func anAuthorityMayHaveNoSPIFFEID() throws {
        #expect(try Self.outcome(root: { $0.remove("2.5.29.17") }, intermediate: { $0.remove("2.5.29.17") }) == nil)
        #expect(try Self.outcome(intermediate: { $0.set(Self.names(.uri("https://example.org/ca"))) }) == nil)
    }

    @Test func theSPIFFEIDOfAnAuthorityHasNoPath() throws {
        #expect(
            try Self.outcome(intermediate: { $0.set(Self.names(.uri("spiffe://example.org/ca"))) })
                == .chain(.svid(.authorityWithPath)))
        // The specification's own example writes it with one slash.
        #expect(try Self.outcome(intermediate: { $0.set(Self.names(.uri("spiffe://example.org/"))) }) == nil)
        #expect(
            try Self.outcome(intermediate: { $0.set(Self.names(.uri("SPIFFE://example.org"))) })
                == .chain(.svid(.id(.notSPIFFE))))
        #expect(
            try Self.outcome(intermediate: {
                $0.set(Self.names(.uri("spiffe://example.org"), .uri("https://example.org/ca")))
            }) == .chain(.svid(.notOneURI(found: 2))))
    }

    @Test func theAuthorityThatIssuedALeafIsOfItsTrustDomain() throws {
        let other = try SPIFFETrustDomain("other.example")
        #expect(
            try Self.outcome(intermediate: { $0.set(Self.names(.uri("spiffe://other.example"))) })
                == .chain(.svid(.otherTrustDomain(other))))
        // Above it there may be another: section 3.2 lets trust be chained.
        #expect(try Self.outcome(root: { $0.set(Self.names(.uri("spiffe://other.example"))) }) == nil)
    }

    // MARK: Section 4.1

    @Test func aLeafIsNoAuthority() throws {
        #expect(try Self.outcome(leaf: { $0.remove("2.5.29.19") }) == nil)
        #expect(
            try Self.outcome(leaf: {
                $0.set(.basicConstraints(isAuthority: true))
                $0.set(.keyUsage([0x84], unused: 2))
            }) == .svid(.leafMayIssue))
        #expect(try Self.outcome(leaf: { $0.set(.basicConstraints(isAuthority: true)) }) == .svid(.leafMayIssue))
    }

    @Test func aPathLengthIsKept() throws {
        #expect(try Self.outcome(root: { $0.set(.basicConstraints(isAuthority: true, pathLength: 1)) }) == nil)
        #expect(
            try Self.outcome(root: { $0.set(.basicConstraints(isAuthority: true, pathLength: 0)) })
                == .chain(.pathTooLong(limit: 0)))
    }

    // MARK: Section 4.2

    @Test func nameConstraintsOnURIsAreKept() throws {
        let own = CertificateTemplate.Extension.nameConstraints(permitted: [.uri("example.org")])
        let other = CertificateTemplate.Extension.nameConstraints(permitted: [.uri("other.example")])
        #expect(try Self.outcome(intermediate: { $0.set(own) }) == nil)
        #expect(try Self.outcome(intermediate: { $0.set(other) }) == .chain(.constraints))
    }

    // MARK: Section 4.3

    @Test func theKeyUsageOfALeafIsThereAndCritical() throws {
        #expect(try Self.outcome(leaf: { $0.remove("2.5.29.15") }) == .svid(.keyUsageNotCritical))
        var usage = CertificateTemplate.Extension.keyUsage([0x80], unused: 7)
        usage.isCritical = false
        #expect(try Self.outcome(leaf: { $0.set(usage) }) == .svid(.keyUsageNotCritical))
    }

    @Test func aLeafIsForSignaturesAndIssuesNothing() throws {
        // keyEncipherment and keyAgreement may stand beside digitalSignature.
        #expect(try Self.outcome(leaf: { $0.set(.keyUsage([0xa8], unused: 3)) }) == nil)
        #expect(try Self.outcome(leaf: { $0.set(.keyUsage([0x20], unused: 5)) }) == .svid(.notForSignatures))
        #expect(try Self.outcome(leaf: { $0.set(.keyUsage([0x84], unused: 2)) }) == .svid(.leafMayIssue))
        #expect(try Self.outcome(leaf: { $0.set(.keyUsage([0x82], unused: 1)) }) == .svid(.leafMayIssue))
    }

    @Test func theKeyUsageOfAnAuthorityWithASPIFFEIDIsCriticalAndForCertificates() throws {
        #expect(try Self.outcome(intermediate: { $0.set(.keyUsage([0x04], unused: 2)) }) == nil)
        #expect(
            try Self.outcome(intermediate: { $0.remove("2.5.29.15") }) == .chain(.svid(.keyUsageNotCritical)))
        var usage = CertificateTemplate.Extension.keyUsage([0x04], unused: 2)
        usage.isCritical = false
        #expect(try Self.outcome(intermediate: { $0.set(usage) }) == .chain(.svid(.keyUsageNotCritical)))
        // Without a SPIFFE ID the rules of RFC 5280 are the ones.
        #expect(
            try Self.outcome(intermediate: {
                $0.remove("2.5.29.15")
                $0.remove("2.5.29.17")
            }) == nil)
        #expect(
            try Self.outcome(intermediate: { $0.set(.keyUsage([0x82], unused: 1)) }) == .chain(.notAnAuthority))
    }

    // MARK: Section 4.4

    @Test func anExtendedKeyUsageNamesServersAndClients() throws {
        let both = [ChainProfile.serverAuthentication, ChainProfile.clientAuthentication]
        #expect(try Self.outcome(leaf: { $0.remove("2.5.29.37") }) == nil)
        #expect(try Self.outcome(leaf: { $0.set(.extendedKeyUsage(both, isCritical: true)) }) == nil)
        #expect(try Self.outcome(leaf: { $0.set(.extendedKeyUsage(both + [ChainProfile.codeSigning])) }) == nil)
        for usages in both.map({ [$0] }) + [[ChainProfile.codeSigning], ["2.5.29.37.0"]] {
            #expect(try Self.outcome(leaf: { $0.set(.extendedKeyUsage(usages)) }) == .svid(.extendedKeyUsage))
        }
    }

    // MARK: Section 5

    /// The bundle of one trust domain vouches for nobody of another.
    @Test func rejectsAnIdentityOfAnotherTrustDomain() throws {
        let world = try SimulatedTrustDomain()
        let victim = try SimulatedTrustDomain("victim.example")
        let key = try TestKeys.key(.ecdsaP256)
        var template = world.workload(key: key.publicKey)
        template.set(Self.names(.uri("spiffe://victim.example/build")))
        let leaf = try world.authority.issue(template, key: key).certificate()
        let intermediate = try world.authority.intermediate.certificate()
        func outcome(_ bundles: SPIFFETrustBundles) -> SVIDRefusal? {
            do {
                _ = try bundles.verify(leaf, intermediates: [intermediate], at: Self.now)
                return nil
            } catch {
                return error
            }
        }
        #expect(outcome(try Self.bundles(world)) == .noBundle(try SPIFFETrustDomain("victim.example")))
        guard case .chain(.untrusted) = outcome(try Self.bundles(world, victim)) else {
            Issue.record("\(String(describing: outcome(try Self.bundles(world, victim))))")
            return
        }
    }

    @Test func theProfileOfATrustDomainHoldsForNoOther() throws {
        let world = try SimulatedTrustDomain()
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try world.authority.issue(world.workload(key: key.publicKey), key: key).certificate()
        let authority = try world.authority.authority()
        let own = try SPIFFETrustDomain("example.org")
        #expect(try authority.verify(leaf, at: Self.now, profile: .spiffe(of: own)).leaf == leaf)
        #expect(throws: ChainError.svid(.otherTrustDomain(own))) {
            try authority.verify(leaf, at: Self.now, profile: .spiffe(of: SPIFFETrustDomain("example.com")))
        }
    }

    @Test func asksTheRevocationListsThatWereGiven() throws {
        let world = try SimulatedTrustDomain()
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try world.authority.issue(world.workload(key: key.publicKey), key: key).certificate()
        let intermediate = try world.authority.intermediate.certificate()
        func outcome(_ entries: [RevocationListTemplate.Entry]) throws -> SVIDRefusal? {
            var template = RevocationListTemplate(of: world.authority.intermediate)
            template.entries = entries
            let list = try CertificateRevocationList(der: template.signed(by: world.authority.intermediate.key))
            let check = RevocationCheck(lists: [list], asOf: Self.now, scope: .leaf)
            let bundles = try Self.bundles(world)
            do throws(SVIDRefusal) {
                _ = try bundles.verify(leaf, intermediates: [intermediate], at: Self.now, revocation: check)
                return nil
            } catch {
                return error
            }
        }
        #expect(try outcome([.init([1], on: Self.now)]) == nil)
        #expect(
            try outcome([.init(leaf.serialNumber, on: Self.now)])
                == .chain(.revocation(.revoked(on: Self.now, nil, at: Self.now))))
    }

    @Test func holdsAtBothEndsOfItsValidityAndNotBeyond() throws {
        let world = try SimulatedTrustDomain()
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try world.authority.issue(world.workload(key: key.publicKey), key: key).certificate()
        let intermediate = try world.authority.intermediate.certificate()
        let bundles = try Self.bundles(world)
        let (start, end) = (SimulatedCA.now, SimulatedCA.now.adding(seconds: 3600))
        for instant in [start, end] {
            #expect(try bundles.verify(leaf, intermediates: [intermediate], at: instant).chain.instant == instant)
        }
        for instant in [start.adding(seconds: -1), end.adding(seconds: 1)] {
            #expect(throws: SVIDRefusal.chain(.notValidThen(start...end, at: instant))) {
                try bundles.verify(leaf, intermediates: [intermediate], at: instant)
            }
        }
    }
}

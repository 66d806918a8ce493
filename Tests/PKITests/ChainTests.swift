import Signing
import Simulators
import StrictEncoding
import Testing

@testable import PKI

/// Chains at an instant. Each attack is one field away from the chain that holds.
struct ChainTests {
    static let now = SimulatedCA.now

    /// What comes of a leaf of Fulcio's kind in a world that differs in one field.
    static func outcome(
        at instant: Instant = now.adding(seconds: 60), profile: ChainProfile = .fulcio,
        root: (inout CertificateTemplate) -> Void = { _ in },
        intermediate: (inout CertificateTemplate) -> Void = { _ in },
        leaf: (inout CertificateTemplate) -> Void = { _ in },
        trusted: (SimulatedCA) throws -> CertificateAuthority = { try $0.authority() }
    ) throws -> ChainError? {
        let authority = try SimulatedCA(altering: root, intermediate: intermediate)
        let key = try TestKeys.key(.ecdsaP256)
        var template = authority.fulcioLeaf(key: key.publicKey)
        leaf(&template)
        let certificate = try authority.issue(template, key: key).certificate()
        let trusted = try trusted(authority)
        do {
            _ = try trusted.verify(certificate, at: instant, profile: profile)
            return nil
        } catch {
            return error
        }
    }

    static func outcome(
        at instant: Instant = now.adding(seconds: 60), _ trusted: (SimulatedCA) throws -> CertificateAuthority
    ) throws -> ChainError? {
        try outcome(at: instant, leaf: { _ in }, trusted: trusted)
    }

    @Test func holdsFromLeafToRoot() throws {
        let authority = try SimulatedCA()
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try authority.issue(authority.fulcioLeaf(key: key.publicKey), key: key).certificate()
        let chain = try authority.authority().verify(leaf, at: Self.now, profile: .fulcio)
        #expect(chain.leaf == leaf)
        #expect(
            try chain.certificates == [leaf, authority.intermediate.certificate(), authority.root.certificate()])
        #expect(chain.instant == Self.now)
    }

    @Test(arguments: TestKeys.kinds)
    func authoritiesWithKeysOfEveryKindHold(_ kind: PublicKey.Kind) throws {
        let authority = try SimulatedCA(kind: kind)
        let key = try TestKeys.key(kind)
        let leaf = try authority.issue(authority.fulcioLeaf(key: key.publicKey), key: key).certificate()
        #expect(try authority.authority().verify(leaf, at: Self.now, profile: .fulcio).certificates.count == 3)
    }

    /// The search runs on the thread that asks: from the main actor, and from many tasks at once.
    @Test @MainActor func theSearchNeverSuspends() async throws {
        #expect(try Self.outcome() == nil)
        try await withThrowingTaskGroup(of: ChainError?.self) { group in
            for _ in 0..<16 { group.addTask { try Self.outcome() } }
            for try await outcome in group { #expect(outcome == nil) }
        }
    }

    // MARK: Times

    @Test func aLeafHoldsAtBothEndsOfItsValidityAndNotOneSecondBeyond() throws {
        #expect(try Self.outcome(at: Self.now) == nil)
        #expect(try Self.outcome(at: Self.now.adding(seconds: 600)) == nil)
        let validity = Self.now...Self.now.adding(seconds: 600)
        for instant in [Self.now.adding(seconds: -1), Self.now.adding(seconds: 601)] {
            #expect(try Self.outcome(at: instant) == .notValidThen(validity, at: instant))
        }
    }

    /// cosign CVE-2026-24122.
    @Test func rejectsALeafWhoseIssuingAuthorityHadExpired() throws {
        let end = Self.now.adding(seconds: 30)
        let outcome = try Self.outcome(intermediate: { $0.notAfter = end })
        guard case .authorityNotValidThen(let validity, _) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(validity.upperBound == end)
        #expect(outcome?.code == .certificateAuthorityNotValidThen)
    }

    @Test func rejectsALeafWhoseRootHadExpired() throws {
        let outcome = try Self.outcome(root: { $0.notAfter = Self.now.adding(seconds: 30) })
        #expect(outcome?.code == .certificateAuthorityNotValidThen)
    }

    @Test func anAuthorityCountsWithinTheClosedPeriodOfTheTrustedRootOnly() throws {
        let instant = Self.now.adding(seconds: 60)
        let first = try ValidityPeriod(start: instant.adding(seconds: 1), end: nil)
        #expect(
            try Self.outcome(at: instant) { try $0.authority(from: first.start) }
                == .authorityNotTrustedThen(first, at: instant))
        let last = try ValidityPeriod(start: Self.now, end: instant.adding(seconds: -1))
        #expect(
            try Self.outcome(at: instant) { try $0.authority(from: last.start, to: last.end) }
                == .authorityNotTrustedThen(last, at: instant))
        #expect(try Self.outcome(at: instant) { try $0.authority(from: instant, to: instant) } == nil)
    }

    @Test func aPeriodWithoutStartIsRefused() throws {
        #expect(throws: CertificateAuthorityError.periodWithoutStart) {
            try ValidityPeriod(start: nil, end: Self.now)
        }
        #expect(throws: CertificateAuthorityError.periodReversed) {
            try ValidityPeriod(start: Self.now, end: Self.now.adding(seconds: -1))
        }
    }

    // MARK: Who issued

    @Test func rejectsALeafOfAnotherAuthority() throws {
        let other = try SimulatedCA("other")
        #expect(try Self.outcome { _ in try other.authority() }?.code == .certificateUntrusted)
    }

    @Test func rejectsALeafOfAnotherAuthorityOfTheSameName() throws {
        let impostor = try SimulatedCA()
        #expect(try Self.outcome { _ in try impostor.authority() } == .signatureMismatch)
    }

    @Test func withoutAnAuthorityNothingHolds() throws {
        let leaf = try Certificate(der: CertificateTests.leaf())
        #expect(throws: ChainError.noAuthority) {
            try CertificateAuthorities([]).verify(leaf, at: Self.now, profile: .fulcio)
        }
    }

    @Test func oneOfSeveralAuthoritiesIsEnoughAndTheTellingErrorIsReported() throws {
        let authority = try SimulatedCA()
        let others = try [SimulatedCA("other").authority(), SimulatedCA().authority()]
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try authority.issue(authority.fulcioLeaf(key: key.publicKey), key: key).certificate()
        let all = CertificateAuthorities(others + [try authority.authority()])
        #expect(try all.verify(leaf, at: Self.now, profile: .fulcio).leaf == leaf)
        #expect(throws: ChainError.signatureMismatch) {
            try CertificateAuthorities(others).verify(leaf, at: Self.now, profile: .fulcio)
        }
    }

    @Test func anIntermediateIsAnchorEnough() throws {
        #expect(
            try Self.outcome {
                try CertificateAuthority(
                    certificates: [$0.intermediate.certificate()], validFor: ValidityPeriod(start: .earliest, end: nil))
            } == nil)
    }

    @Test func intermediatesThatComeAlongLeadToTheRoot() throws {
        let authority = try SimulatedCA()
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try authority.issue(authority.fulcioLeaf(key: key.publicKey), key: key).certificate()
        let root = try CertificateAuthority(
            certificates: [authority.root.certificate()], validFor: ValidityPeriod(start: .earliest, end: nil))
        #expect(throws: ChainError.untrusted(issuer: leaf.issuer)) {
            try root.verify(leaf, at: Self.now, profile: .fulcio)
        }
        let stranger = try SimulatedCA().intermediate.certificate()
        let intermediates = [stranger, try authority.intermediate.certificate(), stranger]
        #expect(
            try root.verify(leaf, intermediates: intermediates, at: Self.now, profile: .fulcio).certificates.count == 3)
    }

    @Test func anIntermediateThatCameAlongIsNoAnchor() throws {
        let impostor = try SimulatedCA()
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try impostor.issue(impostor.fulcioLeaf(key: key.publicKey), key: key).certificate()
        let trusted = try SimulatedCA().authority()
        #expect(throws: ChainError.self) {
            try trusted.verify(
                leaf, intermediates: [impostor.intermediate.certificate(), impostor.root.certificate()],
                at: Self.now, profile: .fulcio)
        }
    }

    @Test func rejectsMoreIntermediatesThanAreSearched() throws {
        let authority = try SimulatedCA()
        let key = try TestKeys.key(.ecdsaP256)
        let leaf = try authority.issue(authority.fulcioLeaf(key: key.publicKey), key: key).certificate()
        let many = try (0..<9).map { try SimulatedCA("\($0)").intermediate.certificate() }
        let trusted = try authority.authority()
        #expect(throws: ChainError.tooManyIntermediates(limit: 8)) {
            try trusted.verify(leaf, intermediates: many, at: Self.now, profile: .fulcio)
        }
        let ofOneName = try (0..<3).map { _ in try SimulatedCA().intermediate.certificate() }
        #expect(throws: ChainError.tooManyIntermediates(limit: 2)) {
            try trusted.verify(leaf, intermediates: ofOneName, at: Self.now, profile: .fulcio)
        }
    }

    @Test func anAuthorityGivenToBeTrustedIsAChainOfAuthorities() throws {
        let authority = try SimulatedCA()
        let period = try ValidityPeriod(start: .earliest, end: nil)
        func error(_ certificates: [Certificate]) -> CertificateAuthorityError? {
            do {
                _ = try CertificateAuthority(certificates: certificates, validFor: period)
                return nil
            } catch {
                return error
            }
        }
        let root = try authority.root.certificate()
        let intermediate = try authority.intermediate.certificate()
        #expect(error([intermediate, root]) == nil)
        #expect(error([]) == .noCertificate)
        #expect(error([root, intermediate]) == .brokenChain(position: 0))
        #expect(error([intermediate, try SimulatedCA().root.certificate()]) == .brokenChain(position: 0))
        #expect(error([try Certificate(der: CertificateTests.leaf()), root]) == .notAnAuthority(position: 0))
        #expect(error([Certificate](repeating: root, count: 9)) == .tooManyCertificates(limit: 8))
    }

    // MARK: What it is for

    /// A signer passes for an authority.
    @Test func rejectsALeafThatALeafIssued() throws {
        let authority = try SimulatedCA()
        let key = try TestKeys.key(.ecdsaP256)
        var template = authority.fulcioLeaf(key: key.publicKey)
        template.subject = DEREncoding.name("signer")
        let signer = try authority.issue(template, key: key)
        template = authority.fulcioLeaf(key: key.publicKey)
        template.issuer = DEREncoding.name("signer")
        let leaf = try Certificate(der: template.signed(by: key))
        let trusted = try authority.authority()
        #expect(throws: ChainError.notAnAuthority) {
            try trusted.verify(leaf, intermediates: [signer.certificate()], at: Self.now, profile: .fulcio)
        }
    }

    @Test func rejectsAnIssuerThatMayNotSignCertificates() throws {
        #expect(try Self.outcome(intermediate: { $0.set(.keyUsage([0x80], unused: 7)) }) == .notAnAuthority)
    }

    @Test func rejectsAPathLongerThanItsAuthorityAllows() throws {
        let constraints = CertificateTemplate.Extension.basicConstraints(isAuthority: true, pathLength: 0)
        #expect(try Self.outcome(intermediate: { $0.set(constraints) }) == nil)
        #expect(try Self.outcome(root: { $0.set(constraints) }) == .pathTooLong(limit: 0))
    }

    @Test func rejectsAPathLongerThanTheProfileAllows() throws {
        var profile = ChainProfile.fulcio
        profile.maximumIntermediates = 0
        #expect(try Self.outcome(profile: profile) == .pathTooLong(limit: 0))
    }

    @Test func rejectsALeafThatIsAnAuthority() throws {
        #expect(try Self.outcome(leaf: { $0.set(.basicConstraints(isAuthority: true)) }) == .leafIsAuthority)
        #expect(try Self.outcome(leaf: { $0.set(.keyUsage([0x84], unused: 2)) }) == .leafIsAuthority)
        #expect(try Self.outcome(leaf: { $0.set(.basicConstraints(isAuthority: false)) }) == nil)
    }

    @Test func rejectsAKeyThatIsNotForSignatures() throws {
        #expect(try Self.outcome(leaf: { $0.set(.keyUsage([0x20], unused: 5)) }) == .keyUsage)
        #expect(try Self.outcome(leaf: { $0.set(.keyUsage([0x40], unused: 6)) }) == .keyUsage)
        #expect(try Self.outcome(leaf: { $0.remove("2.5.29.15") }) == .keyUsage)
    }

    @Test func rejectsALeafThatIsNotForCodeSigning() throws {
        let expected = ChainError.extendedKeyUsage(expected: ChainProfile.codeSigning)
        #expect(try Self.outcome(leaf: { $0.remove("2.5.29.37") }) == expected)
        #expect(try Self.outcome(leaf: { $0.set(.extendedKeyUsage([ChainProfile.timeStamping])) }) == expected)
        // Any usage is no particular one.
        #expect(try Self.outcome(leaf: { $0.set(.extendedKeyUsage(["2.5.29.37.0"])) }) == expected)
    }

    @Test func rejectsAnIntermediateThatIsNotForCodeSigning() throws {
        #expect(
            try Self.outcome(intermediate: { $0.set(.extendedKeyUsage([ChainProfile.serverAuthentication])) })
                == .extendedKeyUsage(expected: ChainProfile.codeSigning))
        #expect(try Self.outcome(intermediate: { $0.set(.extendedKeyUsage(["2.5.29.37.0"])) }) == nil)
    }

    @Test func rejectsUnknownCriticalExtensionsAnywhereOnThePath() throws {
        let unknown = CertificateTemplate.Extension("1.2.3.4", isCritical: true, [5, 0])
        let expected = ChainError.unknownCriticalExtension(oid: "1.2.3.4")
        #expect(try Self.outcome(leaf: { $0.set(unknown) }) == expected)
        #expect(try Self.outcome(intermediate: { $0.set(unknown) }) == expected)
        #expect(try Self.outcome(root: { $0.set(unknown) }) == expected)
        #expect(try Self.outcome(leaf: { $0.set(.init("1.2.3.4", [5, 0])) }) == nil)
    }

    /// A precertificate is no certificate: its poison is critical (RFC 6962 section 3.1).
    @Test func rejectsAPrecertificate() throws {
        let poison = CertificateTemplate.Extension("1.3.6.1.4.1.11129.2.4.3", isCritical: true, [5, 0])
        #expect(
            try Self.outcome(leaf: { $0.set(poison) })
                == .unknownCriticalExtension(oid: "1.3.6.1.4.1.11129.2.4.3"))
    }

    /// The library that searches paths verifies SHA-1, and nothing here does: the judge refuses it, whoever signed.
    @Test func rejectsALeafSignedWithSHA1() throws {
        let sha1 = DEREncoding.sequence(DEREncoding.oid("1.2.840.113549.1.1.5"), DEREncoding.null)
        let leaf = try Certificate(
            der: CertificateTests.leaf {
                $0.innerAlgorithm = sha1
                $0.outerAlgorithm = sha1
            })
        let root = try SimulatedCA().root.certificate()
        let judge = PathJudge(profile: .fulcio, instant: Self.now)
        #expect(judge.objection(to: [leaf, root]) == .weakSignature)
    }

    // MARK: Profiles besides Fulcio's

    @Test func anOwnSignerNeedsTheUsageThatWasAskedFor() throws {
        let profile = ChainProfile.codeSigner(usage: "1.3.6.1.4.1.99999.1")
        #expect(
            try Self.outcome(profile: profile) == .extendedKeyUsage(expected: "1.3.6.1.4.1.99999.1"))
        #expect(
            try Self.outcome(
                profile: profile, leaf: { $0.set(.extendedKeyUsage(["1.3.6.1.4.1.99999.1"])) }) == nil)
    }

    @Test(arguments: [
        ("build.example.org", "build.example.org", true), ("BUILD.example.org", "build.EXAMPLE.org", true),
        ("build.example.org", "*.example.org", true), ("a.build.example.org", "*.example.org", false),
        ("example.org", "*.example.org", false), ("example.org", "*.org", false),
        ("build.example.org", "b*.example.org", false), ("build.example.org", "example.org", false),
        ("build.example.org.", "build.example.org", false),
    ])
    func aServerIsNamedByWholeLabels(wanted: String, stated: String, isNamed: Bool) throws {
        var profile = ChainProfile.server(.dns(wanted))
        profile.requiresConformingIssuance = false
        let outcome = try Self.outcome(
            profile: profile,
            leaf: {
                $0.remove("2.5.29.37")
                $0.set(.alternativeNames([.dns(stated)], isCritical: true))
            })
        #expect(outcome == (isNamed ? nil : .otherServer))
    }

    @Test func aNonconformingCertificateIsRefusedWhereThatIsAskedFor() throws {
        let profile = ChainProfile.client
        let outcome = try Self.outcome(
            profile: profile,
            leaf: {
                $0.remove("2.5.29.37")
                $0.remove("2.5.29.35")
            })
        guard case .nonconforming = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
    }
}

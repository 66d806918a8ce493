import PKI
import Signing
import Simulators
import StrictEncoding
import Testing

/// For whom a certificate was issued. Each attack is one extension away from the identity that is read.
struct FulcioIdentityTests {
    static func outcome(
        _ alter: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> Result<FulcioIdentity, FulcioIdentityError> {
        let authority = try SimulatedCA()
        let key = try TestKeys.key(.ecdsaP256)
        var template = authority.fulcioLeaf(key: key.publicKey)
        alter(&template)
        let leaf = try authority.issue(template, key: key).certificate()
        let chain = try authority.authority().verify(leaf, at: SimulatedCA.now, profile: .fulcio)
        return Result { () throws(FulcioIdentityError) in try FulcioIdentity(chain) }
    }

    static func error(_ alter: (inout CertificateTemplate) -> Void) throws -> FulcioIdentityError? {
        if case .failure(let error) = try outcome(alter) { error } else { nil }
    }

    @Test func readsEveryClaimByItsName() throws {
        let identity = try Self.outcome {
            for (number, text) in [2: "push", 3: "sha", 4: "Release", 5: "example/ledger", 6: "refs/heads/main"] {
                $0.setFulcioLegacyClaim(number, text)
            }
        }.get()
        #expect(identity.issuer == ExactString(SimulatedCA.githubIssuer))
        #expect(identity.subject == .uri(ExactString(SimulatedCA.workflow)))
        let claims = identity.claims
        let legacy = [
            claims.githubWorkflowTrigger, claims.githubWorkflowSHA, claims.githubWorkflowName,
            claims.githubWorkflowRepository, claims.githubWorkflowRef,
        ]
        #expect(legacy.map { $0?.value } == ["push", "sha", "Release", "example/ledger", "refs/heads/main"])
        let current: [Int: ExactString?] = [
            9: claims.buildSignerURI, 10: claims.buildSignerDigest, 11: claims.runnerEnvironment,
            12: claims.sourceRepositoryURI, 13: claims.sourceRepositoryDigest, 14: claims.sourceRepositoryRef,
            15: claims.sourceRepositoryIdentifier, 16: claims.sourceRepositoryOwnerURI,
            17: claims.sourceRepositoryOwnerIdentifier, 18: claims.buildConfigURI, 19: claims.buildConfigDigest,
            20: claims.buildTrigger, 21: claims.runInvocationURI, 22: claims.sourceRepositoryVisibilityAtSigning,
            23: claims.deploymentEnvironment, 24: claims.tokenSubject,
        ]
        for (number, text) in SimulatedCA.githubClaims { #expect(current[number]??.value == text, "\(number)") }
        #expect(current.count == SimulatedCA.githubClaims.count)
    }

    @Test func whatIsNotSaidIsNil() throws {
        let identity = try Self.outcome { template in
            for number in 9...24 { template.remove("1.3.6.1.4.1.57264.1.\(number)") }
        }.get()
        #expect(identity.claims.sourceRepositoryURI == nil && identity.claims.tokenSubject == nil)
        #expect(identity.claims.githubWorkflowRef == nil)
    }

    @Test func readsAddressesAndUserNames() throws {
        let address = try Self.outcome { $0.set(.alternativeNames([.email("a@example.org")], isCritical: true)) }.get()
        #expect(address.subject == .email("a@example.org"))
        let name = try Self.outcome { $0.set(.alternativeNames([.username("a!example.org")], isCritical: true)) }.get()
        #expect(name.subject == .username("a!example.org"))
        #expect(name.subject.text == "a!example.org")
    }

    @Test func oneOfTheTwoIssuersIsEnough() throws {
        for removed in [1, 8] {
            let identity = try Self.outcome { $0.remove("1.3.6.1.4.1.57264.1.\(removed)") }.get()
            #expect(identity.issuer == ExactString(SimulatedCA.githubIssuer))
        }
    }

    @Test func rejectsTwoIssuersThatDiffer() throws {
        #expect(try Self.error { $0.setFulcioLegacyClaim(1, "https://issuer.example") } == .issuersDiffer)
        // Equal for a reader who normalises; not equal.
        #expect(
            try Self.error {
                $0.setFulcioLegacyClaim(1, "https://e\u{301}.example")
                $0.setFulcioClaim(8, "https://\u{e9}.example")
            } == .issuersDiffer)
    }

    @Test func rejectsACertificateWithoutIssuer() throws {
        #expect(
            try Self.error {
                $0.remove("1.3.6.1.4.1.57264.1.1")
                $0.remove("1.3.6.1.4.1.57264.1.8")
            } == .noIssuer)
        #expect(
            try Self.error {
                $0.setFulcioLegacyClaim(1, "")
                $0.setFulcioClaim(8, "")
            } == .noIssuer)
    }

    @Test func rejectsMoreThanOneName() throws {
        let two: [CertificateTemplate.Name] = [.uri(SimulatedCA.workflow), .uri("https://evil.example/")]
        #expect(try Self.error { $0.set(.alternativeNames(two, isCritical: true)) } == .notOneName(found: 2))
        #expect(
            try Self.error { $0.set(.alternativeNames([.uri("a:b"), .email("a@example.org")])) }
                == .notOneName(found: 2))
    }

    @Test func rejectsACertificateWithoutName() throws {
        #expect(
            try Self.error {
                $0.remove("2.5.29.17")
                $0.subject = DEREncoding.name("someone")
            } == .notOneName(found: 0))
    }

    @Test func rejectsNamesOfOtherKinds() throws {
        #expect(try Self.error { $0.set(.alternativeNames([.dns("example.org")])) } == .unsupportedName)
        #expect(try Self.error { $0.set(.alternativeNames([.ipAddress([192, 0, 2, 1])])) } == .unsupportedName)
    }

    @Test(arguments: [
        Array("raw text".utf8), DEREncoding.tlv(0x16, Array("ia5".utf8)), DEREncoding.utf8("x") + [0],
        DEREncoding.tlv(0x0c, [0xff]), [0x0c, 0x81, 0x01, 0x78], [],
    ])
    func rejectsAClaimThatIsNotAUTF8StringInDER(_ value: [UInt8]) throws {
        for number in [8, 9, 12, 24] {
            let oid = "1.3.6.1.4.1.57264.1.\(number)"
            #expect(try Self.error { $0.set(.init(oid, value)) } == .malformedClaim(oid: oid))
        }
    }

    @Test func rejectsALegacyClaimThatIsNotUTF8() throws {
        let oid = "1.3.6.1.4.1.57264.1.6"
        #expect(try Self.error { $0.set(.init(oid, [0xff])) } == .malformedClaim(oid: oid))
    }

    @Test func rejectsAUserNameThatIsNotAUTF8String() throws {
        let name = DEREncoding.tlv(
            0xa0, DEREncoding.oid("1.3.6.1.4.1.57264.1.7"), DEREncoding.explicit(0, DEREncoding.octets([0x61])))
        #expect(
            try Self.error { $0.set(.init("2.5.29.17", DEREncoding.sequence(name))) }
                == .malformedClaim(oid: "1.3.6.1.4.1.57264.1.7"))
    }

    @Test func unknownExtensionsOfFulcioAreNoClaims() throws {
        #expect(try Self.error { $0.setFulcioClaim(99, "x") } == nil)
    }
}

import Landwaiter
import Simulators
import Testing

/// Signers whom an organisation's own authorities certify: SPIFFE workloads, and whoever else.
@Suite struct OwnAuthorityTests {
    static let spiffe = #"spiffe: {id: "spiffe://example.org/build/*", roots: [root.pem], validAt: signing}"#
    static let server = #"x509: {roots: [root.pem], usage: code-signing, dns: ci.example, validAt: now}"#
    static let workload = "spiffe://example.org/build/ledger"

    /// An authority of one's own, that certified a workload.
    static func workload(
        authority: SimulatedCA? = nil, altering alter: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> KeylessScene {
        try KeylessScene(authority: authority) { template in
            template.extensions.removeAll { $0.oid.hasPrefix("1.3.6.1.4.1.57264.") }
            template.remove("2.5.29.37")
            template.set(.alternativeNames([.uri(workload)], isCritical: true))
            alter(&template)
        }
    }

    /// The same with a name of a host.
    static func host(
        authority: SimulatedCA? = nil, altering alter: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> KeylessScene {
        try workload(authority: authority) { template in
            template.set(.alternativeNames([.dns("ci.example")]))
            template.set(.extendedKeyUsage([ChainProfile.codeSigning]))
            alter(&template)
        }
    }

    /// An image that it signed, with the time that the clock of `instance` proves; the policy knows its root alone.
    static func scene(
        _ instance: KeylessScene, _ signer: String, by other: KeylessScene? = nil, stamped: Bool = true,
        withIntermediate: Bool = true
    ) throws -> Scene {
        var scene = try Scene.keyless(instance, signer)
        scene.at = "2026-05-28T20:28:00Z"
        scene.files["root.pem"] = Array(instance.authority.root.pem.utf8)
        // Roots that list no authority: they only say when.
        var root = instance.root
        root.authorities = []
        scene.roots = [try root.trusted("clock")]
        let signing = other ?? instance
        let parts = try signing.signed(.envelope, Scene.signatureStatement(scene.image.digest))
        var draft = BundleDraft(parts)
        if stamped { draft.timestamps = [try instance.timestamp(of: parts.signature)] }
        if withIntermediate { draft.useChain([signing.leaf.der, signing.authority.intermediate.der]) }
        scene.attach(draft.bytes)
        return scene
    }

    // MARK: What holds

    @Test func admitsAWorkloadOfItsTrustDomain() async throws {
        let scene = try Self.scene(Self.workload(), Self.spiffe)
        let record = try await scene.decide()
        #expect(record.verdict == .admit)
        let signer = record.json["evidence"]?["verified"]?.elements.first?["signers"]?.elements.first?["certificate"]
        #expect(signer?["names"]?.elements.first?["uri"]?.text == Self.workload)
        #expect(signer?["authorities"]?.text?.hasPrefix("sha256:") == true)
        #expect(signer?["root"] == nil && signer?["issuer"] == nil)
    }

    @Test func admitsAHostThatIsValidNow() async throws {
        // Without any proof of when, and without a trusted root.
        var scene = try Self.scene(Self.host(), Self.server, stamped: false)
        #expect(try await scene.decide().verdict == .admit)
        scene.roots = []
        #expect(try await scene.decide().verdict == .admit)
    }

    @Test func theIntermediateComesWithTheEvidence() async throws {
        let scene = try Self.scene(Self.workload(), Self.spiffe, withIntermediate: false)
        #expect(try await scene.decide().refusedCodes == ["certificate.untrusted"])
    }

    // MARK: When

    @Test func signingNeedsAProvenTime() async throws {
        var scene = try Self.scene(Self.workload(), Self.spiffe, stamped: false)
        #expect(try await scene.decide().refusedCodes == ["sigstore.no-verified-time"])
        scene = try Self.scene(Self.workload(), Self.spiffe)
        scene.roots = []
        #expect(try await scene.decide().refusedCodes == ["sigstore.no-verified-time"])
    }

    /// The certificate lives for ten minutes. What was signed then holds for ever, and what has to hold now does not.
    @Test(arguments: [
        ("2026-05-28T20:36:40Z", true), ("2026-05-28T20:36:41Z", false), ("2026-05-28T20:26:40Z", true),
        ("2026-05-28T20:26:39Z", false),
    ])
    func nowIsTheInstantOfTheDecision(at: String, admitted: Bool) async throws {
        var now = try Self.scene(Self.host(), Self.server)
        now.at = at
        let record = try await now.decide()
        #expect(record.verdict == (admitted ? .admit : .reject))
        #expect(record.refusedCodes == (admitted ? [] : ["certificate.not-valid-then"]))
        var signing = try Self.scene(Self.workload(), Self.spiffe)
        signing.at = at
        #expect(try await signing.decide().verdict == .admit)
    }

    @Test func aTimeOutsideTheCertificateRefuses() async throws {
        var instance = try Self.workload()
        instance.clock = try SimulatedTSA()
        let scene = try Self.scene(instance, Self.spiffe, stamped: false)
        let parts = try instance.signed(.envelope, Scene.signatureStatement(scene.image.digest))
        var late = scene
        var draft = BundleDraft(parts)
        draft.useChain([instance.leaf.der, instance.authority.intermediate.der])
        draft.timestamps = [
            try instance.timestamp(of: parts.signature) { $0.time = SimulatedCA.now.adding(seconds: 601) }
        ]
        late.store.papers = [:]
        late.attach(draft.bytes)
        #expect(try await late.decide().refusedCodes == ["certificate.not-valid-then"])
    }

    // MARK: Attacks

    @Test func rejectsAnotherAuthorityThatSaysTheSame() async throws {
        let scene = try Self.scene(Self.workload(), Self.spiffe, by: Self.workload())
        let record = try await scene.decide()
        #expect(record.verdict == .reject && record.refusedCodes == ["certificate.untrusted"])
    }

    /// An authority of one's own never stands in for a trusted root, nor the reverse.
    @Test func rejectsAnIdentityThatTheAuthorityOnlyWrites() async throws {
        let instance = try KeylessScene()
        var scene = try Self.scene(instance, Keyless.github)
        #expect(try await scene.decide().verdict == .reject)
        scene = try Self.scene(Self.workload(), Self.spiffe)
        scene.policy = Keyless.policy()
        #expect(try await scene.decide().refusedCodes == ["evidence.no-named-holder"])
        // With its authority among a root's, the workload is still none that GitHub vouches for.
        var signed = try Self.workload()
        var trusting = try Scene.keyless(signed, Self.spiffe)
        trusting.files["root.pem"] = Array(try SimulatedCA().root.pem.utf8)
        try trusting.sign(by: &signed)
        #expect(try await trusting.decide().verdict == .reject)
    }

    @Test(arguments: [
        "spiffe://example.org.evil.example/build/ledger", "spiffe://example.org/build/ledger/deeper",
        "spiffe://example.org/other/ledger", "spiffe://example.com/build/ledger", "https://example.org/build/ledger",
    ])
    func rejectsAnotherWorkload(name: String) async throws {
        let scene = try Self.scene(
            Self.workload(altering: { $0.set(.alternativeNames([.uri(name)], isCritical: true)) }), Self.spiffe)
        #expect(try await scene.decide().refusedCodes == ["evidence.no-named-holder"])
    }

    /// SPIFFE X509-SVID section 2: exactly one URI.
    @Test func rejectsTwoURIs() async throws {
        let scene = try Self.scene(
            Self.workload(altering: {
                $0.set(.alternativeNames([.uri(Self.workload), .uri("spiffe://example.org/other")], isCritical: true))
            }), Self.spiffe)
        let record = try await scene.decide()
        #expect(record.verdict == .reject && record.refusedCodes == ["evidence.no-named-holder"])
    }

    @Test func rejectsAnotherUse() async throws {
        for usage in [[ChainProfile.serverAuthentication], [ChainProfile.timeStamping]] {
            let scene = try Self.scene(
                Self.host(altering: { $0.set(.extendedKeyUsage(usage)) }), Self.server)
            #expect(try await scene.decide().refusedCodes == ["certificate.wrong-usage"])
        }
        let none = try Self.scene(Self.host(altering: { $0.remove("2.5.29.37") }), Self.server)
        #expect(try await none.decide().refusedCodes == ["certificate.wrong-usage"])
    }

    @Test func rejectsALeafThatIsAnAuthority() async throws {
        let alter: (inout CertificateTemplate) -> Void = {
            $0.set(.basicConstraints(isAuthority: true))
            $0.set(.keyUsage([0x84], unused: 2))
        }
        let host = try await Self.scene(Self.host(altering: alter), Self.server).decide()
        #expect(host.verdict == .reject && host.refusedCodes == ["certificate.wrong-usage"])
        let workload = try await Self.scene(Self.workload(altering: alter), Self.spiffe).decide()
        #expect(workload.verdict == .reject && workload.refused.count == 1)
    }

    @Test func rejectsASignatureOfAnotherKey() async throws {
        var instance = try Self.workload()
        let key = try PrivateKey.generate(.ecdsaP256)
        instance.leaf = IssuedCertificate(der: instance.leaf.der, key: key, template: instance.leaf.template)
        let scene = try Self.scene(instance, Self.spiffe)
        #expect(try await scene.decide().refusedCodes == ["sigstore.certificate-signature"])
    }

    /// The files of authorities are trust, whatever they are called.
    @Test func authoritiesCountInTheTrustDigest() async throws {
        let scene = try Self.scene(Self.workload(), Self.spiffe)
        var other = scene
        other.files["root.pem"] = Array(try SimulatedCA().root.pem.utf8)
        let (first, second) = (try await scene.decide(), try await other.decide())
        #expect(first.trustDigest != second.trustDigest)
        #expect(first.policyDigest == second.policyDigest)
        #expect(try await scene.decide().trustDigest == first.trustDigest)
    }
}

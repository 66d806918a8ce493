import Attestation
import Content
import Findings
import PKI
import Signing
import Sigstore
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// For whom the certificate was issued.
@Suite struct IdentityAttackTests {
    func code(
        _ alter: (inout CertificateTemplate) -> Void
    ) throws -> String? {
        var scene = try KeylessScene(altering: alter)
        return try scene.code(scene.bundle())
    }

    @Test func rejectsTwoNames() throws {
        #expect(
            try code { $0.set(.alternativeNames([.uri("https://a.example/x"), .uri("https://b.example/y")])) }
                == "certificate.no-identity")
        #expect(
            try code { $0.set(.alternativeNames([.uri("https://a.example/x"), .email("a@example.com")])) }
                == "certificate.no-identity")
    }

    @Test func rejectsNoName() throws {
        #expect(try code { $0.remove("2.5.29.17") } != nil)
        #expect(try code { $0.set(.alternativeNames([.dns("a.example")])) } == "certificate.no-identity")
    }

    @Test func rejectsIssuersThatDiffer() throws {
        #expect(
            try code { $0.setFulcioClaim(8, SimulatedCA.githubIssuer + "/") } == "certificate.no-identity")
    }

    @Test func rejectsACertificateWithoutAnIssuer() throws {
        #expect(
            try code {
                $0.remove("1.3.6.1.4.1.57264.1.1")
                $0.remove("1.3.6.1.4.1.57264.1.8")
            } == "certificate.no-identity")
    }

    @Test func rejectsAnUnknownCriticalExtension() throws {
        #expect(
            try code { $0.set(.init("1.2.3.4", isCritical: true, [5, 0])) }
                == "certificate.unknown-critical-extension")
    }

    @Test func rejectsACertificateForAnotherUse() throws {
        #expect(try code { $0.set(.extendedKeyUsage([ChainProfile.timeStamping])) } == "certificate.wrong-usage")
        #expect(try code { $0.remove("2.5.29.37") } == "certificate.wrong-usage")
    }

    @Test func rejectsACertificateOfAnotherAuthority() throws {
        let scene = try KeylessScene()
        var stranger = try KeylessScene()
        stranger.rekor1 = scene.rekor1
        stranger.certificateLog = scene.certificateLog
        #expect(try scene.code(stranger.bundle()) == "certificate.signature-mismatch")
    }

    // MARK: Certificate timestamps

    @Test func rejectsACertificateThatWasNotPublished() throws {
        var scene = try KeylessScene()
        scene.leaf = try scene.authority.issue(
            scene.authority.fulcioLeaf(key: scene.key.publicKey), key: scene.key)
        #expect(try scene.code(scene.bundle()) == "sct.missing")
        #expect(try scene.code(scene.bundle(), nil, ProofRequirement(certificateTimestamps: 0)) == nil)
    }

    @Test func rejectsAPromiseOfAnUnknownCertificateLog() throws {
        var scene = try KeylessScene()
        let draft = try scene.bundle()
        scene.certificateLog = try SimulatedCTLog()
        #expect(try scene.code(draft) == "sct.unknown-log")
    }

    @Test func rejectsACertificateTimestampOverAnotherCertificate() throws {
        var scene = try KeylessScene()
        let other = scene.authority.root.key.publicKey
        scene.leaf = try scene.authority.issue(
            scene.authority.fulcioLeaf(key: scene.key.publicKey), key: scene.key, logs: [scene.certificateLog]
        ) { $0.issuer = other }
        #expect(try scene.code(scene.bundle()) == "sct.signature-mismatch")
    }
}

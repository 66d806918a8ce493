import Landwaiter
import Simulators
import Testing

/// Certificates of own authorities that their issuer took back, or says nothing of (`crls`).
///
/// Stamped at 2026-05-28T20:27:40Z, a minute after the certificate begins; judged at 20:28:00.
@Suite struct RevokedSignerTests {
    private let instance: KeylessScene
    private static let stamped = SimulatedCA.now.adding(seconds: 60)

    init() throws { instance = try OwnAuthorityTests.host() }

    private static func signer(_ crls: String, validAt: String = "signing") -> String {
        "x509: {roots: [root.pem], usage: code-signing, dns: ci.example, validAt: \(validAt), crls: [\(crls)]}"
    }

    /// - Parameter entry: what the issuer's list says of the leaf.
    private func scene(
        _ entry: RevocationListTemplate.Entry? = nil, crls: String = "root.crl, issuer.crl",
        validAt: String = "signing",
        altering alter: (inout RevocationListTemplate) -> Void = { _ in }
    ) throws -> Scene {
        var scene = try OwnAuthorityTests.scene(instance, Self.signer(crls, validAt: validAt))
        let authority = instance.authority
        var issuer = RevocationListTemplate(of: authority.intermediate)
        if let entry { issuer.entries = [entry] }
        alter(&issuer)
        scene.files["issuer.crl"] = try issuer.signed(by: authority.intermediate.key)
        scene.files["root.crl"] = try RevocationListTemplate(of: authority.root).signed(by: authority.root.key)
        return scene
    }

    private func entry(_ second: Int64, reason: UInt8? = 4, since: Int64? = nil) -> RevocationListTemplate.Entry {
        RevocationListTemplate.Entry(
            instance.leaf.template.serialNumber, on: SimulatedCA.now.adding(seconds: second), reason: reason,
            invalidSince: since.map { SimulatedCA.now.adding(seconds: $0) })
    }

    @Test func admitsWhatIsOnNoList() async throws {
        let record = try await scene().decide()
        #expect(record.verdict == .admit, "\(record.refusedCodes)")
    }

    /// By the second of the stamp, and after it.
    @Test(arguments: [(59, false), (60, false), (61, true), (3600, true)])
    func theVerifiedTimeDecides(second: Int64, admitted: Bool) async throws {
        let record = try await scene(entry(second)).decide()
        #expect(record.verdict == (admitted ? .admit : .reject))
        #expect(record.refusedCodes == (admitted ? [] : ["certificate.revoked"]))
    }

    /// RFC 5280 section 5.3.2: the key was not to be trusted since before the issuer acted.
    @Test func theEarlierDateCounts() async throws {
        #expect(try await scene(entry(3600, since: 30)).decide().refusedCodes == ["certificate.revoked"])
    }

    @Test func aCompromisedKeyNeverCounts() async throws {
        #expect(try await scene(entry(3600, reason: 1)).decide().refusedCodes == ["certificate.revoked"])
    }

    @Test func nowAsksWhatWasTakenBackByTheDecision() async throws {
        // The decision is 80 seconds after the certificate begins.
        #expect(try await scene(entry(80), validAt: "now").decide().refusedCodes == ["certificate.revoked"])
        #expect(try await scene(entry(81), validAt: "now").decide().verdict == .admit)
    }

    // MARK: Lists that say nothing

    @Test func everyCertificateOnThePathNeedsAList() async throws {
        #expect(try await scene(crls: "root.crl").decide().refusedCodes == ["revocation.unknown"])
        #expect(try await scene(crls: "issuer.crl").decide().refusedCodes == ["revocation.unknown"])
    }

    /// Where the root publishes none: asked for by name, and said in the record.
    @Test func theLeafAloneNeedsAListWhereThatIsAskedFor() async throws {
        func leafOnly(_ crls: String, _ entry: RevocationListTemplate.Entry? = nil) throws -> Scene {
            var scene = try scene(entry, crls: crls)
            let signer = Self.signer(crls).dropLast() + ", insecureLeafRevocationOnly: true}"
            scene.policy = scene.policy.replacing(Self.signer(crls), with: signer)
            return scene
        }
        let record = try await leafOnly("issuer.crl").decide()
        #expect(record.verdict == .admit, "\(record.refusedCodes)")
        #expect(record.insecure.contains { $0.hasPrefix("insecureLeafRevocationOnly in ") })
        #expect(try await leafOnly("root.crl").decide().refusedCodes == ["revocation.unknown"])
        #expect(try await leafOnly("issuer.crl", entry(30)).decide().refusedCodes == ["certificate.revoked"])
        #expect(try await scene(crls: "issuer.crl").decide().insecure.isEmpty)
    }

    /// A list of yesterday says nothing of what was taken back today.
    @Test func aListThatEndedSaysNothing() async throws {
        var old = try scene { $0.nextUpdate = DEREncoding.generalizedTime(SimulatedCA.now.adding(seconds: 79)) }
        #expect(try await old.decide().refusedCodes == ["revocation.unknown"])
        // But what is on it counts.
        old = try scene(entry(30)) { $0.nextUpdate = DEREncoding.generalizedTime(SimulatedCA.now.adding(seconds: 79)) }
        #expect(try await old.decide().refusedCodes == ["certificate.revoked"])
    }

    /// The list that held when the certificate expired goes on to count for it.
    @Test func anExpiredCertificateNeedsTheListOfItsEnd() async throws {
        var later = try scene()
        later.at = "2026-11-20T12:00:00Z"
        var root = RevocationListTemplate(of: instance.authority.root)
        root.nextUpdate = DEREncoding.generalizedTime(SimulatedCA.now.adding(seconds: 86_400 * 365))
        later.files["root.crl"] = try root.signed(by: instance.authority.root.key)
        #expect(try await later.decide().verdict == .admit)
        var early = try scene { $0.nextUpdate = DEREncoding.generalizedTime(SimulatedCA.now.adding(seconds: 599)) }
        early.at = later.at
        early.files["root.crl"] = later.files["root.crl"]
        #expect(try await early.decide().refusedCodes == ["revocation.unknown"])
    }

    @Test func aListOfAnotherKeyIsNone() async throws {
        var forged = try scene(entry(30))
        forged.files["issuer.crl"] = try RevocationListTemplate(of: instance.authority.intermediate)
            .signed(by: SimulatedCA().intermediate.key)
        #expect(try await forged.decide().refusedCodes == ["revocation.list-untrusted"])
    }

    @Test func listsCountForWorkloadsToo() async throws {
        let workload = try OwnAuthorityTests.workload()
        let signer = """
            spiffe: {id: "spiffe://example.org/build/*", roots: [root.pem], validAt: signing, crls: [lists.pem]}
            """
        for (second, admitted) in [(Int64(30), false), (90, true)] {
            var scene = try OwnAuthorityTests.scene(workload, signer)
            var issuer = RevocationListTemplate(of: workload.authority.intermediate)
            issuer.entries = [entry(second)]
            let lists = [
                try issuer.signed(by: workload.authority.intermediate.key),
                try RevocationListTemplate(of: workload.authority.root).signed(by: workload.authority.root.key),
            ]
            scene.files["lists.pem"] = lists.flatMap {
                Array(PEMBlock(label: "X509 CRL", bytes: $0).encoded().utf8)
            }
            #expect(try await scene.decide().verdict == (admitted ? .admit : .reject))
        }
    }

    @Test func listsCountInTheTrustDigest() async throws {
        let digests = [
            try await scene().decide().trustDigest, try await scene(entry(3600)).decide().trustDigest,
            try await scene(crls: "root.crl").decide().trustDigest,
        ]
        #expect(Set(digests).count == 3)
    }
}

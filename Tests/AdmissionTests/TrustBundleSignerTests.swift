import Landwaiter
import Simulators
import Testing

/// SPIFFE workloads whose trust domain changed its keys since they signed.
///
/// The certificate is valid for ten minutes from 2026-05-28T20:26:40Z, and the signature was stamped a minute later.
@Suite struct TrustBundleSignerTests {
    private static let id = "spiffe://example.org/build/*"

    private static func signer(_ bundles: String, id: String = id, validAt: String = "signing") -> String {
        "spiffe: {id: \(id.hasPrefix("[") ? id : "\"\(id)\""), trustBundles: [\(bundles)], validAt: \(validAt)}"
    }

    private static let past = "{trustDomain: example.org, file: past.json, until: 2026-06-30T23:59:59Z}"
    private static let current = "{trustDomain: example.org, file: current.json, from: 2026-07-01T00:00:00Z}"

    private let then: SimulatedTrustDomain
    private let now: SimulatedTrustDomain
    private let instance: KeylessScene

    init() throws {
        then = try SimulatedTrustDomain("example.org")
        now = try SimulatedTrustDomain("example.org")
        instance = try OwnAuthorityTests.workload(authority: then.authority)
    }

    /// An image that the workload signed in May, judged in November.
    private func scene(
        _ signer: String, by other: KeylessScene? = nil, stamped: Bool = true, at: String = "2026-11-20T12:00:00Z"
    ) throws -> Scene {
        var scene = try OwnAuthorityTests.scene(instance, signer, by: other, stamped: stamped)
        scene.files = [
            "past.json": try then.bundle(sequence: 1).canonicalBytes(),
            "current.json": try now.bundle(sequence: 2).canonicalBytes(),
        ]
        scene.at = at
        return scene
    }

    @Test func admitsWhatAPastBundleVouchedForThen() async throws {
        let record = try await scene(Self.signer("\(Self.past), \(Self.current)")).decide()
        #expect(record.verdict == .admit, "\(record.refusedCodes)")
    }

    @Test func rejectsItUnderTodaysBundleAlone() async throws {
        let record = try await scene(Self.signer(Self.current)).decide()
        #expect(record.verdict == .reject && record.refusedCodes == ["certificate.authority-not-trusted-then"])
        // Nor if that is believed for all times: its keys are others.
        let always = try await scene(Self.signer("{trustDomain: example.org, file: current.json}")).decide()
        #expect(always.verdict == .reject && always.refused.count == 1)
    }

    /// The bundle ends a second before the signature was there, or on that second.
    @Test(arguments: [("2026-05-28T20:27:39Z", false), ("2026-05-28T20:27:40Z", true)])
    func aPastBundleCountsToItsLastSecond(until: String, admitted: Bool) async throws {
        let record = try await scene(
            Self.signer("{trustDomain: example.org, file: past.json, until: \(until)}, \(Self.current)")
        ).decide()
        #expect(record.verdict == (admitted ? .admit : .reject))
        #expect(record.refusedCodes == (admitted ? [] : ["certificate.authority-not-trusted-then"]))
    }

    @Test(arguments: [("2026-05-28T20:27:41Z", false), ("2026-05-28T20:27:40Z", true)])
    func aBundleCountsFromItsFirstSecond(from: String, admitted: Bool) async throws {
        let record = try await scene(
            Self.signer("{trustDomain: example.org, file: past.json, from: \(from)}")
        ).decide()
        #expect(record.verdict == (admitted ? .admit : .reject))
        #expect(record.refusedCodes == (admitted ? [] : ["certificate.authority-not-trusted-then"]))
    }

    /// A withdrawn key signs today, and whoever has it stamps that today.
    @Test func rejectsWhatAWithdrawnKeySignsLater() async throws {
        let late = try OwnAuthorityTests.workload(authority: then.authority) {
            $0.notBefore = SimulatedCA.now.adding(seconds: 86_400 * 60)
            $0.notAfter = SimulatedCA.now.adding(seconds: 86_400 * 60 + 600)
        }
        var scene = try scene(Self.signer("\(Self.past), \(Self.current)"), by: late, stamped: false)
        let parts = try late.signed(.envelope, Scene.signatureStatement(scene.image.digest))
        var draft = BundleDraft(parts)
        draft.useChain([late.leaf.der, then.authority.intermediate.der])
        draft.timestamps = [
            try instance.timestamp(of: parts.signature) { $0.time = SimulatedCA.now.adding(seconds: 86_400 * 60 + 60) }
        ]
        scene.store.papers = [:]
        scene.attach(draft.bytes)
        #expect(try await scene.decide().refusedCodes == ["certificate.authority-not-trusted-then"])
        // Without a stamp nothing says that it was signed while the key counted.
        let undated = try self.scene(Self.signer("\(Self.past), \(Self.current)"), stamped: false)
        #expect(try await undated.decide().refusedCodes == ["sigstore.no-verified-time"])
    }

    @Test func nowAsksTheBundlesOfTheDecision() async throws {
        let during = "2026-05-28T20:30:00Z"
        let both = Self.signer("\(Self.past), \(Self.current)", validAt: "now")
        #expect(try await scene(both, stamped: false, at: during).decide().verdict == .admit)
        let ended = Self.signer(
            "{trustDomain: example.org, file: past.json, until: 2026-05-28T20:29:59Z}", validAt: "now")
        #expect(
            try await scene(ended, stamped: false, at: during).decide().refusedCodes == [
                "certificate.authority-not-trusted-then"
            ])
    }

    /// The same root in two bundles that follow each other, and a stamp under each.
    @Test(arguments: [("2026-05-28T20:28:01Z", true), ("2026-05-28T20:28:02Z", false)])
    func aRootInBundlesThatFollowEachOtherGoesOn(from: String, admitted: Bool) async throws {
        var scene = try scene(
            Self.signer(
                """
                {trustDomain: example.org, file: past.json, until: 2026-05-28T20:28:00Z}, \
                {trustDomain: example.org, file: current.json, from: \(from)}
                """), stamped: false)
        scene.files["current.json"] = try then.bundle(sequence: 2).canonicalBytes()
        let parts = try instance.signed(.envelope, Scene.signatureStatement(scene.image.digest))
        var draft = BundleDraft(parts)
        draft.useChain([instance.leaf.der, then.authority.intermediate.der])
        draft.timestamps = try [60, 120].map { second in
            try instance.timestamp(of: parts.signature) { $0.time = SimulatedCA.now.adding(seconds: second) }
        }
        scene.store.papers = [:]
        scene.attach(draft.bytes)
        let record = try await scene.decide()
        #expect(record.verdict == (admitted ? .admit : .reject), "\(record.refusedCodes)")
    }

    // MARK: Other trust domains

    /// Two trust domains stand in one signer: neither vouches for the other's workloads.
    @Test func rejectsAWorkloadThatTheOtherTrustDomainVouchesFor() async throws {
        let other = try SimulatedTrustDomain("example.com")
        let ids = #"["spiffe://example.org/build/*", "spiffe://example.com/build/*"]"#
        let signer = Self.signer("\(Self.past), {trustDomain: example.com, file: other.json}", id: ids)
        // The workload says that it is of example.org; example.com issued it.
        let foreign = try OwnAuthorityTests.workload(authority: other.authority)
        var scene = try scene(signer, by: foreign)
        scene.files["other.json"] = try other.bundle().canonicalBytes()
        #expect(try await scene.decide().refusedCodes == ["spiffe.invalid-x509-svid"])
        // Each its own.
        var own = try self.scene(signer)
        own.files["other.json"] = try other.bundle().canonicalBytes()
        #expect(try await own.decide().verdict == .admit)
        let second = try OwnAuthorityTests.workload(authority: other.authority) {
            $0.set(.alternativeNames([.uri("spiffe://example.com/build/ledger")], isCritical: true))
        }
        own = try self.scene(signer, by: second)
        own.files["other.json"] = try other.bundle().canonicalBytes()
        #expect(try await own.decide().verdict == .admit)
    }

    /// An authority without a SPIFFE ID says of no trust domain that it is its own: the bundle that it stands in does.
    @Test func anAuthorityWithoutAnIDVouchesForTheTrustDomainOfItsBundle() async throws {
        let plain = try SimulatedCA("plain")
        let ids = #"["spiffe://example.org/build/*", "spiffe://example.com/build/*"]"#
        let signer = Self.signer("\(Self.past), {trustDomain: example.com, file: plain.pem}", id: ids)
        for (domain, admitted) in [("example.org", false), ("example.com", true)] {
            let workload = try OwnAuthorityTests.workload(authority: plain) {
                $0.set(.alternativeNames([.uri("spiffe://\(domain)/build/ledger")], isCritical: true))
            }
            var scene = try scene(signer, by: workload)
            scene.files["plain.pem"] = Array(plain.root.pem.utf8)
            let record = try await scene.decide()
            #expect(record.verdict == (admitted ? .admit : .reject))
            #expect(record.refusedCodes == (admitted ? [] : ["spiffe.invalid-x509-svid"]))
        }
    }

    /// The authorities of a plain list vouch for whichever trust domain; those of a bundle for theirs, whoever they are.
    @Test func aBundleIsOfTheTrustDomainThatThePolicySays() async throws {
        var scene = try scene(
            Self.signer("{trustDomain: example.com, file: past.json}", id: "spiffe://example.com/build/*"))
        #expect(try await scene.decide().verdict == .reject)
        scene = try self.scene(Self.signer("{trustDomain: example.org, file: current.json}"))
        scene.files["current.json"] = scene.files["past.json"]
        #expect(try await scene.decide().verdict == .admit)
    }

    @Test func bundlesCountInTheTrustDigest() async throws {
        let first = try scene(Self.signer(Self.past))
        var second = first
        second.files["past.json"] = try now.bundle().canonicalBytes()
        let third = try scene(Self.signer(Self.past.replacing("06-30", with: "06-29")))
        let records = [try await first.decide(), try await second.decide(), try await third.decide()]
        #expect(Set(records.map(\.trustDigest)).count == 3)
        #expect(records[0].policyDigest == records[1].policyDigest)
    }
}

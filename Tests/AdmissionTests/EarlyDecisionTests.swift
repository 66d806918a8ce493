import HTTPTransport
import Landwaiter
import OCIDistribution
import RegistrySimulator
import Testing

/// Decisions on a registry that end as early as they may, counted in requests.
@Suite struct EarlyDecisionTests {
    static let repository = "finance/ledger"
    static let attested = Policies.text(
        require: """
            - id: noted
              on: image
              attestation: {by: {atLeast: 1, of: [pipeline]}, type: ["https://example.com/note/v1"], match: any}
            """)

    /// A registry that holds what the scene's store does: papers under their tags, or by their subjects.
    static func fill(_ registry: SimulatedRegistry, _ scene: Scene, listing ties: Set<Paper.Tie> = []) {
        let contents = registry.contents
        for bytes in scene.store.blobs.values {
            contents.put(blob: bytes, in: repository)
            if let document = try? ImageDocument(parsing: VerifiedContent(namedByOwnDigest: bytes), declared: nil) {
                contents.put(manifest: bytes, mediaType: document.mediaType, in: repository)
            }
        }
        // However broken it is.
        contents.put(
            manifest: scene.store.bytes(of: scene.image), mediaType: scene.image.mediaType, in: repository)
        contents.setTag("v1", to: scene.image.digest, in: repository)
        for (digest, papers) in scene.store.papers {
            for paper in papers where paper.tie == .signatureTag {
                contents.setTag(digest.cosignTag("sig"), to: paper.descriptor.digest, in: repository)
            }
            if ties.contains(.fallbackTag) {
                contents.setFallback(
                    of: digest, in: repository, to: papers.filter { $0.tie == .referrer }.map(\.descriptor))
            }
        }
    }

    /// Other suites may keep every thread of the process busy for minutes.
    static let patience = Duration.seconds(3600)

    static func client(_ transport: HTTPTransport, retries: RetryPolicy = RetryPolicy()) -> RegistryClient {
        var configuration = RegistryClient.Configuration(now: { Instant(secondsSince1970: 0) }, chance: { 0 })
        configuration.exchangeTimeout = patience
        configuration.retries = retries
        return RegistryClient(configuration, transport: transport)
    }

    struct Outcome {
        let record: AdmissionRecord
        let requests: [String]
    }

    /// Decides about the scene's image in a simulated registry.
    func decide(
        _ scene: Scene, byDigest: Bool = false, referrers: RegistryFeatures.Referrers? = nil,
        listing ties: Set<Paper.Tie> = [], early: Bool = true
    ) async throws -> Outcome {
        let policies = try Policies.load([scene.policy], guardrails: scene.guardrails)
        let transport = try HTTPTransport()
        let client = Self.client(transport)
        let outcome = try await SimulatedRegistry.with(
            RegistryFeatures { if let referrers { $0.referrers = referrers } }
        ) { registry in
            Self.fill(registry, scene, listing: ties)
            let name = byDigest ? "@\(scene.image.digest)" : ":v1"
            let source = RegistrySource(
                try ImageReference(parsing: "\(registry.host)/\(Self.repository)\(name)"), client: client,
                timeout: Self.patience)
            var request = AdmissionRequest(
                image: source, statedReference: try scene.reference.map { try ImageReference(parsing: $0) },
                namespace: scene.namespace, at: try instant(scene.at),
                suppliedEvidence: scene.supplied.map {
                    SuppliedEvidence(name: "papers.json", content: VerifiedContent(namedByOwnDigest: $0))
                })
            request.mayStopEarly = early
            let record = await AdmissionPipeline(policies: policies, limits: scene.limits).decide(request)
            return Outcome(record: record, requests: registry.requests.map { "\($0.method) \($0.path)" })
        }
        await transport.shutdown()
        return outcome
    }

    func signedUnderTag() throws -> Scene {
        var scene = Scene()
        try scene.cosign()
        return scene
    }

    @Test func admitsALegacySignatureWithTwoRequestsByDigestAndThreeByTag() async throws {
        let scene = try signedUnderTag()
        let byDigest = try await decide(scene, byDigest: true)
        #expect(byDigest.record.verdict == .admit)
        #expect(byDigest.record.imageDigest == scene.image.digest)
        #expect(byDigest.requests.count == 2)
        #expect(byDigest.record.findings.map(\.code) == [.imageNotRead])
        let byTag = try await decide(scene)
        #expect(byTag.record.verdict == .admit)
        #expect(byTag.record.imageDigest == scene.image.digest)
        #expect(byTag.requests.count == 3)
        #expect(!(byDigest.requests + byTag.requests).contains("GET /v2/"))
    }

    @Test func admitsABundleWithThreeRequestsAndByTheFallbackTagWithFour() async throws {
        var scene = Scene()
        scene.policy = Self.attested
        try scene.attest(["good": true], type: Scene.note, about: scene.image)
        let listed = try await decide(scene, byDigest: true)
        #expect(listed.record.verdict == .admit)
        #expect(listed.requests.count == 3)
        let fallback = try await decide(
            scene, byDigest: true, referrers: RegistryFeatures.Referrers.none, listing: [.fallbackTag])
        #expect(fallback.record.verdict == .admit)
        #expect(fallback.requests.count == 4)
    }

    @Test func findsAKeyedSignatureInABundleAsWell() async throws {
        var scene = Scene()
        try scene.sign()
        let outcome = try await decide(scene, byDigest: true)
        #expect(outcome.record.verdict == .admit)
        #expect(outcome.requests.count == 4)
    }

    @Test func stopsAtTheItemThatSuffices() async throws {
        var scene = Scene()
        scene.policy = Self.attested
        for number in 0..<8 {
            try scene.attest(["number": .integer(Int64(number))], type: Scene.note, about: scene.image)
        }
        let outcome = try await decide(scene, byDigest: true)
        #expect(outcome.record.verdict == .admit)
        #expect(outcome.record.verified.count == 1)
        #expect(outcome.requests.count == 3)
    }

    @Test func gathersAcrossPlacesUntilEveryRuleHolds() async throws {
        var scene = try signedUnderTag()
        scene.policy = Policies.text(require: Policies.twoSignatures)
        let alone = try await decide(scene, byDigest: true)
        #expect(alone.record.verdict == .reject)
        try scene.sign(by: .second)
        let both = try await decide(scene, byDigest: true)
        #expect(both.record.verdict == .admit)
        #expect(both.requests.count == 5)
    }

    @Test func tellsTheWholeStoryOfAReject() async throws {
        var scene = Scene()
        try scene.sign(by: .stranger)
        let early = try await decide(scene)
        let full = try await decide(scene, early: false)
        #expect(early.record.verdict == .reject)
        #expect(early.record.canonicalBytes == full.record.canonicalBytes)
        // What was asked on the way is not asked again.
        #expect(Set(early.requests).count == early.requests.count)
        #expect(early.requests.sorted() == full.requests.sorted())
    }

    @Test(arguments: [
        "match: all", "match: exactly-one", "match: latest, time: at, newestAge: 30d",
    ])
    func neverStopsEarlyWhereAllEvidenceCounts(match: String) async throws {
        var scene = Scene()
        scene.policy = Policies.text(
            require: """
                - id: noted
                  on: image
                  attestation:
                    {by: {atLeast: 1, of: [pipeline]}, type: ["https://example.com/note/v1"], \(match)}
                """)
        try scene.attest(["at": "2026-11-20T10:00:00Z"], type: Scene.note, about: scene.image)
        let outcome = try await decide(scene)
        #expect(outcome.record.image != nil)
        #expect(!outcome.record.findings.contains { $0.code == .imageNotRead })
    }

    @Test func neverStopsEarlyWhereSomethingIsDenied() async throws {
        var scene = try signedUnderTag()
        scene.policy = Policies.text(
            require: Policies.signature, deny: "- {id: gone, on: image, image: {tag: {in: [v0]}}}")
        let outcome = try await decide(scene)
        #expect(outcome.record.verdict == .admit)
        #expect(outcome.record.image != nil)
        #expect(outcome.requests.count > 3)
    }

    /// What was handed in is judged, and told apart from what has nothing to do with the image.
    @Test func neverStopsEarlyWhereEvidenceWasHandedIn() async throws {
        var scene = try signedUnderTag()
        scene.supplied = [Array("{}".utf8)]
        let outcome = try await decide(scene)
        #expect(outcome.record.verdict == .admit)
        #expect(outcome.record.image != nil)
        #expect(outcome.record.refused.contains { $0.origin == .supplied })
    }

    @Test func neverStopsEarlyWhereEachPlatformCounts() async throws {
        var scene = Scene()
        scene.policy = Policies.text(
            require: "- {id: signed, on: each-platform, signature: {by: {atLeast: 1, of: [corporate]}}}")
        try scene.cosign()
        let outcome = try await decide(scene)
        #expect(outcome.record.verdict == .admit)
        #expect(outcome.record.image?.platforms.count == 2)
    }

    @Test func neverStopsEarlyUnasked() async throws {
        let outcome = try await decide(try signedUnderTag(), early: false)
        #expect(outcome.record.verdict == .admit)
        #expect(outcome.record.image != nil)
    }

    @Test func doesNotTakeASignatureOfAnotherImage() async throws {
        var scene = Scene()
        try scene.cosign(digest: Digest(of: [1, 2, 3]))
        let outcome = try await decide(scene, byDigest: true)
        #expect(outcome.record.verdict == .reject)
        #expect(outcome.record.refused.contains { $0.finding.code == .evidenceSubjectMismatch })
    }

    @Test func readsTheImageWhereItsTopDocumentIsBroken() async throws {
        var scene = Scene()
        scene.select(
            scene.store.keep(Array(#"{"schemaVersion":2,"manifests":[],"layers":[],"config":{}}"#.utf8), as: .ociIndex))
        try scene.cosign()
        let outcome = try await decide(scene)
        #expect(outcome.record.verdict == .reject)
        #expect(outcome.record.headline?.code == .imageTwoTypes)
    }

    @Test func leavesItOpenWhereTheRegistryFails() async throws {
        let scene = try signedUnderTag()
        let transport = try HTTPTransport()
        let client = Self.client(transport, retries: .once)
        let policies = try Policies.load([scene.policy])
        try await SimulatedRegistry.with { registry in
            Self.fill(registry, scene)
            registry.inject(.status(503), on: .containing(".sig"))
            let source = RegistrySource(
                try ImageReference(parsing: "\(registry.host)/\(Self.repository):v1"), client: client,
                timeout: Self.patience)
            var request = AdmissionRequest(image: source, namespace: scene.namespace, at: try instant(scene.at))
            request.mayStopEarly = true
            let record = await AdmissionPipeline(policies: policies).decide(request)
            #expect(record.verdict == .undecided)
            #expect(record.headline?.code == .registryUnavailable)
        }
        await transport.shutdown()
    }
}

import Landwaiter
import Testing

/// Whatever was kept: the record is that of a decision that read everything itself, but for the note that it was kept.
@Suite struct CachePropertyTests {
    /// Nothing is ever too old, so that everything that could be kept is.
    private static let lasting: EvidenceCacheLimits = {
        var limits = EvidenceCacheLimits()
        limits.listAge = .max
        limits.grace = .max
        limits.failureAge = .max
        return limits
    }()

    /// Asks past the cache and with it, at each instant, in an order of its own.
    private func expectAgreement(
        _ scene: Scene, at instants: [String], _ seed: UInt64, mustHit: Bool = true, _ comment: String
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let cache = EvidenceCache(Self.lasting)
        var scene = scene
        var verdicts: Set<Verdict> = []
        for at in (instants + instants).shuffled(using: &random) {
            scene.at = at
            let asking = Bool.random(using: &random) ? Asking.digest : .tag
            let pipeline = try scene.pipeline()
            let uncached = await pipeline.decide(try scene.request(asking, scene.source, scope: nil))
            if let atOnce = pipeline.decideAtOnce(try scene.request(asking, scene.source), cache: cache) {
                #expect(atOnce.bytesWithoutCacheNote == uncached.canonicalBytes, "\(comment), seed \(seed), at \(at)")
            }
            let cached = try await scene.decide(cache, asking, by: pipeline).record
            #expect(cached.bytesWithoutCacheNote == uncached.canonicalBytes, "\(comment), seed \(seed), at \(at)")
            verdicts.insert(cached.verdict)
        }
        #expect(!mustHit || cache.statistics.hits > 0, "\(comment), seed \(seed)")
    }

    /// Before the image was built, while exceptions and passes hold, after they ended, and years later.
    private static let instants = [
        "2026-11-19T00:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z", "2026-11-20T12:00:01Z",
        "2026-11-20T16:00:01Z", "2026-12-14T23:59:59Z", "2026-12-15T00:00:00Z", "2036-01-01T00:00:00Z",
    ]

    @Test(arguments: PropertyTests.Start.allCases)
    func whatIsKeptChangesNoRecord(_ start: PropertyTests.Start) async throws {
        let honest = try start.scene()
        for seed in 0..<3 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var scene = honest
            scene.supplied = []
            try Junk.add(Int.random(in: 0...4, using: &random), to: &scene, &random)
            scene.supplied = []
            // A base that can't be had is looked for each time.
            try await expectAgreement(
                scene, at: Self.instants, seed, mustHit: ![.baseMissing, .noPapers].contains(start), "\(start)")
        }
    }

    /// Budgets that strike, strike in the same way.
    @Test func whatIsKeptChangesNoLimit() async throws {
        for seed in 0..<12 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var scene = try Scene.finance()
            switch seed % 3 {
            case 0: scene.limits.candidates = Int.random(in: 1...30, using: &random)
            case 1: scene.limits.totalBytes = Int.random(in: 1_000...20_000, using: &random)
            default: scene.limits.signatureOperations = Int.random(in: 1...8, using: &random)
            }
            try await expectAgreement(
                scene, at: Array(Self.instants[2...3]), seed, mustHit: false, "limits")
        }
    }

    /// Bases that are judged: an index or a single manifest, several of them, three on one another; admitted and not.
    enum Chain: CaseIterable {
        case index, materials, tower, fork, unsigned, missing, denied, deniedKey, aged, dated, broken

        func scene() throws -> (scene: Scene, base: Descriptor) {
            switch self {
            case .index, .unsigned, .missing, .denied, .deniedKey:
                let rule = BaseChainTests.rule(
                    proof: self == .missing ? "[materials]" : "[layers]", more: "\n    newestAllowedAge: 30d")
                var (scene, base) = try BaseChainTests.scene(
                    app: Policies.signature + "\n" + rule, signedBy: self == .unsigned ? nil : .second)
                try scene.sign()
                for child in scene.children { try scene.attest(buildKit(), about: child) }
                if self == .missing { scene.store.blobs[base.digest] = nil }
                if self == .denied {
                    scene.guardrails = [Policies.guardrail("  deny: [{id: d, digest: {in: [\"\(base.digest)\"]}}]")]
                }
                if self == .deniedKey {
                    scene.guardrails = [
                        Policies.guardrail(
                            "  deny: [{id: k, key: {files: [second.pub]}}]", approvers: "[alice, carol]")
                    ]
                }
                return (scene, base)
            case .materials, .aged:
                var (scene, base) = try BaseChainTests.scene(
                    app: BaseChainTests.rule(proof: "[materials]", more: "\n    newestAllowedAge: 30d"),
                    base: Policies.provenance(
                        match: self == .aged ? "latest" : "any", on: "image",
                        more: self == .aged ? "\n    newestAge: 9d" : ""))
                try scene.attest(buildKit(), about: base)
                for child in scene.children { try scene.attest(buildKit(), about: child) }
                return (scene, base)
            case .tower:
                let scene = try BaseChainTests.tower()
                return (scene, scene.image)
            case .fork:
                let (scene, lowest) = try BaseChainTests.fork()
                return (scene, lowest)
            case .dated: return try BaseChainTests.dated()
            case .broken: return try BaseChainTests.broken()
            }
        }
    }

    @Test(arguments: Chain.allCases)
    func whatIsKeptOfJudgedBasesChangesNoRecord(_ chain: Chain) async throws {
        let (honest, base) = try chain.scene()
        for seed in 0..<3 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var scene = honest
            try Junk.add(seed == 0 ? 0 : 3, to: &scene, &random)
            // And with the base.
            let image = scene.image
            scene.select(base)
            try Junk.add(seed == 0 ? 0 : 3, to: &scene, &random)
            scene.select(image)
            scene.supplied = []
            try await expectAgreement(scene, at: Self.instants, seed, "\(chain)")
        }
    }

    /// Of the budgets of one decision, what was spent on a base that is kept is spent again.
    @Test(arguments: [Chain.index, .tower, .fork, .broken])
    func whatIsKeptOfJudgedBasesChangesNoLimit(_ chain: Chain) async throws {
        let honest = try chain.scene().scene
        for path in [\AdmissionLimits.candidates, \.totalBytes, \.signatureOperations]
            as [any WritableKeyPath<AdmissionLimits, Int> & Sendable]
        {
            var (low, high) = (0, 1 << 20)
            while low < high {
                var tried = honest
                let middle = (low + high) / 2
                tried.limits[keyPath: path] = middle
                if try await tried.decide().verdict == .admit { high = middle } else { low = middle + 1 }
            }
            for less in [0, 1, 2, 3, low / 4, low / 2, low - 1] where less <= low {
                var scene = honest
                scene.limits[keyPath: path] = low - less
                try await expectAgreement(
                    scene, at: [scene.at], UInt64(less), mustHit: false, "\(chain), \(low) less \(less)")
            }
        }
    }

    /// Rules that compare times of the evidence with that of the request.
    @Test(arguments: ["any", "all", "latest", "exactly-one"])
    func agesOfEvidenceAreThoseOfTheRequest(_ match: String) async throws {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(require: Policies.provenance(match: match, more: "\n    newestAge: 7d"))
        try scene.attest(buildKit(), about: scene.children[0])
        try scene.attest(buildKit(finished: "2026-11-25T10:00:00Z", run: "2"), about: scene.children[0])
        let instants = [
            "2026-11-20T09:59:59Z", "2026-11-20T12:00:00Z", "2026-11-27T10:00:00Z", "2026-11-27T10:00:01Z",
            "2026-12-02T10:00:01Z",
        ]
        for seed in 0..<4 as Range<UInt64> {
            // The rule wants new lists after its own age; between, it is served.
            try await expectAgreement(scene, at: instants, seed, mustHit: false, match)
        }
    }

    /// A policy whose keys are valid for a while, and were compromised.
    @Test func validityOfKeysIsThatOfTheRequest() async throws {
        var scene = try Scene.finance()
        for option in [
            "validFrom: 2026-11-20T12:00:00Z", "validUntil: 2026-11-20T12:00:00Z",
            "validFrom: 2026-11-20T10:00:00Z, validUntil: 2026-12-15T00:00:00Z",
            "compromisedAt: 2026-12-01T00:00:00Z",
        ] {
            scene.policy = Policies.finance.replacing(
                "{key: {file: corporate.pub}", with: "{key: {file: corporate.pub, \(option)}")
            try await expectAgreement(scene, at: Self.instants, 1, option)
        }
    }

    /// The one place where verification sees the instant: authorities of a policy's own whose certificates have to be
    /// valid at the decision, and revocation lists.
    @Test func certificatesThatHaveToBeValidNowAreVerifiedNow() async throws {
        let instants = [
            "2026-05-28T20:26:39Z", "2026-05-28T20:26:40Z", "2026-05-28T20:28:00Z", "2026-05-28T20:36:40Z",
            "2026-05-28T20:36:41Z", "2027-01-01T00:00:00Z",
        ]
        for (instance, signer) in [
            (try OwnAuthorityTests.host(), OwnAuthorityTests.server),
            (try OwnAuthorityTests.workload(), OwnAuthorityTests.spiffe),
        ] {
            let scene = try OwnAuthorityTests.scene(instance, signer)
            for seed in 0..<3 as Range<UInt64> {
                try await expectAgreement(scene, at: instants, seed, signer)
            }
        }
        // Without a request, and all the same not by what held a moment ago.
        let cache = EvidenceCache(Self.lasting)
        var scene = try OwnAuthorityTests.scene(OwnAuthorityTests.host(), OwnAuthorityTests.server)
        scene.at = "2026-05-28T20:36:40Z"
        #expect(try await scene.decide(cache).record.verdict == .admit)
        scene.at = "2026-05-28T20:36:41Z"
        let late = try await scene.decide(cache, .unreachable).record
        #expect(late.verdict == .reject)
        #expect(late.refusedCodes == ["certificate.not-valid-then"])
    }
}

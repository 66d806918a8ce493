import Landwaiter
import Testing

/// What is gathered of a base that is judged is kept like that of the image, and never what its policy makes of it.
@Suite struct CachedBaseTests {
    private let cache = EvidenceCache()
    private let repository = "registry.example/base/debian"

    /// Built on a base that is signed, in the same store.
    private func scene(signedBy signatory: Signatory? = .second) throws -> (scene: Scene, base: Descriptor) {
        try BaseChainTests.scene(signedBy: signatory)
    }

    private func notes(_ record: AdmissionRecord) -> [String] {
        record.findings.filter { $0.code == .serviceServedFromCache }.map(\.message)
    }

    private func uncached(_ scene: Scene) async throws -> AdmissionRecord {
        await (try scene.pipeline()).decide(try scene.request(.digest, scene.source, scope: nil))
    }

    // MARK: What is spared

    @Test func aJudgedBaseNeedsNoRequestWhileItIsFresh() async throws {
        let (scene, base) = try scene()
        let cold = try await scene.decide(cache)
        #expect(cold.record.verdict == .admit)
        #expect(cold.record.canonicalBytes == (try await uncached(scene).canonicalBytes))
        #expect(cold.calls.contains(.papers(base.digest)))
        let warm = try await scene.later(300).decide(cache)
        #expect(warm.calls.isEmpty)
        #expect(warm.record.verdict == .admit)
        #expect(warm.record.bases.map(\.verdict) == [.admit])
        #expect(
            notes(warm.record) == [
                "what lies with base image `\(repository)@\(base.digest)` was listed at 2026-11-20T12:00:00Z"
            ])
        #expect(cache.statistics.hits == 1 && cache.statistics.misses == 1)
        #expect(cache.statistics.baseHits == 1 && cache.statistics.baseMisses == 1)
        #expect(cache.statistics.images == 2)
    }

    @Test func basesOnOneAnotherAreKept() async throws {
        let scene = try BaseChainTests.tower()
        _ = try await scene.decide(cache)
        let warm = try await scene.later(60).decide(cache)
        #expect(warm.calls.isEmpty)
        #expect(warm.record.bases.count == 3 && warm.record.verdict == .admit)
        #expect(try await uncached(scene.later(60)).canonicalBytes == warm.record.bytesWithoutCacheNote)
    }

    /// Images of one repository share what they are built on.
    @Test func whatIsBuiltOnOneBaseSharesIt() async throws {
        let (scene, base) = try scene()
        _ = try await scene.decide(cache)
        var other = Scene(user: "10002")
        other.store.blobs.merge(scene.store.blobs) { $1 }
        other.store.papers = scene.store.papers
        other.policy = scene.policy
        let second = try await other.decide(cache)
        #expect(second.record.verdict == .admit)
        #expect(!second.calls.contains(.papers(base.digest)))
    }

    @Test func equalWorkOnABaseIsDoneOnce() async throws {
        let (scene, base) = try scene()
        let (source, gate, pipeline) = (scene.source, Gate(), try scene.pipeline())
        let records = try await withThrowingTaskGroup(of: AdmissionRecord.self) { group in
            for _ in 0..<10 {
                let request = try scene.request(.digest, source, gate: gate)
                group.addTask { await pipeline.decide(request, cache: cache) }
            }
            for _ in 0..<2_000 where cache.statistics.shared < 9 { try await Task.sleep(for: .milliseconds(5)) }
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(records.map(\.canonicalBytes)).count == 1 && records.first?.verdict == .admit)
        #expect(source.calls.count { $0 == .papers(base.digest) } == 1)
    }

    // MARK: What is never spared

    /// Ages are those of the request, whatever was kept.
    @Test func agesOfBasesAreJudgedOnEveryHit() async throws {
        var limits = EvidenceCacheLimits()
        limits.listAge = .max
        limits.failureAge = .max
        let cache = EvidenceCache(limits)
        var (scene, base) = try BaseChainTests.scene(
            app: BaseChainTests.rule(more: "\n    newestAllowedAge: 7d"), base: Policies.provenance())
        try scene.attest(buildKit(), about: base)
        #expect(try await scene.decide(cache).record.verdict == .admit)
        scene.at = "2026-11-28T12:00:00Z"
        let late = try await scene.decide(cache)
        #expect(late.calls.isEmpty)
        #expect(late.record.headline?.code == .baseImageTooOld)
    }

    /// What is needed of a base is more than what its policy needs of an image, whoever asked first.
    @Test func aBaseIsDatedByItsConfiguration() async throws {
        let (scene, base) = try BaseChainTests.dated()
        var direct = scene
        direct.select(base)
        direct.reference = "\(repository)@\(base.digest)"
        #expect(try await direct.decide(cache).record.verdict == .admit)
        #expect(try await scene.decide(cache).record.verdict == .admit)
        #expect(try await scene.decide(cache).calls.isEmpty)
        let late = try await scene.later(2 * 86_400).decide(cache).record
        #expect(late.headline?.code == .baseImageTooOld)
    }

    /// The policy of the base speaks of one namespace only.
    @Test func whichPolicyMatchesABaseIsAskedOnEveryHit() async throws {
        var (scene, _) = try BaseChainTests.scene(namespaces: "[finance]")
        #expect(try await scene.decide(cache).record.verdict == .admit)
        scene.namespace = "billing"
        let other = try await scene.decide(cache)
        #expect(other.calls.isEmpty)
        #expect(other.record.headline?.code == .baseImageChainRejected)
    }

    @Test func aKeyThatIsDeniedIsDeniedForAWarmBase() async throws {
        var (scene, _) = try scene()
        #expect(try await scene.decide(cache).record.verdict == .admit)
        scene.guardrails = [
            Policies.guardrail("  deny: [{id: k, key: {files: [second.pub]}}]", approvers: "[alice, carol]")
        ]
        for _ in 0..<2 {
            let record = try await scene.decide(cache).record
            #expect(record.verdict == .reject)
            #expect(record.canonicalBytes == (try await uncached(scene).canonicalBytes))
        }
    }

    // MARK: How long it is believed

    /// Who signs a base after a reject and asks again is not refused for as long as a list is fresh.
    @Test func whoSignsABaseAfterARejectWaitsForSecondsOnly() async throws {
        var (scene, base) = try scene(signedBy: nil)
        #expect(try await scene.decide(cache).record.verdict == .reject)
        try scene.sign(base, by: .second)
        let soon = try await scene.later(5).decide(cache)
        #expect(soon.record.headline?.code == .baseImageChainRejected && soon.calls.isEmpty)
        let later = try await scene.later(6).decide(cache)
        #expect(later.record.verdict == .admit && later.calls.contains(.papers(base.digest)))
        #expect(notes(later.record).isEmpty)
        // What suffices is believed for its age.
        #expect(try await scene.later(300).decide(cache).calls.isEmpty)
    }

    /// Deep below, and where the image's own list is young.
    @Test func whoSignsTheLowestBaseAfterARejectWaitsForSecondsOnly() async throws {
        var (scene, lowest) = try BaseChainTests.fork()
        let papers = scene.store.papers
        scene.store.papers = [:]
        #expect(try await scene.decide(cache).record.verdict == .reject)
        scene.store.papers = papers
        #expect(try await scene.later(5).decide(cache).record.verdict == .reject)
        let later = try await scene.later(6).decide(cache)
        #expect(later.record.verdict == .admit && later.calls.contains(.papers(lowest.digest)))
    }

    @Test func aListOfABaseThatIsTheSameIsAllThatIsReadAgain() async throws {
        let (scene, base) = try scene()
        _ = try await scene.decide(cache)
        let again = try await scene.later(301).decide(cache)
        #expect(again.record.verdict == .admit && again.record.findings.isEmpty)
        #expect(
            again.calls.allSatisfy { call in
                if case .papers = call { true } else { [.looseSignatures, .manifest(base.digest)].contains(call) }
            })
        #expect(cache.statistics.unchangedLists == 1)
        #expect(try await scene.later(601).decide(cache).calls.isEmpty)
    }

    /// The policy of the base wants newer evidence than that of the image.
    @Test func theAgeOfABasesListIsThatOfItsPolicy() async throws {
        var (scene, base) = try BaseChainTests.scene(
            app: Policies.signature + "\n" + BaseChainTests.rule(),
            base: Policies.provenance(match: "latest", more: "\n    newestAge: 60s"))
        try scene.sign()
        try scene.attest(buildKit(finished: "2026-11-20T12:00:00Z"), about: base)
        #expect(try await scene.decide(cache).record.verdict == .admit)
        #expect(try await scene.later(60).decide(cache).calls.isEmpty)
        scene.at = "2026-11-20T12:01:01Z"
        try scene.attest(buildKit(finished: "2026-11-20T12:01:01Z", run: "2"), about: base)
        let later = try await scene.decide(cache)
        #expect(later.record.verdict == .admit)
        #expect(later.calls.contains(.papers(base.digest)) && !later.calls.contains(.papers(scene.image.digest)))
    }

    /// A registry that tells of a push: for the base, or for one of its platforms, wherever the base was found.
    @Test func whatArrivedForABaseIsSeenByTheNextDecision() async throws {
        let (scene, base) = try scene()
        _ = try await scene.decide(cache)
        let child = Scene.baseChildDigest
        var seconds: Int64 = 0
        for (digest, place) in [
            (base.digest, repository), (child, repository), (base.digest, "registry.example/finance/ledger"),
        ] {
            // Nobody asked about the base itself.
            #expect(cache.evidenceArrived(for: digest, in: place).isEmpty)
            seconds += 1
            let next = try await scene.later(seconds).decide(cache)
            #expect(next.calls.contains(.papers(base.digest)))
            #expect(next.record.verdict == .admit)
            #expect(try await scene.later(seconds).decide(cache).calls.isEmpty)
        }
        cache.evidenceArrived(for: Digest(of: []), in: repository)
        #expect(try await scene.later(seconds).decide(cache).calls.isEmpty)
    }

    @Test func whatArrivesWhileABaseIsListedIsNotMissed() async throws {
        let (scene, base, elsewhere) = try Scene.onABaseElsewhere()
        let (gate, pipeline) = (Gate(), try scene.pipeline())
        var request = try scene.request(.digest, scene.source)
        request.baseSources = [NamedSource(elsewhere, digest: nil, gate: gate)]
        let asking = request
        let slow = Task { await pipeline.decide(asking, cache: cache) }
        for _ in 0..<2_000 where gate.waiting == 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(cache.evidenceArrived(for: base.digest, in: repository).isEmpty)
        gate.open()
        #expect(await slow.value.verdict == .admit)
        // Of the list that was being read nobody knows whether what arrived is in it.
        func listings() -> Int { elsewhere.calls.count { $0 == .papers(base.digest) } }
        #expect(listings() == 1)
        #expect(try await scene.later(1).decide(cache).record.verdict == .admit)
        #expect(listings() == 2)
        #expect(try await scene.later(2).decide(cache).record.verdict == .admit)
        #expect(listings() == 2)
    }

    // MARK: What could not be had

    /// It is asked for again after seconds, as an image is, and told as what it was.
    @Test func aBaseThatIsNotFoundIsMissedForSecondsOnly() async throws {
        var (scene, base) = try BaseChainTests.scene(app: BaseChainTests.rule(proof: "[materials]"))
        for child in scene.children { try scene.attest(buildKit(), about: child) }
        let store = scene.store
        scene.store.blobs[base.digest] = nil
        let first = try await scene.decide(cache)
        #expect(first.record.canonicalBytes == (try await uncached(scene).canonicalBytes))
        #expect(first.record.headline?.code == .baseImageUnread)
        scene.store = store
        let soon = try await scene.later(5).decide(cache)
        #expect(soon.record.headline == first.record.headline)
        #expect(!soon.calls.contains(.manifest(base.digest)))
        #expect(
            notes(soon.record).contains(
                "base image `\(repository)@\(base.digest)` was last asked for at 2026-11-20T12:00:00Z"))
        #expect(try await scene.later(6).decide(cache).record.verdict == .admit)
    }

    /// That the base of one image can't be had says nothing of an image of that name.
    @Test func aMissingBaseIsNoMissingImage() async throws {
        var (scene, base) = try BaseChainTests.scene(app: BaseChainTests.rule(proof: "[materials]"))
        for child in scene.children { try scene.attest(buildKit(), about: child) }
        let store = scene.store
        scene.store.blobs[base.digest] = nil
        #expect(try await scene.decide(cache).record.verdict == .undecided)
        scene.store = store
        scene.select(base)
        scene.reference = "\(repository)@\(base.digest)"
        #expect(try await scene.decide(cache).record.verdict == .admit)
    }

    @Test(arguments: [MemorySource.Call.papers(Scene.baseDigest), .fetch(Scene.baseChildDigest)])
    func whatCouldNotBeReadOfABaseIsNotKept(_ call: MemorySource.Call) async throws {
        var (scene, _) = try scene()
        let store = scene.store
        scene.store.faults[call] = ContentSourceError(.registryUnavailable, "it is out")
        let first = try await scene.decide(cache).record
        #expect(first.verdict == .undecided)
        #expect(first.canonicalBytes == (try await uncached(scene).canonicalBytes))
        scene.store = store
        #expect(try await scene.later(6).decide(cache).record.verdict == .admit)
    }

    // MARK: Whose it is

    @Test func aBaseOfOneScopeIsInvisibleToAnother() async throws {
        let (scene, base) = try scene()
        _ = try await scene.decide(cache, scope: "namespace finance")
        var unsigned = scene
        unsigned.store.papers[base.digest] = nil
        #expect(try await unsigned.decide(cache, scope: "namespace billing").record.verdict == .reject)
        #expect(try await unsigned.decide(cache, scope: "namespace finance").record.verdict == .admit)
    }

    /// Both hold the base, and only in one of them somebody signed it.
    @Test func whatLiesWithABaseBesideOneImageIsNotThatBesideAnother() async throws {
        let (scene, base) = try scene()
        #expect(try await scene.decide(cache).record.verdict == .admit)
        var other = scene
        other.reference = "registry.example/finance/other:v1"
        other.store.papers[base.digest] = nil
        let record = try await other.decide(cache).record
        #expect(record.headline?.code == .baseImageChainRejected)
        #expect(try await scene.decide(cache).record.verdict == .admit)
    }

    /// Where approved bases lie is said by policies, so it may be elsewhere once these are others.
    @Test func underOtherPoliciesABaseIsLookedForAnew() async throws {
        var (scene, base) = try scene()
        _ = try await scene.decide(cache)
        scene.policy += "---\n" + Policies.text(name: "more", require: Policies.signature, images: "[\"x.example/**\"]")
        let other = try await scene.decide(cache)
        #expect(other.calls.contains(.papers(base.digest)))
        #expect(!other.calls.contains(.papers(scene.image.digest)))
    }

    /// An image that is asked about by the name of a base has its own evidence, from its own source.
    @Test func aBaseIsNotTheImageOfItsName() async throws {
        var (scene, base) = try scene()
        #expect(try await scene.decide(cache).record.verdict == .admit)
        scene.select(base)
        scene.reference = "\(repository)@\(base.digest)"
        scene.store.papers = [:]
        #expect(try await scene.decide(cache).record.verdict == .reject)
    }

    /// One base by two names: each is told by its own.
    @Test func aBaseIsToldByTheNameThatIsAskedFor() async throws {
        let rule = BaseChainTests.rule(proof: "[materials]")
        var (scene, base) = try BaseChainTests.scene(
            app: rule + "\n"
                + rule.replacing("id: based", with: "id: again").replacing("base/debian", with: "base/other"))
        for child in scene.children { try scene.attest(buildKit(), about: child) }
        scene.store.blobs[base.digest] = nil
        for _ in 0..<2 {
            let record = try await scene.decide(cache).record
            #expect(record.bases.count == 2)
            for judged in record.bases {
                #expect(judged.headline?.message.contains(judged.need.base.repository + "@") == true)
            }
            #expect(record.bytesWithoutCacheNote == (try await uncached(scene).canonicalBytes))
        }
    }

    // MARK: Bounds

    /// Each base is read with budgets of its own, and spent from those of the decision: the first that takes more than is
    /// left is the last that is read so.
    @Test func basesDoNotMultiplyWhatADecisionMayRead() async throws {
        var (scene, _) = try BaseChainTests.broken()
        let needs = try await scene.decide().bases.map(\.need.base.digest)
        let (first, second) = (try #require(needs.first), try #require(needs.last))
        // The first is whole again, and has more junk than may be read.
        _ = Scene.base(in: &scene.store)
        scene.attach(
            Array(repeating: 0x20, count: 100_000),
            to: Descriptor(mediaType: .ociIndex, digest: first, size: scene.store.blobs[first]?.count ?? 0))
        scene.limits.totalBytes = 60_000
        for _ in 0..<2 {
            let source = scene.source
            let record = try await scene.pipeline().decide(scene.request(.digest, source), cache: cache)
            #expect(record.headline?.code.name == "limit.image-bytes")
            #expect(record.bytesWithoutCacheNote == (try await uncached(scene).canonicalBytes))
            #expect(source.calls.count { $0 == .papers(second) } == 0)
        }
    }

    @Test func basesCountAndMakeRoomLikeImages() async throws {
        let (scene, base) = try scene()
        _ = try await scene.decide(cache)
        let all = cache.statistics.bytes
        var limits = EvidenceCacheLimits()
        limits.scopeBytes = all - 1
        let small = EvidenceCache(limits)
        for _ in 0..<3 {
            #expect(try await scene.decide(small).record.verdict == .admit)
            #expect(small.statistics.bytes < all)
        }
        #expect(small.statistics.displaced > 0)
        #expect(try await scene.decide(small).calls.contains { [.resolve, .papers(base.digest)].contains($0) })
    }
}

extension Scene {
    /// The first manifest in the index that is the base.
    static let baseChildDigest: Digest = {
        var store = MemorySource.Store()
        return image(in: &store, for: amd64, layers: ["base 1", "base 2"], user: "").digest
    }()

    /// Built, by the materials of its provenance, on a base that lies in a source of its own, where the second key has
    /// signed it.
    static func onABaseElsewhere() throws -> (scene: Scene, base: Descriptor, elsewhere: MemorySource) {
        var (scene, base) = try BaseChainTests.scene(
            app: BaseChainTests.rule(proof: "[materials]"), signedBy: nil)
        for child in scene.children { try scene.attest(buildKit(), about: child) }
        scene.store.blobs[base.digest] = nil
        var other = Scene()
        _ = Self.base(in: &other.store)
        try other.sign(base, by: .second)
        let elsewhere = other.source
        scene.bases = [elsewhere]
        return (scene, base, elsewhere)
    }
}

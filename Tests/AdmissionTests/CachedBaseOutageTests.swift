import Landwaiter
import Testing

/// A base that is judged is survived on what was known of it while no registry, or not its own, can be asked; for as long as
/// an image is, and no longer.
@Suite struct CachedBaseOutageTests {
    private let cache = EvidenceCache()
    private let name = "base image `registry.example/base/debian@\(Scene.baseDigest)`"

    private func note(_ record: AdmissionRecord) -> String? {
        record.findings.first { $0.code == .serviceServedFromCache && $0.message.contains(name) }?.message
    }

    private func without(_ source: MemorySource, _ code: ReasonCode = .registryUnreachable) -> NamedSource {
        NamedSource(source, digest: nil, outage: ContentSourceError(code, "it is out"))
    }

    @Test(arguments: [
        ReasonCode.registryUnreachable, .registryTimedOut, .registryRateLimited, .registryUnavailable,
        .serviceRegistryCircuitOpen,
    ])
    func aWarmBaseAnswersThroughAnOutage(_ code: ReasonCode) async throws {
        let (scene, _) = try BaseChainTests.scene()
        _ = try await scene.decide(cache)
        for seconds in [301, 3_600] as [Int64] {
            let during = try await scene.later(seconds).decide(cache, .unavailable(code)).record
            #expect(during.verdict == .admit)
            #expect(
                note(during) == "what lies with \(name) was listed at 2026-11-20T12:00:00Z, and can't be at "
                    + "\(try instant(scene.at).adding(seconds: seconds)): it is out")
            #expect(during.findings.contains { $0.code == .serviceServedFromCache && $0.found == code.name })
        }
        #expect(try await scene.later(3_601).decide(cache, .unavailable(code)).record.verdict == .undecided)
        let back = try await scene.later(3_700).decide(cache).record
        #expect(back.verdict == .admit && back.findings.isEmpty)
    }

    @Test func threeBasesOnOneAnotherAreSurvived() async throws {
        let scene = try BaseChainTests.tower()
        _ = try await scene.decide(cache)
        let during = try await scene.later(3_600).decide(cache, .unreachable).record
        #expect(during.verdict == .admit && during.bases.count == 3)
    }

    /// The image's own registry answers, and that of its base does not.
    @Test func beyondTheGraceABaseIsNotKnown() async throws {
        var (scene, _, elsewhere) = try Scene.onABaseElsewhere()
        #expect(try await scene.decide(cache).record.verdict == .admit)
        scene.bases = [without(elsewhere)]
        let during = try await scene.later(3_600).decide(cache).record
        #expect(during.verdict == .admit)
        #expect(note(during)?.hasPrefix("what lies with \(name) was listed at 2026-11-20T12:00:00Z, and can't") == true)
        let past = try await scene.later(3_601).decide(cache).record
        #expect(past.verdict == .undecided)
        #expect(past.headline?.code == .serviceStaleEvidenceList)
        #expect(past.headline?.message.contains("what lies with \(name) was listed at 2026-11-20T12:00:00Z") == true)
        #expect(past.bases.map(\.verdict) == [.undecided])
        scene.bases = [elsewhere]
        let back = try await scene.later(3_700).decide(cache).record
        #expect(back.verdict == .admit && note(back) == nil)
    }

    @Test func nobodyWaitsForABasesDeadRegistryMoreThanOnceInAWhile() async throws {
        var (scene, base, elsewhere) = try Scene.onABaseElsewhere()
        _ = try await scene.decide(cache)
        scene.bases = [without(elsewhere)]
        _ = try await scene.later(400).decide(cache)
        scene.bases = [elsewhere]
        let before = elsewhere.calls.count
        #expect(note(try await scene.later(405).decide(cache).record) != nil)
        #expect(elsewhere.calls.count == before)
        #expect(note(try await scene.later(406).decide(cache).record) == nil)
        #expect(elsewhere.calls.contains(.papers(base.digest)))
    }

    @Test func aColdBaseInAnOutageIsToldAsWithoutACache() async throws {
        var (scene, _, elsewhere) = try Scene.onABaseElsewhere()
        scene.bases = [without(elsewhere)]
        let request = try scene.request(.digest, scene.source, scope: nil)
        let uncached = await (try scene.pipeline()).decide(request)
        let cold = try await scene.decide(cache).record
        #expect(cold.verdict == .undecided)
        #expect(cold.canonicalBytes == uncached.canonicalBytes)
        // And not for longer than failures are believed.
        scene.bases = [elsewhere]
        #expect(try await scene.later(6).decide(cache).record.verdict == .admit)
    }

    /// Who is told no gets nothing of what was there before, then or afterwards.
    @Test(arguments: [ReasonCode.registryUnauthorised, .registryForbidden, .imageNotFound])
    func whoIsShutOutFromABaseGetsNothing(_ code: ReasonCode) async throws {
        var (scene, _, elsewhere) = try Scene.onABaseElsewhere()
        _ = try await scene.decide(cache)
        scene.bases = [without(elsewhere, code)]
        let record = try await scene.later(301).decide(cache).record
        #expect(record.verdict == .undecided)
        #expect(record.headline?.code == .baseImageUnread)
        scene.bases = [without(elsewhere)]
        #expect(try await scene.later(307).decide(cache).record.verdict == .undecided)
    }

    // MARK: Held by several

    /// The image's source holds the base without its papers, another with them.
    private func both() throws -> (scene: Scene, base: Descriptor, elsewhere: MemorySource) {
        var (scene, base, elsewhere) = try Scene.onABaseElsewhere()
        _ = Scene.base(in: &scene.store)
        return (scene, base, elsewhere)
    }

    @Test func whatOneHolderCannotBeAskedIsNotTakenForAbsent() async throws {
        var (scene, _, elsewhere) = try both()
        #expect(try await scene.decide(cache).record.verdict == .admit)
        scene.bases = [without(elsewhere)]
        // What the other one lists is not all, and would be a reject.
        let during = try await scene.later(301).decide(cache).record
        #expect(during.verdict == .admit)
        #expect(note(during)?.contains("can't be at") == true)
        // Beyond the grace it is what counts, as without a cache.
        let past = try await scene.later(3_601).decide(cache).record
        #expect(past.headline?.code == .baseImageChainRejected)
        #expect(note(past) == nil)
    }

    /// One whose list is not all leaves nothing behind.
    @Test func whatIsFoundWhileAHolderIsOutIsNotKept() async throws {
        var (scene, base, elsewhere) = try both()
        scene.bases = [without(elsewhere)]
        let request = try scene.request(.digest, scene.source, scope: nil)
        let uncached = await (try scene.pipeline()).decide(request)
        let cold = try await scene.decide(cache).record
        #expect(cold.canonicalBytes == uncached.canonicalBytes)
        #expect(cold.headline?.code == .baseImageChainRejected)
        #expect(try await scene.decide(cache).calls.contains(.papers(base.digest)))
        scene.bases = [elsewhere]
        #expect(try await scene.decide(cache).record.verdict == .admit)
    }

    /// What a base costs hangs on how many hold it, and so might be what it is found to be.
    @Test func aBaseThatLiesInMorePlacesIsReadAnew() async throws {
        var (scene, base, elsewhere) = try Scene.onABaseElsewhere()
        #expect(try await scene.decide(cache).record.verdict == .admit)
        _ = Scene.base(in: &scene.store)
        let more = try await scene.later(301).decide(cache)
        #expect(more.record.verdict == .admit)
        #expect(more.calls.contains(.fetch(Scene.baseChildDigest)))
        #expect(try await scene.later(600).decide(cache).calls.isEmpty)
        // And in fewer.
        scene.store.blobs[base.digest] = nil
        let before = elsewhere.calls.count
        #expect(try await scene.later(602).decide(cache).record.verdict == .admit)
        #expect(elsewhere.calls.dropFirst(before).contains(.fetch(Scene.baseChildDigest)))
    }
}

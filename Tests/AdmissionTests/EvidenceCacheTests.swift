import Landwaiter
import Testing

/// What is kept between decisions is verified evidence, never a verdict (docs/adr/0020-cached-is-verified-evidence.md).
@Suite struct EvidenceCacheTests {
    private let cache = EvidenceCache()

    // MARK: What is spared

    @Test func anImageNamedByDigestNeedsNoRequestWhileItIsFresh() async throws {
        let scene = try Scene.finance()
        let cold = try await scene.decide(cache)
        #expect(cold.record.verdict == .admit)
        #expect(cold.calls.contains(.resolve))
        let warm = try await scene.later(300).decide(cache)
        #expect(warm.calls.isEmpty)
        #expect(warm.record.verdict == .admit)
        #expect(warm.record.codes == ["service.served-from-cache"])
        #expect(warm.record.findings.first?.message.hasSuffix("2026-11-20T12:00:00Z") == true)
        #expect(cache.statistics.hits == 1 && cache.statistics.misses == 1 && cache.statistics.images == 1)
    }

    @Test func theFirstRecordIsThatOfAnUncachedDecision() async throws {
        let scene = try Scene.finance()
        for asking in [Asking.digest, .tag] {
            let uncached = await (try scene.pipeline()).decide(try scene.request(asking, scene.source, scope: nil))
            let cold = try await scene.decide(EvidenceCache(), asking).record
            #expect(cold.canonicalBytes == uncached.canonicalBytes)
        }
    }

    @Test func aTagIsResolvedForEachDecision() async throws {
        var scene = try Scene.signed()
        _ = try await scene.decide(cache, .tag)
        let warm = try await scene.decide(cache, .tag)
        #expect(warm.calls == [.resolve])
        #expect(warm.record.image?.tag == "v1")
        #expect(warm.record.verdict == .admit)
        // It moves to an image that nobody signed.
        let moved = Scene(platforms: [Scene.amd64], user: "10002")
        scene.store.blobs.merge(moved.store.blobs) { $1 }
        scene.select(moved.image)
        let record = try await scene.decide(cache, .tag).record
        #expect(record.imageDigest == moved.image.digest)
        #expect(record.verdict == .reject)
    }

    /// Who asks by digest and who asks by tag share what was read, and each record says how it was asked.
    @Test func tagsAreTheRequests() async throws {
        let scene = try Scene.signed()
        #expect(try await scene.decide(cache, .tag).record.image?.tag == "v1")
        #expect(try await scene.decide(cache, .digest).record.image?.tag == nil)
        #expect(try await scene.decide(cache, .tag).record.image?.tag == "v1")
    }

    // MARK: What is never spared

    /// kyverno #17130: a cache hit admitted a payload that was not verified.
    @Test func aHitAdmitsOnlyWhatWasVerifiedForTheseKeys() async throws {
        var scene = try Scene.signed()
        try scene.sign(by: .stranger)
        #expect(try await scene.decide(cache).record.verdict == .admit)
        // The same image and papers, other keys: nothing that was found for the first policy counts for the second.
        scene.policy = Policies.text(require: Policies.signature.replacing("[corporate]", with: "[second]"))
        let other = try await scene.decide(cache).record
        #expect(other.verdict == .reject)
        #expect(other.verified.isEmpty)
        scene.policy = Policies.text(require: Policies.twoSignatures)
        #expect(try await scene.decide(cache).record.verdict == .reject)
        scene.policy = Policies.signed
        #expect(try await scene.decide(cache).record.verdict == .admit)
    }

    /// kyverno #17173: a cache hit skipped `deny`.
    @Test func denialsRunOnEveryHit() async throws {
        var scene = try Scene.finance()
        #expect(try await scene.decide(cache).record.verdict == .admit)
        let digests = "  deny: [{id: d, digest: {in: [\"\(scene.children[0].digest)\"]}}]"
        for deny in [
            "  deny: [{id: t, on: image, image: {tag: {in: [v1]}}}]", digests,
            "  deny: [{id: b, builder: {in: [\"https://ci.example/builder\"]}}]",
            "  deny: [{id: k, key: {files: [corporate.pub]}}]",
        ] {
            scene.guardrails = [Policies.guardrail(deny)]
            let first = try await scene.decide(cache).record
            let hits = cache.statistics.hits
            let second = try await scene.decide(cache).record
            #expect(cache.statistics.hits == hits + 1, "\(deny)")
            #expect(first.verdict == .reject && second.verdict == .reject, "\(deny)")
            #expect(first.canonicalBytes == second.canonicalBytes, "\(deny)")
        }
    }

    /// Kyverno CVE-2024-48921: exceptions were honoured from any namespace.
    @Test func anExceptionOfAnotherNamespaceIsNotServed() async throws {
        var scene = try Scene.finance()
        scene.policy = scene.policy.replacing("https://ci.example/*", with: "https://elsewhere.example/*")
            .replacing("namespaces: [finance]", with: "namespaces: [finance, billing]")
        scene.guardrails = [Policies.guardrail()]
        scene.exceptions = [Policies.exception(scene.image.digest)]
        #expect(try await scene.decide(cache).record.verdict == .admit)
        #expect(try await scene.decide(cache).record.exceptions.isEmpty == false)
        scene.namespace = "billing"
        let other = try await scene.decide(cache)
        #expect(other.calls.isEmpty)
        #expect(other.record.verdict == .reject)
        #expect(other.record.exceptions.isEmpty)
    }

    @Test func anExceptionEndsWhileTheCacheIsWarm() async throws {
        var limits = EvidenceCacheLimits()
        limits.listAge = .max
        limits.failureAge = .max
        let cache = EvidenceCache(limits)
        var scene = try Scene.finance()
        scene.policy = scene.policy.replacing("https://ci.example/*", with: "https://elsewhere.example/*")
        scene.guardrails = [Policies.guardrail()]
        scene.exceptions = [Policies.exception(scene.image.digest)]
        #expect(try await scene.decide(cache).record.verdict == .admit)
        scene.at = "2026-12-15T00:00:00Z"
        let late = try await scene.decide(cache)
        #expect(late.calls.isEmpty)
        #expect(late.record.verdict == .reject)
    }

    @Test func agesAreThoseOfTheRequest() async throws {
        var limits = EvidenceCacheLimits()
        limits.listAge = .max
        let cache = EvidenceCache(limits)
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(require: Policies.provenance(match: "latest", more: "\n    newestAge: 7d"))
        try scene.attest(buildKit(), about: scene.children[0])
        #expect(try await scene.decide(cache).record.verdict == .admit)
        // The rule's own age bounds that of the list as well: it is read again, and too old all the same.
        let late = try await scene.later(8 * 86_400).decide(cache)
        #expect(late.calls.contains { if case .papers = $0 { true } else { false } })
        #expect(late.record.verdict == .reject)
    }

    @Test func trustThatChangesIsAskedAnew() async throws {
        var scene = try Scene.signed()
        #expect(try await scene.decide(cache).record.verdict == .admit)
        // A key that was compromised since: the policy's words are the same but for this.
        scene.policy = scene.policy.replacing(
            "key: {file: corporate.pub}", with: "key: {file: corporate.pub, compromisedAt: 2026-11-01T00:00:00Z}")
        #expect(try await scene.decide(cache).record.verdict == .reject)
        scene.policy = Policies.signed
        scene.limits.signatureOperations = 1
        let limited = try await scene.decide(cache).record
        #expect(limited.canonicalBytes == (try await scene.decide(EvidenceCache()).record.canonicalBytes))
    }

    /// A policy that changes and needs the same of verification finds it warm: a reload is no stampede.
    @Test func aReloadThatAsksForNoOtherKeysStaysWarm() async throws {
        var scene = try Scene.signed()
        _ = try await scene.decide(cache)
        scene.policy = Policies.text(name: "renamed", require: Policies.signature, stage: "warn")
        let warm = try await scene.decide(cache)
        #expect(warm.calls.isEmpty)
        #expect(warm.record.enforcement.stage == .warn)
        #expect(warm.record.policies.first?.policy.name == "renamed")
    }

    // MARK: Whose it is

    @Test func evidenceOfOneScopeIsInvisibleToAnother() async throws {
        let scene = try Scene.signed()
        _ = try await scene.decide(cache, scope: "namespace finance")
        let other = try await scene.decide(cache, .unreachable, scope: "namespace billing").record
        #expect(other.verdict == .undecided)
        #expect(other.headline?.code == .registryUnreachable)
        #expect(other.verified.isEmpty)
        #expect(try await scene.decide(cache, .unreachable, scope: "namespace finance").record.verdict == .admit)
        // Canonically equivalent is not the same.
        _ = try await scene.decide(cache, scope: "caf\u{e9}")
        #expect(try await scene.decide(cache, .unreachable, scope: "cafe\u{301}").record.verdict == .undecided)
    }

    @Test func evidenceOfOneRepositoryIsNotThatOfAnother() async throws {
        var scene = try Scene.signed()
        _ = try await scene.decide(cache)
        scene.reference = "registry.example/elsewhere/ledger:v1"
        scene.store.papers = [:]
        let other = try await scene.decide(cache).record
        #expect(other.verdict == .reject)
        #expect(other.verified.isEmpty)
    }

    @Test func withoutAScopeNothingIsKept() async throws {
        var scene = try Scene.signed()
        _ = try await scene.decide(cache, scope: nil)
        #expect(cache.statistics == EvidenceCacheStatistics())
        scene.reference = nil
        _ = try await scene.decide(cache)
        scene.reference = "registry.example/finance/ledger:v1"
        scene.hypothetical = true
        _ = try await scene.decide(cache)
        scene.hypothetical = false
        scene.supplied = [Array("{}".utf8)]
        _ = try await scene.decide(cache)
        #expect(cache.statistics == EvidenceCacheStatistics())
    }

    @Test func theDigestThatIsStatedIsTheOneThatIsJudged() async throws {
        var scene = try Scene.signed()
        _ = try await scene.decide(cache)
        let other = Digest(of: Array("another".utf8))
        scene.reference = "registry.example/finance/ledger@\(other)"
        let record = try await scene.decide(cache).record
        #expect(record.verdict == .reject)
        #expect(record.headline?.code.name == "content.digest-mismatch")
    }

    // MARK: How old the list may be

    @Test func newEvidenceIsSeenOnceTheListIsOld() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(require: Policies.provenance(match: "exactly-one"))
        try scene.attest(buildKit(), about: scene.children[0])
        #expect(try await scene.decide(cache).record.verdict == .admit)
        try scene.attest(buildKit(run: "2"), about: scene.children[0])
        #expect(try await scene.later(300).decide(cache).record.verdict == .admit)
        let late = try await scene.later(301).decide(cache).record
        #expect(late.verdict == .reject)
        #expect(!late.codes.contains("service.served-from-cache"))
    }

    @Test func aListThatIsTheSameIsAllThatIsReadAgain() async throws {
        let scene = try Scene.finance()
        _ = try await scene.decide(cache)
        let again = try await scene.later(301).decide(cache)
        #expect(again.record.verdict == .admit)
        #expect(again.record.findings.isEmpty)
        #expect(again.calls.allSatisfy { if case .papers = $0 { true } else { $0 == .looseSignatures } })
        #expect(cache.statistics.unchangedLists == 1)
        // It counts from then on.
        #expect(try await scene.later(601).decide(cache).calls.isEmpty)
    }

    @Test func aRuleThatWantsNewerEvidenceBoundsTheList() async throws {
        var scene = Scene(platforms: [Scene.amd64])
        scene.policy = Policies.text(require: Policies.provenance(match: "latest", more: "\n    newestAge: 60s"))
        try scene.attest(buildKit(finished: "2026-11-20T12:00:00Z"), about: scene.children[0])
        #expect(try await scene.decide(cache).record.verdict == .admit)
        #expect(try await scene.later(60).decide(cache).calls.isEmpty)
        #expect(try await !scene.later(61).decide(cache).calls.isEmpty)
    }

    /// A clock that goes back by a little asks nobody; one that goes back by much does.
    @Test func agesCountBothWays() async throws {
        let scene = try Scene.signed()
        _ = try await scene.decide(cache)
        #expect(try await scene.later(-300).decide(cache).calls.isEmpty)
        #expect(try await !scene.later(-301).decide(cache).calls.isEmpty)
    }

    @Test func whatWasListedButAbsentMayComeWithoutAChangeOfTheList() async throws {
        var scene = Scene()
        let bundle = try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .corporate)
        let manifest = scene.attach(bundle)
        let layer = try #require(try scene.layers(of: manifest).first)
        scene.store.blobs[layer] = nil
        #expect(try await scene.decide(cache).record.verdict == .reject)
        scene.store.blobs[layer] = bundle
        #expect(try await scene.later(5).decide(cache).record.verdict == .reject)
        #expect(try await scene.later(6).decide(cache).record.verdict == .admit)
    }

    /// What does not suffice is not believed for as long as what does: who was refused signs and asks again.
    @Test func whoSignsAfterARejectWaitsForSecondsOnly() async throws {
        var scene = Scene()
        #expect(try await scene.decide(cache).record.verdict == .reject)
        _ = scene.attach(try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .corporate))
        let soon = try await scene.later(5).decide(cache)
        #expect(soon.record.verdict == .reject && soon.calls.isEmpty)
        let later = try await scene.later(6).decide(cache)
        #expect(later.record.verdict == .admit && !later.calls.isEmpty)
        // What suffices is believed for its age.
        #expect(try await scene.later(300).decide(cache).calls.isEmpty)
    }

    // MARK: While the registry is out

    @Test(arguments: [
        ReasonCode.registryUnreachable, .registryTimedOut, .registryRateLimited, .registryUnavailable,
        .serviceRegistryCircuitOpen,
    ])
    func aWarmCacheAnswersThroughAnOutage(_ code: ReasonCode) async throws {
        let scene = try Scene.finance()
        _ = try await scene.decide(cache)
        let during = try await scene.later(3_600).decide(cache, .unavailable(code)).record
        #expect(during.verdict == .admit)
        let note = during.findings.first { $0.code == .serviceServedFromCache }
        #expect(note?.found == code.name)
        #expect(
            note?.message == "what lies with the image was listed at 2026-11-20T12:00:00Z, and can't be at "
                + "2026-11-20T13:00:00Z: it is out")
        #expect(cache.statistics.servedInOutage == 1)
        let past = try await scene.later(3_601).decide(cache, .unavailable(code)).record
        #expect(past.verdict == .undecided)
        #expect(past.headline?.code == .serviceStaleEvidenceList)
        #expect(past.imageDigest == scene.image.digest)
        // And is asked again when it is back.
        let back = try await scene.later(3_700).decide(cache).record
        #expect(back.verdict == .admit)
        #expect(back.findings.isEmpty)
    }

    @Test func nobodyWaitsForADeadRegistryMoreThanOnceInAWhile() async throws {
        let scene = try Scene.signed()
        _ = try await scene.decide(cache)
        _ = try await scene.later(400).decide(cache, .unreachable)
        #expect(try await scene.later(405).decide(cache).calls.isEmpty)
        #expect(try await !scene.later(406).decide(cache).calls.isEmpty)
    }

    /// Who is told no is not served from what was there before.
    @Test(arguments: [ReasonCode.registryUnauthorised, .registryForbidden, .imageNotFound])
    func whoIsShutOutGetsNothing(_ code: ReasonCode) async throws {
        let scene = try Scene.signed()
        _ = try await scene.decide(cache)
        let record = try await scene.later(301).decide(cache, .unavailable(code)).record
        #expect(record.verdict == .undecided)
        #expect(record.headline?.code == code)
        // Nor afterwards, while it can't be asked.
        #expect(try await scene.later(302).decide(cache, .unreachable).record.verdict == .undecided)
    }

    @Test func whatIsNewAndUnreadableLeavesTheOldInForceForTheGrace() async throws {
        var scene = try Scene.signed()
        _ = try await scene.decide(cache)
        let paper = scene.attach(try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .second))
        scene.store.faults[.fetch(paper.digest)] = ContentSourceError(.registryUnavailable, "it is out")
        let during = try await scene.later(301).decide(cache).record
        #expect(during.verdict == .admit)
        #expect(during.findings.contains { $0.code == .serviceServedFromCache && $0.found == "evidence.unreadable" })
        #expect(try await scene.later(3_602).decide(cache).record.verdict == .undecided)
    }

    @Test func outagesOfAColdCacheAreTold() async throws {
        let scene = try Scene.signed()
        let record = try await scene.decide(cache, .unreachable).record
        #expect(record.verdict == .undecided)
        #expect(record.headline?.code == .registryUnreachable)
        #expect(record.text.contains("service.served-from-cache") == false)
    }

    // MARK: Failures

    @Test func failuresAreShortLived() async throws {
        var scene = try Scene.signed()
        let store = scene.store
        scene.store.selected = []
        #expect(try await scene.decide(cache, .tag).record.headline?.code == .imageNotFound)
        scene.store = store
        let soon = try await scene.later(5).decide(cache, .tag)
        #expect(soon.calls.isEmpty)
        #expect(soon.record.verdict == .undecided)
        #expect(soon.record.codes == ["image.not-found", "service.served-from-cache"])
        #expect(try await scene.later(6).decide(cache, .tag).record.verdict == .admit)
        #expect(cache.statistics.failuresServed == 1)
    }

    @Test func failuresAreApartFromWhatIsGood() async throws {
        var limits = EvidenceCacheLimits()
        limits.failures = 2
        let cache = EvidenceCache(limits)
        var scene = try Scene.signed()
        _ = try await scene.decide(cache)
        // The image is known by its digest: that a tag can't be found says nothing of it.
        for number in 0..<10 {
            scene.reference = "registry.example/finance/ledger:none-\(number)"
            var missing = scene
            missing.store.selected = []
            #expect(try await missing.decide(cache, .tag).record.verdict == .undecided)
        }
        scene.reference = "registry.example/finance/ledger:v1"
        #expect(try await scene.decide(cache, .unreachable).record.verdict == .admit)
        #expect(cache.statistics.displaced == 0)
    }

    @Test func aFailureOfOneScopeIsNotAnothers() async throws {
        let scene = try Scene.signed()
        _ = try await scene.decide(cache, .unavailable(.registryForbidden), scope: "a")
        #expect(try await scene.decide(cache, scope: "b").record.verdict == .admit)
        // Time that was up was that asker's own.
        _ = try await scene.decide(cache, .unavailable(.registryTimedOut), scope: "c")
        #expect(try await scene.decide(cache, scope: "c").record.verdict == .admit)
    }

    // MARK: Bounds

    private func image(_ number: Int) throws -> Scene {
        var scene = Scene(platforms: [Scene.amd64], user: "\(20_000 + number)")
        try scene.sign()
        return scene
    }

    @Test func endlessImagesDontGrowIt() async throws {
        var limits = EvidenceCacheLimits()
        limits.totalBytes = 400_000
        limits.scopeBytes = 300_000
        let cache = EvidenceCache(limits)
        let good = try image(-1)
        _ = try await good.decide(cache, scope: "good")
        for number in 0..<60 {
            _ = try await image(number).decide(cache, scope: "hostile")
            #expect(cache.statistics.bytes <= 400_000)
        }
        #expect(cache.statistics.displaced > 0)
        #expect(cache.statistics.images > 2)
        // They displaced each other.
        #expect(try await good.decide(cache, .unreachable, scope: "good").record.verdict == .admit)
        #expect(try await image(59).decide(cache, .unreachable, scope: "hostile").record.verdict == .admit)
        #expect(try await image(0).decide(cache, .unreachable, scope: "hostile").record.verdict == .undecided)
    }

    @Test func whatIsUsedStays() async throws {
        var limits = EvidenceCacheLimits()
        limits.scopeBytes = 200_000
        let cache = EvidenceCache(limits)
        let used = try image(-1)
        for number in 0..<30 {
            _ = try await image(number).decide(cache)
            #expect(try await used.decide(cache, number == 0 ? .digest : .unreachable).record.verdict == .admit)
        }
        #expect(cache.statistics.displaced > 0)
    }

    @Test func junkOnOneImageDisplacesNoOther() async throws {
        var limits = EvidenceCacheLimits()
        limits.imageBytes = 100_000
        limits.scopeBytes = 200_000
        let cache = EvidenceCache(limits)
        let good = try image(0)
        _ = try await good.decide(cache)
        var junk = try image(1)
        for number in 0..<120 { junk.attach(Array("{\"junk\": \(number)}".utf8)) }
        for _ in 0..<2 {
            // Judged as if there were no cache.
            let record = try await junk.decide(cache).record
            #expect(record.verdict == .admit)
            #expect(record.refused.count == 120)
        }
        #expect(cache.statistics.hits == 0)
        #expect(cache.statistics.displaced == 0)
        #expect(try await good.decide(cache, .unreachable).record.verdict == .admit)
    }

    /// What is too large to keep as it came is verified from what was kept of it, and read again for other keys.
    @Test func largeEvidenceIsKeptVerifiedOnly() async throws {
        var limits = EvidenceCacheLimits()
        limits.receivedBytes = 100
        let cache = EvidenceCache(limits)
        var scene = try Scene.finance()
        _ = try await scene.decide(cache)
        #expect(try await scene.decide(cache, .unreachable).record.verdict == .admit)
        scene.policy = scene.policy.replacing("of: [corporate]", with: "of: [corporate, second]")
        let other = try await scene.decide(cache)
        #expect(other.calls.contains { if case .fetch = $0 { true } else { false } })
        #expect(!other.calls.contains { if case .papers = $0 { true } else { false } })
        #expect(other.record.verdict == .admit)
    }

    /// Read again for other keys it may be gone for a moment: what is left of it is judged, and not kept.
    @Test func whatIsReadAgainIsKeptOnlyAsAWhole() async throws {
        var limits = EvidenceCacheLimits()
        limits.receivedBytes = 100
        let cache = EvidenceCache(limits)
        var scene = try Scene.finance()
        _ = try await scene.decide(cache)
        scene.policy = scene.policy.replacing("of: [corporate]", with: "of: [corporate, second]")
        var broken = scene
        for paper in broken.store.papers.values.joined() { broken.store.blobs[paper.descriptor.digest] = nil }
        #expect(try await broken.decide(cache).record.verdict != .admit)
        #expect(try await scene.decide(cache).record.verdict == .admit)
    }

    @Test func removeAllForgets() async throws {
        let scene = try Scene.signed()
        _ = try await scene.decide(cache)
        cache.removeAll()
        #expect(cache.statistics.images == 0 && cache.statistics.bytes == 0)
        #expect(try await scene.decide(cache, .unreachable).record.verdict == .undecided)
    }

    // MARK: At the same time

    private func until(_ condition: () -> Bool) async throws {
        for _ in 0..<2_000 where !condition() { try await Task.sleep(for: .milliseconds(5)) }
        #expect(condition())
    }

    @Test func equalWorkIsDoneOnce() async throws {
        let scene = try Scene.finance()
        let (source, gate, pipeline) = (scene.source, Gate(), try scene.pipeline())
        let records = try await withThrowingTaskGroup(of: AdmissionRecord.self) { group in
            for _ in 0..<20 {
                let request = try scene.request(.digest, source, gate: gate)
                group.addTask { await pipeline.decide(request, cache: cache) }
            }
            try await until { cache.statistics.shared == 19 }
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(records.count == 20 && Set(records.map(\.canonicalBytes)).count == 1)
        #expect(records.allSatisfy { $0.verdict == .admit })
        #expect(source.calls.count { $0 == .resolve } == 1)
        #expect(source.calls.count { $0 == .papers(scene.image.digest) } == 1)
    }

    @Test func whoIsCancelledLeavesTheOthersWaiting() async throws {
        let scene = try Scene.finance()
        let (gate, pipeline) = (Gate(), try scene.pipeline())
        func ask() throws -> Task<AdmissionRecord, Never> {
            let request = try scene.request(.digest, scene.source, gate: gate)
            return Task { await pipeline.decide(request, cache: cache) }
        }
        // The first began the work; it goes on without him.
        let first = try ask()
        try await until { gate.waiting == 1 }
        let others = [try ask(), try ask()]
        try await until { cache.statistics.shared == 2 }
        first.cancel()
        others[0].cancel()
        for cancelled in [await first.value, await others[0].value] {
            #expect(cancelled.verdict == .undecided)
            #expect(cancelled.headline?.code == .serviceDeadlineExceeded)
        }
        gate.open()
        #expect(await others[1].value.verdict == .admit)
    }

    @Test func workThatNobodyWaitsForIsGivenUp() async throws {
        let scene = try Scene.signed()
        let (gate, pipeline) = (Gate(), try scene.pipeline())
        let request = try scene.request(.digest, scene.source, gate: gate)
        let only = Task { await pipeline.decide(request, cache: cache) }
        try await until { gate.waiting == 1 }
        only.cancel()
        #expect(await only.value.headline?.code == .serviceDeadlineExceeded)
        // Who comes next begins anew rather than waiting for it.
        #expect(try await scene.decide(cache).record.verdict == .admit)
        #expect(cache.statistics.shared == 0)
        gate.open()
    }

    @Test func whoComesCancelledIsNotServed() async throws {
        let scene = try Scene.signed()
        let pipeline = try scene.pipeline()
        let request = try scene.request(.digest, scene.source)
        let gate = Gate()
        let task = Task {
            await gate.pass()
            return await pipeline.decide(request, cache: cache)
        }
        task.cancel()
        gate.open()
        #expect(await task.value.headline?.code == .serviceDeadlineExceeded)
    }

    /// The time of who began the work was up; who shared it asks once more, of his own source.
    @Test func theTimeOfOneIsNotTheTimeOfAll() async throws {
        let scene = try Scene.signed()
        let (gate, pipeline) = (Gate(), try scene.pipeline())
        let hasty = try scene.request(.unavailable(.registryTimedOut), scene.source, gate: gate)
        let patient = try scene.request(.digest, scene.source)
        let first = Task { await pipeline.decide(hasty, cache: cache) }
        try await until { gate.waiting == 1 }
        let second = Task { await pipeline.decide(patient, cache: cache) }
        try await until { cache.statistics.shared == 1 }
        gate.open()
        #expect(await first.value.headline?.code == .registryTimedOut)
        #expect(await second.value.verdict == .admit)
    }
}

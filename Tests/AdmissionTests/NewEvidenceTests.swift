import Landwaiter
import Synchronization
import Testing

/// Who has reason to think that more evidence came gets a new list, and what is kept still says truly how old it is.
@Suite struct NewEvidenceTests {
    private let cache = EvidenceCache()
    private let repository = "registry.example/finance/ledger"

    private func note(_ record: AdmissionRecord) -> String? {
        record.findings.first { $0.code == .serviceServedFromCache }?.message
    }

    private func isListing(_ call: MemorySource.Call) -> Bool {
        if case .papers = call { true } else { false }
    }

    private func second(_ scene: Scene) throws -> [UInt8] {
        try Scene.bundle(Scene.signatureStatement(scene.image.digest), by: .second)
    }

    /// Signed by one of two who have to sign.
    private func rejected() throws -> Scene {
        var scene = try Scene.signed()
        scene.policy = Policies.text(require: Policies.twoSignatures)
        return scene
    }

    // MARK: After a decision that is no admit

    @Test func aRejectInAnOutageTellsWhenTheListWasRead() async throws {
        let scene = try rejected()
        #expect(try await scene.decide(cache).record.verdict == .reject)
        let during = try await scene.later(60).decide(cache, .unreachable).record
        #expect(during.verdict == .reject)
        #expect(
            note(during) == "what lies with the image was listed at 2026-11-20T12:00:00Z, and can't be at "
                + "2026-11-20T12:01:00Z: it is out")
        // Nor is it asked by everybody.
        let soon = try await scene.later(65).decide(cache)
        #expect(soon.calls.isEmpty)
        #expect(note(soon.record)?.hasPrefix("what lies with the image was listed at 2026-11-20T12:00:00Z,") == true)
    }

    @Test func theGraceOfARejectCountsFromItsList() async throws {
        let scene = try rejected()
        _ = try await scene.decide(cache)
        for seconds in [60, 301, 3_600] as [Int64] {
            #expect(try await scene.later(seconds).decide(cache, .unreachable).record.verdict == .reject)
        }
        let past = try await scene.later(3_601).decide(cache, .unreachable).record
        #expect(past.headline?.code == .serviceStaleEvidenceList)
    }

    /// A list that is young enough to reject by is young enough in an outage.
    @Test func aGraceThatIsShorterThanTheAgeOfListsShortensNothing() async throws {
        var limits = EvidenceCacheLimits()
        limits.grace = 30
        let cache = EvidenceCache(limits)
        let scene = try rejected()
        _ = try await scene.decide(cache)
        #expect(try await scene.later(300).decide(cache, .unreachable).record.verdict == .reject)
        #expect(try await scene.later(301).decide(cache, .unreachable).record.verdict == .undecided)
    }

    @Test func theRejectOfOneTenantAsksForNoOther() async throws {
        let (rejected, admitted) = (try rejected(), try Scene.signed())
        _ = try await rejected.decide(cache, scope: "billing")
        _ = try await admitted.decide(cache, scope: "finance")
        #expect(try await rejected.later(60).decide(cache, scope: "billing").calls.contains(where: isListing))
        #expect(try await admitted.later(60).decide(cache, scope: "finance").calls.isEmpty)
        #expect(try await admitted.later(300).decide(cache, scope: "finance").calls.isEmpty)
    }

    @Test func aRejectThatCouldNotListAnewListsOnceItCan() async throws {
        var scene = try rejected()
        _ = try await scene.decide(cache)
        _ = try await scene.later(60).decide(cache, .unreachable)
        _ = scene.attach(try second(scene))
        #expect(try await scene.later(66).decide(cache).record.verdict == .admit)
    }

    private func until(_ condition: () -> Bool) async throws {
        for _ in 0..<2_000 where !condition() { try await Task.sleep(for: .milliseconds(5)) }
        #expect(condition())
    }

    /// Work that began before is about the list as it was, and may not even list it.
    @Test func whoWantsANewListDoesNotWaitForWorkWithAnOldOne() async throws {
        var scene = try rejected()
        _ = try await scene.decide(cache)
        let (gate, pipeline) = (Gate(), try scene.pipeline())
        let request = try scene.later(301).request(.digest, scene.source, gate: gate)
        let slow = Task { await pipeline.decide(request, cache: cache) }
        try await until { gate.waiting == 1 }
        // Another policy's decision lists it meanwhile; then the second signature comes.
        var other = scene
        other.policy = Policies.signed
        #expect(try await other.later(301).decide(cache).record.verdict == .admit)
        _ = scene.attach(try second(scene))
        let isDone = Mutex(false)
        let late = try scene.later(310)
        let asking = Task {
            let record = try await late.decide(cache).record
            isDone.withLock { $0 = true }
            return record
        }
        try await until { isDone.withLock { $0 } }
        gate.open()
        #expect(try await asking.value.verdict == .admit)
        #expect(await slow.value.verdict == .reject)
    }

    /// Whose list is too old for a sharer's own instant is asked again by him.
    @Test func whoSharesWorkGetsNoListThatIsTooOldForHim() async throws {
        let scene = try Scene.signed()
        let (gate, pipeline) = (Gate(), try scene.pipeline())
        let early = try scene.request(.digest, scene.source, gate: gate)
        let first = Task { await pipeline.decide(early, cache: cache) }
        try await until { gate.waiting == 1 }
        let late = try scene.later(301).request(.digest, scene.source)
        let second = Task { await pipeline.decide(late, cache: cache) }
        try await until { cache.statistics.shared == 1 }
        gate.open()
        #expect(await first.value.verdict == .admit)
        let record = await second.value
        #expect(record.verdict == .admit)
        #expect(note(record) == nil)
    }

    /// Who could not ask puts nothing old in the place of what somebody else listed meanwhile.
    @Test func anOldListDisplacesNoNewOne() async throws {
        var scene = try Scene.signed()
        _ = try await scene.decide(cache)
        let (gate, pipeline) = (Gate(), try scene.pipeline())
        let request = try scene.later(301).request(.unreachable, scene.source, gate: gate)
        let slow = Task { await pipeline.decide(request, cache: cache) }
        try await until { gate.waiting == 1 }
        _ = scene.attach(try second(scene))
        scene.policy = Policies.text(require: Policies.twoSignatures)
        #expect(try await scene.later(301).decide(cache).record.verdict == .admit)
        gate.open()
        #expect(await slow.value.verdict == .admit)
        #expect(try await scene.later(302).decide(cache, .unreachable).record.verdict == .admit)
    }

    // MARK: When a registry tells of a push

    @Test func whatArrivedIsSeenByTheNextDecision() async throws {
        var scene = try Scene.signed()
        _ = try await scene.decide(cache)
        _ = scene.attach(try second(scene))
        #expect(cache.evidenceArrived(for: scene.image.digest, in: repository) == [scene.image.digest])
        let next = try await scene.later(1).decide(cache)
        #expect(next.calls.contains(where: isListing))
        #expect(note(next.record) == nil)
        // And that's that.
        #expect(try await scene.later(2).decide(cache).calls.isEmpty)
    }

    @Test func whatArrivedForAPlatformIsSeenByItsIndex() async throws {
        let scene = try Scene.signed()
        _ = try await scene.decide(cache)
        let child = try #require(scene.children.first)
        #expect(cache.evidenceArrived(for: child.digest, in: repository) == [scene.image.digest])
        #expect(try await scene.later(1).decide(cache).calls.contains(where: isListing))
        #expect(cache.evidenceArrived(for: child.digest, in: "registry.example/finance/other").isEmpty)
        #expect(cache.evidenceArrived(for: Digest(of: []), in: repository).isEmpty)
        #expect(try await scene.later(2).decide(cache).calls.isEmpty)
    }

    /// A false word, or one that comes in an outage, makes nothing older than it is.
    @Test func whatArrivedChangesNoAge() async throws {
        let scene = try Scene.finance()
        _ = try await scene.decide(cache)
        cache.evidenceArrived(for: scene.image.digest, in: repository)
        let during = try await scene.later(60).decide(cache, .unreachable).record
        #expect(during.verdict == .admit)
        #expect(
            note(during) == "what lies with the image was listed at 2026-11-20T12:00:00Z, and can't be at "
                + "2026-11-20T12:01:00Z: it is out")
        cache.evidenceArrived(for: scene.image.digest, in: repository)
        #expect(try await scene.later(3_600).decide(cache, .unreachable).record.verdict == .admit)
        #expect(try await scene.later(3_601).decide(cache, .unreachable).record.verdict == .undecided)
    }

    @Test func whatArrivedInAnOutageIsSeenAfterIt() async throws {
        let scene = try Scene.finance()
        _ = try await scene.decide(cache)
        cache.evidenceArrived(for: scene.image.digest, in: repository)
        _ = try await scene.later(60).decide(cache, .unreachable)
        // Asked once in a while, and the list is young all the time.
        #expect(try await scene.later(65).decide(cache).calls.isEmpty)
        let after = try await scene.later(66).decide(cache)
        #expect(after.calls.contains(where: isListing))
        #expect(after.record.findings.isEmpty)
        #expect(try await scene.later(67).decide(cache).calls.isEmpty)
    }

    /// Of a list that is being read nobody knows whether what arrived is in it.
    @Test func whatArrivesDuringAListingIsNotMissed() async throws {
        var scene = try Scene.signed()
        let (gate, pipeline) = (Gate(), try scene.pipeline())
        let request = try scene.request(.digest, scene.source, gate: gate)
        let slow = Task { await pipeline.decide(request, cache: cache) }
        try await until { gate.waiting == 1 }
        _ = scene.attach(try second(scene))
        #expect(cache.evidenceArrived(for: scene.image.digest, in: repository).isEmpty)
        // Nobody shares what began before.
        let other = scene
        let isDone = Mutex(false)
        let asking = Task {
            let calls = try await other.decide(cache).calls
            isDone.withLock { $0 = true }
            return calls
        }
        try await until { isDone.withLock { $0 } }
        gate.open()
        #expect(try await asking.value.contains(where: isListing))
        #expect(cache.statistics.shared == 0)
        #expect(await slow.value.verdict == .admit)
        // The older list came last, and is not believed.
        #expect(try await scene.later(1).decide(cache).calls.contains(where: isListing))
        #expect(try await scene.later(2).decide(cache).calls.isEmpty)
    }

    @Test func whatArrivesElsewhereDisturbsNoListing() async throws {
        let scene = try Scene.signed()
        let (gate, pipeline) = (Gate(), try scene.pipeline())
        let request = try scene.request(.digest, scene.source, gate: gate)
        let slow = Task { await pipeline.decide(request, cache: cache) }
        try await until { gate.waiting == 1 }
        cache.evidenceArrived(for: scene.image.digest, in: "registry.example/finance/other")
        gate.open()
        #expect(await slow.value.verdict == .admit)
        #expect(try await scene.later(1).decide(cache).calls.isEmpty)
    }
}

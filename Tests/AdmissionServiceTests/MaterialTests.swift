import AdmissionService
import Landwaiter
import RegistrySimulator
import Synchronization
import Testing

@Suite struct MaterialTests {
    @Test func usesNewMaterialFromTheNextQuestionOn() async throws {
        try await ServiceScene.with(documents: [TestMaterial.open]) { scene in
            #expect(await scene.ask(namespace: "open").record.verdict == .admit)
            let old = scene.service.material.pipeline.policies.digest
            scene.loader.set([TestMaterial.policy("open", namespaces: "[open]", stage: "enforce")])
            await scene.service.reload()
            scene.registry.contents.pushImage(in: ServiceScene.repository, tag: "v1")
            let answer = await scene.ask(namespace: "open")
            #expect(answer.record.verdict == .reject)
            #expect(answer.record.policyDigest != old)
            #expect(scene.events.of(.materialReplaced).count == 1)
            #expect(scene.metric("landwaiter_material_reloads_total") == ["landwaiter_material_reloads_total 1"])
        }
    }

    @Test func keepsTheOldWhereTheNewIsBroken() async throws {
        try await ServiceScene.with { scene in
            try scene.pushSigned()
            scene.loader.fail(MaterialError("policies/finance.yaml:7:3: expected a stage", mend: "write one"))
            await scene.service.reload()
            #expect(await scene.ask().record.verdict == .admit)
            let part = try #require(scene.service.readiness.parts.first { $0.name == "policy" })
            #expect(part.state == .degraded)
            #expect(part.detail.contains("policies/finance.yaml:7:3"))
            #expect(scene.service.readiness.isReady)
            #expect(
                scene.metric("landwaiter_material_reload_failures_total") == [
                    "landwaiter_material_reload_failures_total 1"
                ])
            let event = try #require(scene.events.of(.materialBroken).first)
            #expect(event.member("message")?.contains("expected a stage") == true)
            #expect(event.member("mend") == "write one")

            scene.loader.set([TestMaterial.signed])
            await scene.service.reload()
            #expect(scene.service.readiness.parts.first { $0.name == "policy" }?.state == .ok)
            #expect(scene.events.of(.materialReplaced).count == 1)
        }
    }

    @Test func doesNotBeginWithoutMaterial() async throws {
        await #expect(throws: MaterialError("no policy")) {
            _ = try await DecisionService(
                configuration: DecisionServiceConfiguration(),
                loader: { () throws(MaterialError) in throw MaterialError("no policy") },
                sources: NoSources(), recorder: nil, metrics: ServiceMetrics(), events: nil, now: { noon })
        }
    }

    /// A decision under way goes on with what it began with.
    @Test func mixesNoTwoEditions() async throws {
        try await ServiceScene.with { scene in
            try scene.pushSigned()
            scene.registry.inject(.delay(.milliseconds(300)), on: .containing("/manifests/v1"))
            let old = scene.service.material.pipeline.policies.digest
            async let asked = scene.ask()
            while scene.registry.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            scene.loader.set([
                TestMaterial.policy("closed", namespaces: "[finance]", stage: "enforce")
            ])
            await scene.service.reload()
            async let after = scene.ask()
            let (before, next) = await (asked, after)
            #expect(before.record.policyDigest == old)
            #expect(before.record.policies.map(\.policy.name) == ["signed"])
            #expect(next.record.policies.map(\.policy.name) == ["closed"])
        }
    }

    @Test func staysRightWhilePoliciesBreakUnderLoad() async throws {
        try await ServiceScene.with { scene in
            try scene.pushSigned()
            let isOver = Mutex(false)
            async let reloads: Void = {
                for round in 0..<40 {
                    if round.isMultiple(of: 2) {
                        scene.loader.fail(MaterialError("broken \(round)"))
                    } else {
                        scene.loader.set([TestMaterial.signed])
                    }
                    await scene.service.reload()
                }
                isOver.withLock { $0 = true }
            }()
            var answers = 0
            while !isOver.withLock({ $0 }) {
                let verdicts = await withTaskGroup(of: Verdict.self) { group in
                    for _ in 0..<20 { group.addTask { await scene.ask().record.verdict } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(verdicts.allSatisfy { $0 == .admit })
                answers += verdicts.count
            }
            await reloads
            #expect(answers > 0)
            #expect(
                scene.metric("landwaiter_material_reload_failures_total") == [
                    "landwaiter_material_reload_failures_total 20"
                ])
        }
    }

    @Test func looksAgainOnlyWhereSomethingChanged() async throws {
        let stamp = Mutex("1")
        try await ServiceScene.with { configuration in
            configuration.reloadInterval = .milliseconds(5)
            configuration.changeStamp = { ChangeStamp(stamp.withLock { $0 }) }
        } _: { scene in
            let looking = Task { await scene.service.run() }
            defer { looking.cancel() }
            try await Task.sleep(for: .milliseconds(200))
            #expect(scene.loader.loads == 1)
            stamp.withLock { $0 = "2" }
            while scene.loader.loads < 2 { try await Task.sleep(for: .milliseconds(5)) }
            // Broken and unchanged: said once, not at every look.
            scene.loader.fail(MaterialError("broken"))
            stamp.withLock { $0 = "3" }
            while scene.events.of(.materialBroken).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            try await Task.sleep(for: .milliseconds(100))
            #expect(scene.loader.loads == 3)
        }
    }

    /// What changes while it is read is read again: nobody gets half of the old and half of the new.
    @Test func readsAgainWhatChangedMeanwhile() async throws {
        let stamps = Mutex(["a", "b", "b", "b", "b"])
        let loads = Mutex(0)
        var configuration = DecisionServiceConfiguration()
        configuration.changeStamp = { ChangeStamp(stamps.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }) }
        let service = try await DecisionService(
            configuration: configuration,
            loader: { () throws(MaterialError) in
                loads.withLock { $0 += 1 }
                return try TestMaterial.material([TestMaterial.open])
            }, sources: NoSources(), recorder: nil, metrics: ServiceMetrics(), events: nil, now: { noon })
        #expect(loads.withLock { $0 } == 2)
        #expect(service.material.pipeline.policies.policies.count == 1)
    }

    @Test func callersOfReloadShareTheWork() async throws {
        try await ServiceScene.with { scene in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<100 { group.addTask { await scene.service.reload() } }
            }
            #expect(scene.loader.loads <= 101)
            #expect(scene.loader.loads >= 2)
        }
    }

    @Test func saysWhenTrustEnds() async throws {
        let trust = [
            TrustExpiry(name: "public-good", expires: noon.adding(seconds: 86_400 * 10)),
            TrustExpiry(name: "house", expires: noon.adding(seconds: 86_400)),
        ]
        try await ServiceScene.with(trust: trust) { scene in
            func part() -> Readiness.Part? { scene.service.readiness.parts.first { $0.name == "trust" } }
            #expect(part()?.state == .degraded)
            #expect(part()?.detail.contains("house") == true)
            #expect(
                scene.metric("landwaiter_trust_expiry_days") == [
                    "landwaiter_trust_expiry_days{trust=\"house\"} 1",
                    "landwaiter_trust_expiry_days{trust=\"public-good\"} 10",
                ])
            scene.clock.now = noon.adding(seconds: 86_400 * 2)
            #expect(part()?.state == .degraded)
            #expect(scene.service.readiness.isReady)
            scene.clock.now = noon.adding(seconds: 86_400 * 11)
            #expect(part()?.state == .failed)
            #expect(!scene.service.readiness.isReady)
            #expect(scene.metric("landwaiter_ready") == ["landwaiter_ready 0"])
        }
    }

    @Test func isNotReadyWhileItDrains() async throws {
        try await ServiceScene.with { scene in
            try scene.pushSigned()
            #expect(scene.service.readiness.isReady)
            scene.registry.inject(.delay(.milliseconds(300)), on: .containing("/manifests/v1"))
            async let asked = scene.ask()
            while scene.registry.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            await scene.service.drain(within: .seconds(600))
            #expect(!scene.service.readiness.isReady)
            // What was asked before was answered.
            #expect(await asked.record.verdict == .admit)
        }
    }
}

/// No registry at all.
struct NoSources: SourceProvider {
    func source(
        _ reference: ImageReference, namespace: String?, within: Duration
    ) throws(ContentSourceError) -> any ContentSource { throw ContentSourceError(.imageNotFound, "nothing here") }
}

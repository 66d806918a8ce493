import Landwaiter
import RegistrySimulator
import Testing

@testable import AdmissionService

@Suite struct AnsweringTests {
    @Test func admitsWhatIsSignedAndPinsIt() async throws {
        try await ServiceScene.with { scene in
            let image = try scene.pushSigned()
            let answer = await scene.ask()
            #expect(answer.record.verdict == .admit)
            #expect(!answer.isBlocked)
            #expect(answer.pinned == scene.image(":v1@\(image.digest)"))
            #expect(answer.durability == .none)
            #expect(scene.events.events.isEmpty)
        }
    }

    @Test func rejectsWhatIsNotSigned() async throws {
        try await ServiceScene.with { scene in
            scene.registry.contents.pushImage(in: ServiceScene.repository, tag: "v1")
            let answer = await scene.ask()
            #expect(answer.record.verdict == .reject)
            #expect(answer.isBlocked)
            let event = try #require(scene.events.of(.refused).first)
            #expect(event.code == answer.record.headline?.code)
            #expect(event.member("policy") == "tests/signed")
            #expect(event.member("namespace") == "finance")
        }
    }

    @Test func letsInWhatIsObservedOnlyAndCountsIt() async throws {
        try await ServiceScene.with { scene in
            scene.registry.contents.pushImage(in: ServiceScene.repository, tag: "v1")
            let answer = await scene.ask(namespace: "watched")
            #expect(answer.record.verdict == .reject)
            #expect(!answer.isBlocked)
            #expect(scene.events.of(.refused).isEmpty)
            #expect(scene.events.of(.wouldRefuse).count == 1)
            #expect(
                scene.metric("landwaiter_policy_would_reject_total{") == [
                    "landwaiter_policy_would_reject_total{policy=\"tests/watched\",stage=\"observe\"} 1"
                ])
        }
    }

    @Test func answersWithoutTheRegistryWhatAsksNothingOfIt() async throws {
        // One place for decisions, and it is taken for ever.
        try await ServiceScene.with {
            $0.concurrentDecisions = 1
            $0.queuedDecisions = 0
        } _: { scene in
            scene.registry.inject(.silence)
            async let stuck = scene.ask(within: .seconds(2))
            while scene.registry.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            // A rule that looks at the name, and a namespace for which there is no policy.
            let open = await scene.ask(namespace: "open")
            #expect(open.record.verdict == .admit)
            #expect(open.pinned == nil)
            let nowhere = await scene.ask(namespace: "nowhere")
            #expect(nowhere.record.verdict == .reject)
            #expect(scene.registry.requests.count == 1)
            #expect(await stuck.record.headline?.code.name == "service.deadline-exceeded")
            #expect(
                scene.metric("landwaiter_decided_without_reading_total") == [
                    "landwaiter_decided_without_reading_total 2"
                ])
        }
    }

    @Test(arguments: [
        "", " ", "docker://", "UPPER/case", "registry.example/a@sha256:00", "a:b:c", "\u{0}", "../../etc/passwd",
        "https://user:secret@registry.example/app", "registry.example/app:\u{202E}gpj",
        String(repeating: "a/", count: 9000),
        "e\u{301}/x:\u{1F4A9}",
    ])
    func rejectsTextsThatNameNoImage(_ text: String) async throws {
        try await ServiceScene.with { scene in
            let answer = await scene.ask(text)
            #expect(answer.record.verdict == .reject)
            #expect(answer.record.headline?.code == .imageMalformedReference)
            #expect(answer.isBlocked)
            #expect(scene.registry.requests.isEmpty)
            let line = try #require(scene.events.events.first).text
            #expect(!line.contains("secret"))
            #expect(line.utf8.allSatisfy { $0 >= 0x20 })
        }
    }

    @Test func keepsTheOrderOfQuestions() async throws {
        try await ServiceScene.with { scene in
            try scene.pushSigned()
            scene.registry.contents.pushImage(in: "app", tag: "v1")
            let asker = Asker(surface: .api)
            let images = [
                scene.image(), "not an image", scene.image(":v1", "app"), "elsewhere.example/x", scene.image(),
            ]
            let answers = await scene.service.decide(
                images.map { Question(image: $0, namespace: "finance", asker: asker) }, within: patience)
            #expect(answers.map(\.record.verdict) == [.admit, .reject, .reject, .undecided, .admit])
            #expect(
                answers.map { $0.record.request.reference?.description } == [
                    images[0], nil, images[2], images[3], images[4],
                ])
            #expect(await scene.service.decide([], within: patience).isEmpty)
        }
    }

    @Test func leavesNoTraceOfADryRun() async throws {
        try await ServiceScene.with { scene in
            scene.registry.contents.pushImage(in: ServiceScene.repository, tag: "v1")
            let answer = await scene.ask(isDryRun: true)
            #expect(answer.isBlocked)
            #expect(answer.id == nil)
            #expect(scene.events.events.isEmpty)
            #expect(scene.metric("landwaiter_decisions_total").isEmpty)
            #expect(
                scene.metric("landwaiter_dry_runs_total") == [
                    "landwaiter_dry_runs_total{surface=\"kubernetes-validate\"} 1"
                ])
        }
    }

    @Test func sharesOneDecisionAmongEqualQuestions() async throws {
        try await ServiceScene.with { scene in
            try scene.pushSigned()
            // Time for all of them to come.
            scene.registry.inject(.delay(.seconds(3)), on: .containing("/manifests/v1"))
            let answers = await withTaskGroup(of: Answer.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        await scene.ask(surface: number.isMultiple(of: 2) ? .kubernetesMutate : .kubernetesValidate)
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.record.verdict == .admit })
            #expect(scene.registry.count(.containing("/manifests/v1")) == 1)
        }
    }

    /// What is under way may have listed the evidence already.
    @Test func joinsNoDecisionThatBeganBeforeEvidenceWasAnnounced() async throws {
        try await ServiceScene.with { scene in
            let image = try scene.pushSigned()
            scene.registry.inject(.delay(.seconds(3)), on: .containing("/manifests/v1"))
            async let before = scene.ask()
            while scene.registry.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            scene.service.evidenceArrived(for: image.digest, in: scene.image(""))
            async let after = scene.ask()
            #expect(await [before, after].map(\.record.verdict) == [.admit, .admit])
            #expect(scene.registry.count(.containing("/manifests/v1")) == 2)
        }
    }

    /// Who joins later is judged at his own second: what is over by then does not help him.
    @Test func judgesEachAtItsOwnInstant() async throws {
        try await ServiceScene.with { scene in
            try scene.pushSigned()
            scene.registry.inject(.delay(.seconds(3)), on: .containing("/manifests/v1"))
            async let first = scene.ask()
            while scene.registry.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            scene.clock.now = noon.adding(seconds: 7)
            async let second = scene.ask()
            let (early, late) = await (first, second)
            #expect(early.record.request.at == noon)
            #expect(late.record.request.at == noon.adding(seconds: 7))
            #expect([early, late].allSatisfy { $0.record.verdict == .admit })
            #expect(scene.registry.count(.containing("/manifests/v1")) == 1)
        }
    }

    @Test func keepsNamespacesApart() async throws {
        try await ServiceScene.with { scene in
            scene.registry.contents.pushImage(in: ServiceScene.repository, tag: "v1")
            scene.registry.inject(.delay(.milliseconds(200)), on: .containing("/manifests/v1"))
            async let watched = scene.ask(namespace: "watched")
            async let finance = scene.ask(namespace: "finance")
            #expect(await !watched.isBlocked)
            #expect(await finance.isBlocked)
        }
    }

    /// The base lies in a repository of its own, and the policy says which: nobody has to hand it in.
    @Test func readsApprovedBasesWhereThePolicySaysTheyAre() async throws {
        try await ServiceScene.with { scene in
            let base = scene.registry.contents.pushImage(in: "base/os", tag: "v1", layer: "base")
            let stranger = scene.registry.contents.pushImage(in: "base/os", tag: "v2", layer: "other")
            scene.registry.contents.pushImage(in: ServiceScene.repository, tag: "v1", layer: "base")
            func rule(_ digest: Digest, _ repository: String = "base/os") -> String {
                """
                - id: based
                      on: each-platform
                      baseImage:
                        proof: [layers]
                        approved: [{repository: "\(scene.registry.host)/\(repository)", digests: ["\(digest)"]}]
                """
            }
            func verdict(_ rule: String) async -> Answer {
                scene.loader.set([
                    TestMaterial.policy("based", namespaces: "[finance]", stage: "enforce", rule: rule)
                ])
                await scene.service.reload()
                return await scene.ask()
            }
            let built = await verdict(rule(base.digest))
            #expect(built.record.verdict == .admit, "\(built.record.findings)")
            #expect(await verdict(rule(stranger.digest)).record.verdict == .reject)
            let absent = await verdict(rule(Digest(of: [1])))
            #expect(absent.record.verdict == .undecided)
            // A registry that is not configured is not asked, whatever a policy names.
            scene.loader.set([
                TestMaterial.policy(
                    "based", namespaces: "[finance]", stage: "enforce",
                    rule: rule(Digest(of: [2])).split(separator: scene.registry.host).joined(
                        separator: "elsewhere.example"))
            ])
            await scene.service.reload()
            #expect(await scene.ask().record.verdict == .undecided)
        }
    }

    /// The one that can't be asked may have it.
    @Test(arguments: ["registry.example/a", "registry.example/b"])
    func aBaseIsNotAbsentWhereOneOfItsPlacesIsDown(_ down: String) async throws {
        let digest = Digest(of: [1])
        let rule = """
            - id: based
                  on: each-platform
                  baseImage:
                    proof: [layers]
                    approved:
                      - {repository: registry.example/a, digests: ["\(digest)"]}
                      - {repository: registry.example/b, digests: ["\(digest)"]}
            """
        let policies = try TestMaterial.load([
            TestMaterial.policy("based", namespaces: "[finance]", stage: "enforce", rule: rule)
        ])
        let bases = try #require(
            ApprovedBases(ApprovedRepositories(policies)) { repository, _ throws(ContentSourceError) in
                throw repository == down
                    ? ContentSourceError(.registryUnreachable, "down") : ContentSourceError(.imageNotFound, "not here")
            })
        let error = await #expect(throws: ContentSourceError.self) {
            try await bases.manifest(digest, limits: ContentLimits())
        }
        #expect(error?.code == .registryUnreachable)
    }

    /// What the mutating webhook verified and pinned costs the validating one nothing.
    @Test func validatesWhatWasMutatedWithoutTheRegistry() async throws {
        try await ServiceScene.with { scene in
            try scene.pushSigned()
            let mutated = await scene.ask(surface: .kubernetesMutate)
            let pinned = try #require(mutated.pinned)
            scene.registry.forgetRequests()
            let validated = await scene.ask(pinned)
            #expect(validated.record.verdict == .admit)
            #expect(scene.registry.requests.isEmpty)
        }
    }
}

extension ServiceEvent {
    /// As it is written.
    var text: String { String(decoding: line(runbooks: "docs/reasons.md", suppressed: 0), as: UTF8.self) }
}

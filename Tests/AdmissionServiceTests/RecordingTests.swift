import Landwaiter
import RegistrySimulator
import Synchronization
import Testing
import VerdictStorage

@testable import AdmissionService

@Suite struct RecordingTests {
    /// A service that records in a database of its own.
    static func with<Value>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (ServiceScene, SQLiteVerdictStore) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory()
        let store = SQLiteVerdictStore(path: directory.path("verdicts.db"))
        let recorder = VerdictRecorder(
            store: store, spool: nil, limits: RecorderLimits(storePatience: .seconds(600), longestWait: .seconds(600)))
        let running = Task { await recorder.run() }
        defer { running.cancel() }
        return try await ServiceScene.with(recorder: recorder) { scene in
            let value = try await body(scene, store)
            await recorder.drain()
            await store.close()
            return value
        }
    }

    @Test func isDurableBeforeTheAnswer() async throws {
        try await Self.with { scene, store in
            let image = try scene.pushSigned()
            let answer = await scene.ask()
            #expect(answer.durability == .kept(.stored))
            #expect(answer.notes.isEmpty)
            let id = try #require(answer.id)
            let stored = try #require(try await store.verdict(id))
            #expect(stored.verdict == "admit")
            #expect(!stored.isBlocked)
            #expect(stored.image == scene.image())
            #expect(stored.repository == "\(scene.registry.host)/\(ServiceScene.repository)")
            #expect(stored.digest == image.digest.description)
            #expect(stored.namespace == "finance")
            #expect(stored.surface == "kubernetes-validate")
            #expect(stored.askedBy == "caller")
            #expect(stored.user == "Pod finance/app")
            #expect(stored.headline == nil)
            #expect(stored.decidedAt == noon)
            #expect(stored.record == answer.record.canonicalBytes)
            #expect(stored.policyDigest == answer.record.policyDigest.description)
            #expect(
                stored.policies == [
                    PolicyLine(name: "tests/signed", verdict: "admit", stage: "enforce", isEnforced: true)
                ])
            // Whose key signed it is found again.
            let key = try #require(stored.evidence.first?.facts.first { $0.kind == .key })
            let affected = try await store.affected(by: .key(key.value))
            #expect(affected.map(\.digest) == [image.digest.description])
        }
    }

    @Test func keepsWhatWasBlocked() async throws {
        try await Self.with { scene, store in
            let image = scene.registry.contents.pushImage(in: ServiceScene.repository, tag: "v1")
            let answer = await scene.ask()
            let id = try #require(answer.id)
            let stored = try #require(try await store.verdict(id))
            #expect(stored.isBlocked)
            #expect(stored.verdict == "reject")
            #expect(stored.headline == answer.record.headline?.code.name)
            #expect(stored.digest == image.digest.description)
            let malformed = await scene.ask("not an image")
            let other = try #require(malformed.id)
            let kept = try #require(try await store.verdict(other))
            #expect(kept.repository == nil)
        }
    }

    /// The image is admitted, and its Pod is not let in: whoever looks for why nothing runs finds the row.
    @Test func saysThatTheGateRefusedANameWithoutDigest() async throws {
        try await Self.with { scene, store in
            let image = try scene.pushSigned()
            func stored(_ image: String, namespace: String, needsDigest: Bool) async throws -> StoredVerdict {
                let question = Question(
                    image: image, namespace: namespace, asker: Asker(surface: .kubernetesValidate),
                    needsDigest: needsDigest)
                let answer = await scene.service.decide([question], within: patience)[0]
                let id = try #require(answer.id)
                // What is not enforced is written with the next batch.
                for _ in 0..<2000 where try await store.verdict(id) == nil {
                    try await Task.sleep(for: .milliseconds(5))
                }
                let stored = try #require(try await store.verdict(id))
                // The verdict is of the image.
                #expect(stored.verdict == answer.record.verdict.rawValue)
                #expect(stored.record == answer.record.canonicalBytes)
                return stored
            }
            let refused = try await stored(scene.image(), namespace: "finance", needsDigest: true)
            #expect(refused.verdict == "admit" && refused.isBlocked)
            #expect(refused.headline == "service.unpinned-reference")
            let pinned = scene.image("@\(image.digest)")
            for (name, namespace, needsDigest) in [
                (scene.image(), "finance", false), (pinned, "finance", true),
                // Nobody had to read it.
                (scene.image(), "open", true),
            ] {
                let other = try await stored(name, namespace: namespace, needsDigest: needsDigest)
                #expect(!other.isBlocked && other.headline == nil, "\(name) \(namespace) \(needsDigest)")
            }
            let watched = try await stored(scene.image(), namespace: "watched", needsDigest: true)
            #expect(!watched.isBlocked && watched.headline == "service.unpinned-reference")
        }
    }

    @Test func keepsNothingOfADryRun() async throws {
        try await Self.with { scene, store in
            try scene.pushSigned()
            let answer = await scene.ask(isDryRun: true)
            #expect(answer.id == nil)
            #expect(answer.durability == .none)
            #expect(try await store.verdicts(VerdictQuery()).verdicts.isEmpty)
        }
    }

    /// Who shares a decision has a verdict of his own.
    @Test func recordsEachAsker() async throws {
        try await Self.with { scene, store in
            try scene.pushSigned()
            scene.registry.inject(.delay(.seconds(3)), on: .containing("/manifests/v1"))
            let ids = await withTaskGroup(of: VerdictID?.self) { group in
                for surface in Asker.Surface.allCases { group.addTask { await scene.ask(surface: surface).id } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(ids.compactMap { $0 }).count == Asker.Surface.allCases.count)
            let stored = try await store.verdicts(VerdictQuery()).verdicts
            #expect(Set(stored.map(\.surface)) == Set(Asker.Surface.allCases.map(\.rawValue)))
            #expect(scene.registry.count(.containing("/manifests/v1")) == 1)
        }
    }

    /// The store is closed under it: what comes after is said to be recorded nowhere.
    @Test func saysWhenTheStoreGoesDown() async throws {
        try await Self.with { scene, store in
            try scene.pushSigned()
            #expect(await scene.ask().durability == .kept(.stored))
            await store.close()
            let answer = await scene.ask(scene.image(), namespace: "other")
            #expect(answer.record.verdict == .admit)
            #expect(!answer.durability.isDurable)
            #expect(answer.notes.map(\.code) == [.serviceNotRecorded])
        }
    }
}

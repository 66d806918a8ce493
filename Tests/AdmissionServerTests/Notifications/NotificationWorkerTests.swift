import Admission
import AdmissionPolicy
import AdmissionService
import Content
import HTTPTransport
import OCI
import RegistrySimulator
import StrictEncoding
import Testing
import VerdictStorage

@testable import AdmissionServer

@Suite struct NotificationWorkerTests {
    private typealias Scene = NotificationScene

    // MARK: Deciding

    @Test func decidesForEachNamespaceBeforeAnyoneAsks() async throws {
        try await Scene.with(namespaces: ["finance", "staging"]) { scene in
            let image = scene.pushImage()
            try scene.sign(image)
            try await scene.tellPush(image)
            try await scene.work()
            let verdicts = try await scene.verdicts()
            #expect(verdicts.map(\.namespace) == ["staging", "finance"])
            for verdict in verdicts {
                #expect(verdict.verdict == "admit")
                #expect(verdict.surface == "notification")
                #expect(verdict.askedBy == "notifications/central")
                #expect(verdict.image == scene.registry.host + "/finance/ledger:1.0")
                #expect(verdict.digest == image.digest.description)
            }
            #expect(try await scene.store.queueDepth(at: .latest) == 0)
            // The evidence is there for whoever asks next: nothing but the tag is looked up.
            scene.registry.forgetRequests()
            let answer = await scene.service.decide(
                [
                    Question(
                        image: scene.registry.host + "/finance/ledger:1.0", namespace: "finance",
                        asker: Asker(surface: .kubernetesValidate))
                ], within: .seconds(3600))
            #expect(answer.first?.record.verdict == .admit)
            #expect(scene.registry.count() <= 1)
        }
    }

    @Test func decidesWithoutANamespaceWhereNoneIsConfigured() async throws {
        try await Scene.with(namespaces: []) { scene in
            let image = scene.pushImage()
            try await scene.tellPush(image)
            try await scene.work()
            let verdicts = try await scene.verdicts()
            #expect(verdicts.map(\.namespace) == [nil])
            #expect(verdicts.map(\.verdict) == ["reject"])
        }
    }

    @Test func decidesOnWhatATagNamesNotOnWhatABodySays() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try scene.sign(image)
            let other = scene.pushImage(tag: nil, layer: "another")
            try await scene.tell(tag: "1.0", digest: other.digest)
            try await scene.work()
            let verdicts = try await scene.verdicts()
            // The tag as it is; and what was said to be pushed, without the tag.
            #expect(
                Set(verdicts.map { "\($0.image) \($0.digest ?? "") \($0.verdict)" }) == [
                    "\(scene.registry.host)/finance/ledger:1.0 \(image.digest) admit",
                    "\(scene.registry.host)/finance/ledger@\(other.digest) \(other.digest) reject",
                ])
        }
    }

    @Test func asksNoRegistryThatIsNotConfigured() async throws {
        try await Scene.with { scene in
            try await SimulatedRegistry.with { foreign in
                // Whatever gets into the queue: a repository that looks like a host stays below the configured one.
                try await scene.tell(tag: "1.0", digest: nil, repository: foreign.host + "/finance/ledger")
                try await scene.tell(tag: "1.0", digest: nil, repository: "../" + foreign.host)
                try await scene.tell(tag: "1.0@x", digest: nil)
                try await scene.work()
                #expect(foreign.count() == 0)
                #expect(try await scene.verdicts().isEmpty)
            }
        }
    }

    @Test func judgesNoChartsAndDocuments() async throws {
        try await Scene.with { scene in
            let contents = scene.registry.contents
            let config = contents.put(
                blob: Array("{}".utf8), in: Scene.repository, mediaType: "application/vnd.cncf.helm.config.v1+json")
            let chart = contents.put(
                manifest: ImageManifest.imageBytes(config: config, layers: []), in: Scene.repository, tags: "chart")
            try await scene.tellPush(chart, tag: "chart")
            try await scene.work()
            #expect(try await scene.verdicts().isEmpty)
            #expect(
                scene.counted(#"landwaiter_notification_requests_total{registry="central",outcome="not-an-image"} 1"#))
        }
    }

    @Test func judgesImagesWithoutATagOnlyWhereItIsConfigured() async throws {
        for judgesUntagged in [false, true] {
            try await Scene.with(judgesUntagged: judgesUntagged) { scene in
                let image = scene.pushImage(tag: nil)
                try await scene.tellPush(image, tag: nil)
                try await scene.work()
                #expect(try await scene.verdicts().count == (judgesUntagged ? 1 : 0))
                let line = #"landwaiter_notification_requests_total{registry="central",outcome="untagged"} 1"#
                #expect(scene.counted(line) == !judgesUntagged)
            }
        }
    }

    @Test func recordsNothingOfWhatIsNotThere() async throws {
        try await Scene.with { scene in
            for index in 0..<20 { try await scene.tell(tag: "forged-\(index)", digest: nil) }
            for _ in 0..<6 {
                try await scene.work()
                scene.clock.pass(3600)
            }
            #expect(try await scene.verdicts().isEmpty)
            #expect(try await scene.store.queueDepth(at: .latest) == 0)
            #expect(scene.registry.count() <= 20 * scene.configuration.work.absentAttempts)
            #expect(scene.counted(#"landwaiter_notification_requests_total{registry="central",outcome="absent"} 20"#))
        }
    }

    @Test func findsWhatArrivesALittleLater() async throws {
        try await Scene.with { scene in
            try await scene.tell(tag: "1.0", digest: nil)
            try await scene.work()
            let image = scene.pushImage()
            try scene.sign(image)
            scene.clock.pass(60)
            try await scene.work()
            #expect(try await scene.verdicts().map(\.verdict) == ["admit"])
        }
    }

    // MARK: Evidence that arrives later

    @Test func asksAgainForAnIndexWhenEvidenceOfItsPlatformArrives() async throws {
        try await Scene.with { scene in
            var child = scene.pushImage(tag: nil)
            child.platform = Platform(os: "linux", architecture: "amd64")
            let index = scene.registry.contents.put(
                manifest: ImageIndex.indexBytes(manifests: [child]), mediaType: .ociIndex, in: Scene.repository,
                tags: "1.0")
            try await scene.tellPush(index)
            try await scene.work()
            #expect(try await scene.verdicts().map(\.digest) == [index.digest.description])
            scene.clock.pass(10)
            try await scene.tellSignature(of: child, try scene.sign(child))
            try await scene.work()
            let verdicts = try await scene.verdicts()
            #expect(verdicts.count == 3)
            #expect(
                Set(verdicts.prefix(2).map(\.digest)) == [index.digest.description, child.digest.description])
        }
    }

    @Test func asksAgainWhenASignatureArrives() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try await scene.tellPush(image)
            try await scene.work()
            #expect(try await scene.verdicts().map(\.verdict) == ["reject"])

            scene.clock.pass(10)
            let signature = try scene.sign(image)
            try await scene.tellSignature(of: image, signature)
            try await scene.work()
            let verdicts = try await scene.verdicts()
            #expect(verdicts.map(\.verdict) == ["admit", "reject"])
            // The same question, pinned: the tag may have moved on. The signature itself is judged by nobody.
            #expect(verdicts.first?.image == "\(scene.registry.host)/finance/ledger:1.0@\(image.digest)")
            #expect(verdicts.allSatisfy { $0.digest == image.digest.description })
        }
    }

    @Test func asksAgainWhenAReferrerArrivesWithoutATag() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try await scene.tellPush(image)
            try await scene.work()
            scene.clock.pass(10)
            let referrer = scene.registry.contents.pushReferrer(
                of: image, in: Scene.repository, payload: Array("{}".utf8))
            try scene.sign(image)
            try await scene.tell(tag: nil, digest: referrer.digest)
            try await scene.work()
            let verdicts = try await scene.verdicts()
            #expect(verdicts.map(\.verdict) == ["admit", "reject"])
            #expect(verdicts.allSatisfy { $0.digest == image.digest.description })
        }
    }

    @Test func aFalseWordOfEvidenceCostsNothingDuringAnOutage() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            let signature = try scene.sign(image)
            try await scene.tellPush(image)
            try await scene.work()
            scene.clock.pass(10)
            scene.registry.inject(.status(503))
            try await scene.tellSignature(of: image, signature)
            try await scene.work()
            // The list is asked for, in vain; what was verified before holds within the grace.
            #expect(try await scene.verdicts().map(\.verdict) == ["admit", "admit"])
        }
    }

    @Test func aFloodOfReferrersIsOneDecision() async throws {
        try await Scene.with(work: { $0.evidenceWindow = 5 }) { scene in
            let image = scene.pushImage()
            try await scene.tellPush(image)
            try await scene.work()
            for index in 0..<30 {
                let junk = scene.registry.contents.pushReferrer(
                    of: image, in: Scene.repository, payload: Array("junk \(index)".utf8))
                try await scene.tell(tag: nil, digest: junk.digest)
                try await scene.work()
            }
            #expect(try await scene.verdicts().count == 1)
            scene.clock.pass(5)
            try await scene.work()
            #expect(try await scene.verdicts().count == 2)
        }
    }

    @Test func evidenceInOneRepositoryOpensNothingInAnother() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try await scene.tellPush(image)
            try await scene.work()
            let referrer = scene.registry.contents.pushReferrer(
                of: image, in: "finance/other", payload: Array("{}".utf8))
            try await scene.tell(tag: nil, digest: referrer.digest, repository: "finance/other")
            try await scene.work()
            let ledger = try await scene.verdicts().filter { $0.repository == scene.registry.host + "/finance/ledger" }
            #expect(ledger.count == 1)
        }
    }

    @Test func recordsThatNobodyHadToProveAnything() async throws {
        try await Scene.with(isInsecure: true) { scene in
            try await scene.tellPush(scene.pushImage())
            try await scene.work()
            #expect(try await scene.verdicts().map(\.askedBy) == ["unauthenticated"])
        }
    }

    @Test func asksForAnImageThatNobodyToldOf() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            let signature = try scene.sign(image)
            try await scene.tellSignature(of: image, signature)
            try await scene.work()
            let verdicts = try await scene.verdicts()
            #expect(verdicts.map(\.verdict) == ["admit"])
            #expect(verdicts.first?.image == "\(scene.registry.host)/finance/ledger@\(image.digest)")
        }
    }

    @Test func asksAgainUnderEveryTagItWasAskedUnder() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage(tag: "1.0")
            scene.registry.contents.setTag("stable", to: image.digest, in: Scene.repository)
            try await scene.tellPush(image, tag: "1.0")
            try await scene.tellPush(image, tag: "stable")
            try await scene.work()
            scene.clock.pass(10)
            try await scene.tellSignature(of: image, try scene.sign(image))
            try await scene.work()
            let admitted = try await scene.verdicts().filter { $0.verdict == "admit" }.map(\.image)
            let name = scene.registry.host + "/finance/ledger"
            #expect(Set(admitted) == ["\(name):1.0@\(image.digest)", "\(name):stable@\(image.digest)"])
        }
    }

    // MARK: Registry down

    @Test func triesAgainLaterWhileTheRegistryIsDown() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try scene.sign(image)
            scene.registry.inject(.status(503))
            try await scene.tellPush(image)
            try await scene.work()
            #expect(try await scene.verdicts().map(\.verdict) == ["undecided"])
            #expect(try await scene.store.queueDepth(at: .latest) == 1)
            #expect(try await scene.store.queueDepth(at: scene.clock.now.adding(seconds: 4)) == 0)

            scene.registry.forgetFaults()
            scene.clock.pass(3600)
            try await scene.work()
            #expect(try await scene.verdicts().map(\.verdict) == ["admit", "undecided"])
            #expect(try await scene.store.queueDepth(at: .latest) == 0)
        }
    }

    @Test func givesUpAfterSoManyAttemptsAndSaysSo() async throws {
        try await Scene.with(work: { $0.attempts = 3 }) { scene in
            let image = scene.pushImage()
            scene.registry.inject(.status(503))
            try await scene.tellPush(image)
            for _ in 0..<6 {
                try await scene.work()
                scene.clock.pass(3600)
            }
            #expect(try await scene.verdicts().map(\.verdict) == ["undecided", "undecided", "undecided"])
            #expect(try await scene.store.queueDepth(at: .latest) == 0)
            #expect(scene.reports.of(.givenUp).count == 1)
            #expect(
                scene.counted(#"landwaiter_notification_jobs_total{kind="notification.decide",outcome="given-up"} 1"#))
            #expect(scene.receiver.received.isEmpty)
        }
    }

    // MARK: Telling

    @Test func tellsARejectOnce() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try await scene.tellPush(image)
            try await scene.work()
            try await scene.tellPush(image)
            scene.clock.pass(10)
            try await scene.work()
            #expect(try await scene.verdicts().map(\.verdict) == ["reject", "reject"])
            #expect(scene.receiver.received.count == 1)

            let request = try #require(scene.receiver.received.first)
            let id = try #require(request.headers["webhook-id"])
            let time = try #require(request.headers["webhook-timestamp"].flatMap { Int64($0) })
            let expected = WebhookSignature.fields(
                id: id, body: request.body, at: Instant(secondsSince1970: time), by: Scene.key)
            #expect(request.headers["webhook-signature"] == expected["webhook-signature"])
            let body = try #require(try scene.receiver.bodies().first)
            #expect(body["type"] == "landwaiter.image.rejected")
            let data = try #require(body["data"])
            #expect(data["id"] == .string(id))
            #expect(data["image"] == .string(scene.registry.host + "/finance/ledger:1.0"))
            #expect(data["digest"] == .string(image.digest.description))
            #expect(data["namespace"] == "finance")
            #expect(data["verdict"] == "reject")
            #expect(data["isBlocked"] == true)
            #expect(data["cause"] == "push")
            #expect(data["previous"] == nil)
            #expect(data["headline"]?["code"] != nil)
            let verdict = try #require(try await scene.verdicts().last)
            #expect(data["verdictID"] == .string(verdict.id.description))
        }
    }

    @Test func tellsWhenAVerdictTurnsAndNothingBetween() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try await scene.tellPush(image)
            try await scene.work()
            scene.clock.pass(10)
            let signature = try scene.sign(image)
            for _ in 0..<3 {
                try await scene.tellSignature(of: image, signature)
                try await scene.work()
                scene.clock.pass(10)
            }
            let bodies = try scene.receiver.bodies()
            #expect(bodies.map { $0["type"] } == ["landwaiter.image.rejected", "landwaiter.image.admitted"])
            let turned = try #require(bodies.last?["data"])
            #expect(turned["cause"] == "evidence")
            #expect(turned["previous"]?["verdict"] == "reject")
            #expect(turned["previous"]?["verdictID"] == bodies.first?["data"]?["verdictID"])
        }
    }

    @Test func isSilentAboutAFirstAdmit() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try scene.sign(image)
            try await scene.tellPush(image)
            try await scene.work()
            #expect(try await scene.verdicts().map(\.verdict) == ["admit"])
            #expect(scene.receiver.received.isEmpty)
        }
    }

    @Test func tellsOfEachNamespaceByItself() async throws {
        try await Scene.with(namespaces: ["finance", "staging"]) { scene in
            try await scene.tellPush(scene.pushImage())
            try await scene.work()
            let namespaces = try scene.receiver.bodies().map { $0["data"]?["namespace"] }
            #expect(namespaces.count == 2)
            #expect(namespaces.contains("finance") && namespaces.contains("staging"))
        }
    }

    @Test(arguments: [500, 503, 302, 404])
    func keepsTryingAReceiverThatIsDown(_ status: Int) async throws {
        try await Scene.with { scene in
            scene.receiver.answer(with: status)
            try await scene.tellPush(scene.pushImage())
            try await scene.work()
            #expect(scene.receiver.received.isEmpty)
            // What a receiver asks for is heeded.
            scene.clock.pass(99)
            let due = try await scene.store.queueDepth(at: scene.clock.now)
            #expect(due == (status == 503 ? 0 : 1))

            scene.receiver.answer(with: 204)
            scene.clock.pass(3600)
            // As after a restart: nothing but the store is kept.
            try await scene.work(scene.another())
            #expect(scene.receiver.received.count == 1)
            scene.clock.pass(7200)
            try await scene.work()
            #expect(scene.receiver.received.count == 1)
            #expect(try await scene.store.queueDepth(at: .latest) == 0)
        }
    }

    @Test func givesUpAReceiverThatIsGone() async throws {
        try await Scene.with { scene in
            scene.receiver.answer(with: 410)
            try await scene.tellPush(scene.pushImage())
            try await scene.work()
            #expect(try await scene.store.queueDepth(at: .latest) == 0)
            #expect(scene.reports.of(.receiverGone).count == 1)
        }
    }

    /// The vector of the specification's reference libraries.
    @Test func signsAsStandardWebhooksDoes() throws {
        let key = try #require(SharedSecret.value(ofFile: Array("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8)))
        let fields = WebhookSignature.fields(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: Array(#"{"test": 2432232314}"#.utf8),
            at: Instant(secondsSince1970: 1_614_265_330), by: key)
        #expect(fields["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(fields["webhook-timestamp"] == "1614265330")
        #expect(fields["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek")
    }

    // MARK: Workers that die, and several of them

    @Test func aWorkerThatDiesBeforeItFinishesIsRecordedTwiceAndToldOnce() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try await scene.tellPush(image)
            // What is queued by a step is there, and the step is never said to have ended: each is done again.
            scene.store.fail([.finish, .retry])
            try await scene.work()
            #expect(try await scene.verdicts().map(\.verdict) == ["reject"])
            #expect(scene.receiver.received.count == 1)
            scene.store.fail([])

            // Nobody gets the jobs while the lease lasts.
            try await scene.work(scene.another())
            #expect(try await scene.verdicts().count == 1)

            // Event, decision and delivery are repeated; the delivery under the name that it had, so that the receiver
            // can tell. It was under way when its worker died, so nobody knows that it arrived.
            scene.clock.pass(Int64(scene.configuration.work.lease))
            try await scene.work(scene.another())
            #expect(try await scene.verdicts().allSatisfy { $0.verdict == "reject" })
            #expect(Set(scene.receiver.received.map { $0.headers["webhook-id"] }).count == 1)
        }
    }

    @Test func aDecisionThatIsRepeatedAfterItWasToldIsNotToldAgain() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try await scene.tellPush(image)
            _ = try await scene.worker.workOnce()
            // The decision is recorded and its news queued; then the worker dies.
            scene.store.fail([.finish])
            _ = try await scene.worker.workOnce()
            scene.store.fail([])
            try await scene.work(scene.another())
            #expect(scene.receiver.received.count == 1)

            scene.clock.pass(Int64(scene.configuration.work.lease))
            try await scene.work(scene.another())
            #expect(try await scene.verdicts().map(\.verdict) == ["reject", "reject"])
            #expect(scene.receiver.received.count == 1)
            scene.clock.pass(7200)
            try await scene.work()
            #expect(scene.receiver.received.count == 1)
            #expect(try await scene.store.queueDepth(at: .latest) == 0)
        }
    }

    @Test func aWorkerThatDiesBeforeItTellsIsFollowedByOneThatDoes() async throws {
        try await Scene.with { scene in
            let image = scene.pushImage()
            try await scene.tellPush(image)
            _ = try await scene.worker.workOnce()
            // Recorded, and nothing could be queued any more.
            scene.store.fail([.enqueue, .finish, .retry])
            _ = try await scene.worker.workOnce()
            #expect(try await scene.verdicts().map(\.verdict) == ["reject"])
            scene.store.fail([])
            scene.clock.pass(Int64(scene.configuration.work.lease))
            try await scene.work(scene.another())
            #expect(scene.receiver.received.count == 1)
        }
    }

    @Test func severalWorkersDoEachJobOnce() async throws {
        try await Scene.with { scene in
            for index in 0..<20 {
                let image = scene.pushImage(tag: "t\(index)", layer: "layer \(index)")
                try await scene.tellPush(image, tag: "t\(index)")
            }
            let workers = [scene.worker, scene.another(), scene.another()]
            for _ in 0..<3 {
                await withTaskGroup { group in
                    for worker in workers {
                        group.addTask { while let done = try? await worker.workOnce(), done > 0 {} }
                    }
                }
            }
            let verdicts = try await scene.verdicts()
            #expect(verdicts.count == 20)
            #expect(Set(verdicts.map(\.image)).count == 20)
            #expect(scene.receiver.received.count == 20)
        }
    }

    @Test func worksUntilItIsCancelledAndThenEnds() async throws {
        try await Scene.with(work: { $0.poll = .milliseconds(20) }) { scene in
            try await scene.tellPush(scene.pushImage())
            let running = Task { await scene.worker.run() }
            for _ in 0..<500 where scene.receiver.received.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            #expect(scene.receiver.received.count == 1)
            // A store that is down is waited for.
            scene.store.fail(Set(FaultyStore.Call.allCases))
            for _ in 0..<500 where scene.reports.of(.storeFailed).isEmpty {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(!scene.reports.of(.storeFailed).isEmpty)
            scene.store.fail([])
            try await scene.tellPush(scene.pushImage(tag: "2.0", layer: "two"), tag: "2.0")
            for _ in 0..<500 where scene.receiver.received.count < 2 { try await Task.sleep(for: .milliseconds(20)) }
            #expect(scene.receiver.received.count == 2)
            // What the worker counts stands among the metrics of the service, once.
            let lines = String(decoding: scene.metrics.exposition(), as: UTF8.self).split(separator: "\n")
            #expect(lines.count { $0.hasPrefix("# TYPE landwaiter_notification_jobs_total counter") } == 1)
            running.cancel()
            await running.value
        }
    }

    @Test func dropsWorkForARegistryThatIsNotConfiguredAnyMore() async throws {
        try await Scene.with { scene in
            let job = EventJob(registry: "gone", repository: "a/b", tag: "1", digest: nil)
            _ = try await scene.store.enqueue(NotificationJob.event(job).queued(notBefore: scene.clock.now))
            try await scene.work()
            #expect(try await scene.store.queueDepth(at: .latest) == 0)
        }
    }

    @Test func leavesWorkOfANewerVersionToOthersForAWhile() async throws {
        try await Scene.with(work: { $0.attempts = 2 }) { scene in
            _ = try await scene.store.enqueue(
                NewJob(
                    kind: NotificationJob.decideKind, key: "new", payload: Array(#"{"newer":true}"#.utf8),
                    notBefore: scene.clock.now))
            try await scene.work()
            #expect(try await scene.store.queueDepth(at: .latest) == 1)
            scene.clock.pass(3600)
            try await scene.work()
            #expect(try await scene.store.queueDepth(at: .latest) == 0)
            #expect(scene.reports.of(.givenUp).count == 1)
        }
    }

    @Test func readsBackEveryJobThatItWrites() throws {
        let digest = try Digest(NotificationBodies.digest)
        let jobs: [NotificationJob] = [
            .event(EventJob(registry: "central", repository: "a/b", tag: "1", digest: digest)),
            .event(EventJob(registry: "central", repository: "a/b", tag: nil, digest: nil)),
            .decide(
                DecideJob(
                    registry: "central", repository: "a/b", tag: "1", digest: digest, namespace: "n", cause: .evidence)),
            .decide(
                DecideJob(registry: "c", repository: "a/b", tag: nil, digest: nil, namespace: nil, cause: .push)),
            .tell(TellJob(receiver: "duty", id: "lw_1", body: Array(#"{"a":"\"é"}"#.utf8))),
        ]
        for job in jobs {
            let new = job.queued(notBefore: .earliest)
            let read = Job(
                number: 1, kind: new.kind, key: new.key, payload: new.payload, attempt: 1, leasedUntil: .latest,
                lastError: nil)
            #expect(NotificationJob(read) == job)
        }
        #expect(Set(jobs.map(\.key)).count == jobs.count)
    }
}

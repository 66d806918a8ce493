import AdmissionService
import Findings
import Kubernetes
import StrictEncoding
import Testing

@testable import AdmissionServer

/// Which images of which requests are judged, and what passes without.
@Suite struct RequestedChangeTests {
    private static func object(_ kind: String, _ images: String...) -> JSONTree {
        ReviewFixture.object(kind, pod(images))
    }

    private static func pod(_ images: [String]) -> JSONTree {
        .object([
            "containers": .array(
                images.enumerated().map { ["name": .string("app\($0)"), "image": .string($1)] })
        ])
    }

    private static func change(
        _ fixture: ReviewFixture, kinds: WorkloadKinds = WorkloadKinds()
    ) throws -> RequestedChange {
        RequestedChange(try AdmissionReview(parsing: AdmissionReview.document(fixture.body)), kinds: kinds)
    }

    private static func added(
        _ fixture: ReviewFixture, kinds: WorkloadKinds = WorkloadKinds()
    ) throws -> [String]? {
        guard case .images(let change) = try change(fixture, kinds: kinds) else { return nil }
        return change.images.map(\.text)
    }

    private static func passes(
        _ fixture: ReviewFixture, _ reason: RequestedChange.Reason, kinds: WorkloadKinds = WorkloadKinds()
    ) throws -> Bool {
        guard case .nothing(let found) = try change(fixture, kinds: kinds) else { return false }
        return found == reason
    }

    private static func code(_ fixture: ReviewFixture, kinds: WorkloadKinds = WorkloadKinds()) throws -> String? {
        guard case .unreadable(let finding) = try change(fixture, kinds: kinds) else { return nil }
        return finding.code.name
    }

    // MARK: Every kind, operation and subresource

    @Test(arguments: ReviewFixture.workloads)
    func everyKindOperationAndSubresource(_ kind: String) throws {
        let one = ReviewFixture.object(
            kind,
            ReviewFixture.pod("one", "two", initImages: ["three"], ephemeral: ["four"], volumes: ["five"]))
        let all = ["one", "two", "three", "four", "five"]
        #expect(try Self.added(ReviewFixture(kind: kind, object: one)) == all)
        // Nothing was there before, or nothing that can be read: everything is new.
        #expect(try Self.added(ReviewFixture(kind: kind, operation: "UPDATE", object: one)) == all)
        let other = kind == "Pod" ? "Deployment" : "Pod"
        let elsewhere = ReviewFixture.object(
            other, ReviewFixture.pod("one", "two", initImages: ["three"], ephemeral: ["four"], volumes: ["five"]))
        for old: JSONTree in ["old", ["kind": "Pod"], [:], Self.object(kind), elsewhere] {
            #expect(
                try Self.added(ReviewFixture(kind: kind, operation: "UPDATE", object: one, oldObject: old)) == all)
        }
        // A CREATE is never vouched for by an old object.
        #expect(try Self.added(ReviewFixture(kind: kind, object: one, oldObject: one)) == all)
        #expect(
            try Self.passes(
                ReviewFixture(kind: kind, operation: "UPDATE", object: one, oldObject: one), .sameImages))
        for operation in ["DELETE", "CONNECT"] {
            for object in [one, nil] {
                #expect(
                    try Self.passes(
                        ReviewFixture(kind: kind, operation: operation, object: object, oldObject: one), .operation))
            }
        }
        for subresource in ["status", "scale"] {
            #expect(
                try Self.passes(
                    ReviewFixture(kind: kind, operation: "UPDATE", subresource: subresource, object: one),
                    .subresource))
        }
        // Everything else is looked at, whatever it may come to be called.
        for subresource in ["ephemeralcontainers", "resize", "later", "Status", "status "] {
            #expect(
                try Self.added(
                    ReviewFixture(kind: kind, operation: "UPDATE", subresource: subresource, object: one)) == all)
        }
        for operation in ["CREATE", "UPDATE"] {
            #expect(
                try Self.code(ReviewFixture(kind: kind, operation: operation, object: nil))
                    == "service.malformed-request")
        }
    }

    // MARK: Never blocked

    @Test func aWorkloadThatIsNotCompliantCanBeScaledAndReleased() async throws {
        let stated = StatedDecisions(["bad": .rejected()])
        func deployment(_ replicas: Int64, _ metadata: [ExactString: JSONTree] = [:]) -> JSONTree {
            ReviewFixture.object(
                "Deployment", ReviewFixture.pod("bad"), metadata: metadata, beside: ["replicas": .integer(replicas)])
        }
        let releasing: [ExactString: JSONTree] = ["deletionTimestamp": "2026-11-20T12:00:00Z", "finalizers": ["a/b"]]
        for (new, old) in [
            (deployment(0), deployment(3)), (deployment(5), deployment(3)),
            (deployment(3, ["labels": ["a": "b"]]), deployment(3)),
            (deployment(3), deployment(3, releasing)),
        ] {
            let answer = try await stated.validate(
                ReviewFixture(kind: "Deployment", operation: "UPDATE", object: new, oldObject: old))
            #expect(answer.isAllowed == true && answer.annotation("not-judged") == "same-images")
        }
        let deletion = ReviewFixture(kind: "Deployment", operation: "DELETE", oldObject: deployment(1))
        #expect(try await stated.validate(deletion).isAllowed == true)
        #expect(stated.asked.isEmpty)
    }

    @Test func finalizersComeOffWhateverTheObjectIs() throws {
        func custom(_ finalizers: [String], image: String = "one") -> JSONTree {
            [
                "apiVersion": "example.dev/v1", "kind": "Rollout",
                "metadata": ["name": "ledger", "finalizers": JSONTree(strings: finalizers)],
                "spec": ["containers": [["image": .string(image)]]],
                "status": ["phase": .string("\(finalizers.count)")],
            ]
        }
        func update(_ new: JSONTree, _ old: JSONTree) -> ReviewFixture {
            ReviewFixture(kind: "Rollout", operation: "UPDATE", object: new, oldObject: old)
        }
        #expect(try Self.passes(update(custom([]), custom(["a/b"])), .sameSpecification))
        #expect(try Self.code(update(custom([], image: "two"), custom(["a/b"]))) == "service.unread-workload")
        // Being deleted is no licence to run something else.
        let deleted: [ExactString: JSONTree] = ["deletionTimestamp": "2026-11-20T12:00:00Z"]
        let pod = { ReviewFixture.object("Pod", ReviewFixture.pod($0), metadata: deleted) }
        #expect(
            try Self.added(ReviewFixture(operation: "UPDATE", object: pod("two"), oldObject: pod("one"))) == ["two"])
    }

    @Test func whatRunsNothingIsNotJudged() throws {
        for (kind, object) in [
            ("ConfigMap", ["apiVersion": "v1", "kind": "ConfigMap", "data": ["containers": "many"]] as JSONTree),
            ("Binding", ["apiVersion": "v1", "kind": "Binding", "target": ["kind": "Node", "name": "a"]]),
            ("Pod", ReviewFixture.object("Pod", [:])), ("Deployment", ReviewFixture.object("Deployment", [:])),
        ] {
            #expect(try Self.passes(ReviewFixture(kind: kind, object: object), .noImages), "\(kind)")
        }
    }

    @Test func evictionsAndBindingsOfPodsPass() throws {
        for (kind, subresource, group) in [("Eviction", "eviction", "policy"), ("Binding", "binding", "")] {
            var fixture = ReviewFixture(kind: kind, subresource: subresource)
            fixture.object = [
                "apiVersion": .string(group.isEmpty ? "v1" : group + "/v1"), "kind": .string(kind),
                "metadata": ["name": "ledger", "namespace": "finance"],
            ]
            fixture.edit = { request in
                request["kind"] = ["group": .string(group), "version": "v1", "kind": .string(kind)]
                request["resource"] = ["group": "", "version": "v1", "resource": "pods"]
            }
            #expect(try Self.passes(fixture, .noImages), "\(kind)")
        }
    }

    // MARK: Updates

    @Test func anUpdateIsJudgedForWhatItAdds() throws {
        func added(_ old: [String], _ new: [String]) throws -> [String] {
            try Self.added(
                ReviewFixture(
                    kind: "Deployment", operation: "UPDATE", object: ReviewFixture.object("Deployment", Self.pod(new)),
                    oldObject: ReviewFixture.object("Deployment", Self.pod(old)))) ?? []
        }
        #expect(try added(["a"], ["b"]) == ["b"])
        #expect(try added(["a", "b"], ["b", "a"]) == [])
        #expect(try added(["a", "b"], ["a"]) == [])
        // One more container of an image that ran before is one that was not judged before.
        #expect(try added(["a"], ["a", "a"]) == ["a"])
        #expect(try added(["a", "a"], ["a", "b"]) == ["b"])
        #expect(try added(["a:1"], ["a:1@sha256:\(String(repeating: "0", count: 64))"]).count == 1)
        // By bytes: é in two forms is two images.
        #expect(try added(["caf\u{e9}"], ["cafe\u{301}"]).count == 1)
    }

    @Test func anImageInAnotherRoleIsNew() throws {
        let before = ReviewFixture.object("Pod", ReviewFixture.pod("a", initImages: ["b"]))
        for pod in [
            ReviewFixture.pod("a", initImages: ["b"], ephemeral: ["b"]), ReviewFixture.pod("a", "b"),
            ReviewFixture.pod("a", initImages: ["b"], volumes: ["b"]),
        ] {
            let fixture = ReviewFixture(
                operation: "UPDATE", object: ReviewFixture.object("Pod", pod), oldObject: before)
            #expect(try Self.added(fixture) == ["b"])
        }
    }

    @Test func theContainerThatIsNewIsTheOneThatCounts() throws {
        let old: JSONTree = ["containers": [["name": "kept", "image": "a"]]]
        let new: JSONTree = ["containers": [["name": "new", "image": "a"], ["name": "kept", "image": "a"]]]
        let fixture = ReviewFixture(
            kind: "Deployment", operation: "UPDATE", object: ReviewFixture.object("Deployment", new),
            oldObject: ReviewFixture.object("Deployment", old))
        guard case .images(let change) = try Self.change(fixture) else {
            Issue.record("nothing was found")
            return
        }
        #expect(change.images.map(\.name) == ["new"])
    }

    @Test func anEphemeralContainerUpdateThatChangesOthersIsJudgedForThem() throws {
        let old = ReviewFixture.object("Pod", ReviewFixture.pod("a"))
        let new = ReviewFixture.object("Pod", ReviewFixture.pod("c", ephemeral: ["b"]))
        let fixture = ReviewFixture(
            operation: "UPDATE", subresource: "ephemeralcontainers", object: new, oldObject: old)
        #expect(try Self.added(fixture) == ["c", "b"])
    }

    // MARK: Ways around

    /// Nothing hangs on which of two statements is believed: they have to agree.
    @Test(
        arguments: [
            ("kind", ["group": "", "version": "v1", "kind": "ConfigMap"]),
            ("kind", ["group": "", "version": "v1", "kind": "pod"]),
            ("kind", ["group": "", "version": "v2", "kind": "Pod"]),
            ("kind", ["group": "apps", "version": "v1", "kind": "Pod"]),
            ("resource", ["group": "", "version": "v1", "resource": "configmaps"]),
            ("resource", ["group": "", "version": "v1", "resource": "Pods"]),
            ("resource", ["group": "apps", "version": "v1", "resource": "deployments"]),
            ("resource", ["group": "example.dev", "version": "v1", "resource": "pods"]),
            ("namespace", "elsewhere"), ("namespace", .null),
        ] as [(String, JSONTree)])
    func kindResourceAndNamespaceMustAgreeWithTheObject(_ field: String, _ value: JSONTree) async throws {
        var fixture = AdmissionReviewTests.pod
        fixture.edit = { $0[ExactString(field)] = value }
        #expect(try Self.code(fixture) == "service.malformed-request")
        let stated = StatedDecisions()
        let answer = try await stated.validate(fixture)
        #expect(answer.isAllowed == false && answer.code == 403 && stated.asked.isEmpty)
        #expect(try await stated.mutate(fixture).isAllowed == false)
    }

    @Test func aPodSentAsAnotherResourceIsNotPassedOver() throws {
        var fixture = ReviewFixture(kind: "ConfigMap", object: AdmissionReviewTests.pod.object)
        #expect(try Self.code(fixture) == "service.malformed-request")
        fixture = ReviewFixture(
            object: ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "ledger"], "data": [:]])
        #expect(try Self.code(fixture) == "service.malformed-request")
        // The object of `pods` is a Pod, whatever both of them say.
        fixture = ReviewFixture(kind: "ConfigMap", object: ["apiVersion": "v1", "kind": "ConfigMap"])
        fixture.edit = { $0["resource"] = ["group": "", "version": "v1", "resource": "pods"] }
        #expect(try Self.code(fixture) == "service.malformed-request")
    }

    @Test func anEquivalentVersionIsJudgedByTheObjectThatWasSent() throws {
        var fixture = ReviewFixture(kind: "Deployment", object: Self.object("Deployment", "one"))
        fixture.edit = { request in
            request["requestKind"] = ["group": "extensions", "version": "v1beta1", "kind": "Deployment"]
            request["requestResource"] = ["group": "extensions", "version": "v1beta1", "resource": "deployments"]
        }
        #expect(try Self.added(fixture) == ["one"])
    }

    @Test func theNamespaceIsThatOfTheRequest() async throws {
        // Before the API server sets it, the object may state none.
        var fixture = AdmissionReviewTests.pod
        fixture.object = ReviewFixture.object(
            "Pod", ReviewFixture.pod("one"), metadata: ["namespace": .null, "generateName": "ledger-", "name": ""])
        fixture.edit = { $0["name"] = nil }
        let stated = StatedDecisions()
        #expect(try await stated.validate(fixture).isAllowed == true)
        #expect(stated.asked.map(\.namespace) == ["finance"])
        #expect(
            stated.asked.first?.user
                == "Pod finance/ledger-, container app0, asked by system:serviceaccount:ci:deployer")
    }

    @Test func aRequestWithoutANamespaceIsAskedAboutWithoutOne() async throws {
        var kinds = WorkloadKinds()
        try kinds.add("Fleet=/spec/template/spec")
        let object = ReviewFixture.object("Fleet", ReviewFixture.pod("one"), metadata: ["namespace": .null])
        let stated = StatedDecisions()
        let fixture = ReviewFixture(kind: "Fleet", namespace: nil, object: object)
        #expect(try await stated.validate(fixture, kinds: kinds).isAllowed == true)
        #expect(stated.asked.map(\.namespace) == [nil])
    }

    @Test func ownersVouchForNothing() throws {
        for kind in ["Pod", "ReplicaSet"] {
            let owned: [ExactString: JSONTree] = [
                "ownerReferences": [
                    ["apiVersion": "apps/v1", "kind": "Deployment", "name": "a", "uid": "1", "controller": true]
                ]
            ]
            let object = ReviewFixture.object(kind, ReviewFixture.pod("one"), metadata: owned)
            #expect(try Self.added(ReviewFixture(kind: kind, object: object)) == ["one"])
        }
    }

    @Test func imagesThatAreNoReferencesAreJudgedAsTheyAre() async throws {
        for image in ["", " registry.example/app", "registry.example/app\n", "REGISTRY/App", "a\u{202e}b", "ﬁ/app"] {
            let stated = StatedDecisions([ExactString(image): .rejected()])
            let fixture = ReviewFixture(object: ReviewFixture.object("Pod", ReviewFixture.pod(image)))
            #expect(try await stated.validate(fixture).isAllowed == false)
            #expect(stated.images.map { ExactString($0) } == [ExactString(image)])
        }
    }

    @Test(
        arguments: [
            ["containers": ["image": "one"]], ["containers": ["one"]], ["containers": [["image": 5]]],
            ["volumes": [["image": "one"]]], ["initContainers": "one"], "one", ["containers": [["image": ["one"]]]],
        ] as [JSONTree])
    func anObjectOfAnotherShapeFailsClosed(_ pod: JSONTree) async throws {
        for kind in ["Pod", "Deployment", "CronJob"] {
            let fixture = ReviewFixture(kind: kind, object: ReviewFixture.object(kind, pod))
            #expect(try Self.code(fixture) == "service.malformed-request", "\(kind)")
            #expect(try await StatedDecisions().validate(fixture).isAllowed == false)
            let lenient = try await StatedDecisions(blocksUnread: false).validate(fixture)
            #expect(lenient.isAllowed == true && lenient.warnings.count == 1)
            #expect(lenient.annotation("reason-codes") == "service.malformed-request")
        }
    }

    @Test func anObjectThatIsNoneFailsClosed() throws {
        for object: JSONTree in ["Pod", ["Pod"], 5, [:]] {
            #expect(try Self.code(ReviewFixture(object: object)) == "service.malformed-request")
        }
    }

    // MARK: Custom resources

    @Test func aKindThatSeemsToRunImagesFailsClosedUntilItIsConfigured() async throws {
        let object = ReviewFixture.object("Rollout", ReviewFixture.pod("one"))
        let fixture = ReviewFixture(kind: "Rollout", object: object)
        #expect(try Self.code(fixture) == "service.unread-workload")
        let answer = try await StatedDecisions().validate(fixture)
        #expect(answer.isAllowed == false && answer.message.contains("service.unread-workload"))
        var kinds = WorkloadKinds()
        try kinds.add("Rollout=/spec/template/spec")
        #expect(try Self.added(fixture, kinds: kinds) == ["one"])
        // Of another group, and shaped otherwise than the API's own: not passed over either.
        let job = ReviewFixture.object("Job", [:])
        var volcano = ReviewFixture(kind: "Job", object: job)
        volcano.object = [
            "apiVersion": "batch.volcano.example/v1", "kind": "Job", "metadata": ["name": "a"],
            "spec": ["tasks": [["template": ["spec": ["containers": [["image": "one"]]]]]]],
        ]
        volcano.edit = { request in
            request["kind"] = ["group": "batch.volcano.example", "version": "v1", "kind": "Job"]
            request["resource"] = ["group": "batch.volcano.example", "version": "v1", "resource": "jobs"]
        }
        #expect(try Self.code(volcano) == "service.unread-workload")
        try kinds.add("Job=/spec/tasks/*/template/spec")
        #expect(try Self.added(volcano, kinds: kinds) == ["one"])
    }

    // MARK: Bounds

    @Test func moreImagesThanOneRequestIsJudgedForAreRefused() throws {
        func fixture(_ count: Int, distinct: Bool) -> ReviewFixture {
            let images = (0..<count).map { distinct ? "registry.example/a\($0)" : "registry.example/a" }
            return ReviewFixture(
                kind: "Deployment", object: ReviewFixture.object("Deployment", Self.pod(images)))
        }
        #expect(try Self.added(fixture(256, distinct: true))?.count == 256)
        #expect(try Self.code(fixture(257, distinct: true)) == "service.too-many-images")
        #expect(try Self.added(fixture(4_096, distinct: false))?.count == 4_096)
        #expect(try Self.code(fixture(4_097, distinct: false)) == "service.too-many-images")
    }

    @Test func anImageIsJudgedOnceForAllItsContainers() async throws {
        let stated = StatedDecisions()
        let pod = ReviewFixture.pod("one", "one", "two", initImages: ["one"])
        let fixture = ReviewFixture(object: ReviewFixture.object("Pod", pod), isDryRun: true)
        #expect(try await stated.validate(fixture).isAllowed == true)
        #expect(stated.images == ["one", "two"] && stated.asked.allSatisfy(\.isDryRun))
        #expect(
            stated.asked.first?.user
                == "Pod finance/ledger, container app0, container app1, init container init0, asked by system:serviceaccount:ci:deployer"
        )
    }

    @Test func aServiceThatAnswersTooLittleAdmitsNothing() async throws {
        let judge = ImageJudge(decide: { _, _ in [] }, blocksUnread: { _ in true }, report: { _ in })
        let surface = KubernetesValidation(judge: judge, configuration: KubernetesConfiguration())
        let answer = try await GivenAnswer(surface.answer(.to("/", AdmissionReviewTests.pod.body)))
        #expect(answer.isAllowed == false && answer.message.contains("internal.inconsistent"))
    }
}

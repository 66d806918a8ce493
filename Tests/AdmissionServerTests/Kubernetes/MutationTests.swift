import AdmissionPolicy
import AdmissionService
import Kubernetes
import OCI
import StrictEncoding
import Testing

@testable import AdmissionServer

/// Pods are pinned to what was verified, and nothing else is touched.
@Suite struct KubernetesMutationTests {
    private static func pinned(_ image: String) -> String {
        let reference = try? ImageReference(parsing: image)
        return "\(reference?.description ?? "")@\(ImageDecision.digest(image))"
    }

    private static func fixture(_ kind: String = "Pod", _ pod: JSONTree) -> ReviewFixture {
        ReviewFixture(kind: kind, object: ReviewFixture.object(kind, pod))
    }

    @Test func aPodIsPinnedToWhatWasVerified() async throws {
        let answer = try await StatedDecisions().mutate(Self.fixture("Pod", ReviewFixture.pod("registry.example/a:v1")))
        #expect(answer.isAllowed == true)
        #expect(
            try answer.patch == [
                ["op": "test", "path": "/spec/containers/0/image", "value": "registry.example/a:v1"],
                [
                    "op": "replace", "path": "/spec/containers/0/image",
                    "value": .string(Self.pinned("registry.example/a:v1")),
                ],
            ])
    }

    @Test func whatHasADigestWasNotReadOrNotAdmittedStaysAsItIs() async throws {
        let digest = "registry.example/a@" + ImageDecision.digest("x")
        let elsewhere = ImageDecision(
            verdict: .admit, isBlocked: false, enforcement: .always,
            pinned: try ImageReference(parsing: "registry.example/other:v1@" + ImageDecision.digest("x")))
        let tagged = ImageDecision(
            verdict: .admit, isBlocked: false, enforcement: .always,
            pinned: try ImageReference(parsing: "registry.example/tagged:v2@" + ImageDecision.digest("x")))
        let unresolved = ImageDecision(
            verdict: .admit, isBlocked: false, enforcement: .always, pinned: try ImageReference(parsing: "open:v1"))
        var warned = ImageDecision.rejected(ImageDecision.warned)
        warned.pinned = try ImageReference(parsing: "warned:v1@" + ImageDecision.digest("x"))
        let stated = StatedDecisions([
            "unread:v1": .admitted("unread:v1", isRead: false), "bad:v1": .rejected(), "warned:v1": warned,
            "registry.example/elsewhere:v1": elsewhere, "registry.example/tagged:v1": tagged, "open:v1": unresolved,
        ])
        let pod = ReviewFixture.pod(
            digest, "unread:v1", "bad:v1", "warned:v1", "registry.example/elsewhere:v1", "registry.example/tagged:v1",
            "open:v1", "docker://registry.example/a:v1", "No Reference", "")
        let answer = try await stated.mutate(Self.fixture("Pod", pod))
        #expect(answer.isAllowed == true && answer.response?["status"] == nil)
        #expect(try answer.patch.isEmpty)
    }

    @Test func mutatingDeniesNothingThatItCouldRead() async throws {
        for enforcement in [Enforcement.always, ImageDecision.warned] {
            let stated = StatedDecisions(["bad": .rejected(enforcement)])
            let answer = try await stated.mutate(Self.fixture("Pod", ReviewFixture.pod("bad", "good:v1")))
            #expect(answer.isAllowed == true && answer.warnings.isEmpty)
            #expect(try answer.patch.count == 2)
        }
    }

    @Test func templatesArePinnedOnRequestOnly() async throws {
        for kind in ReviewFixture.workloads where kind != "Pod" {
            let fixture = Self.fixture(kind, ReviewFixture.pod("a:v1"))
            let stated = StatedDecisions()
            let off = try await stated.mutate(fixture, pinning: .pods)
            #expect(try off.patch.isEmpty && off.annotation("not-judged") == "not-pinned")
            // Where nothing is pinned, nothing is read: nobody waits twice.
            #expect(stated.asked.isEmpty)
            #expect(try await stated.mutate(fixture, pinning: .podsAndTemplates).patch.count == 2, "\(kind)")
        }
        let stated = StatedDecisions()
        let answer = try await stated.mutate(Self.fixture("Pod", ReviewFixture.pod("a:v1")), pinning: .off)
        #expect(try answer.patch.isEmpty && stated.asked.isEmpty)
    }

    @Test func whatAControllerMadeAfterItsTemplateStaysLikeIt() async throws {
        let owned: [ExactString: JSONTree] = [
            "ownerReferences": [["apiVersion": "apps/v1", "kind": "Deployment", "name": "a", "controller": true]]
        ]
        let object = ReviewFixture.object("ReplicaSet", ReviewFixture.pod("a:v1"), metadata: owned)
        let fixture = ReviewFixture(kind: "ReplicaSet", object: object)
        #expect(try await StatedDecisions().mutate(fixture, pinning: .podsAndTemplates).patch.isEmpty)
        // Nor is it rejected for it, but it is judged.
        #expect(try await StatedDecisions().validate(fixture, pinning: .podsAndTemplates).isAllowed == true)
        let bad = StatedDecisions(["a:v1": .rejected()])
        #expect(try await bad.validate(fixture, pinning: .podsAndTemplates).isAllowed == false)
        // A Pod of a ReplicaSet is pinned like any other.
        let pod = ReviewFixture(object: ReviewFixture.object("Pod", ReviewFixture.pod("a:v1"), metadata: owned))
        #expect(try await StatedDecisions().mutate(pod).patch.count == 2)
    }

    @Test func anUpdateLeavesWhatRanBeforeAlone() async throws {
        // Pinning a container that runs already would restart it.
        let old = ReviewFixture.object("Pod", ReviewFixture.pod("a:v1", "b:v1"))
        let new = ReviewFixture.object("Pod", ReviewFixture.pod("a:v1", "b:v2"))
        let answer = try await StatedDecisions().mutate(
            ReviewFixture(operation: "UPDATE", object: new, oldObject: old))
        #expect(try answer.patch.map { $0["path"] } == ["/spec/containers/1/image", "/spec/containers/1/image"])
    }

    @Test func onlyEphemeralContainersAreChangedThroughTheirSubresource() async throws {
        let old = ReviewFixture.object("Pod", ReviewFixture.pod("a:v1", ephemeral: ["debug:v1"]))
        let new = ReviewFixture.object("Pod", ReviewFixture.pod("a:v2", ephemeral: ["debug:v1", "debug:v2"]))
        let update = { (subresource: String) in
            ReviewFixture(operation: "UPDATE", subresource: subresource, object: new, oldObject: old)
        }
        let answer = try await StatedDecisions().mutate(update("ephemeralcontainers"))
        #expect(
            try Set(answer.patch.compactMap { $0["path"].map { answer.text($0) } }) == [
                "/spec/ephemeralContainers/1/image"
            ])
        #expect(try await StatedDecisions().mutate(update("resize")).patch.isEmpty)
    }

    // MARK: Properties

    /// Over many pods: the patch, applied, gives exactly the pinned images and changes nothing else; a second call
    /// changes nothing more; and the validating webhook takes the result.
    @Test func thePatchGivesThePinnedImagesAndNothingElse() async throws {
        var random = SplitMix(state: 7)
        let names = ["registry.example/a", "registry.example:5000/b/c", "debian", "team/app", "[::1]:5000/d"]
        for round in 0..<200 {
            func images() -> [String] {
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                    let name = names[Int.random(in: 0..<names.count, using: &random)]
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: return name
                    case 1: return "\(name)@\(ImageDecision.digest("fixed"))"
                    default: return "\(name):v\(Int.random(in: 0..<3, using: &random))"
                    }
                }
            }
            let lists = [images(), images(), images(), images()]
            func containers(_ images: [String]) -> JSONTree {
                .array(images.enumerated().map { ["name": .string("c\($0)"), "image": .string($1), "stdin": true] })
            }
            func pod(_ lists: [[String]]) -> JSONTree {
                [
                    "containers": containers(lists[0]), "initContainers": containers(lists[1]),
                    "ephemeralContainers": containers(lists[2]),
                    "volumes": .array(
                        lists[3].enumerated().map {
                            ["name": .string("v\($0)"), "image": ["reference": .string($1), "pullPolicy": "Always"]]
                        } + [["name": "e", "emptyDir": [:]]]),
                    "nodeSelector": ["image": "a:v1"],
                ]
            }
            let kind = ReviewFixture.workloads[round % ReviewFixture.workloads.count]
            let given = Self.fixture(kind, pod(lists))
            let expected = lists.map { $0.map { $0.utf8.contains(UInt8(ascii: "@")) ? $0 : Self.pinned($0) } }
            let stated = StatedDecisions()
            let patch = try await stated.mutate(given, pinning: .podsAndTemplates).patch
            let object = try #require(given.object)
            let patched = try #require(JSONPatch.apply(patch, to: object))
            #expect(patched == ReviewFixture.object(kind, pod(expected)))
            #expect(patch.count == 2 * lists.joined().count { !$0.utf8.contains(UInt8(ascii: "@")) })

            let again = ReviewFixture(kind: kind, object: patched)
            #expect(try await stated.mutate(again, pinning: .podsAndTemplates).patch.isEmpty)
            #expect(try await stated.validate(again, pinning: .podsAndTemplates).isAllowed == true)
            // On an object that somebody changed in between, the patch fails as a whole.
            if !patch.isEmpty {
                let changed = ReviewFixture.object(kind, pod(lists.map { $0.map { _ in "other:v1" } }))
                #expect(JSONPatch.apply(patch, to: changed) == nil)
            }
        }
    }

    @Test func oddNamesOfMembersAreEscapedInPaths() async throws {
        var kinds = WorkloadKinds()
        try kinds.add("Odd=/spec/*/pod")
        let object: JSONTree = [
            "apiVersion": "example.dev/v1", "kind": "Odd", "metadata": ["name": "a", "namespace": "finance"],
            "spec": ["a/b~c": ["pod": ["containers": [["name": "c", "image": "a:v1"]]]]],
        ]
        let fixture = ReviewFixture(kind: "Odd", object: object)
        let patch = try await StatedDecisions().mutate(fixture, pinning: .podsAndTemplates, kinds: kinds).patch
        #expect(patch.first?["path"] == "/spec/a~1b~0c/pod/containers/0/image")
        #expect(JSONPatch.apply(patch, to: object) != nil)
    }
}

/// `test` and `replace` of RFC 6902, as an API server applies them: all or nothing.
enum JSONPatch {
    static func apply(_ operations: [JSONTree], to object: JSONTree) -> JSONTree? {
        var object = object
        for operation in operations {
            guard case .string(let path)? = operation["path"], let value = operation["value"] else { return nil }
            let steps = path.split(separator: "/").map {
                String($0).replacing("~1", with: "/").replacing("~0", with: "~")
            }
            switch operation["op"] {
            case "test": guard find(steps[...], in: object) == value else { return nil }
            case "replace":
                guard let changed = replace(steps[...], in: object, with: value) else { return nil }
                object = changed
            default: return nil
            }
        }
        return object
    }

    private static func find(_ steps: ArraySlice<String>, in value: JSONTree) -> JSONTree? {
        guard let step = steps.first else { return value }
        return child(step, of: value).flatMap { find(steps.dropFirst(), in: $0) }
    }

    private static func replace(_ steps: ArraySlice<String>, in value: JSONTree, with new: JSONTree) -> JSONTree? {
        guard let step = steps.first else { return new }
        guard let old = child(step, of: value), let changed = replace(steps.dropFirst(), in: old, with: new) else {
            return nil
        }
        switch value {
        case .object(var members):
            members[ExactString(step)] = changed
            return .object(members)
        case .array(var elements):
            guard let index = Int(step) else { return nil }
            elements[index] = changed
            return .array(elements)
        default: return nil
        }
    }

    private static func child(_ step: String, of value: JSONTree) -> JSONTree? {
        if case .array(let elements) = value {
            guard let index = Int(step), elements.indices.contains(index) else { return nil }
            return elements[index]
        }
        return value[step]
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

import Admission
import AdmissionPolicy
import AdmissionService
import Findings
import Kubernetes
import StrictEncoding
import Testing

@testable import AdmissionServer

/// What a denial says, who is warned, and what has to be named by digest.
@Suite struct KubernetesValidationTests {
    /// Who is to run an image is said for each image: a name of a megabyte costs as much for two hundred of them as for
    /// one.
    @Test func aLongNameIsNotReadAnewForEachImage() async throws {
        let long = String(repeating: "n", count: 1 << 20)
        let containers: [JSONTree] = (0..<250).map { ["name": "app", "image": .string("registry.example/a\($0):v1")] }
        var fixture = ReviewFixture(
            object: ReviewFixture.object("Pod", ["containers": .array(containers)], metadata: ["name": .string(long)]))
        fixture.edit = { $0["name"] = .string(long) }
        let body = fixture.body
        let stated = StatedDecisions()
        let surface = KubernetesValidation(judge: stated.judge, configuration: KubernetesConfiguration(pinning: .off))
        let request = try SurfaceRequest.to("/v1/kubernetes/validate", body)
        let time = await ContinuousClock().measure { _ = await surface.answer(request) }
        #expect(stated.asked.count == 250)
        #expect(stated.asked.allSatisfy { ($0.user ?? "").utf8.count == 1_024 })
        #expect(stated.asked.allSatisfy { ($0.user ?? "").hasPrefix("Pod finance/nnn") })
        // A debug build on a busy machine; read anew each time it takes minutes.
        #expect(time < .seconds(10))
    }

    private static func pod(_ images: String...) -> ReviewFixture {
        let containers = images.enumerated().map { ["name": .string("c\($0)"), "image": .string($1)] as JSONTree }
        return ReviewFixture(object: ReviewFixture.object("Pod", ["containers": .array(containers)]))
    }

    // MARK: Denials

    @Test func aDenialSaysWhereWhatAndWhatWouldMendIt() async throws {
        let stated = StatedDecisions(["registry.example/bad:v1": .rejected()])
        let pod = ReviewFixture.pod(
            "registry.example/good:v1", "registry.example/bad:v1", initImages: ["registry.example/bad:v1"])
        let answer = try await stated.validate(
            ReviewFixture(kind: "Deployment", object: ReviewFixture.object("Deployment", pod)))
        #expect(answer.isAllowed == false && answer.code == 403)
        #expect(
            answer.message == """
                1 of 2 images of Deployment `ledger` is not admitted to namespace `finance`
                - `registry.example/bad:v1` (container `app1`, init container `init0`), verdict 01je
                  policy.denied-signer: one of two signers is missing
                  rule: team/finance#corporate-signature
                  expected: `corporate`
                  found: `nobody`
                  mend: sign the image with the corporate key
                """)
        #expect(answer.response?["status"]?["reason"] == "Forbidden")
        #expect(answer.response?["status"]?["status"] == "Failure")
        let details = answer.response?["status"]?["details"]
        #expect(details?["name"] == "ledger" && details?["group"] == "apps" && details?["kind"] == "Deployment")
        #expect(
            answer.causes == [
                [
                    "reason": "policy.denied-signer", "message": "one of two signers is missing",
                    "field": "spec.template.spec.containers[1].image",
                ],
                [
                    "reason": "policy.denied-signer", "message": "one of two signers is missing",
                    "field": "spec.template.spec.initContainers[0].image",
                ],
            ])
        #expect(answer.annotation("verdict") == "reject")
        #expect(answer.annotation("reason-codes") == "policy.denied-signer")
        #expect(answer.annotation("verdict-ids") == "01jd,01je")
        #expect(answer.warnings.isEmpty && answer.response?["patch"] == nil)
    }

    @Test func whatIsSaidTwiceIsSaidOnce() async throws {
        let finding = Finding(.policyDeniedSigner, "expected `a`, found `b`", expected: "`a`", found: "`b`")
        let answer = try await StatedDecisions(["bad": .rejected(.always, finding)]).validate(Self.pod("bad"))
        #expect(!answer.message.contains("expected: ") && !answer.message.contains("found: "))
        #expect(answer.message.contains("mend: "))
    }

    @Test func oneImageOfManyIsEnoughForADenial() async throws {
        let answer = try await StatedDecisions(["bad": .rejected()]).validate(Self.pod("a", "b", "bad", "c"))
        #expect(answer.isAllowed == false && answer.message.hasPrefix("1 of 4 images of Pod `ledger`"))
    }

    @Test func undecidedIsBlockedLikeReject() async throws {
        let undecided = ImageDecision(
            verdict: .undecided, isBlocked: true, enforcement: .always,
            headline: Finding(.serviceDeadlineExceeded, "no verdict within 4.5 s"), id: nil)
        let answer = try await StatedDecisions(["slow": undecided]).validate(Self.pod("slow"))
        #expect(answer.isAllowed == false && answer.annotation("verdict") == "undecided")
        #expect(answer.message.contains("service.deadline-exceeded") && !answer.message.contains(", verdict"))
    }

    @Test func aDenialIsBoundedHoweverMuchIsWrong() async throws {
        let long = String(repeating: "é", count: 5_000)
        let images = (0..<250).map { "registry.example/\($0)/\(long)" }
        let finding = Finding(.policyDeniedSigner, long, expected: long + "1", found: long + "2", mend: long)
        let stated = StatedDecisions(
            Dictionary(images.map { (ExactString($0), .rejected(.always, finding)) }) { first, _ in first })
        let containers = images.enumerated().map { number, image in
            ["name": .string("c\(number)\(long)"), "image": .string(image)] as JSONTree
        }
        let pod: JSONTree = ["containers": .array(containers)]
        let answer = try await stated.validate(
            ReviewFixture(object: ReviewFixture.object("Pod", pod, metadata: ["name": .string(long)])))
        #expect(answer.isAllowed == false)
        #expect(answer.message.utf8.count <= WebhookText.longestMessage)
        #expect(answer.message.hasPrefix("250 of 250 images of Pod `"))
        #expect(answer.causes.count == WebhookText.mostCauses)
        let body = answer.root.canonicalBytes()
        #expect(body.count < 64 << 10)
        for key in ["verdict", "reason-codes", "verdict-ids"] {
            #expect((answer.annotation(key) ?? "").utf8.count <= AdmissionAnswer.longestAnnotation)
        }
        #expect(stated.asked.allSatisfy { ($0.user ?? "").utf8.count <= 1_024 })
    }

    @Test func imagesWithTheSameReasonAreToldTogether() async throws {
        let other = Finding(.serviceOverloaded, "too much at once", mend: "ask again")
        let stated = StatedDecisions([
            "bad:1": .rejected(), "busy": .rejected(.always, other), "bad:2": .rejected(),
        ])
        let answer = try await stated.validate(Self.pod("bad:1", "busy", "bad:2"))
        #expect(
            answer.message == """
                3 of 3 images of Pod `ledger` are not admitted to namespace `finance`
                - `bad:1` (container `c0`), verdict 01je
                - `bad:2` (container `c2`), verdict 01je
                  policy.denied-signer: one of two signers is missing
                  rule: team/finance#corporate-signature
                  expected: `corporate`
                  found: `nobody`
                  mend: sign the image with the corporate key
                - `busy` (container `c1`), verdict 01je
                  service.overloaded: too much at once
                  mend: ask again
                """)
    }

    @Test func manyImagesAreToldShortly() async throws {
        let images = (0..<20).map { "bad\($0)" }
        let stated = StatedDecisions(
            Dictionary(images.map { (ExactString($0), .rejected()) }) { first, _ in first })
        let containers = images.map { ["name": .string("c-\($0)"), "image": .string($0)] as JSONTree }
        let answer = try await stated.validate(
            ReviewFixture(object: ReviewFixture.object("Pod", ["containers": .array(containers)])))
        #expect(answer.message.hasPrefix("20 of 20 images") && answer.message.hasSuffix("and 12 more images"))
    }

    @Test func hostileTextReachesNoTerminal() async throws {
        let hostile = "a\u{1b}[31m\n\u{202e}`b"
        let pod: JSONTree = ["containers": [["name": .string(hostile), "image": .string(hostile)]]]
        for enforcement in [Enforcement.always, ImageDecision.warned] {
            let finding = Finding(.policyDeniedSigner, hostile, expected: hostile + "1", rule: hostile, mend: hostile)
            let stated = StatedDecisions([ExactString(hostile): .rejected(enforcement, finding)])
            let answer = try await stated.validate(
                ReviewFixture(object: ReviewFixture.object("Pod", pod, metadata: ["name": .string(hostile)])))
            for text in [answer.message] + answer.warnings + [stated.asked.first?.user ?? ""] {
                #expect(!text.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{202e}" })
            }
            #expect(!answer.warnings.contains { $0.utf8.contains(0x0A) })
            #expect(answer.warnings.count == (enforcement.isEnforced ? 0 : 1))
        }
    }

    // MARK: Warnings

    @Test func whatIsNotEnforcedPassesWithAWarning() async throws {
        let answer = try await StatedDecisions(["bad": .rejected(ImageDecision.warned)]).validate(
            Self.pod("bad", "good"))
        #expect(answer.isAllowed == true && answer.response?["status"] == nil)
        #expect(
            answer.warnings == [
                "`bad` (container `c0`) would not be admitted: policy.denied-signer: one of two signers is missing"
            ])
        #expect(answer.annotation("verdict") == "reject")
    }

    @Test func aPilotThatWasNotDrawnWarns() async throws {
        let pilot = (1...100).lazy.map {
            Enforcement(
                .pilot(percent: 1), policy: PolicyName(source: "team", name: "p\($0)"), namespace: "finance")
        }
        let undrawn = try #require(pilot.first { !$0.isEnforced })
        let answer = try await StatedDecisions(["bad": .rejected(undrawn)]).validate(Self.pod("bad"))
        #expect(answer.isAllowed == true && answer.warnings.count == 1)
    }

    @Test func whoeverObservesIsNotHeard() async throws {
        let answer = try await StatedDecisions(["bad": .rejected(ImageDecision.observed)]).validate(Self.pod("bad"))
        #expect(answer.isAllowed == true && answer.warnings.isEmpty)
        #expect(answer.annotation("reason-codes") == "policy.denied-signer")
    }

    @Test func warningsFitTheAPIServersBounds() async throws {
        let images = (0..<100).map { "registry.example/\(String(repeating: "ä", count: 60))\($0)" }
        let long = Finding(.policyDeniedSigner, String(repeating: "ö", count: 400))
        let stated = StatedDecisions(
            Dictionary(images.map { (ExactString($0), .rejected(ImageDecision.warned, long)) }) { first, _ in first })
        let containers = images.map { ["name": "c", "image": .string($0)] as JSONTree }
        let answer = try await stated.validate(
            ReviewFixture(object: ReviewFixture.object("Pod", ["containers": .array(containers)])))
        #expect(answer.warnings.allSatisfy { $0.utf8.count <= 256 })
        #expect(answer.warnings.reduce(0) { $0 + $1.utf8.count } <= WebhookText.longestWarnings)
        let told = answer.warnings.count - 1
        #expect(told > 3 && answer.warnings.last == "\(100 - told) more images would not be admitted")
    }

    @Test func aDenialAlsoWarnsOfTheRest() async throws {
        let answer = try await StatedDecisions(["bad": .rejected(), "odd": .rejected(ImageDecision.warned)])
            .validate(Self.pod("bad", "odd"))
        #expect(answer.isAllowed == false && answer.warnings.count == 1)
        #expect(answer.message.hasPrefix("1 of 2 images"))
    }

    // MARK: Names without digest

    @Test func whereImagesArePinnedATagIsRejected() async throws {
        let image = "registry.example/app:v1"
        let answer = try await StatedDecisions().validate(Self.pod(image), pinning: .pods)
        #expect(answer.isAllowed == false && answer.annotation("reason-codes") == "service.unpinned-reference")
        let pinned = "\(image)@\(ImageDecision.digest(image))"
        #expect(answer.message.contains("mend: name it \(pinned), or let the mutating webhook do so"))
        #expect(try await StatedDecisions().validate(Self.pod(pinned), pinning: .pods).isAllowed == true)
        #expect(try await StatedDecisions().validate(Self.pod(image), pinning: .off).isAllowed == true)
    }

    @Test func aTagIsRejectedInTemplatesOnlyWhereTheyArePinned() async throws {
        for kind in ReviewFixture.workloads where kind != "Pod" {
            let fixture = ReviewFixture(kind: kind, object: ReviewFixture.object(kind, ReviewFixture.pod("a:v1")))
            #expect(try await StatedDecisions().validate(fixture, pinning: .pods).isAllowed == true, "\(kind)")
            #expect(try await StatedDecisions().validate(fixture, pinning: .podsAndTemplates).isAllowed == false)
            // Its images are judged all the same.
            #expect(
                try await StatedDecisions(["a:v1": .rejected()]).validate(fixture, pinning: .pods).isAllowed == false)
        }
    }

    @Test func aTagThatNobodyHadToReadPasses() async throws {
        let stated = StatedDecisions(["a:v1": .admitted("a:v1", isRead: false)])
        #expect(try await stated.validate(Self.pod("a:v1"), pinning: .pods).isAllowed == true)
    }

    @Test func aTagIsWarnedOfWhereThePolicyWarns() async throws {
        for (enforcement, count) in [(ImageDecision.warned, 1), (ImageDecision.observed, 0)] {
            let stated = StatedDecisions(["a:v1": .admitted("a:v1", enforcement)])
            let answer = try await stated.validate(Self.pod("a:v1"), pinning: .pods)
            #expect(answer.isAllowed == true && answer.warnings.count == count)
        }
    }

    @Test func anEphemeralContainerIsHeldToItsDigestToo() async throws {
        let old = ReviewFixture.object("Pod", ReviewFixture.pod("old:v1"))
        let new = ReviewFixture.object("Pod", ReviewFixture.pod("old:v1", ephemeral: ["debug:v1"]))
        let fixture = ReviewFixture(
            operation: "UPDATE", subresource: "ephemeralcontainers", object: new, oldObject: old)
        let stated = StatedDecisions()
        let answer = try await stated.validate(fixture, pinning: .pods)
        #expect(answer.isAllowed == false && stated.images == ["debug:v1"])
        #expect(answer.causes.first?["field"] == "spec.ephemeralContainers[0].image")
    }

    // MARK: Operators

    @Test func whatTheWebhookRefusesByItselfIsReported() async throws {
        let unpinned = StatedDecisions(["b:v1": .admitted("b:v1", ImageDecision.warned)])
        _ = try await unpinned.validate(Self.pod("a:v1", "b:v1"), pinning: .pods)
        #expect(unpinned.refusals.map(\.finding.code.name) == Array(repeating: "service.unpinned-reference", count: 2))
        #expect(unpinned.refusals.map(\.isBlocked) == [true, false])
        #expect(unpinned.refusals.map(\.image) == ["a:v1", "b:v1"])
        #expect(unpinned.refusals.map(\.namespace) == ["finance", "finance"])

        for isBlocked in [true, false] {
            let unread = StatedDecisions(blocksUnread: isBlocked)
            _ = try await unread.validate(
                ReviewFixture(kind: "Rollout", object: ReviewFixture.object("Rollout", ReviewFixture.pod("a"))))
            #expect(unread.refusals.map(\.finding.code.name) == ["service.unread-workload"])
            #expect(unread.refusals.map(\.isBlocked) == [isBlocked])
            #expect(
                unread.refusals.first?.user == "Rollout finance/ledger, asked by system:serviceaccount:ci:deployer")
        }

        let malformed = StatedDecisions()
        var fixture = Self.pod("a:v1")
        fixture.edit = { $0["operation"] = "PATCH" }
        _ = try await malformed.mutate(fixture)
        #expect(malformed.refusals.map(\.finding.code.name) == ["service.malformed-request"])
        #expect(malformed.refusals.first?.asker.surface == .kubernetesMutate)

        // What was decided of images, the service reports itself.
        let decided = StatedDecisions(["bad": .rejected()])
        _ = try await decided.validate(Self.pod("bad", "good"))
        #expect(decided.refusals.isEmpty)
    }

    // MARK: No side effects

    @Test func aDryRunGetsTheSameAnswer() async throws {
        for image in ["good", "bad"] {
            var fixture = Self.pod(image)
            let stated = StatedDecisions(["bad": .rejected()])
            let real = try await stated.validate(fixture)
            fixture.isDryRun = true
            let dry = try await stated.validate(fixture)
            #expect(real.root == dry.root)
            #expect(stated.asked.map(\.isDryRun) == [false, true])
        }
    }
}

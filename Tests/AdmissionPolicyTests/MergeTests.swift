import Content
import Findings
import OCI
import Testing

@testable import AdmissionPolicy

@Suite struct MergeTests {
    private static let failing = "- {id: i, on: image, image: {tag: {in: [other]}}}"
    private static let undecided = PolicyText.base(proof: "[layers]", by: nil, digests: [.alpine])

    private func policy(
        _ name: String, _ require: String = PolicyText.signature, stage: String = "{stage: enforce}"
    ) throws -> AdmissionPolicy {
        var text = PolicyText()
        text.name = name
        text.require = require
        text.stage = stage
        return try text.load()
    }

    @Test func rejectsWhatNoPolicyMatches() throws {
        let none = PolicyEvaluator.evaluate([], try Facts.admitted())
        expectReject(none, "policy.none-matches")
        #expect(none.enforcement == .always)
        #expect(none.policies.isEmpty)
        let other = PolicyEvaluator.evaluate(
            [try policy("a")], try Facts.admitted { $0.request.namespace = "elsewhere" })
        expectReject(other, "policy.none-matches")
        let unnamed = PolicyEvaluator.evaluate([try policy("a")], try Facts.admitted { $0.request.namespace = nil })
        expectReject(unnamed, "policy.none-matches")
    }

    @Test func everyMatchingPolicyHasToAdmit() throws {
        let document = try Facts.admitted()
        expectAdmit(PolicyEvaluator.evaluate([try policy("a"), try policy("b")], document))
        let evaluation = PolicyEvaluator.evaluate([try policy("a"), try policy("b", Self.failing)], document)
        expectReject(evaluation, "image-rule.tag-differs")
        #expect(evaluation.policies.map(\.verdict) == [.admit, .reject])
        #expect(evaluation.findings.map(\.rule) == ["payments/b#i"])
    }

    @Test func rejectBeatsUndecidedBeatsAdmit() throws {
        let document = try Facts.admitted()
        let admit = try policy("a")
        let undecided = try policy("b", Self.undecided)
        let reject = try policy("c", Self.failing)
        func verdict(_ policies: AdmissionPolicy...) -> Verdict { PolicyEvaluator.evaluate(policies, document).verdict }
        #expect(verdict(admit, undecided) == .undecided)
        #expect(verdict(undecided, reject) == .reject)
        #expect(verdict(reject, undecided, admit) == .reject)
        // Within one policy too.
        #expect(verdict(try policy("d", PolicyText.signature + "\n" + Self.undecided)) == .undecided)
        #expect(verdict(try policy("e", Self.failing + "\n" + Self.undecided)) == .reject)
    }

    @Test func theStrictestStageOfThoseThatRejectCounts() throws {
        let document = try Facts.admitted()
        func enforcement(_ policies: AdmissionPolicy...) -> Enforcement {
            PolicyEvaluator.evaluate(policies, document).enforcement
        }
        let observe = try policy("a", Self.failing, stage: "{stage: observe}")
        let warn = try policy("b", Self.failing, stage: "{stage: warn}")
        let enforce = try policy("c", Self.failing)
        let admits = try policy("d")
        let unknown = try policy("e", Self.undecided)
        #expect(enforcement(observe).stage == .observe)
        #expect(!enforcement(observe).isEnforced)
        #expect(enforcement(observe, warn).stage == .warn)
        #expect(enforcement(warn, observe).stage == .warn)
        #expect(enforcement(observe, enforce, warn) == .always)
        // One that admits does not make another's observation binding.
        #expect(enforcement(observe, admits).stage == .observe)
        // One that can't decide is treated as one that rejects.
        #expect(enforcement(observe, unknown) == .always)
        // The stage never changes the verdict.
        #expect(PolicyEvaluator.evaluate([observe], document).verdict == .reject)
    }

    @Test func orderOfPoliciesDoesNotMatter() throws {
        let document = try Facts.admitted()
        let policies = [try policy("b", Self.failing), try policy("a"), try policy("c", Self.undecided)]
        let evaluation = PolicyEvaluator.evaluate(policies, document)
        #expect(PolicyEvaluator.evaluate(policies.reversed(), document) == evaluation)
        #expect(evaluation.policies.map(\.policy.name) == ["a", "b", "c"])
    }

    @Test func contradictoryImageIsRejectedWhateverTheRulesAskAndWhateverTheStage() throws {
        let observing = try policy("a", stage: "{stage: observe}")
        let document = try Facts.admitted {
            $0.image.platforms[0].configuration = .failure(UnreadContent(Finding(.contentWrongDigest, "why")))
        }
        let evaluation = PolicyEvaluator.evaluate([observing], document)
        expectReject(evaluation, "content.digest-mismatch")
        #expect(evaluation.enforcement == .always)
        // One that merely could not be had is no contradiction.
        let absent = try Facts.admitted {
            $0.image.platforms[0].configuration = .failure(UnreadContent(Finding(.imageNotFound, "why")))
        }
        expectAdmit(PolicyEvaluator.evaluate([observing], absent))
    }

    /// No file can say so; a policy that is made otherwise must not admit either.
    @Test func rejectsPolicyThatRequiresNothing() throws {
        let loaded = try policy("a")
        let empty = AdmissionPolicy(
            name: loaded.name, owner: loaded.owner, stage: loaded.stage, scope: loaded.scope, signers: loaded.signers,
            require: [], deny: [], fileDigest: loaded.fileDigest, place: loaded.place)
        let evaluation = PolicyEvaluator.evaluate([empty], try Facts.admitted())
        expectReject(evaluation, "policy.no-requirement")
        #expect(evaluation.policies.map(\.verdict) == [.reject])
        expectReject(
            PolicyEvaluator.evaluate([empty, try policy("b")], try Facts.admitted()), "policy.no-requirement")
    }

    @Test func findingsAreSortedByWhatTellsMost() throws {
        let evaluation = try judge(
            Self.failing, deny: "- {id: d, on: image, image: {tag: {in: [\"1.2\"]}}}", Facts.admitted())
        #expect(evaluation.findings.map(\.code.name) == ["policy.denied", "image-rule.tag-differs"])
    }
}

@Suite struct PilotTests {
    private let policy = PolicyName(source: "payments", name: "finance")

    private func isEnforced(_ percent: Int, _ namespace: String?, _ policy: PolicyName? = nil) -> Bool {
        Enforcement(.pilot(percent: percent), policy: policy ?? self.policy, namespace: namespace).isEnforced
    }

    @Test func growsWithThePercentage() {
        for number in 0..<200 {
            let namespace = "namespace-\(number)"
            let drawn = (1...100).map { isEnforced($0, namespace) }
            #expect(drawn == drawn.sorted { !$0 && $1 }, "\(namespace)")
            #expect(drawn.last == true)
        }
    }

    @Test func drawsAboutThatManyNamespaces() {
        let count = (0..<2000).filter { isEnforced(20, "namespace-\($0)") }.count
        #expect((320...480).contains(count), "\(count)")
    }

    @Test func policiesPilotInDifferentNamespaces() {
        let other = PolicyName(source: "payments", name: "other")
        #expect((0..<200).contains { isEnforced(50, "n\($0)") != isEnforced(50, "n\($0)", other) })
    }

    @Test func withoutNamespaceItIsEnforced() {
        #expect(isEnforced(1, nil))
    }

    /// The draw must not change from one version to the next: namespaces would drop out of enforcement.
    @Test func staysWhatItIs() {
        #expect((0..<20).filter { isEnforced(20, "namespace-\($0)") } == [14, 15, 19])
    }
}

import Content
import Findings
import OCI
import Testing

@testable import AdmissionPolicy

@Suite struct GuardrailMergeTests {
    private static let noLatest = "deny: [{id: no-latest, on: image, image: {tag: {in: [\"1.2\"]}}}]"
    private static let failing = """
        enforcement: {stage: STAGE}
        require: [{id: named, on: image, image: {name: {in: [registry.example/other]}}}]
        """

    private func failing(_ stage: String) -> String {
        guardrailText(Self.failing.replacing("STAGE", with: stage))
    }

    private func decide(
        _ guardrails: String..., policy: String = Organisation.finance(),
        change: (inout EvidenceDocument) throws -> Void = { _ in }
    ) throws -> PolicyEvaluation {
        try Organisation.load([policy], guardrails: guardrails).decide(try Facts.admitted(change))
    }

    @Test func aGuardrailThatHoldsLetsThePolicyDecide() throws {
        let evaluation = try decide(guardrailText("deny: [{id: d, on: image, image: {tag: {in: [latest]}}}]"))
        expectAdmit(evaluation)
        #expect(evaluation.guardrails.map(\.verdict) == [.admit])
        #expect(evaluation.policies.map(\.verdict) == [.admit])
    }

    @Test func whatAGuardrailDeniesNoPolicyAdmits() throws {
        let evaluation = try decide(guardrailText(Self.noLatest))
        expectReject(evaluation, "policy.denied")
        #expect(evaluation.policies.map(\.verdict) == [.admit])
        #expect(evaluation.guardrails.map(\.verdict) == [.reject])
        #expect(evaluation.findings.map(\.rule) == ["guardrails/organisation#no-latest"])
    }

    @Test func denialsOfGuardrailsAreNeverStaged() throws {
        let both = guardrailText(Self.noLatest + "\n" + Self.failing.replacing("STAGE", with: "observe"))
        #expect(try decide(both).enforcement == .always)
        #expect(
            try decide(guardrailText(Self.noLatest), policy: Organisation.finance(stage: "{stage: observe}"))
                .enforcement == .always)
    }

    @Test func whatAGuardrailRequiresNoPolicyMakesUpFor() throws {
        let evaluation = try decide(failing("enforce"))
        expectReject(evaluation, "image-rule.name-differs")
        #expect(evaluation.enforcement == .always)
        #expect(try decide(failing("warn")).enforcement.stage == .warn)
        #expect(try decide(failing("warn")).verdict == .reject)
    }

    @Test func everyMatchingGuardrailHasToAdmit() throws {
        let evaluation = try decide(
            guardrailText("insecure: {permit: none}", name: "a"),
            guardrailText(Self.noLatest, name: "b"))
        expectReject(evaluation, "policy.denied")
        #expect(evaluation.guardrails.map(\.verdict) == [.admit, .reject])
    }

    @Test func aGuardrailForOthersDoesNotMatter() throws {
        expectAdmit(try decide(guardrailText(Self.noLatest, namespaces: "[other]")))
        expectAdmit(try decide(guardrailText(Self.noLatest, images: "[other.example/**]")))
    }

    @Test func nobodyEscapesAGuardrailByNotSayingWhere() throws {
        let guardrail = guardrailText(Self.noLatest, namespaces: "[other]")
        let policy = Organisation.finance(namespaces: "[\"**\"]")
        expectReject(try decide(guardrail, policy: policy) { $0.request.namespace = nil }, "policy.denied")
        let named = guardrailText(
            "deny: [{id: d, on: image, image: {platform: {in: [linux/amd64]}}}]", images: "[other.example/**]")
        expectReject(try decide(named) { $0.request.reference = nil }, "policy.denied")
    }

    // MARK: No guardrail suffices

    @Test func noGuardrailSuffices() throws {
        let holding = guardrailText(
            Organisation.signers + """

                enforcement: {stage: enforce}
                require: [{id: signed, on: image, signature: {by: {atLeast: 1, of: [alice]}}}]
                """)
        let evaluation = try decide(holding, policy: Organisation.finance(namespaces: "[other]"))
        expectReject(evaluation, "policy.none-matches")
        #expect(evaluation.guardrails.map(\.verdict) == [.admit])
        #expect(evaluation.enforcement == .always)
    }

    @Test func whatHappensWithoutPolicyIsStagedByEveryGuardrailOrNotAtAll() throws {
        let elsewhere = Organisation.finance(namespaces: "[other]")
        func enforcement(_ stages: String?...) throws -> Enforcement {
            let texts = stages.enumerated().map {
                guardrailText($1.map { "withoutPolicy: {stage: \($0)}" } ?? "insecure: {permit: none}", name: "g\($0)")
            }
            let evaluation = try Organisation.load([elsewhere], guardrails: texts).decide(try Facts.admitted())
            expectReject(evaluation, "policy.none-matches")
            return evaluation.enforcement
        }
        #expect(try enforcement(nil) == .always)
        #expect(try enforcement("warn").stage == .warn)
        #expect(try enforcement("observe", "warn").stage == .warn)
        #expect(try enforcement("observe", nil) == .always)
        // Without any guardrail nobody can have said otherwise.
        #expect(
            try Organisation.load([elsewhere]).decide(try Facts.admitted()).enforcement == .always)
    }

    // MARK: Delegation

    private static func delegating(_ namespaces: String, team: String = "payments", lowest: String = "observe")
        -> String
    {
        guardrailText("delegate: [{team: \(team), namespaces: \(namespaces), lowestStage: \(lowest)}]")
    }

    @Test func aDelegatedPolicySuffices() throws {
        expectAdmit(try decide(Self.delegating("[finance]")))
        expectAdmit(try decide(Self.delegating("[\"fin*\"]")))
        expectAdmit(try decide(Self.delegating("[\"**\"]"), policy: Organisation.finance(namespaces: "[\"fin*\"]")))
    }

    /// What is compared when policies are loaded is held against every request again.
    @Test func aPolicyThatIsNotDelegatedDoesNotSuffice() throws {
        func loaded(_ texts: [String], guardrails: [String]) throws -> MatchingPolicies {
            let policies = try Organisation.load(texts).policies
            let loaded = try Organisation.load(
                [Organisation.finance(namespaces: "[nowhere]")], guardrails: guardrails)
            return MatchingPolicies(policies: policies, guardrails: loaded.guardrails)
        }
        let document = try Facts.admitted()
        let other = PolicyEvaluator.evaluate(
            try loaded([Organisation.finance()], guardrails: [Self.delegating("[nowhere]")]), document)
        expectReject(other, "policy.none-matches", "policy.not-delegated")
        #expect(other.enforcement == .always)
        // It still has to admit.
        let rejecting = PolicyEvaluator.evaluate(
            try loaded([Organisation.finance(Organisation.tagged)], guardrails: [Self.delegating("[nowhere]")]),
            document)
        expectReject(rejecting, "policy.none-matches", "policy.not-delegated", "image-rule.tag-differs")
        // Every guardrail has to delegate.
        let two = try loaded(
            [Organisation.finance()],
            guardrails: [
                guardrailText("delegate: [{team: payments, namespaces: [\"**\"], lowestStage: observe}]", name: "a"),
                guardrailText("delegate: [{team: payments, namespaces: [nowhere], lowestStage: observe}]", name: "b"),
            ])
        expectReject(PolicyEvaluator.evaluate(two, document), "policy.none-matches", "policy.not-delegated")
    }

    @Test func withoutNamespaceOnlyADelegationOfEverythingCounts() throws {
        let policy = Organisation.finance(namespaces: "[\"**\"]")
        let guardrail = guardrailText(
            "delegate: [{team: payments, namespaces: [finance], lowestStage: observe}]", namespaces: "[finance]")
        expectAdmit(try decide(guardrail, policy: policy))
        expectReject(
            try decide(guardrail, policy: policy) { $0.request.namespace = nil }, "policy.none-matches",
            "policy.not-delegated")
    }

    @Test func aLowerStageIsRaisedAtTheDecision() throws {
        let observing = try Organisation.load([Organisation.finance(Organisation.tagged, stage: "{stage: observe}")])
        func enforcement(_ lowest: String...) throws -> Enforcement {
            let entries = lowest.map { "{team: payments, namespaces: [finance], lowestStage: \($0)}" }
            let set = try Organisation.load(
                [Organisation.finance(namespaces: "[nowhere]")],
                guardrails: [
                    guardrailText(
                        "delegate: [\(entries.joined(separator: ", ")), "
                            + "{team: payments, namespaces: [nowhere], lowestStage: observe}]")
                ])
            return PolicyEvaluator.evaluate(
                MatchingPolicies(policies: observing.policies, guardrails: set.guardrails), try Facts.admitted()
            ).enforcement
        }
        #expect(try enforcement("observe").stage == .observe)
        #expect(try enforcement("warn").stage == .warn)
        #expect(
            try enforcement("pilot")
                == Enforcement(.pilot(percent: 100), policy: observing.policies[0].name, namespace: "finance"))
        #expect(try enforcement("pilot").isEnforced)
        #expect(try enforcement("enforce") == .always)
        // The strictest that covers the namespace counts.
        #expect(try enforcement("observe", "warn").stage == .warn)
        #expect(try enforcement("warn", "observe").stage == .warn)
    }
}

@Suite struct GuardrailComparisonTests {
    private func errors(_ policy: String, _ guardrails: String...) -> [PolicyError] {
        Organisation.errors([
            Organisation.source("payments", [policy]),
            Organisation.source("guardrails", guardrails, mayCarryGuardrails: true),
        ])
    }

    private func delegating(
        _ entries: String, namespaces: String = "[\"**\"]", images: String = "[\"**\"]"
    ) -> String {
        guardrailText("delegate: [\(entries)]", namespaces: namespaces, images: images)
    }

    @Test func namesBothPlacesOfWhatIsNotDelegated() throws {
        let found = errors(
            Organisation.finance(namespaces: "[finance, hr]"),
            delegating("{team: payments, namespaces: [finance], lowestStage: warn}"))
        #expect(found.map(\.code) == [.policyFileNotDelegated])
        let error = try #require(found.first)
        #expect(error.place.description.hasPrefix("payments/") || error.file.contains("f0.yaml"))
        #expect(error.line == 6)
        #expect(error.message.contains("`hr`"))
        #expect(error.message.contains("`guardrails/organisation` (f0.yaml:1:1)"))
    }

    @Test func namesBothPlacesOfALowerStage() throws {
        let found = errors(
            Organisation.finance(stage: "{stage: observe}"),
            delegating("{team: payments, namespaces: [finance], lowestStage: warn}"))
        #expect(found.map(\.code) == [.policyFileWeakensGuardrail])
        let error = try #require(found.first)
        #expect(error.line == 5)
        #expect(error.message.contains("(f0.yaml:6:"))
        #expect(error.message.contains("`warn`") && error.message.contains("`observe`"))
    }

    @Test(arguments: [
        ("[finance]", "[finance]", true), ("[finance]", "[\"fin*\"]", true), ("[\"fin*\"]", "[finance]", false),
        ("[\"fin-*\"]", "[\"fin*\"]", true), ("[\"**\"]", "[finance]", false), ("[\"**\"]", "[\"**\"]", true),
        ("[\"team-?\"]", "[team-a, team-b]", false), ("[team-a, team-b]", "[\"team-?\"]", true),
        ("[\"*-prod\"]", "[\"finance-*\"]", false), ("[finance]", "[other]", false),
    ])
    func comparesPatterns(_ policy: String, _ delegated: String, _ isDelegated: Bool) {
        let found = errors(
            Organisation.finance(namespaces: policy),
            delegating("{team: payments, namespaces: \(delegated), lowestStage: observe}"))
        #expect(found.allSatisfy { $0.code == .policyFileNotDelegated })
        #expect(found.isEmpty == isDelegated)
    }

    @Test func onlyTheGuardrailsOwnScopeIsDelegated() {
        let entry = "{team: payments, namespaces: [finance], lowestStage: observe}"
        let policy = Organisation.finance(namespaces: "[finance, hr]")
        #expect(errors(policy, delegating(entry, namespaces: "[finance]")) == [])
        #expect(errors(policy, delegating(entry, images: "[other.example/**]")).count == 1)
        var narrow = PolicyText()
        narrow.namespaces = "[finance, hr]"
        narrow.images = "[\"registry.example/**\"]"
        #expect(errors(narrow.text, delegating(entry, images: "[other.example/**]")) == [])
    }

    @Test func anotherTeamsDelegationIsNone() {
        let found = errors(
            Organisation.finance(), delegating("{team: platform, namespaces: [finance], lowestStage: observe}"))
        #expect(found.map(\.code) == [.policyFileNotDelegated])
    }

    @Test func whoeverMayNotSpeakIsNotSilencedWithoutDelegation() {
        #expect(errors(Organisation.finance(), guardrailText("insecure: {permit: none}")) == [])
    }

    @Test(arguments: [
        ("{stage: warn}", "observe", true), ("{stage: warn}", "warn", true), ("{stage: warn}", "pilot", false),
        ("{stage: pilot, percent: 1}", "pilot", true), ("{stage: pilot, percent: 100}", "enforce", false),
        ("{stage: enforce}", "enforce", true),
    ])
    func comparesStages(_ stage: String, _ lowest: String, _ isAllowed: Bool) {
        let found = errors(
            Organisation.finance(stage: stage),
            delegating("{team: payments, namespaces: [finance], lowestStage: \(lowest)}"))
        #expect(found.isEmpty == isAllowed)
    }

    @Test func aStageOfOtherNamespacesDoesNotMatter() {
        let found = errors(
            Organisation.finance(stage: "{stage: observe}"),
            delegating(
                "{team: payments, namespaces: [finance], lowestStage: observe}, "
                    + "{team: payments, namespaces: [production], lowestStage: enforce}"))
        #expect(found == [])
    }
}

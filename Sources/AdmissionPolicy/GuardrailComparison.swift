import Content
import Findings

/// Compares policies with what guardrails delegate, when they are loaded: a policy that oversteps is an error that
/// names both places, before it decides anything.
///
/// Nothing rests on it. ``PolicyEvaluator`` holds the same caps against every request, where a namespace is a name and
/// no pattern; this is so that a team learns of it in its own pull request.
struct GuardrailComparison {
    let guardrails: [Guardrail]

    func check(_ policies: [AdmissionPolicy], _ problems: PolicyProblems) {
        for guardrail in guardrails { checkCap(guardrail, problems) }
        checkBuilders(problems)
        for policy in policies {
            let insecure = policy.insecureUses
            for guardrail in guardrails {
                if guardrail.delegate != nil { check(policy, guardrail, problems) }
                if !insecure.isEmpty { check(insecure, of: policy, guardrail, problems) }
            }
        }
    }

    private func check(
        _ insecure: [InsecureUse], of policy: AdmissionPolicy, _ guardrail: Guardrail, _ problems: PolicyProblems
    ) {
        guard Self.overlap(policy.scope.images, guardrail.scope.images),
            Self.overlap(policy.scope.namespaces, guardrail.scope.namespaces)
        else { return }
        for item in insecure where !guardrail.permittedInsecure.contains(item.feature) {
            problems.add(
                .policyFileInsecureNotPermitted, item.place,
                "expected what guardrail `\(guardrail.name)` (\(guardrail.place)) permits, found "
                    + "`\(item.feature.rawValue)` in `\(item.rule)`")
        }
    }

    private func check(_ policy: AdmissionPolicy, _ guardrail: Guardrail, _ problems: PolicyProblems) {
        let delegations = (guardrail.delegate ?? []).filter { $0.team.utf8.elementsEqual(policy.name.source.utf8) }
        // Where they overlap. A request without a namespace meets every guardrail, and is left to the decision.
        guard Self.overlap(policy.scope.images, guardrail.scope.images) else { return }
        for namespace in policy.scope.namespaces {
            guard let common = guardrail.scope.namespaces.first(where: { $0.intersects(namespace) }) else { continue }
            let shared = guardrail.scope.namespaces.filter { $0.intersects(namespace) }
            let isDelegated = shared.allSatisfy { shared in
                delegations.contains { $0.namespaces.contains { $0.covers(namespace) || $0.covers(shared) } }
            }
            if !isDelegated {
                problems.add(
                    .policyFileNotDelegated, policy.scopePlace ?? policy.place,
                    "expected namespaces that guardrail `\(guardrail.name)` (\(guardrail.place)) delegates to the team "
                        + "`\(policy.name.source)`, found `\(namespace)`, which overlaps with `\(common)` of its scope",
                    mend: Self.mend(delegations, policy))
            }
        }
        // The strictest delegation that covers a namespace counts, so each that overlaps is compared.
        for delegation in delegations
        where delegation.lowestStage.isAbove(policy.stage)
            && Self.overlap(delegation.namespaces, policy.scope.namespaces)
            && Self.overlap(delegation.namespaces, guardrail.scope.namespaces)
        {
            problems.add(
                .policyFileWeakensGuardrail, policy.stagePlace ?? policy.place,
                "expected the stage `\(delegation.lowestStage.rawValue)` or a stricter one, as guardrail "
                    + "`\(guardrail.name)` (\(delegation.place)) has it for the team `\(policy.name.source)`, found "
                    + "`\(policy.stage.name)`")
        }
    }

    /// All rows of all guardrails have to make one table, so that those of any of them do.
    private func checkBuilders(_ problems: PolicyProblems) {
        var table = BuilderTable.standard
        for guardrail in guardrails.sorted(by: { $0.name < $1.name }) where !guardrail.builders.isEmpty {
            do throws(BuilderTableError) {
                table = try table.adding(guardrail.builders)
            } catch {
                problems.add(.policyFileBadValue, guardrail.place, error.message)
            }
        }
    }

    /// What a guardrail says of itself that could never have effect.
    private func checkCap(_ guardrail: Guardrail, _ problems: PolicyProblems) {
        let names = Set(guardrails.map(\.name))
        for rule in guardrail.exceptions?.mayWaive ?? [] where names.contains(rule.policy) {
            problems.add(
                .policyFileNoEffect, guardrail.place,
                "expected rules of policies in `mayWaive`, found `\(rule)`, which is of a guardrail: no exception "
                    + "waives what a guardrail requires")
        }
    }

    private static func mend(_ delegations: [Delegation], _ policy: AdmissionPolicy) -> String {
        let namespaces = delegations.flatMap(\.namespaces).map { "`\($0)`" }
        return namespaces.isEmpty
            ? "have the guardrail's owner delegate the namespaces to `\(policy.name.source)`"
            : "name namespaces within \(RuleJudge.enumerated(namespaces)), or have the guardrail's owner delegate more"
    }

    private static func overlap(_ a: [Glob], _ b: [Glob]) -> Bool {
        a.contains { a in b.contains { $0.intersects(a) } }
    }
}

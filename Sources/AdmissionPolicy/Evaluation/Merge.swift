import Content
import Findings
import OCI
import StrictEncoding

/// Brings together what guardrails and policies say of one image.
///
/// Every guardrail and every policy that matches has to admit. No guardrail suffices: at least one policy has to match
/// that may speak for the namespace. Reject beats undecided, undecided beats admit; of those that do not admit the
/// strictest stage counts. The order of documents changes nothing.
struct Merge {
    let guardrails: [Guardrail]
    let policies: [AdmissionPolicy]
    let document: EvidenceDocument
    let context: JudgeContext
    private let waivers: WaiverJudge

    init(_ matching: MatchingPolicies, _ document: EvidenceDocument, _ context: JudgeContext) {
        let request = document.request
        let guardrails = matching.guardrails.sorted { $0.name < $1.name }
            .filter { $0.scope.covers(namespace: request.namespace, reference: request.reference) }
        self.guardrails = guardrails
        policies = matching.policies.sorted { $0.name < $1.name }
            .filter { $0.scope.matches(namespace: request.namespace, reference: request.reference) }
        self.document = document
        var context = context
        context.signers += policies.flatMap(\.signers) + guardrails.flatMap(\.signers)
        for guardrail in guardrails {
            context.denied.formUnion(guardrail.deniedSigners)
            context.deniedDigests.formUnion(guardrail.deniedDigests)
        }
        // They were added up when they were loaded, all of them: these can't fail. If they did, no row would count, rather
        // than the built-in ones without what a guardrail takes from them.
        do {
            context.builders = try context.builders.adding(guardrails.flatMap(\.builders))
        } catch {
            context.builders = .empty
        }
        self.context = context
        waivers = WaiverJudge(
            guardrails: guardrails, exceptions: matching.exceptions.sorted { $0.name < $1.name }, document: document,
            breakGlass: document.breakGlass.map { [context] in BreakGlassJudgement($0, guardrails, document, context) })
    }

    func evaluation() -> PolicyEvaluation {
        let guardrailResults = guardrails.map { PolicyJudge($0, document, context).result() }
        let outcomes = policies.map {
            waivers.waive(PolicyJudge($0, lowestStages(for: $0), document, context).result())
        }
        let policyResults = outcomes.map(\.result)
        let results = guardrailResults + policyResults
        var objections = results.filter { $0.verdict != .admit }.map { ($0.verdict, $0.enforcement) }
        var findings =
            results.flatMap(\.rules).filter { $0.outcome != .waived }.flatMap(\.findings) + outcomes.flatMap(\.notes)
            + notesOnGuardrails(guardrailResults) + (waivers.breakGlass?.problems ?? [])
        for policy in policies where policy.require.isEmpty {
            // A loaded policy has requirements; this is for the one that does not come from a file.
            findings.append(
                Finding(.policyNoRequirement, "policy `\(policy.name)` requires nothing", rule: policy.name.description)
            )
        }
        let silenced = policies.filter { !isDelegated($0) }
        findings += silenced.map(notDelegated)
        if silenced.count == policies.count {
            objections.append((.reject, withoutPolicy))
            findings.append(noneMatches(silenced))
        }
        let insecure = notPermitted
        if !insecure.isEmpty {
            objections.append((.reject, .always))
            findings += insecure
        }
        let contradictions = contradictions
        if !contradictions.isEmpty {
            objections.append((.reject, .always))
            findings += contradictions
        }
        // For an admit, the strictest of those that require something.
        let deciding =
            objections.isEmpty
            ? zip(guardrails, guardrailResults).filter { !$0.0.require.isEmpty }.map(\.1.enforcement)
                + policyResults.map(\.enforcement) : objections.map(\.1)
        let brokenGlass = outcomes.flatMap(\.brokenGlass)
        return PolicyEvaluation(
            verdict: objections.map(\.0).reduce(.admit, Verdict.strictest),
            enforcement: deciding.dropFirst().reduce(deciding.first ?? .always, Enforcement.strictest),
            policies: policyResults, guardrails: guardrailResults, findings: Set(findings).sorted(),
            insecure: (policies.flatMap(\.insecureUses) + guardrails.flatMap(\.insecureUses)).sorted(),
            exceptions: outcomes.flatMap(\.exceptions),
            breakGlass: waivers.breakGlass.map {
                PresentedBreakGlass(
                    facts: $0.facts, hasEffect: $0.problems.isEmpty, approvers: $0.approvers, waived: brokenGlass)
            })
    }

    // MARK: Who may speak

    /// Whether every guardrail that delegates lets the policy's team speak for the namespace of the request.
    private func isDelegated(_ policy: AdmissionPolicy) -> Bool {
        guardrails.allSatisfy { guardrail in
            guardrail.delegate?.contains { $0.covers(policy.name.source, document.request.namespace) } ?? true
        }
    }

    /// What the guardrails have as the lowest stage for the policy here. Each counts, so the strictest does.
    private func lowestStages(for policy: AdmissionPolicy) -> [LowestStage] {
        guardrails.flatMap { $0.delegate ?? [] }
            .filter { $0.covers(policy.name.source, document.request.namespace) }.map(\.lowestStage)
    }

    private func notDelegated(_ policy: AdmissionPolicy) -> Finding {
        let guardrail = guardrails.first { guardrail in
            guardrail.delegate?.contains { $0.covers(policy.name.source, document.request.namespace) } == false
        }
        return Finding(
            .policyNotDelegated,
            "policy `\(policy.name)` does not suffice: guardrail `\(guardrail.map { $0.name.description } ?? "")` does "
                + "not delegate \(namespace) to `\(policy.name.source)`", rule: policy.name.description)
    }

    private var namespace: String {
        document.request.namespace.map { "namespace " + Finding.quoted($0) } ?? "no namespace"
    }

    // MARK: What no policy speaks about

    /// Blocked, unless every guardrail that matches has another stage for it; then the strictest of these.
    private var withoutPolicy: Enforcement {
        let stages = guardrails.map { guardrail in
            guardrail.withoutPolicy.map {
                Enforcement($0, policy: guardrail.name, namespace: document.request.namespace)
            } ?? .always
        }
        return stages.dropFirst().reduce(stages.first ?? .always, Enforcement.strictest)
    }

    private func noneMatches(_ silenced: [AdmissionPolicy]) -> Finding {
        let name =
            document.request.reference.map { "image " + Finding.quoted($0.name) } ?? "an image without a stated name"
        return Finding(
            .policyNoneMatches,
            silenced.isEmpty
                ? "no policy matches \(name) in \(namespace)"
                : "no policy that may speak for it matches \(name) in \(namespace)",
            expected: "a policy whose scope matches both",
            found: "\(namespace), \(name)")
    }

    // MARK: What nobody waives

    /// What policies use that weakens a check and not every guardrail permits.
    private var notPermitted: [Finding] {
        guard !guardrails.isEmpty else { return [] }
        return policies.flatMap { policy in
            policy.insecureUses.flatMap { item in
                guardrails.filter { !$0.permittedInsecure.contains(item.feature) }.map { guardrail in
                    Finding(
                        .policyInsecureNotPermitted,
                        "the rule uses `\(item.feature.rawValue)`, which guardrail `\(guardrail.name)` does not permit",
                        rule: item.rule)
                }
            }
        }
    }

    /// Exceptions that name a rule of a guardrail that does not hold: in vain, and so it is said.
    private func notesOnGuardrails(_ results: [PolicyResult]) -> [Finding] {
        results.flatMap { result -> [Finding] in
            let failing = Set(result.rules.filter { $0.outcome == .fails }.map { ExactString($0.rule) })
            return waivers.exceptions
                .filter { $0.waives.policy == result.policy && failing.contains(ExactString($0.waives.rule)) }
                .filter { $0.isElsewhere(document) == nil }
                .map {
                    $0.finding(
                        .exceptionNotWaivable,
                        "names a rule of guardrail `\(result.policy)`, and no exception waives one")
                }
        }
    }

    /// An image whose configuration contradicts its digest or its manifest is rejected whatever the rules ask about,
    /// and whatever their stage.
    private var contradictions: [Finding] {
        document.image.platforms.compactMap { child in
            guard case .failure(let unread)? = child.configuration, unread.finding.code.rank == .integrity,
                unread.finding.code.effect == .reject
            else { return nil }
            var finding = unread.finding
            finding.platform = finding.platform ?? child.platform?.description
            return finding
        }
    }
}

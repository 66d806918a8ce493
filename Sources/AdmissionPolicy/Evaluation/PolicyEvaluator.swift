import Content
import Findings
import OCI

/// Decides what the policies say of an image. Reads nothing but its arguments, and gives the same result for the same
/// arguments in whatever order their lists are.
///
/// Default deny: an image that no policy matches is rejected, and every policy that matches has to admit. Reject beats
/// undecided, undecided beats admit.
public enum PolicyEvaluator {
    /// - Parameters:
    ///   - policies: those of ``PolicySet/matching(namespace:reference:)``; one that does not match the request is
    ///     passed over, so all policies of a set may be given.
    ///   - document: verified evidence only.
    public static func evaluate(_ policies: [AdmissionPolicy], _ document: EvidenceDocument) -> PolicyEvaluation {
        evaluate(policies, document, JudgeContext())
    }

    package static func evaluate(
        _ policies: [AdmissionPolicy], _ document: EvidenceDocument, _ context: JudgeContext
    ) -> PolicyEvaluation {
        let request = document.request
        let matching = policies.sorted { $0.name < $1.name }
            .filter { $0.scope.matches(namespace: request.namespace, reference: request.reference) }
        var context = context
        context.signers += matching.flatMap(\.signers)
        let results = matching.map { PolicyJudge(policy: $0, document: document, context: context).result() }
        var findings = results.flatMap(\.rules).flatMap(\.findings)
        var verdict = results.map(\.verdict).reduce(.admit, Verdict.strictest)
        var enforcements = results.filter { $0.verdict != .admit }.map(\.enforcement)
        if results.isEmpty {
            verdict = .reject
            enforcements = [.always]
            findings.append(noneMatches(request))
        }
        for (policy, result) in zip(matching, results) where policy.require.isEmpty {
            // A loaded policy has requirements; this is for the one that does not come from a file.
            verdict = .reject
            enforcements.append(result.enforcement)
            findings.append(
                Finding(.policyNoRequirement, "policy `\(policy.name)` requires nothing", rule: policy.name.description)
            )
        }
        let contradictions = contradictions(document.image)
        if !contradictions.isEmpty {
            verdict = .reject
            enforcements.append(.always)
            findings += contradictions
        }
        let deciding = enforcements.isEmpty ? results.map(\.enforcement) : enforcements
        return PolicyEvaluation(
            verdict: verdict,
            enforcement: deciding.dropFirst().reduce(deciding.first ?? .always, Enforcement.strictest),
            policies: results, findings: Set(findings).sorted())
    }

    private static func noneMatches(_ request: RequestFacts) -> Finding {
        let namespace = request.namespace.map { "namespace " + Finding.quoted($0) } ?? "no namespace"
        let name = request.reference.map { "image " + Finding.quoted($0.name) } ?? "an image without a stated name"
        return Finding(
            .policyNoneMatches, "no policy matches \(name) in \(namespace)",
            expected: "a policy whose scope matches both",
            found: "\(namespace), \(name)")
    }

    /// An image whose configuration contradicts its digest or its manifest is rejected whatever the rules ask about,
    /// and whatever their stage.
    private static func contradictions(_ image: ImageFacts) -> [Finding] {
        image.platforms.compactMap { child in
            guard case .failure(let unread)? = child.configuration, unread.finding.code.rank == .integrity,
                unread.finding.code.effect == .reject
            else { return nil }
            var finding = unread.finding
            finding.platform = finding.platform ?? child.platform?.description
            return finding
        }
    }
}

/// Judges an image by one policy.
private struct PolicyJudge {
    let policy: AdmissionPolicy
    let document: EvidenceDocument
    let context: JudgeContext

    func result() -> PolicyResult {
        let required = policy.require.flatMap { requirement in
            results(requirement.id, .require, requirement.target) { judge, subject in
                judge.judge(requirement.rule, subject)
            }
        }
        let denied = policy.deny.flatMap { denial in
            results(denial.id, .deny, denial.target) { judge, subject in judge.denial(denial, subject) }
        }
        let rules = required + denied
        let isDenied =
            denied.contains { $0.outcome != .holds }
            || required.contains { $0.findings.contains { $0.code.rank == .denial } }
        let verdict: Verdict =
            if policy.require.isEmpty || rules.contains(where: { $0.outcome == .fails }) {
                .reject
            } else if rules.contains(where: { $0.outcome == .undecided }) {
                .undecided
            } else {
                .admit
            }
        return PolicyResult(
            policy: policy.name, verdict: verdict,
            enforcement: isDenied
                ? .always
                : Enforcement(policy.stage, policy: policy.name, namespace: document.request.namespace),
            rules: rules)
    }

    /// One result for each subject of the rule; never none.
    private func results(
        _ id: String, _ kind: RuleResult.Kind, _ target: RuleTarget,
        _ judgement: (RuleJudge, RuleSubject) -> Judgement
    ) -> [RuleResult] {
        let judge = RuleJudge(rule: "\(policy.name)#\(id)", document: document, context: context)
        func result(_ subject: Digest, _ platform: String?, _ judgement: Judgement) -> RuleResult {
            RuleResult(
                policy: policy.name, rule: id, kind: kind, on: target, subject: subject, platform: platform,
                outcome: judgement.outcome, summary: judgement.summary,
                satisfiedBy: Set(judgement.evidence).sorted(), findings: Set(judgement.findings).sorted())
        }
        switch judge.subjects(of: target, kind) {
        case .success(let subjects):
            return subjects.map { result($0.digest, $0.platform, judgement(judge, $0)) }
        case .failure(let verdict):
            return [result(document.image.digest, nil, verdict.judgement)]
        }
    }
}

import Content
import Findings
import OCI
import StrictEncoding

/// Decides what the policies say of an image. Reads nothing but its arguments, and gives the same result for the same
/// arguments in whatever order their lists are.
///
/// Default deny: an image that no policy matches is rejected, and every guardrail and every policy that matches has to
/// admit. Reject beats undecided, undecided beats admit. How they are brought together is in ``Merge``.
public enum PolicyEvaluator {
    /// - Parameters:
    ///   - matching: what ``PolicySet/matching(namespace:reference:)`` gives; documents that do not match the request are
    ///     passed over.
    ///   - document: verified evidence only.
    public static func evaluate(_ matching: MatchingPolicies, _ document: EvidenceDocument) -> PolicyEvaluation {
        Merge(matching, document, JudgeContext()).evaluation()
    }

    /// The same where signers are denied for another reason than the matching guardrails.
    package static func evaluate(
        _ matching: MatchingPolicies, _ document: EvidenceDocument, denying denied: DeniedSigners
    ) -> PolicyEvaluation {
        Merge(matching, document, JudgeContext(denied: denied)).evaluation()
    }

    /// The same for policies without guardrails. Not public: whoever leaves guardrails out, leaves out what they deny.
    package static func evaluate(
        _ policies: [AdmissionPolicy], _ document: EvidenceDocument, _ context: JudgeContext = JudgeContext()
    ) -> PolicyEvaluation {
        Merge(MatchingPolicies(policies: policies), document, context).evaluation()
    }
}

/// Judges an image by one policy or guardrail.
struct PolicyJudge {
    private let name: PolicyName
    private let require: [Requirement]
    private let deny: [Denial]
    /// Of requirements; nil where a guardrail has none.
    private let stage: EnforcementStage?
    private let mayRequireNothing: Bool
    private let document: EvidenceDocument
    private let context: JudgeContext

    /// - Parameter lowest: what guardrails have as the lowest stage; each of them counts.
    init(
        _ policy: AdmissionPolicy, _ lowest: [LowestStage], _ document: EvidenceDocument, _ context: JudgeContext
    ) {
        name = policy.name
        require = policy.require
        deny = policy.deny
        stage = lowest.reduce(policy.stage) { $1.raising($0) }
        mayRequireNothing = false
        self.document = document
        self.context = context
    }

    init(_ guardrail: Guardrail, _ document: EvidenceDocument, _ context: JudgeContext) {
        name = guardrail.name
        require = guardrail.require
        deny = guardrail.deny
        stage = guardrail.stage
        mayRequireNothing = true
        self.document = document
        self.context = context
    }

    func result() -> PolicyResult {
        let required = require.flatMap { requirement in
            results(requirement.id, .require, requirement.target) { judge, subject in
                judge.judge(requirement.rule, subject)
            }
        }
        let denied = deny.flatMap { denial in
            results(denial.id, .deny, denial.target) { judge, subject in judge.denial(denial, subject) }
        }
        let rules = required + denied
        // A denial is never staged, wherever it is said.
        let isDenied = rules.contains { rule in
            rule.outcome != .holds && (rule.kind == .deny || rule.findings.contains { $0.code.rank == .denial })
        }
        return PolicyResult(
            policy: name,
            verdict: require.isEmpty && !mayRequireNothing ? .reject : PolicyResult.verdict(of: rules),
            enforcement: isDenied
                ? .always
                : stage.map { Enforcement($0, policy: name, namespace: document.request.namespace) } ?? .always,
            rules: rules)
    }

    /// One result for each subject of the rule; never none.
    private func results(
        _ id: String, _ kind: RuleResult.Kind, _ target: RuleTarget,
        _ judgement: (RuleJudge, RuleSubject) -> Judgement
    ) -> [RuleResult] {
        let judge = RuleJudge(rule: "\(name)#\(id)", document: document, context: context)
        func result(_ subject: Digest, _ platform: String?, _ judgement: Judgement) -> RuleResult {
            RuleResult(
                policy: name, rule: id, kind: kind, on: target, subject: document.image.isNamedOnly ? nil : subject,
                platform: platform,
                outcome: judgement.outcome, summary: judgement.summary,
                satisfiedBy: Set(judgement.evidence).sorted(), findings: Set(judgement.findings).sorted(),
                alternatives: judgement.alternatives)
        }
        switch judge.subjects(of: target, kind) {
        case .success(let subjects):
            return subjects.map { result($0.digest, $0.platform, judgement(judge, $0)) }
        case .failure(let verdict):
            return [result(document.image.digest, nil, verdict.judgement)]
        }
    }
}

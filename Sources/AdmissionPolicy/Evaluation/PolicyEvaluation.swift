public import Content
public import Findings

/// What the matching policies say of one image.
public struct PolicyEvaluation: Sendable, Hashable {
    public let verdict: Verdict
    /// What a gate does about a verdict other than admit: the strictest of the policies that don't admit. For admit,
    /// the strictest of all that match.
    public let enforcement: Enforcement
    /// Sorted by policy. Empty only if none matches, which is a reject.
    public let policies: [PolicyResult]
    /// What every guardrail that matches says, sorted.
    public let guardrails: [PolicyResult]
    /// Every finding of every rule that is not waived, and of the evaluation as a whole; sorted, the most telling first.
    public let findings: [Finding]
    /// What weakened a check because a document asked for it; sorted.
    public let insecure: [InsecureUse]
    /// Exceptions that waived a rule, each with the rule and what it was waived for; sorted like the rules.
    public let exceptions: [UsedException]
    /// The break-glass pass, if one was presented.
    public let breakGlass: PresentedBreakGlass?

    /// All rule results: of guardrails, then of policies, each sorted by name, in the order of its document, then by
    /// platform.
    public var rules: [RuleResult] { guardrails.flatMap(\.rules) + policies.flatMap(\.rules) }
}

/// What one policy or guardrail says.
public struct PolicyResult: Sendable, Hashable {
    public let policy: PolicyName
    public private(set) var verdict: Verdict
    /// `enforce` if it denies, whatever its stage: denials are never staged.
    public let enforcement: Enforcement
    /// In the order of the document, requirements first; for `each-platform` one for each, by platform and digest.
    public internal(set) var rules: [RuleResult]

    init(policy: PolicyName, verdict: Verdict, enforcement: Enforcement, rules: [RuleResult]) {
        self.policy = policy
        self.verdict = verdict
        self.enforcement = enforcement
        self.rules = rules
    }

    /// Reject beats undecided; a rule that is waived stands for one that holds.
    static func verdict(of rules: [RuleResult]) -> Verdict {
        rules.contains { $0.outcome == .fails }
            ? .reject : rules.contains { $0.outcome == .undecided } ? .undecided : .admit
    }

    /// After rules were waived. Nothing that requires nothing comes to admit by it.
    mutating func recount() {
        if rules.contains(where: { $0.outcome == .waived }) { verdict = Self.verdict(of: rules) }
    }
}

/// What one rule says of the image or of one of its platforms.
public struct RuleResult: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case require, deny
    }
    public enum Outcome: String, Sendable, CaseIterable {
        /// The requirement holds, or the denial does not apply.
        case holds
        /// The requirement does not hold, or the denial applies or could not be judged.
        case fails
        /// Evidence that the requirement asks about could not be had.
        case undecided
        /// The requirement does not hold, and an exception or a break-glass pass lets it pass.
        case waived
    }
    public let policy: PolicyName
    public let rule: String
    public let kind: Kind
    public let on: RuleTarget
    /// What the result is about: the image's digest, or that of one platform. Nil where the rule asks nothing of the image
    /// but its name, and nobody looked up of which digest that is.
    public let subject: Digest?
    /// `os/architecture[/variant]` where the result is about one platform that says so.
    public let platform: String?
    public let outcome: Outcome
    /// One line for people: what was shown, where it holds.
    public let summary: String?
    /// The evidence by which it holds, sorted and distinct.
    public let satisfiedBy: [Digest]
    /// Why it doesn't hold; sorted. Empty where it does.
    public let findings: [Finding]
    /// Given exactly if the rule is waived.
    public internal(set) var waivedBy: Waiver? = nil
    /// Of `anyOf`, what each came to, by id; the record does not keep it. Empty where the rule is waived.
    var alternatives: [AlternativeResult] = []
}

/// What one alternative of `anyOf` came to for one subject.
struct AlternativeResult: Sendable, Hashable {
    let id: String
    let outcome: RuleResult.Outcome
    /// Sorted.
    let findings: [Finding]
}

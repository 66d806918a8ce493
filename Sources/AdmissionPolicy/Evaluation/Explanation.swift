public import Content
public import Findings

/// What one rule makes of every piece of evidence: for people who want to know why, beyond the one reason that a record
/// leads with. Made by the judges that decide, on one piece at a time; nothing is decided by it.
public struct RuleExplanation: Sendable, Hashable {
    public let policy: PolicyName
    /// The rule's id; for an alternative of `anyOf` `rule/alternative`, and for a part of one `rule/alternative/part`.
    public let rule: String
    public let kind: RuleResult.Kind
    public let on: RuleTarget
    public let subject: Digest
    public let platform: String?
    public let outcome: RuleResult.Outcome
    /// What was shown, where it holds.
    public let summary: String?
    /// Why it does not hold; sorted.
    public let findings: [Finding]
    /// Every piece of verified evidence of the kind that the rule asks about, the closest first. Empty for rules that ask
    /// about no evidence.
    public let candidates: [CandidateExplanation]

    /// Of the evidence about the subject by signers that count, if there is any, what meets most conditions, then what
    /// misses least; nil where the rule holds.
    public var closest: CandidateExplanation? { outcome == .holds ? nil : candidates.first }

    /// The smallest change that would make the rule hold, as far as its findings tell; nil where it holds.
    public var mend: String? {
        guard outcome == .fails || outcome == .undecided else { return nil }
        // A threshold, or the absence of any evidence, is mended as the rule's own finding says.
        guard let closest, let first = closest.misses.first else { return findings.first?.mend }
        let changes = closest.misses.map(\.mend)
        return changes.count == 1 ? "one change would do: \(first.mend)" : changes.joined(separator: "; and ")
    }
}

/// How far one piece of evidence meets one rule.
public struct CandidateExplanation: Sendable, Hashable {
    /// As it was received; copies of one statement are one candidate.
    public let evidence: [Digest]
    /// `signature`, or the predicate type.
    public let what: String
    /// The rule's names for those who signed it, or the fingerprints of their keys.
    public let signers: [String]
    /// The conditions that it meets, in the order in which they are checked.
    public let matched: [String]
    /// Those that it does not meet.
    public let misses: [Miss]
    /// What keeps it from being enough although it misses nothing.
    public let note: String?

    /// One condition that is not met.
    public struct Miss: Sendable, Hashable {
        public let code: ReasonCode
        public let message: String
        public let mend: String
    }

    /// It meets every condition that is about it alone.
    public var counts: Bool { misses.isEmpty }
}

public import Content
import Findings
public import StrictEncoding

/// What let a rule that does not hold pass.
public enum Waiver: Sendable, Hashable {
    case exception(PolicyName)
    /// The pass of the decision; there is one at the most.
    case breakGlass
}

/// An exception that waived a rule for one subject, as it stands in the record.
public struct UsedException: Sendable, Hashable {
    public let name: PolicyName
    public let waives: WaivableRule
    public let owner: String?
    public let reason: String?
    public let ticket: String?
    public let expires: Instant
    /// The image's digest, or that of one platform.
    public let subject: Digest
    public let platform: String?
}

/// A break-glass pass that was presented with verified signatures, and what became of it.
public struct PresentedBreakGlass: Sendable, Hashable {
    public let facts: BreakGlassFacts
    /// Whether every guardrail that matches permits it here and now.
    public let hasEffect: Bool
    /// The guardrails' names for those who approved it; sorted.
    public let approvers: [String]
    /// The rules that it waived; sorted, distinct. Empty where it has no effect, and where every rule held without it.
    public let waived: [WaivableRule]
}

/// Waives rules of policies that do not hold: by exceptions, then by the break-glass pass.
///
/// Only requirements of policies whose failure is known and is about evidence or rules can be waived. What a guardrail
/// requires, what anyone denies, the image's integrity, and what is undecided never are.
struct WaiverJudge {
    let guardrails: [Guardrail]
    /// Sorted by name.
    let exceptions: [PolicyException]
    let document: EvidenceDocument
    let breakGlass: BreakGlassJudgement?

    /// What one policy says after waiving.
    struct Outcome {
        var result: PolicyResult
        var exceptions: [UsedException] = []
        var brokenGlass: [WaivableRule] = []
        var notes: [Finding] = []
    }

    func waive(_ result: PolicyResult) -> Outcome {
        var outcome = Outcome(result: result)
        let own = exceptions.filter { $0.waives.policy == result.policy }
        noteUnknownRules(own, result, &outcome)
        let failing = Set(result.rules.filter { $0.outcome == .fails }.map { ExactString($0.rule) }).sorted()
        for rule in failing.map(\.value) {
            waive(WaivableRule(policy: result.policy, rule: rule), own, &outcome)
        }
        outcome.result.recount()
        return outcome
    }

    private func waive(_ rule: WaivableRule, _ exceptions: [PolicyException], _ outcome: inout Outcome) {
        let named = exceptions.filter { $0.waives == rule }
        let (effective, notes) = judge(named, rule)
        outcome.notes += notes
        let waiver: Waiver
        let summary: String
        if let effective {
            waiver = .exception(effective.name)
            summary = "waived by exception `\(effective.name)` until \(effective.expires)"
        } else if let breakGlass, breakGlass.problems.isEmpty {
            waiver = .breakGlass
            summary = "waived by break-glass \(Finding.quoted(breakGlass.facts.id)) until \(breakGlass.facts.expires)"
        } else {
            return
        }
        var waived = false
        for index in outcome.result.rules.indices {
            let failed = outcome.result.rules[index]
            guard failed.outcome == .fails, failed.rule.utf8.elementsEqual(rule.rule.utf8) else { continue }
            guard failed.isWaivable else {
                outcome.notes.append(notWaivable(failed, rule, waiver))
                continue
            }
            waived = true
            outcome.result.rules[index] = failed.waived(by: waiver, summary)
            guard let effective else { continue }
            outcome.exceptions.append(
                UsedException(
                    name: effective.name, waives: rule, owner: effective.owner, reason: effective.reason,
                    ticket: effective.ticket, expires: effective.expires,
                    subject: failed.subject ?? document.image.digest,
                    platform: failed.platform))
        }
        guard waived else { return }
        if effective == nil { outcome.brokenGlass.append(rule) }
        outcome.notes.append(
            Finding(effective == nil ? .breakGlassUsed : .exceptionUsed, "the rule is " + summary, rule: "\(rule)"))
    }

    private func notWaivable(_ failed: RuleResult, _ rule: WaivableRule, _ waiver: Waiver) -> Finding {
        let why =
            failed.kind == .deny
            ? "a denial is never waived"
            : "a failure that is about integrity, a denial or a limit, or that is partly unknown, is never waived"
        switch waiver {
        case .exception(let name):
            return Finding(
                .exceptionNotWaivable, "exception `\(name)` has no effect: \(why)", rule: "\(rule)",
                platform: failed.platform)
        case .breakGlass:
            return Finding(
                .breakGlassNotWaivable, "the break-glass pass has no effect here: \(why)", rule: "\(rule)",
                platform: failed.platform)
        }
    }
}

extension RuleResult {
    /// A requirement that is known not to hold, for want of evidence or by what the evidence says.
    var isWaivable: Bool {
        kind == .require && outcome == .fails
            && findings.allSatisfy {
                $0.code.effect == .note
                    || ($0.code.effect == .reject && [.evidence, .rule, .scope].contains($0.code.rank))
            }
    }

    fileprivate func waived(by waiver: Waiver, _ summary: String) -> RuleResult {
        RuleResult(
            policy: policy, rule: rule, kind: kind, on: on, subject: subject, platform: platform, outcome: .waived,
            summary: summary, satisfiedBy: satisfiedBy, findings: findings, waivedBy: waiver)
    }
}

import Content
import Findings
import StrictEncoding

/// Rules that ask for nothing that another rule does not ask for.
enum RuleLint {
    static func findings(_ policies: PolicySet, _ documents: [LintDocument]) -> [LintFinding] {
        policies.policies.flatMap { policy in
            rules(policy.require, policy.deny, documents.first { $0.kind == .policy && $0.root.place == policy.place })
        }
            + policies.guardrails.flatMap { guardrail in
                rules(
                    guardrail.require, guardrail.deny,
                    documents.first { $0.kind == .guardrail && $0.root.place == guardrail.place })
            }
    }

    private static func rules(
        _ require: [Requirement], _ deny: [Denial], _ document: LintDocument?
    ) -> [LintFinding] {
        requirements(require, document) + denials(deny, document) + require.flatMap { alternatives($0, document) }
    }

    private static func requirements(_ rules: [Requirement], _ document: LintDocument?) -> [LintFinding] {
        rules.enumerated().compactMap { position, rule in
            // Of two that imply each other, the one that comes first is kept.
            let other = rules.enumerated().first { other, stronger in
                other != position && stronger.implies(rule) && (other < position || !rule.implies(stronger))
            }
            guard let other = other?.element, let place = document?.place(ofRule: rule.id) else { return nil }
            let isSame = other.rule == rule.rule && other.target == rule.target
            return LintFinding(
                isSame ? .lintRuleTwice : .lintRuleImplied, place,
                isSame ? "`\(rule.id)` says what `\(other.id)` says" : "`\(rule.id)` holds wherever `\(other.id)` holds"
            )
        }
    }

    private static func alternatives(_ rule: Requirement, _ document: LintDocument?) -> [LintFinding] {
        guard case .anyOf(let alternatives) = rule.rule else { return [] }
        return alternatives.enumerated().compactMap { position, alternative in
            let other = alternatives.enumerated().first { other, wider in
                other != position && alternative.implies(wider) && (other < position || !wider.implies(alternative))
            }
            guard let other = other?.element, let place = document?.place(of: alternative.id, inRule: rule.id) else {
                return nil
            }
            return LintFinding(
                .lintAlternativeSubsumed, place, "`\(alternative.id)` holds only where `\(other.id)` holds too")
        }
    }

    private static func denials(_ denials: [Denial], _ document: LintDocument?) -> [LintFinding] {
        denials.enumerated().compactMap { position, denial in
            let other = denials.enumerated().first { other, wider in
                other != position && denial.isCovered(by: wider)
                    && (other < position || !wider.isCovered(by: denial))
            }
            guard let other = other?.element, let place = document?.place(ofRule: denial.id) else { return nil }
            let isSame = other.condition == denial.condition && other.target == denial.target
            return LintFinding(
                isSame ? .lintRuleTwice : .lintRuleImplied, place,
                isSame
                    ? "`\(denial.id)` says what `\(other.id)` says"
                    : "`\(other.id)` denies whatever `\(denial.id)` denies")
        }
    }
}

extension LintDocument {
    /// Where an item of `require` or `deny` begins.
    fileprivate func place(ofRule id: String) -> PolicyPlace? { node(ofRule: id)?.place }

    fileprivate func place(of alternative: String, inRule id: String) -> PolicyPlace? {
        node(ofRule: id)?["anyOf"]?.items.first { $0.hasID(alternative) }?.place
    }

    private func node(ofRule id: String) -> PolicyNode? {
        ((spec?["require"]?.items ?? []) + (spec?["deny"]?.items ?? [])).first { $0.hasID(id) }
    }
}

extension PolicyNode {
    fileprivate func hasID(_ id: String) -> Bool { self["id"]?.text?.utf8.elementsEqual(id.utf8) ?? false }
}

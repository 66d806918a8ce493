// What documents ask for that weakens a check: named in every record, and permitted by guardrails or refused.

extension Requirement.Rule {
    var insecureUses: Set<InsecureUse> {
        let usesRegex = leaves.contains { rule in
            guard case .attestation(let rule) = rule else { return false }
            return rule.conditions.contains { if case .insecureRegex = $0.test { true } else { false } }
        }
        return usesRegex ? [.insecureRegex] : []
    }
}

/// A use and the rule that makes it.
struct InsecureRule {
    let use: InsecureUse
    let rule: WaivableRule
    let place: PolicyPlace

    static func all(_ name: PolicyName, _ require: [Requirement]) -> [InsecureRule] {
        require.flatMap { requirement in
            requirement.rule.insecureUses.sorted().map {
                InsecureRule(
                    use: $0, rule: WaivableRule(policy: name, rule: requirement.id), place: requirement.place)
            }
        }
    }
}

extension AdmissionPolicy {
    var insecure: [InsecureRule] { InsecureRule.all(name, require) }
}

extension Guardrail {
    var insecure: [InsecureRule] { InsecureRule.all(name, require) }
}

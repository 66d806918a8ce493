import Findings

extension RuleJudge {
    /// One alternative that holds is enough. If none does, one that might is undecided; only if all are known not to
    /// hold is the rule known not to.
    func anyOf(_ alternatives: [Alternative], _ subject: RuleSubject) -> Judgement {
        let judged = alternatives.map { alternative in
            (alternative: alternative, parts: parts(of: alternative, subject))
        }
        let results = judged.map { (alternative: $0.alternative, parts: $0.parts, whole: Self.all($0.parts)) }
        let holding = results.filter { $0.whole.outcome == .holds }.sorted { $0.alternative.id < $1.alternative.id }
        if let first = holding.first {
            return .holds("`\(first.alternative.id)`: \(first.whole.summary ?? "")", by: first.whole.evidence)
        }
        let undecided = results.filter { $0.whole.outcome == .undecided }.flatMap(\.whole.findings)
        // That evidence of a denied key is left out is known, whatever is not.
        let isDenied = results.contains { $0.whole.findings.contains { $0.code.rank == .denial } }
        guard undecided.isEmpty || isDenied else { return Judgement(outcome: .undecided, findings: undecided) }
        // The alternative of which most rules hold, then the one with the fewest findings, then the first by its id.
        let closest = results.min { a, b in
            let left = (a.parts.count { $0.outcome != .holds }, a.whole.findings.count)
            let right = (b.parts.count { $0.outcome != .holds }, b.whole.findings.count)
            return left == right ? a.alternative.id < b.alternative.id : left < right
        }
        let ids = alternatives.map { "`\($0.id)`" }.sorted()
        let why = closest?.whole.findings.min()?.message ?? "nothing is known"
        let none = finding(
            .ruleNoAlternativeHolds,
            "none of \(Self.enumerated(ids)) holds; closest is `\(closest?.alternative.id ?? "")`: \(why)",
            subject, expected: "one of \(Self.enumerated(ids))", found: "none")
        // What an exception must not touch is said whichever alternative it stands in.
        let others = results.filter { $0.alternative.id != closest?.alternative.id }.flatMap(\.whole.findings)
        let weighty = others.filter { $0.code.effect == .undecided || $0.code.rank >= .denial }
        return .misses(none, (closest?.whole.findings ?? []) + weighty)
    }

    /// One judgement for each rule of an alternative; their findings say in which alternative they stand.
    private func parts(of alternative: Alternative, _ subject: RuleSubject) -> [Judgement] {
        alternative.rules.map { part in
            let place = part.id.map { "\(alternative.id)/\($0)" } ?? alternative.id
            return RuleJudge(rule: "\(rule)/\(place)", document: document, context: context).judge(part.rule, subject)
        }
    }

    private static func all(_ parts: [Judgement]) -> Judgement {
        guard let first = parts.first else { return Judgement(outcome: .fails) }
        return parts.dropFirst().reduce(first) { $0.and($1) }
    }
}

public import Admission
import AdmissionPolicy
import Content
import Findings

/// An explanation for a person: every rule, every piece of evidence of its kind, and which condition it met or missed;
/// then what no rule saw, and why. Longer than a screen where there is much of it.
public enum ExplanationText {
    /// Ends in a line break.
    public static func text(_ explanation: DecisionExplanation) -> String {
        var lines = TextLines()
        for rule in explanation.rules { write(rule, &lines) }
        if !explanation.refused.isEmpty {
            lines.blank()
            lines.add("no rule saw", indent: 2)
            for item in explanation.refused { write(item, &lines) }
        }
        return lines.text
    }

    private static func write(_ rule: RuleExplanation, _ lines: inout TextLines) {
        lines.blank()
        let place = "\(rule.policy)#\(rule.rule)"
        let on = rule.platform ?? rule.on.description
        lines.add("\(word(rule)) \(place)  \(on)", indent: 2)
        if let summary = rule.summary { lines.add(summary, indent: 7) }
        if rule.candidates.isEmpty {
            for finding in rule.findings { lines.add("\(finding.message)  [\(finding.code)]", indent: 7) }
        }
        for candidate in rule.candidates { write(candidate, &lines) }
        if let mend = rule.mend { lines.add("mend    " + mend, indent: 7, hanging: 8) }
    }

    private static func write(_ candidate: CandidateExplanation, _ lines: inout TextLines) {
        let by = candidate.signers.isEmpty ? "" : " by " + candidate.signers.joined(separator: ", ")
        for digest in candidate.evidence { lines.addWhole(digest.description, indent: 7) }
        lines.add("\(candidate.what)\(by)", indent: 9, shortens: true)
        if !candidate.matched.isEmpty {
            lines.add("met     " + candidate.matched.joined(separator: ", "), indent: 9, hanging: 8)
        }
        for miss in candidate.misses {
            lines.add("missed  \(miss.message)  [\(miss.code)]", indent: 9, hanging: 8, shortens: true)
        }
        if let note = candidate.note { lines.add("note    " + note, indent: 9, hanging: 8) }
    }

    private static func write(_ item: RefusedEvidence, _ lines: inout TextLines) {
        lines.addWhole(item.evidence?.description ?? "no digest", indent: 7)
        let why = UnusableEvidence(item.finding).rawValue
        lines.add("\(item.origin.rawValue): \(why)  [\(item.finding.code)]", indent: 9)
        lines.add(item.finding.message, indent: 9)
        if let expected = item.finding.expected { lines.add("expected  " + expected, indent: 9, hanging: 10) }
        if let found = item.finding.found { lines.add("found     " + found, indent: 9, hanging: 10) }
    }

    private static func word(_ rule: RuleExplanation) -> String {
        switch rule.outcome {
        case .holds: "ok  "
        case .fails: "FAIL"
        case .undecided: "??  "
        case .waived: "!!  "
        }
    }
}

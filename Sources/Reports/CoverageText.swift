public import AdmissionPolicy
import Findings

/// Coverage for a person: a table for each document, then what would complete it.
public enum CoverageText {
    /// Ends in a line break.
    public static func text(_ coverage: PolicyCoverage) -> String {
        var out = ""
        let width = coverage.rules.map { label($0).unicodeScalars.count }.max() ?? 0
        var heading = ""
        for rule in coverage.rules {
            let file = "\(rule.file): \(rule.documentKind) \(rule.document)"
            if file != heading {
                out += (heading.isEmpty ? "" : "\n") + Finding.escaped(file) + "\n"
                out += "  " + padded("rule", width) + "  passing  failing\n"
                heading = file
            }
            out += "  \(padded(label(rule), width))  \(count(rule.passing))  \(count(rule.failing))"
            out += rule.isCovered ? "\n" : "  <- \(missing(rule))\n"
            guard rule.failing.isEmpty else { continue }
            for line in rule.uncounted.prefix(shown) { out += "      not counted: \(Finding.escaped(line))\n" }
            if rule.uncounted.count > shown {
                out += "      and \(rule.uncounted.count - shown) more; `--output json` has all\n"
            }
        }
        let rules = coverage.rules.count == 1 ? "rule has" : "rules have"
        return out
            + "\(coverage.covered) of \(coverage.rules.count) \(rules) a passing and a failing case (\(coverage.percent) %)\n"
    }

    private static let shown = 3

    private static func label(_ rule: PolicyCoverage.Rule) -> String {
        Finding.escaped(rule.id) + (rule.kind == .deny ? " (denial)" : "")
    }

    private static func missing(_ rule: PolicyCoverage.Rule) -> String {
        switch (rule.passing.isEmpty, rule.failing.isEmpty) {
        case (true, true): "no case"
        case (true, false): "no passing case"
        default: "no failing case"
        }
    }

    /// Under "passing" and "failing", both of seven letters.
    private static func count(_ cases: [String]) -> String {
        let text = cases.isEmpty ? "-" : String(cases.count)
        return String(repeating: " ", count: max(7 - text.utf8.count, 0)) + text
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.unicodeScalars.count, 0))
    }
}

public import Admission
import AdmissionPolicy
import Content
import Findings
import OCI
import StrictEncoding

/// What a change of policies changes, for people: by team, the images that are decided otherwise, with the reason.
public enum PolicyDifferenceReport {
    /// For a terminal or a log.
    public static func text(_ difference: PolicyDifference) -> String {
        var out = summary(difference) + "\n"
        for team in teams(difference) {
            out += "\n\(team.name)\n"
            for change in team.changes {
                out += "  \(clean(name(change)))\(place(change))\n"
                out += "    \(words(change.old)) -> \(words(change.new))\n"
                if let reason = change.reason {
                    out +=
                        "    \(change.isReasonNew ? "because" : "was    ")  \(reason.code)  \(clean(reason.message))\n"
                    if let expected = reason.expected { out += "    expected  \(clean(expected))\n" }
                    if let found = reason.found { out += "    found     \(clean(found))\n" }
                }
            }
        }
        if !difference.undecidable.isEmpty {
            out += "\nnot compared\n"
            for item in difference.undecidable {
                out += "  \(clean(item.subject))\n    \(item.finding.code)  \(clean(item.finding.message))\n"
            }
        }
        return out
    }

    /// For a pull request.
    public static func markdown(_ difference: PolicyDifference) -> String {
        var out = "### Policy change\n\n\(summary(difference)).\n"
        for team in teams(difference) {
            out +=
                "\n#### \(cell(team.name))\n\n| Image | Namespace | Before | After | Reason |\n|---|---|---|---|---|\n"
            for change in team.changes {
                var reason = ""
                if let finding = change.reason {
                    reason = (change.isReasonNew ? "" : "was ") + "`\(finding.code)` \(cell(finding.message))"
                    if let expected = finding.expected { reason += "<br>expected \(cell(expected))" }
                    if let found = finding.found { reason += "<br>found \(cell(found))" }
                }
                out += "| \(cell(name(change)))<br>\(change.digest.map { "`\($0)`" } ?? "no digest") "
                out +=
                    "| \(change.namespace.map(cell) ?? "none") | \(words(change.old)) | \(words(change.new)) | \(reason) |\n"
            }
        }
        if !difference.undecidable.isEmpty {
            out += "\n#### Not compared\n\n| Image | Reason |\n|---|---|\n"
            for item in difference.undecidable {
                out += "| \(cell(item.subject)) | `\(item.finding.code)` \(cell(item.finding.message)) |\n"
            }
        }
        return out
    }

    // MARK: What both say

    private static func summary(_ difference: PolicyDifference) -> String {
        let count = difference.changes.count
        let admitted = difference.changes.filter { $0.old.isBlocked && !$0.new.isBlocked }.count
        let blocked = difference.changes.filter { !$0.old.isBlocked && $0.new.isBlocked }.count
        var text = "\(count) of \(difference.decided) decisions \(count == 1 ? "changes" : "change")"
        if count > 0 { text += ": \(blocked) newly blocked, \(admitted) no longer blocked" }
        if !difference.undecidable.isEmpty { text += "; \(difference.undecidable.count) could not be compared" }
        return text
    }

    /// By name; changes that no policy is behind come last.
    private static func teams(_ difference: PolicyDifference) -> [(name: String, changes: [DecisionChange])] {
        let names = Set(difference.changes.flatMap(\.teams).map { ExactString($0) }).sorted().map(\.value)
        var teams = names.map { name in
            (name: name, changes: difference.changes.filter { $0.teams.contains { $0.utf8.elementsEqual(name.utf8) } })
        }
        let rest = difference.changes.filter(\.teams.isEmpty)
        if !rest.isEmpty { teams.append((name: "no policy", changes: rest)) }
        return teams
    }

    private static func name(_ change: DecisionChange) -> String { change.reference?.description ?? change.subject }

    private static func place(_ change: DecisionChange) -> String {
        "  \(change.digest?.description ?? "no digest")  namespace \(change.namespace.map(clean) ?? "(none)")"
    }

    private static func words(_ summary: DecisionSummary) -> String {
        switch (summary.verdict, summary.isBlocked) {
        case (.admit, _): "admit"
        case (let verdict, true): verdict.rawValue
        case (let verdict, false): "\(verdict.rawValue) (\(summary.stage), not blocked)"
        }
    }

    private static func clean(_ text: String) -> String { Finding.escaped(text) }

    /// Text in a cell: what Markdown or HTML would act on stands for itself. Code in single backticks stays code, if all
    /// of the text's backticks are such: others could end it at a place that nobody expects.
    private static func cell(_ text: String) -> String {
        let parts = Finding.escaped(text).split(separator: "`", omittingEmptySubsequences: false)
        let isCode = parts.count % 2 == 1 && !parts.dropFirst().dropLast().contains(where: \.isEmpty)
        return parts.enumerated().map { position, part in
            isCode && position % 2 == 1 ? String(part).replacing("|", with: "\\|") : plain(part)
        }.joined(separator: isCode ? "`" : "\\`")
    }

    private static func plain(_ text: Substring) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "|", "\\", "*", "_", "[", "]", "#", "~", "!": out += "\\" + String(scalar)
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case "@": out += "&#64;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

extension DecisionChange {
    /// Why it is refused now, or was before.
    fileprivate var reason: Finding? { new.reason ?? old.reason }
    fileprivate var isReasonNew: Bool { new.reason != nil }
}

import Admission
import AdmissionPolicy
import Content
import Findings
import OCI
import StrictEncoding

/// The answer as a comment on a pull request: what was decided, why, and what mends it; the rules and the evidence of
/// each image folded away.
public enum MarkdownReport {
    /// Bytes of a comment that GitHub takes (65,536 characters; a character has a byte at least).
    public static let longestComment = 65_536
    /// Bytes of a step's summary that GitHub takes.
    public static let longestSummary = 1 << 20

    /// The comment. Where not all of it fits, the last parts are left out as wholes, folded details before the table's
    /// rows, and a line says so.
    public static func text(_ list: DecisionList, limit: Int = longestComment) -> String {
        var head = "### Landwaiter: \(heading(list))\n"
        for note in list.notes.prefix(mostNotes) { head += "\n\(MarkdownText.prose(note))\n" }
        if list.notes.count > mostNotes { head += "\n\(list.notes.count - mostNotes) further notes are left out.\n" }
        head += "\n| | image | verdict | reason |\n|---|---|---|---|\n"
        // What stops somebody first.
        let ordered = [Verdict.reject, .undecided, .admit].flatMap { verdict in
            list.decisions.filter { $0.record.verdict == verdict }
        }
        var left = limit - head.utf8.count - longestRemark
        var rows = ""
        var shown = 0
        for decision in ordered {
            let row = self.row(decision)
            guard row.utf8.count <= left else { break }
            left -= row.utf8.count
            rows += row
            shown += 1
        }
        var details = ""
        var folded = 0
        for decision in ordered.prefix(shown) {
            let text = self.details(decision)
            guard text.utf8.count <= left else { break }
            left -= text.utf8.count
            details += text
            folded += 1
        }
        var remark = ""
        if shown < ordered.count {
            remark = "\n\(ordered.count - shown) further images are left out; the JSON report has all.\n"
        } else if folded < ordered.count {
            remark = "\nDetails of \(ordered.count - folded) images are left out; the JSON report has all.\n"
        }
        let text = head + rows + remark + details
        // A limit that not even the heading fits.
        return text.utf8.count <= limit ? text : ""
    }

    private static let longestRemark = 100
    private static let mostNotes = 10

    private static func heading(_ list: DecisionList) -> String {
        let mark = mark(list.verdict)
        guard list.isBatch else { return "\(mark) \(list.verdict.rawValue)" }
        let count = list.decisions.count
        return "\(mark) \(list.verdict.rawValue), \(count) \(count == 1 ? "image" : "images")"
            + (list.counts.isEmpty ? "" : ": \(list.counts)")
    }

    private static func mark(_ verdict: Verdict) -> String {
        switch verdict {
        case .admit: "✅"
        case .reject: "❌"
        case .undecided: "❔"
        }
    }

    private static func row(_ decision: DecisionList.Decision) -> String {
        let record = decision.record
        var verdict = record.verdict.rawValue
        if record.verdict != .admit, !record.enforcement.isEnforced {
            verdict += " (\(record.enforcement.stage.name): not enforced)"
        }
        if record.request.hypothetical { verdict += " (hypothetical)" }
        var reason = ""
        if let headline = record.headline {
            reason =
                "\(name(headline.code)) \(MarkdownText.prose(capped(headline.message)))"
                + "<br>**mend:** \(MarkdownText.prose(capped(headline.mend)))"
        }
        return "| \(mark(record.verdict)) | \(MarkdownText.code(decision.name)) | \(verdict) | \(reason) |\n"
    }

    /// Folded; blank lines let Markdown begin anew inside.
    private static func details(_ decision: DecisionList.Decision) -> String {
        let record = decision.record
        var out = "\n<details><summary>\(MarkdownText.html(decision.name))</summary>\n\n"
        out += "- digest: \(MarkdownText.code(decision.digest ?? "not known"))\n"
        out += "- namespace: \(record.request.namespace.map(MarkdownText.code) ?? "none")\n"
        out += "- judged as of: \(MarkdownText.code(record.request.at.description))\n"
        for use in record.insecure { out += "- **insecure:** \(MarkdownText.code(use))\n" }
        for used in record.exceptions {
            out += "- **exception:** \(MarkdownText.code(used.name.description)) waives "
            out += "\(MarkdownText.code(used.waives.description)) until \(used.expires)\n"
        }
        if let breakGlass = record.breakGlass, !breakGlass.waived.isEmpty {
            out += "- **break-glass:** \(MarkdownText.code(breakGlass.facts.id)) waives "
            out += breakGlass.waived.map { MarkdownText.code($0.description) }.joined(separator: ", ")
            out += " until \(breakGlass.facts.expires)\n"
        }
        for mention in decision.mentions.prefix(mostListed) { out += "- in \(MarkdownText.code(mention.text))\n" }
        if decision.mentions.count > mostListed { out += "- in \(decision.mentions.count - mostListed) more places\n" }
        let rules = (record.guardrails + record.policies).flatMap { policy in policy.rules.map { (policy, $0) } }
        if !rules.isEmpty {
            out += "\n| rule | on | outcome |\n|---|---|---|\n"
            for (policy, rule) in rules.prefix(mostListed) {
                out += "| \(MarkdownText.code("\(policy.policy)#\(rule.rule)"))"
                out += " | \(MarkdownText.code(rule.platform ?? rule.on.description)) | \(word(rule)) |\n"
            }
            if rules.count > mostListed { out += "\n\(rules.count - mostListed) further rules are left out.\n" }
        }
        if !record.findings.isEmpty {
            out += "\n| finding | what | mend |\n|---|---|---|\n"
            for finding in record.findings.prefix(mostListed) {
                let platform = finding.platform.map { " on " + MarkdownText.code($0) } ?? ""
                let rule = finding.rule.map { "<br>" + MarkdownText.code($0) } ?? ""
                out += "| \(name(finding.code))\(rule) | \(MarkdownText.prose(capped(finding.message)))\(platform)"
                out += " | \(MarkdownText.prose(capped(finding.mend))) |\n"
            }
            if record.findings.count > mostListed {
                out += "\n\(record.findings.count - mostListed) further findings are left out.\n"
            }
        }
        return out + "\n</details>\n"
    }

    private static let mostListed = 30
    private static let longestText = 400

    private static func word(_ rule: RuleResult) -> String {
        switch rule.outcome {
        case .holds: "holds"
        case .fails: "**fails**"
        case .undecided: "**undecided**"
        case .waived: "waived by \(MarkdownText.code(rule.waivedBy?.text ?? ""))"
        }
    }

    /// Codes are our own words.
    private static func name(_ code: ReasonCode) -> String { "`\(code.name)`" }

    private static func capped(_ text: String) -> String {
        text.unicodeScalars.count <= longestText
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(longestText))) + "…"
    }
}

import Admission
import AdmissionPolicy
import Content
import Findings

/// What GitHub Actions reads of a step: workflow commands on its output, which become annotations, and values for the
/// steps that follow. Its summary is ``MarkdownReport``.
public enum GitHubReport {
    /// One `::error` for each image that the gate stops, one `::warning` for each that a policy's stage lets pass, a
    /// `::notice` for what was passed over, and for each image a line that says the verdict. Every line begins with words
    /// of ours: text from outside at the beginning of a line could be a command.
    public static func commands(_ list: DecisionList) -> String {
        var out = ""
        for decision in list.decisions {
            let record = decision.record
            out += "landwaiter: \(record.verdict.rawValue) \(defused(decision.name))"
            out += decision.digest.map { " \($0)" } ?? ""
            out += "\n"
            guard record.verdict != .admit, let headline = record.headline else { continue }
            var message = "\(decision.name): \(headline.message)\nmend: \(headline.mend)"
            if let rule = headline.rule { message += "\nrule: \(rule)" }
            let properties = place(decision) + [("title", "landwaiter: \(headline.code.name)")]
            out += command(list.isBlocked(record) ? "error" : "warning", properties, message)
        }
        for note in list.notes { out += command("notice", [("title", "landwaiter")], note) }
        return out
    }

    /// What is appended to the file that `GITHUB_OUTPUT` names: `verdict`, `digest` and `reason` (of the first image that
    /// has the worst verdict), and how many images have which verdict. Each value stands between delimiters that it
    /// can't hold: one made of its own digest.
    public static func outputs(_ list: DecisionList) -> String {
        let telling = list.decisions.first { $0.record.verdict == list.verdict }
        let values = [
            ("verdict", list.verdict.rawValue),
            ("digest", telling?.digest ?? ""),
            ("reason", telling?.record.headline?.code.name ?? ""),
            ("admitted", "\(list.count(.admit))"),
            ("rejected", "\(list.count(.reject))"),
            ("undecided", "\(list.count(.undecided))"),
        ]
        return values.map { name, value in
            let delimiter = "landwaiter_" + Digest(of: Array(value.utf8)).hex.prefix(32)
            return "\(name)<<\(delimiter)\n\(value)\n\(delimiter)\n"
        }.joined()
    }

    /// Text that is no command at the beginning of a line, and holds none in the old form.
    public static func defused(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let scalars = line.unicodeScalars
            let start = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.endIndex
            var line = String(line)
            if scalars[start...].starts(with: "::".unicodeScalars) {
                line =
                    String(String.UnicodeScalarView(scalars[..<start])) + ": "
                    + String(String.UnicodeScalarView(scalars[start...].dropFirst()))
            }
            return line.replacing("##[", with: "## [")
        }.joined(separator: "\n")
    }

    private static func place(_ decision: DecisionList.Decision) -> [(String, String)] {
        guard let mention = decision.mentions.first, let file = mention.file else { return [] }
        return [("file", file)] + (mention.line.map { [("line", "\($0)")] } ?? [])
    }

    private static func command(_ name: String, _ properties: [(String, String)], _ message: String) -> String {
        let stated = properties.map { "\($0)=\(escaped($1, inProperty: true))" }.joined(separator: ",")
        return "::\(name)\(stated.isEmpty ? "" : " ")\(stated)::\(escaped(message, inProperty: false))\n"
    }

    /// As the runner undoes it: `%`, CR and LF in data, and `:` and `,` as well in properties. Line feeds of ours stay;
    /// all other control characters were escaped before.
    static func escaped(_ text: String, inProperty: Bool) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Finding.escaped(String($0)) }
        var out = ""
        for scalar in lines.joined(separator: "\n").unicodeScalars {
            switch scalar {
            case "%": out += "%25"
            case "\r": out += "%0D"
            case "\n": out += "%0A"
            case ":" where inProperty: out += "%3A"
            case "," where inProperty: out += "%2C"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

import Admission
import AdmissionPolicy
import Content
import Findings
public import StrictEncoding

/// The answers about a list of images for a person, and as JSON.
public enum BatchReport {
    /// Each image that is not admitted in full, then one table of all, then the count. Ends in a line break.
    public static func text(_ list: DecisionList, style: TextReport.Style) -> String {
        var out = ""
        for decision in list.decisions where decision.record.verdict != .admit {
            out += TextReport.text(decision.record, style: style)
            if decision.record.request.reference == nil { out += "  image     \(decision.name)\n" }
            for mention in decision.mentions { out += "  in        \(mention.text)\n" }
            out += "\n"
        }
        let names = list.decisions.map { shortened($0.name) }
        let width = min(names.map { $0.unicodeScalars.count }.max() ?? 0, 72)
        for (decision, name) in zip(list.decisions, names) {
            let padding = String(repeating: " ", count: max(width - name.unicodeScalars.count, 0))
            let why = decision.record.headline?.code.name ?? ""
            let staged = decision.record.verdict != .admit && !decision.record.enforcement.isEnforced
            let stage = staged ? "  (\(decision.record.enforcement.stage.name): not enforced)" : ""
            let line = "\(word(decision.record.verdict))  \(name)\(padding)  \(why)\(stage)"
            out += trimmed(line) + "\n"
        }
        for note in list.notes { out += "note       \(Finding.escaped(note))\n" }
        let count = list.decisions.count
        return out + "\n\(count) \(count == 1 ? "image" : "images"): \(list.counts.isEmpty ? "none" : list.counts)\n"
    }

    /// The records as they are alone, each with the places that ask for it (docs/admission-batch.schema.json).
    public static func json(_ list: DecisionList) -> JSONTree {
        [
            "schemaVersion": 1,
            "verdict": .string(list.verdict.rawValue),
            "counts": JSONTree.object(
                Dictionary(
                    Verdict.allCases.map { (ExactString($0.rawValue), JSONTree.integer(Int64(list.count($0)))) }
                ) { first, _ in first }),
            "decisions": .array(
                list.decisions.map { decision in
                    [
                        "image": .string(decision.image),
                        "mentions": .array(decision.mentions.map(json)),
                        "record": decision.record.json,
                    ]
                }),
            "notes": JSONTree(strings: list.notes),
        ]
    }

    private static func json(_ mention: DecisionList.Mention) -> JSONTree {
        JSONTree(members: [
            "file": mention.file.map(JSONTree.string),
            "line": mention.line.map { .integer(Int64($0)) },
            "user": mention.user.map(JSONTree.string),
            "pointer": mention.pointer.map(JSONTree.string),
        ])
    }

    private static func word(_ verdict: Verdict) -> String {
        let word = verdict.rawValue.uppercased()
        return word + String(repeating: " ", count: max(9 - word.utf8.count, 0))
    }

    private static func shortened(_ name: String) -> String { TextLines.shortened(name) }

    private static func trimmed(_ line: String) -> String {
        var line = Substring(line)
        while line.utf8.last == UInt8(ascii: " ") { line.removeLast() }
        return String(line)
    }
}

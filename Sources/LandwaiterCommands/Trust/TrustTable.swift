import Findings
import StrictEncoding

/// What is shown of trust to a person.
enum TrustTable {
    /// Every source with its parts.
    static func text(_ sources: [TrustSource]) -> String {
        var lines: [String] = []
        for source in sources {
            if !lines.isEmpty { lines.append("") }
            lines.append("\(Finding.escaped(source.name))  (\(source.form))")
            lines += source.facts.map { "  \(padded($0.name, 9)) \(Finding.escaped($0.value))" }
            for part in source.parts {
                lines.append("  \(part.kind.rawValue)  \(Finding.escaped(part.name))")
                if let id = part.id { lines.append("      \(id)") }
                if part.obstacle == nil { lines.append("      \(period(part.period))") }
                lines += part.facts.map { "      \(padded($0.name, 11)) \(Finding.escaped($0.value))" }
                switch part.obstacle {
                case nil: break
                case .missing(let why), .unreadable(let why): lines.append("      \(Finding.escaped(why))")
                case .unusable(let why): lines.append("      not used: \(Finding.escaped(why))")
                }
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func period(_ period: TrustPeriod) -> String {
        switch (period.from, period.until) {
        case (nil, nil): "no end"
        case (let from?, nil): "from \(from), no end"
        case (nil, let until?): "until \(until)"
        case (let from?, let until?): "from \(from) until \(until)"
        }
    }

    /// How parts stand: one line each, what is to be done below, and a sum.
    static func text(_ standings: [TrustCheck.Standing], isColourful: Bool) -> String {
        var lines: [String] = []
        for standing in standings {
            let word = padded(standing.status.rawValue, 10)
            let left = standing.daysLeft.map { "\($0) d" } ?? "-"
            let until = standing.part.obstacle == nil ? standing.part.period.until?.description ?? "no end" : "-"
            lines.append(
                coloured(word, standing, isColourful) + " " + leading(left, 8) + "  " + padded(until, 20) + "  "
                    + standing.part.kind.rawValue + " " + Finding.quoted(standing.part.name))
            let place = standing.source.utf8.elementsEqual(standing.part.name.utf8) ? nil : "in \(standing.source)"
            let details = [place, standing.part.id].compactMap { $0 }
            if !details.isEmpty { lines.append("           " + Finding.escaped(details.joined(separator: "  "))) }
            if let note = standing.note { lines.append("           note: \(Finding.escaped(note))") }
            if let successor = standing.successor {
                lines.append("           \(standing.status == .ended ? "history" : "followed"): \(successor) goes on")
            }
            if let mend = standing.mend { lines.append("           mend: \(mend)") }
        }
        let problems = standings.count { $0.isProblem }
        lines.append(
            "\(standings.count) \(standings.count == 1 ? "part" : "parts"), "
                + (problems == 0 ? "nothing to do" : "\(problems) \(problems == 1 ? "needs" : "need") attention"))
        return lines.map { $0 + "\n" }.joined()
    }

    private static func coloured(_ word: String, _ standing: TrustCheck.Standing, _ isColourful: Bool) -> String {
        guard isColourful else { return word }
        let colour =
            switch (standing.isProblem, standing.status) {
            case (true, .ending): "33"
            case (true, _): "31"
            case (false, .ok): "32"
            case (false, _): "2"
            }
        return "\u{1B}[\(colour)m\(word)\u{1B}[0m"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
    private static func leading(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

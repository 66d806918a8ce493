public import Admission
import AdmissionPolicy
import Content
import Findings
import OCI
import StrictEncoding

/// A record for a person: the verdict and its reason first, then each rule, then the evidence. Under a screen for one
/// image; plain words when piped, a tree with ticks and crosses on a terminal.
public struct TextReport: Sendable {
    /// How it looks; what it says is the same.
    public enum Style: Sendable {
        /// ASCII marks, no colour: for files, pipes and logs.
        case plain
        /// Unicode marks and ANSI colours.
        case terminal
    }

    private let record: AdmissionRecord
    private let marks: Marks
    private var out = ""

    /// The report, ending in a line break.
    public static func text(_ record: AdmissionRecord, style: Style) -> String {
        var report = TextReport(record: record, marks: style == .terminal ? .terminal : .plain)
        report.writeHeading()
        report.writeFindings()
        report.writeRules()
        report.writeEvidence()
        report.writeFooter()
        return report.out
    }

    private init(record: AdmissionRecord, marks: Marks) {
        self.record = record
        self.marks = marks
    }

    private mutating func line(_ text: String = "") { out += text + "\n" }

    // MARK: The answer

    private mutating func writeHeading() {
        let name = record.request.reference.map { Self.clean($0.description) }
        let digest = record.imageDigest?.description ?? "no digest"
        line("\(marks.verdict(record.verdict)) \(name.map { $0 + "  " } ?? "")\(digest)")
        var context = "namespace \(record.request.namespace.map(Self.clean) ?? "(none)"), at \(record.request.at)"
        if record.request.hypothetical { context += " (hypothetical)" }
        if record.verdict != .admit, !record.enforcement.isEnforced {
            context += ", stage \(record.enforcement.stage.name): not enforced"
        }
        line("  " + marks.dim(context))
        writeWaivers()
    }

    /// What let the image pass although rules do not hold, before everything else: nobody is to overlook it.
    private mutating func writeWaivers() {
        if let breakGlass = record.breakGlass, !breakGlass.waived.isEmpty {
            let facts = breakGlass.facts
            line()
            line("  \(marks.waived) \(marks.bold("BREAK-GLASS")) \(Self.clean(facts.id)) until \(facts.expires)")
            let rules = breakGlass.waived.map { Self.clean($0.description) }
            line("      waives    \(rules.joined(separator: ", "))")
            line("      approved  \(breakGlass.approvers.map(Self.clean).joined(separator: ", "))")
            line(
                "      reason    \(Self.clean(facts.reason))\(facts.ticket.map { ", ticket " + Self.clean($0) } ?? "")")
        }
        // One for each exception and rule; the subjects stand with the rules.
        var told: Set<String> = []
        for used in record.exceptions where told.insert("\(used.name) \(used.waives)").inserted {
            line()
            line(
                "  \(marks.waived) \(marks.bold("EXCEPTION")) \(Self.clean(used.name.description)) until \(used.expires)"
            )
            line("      waives    \(Self.clean(used.waives.description))")
            let stated = [used.reason, used.ticket.map { "ticket " + $0 }, used.owner.map { "owner " + $0 }]
            let texts = stated.compactMap { $0 }.map(Self.clean)
            if !texts.isEmpty { line("      reason    \(texts.joined(separator: ", "))") }
        }
        for use in record.insecure { line("  \(marks.waived) \(marks.bold("INSECURE")) \(Self.clean(use))") }
    }

    /// What decided, the headline first; findings that belong to a rule are told with it, further down.
    private mutating func writeFindings() {
        guard record.verdict != .admit else { return }
        if let headline = record.headline {
            line()
            write(headline, indent: "  ")
            if headline.code.rank == .evidence { line("      \(marks.dim(whatLiesThere))") }
        }
        // Notes belong to no rule, also where they name one: exceptions that have no effect are among them.
        for finding in record.findings
        where (finding.rule == nil || finding.code.effect == .note) && finding != record.headline {
            write(finding, indent: "  ")
        }
    }

    /// Nothing there, and something there that does not count, must not look alike.
    private var whatLiesThere: String {
        var counts: [ReasonCode: Int] = [:]
        for item in record.refused where item.finding.code.effect != .note {
            counts[item.finding.code, default: 0] += 1
        }
        if counts.isEmpty {
            return record.verified.isEmpty
                ? "nothing lies with the image that could be evidence" : "nothing that lies with the image was refused"
        }
        let listed = counts.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
        return "refused   " + listed.joined(separator: ", ")
    }

    private mutating func write(_ finding: Finding, indent: String) {
        let mark =
            finding.code.effect == .note ? marks.note : finding.code.effect == .undecided ? marks.unknown : marks.cross
        let place = [finding.rule, finding.platform].compactMap { $0 }.map(Self.clean).joined(separator: " ")
        line("\(indent)\(mark) \(marks.bold(finding.code.name))\(place.isEmpty ? "" : "  " + marks.dim(place))")
        let inner = indent + "    "
        line(inner + Self.clean(finding.message))
        if let expected = finding.expected { line("\(inner)expected  \(Self.clean(expected))") }
        if let found = finding.found { line("\(inner)found     \(Self.clean(found))") }
        if let evidence = finding.evidence { line("\(inner)evidence  \(evidence)") }
        line("\(inner)mend      \(Self.clean(finding.mend))")
    }

    // MARK: The rules

    private mutating func writeRules() {
        for policy in record.guardrails + record.policies where !policy.rules.isEmpty {
            line()
            line("  \(marks.bold(Self.clean(policy.policy.description)))  \(marks.dim(policy.enforcement.stage.name))")
            for rule in policy.rules {
                let on = rule.platform.map(Self.clean) ?? rule.on.description
                let summary = rule.summary.map { "  " + Self.clean($0) } ?? ""
                line(
                    "  \(marks.branch)\(marks.outcome(rule.outcome)) \(Self.clean(rule.rule))  \(marks.dim(on))\(summary)"
                )
                for finding in rule.findings where finding != record.headline {
                    write(finding, indent: "  \(marks.stem)  ")
                }
            }
        }
    }

    // MARK: The evidence

    private mutating func writeEvidence() {
        let refused = record.refused.filter { $0.finding.code.effect != .note }
        let notes = record.refused.filter { $0.finding.code.effect == .note }
        guard !record.verified.isEmpty || !record.refused.isEmpty else { return }
        line()
        line("  \(marks.bold("evidence"))  \(record.verified.count) verified, \(refused.count) refused")
        for item in record.verified.prefix(Self.shown) {
            line("  \(marks.branch)\(marks.tick) \(item.evidence)  \(Self.clean(kind(of: item)))")
        }
        writeRest(of: record.verified.count)
        // On an admit, what was refused changed nothing: it is counted, and told in full by `--output json`.
        guard record.verdict != .admit else { return }
        for item in refused.prefix(Self.shown) {
            line(
                "  \(marks.branch)\(marks.cross) \(item.evidence?.description ?? item.origin.rawValue)  \(item.finding.code.name)"
            )
            line("  \(marks.stem)    \(Self.clean(item.finding.message))")
            if let expected = item.finding.expected { line("  \(marks.stem)    expected  \(Self.clean(expected))") }
            if let found = item.finding.found { line("  \(marks.stem)    found     \(Self.clean(found))") }
        }
        writeRest(of: refused.count)
        for item in notes.prefix(Self.shown) {
            line("  \(marks.branch)\(marks.note) \(item.finding.code.name)  \(Self.clean(item.finding.message))")
        }
        writeRest(of: notes.count)
    }

    /// A person reads ten lines of a kind; JSON has them all.
    private static let shown = 10

    private mutating func writeRest(of count: Int) {
        if count > Self.shown { line("  \(marks.branch)… \(count - Self.shown) more; `--output json` has all") }
    }

    private func kind(of item: VerifiedEvidence) -> String {
        switch item.statement {
        case .signature(let facts): "signature by \(signers(facts.signers))"
        case .attestation(let facts):
            "\(facts.predicateType) by \(signers(facts.signers))\(facts.underIndexSignature ? " (of the index)" : "")"
        }
    }

    private func signers(_ signers: [SignerIdentity]) -> String {
        signers.map { signer in
            switch signer {
            case .key(let fingerprint, _): "key " + String(fingerprint.value.prefix(19)) + "…"
            }
        }.joined(separator: ", ")
    }

    private mutating func writeFooter() {
        guard record.verdict != .admit, let headline = record.headline else { return }
        line()
        line("  " + marks.dim("landwaiter explain \(headline.code.name)"))
    }

    /// Text from outside reaches a terminal only without control and format characters.
    private static func clean(_ text: String) -> String { Finding.escaped(text) }
}

/// The marks of one style.
private struct Marks: Sendable {
    let tick, cross, unknown, note, waived, branch, stem: String
    let isColourful: Bool

    static let plain = Marks(
        tick: "ok  ", cross: "FAIL", unknown: "??  ", note: "note", waived: "!!  ", branch: "  ", stem: "  ",
        isColourful: false)
    static let terminal = Marks(
        tick: colour("✓", 32), cross: colour("✗", 31), unknown: colour("?", 33), note: colour("•", 36),
        waived: colour("!", 33), branch: "├ ",
        stem: "│ ", isColourful: true)

    func verdict(_ verdict: Verdict) -> String {
        let word = verdict.rawValue.uppercased()
        guard isColourful else { return word }
        return switch verdict {
        case .admit: Self.colour("✓ " + word, 32)
        case .reject: Self.colour("✗ " + word, 31)
        case .undecided: Self.colour("? " + word, 33)
        }
    }

    func outcome(_ outcome: RuleResult.Outcome) -> String {
        switch outcome {
        case .holds: tick
        case .fails: cross
        case .undecided: unknown
        case .waived: waived
        }
    }

    func bold(_ text: String) -> String { isColourful ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    func dim(_ text: String) -> String { isColourful ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
    // Three escape sequences of ECMA-48: no library is lighter than these.
    private static func colour(_ text: String, _ number: Int) -> String { "\u{1B}[\(number)m\(text)\u{1B}[0m" }
}

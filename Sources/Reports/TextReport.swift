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
        report.writeBases()
        report.writeEvidence()
        report.writeFooter()
        return report.out
    }

    private init(record: AdmissionRecord, marks: Marks) {
        self.record = record
        self.marks = marks
    }

    private mutating func line(_ text: String = "") { out += text + "\n" }

    /// A text of more than a line, broken at spaces; digests in it are shortened.
    private mutating func text(_ text: String, indent: String, after label: String = "") {
        let hanging = label.utf8.count
        for line in TextLines.wrapped(label + text, indent: indent.unicodeScalars.count, hanging: hanging) {
            // The indentation may hold marks of a tree.
            out += indent + line.unicodeScalars.dropFirst(indent.unicodeScalars.count).map(String.init).joined() + "\n"
        }
    }

    // MARK: The answer

    private mutating func writeHeading() {
        let name = record.request.reference.map { Self.clean($0.description) }
        let digest = (record.imageDigest ?? record.artifact?.digest)?.description ?? "no digest"
        line("\(marks.verdict(record.verdict)) \(name ?? digest)")
        if name != nil { line("  " + digest) }
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
            write(headline, on: platforms(saying: headline), indent: "  ")
            if headline.code.rank == .evidence { text(whatLiesThere, indent: "      ") }
        }
        // Notes belong to no rule, also where they name one: exceptions that have no effect are among them.
        for finding in record.findings
        where (finding.rule == nil || finding.code.effect == .note) && finding != record.headline {
            write(finding, on: [finding.platform].compactMap { $0 }, indent: "  ")
        }
    }

    /// Nothing there, and something there that does not count, must not look alike.
    private var whatLiesThere: String {
        var counts: [UnusableEvidence: Int] = [:]
        for item in record.refused where item.finding.code.effect != .note {
            counts[UnusableEvidence(item.finding), default: 0] += 1
        }
        guard !counts.isEmpty else {
            if record.artifact != nil {
                return record.verified.isEmpty
                    ? "nothing was given that could be evidence about the file" : "nothing that was given was refused"
            }
            return record.verified.isEmpty
                ? "nothing lies with the image that could be evidence" : "nothing that lies with the image was refused"
        }
        let listed = UnusableEvidence.allCases.compactMap { why in counts[why].map { why.phrase($0) } }
        return "not used  " + listed.joined(separator: ", ")
    }

    /// Everything about a finding.
    private mutating func write(_ finding: Finding, on platforms: [String], indent: String) {
        line("\(indent)\(mark(finding)) \(marks.bold(finding.code.name))")
        let inner = indent + "    "
        if let rule = finding.rule {
            text(rule + (platforms.isEmpty ? "" : " on " + platforms.joined(separator: ", ")), indent: inner)
        }
        text(finding.message, indent: inner)
        // A closest miss says both in its message.
        if let expected = finding.expected, !finding.message.holds(expected) {
            text(expected, indent: inner, after: "expected  ")
        }
        if let found = finding.found, !finding.message.holds(found) { text(found, indent: inner, after: "found     ") }
        if let evidence = finding.evidence { text(evidence, indent: inner, after: "evidence  ") }
        text(finding.mend, indent: inner, after: "mend      ")
    }

    /// A finding beside the headline, in short.
    private mutating func writeShort(_ finding: Finding, indent: String) {
        line("\(indent)\(mark(finding)) \(marks.bold(finding.code.name))")
        text(finding.message, indent: indent + "    ")
        text(finding.mend, indent: indent + "    ", after: "mend      ")
    }

    private func mark(_ finding: Finding) -> String {
        finding.code.effect == .note ? marks.note : finding.code.effect == .undecided ? marks.unknown : marks.cross
    }

    /// For which platforms the rule says the same.
    private func platforms(saying finding: Finding) -> [String] {
        let same = record.findings.filter { $0.rule == finding.rule && $0.says(sameAs: finding) }
        return Set(same.compactMap(\.platform)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    // MARK: The rules

    private mutating func writeRules() {
        for policy in record.guardrails + record.policies where !policy.rules.isEmpty {
            line()
            line("  \(marks.bold(Self.clean(policy.policy.description)))  \(marks.dim(policy.enforcement.stage.name))")
            for group in RuleGroup.groups(of: policy.rules) { write(group) }
        }
    }

    private mutating func write(_ group: RuleGroup) {
        let rule = group.first
        let on = group.platforms.isEmpty ? rule.on.description : group.platforms.joined(separator: ", ")
        line("  \(marks.branch)\(marks.outcome(rule.outcome)) \(Self.clean(rule.rule))  \(marks.dim(Self.clean(on)))")
        // What holds is told in full where it is the answer.
        if record.verdict == .admit, let summary = rule.summary { text(summary, indent: "  \(marks.stem)     ") }
        for finding in rule.findings where record.headline.map({ !finding.says(sameAs: $0) }) ?? true {
            writeShort(finding, indent: "  \(marks.stem)  ")
        }
    }

    /// What the policies of base images say of those that the image may be built on.
    private mutating func writeBases() {
        guard !record.bases.isEmpty else { return }
        line()
        line("  \(marks.bold("base images"))  \(marks.dim("judged from their own evidence"))")
        for base in record.bases.prefix(Self.shown) {
            let mark =
                switch base.verdict {
                case .admit: marks.tick
                case .reject: marks.cross
                case .undecided: marks.unknown
                }
            let name = "\(base.need.base.repository)@\(base.need.base.digest)"
            line("  \(marks.branch)\(mark) \(Self.clean(name))  by \(Self.clean(base.need.policy.description))")
            guard let headline = base.headline else { continue }
            line("  \(marks.stem)    \(headline.code.name)  \(Self.clean(headline.message))")
        }
        writeRest(of: record.bases.count)
    }

    // MARK: The evidence

    private mutating func writeEvidence() {
        let refused = record.refused.filter { $0.finding.code.effect != .note }
        let notes = record.refused.filter { $0.finding.code.effect == .note }
        guard !record.verified.isEmpty || !record.refused.isEmpty else { return }
        line("  \(marks.bold("evidence"))  \(record.verified.count) verified, \(refused.count) refused")
        guard record.verdict != .admit else {
            // On an admit, what was refused changed nothing: it is counted, and told in full by `--output json`.
            for item in record.verified.prefix(Self.shown) {
                text("\(item.evidence)  \(kind(of: item))", indent: "  \(marks.branch)", after: marks.plainTick)
            }
            return writeRest(of: record.verified.count)
        }
        for item in refused.prefix(Self.shown) {
            let evidence = item.evidence?.description ?? item.origin.rawValue
            line("  \(marks.branch)\(marks.cross) \(TextLines.shortened(evidence))  \(item.finding.code.name)")
            text(item.finding.message, indent: "  \(marks.stem)     ")
        }
        writeRest(of: refused.count)
        for item in notes.prefix(Self.shown) {
            line("  \(marks.branch)\(marks.note) \(item.finding.code.name)")
            text(item.finding.message, indent: "  \(marks.stem)     ")
        }
        writeRest(of: notes.count)
    }

    /// A person reads a few lines of a kind; `--explain` and JSON have them all.
    private static let shown = 3

    private mutating func writeRest(of count: Int) {
        if count > Self.shown { line("  \(marks.branch)… \(count - Self.shown) more; `--explain` has all") }
    }

    private func kind(of item: VerifiedEvidence) -> String {
        switch item.statement {
        case .signature(let facts): "signature by \(signers(facts.signers))"
        case .attestation(let facts):
            "\(facts.predicateType) by \(signers(facts.signers))\(facts.underIndexSignature ? " (of the index)" : "")"
        }
    }

    private func signers(_ signers: [SignerIdentity]) -> String {
        signers.map(\.summary).joined(separator: ", ")
    }

    private mutating func writeFooter() {
        guard record.verdict != .admit, let headline = record.headline else { return }
        line()
        line("  " + marks.dim("landwaiter explain \(headline.code.name); verify --explain"))
    }

    /// Text from outside reaches a terminal only without control and format characters.
    private static func clean(_ text: String) -> String { Finding.escaped(text) }
}

extension String {
    fileprivate func holds(_ text: String) -> Bool {
        let (all, part) = (Array(utf8), Array(text.utf8))
        return all.indices.contains { all[$0...].starts(with: part) }
    }
}

/// Results of one rule that say the same of several platforms.
private struct RuleGroup {
    let first: RuleResult
    var platforms: [String]

    static func groups(of rules: [RuleResult]) -> [RuleGroup] {
        var groups: [RuleGroup] = []
        for rule in rules {
            let platform = [rule.platform].compactMap { $0 }
            if let index = groups.firstIndex(where: { $0.first.says(sameAs: rule) }) {
                groups[index].platforms += platform
            } else {
                groups.append(RuleGroup(first: rule, platforms: platform))
            }
        }
        return groups
    }
}

extension RuleResult {
    fileprivate func says(sameAs other: RuleResult) -> Bool {
        rule.utf8.elementsEqual(other.rule.utf8) && kind == other.kind && outcome == other.outcome
            && findings.count == other.findings.count
            && zip(findings, other.findings).allSatisfy { $0.says(sameAs: $1) }
    }
}

extension Finding {
    /// Of another platform, by other evidence: what was found there may differ by its digest.
    fileprivate func says(sameAs other: Finding) -> Bool {
        code == other.code && rule == other.rule && message.utf8.elementsEqual(other.message.utf8)
    }
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

    /// As part of a text that is broken into lines.
    var plainTick: String { isColourful ? "✓ " : "ok   " }

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

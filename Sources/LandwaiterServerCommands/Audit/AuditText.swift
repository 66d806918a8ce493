import Admission
import Findings
import OCI
import StrictEncoding
import VerdictStorage

/// Decisions as people read them. Whatever came from outside is escaped: a terminal obeys no image name.
enum AuditText {
    static func decisions(_ verdicts: [StoredVerdict], of subject: AuditedSubject) -> String {
        guard !verdicts.isEmpty else { return "no decision about \(clean(subject.shown)) is recorded\n" }
        let blocked = verdicts.filter(\.isBlocked).count
        var out = "\(counted(verdicts.count, "decision")) about \(clean(subject.shown)), \(blocked) of them blocked\n"
        for verdict in verdicts { out += "\n" + decision(verdict) }
        return out
    }

    /// One decision, everything that is known of it.
    static func decision(_ verdict: StoredVerdict) -> String {
        let record = RecordedDecision(parsing: verdict.record)
        var out = headline(verdict)
        if let reason = record?.reason {
            out += line("reason", "\(reason.code)  \(clean(reason.message))")
            if let rule = reason.rule { out += line("rule", clean(rule)) }
            if let mend = reason.mend { out += line("mend", clean(mend)) }
        } else if let name = verdict.headline, let code = ReasonCatalogue.code(named: name) {
            // The gate's own, of an image that was admitted: the record has none.
            out += line("reason", "\(name)  \(code.summary)")
            out += line("mend", code.mend)
        }
        out += line(
            "image", clean(verdict.image) + (verdict.digest.map { "  \(clean($0))" } ?? "  (no digest was reached)"))
        out += line("where", place(verdict))
        out += line("asked by", clean(verdict.askedBy ?? "unauthenticated"))
        if let user = verdict.user { out += line("for", clean(user)) }
        for policy in verdict.policies {
            out += line(
                "by",
                "\(clean(policy.name))  \(policy.verdict)  \(policy.stage)" + (policy.isEnforced ? ", enforced" : ""))
        }
        for name in record?.exceptions ?? [] { out += line("waived", clean(name)) }
        for evidence in record?.evidence ?? [] {
            let facts = verdict.evidence.first { $0.digest.utf8.elementsEqual(evidence.digest.utf8) }?.facts ?? []
            out += line("evidence", "\(clean(evidence.digest))  \(clean(evidence.kind))\(said(facts))")
        }
        for name in record?.insecure ?? [] { out += line("insecure", clean(name)) }
        out += line("policy", verdict.policyDigest)
        out += line("trust", verdict.trustDigest)
        out += line("id", verdict.id.description)
        return out
    }

    /// One decision on one line, as `audit list` has it.
    static func row(_ verdict: StoredVerdict) -> String {
        var out = headline(verdict).dropLast()
        out += "  \(clean(verdict.image))"
        if let namespace = verdict.namespace { out += "  namespace \(clean(namespace))" }
        return out + "  \(verdict.id)\n"
    }

    private static func headline(_ verdict: StoredVerdict) -> String {
        var out = "\(verdict.decidedAt)  \(verdict.verdict)"
        if verdict.isBlocked {
            out += " (blocked, \(verdict.stage))"
        } else if verdict.verdict != "admit" {
            out += " (let through, \(verdict.stage))"
        }
        if let headline = verdict.headline { out += "  \(clean(headline))" }
        return out + "\n"
    }

    private static func place(_ verdict: StoredVerdict) -> String {
        (verdict.namespace.map { "namespace \(clean($0)), " } ?? "no namespace, ") + verdict.surface
    }

    /// Who signed and who built; components are too many to list.
    private static func said(_ facts: [EvidenceFact]) -> String {
        let parts = facts.filter { [.signer, .key, .builder].contains($0.kind) }
            .map { "\($0.kind.rawValue) \(clean($0.value))" }.sorted()
        return parts.isEmpty ? "" : "  " + parts.joined(separator: ", ")
    }

    static func line(_ name: String, _ text: String) -> String {
        "  " + name + String(repeating: " ", count: max(1, 10 - name.utf8.count)) + text + "\n"
    }

    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// Control characters escaped, and nothing longer than anybody reads.
    static func clean(_ text: String) -> String { Finding.escaped(text) }
}

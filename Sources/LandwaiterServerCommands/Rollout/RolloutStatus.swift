import Admission
import Findings
import LandwaiterCommands
import StrictEncoding
import VerdictStorage

extension RolloutStatusCommand {
    func carryOut() async throws {
        try await OpenedStore.reading(store) { store, _ in
            let from = since.instant(at: Clock.now)
            let lines = try await store.rollout(since: from).filter { line in
                policy.isEmpty || policy.contains { $0.utf8.elementsEqual(line.policy.utf8) }
            }
            let missing = policy.filter { name in !lines.contains { $0.policy.utf8.elementsEqual(name.utf8) } }
            for name in missing {
                Terminal.writeError(
                    "landwaiter: warning: no decision since \(from) names the policy \(Finding.quoted(name))")
            }
            let status = RolloutStatus(since: from, lines: lines)
            switch output {
            case .text: Terminal.write(status.text)
            case .json: Terminal.write(status.json.line)
            }
            if status.wouldBreak { throw ExitStatus.reject }
        }
    }
}

/// How far each policy is, and what the next stage would do.
struct RolloutStatus {
    let since: Instant
    let lines: [RolloutLine]

    /// Something is let through today that the next stage of its policy would refuse.
    var wouldBreak: Bool { lines.contains { $0.wouldReject > 0 } }

    /// The stage after this one; nil after the last.
    static func next(_ stage: String) -> String? {
        switch stage {
        case "observe": "warn"
        case "warn": "pilot"
        case "pilot": "enforce"
        default: nil
        }
    }

    /// Of the decisions, in tenths of a percent; rounded up, so that one of a million is not none.
    static func permille(_ count: Int, of all: Int) -> Int { all == 0 ? 0 : (count * 1000 + all - 1) / all }

    static func percent(_ count: Int, of all: Int) -> String {
        let tenths = permille(count, of: all)
        return "\(tenths / 10).\(tenths % 10)%"
    }

    var text: String {
        guard !lines.isEmpty else { return "no decision since \(since) names a policy\n" }
        var out = "since \(since)\n"
        for line in lines {
            out += "\n\(AuditText.clean(line.policy))  \(line.stage)\n"
            out += AuditText.line(
                "decided",
                "\(AuditText.counted(line.decisions, "decision")), the last \(line.lastDecidedAt); refused "
                    + "\(line.refused) (\(Self.percent(line.refused, of: line.decisions))), \(line.undecided) of them undecided"
            )
            guard let next = Self.next(line.stage) else {
                if line.refused > 0 { out += examples(line) }
                continue
            }
            guard line.wouldReject > 0 else {
                out += AuditText.line("next", "\(next) would break nothing that was seen")
                continue
            }
            out += AuditText.line(
                "next",
                "\(next) would \(next == "warn" ? "warn of" : "refuse") "
                    + "\(AuditText.counted(line.wouldReject, "decision")) "
                    + "(\(Self.percent(line.wouldReject, of: line.decisions))): "
                    + "\(AuditText.counted(line.images, "image")) in \(AuditText.counted(line.namespaces, "namespace"))"
            )
            out += examples(line)
        }
        return out
    }

    private func examples(_ line: RolloutLine) -> String {
        var out = ""
        for (code, group) in Self.grouped(line.examples) {
            out += "    \(AuditText.clean(code))\n"
            if let mend = Self.mend(code) { out += "      mend: \(mend)\n" }
            for example in group {
                out += "      \(AuditText.clean(example.image))"
                out += example.namespace.map { "  namespace \(AuditText.clean($0))" } ?? ""
                out += "  \(example.decidedAt)  \(example.id)\n"
            }
        }
        return out
    }

    /// By what is wrong, the most frequent first: one mend often serves many images.
    static func grouped(_ examples: [RolloutExample]) -> [(code: String, examples: [RolloutExample])] {
        Dictionary(grouping: examples) { ExactString($0.headline ?? "no reason is recorded") }
            .map { (code: $0.key.value, examples: $0.value) }
            .sorted { a, b in
                a.examples.count != b.examples.count
                    ? a.examples.count > b.examples.count : a.code.utf8.lexicographicallyPrecedes(b.code.utf8)
            }
    }

    /// What the catalogue says of a code; nil for one that this version does not know.
    static func mend(_ code: String) -> String? { ReasonCatalogue.code(named: code)?.mend }

    var json: JSONTree {
        [
            "schemaVersion": 1, "since": .string(since.description),
            "policies": .array(
                lines.map { line in
                    JSONTree(members: [
                        "policy": .string(line.policy), "stage": .string(line.stage),
                        "nextStage": Self.next(line.stage).map(JSONTree.string),
                        "decisions": .integer(Int64(line.decisions)), "refused": .integer(Int64(line.refused)),
                        "undecided": .integer(Int64(line.undecided)),
                        "wouldReject": .integer(Int64(line.wouldReject)),
                        "wouldRejectPermille": .integer(Int64(Self.permille(line.wouldReject, of: line.decisions))),
                        "images": .integer(Int64(line.images)), "namespaces": .integer(Int64(line.namespaces)),
                        "firstDecidedAt": .string(line.firstDecidedAt.description),
                        "lastDecidedAt": .string(line.lastDecidedAt.description),
                        "examples": .array(
                            line.examples.map { example in
                                JSONTree(members: [
                                    "id": .string(example.id.description),
                                    "decidedAt": .string(example.decidedAt.description),
                                    "image": .string(example.image), "digest": example.digest.map(JSONTree.string),
                                    "namespace": example.namespace.map(JSONTree.string),
                                    "verdict": .string(example.verdict),
                                    "headline": example.headline.map(JSONTree.string),
                                    "mend": example.headline.flatMap(Self.mend).map(JSONTree.string),
                                ])
                            }),
                    ])
                }),
        ]
    }
}

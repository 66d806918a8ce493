import StrictEncoding
import VerdictStorage

/// Decisions as programs read them (docs/audit.md): additive only, like records.
enum AuditJSON {
    static let schemaVersion: JSONTree = 1

    static func decisions(_ verdicts: [StoredVerdict], of subject: AuditedSubject) -> JSONTree {
        [
            "schemaVersion": schemaVersion, "subject": .string(subject.shown),
            "decisions": .array(verdicts.map { decision($0) }),
        ]
    }

    /// One decision, with its record as it was written.
    static func decision(_ verdict: StoredVerdict) -> JSONTree {
        var members = summaryMembers(verdict)
        members["evidence"] = .array(
            verdict.evidence.sorted { $0.digest.utf8.lexicographicallyPrecedes($1.digest.utf8) }.map { evidence in
                [
                    "digest": .string(evidence.digest),
                    "facts": .array(
                        evidence.facts.map { ($0.kind.rawValue, $0.value) }.sorted { $0 < $1 }
                            .map { ["kind": .string($0.0), "value": .string($0.1)] }),
                ]
            })
        let document = try? JSONDocument(parsing: verdict.record, limits: JSONLimits(bytes: 64 << 20, depth: 64))
        members["record"] = document.flatMap { JSONTree($0.root) } ?? .null
        return .object(members)
    }

    /// The same without record and evidence.
    static func summary(_ verdict: StoredVerdict) -> JSONTree { .object(summaryMembers(verdict)) }

    private static func summaryMembers(_ verdict: StoredVerdict) -> [ExactString: JSONTree] {
        let members = JSONTree(members: [
            "id": .string(verdict.id.description),
            "decidedAt": .string(verdict.decidedAt.description),
            "verdict": .string(verdict.verdict),
            "blocked": .bool(verdict.isBlocked),
            "stage": .string(verdict.stage),
            "image": .string(verdict.image),
            "repository": verdict.repository.map(JSONTree.string),
            "digest": verdict.digest.map(JSONTree.string),
            "namespace": verdict.namespace.map(JSONTree.string),
            "surface": .string(verdict.surface),
            "askedBy": verdict.askedBy.map(JSONTree.string),
            "user": verdict.user.map(JSONTree.string),
            "headline": verdict.headline.map(JSONTree.string),
            "policyDigest": .string(verdict.policyDigest),
            "trustDigest": .string(verdict.trustDigest),
            "policies": .array(
                verdict.policies.map {
                    [
                        "policy": .string($0.name), "verdict": .string($0.verdict), "stage": .string($0.stage),
                        "enforced": .bool($0.isEnforced),
                    ]
                }),
        ])
        guard case .object(let found) = members else { return [:] }
        return found
    }
}

extension JSONTree {
    /// Canonical bytes and a line end.
    var line: [UInt8] { canonicalBytes() + [UInt8(ascii: "\n")] }
}

public import AdmissionPolicy
import Attestation
import Content
public import Findings
import PKI
import Sigstore
public import StrictEncoding

/// Why a decision came out as it did: every rule against every piece of evidence, and what no rule ever saw.
///
/// Made beside the record by ``AdmissionPipeline/explain(_:)``, never part of it: the record's bytes are the same whether
/// somebody asks why or not.
public struct DecisionExplanation: Sendable {
    public static let schemaVersion = 1

    /// In the order of the record's rules; alternatives of `anyOf` follow their rule. Empty where the image could not be
    /// judged.
    public let rules: [RuleExplanation]
    /// Evidence that was refused before any rule, sorted as in the record.
    public let refused: [RefusedEvidence]
}

/// In which way a piece of evidence cannot be used, whatever the rules ask.
public enum UnusableEvidence: String, Sendable, CaseIterable {
    case wrongSubject = "wrong-subject"
    case wrongSigner = "wrong-signer"
    case unsigned
    case unsupported
    case absent
    case beyondLimit = "beyond-limit"
    case unrelated
    case malformed

    private static let known: [ReasonCode: UnusableEvidence] = [
        .evidenceSubjectMismatch: .wrongSubject, .evidenceNotListedForImage: .wrongSubject,
        .sigstoreMessageSignature: .wrongSubject,
        .signatureNoKeyMatches: .wrongSigner, .signatureNoTrustedKey: .wrongSigner,
        .sigstoreNoTrustedRoot: .wrongSigner, .certificateUntrusted: .wrongSigner,
        .evidenceUnsigned: .unsigned, .evidenceIndexUnsigned: .unsigned, .dsseNoSignatures: .unsigned,
        .sigstoreNoSignature: .unsigned,
        .simpleSigningOpenPGP: .unsupported,
        .sigstoreUnknownMediaType: .unsupported, .sigstoreUnsupportedLayer: .unsupported,
        .evidenceAbsent: .absent, .evidenceUnreadable: .absent,
    ]

    public init(_ finding: Finding) {
        let code = finding.code
        self =
            if let known = Self.known[code] {
                known
            } else if code.family == "limit" {
                .beyondLimit
            } else if code.effect == .note {
                .unrelated
            } else {
                .malformed
            }
    }

    /// What it is, after a count: `2 speak of another image`.
    public func phrase(_ count: Int) -> String {
        let one = count == 1
        let what =
            switch self {
            case .wrongSubject: one ? "speaks of another image" : "speak of another image"
            case .wrongSigner: one ? "is signed by no trusted key" : "are signed by no trusted key"
            case .unsigned: one ? "is not signed" : "are not signed"
            case .unsupported: one ? "is signed in an unsupported way" : "are signed in an unsupported way"
            case .absent: one ? "is listed but not there" : "are listed but not there"
            case .beyondLimit: one ? "is beyond a limit" : "are beyond a limit"
            case .unrelated: one ? "is no evidence about the image" : "are no evidence about the image"
            case .malformed: one ? "is malformed" : "are malformed"
            }
        return "\(count) \(what)"
    }
}

extension DecisionExplanation {
    /// The JSON form; its schema is docs/explained-decision.schema.json.
    public var json: JSONTree {
        [
            "schemaVersion": .integer(Int64(Self.schemaVersion)),
            "rules": .array(rules.map(\.json)),
            "refused": .array(
                refused.map { item in
                    JSONTree(members: [
                        "evidence": item.evidence.map { .string($0.description) },
                        "origin": .string(item.origin.rawValue),
                        "why": .string(UnusableEvidence(item.finding).rawValue),
                        "code": .string(item.finding.code.name), "message": .string(item.finding.message),
                        "mend": .string(item.finding.mend),
                    ])
                }),
        ]
    }
}

extension RuleExplanation {
    fileprivate var json: JSONTree {
        JSONTree(members: [
            "policy": .string(policy.description), "rule": .string(rule), "kind": .string(kind.rawValue),
            "on": .string(on.description), "subject": .string(subject.description),
            "platform": platform.map(JSONTree.string), "outcome": .string(outcome.rawValue),
            "summary": summary.map(JSONTree.string),
            "findings": .array(
                findings.map { ["code": .string($0.code.name), "message": .string($0.message)] }),
            "mend": mend.map(JSONTree.string),
            "candidates": .array(candidates.map(\.json)),
        ])
    }
}

extension CandidateExplanation {
    fileprivate var json: JSONTree {
        JSONTree(members: [
            "evidence": JSONTree(strings: evidence.map(\.description)), "what": .string(what),
            "signers": JSONTree(strings: signers), "matched": JSONTree(strings: matched),
            "misses": .array(
                misses.map {
                    ["code": .string($0.code.name), "message": .string($0.message), "mend": .string($0.mend)]
                }),
            "note": note.map(JSONTree.string),
        ])
    }
}

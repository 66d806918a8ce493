import AdmissionPolicy
import Attestation
import Content
import Findings
import OCI
import PKI
import SBOM
public import StrictEncoding

extension AdmissionRecord {
    /// The engine's version, which stands in every record.
    public static let engineVersion = "0.1.0"

    /// RFC 8785 bytes of the record: the same inputs give the same bytes.
    public var canonicalBytes: [UInt8] { json.canonicalBytes() }

    /// The record as JSON.
    public var json: JSONTree {
        JSONTree(members: [
            "schemaVersion": .integer(Int64(Self.schemaVersion)),
            "engine": ["name": "landwaiter", "version": .string(Self.engineVersion)],
            "verdict": .string(verdict.rawValue),
            "enforcement": Self.json(enforcement),
            "hypothetical": .bool(request.hypothetical),
            "evaluatedAt": .string(request.at.description),
            "request": requestJSON,
            "image": imageJSON,
            "artifact": artifact.map(Self.json),
            "headline": headline.map(Self.json) ?? .null,
            "findings": .array(findings.map(Self.json)),
            "policies": .array(policies.map(Self.json)),
            "guardrails": .array(guardrails.map(Self.json)),
            "exceptions": .array(exceptions.map(Self.json)),
            "exceptionsUsed": .integer(Int64(Set(exceptions.map(\.name)).count)),
            "breakGlass": breakGlass.map(Self.json) ?? .null,
            "evidence": [
                "verified": .array(verified.map(Self.json)),
                "refused": .array(refused.map(Self.json)),
            ],
            "bases": .array(bases.map(Self.json)),
            "policyDigest": .string(policyDigest.description),
            "trustDigest": .string(trustDigest.description),
            "limits": artifact == nil ? limitsJSON : limits.artifactJSON,
            "insecure": JSONTree(strings: insecure),
        ])
    }

    private var requestJSON: JSONTree {
        JSONTree(members: [
            "transport": .string(request.transport),
            "namespace": request.namespace.map(JSONTree.string),
            "reference": request.reference.map { ["text": .string($0.description), "statedBy": "caller"] },
        ])
    }

    private var imageJSON: JSONTree {
        guard let image else {
            return JSONTree(members: ["digest": imageDigest.map { .string($0.description) }])
        }
        return JSONTree(members: [
            "digest": .string(image.digest.description),
            "mediaType": .string(image.mediaType.description),
            "tag": image.tag.map(JSONTree.string),
            "platforms": .array(
                image.platforms.map { item in
                    JSONTree(members: [
                        "digest": .string(item.digest.description),
                        "platform": item.platform.map { .string($0.description) },
                    ])
                }),
        ])
    }

    private static func json(_ artifact: Artifact) -> JSONTree {
        JSONTree(members: [
            "digest": artifact.digest.map { .string($0.description) },
            "digests": JSONTree(strings: artifact.digests.map(\.description)),
            "size": artifact.size.map { .integer(Int64($0)) },
        ])
    }

    private static func json(_ finding: Finding) -> JSONTree {
        JSONTree(members: [
            "code": .string(finding.code.name),
            "effect": .string(finding.code.effect.rawValue),
            "message": .string(finding.message),
            "expected": finding.expected.map(JSONTree.string),
            "found": finding.found.map(JSONTree.string),
            "evidence": finding.evidence.map(JSONTree.string),
            "rule": finding.rule.map(JSONTree.string),
            "platform": finding.platform.map(JSONTree.string),
            "mend": .string(finding.mend),
        ])
    }

    private static func json(_ policy: PolicyResult) -> JSONTree {
        [
            "policy": .string(policy.policy.description),
            "verdict": .string(policy.verdict.rawValue),
            "enforcement": json(policy.enforcement),
            "rules": .array(policy.rules.map(json)),
        ]
    }

    private static func json(_ rule: RuleResult) -> JSONTree {
        JSONTree(members: [
            "rule": .string(rule.rule),
            "kind": .string(rule.kind.rawValue),
            "on": .string(rule.on.description),
            "subject": rule.subject.map { .string($0.description) },
            "platform": rule.platform.map(JSONTree.string),
            "outcome": .string(rule.outcome.rawValue),
            "summary": rule.summary.map(JSONTree.string),
            "satisfiedBy": .array(rule.satisfiedBy.map { .string($0.description) }),
            "codes": JSONTree(strings: rule.findings.map(\.code.name)),
            "waivedBy": rule.waivedBy.map { .string($0.text) },
        ])
    }

    private static func json(_ exception: UsedException) -> JSONTree {
        JSONTree(members: [
            "name": .string(exception.name.description),
            "policy": .string(exception.waives.policy.description),
            "rule": .string(exception.waives.rule),
            "owner": exception.owner.map(JSONTree.string),
            "reason": exception.reason.map(JSONTree.string),
            "ticket": exception.ticket.map(JSONTree.string),
            "expires": .string(exception.expires.description),
            "subject": .string(exception.subject.description),
            "platform": exception.platform.map(JSONTree.string),
        ])
    }

    private static func json(_ breakGlass: PresentedBreakGlass) -> JSONTree {
        let facts = breakGlass.facts
        return JSONTree(members: [
            "pass": .string(facts.pass.description),
            "id": .string(facts.id),
            "image": .string(facts.image.description),
            "namespace": .string(facts.namespace),
            "notBefore": .string(facts.notBefore.description),
            "expires": .string(facts.expires.description),
            "reason": .string(facts.reason),
            "ticket": facts.ticket.map(JSONTree.string),
            "hasEffect": .bool(breakGlass.hasEffect),
            "approvers": JSONTree(strings: breakGlass.approvers),
            "signers": .array(facts.signers.map(\.json)),
            "waived": JSONTree(strings: breakGlass.waived.map(\.description)),
        ])
    }

    private static func json(_ base: BaseJudgement) -> JSONTree {
        JSONTree(members: [
            "digest": .string(base.need.base.digest.description),
            "repository": .string(base.need.base.repository),
            "policy": .string(base.need.policy.description),
            "verdict": .string(base.verdict.rawValue),
            "headline": base.headline.map(json) ?? .null,
            "evidence": JSONTree(strings: base.evidence.map(\.description)),
        ])
    }

    private static func json(_ enforcement: Enforcement) -> JSONTree {
        ["stage": .string(enforcement.stage.name), "enforced": .bool(enforcement.isEnforced)]
    }

    private static func json(_ item: VerifiedEvidence) -> JSONTree {
        switch item.statement {
        case .signature(let facts):
            JSONTree(members: [
                "evidence": .string(facts.evidence.description),
                "origin": .string(item.origin.rawValue),
                "kind": "signature",
                "signers": .array(facts.signers.map(\.json)),
                "subjects": .array(facts.subjects.sorted().map { .string($0.description) }),
                "dockerReference": facts.dockerReference.map(JSONTree.string),
            ])
        case .attestation(let facts):
            JSONTree(members: [
                "evidence": .string(facts.evidence.description),
                "origin": .string(item.origin.rawValue),
                "kind": "attestation",
                "predicateType": .string(facts.predicateType.description),
                "signers": .array(facts.signers.map(\.json)),
                "subjects": .array(facts.subjects.sorted().map { .string($0.description) }),
                "underIndexSignature": facts.underIndexSignature ? .bool(true) : nil,
                "provenance": facts.provenance?.json,
                "sbom": facts.inventory.flatMap { try? $0.get() }?.json,
                "scan": facts.scan.flatMap { try? $0.get() }?.json,
            ])
        }
    }

    private static func json(_ item: RefusedEvidence) -> JSONTree {
        JSONTree(members: [
            "evidence": item.evidence.map { .string($0.description) },
            "origin": .string(item.origin.rawValue),
            "finding": json(item.finding),
        ])
    }
}

extension AdmissionLimits {
    /// Name to number, as the record of an image shows them: what bounds files is not in force for it.
    public var json: JSONTree { json(ofFiles: false) }

    /// The same for a file.
    var artifactJSON: JSONTree { json(ofFiles: true) }

    private func json(ofFiles: Bool) -> JSONTree {
        var members: [ExactString: JSONTree] = ["index-depth": 1]
        members.reserveCapacity(Self.adjustable.count + 1)
        for (name, path) in Self.adjustable { members[ExactString(name)] = .integer(Int64(self[keyPath: path])) }
        if !ofFiles { members["artifact-bytes"] = nil }
        return .object(members)
    }
}

extension Inventory {
    /// What tells one SBOM from another; components are counted, not repeated.
    fileprivate var json: JSONTree {
        JSONTree(members: [
            "format": .string(format.rawValue), "specVersion": .string(specVersion),
            "created": created.map { .string($0.description) },
            "components": .integer(Int64(components.count)),
        ])
    }
}

extension ScanReport {
    /// The same of a scan.
    fileprivate var json: JSONTree {
        JSONTree(members: [
            "scanner": scanner.map { .string($0.name.description) },
            "finishedOn": finishedAt.map { .string($0.description) },
            "findings": .integer(Int64(findings.count)),
        ])
    }
}

extension Provenance {
    /// What the rules saw of it; materials are counted, not repeated.
    fileprivate var json: JSONTree {
        JSONTree(members: [
            "builder": .string(builder.description),
            "buildType": .string(buildType.description),
            "sourceRepository": sourceRepository.map { .string($0.description) },
            "sourceRef": sourceRef.map { .string($0.description) },
            "sourceCommit": sourceCommit.map { .string($0.description) },
            "entryPoint": entryPoint.map { .string($0.description) },
            "invocation": invocation.map { .string($0.description) },
            "finishedOn": finishedOn.map { .string($0.description) },
            "materials": .integer(Int64(materials.count)),
        ])
    }
}

extension Waiver {
    /// `exception source/name`, or `break-glass`.
    fileprivate var text: String {
        switch self {
        case .exception(let name): "exception \(name)"
        case .breakGlass: "break-glass"
        }
    }
}

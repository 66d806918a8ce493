public import AdmissionPolicy
public import Content
public import Findings
public import OCI
public import StrictEncoding

/// What two sets of policies say of the same images: which decisions differ, for whose policies, and why.
public struct PolicyDifference: Sendable {
    public let oldPolicyDigest: Digest
    public let newPolicyDigest: Digest
    /// How many requests both have decided.
    public private(set) var decided = 0
    /// In the order in which they were added.
    public private(set) var changes: [DecisionChange] = []
    /// Requests of which nothing can be said, and why; in the order in which they were added.
    public private(set) var undecidable: [Undecidable] = []

    /// A request whose image could not be had.
    public struct Undecidable: Sendable, Hashable {
        /// The image as it was asked for.
        public let subject: String
        public let namespace: String?
        public let finding: Finding
    }

    public init(old: PolicySet, new: PolicySet) {
        oldPolicyDigest = old.digest
        newPolicyDigest = new.digest
    }

    /// Compares what both said of one request.
    ///
    /// - Parameter subject: the image as it was asked for; it stands where no name was stated.
    public mutating func add(subject: String, old: AdmissionRecord, new: AdmissionRecord) {
        // An image that isn't there is undecided under any policy: that it is so twice says nothing of the policies.
        if old.image == nil, new.image == nil, let finding = new.headline ?? old.headline {
            return addUndecidable(subject: subject, namespace: new.request.namespace, finding)
        }
        decided += 1
        let change = DecisionChange(subject: subject, old: DecisionSummary(old), new: DecisionSummary(new), record: new)
        if change.isDifferent { changes.append(change) }
    }

    public mutating func addUndecidable(subject: String, namespace: String?, _ finding: Finding) {
        undecidable.append(Undecidable(subject: subject, namespace: namespace, finding: finding))
    }
}

/// One request that is decided otherwise than before.
public struct DecisionChange: Sendable {
    /// The image as it was asked for.
    public let subject: String
    public let reference: ImageReference?
    public let namespace: String?
    public let at: Instant
    public let digest: Digest?
    public let old: DecisionSummary
    public let new: DecisionSummary

    init(subject: String, old: DecisionSummary, new: DecisionSummary, record: AdmissionRecord) {
        self.subject = subject
        self.reference = record.request.reference
        self.namespace = record.request.namespace
        self.at = record.request.at
        self.digest = record.imageDigest
        self.old = old
        self.new = new
    }

    /// Another verdict, or the same one with another consequence: refused before and only warned of now.
    var isDifferent: Bool { old.verdict != new.verdict || old.isBlocked != new.isBlocked }

    /// The sources of the policies that object now, or that did before where nothing does any more. Sorted; empty where no
    /// policy speaks of the request.
    public var teams: [String] {
        let policies = new.objecting.isEmpty ? old.objecting : new.objecting
        return Set(policies.map { ExactString($0.source) }).sorted().map(\.value)
    }
}

/// What one set of policies says of a request.
public struct DecisionSummary: Sendable, Hashable {
    public let verdict: Verdict
    /// What a gate that follows stages does.
    public let isBlocked: Bool
    public let stage: String
    /// Nil for an admit.
    public let reason: Finding?
    /// The guardrails and policies that do not admit, sorted.
    public let objecting: [PolicyName]

    init(_ record: AdmissionRecord) {
        verdict = record.verdict
        isBlocked = record.verdict != .admit && record.enforcement.isEnforced
        stage = record.enforcement.stage.name
        reason = record.headline
        objecting = (record.guardrails + record.policies).filter { $0.verdict != .admit }.map(\.policy).sorted()
    }
}

extension PolicyDifference {
    /// For programs.
    public var json: JSONTree {
        [
            "schemaVersion": 1,
            "oldPolicyDigest": .string(oldPolicyDigest.description),
            "newPolicyDigest": .string(newPolicyDigest.description),
            "decided": .integer(Int64(decided)),
            "changes": .array(changes.map(\.json)),
            "undecidable": .array(
                undecidable.map {
                    JSONTree(members: [
                        "subject": .string($0.subject), "namespace": $0.namespace.map(JSONTree.string),
                        "code": .string($0.finding.code.name), "message": .string($0.finding.message),
                    ])
                }),
        ]
    }
}

extension DecisionChange {
    fileprivate var json: JSONTree {
        JSONTree(members: [
            "subject": .string(subject),
            "reference": reference.map { .string($0.description) },
            "namespace": namespace.map(JSONTree.string),
            "at": .string(at.description),
            "digest": digest.map { .string($0.description) },
            "teams": JSONTree(strings: teams),
            "old": old.json,
            "new": new.json,
        ])
    }
}

extension DecisionSummary {
    fileprivate var json: JSONTree {
        JSONTree(members: [
            "verdict": .string(verdict.rawValue), "blocked": .bool(isBlocked), "stage": .string(stage),
            "code": reason.map { .string($0.code.name) }, "message": reason.map { .string($0.message) },
            "expected": reason?.expected.map(JSONTree.string), "found": reason?.found.map(JSONTree.string),
            "rule": reason?.rule.map(JSONTree.string),
            "policies": JSONTree(strings: objecting.map(\.description)),
        ])
    }
}

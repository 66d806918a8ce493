public import AdmissionPolicy
public import Content
public import Findings
public import OCI
public import StrictEncoding

/// What was decided, on what, and why: the whole answer of ``AdmissionPipeline/decide(_:)``.
///
/// Holds no paths, durations or host data: the same inputs give the same bytes (`canonicalBytes`). Additive only within
/// one ``schemaVersion``; its JSON Schema is docs/admission-record.schema.json.
public struct AdmissionRecord: Sendable {
    public static let schemaVersion = 1

    public private(set) var verdict: Verdict
    /// Of the strictest policy that rejected, else of the strictest that matched.
    public private(set) var stage: EnforcementStage
    /// Whether a gate that honours stages blocks on this record: false only where a stage below `enforce` holds.
    public private(set) var isEnforced: Bool
    /// The finding that a reader sees first; nil for an admit.
    public private(set) var headline: Finding?
    /// Everything that decides or is worth saying, sorted, the headline among them.
    public private(set) var findings: [Finding]
    /// One per rule and platform of every matching policy, sorted.
    public private(set) var rules: [RuleResult]
    /// Evidence that counted, sorted by digest.
    public private(set) var verified: [VerifiedEvidence]
    /// Evidence that did not count, and why, sorted.
    public private(set) var refused: [RefusedEvidence]
    /// Nil where the image could not be resolved.
    public internal(set) var image: Image?
    /// As far as it is known, even of an image that was refused.
    public private(set) var imageDigest: Digest?

    public let request: Request
    public let policies: [PolicySet.Identity]
    public let policyDigest: Digest
    public let trustDigest: Digest
    public let limits: AdmissionLimits

    /// The request's context as it stands in the record.
    public struct Request: Sendable {
        public let transport: String
        public let reference: ImageReference?
        public let namespace: String?
        public let at: Instant
        public let hypothetical: Bool
    }

    /// The resolved image as it stands in the record.
    public struct Image: Sendable {
        public let digest: Digest
        public let mediaType: MediaType
        public let tag: String?
        public let platforms: [(platform: Platform?, digest: Digest)]

        init(_ image: ResolvedImage) {
            digest = image.digest
            mediaType = image.document.mediaType
            tag = image.tag
            platforms = image.platforms
                .map { (platform: $0.listed, digest: $0.manifest.content.digest) }
                .sorted { ($0.digest, $0.platform?.description ?? "") < ($1.digest, $1.platform?.description ?? "") }
        }
    }

    /// A record that rejects until something else is concluded.
    init(request: AdmissionRequest, policies: PolicySet, limits: AdmissionLimits) {
        verdict = .undecided
        stage = .enforce
        isEnforced = true
        findings = []
        rules = []
        verified = []
        refused = []
        self.request = Request(
            transport: request.image.transport, reference: request.statedReference, namespace: request.namespace,
            at: request.at, hypothetical: request.hypothetical)
        self.policies = policies.identities
        policyDigest = policies.digest
        trustDigest = policies.trustDigest(limits: limits.json)
        self.limits = limits
    }

    // MARK: Concluding, once

    mutating func take(_ collected: CollectedEvidence, _ verification: VerificationResult) {
        verified = verification.verified.sorted { $0.evidence < $1.evidence }
        refused = (collected.refused + verification.refused).sorted { ($0.finding, $0.origin.rawValue) < ($1.finding, $1.origin.rawValue) }
    }

    mutating func conclude(withoutImage unresolved: UnresolvedImage) {
        imageDigest = unresolved.digest
        finish(unresolved.finding.code.effect == .reject ? .reject : .undecided, [unresolved.finding])
    }

    /// - Parameter stopping: findings that decide whatever the rules say.
    mutating func conclude(_ evaluation: PolicyEvaluation, stopping: [Finding]) {
        imageDigest = image?.digest
        rules = evaluation.rules
        stage = evaluation.stage
        isEnforced = evaluation.isEnforced
        let decisive = stopping.filter { $0.code.effect != .note }
        // A budget or unreadable papers leave the decision open, but never what is already known to be refused.
        let verdict: Verdict =
            switch evaluation.verdict {
            case .reject: evaluation.isDenied || decisive.isEmpty ? .reject : .undecided
            case .admit: decisive.isEmpty ? .admit : .undecided
            case .undecided: .undecided
            }
        if !decisive.isEmpty {
            // What could not be judged is never staged.
            stage = .enforce
            isEnforced = true
        }
        finish(verdict, evaluation.findings + stopping)
    }

    private mutating func finish(_ verdict: Verdict, _ findings: [Finding]) {
        self.verdict = verdict
        self.findings = Array(Set(findings)).sorted()
        let deciding = self.findings.filter {
            verdict == .undecided ? $0.code.effect == .undecided : $0.code.effect == .reject
        }
        headline = verdict == .admit ? nil : Headline.choose(from: deciding) ?? Headline.choose(from: self.findings)
        guard verdict != .admit, headline == nil else { return }
        // Nothing is refused without a reason.
        let reason = Finding(.pipelineInternal, "a verdict of \(verdict.rawValue) came without a finding")
        self.verdict = .undecided
        self.findings.append(reason)
        headline = reason
    }
}

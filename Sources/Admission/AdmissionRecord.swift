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
    /// What a gate that honours stages does about it: the strictest of the policies that do not admit.
    public private(set) var enforcement: Enforcement
    /// The finding that a reader sees first; nil for an admit.
    public private(set) var headline: Finding?
    /// Everything that decides or is worth saying, sorted, the headline among them.
    public private(set) var findings: [Finding]
    /// What every matching policy says, sorted by name, with its rules.
    public private(set) var policies: [PolicyResult]
    /// What every matching guardrail says, sorted by name, with its rules.
    public private(set) var guardrails: [PolicyResult]
    /// Exceptions that waived a rule, each for each subject; in the order of policies and rules.
    public private(set) var exceptions: [UsedException]
    /// The break-glass pass, if one was presented whose signatures could be verified.
    public private(set) var breakGlass: PresentedBreakGlass?
    /// What weakened a check because somebody asked for it; sorted.
    public private(set) var insecure: [String]
    /// Evidence that counted, sorted by digest.
    public private(set) var verified: [VerifiedEvidence]
    /// Evidence that did not count, and why, sorted.
    public private(set) var refused: [RefusedEvidence]
    /// What the policies that `chain` names say of base images, and of those these are built on; sorted.
    public private(set) var bases: [BaseJudgement]
    /// Nil where the image could not be resolved, or was not read because nothing asked for it (`image.not-read`).
    public private(set) var image: Image?
    /// As far as it is known, even of an image that was refused.
    public private(set) var imageDigest: Digest?
    /// The plain file that was judged; nil for an image.
    public private(set) var artifact: Artifact?

    public let request: Request
    public let policyDigest: Digest
    public let trustDigest: Digest
    public let limits: AdmissionLimits
    /// Of ``limits``, for an image; made once for all records of a pipeline.
    let limitsJSON: JSONTree

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
                .sorted {
                    $0.digest == $1.digest
                        ? ($0.platform?.description ?? "") < ($1.platform?.description ?? "") : $0.digest < $1.digest
                }
        }
    }

    /// The file as it stands in the record.
    public struct Artifact: Sendable {
        /// The digest that is admitted or not; nil where the file could not be read.
        public let digest: Digest?
        /// All that are known, each of another algorithm.
        public let digests: [Digest]
        /// Bytes; nil where only a digest is known.
        public let size: Int?
    }

    /// A record that is undecided until something else is concluded.
    init(request: AdmissionRequest, pipeline: AdmissionPipeline) {
        verdict = .undecided
        enforcement = .always
        findings = []
        policies = []
        guardrails = []
        exceptions = []
        insecure = pipeline.insecureRoots
        for line in request.sources.flatMap(\.insecurities) where !insecure.contains(line) { insecure.append(line) }
        verified = []
        refused = []
        bases = []
        self.request = Request(
            transport: request.transport, reference: request.statedReference, namespace: request.namespace,
            at: request.at, hypothetical: request.hypothetical)
        policyDigest = pipeline.policies.digest
        limits = pipeline.limits
        limitsJSON = pipeline.limitsJSON
        if case .artifact = request.subject {
            artifact = Artifact(digest: nil, digests: [], size: nil)
            trustDigest = pipeline.artifactTrustDigest
        } else {
            trustDigest = pipeline.trustDigest
        }
    }

    // MARK: Concluding, once

    mutating func take(_ subject: ResolvedSubject) {
        switch subject {
        case .image(let resolved, _): image = Image(resolved)
        case .artifact(let resolved):
            artifact = Artifact(digest: resolved.digest, digests: resolved.digests, size: resolved.size)
        case .unread(let unread): imageDigest = unread.digest
        }
    }

    /// An image of which nothing is known but the digest that the request names.
    mutating func take(named digest: Digest) { imageDigest = digest }

    mutating func take(_ collected: CollectedEvidence, _ verification: VerificationResult) {
        verified = verification.verified.sorted {
            $0.evidence == $1.evidence
                ? $0.subjects.lexicographicallyPrecedes($1.subjects) : $0.evidence < $1.evidence
        }
        refused = (collected.refused + verification.refused).distinct.sorted {
            ($0.finding, $0.origin.rawValue) < ($1.finding, $1.origin.rawValue)
        }
    }

    mutating func take(_ judgements: some Sequence<BaseJudgement>) {
        bases = judgements.sorted { $0.need < $1.need }
    }

    /// - Parameters:
    ///   - policies: all that are loaded. What contradicts itself is never staged; what could not be had is, as far as
    ///     nothing may be denied that was not seen.
    ///   - notes: what is worth saying and decides nothing.
    mutating func conclude(
        withoutImage unresolved: UnresolvedImage, by policies: PolicySet, notes: [Finding] = []
    ) {
        if artifact == nil { imageDigest = unresolved.digest }
        if unresolved.finding.code.effect != .reject {
            let matching = policies.matching(namespace: request.namespace, reference: request.reference)
            enforcement = matching.enforcementWithoutImage(
                RequestFacts(namespace: request.namespace, reference: request.reference, at: request.at))
        }
        finish(unresolved.finding.code.effect == .reject ? .reject : .undecided, [unresolved.finding] + notes)
    }

    /// - Parameters:
    ///   - stopping: findings that leave the decision open whatever the rules say.
    ///   - deniesByEvidence: whether evidence that was not looked at may show a denial.
    ///   - notes: what is worth saying and decides nothing.
    mutating func conclude(
        _ evaluation: PolicyEvaluation, stopping: [Finding], deniesByEvidence: Bool, notes: [Finding] = []
    ) {
        imageDigest = image?.digest ?? imageDigest
        policies = evaluation.policies
        guardrails = evaluation.guardrails
        exceptions = evaluation.exceptions
        insecure += evaluation.insecure.map(\.description)
        breakGlass = evaluation.breakGlass
        enforcement = evaluation.enforcement
        // A budget or unreadable papers leave the decision open, but never what no evidence could mend.
        let verdict: Verdict =
            switch evaluation.verdict {
            case .reject: stopping.isEmpty || evaluation.isFinal ? .reject : .undecided
            // Nothing that decides may stand beside an admit, whoever overlooked it.
            case .admit: stopping.isEmpty && evaluation.hasNoObjection ? .admit : .undecided
            case .undecided: .undecided
            }
        if !stopping.isEmpty, deniesByEvidence {
            // A denial is never staged, and this may be one.
            enforcement = .always
        }
        finish(verdict, evaluation.findings + stopping + notes)
    }

    private mutating func finish(_ verdict: Verdict, _ findings: [Finding]) {
        self.verdict = verdict
        self.findings = findings.distinct.sorted()
        let deciding = self.findings.filter {
            verdict == .undecided ? $0.code.effect == .undecided : $0.code.effect == .reject
        }
        headline = verdict == .admit ? nil : Headline.choose(from: deciding) ?? Headline.choose(from: self.findings)
        guard verdict != .admit, headline == nil else { return }
        // Nothing is refused without a reason.
        let reason = Finding(.pipelineInternal, "a verdict of \(verdict.rawValue) came without a finding")
        self.verdict = .undecided
        self.findings = (self.findings + [reason]).sorted()
        headline = reason
    }
}

extension Array where Element: Hashable {
    /// In no order that means anything.
    fileprivate var distinct: [Element] { count < 2 ? self : Array(Set(self)) }
}

extension PolicyEvaluation {
    fileprivate var hasNoObjection: Bool { findings.allSatisfy { $0.code.effect == .note } }

    /// A denial holds whatever else is not known, and so does it that the image contradicts itself. But where a denied
    /// key's evidence was left out of a rule, evidence that was not looked at might have made the rule hold.
    fileprivate var isFinal: Bool {
        rules.contains { $0.kind == .deny && $0.outcome == .fails }
            || findings.contains { finding in
                finding.code.effect == .reject && finding.code != .policyDeniedSigner
                    && [.integrity, .denial].contains(finding.code.rank)
            }
    }
}

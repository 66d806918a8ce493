import AdmissionPolicy
import Content
import Findings
import OCI
import Sigstore
import StrictEncoding

/// What a decision spends in all, on the image and on every base image that is judged for it: a chain of bases can't
/// multiply what one decision costs.
struct DecisionWork {
    /// Where base images lie, those under other bases too: with the image, and in what the request gives.
    let baseSources: [any ContentSource]
    var bytes: ByteBudget
    /// Items looked at so far; every base that is judged is one as well.
    var candidates = 0
    var signatures: SignatureBudget
    /// What guardrails deny for the image, they deny for whatever it is built on.
    let denied: DeniedSigners
    /// Where bases are kept between decisions; nil where they are not.
    var keptBases: KeptBases?
    /// By how deep it lies, because a base that lies too deep in one place may be judged in another.
    fileprivate var judged: [BaseChainNeed: [Int: BaseJudgement]] = [:]

    init(_ request: AdmissionRequest, limits: AdmissionLimits, bytes: ByteBudget, denied: DeniedSigners) {
        baseSources = request.sources
        self.bytes = bytes
        self.denied = denied
        signatures = SignatureBudget(limit: limits.signatureOperations)
    }

    /// Of each base and policy the judgement where it lies highest.
    var judgedBases: [BaseJudgement] {
        judged.values.compactMap { byDepth in byDepth.min { $0.key < $1.key }?.value }
    }
}

extension AdmissionPipeline {
    /// Judges a base image by the one policy that a chain names, from the base's own evidence: at the same instant, for
    /// the same namespace, under the repository's name. Each base is judged once, whoever is built on it. Of guardrails
    /// only the denials hold for it: what they require is about images that run.
    ///
    /// - Parameters:
    ///   - request: of the image that is built on it.
    ///   - depth: 1 for the base of the image that is asked about. Beyond `baseDepth` nothing is read.
    func judge(
        _ need: BaseChainNeed, for request: AdmissionRequest, sharing work: inout DecisionWork, depth: Int
    ) async -> BaseJudgement {
        if let known = work.judged[need]?[depth] { return known }
        let judgement = await judgeAnew(need, for: request, sharing: &work, depth: depth)
        work.judged[need, default: [:]][depth] = judgement
        return judgement
    }

    private func judgeAnew(
        _ need: BaseChainNeed, for request: AdmissionRequest, sharing work: inout DecisionWork, depth: Int
    ) async -> BaseJudgement {
        func without(_ finding: Finding) -> BaseJudgement {
            BaseJudgement(
                need: need, verdict: finding.code.effect == .reject ? .reject : .undecided, headline: finding)
        }
        guard depth <= limits.baseDepth else {
            return without(
                Finding(
                    .limitBaseDepth, "it lies deeper than \(limits.baseDepth) base images",
                    expected: "at most \(limits.baseDepth)", evidence: need.base.digest.description))
        }
        work.candidates += 1
        guard work.candidates <= limits.candidates else {
            return without(
                Finding(
                    .limitCandidates, "more than \(limits.candidates) items lie with the image and its bases",
                    expected: "at most \(limits.candidates)"))
        }
        guard let policy = policies.policy(named: need.policy),
            let name = try? ImageReference(parsing: "\(need.base.repository)@\(need.base.digest)")
        else {
            // Not reached: chains of loaded policies end at loaded ones, and repositories are read as references.
            return without(Finding(.pipelineInternal, "there is no policy `\(need.policy)` to judge a base image by"))
        }
        let matching = policies.matching(base: name, namespace: request.namespace, policy: policy)
        let gathered: GatheredBase
        switch await gather(need.base, name, request, matching, sharing: &work, depth: depth) {
        case .success(let all): gathered = all
        case .failure(let unread): return without(unread.finding)
        }
        let own = work.request(about: name, for: request, from: gathered.source)
        var record = AdmissionRecord(request: own, pipeline: self)
        let (document, evaluation) = await judge(
            gathered.image, own, by: matching, gathered.needs, sharing: &work, into: &record, depth: depth)
        guard record.verdict == .admit else {
            return BaseJudgement(need: need, verdict: record.verdict, headline: record.headline)
        }
        return BaseJudgement(
            need: need, verdict: .admit, created: document.creationTimes(by: evaluation),
            evidence: Set(evaluation.rules.flatMap(\.satisfiedBy)).sorted())
    }

    /// Steps 3 to 9 of a base: from what is kept, if that is to be used and within what is left of the decision's budgets;
    /// else by reading it.
    private func gather(
        _ base: BaseImageNeed, _ name: ImageReference, _ request: AdmissionRequest, _ matching: MatchingPolicies,
        sharing work: inout DecisionWork, depth: Int
    ) async -> Result<GatheredBase, UnreadContent> {
        if let kept = await gatherKept(base, request, matching, sharing: &work) { return kept }
        let source: PinnedSource
        switch await PinnedSource.find(base.digest, among: work.baseSources, limits: limits, budget: &work.bytes).source
        {
        case .success(let found): source = found
        case .failure(let unread): return .failure(ContentReader.unread(base, unread.finding))
        }
        let image: ResolvedImage
        switch await ResolvedImage.resolve(from: source, limits: limits, budget: &work.bytes) {
        case .success(let resolved): image = resolved
        case .failure(let unresolved): return .failure(UnreadContent(unresolved.finding))
        }
        let needs = PolicyNeeds(matching)
        let own = work.request(about: name, for: request, from: source)
        let gathered = await gather(.image(image, from: source), own, needs, sharing: &work, depth: depth)
        return .success(GatheredBase(image: gathered, needs: needs, source: source))
    }
}

/// What reading and verifying left of one base.
struct GatheredBase: Sendable {
    let image: GatheredImage
    let needs: PolicyNeeds
    let source: any ContentSource
}

extension DecisionWork {
    /// A base asked about as an image of its own. Files of evidence that were given are about the image; what speaks of its
    /// base lies with the base.
    func request(
        about name: ImageReference, for request: AdmissionRequest, from source: any ContentSource
    ) -> AdmissionRequest {
        AdmissionRequest(
            image: source, statedReference: name, namespace: request.namespace, at: request.at,
            hypothetical: request.hypothetical, baseSources: baseSources)
    }
}

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
        let source: PinnedSource
        switch await PinnedSource.find(
            need.base.digest, among: work.baseSources, limits: limits, budget: &work.bytes)
        {
        case .success(let found): source = found
        case .failure(let unread): return without(ContentReader.unread(need.base, unread.finding).finding)
        }
        let image: ResolvedImage
        switch await ResolvedImage.resolve(base: source, limits: limits, budget: &work.bytes) {
        case .success(let resolved): image = resolved
        case .failure(let unresolved): return without(unresolved.finding)
        }
        // Files of evidence that were given are about the image; what speaks of its base lies with the base.
        let own = AdmissionRequest(
            image: source, statedReference: name, namespace: request.namespace, at: request.at,
            hypothetical: request.hypothetical, baseSources: work.baseSources)
        var record = AdmissionRecord(request: own, pipeline: self)
        let (document, evaluation) = await judge(
            .image(image, from: source), own,
            by: policies.matching(base: name, namespace: own.namespace, policy: policy), sharing: &work,
            into: &record, depth: depth)
        guard record.verdict == .admit else {
            return BaseJudgement(need: need, verdict: record.verdict, headline: record.headline)
        }
        return BaseJudgement(
            need: need, verdict: .admit, created: document.creationTimes(by: evaluation),
            evidence: Set(evaluation.rules.flatMap(\.satisfiedBy)).sorted())
    }
}

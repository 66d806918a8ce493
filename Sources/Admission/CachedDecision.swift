import AdmissionPolicy
import Content
import Findings
import OCI
import StrictEncoding

// The same decision with less work: what was read and verified is taken from an `EvidenceCache` where it still holds. Only
// *gathering* is kept. Which policies match, what they make of the evidence, what is denied, waived or too old is asked
// on every request, of the same code that ``AdmissionPipeline/decide(_:)`` runs.
extension AdmissionPipeline {
    /// As ``decide(_:)``, with verified evidence from the cache where it still holds.
    ///
    /// A tag is resolved for this decision; an image that is named by digest needs no request at all while its evidence is
    /// fresh. The record is that of an uncached decision over the same list of evidence, byte for byte, with one note more
    /// (`service.served-from-cache`) where that list is older than the request. The whole decision is made, also of a
    /// request that ``AdmissionRequest/mayStopEarly``.
    ///
    /// Not from the cache, and not kept: requests without a ``AdmissionRequest/cacheScope`` or a stated reference,
    /// hypothetical ones, those with evidence of their own, and those about plain files. Who is cancelled gets a record that
    /// is undecided (`service.deadline-exceeded`).
    public func decide(_ request: AdmissionRequest, cache: EvidenceCache) async -> AdmissionRecord {
        guard let decision = CachedDecision(self, cache, request) else { return await decide(request) }
        return await decision.record()
    }
}

/// One decision that uses a cache.
struct CachedDecision: Sendable {
    let pipeline: AdmissionPipeline
    let cache: EvidenceCache
    let request: AdmissionRequest
    let source: any ContentSource
    let reference: ImageReference
    let scope: ExactString

    var limits: AdmissionLimits { pipeline.limits }
    var at: Instant { request.at }

    /// Nil for what is never kept.
    init?(_ pipeline: AdmissionPipeline, _ cache: EvidenceCache, _ request: AdmissionRequest) {
        guard case .image(let source) = request.subject, let scope = request.cacheScope, !request.hypothetical,
            let reference = request.statedReference, request.suppliedEvidence.isEmpty
        else { return nil }
        self.pipeline = pipeline
        self.cache = cache
        self.request = request
        self.source = source
        self.reference = reference
        self.scope = ExactString(scope)
    }

    func record() async -> AdmissionRecord {
        var record = AdmissionRecord(request: request, pipeline: pipeline)

        // 1. Resolve once. A digest in the name is the image's, or nothing is found by it.
        var found: ResolvedContent?
        let digest: Digest
        if let named = source.namedDigest {
            digest = named
        } else {
            switch await resolved() {
            case .success(let content):
                found = content
                digest = content.descriptor.digest
            case .failure(let failure):
                record.conclude(withoutImage: failure.unresolved, by: pipeline.policies, notes: failure.notes)
                return record
            }
        }

        // 2. Which policies speak of this request, and what do they need?
        let matching = pipeline.policies.matching(namespace: request.namespace, reference: reference)
        let gatherer = gatherer(of: digest, cache.plan(for: matching, of: pipeline.policies))

        // 3 to 9. Read and verify, unless that was done.
        let empty = record
        var gathered = await gatherer.gather(found, listedWithin: gatherer.listAge)
        var mayBasesHaveMore: Bool
        (record, mayBasesHaveMore) = await judged(gathered, by: matching, gatherer.plan, into: empty)
        guard record.verdict != .admit, case .success(let kept) = gathered else { return record }
        // Who was refused a moment ago signs and asks again: what does not suffice is not believed for as long as
        // what does, be it about the image or about a base.
        let mayHaveMore = gatherer.mayHaveMore(kept, since: gatherer.refusalAge)
        guard mayHaveMore || mayBasesHaveMore else { return record }
        if mayHaveMore { gathered = await gatherer.gather(found, listedWithin: gatherer.refusalAge) }
        return await judged(gathered, by: matching, gatherer.plan, isAskingAgain: true, into: empty).record
    }

    func gatherer(of digest: Digest, _ plan: VerificationPlan) -> CachedGatherer {
        let key = ImageKey(
            scope: scope, repository: ExactString(reference.name), digest: digest, limits: limits, among: nil)
        return CachedGatherer(
            pipeline: pipeline, cache: cache, at: at, key: key, plan: plan, failureKey: failureKey,
            place: .image(source), baseSources: request.baseSources)
    }

    /// 10. Evaluates: on every request.
    ///
    /// - Returns: whether evidence may have come of a base that was judged by an old list.
    private func judged(
        _ gathered: Result<GatheredImage, GatheringFailure>, by matching: MatchingPolicies, _ plan: VerificationPlan,
        isAskingAgain: Bool = false, into empty: AdmissionRecord
    ) async -> (record: AdmissionRecord, mayBasesHaveMore: Bool) {
        var record = empty
        let image: GatheredImage
        switch gathered {
        case .success(let all): image = all
        case .failure(let failure):
            record.conclude(withoutImage: failure.unresolved, by: pipeline.policies, notes: failure.notes)
            return (record, false)
        }
        record.take(image.subject)
        if let named = reference.digest, !image.subject.isNamed(by: named) {
            record.conclude(withoutImage: image.subject.mismatch(with: named), by: pipeline.policies)
            return (record, false)
        }
        var work = DecisionWork(request, limits: limits, bytes: image.bytes, denied: matching.deniedSigners)
        work.candidates = image.collected.spentCandidates
        work.signatures = image.signatures
        work.keptBases = KeptBases(
            cache: cache, scope: scope, repository: ExactString(reference.name), isAskingAgain: isAskingAgain)
        _ = await pipeline.judge(
            image, request, by: matching, plan.needs, sharing: &work, into: &record,
            notes: image.notes(at: at, of: CachedGatherer.theImage))
        record.take(work.judgedBases)
        return (record, work.keptBases?.mayHaveMore ?? false)
    }

    // MARK: 1. Resolving

    private var failureKey: FailureKey {
        FailureKey(scope: scope, reference: ExactString(reference.description), among: nil)
    }

    /// What a tag names now. Never kept, unless it is that nothing can be had.
    private func resolved() async -> Result<ResolvedContent, GatheringFailure> {
        if let failure = cache.failure(failureKey, at: at, of: CachedGatherer.theImage) { return .failure(failure) }
        do throws(ContentSourceError) {
            return .success(try await source.pinnedImage(limits: limits))
        } catch {
            let unresolved = UnresolvedImage(error, digest: nil)
            cache.remember(unresolved, of: failureKey, at: at, becauseOf: error.code)
            return .failure(GatheringFailure(unresolved: unresolved))
        }
    }
}

import AdmissionPolicy
import Content
import Findings
import OCI
import Sigstore
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
        let plan = cache.plan(for: matching, of: pipeline.policies)
        let key = ImageKey(scope: scope, repository: ExactString(reference.name), digest: digest, limits: limits)

        // 3 to 9. Read and verify, unless that was done.
        let empty = record
        let listAge = plan.listAge(cache.limits)
        var gathered = await gather(key, plan, found, listedWithin: listAge)
        record = await judged(gathered, by: matching, plan, into: empty)
        let shorter = min(listAge, cache.limits.failureAge)
        if record.verdict != .admit, case .success(let kept) = gathered, mayHaveMore(kept, since: shorter) {
            // Who was refused a moment ago signs and asks again: what does not suffice is not believed for as long as
            // what does.
            gathered = await gather(key, plan, found, listedWithin: shorter)
            record = await judged(gathered, by: matching, plan, into: empty)
        }
        return record
    }

    /// Whether evidence that is not known may have come: the list is older than this, and the registry was not found unable
    /// to say.
    func mayHaveMore(_ gathered: GatheredImage, since age: Int64) -> Bool {
        guard let listedAt = gathered.listedAt, gathered.outage == nil else { return false }
        return at.age(of: listedAt) > age
    }

    /// 10. Evaluates: on every request.
    private func judged(
        _ gathered: Result<GatheredImage, Failure>, by matching: MatchingPolicies, _ plan: VerificationPlan,
        into empty: AdmissionRecord
    ) async -> AdmissionRecord {
        var record = empty
        let image: GatheredImage
        switch gathered {
        case .success(let all): image = all
        case .failure(let failure):
            record.conclude(withoutImage: failure.unresolved, by: pipeline.policies, notes: failure.notes)
            return record
        }
        record.take(image.subject)
        if let named = reference.digest, !image.subject.isNamed(by: named) {
            record.conclude(withoutImage: image.subject.mismatch(with: named), by: pipeline.policies)
            return record
        }
        var work = DecisionWork(request, limits: limits, bytes: image.bytes, denied: matching.deniedSigners)
        work.candidates = image.collected.spentCandidates
        work.signatures = image.signatures
        _ = await pipeline.judge(
            image, request, by: matching, plan.needs, sharing: &work, into: &record, notes: image.notes(at: at))
        record.take(work.judgedBases)
        return record
    }

    // MARK: 1. Resolving

    private struct Failure: Error {
        let unresolved: UnresolvedImage
        var notes: [Finding] = []
    }

    private var failureKey: FailureKey {
        FailureKey(scope: scope, reference: ExactString(reference.description))
    }

    private func remembered() -> Failure? {
        guard let known = cache.failure(failureKey, at: at) else { return nil }
        return Failure(
            unresolved: known.unresolved,
            notes: known.at == at
                ? [] : [Finding(.serviceServedFromCache, "the image was last asked for at \(known.at)")])
    }

    /// What a tag names now. Never kept, unless it is that nothing can be had.
    private func resolved() async -> Result<ResolvedContent, Failure> {
        if let failure = remembered() { return .failure(failure) }
        do throws(ContentSourceError) {
            return .success(try await source.pinnedImage(limits: limits))
        } catch {
            return .failure(Failure(unresolved: remembering(UnresolvedImage(error, digest: nil))))
        }
    }

    private func remembering(_ unresolved: UnresolvedImage) -> UnresolvedImage {
        if unresolved.finding.code.isWorthRemembering { cache.remember(unresolved, of: failureKey, at: at) }
        return unresolved
    }

    // MARK: 3 to 9. Gathering

    /// - Parameter age: seconds for which a list of evidence is believed, where the registry can be asked.
    private func gather(
        _ key: ImageKey, _ plan: VerificationPlan, _ found: ResolvedContent?, listedWithin age: Int64
    ) async -> Result<GatheredImage, Failure> {
        let known = cache.image(key)
        if let warm = known.flatMap({ warm($0, plan, found, listedWithin: age) }) {
            cache.count(\.hits)
            return .success(warm)
        }
        if known == nil, found == nil, let failure = remembered() { return .failure(failure) }
        cache.count(\.misses)
        let work = WorkKey(
            image: key, declared: found?.descriptor.mediaType, plan: plan.number, listAge: age,
            trust: pipeline.trustDigest, at: plan.isBoundToInstant ? at : nil)
        var shared = await cache.sharing(work) { await gatherAnew(key, plan, found, listedWithin: age, as: $0) }
        if !shared.isOwn, let outcome = shared.outcome, outcome.isOutOfTime || isTooOld(outcome, age) {
            // Who shares work shares its source, whose time may be up before the sharer's own is, and its list, which may
            // be older than he wants it: he asks once more.
            shared = await cache.sharing(work) { await gatherAnew(key, plan, found, listedWithin: age, as: $0) }
        }
        switch shared.outcome {
        case .success(let gathered): return .success(gathered.named(by: found))
        case .failure(let unresolved): return .failure(Failure(unresolved: unresolved))
        case nil: return .failure(cancelled(key))
        }
    }

    private func isTooOld(_ outcome: GatheringOutcome, _ age: Int64) -> Bool {
        guard case .success(let gathered) = outcome else { return false }
        return mayHaveMore(gathered, since: age)
    }

    private func cancelled(_ key: ImageKey) -> Failure {
        Failure(
            unresolved: UnresolvedImage(
                Finding(.serviceDeadlineExceeded, "the asker stopped waiting for the decision"), digest: key.digest))
    }

    /// What is kept, if it is everything that is needed and its list is of this age at most.
    func warm(
        _ known: CachedImage, _ plan: VerificationPlan, _ found: ResolvedContent?, listedWithin age: Int64,
        verifying: Bool = true
    ) -> GatheredImage? {
        guard found.map({ $0.descriptor.mediaType == known.mediaType }) ?? true else { return nil }
        var image = known.image
        image.tag = found?.tag
        let subject = ResolvedSubject.image(image, from: source)
        var collected = CollectedEvidence(budget: image.budget)
        var verified = CachedVerification(
            result: VerificationResult(), signatures: SignatureBudget(limit: limits.signatureOperations), at: nil)
        var listedAt: Instant?
        if plan.needsEvidence {
            guard let evidence = known.evidence, !evidence.isOvertaken, at.age(of: evidence.listedAt) <= age,
                let kept = verification(evidence, subject, plan, verifying: verifying)
            else { return nil }
            (collected, verified, listedAt) = (evidence.collected, kept, evidence.listedAt)
        }
        guard let content = known.content[plan.content] else { return nil }
        var bytes = collected.budget
        do { try bytes.spend(content.bytes) } catch { return nil }
        return GatheredImage(
            subject: subject, collected: collected, verification: verified.result,
            facts: image.facts(plan.needs, platforms: content.platforms), bases: content.bases, bytes: bytes,
            signatures: verified.signatures, listedAt: listedAt)
    }

    /// What verification made of the evidence, or makes of it now: what depends on the instant is done for each.
    func verification(
        _ evidence: CachedEvidence, _ subject: ResolvedSubject, _ plan: VerificationPlan, verifying: Bool = true
    ) -> CachedVerification? {
        let key = VerificationKey(plan: plan.number, trust: pipeline.trustDigest)
        if let kept = evidence.verified[key], kept.at == nil || kept.at == at { return kept }
        guard verifying, plan.isBoundToInstant, evidence.hasItems else { return nil }
        return verify(evidence.collected, subject, plan)
    }

    func verify(
        _ collected: CollectedEvidence, _ subject: ResolvedSubject, _ plan: VerificationPlan
    ) -> CachedVerification {
        var signatures = SignatureBudget(limit: limits.signatureOperations)
        let result = pipeline.verifier(of: subject, plan.needs, at: at).verify(collected, budget: &signatures)
        return CachedVerification(result: result, signatures: signatures, at: plan.isBoundToInstant ? at : nil)
    }

    // MARK: Anew

    /// Reads and verifies what is not kept, or no longer holds, and keeps it.
    ///
    /// - Parameter work: the number by which the cache knows it.
    private func gatherAnew(
        _ key: ImageKey, _ plan: VerificationPlan, _ found: ResolvedContent?, listedWithin age: Int64, as work: Int
    ) async -> GatheringOutcome {
        var known = cache.image(key)
        if let kept = known, let found, found.descriptor.mediaType != kept.mediaType { known = nil }
        let remembering = RememberingSource(source, image: found)

        // The image: its digest is its name, so what is kept of it holds for ever.
        let image: ResolvedImage
        let mediaType: MediaType
        if let known {
            (image, mediaType) = (known.image, known.mediaType)
        } else {
            switch await ResolvedImage.resolve(from: remembering, limits: limits) {
            case .success(var resolved):
                resolved.tag = nil
                image = resolved
                mediaType = remembering.image?.descriptor.mediaType ?? resolved.document.mediaType
                cache.forgetFailure(failureKey)
            case .failure(let unresolved): return .failure(self.remembering(unresolved))
            }
        }
        // A source that names a digest and selects another image is judged by what it selects, and nothing of it kept.
        let isKept = image.digest == key.digest
        func keep(_ change: (_ entry: inout CachedImage, _ isOvertaken: Bool) -> Void) {
            guard isKept else { return }
            cache.update(key, by: work) { kept, isOvertaken in
                var entry = kept ?? CachedImage(image: image, mediaType: mediaType)
                change(&entry, isOvertaken)
                kept = entry
            }
        }
        var named = image
        named.tag = found?.tag
        let subject = ResolvedSubject.image(named, from: source)

        // What lies with it.
        var collected = CollectedEvidence(budget: image.budget)
        var verified = CachedVerification(
            result: VerificationResult(), signatures: SignatureBudget(limit: limits.signatureOperations), at: nil)
        var listedAt: Instant?
        var outage: ContentSourceError?
        if plan.needsEvidence {
            let evidence: CachedEvidence
            switch await self.evidence(known?.evidence, plan, named, remembering, listedWithin: age) {
            case .current(let current): (evidence, outage) = (current, nil)
            case .old(let old, let error): (evidence, outage) = (old, error)
            case .unusable(let unusable):
                // What could not be listed or read stops the decision, and is not kept.
                return .success(await withoutKeeping(unusable, subject, plan))
            case .stale(let finding):
                return .failure(UnresolvedImage(finding, digest: image.digest))
            case .refused(let unusable):
                cache.update(key, by: work) { kept, _ in kept?.evidence = nil }
                return .success(await withoutKeeping(unusable, subject, plan))
            }
            collected = evidence.collected
            listedAt = evidence.listedAt
            let verification = VerificationKey(plan: plan.number, trust: pipeline.trustDigest)
            if let kept = self.verification(evidence, subject, plan) {
                verified = kept
            } else {
                if !evidence.hasItems {
                    // The same list for other keys: its items were too large to keep.
                    let listed = RememberingSource(source, list: evidence.list)
                    collected = await EvidenceCollector.collect(
                        about: .image(named, from: listed), supplied: [], limits: limits)
                    guard collected.findings.isEmpty else {
                        return .success(await withoutKeeping(collected, subject, plan))
                    }
                }
                verified = verify(collected, subject, plan)
            }
            keep { [verified] entry, isOvertaken in
                var kept =
                    evidence.hasItems && evidence.receivedBytes > cache.limits.receivedBytes
                    ? evidence.withoutItems : evidence
                if let others = entry.evidence {
                    if others.list == evidence.list {
                        kept.verified.merge(others.verified) { old, _ in old }
                        if others.listedAt > kept.listedAt {
                            (kept.listedAt, kept.outage) = (others.listedAt, others.outage)
                            kept.isOvertaken = others.isOvertaken
                        }
                    } else if evidence.listedAt != at {
                        // Others have listed it since.
                        return
                    }
                }
                if isOvertaken { kept.isOvertaken = true }
                kept.keep(verified, as: verification)
                entry.evidence = kept
            }
        }

        // What the rules ask of the image itself.
        var reader = ContentReader(
            source: source, baseSources: request.baseSources, image: image, limits: limits, budget: collected.budget)
        let content: CachedContent
        if let kept = known?.content[plan.content] {
            content = kept
            // A passed budget stops the decision as if it had been read now.
            do { try reader.budget.spend(kept.bytes) } catch {
                return .success(await withoutKeeping(collected, subject, plan))
            }
        } else {
            let platforms = await reader.platforms(readingConfigurations: plan.needs.configurations)
            let bases = await reader.bases(plan.needs.bases)
            content = CachedContent(
                platforms: platforms, bases: bases, bytes: reader.budget.spent - collected.budget.spent)
        }
        if content.isCertain {
            keep { entry, _ in
                if entry.content.count >= CachedImage.mostContents { entry.content = [:] }
                entry.content[plan.content] = content
            }
        }
        return .success(
            GatheredImage(
                subject: subject, collected: collected, verification: verified.result,
                facts: image.facts(plan.needs, platforms: content.platforms), bases: content.bases,
                bytes: reader.budget, signatures: verified.signatures, listedAt: listedAt, outage: outage))
    }

    /// As an uncached decision goes on from there.
    private func withoutKeeping(
        _ collected: CollectedEvidence, _ subject: ResolvedSubject, _ plan: VerificationPlan
    ) async -> GatheredImage {
        let verified = verify(collected, subject, plan)
        guard case .image(let image, let source) = subject else {
            // Not reached: files are judged without a cache.
            return GatheredImage(
                subject: subject, collected: collected, verification: verified.result, facts: .namedOnly, bases: [:],
                bytes: collected.budget, signatures: verified.signatures)
        }
        var reader = ContentReader(
            source: source, baseSources: request.baseSources, image: image, limits: limits, budget: collected.budget)
        let platforms = await reader.platforms(readingConfigurations: plan.needs.configurations)
        let bases = await reader.bases(plan.needs.bases)
        return GatheredImage(
            subject: subject, collected: collected, verification: verified.result,
            facts: image.facts(plan.needs, platforms: platforms), bases: bases, bytes: reader.budget,
            signatures: verified.signatures)
    }

    // MARK: The list and what it names

    private enum Evidence {
        /// As it is now, or young enough to pass for that.
        case current(CachedEvidence)
        /// Beyond its age, because the registry can't be asked.
        case old(CachedEvidence, ContentSourceError)
        /// Not all of it could be had.
        case unusable(CollectedEvidence)
        /// The same, and what was known before is not to be believed any more.
        case refused(CollectedEvidence)
        /// Beyond the grace.
        case stale(Finding)
    }

    private func evidence(
        _ known: CachedEvidence?, _ plan: VerificationPlan, _ image: ResolvedImage, _ source: RememberingSource,
        listedWithin age: Int64
    ) async -> Evidence {
        guard let known else { return await collected(image, source, nil, plan) }
        if !known.isOvertaken, at.age(of: known.listedAt) <= age { return .current(known) }
        // Everybody waiting for the same dead registry would be an outage of its own.
        if let outage = known.outage, at.age(of: outage.at) <= cache.limits.failureAge {
            return inOutage(known, outage.error, plan)
        }
        do throws(ContentSourceError) {
            let list = try await EvidenceList.read(of: image, from: source, limits: limits)
            guard list == known.list, !known.isIncomplete else {
                return await collected(image, source, known, plan)
            }
            cache.count(\.unchangedLists)
            var known = known
            (known.listedAt, known.outage, known.isOvertaken) = (at, nil, false)
            return .current(known)
        } catch {
            return error.code.isOutage ? inOutage(known, error, plan) : .refused(await collect(image, source))
        }
    }

    /// What is known stays as it is: its age is that of its list, whoever wanted a newer one.
    private func inOutage(_ known: CachedEvidence, _ error: ContentSourceError, _ plan: VerificationPlan) -> Evidence {
        var known = known
        if at.age(of: known.outage?.at ?? .earliest) > cache.limits.failureAge { known.outage = (error, at) }
        guard isBelievedInOutage(known, plan) else {
            return .stale(
                Finding(
                    .serviceStaleEvidenceList,
                    "what lies with the image was listed at \(known.listedAt), and cannot be now: \(error.message)",
                    expected: "a list of at most \(cache.limits.grace) seconds"))
        }
        cache.count(\.servedInOutage)
        return .old(known, error)
    }

    private func isBelievedInOutage(_ known: CachedEvidence, _ plan: VerificationPlan) -> Bool {
        // One that is young enough while the registry answers is so while it does not, however short the grace.
        at.age(of: known.listedAt) <= max(cache.limits.grace, plan.listAge(cache.limits))
    }

    private func collect(_ image: ResolvedImage, _ source: RememberingSource) async -> CollectedEvidence {
        await EvidenceCollector.collect(about: .image(image, from: source), supplied: [], limits: limits)
    }

    private func collected(
        _ image: ResolvedImage, _ source: RememberingSource, _ known: CachedEvidence?, _ plan: VerificationPlan
    ) async -> Evidence {
        let collected = await collect(image, source)
        guard collected.findings.isEmpty else {
            // New evidence is listed and can't be read: with what was there before, for as long as that is believed.
            if let known, let finding = collected.findings.first, finding.code == .evidenceUnreadable {
                let error = ContentSourceError(finding.code, finding.message)
                if isBelievedInOutage(known, plan) { return inOutage(known, error, plan) }
            }
            return .unusable(collected)
        }
        return .current(
            CachedEvidence(
                list: source.list, listedAt: at, collected: collected, hasItems: true,
                receivedBytes: collected.items.reduce(0) { $0 + $1.receivedBytes },
                isIncomplete: collected.refused.contains { $0.finding.code == .evidenceAbsent }))
    }
}

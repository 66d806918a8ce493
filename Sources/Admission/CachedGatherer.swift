import AdmissionPolicy
import Content
import Findings
import OCI
import Sigstore
import StrictEncoding

/// Steps 3 to 9 of one image, or of one base that is judged, through a cache: what was read and verified before is taken
/// from there, and what is read and verified now is kept there.
struct CachedGatherer: Sendable {
    /// Where the image is read from.
    enum Place: Sendable {
        case image(any ContentSource)
        case base(BaseSearch)
    }

    let pipeline: AdmissionPipeline
    let cache: EvidenceCache
    let at: Instant
    let key: ImageKey
    let plan: VerificationPlan
    let failureKey: FailureKey
    let place: Place
    /// Where base images may lie besides.
    let baseSources: [any ContentSource]

    /// As messages call what is asked about.
    static let theImage = "the image"

    var limits: AdmissionLimits { pipeline.limits }
    /// Seconds for which a list of evidence is believed.
    var listAge: Int64 { plan.listAge(cache.limits) }
    /// The same where nothing but a reject follows from it.
    var refusalAge: Int64 { min(listAge, cache.limits.failureAge) }

    var source: any ContentSource {
        switch place {
        case .image(let source): source
        case .base(let search): search
        }
    }

    var name: String {
        switch place {
        case .image: Self.theImage
        case .base(let search): search.name
        }
    }

    /// Whether evidence that is not known may have come: the list is older than this, and the registry was not found unable
    /// to say.
    func mayHaveMore(_ gathered: GatheredImage, since age: Int64) -> Bool {
        guard let listedAt = gathered.listedAt, gathered.outage == nil else { return false }
        return at.age(of: listedAt) > age
    }

    /// - Parameters:
    ///   - found: what a tag was found to name; nil where the digest was stated.
    ///   - age: seconds for which a list of evidence is believed, where the registry can be asked.
    func gather(
        _ found: ResolvedContent?, listedWithin age: Int64
    ) async -> Result<GatheredImage, GatheringFailure> {
        let known = cache.image(key)
        if let warm = known.flatMap({ warm($0, found, listedWithin: age) }) {
            count(isHit: true)
            return .success(warm)
        }
        if known == nil, found == nil, let failure = cache.failure(failureKey, at: at, of: name) {
            return .failure(failure)
        }
        count(isHit: false)
        let work = WorkKey(
            image: key, declared: found?.descriptor.mediaType, plan: plan.number, listAge: age,
            trust: pipeline.trustDigest, at: plan.isBoundToInstant ? at : nil)
        var shared = await cache.sharing(work) { await gatherAnew(found, listedWithin: age, as: $0) }
        if !shared.isOwn, let outcome = shared.outcome, outcome.isOutOfTime || isTooOld(outcome, age) {
            // Who shares work shares its source, whose time may be up before the sharer's own is, and its list, which may
            // be older than he wants it: he asks once more.
            shared = await cache.sharing(work) { await gatherAnew(found, listedWithin: age, as: $0) }
        }
        switch shared.outcome {
        case .success(let gathered): return .success(gathered.named(by: found))
        case .failure(let unresolved): return .failure(GatheringFailure(unresolved: unresolved))
        case nil:
            let finding = Finding(.serviceDeadlineExceeded, "the asker stopped waiting for the decision")
            return .failure(GatheringFailure(unresolved: UnresolvedImage(finding, digest: key.digest)))
        }
    }

    private func isTooOld(_ outcome: GatheringOutcome, _ age: Int64) -> Bool {
        guard case .success(let gathered) = outcome else { return false }
        return mayHaveMore(gathered, since: age)
    }

    /// A decision counts by its image.
    private func count(isHit: Bool) {
        switch place {
        case .image: cache.count(isHit ? \.hits : \.misses)
        case .base: cache.count(isHit ? \.baseHits : \.baseMisses)
        }
    }

    // MARK: What is kept

    /// What is kept, if it is everything that is needed and its list is of this age at most.
    func warm(
        _ known: CachedImage, _ found: ResolvedContent?, listedWithin age: Int64, verifying: Bool = true
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
                let kept = verification(evidence, subject, verifying: verifying)
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
        _ evidence: CachedEvidence, _ subject: ResolvedSubject, verifying: Bool = true
    ) -> CachedVerification? {
        if let kept = evidence.verified[verificationKey], kept.at == nil || kept.at == at { return kept }
        guard verifying, plan.isBoundToInstant, evidence.hasItems else { return nil }
        return verify(evidence.collected, subject)
    }

    var verificationKey: VerificationKey { VerificationKey(plan: plan.number, trust: pipeline.trustDigest) }

    func verify(_ collected: CollectedEvidence, _ subject: ResolvedSubject) -> CachedVerification {
        var signatures = SignatureBudget(limit: limits.signatureOperations)
        let result = pipeline.verifier(of: subject, plan.needs, plan.keys, at: at).verify(
            collected, budget: &signatures)
        return CachedVerification(result: result, signatures: signatures, at: plan.isBoundToInstant ? at : nil)
    }

    // MARK: Anew

    /// Reads and verifies what is not kept, or no longer holds, and keeps it.
    ///
    /// - Parameter work: the number by which the cache knows it.
    private func gatherAnew(
        _ found: ResolvedContent?, listedWithin age: Int64, as work: Int
    ) async -> GatheringOutcome {
        var known = cache.image(key)
        if let kept = known, let found, found.descriptor.mediaType != kept.mediaType { known = nil }
        let looked: LookedForBase
        switch await look(for: known, listedWithin: age, as: work) {
        case .success(let all): looked = all
        case .failure(let unresolved): return .failure(unresolved)
        }
        if !looked.isWhereItWas { known = nil }
        let remembering = RememberingSource(source, image: found)

        // The image: its digest is its name, so what is kept of it holds for ever.
        let image: ResolvedImage
        let mediaType: MediaType
        if let known {
            (image, mediaType) = (known.image, known.mediaType)
        } else {
            var budget = ByteBudget(limit: limits.totalBytes, spent: looked.spent)
            switch await ResolvedImage.resolve(from: remembering, limits: limits, budget: &budget) {
            case .success(var resolved):
                resolved.tag = nil
                image = resolved
                mediaType = remembering.image?.descriptor.mediaType ?? resolved.document.mediaType
                cache.forgetFailure(failureKey)
            case .failure(var unresolved):
                unresolved.spent = budget.spent
                cache.remember(unresolved, of: failureKey, at: at, becauseOf: unresolved.finding.code)
                return .failure(unresolved)
            }
        }
        // A source that names a digest and selects another image is judged by what it selects, and nothing of it kept.
        let isKept = image.digest == key.digest && looked.isAll
        func keep(_ change: (_ entry: inout CachedImage, _ isOvertaken: Bool) -> Void) {
            guard isKept else { return }
            cache.update(key, by: work) { kept, isOvertaken in
                var entry = kept ?? CachedImage(image: image, mediaType: mediaType, searchBytes: looked.spent)
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
            switch await self.evidence(known?.evidence, named, remembering, looked.outage, listedWithin: age) {
            case .current(let current): (evidence, outage) = (current, nil)
            case .old(let old, let error): (evidence, outage) = (old, error)
            case .unusable(let unusable):
                // What could not be listed or read stops the decision, and is not kept.
                return .success(await withoutKeeping(unusable, subject))
            case .stale(let finding):
                return .failure(UnresolvedImage(finding, digest: image.digest))
            case .refused(let unusable):
                cache.update(key, by: work) { kept, _ in kept?.evidence = nil }
                return .success(await withoutKeeping(unusable, subject))
            }
            collected = evidence.collected
            listedAt = evidence.listedAt
            if let kept = self.verification(evidence, subject) {
                verified = kept
            } else {
                if !evidence.hasItems {
                    // The same list for other keys: its items were too large to keep.
                    let listed = RememberingSource(source, list: evidence.list)
                    collected = await EvidenceCollector.collect(
                        about: .image(named, from: listed), supplied: [], limits: limits)
                    // What was there when it was listed may be gone, for a moment or for good.
                    guard collected.findings.isEmpty, collected.isIncomplete == evidence.isIncomplete else {
                        return .success(await withoutKeeping(collected, subject))
                    }
                }
                verified = verify(collected, subject)
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
                kept.keep(verified, as: verificationKey)
                entry.evidence = kept
            }
        }

        // What the rules ask of the image itself.
        var reader = ContentReader(
            source: source, baseSources: baseSources, image: image, limits: limits, budget: collected.budget)
        let content: CachedContent
        if let kept = known?.content[plan.content] {
            content = kept
            // A passed budget stops the decision as if it had been read now.
            do { try reader.budget.spend(kept.bytes) } catch {
                return .success(await withoutKeeping(collected, subject))
            }
        } else {
            let platforms = await reader.platforms(readingConfigurations: plan.content.configurations)
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
    private func withoutKeeping(_ collected: CollectedEvidence, _ subject: ResolvedSubject) async -> GatheredImage {
        let verified = verify(collected, subject)
        guard case .image(let image, let source) = subject else {
            // Not reached: files are judged without a cache.
            return GatheredImage(
                subject: subject, collected: collected, verification: verified.result, facts: .namedOnly, bases: [:],
                bytes: collected.budget, signatures: verified.signatures)
        }
        var reader = ContentReader(
            source: source, baseSources: baseSources, image: image, limits: limits, budget: collected.budget)
        let platforms = await reader.platforms(readingConfigurations: plan.content.configurations)
        let bases = await reader.bases(plan.needs.bases)
        return GatheredImage(
            subject: subject, collected: collected, verification: verified.result,
            facts: image.facts(plan.needs, platforms: platforms), bases: bases, bytes: reader.budget,
            signatures: verified.signatures)
    }
}

/// Why nothing could be gathered, and what is to be said of how old that is.
struct GatheringFailure: Error {
    let unresolved: UnresolvedImage
    var notes: [Finding] = []
}

package import AdmissionPolicy
import OCI
import StrictEncoding

// A cached decision for whoever must not wait: an event loop that others use as well
// (docs/adr/0024-one-thread-for-a-warm-request.md).
extension AdmissionPipeline {
    /// The record of ``decide(_:cache:)`` where all that is needed for it is kept, of an image that is named by digest:
    /// nothing is read or waited for, and no more verified than a few signatures of what was received before.
    ///
    /// - Returns: nil where something has to be read or waited for, where the registry is to be asked once more before the
    ///   image is refused, and where there is so much evidence that verifying or judging it takes more than a moment.
    public func decideAtOnce(_ request: AdmissionRequest, cache: EvidenceCache) -> AdmissionRecord? {
        decideAtOnce(request, by: matching(request), cache: cache)
    }

    /// - Parameter matching: of this very request.
    package func decideAtOnce(
        _ request: AdmissionRequest, by matching: MatchingPolicies, cache: EvidenceCache
    ) -> AdmissionRecord? {
        CachedDecision(self, cache, request)?.recordAtOnce(by: matching)
    }
}

extension CachedDecision {
    /// Steps 2 and 10, if those between were done before, or are no more than a few signatures to verify.
    fileprivate func recordAtOnce(by matching: MatchingPolicies) -> AdmissionRecord? {
        guard let digest = source.namedDigest else { return nil }
        let plan = cache.plan(for: matching, of: pipeline.policies)
        let gatherer = gatherer(of: digest, plan)
        guard var known = cache.image(gatherer.key), known.estimatedBytes <= Self.momentBytes else { return nil }
        let isVerifiedNow = gatherer.verifyAtOnce(&known)
        guard let gathered = gatherer.warm(known, nil, listedWithin: gatherer.listAge, verifying: false),
            reference.digest.map(gathered.subject.isNamed(by:)) ?? true
        else { return nil }
        var record = AdmissionRecord(request: request, pipeline: pipeline)
        record.take(gathered.subject)
        guard
            pipeline.judgeAtOnce(
                gathered, request, by: matching, plan.needs, into: &record,
                notes: gathered.notes(at: at, of: CachedGatherer.theImage)),
            record.verdict == .admit || !gatherer.mayHaveMore(gathered, since: gatherer.refusalAge)
        else { return nil }
        cache.count(isVerifiedNow ? \.misses : \.hits)
        return record
    }

    /// Evidence that is judged while others wait, bytes as the cache estimates them: a dozen attestations of provenance, no
    /// SBOM of a large image.
    private static let momentBytes = 1 << 20
}

extension CachedGatherer {
    /// Verifies what is kept as it was received, for a policy or an instant for which that was not done yet, where it
    /// takes no more than a moment.
    ///
    /// - Returns: whether that was done.
    fileprivate func verifyAtOnce(_ known: inout CachedImage) -> Bool {
        let subject = ResolvedSubject.image(known.image, from: source)
        let cost = plan.needs.keys.count + Self.certificateCost * plan.needs.certificates.count
        guard plan.needsEvidence, let evidence = known.evidence, evidence.hasItems, !evidence.isOvertaken,
            at.age(of: evidence.listedAt) <= listAge, evidence.collected.items.count * cost <= Self.momentSignatures,
            verification(evidence, subject, verifying: false) == nil
        else { return false }
        let verified = verify(evidence.collected, subject)
        known.evidence?.keep(verified, as: verificationKey)
        cache.keep(verified, as: verificationKey, of: evidence.list, in: key)
        return true
    }

    /// Signatures that are verified while others wait, at the most: some milliseconds.
    private static let momentSignatures = 64
    /// A certificate's chain, its timestamps and its log entry, in signatures.
    private static let certificateCost = 8
}

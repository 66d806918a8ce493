import AdmissionPolicy
import Attestation
import Content
import Findings
import OCI
import Sigstore

// Where every request costs time, a decision may end at the first evidence that satisfies every rule. That is sound only
// where nothing that was not read could change it, so it is asked of the policies first (`someEvidenceSuffices`), and
// only an admit ever comes of it: whatever else happens, the full decision is made and tells the story.
extension AdmissionPipeline {
    /// Most papers of one tie that are tried before everything is collected.
    private static let mostPapers = 16

    /// The record of an admit, or nil where the full decision has to be made.
    func decideEarly(_ request: AdmissionRequest) async -> AdmissionRecord? {
        guard case .image(let source) = request.subject, request.suppliedEvidence.isEmpty, request.breakGlass == nil
        else { return nil }
        let matching = policies.matching(namespace: request.namespace, reference: request.statedReference)
        let needs = PolicyNeeds(matching)
        guard needs.someEvidenceSuffices, needs.signatures || needs.attestations,
            let image = await UnreadImage.find(in: source, limits: limits)
        else { return nil }
        let subject = ResolvedSubject.unread(image)
        if let named = request.statedReference?.digest, !subject.isNamed(by: named) { return nil }

        let verifier = EvidenceVerifier(
            subject: subject, keys: TrustedKeySet(needs),
            roots: trustedRoots, holders: NamedHolders(needs.certificates, at: request.at), limits: limits)
        func judged(_ collected: CollectedEvidence) -> AdmissionRecord? {
            var record = AdmissionRecord(request: request, pipeline: self)
            record.take(subject)
            var work = DecisionWork(request, limits: limits, bytes: collected.budget, denied: matching.deniedSigners)
            let verification = verifier.verify(collected, budget: &work.signatures)
            record.take(collected, verification)
            var document = EvidenceDocument(
                request: RequestFacts(
                    namespace: request.namespace, reference: request.statedReference, at: request.at),
                image: image.facts, bases: [:])
            for item in verification.verified {
                switch item.statement {
                case .signature(let facts): document.signatures.append(facts)
                case .attestation(let facts): document.attestations.append(facts)
                }
            }
            let evaluation = PolicyEvaluator.evaluate(matching, document, denying: work.denied)
            let note = Finding(.imageNotRead, "the decision ended at the first evidence that satisfied every rule")
            record.conclude(
                evaluation, stopping: collected.findings + verification.findings,
                deniesByEvidence: matching.deniesByEvidence, notes: [note])
            return record.verdict == .admit ? record : nil
        }

        var collected = CollectedEvidence(budget: image.budget)
        for tie in Self.ties(for: needs) {
            let record = await EvidenceCollector.collect(
                into: &collected, about: image.digest, tied: tie, from: source, limits: limits,
                mostPapers: Self.mostPapers, until: judged)
            if let record { return record }
        }
        return nil
    }

    /// Where to look, the likeliest place first. What a key signs of the image itself lies under cosign's tag, as most
    /// of it was written; bundles and attestations are referrers.
    private static func ties(for needs: PolicyNeeds) -> [Paper.Tie] {
        var ties: [Paper.Tie] = needs.keyedSignatures ? [.signatureTag] : []
        ties += [.referrer, .fallbackTag]
        if needs.attestations { ties.append(.attestationTag) }
        if needs.signatures, !needs.keyedSignatures { ties.append(.signatureTag) }
        return ties
    }
}

/// An image of which nothing counts but its digest.
struct UnreadImage: Sendable {
    let digest: Digest
    /// As a signature over plain bytes may be about it.
    let signed: SignedArtifact?
    let budget: ByteBudget

    /// By its name, if that holds the digest; else the source resolves it, and its top document must be sound.
    static func find(in source: any ContentSource, limits: AdmissionLimits) async -> UnreadImage? {
        var budget = ByteBudget(limit: limits.totalBytes)
        if let digest = source.namedDigest {
            return UnreadImage(digest: digest, signed: SignedArtifact(digest: digest), budget: budget)
        }
        guard let found = try? await source.pinnedImage(limits: limits),
            (try? budget.spend(found.content.bytes.count)) != nil,
            (try? ImageDocument(
                parsing: found.content, declared: found.descriptor.mediaType, jsonDepth: limits.jsonDepth)) != nil
        else { return nil }
        return UnreadImage(digest: found.descriptor.digest, signed: SignedArtifact(found.content), budget: budget)
    }

    /// It stands for itself as its only platform, of which nothing is known.
    var facts: ImageFacts {
        ImageFacts(
            digest: digest, isIndex: false,
            platforms: [PlatformFacts(digest: digest, platform: nil, configuration: nil)])
    }

    func mismatch(with named: Digest) -> UnresolvedImage {
        UnresolvedImage(
            Finding(
                .contentWrongDigest, "the stated name is of another digest than the image has",
                expected: named.description, found: digest.description),
            digest: digest)
    }
}

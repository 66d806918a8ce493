public import AdmissionPolicy
import Attestation
public import Content
public import Findings
import OCI
public import Sigstore
import StrictEncoding

/// The one way from a request to a verdict: resolve, collect, verify, evaluate.
///
/// Command line, webhooks and library users call ``decide(_:)``. It never throws: whatever goes wrong is a coded finding
/// in the record. The same request, policies and limits give the same record, byte for byte.
public struct AdmissionPipeline: Sendable {
    public let policies: PolicySet
    public let limits: AdmissionLimits
    /// Whose timestamps and logs are believed about when a key signed.
    public let trustedRoots: [SigstoreTrustedRoot]
    /// Of keys, schemes, trusted roots and limits; computed once, because it is over all policies, whichever match.
    public let trustDigest: Digest
    /// The same for plain files, for which one limit more is in force; computed for each, because few are judged.
    var artifactTrustDigest: Digest {
        policies.trustDigest(
            limits: limits.artifactJSON, roots: trustedRoots.map(\.json), insecure: insecureRoots)
    }
    /// What is weakened by the trusted roots, for records.
    let insecureRoots: [String]
    /// ``limits`` as they stand in every record of an image.
    let limitsJSON: JSONTree
    /// What is worth saying of how the trusted roots came here, and decides nothing; it stands in every record.
    public let trustNotes: [Finding]

    public init(
        policies: PolicySet, limits: AdmissionLimits = AdmissionLimits(), trustedRoots: [SigstoreTrustedRoot] = [],
        trustNotes: [Finding] = []
    ) {
        self.policies = policies
        self.limits = limits
        self.trustedRoots = trustedRoots
        self.trustNotes = trustNotes
        insecureRoots = trustedRoots.filter(\.requirement.insecureAcceptsPromiseAlone).map {
            "insecureAcceptsPromiseAlone in trusted root \(Finding.quoted($0.name))"
        }
        limitsJSON = limits.json
        trustDigest = policies.trustDigest(
            limits: limitsJSON, roots: trustedRoots.map(\.json), insecure: insecureRoots)
    }

    /// Decides, and says why.
    public func decide(_ request: AdmissionRequest) async -> AdmissionRecord {
        if request.mayStopEarly, let record = await decideEarly(request) { return record }
        return await judge(request).record
    }

    /// The same record, and beside it what every rule makes of every piece of evidence.
    public func explain(
        _ request: AdmissionRequest
    ) async -> (record: AdmissionRecord, explanation: DecisionExplanation) {
        let (record, judged) = await judge(request)
        let rules = judged.map { PolicyEvaluator.explain($0.matching, $0.document) } ?? []
        return (record, DecisionExplanation(rules: rules, refused: record.refused))
    }

    /// What was judged, by what; nil where the image could not be.
    private typealias Judged = (matching: MatchingPolicies, document: EvidenceDocument)

    private func judge(_ request: AdmissionRequest) async -> (record: AdmissionRecord, judged: Judged?) {
        var record = AdmissionRecord(request: request, pipeline: self)

        // 1. Resolve once: from here on the image, or the file, is a digest.
        let subject: ResolvedSubject
        switch await ResolvedSubject.resolve(request.subject, limits: limits) {
        case .success(let resolved): subject = resolved
        case .failure(let unresolved):
            record.conclude(withoutImage: unresolved, by: policies)
            return (record, nil)
        }
        record.take(subject)
        if let named = request.statedReference?.digest, !subject.isNamed(by: named) {
            // A digest that the caller states pins the image: what is judged is what is run.
            record.conclude(withoutImage: subject.mismatch(with: named), by: policies)
            return (record, nil)
        }

        // 2. Which policies speak of this request, and what do they need? Without any, nothing more is read.
        let reference = request.statedReference
        let matching = policies.matching(namespace: request.namespace, reference: reference)
        var work = DecisionWork(request, limits: limits, bytes: subject.budget(limits), denied: matching.deniedSigners)
        let (document, _) = await judge(subject, request, by: matching, sharing: &work, into: &record)
        record.take(work.judgedBases)
        return (record, (matching, document))
    }

    /// Everything that follows once the image, or the file, and the policies are known; for a base image as for the image
    /// itself.
    ///
    /// - Parameter depth: how many images lie on this one, as their base.
    func judge(
        _ subject: ResolvedSubject, _ request: AdmissionRequest, by matching: MatchingPolicies,
        sharing work: inout DecisionWork, into record: inout AdmissionRecord, depth: Int = 0
    ) async -> (document: EvidenceDocument, evaluation: PolicyEvaluation) {
        let needs = PolicyNeeds(matching)
        let gathered = await gather(subject, request, needs, sharing: &work, depth: depth)
        return await judge(gathered, request, by: matching, needs, sharing: &work, into: &record, depth: depth)
    }

    /// Steps 3 to 9: what the policies need to have read and verified. Nothing in it hangs on what they make of it.
    func gather(
        _ subject: ResolvedSubject, _ request: AdmissionRequest, _ needs: PolicyNeeds, sharing work: inout DecisionWork,
        depth: Int
    ) async -> GatheredImage {
        // 3. Collect what lies with the image; 4. verify it against the keys that the policies name.
        var collected = CollectedEvidence(budget: subject.budget(limits))
        if needs.signatures || needs.attestations {
            collected = await EvidenceCollector.collect(
                about: subject, supplied: request.suppliedEvidence, limits: limits, spentCandidates: work.candidates)
            work.candidates = collected.spentCandidates
        }
        let verification = verifier(of: subject, needs, TrustedKeySet(needs), at: request.at)
            .verify(collected, budget: &work.signatures)

        // The age of a base may hang on its configuration.
        let facts: ImageFacts
        var bases: [Digest: BaseImageFacts] = [:]
        work.bytes = collected.budget
        switch subject {
        case .unread(let image): facts = image.facts
        case .artifact(let artifact):
            facts = ImageFacts(
                artifact: artifact.digest, otherDigests: artifact.digests.filter { $0 != artifact.digest })
        case .image(let image, let source):
            var reader = ContentReader(
                source: source, baseSources: request.baseSources, image: image, limits: limits,
                budget: collected.budget)
            facts = image.facts(
                needs, platforms: await reader.platforms(readingConfigurations: needs.configurations || depth > 0))
            bases = await reader.bases(needs.bases)
            work.bytes = reader.budget
        }
        return GatheredImage(
            subject: subject, collected: collected, verification: verification, facts: facts, bases: bases,
            bytes: work.bytes, signatures: work.signatures)
    }

    /// - Parameter keys: those of the needs.
    func verifier(
        of subject: ResolvedSubject, _ needs: PolicyNeeds, _ keys: TrustedKeySet, at instant: Instant
    ) -> EvidenceVerifier {
        EvidenceVerifier(
            subject: subject, keys: keys, roots: trustedRoots, holders: NamedHolders(needs.certificates, at: instant),
            limits: limits,
            readsInventories: needs.inventories, readsScans: needs.scans)
    }

    /// Step 10: evaluate, on verified evidence only. Always done, whatever was kept of the steps before.
    ///
    /// - Parameter notes: what is to be said of how the evidence came here.
    func judge(
        _ gathered: GatheredImage, _ request: AdmissionRequest, by matching: MatchingPolicies, _ needs: PolicyNeeds,
        sharing work: inout DecisionWork, into record: inout AdmissionRecord, depth: Int = 0, notes more: [Finding] = []
    ) async -> (document: EvidenceDocument, evaluation: PolicyEvaluation) {
        var document = gathered.document(for: request)
        for need in document.basesToJudge(for: matching.requirements) {
            document.judgedBases[need] = await judge(need, for: request, sharing: &work, depth: depth + 1)
        }
        let evaluation = conclude(
            gathered, &document, request, by: matching, needs, denying: work.denied, into: &record,
            notes: depth == 0 ? trustNotes + more + (work.keptBases?.notes ?? []) : more)
        return (document, evaluation)
    }

    /// The same of an image that is asked about, at once: nothing is waited for.
    ///
    /// - Returns: false where base images have to be judged first; then nothing is concluded.
    func judgeAtOnce(
        _ gathered: GatheredImage, _ request: AdmissionRequest, by matching: MatchingPolicies, _ needs: PolicyNeeds,
        into record: inout AdmissionRecord, notes more: [Finding]
    ) -> Bool {
        var document = gathered.document(for: request)
        guard document.basesToJudge(for: matching.requirements).isEmpty else { return false }
        _ = conclude(
            gathered, &document, request, by: matching, needs, denying: matching.deniedSigners, into: &record,
            notes: trustNotes + more)
        return true
    }

    private func conclude(
        _ gathered: GatheredImage, _ document: inout EvidenceDocument, _ request: AdmissionRequest,
        by matching: MatchingPolicies, _ needs: PolicyNeeds, denying denied: DeniedSigners,
        into record: inout AdmissionRecord, notes: [Finding]
    ) -> PolicyEvaluation {
        record.take(gathered.collected, gathered.verification)
        var notes = notes
        if let pass = request.breakGlass {
            var problems = matching.breakGlassProblems
            if problems.isEmpty {
                switch BreakGlassVerifier.verify(pass, approvers: needs.approvers) {
                case .success(let facts): document.breakGlass = facts
                case .failure(let refused): problems.append(refused.finding)
                }
            }
            notes += problems
        }
        let evaluation = PolicyEvaluator.evaluate(matching, document, denying: denied)
        record.conclude(
            evaluation, stopping: gathered.collected.findings + gathered.verification.findings,
            deniesByEvidence: matching.deniesByEvidence, notes: notes)
        return evaluation
    }
}

extension TrustedKeySet {
    /// The keys whose signatures count for some rule.
    init(_ needs: PolicyNeeds) { self.init(needs.keys.compactMap { TrustedKey($0) }) }
}

extension GatheredImage {
    /// All that rules see.
    fileprivate func document(for request: AdmissionRequest) -> EvidenceDocument {
        var document = EvidenceDocument(
            request: RequestFacts(namespace: request.namespace, reference: request.statedReference, at: request.at),
            image: facts, bases: bases)
        for item in verification.verified {
            switch item.statement {
            case .signature(let facts): document.signatures.append(facts)
            case .attestation(let facts): document.attestations.append(facts)
            }
        }
        return document
    }
}

/// What reading and verifying left of one image, or file: everything that a decision needs beside the request and the
/// policies.
struct GatheredImage: Sendable {
    var subject: ResolvedSubject
    let collected: CollectedEvidence
    let verification: VerificationResult
    let facts: ImageFacts
    /// The approved base images of which layers are compared.
    let bases: [Digest: BaseImageFacts]
    /// What is left of what the decision may read and verify.
    let bytes: ByteBudget
    let signatures: SignatureBudget
    /// When what lies with the image was listed, where that was kept; nil where it was read for this very decision.
    var listedAt: Instant?
    /// Why it was not listed again, though it is old.
    var outage: ContentSourceError?
}

extension ResolvedImage {
    func facts(_ needs: PolicyNeeds, platforms: [PlatformFacts]) -> ImageFacts {
        ImageFacts(
            digest: digest, isIndex: isIndex, platforms: platforms, otherDigests: needs.digests ? otherDigests : [])
    }
}

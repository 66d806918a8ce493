package import AdmissionPolicy
import Content
public import Findings
import OCI

// Where every request is waited for, nothing is asked of a registry that no rule needs. ``AdmissionPipeline/decide(_:)`` goes
// on to read the image whatever the rules ask, because its record is a report as well; a gate asks here first.
extension AdmissionPipeline {
    /// The record of a request for which nothing has to be read; nil where something has to. Never waits.
    ///
    /// That is the case where no policy matches and so the image is rejected, and where all rules and denials that match
    /// look at nothing but the name and tag of the request. A rule that asks for a digest, for the configuration or for
    /// evidence has to be judged by it whatever its stage. The record holds the note `image.not-read`, and no digest
    /// unless the request names one.
    public func decideWithoutReading(_ request: AdmissionRequest) -> AdmissionRecord? {
        decideWithoutReading(request, by: matching(request))
    }

    /// The policies that speak of a request: for who asks more than one thing of them.
    package func matching(_ request: AdmissionRequest) -> MatchingPolicies {
        policies.matching(namespace: request.namespace, reference: request.statedReference)
    }

    /// - Parameter matching: of this very request.
    package func decideWithoutReading(_ request: AdmissionRequest, by matching: MatchingPolicies) -> AdmissionRecord? {
        guard case .image(let source) = request.subject, request.suppliedEvidence.isEmpty, request.breakGlass == nil,
            let matching = matching.judgedByRequestAlone
        else { return nil }
        let named = [source.namedDigest, request.statedReference?.digest].compactMap { $0 }
        // Two digests may be of the same bytes or not: only who reads them knows.
        guard named.allSatisfy({ $0 == named.first }) else { return nil }
        var facts = ImageFacts.namedOnly
        var record = AdmissionRecord(request: request, pipeline: self)
        if let digest = named.first {
            facts = ImageFacts(
                digest: digest, isIndex: false,
                platforms: [PlatformFacts(digest: digest, platform: nil, configuration: nil)])
            record.take(named: digest)
        }
        let document = EvidenceDocument(
            request: RequestFacts(namespace: request.namespace, reference: request.statedReference, at: request.at),
            image: facts)
        let note = Finding(.imageNotRead, "nothing that the policies ask about has to be read")
        record.conclude(
            PolicyEvaluator.evaluate(matching, document), stopping: [], deniesByEvidence: false,
            notes: trustNotes + [note])
        return record
    }

    /// The record of a request that was not judged, because of one finding: of a server that has no time, or no way to ask.
    /// Undecided, unless the finding itself rejects. Nothing is read.
    public func undecided(_ request: AdmissionRequest, because finding: Finding) -> AdmissionRecord {
        var record = AdmissionRecord(request: request, pipeline: self)
        var named = request.statedReference?.digest
        if case .image(let source) = request.subject { named = source.namedDigest ?? named }
        record.conclude(withoutImage: UnresolvedImage(finding, digest: named), by: policies)
        return record
    }
}

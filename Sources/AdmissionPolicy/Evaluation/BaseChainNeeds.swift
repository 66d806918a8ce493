import Attestation
import Content
import OCI
import StrictEncoding

extension EvidenceDocument {
    /// The bases that have to be judged before these requirements can be evaluated: of those that a rule with a `chain` approves,
    /// the ones on which this image may be built, because the lowest layers are theirs or because verified provenance of
    /// allowed signers names them. Sorted and distinct.
    ///
    /// However many bases a policy approves, only these cost anything.
    public func basesToJudge(for requirements: [Requirement]) -> [BaseChainNeed] {
        // A file has no base.
        guard !image.isArtifact else { return [] }
        var needs: Set<BaseChainNeed> = []
        for rule in requirements.flatMap(\.baseImageRules) {
            guard let chain = rule.chain else { continue }
            for base in possibleBases(rule) {
                needs.insert(
                    BaseChainNeed(
                        base: BaseImageNeed(repository: base.repository, digest: base.digest), policy: chain.policy))
            }
        }
        return needs.sorted()
    }

    private func possibleBases(_ rule: BaseImageRule) -> [BaseCandidate] {
        var possible: [BaseCandidate] = []
        if rule.proof.contains(.materials), let by = rule.by {
            let named = Set(
                attestations.filter { $0.signers.contains { by.names($0) } }
                    .flatMap { $0.provenance?.materials ?? [] }.compactMap { $0.image?.digest })
            possible += rule.candidates.filter { named.contains($0.digest) }
        }
        if rule.proof.contains(.layers) {
            var comparison = LayerComparison()
            for case .success(let configuration)? in image.platforms.map(\.configuration) {
                for base in rule.candidates {
                    guard case .read(let platforms)? = bases[base.digest] else { continue }
                    comparison.compare(configuration, with: platforms, base)
                }
            }
            possible += comparison.proven
        }
        return possible
    }
}

extension SignerThreshold {
    /// Whether one of the signers is this one, at whatever time.
    fileprivate func names(_ identity: SignerIdentity) -> Bool {
        signers.contains { $0.credential(of: identity) != nil }
    }
}

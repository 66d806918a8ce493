import Admission
import AdmissionPolicy
import Content
import Synchronization
import VerdictStorage

/// What evidence says for `audit impact`, remembered: an SBOM is read once for it, not for each verdict.
final class EvidenceFactsMemory: Sendable {
    /// Who signed belongs to it: which signatures of one file count depends on the trust.
    private struct Key: Hashable {
        let evidence: Digest
        let signers: Set<SignerIdentity>
    }
    private struct State {
        var known: [Key: StoredEvidence] = [:]
        var order: [Key] = []
        var bytes = 0
    }
    private let state = Mutex(State())
    /// Estimated; some hundred large SBOMs.
    private static let mostBytes = 64 << 20

    func evidence(of record: AdmissionRecord) -> [StoredEvidence] {
        var signers: [Digest: Set<SignerIdentity>] = [:]
        for item in record.verified { signers[item.evidence, default: []].formUnion(item.statement.signers) }
        guard !signers.isEmpty else { return [] }
        let keys = signers.mapValues { $0 }.map { Key(evidence: $0, signers: $1) }
        var found = state.withLock { state in keys.compactMap { key in state.known[key].map { (key, $0) } } }
        let missing = Set(keys).subtracting(found.map(\.0))
        let wanted = Set(missing.map(\.evidence))
        for facts in wanted.isEmpty ? [] : record.evidenceFacts(of: { wanted.contains($0) }) {
            let key = Key(evidence: facts.digest, signers: signers[facts.digest] ?? [])
            let stored = StoredEvidence(facts)
            keep(stored, as: key)
            found.append((key, stored))
        }
        return found.sorted { $0.0.evidence < $1.0.evidence }.map(\.1)
    }

    private func keep(_ evidence: StoredEvidence, as key: Key) {
        state.withLock { state in
            guard state.known.updateValue(evidence, forKey: key) == nil else { return }
            state.order.append(key)
            state.bytes += evidence.estimatedBytes
            var gone = 0
            while state.bytes > Self.mostBytes, gone < state.order.count {
                state.bytes -= state.known.removeValue(forKey: state.order[gone])?.estimatedBytes ?? 0
                gone += 1
            }
            state.order.removeFirst(gone)
        }
    }

    var bytes: Int { state.withLock { $0.bytes } }
}

extension VerifiedEvidence.Statement {
    fileprivate var signers: [SignerIdentity] {
        switch self {
        case .signature(let facts): facts.signers
        case .attestation(let facts): facts.signers
        }
    }
}

extension StoredEvidence {
    fileprivate init(_ facts: RecordedEvidenceFacts) {
        func all(_ kind: EvidenceFact.Kind, _ values: [String]) -> [EvidenceFact] {
            values.map { EvidenceFact(kind: kind, value: $0) }
        }
        self.init(
            digest: facts.digest.description,
            facts: all(.signer, facts.signers) + all(.key, facts.keys) + all(.builder, facts.builder.map { [$0] } ?? [])
                + all(.predicate, facts.predicateType.map { [$0] } ?? []) + all(.component, facts.components))
    }

    fileprivate var estimatedBytes: Int { facts.reduce(256) { $0 + 48 + $1.value.utf8.count } }
}

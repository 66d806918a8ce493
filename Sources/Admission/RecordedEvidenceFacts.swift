import AdmissionPolicy
import Attestation
public import Content
import SBOM
import StrictEncoding

/// What one piece of verified evidence lets somebody ask later: who is affected by this signer, key, builder or component?
public struct RecordedEvidenceFacts: Sendable, Hashable {
    /// Of the bytes that carry the evidence.
    public let digest: Digest
    /// Names of the holders of certificates that signed it, as they were proven: a workflow's URI, an address, a SPIFFE ID.
    /// Sorted, distinct.
    public let signers: [String]
    /// Fingerprints of the keys that signed it, `sha256:…`. Sorted, distinct.
    public let keys: [String]
    /// `builder.id`, where it is provenance.
    public let builder: String?
    /// Nil for a signature.
    public let predicateType: String?
    /// What an SBOM lists, each once, sorted: the package URL in its canonical form, or `name@version` of a component
    /// without one.
    public let components: [String]
}

extension AdmissionRecord {
    /// One for each piece of verified evidence, sorted by digest.
    ///
    /// An SBOM is read for it, if no rule asked what it says: that takes as long as the SBOM is large, so ask once for a
    /// piece of evidence rather than for each record.
    public var evidenceFacts: [RecordedEvidenceFacts] { evidenceFacts(of: { _ in true }) }

    /// The same for those pieces alone that are asked for.
    public func evidenceFacts(of isWanted: (Digest) -> Bool) -> [RecordedEvidenceFacts] {
        var all: [Digest: FactsOfEvidence] = [:]
        for item in verified where isWanted(item.evidence) { all[item.evidence, default: FactsOfEvidence()].add(item) }
        return all.sorted { $0.key < $1.key }.map { $1.recorded(as: $0) }
    }
}

/// One piece may stand in a record several times: once for each set of proven times.
private struct FactsOfEvidence {
    private var signers: Set<ExactString> = []
    private var keys: Set<ExactString> = []
    private var builder: String?
    private var predicateType: String?
    private var components: Set<ExactString> = []
    private var isRead = false

    mutating func add(_ item: VerifiedEvidence) {
        switch item.statement {
        case .signature(let facts): add(facts.signers)
        case .attestation(let facts):
            add(facts.signers)
            builder = builder ?? facts.provenance?.builder.value
            predicateType = facts.predicateType.value
            guard !isRead else { return }
            isRead = true
            let inventory =
                facts.inventory ?? Inventory.reading(predicate: facts.predicate, ofType: facts.predicateType)
            guard case .success(let read)? = inventory else { return }
            for component in read.components { add(component) }
        }
    }

    private mutating func add(_ identities: [SignerIdentity]) {
        for identity in identities {
            switch identity {
            case .key(let fingerprint, _), .cloudBuildKey(let fingerprint): keys.insert(fingerprint)
            case .certificate(let holder): signers.formUnion(holder.names.map(\.value))
            }
        }
    }

    private mutating func add(_ component: Component) {
        if let text = component.packageURL {
            // One that breaks the rules is kept as it was written: whoever looks for it has it from the same tool.
            components.insert(ExactString((try? PackageURL(text))?.description ?? text))
            return
        }
        let name = component.group.map { $0 + "/" + component.name } ?? component.name
        guard !name.isEmpty else { return }
        components.insert(ExactString(component.version.map { name + "@" + $0 } ?? name))
    }

    func recorded(as digest: Digest) -> RecordedEvidenceFacts {
        RecordedEvidenceFacts(
            digest: digest, signers: Self.sorted(signers), keys: Self.sorted(keys), builder: builder,
            predicateType: predicateType, components: Self.sorted(components))
    }

    private static func sorted(_ texts: Set<ExactString>) -> [String] { texts.sorted().map(\.value) }
}

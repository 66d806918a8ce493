package import AdmissionPolicy
import Attestation
import Content
import Findings
import OCI
package import StrictEncoding

/// What verification found with some images, as a first policy that admits them: `policy init`.
///
/// Rules are made of verified evidence only. What merely lies there is told in comments.
package struct Observation: Sendable {
    package struct Image: Sendable {
        /// As it was asked for.
        package let subject: String
        package let record: AdmissionRecord
        /// Nil where the image could not be had.
        package let inspection: ImageInspection?

        package init(subject: String, record: AdmissionRecord, inspection: ImageInspection?) {
            self.subject = subject
            self.record = record
            self.inspection = inspection
        }
    }

    /// The keys that were given, by fingerprint, with the names that the policy has for them.
    package let signers: [ExactString: DraftSigner]
    private let images: [Image]
    /// Images of which nothing was verified: no rule can be made of them.
    package let uncovered: [String]

    package init(_ images: [Image], signers: [ExactString: DraftSigner]) {
        self.signers = signers
        self.images = images.filter { !$0.record.verified.isEmpty && $0.record.image != nil }
        uncovered = images.filter { $0.record.verified.isEmpty || $0.record.image == nil }.map(\.subject)
        comments = images.flatMap(Self.comments)
    }

    private let comments: [String]

    /// The policy; nil if nothing was verified of which a rule can be made.
    package func draft(name: String, namespaces: [String]) -> PolicyDraft? {
        guard !images.isEmpty else { return nil }
        let references = images.compactMap(\.record.request.reference)
        var scope = ["**"]
        // A pattern can't say "no name": one image without a name, and the policy speaks of every image.
        if references.count == images.count {
            scope = Set(references.map { ExactString($0.name) }).sorted().map(\.value)
        }
        var draft = PolicyDraft(
            name: name, owner: "to-be-named", stage: "observe", namespaces: namespaces, images: scope)
        var used: Set<String> = []
        if let (requirement, by) = signature {
            draft.require.append(requirement)
            used.formUnion(by)
        }
        let provenance = ObservedProvenance(images.map(\.record), signers: signers)
        if let (requirement, by) = provenance.requirement {
            draft.require.append(requirement)
            used.formUnion(by)
        }
        guard !draft.require.isEmpty else { return nil }
        draft.signers = signers.values.filter { used.contains($0.name) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        draft.comments =
            [
                "Observed, not asked for: every rule says what \(images.count == 1 ? "an image" : "\(images.count) images") had "
                    + "at \(images[0].record.request.at).",
                "Read each of them, name an owner, and only then raise the stage. What follows decides nothing.",
            ] + comments + provenance.comments
        return draft
    }

    /// All keys that signed every image; if there is none, one of those that signed any.
    private var signature: (DraftRequirement, [String])? {
        let sets = images.map { image -> Set<ExactString> in
            var names: Set<ExactString> = []
            for item in image.record.verified {
                guard case .signature(let facts) = item.statement, let digest = image.record.image?.digest,
                    facts.subjects.contains(digest)
                else { continue }
                names.formUnion(signers.names(of: facts.signers))
            }
            return names
        }
        guard let first = sets.first, sets.allSatisfy({ !$0.isEmpty }) else { return nil }
        let common = sets.dropFirst().reduce(first) { $0.intersection($1) }
        let by = (common.isEmpty ? sets.reduce(first) { $0.union($1) } : common).sorted().map(\.value)
        return (
            DraftRequirement(id: "signed", .signature(by: by, atLeast: common.isEmpty ? 1 : by.count)), by
        )
    }

    private static func comments(_ image: Image) -> [String] {
        let name = image.record.request.reference?.description ?? image.subject
        var lines = ["\(name)  \(image.record.imageDigest?.description ?? "could not be had")"]
        guard let inspection = image.inspection else { return lines }
        let verified = Set(image.record.verified.map(\.evidence))
        for paper in inspection.papers where !verified.contains(paper.evidence) {
            let signers = paper.claimedSigners.isEmpty ? "" : ", " + paper.claimedSigners.joined(separator: ", ")
            lines.append("  not verified: \(Finding.quoted(paper.claims)) \(paper.evidence)\(signers)")
        }
        for platform in inspection.platforms {
            if let base = platform.claimedBase.name ?? platform.claimedBase.digest {
                lines.append("  not verified: the image says that its base is \(Finding.quoted(base))")
            }
        }
        return lines
    }
}

extension [ExactString: DraftSigner] {
    /// Of those among the identities that are known.
    func names(of identities: [SignerIdentity]) -> [ExactString] {
        identities.compactMap { identity in
            guard case .key(let fingerprint, _) = identity else { return nil }
            return self[fingerprint].map { ExactString($0.name) }
        }
    }
}

package import AdmissionPolicy
import Attestation
package import Content
package import Findings
package import OCI
package import SBOM
import Sigstore
package import StrictEncoding

/// The SBOMs that lie with an image, for people to look at: those whose authors nobody knows, or those that a decision
/// verified. Nothing here decides: rules read ``VerifiedEvidence``.
package struct AttachedSBOMs: Sendable {
    package let digest: Digest
    package let tag: String?
    /// The runnable images, in the order of the index, or sorted by digest where a record tells them.
    package let platforms: [(platform: Platform?, digest: Digest)]
    /// About the image itself first, then about its platforms; by digest of the evidence. Each is about this image.
    package let sboms: [AttachedSBOM]
    /// What lies with the image, or was tied to it, and is not among these.
    package let refused: [RefusedEvidence]
    /// Why papers could not be listed or read, so that there may be more; empty if all were.
    package let findings: [Finding]

    private init(
        digest: Digest, tag: String?, platforms: [(platform: Platform?, digest: Digest)], sboms: [AttachedSBOM],
        refused: [RefusedEvidence], findings: [Finding]
    ) {
        self.digest = digest
        self.tag = tag
        self.platforms = platforms
        self.sboms = sboms.sorted { a, b in
            let (isImage, others) = (a.subjects.contains(digest), b.subjects.contains(digest))
            guard isImage == others else { return isImage }
            if a.subjects != b.subjects { return a.subjects.lexicographicallyPrecedes(b.subjects) }
            return a.evidence < b.evidence
        }
        self.refused = refused
        self.findings = findings
    }

    /// What lies with the image, as its bytes claim: attestations, signed or not, and documents that nobody signed.
    package static func unverified(
        in source: any ContentSource, limits: AdmissionLimits
    ) async -> Result<AttachedSBOMs, UnresolvedImage> {
        let image: ResolvedImage
        switch await ResolvedImage.resolve(from: source, limits: limits) {
        case .success(let resolved): image = resolved
        case .failure(let unresolved): return .failure(unresolved)
        }
        var collected = await EvidenceCollector.collect(
            about: .image(image, from: source), supplied: [], limits: limits)
        var found: [AttachedSBOM] = []
        var refused: [RefusedEvidence] = []
        for item in collected.items {
            switch AttachedSBOM.reading(item, of: image, limits: limits) {
            case .success(let sbom?): found.append(sbom)
            case .success(nil): break
            case .failure(let unread):
                refused.append(RefusedEvidence(evidence: item.evidence, origin: item.origin, finding: unread.finding))
            }
        }
        for item in collected.refused {
            let documents = await AttachedSBOM.documents(in: item, of: image, from: source, limits, &collected.budget)
            if documents.isEmpty { refused.append(item) } else { found += documents }
        }
        return .success(
            AttachedSBOMs(
                digest: image.digest, tag: image.tag,
                platforms: image.platforms.map { ($0.listed, $0.manifest.content.digest) }, sboms: found,
                refused: refused, findings: collected.findings))
    }

    /// Those of a decision: signed by somebody whom its policies name as a signer, over a statement that names the image.
    /// Whether they are as a rule wants them is the verdict's business. Nil where the image was not resolved.
    package init?(verifiedIn record: AdmissionRecord) {
        guard let image = record.image else { return nil }
        let sboms = record.verified.compactMap { evidence -> AttachedSBOM? in
            guard case .attestation(let facts) = evidence.statement, facts.isSBOM else { return nil }
            return AttachedSBOM(facts, origin: evidence.origin)
        }
        // What a rule could not tell is not what could not be read.
        let stopping = record.findings.filter { $0.code.effect == .undecided && $0.rule == nil }
        self.init(
            digest: image.digest, tag: image.tag, platforms: image.platforms, sboms: sboms, refused: record.refused,
            findings: stopping)
    }

    /// What covers one platform: an SBOM of it, or of the index that holds it.
    package func covering(_ platform: Digest) -> [AttachedSBOM] {
        sboms.filter { $0.subjects.contains(platform) || $0.subjects.contains(digest) }
    }
}

/// One SBOM that lies with an image.
package struct AttachedSBOM: Sendable {
    /// Digest of the bytes that carry it.
    package let evidence: Digest
    package let origin: CollectedItem.Origin
    package let form: Form
    /// Nil for a document that no statement wraps.
    package let predicateType: ExactString?
    /// Which of the image's digests it is tied to: by its statement, or where it has none, by the manifest that holds it.
    package let subjects: [Digest]
    /// Hints at signers, which anybody can write; empty where somebody is known to have signed, or nobody claims to.
    package let claimedSigners: [String]
    /// Who is proven to have signed it, sorted; empty where nothing was verified.
    package let signers: [SignerIdentity]

    package enum Form: Sendable {
        /// An SBOM as it is, without a statement.
        case document
        /// An in-toto statement that is not signed, as BuildKit stores it inside the index.
        case statement
        /// Signed by somebody: by ``AttachedSBOM/signers`` if there are any.
        case signed
    }

    private enum Content {
        case document([UInt8])
        case predicate(JSONValue?, ExactString)
    }
    private let content: Content

    /// Reads it; a failure is a finding with the code and the place of what is wrong.
    package func inventory() -> Result<Inventory, UnreadContent> {
        switch content {
        case .document(let bytes):
            do throws(SBOMError) { return .success(try SBOMDocument.read(bytes).inventory) } catch {
                return .failure(UnreadContent(Finding(error.code, error.message)))
            }
        case .predicate(let predicate, let type):
            return Inventory.reading(predicate: predicate, ofType: type)
                ?? .failure(UnreadContent(Finding(.sbomUnrecognised, "expected an SBOM as predicate, found another")))
        }
    }

    /// Whether both say the same, byte for byte.
    package func saysTheSame(as other: AttachedSBOM) -> Bool {
        switch (content, other.content) {
        case (.document(let a), .document(let b)): a == b
        case (.predicate(let a, _), .predicate(let b, _)): (a?.rawBytes ?? []) == (b?.rawBytes ?? [])
        default: false
        }
    }
}

// MARK: Out of what was collected

extension AttachedSBOM {
    fileprivate init(_ facts: AttestationFacts, origin: CollectedItem.Origin) {
        evidence = facts.evidence
        self.origin = origin
        // What the signer of an index says of the statements in it is signed by them.
        form = .signed
        predicateType = facts.predicateType
        subjects = facts.subjects.sorted()
        claimedSigners = []
        signers = facts.signers
        content = .predicate(facts.predicate, facts.predicateType)
    }

    /// Nil for what is no SBOM by its type.
    fileprivate static func reading(
        _ item: CollectedItem, of image: ResolvedImage, limits: AdmissionLimits
    ) -> Result<AttachedSBOM?, UnreadContent> {
        let bytes: [UInt8]
        let form: Form
        var signers: [String] = []
        var known: Set<Digest> = Set(image.digests)
        switch item.form {
        case .unsignedStatement(let statement, let about, _):
            (bytes, form) = (statement, .statement)
            known = [about]
        case .signed(let signed):
            guard case .dsse(let envelope) = signed.content, envelope.payloadType == Statement.payloadType else {
                return .success(nil)
            }
            (bytes, form) = (envelope.payload, .signed)
            switch signed.material {
            case .certificates: signers = ["certificate"]
            case .publicKeyHint(let hint) where !hint.utf8.isEmpty: signers = ["key hint " + hint.value]
            case .publicKeyHint, .none: break
            }
            signers += envelope.signatures.compactMap { $0.keyID.map { "keyid " + $0.value } }
        }
        let json = JSONLimits(bytes: limits.envelopeBytes, depth: limits.jsonDepth)
        guard let statement = try? Statement(parsing: bytes, limits: StatementLimits(json: json)),
            let sbom = PredicateType(statement.predicateType)?.family, [.spdx, .cycloneDX, .syft].contains(sbom)
        else { return .success(nil) }
        let subjects = known.filter { statement.names($0) }.sorted()
        guard !subjects.isEmpty else {
            return .failure(
                UnreadContent(
                    Finding(
                        .evidenceSubjectMismatch, "an SBOM that lies with the image is signed for another image",
                        expected: image.digest.description, found: statement.namedDigests,
                        evidence: item.evidence.description)))
        }
        return .success(
            AttachedSBOM(
                evidence: item.evidence, origin: item.origin, form: form, predicateType: statement.predicateType,
                subjects: subjects, claimedSigners: signers, signers: [],
                content: .predicate(statement.predicate, statement.predicateType)))
    }

    /// Most documents of one manifest; more are not looked at.
    private static let mostDocuments = 16

    /// The documents that nobody signed in a manifest about the image that is no evidence for that very reason: what
    /// `cosign attach sbom` and `oras attach` leave.
    fileprivate static func documents(
        in refused: RefusedEvidence, of image: ResolvedImage, from source: any ContentSource, _ limits: AdmissionLimits,
        _ budget: inout ByteBudget
    ) async -> [AttachedSBOM] {
        guard [.evidenceUnsigned, .evidenceUnknownType].contains(refused.finding.code), let digest = refused.evidence,
            let content = try? await source.pinnedManifest(digest, limits: limits),
            (try? budget.spend(content.bytes.count)) != nil,
            case .manifest(let manifest)? = try? ImageDocument(
                parsing: content, declared: nil, jsonDepth: limits.jsonDepth),
            let about = await subject(of: manifest, refused.origin, image, source, limits)
        else { return [] }
        var found: [AttachedSBOM] = []
        for layer in manifest.layers.prefix(mostDocuments) where MediaType.documents.contains(layer.mediaType) {
            guard (try? budget.spend(layer.size)) != nil,
                let bytes = try? await source.pinned(
                    layer, limit: SBOMLimits.standard.bytes, tooLarge: .limitEnvelopeBytes
                ).bytes
            else { continue }
            found.append(
                AttachedSBOM(
                    evidence: layer.digest, origin: refused.origin, form: .document, predicateType: nil,
                    subjects: [about], claimedSigners: [], signers: [], content: .document(bytes)))
        }
        return found
    }

    /// By the manifest's own word, or by cosign's tag, which names the image.
    private static func subject(
        of manifest: ImageManifest, _ origin: CollectedItem.Origin, _ image: ResolvedImage,
        _ source: any ContentSource, _ limits: AdmissionLimits
    ) async -> Digest? {
        if let subject = manifest.subject { return image.digests.first { $0 == subject.digest } }
        guard origin == .sbomTag else { return nil }
        for digest in image.digests {
            let papers = try? await source.papers(of: digest, tied: .sbomTag, limits: limits.content)
            if papers?.found.contains(where: { $0.descriptor.digest == manifest.content.digest }) == true {
                return digest
            }
        }
        return nil
    }
}

extension MediaType {
    /// How tools call the layers that hold an SBOM; what it is, the document itself tells.
    fileprivate static let documents: Set<MediaType> = [
        "application/vnd.cyclonedx+json", "application/vnd.cyclonedx+xml", "application/vnd.cyclonedx",
        "application/spdx+json", "text/spdx+json", "text/spdx", "text/spdx+xml", "application/spdx+xml",
        "application/spdx+yaml", "application/vnd.syft+json",
    ]
}

import Attestation
import Content
import Findings
import OCI
import Sigstore
import StrictEncoding

/// Gathers everything that lies with a resolved image and could be evidence, within its budgets.
///
/// Cheap checks come first: a manifest that does not name the image, or whose layers are of no known type, costs no
/// further read. Nothing here looks at a signature; whatever is malformed is refused with its reason and harms nobody.
struct EvidenceCollector {
    let source: any ContentSource
    let image: ResolvedImage
    let limits: AdmissionLimits
    private var collected = CollectedEvidence()
    /// Files given twice count once.
    private var suppliedFiles: Set<Digest> = []

    init(source: any ContentSource, image: ResolvedImage, limits: AdmissionLimits) {
        self.source = source
        self.image = image
        self.limits = limits
    }

    static func collect(
        from source: any ContentSource, image: ResolvedImage, supplied: [SuppliedEvidence], limits: AdmissionLimits
    ) async -> CollectedEvidence {
        var collector = EvidenceCollector(source: source, image: image, limits: limits)
        do {
            try await collector.collectPapers()
            try await collector.collectLooseSignatures()
            try await collector.collectAttestationManifests()
            try collector.collectSupplied(supplied)
        } catch {
            collector.collected.findings.append(error.finding)
        }
        return collector.collected
    }

    /// A budget was passed, or papers could not be listed: the decision cannot be made, whatever else was found.
    private struct Stopped: Error {
        let finding: Finding
    }

    // MARK: Where evidence lies

    private mutating func collectPapers() async throws(Stopped) {
        for digest in image.digests {
            let papers: Papers
            do {
                papers = try await source.papers(of: digest, limits: limits.content)
            } catch {
                throw Stopped(finding: Finding(error.code, error.message))
            }
            for finding in papers.refused {
                collected.refused.append(RefusedEvidence(evidence: nil, origin: .referrer, finding: finding))
            }
            // A manifest that is mentioned for several digests is looked at for each: a mention under the wrong one must
            // not hide the right one. What is collected twice is one piece of evidence once its payload is verified.
            for paper in papers.found { try await collect(paper, about: digest) }
        }
    }

    private mutating func collect(_ paper: Paper, about digest: Digest) async throws(Stopped) {
        let origin = CollectedItem.Origin(paper.tie)
        guard let content = try await read(paper.descriptor, limit: limits.manifestBytes, origin: origin) else {
            return
        }
        let document: ImageDocument
        do {
            document = try ImageDocument(
                parsing: content, declared: paper.descriptor.mediaType, jsonDepth: limits.jsonDepth)
        } catch {
            return refuse(content.digest, origin, Finding(error.code, error.message))
        }
        guard case .manifest(let manifest) = document else {
            return refuse(content.digest, origin, Finding(.evidenceUnknownType, "an index refers to the image"))
        }
        switch paper.tie {
        case .referrer, .fallbackTag:
            guard manifest.subject?.digest == digest else {
                return refuse(
                    content.digest, origin,
                    Finding(
                        .evidenceNotListedForImage, "the manifest is listed for the image but is not about it",
                        expected: digest.description, found: manifest.subject?.digest.description ?? "no subject"))
            }
        case .sbomTag:
            return refuse(
                content.digest, origin, Finding(.evidenceUnsigned, "an SBOM under cosign's tag `.sbom` is not signed"))
        case .signatureTag, .attestationTag, .cosignSave:
            // Tied by a name only: the signed payload says what it is about, and is compared later.
            break
        }
        try await collectLayers(of: manifest, origin: origin)
    }

    private mutating func collectLayers(of manifest: ImageManifest, origin: CollectedItem.Origin) async throws(Stopped)
    {
        var known = false
        for layer in manifest.layers {
            guard let kind = LayerKind(layer) else { continue }
            known = true
            guard let content = try await read(layer, limit: limits.envelopeBytes, origin: origin) else { continue }
            do {
                add(try kind.parse(content, layer: layer, limits: limits), content.digest, origin)
            } catch {
                refuse(content.digest, origin, Finding(error.code, error.message))
            }
        }
        if !known {
            refuse(
                manifest.content.digest, origin,
                Finding(
                    .evidenceUnknownType, "none of the manifest's layers is of a type that is known as evidence",
                    found: Finding.quoted((manifest.artifactType ?? manifest.config.mediaType).description)))
        }
    }

    /// `signature-N` files of a `dir:` image.
    private mutating func collectLooseSignatures() async throws(Stopped) {
        let loose: [LooseSignature]
        do {
            loose = try await source.looseSignatures(limits: limits.content)
        } catch {
            throw Stopped(finding: Finding(error.code, error.message))
        }
        for signature in loose {
            try spend(bytes: signature.content.bytes.count)
            do {
                add(
                    try UnverifiedSignedItem(signatureFile: signature.content.bytes),
                    signature.content.digest, .besideImage)
            } catch {
                refuse(signature.content.digest, .besideImage, Finding(error.code, error.message))
            }
        }
    }

    /// BuildKit's attestation manifests: statements without a signature, bound to the index by its digest.
    private mutating func collectAttestationManifests() async throws(Stopped) {
        for attestation in image.attestationManifests {
            if let subject = attestation.manifest.subject, subject.digest != attestation.about {
                refuse(
                    attestation.manifest.content.digest, .insideIndex,
                    Finding(
                        .evidenceNotListedForImage, "the attestation manifest's subject is not what the index says",
                        expected: attestation.about.description, found: subject.digest.description))
                continue
            }
            for layer in attestation.manifest.layers where layer.mediaType == .inToto {
                guard let content = try await read(layer, limit: limits.envelopeBytes, origin: .insideIndex) else {
                    continue
                }
                collected.items.append(
                    CollectedItem(
                        evidence: content.digest, origin: .insideIndex,
                        form: .unsignedStatement(content.bytes, about: attestation.about)))
            }
        }
    }

    /// Files given by the caller: one that is no signed evidence is a note, never a reason to reject.
    private mutating func collectSupplied(_ supplied: [SuppliedEvidence]) throws(Stopped) {
        for file in supplied {
            try spend(bytes: file.content.bytes.count)
            guard suppliedFiles.insert(file.content.digest).inserted else { continue }
            let parsed = EvidenceFile.sniff(
                file.content.bytes, limits: EvidenceFileLimits(envelope: limits.envelope, lines: limits.candidates))
            if parsed.form == .unrelated {
                refuse(
                    file.content.digest, .supplied,
                    Finding(.evidenceUnrelated, "a file given as evidence is in no form of signed evidence"))
            }
            for item in parsed.items {
                try spend(bytes: 0)
                switch item {
                case .success(let item): add(item, item.evidence, .supplied)
                case .failure(let refused):
                    refuse(refused.evidence, .supplied, Finding(refused.error.code, refused.error.message))
                }
            }
        }
    }

    // MARK: Reading within the budgets

    /// The bytes of a descriptor; nil (and noted) where they are not there or not what they are named by.
    private mutating func read(
        _ descriptor: Descriptor, limit: Int, origin: CollectedItem.Origin
    ) async throws(Stopped) -> VerifiedContent? {
        // The claimed size is enough to stop at: a source never yields more than the descriptor says.
        try spend(bytes: descriptor.size)
        guard descriptor.size <= limit else {
            refuse(
                descriptor.digest, origin,
                Finding(
                    .limitEnvelopeBytes, "the evidence is larger than the limit", expected: "at most \(limit) bytes",
                    found: "\(descriptor.size) bytes"))
            return nil
        }
        do {
            return try await source.fetch(descriptor, limit: limit)
        } catch {
            if error.code == .imageNotFound {
                refuse(descriptor.digest, origin, Finding(.evidenceAbsent, "no content \(descriptor.digest)"))
            } else if error.code.effect == .undecided {
                throw Stopped(
                    finding: Finding(.evidenceUnreadable, error.message, evidence: descriptor.digest.description))
            } else {
                refuse(descriptor.digest, origin, Finding(error.code, error.message))
            }
            return nil
        }
    }

    private mutating func spend(bytes: Int) throws(Stopped) {
        collected.spentCandidates += 1
        let (total, overflow) = collected.spentBytes.addingReportingOverflow(bytes)
        collected.spentBytes = overflow ? Int.max : total
        guard collected.spentCandidates <= limits.candidates else {
            throw Stopped(
                finding: Finding(
                    .limitCandidates, "more than \(limits.candidates) items lie with the image",
                    expected: "at most \(limits.candidates)"))
        }
        guard collected.spentBytes <= limits.totalBytes else {
            throw Stopped(
                finding: Finding(
                    .limitImageBytes, "what lies with the image is more than \(limits.totalBytes) bytes",
                    expected: "at most \(limits.totalBytes) bytes"))
        }
    }

    private mutating func add(_ item: UnverifiedSignedItem, _ evidence: Digest, _ origin: CollectedItem.Origin) {
        collected.items.append(CollectedItem(evidence: evidence, origin: origin, form: .signed(item)))
    }

    private mutating func refuse(_ evidence: Digest, _ origin: CollectedItem.Origin, _ finding: Finding) {
        var finding = finding
        if finding.evidence == nil { finding.evidence = evidence.description }
        collected.refused.append(RefusedEvidence(evidence: evidence, origin: origin, finding: finding))
    }
}

/// What a layer of an evidence manifest holds, by its media type.
private enum LayerKind {
    case bundle, envelope, simpleSigning

    init?(_ layer: Descriptor) {
        switch layer.mediaType {
        case .simpleSigning: self = .simpleSigning
        case .dsseEnvelope, .inToto: self = .envelope
        case let type where type.description.utf8.starts(with: "application/vnd.dev.sigstore.bundle".utf8):
            self = .bundle
        default: return nil
        }
    }

    func parse(
        _ content: VerifiedContent, layer: Descriptor, limits: AdmissionLimits
    ) throws(SignedItemError) -> UnverifiedSignedItem {
        switch self {
        case .bundle:
            return try UnverifiedSignedItem(bundle: content.bytes, evidence: content.digest, limits: limits.envelope)
        case .envelope, .simpleSigning:
            var annotations: [String: String] = [:]
            for (name, text) in layer.annotations { annotations[name] = text }
            return try UnverifiedSignedItem(
                cosignLayer: content.bytes, mediaType: self == .envelope ? .dsseEnvelope : .simpleSigning,
                annotations: annotations, evidence: content.digest, limits: limits.envelope)
        }
    }
}

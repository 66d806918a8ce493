import Attestation
import Content
import Findings
import OCI
import Sigstore
import StrictEncoding

/// Gathers everything that lies with a resolved image, or was given, and could be evidence, within its budgets.
///
/// Cheap checks come first: a manifest that does not name the image, or whose layers are of no known type, costs no
/// further read. Nothing here looks at a signature; whatever is malformed is refused with its reason and harms nobody.
struct EvidenceCollector {
    let limits: AdmissionLimits
    private var collected: CollectedEvidence
    /// Manifests and files that were taken, so that evidence reached by two ties counts once. One that was refused for
    /// one tie may still be good by another: a false entry in a list must not hide it.
    private var taken: Set<Digest> = []

    private init(budget: ByteBudget, limits: AdmissionLimits) {
        self.limits = limits
        collected = CollectedEvidence(budget: budget)
    }

    /// - Parameter spentCandidates: items that the decision has looked at before, with other images.
    static func collect(
        about subject: ResolvedSubject, supplied: [SuppliedEvidence], limits: AdmissionLimits, spentCandidates: Int = 0
    ) async -> CollectedEvidence {
        var collector = EvidenceCollector(budget: subject.budget(limits), limits: limits)
        collector.collected.spentCandidates = spentCandidates
        do {
            // Nothing lies with a file; what speaks of it is given.
            if case .image(let image, let source) = subject {
                try await collector.collectPapers(of: image, from: source)
                try await collector.collectLooseSignatures(from: source)
                try await collector.collectAttestationManifests(of: image, from: source)
            }
            try collector.collectSupplied(supplied)
        } catch {
            collector.collected.findings.append(error.finding)
        }
        return collector.collected
    }

    /// What one tie holds for an image, paper by paper, for as long as `isEnough` says no; nil if that was all, or if
    /// something came in between which a full collection has to tell.
    ///
    /// - Parameters:
    ///   - collected: what earlier ties gave.
    ///   - mostPapers: of this tie; more are not looked at.
    static func collect(
        into collected: inout CollectedEvidence, about digest: Digest, tied tie: Paper.Tie,
        from source: any ContentSource,
        limits: AdmissionLimits, mostPapers: Int, until isEnough: (CollectedEvidence) -> AdmissionRecord?
    ) async -> AdmissionRecord? {
        var collector = EvidenceCollector(budget: collected.budget, limits: limits)
        collector.collected = collected
        defer { collected = collector.collected }
        guard let papers = try? await source.papers(of: digest, tied: tie, limits: limits.content) else { return nil }
        for paper in papers.found.sorted(by: { $0.precedes($1) }).prefix(mostPapers) {
            let before = collector.collected.items.count
            do { try await collector.collect(paper, about: digest, from: source) } catch { return nil }
            guard collector.collected.items.count > before else { continue }
            if let record = isEnough(collector.collected) { return record }
        }
        return nil
    }

    /// A budget was passed, or papers could not be listed: the decision cannot be made, whatever else was found.
    private struct Stopped: Error {
        let finding: Finding

        init(_ finding: Finding) { self.finding = finding }

        /// What a source says of itself stands, unless it says that nothing is the matter.
        init(_ error: ContentSourceError) {
            finding = Finding(error.code.effect == .note ? .evidenceUnreadable : error.code, error.message)
        }
    }

    // MARK: Where evidence lies

    /// What is listed for the image and its platforms, and for the attestation manifests in its index: Docker signs these.
    private mutating func collectPapers(of image: ResolvedImage, from source: any ContentSource) async throws(Stopped) {
        var passedOver: Set<Finding> = []
        for digest in image.digests + image.holdersOfStatements {
            let papers: Papers
            do {
                papers = try await source.papers(of: digest, limits: limits.content)
            } catch {
                throw Stopped(error)
            }
            // Each digest gets the same ones: kept once, so that a thousand platforms don't make a thousand copies.
            for finding in papers.refused where passedOver.insert(finding).inserted {
                try spend(bytes: 0)
                collected.refused.append(RefusedEvidence(evidence: nil, origin: .referrer, finding: finding))
            }
            // In an order of their own: however a store lists them, the same ones are looked at.
            for paper in papers.found.sorted(by: { $0.precedes($1) }) {
                try await collect(paper, about: digest, from: source)
            }
        }
    }

    private mutating func collect(
        _ paper: Paper, about digest: Digest, from source: any ContentSource
    ) async throws(Stopped) {
        guard !taken.contains(paper.descriptor.digest) else { return }
        let origin = CollectedItem.Origin(paper.tie)
        let manifestBytes = (limits.manifestBytes, ReasonCode.limitManifestBytes)
        guard let content = try await read(paper.descriptor, from: source, limit: manifestBytes, origin: origin) else {
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
        taken.insert(content.digest)
        try await collectLayers(of: manifest, from: source, origin: origin)
    }

    private mutating func collectLayers(
        of manifest: ImageManifest, from source: any ContentSource, origin: CollectedItem.Origin
    ) async throws(Stopped) {
        var known = false
        for layer in manifest.layers {
            guard let kind = LayerKind(layer) else { continue }
            known = true
            guard let content = try await read(layer, from: source, limit: envelopeBytes, origin: origin) else {
                continue
            }
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
    private mutating func collectLooseSignatures(from source: any ContentSource) async throws(Stopped) {
        let loose: [LooseSignature]
        do {
            loose = try await source.looseSignatures(limits: limits.content)
        } catch {
            throw Stopped(error)
        }
        for signature in loose.sorted(by: { $0.content.digest < $1.content.digest }) {
            try spend(bytes: signature.content.bytes.count)
            do {
                add(
                    try UnverifiedSignedItem(signatureFile: signature.content.bytes, limits: limits.envelope),
                    signature.content.digest, .besideImage)
            } catch {
                refuse(signature.content.digest, .besideImage, Finding(error.code, error.message))
            }
        }
    }

    /// BuildKit's attestation manifests: statements without a signature, bound to the index by its digest.
    private mutating func collectAttestationManifests(
        of image: ResolvedImage, from source: any ContentSource
    ) async throws(Stopped) {
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
                guard let content = try await read(layer, from: source, limit: envelopeBytes, origin: .insideIndex)
                else { continue }
                collected.items.append(
                    CollectedItem(
                        evidence: content.digest, origin: .insideIndex,
                        form: .unsignedStatement(
                            content.bytes, about: attestation.about, holder: attestation.manifest.content.digest)))
            }
        }
    }

    /// Files given by the caller: one that is no signed evidence is a note, never a reason to reject.
    private mutating func collectSupplied(_ supplied: [SuppliedEvidence]) throws(Stopped) {
        for file in supplied.sorted(by: { $0.content.digest < $1.content.digest }) {
            try spend(bytes: file.content.bytes.count)
            guard taken.insert(file.content.digest).inserted else { continue }
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
                case .failure(let refused) where refused.error.code == .limitEvidenceLines:
                    // More lines than may be looked at: what they say is not known, and it might have counted.
                    throw Stopped(
                        Finding(.limitCandidates, refused.error.message, evidence: refused.evidence.description))
                case .failure(let refused):
                    refuse(refused.evidence, .supplied, Finding(refused.error.code, refused.error.message))
                }
            }
        }
    }

    // MARK: Reading within the budgets

    private var envelopeBytes: (Int, ReasonCode) { (limits.envelopeBytes, .limitEnvelopeBytes) }

    /// The bytes of a descriptor; nil (and noted) where they are not there or not what they are named by.
    private mutating func read(
        _ descriptor: Descriptor, from source: any ContentSource, limit: (bytes: Int, code: ReasonCode),
        origin: CollectedItem.Origin
    ) async throws(Stopped) -> VerifiedContent? {
        // One that claims to be too large is not read, so it costs no bytes: a false claim must not use up the budget.
        // Of another the claim is enough to stop at, before anything is read.
        try spend(bytes: descriptor.size <= limit.bytes ? descriptor.size : 0)
        do {
            return try await source.pinned(descriptor, limit: limit.bytes, tooLarge: limit.code)
        } catch {
            if error.code == .imageNotFound {
                refuse(descriptor.digest, origin, Finding(.evidenceAbsent, "no content \(descriptor.digest)"))
            } else if error.code.effect == .undecided {
                // A budget that the source keeps has its own code.
                throw Stopped(
                    Finding(
                        error.code.rank == .limit ? error.code : .evidenceUnreadable, error.message,
                        evidence: descriptor.digest.description))
            } else {
                refuse(descriptor.digest, origin, Finding(error.code, error.message))
            }
            return nil
        }
    }

    private mutating func spend(bytes: Int) throws(Stopped) {
        collected.spentCandidates += 1
        guard collected.spentCandidates <= limits.candidates else {
            throw Stopped(
                Finding(
                    .limitCandidates, "more than \(limits.candidates) items lie with the image",
                    expected: "at most \(limits.candidates)"))
        }
        do {
            try collected.budget.spend(bytes)
        } catch {
            throw Stopped(error)
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

extension Paper {
    /// By digest, then by how it is tied, then by what else its descriptor claims.
    fileprivate func precedes(_ other: Paper) -> Bool {
        if descriptor.digest != other.descriptor.digest { return descriptor.digest < other.descriptor.digest }
        let (position, others) = (Tie.allCases.firstIndex(of: tie) ?? 0, Tie.allCases.firstIndex(of: other.tie) ?? 0)
        if position != others { return position < others }
        if descriptor.size != other.descriptor.size { return descriptor.size < other.descriptor.size }
        return descriptor.mediaType.description.utf8.lexicographicallyPrecedes(
            other.descriptor.mediaType.description.utf8)
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

import Content
import OCI
import Synchronization

/// A source that gives the same image and the same papers every time, whatever is written to it meanwhile, and can tell
/// what they were.
final class RememberingSource: ContentSource {
    private let base: any ContentSource
    private let papers: Mutex<[Digest: Papers]>
    private let loose: Mutex<[LooseSignature]?>
    private let resolved: Mutex<ResolvedContent?>

    /// - Parameters:
    ///   - image: what the base was found to select; nil if it is to be asked.
    ///   - list: what it was found to list.
    init(_ base: any ContentSource, image: ResolvedContent? = nil, list: EvidenceList? = nil) {
        self.base = base
        resolved = Mutex(image)
        papers = Mutex(list?.papers ?? [:])
        loose = Mutex(list?.loose)
    }

    var transport: String { base.transport }
    var insecurities: [String] { base.insecurities }

    /// What was resolved first, which the decision is about; nil if nothing was.
    var image: ResolvedContent? { resolved.withLock { $0 } }

    /// Everything that was listed, by what tells one paper from another: what else a list says is not looked at, and
    /// anybody can make it long.
    var list: EvidenceList {
        let papers = papers.withLock { $0 }.mapValues { papers in
            Papers(
                found: papers.found.map { paper in
                    let said = paper.descriptor
                    return Paper(
                        tie: paper.tie,
                        descriptor: Descriptor(mediaType: said.mediaType, digest: said.digest, size: said.size))
                }, refused: papers.refused)
        }
        return EvidenceList(papers: papers, loose: loose.withLock { $0 } ?? [])
    }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        if let known = resolved.withLock({ $0 }) { return known }
        let found = try await base.resolve(limits: limits)
        return resolved.withLock { resolved in
            let first = resolved ?? found
            resolved = first
            return first
        }
    }

    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        if let known = papers.withLock({ $0[digest] }) { return known }
        let found = try await base.papers(of: digest, limits: limits)
        return papers.withLock { papers in
            let first = papers[digest] ?? found
            papers[digest] = first
            return first
        }
    }

    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] {
        if let known = loose.withLock({ $0 }) { return known }
        let found = try await base.looseSignatures(limits: limits)
        return loose.withLock { loose in
            let first = loose ?? found
            loose = first
            return first
        }
    }

    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try await base.fetch(descriptor, limit: limit)
    }

    func blob(_ descriptor: Descriptor) -> BlobStream { base.blob(descriptor) }

    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try await base.manifest(digest, limits: limits)
    }
}

/// What a source lists as lying with an image, its platforms and the attestation manifests in its index.
struct EvidenceList: Sendable, Equatable {
    let papers: [Digest: Papers]
    let loose: [LooseSignature]

    /// The same papers in whatever order: a source need not have one.
    static func == (a: EvidenceList, b: EvidenceList) -> Bool {
        guard a.papers.count == b.papers.count,
            a.loose.map({ $0.content.digest }).sorted() == b.loose.map({ $0.content.digest }).sorted()
        else { return false }
        return a.papers.allSatisfy { digest, papers in
            guard let others = b.papers[digest], papers.found.count == others.found.count,
                papers.refused.count == others.refused.count
            else { return false }
            return papers.found == others.found && papers.refused == others.refused
                || Set(papers.found) == Set(others.found) && Set(papers.refused) == Set(others.refused)
        }
    }

    /// Reads the whole list, as ``EvidenceCollector`` would.
    static func read(
        of image: ResolvedImage, from source: RememberingSource, limits: AdmissionLimits
    ) async throws(ContentSourceError) -> EvidenceList {
        for digest in image.digests + image.holdersOfStatements {
            _ = try await source.papers(of: digest, limits: limits.content)
        }
        _ = try await source.looseSignatures(limits: limits.content)
        return source.list
    }
}

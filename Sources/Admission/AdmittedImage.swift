import AdmissionPolicy
import Content
public import OCI
import Synchronization

/// An image that was admitted, with the very bytes that the decision was about: what a gate may pass on.
///
/// Made only by ``AdmissionPipeline/admit(_:)``, of a record that admits and is not hypothetical. No name and no tag is
/// looked up again: what was verified is what can be read here.
public struct AdmittedImage: Sendable {
    public let record: AdmissionRecord
    /// The manifest or index, as it was judged.
    public let document: ImageDocument
    /// Reads what the document names, by digest. Papers are those that the decision saw; of digests about which it asked
    /// nothing, those that are there now.
    public let source: any ContentSource

    fileprivate init?(_ record: AdmissionRecord, _ image: ResolvedContent, source: any ContentSource) {
        guard record.verdict == .admit, !record.request.hypothetical, record.imageDigest == image.content.digest,
            let document = try? ImageDocument(
                parsing: image.content, declared: image.descriptor.mediaType, jsonDepth: record.limits.jsonDepth)
        else { return nil }
        self.record = record
        self.document = document
        self.source = source
    }
}

extension AdmissionPipeline {
    /// Decides as ``decide(_:)`` does, and gives what may be passed on: nothing, unless the record admits an image now.
    public func admit(_ request: AdmissionRequest) async -> (record: AdmissionRecord, admitted: AdmittedImage?) {
        guard case .image(let source) = request.subject else { return (await decide(request), nil) }
        var request = request
        let remembering = RememberingSource(source)
        request.subject = .image(remembering)
        let record = await decide(request)
        guard let image = remembering.image else { return (record, nil) }
        return (record, AdmittedImage(record, image, source: remembering))
    }
}

/// A source that gives the same papers every time, whatever is written to it meanwhile.
private final class RememberingSource: ContentSource {
    private let base: any ContentSource
    private let papers = Mutex<[Digest: Papers]>([:])
    private let resolved = Mutex<ResolvedContent?>(nil)

    init(_ base: any ContentSource) { self.base = base }

    var transport: String { base.transport }

    /// What was resolved first, which the decision is about; nil if nothing was.
    var image: ResolvedContent? { resolved.withLock { $0 } }

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

    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try await base.fetch(descriptor, limit: limit)
    }

    func blob(_ descriptor: Descriptor) -> BlobStream { base.blob(descriptor) }

    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try await base.manifest(digest, limits: limits)
    }

    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] {
        try await base.looseSignatures(limits: limits)
    }
}

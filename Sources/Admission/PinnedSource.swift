import AdmissionPolicy
import Content
import Findings
import OCI

/// An image that is known by digest alone, wherever it lies: those of the given sources that hold its manifest, as one
/// source that selects it. Its papers are those of all of them.
struct PinnedSource: ContentSource {
    /// Never empty.
    private let holders: [any ContentSource]
    private let top: ResolvedContent
    let transport: String

    /// Looks for the manifest or index in each source.
    ///
    /// - Returns: the finding if none has it; a contradiction or a passed budget says more than an absence. And why one of
    ///   them could not be asked, whether another has it or not.
    static func find(
        _ digest: Digest, among sources: [any ContentSource], limits: AdmissionLimits, budget: inout ByteBudget
    ) async -> (source: Result<PinnedSource, UnreadContent>, outage: ContentSourceError?) {
        var outage: ContentSourceError?
        var holders: [any ContentSource] = []
        var content: VerifiedContent?
        var failure: ContentSourceError?
        for source in sources {
            do {
                let found = try await source.pinnedManifest(digest, limits: limits)
                try budget.spend(found.bytes.count)
                content = found
                holders.append(source)
            } catch {
                if error.code.isOutage { outage = error }
                failure = worse(failure, error)
            }
        }
        guard let content, let first = holders.first else {
            let error = failure ?? ContentSourceError(.imageNotFound, "no content \(digest)")
            let unread = UnreadContent(Finding(error.code, error.message, evidence: digest.description))
            return (.failure(unread), outage)
        }
        do {
            let document = try ImageDocument(parsing: content, declared: nil, jsonDepth: limits.jsonDepth)
            let descriptor = Descriptor(mediaType: document.mediaType, digest: digest, size: content.bytes.count)
            let source = PinnedSource(
                holders: holders, top: ResolvedContent(descriptor: descriptor, content: content, tag: nil),
                transport: first.transport)
            return (.success(source), outage)
        } catch {
            let unread = UnreadContent(Finding(error.code, error.message, evidence: digest.description))
            return (.failure(unread), outage)
        }
    }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent { top }

    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        var failure: ContentSourceError?
        for holder in holders {
            do { return try await holder.fetch(descriptor, limit: limit) } catch {
                failure = Self.worse(failure, error)
            }
        }
        throw failure ?? ContentSourceError(.imageNotFound, "no content \(descriptor.digest)")
    }

    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        var failure: ContentSourceError?
        for holder in holders {
            do { return try await holder.manifest(digest, limits: limits) } catch {
                failure = Self.worse(failure, error)
            }
        }
        throw failure ?? ContentSourceError(.imageNotFound, "no content \(digest)")
    }

    /// - Throws: where any holder can't list its papers: the one that is missing may be the one that denies.
    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        var found: [Paper] = []
        var refused: [Finding] = []
        var seen: Set<Paper> = []
        for holder in holders {
            let papers = try await holder.papers(of: digest, limits: limits)
            found += papers.found.filter { seen.insert($0).inserted }
            refused += papers.refused
        }
        return Papers(found: found, refused: refused)
    }

    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] {
        var found: [LooseSignature] = []
        for holder in holders { found += try await holder.looseSignatures(limits: limits) }
        return found
    }

    private static func worse(_ a: ContentSourceError?, _ b: ContentSourceError) -> ContentSourceError {
        guard let a, a.code.effect == .reject || a.code.rank == .limit else { return b }
        return a
    }
}

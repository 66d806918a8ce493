import AdmissionPolicy
import Content
import Findings
import OCI
import Synchronization

/// A base image that is known by digest alone, wherever it lies among a decision's sources. It is looked for once, when
/// something is read of it first: of one whose papers are kept nobody is asked anything.
final class BaseSearch: ContentSource {
    private let base: BaseImageNeed
    private let sources: [any ContentSource]
    private let limits: AdmissionLimits
    private let known = Mutex<FoundBase?>(nil)

    /// - Parameter sources: as ``PinnedSource/find(_:among:limits:budget:)`` is to look through them.
    init(_ base: BaseImageNeed, among sources: [any ContentSource], limits: AdmissionLimits) {
        self.base = base
        self.sources = sources
        self.limits = limits
    }

    /// As messages call it.
    var name: String { "base image \(Finding.quoted("\(base.repository)@\(base.digest)"))" }
    var transport: String { sources.first?.transport ?? "" }

    func found() async -> FoundBase {
        if let known = known.withLock({ $0 }) { return known }
        var budget = ByteBudget(limit: limits.totalBytes)
        let (source, outage) = await PinnedSource.find(base.digest, among: sources, limits: limits, budget: &budget)
        let found = FoundBase(source: source, spent: budget.spent, outage: outage)
        return known.withLock { known in
            let first = known ?? found
            known = first
            return first
        }
    }

    /// Why it is not there, as rules are told it.
    func unread(_ finding: Finding) -> UnreadContent { ContentReader.unread(base, finding) }

    private func source() async throws(ContentSourceError) -> PinnedSource {
        switch await found().source {
        case .success(let source): return source
        case .failure(let unread):
            // Not as what is absent: that would be said of the one thing that is asked for, and of a base that is gone
            // nothing is known any more.
            let finding = self.unread(unread.finding).finding
            throw ContentSourceError(finding.code, finding.message)
        }
    }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        try await source().resolve(limits: limits)
    }

    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try await source().fetch(descriptor, limit: limit)
    }

    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try await source().manifest(digest, limits: limits)
    }

    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        try await source().papers(of: digest, limits: limits)
    }

    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] {
        try await source().looseSignatures(limits: limits)
    }
}

/// What looking for a base came to.
struct FoundBase: Sendable {
    let source: Result<PinnedSource, UnreadContent>
    /// Bytes.
    let spent: Int
    /// One of the sources could not be asked whether it holds the base.
    let outage: ContentSourceError?
}

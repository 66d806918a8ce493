public import Content
import Findings
public import OCI
import Synchronization

/// An image in a registry, and what lies there with it: `docker://registry/repository[:tag][@digest]`.
///
/// One instance serves one decision: a tag is resolved once and stays what it was, all reading together has one deadline
/// and one budget of bytes, and a manifest that was read is not asked for again.
public final class RegistrySource: ContentSource {
    public let reference: ImageReference
    let client: RegistryClient
    let timeout: Duration

    private struct State {
        var deadline: OperationDeadline?
        var resolved: ResolvedContent?
        /// Manifests that were read on the way, and small blobs.
        var contents: [Digest: VerifiedContent] = [:]
        var answers: [Question: TiedPapers] = [:]
        var spent = 0
        var allowed = ContentLimits().totalBytes
    }
    private struct Question: Hashable {
        let tie: Paper.Tie
        let digest: Digest
    }
    private let state = Mutex(State())
    /// Larger blobs are not kept, bytes.
    private static let largestKept = 1 << 20

    /// Opens nothing.
    ///
    /// - Parameter timeout: for everything that one decision reads, from the first question on.
    public init(_ reference: ImageReference, client: RegistryClient, timeout: Duration = .seconds(60)) {
        self.reference = reference
        self.client = client
        self.timeout = timeout
    }

    public var transport: String { "docker" }

    /// Plain HTTP to a host that is not this machine, in place of the registry or as its mirror.
    public var insecurities: [String] {
        guard let repository = RegistryRepository(reference) else { return [] }
        return client.plainPlaces(of: repository).map { "plain HTTP to registry `\($0)`" }
    }

    public func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        adopt(limits)
        if let resolved = state.withLock({ $0.resolved }) { return resolved }
        return try await asSource { () throws(RegistryError) in
            let name: ManifestName = reference.digest.map { .digest($0) } ?? .tag(reference.effectiveTag ?? "latest")
            let fetched = try await manifest(name, limit: limits.manifestBytes)
            let resolved = ResolvedContent(
                descriptor: Descriptor(of: fetched.content, mediaType: try Self.type(of: fetched)),
                content: fetched.content, tag: reference.digest == nil ? reference.effectiveTag : nil)
            state.withLock { $0.resolved = resolved }
            return resolved
        }
    }

    public func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try await asSource { () throws(RegistryError) in
            if let known = state.withLock({ $0.contents[descriptor.digest] }), known.bytes.count == descriptor.size {
                return known
            }
            guard descriptor.size <= limit else { throw .manifestTooLarge(limit: limit) }
            try spend(descriptor.size)
            let content = try await client.content(descriptor, in: repository(), by: deadline())
            if content.bytes.count <= Self.largestKept { state.withLock { $0.contents[content.digest] = content } }
            return content
        }
    }

    public func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        adopt(limits)
        return try await asSource { () throws(RegistryError) in
            if let known = state.withLock({ $0.contents[digest] }) { return known }
            return try await manifest(.digest(digest), limit: limits.manifestBytes).content
        }
    }

    /// Asks the referrers API, the fallback tag and cosign's tags, all at once. The fallback tag is asked for even where
    /// the API gives a list: evidence that was written before the registry had the API may stand there alone.
    public func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        adopt(limits)
        return try await asSource { () throws(RegistryError) in
            let ties: [Paper.Tie] = [.referrer, .fallbackTag, .signatureTag, .attestationTag, .sbomTag]
            let lists = await withTaskGroup(of: (Paper.Tie, Result<TiedPapers, RegistryError>).self) { group in
                for tie in ties {
                    group.addTask { (tie, await self.tied(tie, to: digest, limits)) }
                }
                var lists: [Paper.Tie: Result<TiedPapers, RegistryError>] = [:]
                for await (tie, list) in group { lists[tie] = list }
                return lists
            }
            var list = PaperList()
            for tie in ties { list.add(try lists[tie]?.get() ?? .none, tie) }
            return try list.papers(of: digest, limits)
        }
    }

    /// One request, or as many as the list has pages.
    public func papers(
        of digest: Digest, tied tie: Paper.Tie, limits: ContentLimits
    ) async throws(ContentSourceError) -> Papers {
        adopt(limits)
        return try await asSource { () throws(RegistryError) in
            var list = PaperList()
            list.add(try await tied(tie, to: digest, limits).get(), tie)
            return try list.papers(of: digest, limits)
        }
    }

    public var namedDigest: Digest? { reference.digest }

    /// None: a registry holds signatures in manifests.
    public func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { [] }
}

extension RegistrySource {
    /// What one tie holds: asked for once, so that a second look finds the same.
    private func tied(
        _ tie: Paper.Tie, to digest: Digest, _ limits: ContentLimits
    ) async -> Result<TiedPapers, RegistryError> {
        let question = Question(tie: tie, digest: digest)
        if let known = state.withLock({ $0.answers[question] }) { return .success(known) }
        do throws(RegistryError) {
            let found: TiedPapers
            switch tie {
            case .referrer:
                let listed = try await client.referrers(of: digest, in: repository(), limits: limits, by: deadline())
                found = .listed(listed.descriptors)
            case .fallbackTag: found = try await tagged(digest.referrersTag, limits).map { .index($0) } ?? .none
            case .signatureTag: found = try await paper(digest.cosignTag("sig"), limits)
            case .attestationTag: found = try await paper(digest.cosignTag("att"), limits)
            case .sbomTag: found = try await paper(digest.cosignTag("sbom"), limits)
            case .cosignSave: found = .none
            }
            state.withLock { $0.answers[question] = found }
            return .success(found)
        } catch {
            return .failure(error)
        }
    }

    private func paper(_ tag: String, _ limits: ContentLimits) async throws(RegistryError) -> TiedPapers {
        try await tagged(tag, limits).map { .listed([$0.descriptor]) } ?? .none
    }

    /// What a tag of evidence names now; nil if there is no such tag.
    private func tagged(_ tag: String, _ limits: ContentLimits) async throws(RegistryError) -> TaggedManifest? {
        let fetched: FetchedContent
        do throws(RegistryError) {
            fetched = try await manifest(.tag(tag), limit: limits.manifestBytes)
        } catch {
            if error.isAbsence { return nil }
            throw error
        }
        // What it says it is decides below, where it is read like any other paper.
        let type = (try? Self.type(of: fetched)) ?? fetched.declaredType ?? .ociManifest
        return TaggedManifest(
            descriptor: Descriptor(of: fetched.content, mediaType: type), content: fetched.content)
    }

    private func manifest(_ name: ManifestName, limit: Int) async throws(RegistryError) -> FetchedContent {
        let fetched = try await client.manifest(name, in: repository(), limit: limit, by: deadline())
        try spend(fetched.content.bytes.count)
        state.withLock { $0.contents[fetched.content.digest] = fetched.content }
        return fetched
    }

    /// The type that the answer states, or that the document states where the answer says nothing.
    private static func type(of fetched: FetchedContent) throws(RegistryError) -> MediaType {
        if let declared = fetched.declaredType { return declared }
        do throws(ImageFormatError) {
            return try ImageDocument(parsing: fetched.content, declared: nil).mediaType
        } catch {
            throw .document(error)
        }
    }

    func repository() throws(RegistryError) -> RegistryRepository {
        guard let repository = RegistryRepository(reference) else {
            throw .malformed("expected a registry, found \(Finding.quoted(reference.registry))")
        }
        return repository
    }

    /// Begins with the first question.
    private func deadline() -> OperationDeadline {
        state.withLock { state in
            let deadline = state.deadline ?? OperationDeadline(timeout)
            state.deadline = deadline
            return deadline
        }
    }

    private func adopt(_ limits: ContentLimits) { state.withLock { $0.allowed = limits.totalBytes } }

    private func spend(_ count: Int) throws(RegistryError) {
        let passed: Int? = state.withLock { state in
            let (sum, overflow) = state.spent.addingReportingOverflow(count)
            state.spent = overflow ? .max : sum
            return state.spent > state.allowed ? state.allowed : nil
        }
        if let passed {
            throw .limit(.limitImageBytes, "expected at most \(passed) bytes for the image and its papers, found more")
        }
    }

    private func asSource<Value: Sendable>(
        _ body: () async throws(RegistryError) -> Value
    ) async throws(ContentSourceError) -> Value {
        do throws(RegistryError) { return try await body() } catch { throw error.asSourceError }
    }
}

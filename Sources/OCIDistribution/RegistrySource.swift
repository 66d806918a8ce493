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
        /// Manifests that were read on the way.
        var manifests: [Digest: VerifiedContent] = [:]
        var spent = 0
        var allowed = ContentLimits().totalBytes
    }
    private let state = Mutex(State())

    /// Opens nothing.
    ///
    /// - Parameter timeout: for everything that one decision reads, from the first question on.
    public init(_ reference: ImageReference, client: RegistryClient, timeout: Duration = .seconds(60)) {
        self.reference = reference
        self.client = client
        self.timeout = timeout
    }

    public var transport: String { "docker" }

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
            if let known = state.withLock({ $0.manifests[descriptor.digest] }), known.bytes.count == descriptor.size {
                return known
            }
            guard descriptor.size <= limit else { throw .manifestTooLarge(limit: limit) }
            try spend(descriptor.size)
            return try await client.content(descriptor, in: repository(), by: deadline())
        }
    }

    public func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        adopt(limits)
        return try await asSource { () throws(RegistryError) in
            if let known = state.withLock({ $0.manifests[digest] }) { return known }
            return try await manifest(.digest(digest), limit: limits.manifestBytes).content
        }
    }

    /// Asks the referrers API, the fallback tag and cosign's tags, all at once. The fallback tag is asked for even where
    /// the API gives a list: evidence that was written before the registry had the API may stand there alone.
    public func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        adopt(limits)
        return try await asSource { () throws(RegistryError) in
            async let referrers = result { () throws(RegistryError) in
                try await self.client.referrers(
                    of: digest, in: self.repository(), limits: limits, by: self.deadline())
            }
            async let fallback = tagged(digest.referrersTag, limits)
            async let signatures = tagged(digest.cosignTag("sig"), limits)
            async let attestations = tagged(digest.cosignTag("att"), limits)
            async let inventory = tagged(digest.cosignTag("sbom"), limits)
            var list = PaperList()
            list.add(try await referrers.get().descriptors, .referrer)
            if let index = try await fallback.get() { list.addFallback(index, jsonDepth: 128) }
            list.add(try await signatures.get().map { [$0.descriptor] } ?? [], .signatureTag)
            list.add(try await attestations.get().map { [$0.descriptor] } ?? [], .attestationTag)
            list.add(try await inventory.get().map { [$0.descriptor] } ?? [], .sbomTag)
            guard list.papers.found.count <= limits.candidates else {
                throw .limit(
                    .limitCandidates,
                    "expected at most \(limits.candidates) papers of \(digest), found \(list.papers.found.count)")
            }
            return list.papers
        }
    }

    /// None: a registry holds signatures in manifests.
    public func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { [] }
}

extension RegistrySource {
    /// A manifest that a tag names, as a paper.
    struct TaggedManifest: Sendable {
        let descriptor: Descriptor
        let content: VerifiedContent
    }

    /// What a tag of evidence names now; nil if there is no such tag.
    private func tagged(_ tag: String, _ limits: ContentLimits) async -> Result<TaggedManifest?, RegistryError> {
        await result { () throws(RegistryError) in
            let fetched: FetchedContent
            do throws(RegistryError) {
                fetched = try await self.manifest(.tag(tag), limit: limits.manifestBytes)
            } catch {
                if error.isAbsence { return nil }
                throw error
            }
            // What it says it is decides below, where it is read like any other paper.
            let type = (try? Self.type(of: fetched)) ?? fetched.declaredType ?? .ociManifest
            return TaggedManifest(
                descriptor: Descriptor(of: fetched.content, mediaType: type), content: fetched.content)
        }
    }

    private func manifest(_ name: ManifestName, limit: Int) async throws(RegistryError) -> FetchedContent {
        let fetched = try await client.manifest(name, in: repository(), limit: limit, by: deadline())
        try spend(fetched.content.bytes.count)
        state.withLock { $0.manifests[fetched.content.digest] = fetched.content }
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

    private func result<Value: Sendable>(
        _ body: @Sendable () async throws(RegistryError) -> Value
    ) async -> Result<Value, RegistryError> {
        do throws(RegistryError) { return .success(try await body()) } catch { return .failure(error) }
    }
}

import Landwaiter
import Synchronization

/// A registry as a gate sees it: named by digest or by a tag, and possibly out of reach, or slow.
final class NamedSource: ContentSource {
    let base: MemorySource
    let namedDigest: Digest?
    /// What every call answers while the registry is out.
    let outage: ContentSourceError?
    private let gate: Gate?

    init(_ base: MemorySource, digest: Digest?, outage: ContentSourceError? = nil, gate: Gate? = nil) {
        self.base = base
        namedDigest = digest
        self.outage = outage
        self.gate = gate
    }

    var transport: String { base.transport }

    private func pass() async throws(ContentSourceError) {
        await gate?.pass()
        if let outage { throw outage }
    }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        try await pass()
        let found = try await base.resolve(limits: limits)
        // Like a registry's: a name with a digest has no tag.
        return ResolvedContent(
            descriptor: found.descriptor, content: found.content, tag: namedDigest == nil ? found.tag : nil)
    }

    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try await pass()
        return try await base.fetch(descriptor, limit: limit)
    }

    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try await pass()
        return try await base.manifest(digest, limits: limits)
    }

    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        try await pass()
        return try await base.papers(of: digest, limits: limits)
    }

    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] {
        try await pass()
        return try await base.looseSignatures(limits: limits)
    }

    func blob(_ descriptor: Descriptor) -> BlobStream { base.blob(descriptor) }
}

/// Holds calls back until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    /// Calls that wait now.
    var waiting: Int { state.withLock { $0.waiting.count } }

    func pass() async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                guard !state.isOpen else { return continuation.resume() }
                state.waiting.append(continuation)
            }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// How a scene is asked about: by digest, by a tag, or with nobody to ask.
enum Asking {
    case digest, tag
    case unavailable(ReasonCode)

    static let unreachable = Asking.unavailable(.registryUnreachable)
}

extension Scene {
    /// - Parameter scope: nil asks past the cache.
    func request(
        _ asking: Asking, _ source: MemorySource, scope: String? = "", gate: Gate? = nil
    ) throws -> AdmissionRequest {
        var request = try request(source)
        let digest = image.digest
        switch asking {
        case .tag: request.subject = .image(NamedSource(source, digest: nil, gate: gate))
        case .digest: request.subject = .image(NamedSource(source, digest: digest, gate: gate))
        case .unavailable(let code):
            request.subject = .image(
                NamedSource(source, digest: digest, outage: ContentSourceError(code, "it is out"), gate: gate))
        }
        request.cacheScope = scope
        return request
    }

    func pipeline() throws -> AdmissionPipeline {
        AdmissionPipeline(
            policies: try Policies.load([policy], guardrails: guardrails, exceptions: exceptions, files: files),
            limits: limits, trustedRoots: roots)
    }

    /// With the cache, and how often the source was called.
    func decide(
        _ cache: EvidenceCache, _ asking: Asking = .digest, scope: String? = "", by pipeline: AdmissionPipeline? = nil
    ) async throws -> (record: AdmissionRecord, calls: [MemorySource.Call]) {
        let source = source
        let record = try await (pipeline ?? self.pipeline()).decide(
            request(asking, source, scope: scope), cache: cache)
        return (record, source.calls)
    }

    /// The scene so many seconds later.
    func later(_ seconds: Int64) throws -> Scene {
        var scene = self
        scene.at = try instant(at).adding(seconds: seconds).description
        return scene
    }
}

extension AdmissionRecord {
    /// Its bytes without what a cache says of itself.
    var bytesWithoutCacheNote: [UInt8] {
        json.adding(
            "findings",
            .array(
                (json["findings"]?.elements ?? []).filter { $0["code"]?.text != "service.served-from-cache" })
        ).canonicalBytes()
    }
}

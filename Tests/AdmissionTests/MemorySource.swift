import Landwaiter
import Synchronization

/// A store in memory: an honest one, and every way in which a broken or hostile one may answer.
final class MemorySource: ContentSource {
    /// What it holds, and how it misbehaves.
    struct Store: Sendable {
        /// By the digest under which they are kept; nothing sees to it that it is theirs.
        var blobs: [Digest: [UInt8]] = [:]
        /// What the reference selects: the first time, the second time and so on; the last one stays.
        var selected: [Descriptor] = []
        var tag: String? = "v1"
        /// Papers by what they are about, in the order in which they are listed.
        var papers: [Digest: [Paper]] = [:]
        /// What was passed over when the papers were listed.
        var passedOver: [Finding] = []
        var loose: [LooseSignature] = []
        /// Calls that fail.
        var faults: [Call: ContentSourceError] = [:]
        /// Answers that are not what was asked for: real content, of another digest or size than the descriptor says.
        var mixedUp: [Digest: [UInt8]] = [:]
    }

    enum Call: Sendable, Hashable {
        case resolve, looseSignatures
        case fetch(Digest)
        case manifest(Digest)
        case papers(Digest)
    }

    let store: Store
    private let made = Mutex<[Call]>([])

    init(_ store: Store) { self.store = store }

    /// Every call so far, in order.
    var calls: [Call] { made.withLock { $0 } }

    var transport: String { "oci" }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        try note(.resolve)
        let times = calls.count { $0 == .resolve }
        guard let descriptor = store.selected.prefix(times).last else {
            throw ContentSourceError(.imageNotFound, "nothing is selected")
        }
        return ResolvedContent(descriptor: descriptor, content: try content(descriptor), tag: store.tag)
    }

    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try note(.fetch(descriptor.digest))
        return try content(descriptor)
    }

    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try note(.manifest(digest))
        return try content(digest, size: nil)
    }

    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        try note(.papers(digest))
        return Papers(found: store.papers[digest] ?? [], refused: store.passedOver)
    }

    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] {
        try note(.looseSignatures)
        return store.loose
    }

    private func note(_ call: Call) throws(ContentSourceError) {
        made.withLock { $0.append(call) }
        if let fault = store.faults[call] { throw fault }
    }

    private func content(_ descriptor: Descriptor) throws(ContentSourceError) -> VerifiedContent {
        try content(descriptor.digest, size: descriptor.size)
    }

    /// As an honest store does it, except for what is mixed up; no limit is kept, so that the pipeline's own are seen.
    private func content(_ digest: Digest, size: Int?) throws(ContentSourceError) -> VerifiedContent {
        if let other = store.mixedUp[digest] { return VerifiedContent(namedByOwnDigest: other) }
        guard let bytes = store.blobs[digest] else {
            throw ContentSourceError(.imageNotFound, "no content \(digest)")
        }
        do throws(ContentError) {
            return try VerifiedContent(bytes, digest: digest, size: size)
        } catch {
            throw ContentSourceError(error.code, error.message)
        }
    }
}

extension MemorySource.Store {
    /// Keeps bytes under their digest.
    @discardableResult
    mutating func keep(_ bytes: [UInt8], as mediaType: MediaType) -> Descriptor {
        let digest = Digest(of: bytes)
        blobs[digest] = bytes
        return Descriptor(mediaType: mediaType, digest: digest, size: bytes.count)
    }

    func bytes(of descriptor: Descriptor) -> [UInt8] { blobs[descriptor.digest] ?? [] }

    /// Lists a manifest as a paper about a digest.
    mutating func list(_ descriptor: Descriptor, about digest: Digest, _ tie: Paper.Tie = .referrer) {
        papers[digest, default: []].append(Paper(tie: tie, descriptor: descriptor))
    }
}

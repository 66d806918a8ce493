import Content
import OCI

/// Stands for an image that is not read: whoever tries is told why.
struct UnreadSource: ContentSource {
    let error: ContentSourceError
    let namedDigest: Digest?
    var transport: String { "docker" }

    init(_ error: ContentSourceError, named digest: Digest?) {
        self.error = error
        namedDigest = digest
    }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent { throw error }
    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent { throw error }
    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        throw error
    }
    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers { throw error }
    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { throw error }
}

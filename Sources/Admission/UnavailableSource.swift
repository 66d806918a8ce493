public import Content
public import OCI

/// A source that can't be asked: whatever it is asked, it says why. For who knows beforehand that a registry is out of
/// reach, so that a decision can still be made of what an ``EvidenceCache`` holds.
public struct UnavailableSource: ContentSource {
    public let transport: String
    public let namedDigest: Digest?
    private let error: ContentSourceError

    /// - Parameters:
    ///   - transport: of the source in whose place it stands.
    ///   - namedDigest: the digest in the name of the image, if there is one.
    public init(transport: String, namedDigest: Digest?, error: ContentSourceError) {
        self.transport = transport
        self.namedDigest = namedDigest
        self.error = error
    }

    public func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent { throw error }

    public func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        throw error
    }

    public func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        throw error
    }

    public func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        throw error
    }

    public func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] {
        throw error
    }

    public func blob(_ descriptor: Descriptor) -> BlobStream {
        let error = error
        return BlobStream(descriptor) { () throws(ContentSourceError) in throw error }
    }
}

public import Content
public import OCI

/// An image layout in a directory (image-spec "OCI Image Layout Specification"): `oci:DIR[:TAG|@DIGEST]`.
///
/// One instance serves one decision: it reads `index.json` once and counts all that it reads against
/// ``ContentLimits/totalBytes``. Nothing inside the directory is followed that is a link, and nothing is opened that is
/// no plain file. Calls read from disk without suspending.
public final class OCILayout: ContentSource {
    /// Where the layout lies, as given.
    let path: String
    let lockTimeout: Duration
    let reader: LayoutReader

    /// Opens nothing; a missing directory is an error of ``resolve(limits:)``.
    ///
    /// - Parameter lockTimeout: how long a writer waits for another one.
    public init(path: String, selection: LayoutSelection = .only, lockTimeout: Duration = .seconds(10)) {
        self.path = path
        self.lockTimeout = lockTimeout
        reader = LayoutReader(StoreReader(directory: path), choice: .one(selection))
    }

    public var transport: String { "oci" }

    /// The image that the selection means.
    ///
    /// Without tag or digest that is the only listed entry that is no evidence; an entry whose manifest can't be read
    /// may be the image that was meant and makes the choice ambiguous.
    public func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        try reader.resolve(limits: limits)
    }

    public func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try reader.content(descriptor, limit: limit)
    }

    public func blob(_ descriptor: Descriptor) -> BlobStream { reader.stream(descriptor) }

    public func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try reader.manifest(digest, limits: limits)
    }

    public func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        try reader.papers(of: digest, limits: limits)
    }

    /// None: a layout holds signatures in manifests.
    public func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { [] }
}

public import Content
public import OCI

/// An image layout in a tar, plain or compressed with gzip or zstd: `oci-archive:FILE[:TAG|@DIGEST]`.
///
/// Read in place: nothing is unpacked to disk. One instance serves one decision, as with ``OCILayout``. Archives are
/// never written to.
public final class OCIArchive: ContentSource {
    private let reader: LayoutReader

    /// Opens nothing; a missing file is an error of ``resolve(limits:)``.
    public init(path: String, selection: LayoutSelection = .only) {
        reader = LayoutReader(StoreReader(archive: path), choice: .one(selection))
    }

    public var transport: String { "oci-archive" }

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

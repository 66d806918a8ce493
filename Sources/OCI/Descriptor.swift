public import Content

/// Names a piece of content: type, digest, size (image-spec "OCI Content Descriptors"; Docker schema 2 writes the same).
public struct Descriptor: Sendable, Hashable {
    public var mediaType: MediaType
    public var digest: Digest
    /// Bytes.
    public var size: Int
    public var artifactType: MediaType?
    public var annotations: [String: String]
    /// Only in the entries of an index.
    public var platform: Platform?

    public init(
        mediaType: MediaType, digest: Digest, size: Int, artifactType: MediaType? = nil,
        annotations: [String: String] = [:], platform: Platform? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.artifactType = artifactType
        self.annotations = annotations
        self.platform = platform
    }
}

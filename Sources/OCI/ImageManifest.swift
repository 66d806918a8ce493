public import Content

/// An OCI image manifest or a Docker schema 2 manifest, with the bytes it was read from.
public struct ImageManifest: Sendable {
    /// The bytes that were read.
    public let content: VerifiedContent
    /// The one type on which the bytes and whoever named them agree.
    public let mediaType: MediaType
    /// What kind of artifact this is, if it says so.
    public let artifactType: MediaType?
    /// Names the configuration; for an artifact often the empty value.
    public let config: Descriptor
    /// Lowest first.
    public let layers: [Descriptor]
    /// What the manifest speaks of. Docker's schema 2 has no such member; where it stands there, it is read as OCI's.
    public let subject: Descriptor?
    /// Claims of whoever wrote the document.
    public let annotations: Annotations
}

/// An OCI image index or a Docker manifest list, with the bytes it was read from.
public struct ImageIndex: Sendable {
    /// The bytes that were read.
    public let content: VerifiedContent
    /// The one type on which the bytes and whoever named them agree.
    public let mediaType: MediaType
    /// What kind of artifact this is, if it says so.
    public let artifactType: MediaType?
    /// The entries, in order; each may name a manifest, another index, or something else.
    public let manifests: [Descriptor]
    /// What the index speaks of, if it is about another.
    public let subject: Descriptor?
    /// Claims of whoever wrote the document.
    public let annotations: Annotations
}

extension MediaType {
    /// An OCI image manifest or a Docker schema 2 manifest.
    public var isManifest: Bool { self == .ociManifest || self == .dockerManifest }
    /// An OCI image index or a Docker manifest list.
    public var isIndex: Bool { self == .ociIndex || self == .dockerManifestList }
    /// A configuration that a container runtime takes.
    public var isImageConfiguration: Bool { self == .ociConfiguration || self == .dockerConfiguration }
}

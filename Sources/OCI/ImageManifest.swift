public import Content

/// An OCI image manifest or a Docker schema 2 manifest, with the bytes it was read from.
public struct ImageManifest: Sendable {
    public let content: VerifiedContent
    public let mediaType: MediaType
    public let artifactType: MediaType?
    public let config: Descriptor
    public let layers: [Descriptor]
    /// What the manifest speaks of. Docker's schema 2 has no such member; where it stands there, it is read as OCI's.
    public let subject: Descriptor?
    public let annotations: Annotations
}

/// An OCI image index or a Docker manifest list, with the bytes it was read from.
public struct ImageIndex: Sendable {
    public let content: VerifiedContent
    public let mediaType: MediaType
    public let artifactType: MediaType?
    /// The entries, in order; each may name a manifest, another index, or something else.
    public let manifests: [Descriptor]
    public let subject: Descriptor?
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

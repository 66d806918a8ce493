public import Content

/// An OCI image manifest or a Docker schema 2 manifest, with the bytes it was read from.
public struct ImageManifest: Sendable {
    public let content: VerifiedContent
    public let mediaType: MediaType
    public let artifactType: MediaType?
    public let config: Descriptor
    public let layers: [Descriptor]
    public let subject: Descriptor?
    public let annotations: [String: String]
}

/// An OCI image index or a Docker manifest list, with the bytes it was read from.
public struct ImageIndex: Sendable {
    public let content: VerifiedContent
    public let mediaType: MediaType
    public let artifactType: MediaType?
    public let manifests: [Descriptor]
    public let subject: Descriptor?
    public let annotations: [String: String]
}

/// What a digest that names an image resolves to: exactly one of the two.
public enum ImageDocument: Sendable {
    case manifest(ImageManifest)
    case index(ImageIndex)

    public var content: VerifiedContent {
        switch self {
        case .manifest(let manifest): manifest.content
        case .index(let index): index.content
        }
    }
    public var digest: Digest { content.digest }
    public var mediaType: MediaType {
        switch self {
        case .manifest(let manifest): manifest.mediaType
        case .index(let index): index.mediaType
        }
    }
    public var subject: Descriptor? {
        switch self {
        case .manifest(let manifest): manifest.subject
        case .index(let index): index.subject
        }
    }
}

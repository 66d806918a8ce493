public import Content
import StrictEncoding

/// Names a piece of content: type, digest, size (image-spec "OCI Content Descriptors"; Docker schema 2 writes the same).
public struct Descriptor: Sendable, Hashable {
    /// What the content is said to be.
    public var mediaType: MediaType
    /// What the content is.
    public var digest: Digest
    /// Bytes.
    public var size: Int
    /// For a manifest of an artifact: what kind of artifact.
    public var artifactType: MediaType?
    /// Claims of whoever wrote the descriptor.
    public var annotations: Annotations
    /// Only in the entries of an index.
    public var platform: Platform?

    /// A descriptor by its members.
    public init(
        mediaType: MediaType, digest: Digest, size: Int, artifactType: MediaType? = nil,
        annotations: Annotations = [:], platform: Platform? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.artifactType = artifactType
        self.annotations = annotations
        self.platform = platform
    }

    /// Names this content.
    public init(
        of content: VerifiedContent, mediaType: MediaType, artifactType: MediaType? = nil,
        annotations: Annotations = [:], platform: Platform? = nil
    ) {
        self.init(
            mediaType: mediaType, digest: content.digest, size: content.bytes.count, artifactType: artifactType,
            annotations: annotations, platform: platform)
    }
}

extension Descriptor {
    /// Where the descriptor stands; only an index's entries have a `platform`.
    enum Role {
        case entry, other
    }

    /// `urls` are checked and dropped: content is only ever asked for by digest where the image is. `data` is compared
    /// with digest and size and dropped: what it holds is fetched like any other content, so that an image with and one
    /// without it are judged alike.
    init(_ member: DocumentMember, as role: Role = .other) throws(ImageFormatError) {
        try member.checkNames([
            "mediaType", "digest", "size", "urls", "annotations", "data", "artifactType", "platform",
        ])
        mediaType = try member.required("mediaType").mediaType()
        digest = try member.required("digest").digest()
        size = try member.required("size").size()
        artifactType = try member.optional("artifactType")?.mediaType()
        annotations = try member.optional("annotations")?.annotations() ?? [:]
        platform = nil
        if role == .entry, let found = member.optional("platform") { platform = try Platform(found) }

        for url in try member.optional("urls")?.elements() ?? [] where !Self.hasScheme(try url.string()) {
            throw url.malformed("a URI")
        }
        if let data = member.optional("data") { try check(data) }
    }

    private func check(_ data: DocumentMember) throws(ImageFormatError) {
        let bytes: [UInt8]
        do throws(Base64Error) { bytes = try data.value.base64Bytes() } catch {
            throw .embeddedData(place: data.place, problem: error.message)
        }
        do throws(ContentError) { _ = try VerifiedContent(bytes, digest: digest, size: size) } catch {
            throw .embeddedData(place: data.place, problem: error.message)
        }
    }

    /// RFC 3986 section 3.1, which is what sets a URI apart from a path.
    private static func hasScheme(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: .colon) else { return false }
        let scheme = text.utf8[..<colon]
        guard let first = scheme.first, first.isLowerCaseLetter || first.isUpperCaseLetter else { return false }
        return scheme.allSatisfy {
            $0.isLowerCaseLetter || $0.isUpperCaseLetter || $0.isDigit || "+-.".utf8.contains($0)
        }
    }
}

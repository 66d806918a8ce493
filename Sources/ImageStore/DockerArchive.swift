public import Content
import Findings
public import OCI
import StrictEncoding

/// What `docker save` writes: `docker-archive:FILE[:REFERENCE]`.
///
/// Docker's own list, `manifest.json`, names configurations and layers but no manifest, so nothing that is signed can be
/// tied to such an image: it can be looked at and never resolved. Since Docker 25 the same tar may also be an image
/// layout; then it is read as one.
public final class DockerArchive: ContentSource {
    private let store: StoreReader
    private let layout: LayoutReader
    private let reference: ImageReference?

    /// Opens nothing; a missing file is an error of ``resolve(limits:)``.
    public init(path: String, reference: ImageReference? = nil) {
        store = StoreReader(archive: path)
        layout = LayoutReader(store, choice: reference.map { .reference($0) } ?? .one(.only))
        self.reference = reference
    }

    public var transport: String { "docker-archive" }

    /// - Throws: `image.no-manifest-digest` unless the archive also is an image layout that lists something.
    public func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        try requireLayout(limits)
        return try layout.resolve(limits: limits)
    }

    public func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try layout.content(descriptor, limit: limit)
    }

    public func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try requireLayout(limits)
        return try layout.manifest(digest, limits: limits)
    }

    public func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        try requireLayout(limits)
        return try layout.papers(of: digest, limits: limits)
    }

    /// None: the form has no place for them.
    public func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { [] }

    /// The images of docker's list, those of the reference where one was given. Nothing in it is bound by a digest:
    /// good for showing, never for judging.
    public func images(limits: ContentLimits) async throws(ContentSourceError) -> [DockerArchiveImage] {
        store.adopt(limits)
        var images: [DockerArchiveImage] = []
        for item in try items(limits) where isWanted(item) {
            guard
                let bytes = try store.document(
                    item.config, limit: limits.manifestBytes, tooLarge: .limitConfigurationBytes)
            else {
                throw ContentSourceError(
                    .imageNotFound, "expected configuration \(Finding.quoted(item.config)) in the archive, found none")
            }
            do throws(ImageFormatError) {
                let configuration = try ImageConfiguration(parsing: VerifiedContent(namedByOwnDigest: bytes))
                images.append(DockerArchiveImage(tags: item.tags, configuration: configuration))
            } catch {
                throw ContentSourceError(error.code, error.message)
            }
        }
        guard !images.isEmpty else {
            throw ContentSourceError(.imageNotFound, "expected an image in `manifest.json`, found none that is meant")
        }
        return images
    }
}

/// An image of a docker archive's list: what it is called there and how it would be run.
public struct DockerArchiveImage: Sendable {
    /// `RepoTags`: claims of whoever wrote the archive.
    public let tags: [String]
    public let configuration: ImageConfiguration
}

extension DockerArchive {
    private struct Item {
        let config: String
        let tags: [String]
    }

    private static let list = "manifest.json"

    private func requireLayout(_ limits: ContentLimits) throws(ContentSourceError) {
        store.adopt(limits)
        let isLayout = try store.document("oci-layout", limit: 64 << 10, tooLarge: .imageMalformedLayout) != nil
        if isLayout, try layout.listsImages(limits: limits) { return }
        if !isLayout, try store.document(Self.list, limit: limits.manifestBytes) == nil {
            throw ContentSourceError(.imageNotFound, "expected a docker archive, found no entry `manifest.json`")
        }
        throw ContentSourceError(
            .imageNoManifestDigest, "expected an image manifest in the archive, found only docker's list of layers")
    }

    private func isWanted(_ item: Item) -> Bool {
        guard let reference else { return true }
        return item.tags.contains { tag in
            guard let listed = try? ImageReference(parsing: tag) else { return false }
            return listed.name == reference.name && listed.effectiveTag == reference.effectiveTag
        }
    }

    private func items(_ limits: ContentLimits) throws(ContentSourceError) -> [Item] {
        guard let bytes = try store.document(Self.list, limit: limits.manifestBytes) else {
            throw ContentSourceError(.imageNotFound, "expected a docker archive, found no entry `manifest.json`")
        }
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONDocument(parsing: bytes).root
        } catch {
            throw ContentSourceError(.imageMalformedArchive, "`manifest.json`: \(error.message)")
        }
        guard let list = root.array else { throw Self.malformed("an array of images") }
        guard list.count <= limits.candidates else {
            throw ContentSourceError(
                .limitCandidates, "expected at most \(limits.candidates) images in `manifest.json`, found \(list.count)"
            )
        }
        return try list.map { value throws(ContentSourceError) in
            guard let config = value["Config"]?.string else { throw Self.malformed("a text `Config` for every image") }
            guard let tags = value["RepoTags"], !tags.isNull else { return Item(config: config, tags: []) }
            guard let names = tags.array?.map(\.string), !names.contains(nil) else {
                throw Self.malformed("a list of texts `RepoTags`")
            }
            return Item(config: config, tags: names.compactMap { $0 })
        }
    }

    private static func malformed(_ expected: String) -> ContentSourceError {
        ContentSourceError(.imageMalformedArchive, "expected \(expected) in `manifest.json`, found something else")
    }
}

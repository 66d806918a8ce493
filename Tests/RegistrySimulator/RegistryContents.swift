package import Content
package import OCI
import StrictEncoding
import Synchronization

/// The repositories of a simulated registry.
///
/// Methods that take a repository's name make it if it is not there.
package final class RegistryContents: Sendable {
    struct Manifest: Sendable {
        let bytes: [UInt8]
        let mediaType: String
        /// What the manifest says of itself, for lists of referrers.
        let subject: String?
        let artifactType: String?
        let annotations: JSONTree?
    }

    struct Repository: Sendable {
        var blobs: [String: [UInt8]] = [:]
        var manifests: [String: Manifest] = [:]
        var tags: [String: String] = [:]
        var uploads: [String: [UInt8]] = [:]
    }

    struct State: Sendable {
        var repositories: [String: Repository] = [:]
        var uploadCount = 0
    }

    private let state = Mutex(State())

    package init() {}

    func read<Value: Sendable>(_ repository: String, _ body: (Repository) -> Value) -> Value? {
        state.withLock { $0.repositories[repository].map(body) }
    }

    func change<Value: Sendable>(_ repository: String, _ body: (inout Repository) -> Value) -> Value {
        state.withLock { body(&$0.repositories[repository, default: Repository()]) }
    }

    func nextUpload() -> String {
        state.withLock {
            $0.uploadCount += 1
            return "upload-\($0.uploadCount)"
        }
    }

    // MARK: Filling and altering it

    /// Stores a blob, and describes it.
    @discardableResult
    package func put(
        blob bytes: [UInt8], in repository: String, mediaType: MediaType = "application/octet-stream"
    ) -> Descriptor {
        let content = VerifiedContent(namedByOwnDigest: bytes)
        change(repository) { $0.blobs[content.digest.description] = bytes }
        return Descriptor(of: content, mediaType: mediaType)
    }

    /// Stores a manifest, under tags if any are given, and describes it. Nothing is checked.
    @discardableResult
    package func put(
        manifest bytes: [UInt8], mediaType: MediaType = .ociManifest, in repository: String, tags: String...
    ) -> Descriptor {
        let content = VerifiedContent(namedByOwnDigest: bytes)
        let manifest = Manifest(bytes, mediaType: mediaType.description)
        change(repository) {
            $0.manifests[content.digest.description] = manifest
            for tag in tags { $0.tags[tag] = content.digest.description }
        }
        return Descriptor(of: content, mediaType: mediaType)
    }

    /// Points a tag at a digest, or with nil removes it.
    package func setTag(_ tag: String, to digest: Digest?, in repository: String) {
        change(repository) { $0.tags[tag] = digest?.description }
    }

    /// Removes a manifest and the tags that point at it.
    package func removeManifest(_ digest: Digest, in repository: String) {
        change(repository) {
            $0.manifests[digest.description] = nil
            $0.tags = $0.tags.filter { $0.value != digest.description }
        }
    }

    package func removeBlob(_ digest: Digest, in repository: String) {
        change(repository) { $0.blobs[digest.description] = nil }
    }

    // MARK: What is there

    package var repositories: [String] { state.withLock { $0.repositories.keys.sorted() } }

    /// Tags and what they point at.
    package func tags(in repository: String) -> [String: String] { read(repository) { $0.tags } ?? [:] }

    /// Digests of all manifests, sorted.
    package func manifests(in repository: String) -> [String] {
        read(repository) { $0.manifests.keys.sorted() } ?? []
    }

    /// Digests of all blobs, sorted.
    package func blobs(in repository: String) -> [String] { read(repository) { $0.blobs.keys.sorted() } ?? [] }

    /// A manifest by tag or digest.
    package func manifest(_ reference: String, in repository: String) -> [UInt8]? {
        read(repository) { $0.manifest(reference)?.manifest.bytes } ?? nil
    }

    package func blob(_ digest: Digest, in repository: String) -> [UInt8]? {
        read(repository) { $0.blobs[digest.description] } ?? nil
    }
}

extension RegistryContents.Repository {
    func manifest(_ reference: String) -> (digest: String, manifest: RegistryContents.Manifest)? {
        let digest = reference.contains(":") ? reference : tags[reference]
        return digest.flatMap { digest in manifests[digest].map { (digest, $0) } }
    }
}

extension RegistryContents.Manifest {
    /// distribution-spec "Listing Referrers": the artifact type is the manifest's, else its configuration's media type.
    init(_ bytes: [UInt8], mediaType: String) {
        self.bytes = bytes
        self.mediaType = mediaType
        let root = try? JSONDocument(parsing: bytes).root
        subject = root?["subject"]?["digest"]?.string
        artifactType = root?["artifactType"]?.string ?? root?["config"]?["mediaType"]?.string
        annotations = root?["annotations"].flatMap { JSONTree($0) }
    }

    /// Digests of what a registry wants to hold before the manifest.
    var needs: (blobs: [String], manifests: [String]) {
        guard let root = try? JSONDocument(parsing: bytes).root else { return ([], []) }
        let blobs = [root["config"]].compactMap(\.self) + (root["layers"]?.array.map(Array.init) ?? [])
        let manifests = root["manifests"]?.array.map(Array.init) ?? []
        return (blobs.compactMap { $0["digest"]?.string }, manifests.compactMap { $0["digest"]?.string })
    }
}

import Content
import Findings
import OCI

@testable import ImageStore

/// An image layout that is being made, in memory; what it holds may be written to a directory or packed into a tar.
struct LayoutFixture {
    /// Files by name.
    var files: [String: [UInt8]] = [
        "oci-layout": OCILayoutMarker.fileBytes,
        "index.json": ImageIndex.indexBytes(manifests: []),
    ]
    private(set) var entries: [Descriptor] = []

    /// Stores bytes under their digest.
    @discardableResult
    mutating func blob(_ bytes: [UInt8], algorithm: Digest.Algorithm = .sha256) -> VerifiedContent {
        let digest = Digest(of: bytes, using: algorithm)
        files["blobs/\(algorithm.rawValue)/\(digest.hex)"] = bytes
        return (try? VerifiedContent(bytes, digest: digest, size: nil)) ?? VerifiedContent(namedByOwnDigest: bytes)
    }

    /// An image of one layer that holds `text`; not listed.
    mutating func image(_ text: String = "one", annotations: Annotations = [:]) -> Descriptor {
        // An empty tar, compressed as skopeo would: it leaves such a layer as it is.
        let files = [UInt8](repeating: 0, count: 1024 + 512 * text.utf8.count)
        let layer = blob(gzip(files))
        let configuration = blob(
            ImageConfiguration.configurationBytes(
                platform: Platform(os: "linux", architecture: "amd64"), labels: ["name": text], diffIDs: [layer.digest])
        )
        let manifest = blob(
            ImageManifest.imageBytes(
                config: Descriptor(of: configuration, mediaType: .ociConfiguration),
                layers: [Descriptor(of: layer, mediaType: "application/vnd.oci.image.layer.v1.tar+gzip")],
                annotations: annotations))
        return Descriptor(of: manifest, mediaType: .ociManifest)
    }

    /// A manifest about another; not listed.
    mutating func referrer(of subject: Descriptor?, _ text: String = "evidence") -> Descriptor {
        let layer = blob(Array(text.utf8))
        blob(VerifiedContent.emptyValue.bytes)
        let manifest = blob(
            ImageManifest.artifactBytes(
                artifactType: .sigstoreBundle03,
                layers: [Descriptor(of: layer, mediaType: .sigstoreBundle03)], subject: subject,
                annotations: ["text": text]))
        return Descriptor(of: manifest, mediaType: .ociManifest)
    }

    /// An index of these; not listed.
    mutating func index(_ manifests: [Descriptor], subject: Descriptor? = nil) -> Descriptor {
        Descriptor(of: blob(ImageIndex.indexBytes(manifests: manifests, subject: subject)), mediaType: .ociIndex)
    }

    /// Lists a descriptor in `index.json`.
    mutating func list(_ descriptor: Descriptor, tag: String? = nil, annotations: Annotations = [:]) {
        var descriptor = descriptor
        descriptor.annotations = annotations
        descriptor.annotations[LayoutIndex.nameKey] = tag
        entries.append(descriptor)
        files["index.json"] = ImageIndex.indexBytes(manifests: entries)
    }

    /// Writes everything below a directory of the workspace and returns its path.
    @discardableResult
    func write(to workspace: Workspace, as name: String = "layout") throws -> String {
        for (file, bytes) in files { try workspace.write(bytes, to: name + "/" + file) }
        return workspace.path(name)
    }

    /// A tar of everything.
    func tar() -> TarFixture {
        var tar = TarFixture()
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) { tar.file(name, bytes) }
        return tar
    }
}

extension Descriptor {
    /// The name of the blob in a layout.
    var blobName: String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }
}

/// The code by which a call is refused; nil if it is not.
func code(_ body: () async throws -> some Any) async -> String? {
    do {
        _ = try await body()
        return nil
    } catch let error as ContentSourceError {
        return error.code.name
    } catch {
        return "\(error)"
    }
}

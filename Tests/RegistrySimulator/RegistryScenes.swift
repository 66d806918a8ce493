package import Content
package import OCI

// What tests want to find in a registry, in one call each. All bytes follow from the arguments.
extension RegistryContents {
    /// A small image of one layer, for linux/amd64.
    @discardableResult
    package func pushImage(in repository: String, tag: String? = nil, layer: String = "layer") -> Descriptor {
        let layer = put(
            blob: Array(layer.utf8), in: repository, mediaType: "application/vnd.oci.image.layer.v1.tar")
        let config = put(
            blob: ImageConfiguration.configurationBytes(
                platform: Platform(os: "linux", architecture: "amd64"), diffIDs: [layer.digest]),
            in: repository, mediaType: .ociConfiguration)
        let manifest = put(manifest: ImageManifest.imageBytes(config: config, layers: [layer]), in: repository)
        if let tag { setTag(tag, to: manifest.digest, in: repository) }
        return manifest
    }

    /// A manifest with `subject` that holds `payload`: found by the referrers API alone.
    @discardableResult
    package func pushReferrer(
        of subject: Descriptor, in repository: String, artifactType: MediaType = .sigstoreBundle03, payload: [UInt8]
    ) -> Descriptor {
        put(blob: Array("{}".utf8), in: repository)
        let layer = put(blob: payload, in: repository, mediaType: artifactType)
        var bare = subject
        bare.annotations = [:]
        bare.platform = nil
        bare.artifactType = nil
        var manifest = put(
            manifest: ImageManifest.artifactBytes(artifactType: artifactType, layers: [layer], subject: bare),
            in: repository)
        manifest.artifactType = artifactType
        return manifest
    }

    /// Lists manifests under the fallback tag of `subject` (distribution-spec "Referrers Tag Schema"), instead of what
    /// was listed there.
    @discardableResult
    package func setFallback(of subject: Digest, in repository: String, to manifests: [Descriptor]) -> Descriptor {
        put(
            manifest: ImageIndex.indexBytes(manifests: manifests), mediaType: .ociIndex, in: repository,
            tags: "\(subject.algorithm.rawValue)-\(subject.hex)")
    }

    /// A manifest under cosign's tag (`sig`, `att`, `sbom`) with one layer for each payload.
    @discardableResult
    package func pushCosignTag(
        of subject: Digest, _ kind: String, in repository: String, mediaType: MediaType = .simpleSigning,
        layers: [(payload: [UInt8], annotations: Annotations)]
    ) -> Descriptor {
        let config = put(
            blob: ImageConfiguration.configurationBytes(
                platform: Platform(os: "", architecture: ""), diffIDs: layers.map { Digest(of: $0.payload) }),
            in: repository, mediaType: .ociConfiguration)
        let descriptors = layers.map { layer in
            var descriptor = put(blob: layer.payload, in: repository, mediaType: mediaType)
            descriptor.annotations = layer.annotations
            return descriptor
        }
        return put(
            manifest: ImageManifest.imageBytes(config: config, layers: descriptors), in: repository,
            tags: "\(subject.algorithm.rawValue)-\(subject.hex).\(kind)")
    }
}

public import Content
public import OCI
import StrictEncoding

/// Evidence as it is stored beside an image: blobs, and the manifest that names them. Written in this order, a reader
/// never sees a manifest whose blobs are missing.
public struct EvidenceArtifact: Sendable {
    public let blobs: [VerifiedContent]
    public let manifest: VerifiedContent
    public let descriptor: Descriptor

    /// A referrer that holds one Sigstore bundle 0.3, the form that cosign 3 writes: `artifactType` and layer are the
    /// bundle's media type, `subject` is the image (image-spec "Guidelines for Artifact Usage").
    ///
    /// - Parameter predicateType: stands in an annotation, so that a reader can choose without fetching the bundle.
    public static func referrer(bundle: [UInt8], predicateType: String, subject: Descriptor) -> EvidenceArtifact {
        let layer = VerifiedContent(namedByOwnDigest: bundle)
        let annotations: Annotations = [
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": predicateType,
        ]
        let manifest = ImageManifest.artifactBytes(
            artifactType: .sigstoreBundle03, layers: [Descriptor(of: layer, mediaType: .sigstoreBundle03)],
            subject: subject, annotations: annotations)
        return EvidenceArtifact(
            blobs: [.emptyValue, layer], manifest: manifest, artifactType: .sigstoreBundle03, annotations: annotations)
    }

    /// cosign's tag form: the layers of the manifest that the tag names now, and one more. The layer's annotations hold
    /// the signature (`.sig`) or the predicate's type (`.att`).
    public static func cosignTag(
        adding layer: VerifiedContent, mediaType: MediaType, annotations: Annotations, to existing: ImageManifest?
    ) -> EvidenceArtifact {
        var descriptor = Descriptor(of: layer, mediaType: mediaType)
        descriptor.annotations = annotations
        let layers = (existing?.layers ?? []) + [descriptor]
        let configuration = VerifiedContent(
            namedByOwnDigest: JSONTree(members: [
                "architecture": "", "os": "", "config": .object([:]),
                "rootfs": ["type": "layers", "diff_ids": JSONTree(strings: layers.map(\.digest.description))],
            ]).canonicalBytes())
        let manifest = ImageManifest.imageBytes(
            config: Descriptor(of: configuration, mediaType: .ociConfiguration), layers: layers)
        return EvidenceArtifact(blobs: [configuration, layer], manifest: manifest, artifactType: nil, annotations: [:])
    }

    private init(blobs: [VerifiedContent], manifest: [UInt8], artifactType: MediaType?, annotations: Annotations) {
        self.blobs = blobs
        self.manifest = VerifiedContent(namedByOwnDigest: manifest)
        descriptor = Descriptor(
            mediaType: .ociManifest, digest: self.manifest.digest, size: manifest.count, artifactType: artifactType,
            annotations: annotations)
    }
}

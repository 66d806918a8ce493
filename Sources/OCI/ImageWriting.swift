public import Content
package import StrictEncoding

// Documents to be written, each in the canonical form of RFC 8785: the same contents give the same digest.

extension ImageManifest {
    /// An OCI image manifest that carries something other than an image (image-spec "Guidelines for Artifact Usage"):
    /// evidence about `subject`, for one.
    public static func artifactBytes(
        artifactType: MediaType, config: Descriptor = .emptyValue, layers: [Descriptor], subject: Descriptor? = nil,
        annotations: Annotations = [:]
    ) -> [UInt8] {
        bytes(.ociManifest, artifactType, config, layers, subject, annotations)
    }

    /// The manifest of an image. Its media type follows from that of the configuration.
    public static func imageBytes(
        config: Descriptor, layers: [Descriptor], annotations: Annotations = [:]
    ) -> [UInt8] {
        let type: MediaType = config.mediaType == .dockerConfiguration ? .dockerManifest : .ociManifest
        return bytes(type, nil, config, layers, nil, annotations)
    }

    private static func bytes(
        _ mediaType: MediaType, _ artifactType: MediaType?, _ config: Descriptor, _ layers: [Descriptor],
        _ subject: Descriptor?, _ annotations: Annotations
    ) -> [UInt8] {
        JSONTree(members: [
            "schemaVersion": 2,
            "mediaType": .string(mediaType.description),
            "artifactType": artifactType.map { .string($0.description) },
            "config": config.tree,
            "layers": .array(layers.map(\.tree)),
            "subject": subject?.tree,
            "annotations": annotations.tree,
        ]).canonicalBytes()
    }
}

extension ImageIndex {
    /// An OCI image index, or with `mediaType` a Docker manifest list.
    public static func indexBytes(
        manifests: [Descriptor], mediaType: MediaType = .ociIndex, artifactType: MediaType? = nil,
        subject: Descriptor? = nil, annotations: Annotations = [:]
    ) -> [UInt8] {
        JSONTree(members: [
            "schemaVersion": 2,
            "mediaType": .string(mediaType.description),
            "artifactType": artifactType.map { .string($0.description) },
            "manifests": .array(manifests.map(\.tree)),
            "subject": subject?.tree,
            "annotations": annotations.tree,
        ]).canonicalBytes()
    }
}

extension ImageConfiguration {
    /// A configuration of what policies see of one; no entry point, no history.
    public static func configurationBytes(
        platform: Platform, user: String = "", labels: Annotations = [:], diffIDs: [Digest]
    ) -> [UInt8] {
        JSONTree(members: [
            "os": .string(platform.os),
            "architecture": .string(platform.architecture),
            "variant": platform.variant.map(JSONTree.string),
            "os.version": platform.osVersion.map(JSONTree.string),
            "config": JSONTree(members: [
                "User": user.isEmpty ? nil : .string(user),
                "Labels": labels.tree,
            ]),
            "rootfs": ["type": "layers", "diff_ids": JSONTree(strings: diffIDs.map(\.description))],
        ]).canonicalBytes()
    }
}

extension VerifiedContent {
    /// `{}`, what an artifact without a configuration has in its place.
    public static let emptyValue = VerifiedContent(namedByOwnDigest: Array("{}".utf8))
}

extension Descriptor {
    /// Names `{}` (image-spec "Guidance for an Empty Descriptor").
    public static let emptyValue = Descriptor(of: .emptyValue, mediaType: .ociEmpty)

    package var tree: JSONTree {
        JSONTree(members: [
            "mediaType": .string(mediaType.description),
            "digest": .string(digest.description),
            "size": .integer(Int64(size)),
            "artifactType": artifactType.map { .string($0.description) },
            "annotations": annotations.tree,
            "platform": platform?.tree,
        ])
    }
}

extension Platform {
    fileprivate var tree: JSONTree {
        JSONTree(members: [
            "os": .string(os),
            "architecture": .string(architecture),
            "variant": variant.map(JSONTree.string),
            "os.version": osVersion.map(JSONTree.string),
        ])
    }
}

extension Annotations {
    /// Nil if there are none: writers leave the member out.
    fileprivate var tree: JSONTree? {
        isEmpty ? nil : .object(Dictionary(map { (ExactString($0.name), .string($0.text)) }) { first, _ in first })
    }
}

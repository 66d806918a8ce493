public import Content
public import StrictEncoding

/// What a digest that names an image resolves to: exactly one of the two.
public enum ImageDocument: Sendable {
    /// One image, or an artifact.
    case manifest(ImageManifest)
    /// A list of manifests, usually one for each platform.
    case index(ImageIndex)

    /// The bytes that were read.
    public var content: VerifiedContent {
        switch self {
        case .manifest(let manifest): manifest.content
        case .index(let index): index.content
        }
    }
    /// The digest of these bytes: that of the image.
    public var digest: Digest { content.digest }
    /// The one type on which the bytes and whoever named them agree.
    public var mediaType: MediaType {
        switch self {
        case .manifest(let manifest): manifest.mediaType
        case .index(let index): index.mediaType
        }
    }
    /// What kind of artifact this is, if it says so.
    public var artifactType: MediaType? {
        switch self {
        case .manifest(let manifest): manifest.artifactType
        case .index(let index): index.artifactType
        }
    }
    /// What the document speaks of, if it is about another.
    public var subject: Descriptor? {
        switch self {
        case .manifest(let manifest): manifest.subject
        case .index(let index): index.subject
        }
    }
    /// Claims of whoever wrote the document.
    public var annotations: Annotations {
        switch self {
        case .manifest(let manifest): manifest.annotations
        case .index(let index): index.annotations
        }
    }
}

extension ImageDocument {
    /// Reads an OCI image manifest or index, or a Docker schema 2 manifest or manifest list.
    ///
    /// On success there is no second reading of the bytes: what names the document, what it states of itself and what
    /// it holds agree on one type; no member is there twice, by case either; every descriptor is whole. Whether the
    /// descriptors' content exists is not looked at, and the entries of an index are not followed.
    ///
    /// A document that states no type, as OCI allows, is of the declared type; without that either, it is what its
    /// members make it. `layers` may be empty: OCI 1.1 has artifacts that are all annotations (manifest.md: "SHOULD
    /// have at least one entry").
    ///
    /// - Parameter declared: the type in the descriptor or `Content-Type` by which the document was had; nil if there
    ///   is neither, as for a `dir:` image.
    /// - Parameter jsonDepth: how deep arrays and objects may be nested.
    public init(
        parsing content: VerifiedContent, declared: MediaType?, jsonDepth: Int = JSONLimits.standard.depth
    ) throws(ImageFormatError) {
        let root = try DocumentMember(parsing: content.bytes, as: .manifest, depth: jsonDepth)
        let mediaType = try Self.mediaType(of: root, declared: declared)

        guard try root.required("schemaVersion").value.int == 2 else {
            throw try root.required("schemaVersion").malformed("2")
        }
        let artifactType = try root.optional("artifactType")?.mediaType()
        let subject = try root.optional("subject").map { (member) throws(ImageFormatError) in try Descriptor(member) }
        let annotations = try root.optional("annotations")?.annotations() ?? [:]
        if mediaType.isIndex {
            let entries = try root.required("manifests").elements().map { (entry) throws(ImageFormatError) in
                try Descriptor(entry, as: .entry)
            }
            self = .index(
                ImageIndex(
                    content: content, mediaType: mediaType, artifactType: artifactType, manifests: entries,
                    subject: subject, annotations: annotations))
        } else {
            let layers = try root.required("layers").elements().map { (layer) throws(ImageFormatError) in
                try Descriptor(layer)
            }
            self = .manifest(
                ImageManifest(
                    content: content, mediaType: mediaType, artifactType: artifactType,
                    config: try Descriptor(root.required("config")), layers: layers, subject: subject,
                    annotations: annotations))
        }
    }
}

// One document, one type: CVE-2021-41190 (GHSA-77vh-xpmg-72qh), GHSA-mc8v-mgrf-8f4m.
extension ImageDocument {
    private static func mediaType(
        of root: DocumentMember, declared: MediaType?
    ) throws(ImageFormatError) -> MediaType {
        try root.checkNames([
            "schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations",
            "fsLayers",
        ])
        // Presence decides, not content: readers differ in what they make of `null` and of empty lists.
        let ofManifest = ["config", "layers"].filter { root.optional($0) != nil }
        let ofIndex = ["manifests"].filter { root.optional($0) != nil }
        let ofSchema1 = ["fsLayers"].filter { root.optional($0) != nil }
        guard [ofManifest, ofIndex, ofSchema1].count(where: { !$0.isEmpty }) <= 1 else {
            throw .twoTypes(members: ofManifest + ofIndex + ofSchema1)
        }

        let stated = try root.optional("mediaType")?.mediaType()
        let isSchema1 = [stated, declared].contains { $0 == .dockerSchema1 || $0 == .dockerSchema1Signed }
        guard ofSchema1.isEmpty, !isSchema1, root.value["schemaVersion"]?.int != 1 else { throw .schema1 }

        if let stated, let declared, stated != declared { throw .typesDisagree(named: declared, stated: stated) }
        let held: MediaType? = !ofIndex.isEmpty ? .ociIndex : !ofManifest.isEmpty ? .ociManifest : nil
        guard let mediaType = stated ?? declared ?? held else {
            throw root.malformed("`config` and `layers`, or `manifests`", found: "neither")
        }
        guard mediaType.isIndex || mediaType.isManifest else { throw .unknownMediaType(mediaType) }
        guard mediaType.isIndex ? ofManifest.isEmpty : ofIndex.isEmpty else { throw .contentDisagrees(mediaType) }
        // Docker's schema 2 has no documents that leave their type to whoever names them.
        if mediaType == .dockerManifest || mediaType == .dockerManifestList { _ = try root.required("mediaType") }
        return mediaType
    }
}

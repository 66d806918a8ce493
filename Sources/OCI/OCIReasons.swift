public import Findings

/// What the bytes of an image say that cannot be right: known to be wrong, so every one rejects.
extension ReasonCode {
    public static let imageMalformedManifest = ReasonCode(
        "image.malformed-manifest", .reject, .integrity,
        summary: "a manifest or index is not what its specification says it is",
        mend: "rebuild the image with a tool that writes valid OCI or Docker schema 2 manifests")
    public static let imageTwoTypes = ReasonCode(
        "image.two-types", .reject, .integrity,
        summary: "one document can be read both as a manifest and as an index",
        mend: "rebuild the image; a document of two types shows one image to the verifier and another to the runtime")
    public static let imageMediaTypeMismatch = ReasonCode(
        "image.media-type-mismatch", .reject, .integrity,
        summary: "a document's media type, its content and what names it do not agree",
        mend: "rebuild the image or its index so that descriptor, `mediaType` and content agree")
    public static let imageUnknownMediaType = ReasonCode(
        "image.unknown-media-type", .reject, .integrity,
        summary: "a document where a manifest or index belongs is of another media type",
        mend: "name an image: an OCI manifest or index, a Docker schema 2 manifest or manifest list")
    public static let imageSchema1 = ReasonCode(
        "image.schema1", .reject, .integrity,
        summary: "the image is in Docker's schema 1, which does not bind its configuration by digest",
        mend: "push the image again with a current tool, which writes OCI or Docker schema 2")
    public static let imageMalformedConfiguration = ReasonCode(
        "image.malformed-configuration", .reject, .integrity,
        summary: "an image configuration is not what its specification says it is",
        mend: "rebuild the image with a tool that writes valid image configurations")
    public static let imageConfigurationMismatch = ReasonCode(
        "image.configuration-mismatch", .reject, .integrity,
        summary: "the image configuration and the manifest that names it contradict each other",
        mend: "rebuild the image; manifest and configuration have to list the same layers and platform")
    public static let imageEmbeddedDataMismatch = ReasonCode(
        "image.embedded-data-mismatch", .reject, .integrity,
        summary: "the `data` that a descriptor holds is not the content that the descriptor names",
        mend: "rebuild the image, or drop the descriptor's `data`")
    public static let imageMalformedLayout = ReasonCode(
        "image.malformed-layout", .reject, .integrity,
        summary: "the file `oci-layout` or `index.json` of an image layout is not what its specification says it is",
        mend: "write the layout again with a current tool")
    public static let imageMalformedArchive = ReasonCode(
        "image.malformed-archive", .reject, .integrity,
        summary: "an archive contradicts itself: wrong checksum, cut short, or an entry that is there twice",
        mend: "write the archive again; if it persists, treat where it was kept as tampered with")
    public static let imageUnsafePath = ReasonCode(
        "image.unsafe-path", .reject, .integrity,
        summary: "a name or link inside the image's store leads out of it",
        mend: "write the layout or archive again with a tool that writes plain files only")
    public static let imageNoManifestDigest = ReasonCode(
        "image.no-manifest-digest", .reject, .scope,
        summary: "the archive holds no manifest, so nothing signed can be tied to the image",
        mend: "write the image as an OCI layout or archive, or as a `dir:` image")
    public static let imageMalformedReference = ReasonCode(
        "image.malformed-reference", .reject, .scope,
        summary: "the text that names the image is not an image reference",
        mend: "write it as `registry/repository`, then `:tag` or `@digest` or both")
}

/// What could not be had or chosen: nothing is known to be wrong, nothing was verified.
extension ReasonCode {
    public static let imageNotFound = ReasonCode(
        "image.not-found", .undecided, .unavailable,
        summary: "there is no such image, or content that the image names is not there",
        mend: "check the path, tag and digest; copy the image again with all of its content")
    public static let imageUnreadable = ReasonCode(
        "image.unreadable", .undecided, .unavailable,
        summary: "the image is there but could not be read",
        mend: "check permissions and the medium, then try again")
    public static let imageUnsupportedArchive = ReasonCode(
        "image.unsupported-archive", .undecided, .unavailable,
        summary: "the archive is of a form or compression that cannot be read here",
        mend: "write it as a tar, plain or compressed with gzip or zstd")
    public static let imageUnsupportedLayout = ReasonCode(
        "image.unsupported-layout", .undecided, .unavailable,
        summary: "the image layout is of a version that cannot be read here",
        mend: "write it as image layout version 1.0.0")
    public static let imageAmbiguousSelection = ReasonCode(
        "image.ambiguous-selection", .undecided, .unavailable,
        summary: "the reference selects more than one image of the store",
        mend: "name one by tag or by digest")
    public static let artifactUnreadable = ReasonCode(
        "artifact.unreadable", .undecided, .unavailable,
        summary: "the file that is to be judged is not there or cannot be read",
        mend: "check the path and permissions, then try again")
    public static let imageUnwritable = ReasonCode(
        "image.unwritable", .undecided, .unavailable,
        summary: "evidence could not be written beside the image",
        mend: "check permissions and space; archives are never written to: use a layout")
}

/// Bounds on what is read for one image. Those that one document passes reject; the budgets for everything around the
/// image leave it undecided, because whoever can add papers beside an image must not be able to have it called bad.
extension ReasonCode {
    public static let limitManifestBytes = ReasonCode(
        "limit.manifest-bytes", .reject, .limit,
        summary: "a manifest or index is larger than the limit",
        mend: "shrink the manifest: 4 MiB is what registries are asked to accept")
    public static let limitConfigurationBytes = ReasonCode(
        "limit.configuration-bytes", .reject, .limit,
        summary: "an image configuration is larger than the limit",
        mend: "shrink the configuration, or raise the limit knowingly")
    public static let limitJSONDepth = ReasonCode(
        "limit.image-json-depth", .reject, .limit,
        summary: "a document of the image nests deeper than the limit",
        mend: "rebuild the image with a tool that writes plain manifests")
    public static let limitIndexDepth = ReasonCode(
        "limit.index-depth", .reject, .limit,
        summary: "an index lies inside an index deeper than the limit",
        mend: "list the platform manifests in the image's own index")
    public static let limitArchiveExpansion = ReasonCode(
        "limit.archive-expansion", .reject, .limit,
        summary: "a compressed archive expands to more than the limit",
        mend: "write the archive without compression, or raise the limit knowingly")
    public static let limitArchiveEntries = ReasonCode(
        "limit.archive-entries", .reject, .limit,
        summary: "an archive has more entries than the limit",
        mend: "write the image as a layout, or raise the limit knowingly")
    public static let limitArtifactBytes = ReasonCode(
        "limit.artifact-bytes", .reject, .limit,
        summary: "the file that is to be judged is larger than the limit",
        mend: "raise the limit `artifact-bytes` knowingly, or name the file by its digest")
    public static let limitImageBytes = ReasonCode(
        "limit.image-bytes", .undecided, .limit,
        summary: "reading the image and its papers would pass the budget of bytes",
        mend: "remove papers that nobody needs, or raise the budget knowingly")
    public static let limitCandidates = ReasonCode(
        "limit.candidates", .undecided, .limit,
        summary: "more papers claim to belong to the image than the budget allows to look at",
        mend: "remove papers that nobody needs, or raise the budget knowingly")
}

extension ReasonTable {
    /// Everything that image formats and the stores of images say.
    public static let oci = ReasonTable(
        "OCI",
        [
            .imageMalformedManifest, .imageTwoTypes, .imageMediaTypeMismatch, .imageUnknownMediaType, .imageSchema1,
            .imageMalformedConfiguration, .imageConfigurationMismatch, .imageEmbeddedDataMismatch,
            .imageMalformedLayout, .imageMalformedArchive, .imageUnsafePath, .imageNoManifestDigest,
            .imageMalformedReference,
            .imageNotFound, .imageUnreadable, .imageUnsupportedArchive, .imageUnsupportedLayout,
            .imageAmbiguousSelection, .artifactUnreadable, .imageUnwritable,
            .limitManifestBytes, .limitConfigurationBytes, .limitJSONDepth, .limitIndexDepth,
            .limitArchiveExpansion, .limitArchiveEntries, .limitArtifactBytes, .limitImageBytes,
            .limitCandidates,
        ])
}

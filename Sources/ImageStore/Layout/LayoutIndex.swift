import Content
import Findings
import OCI
import StrictEncoding

/// The list of a layout, `index.json`, read strictly.
struct LayoutIndex: Sendable {
    struct Entry: Sendable {
        let descriptor: Descriptor

        /// The name under which it is listed (image-spec "Pre-Defined Annotation Keys").
        var tag: String? { descriptor.annotations[LayoutIndex.nameKey] }

        /// Its place in what `cosign save` writes.
        var cosignKind: CosignKind? { CosignKind(descriptor.annotations[CosignKind.key]) }

        /// Whether its type is one that names an image, or a manifest about one.
        var isManifest: Bool { LayoutIndex.manifestTypes.contains(descriptor.mediaType) }

        /// Whether the list itself says that this is evidence. What only the manifest says, its `subject`, is left to
        /// ``PaperScan``.
        var isListedAsPaper: Bool {
            if let tag, PaperTag.matches(tag) { return true }
            switch cosignKind {
            case .image?, .imageIndex?: return false
            case .signatures?, .attestations?, .other?: return true
            case nil: break
            }
            // BuildKit's attestation manifest, where it is listed beside the image.
            return descriptor.annotations.has("vnd.docker.reference.type", "attestation-manifest")
        }
    }

    /// Annotation `kind` of the entries that `cosign save` lists.
    enum CosignKind: Sendable, Equatable {
        case image, imageIndex, signatures, attestations
        /// One that later versions may add.
        case other

        static let key = "kind"

        init?(_ annotation: String?) {
            let prefix = "dev.cosignproject.cosign/"
            guard let annotation, annotation.utf8.starts(with: prefix.utf8) else { return nil }
            let name = annotation.utf8.dropFirst(prefix.utf8.count)
            self =
                if name.elementsEqual("image".utf8) {
                    .image
                } else if name.elementsEqual("imageIndex".utf8) {
                    .imageIndex
                } else if name.elementsEqual("sigs".utf8) {
                    .signatures
                } else if name.elementsEqual("atts".utf8) {
                    .attestations
                } else {
                    .other
                }
        }
    }

    static let nameKey = "org.opencontainers.image.ref.name"
    static let manifestTypes: Set<MediaType> = [
        .ociManifest, .ociIndex, .dockerManifest, .dockerManifestList, .dockerSchema1, .dockerSchema1Signed,
    ]

    let entries: [Entry]

    /// - Parameters:
    ///   - name: what messages call the document.
    ///   - candidates: most entries.
    init(_ bytes: [UInt8], called name: String = "`index.json`", candidates: Int) throws(ContentSourceError) {
        if Self.listsNothing(bytes) {
            entries = []
            return
        }
        let document: ImageDocument
        do throws(ImageFormatError) {
            document = try ImageDocument(parsing: VerifiedContent(namedByOwnDigest: bytes), declared: .ociIndex)
        } catch {
            let code: ReasonCode = error.code == .imageMalformedManifest ? .imageMalformedLayout : error.code
            throw ContentSourceError(code, "\(name): \(error.message)")
        }
        guard case .index(let index) = document else {
            throw ContentSourceError(.imageMalformedLayout, "expected \(name) to be an index, found a manifest")
        }
        guard index.manifests.count <= candidates else {
            throw ContentSourceError(
                .limitCandidates,
                "expected at most \(candidates) entries in \(name), found \(index.manifests.count)")
        }
        entries = index.manifests.map(Entry.init)
    }

    /// Docker 25 writes `"manifests": null` where it has nothing to list; as an index that would be malformed.
    private static func listsNothing(_ bytes: [UInt8]) -> Bool {
        (try? JSONDocument(parsing: bytes))?.root["manifests"]?.isNull == true
    }
}

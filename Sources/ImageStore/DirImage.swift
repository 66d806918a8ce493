public import Content
import Findings
public import OCI
import Synchronization

/// What `skopeo copy … dir:DIR` writes: `manifest.json`, content in files named by their hexadecimal digits, signatures
/// in `signature-1`, `signature-2` and so on; with `--all` also `HEX.manifest.json` and `HEX.signature-1` for the
/// manifests that an index lists (containers/image, "dir:" transport). The file `version` says nothing that matters.
///
/// Nothing names the manifest but its own digest. One instance serves one decision; nothing is ever written.
public final class DirImage: ContentSource {
    private let store: StoreReader
    private let resolved = Mutex<ResolvedContent?>(nil)

    /// Opens nothing; a missing directory is an error of ``resolve(limits:)``.
    public init(path: String) { store = StoreReader(directory: path) }

    public var transport: String { "dir" }

    public func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        try image(limits)
    }

    public func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try content(
            descriptor.digest, size: descriptor.size, limit: limit,
            tooLarge: LayoutReader.limitCode(for: descriptor.mediaType))
    }

    public func blob(_ descriptor: Descriptor) -> BlobStream {
        store.stream(descriptor, names: Self.names(of: descriptor.digest))
    }

    public func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        store.adopt(limits)
        return try content(digest, size: nil, limit: limits.manifestBytes, tooLarge: .limitManifestBytes)
    }

    /// None: the form has no place for a second manifest.
    public func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers { Papers() }

    /// The image's signatures, then those of the manifests that an index lists, in its order. As containers/image reads
    /// them, the numbers begin at 1 and the first that is missing ends the list.
    public func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] {
        let image = try image(limits)
        var prefixes = [""]
        if case .index(let index)? = try? ImageDocument(parsing: image.content, declared: nil) {
            var seen: Set<String> = []
            prefixes += index.manifests.map { $0.digest.hex + "." }.filter { seen.insert($0).inserted }
        }
        var signatures: [LooseSignature] = []
        for prefix in prefixes {
            for number in 1... {
                let name = "\(prefix)signature-\(number)"
                guard let bytes = try store.document(name, limit: Self.largestSignature, tooLarge: .limitImageBytes)
                else { break }
                guard signatures.count < limits.candidates else {
                    throw ContentSourceError(
                        .limitCandidates, "expected at most \(limits.candidates) signature files, found more")
                }
                signatures.append(LooseSignature(name: name, content: VerifiedContent(namedByOwnDigest: bytes)))
            }
        }
        return signatures
    }

    /// Bytes; what containers/image takes (`MaxSignatureBodySize`).
    static let largestSignature = 4 << 20
}

extension DirImage {
    private func image(_ limits: ContentLimits) throws(ContentSourceError) -> ResolvedContent {
        store.adopt(limits)
        return try resolved.withLock { resolved throws(ContentSourceError) in
            if let resolved { return resolved }
            guard let bytes = try store.document("manifest.json", limit: limits.manifestBytes) else {
                throw ContentSourceError(.imageNotFound, "expected a `dir:` image, found no file `manifest.json`")
            }
            let content = VerifiedContent(namedByOwnDigest: bytes)
            do throws(ImageFormatError) {
                let mediaType = try ImageDocument(parsing: content, declared: nil).mediaType
                let image = ResolvedContent(
                    descriptor: Descriptor(of: content, mediaType: mediaType), content: content, tag: nil)
                resolved = image
                return image
            } catch {
                throw ContentSourceError(error.code, error.message)
            }
        }
    }

    private static func names(of digest: Digest) -> [String] { [digest.hex, digest.hex + ".manifest.json"] }

    /// Content by its hexadecimal digits. The algorithm is not part of the name; two algorithms' digests differ in
    /// length.
    private func content(
        _ digest: Digest, size: Int?, limit: Int, tooLarge: ReasonCode
    ) throws(ContentSourceError) -> VerifiedContent {
        if let image = resolved.withLock({ $0?.content }), image.digest == digest,
            size ?? image.bytes.count == image.bytes.count
        {
            return image
        }
        for name in Self.names(of: digest) {
            if let content = try store.content(name, digest: digest, size: size, limit: limit, tooLarge: tooLarge) {
                return content
            }
        }
        throw ContentSourceError(.imageNotFound, "expected content \(digest) in the directory, found none")
    }
}

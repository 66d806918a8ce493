import Content
import Findings
import OCI
import StrictEncoding

/// The list of referrers under the fallback tag, with one more entry (distribution-spec "Pushing Manifests with
/// Subject"). What is not understood in it stays as it is.
enum ReferrersEdit {
    /// The list's bytes with the entry; nil if the entry is there.
    ///
    /// - Throws: if the list is none: nothing is added to what no reader would take.
    static func adding(_ entry: Descriptor, to older: VerifiedContent?, limit: Int) throws(RegistryError) -> [UInt8]? {
        var bytes = ImageIndex.indexBytes(manifests: [entry])
        if let older {
            let index = try index(older)
            if index.manifests.contains(where: { $0.digest == entry.digest }) { return nil }
            guard let document = try? JSONDocument(parsing: older.bytes),
                case .object(var members)? = JSONTree(document.root)
            else { throw .malformed("expected a list of referrers that can be written anew") }
            var entries: [JSONTree] = if case .array(let entries)? = members["manifests"] { entries } else { [] }
            entries.append(entry.tree)
            members["manifests"] = .array(entries)
            bytes = JSONTree.object(members).canonicalBytes()
        }
        guard bytes.count <= limit else {
            throw .limit(
                .limitManifestBytes,
                "expected a list of at most \(limit) bytes, found \(bytes.count) with the new entry")
        }
        return bytes
    }

    static func lists(_ digest: Digest, _ content: VerifiedContent) -> Bool {
        (try? index(content))?.manifests.contains { $0.digest == digest } ?? false
    }

    private static func index(_ content: VerifiedContent) throws(RegistryError) -> ImageIndex {
        do throws(ImageFormatError) {
            guard case .index(let index) = try ImageDocument(parsing: content, declared: nil) else {
                throw ImageFormatError.unknownMediaType(.ociManifest)
            }
            return index
        } catch {
            throw .malformed("the list of referrers: \(error.message)")
        }
    }

    /// The entry of a manifest in its subject's list: artifact type and annotations are the manifest's.
    static func entry(_ content: VerifiedContent, _ type: MediaType, subject: Digest) throws(RegistryError)
        -> Descriptor
    {
        let document: ImageDocument
        do throws(ImageFormatError) { document = try ImageDocument(parsing: content, declared: type) } catch {
            throw .document(error)
        }
        guard document.subject?.digest == subject else {
            throw .malformed(
                "expected a manifest with subject \(subject), found \(document.subject?.digest.description ?? "none")")
        }
        var artifactType = document.artifactType
        if artifactType == nil, case .manifest(let manifest) = document { artifactType = manifest.config.mediaType }
        return Descriptor(
            of: content, mediaType: document.mediaType, artifactType: artifactType, annotations: document.annotations)
    }
}

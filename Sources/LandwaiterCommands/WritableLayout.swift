import Admission
import Content
import Findings
import ImageStore
import OCI
import Signing

/// The layout that `sign` and `attest` write to, and the image in it that they speak of.
struct WritableLayout {
    private let layout: OCILayout

    init(_ text: String) throws(CommandFailure) {
        let location: ImageLocation
        do throws(ImageLocationError) {
            location = try ImageLocation.parse(text)
        } catch {
            throw .usage("\(Finding.quoted(text)): \(error.message)")
        }
        guard case .layout(let path, let selection) = location else {
            throw .usage(
                "evidence can be written to a layout only, found `\(location.transport):`",
                "copy the image with `skopeo copy --all --preserve-digests \(text) oci:DIR:TAG` and name that")
        }
        layout = OCILayout(path: path, selection: selection)
    }

    /// The image, or one platform of it, as a subject: read and checked, so that nothing broken is ever signed.
    func subject(platform: String? = nil) async throws(CommandFailure) -> Descriptor {
        let image: ResolvedImage
        switch await ResolvedImage.resolve(from: layout, limits: AdmissionLimits()) {
        case .success(let resolved): image = resolved
        case .failure(let unresolved): throw Self.failure(unresolved.finding)
        }
        guard let platform else {
            return Descriptor(of: image.document.content, mediaType: image.document.mediaType)
        }
        let matching = image.platforms.filter { $0.listed?.description.utf8.elementsEqual(platform.utf8) == true }
        guard let match = matching.first, matching.count == 1 else {
            let listed = image.platforms.compactMap { $0.listed?.description }.map { Finding.quoted($0) }
            throw .usage(
                "expected one platform \(Finding.quoted(platform)) in the image, found \(matching.count)",
                "platforms: \(listed.isEmpty ? "none stated" : listed.joined(separator: ", "))")
        }
        return Descriptor(of: match.manifest.content, mediaType: match.manifest.mediaType)
    }

    /// Stores a bundle in a referrer, listed by the fallback tag: a layout has no other list of referrers.
    func attach(_ bundle: [UInt8], predicateType: String, to subject: Descriptor) async throws(CommandFailure) {
        let artifact = EvidenceArtifact.referrer(bundle: bundle, predicateType: predicateType, subject: subject)
        do throws(ContentSourceError) {
            for blob in artifact.blobs { try await layout.put(blob) }
            try await layout.put(artifact.manifest)
            try await layout.listReferrer(artifact.descriptor, subject: subject.digest)
        } catch {
            throw Self.failure(Finding(error.code, error.message))
        }
    }

    /// Adds a layer to the manifest under cosign's tag `sha256-….sig` or `.att`.
    func attachCosignLayer(
        _ layer: [UInt8], mediaType: MediaType, annotations: Annotations, suffix: String, to subject: Descriptor
    ) async throws(CommandFailure) {
        let content = VerifiedContent(namedByOwnDigest: layer)
        do throws(ContentSourceError) {
            try await layout.replaceManifest(tagged: "\(subject.digest.referrersTag).\(suffix)") { existing in
                let artifact = EvidenceArtifact.cosignTag(
                    adding: content, mediaType: mediaType, annotations: annotations, to: existing)
                return (artifact.blobs, artifact.manifest)
            }
        } catch {
            throw Self.failure(Finding(error.code, error.message))
        }
    }

    private static func failure(_ finding: Finding) -> CommandFailure {
        CommandFailure(
            status: finding.code.effect == .undecided ? ExitStatus.undecided : ExitStatus.badData,
            lines: ["\(finding.message)  [\(finding.code)]", "mend: \(finding.mend)"])
    }
}

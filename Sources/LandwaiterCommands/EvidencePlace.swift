import Admission
import Content
import Findings
import ImageStore
import OCI
import OCIDistribution
import Signing

/// Where `sign` and `attest` write to, a layout or a repository, and the image there that they speak of.
struct EvidencePlace {
    private let source: any ContentSource
    private let sink: any EvidenceSink

    init(_ text: String) throws(CommandFailure) {
        let location: ImageLocation
        do throws(ImageLocationError) {
            location = try ImageLocation.parse(text)
        } catch {
            if case .registry(let name) = error, let registries = RegistryAccess.current {
                (source, sink) = try registries.place(try ImageOptions.reference(name))
                return
            }
            throw .usage("\(Finding.quoted(text)): \(error.message)")
        }
        guard case .layout(let path, let selection) = location else {
            throw .usage(
                "evidence can be written to a layout or a registry only, found `\(location.transport):`",
                "copy the image with `skopeo copy --all --preserve-digests \(text) oci:DIR:TAG` and name that")
        }
        let layout = OCILayout(path: path, selection: selection)
        (source, sink) = (layout, layout)
    }

    /// The image, or one platform of it, as a subject: read and checked, so that nothing broken is ever signed.
    func subject(platform: String? = nil) async throws(CommandFailure) -> Descriptor {
        let image: ResolvedImage
        switch await ResolvedImage.resolve(from: source, limits: AdmissionLimits()) {
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

    /// Stores a bundle in a referrer, listed by the fallback tag unless a registry lists it itself.
    func attach(_ bundle: [UInt8], predicateType: String, to subject: Descriptor) async throws(CommandFailure) {
        let artifact = EvidenceArtifact.referrer(bundle: bundle, predicateType: predicateType, subject: subject)
        do throws(ContentSourceError) {
            for blob in artifact.blobs { try await sink.put(blob) }
            try await sink.put(artifact.manifest)
            try await sink.listReferrer(artifact.descriptor, subject: subject.digest)
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
            try await sink.replaceManifest(tagged: "\(subject.digest.referrersTag).\(suffix)") { existing in
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

/// What can gather evidence of several writers.
private protocol EvidenceSink: ContentSink {
    func listReferrer(_ descriptor: Descriptor, subject: Digest) async throws(ContentSourceError)
    func replaceManifest(
        tagged tag: String,
        _ make: @Sendable (ImageManifest?) -> (blobs: [VerifiedContent], manifest: VerifiedContent)
    ) async throws(ContentSourceError)
}

extension OCILayout: EvidenceSink {}
extension RegistrySink: EvidenceSink {}

import AdmissionPolicy
import Content
public import OCI

/// An image that was admitted, with the very bytes that the decision was about: what a gate may pass on.
///
/// Made only by ``AdmissionPipeline/admit(_:)``, of a record that admits and is not hypothetical. No name and no tag is
/// looked up again: what was verified is what can be read here.
public struct AdmittedImage: Sendable {
    public let record: AdmissionRecord
    /// The manifest or index, as it was judged.
    public let document: ImageDocument
    /// Reads what the document names, by digest. Papers are those that the decision saw; of digests about which it asked
    /// nothing, those that are there now.
    public let source: any ContentSource

    fileprivate init?(_ record: AdmissionRecord, _ image: ResolvedContent, source: any ContentSource) {
        guard record.verdict == .admit, !record.request.hypothetical, record.imageDigest == image.content.digest,
            let document = try? ImageDocument(
                parsing: image.content, declared: image.descriptor.mediaType, jsonDepth: record.limits.jsonDepth)
        else { return nil }
        self.record = record
        self.document = document
        self.source = source
    }
}

extension AdmissionPipeline {
    /// Decides as ``decide(_:)`` does, and gives what may be passed on: nothing, unless the record admits an image now.
    public func admit(_ request: AdmissionRequest) async -> (record: AdmissionRecord, admitted: AdmittedImage?) {
        guard case .image(let source) = request.subject else { return (await decide(request), nil) }
        var request = request
        let remembering = RememberingSource(source)
        request.subject = .image(remembering)
        let record = await decide(request)
        guard let image = remembering.image else { return (record, nil) }
        return (record, AdmittedImage(record, image, source: remembering))
    }
}

public import Content
import HTTPTransport
public import OCI
import Synchronization

// What copying an image needs besides.
extension RegistrySink {
    /// A blob in pieces: the registry is told that it is complete only after the stream has verified it.
    public func put(_ blob: BlobStream) async throws(ContentSourceError) {
        // A stream's own error can't pass as one of registries.
        let streamed = Mutex<ContentSourceError?>(nil)
        do throws(RegistryError) {
            try await client.put(
                stream: blob.descriptor, in: repository, mountingFrom: holder,
                by: OperationDeadline(timeout + BlobPull.time(for: blob.descriptor))
            ) { upload throws(RegistryError) in
                var pieces = blob.makeAsyncIterator()
                while true {
                    let piece: [UInt8]?
                    do throws(ContentSourceError) { piece = try await pieces.next() } catch {
                        streamed.withLock { $0 = error }
                        throw .transport(.cancelled)
                    }
                    guard let piece else { return }
                    try await upload.add(piece)
                }
            }
        } catch {
            throw streamed.withLock { $0 } ?? error.asSourceError
        }
    }

    /// What a registry lists under a digest it has checked when it was stored (distribution-spec "Pushing blobs").
    public func holds(_ descriptor: Descriptor) async throws(ContentSourceError) -> Bool {
        try await asSource { deadline throws(RegistryError) in
            try await self.client.hasBlob(descriptor.digest, in: self.repository, by: deadline)
        }
    }

    public func putManifest(
        _ content: VerifiedContent, mediaType: MediaType, tag: String?
    ) async throws(ContentSourceError) {
        try await asSource { deadline throws(RegistryError) in
            _ = try await self.client.put(
                manifest: content, type: mediaType, as: tag.map { .tag($0) } ?? .digest(content.digest),
                in: self.repository, by: deadline)
        }
    }

    public func putReferrer(
        _ content: VerifiedContent, mediaType: MediaType, subject: Digest
    ) async throws(ContentSourceError) {
        try await put(content)
        try await listReferrer(Descriptor(of: content, mediaType: mediaType), subject: subject)
    }

    public func tagged(_ tag: String, limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent? {
        try await asSource { deadline throws(RegistryError) in
            guard let content = try await self.current(tag, by: deadline) else { return nil }
            let type = (try? ImageDocument(parsing: content, declared: nil))?.mediaType ?? .ociManifest
            return ResolvedContent(
                descriptor: Descriptor(of: content, mediaType: type), content: content, tag: tag)
        }
    }
}

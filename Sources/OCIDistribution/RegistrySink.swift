public import Content
import Findings
public import OCI
import Synchronization

/// A repository that evidence and images are written to.
///
/// Registries have no transactions. Content is stored before what names it; a list or tag that gathers evidence of many
/// is read, changed, looked at once more, written, and read again: a writer who came in between is noticed in all but an
/// instant, and then it is done anew.
public final class RegistrySink: ContentSink {
    public let repository: RegistryRepository
    let client: RegistryClient
    let timeout: Duration
    /// Of the same registry, where blobs may be taken from without sending them.
    let holder: RegistryRepository?
    private let limits = ContentLimits()
    /// Manifests that were handed in: a registry takes them only under a name.
    private let manifests = Mutex<[Digest: VerifiedContent]>([:])

    /// - Parameters:
    ///   - holder: where what is stored comes from, if from the same registry: blobs are mounted from there.
    ///   - timeout: for each call; a blob that is streamed has longer, by its size.
    public init(
        _ repository: RegistryRepository, client: RegistryClient, mountingFrom holder: RegistryRepository? = nil,
        timeout: Duration = .seconds(300)
    ) {
        self.repository = repository
        self.holder = holder
        self.client = client
        self.timeout = timeout
    }

    /// Stores a blob; a manifest or index is kept until ``list(_:tag:)`` or ``listReferrer(_:subject:)`` names it.
    public func put(_ content: VerifiedContent) async throws(ContentSourceError) {
        if content.bytes.first == UInt8(ascii: "{"), content.bytes.count <= limits.manifestBytes,
            (try? ImageDocument(parsing: content, declared: nil)) != nil
        {
            manifests.withLock { $0[content.digest] = content }
            return
        }
        try await asSource { deadline throws(RegistryError) in
            try await self.client.put(blob: content, in: self.repository, by: deadline)
        }
    }

    /// Stores a manifest that was handed in, or that is there, under a tag, or under its digest alone.
    public func list(_ descriptor: Descriptor, tag: String?) async throws(ContentSourceError) {
        try await asSource { deadline throws(RegistryError) in
            let content = try await self.manifest(descriptor, by: deadline)
            try await self.client.put(
                manifest: content, type: descriptor.mediaType, as: tag.map { .tag($0) } ?? .digest(content.digest),
                in: self.repository, by: deadline)
        }
    }

    /// Stores a manifest and has it listed for its subject: by the registry, or, where its answer lacks `OCI-Subject`,
    /// in the list under the fallback tag.
    public func listReferrer(_ descriptor: Descriptor, subject: Digest) async throws(ContentSourceError) {
        try await asSource { deadline throws(RegistryError) in
            let content = try await self.manifest(descriptor, by: deadline)
            let entry = try ReferrersEdit.entry(content, descriptor.mediaType, subject: subject)
            let isListed = try await self.client.put(
                manifest: content, type: descriptor.mediaType, as: .digest(content.digest), in: self.repository,
                by: deadline)
            guard !isListed else { return }
            try await self.replace(
                subject.referrersTag, by: deadline,
                make: { older throws(RegistryError) in
                    let bytes = try ReferrersEdit.adding(entry, to: older, limit: self.limits.manifestBytes)
                    return bytes.map { (VerifiedContent(namedByOwnDigest: $0), .ociIndex) }
                }, isKept: { ReferrersEdit.lists(entry.digest, $0) })
        }
    }

    /// Replaces the manifest that a tag names by one made from it: cosign's tags gather layers, and two writers must not
    /// lose each other's.
    ///
    /// - Parameter make: gets the manifest that the tag names now, nil if it names none; gives blobs and the new manifest.
    ///   Called again where another writer was faster.
    public func replaceManifest(
        tagged tag: String,
        _ make: @Sendable (ImageManifest?) -> (blobs: [VerifiedContent], manifest: VerifiedContent)
    ) async throws(ContentSourceError) {
        try await asSource { deadline throws(RegistryError) in
            let added = Mutex<Set<Digest>>([])
            try await self.replace(
                tag, by: deadline,
                make: { older throws(RegistryError) in
                    let before = try older.map { content throws(RegistryError) in try Self.manifest(content, tag) }
                    let (blobs, manifest) = make(before)
                    for blob in blobs {
                        try await self.client.put(blob: blob, in: self.repository, by: deadline)
                    }
                    let kept = Set((before?.layers ?? []).map(\.digest))
                    let layers = try Self.manifest(manifest, tag).layers.map(\.digest)
                    added.withLock { $0 = Set(layers).subtracting(kept) }
                    return (manifest, .ociManifest)
                },
                isKept: { content in
                    guard let found = try? Self.manifest(content, tag) else { return false }
                    return added.withLock { $0.isSubset(of: found.layers.map(\.digest)) }
                })
        }
    }
}

extension RegistrySink {
    /// Times that another writer may be faster.
    private static let mostConflicts = 5

    /// - Parameter make: the new content and its type from the older; nil if nothing is to be changed.
    private func replace(
        _ tag: String, by deadline: OperationDeadline,
        make: (VerifiedContent?) async throws(RegistryError) -> (VerifiedContent, MediaType)?,
        isKept: (VerifiedContent) -> Bool
    ) async throws(RegistryError) {
        for round in 0..<Self.mostConflicts {
            if round > 0 {
                let pause = Duration.milliseconds(50) * (1 << round) * (0.5 + 0.5 * client.configuration.chance())
                guard pause < deadline.remaining, (try? await Task.sleep(for: pause)) != nil else { break }
            }
            let older = try await current(tag, by: deadline)
            guard let (content, type) = try await make(older) else { return }
            if let older, older.digest == content.digest { return }
            guard try await current(tag, by: deadline)?.digest == older?.digest else { continue }
            try await client.put(manifest: content, type: type, as: .tag(tag), in: repository, by: deadline)
            if let now = try await current(tag, by: deadline), now.digest == content.digest || isKept(now) { return }
        }
        throw .conflict("the tag `\(tag)`")
    }

    /// What the registry itself has under the tag: a mirror may be behind.
    func current(_ tag: String, by deadline: OperationDeadline) async throws(RegistryError) -> VerifiedContent? {
        do throws(RegistryError) {
            return try await client.manifest(
                .tag(tag), at: repository, limit: limits.manifestBytes, by: deadline
            ).content
        } catch {
            if error.isAbsence { return nil }
            throw error
        }
    }

    private func manifest(
        _ descriptor: Descriptor, by deadline: OperationDeadline
    ) async throws(RegistryError) -> VerifiedContent {
        if let known = manifests.withLock({ $0[descriptor.digest] }) { return known }
        return try await client.content(descriptor, in: repository, by: deadline)
    }

    private static func manifest(_ content: VerifiedContent, _ tag: String) throws(RegistryError) -> ImageManifest {
        do throws(ImageFormatError) {
            guard case .manifest(let manifest) = try ImageDocument(parsing: content, declared: nil) else {
                throw ImageFormatError.unknownMediaType(.ociIndex)
            }
            return manifest
        } catch {
            throw .malformed("under the tag `\(tag)`: \(error.message)")
        }
    }

    @discardableResult
    func asSource<Value: Sendable>(
        _ body: (OperationDeadline) async throws(RegistryError) -> Value
    ) async throws(ContentSourceError) -> Value {
        do throws(RegistryError) { return try await body(OperationDeadline(timeout)) } catch {
            throw error.asSourceError
        }
    }
}

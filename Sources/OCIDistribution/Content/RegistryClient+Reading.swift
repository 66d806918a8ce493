public import Content
import HTTPTransport
public import OCI

// distribution-spec "Pull" (end-2, end-3).
extension RegistryClient {
    /// The manifest or index of this name, asked for once: a tag and its bytes belong to one answer. What the registry
    /// says of the digest is not read; the bytes are hashed here.
    ///
    /// Mirrors are asked first; what one does not give, for whatever reason, the next place may.
    public func manifest(
        _ name: ManifestName, in repository: RegistryRepository, limit: Int, by deadline: OperationDeadline
    ) async throws(RegistryError) -> FetchedContent {
        let key = FetchKey(repository: repository, kind: .manifest(name), limit: limit, pushes: pushes)
        return try await fetches.value(for: key) { () throws(RegistryError) in
            if case .digest(let digest) = name, let cached = self.cached(digest, limit: limit) { return cached }
            return try await self.fromFirst(of: repository) { place throws(RegistryError) in
                try await self.manifest(name, at: place, limit: limit, by: deadline)
            }
        }
    }

    /// The bytes of a descriptor. Manifests and other content are kept in different places of a registry.
    public func content(
        _ descriptor: Descriptor, in repository: RegistryRepository, by deadline: OperationDeadline
    ) async throws(RegistryError) -> VerifiedContent {
        let digest = descriptor.digest
        if descriptor.isManifestLike {
            let content = try await manifest(
                .digest(digest), in: repository, limit: max(descriptor.size, 1), by: deadline
            ).content
            guard content.bytes.count == descriptor.size else {
                throw .content(.wrongSize(expected: descriptor.size, found: content.bytes.count))
            }
            return content
        }
        let key = FetchKey(repository: repository, kind: .blob(digest), limit: descriptor.size, pushes: pushes)
        return try await fetches.value(for: key) { () throws(RegistryError) in
            if let cached = self.cached(digest, limit: descriptor.size) { return cached }
            return try await self.fromFirst(of: repository) { place throws(RegistryError) in
                try await self.blob(descriptor, at: place, by: deadline)
            }
        }.content
    }

    /// Asks each place of a repository in turn.
    func fromFirst<Value: Sendable>(
        of repository: RegistryRepository,
        _ ask: (RegistryRepository) async throws(RegistryError) -> Value
    ) async throws(RegistryError) -> Value {
        let places = configuration.mirrors.places(of: repository)
        for mirror in places.dropLast() {
            do throws(RegistryError) { return try await ask(mirror) } catch {
                // Without time nobody answers any more.
                if case .timedOut = error { throw error }
                if case .transport(.cancelled) = error { throw error }
            }
        }
        return try await ask(repository)
    }

    /// What can be asked for a manifest in one header (some registries read the first only).
    static let manifestTypes = [
        MediaType.ociIndex, .ociManifest, .dockerManifestList, .dockerManifest,
    ].map(\.description).joined(separator: ", ")

    func manifest(
        _ name: ManifestName, at place: RegistryRepository, limit: Int, by deadline: OperationDeadline
    ) async throws(RegistryError) -> FetchedContent {
        let request = RegistryRequest.read(
            "manifests/" + name.description, of: place, accept: Self.manifestTypes, limit: limit)
        let answer: RegistryAnswer
        do throws(RegistryError) {
            answer = try await self.answer(request, from: place, by: deadline)
        } catch {
            if case .transport(.tooLarge) = error { throw .manifestTooLarge(limit: limit) }
            throw error
        }
        guard answer.status == 200 else { throw answer.failure("manifest `\(name)`") }
        let declared = try answer.response.declaredManifestType()
        let content: VerifiedContent
        switch name {
        case .tag: content = VerifiedContent(namedByOwnDigest: answer.response.body)
        case .digest(let digest):
            do throws(ContentError) {
                content = try VerifiedContent(answer.response.body, digest: digest, size: nil)
            } catch {
                throw .content(error)
            }
        }
        configuration.cache?.put(content)
        return FetchedContent(content: content, declaredType: declared)
    }

    private func blob(
        _ descriptor: Descriptor, at place: RegistryRepository, by deadline: OperationDeadline
    ) async throws(RegistryError) -> FetchedContent {
        let digest = descriptor.digest
        let request = RegistryRequest.read("blobs/" + digest.description, of: place, limit: descriptor.size)
        let answer: RegistryAnswer
        do throws(RegistryError) {
            answer = try await self.answer(request, from: place, by: deadline)
        } catch {
            if case .transport(.tooLarge) = error { throw .longerThanStated(digest, size: descriptor.size) }
            throw error
        }
        guard answer.status == 200 else { throw answer.failure("blob `\(digest)`") }
        do throws(ContentError) {
            let content = try VerifiedContent(answer.response.body, digest: digest, size: descriptor.size)
            configuration.cache?.put(content)
            return FetchedContent(content: content, declaredType: nil)
        } catch {
            throw .content(error)
        }
    }

    private func cached(_ digest: Digest, limit: Int) -> FetchedContent? {
        configuration.cache?.content(digest, limit: limit).map { FetchedContent(content: $0, declaredType: nil) }
    }
}

extension Descriptor {
    /// Whether a registry keeps it among its manifests.
    var isManifestLike: Bool {
        mediaType.isManifest || mediaType.isIndex || mediaType == .dockerSchema1 || mediaType == .dockerSchema1Signed
    }
}

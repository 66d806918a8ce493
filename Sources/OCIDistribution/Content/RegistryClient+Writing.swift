public import Content
import Findings
import HTTPTransport
public import OCI

// distribution-spec "Push" (end-4 to end-7, end-11).
extension RegistryClient {
    /// How a blob came to lie in a repository.
    public enum Placement: Sendable, Hashable {
        case wasThere, mounted, uploaded
    }

    /// Whether a repository holds a blob.
    public func hasBlob(
        _ digest: Digest, in repository: RegistryRepository, by deadline: OperationDeadline
    ) async throws(RegistryError) -> Bool {
        try await isThere("blobs/" + digest.description, in: repository, by: deadline)
    }

    /// Whether a repository holds a manifest.
    public func hasManifest(
        _ name: ManifestName, in repository: RegistryRepository, by deadline: OperationDeadline
    ) async throws(RegistryError) -> Bool {
        try await isThere("manifests/" + name.description, in: repository, by: deadline)
    }

    /// Stores a blob, unless it is there: in one piece, or in several if it is long. Where another repository of the same
    /// registry holds it, it is mounted from there.
    @discardableResult
    public func put(
        blob: VerifiedContent, in repository: RegistryRepository, mountingFrom holder: RegistryRepository? = nil,
        by deadline: OperationDeadline
    ) async throws(RegistryError) -> Placement {
        if try await hasBlob(blob.digest, in: repository, by: deadline) { return .wasThere }
        return try await again(by: deadline) { () throws(RegistryError) in
            let start = try await self.beginUpload(of: blob.digest, in: repository, from: holder, by: deadline)
            guard case .session(let location, let shortest) = start else { return .mounted }
            let upload = BlobUpload(
                self, of: blob.digest, to: repository, at: location, shortestChunk: shortest, by: deadline)
            try await upload.add(blob.bytes)
            try await upload.finish()
            return .uploaded
        }
    }

    /// Copies a blob from one repository to another, piece by piece: it is never held as a whole. What arrives is hashed
    /// here before the other registry is told that it is complete.
    @discardableResult
    public func copy(
        blob: Descriptor, from source: RegistryRepository, to target: RegistryRepository, by deadline: OperationDeadline
    ) async throws(RegistryError) -> Placement {
        if try await hasBlob(blob.digest, in: target, by: deadline) { return .wasThere }
        let holder = source.registry == target.registry ? source : nil
        return try await again(by: deadline) { () throws(RegistryError) in
            let start = try await self.beginUpload(of: blob.digest, in: target, from: holder, by: deadline)
            guard case .session(let location, let shortest) = start else { return .mounted }
            let upload = BlobUpload(
                self, of: blob.digest, to: target, at: location, shortestChunk: shortest, by: deadline)
            try await self.fromFirst(of: source) { place throws(RegistryError) in
                try await self.read(blob, at: place, into: upload, by: deadline)
            }
            try await upload.finish()
            return .uploaded
        }
    }

    /// Stores what a stream gives, unless it is there; where another repository of the same registry holds it, it is
    /// mounted from there. The stream is read anew for each attempt.
    ///
    /// - Parameter pieces: hands the stream's pieces over, in order.
    @discardableResult
    func put(
        stream blob: Descriptor, in repository: RegistryRepository, mountingFrom holder: RegistryRepository?,
        by deadline: OperationDeadline,
        pieces: (_ upload: BlobUpload) async throws(RegistryError) -> Void
    ) async throws(RegistryError) -> Placement {
        try await again(by: deadline) { () throws(RegistryError) in
            let start = try await self.beginUpload(of: blob.digest, in: repository, from: holder, by: deadline)
            guard case .session(let location, let shortest) = start else { return .mounted }
            let upload = BlobUpload(
                self, of: blob.digest, to: repository, at: location, shortestChunk: shortest, by: deadline)
            try await pieces(upload)
            try await upload.finish()
            return .uploaded
        }
    }

    /// Stores a manifest under a name.
    ///
    /// - Returns: whether the registry lists it for its subject by itself (`OCI-Subject`).
    @discardableResult
    public func put(
        manifest: VerifiedContent, type: MediaType, as name: ManifestName, in repository: RegistryRepository,
        by deadline: OperationDeadline
    ) async throws(RegistryError) -> Bool {
        // The same bytes twice under one name are the same as once.
        let answer = try await self.answer(
            .write(
                .put, .path("manifests/" + name.description), in: repository,
                fields: ["Content-Type": type.description], body: manifest.bytes, isIdempotent: true),
            from: repository, by: deadline)
        guard (200..<300).contains(answer.status) else {
            throw answer.failure("manifest", isAboutWriting: true)
        }
        return answer.response.fields["oci-subject"] != nil
    }

    // MARK: Steps

    private func isThere(
        _ path: String, in repository: RegistryRepository, by deadline: OperationDeadline
    ) async throws(RegistryError) -> Bool {
        let request = RegistryRequest.read(
            path, of: repository, accept: path.hasPrefix("manifests/") ? Self.manifestTypes : nil,
            limit: RegistryRequest.shortAnswer, method: .head)
        let answer = try await self.answer(request, from: repository, by: deadline)
        switch answer.status {
        case 200: return true
        case 404: return false
        default: throw answer.failure("content")
        }
    }

    private enum UploadStart: Sendable {
        case mounted
        case session(WebURL, shortestChunk: Int)
    }

    private func beginUpload(
        of digest: Digest, in repository: RegistryRepository, from holder: RegistryRepository?,
        by deadline: OperationDeadline
    ) async throws(RegistryError) -> UploadStart {
        var path = "blobs/uploads/"
        var isMount = false
        if let holder, holder.registry == repository.registry, holder != repository {
            path += "?mount=\(digest)&from=\(holder.path.replacing("/", with: "%2F"))"
            isMount = true
        }
        var request = RegistryRequest.write(.post, .path(path), in: repository)
        if isMount, let holder { request.scopes.append(TokenScope(repository: holder.path, [.pull])) }
        let answer = try await self.answer(request, from: repository, by: deadline)
        switch answer.status {
        case 201 where isMount: return .mounted
        case 202:
            let shortest = answer.response.fields["oci-chunk-min-length"].flatMap { Int($0) } ?? 0
            return .session(try location(answer), shortestChunk: shortest)
        default: throw answer.failure("upload", isAboutWriting: true)
        }
    }

    /// Where an upload goes on. Another host gets no credentials, as with redirects.
    func location(_ answer: RegistryAnswer) throws(RegistryError) -> WebURL {
        guard let location = answer.response.fields["location"] else {
            throw .malformed("expected a `Location` with status \(answer.status), found none")
        }
        return try RedirectRules(registry: answer.url.origin, allowed: configuration.allowedHosts)
            .next(location, after: answer.url)
    }

    private func read(
        _ blob: Descriptor, at place: RegistryRepository, into upload: BlobUpload, by deadline: OperationDeadline
    ) async throws(RegistryError) {
        var request = RegistryRequest.read("blobs/" + blob.digest.description, of: place, limit: blob.size)
        // Pieces that have gone on can't be taken back: the whole is begun again instead.
        request.isIdempotent = false
        request.receive = { piece throws(HTTPTransportError) in try await upload.take(piece) }
        do throws(RegistryError) {
            let answer = try await self.answer(request, from: place, by: deadline)
            guard answer.status == 200 else { throw answer.failure("blob `\(blob.digest)`") }
        } catch {
            if let failure = await upload.failure { throw failure }
            if case .transport(.tooLarge) = error { throw .longerThanStated(blob.digest, size: blob.size) }
            throw error
        }
    }

    /// An upload from its beginning, again where that may help.
    private func again<Value: Sendable>(
        by deadline: OperationDeadline, _ work: () async throws(RegistryError) -> Value
    ) async throws(RegistryError) -> Value {
        var made = 0
        while true {
            made += 1
            let failure: RegistryError
            do throws(RegistryError) { return try await work() } catch { failure = error }
            let outcome: RetryPolicy.Outcome =
                switch failure {
                case .transport(.interrupted), .transport(.timedOut): .interrupted
                case .unavailable(let complaint): .status(complaint.status, retryAfter: nil)
                default: .final
                }
            let pause = configuration.retries.pause(
                after: outcome, made: made, isIdempotent: true, remaining: deadline.remaining,
                chance: configuration.chance())
            guard let pause, (try? await Task.sleep(for: pause)) != nil else { throw failure }
        }
    }
}

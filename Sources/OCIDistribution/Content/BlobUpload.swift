import Content
import HTTPTransport

/// One upload session: bytes go in, requests of a bounded size go out.
///
/// A blob that fits one piece is sent with the last request (distribution-spec "POST then PUT"); of a longer one each
/// piece is a PATCH ("Pushing a blob in chunks").
actor BlobUpload {
    private let client: RegistryClient
    private let repository: RegistryRepository
    private let deadline: OperationDeadline
    private let chunkSize: Int
    private var location: WebURL
    private var waiting: [UInt8] = []
    /// Bytes that the registry has.
    private var sent = 0
    private let digest: Digest
    private var hash: StreamingDigest
    /// Why ``take(_:)`` failed: a reader of HTTP can't say it.
    private(set) var failure: RegistryError?

    /// Largest piece, whatever a registry wants at least.
    private static let largestChunk = 64 << 20

    init(
        _ client: RegistryClient, of digest: Digest, to repository: RegistryRepository, at location: WebURL,
        shortestChunk: Int, by deadline: OperationDeadline
    ) {
        self.digest = digest
        hash = StreamingDigest(digest.algorithm)
        self.client = client
        self.repository = repository
        self.location = location
        self.deadline = deadline
        chunkSize = min(max(client.configuration.chunkSize, shortestChunk, 1), Self.largestChunk)
    }

    /// As ``add(_:)``, for a reader whose errors are HTTP's.
    func take(_ piece: [UInt8]) async throws(HTTPTransportError) {
        do throws(RegistryError) { try await add(piece) } catch {
            failure = error
            throw .cancelled
        }
    }

    func add(_ bytes: [UInt8]) async throws(RegistryError) {
        bytes.withUnsafeBytes { hash.update($0) }
        waiting += bytes
        while waiting.count > chunkSize {
            try await send(Array(waiting.prefix(chunkSize)))
            waiting.removeFirst(chunkSize)
        }
    }

    /// Compares what went in with the digest, and only then tells the registry that it is complete.
    func finish() async throws(RegistryError) {
        let found = hash.finalize()
        guard found == digest else {
            await abandon()
            throw .content(.wrongDigest(expected: digest, found: found))
        }
        var last = waiting
        if sent > 0, !waiting.isEmpty {
            try await send(waiting)
            last = []
        }
        let answer = try await client.answer(
            .write(
                .put, .location(try closing()), in: repository,
                fields: ["Content-Type": "application/octet-stream"], body: last),
            from: repository, by: deadline)
        guard answer.status == 201 || answer.status == 204 else {
            throw answer.failure("upload", isAboutWriting: true)
        }
    }

    /// The registry forgets uploads by itself after a while; this is politeness.
    private func abandon() async {
        _ = try? await client.answer(
            .write(.delete, .location(location), in: repository), from: repository, by: deadline)
    }

    private func closing() throws(RegistryError) -> WebURL {
        let joint = location.query == nil ? "?" : "&"
        do throws(WebURLError) {
            return try WebURL(parsing: location.description + joint + "digest=" + digest.description)
        } catch {
            throw .malformed("the place of an upload: \(error.message)")
        }
    }

    /// One piece. A registry that took less of it says so, and gets the rest.
    private func send(_ chunk: [UInt8]) async throws(RegistryError) {
        var rest = chunk[...]
        while !rest.isEmpty {
            let answer = try await client.answer(
                .write(
                    .patch, .location(location), in: repository,
                    fields: [
                        "Content-Type": "application/octet-stream", "Content-Range": "\(sent)-\(sent + rest.count - 1)",
                    ], body: Array(rest)),
                from: repository, by: deadline)
            guard answer.status == 202 else { throw answer.failure("upload", isAboutWriting: true) }
            location = try client.location(answer)
            let end = Self.end(of: answer.response.fields["range"]) ?? sent + rest.count
            let taken = end - sent
            guard taken > 0, taken <= rest.count else {
                throw .malformed("expected an upload to hold up to \(sent + rest.count) bytes, found \(end)")
            }
            sent = end
            rest = rest.dropFirst(taken)
        }
    }

    /// `0-99` (some write `bytes=0-99`) is a hundred bytes.
    private static func end(of field: String?) -> Int? {
        guard let last = field?.split(separator: "-").last, let number = Int(last), number < Int.max else { return nil }
        return number + 1
    }
}

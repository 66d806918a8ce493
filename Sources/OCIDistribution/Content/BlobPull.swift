import Content
import HTTPTransport
public import OCI

extension RegistrySource {
    /// The blob as it arrives, never held as a whole. It is not under the decision's deadline, since it may be long.
    public func blob(_ descriptor: Descriptor) -> BlobStream {
        BlobStream(descriptor) { () throws(ContentSourceError) in
            let repository: RegistryRepository
            do throws(RegistryError) { repository = try self.repository() } catch { throw error.asSourceError }
            let deadline = OperationDeadline(self.timeout + BlobPull.time(for: descriptor))
            let client = self.client
            return BlobPullReader(
                BlobPull { take throws(RegistryError) in
                    try await client.read(descriptor, in: repository, by: deadline, into: take)
                })
        }
    }
}

extension RegistryClient {
    /// Hands a blob over, piece by piece, unverified. Mirrors are not asked: what has been handed over can't be taken
    /// back from whoever got it.
    func read(
        _ blob: Descriptor, in repository: RegistryRepository, by deadline: OperationDeadline,
        into take: @escaping @Sendable ([UInt8]) async throws(HTTPTransportError) -> Void
    ) async throws(RegistryError) {
        var request = RegistryRequest.read("blobs/" + blob.digest.description, of: repository, limit: blob.size)
        request.isIdempotent = false
        request.receive = take
        do throws(RegistryError) {
            let answer = try await self.answer(request, from: repository, by: deadline)
            guard answer.status == 200 else { throw answer.failure("blob `\(blob.digest)`") }
        } catch {
            if case .transport(.tooLarge) = error { throw .longerThanStated(blob.digest, size: blob.size) }
            throw error
        }
    }
}

/// Makes a body that is asked for of one that is handed over: one piece waits at most, and whoever hands over waits until
/// it is taken.
actor BlobPull {
    private let read:
        @Sendable (
            _ take: @escaping @Sendable ([UInt8]) async throws(HTTPTransportError) -> Void
        ) async throws(RegistryError) -> Void
    private var reading: Task<Void, Never>?
    private var waiting: [UInt8]?
    private var hasEnded = false
    private var failure: RegistryError?
    private var taker: CheckedContinuation<Void, Never>?
    private var giver: CheckedContinuation<Void, Never>?

    /// Besides what an operation has anyway: 64 KiB a second is slower than any line that images are sent over.
    static func time(for blob: Descriptor) -> Duration { .seconds(blob.size >> 16) }

    init(
        _ read:
            @escaping @Sendable (
                _ take: @escaping @Sendable ([UInt8]) async throws(HTTPTransportError) -> Void
            ) async throws(RegistryError) -> Void
    ) {
        self.read = read
    }

    /// The next piece; nil at the end. For one taker at a time.
    func next() async throws(ContentSourceError) -> [UInt8]? {
        if reading == nil, !hasEnded { reading = Task { await self.run() } }
        while true {
            if let piece = waiting {
                waiting = nil
                giver?.resume()
                giver = nil
                return piece
            }
            guard !hasEnded else {
                if let failure { throw failure.asSourceError }
                return nil
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { taker = $0 }
            } onCancel: {
                Task { await self.abandon() }
            }
        }
    }

    /// Nobody takes any more: the request ends.
    func abandon() {
        end(.transport(.cancelled))
        reading?.cancel()
    }

    private func run() async {
        do throws(RegistryError) {
            try await read { piece throws(HTTPTransportError) in
                guard await self.give(piece) else { throw .cancelled }
            }
            end(nil)
        } catch {
            end(error)
        }
    }

    /// Whether it was put where the taker finds it.
    private func give(_ piece: [UInt8]) async -> Bool {
        while waiting != nil, !hasEnded { await withCheckedContinuation { giver = $0 } }
        guard !hasEnded else { return false }
        waiting = piece
        taker?.resume()
        taker = nil
        return true
    }

    /// The first end counts.
    private func end(_ error: RegistryError?) {
        if !hasEnded {
            hasEnded = true
            failure = error
        }
        taker?.resume()
        taker = nil
        giver?.resume()
        giver = nil
    }
}

/// Ends the request with its last holder, however far the blob was read.
final class BlobPullReader: BlobReader {
    private let pull: BlobPull

    init(_ pull: BlobPull) { self.pull = pull }

    deinit {
        let pull = pull
        Task { await pull.abandon() }
    }

    func next() async throws(ContentSourceError) -> [UInt8]? { try await pull.next() }
}

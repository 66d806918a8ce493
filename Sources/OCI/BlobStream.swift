public import Content

/// One blob on its way from a source to a sink, in pieces: layers have gigabytes, and memory holds one piece.
///
/// Size and digest are compared as the bytes go by, and the last piece is given out only once both matched. So a sink
/// that keeps nothing before the stream has ended (a file that is renamed, an upload that is finished) keeps verified
/// bytes only. Each iteration reads the blob anew from its beginning, which is what a retry needs.
public struct BlobStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = ContentSourceError

    /// Names the blob; its size bounds what is read.
    public let descriptor: Descriptor
    private let open: @Sendable () async throws(ContentSourceError) -> any BlobReader
    private var passed: (@Sendable (Int) -> Void)?

    /// - Parameter open: begins reading; called once for each iteration, and not before its first piece is asked for.
    public init(
        _ descriptor: Descriptor, open: @escaping @Sendable () async throws(ContentSourceError) -> any BlobReader
    ) {
        self.descriptor = descriptor
        self.open = open
    }

    /// Content that is in memory.
    public init(_ content: VerifiedContent, descriptor: Descriptor) {
        self.init(descriptor) { WholeBlob(content.bytes) }
    }

    /// The same stream, telling the size of each piece that it gives out.
    public func counting(_ passed: @escaping @Sendable (_ bytes: Int) -> Void) -> BlobStream {
        var stream = self
        stream.passed = passed
        return stream
    }

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Gives the pieces, none of them empty.
    ///
    /// - Throws: what the source says; `content.size-mismatch`, `content.digest-mismatch` instead of the last piece.
    public struct Iterator: AsyncIteratorProtocol {
        private let stream: BlobStream
        private var reader: (any BlobReader)?
        private var hash: StreamingDigest
        private var count = 0
        private var hasEnded = false

        fileprivate init(_ stream: BlobStream) {
            self.stream = stream
            hash = StreamingDigest(stream.descriptor.digest.algorithm)
        }

        public mutating func next() async throws(ContentSourceError) -> [UInt8]? {
            try await next(isolation: nil)
        }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(ContentSourceError) -> [UInt8]? {
            guard !hasEnded else { return nil }
            let expected = stream.descriptor
            guard let piece = try await read(isolation: actor) else {
                hasEnded = true
                guard count == expected.size else { throw Self.wrongSize(expected, found: "\(count)") }
                // Only an empty blob ends without a last piece.
                try compareDigest()
                return nil
            }
            let (sum, overflow) = count.addingReportingOverflow(piece.count)
            guard !overflow, sum <= expected.size else {
                hasEnded = true
                throw Self.wrongSize(expected, found: "more")
            }
            count = sum
            piece.withUnsafeBytes { hash.update($0) }
            defer { stream.passed?(piece.count) }
            guard count == expected.size else { return piece }
            hasEnded = true
            try compareDigest()
            guard try await read(isolation: actor) == nil else { throw Self.wrongSize(expected, found: "more") }
            return piece
        }

        /// The next piece that holds something.
        private mutating func read(isolation actor: isolated (any Actor)?) async throws(ContentSourceError) -> [UInt8]?
        {
            let reader: any BlobReader
            if let opened = self.reader {
                reader = opened
            } else {
                reader = try await stream.open()
                self.reader = reader
            }
            while let piece = try await reader.next() {
                if !piece.isEmpty { return piece }
            }
            return nil
        }

        private func compareDigest() throws(ContentSourceError) {
            let found = hash.finalize()
            guard found == stream.descriptor.digest else {
                let error = ContentError.wrongDigest(expected: stream.descriptor.digest, found: found)
                throw ContentSourceError(error.code, error.message)
            }
        }

        private static func wrongSize(_ expected: Descriptor, found: String) -> ContentSourceError {
            ContentSourceError(
                .contentWrongSize,
                "expected content \(expected.digest) of \(expected.size) bytes, found \(found)")
        }
    }
}

/// Reads one blob from its beginning to its end, for one reader at a time. What it gives is not verified yet:
/// ``BlobStream`` does that.
public protocol BlobReader: Sendable {
    /// The next bytes, at most about a megabyte of them; nil at the end, and from then on.
    func next() async throws(ContentSourceError) -> [UInt8]?
}

/// A blob that is given out at once.
private actor WholeBlob: BlobReader {
    private var bytes: [UInt8]?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func next() async throws(ContentSourceError) -> [UInt8]? {
        defer { bytes = nil }
        return bytes
    }
}

extension ContentSource {
    /// Fetches all of it into memory: for sources that can't give pieces.
    public func blob(_ descriptor: Descriptor) -> BlobStream {
        BlobStream(descriptor) { () throws(ContentSourceError) in
            WholeBlob(try await self.fetch(descriptor, limit: descriptor.size).bytes)
        }
    }
}

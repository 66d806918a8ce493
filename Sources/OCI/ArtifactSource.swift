/// Where the bytes of a plain file are read from: a release binary, a tarball of a package, a wheel.
///
/// A source opens nothing when it is made: a missing file is an error of ``read(limit:_:)``, so that it becomes a recorded
/// finding.
public protocol ArtifactSource: Sendable {
    /// Hands over the bytes piece by piece, from the first to the last; never all of a large file at once.
    ///
    /// - Throws: where the file can't be read, and `limit.artifact-bytes` before more than `limit` bytes were handed over.
    func read(limit: Int, _ take: (UnsafeRawBufferPointer) -> Void) async throws(ContentSourceError)
}

/// A file whose bytes the caller has.
public struct ArtifactBytes: ArtifactSource {
    private let bytes: [UInt8]

    /// These bytes and no others.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public func read(limit: Int, _ take: (UnsafeRawBufferPointer) -> Void) async throws(ContentSourceError) {
        guard bytes.count <= limit else { throw .artifactTooLarge(limit: limit) }
        bytes.withUnsafeBytes(take)
    }
}

extension ContentSourceError {
    /// A file of more than `limit` bytes.
    package static func artifactTooLarge(limit: Int) -> ContentSourceError {
        ContentSourceError(.limitArtifactBytes, "expected a file of at most \(limit) bytes, found more")
    }
}

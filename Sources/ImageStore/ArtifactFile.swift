import LocalFiles
public import OCI

/// A plain file on disk that is to be judged by what was signed about it.
///
/// Links on the way to it are the caller's own and are followed. Findings carry no path: they are the same on every host.
public struct ArtifactFile: ArtifactSource {
    private let path: String
    /// Bytes at once.
    private static let pieceByteCount = 1 << 20

    /// Opens nothing yet.
    public init(path: String) { self.path = path }

    public func read(limit: Int, _ take: (UnsafeRawBufferPointer) -> Void) async throws(ContentSourceError) {
        do throws(FileError) {
            let file = try OpenFile.open(path: path, calledAs: "the file")
            guard file.size <= limit else { throw .tooLarge(file.name, size: file.size, limit: limit) }
            var offset = 0
            // As many bytes as there were when it was opened: one that grows or shrinks meanwhile is no longer that file.
            while offset < file.size {
                let piece = try file.bytes(at: offset, count: min(Self.pieceByteCount, file.size - offset))
                piece.withUnsafeBytes(take)
                offset += piece.count
            }
        } catch {
            throw Self.sourceError(error, limit: limit)
        }
    }

    private static func sourceError(_ error: FileError, limit: Int) -> ContentSourceError {
        switch error {
        case .tooLarge: .artifactTooLarge(limit: limit)
        case .absent, .link, .notAFile, .cutShort, .system:
            ContentSourceError(.artifactUnreadable, error.asSourceError().message)
        }
    }
}

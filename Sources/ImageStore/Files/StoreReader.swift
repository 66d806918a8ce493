import Content
import Findings
import LocalFiles
import OCI
import Synchronization

/// The files of a store by name. For a directory names are made of constants and of checked digests, never of text that
/// was read; in an archive a name is only ever looked up.
protocol StoreFiles: Sendable {
    /// The plain file of this name, nil if there is nothing; names of files in directories are joined by `/`.
    func file(_ name: String) throws(ContentSourceError) -> StoredFile?
}

/// A file that was found and not read yet.
struct StoredFile: Sendable {
    let name: String
    /// Bytes.
    let size: Int
    /// Reads all of it.
    let contents: @Sendable () throws(ContentSourceError) -> [UInt8]
    /// Reads so many bytes from an offset on; nil where only all of it can be read.
    let piece: (@Sendable (_ offset: Int, _ count: Int) throws(ContentSourceError) -> [UInt8])?
}

/// The one door through which stores on disk are read: finds, bounds, counts, reads, compares with the digest, in that
/// order.
///
/// Nothing is opened before the first question, so a missing store is an error of that question. What opening gave is
/// kept, failure too: a source serves one decision, and that is made of one state of the store.
final class StoreReader: Sendable {
    private enum Place: Sendable {
        case directory(String)
        case archive(String)
    }
    private struct State {
        var opened: Result<any StoreFiles, ContentSourceError>?
        var limits = ContentLimits()
    }

    private let place: Place
    private let budget = ReadBudget()
    private let state = Mutex(State())

    /// `directory`, `archive`: how messages call the store.
    let noun: String

    init(directory: String) {
        place = .directory(directory)
        noun = "directory"
    }

    /// What is opened already.
    init(opened root: OpenDirectory) {
        place = .directory("")
        noun = "directory"
        state.withLock { $0.opened = .success(DirectoryFiles(root: root)) }
    }

    init(archive: String) {
        place = .archive(archive)
        noun = "archive"
    }

    /// Limits that hold from now on, for calls that bring none as well.
    func adopt(_ limits: ContentLimits) {
        state.withLock { $0.limits = limits }
        budget.adopt(limits)
    }

    /// The bytes of a file that is named by its place; nil if it is not there.
    func document(
        _ name: String, limit: Int, tooLarge: ReasonCode = .limitManifestBytes
    ) throws(ContentSourceError) -> [UInt8]? {
        guard let file = try files().file(name) else { return nil }
        return try read(file, limit: limit, tooLarge: tooLarge)
    }

    /// The content of a digest that lies under this name; nil if it is not there.
    ///
    /// - Parameter size: what the descriptor states, where one named the content.
    func content(
        _ name: String, digest: Digest, size: Int?, limit: Int, tooLarge: ReasonCode
    ) throws(ContentSourceError) -> VerifiedContent? {
        if let size, size > limit {
            throw ContentSourceError(tooLarge, "expected content of at most \(limit) bytes, found \(size) stated")
        }
        guard let file = try files().file(name) else { return nil }
        // Before anything is read: a small descriptor must not make a large file be read.
        if let size, size != file.size { throw ContentSourceError(.wrongSize(expected: size, found: file.size)) }
        let bytes = try read(file, limit: limit, tooLarge: tooLarge)
        do throws(ContentError) {
            return try VerifiedContent(bytes, digest: digest, size: size)
        } catch {
            throw ContentSourceError(error)
        }
    }

    /// The content of a digest that lies under one of these names, in pieces; it counts against no budget, since none of
    /// it is kept.
    func stream(_ descriptor: Descriptor, names: [String]) -> BlobStream {
        BlobStream(descriptor) { () throws(ContentSourceError) in
            let files = try self.files()
            for name in names {
                guard let file = try files.file(name) else { continue }
                guard file.size == descriptor.size else {
                    throw ContentSourceError(.wrongSize(expected: descriptor.size, found: file.size))
                }
                if let piece = file.piece { return StoredBlob(size: file.size, piece: piece) }
                let bytes = try self.read(file, limit: file.size, tooLarge: .limitImageBytes)
                return StoredBlob(size: bytes.count) { offset, count in Array(bytes[offset..<offset + count]) }
            }
            throw ContentSourceError(
                .imageNotFound, "expected content \(descriptor.digest) in the \(self.noun), found none")
        }
    }

    private func read(_ file: StoredFile, limit: Int, tooLarge: ReasonCode) throws(ContentSourceError) -> [UInt8] {
        guard file.size <= limit else {
            throw ContentSourceError(
                tooLarge, "expected \(Finding.quoted(file.name)) of at most \(limit) bytes, found \(file.size)")
        }
        try budget.spend(file.size)
        return try file.contents()
    }

    private func files() throws(ContentSourceError) -> any StoreFiles {
        try state.withLock { state throws(ContentSourceError) in
            if let opened = state.opened { return try opened.get() }
            let opened = open(limits: state.limits)
            state.opened = opened
            return try opened.get()
        }
    }

    private func open(limits: ContentLimits) -> Result<any StoreFiles, ContentSourceError> {
        do throws(FileError) {
            switch place {
            case .directory(let path):
                return .success(DirectoryFiles(root: try OpenDirectory.open(path: path, calledAs: noun)))
            case .archive(let path):
                let file = try OpenFile.open(path: path, calledAs: noun)
                do throws(ArchiveError) {
                    return .success(try ArchiveFiles(file, limits: limits))
                } catch {
                    return .failure(error.asSourceError)
                }
            }
        } catch {
            return .failure(error.asSourceError())
        }
    }
}

/// A file that is given out in pieces.
private final class StoredBlob: BlobReader {
    private let size: Int
    private let piece: @Sendable (Int, Int) throws(ContentSourceError) -> [UInt8]
    private let position = Mutex(0)
    private static let pieceBytes = 1 << 20

    init(size: Int, piece: @escaping @Sendable (Int, Int) throws(ContentSourceError) -> [UInt8]) {
        self.size = size
        self.piece = piece
    }

    func next() async throws(ContentSourceError) -> [UInt8]? {
        let (offset, count) = position.withLock { position in
            let count = min(Self.pieceBytes, size - position)
            defer { position += count }
            return (position, count)
        }
        return count > 0 ? try piece(offset, count) : nil
    }
}

/// The files below a directory.
struct DirectoryFiles: StoreFiles {
    let root: OpenDirectory

    func file(_ name: String) throws(ContentSourceError) -> StoredFile? {
        do throws(FileError) {
            var directory = root
            var parts = name.split(separator: "/")
            guard let last = parts.popLast() else { return nil }
            for part in parts { directory = try directory.directory(String(part)) }
            let file = try directory.file(String(last))
            return StoredFile(
                name: name, size: file.size,
                contents: { () throws(ContentSourceError) in
                    do throws(FileError) { return try file.bytes(limit: file.size) } catch {
                        throw error.asSourceError()
                    }
                },
                piece: { offset, count throws(ContentSourceError) in
                    do throws(FileError) { return try file.bytes(at: offset, count: count) } catch {
                        throw error.asSourceError()
                    }
                })
        } catch {
            if case .absent = error { return nil }
            throw error.asSourceError()
        }
    }
}

extension ContentSourceError {
    init(_ error: ContentError) { self.init(error.code, error.message) }
}

import Archives
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
                    return .success(try ArchiveFiles(image: file, limits: limits))
                } catch {
                    return .failure(error.asSourceError)
                }
            }
        } catch {
            return .failure(error.asSourceError())
        }
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
            return StoredFile(name: name, size: file.size) { () throws(ContentSourceError) in
                do throws(FileError) { return try file.bytes(limit: file.size) } catch { throw error.asSourceError() }
            }
        } catch {
            if case .absent = error { return nil }
            throw error.asSourceError()
        }
    }
}

extension ContentSourceError {
    init(_ error: ContentError) { self.init(error.code, error.message) }
}

import Glibc
import LocalFiles

/// The file of a Unix socket: made where nobody else can connect, given its permissions, then put in its place at once.
///
/// Binding at the place itself would leave it open for a moment to whoever the umask lets in, and absent for a moment
/// when a server is replaced.
final class UnixSocketFile: Sendable {
    let path: String
    private let mode: UnixSocketMode
    private let directory: String
    /// Where to bind.
    let bindingPath: String

    /// - Throws: why there can be no socket at this path: one line.
    init(path: String, mode: UnixSocketMode) throws(UnixSocketError) {
        self.path = path
        self.mode = mode
        // sun_path, unix(7): 108 bytes with the zero.
        let parent = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) }
        guard let parent, path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= 107 else {
            throw UnixSocketError(message: "expected an absolute path of at most 107 bytes, found `\(path)`")
        }
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK {
            throw UnixSocketError(message: "expected a socket or nothing at `\(path)`, found another file")
        }
        var template = Array((parent + "/.lwXXXXXX").utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else {
            throw UnixSocketError(message: "in `\(parent)`: \(FileError.text(of: errno))")
        }
        guard made.utf8.count <= 105 else {
            rmdir(made)
            throw UnixSocketError(message: "expected a directory with a shorter name than `\(parent)`")
        }
        directory = made
        bindingPath = made + "/s"
    }

    /// Gives the socket that was bound its permissions and its place.
    ///
    /// - Returns: how the file is known from one that another server puts there later.
    func publish() throws(UnixSocketError) -> FileIdentity {
        defer { rmdir(directory) }
        var status = stat()
        guard chmod(bindingPath, mode_t(mode.rawValue)) == 0, lstat(bindingPath, &status) == 0,
            rename(bindingPath, path) == 0
        else {
            let number = errno
            unlink(bindingPath)
            throw UnixSocketError(message: "at `\(path)`: \(FileError.text(of: number))")
        }
        return FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }

    /// Where binding failed.
    func discard() {
        unlink(bindingPath)
        rmdir(directory)
    }

    /// Takes the file away if it is still this server's.
    func remove(_ identity: FileIdentity) {
        var status = stat()
        guard lstat(path, &status) == 0,
            FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino)) == identity
        else { return }
        unlink(path)
    }

    struct FileIdentity: Sendable, Hashable {
        let device, number: UInt64
    }
}

/// Why there is no socket.
struct UnixSocketError: Error, Equatable {
    let message: String
}

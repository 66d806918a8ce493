package import Glibc

/// A descriptor that is closed when its last holder goes.
package final class OpenDescriptor: Sendable {
    private let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Lends the number for one call of the system; the descriptor stays open until that returns.
    package func use<Result>(_ call: (Int32) -> Result) -> Result {
        withExtendedLifetime(self) { call(number) }
    }
}

/// A plain file that is open for reading.
///
/// Opening never blocks and never follows a link that lies inside a store; what was opened was asked for its kind and
/// size before the first byte was read.
package struct OpenFile: Sendable {
    /// As messages call it.
    package let name: String
    /// Bytes, when it was opened.
    package let size: Int
    private let descriptor: OpenDescriptor

    /// A file that the user named: links on the way are the user's own and are followed.
    package static func open(path: String, calledAs name: String) throws(FileError) -> OpenFile {
        try OpenFile(Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY), name: name)
    }

    /// Takes over what `open` or `openat` returned.
    ///
    /// - Throws: `FileError.notAFile` for a FIFO, a device, a directory. O_NONBLOCK at `open` is what makes it possible
    ///   to ask a FIFO without waiting for its writer; for plain files it means nothing.
    init(_ result: Int32, name: String) throws(FileError) {
        guard result >= 0 else { throw FileError(errno: errno, name) }
        descriptor = OpenDescriptor(result)
        var status = stat()
        guard descriptor.use({ fstat($0, &status) }) == 0 else { throw FileError(errno: errno, name) }
        guard let size = try Self.plainSize(status, name: name) else { throw .system(name, errno: EOVERFLOW) }
        self.name = name
        self.size = size
    }

    /// The permission bits.
    package var mode: mode_t {
        var status = stat()
        return descriptor.use { fstat($0, &status) } == 0 ? status.st_mode & 0o777 : 0o644
    }

    /// The whole file, which has at most `limit` bytes: the size is compared before memory is taken.
    package func bytes(limit: Int) throws(FileError) -> [UInt8] {
        guard size <= limit else { throw .tooLarge(name, size: size, limit: limit) }
        return try bytes(at: 0, count: size)
    }

    /// `count` bytes from `offset` on.
    package func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(FileError) {
                filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard bytes.count == count else { throw .cutShort(name) }
        return bytes
    }

    /// Fills the buffer from `offset` on, less only where the file ends. Returns the number of bytes.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        var filled = 0
        while filled < buffer.count, let start = buffer.baseAddress {
            let count = descriptor.use { pread($0, start + filled, buffer.count - filled, off_t(offset + filled)) }
            if count < 0 {
                guard errno == EINTR else { throw FileError(errno: errno, name) }
                continue
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    private static func plainSize(_ status: stat, name: String) throws(FileError) -> Int? {
        let found: String? =
            switch status.st_mode & S_IFMT {
            case S_IFREG: nil
            case S_IFDIR: "a directory"
            case S_IFIFO: "a FIFO"
            case S_IFSOCK: "a socket"
            case S_IFCHR, S_IFBLK: "a device"
            default: "something else"
            }
        if let found { throw .notAFile(name, found: found) }
        return Int(exactly: status.st_size)
    }
}

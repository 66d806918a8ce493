import Glibc

/// A file that is being written, under a temporary name, and takes its own name only when it is whole: what is given up
/// half-way leaves nothing behind that anyone reads.
package final class NewFile: Sendable {
    private let directory: OpenDirectory
    private let temporary: String
    /// The name that it is to have, as messages call it.
    private let name: String
    private let file: OpenDescriptor

    init(in directory: OpenDirectory, temporary: String, name: String, file: OpenDescriptor) {
        self.directory = directory
        self.name = name
        self.temporary = temporary
        self.file = file
    }

    /// Removes what never got a name; after ``rename(to:)`` there is nothing under the temporary one.
    deinit { directory.unlinkQuietly(temporary) }

    /// Adds bytes at the end; used by one writer at a time.
    package func append(_ bytes: [UInt8]) throws(FileError) {
        try OpenDirectory.write(bytes, to: file, name: name)
    }

    /// Sets the permission bits.
    func setMode(_ mode: mode_t) throws(FileError) {
        guard file.use({ fchmod($0, mode) }) == 0 else { throw FileError(errno: errno, name) }
    }

    /// Flushes the file and gives it its name, over any file that has it; then flushes the directory.
    package func rename(to entry: String) throws(FileError) { try directory.rename(temporary, file, to: entry) }
}

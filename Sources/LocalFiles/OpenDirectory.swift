package import Glibc

/// A directory that is open: what it holds is opened relative to it, one name at a time, and no link inside it is
/// followed. A store that is moved or replaced meanwhile stays the one that was opened.
package struct OpenDirectory: Sendable {
    /// As messages call it; empty for the root of a store.
    package let name: String
    private let descriptor: OpenDescriptor

    /// A directory that the user named: links on the way are the user's own and are followed.
    package static func open(path: String, calledAs name: String) throws(FileError) -> OpenDirectory {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw FileError(errno: errno, name) }
        return OpenDirectory(name: "", descriptor: OpenDescriptor(number))
    }

    /// As ``open(path:calledAs:)``, after making the directory unless it is there.
    package static func make(path: String, calledAs name: String) throws(FileError) -> OpenDirectory {
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw FileError(errno: errno, name) }
        return try open(path: path, calledAs: name)
    }

    /// What messages call an entry of this directory.
    package func called(_ entry: String) -> String { name.isEmpty ? entry : name + "/" + entry }

    /// A directory in this one; not through a link.
    package func directory(_ entry: String) throws(FileError) -> OpenDirectory {
        let number = descriptor.use { openat($0, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
        guard number >= 0 else {
            // Linux answers ENOTDIR, not ELOOP, where O_DIRECTORY and O_NOFOLLOW meet a link.
            let failure = errno
            throw isLink(entry) ? .link(called(entry)) : FileError(errno: failure, called(entry))
        }
        return OpenDirectory(name: called(entry), descriptor: OpenDescriptor(number))
    }

    /// A plain file in this directory; not through a link, and without waiting for the writer of a FIFO.
    package func file(_ entry: String) throws(FileError) -> OpenFile {
        try OpenFile(
            descriptor.use { openat($0, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) },
            name: called(entry))
    }

    /// Makes a directory in this one unless it is there, and opens it.
    package func makeDirectory(_ entry: String) throws(FileError) -> OpenDirectory {
        if descriptor.use({ mkdirat($0, entry, 0o755) }) == 0 {
            try flush(for: entry)
        } else if errno != EEXIST {
            throw FileError(errno: errno, called(entry))
        }
        return try directory(entry)
    }

    /// The number of entries, `.` and `..` not counted; counts no further than `limit`.
    package func count(upTo limit: Int) throws(FileError) -> Int {
        let copy = descriptor.use { openat($0, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard copy >= 0 else { throw FileError(errno: errno, name) }
        guard let stream = fdopendir(copy) else {
            let failure = errno
            close(copy)
            throw FileError(errno: failure, name)
        }
        defer { closedir(stream) }
        var count = -2
        while count < limit, readdir(stream) != nil { count += 1 }
        return max(count, 0)
    }

    private func isLink(_ entry: String) -> Bool {
        var status = stat()
        return descriptor.use { fstatat($0, entry, &status, AT_SYMLINK_NOFOLLOW) } == 0
            && status.st_mode & S_IFMT == S_IFLNK
    }
}

extension OpenDirectory {
    /// Writes a file so that a reader finds the old content, none, or all of the new: a temporary file that is flushed,
    /// then renamed over the name, then the directory flushed. After a crash the temporary file may be left; its name
    /// begins with a dot and nothing ever reads it.
    package func replace(_ entry: String, with bytes: [UInt8], mode: mode_t? = nil) throws(FileError) {
        let new = try newFile(for: entry)
        try new.append(bytes)
        if let mode { try new.setMode(mode) }
        try new.rename(to: entry)
    }

    /// A file that is to have the name once it is whole.
    package func newFile(for entry: String) throws(FileError) -> NewFile {
        let temporary = ".tmp-" + String(UInt64.random(in: .min ... .max), radix: 16)
        let number = descriptor.use {
            openat($0, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        }
        guard number >= 0 else { throw FileError(errno: errno, called(entry)) }
        return NewFile(in: self, temporary: temporary, name: called(entry), file: OpenDescriptor(number))
    }

    func rename(_ temporary: String, _ file: OpenDescriptor, to entry: String) throws(FileError) {
        try check(file.use { fsync($0) }, entry)
        try check(descriptor.use { renameat($0, temporary, $0, entry) }, entry)
        try flush(for: entry)
    }

    func unlinkQuietly(_ entry: String) { _ = descriptor.use { unlinkat($0, entry, 0) } }

    /// Removes a file, if it is there; the directory is flushed.
    package func remove(_ entry: String) throws(FileError) {
        if descriptor.use({ unlinkat($0, entry, 0) }) != 0 {
            guard errno == ENOENT else { throw FileError(errno: errno, called(entry)) }
            return
        }
        try flush(for: entry)
    }

    /// Makes the names in the directory last.
    private func flush(for entry: String) throws(FileError) { try check(descriptor.use { fsync($0) }, entry) }

    private func check(_ result: Int32, _ entry: String) throws(FileError) {
        guard result == 0 else { throw FileError(errno: errno, called(entry)) }
    }

    static func write(_ bytes: [UInt8], to file: OpenDescriptor, name: String) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                file.use { Glibc.write($0, buffer.baseAddress.map { $0 + written }, buffer.count - written) }
            }
            if count < 0 {
                guard errno == EINTR else { throw FileError(errno: errno, name) }
                continue
            }
            written += count
        }
    }
}

extension OpenDirectory {
    /// A plain file as a list shows it.
    package struct Entry: Sendable {
        package let name: String
        /// Bytes.
        package let size: Int
        /// Nanoseconds since 1970 of the last change, or of ``markUsed(_:)``.
        package let modified: Int64
    }

    /// The plain files in this directory, at most `limit` of them, in no order.
    package func plainFiles(upTo limit: Int) throws(FileError) -> [Entry] {
        let copy = descriptor.use { openat($0, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard copy >= 0 else { throw FileError(errno: errno, name) }
        guard let stream = fdopendir(copy) else {
            let failure = errno
            close(copy)
            throw FileError(errno: failure, name)
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while entries.count < limit, let found = readdir(stream) {
            let name = withUnsafeBytes(of: found.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            guard descriptor.use({ fstatat($0, name, &status, AT_SYMLINK_NOFOLLOW) }) == 0,
                status.st_mode & S_IFMT == S_IFREG, let size = Int(exactly: status.st_size)
            else { continue }
            let seconds = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
            entries.append(
                Entry(
                    name: name, size: size,
                    modified: seconds.overflow ? 0 : seconds.partialValue &+ Int64(status.st_mtim.tv_nsec)))
        }
        return entries
    }

    /// Sets a file's time of change to now, for whoever removes what was used longest ago. That it can't be done harms
    /// nobody.
    package func markUsed(_ entry: String) {
        _ = descriptor.use { utimensat($0, entry, nil, AT_SYMLINK_NOFOLLOW) }
    }
}

extension OpenDirectory {
    /// Tries to become the only holder of the directory's advisory lock (`flock`), without waiting. The lock goes with
    /// this value's descriptor, so it is taken on one opened for nothing else.
    package func tryLock() throws(FileError) -> Bool {
        while descriptor.use({ flock($0, LOCK_EX | LOCK_NB) }) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return false
            default: throw .system(called("."), errno: errno)
            }
        }
        return true
    }
}

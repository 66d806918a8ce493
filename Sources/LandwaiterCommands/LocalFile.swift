import Findings
import Glibc

/// Files that the caller names on the command line.
package enum LocalFile {
    /// Told of every file and directory before it is read, as it is named: for whoever wants to know whether reading
    /// again would give the same.
    @TaskLocal package static var readings: Readings?

    /// A class, as in ``ServerPart/Carrier``: a function can't be a task-local value.
    package final class Readings: Sendable {
        package let willRead: @Sendable (_ path: String) -> Void

        package init(_ willRead: @escaping @Sendable (_ path: String) -> Void) { self.willRead = willRead }
    }

    /// The bytes of a regular file of at most `limit` bytes.
    package static func read(_ path: String, limit: Int) throws(CommandFailure) -> [UInt8] {
        readings?.willRead(path)
        // O_NONBLOCK: a FIFO given by mistake is refused rather than waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .badData("cannot open \(Finding.quoted(path)): \(reason(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .badData("cannot read \(Finding.quoted(path)): \(reason(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .badData("expected \(Finding.quoted(path)) to be a file")
        }
        guard status.st_size <= limit else {
            throw .badData("\(Finding.quoted(path)) has \(status.st_size) bytes, expected at most \(limit)")
        }
        let size = Int(status.st_size)
        var count = 0
        var failed: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            while count < size {
                let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failed = errno }
                if got <= 0 { break }
                count += got
            }
            initialized = count
        }
        guard failed == 0 else { throw .badData("cannot read \(Finding.quoted(path)): \(reason(failed))") }
        return bytes
    }

    /// The same, or for `-` all of standard input.
    static func readOrStandardInput(_ path: String, limit: Int) throws(CommandFailure) -> [UInt8] {
        guard path == "-" else { return try read(path, limit: limit) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = piece.withUnsafeMutableBytes { Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .badData("cannot read standard input: \(reason(errno))") }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= limit else { throw .badData("standard input has more than \(limit) bytes") }
        }
    }

    /// The bytes of a file inside a directory: no link leads out of it.
    static func readInside(_ directory: String, _ path: String, limit: Int) throws(CommandFailure) -> [UInt8] {
        try read(inside(directory, path), limit: limit)
    }

    /// Names in a directory inside another: no link leads out of that. What each name is a link to is for
    /// ``readInside(_:_:limit:)`` to see.
    static func namesInside(_ directory: String, _ path: String) throws(CommandFailure) -> [String] {
        try names(in: inside(directory, path))
    }

    /// The path without links, below the directory without links.
    private static func inside(_ directory: String, _ path: String) throws(CommandFailure) -> String {
        let file = join(directory, path)
        // Where its links lead may change too.
        readings?.willRead(file)
        guard let root = resolved(directory.isEmpty ? "." : directory), let target = resolved(file) else {
            throw .badData("cannot open \(Finding.quoted(file)): \(reason(errno))")
        }
        guard target.utf8.starts(with: (root == "/" ? root : root + "/").utf8) else {
            throw .badData("\(Finding.quoted(file)) leads out of \(Finding.quoted(directory))")
        }
        return target
    }

    private static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether this user may write to a file, or make files in a directory.
    package static func isWritable(_ path: String) -> Bool { access(path, W_OK) == 0 }

    /// Names in a directory, sorted by bytes, hidden ones left out.
    package static func names(in path: String) throws(CommandFailure) -> [String] {
        readings?.willRead(path)
        guard let directory = opendir(path) else {
            throw .badData("cannot list \(Finding.quoted(path)): \(reason(errno))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { buffer in
                String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Makes a directory and those above it that are missing; one that is there already is fine.
    package static func makeDirectory(_ path: String) throws(CommandFailure) {
        guard !isDirectory(path) else { return }
        let above = directory(of: path)
        if !above.isEmpty, above != path { try makeDirectory(above) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST && isDirectory(path) else {
            throw .badData("cannot create \(Finding.quoted(path)): \(reason(errno))")
        }
    }

    /// Writes a new file; one that is there already is never overwritten.
    static func create(_ path: String, _ bytes: [UInt8], mode: mode_t) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw .badData(
                "cannot create \(Finding.quoted(path)): \(reason(errno))",
                errno == EEXIST ? "an existing file is never overwritten: choose another name, or move it away" : "")
        }
        defer { close(descriptor) }
        do throws(CommandFailure) { try write(bytes, to: descriptor, path) } catch {
            unlink(path)
            throw error
        }
        fsync(descriptor)
    }

    /// Writes a file as a whole: a reader finds what was there before, or all of the new. What is there and is no plain
    /// file (a terminal, a pipe, `/dev/stderr`) is written to as it is.
    package static func replace(_ path: String, _ bytes: [UInt8]) throws(CommandFailure) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            return try extend(path, O_WRONLY | O_CLOEXEC, bytes)
        }
        let target = resolved(path) ?? path
        let temporary = target + ".tmp-" + String(UInt64.random(in: .min ... .max), radix: 16)
        do throws(CommandFailure) {
            try create(temporary, bytes, mode: 0o644)
        } catch {
            throw .badData(
                error.lines.first?.replacing(Finding.quoted(temporary), with: Finding.quoted(path)) ?? "cannot write")
        }
        guard rename(temporary, target) == 0 else {
            let failure = errno
            unlink(temporary)
            throw .badData("cannot write \(Finding.quoted(path)): \(reason(failure))")
        }
    }

    /// Adds bytes at the end of a file, which is made if it is not there.
    static func append(_ path: String, _ bytes: [UInt8]) throws(CommandFailure) {
        try extend(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, bytes)
    }

    /// Bytes of a file; 0 if it is not there.
    package static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(clamping: status.st_size) : 0
    }

    private static func extend(_ path: String, _ flags: Int32, _ bytes: [UInt8]) throws(CommandFailure) {
        let descriptor = open(path, flags, 0o644)
        guard descriptor >= 0 else { throw .badData("cannot write \(Finding.quoted(path)): \(reason(errno))") }
        defer { close(descriptor) }
        try write(bytes, to: descriptor, path)
    }

    private static func write(
        _ bytes: [UInt8], to descriptor: Int32, _ path: String
    ) throws(CommandFailure) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .badData("cannot write \(Finding.quoted(path)): \(reason(errno))") }
            written += count
        }
    }

    /// `directory/name`, where a name that is absolute stays as it is.
    package static func join(_ directory: String, _ name: String) -> String {
        name.hasPrefix("/") || directory.isEmpty
            ? name : directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }

    /// The part of a path before its last `/`; empty for a bare name.
    package static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The part of a path after its last `/`.
    package static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}

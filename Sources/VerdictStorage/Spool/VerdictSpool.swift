import Content
import Deadlines
import Glibc
import LocalFiles
import StrictEncoding

/// Bounds of a spool.
public struct SpoolLimits: Sendable, Hashable {
    /// The most bytes of all its files.
    public var bytes: Int
    /// A file that has this many bytes is followed by a new one.
    public var segmentBytes: Int

    /// 1 GiB, in files of 16 MiB.
    public init(bytes: Int = 1 << 30, segmentBytes: Int = 16 << 20) {
        self.bytes = bytes
        self.segmentBytes = segmentBytes
    }
}

/// What lies in a spool.
public struct SpoolSize: Sendable, Hashable {
    /// Verdicts that the store does not have yet.
    public var verdicts = 0
    /// Bytes of the files.
    public var bytes = 0
    /// Verdicts that could not be read back since the spool was opened.
    public var damaged = 0

    /// An empty spool, or one of these.
    public init(verdicts: Int = 0, bytes: Int = 0, damaged: Int = 0) {
        self.verdicts = verdicts
        self.bytes = bytes
        self.damaged = damaged
    }
}

/// Verdicts on disk while the store can't be reached: files that only grow, each verdict framed by its length and a
/// checksum, of mode 0600 in a directory of mode 0700 that one process holds at a time.
///
/// A file is deleted once the store has all of it. What a crash leaves is offered again from the start of its file; the
/// store knows a verdict by its ID and keeps it once.
public actor VerdictSpool {
    private let path: String
    private let limits: SpoolLimits
    private let executor: BlockingExecutor
    private let directory: OpenDirectory
    /// The oldest first; the last one may be open for writing.
    private var segments: [SpoolSegment]
    private var writer: SpoolWriter?
    private var damaged = 0

    /// Runs on a thread of its own: writing waits for the disk.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(
        path: String, limits: SpoolLimits, executor: BlockingExecutor, directory: OpenDirectory,
        segments: [SpoolSegment]
    ) {
        self.path = path
        self.limits = limits
        self.executor = executor
        self.directory = directory
        self.segments = segments
    }

    /// Opens the spool in a directory, which is made unless it is there.
    ///
    /// - Throws: ``VerdictStoreError/refused(_:)`` if another process or recorder holds it, or it is no directory.
    public static func open(
        directory path: String, limits: SpoolLimits = SpoolLimits()
    ) async throws(VerdictStoreError) -> VerdictSpool {
        let spool: VerdictSpool?
        // Few and small reads, once, before anything is served.
        do throws(FileError) {
            if mkdir(path, 0o700) != 0, errno != EEXIST { throw FileError(errno: errno, "the spool's directory") }
            let directory = try OpenDirectory.open(path: path, calledAs: "the spool's directory")
            let isOurs = try directory.tryLock()
            let found = try directory.plainFiles(upTo: 1_000_000).compactMap { SpoolSegment.number(of: $0.name) }
            var segments: [SpoolSegment] = []
            for number in found.sorted() where isOurs { segments.append(try SpoolSegment(number, in: directory)) }
            spool =
                isOurs
                ? VerdictSpool(
                    path: path, limits: limits, executor: BlockingExecutor(label: "landwaiter.spool"),
                    directory: directory, segments: segments) : nil
        } catch {
            throw error.ofSpool
        }
        guard let spool else { throw .refused("another process holds the spool's directory; give each its own") }
        return spool
    }

    /// How many verdicts lie here, how many bytes their files have, and how many verdicts could not be read back.
    public var size: SpoolSize {
        SpoolSize(
            verdicts: segments.reduce(0) { $0 + $1.left }, bytes: segments.reduce(0) { $0 + $1.size }, damaged: damaged)
    }

    /// Keeps verdicts: they are on disk when this returns, all of them. If it throws, none is.
    public func append(_ verdicts: [StoredVerdict]) throws(VerdictStoreError) {
        guard !verdicts.isEmpty else { return }
        var bytes: [UInt8] = []
        for verdict in verdicts { bytes += SpoolSegment.frame(verdict.exported()) }
        guard size.bytes + bytes.count <= limits.bytes else {
            throw .full("the spool has its most, \(limits.bytes) bytes")
        }
        do throws(FileError) {
            if let last = segments.last, last.size >= limits.segmentBytes { writer = nil }
            let file: SpoolWriter
            if let writer { file = writer } else { file = try begin() }
            try file.append(bytes)
            segments[segments.count - 1].grew(by: bytes.count, verdicts: verdicts.count)
        } catch {
            // After a failure nobody knows what the system still holds: what comes next goes into a new file.
            if writer != nil, let last = segments.last, last.isEmpty, (try? directory.remove(last.name)) != nil {
                segments.removeLast()
            }
            writer = nil
            throw error.ofSpool
        }
    }

    /// Verdicts of the oldest file that has any, in the order in which they came, at most `limit`.
    func oldest(limit: Int) throws(VerdictStoreError) -> SpoolBatch? {
        while let segment = segments.first {
            do throws(FileError) {
                let batch = try segment.read(limit: limit, from: directory)
                if !batch.verdicts.isEmpty { return batch }
                // Only damage is left.
                try finish(batch)
            } catch {
                throw error.ofSpool
            }
        }
        return nil
    }

    /// The store has these: the file goes when it holds no others.
    func discard(_ batch: SpoolBatch) throws(VerdictStoreError) {
        do throws(FileError) { try finish(batch) } catch { throw error.ofSpool }
    }

    private func finish(_ batch: SpoolBatch) throws(FileError) {
        guard let first = segments.first, first.number == batch.segment else { return }
        segments[0].skip(to: batch.end, verdicts: batch.verdicts.count + batch.damaged)
        if batch.damaged > 0 { segments[0].isDamaged = true }
        damaged += batch.damaged
        guard segments[0].position >= segments[0].size else { return }
        if segments.count == 1 { writer = nil }
        if segments[0].isDamaged {
            // What can't be read is kept for whoever wants to look, out of the way.
            let name = path + "/" + first.name
            guard Glibc.rename(name, name + ".damaged") == 0 else { throw FileError(errno: errno, "the spool") }
        } else {
            try directory.remove(first.name)
        }
        segments.removeFirst()
    }

    private func begin() throws(FileError) -> SpoolWriter {
        let number = (segments.last?.number ?? 0) + 1
        let writer = try SpoolWriter(path: path, name: SpoolSegment.name(number))
        segments.append(SpoolSegment(empty: number))
        self.writer = writer
        return writer
    }
}

extension FileError {
    fileprivate var ofSpool: VerdictStoreError {
        switch self {
        case .absent(let name): .unreachable("\(name) is not there")
        case .link(let name): .refused("\(name) is a symbolic link")
        case .notAFile(let name, let found): .refused("\(name) is \(found)")
        case .tooLarge(let name, _, _): .corrupt("\(name) is too large")
        case .cutShort(let name): .corrupt("\(name) became shorter")
        // EFBIG is what a limit on the size of files says.
        case .system(_, ENOSPC), .system(_, EDQUOT), .system(_, EFBIG): .full("there is no room for the spool")
        case .system(let name, let number) where [EACCES, EPERM, EROFS].contains(number):
            .refused("\(name): \(FileError.text(of: number)); give this user a place to write to")
        case .system(let name, let number): .unreachable("\(name): \(FileError.text(of: number))")
        }
    }
}

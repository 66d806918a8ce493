import Deadlines
import GRDB
import Glibc
import LocalFiles

/// One file of SQLite, for a process that only reads what another writes. It makes no file, and takes none away.
///
/// While the writer has it open, or after it was killed, a log lies beside the file and is read with it. A file that was
/// closed properly has none. To read it as usual SQLite would first make one, which takes the right to write beside the
/// file, and would leave the writer with files of another user. So such a file is opened as one that nobody changes, and
/// what was read is only believed if nobody did: a writer makes the log before it writes
/// (SQLite, "Write-Ahead Logging", section 5 "Read-Only Databases"; "Uniform Resource Identifiers", `immutable`).
final class SQLiteReadingEngine: SQLEngine {
    private let file: SQLiteReadFile

    init(path: String, options: SQLiteOptions) { file = SQLiteReadFile(path: path, options: options) }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) async throws(VerdictStoreError) -> Value {
        for _ in 0..<3 {
            let opened = try await file.opened()
            let result: Result<Value, VerdictStoreError> = await withCheckedContinuation { continuation in
                opened.queue.asyncRead { access in
                    continuation.resume(
                        returning: SQLiteFailure.catching { try body(SQLiteSession(database: access.get())) })
                }
            }
            // What looks damaged may have been changed while it was read, too.
            if await file.isBelieved(opened) { return try result.get() }
        }
        throw .conflict("others began to write to the file again and again while it was read")
    }

    func write<Value: Sendable>(
        isRepeatable: Bool, _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) async throws(VerdictStoreError) -> Value {
        throw .readOnly
    }

    func close() async { await file.close() }
}

/// Opens the file when it is first needed, and anew if it is not what it was.
actor SQLiteReadFile {
    struct Opened: Sendable {
        let queue: DatabaseQueue
        /// The file, where it was opened as one that nobody changes; nil where a log is read with it.
        let unchanging: Unchanging?
    }

    /// A file without a log, as long as it is the same.
    struct Unchanging: Equatable, Sendable {
        private let device: dev_t
        private let inode: ino_t
        private let size: off_t
        private let seconds: Int
        private let nanoseconds: Int

        /// Nil if there is a log, or no file.
        init?(_ path: String) {
            var status = stat()
            guard access(path + "-wal", F_OK) != 0, stat(path, &status) == 0 else { return nil }
            device = status.st_dev
            inode = status.st_ino
            size = status.st_size
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        }
    }

    private let path: String
    private let options: SQLiteOptions
    private let executor = BlockingExecutor(label: "landwaiter.sqlite.reading")
    private var current: Opened?
    private var isClosed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(path: String, options: SQLiteOptions) {
        self.path = path
        self.options = options
    }

    func opened() throws(VerdictStoreError) -> Opened {
        if isClosed { throw .closed }
        if let current { return current }
        let place = try place()
        let unchanging = Unchanging(place)
        if unchanging == nil { try checkThatTheLogCanBeRead(place) }
        let name = unchanging == nil ? place : Self.unchangingName(place)
        let queue = try SQLiteFailure.catching { try open(name) }.get()
        let opened = Opened(queue: queue, unchanging: unchanging)
        current = opened
        return opened
    }

    /// Whether what was read by it was of one state. If not, the file is opened anew the next time.
    func isBelieved(_ opened: Opened) -> Bool {
        guard let unchanging = opened.unchanging else { return true }
        if let place = try? place(), Unchanging(place) == unchanging { return true }
        if current?.queue === opened.queue { current = nil }
        try? opened.queue.close()
        return false
    }

    func close() {
        isClosed = true
        try? current?.queue.close()
        current = nil
    }

    /// Where the file lies: its log is beside it, not beside a link to it.
    private func place() throws(VerdictStoreError) -> String {
        guard let resolved = realpath(path, nil) else {
            throw .unreachable("the database's file: " + FileError.text(of: errno))
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// With a log but without its index, SQLite makes the index. It is the writer's file too.
    private func checkThatTheLogCanBeRead(_ place: String) throws(VerdictStoreError) {
        guard access(place + "-shm", F_OK) != 0 else { return }
        var status = stat()
        let directory = place.lastIndex(of: "/").map { String(place[...$0]) } ?? "."
        guard stat(place, &status) == 0, access(directory, W_OK) == 0, [0, status.st_uid].contains(geteuid()) else {
            throw .refused(
                "the file was not closed properly, and reading what lies in its `-wal` takes a file beside it, which only "
                    + "its owner may make; do this as its owner, or copy the file with its `-wal` elsewhere")
        }
    }

    private func open(_ name: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "landwaiter.verdicts.reading"
        configuration.readonly = true
        configuration.busyMode = .timeout(options.patience / .seconds(1))
        let queue = try DatabaseQueue(path: name, configuration: configuration)
        do {
            try queue.read { database in
                let session = SQLiteSession(database: database)
                let mark = try session.rows("PRAGMA application_id").first?.integer(0) ?? 0
                let tables = try session.rows("SELECT COUNT(*) FROM sqlite_master").first?.integer(0) ?? 0
                guard mark == SQLiteFile.mark || mark == 0 && tables == 0 else {
                    throw VerdictStoreError.refused("the file is the database of another program")
                }
                try session.requireMigrated(hasTable: tables > 0)
            }
        } catch {
            try? queue.close()
            throw error
        }
        return queue
    }

    /// As a URI, which Debian's SQLite takes wherever it takes a name.
    private static func unchangingName(_ place: String) -> String {
        var name = "file:"
        for character in place.unicodeScalars {
            switch character {
            case "?": name += "%3f"
            case "#": name += "%23"
            case "%": name += "%25"
            default: name.unicodeScalars.append(character)
            }
        }
        return name + "?immutable=1"
    }
}

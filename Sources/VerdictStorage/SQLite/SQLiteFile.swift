import Deadlines
import GRDB
import Glibc
import LocalFiles
import Synchronization

/// Opens the file when it is first needed, and anew if another file lies in its place since.
actor SQLiteFile {
    private let path: String
    private let options: SQLiteOptions
    nonisolated let executor = BlockingExecutor(label: "landwaiter.sqlite")
    private var opened: Opened? {
        didSet { known.withLock { [opened] in $0 = opened } }
    }
    /// The same for whoever reads, and must not wait until somebody has written.
    private let known = Mutex<Opened?>(nil)
    private var isClosed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(path: String, options: SQLiteOptions) {
        self.path = path
        self.options = options
    }

    /// The open file, of this version's schema.
    func pool() throws(VerdictStoreError) -> DatabasePool {
        if isClosed { throw .closed }
        // A file that was moved or removed while it was open would go on taking verdicts that nobody finds again.
        if let opened {
            if opened.identity == Identity(path) { return opened.pool }
            try? opened.pool.close()
            self.opened = nil
        }
        try make()
        let pool = try SQLiteFailure.catching { try open() }.get()
        guard let identity = Identity(path) else { throw .unreachable("the file went while it was opened") }
        opened = Opened(pool: pool, identity: identity)
        return pool
    }

    /// The same, without waiting for what is written, unless the file has to be opened first.
    nonisolated func poolForReading() async throws(VerdictStoreError) -> DatabasePool {
        if let opened = known.withLock({ $0 }), opened.identity == Identity(path) { return opened.pool }
        return try await pool()
    }

    /// Runs a transaction on this thread.
    func write<Value: Sendable>(
        _ body: @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) throws(VerdictStoreError) -> Value {
        let pool = try pool()
        return try SQLiteFailure.catching {
            try pool.writeWithoutTransaction { try SQLiteSession(database: $0).transaction(body) }
        }.get()
    }

    func close() {
        isClosed = true
        try? opened?.pool.close()
        opened = nil
    }

    /// Makes an empty file that nobody else can read, unless there is one. SQLite gives the files beside it the same
    /// mode.
    ///
    /// It gets its name after it was closed, and one that is there is not opened: closing any descriptor of a file gives
    /// up the locks that other connections of this process hold on it, and with them the database
    /// (SQLite, "How To Corrupt An SQLite Database File", section 2.2).
    private func make() throws(VerdictStoreError) {
        if access(path, R_OK | W_OK) == 0 { return }
        guard errno == ENOENT else { throw Self.failure(errno) }
        let temporary = path + ".new-" + String(UInt64.random(in: .min ... .max), radix: 16)
        let number = Glibc.open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw Self.failure(errno) }
        Glibc.close(number)
        defer { unlink(temporary) }
        // Another process may have been faster.
        guard link(temporary, path) == 0 || errno == EEXIST else { throw Self.failure(errno) }
    }

    private static func failure(_ number: Int32) -> VerdictStoreError {
        let why = "the database's file: " + FileError.text(of: number)
        return switch number {
        case EACCES, EPERM, EROFS, EISDIR: .refused(why + "; give this user a place to write to")
        case ENOSPC, EDQUOT: .full(why)
        default: .unreachable(why)
        }
    }

    private func open() throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "landwaiter.verdicts"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(options.patience / .seconds(1))
        let pool = try DatabasePool(path: path, configuration: configuration)
        do {
            try pool.writeWithoutTransaction { database in
                // Durable when the transaction has ended, also if the machine stops.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
                // In pages, 32 MiB: a page that many transactions changed is brought into the file once for all of them.
                try database.execute(sql: "PRAGMA wal_autocheckpoint = 8192")
                // Else each statement of several rows makes a file of its own to be undone by.
                try database.execute(sql: "PRAGMA temp_store = MEMORY")
                if let largest = options.largest {
                    let page = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
                    try database.execute(sql: "PRAGMA max_page_count = \(max(largest / page, 1))")
                }
                try SQLiteSession(database: database).transaction { session throws(VerdictStoreError) in
                    try claimFile(session)
                    try session.migrate()
                }
            }
        } catch {
            try? pool.close()
            throw error
        }
        return pool
    }

    /// Refuses a database that another program made.
    private func claimFile(_ session: any SQLSession) throws(VerdictStoreError) {
        let mark = try session.rows("PRAGMA application_id").first?.integer(0) ?? 0
        if mark == Self.mark { return }
        let tables = try session.rows("SELECT COUNT(*) FROM sqlite_master").first?.integer(0) ?? 0
        guard mark == 0, tables == 0 else {
            throw .refused("the file is the database of another program; name a file of its own")
        }
        try session.change("PRAGMA application_id = \(Self.mark)", [])
    }

    /// "LWVS", in the header of the file.
    static let mark: Int64 = 0x4C57_5653

    private struct Opened: Sendable {
        let pool: DatabasePool
        let identity: Identity
    }

    /// Which file lies at a path.
    private struct Identity: Equatable, Sendable {
        private let device: dev_t
        private let inode: ino_t

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = status.st_dev
            inode = status.st_ino
        }
    }
}

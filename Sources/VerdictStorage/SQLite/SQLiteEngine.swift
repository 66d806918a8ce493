import GRDB

/// One file of SQLite, in write-ahead mode: one transaction writes at a time, others read the state before it.
final class SQLiteEngine: SQLEngine {
    private let file: SQLiteFile

    init(path: String, options: SQLiteOptions) { file = SQLiteFile(path: path, options: options) }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) async throws(VerdictStoreError) -> Value {
        let pool = try await file.poolForReading()
        let result: Result<Value, VerdictStoreError> = await withCheckedContinuation { continuation in
            pool.asyncRead { access in
                continuation.resume(
                    returning: SQLiteFailure.catching { try body(SQLiteSession(database: access.get())) })
            }
        }
        return try result.get()
    }

    func write<Value: Sendable>(
        isRepeatable: Bool, _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) async throws(VerdictStoreError) -> Value {
        // On the file's own thread, which may wait: no other is woken for it.
        try await file.write(body)
    }

    /// Where changes are made.
    var executor: any TaskExecutor { file.executor }

    func close() async { await file.close() }
}

/// A transaction on one connection to SQLite.
struct SQLiteSession: SQLSession {
    let database: Database

    var dialect: SQLDialect { .sqlite }

    func rows(_ sql: String, _ parameters: [SQLValue]) throws(VerdictStoreError) -> [SQLRow] {
        try SQLiteFailure.catching {
            let statement = try statement(sql)
            let columns = 0..<statement.columnCount
            var rows: [SQLRow] = []
            let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(parameters.map(\.database)))
            while let row = try cursor.next() {
                rows.append(SQLRow(values: columns.map { SQLValue(row[$0] as DatabaseValue) }))
            }
            return rows
        }.get()
    }

    func change(_ sql: String, _ parameters: [SQLValue]) throws(VerdictStoreError) -> Int {
        try SQLiteFailure.catching {
            try statement(sql).execute(arguments: StatementArguments(parameters.map(\.database)))
            return database.changesCount
        }.get()
    }

    /// Takes the lock for writing first, so that nothing that was read has to be thrown away for another's sake.
    func transaction<Value>(
        _ body: (any SQLSession) throws(VerdictStoreError) -> Value
    ) throws -> Value {
        try database.beginTransaction(.immediate)
        do {
            let value = try body(self)
            try database.commit()
            return value
        } catch {
            // SQLite has rolled back by itself after some failures. What remains open is closed with the connection.
            if database.isInsideTransaction { try? database.rollback() }
            throw error
        }
    }

    private func statement(_ sql: String) throws -> Statement {
        let sqlite = String(decoding: sql.utf8.map { $0 == UInt8(ascii: "$") ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
        // Long ones list values; each is of its own length and seldom comes again.
        return sqlite.utf8.count < 2000
            ? try database.cachedStatement(sql: sqlite) : try database.makeStatement(sql: sqlite)
    }
}

import StrictEncoding

/// What a column or a parameter holds. The schema uses no other types, so that both databases say the same.
enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    /// Compared by its bytes, as the databases do.
    case text(ExactString)
    case bytes([UInt8])

    static func text(_ text: String) -> SQLValue { .text(ExactString(text)) }

    static func text(_ text: String?) -> SQLValue { text.map { .text(ExactString($0)) } ?? .null }

    static func integer(_ number: Int) -> SQLValue { .integer(Int64(number)) }

    static func bool(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
}

/// One row of an answer; columns are read by their place in the statement.
struct SQLRow: Sendable, Hashable {
    let values: [SQLValue]

    func integer(_ column: Int) throws(VerdictStoreError) -> Int64 {
        guard values.indices.contains(column), case .integer(let number) = values[column] else {
            throw unexpected("an integer", column)
        }
        return number
    }

    func count(_ column: Int) throws(VerdictStoreError) -> Int { Int(try integer(column)) }

    func bool(_ column: Int) throws(VerdictStoreError) -> Bool { try integer(column) != 0 }

    func text(_ column: Int) throws(VerdictStoreError) -> String {
        guard let text = try optionalText(column) else { throw unexpected("text", column) }
        return text
    }

    func optionalText(_ column: Int) throws(VerdictStoreError) -> String? {
        guard values.indices.contains(column) else { throw unexpected("text", column) }
        switch values[column] {
        case .null: return nil
        case .text(let text): return text.value
        case .integer, .bytes: throw unexpected("text", column)
        }
    }

    func bytes(_ column: Int) throws(VerdictStoreError) -> [UInt8] {
        guard values.indices.contains(column), case .bytes(let bytes) = values[column] else {
            throw unexpected("bytes", column)
        }
        return bytes
    }

    private func unexpected(_ expected: String, _ column: Int) -> VerdictStoreError {
        .corrupt("expected \(expected) in column \(column + 1) of an answer, found something else")
    }
}

/// One transaction on one connection. Statements say `$1`, `$2`, … for parameters; values never become part of the text.
protocol SQLSession {
    var dialect: SQLDialect { get }

    /// The rows of a statement, all of them.
    func rows(_ sql: String, _ parameters: [SQLValue]) throws(VerdictStoreError) -> [SQLRow]

    /// How many rows a statement changed.
    @discardableResult
    func change(_ sql: String, _ parameters: [SQLValue]) throws(VerdictStoreError) -> Int
}

/// Where the two databases' SQL differs.
enum SQLDialect: Sendable {
    case sqlite, postgreSQL

    /// After a `SELECT` of rows that the transaction is about to change: passes over those that another transaction
    /// holds; the rows are called `j`. SQLite has one writer at a time, so there is none.
    var forUpdateSkipLocked: String { self == .postgreSQL ? " FOR UPDATE OF j SKIP LOCKED" : "" }

    /// SQLite is in this process: a prepared statement for one row, run for each, is the fastest. Each question to
    /// PostgreSQL is a journey, so there it is as many rows as fit: nil.
    var rowsPerStatement: Int? { self == .sqlite ? 1 : nil }
}

/// A database with its connections.
protocol SQLEngine: Sendable {
    /// Runs a transaction that sees one state of the database and changes nothing.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Result
    ) async throws(VerdictStoreError) -> Result

    /// Runs a transaction; what it changed is durable when this returns. The body may run several times, if other
    /// transactions were in its way, or if the connection turned out to be gone before it began to commit. With
    /// `isRepeatable` also if it is not known whether it took effect.
    func write<Result: Sendable>(
        isRepeatable: Bool, _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Result
    ) async throws(VerdictStoreError) -> Result

    func close() async
}

extension SQLSession {
    func rows(_ sql: String) throws(VerdictStoreError) -> [SQLRow] { try rows(sql, []) }

    /// `INSERT` of many rows. `ending` comes after each statement; what they return is returned together.
    @discardableResult
    func insert(
        into table: String, _ columns: [String], _ all: [[SQLValue]], ending: String = ""
    ) throws(VerdictStoreError) -> [SQLRow] {
        var answer: [SQLRow] = []
        let most = dialect.rowsPerStatement ?? max(1, SQLStore.mostParameters / max(1, columns.count))
        let beginning = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES "
        var statement: (rows: Int, sql: String)?
        for start in stride(from: 0, to: all.count, by: most) {
            let some = all[start..<min(start + most, all.count)]
            if statement?.rows != some.count {
                let places = SQLStore.placeholders(rows: some.count, columns: columns.count)
                statement = (some.count, beginning + places + (ending.isEmpty ? "" : " " + ending))
            }
            guard let statement else { continue }
            answer += try rows(statement.sql, some.count == 1 ? some[start] : some.flatMap { $0 })
        }
        return answer
    }
}

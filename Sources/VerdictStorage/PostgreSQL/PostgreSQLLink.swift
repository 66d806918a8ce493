import CPostgreSQL
import Findings
import Glibc
import StrictEncoding

/// An open connection of libpq, for one thread at a time.
///
/// Statements are sent and awaited with a deadline of our own: the server's `statement_timeout` is of no use when the
/// server, or the way to it, is gone.
final class PostgreSQLLink: SQLSession {
    private let connection: OpaquePointer
    private let options: PostgreSQLOptions
    /// The names under which the server knows statements, by their text.
    private var prepared: [String: String] = [:]

    /// The connection can't be used any more.
    private(set) var isBroken = false
    /// The last transaction failed when the server had perhaps begun to commit it.
    private(set) var mayHaveCommitted = false
    /// The last transaction failed because of others, and may succeed now.
    private(set) var wasInTheWay = false

    var dialect: SQLDialect { .postgreSQL }

    init(_ target: PostgreSQLTarget) throws(VerdictStoreError) {
        options = target.options
        let names = target.parameters.map { strdup($0.name) } + [nil]
        let values = target.parameters.map { strdup($0.value) } + [nil]
        defer { for text in names + values { free(text) } }
        let connection = PQconnectdbParams(
            names.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 1)
        guard let connection else { throw .unreachable("no memory for a connection") }
        self.connection = connection
        guard PQstatus(connection) == CONNECTION_OK else {
            let why = Self.line(PQerrorMessage(connection))
            throw PQconnectionNeedsPassword(connection) != 0
                ? .refused("the server wants a password and none was given; name one in a passfile or in PGPASSWORD")
                : .unreachable(why)
        }
        // Notices would go to standard error.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        guard PQsetnonblocking(connection, 1) == 0 else { throw .unreachable(Self.line(PQerrorMessage(connection))) }
    }

    deinit { PQfinish(connection) }

    static func sleep(milliseconds: Int) { usleep(UInt32(max(milliseconds, 0)) * 1000) }

    // MARK: Transactions

    func transaction<Value>(
        _ begin: String, _ body: (any SQLSession) throws(VerdictStoreError) -> Value
    ) throws(VerdictStoreError) -> Value {
        mayHaveCommitted = false
        wasInTheWay = false
        do throws(VerdictStoreError) {
            try change(begin, [])
            let value = try body(self)
            mayHaveCommitted = true
            try commit()
            return value
        } catch {
            // What the server says about the rollback changes nothing; a connection that can't even do that is not used
            // again.
            if !isBroken, PQtransactionStatus(connection) != PQTRANS_IDLE {
                do throws(VerdictStoreError) { try change("ROLLBACK", []) } catch { isBroken = true }
            }
            throw error
        }
    }

    private func commit() throws(VerdictStoreError) {
        let result = try execute("COMMIT", [])
        defer { PQclear(result) }
        // In a transaction that failed, COMMIT succeeds by rolling back.
        guard let tag = PQcmdStatus(result), strcmp(tag, "COMMIT") == 0 else {
            throw .conflict("the server ended a transaction without keeping it")
        }
    }

    // MARK: Statements

    func rows(_ sql: String, _ parameters: [SQLValue]) throws(VerdictStoreError) -> [SQLRow] {
        let result = try execute(sql, parameters)
        defer { PQclear(result) }
        let columns = PQnfields(result)
        var rows: [SQLRow] = []
        rows.reserveCapacity(Int(PQntuples(result)))
        for row in 0..<PQntuples(result) {
            var values: [SQLValue] = []
            values.reserveCapacity(Int(columns))
            for column in 0..<columns { values.append(try Self.value(result, row, column)) }
            rows.append(SQLRow(values: values))
        }
        return rows
    }

    @discardableResult
    func change(_ sql: String, _ parameters: [SQLValue]) throws(VerdictStoreError) -> Int {
        let result = try execute(sql, parameters)
        defer { PQclear(result) }
        // Empty for statements that change no rows.
        return PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// A statement's result, which the caller clears.
    private func execute(_ sql: String, _ parameters: [SQLValue]) throws(VerdictStoreError) -> OpaquePointer {
        let deadline = ContinuousClock.now + options.patience + .seconds(1)
        // Long ones list values; each is of its own length and seldom comes again.
        let isKept = !parameters.isEmpty && sql.utf8.count < 2000 && (prepared.count < 200 || prepared[sql] != nil)
        let bound = PostgreSQLParameters(parameters)
        if isKept, prepared[sql] == nil {
            let name = "s\(prepared.count)"
            let sent = bound.withTypes { PQsendPrepare(connection, name, sql, Int32(parameters.count), $0) }
            PQclear(try answer(sent, deadline))
            prepared[sql] = name
        }
        let sent = bound.withPointers { types, values, lengths, formats in
            if let name = prepared[sql] {
                PQsendQueryPrepared(connection, name, Int32(parameters.count), values, lengths, formats, 1)
            } else {
                PQsendQueryParams(connection, sql, Int32(parameters.count), types, values, lengths, formats, 1)
            }
        }
        return try answer(sent, deadline)
    }

    /// Waits for the answer to what was sent.
    private func answer(_ sent: Int32, _ deadline: ContinuousClock.Instant) throws(VerdictStoreError) -> OpaquePointer {
        guard sent == 1 else { throw lost() }
        while true {
            let left = PQflush(connection)
            if left < 0 { throw lost() }
            if left == 0, PQisBusy(connection) == 0 { break }
            try wait(for: left > 0 ? POLLIN | POLLOUT : POLLIN, until: deadline)
            if PQconsumeInput(connection) == 0 { throw lost() }
        }
        guard let result = PQgetResult(connection) else { throw lost() }
        // One statement has one result; what follows only says that nothing does. It has come, or is about to.
        while true {
            while PQisBusy(connection) != 0 {
                try wait(for: POLLIN, until: deadline)
                if PQconsumeInput(connection) == 0 { throw lost() }
            }
            guard let next = PQgetResult(connection) else { break }
            PQclear(next)
        }
        let status = PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
            defer { PQclear(result) }
            throw failure(result)
        }
        return result
    }

    private func wait(for events: Int32, until deadline: ContinuousClock.Instant) throws(VerdictStoreError) {
        let left = PostgreSQLTarget.milliseconds(ContinuousClock.now.duration(to: deadline))
        var descriptor = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
        let found = left > 0 ? poll(&descriptor, 1, Int32(clamping: left)) : 0
        if found > 0 || found < 0 && errno == EINTR { return }
        isBroken = true
        throw .unreachable("no answer within \(options.patience)")
    }

    // MARK: Failures

    private func lost() -> VerdictStoreError {
        isBroken = true
        return .unreachable("the connection was lost: " + Self.line(PQerrorMessage(connection)))
    }

    private func failure(_ result: OpaquePointer) -> VerdictStoreError {
        // What is told is the primary message: the detail may hold values.
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        let message = PQresultErrorField(result, Int32(UInt8(ascii: "M"))) ?? PQresultErrorMessage(result)
        let why = "PostgreSQL says: " + Self.line(message) + (state.isEmpty ? "" : " (\(state))")
        if PQstatus(connection) != CONNECTION_OK { isBroken = true }
        // PostgreSQL manual, Appendix A.
        switch state {
        // Serialization failure, deadlock; and keys, which fail only because another transaction came in between.
        case "40001", "40P01", "23503", "23505":
            wasInTheWay = true
            return .conflict(why)
        case "55P03", "57014", "25P03": return .conflict(why)
        case "53100", "53200", "53400": return .full(why)
        // The server stops, crashed, starts, or has too many connections.
        case "57P01", "57P02", "57P03", "57P05", "53300", "":
            isBroken = true
            return .unreachable(why)
        case "25006", "42501", "3D000", "3F000", "0LP01": return .refused(why + "; give this role the rights it needs")
        case "XX001", "XX002", "42P01", "42703": return .corrupt(why)
        case let state where state.hasPrefix("08"):
            isBroken = true
            return .unreachable(why)
        case let state where state.hasPrefix("22") || state.hasPrefix("54"): return .invalid(why)
        case let state where state.hasPrefix("58"): return .unreachable(why)
        default: return .refused(why)
        }
    }

    /// A message of libpq as one line.
    private static func line(_ message: UnsafePointer<CChar>?) -> String {
        guard let message else { return "no reason" }
        let words = String(cString: message).split { $0 == "\n" || $0 == "\t" || $0 == " " }
        return Finding.escaped(String(words.joined(separator: " ").unicodeScalars.prefix(300)))
    }
}

extension PostgreSQLLink {
    /// What has to hold before the first transaction: encoding, version, time limits, durability, schema.
    func prepareSession() throws(VerdictStoreError) {
        guard PQserverVersion(connection) >= 120_000 else {
            throw .refused("expected PostgreSQL 12 or later, found version number \(PQserverVersion(connection))")
        }
        let encoding = PQparameterStatus(connection, "server_encoding").map { String(cString: $0) } ?? "none"
        guard encoding == "UTF8" else {
            throw .refused("the database's encoding is \(encoding); make one with ENCODING 'UTF8' TEMPLATE template0")
        }
        let patience = PostgreSQLTarget.milliseconds(options.patience)
        try change("SET statement_timeout = \(patience)", [])
        try change("SET lock_timeout = \(patience)", [])
        try change("SET idle_in_transaction_session_timeout = \(patience * 2)", [])
        let isThere = try rows("SELECT CASE WHEN to_regclass('schema_migration') IS NULL THEN 0 ELSE 1 END")
        if options.access == .readOnly {
            // What is forgotten here can't be done there.
            try change("SET default_transaction_read_only = on", [])
            return try requireMigrated(hasTable: try isThere.first?.bool(0) == true)
        }
        // A server, database or role for which this is off would lose verdicts that were called durable.
        if try rows("SELECT current_setting('synchronous_commit')").first?.text(0) == "off" {
            try change("SET synchronous_commit = on", [])
        }
        if try isThere.first?.bool(0) == true, try isMigrated() { return }
        try transaction("BEGIN") { session throws(VerdictStoreError) in
            // Replicas that start together take turns; the lock ends with the transaction.
            _ = try session.rows("SELECT pg_advisory_xact_lock($1)", [.integer(Self.migrationLock)])
            try session.migrate()
        }
    }

    /// A number that nobody else locks: "LWVS" and 1.
    private static let migrationLock: Int64 = 0x4C57_5653_0000_0001

    /// A column's value, which came in binary.
    private static func value(_ result: OpaquePointer, _ row: Int32, _ column: Int32) throws(VerdictStoreError)
        -> SQLValue
    {
        if PQgetisnull(result, row, column) != 0 { return .null }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
        // Object identifiers as pg_type.dat of PostgreSQL has them.
        switch PQftype(result, column) {
        case 20, 21, 23:
            // Big endian and signed, 8, 2 or 4 bytes.
            let start: Int64 = bytes.first.map { $0 & 0x80 == 0 ? 0 : -1 } ?? 0
            return .integer(bytes.reduce(start) { $0 << 8 | Int64($1) })
        case 17: return .bytes(Array(bytes))
        case 19, 25, 1043: return .text(String(decoding: bytes, as: UTF8.self))
        // The answer of a function that gives nothing.
        case 2278: return .null
        case let type: throw .corrupt("an answer holds a value of an unknown type, \(type)")
        }
    }
}

/// Parameters as libpq takes them: in binary, all in one piece of memory.
private struct PostgreSQLParameters {
    private var types: [Oid] = []
    private var lengths: [Int32] = []
    /// Where each begins; nil for null.
    private var places: [Int?] = []
    private var bytes: [UInt8] = []

    init(_ values: [SQLValue]) {
        for value in values {
            places.append(value == .null ? nil : bytes.count)
            let start = bytes.count
            switch value {
            // Every column that may be null is text.
            case .null: types.append(25)
            case .integer(let number):
                types.append(20)
                bytes += withUnsafeBytes(of: number.bigEndian) { Array($0) }
            case .text(let text):
                types.append(25)
                bytes += Array(text.value.utf8)
            case .bytes(let value):
                types.append(17)
                bytes += value
            }
            lengths.append(Int32(clamping: bytes.count - start))
        }
        // An empty value has an address too.
        bytes.append(0)
    }

    func withTypes(_ body: (UnsafePointer<Oid>?) -> Int32) -> Int32 {
        types.withUnsafeBufferPointer { body($0.baseAddress) }
    }

    func withPointers(
        _ body: (
            UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Int32
    ) -> Int32 {
        bytes.withUnsafeBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = places.map { place in place.flatMap { place in start.map { $0 + place } } }
            let formats = [Int32](repeating: 1, count: values.count)
            return withTypes { body($0, values, lengths, formats) }
        }
    }
}

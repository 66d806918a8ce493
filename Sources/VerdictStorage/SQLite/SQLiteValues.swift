import FoundationEssentials
import GRDB
import StrictEncoding

extension SQLValue {
    /// As GRDB binds it.
    var database: (any DatabaseValueConvertible)? {
        switch self {
        case .null: nil
        case .integer(let number): number
        case .text(let text): text.value
        case .bytes(let bytes): Data(bytes)
        }
    }

    /// As GRDB gives it. The schema has no other kinds: its tables are strict.
    init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = Int64(exactly: number).map(SQLValue.integer) ?? .null
        case .string(let text): self = .text(text)
        // A column of zero bytes.
        case .blob(let data): self = .bytes(Array(data))
        }
    }
}

/// What SQLite's result codes say of the store.
enum SQLiteFailure {
    static func catching<Value>(_ body: () throws -> Value) -> Result<Value, VerdictStoreError> {
        do {
            return .success(try body())
        } catch let error as VerdictStoreError {
            return .failure(error)
        } catch let error as DatabaseError {
            return .failure(Self.error(error))
        } catch {
            return .failure(.unreachable("SQLite gave up"))
        }
    }

    private static func error(_ error: DatabaseError) -> VerdictStoreError {
        // SQLite's own words; they name tables and columns, never values.
        let why = "SQLite says: \(error.message ?? "no reason") (\(error.extendedResultCode.rawValue))"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .conflict(why)
        case .SQLITE_FULL: return .full(why)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH: return .corrupt(why)
        case .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_INTERRUPT, .SQLITE_NOMEM, .SQLITE_PROTOCOL:
            return .unreachable(why)
        case .SQLITE_TOOBIG: return .invalid(why)
        case .SQLITE_MISUSE: return .closed
        default: return .refused(why)
        }
    }
}

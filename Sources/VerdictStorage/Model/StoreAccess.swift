/// What a store may do to its database.
public enum StoreAccess: Sendable, Hashable {
    /// Makes the database and brings its schema up to date when it is first needed.
    case readWrite
    /// Changes nothing, neither rows nor schema, and makes no file: what is not there, or has another version's schema,
    /// is an error. Every method that changes something throws ``VerdictStoreError/refused(_:)``.
    case readOnly
}

extension VerdictStoreError {
    /// What a store that only reads says to whoever would change it.
    static let readOnly = VerdictStoreError.refused("it was opened for reading only")
}

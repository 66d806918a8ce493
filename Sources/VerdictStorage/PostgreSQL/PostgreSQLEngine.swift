import CPostgreSQL

final class PostgreSQLEngine: SQLEngine {
    init(_ connection: String, options: PostgreSQLOptions) throws(VerdictStoreError) {}
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) async throws(VerdictStoreError) -> Value { throw .closed }
    func write<Value: Sendable>(
        isRepeatable: Bool, _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) async throws(VerdictStoreError) -> Value { throw .closed }
    func close() async {}
}

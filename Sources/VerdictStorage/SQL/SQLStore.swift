/// What both stores do, in the SQL that both databases understand.
struct SQLStore: Sendable {
    let engine: any SQLEngine
    let preparedEvidence = PreparedEvidence()

    /// That it can be written to: by writing.
    func check() async throws(VerdictStoreError) {
        try await engine.write(isRepeatable: true) { session throws(VerdictStoreError) in
            guard try session.isMigrated() else { throw .corrupt("the table of schema changes has lost some") }
            guard try session.change("UPDATE store_check SET checks = checks + 1 WHERE number = 1", []) == 1 else {
                throw .corrupt("the row that checks write to is gone")
            }
        }
    }

    func close() async { await engine.close() }

    /// The most parameters in one statement: SQLite has 32,766 as Debian builds it, PostgreSQL's protocol 65,535.
    static let mostParameters = 30_000
    /// The most values in one list: statements of a few hundred are cheap to plan.
    static let mostListed = 500

    /// `($1, $2), ($3, $4)`.
    static func placeholders(rows: Int, columns: Int) -> String {
        (0..<rows).map { row in
            "(" + (0..<columns).map { "$\(row * columns + $0 + 1)" }.joined(separator: ", ") + ")"
        }.joined(separator: ", ")
    }

    /// `($1, $2, $3)`, or from another number on.
    static func list(_ count: Int, from first: Int = 1) -> String {
        "(" + (0..<count).map { "$\(first + $0)" }.joined(separator: ", ") + ")"
    }
}

/// Conditions of a statement with their parameters.
struct SQLConditions {
    private(set) var text: [String] = []
    private(set) var parameters: [SQLValue] = []

    /// The name of a parameter: `$1`, `$2`, ….
    mutating func parameter(_ value: SQLValue) -> String {
        parameters.append(value)
        return "$\(parameters.count)"
    }

    mutating func add(_ condition: String) { text.append(condition) }

    mutating func add(_ column: String, _ comparison: String, _ value: SQLValue) {
        add("\(column) \(comparison) \(parameter(value))")
    }

    /// Nothing where there is no value.
    mutating func add(_ column: String, equals value: String?) {
        if let value { add(column, "=", .text(value)) }
    }

    /// With `WHERE` before it; empty if there is none.
    var whereClause: String { text.isEmpty ? "" : " WHERE " + text.joined(separator: " AND ") }
}

import StrictEncoding

extension SQLStore {
    func deleteVerdicts(
        before: Instant, keepingLatestPerDigest: Bool, dryRun: Bool
    ) async throws(VerdictStoreError) -> Int {
        let condition = Self.condition(keepingLatestPerDigest)
        let end = SQLValue.integer(before.secondsSince1970)
        if dryRun {
            return try await engine.read { session throws(VerdictStoreError) in
                let rows = try session.rows("SELECT COUNT(*) FROM verdict v WHERE v.decided_at < $1\(condition)", [end])
                return try rows.first?.count(0) ?? 0
            }
        }
        let deleted = try await deleteVerdicts(end, condition)
        // Facts last: they are free only when the evidence that names them is gone.
        try await deleteUnused("evidence", usedBy: "verdict_evidence", "evidence")
        try await deleteUnused("fact", usedBy: "evidence_fact", "fact")
        return deleted
    }

    /// How many rows go in one transaction.
    private static let step = 500

    private static func condition(_ keepingLatestPerDigest: Bool) -> String {
        guard keepingLatestPerDigest else { return "" }
        return """
             AND (v.digest IS NULL OR EXISTS (
              SELECT 1 FROM verdict n
              WHERE n.digest = v.digest AND (n.decided_at, n.number) > (v.decided_at, v.number)))
            """
    }

    private func deleteVerdicts(_ end: SQLValue, _ condition: String) async throws(VerdictStoreError) -> Int {
        var deleted = 0
        var last: (SQLValue, SQLValue) = (.integer(Int64.min), .integer(Int64.min))
        while true {
            let after = last
            // Found by reading, so that a long search holds up nobody who writes.
            let rows = try await engine.read { session throws(VerdictStoreError) in
                try session.rows(
                    """
                    SELECT v.decided_at, v.number FROM verdict v
                    WHERE v.decided_at < $1 AND (v.decided_at, v.number) > ($2, $3)\(condition)
                    ORDER BY v.decided_at, v.number LIMIT \(Self.step)
                    """, [end, after.0, after.1])
            }
            guard let end = rows.last else { return deleted }
            last = (.integer(try end.integer(0)), .integer(try end.integer(1)))
            let numbers = rows.map { $0.values[1] }
            deleted += try await engine.write(isRepeatable: false) { session throws(VerdictStoreError) in
                try session.change("DELETE FROM verdict WHERE number IN \(Self.list(numbers.count))", numbers)
            }
        }
    }

    /// Deletes the rows of a table that no row of another names.
    private func deleteUnused(
        _ table: String, usedBy links: String, _ column: String
    ) async throws(VerdictStoreError) {
        var last = SQLValue.integer(Int64.min)
        while true {
            let after = last
            let unused = "NOT EXISTS (SELECT 1 FROM \(links) l WHERE l.\(column) = \(table).number)"
            let rows = try await engine.read { session throws(VerdictStoreError) in
                try session.rows(
                    """
                    SELECT number FROM \(table) WHERE number > $1 AND \(unused) ORDER BY number LIMIT \(Self.step)
                    """, [after])
            }
            guard let end = rows.last else { return }
            last = .integer(try end.integer(0))
            let numbers = rows.map { $0.values[0] }
            // What was taken into use since then stays.
            _ = try await engine.write(isRepeatable: true) { session throws(VerdictStoreError) in
                try session.change(
                    "DELETE FROM \(table) WHERE number IN \(Self.list(numbers.count)) AND \(unused)", numbers)
            }
        }
    }
}

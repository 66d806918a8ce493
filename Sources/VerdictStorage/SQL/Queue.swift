import StrictEncoding

extension SQLStore {
    /// The most bytes of a job's payload.
    static let mostPayload = 1 << 20

    func enqueue(_ job: NewJob) async throws(VerdictStoreError) -> Bool {
        for (text, name) in [(job.kind, "kind"), (job.key, "key")] {
            guard StoredText.fit(text).utf8.elementsEqual(text.utf8) else {
                throw .invalid("a job's \(name) has more than 512 bytes or holds U+0000")
            }
        }
        guard job.payload.count <= Self.mostPayload else {
            throw .invalid("a job's payload has \(job.payload.count) bytes, the limit is 1 MiB")
        }
        return try await engine.write(isRepeatable: true) { session throws(VerdictStoreError) in
            let rows = try session.rows(
                """
                INSERT INTO job (kind, job_key, payload, not_before, attempt) VALUES ($1, $2, $3, $4, 0)
                ON CONFLICT (kind, job_key) WHERE worker IS NULL DO NOTHING RETURNING number
                """,
                [
                    .text(job.kind), .text(job.key), .bytes(job.payload), .integer(job.notBefore.secondsSince1970),
                ])
            return !rows.isEmpty
        }
    }

    func claim(
        kinds: Set<String>, limit: Int, at: Instant, lease: Int, worker: String
    ) async throws(VerdictStoreError) -> [Job] {
        guard !kinds.isEmpty, limit > 0 else { return [] }
        guard lease > 0 else { throw .invalid("a lease of \(lease) seconds, it has to last at least one") }
        let now = SQLValue.integer(at.secondsSince1970)
        let until = at.adding(seconds: Int64(lease))
        let limit = min(limit, Self.mostListed)
        let kinds = kinds.sorted().map { SQLValue.text($0) }
        return try await engine.write(isRepeatable: false) { session throws(VerdictStoreError) in
            // Not one whose kind and key somebody is at work on.
            let due = try session.rows(
                """
                SELECT j.number FROM job j
                WHERE j.not_before <= $1 AND (j.worker IS NULL OR j.leased_until <= $1)
                  AND NOT EXISTS (
                    SELECT 1 FROM job o WHERE o.kind = j.kind AND o.job_key = j.job_key AND o.number <> j.number
                    AND o.worker IS NOT NULL AND o.leased_until > $1)
                  AND j.kind IN \(Self.list(kinds.count, from: 3))
                ORDER BY j.not_before, j.number LIMIT $2\(session.dialect.forUpdateSkipLocked)
                """, [now, .integer(limit)] + kinds
            ).map { $0.values[0] }
            guard !due.isEmpty else { return [] }
            let rows = try session.rows(
                """
                UPDATE job SET worker = $1, leased_until = $2, attempt = attempt + 1
                WHERE number IN \(Self.list(due.count, from: 3))
                RETURNING number, kind, job_key, payload, attempt, leased_until, last_error, not_before
                """,
                [.text(StoredText.fit(worker)), .integer(until.secondsSince1970)] + due)
            var jobs: [(order: Int64, job: Job)] = []
            for row in rows {
                jobs.append(
                    (
                        try row.integer(7),
                        Job(
                            number: try row.integer(0), kind: try row.text(1), key: try row.text(2),
                            payload: try row.bytes(3), attempt: try row.count(4),
                            leasedUntil: Instant(secondsSince1970: try row.integer(5)),
                            lastError: try row.optionalText(6))
                    ))
            }
            return jobs.sorted { ($0.order, $0.job.number) < ($1.order, $1.job.number) }.map(\.job)
        }
    }

    func finish(_ job: Job) async throws(VerdictStoreError) {
        try await engine.write(isRepeatable: false) { session throws(VerdictStoreError) in
            let count = try session.change("DELETE FROM job WHERE \(Self.isHeld)", Self.holder(job))
            guard count == 1 else { throw Self.leaseLost(job) }
        }
    }

    func retry(_ job: Job, at: Instant, because: String) async throws(VerdictStoreError) {
        try await engine.write(isRepeatable: false) { session throws(VerdictStoreError) in
            let count = try session.change(
                """
                UPDATE job SET worker = NULL, leased_until = NULL, not_before = $3, last_error = $4
                WHERE \(Self.isHeld) AND NOT EXISTS (
                  SELECT 1 FROM job o WHERE o.kind = job.kind AND o.job_key = job.job_key AND o.worker IS NULL)
                """,
                Self.holder(job) + [
                    .integer(at.secondsSince1970), .text(StoredText.fit(because, StoredText.longLimit)),
                ])
            if count == 1 { return }
            // One that waits already stands for both.
            guard try session.change("DELETE FROM job WHERE \(Self.isHeld)", Self.holder(job)) == 1 else {
                throw Self.leaseLost(job)
            }
        }
    }

    func queueDepth(at: Instant) async throws(VerdictStoreError) -> Int {
        try await engine.read { session throws(VerdictStoreError) in
            let rows = try session.rows(
                "SELECT COUNT(*) FROM job WHERE not_before <= $1 AND (worker IS NULL OR leased_until <= $1)",
                [.integer(at.secondsSince1970)])
            return try rows.first?.count(0) ?? 0
        }
    }

    private static let isHeld = "number = $1 AND attempt = $2 AND worker IS NOT NULL"

    private static func holder(_ job: Job) -> [SQLValue] { [.integer(job.number), .integer(job.attempt)] }

    private static func leaseLost(_ job: Job) -> VerdictStoreError {
        .conflict("the lease of job \(job.number) ended and it is no longer this worker's")
    }
}

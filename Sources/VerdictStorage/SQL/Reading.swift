import StrictEncoding

extension SQLStore {
    func verdict(_ id: VerdictID) async throws(VerdictStoreError) -> StoredVerdict? {
        try await engine.read { session throws(VerdictStoreError) in
            let rows = try session.rows(
                "SELECT \(Reading.columns) FROM verdict v JOIN material m ON m.number = v.material WHERE v.id = $1",
                [.text(id.description)])
            return try Reading(session: session).verdicts(rows, isSummary: false).first
        }
    }

    func verdicts(_ query: VerdictQuery) async throws(VerdictStoreError) -> VerdictPage {
        let limit = min(max(query.limit, 1), 1000)
        let (sql, parameters) = Self.statement(query, limit: limit + 1)
        return try await engine.read { session throws(VerdictStoreError) in
            let rows = try session.rows(sql, parameters)
            let verdicts = try Reading(session: session).verdicts(
                Array(rows.prefix(limit)), isSummary: query.isSummary)
            var next: VerdictCursor?
            if rows.count > limit, let last = verdicts.last {
                next = VerdictCursor(decidedAt: last.decidedAt, number: try rows[limit - 1].integer(0))
            }
            return VerdictPage(verdicts: verdicts, next: next)
        }
    }

    private static func statement(_ query: VerdictQuery, limit: Int) -> (String, [SQLValue]) {
        var conditions = SQLConditions()
        var from = "verdict v JOIN material m ON m.number = v.material"
        // Where a policy is asked for, its own index holds the order.
        var (time, number) = ("v.decided_at", "v.number")
        if let policy = query.policy {
            from += " JOIN verdict_policy l ON l.verdict = v.number"
            (time, number) = ("l.decided_at", "l.verdict")
            let name = conditions.parameter(.text(StoredText.fit(policy)))
            conditions.add("l.policy = (SELECT p.number FROM policy p WHERE p.name = \(name))")
            conditions.add("l.outcome", equals: query.verdict)
        } else {
            conditions.add("v.verdict", equals: query.verdict)
        }
        conditions.add("v.digest", equals: StoredText.fit(query.digest))
        conditions.add("v.image", equals: StoredText.fit(query.image, StoredText.longLimit))
        conditions.add("v.repository", equals: StoredText.fit(query.repository))
        conditions.add("v.namespace", equals: StoredText.fit(query.namespace))
        conditions.add("v.headline", equals: query.headline)
        conditions.add("v.surface", equals: query.surface)
        if let since = query.since { conditions.add(time, ">=", .integer(since.secondsSince1970)) }
        if let until = query.until { conditions.add(time, "<", .integer(until.secondsSince1970)) }
        if let after = query.after {
            let (second, row) = (
                conditions.parameter(.integer(after.decidedAt.secondsSince1970)),
                conditions.parameter(.integer(after.number))
            )
            conditions.add("(\(time), \(number)) < (\(second), \(row))")
        }
        let most = conditions.parameter(.integer(limit))
        return (
            "SELECT \(Reading.columns) FROM \(from)\(conditions.whereClause) "
                + "ORDER BY \(time) DESC, \(number) DESC LIMIT \(most)",
            conditions.parameters
        )
    }
}

/// Puts verdicts together from their rows.
struct Reading {
    let session: any SQLSession

    static let columns =
        "v.number, v.id, v.decided_at, v.verdict, v.is_blocked, v.stage, v.image, v.repository, v.digest, v.namespace, "
        + "v.surface, v.asked_by, v.on_behalf_of, v.headline, m.policy_digest, m.trust_digest"

    func verdicts(_ rows: [SQLRow], isSummary: Bool) throws(VerdictStoreError) -> [StoredVerdict] {
        var numbers: [Int64] = []
        for row in rows { numbers.append(try row.integer(0)) }
        let policies = try policyLines(numbers)
        let records = isSummary ? [:] : try self.records(numbers)
        let evidence = isSummary ? [:] : try self.evidence(numbers)
        var verdicts: [StoredVerdict] = []
        for (row, number) in zip(rows, numbers) {
            let text = try row.text(1)
            guard let id = VerdictID(text) else { throw .corrupt("a verdict has an ID that is none") }
            if !isSummary, records[number] == nil { throw .corrupt("the record of verdict \(id) is gone") }
            verdicts.append(
                StoredVerdict(
                    id: id, decidedAt: Instant(secondsSince1970: try row.integer(2)), verdict: try row.text(3),
                    isBlocked: try row.bool(4), stage: try row.text(5), image: try row.text(6),
                    repository: try row.optionalText(7), digest: try row.optionalText(8),
                    namespace: try row.optionalText(9), surface: try row.text(10), askedBy: try row.optionalText(11),
                    user: try row.optionalText(12), headline: try row.optionalText(13), policyDigest: try row.text(14),
                    trustDigest: try row.text(15), policies: policies[number] ?? [], evidence: evidence[number] ?? [],
                    record: records[number] ?? []))
        }
        return verdicts
    }

    private func policyLines(_ numbers: [Int64]) throws(VerdictStoreError) -> [Int64: [PolicyLine]] {
        var lines: [Int64: [PolicyLine]] = [:]
        try each(
            numbers,
            { list in
                "SELECT l.verdict, p.name, l.outcome, l.stage, l.is_enforced FROM verdict_policy l "
                    + "JOIN policy p ON p.number = l.policy WHERE l.verdict IN \(list) ORDER BY l.verdict, l.place"
            }
        ) { row throws(VerdictStoreError) in
            lines[try row.integer(0), default: []].append(
                PolicyLine(
                    name: try row.text(1), verdict: try row.text(2), stage: try row.text(3),
                    isEnforced: try row.bool(4)))
        }
        return lines
    }

    private func records(_ numbers: [Int64]) throws(VerdictStoreError) -> [Int64: [UInt8]] {
        var records: [Int64: [UInt8]] = [:]
        try each(numbers, { "SELECT verdict, encoding, bytes FROM record WHERE verdict IN \($0)" }) {
            row throws(VerdictStoreError) in
            records[try row.integer(0)] = try RecordEncoding.decode(try row.integer(1), try row.bytes(2))
        }
        return records
    }

    private func evidence(_ numbers: [Int64]) throws(VerdictStoreError) -> [Int64: [StoredEvidence]] {
        var links: [(verdict: Int64, evidence: Int64)] = []
        var digests: [Int64: String] = [:]
        try each(
            numbers,
            { list in
                "SELECT l.verdict, l.evidence, e.digest FROM verdict_evidence l JOIN evidence e ON e.number = l.evidence "
                    + "WHERE l.verdict IN \(list) ORDER BY l.verdict, l.place"
            }
        ) { row throws(VerdictStoreError) in
            links.append((try row.integer(0), try row.integer(1)))
            digests[try row.integer(1)] = try row.text(2)
        }
        var facts: [Int64: [EvidenceFact]] = [:]
        try each(
            digests.keys.sorted(),
            { list in
                "SELECT l.evidence, f.kind, f.value FROM evidence_fact l JOIN fact f ON f.number = l.fact "
                    + "WHERE l.evidence IN \(list) ORDER BY l.evidence, f.kind, f.value"
            }
        ) { row throws(VerdictStoreError) in
            guard let kind = EvidenceFact.Kind(rawValue: try row.text(1)) else {
                throw .corrupt("a fact is of an unknown kind")
            }
            facts[try row.integer(0), default: []].append(EvidenceFact(kind: kind, value: try row.text(2)))
        }
        var evidence: [Int64: [StoredEvidence]] = [:]
        for link in links {
            evidence[link.verdict, default: []].append(
                StoredEvidence(digest: digests[link.evidence] ?? "", facts: facts[link.evidence] ?? []))
        }
        return evidence
    }

    /// The rows of a statement that lists numbers, a few hundred at a time.
    private func each(
        _ numbers: [Int64], _ sql: (String) -> String, _ body: (SQLRow) throws(VerdictStoreError) -> Void
    ) throws(VerdictStoreError) {
        for start in stride(from: 0, to: numbers.count, by: SQLStore.mostListed) {
            let some = numbers[start..<min(start + SQLStore.mostListed, numbers.count)]
            let rows = try session.rows(sql(SQLStore.list(some.count)), some.map(SQLValue.integer))
            for row in rows { try body(row) }
        }
    }
}

import Content
import StrictEncoding
import Synchronization

extension SQLStore {
    func append(_ verdicts: [StoredVerdict]) async throws(VerdictStoreError) {
        guard !verdicts.isEmpty else { return }
        for verdict in verdicts where verdict.record.count > RecordEncoding.limit {
            throw .invalid("the record of \(verdict.id) has \(verdict.record.count) bytes, the limit is 64 MiB")
        }
        // Hashing and compressing is done before the transaction, which others wait for.
        let rows = Self.distinct(verdicts).map { VerdictRow($0, evidence: preparedEvidence) }
        try await engine.write(isRepeatable: true) { session throws(VerdictStoreError) in
            try Appending(session: session).append(rows)
        }
    }

    /// The verdicts in the order of their IDs, the first of each. All transactions take their rows in one order, so
    /// that no two wait for each other.
    private static func distinct(_ verdicts: [StoredVerdict]) -> [StoredVerdict] {
        var seen: Set<VerdictID> = []
        return verdicts.filter { seen.insert($0.id).inserted }.sorted { $0.id < $1.id }
    }
}

/// A verdict with everything made ready that needs no database.
private struct VerdictRow: Sendable {
    let id: String
    let decidedAt: SQLValue
    /// From `id` to `headline`, as ``Appending/columns`` names them.
    let values: [SQLValue]
    let material: [SQLValue]
    let policies: [PolicyRow]
    let evidence: [EvidenceRow]
    let encoding: Int64
    let record: [UInt8]

    init(_ verdict: StoredVerdict, evidence prepared: PreparedEvidence) {
        id = verdict.id.description
        decidedAt = .integer(verdict.decidedAt.secondsSince1970)
        let long = StoredText.longLimit
        let word = StoredText.wordLimit
        values = [
            .text(id), decidedAt, .text(StoredText.fit(verdict.verdict, word)), .bool(verdict.isBlocked),
            .text(StoredText.fit(verdict.stage, word)), .text(StoredText.fit(verdict.image, long)),
            .text(StoredText.fit(verdict.repository)), .text(StoredText.fit(verdict.digest)),
            .text(StoredText.fit(verdict.namespace)), .text(StoredText.fit(verdict.surface, word)),
            .text(StoredText.fit(verdict.askedBy, long)), .text(StoredText.fit(verdict.user, long)),
            .text(StoredText.fit(verdict.headline, word)),
        ]
        material = [.text(StoredText.fit(verdict.policyDigest)), .text(StoredText.fit(verdict.trustDigest))]
        var names: Set<ExactString> = []
        policies = verdict.policies.enumerated().compactMap { place, line in
            let row = PolicyRow(line, place: place)
            return names.insert(ExactString(row.name)).inserted ? row : nil
        }
        var keys: Set<[SQLValue]> = []
        evidence = verdict.evidence.map(prepared.row).filter { keys.insert($0.key).inserted }
        (encoding, record) = RecordEncoding.encode(verdict.record)
    }
}

private struct PolicyRow: Sendable {
    let name: String
    let values: [SQLValue]

    init(_ line: PolicyLine, place: Int) {
        name = StoredText.fit(line.name)
        values = [
            .integer(place), .text(StoredText.fit(line.verdict, StoredText.wordLimit)),
            .text(StoredText.fit(line.stage, StoredText.wordLimit)), .bool(line.isEnforced),
        ]
    }
}

/// Evidence made ready, so that an SBOM that a thousand verdicts rest on is taken apart and hashed once, not a thousand
/// times. Comparing its facts costs a tenth of that.
final class PreparedEvidence: Sendable {
    private let rows = Mutex<[ExactString: (facts: [EvidenceFact], row: EvidenceRow)]>([:])

    fileprivate func row(_ evidence: StoredEvidence) -> EvidenceRow {
        let digest = ExactString(evidence.digest)
        if let known = rows.withLock({ $0[digest] }), Self.areIdentical(known.facts, evidence.facts) {
            return known.row
        }
        let row = EvidenceRow(evidence)
        rows.withLock { rows in
            // Few enough to fit in memory, whatever their SBOMs are like.
            if rows.count >= 200 { rows.removeAll(keepingCapacity: true) }
            rows[digest] = (evidence.facts, row)
        }
        return row
    }

    /// Whoever remembers facts hands over the same array each time, which then is not looked through: the known one is
    /// held, so nothing else can lie where it lies.
    private static func areIdentical(_ left: [EvidenceFact], _ right: [EvidenceFact]) -> Bool {
        guard left.count == right.count else { return false }
        let isSame = left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { left.baseAddress == $0.baseAddress }
        }
        return isSame || zip(left, right).allSatisfy { $0.isIdentical(to: $1) }
    }
}

extension EvidenceFact {
    fileprivate func isIdentical(to other: EvidenceFact) -> Bool {
        kind == other.kind && ExactString(value) == ExactString(other.value)
    }
}

fileprivate struct EvidenceRow: Sendable {
    /// Digest of the evidence, digest of its facts.
    let key: [SQLValue]
    /// Kind, value; and of a component base, name and version.
    let facts: [[SQLValue]]

    init(_ evidence: StoredEvidence) {
        facts = Set(evidence.facts.map(Self.values)).sorted { SQLValue.precedes($0, $1) }
        var said: [UInt8] = []
        for fact in facts {
            for case .text(let text) in fact.prefix(2) { said += Array(text.value.utf8) + [0] }
        }
        key = [.text(StoredText.fit(evidence.digest)), .text(Digest(of: said).hex)]
    }

    private static func values(_ fact: EvidenceFact) -> [SQLValue] {
        let value = StoredText.fit(fact.value, StoredText.longLimit)
        guard fact.kind == .component else { return [.text(fact.kind.rawValue), .text(value), .null, .null, .null] }
        let parts = ComponentParts(fact.value)
        return [
            .text(fact.kind.rawValue), .text(value), .text(StoredText.fit(parts.base, StoredText.longLimit)),
            .text(StoredText.fit(parts.name)), .text(StoredText.fit(parts.version)),
        ]
    }
}

extension SQLValue {
    /// An order of rows of text that is the same in every process: by bytes.
    fileprivate static func precedes(_ left: [SQLValue], _ right: [SQLValue]) -> Bool {
        for (left, right) in zip(left, right) {
            guard case .text(let left) = left, case .text(let right) = right else { continue }
            if left == right { continue }
            return left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
        }
        return false
    }
}

/// Writes prepared rows in a transaction, each kind of row in one statement where they fit.
private struct Appending {
    let session: any SQLSession

    private static let columns = [
        "id", "decided_at", "verdict", "is_blocked", "stage", "image", "repository", "digest", "namespace", "surface",
        "asked_by", "on_behalf_of", "headline", "material",
    ]

    func append(_ all: [VerdictRow]) throws(VerdictStoreError) {
        let new = try unknown(all)
        guard !new.isEmpty else { return }
        let materials = try numbers("material", ["policy_digest", "trust_digest"], new.map(\.material))
        let policies = try numbers("policy", ["name"], new.flatMap { $0.policies.map { [.text($0.name)] } })
        let evidence = try evidenceNumbers(new.flatMap(\.evidence))

        var rows: [[SQLValue]] = []
        for verdict in new { rows.append(verdict.values + [.integer(try found(materials, verdict.material))]) }
        // Another process may have stored one since it was looked for; then it is not among those returned.
        let inserted = try session.insert(
            into: "verdict", Self.columns, rows, ending: "ON CONFLICT (id) DO NOTHING RETURNING id, number")
        var numbers: [String: Int64] = [:]
        for row in inserted { numbers[try row.text(0)] = try row.integer(1) }

        var records: [[SQLValue]] = []
        var lines: [[SQLValue]] = []
        var links: [[SQLValue]] = []
        for verdict in new {
            guard let number = numbers[verdict.id] else { continue }
            records.append([.integer(number), .integer(verdict.encoding), .bytes(verdict.record)])
            for line in verdict.policies {
                let policy = try found(policies, [.text(line.name)])
                lines.append([.integer(number), .integer(policy), verdict.decidedAt] + line.values)
            }
            for (place, piece) in verdict.evidence.enumerated() {
                links.append([.integer(number), .integer(try found(evidence, piece.key)), .integer(place)])
            }
        }
        try session.insert(into: "record", ["verdict", "encoding", "bytes"], records)
        try session.insert(
            into: "verdict_policy",
            ["verdict", "policy", "decided_at", "place", "outcome", "stage", "is_enforced"], lines)
        try session.insert(into: "verdict_evidence", ["verdict", "evidence", "place"], links)
    }

    private func unknown(_ all: [VerdictRow]) throws(VerdictStoreError) -> [VerdictRow] {
        var known: Set<String> = []
        for start in stride(from: 0, to: all.count, by: SQLStore.mostListed) {
            let ids = all[start..<min(start + SQLStore.mostListed, all.count)].map { SQLValue.text($0.id) }
            let sql = "SELECT id FROM verdict WHERE id IN \(SQLStore.list(ids.count))"
            for row in try session.rows(sql, ids) { known.insert(try row.text(0)) }
        }
        return all.filter { !known.contains($0.id) }
    }

    /// The numbers of evidence; what is new is stored with its facts.
    private func evidenceNumbers(_ all: [EvidenceRow]) throws(VerdictStoreError) -> [[SQLValue]: Int64] {
        let columns = ["digest", "facts_digest"]
        var numbers = try known("evidence", columns, all.map(\.key))
        var new: [[SQLValue]: EvidenceRow] = [:]
        for piece in all where numbers[piece.key] == nil { new[piece.key] = piece }
        guard !new.isEmpty else { return numbers }
        let keys = new.keys.sorted { SQLValue.precedes($0, $1) }
        let facts = try self.numbers(
            "fact", ["kind", "value", "base", "name", "version"], new.values.flatMap(\.facts), keyColumns: 2)
        let inserted = try session.insert(
            into: "evidence", columns, keys,
            ending: "ON CONFLICT (digest, facts_digest) DO NOTHING RETURNING number, digest, facts_digest")
        var links: [[SQLValue]] = []
        for row in inserted {
            let number = try row.integer(0)
            let key = Array(row.values[1...])
            numbers[key] = number
            for fact in new[key]?.facts ?? [] {
                links.append([.integer(number), .integer(try found(facts, Array(fact.prefix(2))))])
            }
        }
        try session.insert(into: "evidence_fact", ["evidence", "fact"], links)
        // The rest was stored by another transaction meanwhile.
        let missing = keys.filter { numbers[$0] == nil }
        if !missing.isEmpty { numbers.merge(try known("evidence", columns, missing)) { $1 } }
        return numbers
    }

    /// The numbers of rows that are stored once, by the values of their first `keyColumns` columns; those that are not
    /// there are added.
    private func numbers(
        _ table: String, _ columns: [String], _ rows: [[SQLValue]], keyColumns: Int? = nil
    ) throws(VerdictStoreError) -> [[SQLValue]: Int64] {
        let keyColumns = keyColumns ?? columns.count
        let keyNames = Array(columns.prefix(keyColumns))
        let distinct = Array(Set(rows)).sorted { SQLValue.precedes($0, $1) }
        var numbers = try known(table, keyNames, distinct.map { Array($0.prefix(keyColumns)) })
        let new = distinct.filter { numbers[Array($0.prefix(keyColumns))] == nil }
        guard !new.isEmpty else { return numbers }
        let names = keyNames.joined(separator: ", ")
        for row in try session.insert(
            into: table, columns, new, ending: "ON CONFLICT (\(names)) DO NOTHING RETURNING number, \(names)")
        {
            numbers[Array(row.values[1...])] = try row.integer(0)
        }
        let missing = new.map { Array($0.prefix(keyColumns)) }.filter { numbers[$0] == nil }
        if !missing.isEmpty { numbers.merge(try known(table, keyNames, missing)) { $1 } }
        return numbers
    }

    /// The numbers of those rows that are there.
    private func known(
        _ table: String, _ columns: [String], _ keys: [[SQLValue]]
    ) throws(VerdictStoreError) -> [[SQLValue]: Int64] {
        let keys = Array(Set(keys))
        var numbers: [[SQLValue]: Int64] = [:]
        let most = session.dialect.rowsPerStatement ?? SQLStore.mostListed
        let names = columns.map { "t." + $0 }.joined(separator: ", ")
        let condition = columns.map { "t.\($0) = wanted.\($0)" }.joined(separator: " AND ")
        for start in stride(from: 0, to: keys.count, by: most) {
            let some = keys[start..<min(start + most, keys.count)]
            let sql =
                "WITH wanted (\(columns.joined(separator: ", "))) AS (VALUES "
                + SQLStore.placeholders(rows: some.count, columns: columns.count)
                + ") SELECT t.number, \(names) FROM wanted JOIN \(table) t ON \(condition)"
            for row in try session.rows(sql, some.flatMap { $0 }) {
                numbers[Array(row.values[1...])] = try row.integer(0)
            }
        }
        return numbers
    }

    private func found(_ numbers: [[SQLValue]: Int64], _ key: [SQLValue]) throws(VerdictStoreError) -> Int64 {
        // A transaction that added the row has ended without it, or it was deleted since: the next attempt adds it.
        guard let number = numbers[key] else { throw .conflict("a row went while it was needed") }
        return number
    }
}

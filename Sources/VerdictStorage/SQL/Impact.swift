import StrictEncoding

extension SQLStore {
    func affected(
        by fact: ImpactQuery, since: Instant?, limit: Int
    ) async throws(VerdictStoreError) -> [AffectedImage] {
        var conditions = SQLConditions()
        let hits = Self.hits(fact, &conditions)
        let prefix = "WITH hit (verdict) AS (\(hits)) "
        let from = since.map { conditions.parameter(.integer($0.secondsSince1970)) }
        let filter = from.map { " WHERE v.decided_at >= \($0)" } ?? ""
        let parameters = conditions.parameters
        let most = conditions.parameter(.integer(min(max(limit, 1), 10_000)))
        let images =
            prefix + """
                , ranked AS (
                  SELECT \(Self.group) AS image_key, v.repository, v.digest, v.image, v.decided_at, v.number, v.id,
                    v.verdict, v.is_blocked,
                    COUNT(*) OVER whole AS verdicts, MIN(v.decided_at) OVER whole AS first_at,
                    ROW_NUMBER() OVER (whole ORDER BY v.decided_at DESC, v.number DESC) AS place
                  FROM hit JOIN verdict v ON v.number = hit.verdict\(filter)
                  WINDOW whole AS (PARTITION BY \(Self.group), v.repository))
                SELECT image_key, repository, digest, image, verdicts, first_at, decided_at, id, verdict, is_blocked
                FROM ranked WHERE place = 1 ORDER BY decided_at DESC, number DESC LIMIT \(most)
                """
        let namespaces =
            prefix + """
                SELECT DISTINCT \(Self.group), v.repository, v.namespace FROM hit JOIN verdict v
                ON v.number = hit.verdict\(filter) ORDER BY 1, 2, 3 LIMIT 200000
                """
        let all = conditions.parameters
        return try await engine.read { session throws(VerdictStoreError) in
            let rows = try session.rows(images, all)
            guard !rows.isEmpty else { return [] }
            let places = try Self.lists(session.rows(namespaces, parameters))
            let matches = try Self.matches(fact, session, prefix: prefix, filter: filter, parameters)
            var images: [AffectedImage] = []
            for row in rows {
                guard let id = VerdictID(try row.text(7)) else { throw .corrupt("a verdict has an ID that is none") }
                let key = Array(row.values.prefix(2))
                images.append(
                    AffectedImage(
                        digest: try row.optionalText(2), repository: try row.optionalText(1), image: try row.text(3),
                        namespaces: places[key] ?? [], verdicts: try row.count(4),
                        firstDecidedAt: Instant(secondsSince1970: try row.integer(5)),
                        lastDecidedAt: Instant(secondsSince1970: try row.integer(6)), lastID: id,
                        lastVerdict: try row.text(8), lastIsBlocked: try row.bool(9), matches: matches[key] ?? []))
            }
            return images
        }
    }

    /// What makes two verdicts speak of one image.
    private static let group = "COALESCE(v.digest, v.image)"

    /// A statement for the numbers of the verdicts that a fact concerns.
    private static func hits(_ fact: ImpactQuery, _ conditions: inout SQLConditions) -> String {
        if case .digest(let digest) = fact {
            let digest = conditions.parameter(.text(StoredText.fit(digest)))
            return """
                SELECT number FROM verdict WHERE digest = \(digest)
                UNION SELECT l.verdict FROM evidence e JOIN verdict_evidence l ON l.evidence = e.number
                WHERE e.digest = \(digest)
                """
        }
        return """
            SELECT DISTINCT l.verdict FROM fact f JOIN evidence_fact c ON c.fact = f.number
            JOIN verdict_evidence l ON l.evidence = c.evidence WHERE \(facts(fact, &conditions))
            """
    }

    /// The condition on facts, called `f`. Named by their places, parameters may be used more than once.
    private static func facts(_ fact: ImpactQuery, _ conditions: inout SQLConditions) -> String {
        func value(_ kind: EvidenceFact.Kind, _ value: String) -> String {
            let kind = conditions.parameter(.text(kind.rawValue))
            return
                "f.kind = \(kind) AND f.value = \(conditions.parameter(.text(StoredText.fit(value, StoredText.longLimit))))"
        }
        func part(_ column: String, _ value: String, _ limit: Int = 512) -> String {
            "\(column) = \(conditions.parameter(.text(StoredText.fit(value, limit))))"
        }
        switch fact {
        case .signer(let identity): return value(.signer, identity)
        case .key(let digest): return value(.key, digest)
        case .builder(let id): return value(.builder, id)
        case .digest(let digest): return value(.component, digest)
        case .component(.packageURL(let url)):
            let parts = ComponentParts(url)
            guard let version = parts.version, !parts.hasQualifiers else { return value(.component, url) }
            return part("f.base", parts.base, StoredText.longLimit) + " AND " + part("f.version", version)
        case .component(.anyVersion(let url)):
            return part("f.base", ComponentParts(url).base, StoredText.longLimit)
        case .component(.named(let name, let version)):
            let named = part("f.name", name)
            return version.map { named + " AND " + part("f.version", $0) } ?? named
        }
    }

    /// Which facts matched, for each image.
    private static func matches(
        _ fact: ImpactQuery, _ session: any SQLSession, prefix: String, filter: String, _ parameters: [SQLValue]
    ) throws(VerdictStoreError) -> [[SQLValue]: [String]] {
        if case .digest = fact { return [:] }
        // The same parameters in the same places as in the statement for the verdicts.
        var conditions = SQLConditions()
        let facts = facts(fact, &conditions)
        return try lists(
            session.rows(
                prefix + """
                    SELECT DISTINCT \(group), v.repository, f.value FROM hit JOIN verdict v ON v.number = hit.verdict
                    JOIN verdict_evidence l ON l.verdict = v.number JOIN evidence_fact c ON c.evidence = l.evidence
                    JOIN fact f ON f.number = c.fact AND \(facts)\(filter) ORDER BY 1, 2, 3 LIMIT 200000
                    """, parameters))
    }

    /// Rows of image, repository and a text, as lists of at most 100 texts.
    private static func lists(_ rows: [SQLRow]) throws(VerdictStoreError) -> [[SQLValue]: [String]] {
        var lists: [[SQLValue]: [String]] = [:]
        for row in rows {
            guard let text = try row.optionalText(2) else { continue }
            let key = Array(row.values.prefix(2))
            if lists[key, default: []].count < 100 { lists[key, default: []].append(text) }
        }
        return lists
    }
}

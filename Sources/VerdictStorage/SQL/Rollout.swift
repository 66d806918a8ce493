import StrictEncoding

extension SQLStore {
    func rollout(since: Instant) async throws(VerdictStoreError) -> [RolloutLine] {
        try await engine.read { session throws(VerdictStoreError) in
            var lines: [RolloutLine] = []
            // Policy by policy, so that each reads its own part of the index and no more.
            for row in try session.rows("SELECT number, name FROM policy ORDER BY name") {
                lines += try Self.lines(try row.integer(0), try row.text(1), since: since, session)
            }
            return lines
        }
    }

    private static func lines(
        _ policy: Int64, _ name: String, since: Instant, _ session: any SQLSession
    ) throws(VerdictStoreError) -> [RolloutLine] {
        let parameters: [SQLValue] = [.integer(policy), .integer(since.secondsSince1970)]
        let counts = try session.rows(
            """
            SELECT l.stage, COUNT(*), COUNT(*) FILTER (WHERE l.outcome <> 'admit'),
              COUNT(*) FILTER (WHERE l.outcome <> 'admit' AND l.is_enforced = 0),
              COUNT(*) FILTER (WHERE l.outcome = 'undecided'),
              COUNT(DISTINCT CASE WHEN l.outcome <> 'admit' THEN COALESCE(v.digest, v.image) END),
              COUNT(DISTINCT CASE WHEN l.outcome <> 'admit' THEN v.namespace END),
              MIN(l.decided_at), MAX(l.decided_at)
            FROM verdict_policy l JOIN verdict v ON v.number = l.verdict
            WHERE l.policy = $1 AND l.decided_at >= $2 GROUP BY l.stage ORDER BY l.stage
            """, parameters)
        guard !counts.isEmpty else { return [] }
        let examples = try self.examples(parameters, session)
        var lines: [RolloutLine] = []
        for row in counts {
            let stage = try row.text(0)
            lines.append(
                RolloutLine(
                    policy: name, stage: stage, decisions: try row.count(1), refused: try row.count(2),
                    wouldReject: try row.count(3), undecided: try row.count(4), images: try row.count(5),
                    namespaces: try row.count(6), firstDecidedAt: Instant(secondsSince1970: try row.integer(7)),
                    lastDecidedAt: Instant(secondsSince1970: try row.integer(8)),
                    examples: examples[ExactString(stage)] ?? []))
        }
        return lines
    }

    /// By stage.
    private static func examples(
        _ parameters: [SQLValue], _ session: any SQLSession
    ) throws(VerdictStoreError) -> [ExactString: [RolloutExample]] {
        let rows = try session.rows(
            """
            WITH refused AS (
              SELECT l.stage, l.decided_at, l.outcome, v.number, v.id, v.image, v.digest, v.namespace, v.headline,
                ROW_NUMBER() OVER (
                  PARTITION BY l.stage, COALESCE(v.digest, v.image), v.namespace
                  ORDER BY l.decided_at DESC, v.number DESC) AS repetition
              FROM verdict_policy l JOIN verdict v ON v.number = l.verdict
              WHERE l.policy = $1 AND l.decided_at >= $2 AND l.outcome <> 'admit'),
            latest AS (
              SELECT refused.*,
                ROW_NUMBER() OVER (PARTITION BY stage ORDER BY decided_at DESC, number DESC) AS place
              FROM refused WHERE repetition = 1)
            SELECT stage, id, decided_at, image, digest, namespace, outcome, headline
            FROM latest WHERE place <= 20 ORDER BY stage, place
            """, parameters)
        var examples: [ExactString: [RolloutExample]] = [:]
        for row in rows {
            guard let id = VerdictID(try row.text(1)) else { throw .corrupt("a verdict has an ID that is none") }
            examples[ExactString(try row.text(0)), default: []].append(
                RolloutExample(
                    id: id, decidedAt: Instant(secondsSince1970: try row.integer(2)), image: try row.text(3),
                    digest: try row.optionalText(4), namespace: try row.optionalText(5), verdict: try row.text(6),
                    headline: try row.optionalText(7)))
        }
        return examples
    }
}

import Findings
import LandwaiterCommands
import StrictEncoding
import VerdictStorage

extension AuditExportCommand {
    func carryOut() async throws {
        let last = try after.map { text throws(CommandFailure) in
            guard let id = VerdictID(text) else {
                throw .usage("expected the `id` of a decision for `--after`, found \(Finding.quoted(text))")
            }
            return id
        }
        try await OpenedStore.reading(store) { store, _ in
            let now = Clock.now
            var from = since?.instant(at: now) ?? Instant(secondsSince1970: 0)
            var start: ExportedDecisions.Position?
            if let last {
                // One that has been pruned since still says when it was.
                let decidedAt =
                    try await store.verdict(last)?.decidedAt
                    ?? Instant(secondsSince1970: Int64(clamping: last.milliseconds / 1000))
                start = ExportedDecisions.Position(decidedAt: decidedAt, id: last)
                from = max(from, decidedAt)
            }
            // What is decided while it runs is for the next export: a second that is not over is left out.
            let end = until?.instant(at: now) ?? now
            let export = ExportedDecisions(store: store, start: start)
            try await export.write(from: from, to: end) { Terminal.write(AuditJSON.decision($0).line) }
        }
    }
}

/// All decisions of a time, the oldest first; of one second, by their ids. A store gives pages with the newest first, so
/// a span of time that has more than a page is halved until it has not: however many there are, two pages are in memory.
struct ExportedDecisions {
    /// A place in the order.
    struct Position: Comparable {
        let decidedAt: Instant
        let id: VerdictID

        static func < (a: Position, b: Position) -> Bool { (a.decidedAt, a.id) < (b.decidedAt, b.id) }
    }

    let store: any VerdictStore
    /// Everything up to here is left out.
    let start: Position?
    var page = 1000

    /// - Parameter to: exclusive.
    func write(from: Instant, to: Instant, _ write: (StoredVerdict) -> Void) async throws {
        guard from < to else { return }
        let first = try await store.verdicts(VerdictQuery(since: from, until: to, limit: page, isSummary: true))
        guard !first.verdicts.isEmpty else { return }
        let length = to.secondsSince1970 - from.secondsSince1970
        guard first.next != nil, length > 1 else {
            return try await writeAll(from: from, to: to, write)
        }
        // Decisions are seldom spread evenly since 1970: what is older than the oldest of this page comes first.
        let oldest = first.verdicts.last?.decidedAt ?? from
        let middle = Instant(secondsSince1970: from.secondsSince1970 + length / 2)
        let cut = oldest > from && oldest < to ? oldest : middle
        try await self.write(from: from, to: cut, write)
        try await self.write(from: cut, to: to, write)
    }

    /// Of a span that has few: at most a page, or one second.
    private func writeAll(from: Instant, to: Instant, _ write: (StoredVerdict) -> Void) async throws {
        var query = VerdictQuery(since: from, until: to, limit: page)
        var found: [StoredVerdict] = []
        while true {
            let page = try await store.verdicts(query)
            found += page.verdicts
            guard let next = page.next else { break }
            query.after = next
        }
        let sorted = found.map { (position: Position(decidedAt: $0.decidedAt, id: $0.id), verdict: $0) }
            .sorted { $0.position < $1.position }
        for item in sorted where start.map({ item.position > $0 }) ?? true { write(item.verdict) }
    }
}

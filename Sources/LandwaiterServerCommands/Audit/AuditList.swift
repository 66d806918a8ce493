import Content
import Findings
import LandwaiterCommands
import StrictEncoding
import VerdictStorage

extension AuditListCommand {
    func carryOut() async throws {
        let cursor = try after.map { text throws(CommandFailure) in
            guard let cursor = VerdictCursor(text) else {
                throw .usage(
                    "expected where an earlier page ended for `--after`, found \(Finding.quoted(text))",
                    "the last line of that page says it")
            }
            return cursor
        }
        guard (1...1000).contains(limit) else {
            throw CommandFailure.usage("expected `--limit` from 1 to 1000, found \(limit)")
        }
        if let digest {
            do throws(DigestError) { _ = try Digest(digest) } catch {
                throw CommandFailure.usage("\(Finding.quoted(digest)): \(error.message)")
            }
        }
        try await OpenedStore.reading(store) { store, _ in
            let now = Clock.now
            let page = try await store.verdicts(
                VerdictQuery(
                    digest: digest, repository: repository, namespace: namespace, policy: policy,
                    verdict: verdict?.rawValue, headline: code, since: since?.instant(at: now),
                    until: until?.instant(at: now), after: cursor, limit: limit, isSummary: true))
            switch output {
            case .text:
                var out = page.verdicts.map(AuditText.row).joined()
                if page.verdicts.isEmpty { out = "no decision is recorded that meets these conditions\n" }
                if let next = page.next { out += "more: --after \(next)\n" }
                Terminal.write(out)
            case .json:
                let answer = JSONTree(members: [
                    "schemaVersion": AuditJSON.schemaVersion, "decisions": .array(page.verdicts.map(AuditJSON.summary)),
                    "next": page.next.map { .string($0.description) },
                ])
                Terminal.write(answer.line)
            }
        }
    }
}

extension AuditPruneCommand {
    func carryOut() async throws {
        try await OpenedStore.using(store, dryRun ? .readOnly : .readWrite) { store, _ in
            let now = Clock.now
            let before = before.instant(at: now)
            guard before <= now else {
                throw CommandFailure.usage("expected `--before` in the past, found \(before)")
            }
            let count = try await store.deleteVerdicts(
                before: before, keepingLatestPerDigest: keepLatest, dryRun: dryRun)
            switch output {
            case .text:
                let kept = keepLatest ? ", the newest about each image kept" : ""
                Terminal.write(
                    "\(dryRun ? "would delete" : "deleted") \(AuditText.counted(count, "decision")) from before \(before)\(kept)\n"
                )
            case .json:
                let answer: JSONTree = [
                    "schemaVersion": AuditJSON.schemaVersion, "before": .string(before.description),
                    "decisions": .integer(Int64(count)), "dryRun": .bool(dryRun), "latestKept": .bool(keepLatest),
                ]
                Terminal.write(answer.line)
            }
        }
    }
}

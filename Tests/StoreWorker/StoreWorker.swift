import Glibc
import StrictEncoding
import VerdictStorage

/// Records verdicts and does jobs until it is killed, for tests that kill it.
///
///     landwaiter-store-worker (sqlite FILE | postgresql CONNECTION) SPOOL LOG
///
/// To LOG it appends, each in one write: `verdict ID` once a verdict is durable, `begin KEY ATTEMPT` and `done KEY ATTEMPT`
/// around the work of a job, `finished KEY ATTEMPT` once the queue has let go of it. To standard output it says `ready`. It
/// ends by itself when standard input does: then it drains, and says how many verdicts are left in the spool.
@main struct StoreWorker {
    static func main() async throws {
        var words = CommandLine.arguments
        if words.count > 4, words[1] == "measure", let count = Int(words[4]), count > 0 {
            words.remove(at: 1)
            try await measure(words, count)
            return
        }
        guard words.count == 5 else {
            write("usage: landwaiter-store-worker (sqlite FILE | postgresql CONNECTION) SPOOL LOG\n", to: 2)
            exit(64)
        }
        let store = try store(words)
        let log = open(words[4], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        let spool = try await VerdictSpool.open(directory: words[3])
        // Of a busy disk it is patient; a full one refuses at once.
        let recorder = VerdictRecorder(
            store: store, spool: spool,
            limits: RecorderLimits(
                storePatience: .seconds(120), longestWait: .seconds(240), retryAfter: .milliseconds(50))
        )
        let replaying = Task { await recorder.run() }
        write("ready\n", to: 1)

        let recording = (0..<4).map { _ in
            Task {
                while !Task.isCancelled {
                    let verdict = sample()
                    if await recorder.record(verdict, mustBeDurable: true).isDurable {
                        write("verdict \(verdict.id)\n", to: log)
                    }
                }
            }
        }
        let working = Task {
            while !Task.isCancelled { await work(store, log) }
        }
        // Blocks a thread of the pool for good; there are others.
        await Task.detached {
            var byte: UInt8 = 0
            while read(0, &byte, 1) > 0 {}
        }.value
        for task in recording { task.cancel() }
        working.cancel()
        for task in recording { await task.value }
        await working.value
        // What an earlier process left comes to the store too; nobody may have looked for it yet.
        await recorder.measureSpool()
        while recorder.state.spooled > 0, recorder.state.storeFailure == nil {
            try await Task.sleep(for: .milliseconds(20))
        }
        replaying.cancel()
        await replaying.value
        await store.close()
        write("spooled \(recorder.state.spooled)\n", to: 1)
    }

    private static func store(_ words: [String]) throws -> any VerdictStore {
        // Tests on a busy machine are patient.
        words[1] == "sqlite"
            ? SQLiteVerdictStore(path: words[2], options: SQLiteOptions(patience: .seconds(600)))
            : try PostgreSQLVerdictStore(words[2], options: PostgreSQLOptions(patience: .seconds(600)))
    }

    private static func measure(_ words: [String], _ count: Int) async throws {
        var record = Array(repeating: UInt8(ascii: "r"), count: 2000)
        if words.count > 4, let file = fopen(words[4], "r") {
            record = [UInt8](repeating: 0, count: 1 << 20)
            record.removeLast(record.count - fread(&record, 1, record.count, file))
            fclose(file)
        }
        let store = try store(words)
        try await StoreBenchmark(store: store, count: count, record: record).run()
        await store.close()
    }

    private static func work(_ store: any VerdictStore, _ log: Int32) async {
        do {
            let jobs = try await store.claim(
                kinds: ["verify"], limit: 3, at: now, lease: 2, worker: "worker \(getpid())")
            if jobs.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            for job in jobs {
                write("begin \(job.key) \(job.attempt)\n", to: log)
                try await Task.sleep(for: .milliseconds(2))
                write("done \(job.key) \(job.attempt)\n", to: log)
                try await store.finish(job)
                write("finished \(job.key) \(job.attempt)\n", to: log)
            }
        } catch {
            // The next round tries again.
        }
    }

    private static var now: Instant { Instant(secondsSince1970: Int64(time(nil))) }

    private static func sample() -> StoredVerdict {
        let number = Int.random(in: 0..<50)
        return StoredVerdict(
            id: .make(at: now), decidedAt: now, verdict: "reject", isBlocked: true, stage: "enforce",
            image: "registry.example/app-\(number):1", repository: "registry.example/app-\(number)",
            digest: "sha256:\(number)", namespace: "finance", surface: "api", askedBy: nil, user: nil,
            headline: "signature.missing", policyDigest: "sha256:p", trustDigest: "sha256:t",
            policies: [PolicyLine(name: "payments/finance", verdict: "reject", stage: "enforce", isEnforced: true)],
            evidence: [
                StoredEvidence(
                    digest: "sha256:e\(number)", facts: [EvidenceFact(kind: .component, value: "pkg:a/c\(number)@1")])
            ], record: Array(repeating: UInt8(number), count: 2000))
    }

    private static func write(_ text: String, to file: Int32) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    }
}

import Glibc
import StrictEncoding
import VerdictStorage

/// Fills a store and measures what asking it costs: `landwaiter-store-worker measure (sqlite FILE | postgresql
/// CONNECTION) VERDICTS [RECORD]`. See `Scripts/bench-store`.
///
/// There is one image for every 500 verdicts, each with its SBOM of 200 components out of 5000, signed by one of ten.
struct StoreBenchmark {
    let store: any VerdictStore
    let count: Int
    /// The record that every verdict has, its digest exchanged.
    let record: [UInt8]
    private let evidence: [StoredEvidence]

    init(store: any VerdictStore, count: Int, record: [UInt8]) {
        self.store = store
        self.count = count
        self.record = record
        evidence = (0..<max(count / 500, 1)).map(Self.evidence)
    }

    func run() async throws {
        // A store that holds something was filled before, perhaps further by Scripts/bench-store.
        if try await store.verdicts(VerdictQuery(limit: 1, isSummary: true)).verdicts.isEmpty {
            let start = ContinuousClock.now
            for first in stride(from: 0, to: count, by: 1000) {
                try await store.append((first..<min(first + 1000, count)).map(verdict))
            }
            report("fill", "\(count) verdicts in \(start.duration(to: .now))")
            return
        }
        let digest = Self.digest(images / 2)
        try await measure("audit DIGEST, 100 verdicts with records") {
            try await store.verdicts(VerdictQuery(digest: digest)).verdicts.count
        }
        try await measure("audit DIGEST, 100 summaries") {
            try await store.verdicts(VerdictQuery(digest: digest, isSummary: true)).verdicts.count
        }
        try await measure("newest 100 of a namespace") {
            try await store.verdicts(VerdictQuery(namespace: "team-7", isSummary: true)).verdicts.count
        }
        try await measure("newest 100 rejects of a policy") {
            try await store.verdicts(VerdictQuery(policy: "payments/finance", verdict: "reject", isSummary: true))
                .verdicts.count
        }
        try await measure("impact of a component in all versions") {
            try await store.affected(by: .component(.anyVersion("pkg:deb/debian/package-17"))).count
        }
        try await measure("impact of a digest") { try await store.affected(by: .digest(digest)).count }
        try await measure("rollout of the last day", times: 3) {
            try await store.rollout(since: Self.instant(count).adding(seconds: -86400)).count
        }
        try await measure("one verdict appended", times: 50) {
            try await store.append([verdict(Int.random(in: 0..<count))])
            return 1
        }
        try await measure("256 verdicts appended", times: 20) {
            try await store.append((0..<256).map { _ in verdict(Int.random(in: 0..<count)) })
            return 256
        }
    }

    private var images: Int { max(count / 500, 1) }

    private func verdict(_ number: Int) -> StoredVerdict {
        // A hundred decisions on an image in a row, as a rollout makes them.
        let image = number / 100 % images
        let verdict = number % 10 == 0 ? "reject" : "admit"
        return StoredVerdict(
            id: .make(at: Self.instant(number)), decidedAt: Self.instant(number), verdict: verdict, isBlocked: false,
            stage: "warn", image: "registry.example/team-\(image % 40)/app-\(image):v1.\(number % 7)",
            repository: "registry.example/team-\(image % 40)/app-\(image)", digest: Self.digest(image),
            namespace: "team-\(image % 40)", surface: "kubernetes-validate",
            askedBy: "spiffe://cluster.example/api-server", user: "Deployment team-\(image % 40)/app, container app",
            headline: verdict == "admit" ? nil : "signature.missing", policyDigest: Self.digest(-1),
            trustDigest: Self.digest(-2),
            policies: [PolicyLine(name: "payments/finance", verdict: verdict, stage: "warn", isEnforced: false)],
            evidence: [evidence[image]], record: record)
    }

    private static func evidence(_ image: Int) -> StoredEvidence {
        let components = (0..<200).map { component in
            let package = (image &* 7919 &+ component &* 31) % 5000
            return EvidenceFact(
                kind: .component, value: "pkg:deb/debian/package-\(package / 5)@\(package % 5)?arch=amd64")
        }
        let signer = EvidenceFact(kind: .signer, value: "pipeline-\(image % 10)@example.com")
        return StoredEvidence(digest: digest(image + 1_000_000), facts: components + [signer])
    }

    /// Ten verdicts a second.
    private static func instant(_ number: Int) -> Instant {
        Instant(secondsSince1970: 1_794_916_800 + Int64(number / 10))
    }

    private static func digest(_ number: Int) -> String {
        // A number's digits, spread over the 64 so that no index sees a common beginning.
        var state = UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9_7F4A_7C15
        var hex = ""
        for _ in 0..<4 {
            state = (state ^ state >> 29) &* 0xBF58_476D_1CE4_E5B9 &+ 1
            let digits = String(state, radix: 16)
            hex += String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        return "sha256:" + hex
    }

    /// Median of the processor's time in this process, and of the time that passes.
    private func measure(_ name: String, times: Int = 11, _ body: () async throws -> Int) async throws {
        var (processor, wall, found): ([Double], [Double], Int) = ([], [], 0)
        for _ in 0..<times {
            let (before, start) = (Self.processorTime(), ContinuousClock.now)
            found = try await body()
            wall.append(start.duration(to: .now) / .milliseconds(1))
            processor.append(Self.processorTime() - before)
        }
        let (cpu, time) = (processor.sorted()[times / 2], wall.sorted()[times / 2])
        report(name, "\(found) found, CPU \(cpu) ms, \((time * 100).rounded() / 100) ms")
    }

    private func report(_ name: String, _ result: String) { print("\(name): \(result)") }

    /// Milliseconds.
    private static func processorTime() -> Double {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        let micro =
            (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000
            + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return Double(micro / 10) / 100
    }
}

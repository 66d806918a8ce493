import Deadlines
import Foundation
import Landwaiter
import RegistrySimulator
import Testing
import VerdictStorage

@testable import AdmissionService

@Suite struct MetricsTests {
    /// PITFALLS: cardinality driven by the caller.
    @Test func makesNoSeriesOutOfWhatWasAsked() async throws {
        try await ServiceScene.with { scene in
            var generator = SystemRandomNumberGenerator()
            func text(_ number: Int) -> String {
                switch number % 5 {
                case 0: "registry-\(number).example/app:v\(number)"
                case 1: "\(scene.registry.host)/r\(number)"
                case 2: "x\"} 1\nlandwaiter_decisions_total{surface=\"\(number)\"} 1 #"
                case 3:
                    String(decoding: (0..<40).map { _ in UInt8.random(in: 0...255, using: &generator) }, as: UTF8.self)
                default: "\u{202E}\(number)\\"
                }
            }
            scene.registry.inject(.status(500))
            _ = await scene.ask()
            for surface in Asker.Surface.allCases {
                _ = await scene.service.decide(
                    [Question(image: "x y", namespace: nil, asker: Asker(surface: surface))], within: patience)
            }
            let before = scene.metrics.seriesCount
            for start in stride(from: 0, to: 10_000, by: 500) {
                let questions = (start..<(start + 500)).map { number in
                    Question(
                        image: text(number), namespace: "ns-\(text(number))",
                        asker: Asker(surface: .api, identity: "caller \(text(number))"), user: text(number))
                }
                _ = await scene.service.decide(questions, within: patience)
            }
            // Each kind of answer is a series, and there are few.
            #expect(scene.metrics.seriesCount <= before + 12)
            let exposition = String(decoding: scene.metrics.exposition(), as: UTF8.self)
            #expect(!exposition.contains("ns-"))
            #expect(!exposition.contains("caller"))
            for line in exposition.split(separator: "\n") where !line.hasPrefix("#") {
                #expect(line.contains(Self.sample), "\(line)")
            }
        }
    }
    // prometheus.io, "Text-based format": name{label="value",…} value
    nonisolated(unsafe) static let sample =
        /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-z_]+="([^"\\\n]|\\["\\n])*"(,[a-z_]+="([^"\\\n]|\\["\\n])*")*\})? (-?[0-9.]+(e[-+]?[0-9]+)?|[+-]Inf|NaN)$/

    /// An image and the bases that are judged with it are told apart: a cache too small for bases would not show among
    /// images.
    @Test func countsKeptBasesBesideImages() {
        let metrics = ServiceMetrics()
        metrics.watch { readings in
            var cached = EvidenceCacheStatistics()
            (cached.hits, cached.misses, cached.baseHits, cached.baseMisses) = (1, 2, 3, 4)
            readings.set(cached)
        }
        let lines = Set(String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n").map(String.init))
        let expected: Set = [
            "landwaiter_evidence_cache_hits_total{of=\"image\"} 1",
            "landwaiter_evidence_cache_misses_total{of=\"image\"} 2",
            "landwaiter_evidence_cache_hits_total{of=\"base\"} 3",
            "landwaiter_evidence_cache_misses_total{of=\"base\"} 4",
        ]
        #expect(lines.filter { $0.hasPrefix("landwaiter_evidence_cache_") && $0.contains("{") } == expected)
    }

    @Test func escapesLabelValues() {
        #expect(MetricText.escaped("a\\b\"c\nd\re\u{0}") == "a\\\\b\\\"c\\nd\u{FFFD}e\u{FFFD}")
    }

    @Test func takesOnlyLabelsThatAreKnown() {
        let metrics = ServiceMetrics()
        metrics.know(registries: ["registry.example"])
        metrics.know(policies: [PolicyName(source: "team", name: "a")], trust: [])
        metrics.count(.registryReads, [.registry("registry.example"), .outcome(.answered)])
        for number in 0..<1000 {
            metrics.count(.registryReads, [.registry("r\(number).example"), .outcome(.answered)])
            metrics.count(.policyWouldReject, [.policy(PolicyName(source: "x", name: "\(number)")), .stage(.warn)])
            metrics.count(
                .reasons, [.surface(.api), .reason(ReasonCode("x.r\(number)", .note, .note, summary: "", mend: ""))])
        }
        let lines = String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n")
        #expect(lines.contains("landwaiter_registry_reads_total{registry=\"registry.example\",outcome=\"answered\"} 1"))
        #expect(lines.contains("landwaiter_registry_reads_total{registry=\"other\",outcome=\"answered\"} 1000"))
        #expect(lines.contains("landwaiter_policy_would_reject_total{policy=\"other\",stage=\"warn\"} 1000"))
        #expect(lines.contains("landwaiter_decision_reasons_total{surface=\"api\",reason=\"other\"} 1000"))
        #expect(metrics.seriesCount == 4)
    }

    @Test func refusesLabelsOfAnotherMetric() {
        let metrics = ServiceMetrics()
        metrics.count(.decisions, [.surface(.api)])
        metrics.count(.decisionSeconds, [.surface(.api)])
        metrics.observe(.decisions, .seconds(1), [.surface(.api)])
        #expect(metrics.seriesCount == 0)
    }

    @Test func forgetsPoliciesThatAreGone() {
        let metrics = ServiceMetrics()
        for round in 0..<100 {
            let name = PolicyName(source: "team", name: "p\(round)")
            metrics.know(policies: [name], trust: [])
            metrics.count(.policyWouldReject, [.policy(name), .stage(.observe)])
        }
        #expect(metrics.seriesCount == 1)
    }

    @Test func writesHistogramsAsPrometheusReadsThem() {
        let metrics = ServiceMetrics()
        for milliseconds in [1, 2, 40, 40, 700, 60_000] {
            metrics.observe(.decisionSeconds, .milliseconds(milliseconds), [.surface(.api)])
        }
        let lines = String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("landwaiter_decision_seconds") }
        func value(_ bound: String) -> String? {
            lines.first { $0.contains("le=\"\(bound)\"") }?.split(separator: " ").last.map(String.init)
        }
        #expect(value("0.001") == "1")
        #expect(value("0.0025") == "2")
        #expect(value("0.05") == "4")
        #expect(value("1") == "5")
        #expect(value("30") == "5")
        #expect(value("+Inf") == "6")
        #expect(lines.contains("landwaiter_decision_seconds_count{surface=\"api\"} 6"))
        #expect(lines.contains("landwaiter_decision_seconds_sum{surface=\"api\"} 60.783"))
    }

    @Test func tellsWhatTheProcessUses() {
        var readings = GaugeReadings()
        ProcessFigures.read(&readings)
        func value(_ metric: ServiceMetric) -> Double? { readings.values.first { $0.metric == metric }?.value }
        #expect((value(.memory) ?? 0) > 1_000_000)
        #expect((value(.openFiles) ?? 0) >= 3)
        #expect((value(.cpuSeconds) ?? -1) >= 0)
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Rows of a marked table of docs/metrics.md, cells without spaces around them.
    static func rows(of table: String) throws -> [[String]] {
        let text = try String(contentsOf: root.appendingPathComponent("docs/metrics.md"), encoding: .utf8)
        let parts = text.components(separatedBy: "<!-- \(table): ")
        return try #require(parts.count == 3 ? parts[1] : nil).split(separator: "\n")
            .filter { $0.hasPrefix("| `") }
            .map { row in row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    }

    /// docs/metrics.md lists what there is, no more and no less.
    @Test func isDocumented() throws {
        let expected = ServiceMetric.allCases.map { metric in
            [
                "`\(metric.rawValue)`", metric.kind.rawValue,
                metric.labels.map { "`\($0.rawValue)`" }.joined(separator: ", "), metric.help,
            ].map { $0.isEmpty ? "–" : $0 }
        }
        #expect(try Self.rows(of: "metrics") == expected)

        let text = try String(contentsOf: Self.root.appendingPathComponent("docs/metrics.md"), encoding: .utf8)
        for kind in ServiceEvent.Kind.allCases { #expect(text.contains("\n| `\(kind.rawValue)` |"), "\(kind)") }
        for label in Set(ServiceMetric.allCases.flatMap(\.labels)) {
            #expect(text.contains("\n| `\(label.rawValue)` |"), "\(label)")
        }
        for refusal in RequestRefusal.allCases { #expect(text.contains("`\(refusal.rawValue)`"), "\(refusal)") }
        for outcome in ReadOutcome.allCases { #expect(text.contains("`\(outcome.rawValue)`"), "\(outcome)") }
    }

    /// What the server adds is there as well, and an alert asks for nothing else.
    @Test func documentsWhatTheServerAdds() throws {
        let folder = Self.root.appendingPathComponent("Sources/AdmissionServer")
        var made: Set<String> = []
        for case let file as URL in FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            ?? .init()
        where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            made.formUnion(text.matches(of: /"(landwaiter_[a-z_]+)"/).map { String($0.output.1) })
        }
        #expect(made.count > 5)
        let written = try Self.rows(of: "server-metrics").compactMap { $0.first?.replacing("`", with: "") }
        #expect(Set(written) == made)
        #expect(written.count == made.count)
        let known = made.union(ServiceMetric.allCases.map(\.rawValue))
        let text = try String(contentsOf: Self.root.appendingPathComponent("docs/metrics.md"), encoding: .utf8)
        for match in text.matches(of: /landwaiter_[a-z_]+/) { #expect(known.contains(String(match.output))) }
    }
}

@Suite struct EventTests {
    static func event(_ members: [(String, String?)], subject: String = "s") -> ServiceEvent {
        ServiceEvent(.refused, at: noon, subject: subject, code: .imageMalformedReference, members: members)
    }

    @Test func isOneLineOfJSONWithItsRunbook() throws {
        let line = Self.event([("image", "a\nb\u{1B}[31m\u{202E}\"\\"), ("absent", nil)])
            .line(runbooks: "https://docs.example/reasons", suppressed: 0)
        #expect(!line.contains(UInt8(ascii: "\n")))
        let root = try JSONDocument(parsing: line, limits: JSONLimits(bytes: 10_000, depth: 4)).root
        #expect(root["event"]?.string == "image-refused")
        #expect(root["reason"]?.string == "image.malformed-reference")
        #expect(root["runbook"]?.string == "https://docs.example/reasons#image.malformed-reference")
        #expect(root["image"]?.string == "a\\u{a}b\\u{1b}[31m\\u{202e}\"\\")
        #expect(root["absent"] == nil)
        #expect(root["suppressed"] == nil)
    }

    @Test(arguments: [
        ("https://user:secret@registry.example/app", "https://…@registry.example/app"),
        ("docker://user:se/secret@registry.example/app", "docker://…@registry.example/app"),
        ("registry.example/app@sha256:00", "registry.example/app@sha256:00"),
        ("docker://registry.example:5000/app@sha256:00", "docker://registry.example:5000/app@sha256:00"),
    ])
    func leavesSecretsInURLsOut(_ text: String, _ written: String) {
        #expect(ServiceEvent.safe(text) == written)
    }

    @Test func capsTexts() {
        let long = ServiceEvent.safe(String(repeating: "\u{0}", count: 100_000))
        #expect(long.unicodeScalars.count == ServiceEvent.longestText + 1)
    }

    @Test func writesAFloodInFewLines() async throws {
        let written = EventText()
        let metrics = ServiceMetrics()
        let clock = CircuitBreakerTests.Clock()
        let log = EventLog(metrics: metrics, now: { clock.now }) { written.append($0) }
        for _ in 0..<10_000 { log.emit(Self.event([("image", "x")])) }
        await written.wait(for: 10)
        #expect(written.lines.count == 10)
        clock.advance(.seconds(10))
        log.emit(Self.event([("image", "y")]))
        await written.wait(for: 11)
        #expect(written.lines.last?.contains("\"suppressed\":9990") == true)
        #expect(
            String(decoding: metrics.exposition(), as: UTF8.self).contains(
                "landwaiter_events_suppressed_total{event=\"image-refused\"} 9990"))
    }

    /// What was emitted when the process ends is written before it does.
    @Test func drainWritesWhatWaits() async throws {
        let written = EventText()
        var rates = EventLog.Rates()
        rates.subjectBurst = 100
        let log = EventLog(rates: rates, metrics: nil) { line in
            usleep(2000)
            written.append(line)
        }
        for _ in 0..<100 { log.emit(Self.event([])) }
        // Whoever ends is often cancelled.
        let ending = Task { await log.drain(within: patience) }
        ending.cancel()
        #expect(await ending.value)
        #expect(written.lines.count == 100)
        #expect(await log.drain(within: .zero))
    }

    /// A log that nobody reads does not keep the process alive.
    @Test func drainGivesUpOnALogThatStandsStill() async {
        // Not without end: it holds a thread that others may wait for.
        let gate = PendingValue<Bool>()
        let end = ContinuousClock.now + .seconds(60)
        let log = EventLog(metrics: nil) { _ in while gate.current == nil, .now < end { usleep(1000) } }
        log.emit(Self.event([]))
        #expect(await !log.drain(within: .milliseconds(1)))
        gate.fulfil(true)
        #expect(await log.drain(within: patience))
    }

    /// Nor does it take a thread from those that decide, of which there are as many as the machine has cores.
    @Test func aLogThatStandsStillTakesNoThreadFromOthers() async throws {
        let gate = PendingValue<Bool>()
        defer { gate.fulfil(true) }
        let logs = (0..<40).map { _ in
            EventLog(metrics: nil) { _ in while gate.current == nil { usleep(1000) } }
        }
        for log in logs { log.emit(Self.event([])) }
        for priority in [TaskPriority.background, .utility, .medium, .high] {
            let others = (0..<40).map { _ in
                let done = PendingValue<Bool>()
                Task.detached(priority: priority) { done.fulfil(true) }
                return done
            }
            for done in others { try #require(await done.value(until: .now + .seconds(60)) == true) }
        }
        gate.fulfil(true)
        for log in logs { #expect(await log.drain(within: patience)) }
    }

    /// Another subject each time: the rate of all holds.
    @Test func writesAFloodOfSubjectsInFewLines() async throws {
        let written = EventText()
        let clock = CircuitBreakerTests.Clock()
        let log = EventLog(metrics: nil, now: { clock.now }) { written.append($0) }
        for number in 0..<20_000 { log.emit(Self.event([("image", "x")], subject: "s\(number)")) }
        await written.wait(for: 500)
        #expect(written.lines.count == 500)
        clock.advance(.seconds(1))
        for number in 0..<100 { log.emit(Self.event([("image", "x")], subject: "t\(number)")) }
        await written.wait(for: 510)
        #expect(written.lines.count == 510)
    }

    /// A reader of the log that stands still holds up nothing and fills nothing.
    @Test func doesNotWaitForItsWriter() async throws {
        let gate = PendingValue<Bool>()
        let began = PendingValue<Bool>()
        let written = EventText()
        var rates = EventLog.Rates()
        rates.burst = 100_000
        rates.subjectBurst = 100_000
        rates.waiting = 100
        let log = EventLog(rates: rates, metrics: nil) { line in
            began.fulfil(true)
            while gate.current == nil { usleep(1000) }
            written.append(line)
        }
        log.emit(Self.event([]))
        _ = await began.value(until: .now + patience)
        for _ in 0..<10_000 { log.emit(Self.event([])) }
        gate.fulfil(true)
        await written.wait(for: 101)
        #expect(written.lines.count == 101)
    }
}

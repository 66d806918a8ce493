import AdmissionPolicy
import Findings
import StrictEncoding
import Synchronization
import VerdictStorage

/// What is counted of notifications, and what of it is worth a line in the log.
///
/// Labels are names out of the configuration and cases of enumerations: nothing that a body says makes a new series.
public final class NotificationCounters: Sendable {
    /// What became of a request.
    public enum Outcome: String, Sendable, CaseIterable {
        case accepted
        case malformed
        case unauthenticated
        case unknownRegistry = "unknown-registry"
        case queueFull = "queue-full"
        case notQueued = "not-queued"
        /// Not of a request: a manifest that was read turned out to be nothing that runs.
        case notAnImage = "not-an-image"
        /// Not of a request: an image without a tag, which is nobody's to judge.
        case untagged
        /// Not of a request: what was pushed is not there.
        case absent
        /// Not of a request: a change of a verdict was queued for a receiver.
        case toTell = "to-tell"
    }
    /// What became of one attempt at a job.
    public enum JobResult: String, Sendable, CaseIterable {
        case done, retried
        case givenUp = "given-up"
    }
    /// Something that an operator wants to know.
    public struct Report: Sendable, Hashable {
        public enum Kind: String, Sendable, CaseIterable {
            case unauthenticated = "notification-unauthenticated"
            case storeFailed = "notification-queue-failed"
            case givenUp = "notification-given-up"
            case receiverGone = "notification-receiver-gone"
        }
        public let kind: Kind
        /// One line; what strangers wrote is quoted.
        public let detail: String
    }

    fileprivate enum Series: Hashable {
        case request(registry: String, Outcome)
        case accepted(registry: String)
        case queued(registry: String)
        case ignored(registry: String, IgnoredEvent)
        case refused(registry: String, RefusedEvent)
        case job(kind: String, JobResult)
        case verdict(Verdict)
    }
    private struct State {
        var counts: [Series: UInt64] = [:]
        var depth = 0
    }
    private let state = Mutex(State())
    private let write: @Sendable (Report) -> Void
    /// Reports of each kind in the second that is now.
    private let reported = Mutex<[Report.Kind: (second: Int64, count: Int)]>([:])
    private let start = ContinuousClock.now
    private static let mostReportsInASecond = 5

    /// - Parameter report: called from any thread, a few times a second for each kind at the most, because anyone can send
    ///   what is refused. Must not wait.
    public init(report: @escaping @Sendable (Report) -> Void = { _ in }) { write = report }

    // MARK: Counting

    func count(_ outcome: Outcome, of registry: NotificationRegistry? = nil) {
        add(.request(registry: registry?.name ?? "", outcome))
    }

    func count(_ sorted: SortedEvents, queued: Int, of registry: NotificationRegistry) {
        let name = registry.name
        add(.request(registry: name, .accepted))
        add(.accepted(registry: name), sorted.events.count)
        add(.queued(registry: name), queued)
        for (why, count) in sorted.ignored { add(.ignored(registry: name, why), count) }
        for (why, count) in sorted.refused { add(.refused(registry: name, why), count) }
    }

    func count(_ job: Job, _ result: JobResult) {
        guard NotificationJob.kinds.contains(job.kind) else { return }
        add(.job(kind: job.kind, result))
    }

    func count(_ verdict: Verdict) { add(.verdict(verdict)) }

    func set(queueDepth: Int) { state.withLock { $0.depth = queueDepth } }

    private func add(_ series: Series, _ count: Int = 1) {
        guard count > 0 else { return }
        state.withLock { $0.counts[series, default: 0] += UInt64(count) }
    }

    // MARK: Reporting

    func note(_ error: NotificationAuthenticationError, of registry: NotificationRegistry) {
        report(Report(kind: .unauthenticated, detail: "notifications of \(registry.name) were refused: \(error)"))
    }

    func note(_ error: VerdictStoreError) { report(Report(kind: .storeFailed, detail: error.description)) }

    func note(givenUp job: Job, because why: String) {
        report(
            Report(
                kind: .givenUp,
                detail: "\(job.kind) \(Finding.quoted(job.key)) was given up after \(job.attempt) attempts: "
                    + Finding.quoted(why)))
    }

    func note(gone receiver: String) {
        report(Report(kind: .receiverGone, detail: "\(receiver) answered 410 and gets this event no more"))
    }

    private func report(_ report: Report) {
        let second = start.duration(to: .now).components.seconds
        let isTold = reported.withLock { reported in
            var (last, count) = reported[report.kind] ?? (second, 0)
            if last != second { (last, count) = (second, 0) }
            reported[report.kind] = (last, count + 1)
            return count < Self.mostReportsInASecond
        }
        if isTold { write(report) }
    }

    // MARK: Showing

    /// Prometheus' text format 0.0.4, sorted.
    public func exposition() -> [UInt8] {
        let (counts, depth) = state.withLock { ($0.counts, $0.depth) }
        var lines: [Metric: [String]] = [:]
        for (series, value) in counts {
            let (metric, labels) = series.shown
            lines[metric, default: []].append("\(metric.rawValue){\(labels)} \(value)")
        }
        lines[.depth] = ["\(Metric.depth.rawValue) \(depth)"]
        var text = ""
        for metric in Metric.allCases {
            guard let lines = lines[metric] else { continue }
            text += "# HELP \(metric.rawValue) \(metric.help)\n"
            text += "# TYPE \(metric.rawValue) \(metric == .depth ? "gauge" : "counter")\n"
            text += lines.sorted().map { $0 + "\n" }.joined()
        }
        return Array(text.utf8)
    }

    /// The metrics by name; docs/notifications.md lists them.
    enum Metric: String, CaseIterable {
        case requests = "landwaiter_notification_requests_total"
        case events = "landwaiter_notification_events_total"
        case jobs = "landwaiter_notification_jobs_total"
        case verdicts = "landwaiter_notification_verdicts_total"
        case depth = "landwaiter_notification_queue_depth"

        var help: String {
            switch self {
            case .requests: "Notifications, by what became of them."
            case .events: "Entries of notifications, by what became of them."
            case .jobs: "Attempts at queued work, by what came of them."
            case .verdicts: "Verdicts on pushed images, one for each attempt."
            case .depth: "Jobs that wait."
            }
        }
    }
}

extension NotificationCounters.Series {
    /// Every value is of a closed set without a character that would need an escape.
    fileprivate var shown: (metric: NotificationCounters.Metric, labels: String) {
        switch self {
        case .request(let registry, let outcome):
            (.requests, #"registry="\#(registry)",outcome="\#(outcome.rawValue)""#)
        case .accepted(let registry): (.events, #"registry="\#(registry)",outcome="accepted""#)
        case .queued(let registry): (.events, #"registry="\#(registry)",outcome="queued""#)
        case .ignored(let registry, let why): (.events, #"registry="\#(registry)",outcome="ignored-\#(why.rawValue)""#)
        case .refused(let registry, let why): (.events, #"registry="\#(registry)",outcome="refused-\#(why.rawValue)""#)
        case .job(let kind, let result): (.jobs, #"kind="\#(kind)",outcome="\#(result.rawValue)""#)
        case .verdict(let verdict): (.verdicts, #"verdict="\#(verdict.rawValue)""#)
        }
    }
}

import Deadlines
import Synchronization

/// Writes events as lines of JSON: never more than its rates allow, never on the way of a decision, never more in memory
/// than its queue.
///
/// A flood of rejects of one kind is told by its first lines and by how many were left out (`suppressed`), so that it
/// fills no disk.
public final class EventLog: EventSink {
    public struct Rates: Sendable, Hashable {
        /// Of one kind and subject: so many at once, then one for each ``subjectInterval``.
        public var subjectBurst = 10
        public var subjectInterval = Duration.seconds(10)
        /// Of all: so many at once, then one for each ``interval``.
        public var burst = 500
        public var interval = Duration.milliseconds(100)
        /// Lines that wait to be written.
        public var waiting = 2048
        /// Subjects whose rate is remembered; one more, and all are forgotten. The rate of all holds nevertheless.
        public var subjects = 4096

        public init() {}
    }

    private struct Bucket {
        var left: Int
        var refilled: ContinuousClock.Instant

        /// Takes one, if there is one.
        mutating func take(_ burst: Int, _ interval: Duration, at now: ContinuousClock.Instant) -> Bool {
            let elapsed = refilled.duration(to: now)
            if interval > .zero, elapsed >= interval {
                let earned = elapsed / interval
                left = earned >= Double(burst) ? burst : min(burst, left + Int(earned))
                refilled = now
            }
            guard left > 0 else { return false }
            left -= 1
            return true
        }
    }
    private struct Subject: Hashable {
        let kind: ServiceEvent.Kind
        let text: String
    }
    private struct State {
        var all: Bucket
        var subjects: [Subject: Bucket] = [:]
        /// Since the last line that was written.
        var suppressed = 0
        var lines: [[UInt8]] = []
        var isWriting = false
    }
    private let rates: Rates
    private let runbooks: String
    private let metrics: ServiceMetrics?
    private let now: @Sendable () -> ContinuousClock.Instant
    private let write: @Sendable ([UInt8]) -> Void
    private let state: Mutex<State>
    /// Whoever reads the lines may stand still.
    private let writer = BlockingExecutor(label: "landwaiter.events")

    /// - Parameters:
    ///   - runbooks: where reason codes are explained; a line links to this, `#` and the code.
    ///   - write: gets whole lines, each with its end, one after another, on a thread of its own; may wait.
    public init(
        rates: Rates = Rates(), runbooks: String = "docs/reasons.md", metrics: ServiceMetrics?,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.rates = rates
        self.runbooks = runbooks
        self.metrics = metrics
        self.now = now
        self.write = write
        state = Mutex(State(all: Bucket(left: rates.burst, refilled: now())))
    }

    public func emit(_ event: ServiceEvent) {
        let now = now()
        let (isKept, begins) = state.withLock { state -> (Bool, Bool) in
            let subject = Subject(kind: event.kind, text: event.subject)
            if state.subjects.count >= rates.subjects, state.subjects[subject] == nil { state.subjects = [:] }
            var bucket = state.subjects[subject] ?? Bucket(left: rates.subjectBurst, refilled: now)
            let isAllowed = bucket.take(rates.subjectBurst, rates.subjectInterval, at: now)
            state.subjects[subject] = bucket
            guard isAllowed, state.lines.count < rates.waiting, state.all.take(rates.burst, rates.interval, at: now)
            else {
                state.suppressed += 1
                return (false, false)
            }
            state.lines.append(event.line(runbooks: runbooks, suppressed: state.suppressed) + [UInt8(ascii: "\n")])
            state.suppressed = 0
            defer { state.isWriting = true }
            return (true, !state.isWriting)
        }
        metrics?.count(isKept ? .events : .eventsSuppressed, [.event(event.kind)])
        if begins { Task(executorPreference: writer) { self.writeAll() } }
    }

    /// Waits until what was emitted is written, or the time is over: a log that stands still holds up no end either.
    ///
    /// - Returns: whether all of it is written.
    @discardableResult
    public func drain(within: Duration) async -> Bool {
        let end = ContinuousClock.now + within
        // A task of its own: whoever ends may be cancelled, and waits nevertheless.
        return await Task.detached { [self] in
            while state.withLock({ $0.isWriting }) {
                guard ContinuousClock.now < end else { return false }
                try? await Task.sleep(for: .milliseconds(2))
            }
            return true
        }.value
    }

    private func writeAll() {
        while true {
            let lines = state.withLock { state -> [[UInt8]] in
                defer { state.lines = [] }
                if state.lines.isEmpty { state.isWriting = false }
                return state.lines
            }
            if lines.isEmpty { return }
            for line in lines { write(line) }
        }
    }
}

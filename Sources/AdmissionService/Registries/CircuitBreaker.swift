import Synchronization

/// Stops asking a registry that does not answer, so that questions about its images cost nothing until it does.
///
/// Closed, it lets everything through. After so many failures in a row it opens: everything is refused at once. When the
/// pause is over it is half open: one read goes through as a probe, and what becomes of it closes or opens the circuit.
/// Only an answer that did not come, came too late, or says that the registry can't (5xx, 429) is a failure: a registry
/// that says no answers.
public final class CircuitBreaker: Sendable {
    public struct Rules: Sendable, Hashable {
        /// In a row, until it opens.
        public var failures = 5
        /// Until the first probe; twice as long after each probe that fails.
        public var pause = Duration.seconds(5)
        public var longestPause = Duration.seconds(60)

        public init() {}
    }

    public enum State: String, Sendable, CaseIterable {
        case closed
        case halfOpen = "half-open"
        case open
    }

    enum Outcome: Sendable {
        case answered
        case failed
        /// Nobody was asked, or nobody waited for the answer.
        case unknown
    }

    /// Leave to ask once.
    struct Pass: Sendable {
        /// What was begun before the circuit opened says nothing of what is now.
        fileprivate let era: Int
        fileprivate let isProbe: Bool
    }

    private struct Condition {
        var state = State.closed
        var era = 0
        var failures = 0
        var openings = 0
        var isProbing = false
        var openUntil: ContinuousClock.Instant?
    }
    private let rules: Rules
    private let now: @Sendable () -> ContinuousClock.Instant
    private let changed: @Sendable (_ from: State, _ to: State) -> Void
    private let condition = Mutex(Condition())

    /// - Parameter changed: is told of every change, from whatever task made it; must not wait.
    init(
        _ rules: Rules, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        changed: @escaping @Sendable (_ from: State, _ to: State) -> Void
    ) {
        self.rules = rules
        self.now = now
        self.changed = changed
    }

    public var state: State { condition.withLock { $0.state } }

    /// Leave to ask, or nil: the circuit is open. Whoever has it calls ``leave(_:_:)`` once.
    func enter() -> Pass? {
        change { condition -> Pass? in
            switch condition.state {
            case .closed: return Pass(era: condition.era, isProbe: false)
            case .open:
                guard let until = condition.openUntil, now() >= until else { return nil }
                condition.state = .halfOpen
            case .halfOpen:
                guard !condition.isProbing else { return nil }
            }
            condition.isProbing = true
            return Pass(era: condition.era, isProbe: true)
        }
    }

    func leave(_ pass: Pass, _ outcome: Outcome) {
        change { condition in
            guard pass.era == condition.era else { return }
            if pass.isProbe { condition.isProbing = false }
            switch outcome {
            case .unknown: break
            case .answered:
                condition.failures = 0
                guard pass.isProbe else { return }
                condition.openings = 0
                condition.era += 1
                condition.state = .closed
            case .failed:
                condition.failures += 1
                guard pass.isProbe || condition.failures >= rules.failures else { return }
                let doubled = rules.pause * (1 << min(condition.openings, 16))
                condition.openings += 1
                condition.openUntil = now() + min(doubled, rules.longestPause)
                condition.era += 1
                condition.state = .open
            }
        }
    }

    private func change<Result>(_ body: (inout Condition) -> sending Result) -> sending Result {
        var old = State.closed
        var new = State.closed
        let result = condition.withLock { condition in
            old = condition.state
            let result = body(&condition)
            new = condition.state
            return result
        }
        if old != new { changed(old, new) }
        return result
    }
}

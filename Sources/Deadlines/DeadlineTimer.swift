import Synchronization

/// Does something at a deadline, unless that was taken back before: one sleeping task for all deadlines, because nearly
/// all are taken back, and a sleeper that is cancelled stays until its time would have come.
public final class DeadlineTimer: Sendable {
    /// For the whole process.
    public static let shared = DeadlineTimer()

    private struct Entry {
        let deadline: ContinuousClock.Instant
        let act: @Sendable () -> Void
    }
    private struct State {
        var entries: [Int: Entry] = [:]
        var next = 0
        /// When the sleeper wakes; nil while there is none.
        var wakesAt: ContinuousClock.Instant?
    }
    private let state = Mutex(State())
    /// Deadlines that lie closer together are met together.
    private static let grain = Duration.milliseconds(1)

    /// A timer with a sleeper of its own.
    public init() {}

    /// Does something at a deadline.
    ///
    /// - Parameter act: called once, at the deadline or a little later; must not wait.
    /// - Returns: a number by which it is taken back.
    public func schedule(_ deadline: ContinuousClock.Instant, _ act: @escaping @Sendable () -> Void) -> Int {
        let (number, mustSleep) = state.withLock { state in
            state.next += 1
            state.entries[state.next] = Entry(deadline: deadline, act: act)
            let mustSleep = state.wakesAt.map { deadline < $0 } ?? true
            if mustSleep { state.wakesAt = deadline }
            return (state.next, mustSleep)
        }
        if mustSleep { sleep(until: deadline) }
        return number
    }

    /// Takes a deadline back; nothing where it was met.
    public func cancel(_ number: Int) { state.withLock { $0.entries[number] = nil } }

    /// Deadlines that are waited for.
    public var count: Int { state.withLock { $0.entries.count } }

    private func sleep(until instant: ContinuousClock.Instant) {
        Task(priority: .high) {
            try? await Task.sleep(until: instant, clock: .continuous)
            wake(from: instant)
        }
    }

    private func wake(from instant: ContinuousClock.Instant) {
        let now = ContinuousClock.now
        let (due, next) = state.withLock { state -> ([Entry], ContinuousClock.Instant?) in
            let due = state.entries.filter { $0.value.deadline <= now }
            for number in due.keys { state.entries[number] = nil }
            // An earlier deadline has come with a sleeper of its own, which looks for the next one.
            guard state.wakesAt == instant else { return (Array(due.values), nil) }
            let first = state.entries.values.map(\.deadline).min()
            state.wakesAt = first.map { max($0, now + Self.grain) }
            return (Array(due.values), state.wakesAt)
        }
        for entry in due { entry.act() }
        if let next { sleep(until: next) }
    }
}

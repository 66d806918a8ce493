import Synchronization

/// A value that comes once, and that any number of tasks wait for, each until its own deadline.
///
/// Waiting is left at the deadline whatever the work does: the deadline belongs to whoever waits, not to the work.
public final class PendingValue<Value: Sendable>: Sendable {
    private struct Waiter {
        let continuation: CheckedContinuation<Value?, Never>
        var timer: Int?
    }
    private struct State {
        var value: Value?
        var waiting: [Int: Waiter] = [:]
        var next = 0
    }
    private let state = Mutex(State())

    /// A value that has not come yet.
    public init() {}

    /// The first value counts; later ones are passed over.
    public func fulfil(_ value: Value) {
        let waiting = state.withLock { state -> [Waiter] in
            guard state.value == nil else { return [] }
            state.value = value
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for waiter in waiting {
            if let timer = waiter.timer { DeadlineTimer.shared.cancel(timer) }
            waiter.continuation.resume(returning: value)
        }
    }

    /// The value, if it has come.
    public var current: Value? { state.withLock { $0.value } }

    /// The value, or nil at the deadline.
    public func value(until deadline: ContinuousClock.Instant) async -> Value? {
        await withCheckedContinuation { continuation in
            let (known, number) = state.withLock { state -> (Value?, Int) in
                if let value = state.value { return (value, 0) }
                state.next += 1
                state.waiting[state.next] = Waiter(continuation: continuation)
                return (nil, state.next)
            }
            if let known {
                continuation.resume(returning: known)
                return
            }
            let timer = DeadlineTimer.shared.schedule(deadline) { [weak self] in self?.leave(number) }
            let isOver = state.withLock { state in
                guard state.waiting[number] != nil else { return true }
                state.waiting[number]?.timer = timer
                return false
            }
            if isOver { DeadlineTimer.shared.cancel(timer) }
        }
    }

    private func leave(_ number: Int) {
        let waiter = state.withLock { $0.waiting.removeValue(forKey: number) }
        waiter?.continuation.resume(returning: nil)
    }
}

import Synchronization

/// Something that happens once, with those who wait for it.
final class Signal<Value: Sendable>: Sendable {
    private let state = Mutex(State())

    private struct State {
        var value: Value?
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Value?, Never>] = [:]
    }

    /// The value, if it is there already.
    var valueNow: Value? { state.withLock { $0.value } }

    /// The first value stays.
    func fire(_ value: Value) {
        let waiters = state.withLock { state in
            guard state.value == nil else { return [CheckedContinuation<Value?, Never>]() }
            state.value = value
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// - Returns: the value once it is there; nil if the waiting task was cancelled before.
    func wait() async -> Value? {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if let value = state.value { return Optional.some(Optional.some(value)) }
                    // Looked at under the lock: a cancellation comes either before, and is seen here, or after, and finds
                    // the waiter.
                    if Task.isCancelled { return Optional.some(nil) }
                    state.waiters[number] = continuation
                    return nil
                }
                if let isOver { continuation.resume(returning: isOver) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: nil)
        }
    }
}

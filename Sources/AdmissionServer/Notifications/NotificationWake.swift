import Synchronization

/// Tells the worker of this process that there is work, so that it need not wait for its next look at the queue. Signals
/// that come while nobody waits count as one.
public final class NotificationWake: Sendable {
    private struct State {
        var isSignalled = false
        /// Who waits, by a number, so that a timer of an earlier wait ends no later one.
        var waiter: (number: Int, continuation: CheckedContinuation<Void, Never>)?
        var number = 0
    }
    private let state = Mutex(State())

    public init() {}

    func signal() {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            if waiter == nil { state.isSignalled = true }
            return waiter
        }
        waiter?.continuation.resume()
    }

    /// Returns at the next signal, or after this long, or when the task is cancelled. For one waiter at a time.
    func wait(atMost duration: Duration) async {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        let timer = Task {
            try? await Task.sleep(for: duration)
            self.end(number)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isSignalled || Task.isCancelled {
                        state.isSignalled = false
                        return true
                    }
                    state.waiter = (number, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.end(number)
        }
        timer.cancel()
    }

    private func end(_ number: Int) {
        let waiter = state.withLock { state in
            guard let waiter = state.waiter, waiter.number == number else {
                return nil as CheckedContinuation<Void, Never>?
            }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume()
    }
}

import Deadlines
import Synchronization

/// Work that goes on whether anybody waits for it or not, for so long and no longer.
final class RunningTasks: Sendable {
    private struct Running {
        let task: Task<Void, Never>
        let timer: Int
    }
    private struct State {
        var running: [Int: Running] = [:]
        var next = 0
        var isOver = false
    }
    private let state = Mutex(State())

    /// Runs to its end, or is cancelled when the time is over.
    func run(atMost bound: Duration, _ body: @escaping @Sendable () async -> Void) {
        // Under the lock, so that it is there before it ends.
        state.withLock { state in
            state.next += 1
            let number = state.next
            // Less urgent than whoever answers: what burns time in a decision must not delay the deadline of another.
            let task = Task(priority: .utility) {
                await body()
                self.end(number)
            }
            if state.isOver { task.cancel() }
            let timer = DeadlineTimer.shared.schedule(.now + bound) { task.cancel() }
            state.running[number] = Running(task: task, timer: timer)
        }
    }

    /// Cancels all that runs, and whatever is run from now on.
    func cancelAll() {
        let running = state.withLock { state in
            state.isOver = true
            return Array(state.running.values)
        }
        for running in running { running.task.cancel() }
    }

    var count: Int { state.withLock { $0.running.count } }

    private func end(_ number: Int) {
        guard let ended = state.withLock({ $0.running.removeValue(forKey: number) }) else { return }
        DeadlineTimer.shared.cancel(ended.timer)
    }
}

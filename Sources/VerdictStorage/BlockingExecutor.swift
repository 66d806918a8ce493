import Dispatch

/// Runs an actor on a thread that may block, one piece of work after the other, away from Swift's pool: that has as many
/// threads as the machine has cores, and each that waits for a disk or a database stops other tasks.
final class BlockingExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}

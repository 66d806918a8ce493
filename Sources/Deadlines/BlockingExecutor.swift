import Dispatch

/// Runs an actor, and tasks that mostly ask it, on a thread that may block, one piece of work after the other, away from
/// Swift's pool: that has as many threads as the machine has cores, and each that waits for a disk, a database or the reader
/// of a log stops other tasks.
package final class BlockingExecutor: SerialExecutor, TaskExecutor {
    private let queue: DispatchQueue

    package init(label: String) { queue = DispatchQueue(label: label) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (serial, task) = (asUnownedSerialExecutor(), asUnownedTaskExecutor())
        queue.async { job.runSynchronously(isolatedTo: serial, taskExecutor: task) }
    }
}

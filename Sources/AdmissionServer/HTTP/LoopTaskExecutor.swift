import NIOCore

/// Runs a connection's tasks on the event loop of its channel: from the bytes of a request to those of its answer there
/// is no change of thread, unless something is waited for that happens elsewhere.
///
/// What takes long has tasks of its own (`RunningTasks` of the service, the stores' queues), which don't inherit this.
final class LoopTaskExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

import HTTPTransport

/// Equal work in flight is done once: whoever asks for what is under way waits for it.
///
/// The work ends early when nobody waits for it any more.
actor Coalescer<Key: Hashable & Sendable, Value: Sendable> {
    typealias Outcome = Result<Value, RegistryError>
    private struct Running {
        let task: Task<Outcome, Never>
        var waiting = 1
        let number: Int
    }
    private var running: [Key: Running] = [:]
    private var started = 0

    /// The value of `work`, or of equal work that was begun before.
    func value(
        for key: Key, _ work: @escaping @Sendable () async throws(RegistryError) -> Value
    ) async throws(RegistryError) -> Value {
        let task: Task<Outcome, Never>
        let number: Int
        if var found = running[key] {
            found.waiting += 1
            running[key] = found
            task = found.task
            number = found.number
        } else {
            started += 1
            number = started
            task = Task {
                do throws(RegistryError) { return .success(try await work()) } catch { return .failure(error) }
            }
            running[key] = Running(task: task, number: number)
        }
        let outcome = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            Task { await self.leave(key, number) }
        }
        if running[key]?.number == number { running[key] = nil }
        if Task.isCancelled { throw .transport(.cancelled) }
        return try outcome.get()
    }

    private func leave(_ key: Key, _ number: Int) {
        guard running[key]?.number == number else { return }
        running[key]?.waiting -= 1
        if running[key]?.waiting == 0 { running[key]?.task.cancel() }
    }
}

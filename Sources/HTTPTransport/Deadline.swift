/// Runs an operation that reacts to cancellation, for no longer than a duration.
func withDeadline<Value: Sendable>(
    _ duration: Duration, _ operation: @escaping @Sendable () async throws(HTTPTransportError) -> Value
) async throws(HTTPTransportError) -> Value {
    let first = await withTaskGroup(of: Result<Value, HTTPTransportError>?.self) { group in
        group.addTask {
            do throws(HTTPTransportError) { return .success(try await operation()) } catch { return .failure(error) }
        }
        group.addTask {
            // Cancelled as soon as the operation has ended; then nobody asks for the result.
            try? await Task.sleep(for: duration)
            return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first
    }
    // The caller's own cancellation wakes both; it is told apart from a deadline that struck.
    if Task.isCancelled { throw .cancelled }
    guard let first else { throw .timedOut(duration) }
    return try first.get()
}

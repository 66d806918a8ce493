/// When an operation, with all its requests, pauses and redirects, has to be over.
public struct OperationDeadline: Sendable {
    /// What it was given.
    public let total: Duration
    private let end: ContinuousClock.Instant

    /// Begins now.
    public init(_ total: Duration) {
        self.total = total
        end = ContinuousClock.now.advanced(by: total)
    }

    /// Negative once it has passed.
    var remaining: Duration { ContinuousClock.now.duration(to: end) }

    /// What an exchange may take.
    ///
    /// - Throws: ``RegistryError/timedOut(_:)`` if nothing is left.
    func time(atMost most: Duration) throws(RegistryError) -> Duration {
        let remaining = remaining
        guard remaining > .zero else { throw .timedOut(total) }
        return min(remaining, most)
    }
}

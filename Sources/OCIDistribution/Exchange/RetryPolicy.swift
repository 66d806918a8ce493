import HTTPTransport

/// How often a request is repeated, and after what pause. It waits for nothing and rolls no dice: time and chance are
/// arguments, so that it is tested without sleeping.
public struct RetryPolicy: Sendable, Hashable {
    /// Times that a request is sent at the most.
    public var attempts = 4
    /// Before the first repetition; twice as long before each further one.
    public var firstPause = Duration.milliseconds(200)
    /// No pause of our own is longer.
    public var longestPause = Duration.seconds(5)

    public init() {}

    /// One request never sent again.
    public static var once: RetryPolicy {
        var policy = RetryPolicy()
        policy.attempts = 1
        return policy
    }

    /// What became of a request.
    public enum Outcome: Sendable, Hashable {
        case status(Int, retryAfter: Duration?)
        /// No connection came about: nothing was sent.
        case unreachable
        /// It broke off; the request may have been seen.
        case interrupted
        /// Anything else: sending it again would give the same.
        case final
    }

    /// How long to wait before the request is sent again; nil if it is not to be.
    ///
    /// - Parameters:
    ///   - made: times that it was sent, this one included.
    ///   - remaining: time that is left; a pause that would use it up is not begun.
    ///   - chance: 0 up to 1, spreads the pauses of many clients.
    public func pause(
        after outcome: Outcome, made: Int, isIdempotent: Bool, remaining: Duration, chance: Double
    ) -> Duration? {
        guard made < attempts else { return nil }
        var asked = Duration.zero
        switch outcome {
        case .final: return nil
        case .unreachable: break
        case .interrupted: guard isIdempotent else { return nil }
        case .status(let status, let retryAfter):
            // 429 and 503 say that nothing was done; the other failures don't.
            guard status == 429 || status == 503 || isIdempotent && [408, 500, 502, 504].contains(status) else {
                return nil
            }
            asked = retryAfter ?? .zero
        }
        let doubled = firstPause * (1 << min(made - 1, 16))
        let spread = min(doubled, longestPause) * (0.5 + 0.5 * min(max(chance, 0), 1))
        // Later than asked by part of our own pause: all who were told the same should not come back at once.
        let pause = asked > .zero ? asked + spread * 0.25 : spread
        return pause < remaining ? pause : nil
    }
}

public import StrictEncoding

/// Work to be queued.
public struct NewJob: Sendable, Hashable {
    /// What is to be done; workers claim by kind.
    public var kind: String
    /// What it is to be done to. Of jobs of one kind and key at most one waits.
    public var key: String
    /// Whatever the worker needs, at most 1 MiB.
    public var payload: [UInt8]
    /// Nobody gets it before this instant.
    public var notBefore: Instant

    /// A job of its parts.
    public init(kind: String, key: String, payload: [UInt8], notBefore: Instant) {
        self.kind = kind
        self.key = key
        self.payload = payload
        self.notBefore = notBefore
    }
}

/// Work that one worker holds until its lease ends. A worker that is gone loses its jobs at that instant: each is done
/// at least once, and by nobody else while the lease lasts.
public struct Job: Sendable, Hashable {
    /// Names the job in its store.
    public let number: Int64
    /// What is to be done.
    public let kind: String
    /// What it is to be done to.
    public let key: String
    /// Whatever the worker needs.
    public let payload: [UInt8]
    /// How often it was claimed, this time included. It tells this claim from later ones: only the holder of the
    /// latest claim can finish a job.
    public let attempt: Int
    /// Somebody else may claim it from this instant on.
    public let leasedUntil: Instant
    /// What the last ``VerdictStore/retry(_:at:because:)`` said.
    public let lastError: String?

    /// A job of its parts: for stores, and for tests of workers.
    public init(
        number: Int64, kind: String, key: String, payload: [UInt8], attempt: Int, leasedUntil: Instant,
        lastError: String?
    ) {
        self.number = number
        self.kind = kind
        self.key = key
        self.payload = payload
        self.attempt = attempt
        self.leasedUntil = leasedUntil
        self.lastError = lastError
    }
}

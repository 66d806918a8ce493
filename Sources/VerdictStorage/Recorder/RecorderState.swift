/// Where a verdict is after ``VerdictRecorder/record(_:mustBeDurable:)``.
public enum Durability: Sendable, Hashable {
    /// In the store.
    case stored
    /// In the spool, on disk: the store gets it later.
    case spooled
    /// In memory only, on its way: not durable yet, and not to be counted as recorded.
    case queued
    /// Nowhere, and why.
    case lost(String)

    /// Whether the verdict survives the end of the process and of the machine.
    public var isDurable: Bool { self == .stored || self == .spooled }
}

/// Bounds of a recorder.
public struct RecorderLimits: Sendable, Hashable {
    /// The most verdicts that wait in memory; one more is lost.
    public var waiting: Int
    /// The most bytes of records and facts that wait in memory.
    public var waitingBytes: Int
    /// The most verdicts in one transaction.
    public var batch: Int
    /// How long the store may take for one transaction before the verdicts go to the spool.
    public var storePatience: Duration
    /// How long a caller waits for durability before it is told `queued`.
    public var longestWait: Duration
    /// How long the store is left alone after a failure; doubled with each further failure, up to 32 times.
    public var retryAfter: Duration

    /// The bounds that the server uses.
    public init(
        waiting: Int = 10_000, waitingBytes: Int = 128 << 20, batch: Int = 256, storePatience: Duration = .seconds(2),
        longestWait: Duration = .seconds(3), retryAfter: Duration = .seconds(1)
    ) {
        self.waiting = waiting
        self.waitingBytes = waitingBytes
        self.batch = batch
        self.storePatience = storePatience
        self.longestWait = longestWait
        self.retryAfter = retryAfter
    }
}

/// How a recorder fares: for metrics and readiness. Counts are of this process, except what lies in the spool.
public struct RecorderState: Sendable, Hashable {
    /// Verdicts in memory, durable nowhere yet.
    public var waiting = 0
    /// Verdicts in the spool that the store does not have yet.
    public var spooled = 0
    /// Bytes of the spool's files.
    public var spooledBytes = 0
    /// Verdicts that went straight to the store.
    public var storedCount = 0
    /// Verdicts that went to the spool.
    public var spooledCount = 0
    /// Verdicts that came from the spool to the store.
    public var replayedCount = 0
    /// Verdicts that are recorded nowhere.
    public var lostCount = 0
    /// Why the last write to the store failed; nil if it succeeded.
    public var storeFailure: String?
    /// Why the last write to the spool failed; nil if it succeeded or there was none.
    public var spoolFailure: String?
    /// Verdicts in the spool that could not be read back: damaged on disk.
    public var damagedCount = 0

    /// Nothing happened yet.
    public init() {}

    /// Whether the next verdict is likely to become durable.
    public var canRecord: Bool { storeFailure == nil || spoolFailure == nil }
}

/// Bounds of a spool.
public struct SpoolLimits: Sendable, Hashable {
    /// The most bytes of all its files.
    public var bytes: Int
    /// A file that has this many bytes is followed by a new one.
    public var segmentBytes: Int

    /// 1 GiB, in files of 16 MiB.
    public init(bytes: Int = 1 << 30, segmentBytes: Int = 16 << 20) {
        self.bytes = bytes
        self.segmentBytes = segmentBytes
    }
}

/// Verdicts on disk while the store can't be reached: files that only grow, each verdict framed by its length and a
/// checksum, in a directory of mode 0700 that one process holds at a time.
public actor VerdictSpool {
    private let path: String
    private let limits: SpoolLimits
    private let executor = BlockingExecutor(label: "landwaiter.spool")

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(path: String, limits: SpoolLimits) {
        self.path = path
        self.limits = limits
    }

    /// Opens the spool in a directory, which is made unless it is there.
    ///
    /// - Throws: ``VerdictStoreError/refused(_:)`` if another process or recorder holds it, or it is no directory.
    public static func open(
        directory: String, limits: SpoolLimits = SpoolLimits()
    ) async throws(VerdictStoreError) -> VerdictSpool {
        VerdictSpool(path: directory, limits: limits)
    }
}

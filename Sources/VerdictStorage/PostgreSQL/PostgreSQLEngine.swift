import Deadlines
import Synchronization

/// A few connections to one PostgreSQL database. Each has a thread of its own to block, and work goes to the one that
/// has least of it.
final class PostgreSQLEngine: SQLEngine {
    private let connections: [PostgreSQLConnection]
    /// How many calls each connection was given and has not answered.
    private let load: Mutex<[Int]>
    private let access: StoreAccess

    init(_ text: String, options: PostgreSQLOptions) throws(VerdictStoreError) {
        let target = try PostgreSQLTarget(text, options)
        connections = (0..<max(options.connections, 1)).map { PostgreSQLConnection(target, number: $0) }
        access = options.access
        load = Mutex(Array(repeating: 0, count: connections.count))
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) async throws(VerdictStoreError) -> Value {
        try await run(.reading, body)
    }

    func write<Value: Sendable>(
        isRepeatable: Bool, _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) async throws(VerdictStoreError) -> Value {
        if access == .readOnly { throw .readOnly }
        return try await run(isRepeatable ? .writingRepeatably : .writing, body)
    }

    func close() async {
        for connection in connections { await connection.close() }
    }

    private func run<Value: Sendable>(
        _ mode: PostgreSQLTransaction, _ body: @escaping @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) async throws(VerdictStoreError) -> Value {
        // The first of those with the least to do, so that few calls leave few connections open.
        let number = load.withLock { load in
            let least = load.indices.min { load[$0] < load[$1] } ?? 0
            load[least] += 1
            return least
        }
        defer { load.withLock { $0[number] -= 1 } }
        return try await connections[number].run(mode, askedAt: .now, body)
    }
}

/// What a transaction may do, and what may be done when it fails.
enum PostgreSQLTransaction {
    case reading, writing
    /// May run again even if it is not known whether it took effect.
    case writingRepeatably

    var begin: String {
        switch self {
        // One state of the database for all its statements.
        case .reading: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        // Unique keys, not the isolation, keep two transactions from storing one thing twice: each statement sees what
        // others have committed, and waits for those who are about to.
        case .writing, .writingRepeatably: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
        }
    }
}

/// One connection, made when it is needed and made anew when it was lost.
actor PostgreSQLConnection {
    private let target: PostgreSQLTarget
    private let executor: BlockingExecutor
    private var link: PostgreSQLLink?
    /// Why nothing could be connected, and when.
    private var failure: (error: VerdictStoreError, at: ContinuousClock.Instant)?
    private var isClosed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ target: PostgreSQLTarget, number: Int) {
        self.target = target
        executor = BlockingExecutor(label: "landwaiter.postgresql.\(number)")
    }

    func run<Value: Sendable>(
        _ mode: PostgreSQLTransaction, askedAt: ContinuousClock.Instant,
        _ body: @Sendable (any SQLSession) throws(VerdictStoreError) -> Value
    ) throws(VerdictStoreError) -> Value {
        if askedAt.duration(to: .now) > target.options.patience {
            throw .conflict("all connections were at work for \(target.options.patience)")
        }
        var reconnects = 0
        var conflicts = 0
        while true {
            let link = try connected(askedAt: askedAt)
            do throws(VerdictStoreError) {
                return try link.transaction(mode.begin, body)
            } catch {
                if link.isBroken {
                    self.link = nil
                    // The server was started anew, or the way to it was cut: once more, if that can do no harm.
                    guard reconnects == 0, !link.mayHaveCommitted || mode == .writingRepeatably else { throw error }
                    reconnects += 1
                } else if link.wasInTheWay, conflicts < 5 {
                    conflicts += 1
                    // Blocks this connection's thread only.
                    Self.pause(milliseconds: Int.random(in: 0...(5 << conflicts)))
                } else {
                    throw error
                }
            }
        }
    }

    func close() {
        isClosed = true
        link = nil
    }

    private func connected(askedAt: ContinuousClock.Instant) throws(VerdictStoreError) -> PostgreSQLLink {
        if isClosed { throw .closed }
        if let link { return link }
        // Whoever asked while nothing could be connected, or right after, need not wait for the next failure as well.
        if let failure, askedAt < failure.at + .milliseconds(250) { throw failure.error }
        do throws(VerdictStoreError) {
            let link = try PostgreSQLLink(target)
            try link.prepareSession()
            self.link = link
            failure = nil
            return link
        } catch {
            failure = (error, .now)
            throw error
        }
    }

    private static func pause(milliseconds: Int) { PostgreSQLLink.sleep(milliseconds: milliseconds) }
}

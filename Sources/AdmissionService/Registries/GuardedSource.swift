import Admission
import Content
import Findings
import OCI
import OCIDistribution
import Synchronization

/// A registry's image behind the registry's circuit breaker: nothing is asked while the circuit is open, and whatever
/// comes of asking is counted.
final class GuardedSource: PatientSource {
    private let base: RegistrySource
    private let client: RegistryClient
    private let registry: String
    private let breaker: CircuitBreaker
    private let metrics: ServiceMetrics?
    private let lateAfter: Duration
    private struct Reads {
        var next = 0
        var passes: [Int: (pass: CircuitBreaker.Pass, begun: ContinuousClock.Instant)] = [:]
    }
    private let reads = Mutex(Reads())

    init(
        _ base: RegistrySource, client: RegistryClient, breaker: CircuitBreaker, metrics: ServiceMetrics?,
        lateAfter: Duration
    ) {
        self.base = base
        self.client = client
        registry = base.reference.registry
        self.breaker = breaker
        self.metrics = metrics
        self.lateAfter = lateAfter
    }

    var transport: String { base.transport }
    var insecurities: [String] { base.insecurities }
    var namedDigest: Digest? { base.namedDigest }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        try await guarded { () throws(ContentSourceError) in try await base.resolve(limits: limits) }
    }

    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try await guarded { () throws(ContentSourceError) in try await base.fetch(descriptor, limit: limit) }
    }

    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try await guarded { () throws(ContentSourceError) in try await base.manifest(digest, limits: limits) }
    }

    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        try await guarded { () throws(ContentSourceError) in try await base.papers(of: digest, limits: limits) }
    }

    func papers(
        of digest: Digest, tied tie: Paper.Tie, limits: ContentLimits
    ) async throws(ContentSourceError) -> Papers {
        try await guarded { () throws(ContentSourceError) in
            try await base.papers(of: digest, tied: tie, limits: limits)
        }
    }

    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] {
        try await base.looseSignatures(limits: limits)
    }

    /// What has been read for so long comes too late: that is a failure, whenever it comes.
    func deadlinePassed() {
        let now = ContinuousClock.now
        let late = reads.withLock { reads in
            let late = reads.passes.filter { $0.value.begun.duration(to: now) >= lateAfter }
            for number in late.keys { reads.passes[number] = nil }
            return late.values.map(\.pass)
        }
        for pass in late { breaker.leave(pass, .failed) }
        if !late.isEmpty { metrics?.count(.registryReads, [.registry(registry), .outcome(.late)]) }
    }

    private func guarded<Value: Sendable>(
        _ read: () async throws(ContentSourceError) -> Value
    ) async throws(ContentSourceError) -> Value {
        guard let pass = breaker.enter() else {
            metrics?.count(.registryReads, [.registry(registry), .outcome(.circuitOpen)])
            throw ContentSourceError(
                .serviceRegistryCircuitOpen, "\(Finding.quoted(registry)) did not answer and is not asked for a while")
        }
        let number = reads.withLock { reads in
            reads.next += 1
            reads.passes[reads.next] = (pass, .now)
            return reads.next
        }
        let asked = client.requestCount
        do throws(ContentSourceError) {
            let value = try await read()
            // What was known already says nothing of the registry.
            leave(number, client.requestCount == asked ? .unknown : .answered, .answered)
            return value
        } catch {
            let outcome = ReadOutcome(error.code)
            leave(number, Task.isCancelled ? .unknown : outcome.isFailure ? .failed : .answered, outcome)
            throw error
        }
    }

    private func leave(_ number: Int, _ outcome: CircuitBreaker.Outcome, _ counted: ReadOutcome) {
        // None where the deadline passed first: it was counted then.
        guard let (pass, _) = reads.withLock({ $0.passes.removeValue(forKey: number) }) else { return }
        breaker.leave(pass, outcome)
        guard outcome != .unknown else { return }
        metrics?.count(.registryReads, [.registry(registry), .outcome(counted)])
    }
}

/// What came of asking a registry; a metric's label.
enum ReadOutcome: String, Sendable, CaseIterable {
    case answered
    case unreachable
    case timedOut = "timed-out"
    case unavailable
    case rateLimited = "rate-limited"
    /// It answers, and says no or something that is not believed.
    case refused
    case circuitOpen = "circuit-open"
    /// A question's deadline passed while it was asked.
    case late

    init(_ code: ReasonCode) {
        switch code {
        case .registryUnreachable: self = .unreachable
        case .registryTimedOut: self = .timedOut
        case .registryUnavailable: self = .unavailable
        case .registryRateLimited: self = .rateLimited
        case .serviceRegistryCircuitOpen: self = .circuitOpen
        default: self = .refused
        }
    }

    /// What opens a circuit.
    var isFailure: Bool {
        switch self {
        case .unreachable, .timedOut, .unavailable, .rateLimited, .late: true
        case .answered, .refused, .circuitOpen: false
        }
    }
}

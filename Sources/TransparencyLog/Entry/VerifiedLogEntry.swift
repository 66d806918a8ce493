public import StrictEncoding

/// That a trusted log holds, or promised to hold, an entry about exactly this signature by this key over this content.
/// Made only by comparing the entry's body with the item, and checking what proves the entry.
public struct VerifiedLogEntry: Sendable, Hashable {
    /// The log. Count distinct logs with ``distinctLogs(_:)``, never entries.
    public let log: TrustedLog
    public let kind: LogEntryKind
    /// Nil for an entry that is only promised.
    public let inclusion: VerifiedInclusion?
    /// Nil for an entry without a promise. Only this dates an entry.
    public let time: VerifiedLogTime?

    /// Verifies an entry for an item.
    ///
    /// 1. The body is of a known kind, the one that the entry states, and speaks of this item: its digest, its
    ///    signature, its key or certificate.
    /// 2. The signed entry timestamp, if an entry of Rekor 1 has one, holds.
    /// 3. The inclusion proof and its checkpoint hold, and are the same log's. They may be absent only where the
    ///    requirement says so and the timestamp holds.
    ///
    /// - Parameters:
    ///   - promise: step 2, if it is done already; used if it is of this very entry.
    ///   - times: every verified time of the item from elsewhere (RFC 3161). Those of Rekor 1's promise are added here.
    /// - Throws: `LogEntryError`: the first step that fails.
    public init(
        _ entry: UnverifiedLogEntry, for item: LoggedItem, in logs: TrustedLogs, promise: VerifiedLogTime? = nil,
        at times: [Instant], requiring requirement: LogProofRequirement = .standard
    ) throws(LogEntryError) {
        let kind = try LogEntryKind(of: entry)
        do {
            try UnverifiedLogEntryBody(of: entry).matches(item)
        } catch {
            throw .body(error)
        }

        var time: VerifiedLogTime?
        if kind.generation == .rekor1, entry.inclusionPromise != nil {
            if let promise, promise.entry == entry {
                time = promise
            } else {
                time = try VerifiedLogTime(promiseOf: entry, by: logs)
            }
        }

        if entry.inclusionProof?.checkpoint == nil, let time, requirement.insecureAcceptsPromiseAlone {
            // A proof without a checkpoint proves nothing, since its root is its own claim; but it may not be wrong.
            if let proof = entry.inclusionProof { try VerifiedInclusion.requireConsistent(proof, of: entry) }
            inclusion = nil
            log = time.log
        } else {
            let inclusion = try VerifiedInclusion(
                of: entry, in: logs, at: times + (time.map { [$0.time] } ?? []), witnesses: requirement.witnesses,
                limits: requirement.limits)
            self.inclusion = inclusion
            log = inclusion.log
        }
        self.kind = kind
        self.time = time
    }

    /// The logs that hold these entries, each once: two entries of one log are no more proof than one (sigstore-go
    /// CVE-2026-49834). A log is its key, whatever names, periods and entries there are.
    public static func distinctLogs(_ entries: some Sequence<VerifiedLogEntry>) -> Int {
        Set(entries.map(\.log.publicKey)).count
    }
}

/// What has to prove an entry, as a trust root has it.
public struct LogProofRequirement: Sendable, Hashable {
    /// Whether a signed entry timestamp is enough, as in bundles of version 0.1. It is a promise only: whether the log
    /// kept it, nobody can check later.
    public var insecureAcceptsPromiseAlone: Bool
    public var witnesses: WitnessRequirement
    public var limits: CheckpointLimits

    /// An inclusion proof with a checkpoint, no witnesses.
    public static let standard = LogProofRequirement()

    public init(
        insecureAcceptsPromiseAlone: Bool = false, witnesses: WitnessRequirement = .none,
        limits: CheckpointLimits = .standard
    ) {
        self.insecureAcceptsPromiseAlone = insecureAcceptsPromiseAlone
        self.witnesses = witnesses
        self.limits = limits
    }
}

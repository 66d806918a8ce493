public import StrictEncoding

/// That an entry is a leaf of a tree to which a trusted log committed. It says nothing of when, and nothing of what the
/// entry speaks of: ``VerifiedLogEntry`` does. Made only by checking the proof against a verified checkpoint.
public struct VerifiedInclusion: Sendable, Hashable {
    /// The log that committed to the tree; its key was valid at every verified time that was given.
    public let log: TrustedLog
    /// The leaf's position in the tree of ``checkpoint``.
    public let logIndex: UInt64
    public let checkpoint: VerifiedCheckpoint
    /// The entry that is the leaf.
    public let entry: UnverifiedLogEntry

    /// Verifies the inclusion proof of an entry (RFC 9162 section 2.1.3.2) and the checkpoint that goes with it.
    ///
    /// - Parameters:
    ///   - times: every verified time of what was logged. The log's key has to be valid at each; neither checkpoint nor
    ///     proof has a time that could be asked instead.
    ///   - witnesses: who has to have cosigned the checkpoint.
    /// - Throws: `LogEntryError`.
    public init(
        of entry: UnverifiedLogEntry, in logs: TrustedLogs, at times: [Instant],
        witnesses: WitnessRequirement = .none, limits: CheckpointLimits = .standard
    ) throws(LogEntryError) {
        let generation = try LogEntryKind(of: entry).generation
        guard let proof = entry.inclusionProof else { throw .noInclusionProof }
        guard let envelope = proof.checkpoint else { throw .noCheckpoint }
        guard !times.isEmpty else { throw .noVerifiedTime }

        let unverified: UnverifiedCheckpoint
        do {
            unverified = try UnverifiedCheckpoint(parsing: envelope, limits: limits)
        } catch {
            throw .checkpoint(error)
        }
        let log = try Self.log(of: entry, unverified, generation, among: logs, at: times)
        let checkpoint: VerifiedCheckpoint
        do {
            checkpoint = try unverified.verified(by: log, in: generation, witnesses: witnesses)
        } catch {
            throw .checkpoint(error)
        }
        let head = try Self.requireConsistent(proof, of: entry)
        guard checkpoint.head == head else { throw .otherTree }
        self.log = log
        logIndex = UInt64(proof.logIndex.magnitude)
        self.checkpoint = checkpoint
        self.entry = entry
    }
}

// MARK: The steps

extension VerifiedInclusion {
    /// Checks that a proof leads from the entry to the root that it states itself.
    ///
    /// - Returns: the tree of which it speaks. Whether there is such a tree, only a checkpoint says.
    @discardableResult
    static func requireConsistent(
        _ proof: InclusionProof, of entry: UnverifiedLogEntry
    ) throws(LogEntryError) -> TreeHead {
        // A tree of 2^63 leaves has proofs of 63 hashes.
        guard proof.hashes.count <= 64 else { throw .tooManyProofHashes(limit: 64) }
        guard let index = UInt64(exactly: proof.logIndex), let size = UInt64(exactly: proof.treeSize) else {
            throw .negativeNumber
        }
        let head = TreeHead(size: size, rootHash: proof.rootHash)
        do {
            try MerkleTree.verifyInclusion(
                ofLeafHash: MerkleTree.leafHash(entry.canonicalizedBody), at: index, in: head, proof: proof.hashes)
        } catch {
            throw .inclusion(error)
        }
        return head
    }

    /// The log that has to have signed the checkpoint: the one that an entry of Rekor 1 names, or that a checkpoint of
    /// Rekor 2 does.
    private static func log(
        of entry: UnverifiedLogEntry, _ checkpoint: UnverifiedCheckpoint, _ generation: LogGeneration,
        among logs: TrustedLogs, at times: [Instant]
    ) throws(LogEntryError) -> TrustedLog {
        let candidates =
            switch generation {
            case .rekor1: logs.named(entry.logID)
            case .rekor2: logs.named(in: checkpoint)
            }
        var fault: Instant?
        for candidate in candidates {
            guard let time = times.first(where: { !candidate.validity.contains($0) }) else { return candidate }
            fault = fault ?? time
        }
        guard let fault else { throw .unknownLog }
        throw .keyNotValid(at: fault)
    }
}

import PKI
public import StrictEncoding

/// A tree head that a trusted log signed. Made by ``UnverifiedCheckpoint/verified(by:in:witnesses:)`` alone.
public struct VerifiedCheckpoint: Sendable, Hashable {
    /// The log whose key signed.
    public let log: TrustedLog
    /// What the log calls itself; signed.
    public let origin: ExactString
    /// The tree that the log committed to.
    public let head: TreeHead
    /// Signed lines that mean nothing here.
    public let extensions: [ExactString]
    /// By distinct trusted witnesses, in the order of the witnesses. Those of others are not listed.
    public let cosignatures: [Cosignature]

    /// A witness's statement that it saw this tree, consistent with all that it saw before.
    public struct Cosignature: Sendable, Hashable {
        public let witness: TrustedWitness
        /// When, as the witness says.
        public let time: Instant
    }

    fileprivate init(log: TrustedLog, checkpoint: UnverifiedCheckpoint, cosignatures: [Cosignature]) {
        self.log = log
        origin = checkpoint.origin
        head = checkpoint.head
        extensions = checkpoint.extensions
        self.cosignatures = cosignatures
    }
}

extension UnverifiedCheckpoint {
    /// Verifies that this log signed the checkpoint, and as many trusted witnesses as are asked for.
    ///
    /// Lines of other keys are ignored, in whatever number and order. A line that names the log's key, or a trusted
    /// witness's, and is not its signature, refuses the whole checkpoint (C2SP signed-note, "Signatures").
    ///
    /// What is *not* checked: that the log's key was valid then. A checkpoint carries no time.
    ///
    /// - Parameter generation: how the log identifies its key, see ``TrustedLog/mayHaveSigned(_:origin:in:)``.
    /// - Throws: `CheckpointError`.
    public func verified(
        by log: TrustedLog, in generation: LogGeneration, witnesses: WitnessRequirement = .none
    ) throws(CheckpointError) -> VerifiedCheckpoint {
        // Each line costs a signature operation, and only once however often it is repeated.
        let lines = Set(note.signatures.filter { log.mayHaveSigned($0, origin: origin, in: generation) })
        guard !lines.isEmpty else { throw .notSignedByLog }
        let message = SignedMessage(note.text)
        for line in lines where !log.isValid(line.bytes, over: message) { throw .invalidLogSignature }

        let cosignatures = try cosignatures(by: witnesses.witnesses, besides: log)
        guard cosignatures.count >= witnesses.atLeast else {
            throw .tooFewWitnesses(expected: witnesses.atLeast, found: cosignatures.count)
        }
        return VerifiedCheckpoint(log: log, checkpoint: self, cosignatures: cosignatures)
    }

    /// One for each witness that signed. A log's own key is no witness of that log.
    private func cosignatures(
        by witnesses: [TrustedWitness], besides log: TrustedLog
    ) throws(CheckpointError) -> [VerifiedCheckpoint.Cosignature] {
        var found: [VerifiedCheckpoint.Cosignature] = []
        var keys: Set<PublicKey> = [log.publicKey]
        for witness in witnesses where !keys.contains(witness.publicKey) {
            var latest: Instant?
            let lines = note.signatures.filter { $0.keyName == witness.name && $0.keyID == witness.keyID }
            for line in Set(lines) {
                guard let time = witness.time(ofCosignature: line.bytes, over: note.text) else {
                    throw .invalidCosignature(witness: witness.name.value)
                }
                latest = max(latest ?? time, time)
            }
            guard let latest else { continue }
            keys.insert(witness.publicKey)
            found.append(VerifiedCheckpoint.Cosignature(witness: witness, time: latest))
        }
        return found
    }
}

import PKI
import StrictEncoding
import TransparencyLog

/// The verified times of one signature under one root, and the log entries that may be among their sources.
///
/// Timestamps and entries of authorities and logs that the root does not know are passed over, since they may be another
/// root's, and so are timestamps of other bytes, which say nothing of this signature. Whatever else is wrong with one
/// refuses the item, because a proof that contradicts what it lies with is no junk.
struct VerifiedTimes {
    /// Of timestamp authorities and of logs: distinct, sorted.
    let all: [Instant]
    /// How many distinct timestamp authorities vouch for one.
    let authorities: Int
    private let stamped: [Instant]
    private let hasStampOfOtherBytes: Bool
    private let entries: [(entry: UnverifiedLogEntry, promise: VerifiedLogTime?)]

    /// - Parameter message: what the timestamps have to be over.
    /// - Throws: also if nothing that is known says when: an inclusion proof has no time.
    init(
        _ proofs: UnverifiedSignedItem.Proofs, stamped message: SignedMessage, _ root: SigstoreTrustedRoot
    ) throws(CertificateRefusal) {
        let known = try VerifiedTimes(known: proofs, stamped: message, root)
        guard !known.all.isEmpty else {
            throw known.hasStampOfOtherBytes ? .timestamp(.imprintMismatch) : .noVerifiedTime
        }
        self = known
    }

    private init(
        known proofs: UnverifiedSignedItem.Proofs, stamped message: SignedMessage, _ root: SigstoreTrustedRoot
    ) throws(CertificateRefusal) {
        var stamped: [Instant] = []
        var hasStampOfOtherBytes = false
        var authorities: Set<ExactString> = []
        for der in proofs.timestamps {
            do {
                let verified = try Self.token(der).verify(over: message, by: root.timestampAuthorities)
                stamped.append(verified.instant)
                authorities.insert(ExactString(verified.authority))
            } catch .unknownSigner, .noAuthority, .chain(.untrusted) {
                continue
            } catch .imprintMismatch {
                hasStampOfOtherBytes = true
            } catch {
                throw .timestamp(error)
            }
        }
        var entries: [(entry: UnverifiedLogEntry, promise: VerifiedLogTime?)] = []
        for entry in proofs.logEntries {
            do {
                entries.append((entry, try VerifiedLogTime(promiseOf: entry, by: root.logs)))
            } catch .noPromise, .promiseOfRekor2, .unknownLog {
                entries.append((entry, nil))
            } catch {
                throw .logEntry(error)
            }
        }
        all = Set(stamped + entries.compactMap(\.promise?.time)).sorted()
        self.authorities = authorities.count
        self.stamped = stamped
        self.hasStampOfOtherBytes = hasStampOfOtherBytes
        self.entries = entries
    }

    /// How many distinct logs of the root hold an entry about the item.
    func logs(with item: LoggedItem, _ root: SigstoreTrustedRoot) throws(CertificateRefusal) -> Int {
        var verified: [VerifiedLogEntry] = []
        for (entry, promise) in entries {
            do {
                verified.append(try self.verified(entry, promise, about: item, root))
            } catch .unknownLog {
                continue
            } catch {
                throw .logEntry(error)
            }
        }
        return VerifiedLogEntry.distinctLogs(verified)
    }

    private func verified(
        _ entry: UnverifiedLogEntry, _ promise: VerifiedLogTime?, about item: LoggedItem, _ root: SigstoreTrustedRoot
    ) throws(LogEntryError) -> VerifiedLogEntry {
        let verified = try VerifiedLogEntry(
            entry, for: item, in: root.logs, promise: promise, at: all,
            requiring: LogProofRequirement(
                insecureAcceptsPromiseAlone: root.requirement.insecureAcceptsPromiseAlone,
                witnesses: root.requirement.witnesses))
        // An entry of Rekor 2 is not dated by another log's promise.
        guard verified.kind.generation == .rekor1 || !stamped.isEmpty else { throw .noVerifiedTime }
        return verified
    }

    /// A bundle holds the whole answer of an authority; some writers keep the token alone.
    private static func token(_ der: [UInt8]) throws(TimestampError) -> TimestampToken {
        do {
            return try TimestampToken(response: der)
        } catch .malformed(.response) {
            return try TimestampToken(token: der)
        }
    }
}

extension VerifiedTimes {
    /// The times of what a key signed, which needs none: those of authorities, and those of log entries that are proved
    /// as the root demands. An entry that is proved less adds none; cosign keeps no inclusion proof beside a signature.
    static func dating(
        _ item: LoggedItem, _ proofs: UnverifiedSignedItem.Proofs, stamped message: SignedMessage,
        _ root: SigstoreTrustedRoot
    ) throws(CertificateRefusal) -> [Instant] {
        let known = try VerifiedTimes(known: proofs, stamped: message, root)
        var times = known.stamped
        for (entry, promise) in known.entries {
            guard let promise else { continue }
            do {
                _ = try known.verified(entry, promise, about: item, root)
                times.append(promise.time)
            } catch .noInclusionProof, .noCheckpoint {
                continue
            } catch {
                throw .logEntry(error)
            }
        }
        return times
    }
}

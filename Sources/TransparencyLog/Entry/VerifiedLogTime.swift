import PKI
public import StrictEncoding

/// The time at which a trusted log promised to include an entry: it is not younger than that. Made only by checking a
/// signed entry timestamp (`inclusionPromise`) of Rekor 1.
public struct VerifiedLogTime: Sendable, Hashable {
    /// The entry's `integratedTime`.
    public let time: Instant
    /// The log that signed, at a time within its key's validity.
    public let log: TrustedLog
    /// The entry that was promised. Its body is still only what someone logged.
    public let entry: UnverifiedLogEntry

    /// Verifies the promise of an entry. Its time is looked at only after its signature holds.
    ///
    /// - Throws: `LogEntryError`, also for an entry of Rekor 2, which has no time.
    public init(promiseOf entry: UnverifiedLogEntry, by logs: TrustedLogs) throws(LogEntryError) {
        guard try LogEntryKind(of: entry).generation == .rekor1 else { throw .promiseOfRekor2 }
        guard let promise = entry.inclusionPromise else { throw .noPromise }
        let candidates = logs.named(entry.logID)
        guard !candidates.isEmpty else { throw .unknownLog }
        let message = SignedMessage(Self.signedBytes(of: entry))
        let signers = candidates.filter { $0.isValid(promise, over: message) }
        guard !signers.isEmpty else { throw .invalidPromise }

        let time = Instant(secondsSince1970: entry.integratedTime)
        guard entry.integratedTime > 0, time.secondsSince1970 == entry.integratedTime else {
            throw .malformedIntegratedTime(entry.integratedTime)
        }
        guard let log = signers.first(where: { $0.validity.contains(time) }) else { throw .keyNotValid(at: time) }
        self.time = time
        self.log = log
        self.entry = entry
    }

    /// What Rekor 1 signs: the RFC 8785 form of body (in base64), time, log ID (in hexadecimal) and index.
    static func signedBytes(of entry: UnverifiedLogEntry) -> [UInt8] {
        let promised: JSONTree = [
            "body": .string(Base64.encode(entry.canonicalizedBody)),
            "integratedTime": .integer(entry.integratedTime),
            "logID": .string(Hex.encode(entry.logID)),
            "logIndex": .integer(entry.logIndex),
        ]
        return promised.canonicalBytes()
    }
}

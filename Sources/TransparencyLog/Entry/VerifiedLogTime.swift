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
        guard let signed = Self.signedBytes(of: entry) else { throw .invalidPromise }
        let message = SignedMessage(signed)
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
    ///
    /// Written as it is, since no part needs an escape. Nil for numbers of more than 53 bits, which that form does not
    /// keep apart from their neighbours.
    private static func signedBytes(of entry: UnverifiedLogEntry) -> [UInt8]? {
        guard entry.integratedTime.magnitude <= 1 << 53, entry.logIndex.magnitude <= 1 << 53 else { return nil }
        var bytes = Array(#"{"body":""#.utf8)
        bytes += Base64.encode(entry.canonicalizedBody).utf8
        bytes += #"","integratedTime":\#(entry.integratedTime),"logID":""#.utf8
        bytes += Hex.encode(entry.logID).utf8
        bytes += #"","logIndex":\#(entry.logIndex)}"#.utf8
        return bytes
    }
}

import Content
import Findings
public import PKI
public import StrictEncoding

/// A transparency log whose key is believed: an entry `tlogs` of a Sigstore trusted root. Never made from anything that
/// came with an image, and never from what a log says of itself (gitsign CVE-2023-47122).
public struct TrustedLog: Sendable, Hashable {
    /// Where it is, for people.
    public let baseURL: String
    public let publicKey: PublicKey
    /// Under which schemes its signatures count. Never empty, and all fit the key.
    public let schemes: [SignatureScheme]
    /// When its key may have signed: a closed interval.
    public let validity: ClosedRange<Instant>

    /// SHA-256 of the key's `SubjectPublicKeyInfo`: how entries of Rekor 1 name their log.
    public let logID: [UInt8]
    /// Whether the root gives the log the name that Rekor 1 uses. If not, no entry of Rekor 1 is looked for here.
    package let isNamedByKey: Bool
    /// The four bytes that the root states for checkpoints, if it states any that differ from the beginning of
    /// ``logID``.
    let statedKeyID: NoteKeyID?
    /// What the log may call itself if no stated key ID binds its name: the base URL without scheme.
    let origins: [ExactString]

    /// - Parameters:
    ///   - hashAlgorithm: of the Merkle tree, as a trusted root writes it: `SHA2_256`.
    ///   - logID: as the root states it: SHA-256 of the key (Rekor 1), or the hash, whole or its first four bytes, by
    ///     which checkpoints of Rekor 2 name it. Nil if not stated.
    ///   - checkpointKeyID: as the root states it; its first four bytes count. Nil if not stated.
    ///   - schemes: `SignatureScheme.defaults(for:)` when nil.
    ///   - start, end: of the validity of the key. A missing start is refused: such a key would have been valid forever.
    /// - Throws: `TrustedLogError`.
    package init(
        baseURL: String, hashAlgorithm: String, publicKey: PublicKey, schemes: [SignatureScheme]? = nil,
        logID: [UInt8]?, checkpointKeyID: [UInt8]? = nil, start: Instant?, end: Instant?
    ) throws(TrustedLogError) {
        guard hashAlgorithm.utf8.elementsEqual("SHA2_256".utf8) else {
            throw .unsupportedHashAlgorithm(hashAlgorithm)
        }
        guard let start else { throw .noValidityStart }
        let last = end ?? .latest
        guard start <= last else { throw .endsBeforeStart }
        let usable = (schemes ?? SignatureScheme.defaults(for: publicKey.kind)).filter {
            $0.isUsable(with: publicKey.kind)
        }
        guard !usable.isEmpty else { throw .noUsableScheme }
        if let logID, logID.count != 32, logID.count != 4 { throw .malformedLogID(byteCount: logID.count) }
        if let checkpointKeyID, !(4...32).contains(checkpointKeyID.count) {
            throw .malformedLogID(byteCount: checkpointKeyID.count)
        }

        let keyHash = Hashing.hash(publicKey.subjectPublicKeyInfo, using: .sha256)
        self.baseURL = baseURL
        self.publicKey = publicKey
        self.schemes = usable
        self.logID = keyHash
        validity = start...last
        isNamedByKey = logID == nil || logID == keyHash
        // "If not set, assume log_id equals checkpoint_key_id", says the trusted root's definition.
        let stated = checkpointKeyID ?? logID
        statedKeyID = stated.flatMap { $0.prefix(4) == keyHash.prefix(4) ? nil : NoteKeyID($0.prefix(4)) }
        origins = Self.origins(ofBaseURL: baseURL)
    }

    /// `https://log.example:8080/x/` calls itself `log.example:8080/x`, or shorter, without path or port.
    private static func origins(ofBaseURL url: String) -> [ExactString] {
        var rest = url[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        while rest.utf8.last == UInt8(ascii: "/") { rest = rest.dropLast() }
        let authority = rest.prefix { $0 != "/" }
        let host = authority.prefix { $0 != ":" }
        return [rest, authority, host].filter { !$0.isEmpty }.map { ExactString(String($0)) }
    }
}

/// The two generations of Rekor, which name a log's key differently in checkpoints.
public enum LogGeneration: Sendable, Hashable {
    /// Rekor 1: entries name their log by ``TrustedLog/logID`` and may carry a signed entry timestamp.
    case rekor1
    /// Rekor 2: the log is found by the key ID of its checkpoints; entries have no time.
    case rekor2
}

extension TrustedLog {
    /// Whether a signature line names this log's key, so that it has to be this log's signature.
    ///
    /// - Rekor 1: the line begins with the first four bytes of ``logID``, whatever the kind of key. Name and origin are
    ///   what an operator configured (`host - tree ID`), and nothing in a trusted root says it.
    /// - Rekor 2: the name is the origin; the key ID is that of C2SP signed-note for this name and key, and the one that
    ///   the root states. If it states none, or one that does not depend on the name, then the name is that of the base
    ///   URL.
    func mayHaveSigned(_ line: UnverifiedNote.Signature, origin: ExactString, in generation: LogGeneration) -> Bool {
        switch generation {
        case .rekor1: return line.keyID.bytes == Array(logID.prefix(4))
        case .rekor2:
            guard line.keyName == origin, NoteKeyID.ofLog(named: origin, publicKey).contains(line.keyID) else {
                return false
            }
            if let statedKeyID { return line.keyID == statedKeyID }
            return origins.contains(origin)
        }
    }

    func isValid(_ signature: [UInt8], over message: SignedMessage) -> Bool {
        publicKey.verifyingScheme(of: signature, over: message, among: schemes) != nil
    }
}

/// The logs of a trusted root.
public struct TrustedLogs: Sendable, Hashable {
    /// In the order of the root. One key may be listed more than once, with several periods of validity.
    public let logs: [TrustedLog]

    package init(_ logs: [TrustedLog]) { self.logs = logs }

    /// Those that an entry of Rekor 1 names.
    func named(_ logID: [UInt8]) -> [TrustedLog] { logs.filter { $0.isNamedByKey && $0.logID == logID } }

    /// Those that a line of a checkpoint of Rekor 2 names.
    func named(in checkpoint: UnverifiedCheckpoint) -> [TrustedLog] {
        logs.filter { log in
            checkpoint.note.signatures.contains {
                log.mayHaveSigned($0, origin: checkpoint.origin, in: .rekor2)
            }
        }
    }
}

/// Why an entry of a trusted root is no usable log.
public enum TrustedLogError: Error, Equatable, Sendable {
    case unsupportedHashAlgorithm(String)
    case noValidityStart
    case endsBeforeStart
    case noUsableScheme
    case malformedLogID(byteCount: Int)
}

extension TrustedLogError {
    /// One line, lower case.
    public var message: String {
        switch self {
        case .unsupportedHashAlgorithm(let name):
            "expected a log with hash algorithm SHA2_256, found \(Finding.quoted(name, limit: 40))"
        case .noValidityStart: "expected a start of the validity of a log's key, found none"
        case .endsBeforeStart:
            "expected a log's key to be valid from its start to its end, found an end before the start"
        case .noUsableScheme: "expected a signature scheme that fits the log's key, found none"
        case .malformedLogID(let count): "expected a log ID of 32 or 4 bytes, found \(count)"
        }
    }
}

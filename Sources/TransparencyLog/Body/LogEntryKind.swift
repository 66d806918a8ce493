public import StrictEncoding

/// The kinds of entries that are understood, each with its version.
public enum LogEntryKind: Sendable, Hashable, CaseIterable {
    /// A signature over a message of which the hash is logged.
    case hashedrekord001
    /// The same in Rekor 2, which logs DSSE envelopes this way too, by the hash of their pre-authentication encoding.
    case hashedrekord002
    /// A DSSE envelope: the hash of its payload, and its signatures.
    case dsse001
    /// A DSSE envelope: its hash, that of its payload, and one key. The signature itself is not in the entry.
    case intoto001
    /// A DSSE envelope: its signatures with their keys, and the hash of its payload.
    case intoto002

    /// As entries write it.
    public var name: (kind: String, version: String) {
        switch self {
        case .hashedrekord001: ("hashedrekord", "0.0.1")
        case .hashedrekord002: ("hashedrekord", "0.0.2")
        case .dsse001: ("dsse", "0.0.1")
        case .intoto001: ("intoto", "0.0.1")
        case .intoto002: ("intoto", "0.0.2")
        }
    }

    /// Which Rekor writes such entries. Each kind belongs to one, so the signed body says which rules hold.
    public var generation: LogGeneration {
        switch self {
        case .hashedrekord002: .rekor2
        case .hashedrekord001, .dsse001, .intoto001, .intoto002: .rekor1
        }
    }

    /// - Throws: `LogEntryBodyError.unsupportedKind`, also for `dsse` 0.0.2, which no client is to accept.
    public init(kind: ExactString, version: ExactString) throws(LogEntryBodyError) {
        let found = Self.allCases.first {
            kind == ExactString($0.name.kind) && version == ExactString($0.name.version)
        }
        guard let found else { throw .unsupportedKind(kind: kind.value, version: version.value) }
        self = found
    }

    /// The kind that an entry states of itself.
    init(of entry: UnverifiedLogEntry) throws(LogEntryError) {
        do {
            try self.init(kind: entry.kind, version: entry.version)
        } catch {
            throw .body(error)
        }
    }
}

import Findings
public import StrictEncoding

/// Why the body of a log entry is refused, or is about something else.
public enum LogEntryBodyError: Error, Equatable, Sendable {
    case json(JSONError)
    /// A member is missing, or not of the form that its kind defines.
    case malformed(String)
    case unsupportedKind(kind: String, version: String)
    /// The body is of another kind than the entry states.
    case otherKind(kind: String, version: String)
    case tooManySignatures(limit: Int)
    /// Such entries are about something else: envelopes where a message is signed, or the reverse.
    case kindOfOtherContent(LogEntryKind)
    /// The entry states a hash of an algorithm in which the item's is not known.
    case otherHashAlgorithm(LoggedHash.Algorithm)
    /// Another artifact, payload or envelope.
    case otherContent
    case otherSignature
    /// Another certificate or key.
    case otherKey

    /// One line, lower case.
    public var message: String {
        switch self {
        case .json(let error): "body: \(error.message)"
        case .malformed(let member): "expected a body with member `\(member)` of its kind, found none or another value"
        case .unsupportedKind(let kind, let version):
            "expected a kind of entry that is understood, found \(Self.quoted(kind, version))"
        case .otherKind(let kind, let version):
            "expected a body of the kind that the entry states, found \(Self.quoted(kind, version))"
        case .tooManySignatures(let limit): "expected at most \(limit) signatures in a log entry, found more"
        case .kindOfOtherContent(let kind):
            "expected an entry of a kind for what is signed, found `\(kind.name.kind)` \(kind.name.version)"
        case .otherHashAlgorithm(let algorithm):
            "expected an entry with a hash that is known here, found one of \(algorithm.rawValue)"
        case .otherContent: "expected an entry for what is signed, found one for something else"
        case .otherSignature: "expected an entry for this signature, found one for another"
        case .otherKey: "expected an entry for this certificate or key, found one for another"
        }
    }

    private static func quoted(_ kind: String, _ version: String) -> String {
        "\(Finding.quoted(kind, limit: 40)) \(Finding.quoted(version, limit: 40))"
    }
}

import Findings
public import StrictEncoding

/// Why bytes are not a metadata file of the expected role.
public enum MetadataFormatError: Error, Equatable, Sendable {
    /// No JSON, or JSON that two readers could read in two ways.
    case json(JSONError)
    /// What is signed has no canonical form.
    case notCanonical(OLPCError)
    /// A member is missing or not of this kind.
    case expected(String, at: String)
    /// Metadata of another role.
    case otherType(expected: String, found: String)
    /// Written according to another specification than 1.x.
    case otherSpecification(found: String)
    /// One key ID stands twice where each may stand once.
    case repeatedKeyID(String, at: String)
    /// More signatures than anyone should have to verify.
    case tooManySignatures(limit: Int)

    /// One line for people.
    public var message: String {
        switch self {
        case .json(let error): error.message
        case .notCanonical(let error): error.message
        case .expected(let what, let path):
            "expected \(what) at \(Finding.quoted(path)), found something else or nothing"
        case .otherType(let expected, let found):
            "expected metadata of type `\(expected)`, found \(Finding.quoted(found, limit: 64))"
        case .otherSpecification(let found):
            "expected version 1 of the specification, found \(Finding.quoted(found, limit: 64))"
        case .repeatedKeyID(let keyID, let path):
            "expected each key ID once in \(Finding.quoted(path)), found \(Finding.quoted(keyID, limit: 64)) again"
        case .tooManySignatures(let limit): "expected at most \(limit) signatures, found more"
        }
    }
}

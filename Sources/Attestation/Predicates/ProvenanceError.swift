import Findings
public import StrictEncoding

/// Why a statement holds no provenance that can be judged.
public enum ProvenanceError: Error, Equatable, Sendable {
    /// The predicate type is not SLSA provenance.
    case otherPredicate(ExactString)
    /// What stands at this place of the predicate is not there or of another kind.
    case malformed(String, expected: String)
    /// What stands at this place should be a time of RFC 3339.
    case malformedTime(String, ExactString)
    /// Two places that speak of one thing say different things of it.
    case contradictsItself(String, stated: ExactString, elsewhere: ExactString)
    /// More entries at this place than the limit.
    case tooMany(String, limit: Int)
    /// The flattened name of an external parameter is longer than the limit, in bytes.
    case parameterNameTooLong(limit: Int)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .otherPredicate(let type): "expected SLSA provenance, found predicate type \(Finding.quoted(type.value))"
        case .malformed(let place, let expected):
            "expected \(expected) at \(Finding.quoted(place)) of the provenance, found none"
        case .malformedTime(let place, let text):
            "expected a time at \(Finding.quoted(place)) of the provenance, found \(Finding.quoted(text.value))"
        case .contradictsItself(let what, let stated, let elsewhere):
            "expected one \(what) in the provenance, found \(Finding.quoted(stated.value)) and \(Finding.quoted(elsewhere.value))"
        case .tooMany(let place, let limit):
            "expected at most \(limit) entries at \(Finding.quoted(place)) of the provenance, found more"
        case .parameterNameTooLong(let limit):
            "expected names of external parameters of at most \(limit) bytes, found a longer one"
        }
    }
}

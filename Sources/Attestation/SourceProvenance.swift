import Findings
public import StrictEncoding

/// How a revision or a tag of a source came to be: the form that the SLSA source tool writes.
///
/// SLSA 1.2 leaves the form of source provenance to each source control system ("Source provenance attestations") and
/// defines only its summary, which is a ``VerificationSummary`` about a commit. The commit itself is the statement's
/// subject (`gitCommit`). Every field is a claim by whoever signed the statement.
public struct SourceProvenance: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case revision, tag
    }

    public static let revisionType: ExactString =
        "https://github.com/slsa-framework/slsa-source-poc/source-provenance/v1-draft"
    public static let tagType: ExactString =
        "https://github.com/slsa-framework/slsa-source-poc/tag-provenance/v1-draft"

    public let kind: Kind
    /// URI of the repository, not empty.
    public let repository: ExactString
    /// The branch that got the revision, or the tag: as stated, not empty.
    public let name: ExactString
    /// The commit that the branch pointed to before.
    public let previousCommit: ExactString?
    /// Who pushed.
    public let actor: ExactString?
    /// How: `pr_merge`, `direct_push`.
    public let activity: ExactString?
    public let createdOn: Instant?
    /// The controls that were in force, as the system saw them.
    public let controls: [Control]
    /// Of a tag: what was verified of the commit before.
    public let summaries: [Summary]

    public struct Control: Sendable, Hashable {
        /// Not empty.
        public let name: ExactString
        /// Since when it has been in force without a break.
        public let since: Instant?
    }

    public struct Summary: Sendable, Hashable {
        public let sourceRefs: [ExactString]
        public let verifiedLevels: [ExactString]
    }
}

/// Why a statement holds no source provenance that can be judged.
public enum SourceProvenanceError: Error, Equatable, Sendable {
    /// The predicate type is none of the two.
    case otherPredicate(ExactString)
    /// What stands at this place of the predicate is not there or of another kind.
    case malformed(String, expected: String)
    /// What stands at this place should be a time of RFC 3339.
    case malformedTime(String, ExactString)
    /// More entries at this place than the limit.
    case tooMany(String, limit: Int)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .otherPredicate(let type):
            "expected source provenance, found predicate type \(Finding.quoted(type.value))"
        case .malformed(let place, let expected):
            "expected \(expected) at \(Finding.quoted(place)) of the source provenance, found none"
        case .malformedTime(let place, let text):
            "expected a time at \(Finding.quoted(place)) of the source provenance, found \(Finding.quoted(text.value))"
        case .tooMany(let place, let limit):
            "expected at most \(limit) entries at \(Finding.quoted(place)) of the source provenance, found more"
        }
    }
}

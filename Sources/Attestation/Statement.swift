public import Content
import Findings
public import StrictEncoding

/// An in-toto statement: a predicate about subjects. It says who it is about and what is said, not who says so.
///
/// After parsing there is at least one subject, and every subject has at least one digest. Two versions are read, which
/// differ in their `_type` only: 0.1.0 and 1 of the in-toto Attestation Framework.
public struct Statement: Sendable {
    /// The version of the statement layer.
    public enum Version: String, Sendable, CaseIterable {
        case v0_1 = "https://in-toto.io/Statement/v0.1"
        case v1 = "https://in-toto.io/Statement/v1"
    }

    public let version: Version
    /// At least one.
    public let subjects: [Subject]
    /// Not empty.
    public let predicateType: ExactString
    /// What is said. Nil where the statement has no predicate or `null`, which mean the same.
    public let predicate: JSONValue?

    /// One thing that the statement is about.
    public struct Subject: Sendable, Hashable {
        /// For people; subjects are matched by digest only (in-toto v1 "Statement", `subject`).
        public let name: ExactString?
        /// Algorithm name to the digest as stated, neither checked nor converted. Not empty.
        public let digests: [ExactString: ExactString]
        /// The git refs that pointed to a revision when a source verification summary was made
        /// (`annotations.sourceRefs`, slsa.dev/spec/v1.2/source-requirements "Source verification summary attestation";
        /// `source_refs` is how the SLSA source tool spells it). Empty if none are stated or they are no list of strings.
        public let sourceRefs: [ExactString]
    }

    /// The DSSE payload type of a statement in JSON. Nothing else is read as one.
    public static let payloadType: ExactString = "application/vnd.in-toto+json"

    /// Parses the payload of an envelope.
    ///
    /// - Throws: `StatementError`: the family `statement`, or a limit.
    public init(parsing payload: [UInt8], limits: StatementLimits = .standard) throws(StatementError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: payload, limits: limits.json)
        } catch {
            throw .json(error)
        }
        guard let object = document.root.object else { throw .notAnObject }
        guard let type = object["_type"]?.exact else { throw .missing("_type") }
        guard let version = Version.allCases.first(where: { type == ExactString($0.rawValue) }) else {
            throw .unknownType(type)
        }
        guard let predicateType = object["predicateType"]?.exact, !predicateType.utf8.isEmpty else {
            throw .missing("predicateType")
        }
        self.version = version
        self.predicateType = predicateType
        subjects = try Self.subjects(object["subject"], limit: limits.subjects)
        predicate = object["predicate"].flatMap { $0.isNull ? nil : $0 }
    }

    /// Parses the payload of a verified signature, if its payload type is that of a statement.
    ///
    /// - Throws: `StatementError.unsupportedPayloadType`, and what ``init(parsing:limits:)`` throws.
    public init(
        payloadType: ExactString, payload: [UInt8], limits: StatementLimits = .standard
    ) throws(StatementError) {
        guard payloadType == Self.payloadType else { throw .unsupportedPayloadType(payloadType) }
        try self.init(parsing: payload, limits: limits)
    }
}

extension Statement {
    /// Whether a subject is named by exactly this digest: same algorithm, same lower-case hexadecimal digits.
    ///
    /// Only the entry of the digest's own algorithm is looked at, so digests of two algorithms are never mixed, and a
    /// digest set that states another value for this algorithm does not match, whatever else it states. Other
    /// algorithms of the set are ignored, as in-toto's "DigestSet" demands for those that a consumer did not check.
    public func names(_ digest: Digest) -> Bool {
        subjects.contains { $0.isNamed(by: digest) }
    }

    /// Whether a subject is named by one or more of these digests, all of the same bytes, and by no other digest of any of
    /// their algorithms: a digest set that names these bytes by one algorithm and others by the next names neither.
    public func names(oneOf digests: [Digest]) -> Bool {
        subjects.contains { subject in
            digests.contains(where: subject.isNamed)
                && digests.allSatisfy {
                    subject.digests[ExactString($0.algorithm.rawValue)] == nil || subject.isNamed(by: $0)
                }
        }
    }

    /// In one digest set. in-toto's "DigestSet" knows 24 algorithms.
    static let maximumDigests = 64

    private static func subjects(_ value: JSONValue?, limit: Int) throws(StatementError) -> [Subject] {
        guard let value, !value.isNull else { throw .noSubject }
        guard let listed = value.array else { throw .malformedSubjects }
        guard !listed.isEmpty else { throw .noSubject }
        guard listed.count <= limit else { throw .tooManySubjects(limit: limit, found: listed.count) }
        var subjects: [Subject] = []
        subjects.reserveCapacity(listed.count)
        for subject in listed {
            try subjects.append(Subject(subject, position: subjects.count))
        }
        return subjects
    }
}

extension Statement.Subject {
    /// See ``Statement/names(_:)``.
    public func isNamed(by digest: Digest) -> Bool {
        digests[ExactString(digest.algorithm.rawValue)] == ExactString(digest.hex)
    }

    fileprivate init(_ value: JSONValue, position: Int) throws(StatementError) {
        guard let object = value.object else { throw .malformedSubject(position: position) }
        switch object["name"] {
        case nil: name = nil
        case let value? where value.isNull: name = nil
        case let value?:
            guard let text = value.exact else { throw .malformedSubject(position: position) }
            name = text
        }
        sourceRefs = Self.sourceRefs(object["annotations"])
        guard let set = object["digest"], !set.isNull else { throw .emptyDigest(position: position) }
        guard let entries = set.object else { throw .malformedSubject(position: position) }
        guard entries.count <= Statement.maximumDigests else { throw .tooManyDigests(position: position) }
        var digests: [ExactString: ExactString] = [:]
        for (algorithm, value) in entries {
            guard let text = value.exact else { throw .malformedSubject(position: position) }
            // An empty value is an unset one (in-toto v1 "Parsing rules"), and no digest.
            guard !text.utf8.isEmpty else { throw .emptyDigest(position: position) }
            digests[ExactString(algorithm)] = text
        }
        guard !digests.isEmpty else { throw .emptyDigest(position: position) }
        self.digests = digests
    }

    /// Annotations are anyone's; what cannot be read as refs states none.
    private static func sourceRefs(_ annotations: JSONValue?) -> [ExactString] {
        guard let list = (annotations?["sourceRefs"] ?? annotations?["source_refs"])?.array,
            list.count <= maximumSourceRefs
        else { return [] }
        var refs: [ExactString] = []
        for element in list {
            guard let ref = element.exact, !ref.utf8.isEmpty else { return [] }
            refs.append(ref)
        }
        return refs
    }

    /// Of one subject. The refs that point to one commit are few.
    static let maximumSourceRefs = 1_000
}

/// What a statement may cost before it is refused.
public struct StatementLimits: Sendable, Hashable {
    /// Size and depth of the payload.
    public var json: JSONLimits
    /// The most subjects.
    public var subjects: Int

    /// Ten thousand subjects: about ten times what GitHub allows in one attestation (1,024).
    public static let standard = StatementLimits()

    /// Limits of one's own.
    public init(json: JSONLimits = .standard, subjects: Int = 10_000) {
        self.json = json
        self.subjects = subjects
    }
}

/// Why bytes are no acceptable in-toto statement.
public enum StatementError: Error, Equatable, Sendable {
    case unsupportedPayloadType(ExactString)
    case json(JSONError)
    case notAnObject
    /// Not there, empty, or no string.
    case missing(String)
    case unknownType(ExactString)
    case malformedSubjects
    /// Absent or an empty list: the statement is about nothing.
    case noSubject
    case tooManySubjects(limit: Int, found: Int)
    /// Positions count from zero.
    case malformedSubject(position: Int)
    case emptyDigest(position: Int)
    case tooManyDigests(position: Int)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .unsupportedPayloadType(let found):
            "expected payload type `\(Statement.payloadType)`, found \(Finding.quoted(found.value))"
        case .json(let error): "statement: \(error.message)"
        case .notAnObject: "expected a statement as a JSON object, found another value"
        case .missing(let member): "expected a statement with a non-empty string `\(member)`, found none"
        case .unknownType(let found):
            "expected an in-toto statement of version 0.1 or 1, found type \(Finding.quoted(found.value))"
        case .malformedSubjects: "expected an array as `subject` of the statement, found another value"
        case .noSubject: "expected at least one subject in the statement, found none"
        case .tooManySubjects(let limit, let found):
            "expected at most \(limit) subjects in one statement, found \(found)"
        case .malformedSubject(let position):
            "expected subject \(position) to be an object with a `digest` of strings, found something else"
        case .emptyDigest(let position): "expected subject \(position) to have a digest, found none"
        case .tooManyDigests(let position):
            "expected subject \(position) to have at most \(Statement.maximumDigests) digests, found more"
        }
    }
}

import StrictEncoding

extension SourceProvenance {
    /// Reads the source provenance that a statement holds (github.com/slsa-framework/source-tool proto/v1/provenance.proto).
    ///
    /// - Throws: `SourceProvenanceError`: the family `source-provenance`, or a limit.
    public init(statement: Statement) throws(SourceProvenanceError) {
        let kind: Kind
        switch statement.predicateType {
        case Self.revisionType: kind = .revision
        case Self.tagType: kind = .tag
        default: throw .otherPredicate(statement.predicateType)
        }
        do {
            try self.init(kind, PredicateReader(predicate: statement.predicate))
        } catch {
            throw SourceProvenanceError(error)
        }
    }

    private init(_ kind: Kind, _ predicate: PredicateReader) throws(ProvenanceError) {
        self.kind = kind
        guard let repository = try predicate.text("repo_uri") else {
            throw .malformed("repo_uri", expected: "a non-empty string")
        }
        self.repository = repository
        let place = kind == .tag ? "tag" : "branch"
        guard let name = try predicate.text(place) else { throw .malformed(place, expected: "a non-empty string") }
        self.name = name
        previousCommit = try predicate.text("prev_commit")
        actor = try predicate.text("actor")
        activity = try predicate.text("activity_type")
        createdOn = try predicate.time("created_on")

        var controls: [Control] = []
        for entry in try predicate.objects("controls", limit: Self.maximumEntries) {
            guard let name = try entry.text("name") else {
                throw .malformed(entry.place("name"), expected: "a non-empty string")
            }
            try controls.append(Control(name: name, since: entry.time("since")))
        }
        self.controls = controls

        var summaries: [Summary] = []
        for entry in try predicate.objects("vsa_summaries", limit: Self.maximumEntries) {
            // The tool writes one spelling, its schema demands the other.
            var levels = try entry.texts("verifiedLevels", limit: Self.maximumEntries)
            if levels == nil { levels = try entry.texts("verified_levels", limit: Self.maximumEntries) }
            try summaries.append(
                Summary(
                    sourceRefs: entry.texts("source_refs", limit: Self.maximumEntries) ?? [],
                    verifiedLevels: levels ?? []))
        }
        self.summaries = summaries
    }

    /// A repository has some tens of controls, and a commit as many refs.
    static let maximumEntries = 1_000
}

extension SourceProvenanceError {
    /// The readers of predicates share their errors. Two of them only provenance throws.
    fileprivate init(_ error: ProvenanceError) {
        switch error {
        case .malformed(let place, let expected): self = .malformed(place, expected: expected)
        case .malformedTime(let place, let text): self = .malformedTime(place, text)
        case .tooMany(let place, let limit): self = .tooMany(place, limit: limit)
        case .otherPredicate(let type): self = .otherPredicate(type)
        case .contradictsItself(let what, _, _): self = .malformed(what, expected: "one \(what)")
        case .parameterNameTooLong(let limit): self = .tooMany("predicate", limit: limit)
        }
    }
}

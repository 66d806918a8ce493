import StrictEncoding

extension Provenance {
    /// Reads the provenance that a statement holds, as its build type defines it.
    ///
    /// - Throws: `ProvenanceError`: the family `provenance`, or a limit. A predicate that contradicts itself about its
    ///   source is refused whole, because a rule could then be shown either half.
    public init(statement: Statement) throws(ProvenanceError) {
        guard let type = PredicateType(statement.predicateType), type.family == .slsaProvenance else {
            throw .otherPredicate(statement.predicateType)
        }
        switch type.version {
        case Version.v1.rawValue: try self.init(v1: PredicateReader(predicate: statement.predicate))
        case Version.v0_2.rawValue: try self.init(v0_2: PredicateReader(predicate: statement.predicate))
        default: throw .unsupportedVersion(type.version ?? "none")
        }
    }

    /// slsa.dev/spec/v1.2/build-provenance.
    private init(v1 predicate: PredicateReader) throws(ProvenanceError) {
        guard let definition = try predicate.object("buildDefinition") else {
            throw .malformed("buildDefinition", expected: "an object")
        }
        guard let details = try predicate.object("runDetails") else {
            throw .malformed("runDetails", expected: "an object")
        }
        let metadata = try details.object("metadata")
        try self.init(
            version: .v1, builder: Self.builder(of: details), buildType: Self.buildType(of: definition),
            materials: Self.materials(of: definition, at: "resolvedDependencies"),
            // SLSA spells `invocationId`; in-toto's Go library, and so BuildKit, writes `invocationID`.
            invocation: metadata?.text("invocationId", or: "invocationID"),
            startedOn: metadata?.time("startedOn"), finishedOn: metadata?.time("finishedOn"))

        let parameters = try definition.object("externalParameters")
        switch BuildTypeReading(version, buildType) {
        case .gitHubWorkflow: try readGitHubWorkflow(parameters)
        case .buildKit:
            try readBuildKit(
                configSource: parameters?.object("configSource"), entryPoint: "path", parameters: parameters,
                requestName: "request")
        case .unknown: externalParameters = try ParameterFlattening.flatten(parameters)
        }
    }

    /// slsa.dev/spec/v0.2/provenance.
    private init(v0_2 predicate: PredicateReader) throws(ProvenanceError) {
        let metadata = try predicate.object("metadata")
        try self.init(
            version: .v0_2, builder: Self.builder(of: predicate), buildType: Self.buildType(of: predicate),
            materials: Self.materials(of: predicate, at: "materials"),
            invocation: metadata?.text("buildInvocationId", or: "buildInvocationID"),
            startedOn: metadata?.time("buildStartedOn"), finishedOn: metadata?.time("buildFinishedOn"))

        let invocation = try predicate.object("invocation")
        let configSource = try invocation?.object("configSource")
        switch BuildTypeReading(version, buildType) {
        case .buildKit:
            try readBuildKit(
                configSource: configSource, entryPoint: "entryPoint", parameters: invocation,
                requestName: "parameters")
        case .gitHubWorkflow, .unknown:
            try readConfigSource(configSource)
            externalParameters = try ParameterFlattening.flatten(invocation?.object("parameters"))
        }
    }
}

/// Which build types have a reading of their own: one row each. A new builder is a new row and a new case.
enum BuildTypeReading {
    case gitHubWorkflow, buildKit
    /// Only what SLSA itself defines is read.
    case unknown

    init(_ version: Provenance.Version, _ buildType: ExactString) {
        self = Self.table.first { $0.version == version && $0.buildType == buildType }?.reading ?? .unknown
    }

    private static let table: [(version: Provenance.Version, buildType: ExactString, reading: BuildTypeReading)] = [
        // github.com/slsa-framework/github-actions-buildtypes workflow/v1
        (.v1, "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1", .gitHubWorkflow),
        // The same definition under GitHub's own name; what actions/attest-build-provenance writes
        (.v1, "https://actions.github.io/buildtypes/workflow/v1", .gitHubWorkflow),
        // github.com/moby/buildkit docs/attestations/slsa-definitions.md, both sections
        (.v1, "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md", .buildKit),
        (.v0_2, "https://mobyproject.org/buildkit@v1", .buildKit),
    ]
}

extension Provenance {
    /// `builder.id` is required by both versions. BuildKit writes an empty one where nobody named the builder; it is
    /// kept as it is and equals no builder that a policy can name.
    private static func builder(of reader: PredicateReader) throws(ProvenanceError) -> ExactString {
        guard let builder = try reader.object("builder") else {
            throw .malformed(reader.place("builder"), expected: "an object")
        }
        guard let id = try builder.string("id") else { throw .malformed(builder.place("id"), expected: "a string") }
        return id
    }

    private static func buildType(of reader: PredicateReader) throws(ProvenanceError) -> ExactString {
        guard let type = try reader.text("buildType") else {
            throw .malformed(reader.place("buildType"), expected: "a non-empty string")
        }
        return type
    }

    private static func materials(
        of reader: PredicateReader, at name: String
    ) throws(ProvenanceError) -> [Material] {
        var materials: [Material] = []
        for entry in try reader.objects(name, limit: maximumMaterials) {
            try materials.append(Material(uri: entry.text("uri") ?? "", digests: entry.digests("digest")))
        }
        return materials
    }

    /// Image builds list tens of materials, builds with every package of a large tree some ten thousand.
    static let maximumMaterials = 100_000
}

import StrictEncoding

extension Provenance {
    /// Reads the provenance that a statement holds, as its build type defines it.
    ///
    /// - Throws: `ProvenanceError`: the family `provenance`, or a limit. A predicate that contradicts itself about its
    ///   source is refused whole, because a rule could then be shown either half.
    public init(statement: Statement) throws(ProvenanceError) {
        guard let type = PredicateType(statement.predicateType), type.family == .slsaProvenance,
            let version = type.version.flatMap(Version.init)
        else { throw .otherPredicate(statement.predicateType) }
        let predicate = try PredicateReader(predicate: statement.predicate)
        switch version {
        case .v1: try self.init(v1: predicate)
        case .v0_2: try self.init(v0_2: predicate)
        case .v0_1: try self.init(v0_1: predicate)
        }
        try readGitHubRunner()
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
        let platform = try definition.object("internalParameters")
        switch BuildTypeReading(version, buildType) {
        case .gitHubWorkflow: try readGitHubWorkflow(parameters, platform)
        case .gitHubContainerBased: try readGitHubContainerBased(parameters, GitHubEnvironment(platform, .upperCase))
        case .gitHubDelegator: try readGitHubDelegator(parameters, GitHubEnvironment(platform, .upperCase))
        case .buildKit:
            try readBuildKit(
                configSource: parameters?.object("configSource"), entryPoint: "path", parameters: parameters,
                requestName: "request")
        case .tekton: try readTekton(definition, parameters)
        case .cloudBuild: try readCloudBuild(parameters, platform)
        case .gitLab: try readGitLab(parameters)
        case .gitHubGenerator, .npm, .unknown: externalParameters = try ParameterFlattening.flatten(parameters)
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
        let reading = BuildTypeReading(version, buildType)
        switch reading {
        case .buildKit:
            try readBuildKit(
                configSource: configSource, entryPoint: "entryPoint", parameters: invocation,
                requestName: "parameters")
        case .gitHubGenerator, .npm:
            try readConfigSource(configSource)
            externalParameters = try ParameterFlattening.flatten(invocation?.object("parameters"))
            let spelling: GitHubEnvironment.Spelling = reading == .npm ? .upperCase : .lowerCase
            try readGitHubGenerator(GitHubEnvironment(invocation?.object("environment"), spelling))
        case .gitHubDelegator:
            try readGitHubDelegator(
                configSource: configSource, GitHubEnvironment(invocation?.object("environment"), .upperCase))
            externalParameters = try ParameterFlattening.flatten(invocation?.object("parameters"))
        case .tekton:
            try readTekton(
                configSource: configSource, buildConfig: predicate.object("buildConfig"),
                parameters: invocation?.object("parameters"))
        case .gitLab:
            try readGitLab(configSource: configSource)
            externalParameters = try ParameterFlattening.flatten(invocation?.object("parameters"))
        case .gitHubWorkflow, .gitHubContainerBased, .cloudBuild, .unknown:
            try readConfigSource(configSource)
            externalParameters = try ParameterFlattening.flatten(invocation?.object("parameters"))
        }
    }

    /// slsa.dev/spec/v0.1/provenance.
    private init(v0_1 predicate: PredicateReader) throws(ProvenanceError) {
        let metadata = try predicate.object("metadata")
        guard let recipe = try predicate.object("recipe") else { throw .malformed("recipe", expected: "an object") }
        try self.init(
            version: .v0_1, builder: Self.builder(of: predicate), buildType: Self.buildType(of: recipe, "type"),
            materials: Self.materials(of: predicate, at: "materials"),
            // No field of 0.1; Google Cloud Build writes it.
            invocation: metadata?.text("buildInvocationId", or: "buildInvocationID"),
            startedOn: metadata?.time("buildStartedOn"), finishedOn: metadata?.time("buildFinishedOn"))
        entryPoint = try recipe.text("entryPoint")
        externalParameters = try ParameterFlattening.flatten(recipe.object("arguments"))
        if BuildTypeReading(version, buildType) == .cloudBuild {
            try readCloudBuild(recipe: recipe)
        }
    }
}

/// Which build types have a reading of their own: one row each. A new builder is a new row and a new case.
enum BuildTypeReading {
    case gitHubWorkflow, gitHubGenerator, gitHubContainerBased, gitHubDelegator, npm
    case buildKit, tekton, cloudBuild, gitLab
    /// Only what SLSA itself defines is read. Jenkins' plugin is read so: it fills `configSource` as 0.2 defines it.
    case unknown

    init(_ version: Provenance.Version, _ buildType: ExactString) {
        self = Self.table.first { $0.version == version && $0.covers(buildType) }?.reading ?? .unknown
    }

    private struct Row {
        let version: Provenance.Version
        /// Before and after the one place where a build type names a release of its builder; whole without such a place.
        let buildType: (start: String, end: String?)
        let reading: BuildTypeReading

        init(
            _ version: Provenance.Version, _ buildType: String, release end: String? = nil, _ reading: BuildTypeReading
        ) {
            self.version = version
            self.buildType = (buildType, end)
            self.reading = reading
        }

        func covers(_ type: ExactString) -> Bool {
            guard let end = buildType.end else { return type == ExactString(buildType.start) }
            let release = type.utf8.dropFirst(buildType.start.utf8.count).dropLast(end.utf8.count)
            return !release.isEmpty && !release.contains(UInt8(ascii: "/"))
                && type == ExactString(buildType.start + String(decoding: release, as: UTF8.self) + end)
        }
    }

    private static let generator = "https://github.com/slsa-framework/slsa-github-generator"

    private static let table: [Row] = [
        // github.com/slsa-framework/github-actions-buildtypes workflow/v1
        Row(.v1, "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1", .gitHubWorkflow),
        // The same definition under GitHub's own name; what actions/attest-build-provenance writes
        Row(.v1, "https://actions.github.io/buildtypes/workflow/v1", .gitHubWorkflow),
        // github.com/slsa-framework/slsa-github-generator PROVENANCE_FORMAT.md; the last two before it had several builders
        Row(.v0_2, generator + "/generic@v1", .gitHubGenerator),
        Row(.v0_2, generator + "/go@v1", .gitHubGenerator),
        Row(.v0_2, generator + "/container@v1", .gitHubGenerator),
        Row(.v0_2, generator + "-go@v1", .gitHubGenerator),
        Row(.v0_2, generator + "@v1", .gitHubGenerator),
        // internal/builders/docker/README.md "Provenance Format" there
        Row(.v1, "https://slsa.dev/container-based-build/v0.1?draft", .gitHubContainerBased),
        // .github/actions/verify-token there: builders that others write ("bring your own builder")
        Row(.v1, generator + "/delegator-generic@v0", .gitHubDelegator),
        Row(.v0_2, generator + "/delegator-generic@v0", .gitHubDelegator),
        // github.com/npm/cli workspaces/libnpmpublish/lib/provenance.js; later versions write GitHub's workflow type
        Row(.v0_2, "https://github.com/npm/cli/gha/v2", .npm),
        Row(.v0_2, "https://github.com/npm/cli/gha@v1", .npm),
        // github.com/moby/buildkit docs/attestations/slsa-definitions.md, both sections
        Row(.v1, "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md", .buildKit),
        Row(.v0_2, "https://mobyproject.org/buildkit@v1", .buildKit),
        // github.com/tektoncd/chains docs/predicate/slsa/v2.md (formatters slsa/v2alpha2 to v2alpha4)
        Row(.v1, "https://tekton.dev/chains/v2/slsa", .tekton),
        Row(.v1, "https://tekton.dev/chains/v2/slsa-tekton", .tekton),
        // Formatter slsa/v1: what ran, by its Kubernetes kind
        Row(.v0_2, "tekton.dev/v1/TaskRun", .tekton),
        Row(.v0_2, "tekton.dev/v1/PipelineRun", .tekton),
        Row(.v0_2, "tekton.dev/v1beta1/TaskRun", .tekton),
        Row(.v0_2, "tekton.dev/v1beta1/PipelineRun", .tekton),
        // docs.cloud.google.com/build/gcb-buildtypes/google-worker/v1
        Row(.v1, "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1", .cloudBuild),
        // Up to builder version 0.2 the recipe has the builder's name
        Row(.v0_1, "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.2", .cloudBuild),
        Row(.v0_1, "https://cloudbuild.googleapis.com/CloudBuildYaml@", release: "", .cloudBuild),
        Row(.v0_1, "https://cloudbuild.googleapis.com/CloudBuildSteps@", release: "", .cloudBuild),
        // docs.gitlab.com/ci/runners/configure_runners "Artifact provenance metadata", written by the runner
        Row(.v0_2, "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/", release: "/PROVENANCE.md", .gitLab),
        Row(.v1, "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/", release: "/PROVENANCE.md", .gitLab),
        // docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1, written by GitLab itself
        Row(.v1, "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1", .gitLab),
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

    private static func buildType(
        of reader: PredicateReader, _ name: String = "buildType"
    ) throws(ProvenanceError) -> ExactString {
        guard let type = try reader.text(name) else {
            throw .malformed(reader.place(name), expected: "a non-empty string")
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

public import StrictEncoding

/// SLSA provenance of any supported version in one normal form (slsa.dev/spec/v1.2/build-provenance; v0.2; v0.1).
///
/// Every field is a claim by whoever signed the statement. A field that the predicate does not state is nil or empty;
/// a rule that asks for it is then not met.
public struct Provenance: Sendable, Hashable {
    public enum Version: String, Sendable, CaseIterable {
        /// Google Cloud Build still writes it beside version 1.
        case v0_1 = "0.1"
        case v0_2 = "0.2"
        case v1 = "1"
    }
    public var version: Version
    /// `builder.id`
    public var builder: ExactString
    /// `buildType`; `recipe.type` in version 0.1.
    public var buildType: ExactString
    /// URI of the source repository without a ref or a `git+` prefix: `https://github.com/example/ledger`.
    public var sourceRepository: ExactString?
    /// Full git ref: `refs/heads/main`.
    public var sourceRef: ExactString?
    /// Commit, as hexadecimal digits.
    public var sourceCommit: ExactString?
    /// Where the build starts in the source: a workflow path, a Dockerfile.
    public var entryPoint: ExactString?
    /// Parameters from outside that the fields above do not express, flattened to dotted names, sorted.
    public var externalParameters: [ExternalParameter]
    /// `resolvedDependencies` or `materials`.
    public var materials: [Material]
    /// Identifies the run.
    public var invocation: ExactString?
    public var startedOn: Instant?
    public var finishedOn: Instant?
    /// The definition that the build platform ran: a top-level workflow, a pipeline. It may lie elsewhere than the source.
    public var workflow: Workflow?
    /// What set the build off, by the platform's own word: `push`, `workflow_dispatch`.
    public var triggerEvent: ExactString?
    /// Whose machines ran the build, by GitHub's word: `github-hosted` or `self-hosted`.
    public var runnerEnvironment: ExactString?

    /// Where the definition of a build was read from.
    public struct Workflow: Sendable, Hashable {
        /// Like ``Provenance/sourceRepository``.
        public var repository: ExactString?
        /// Full git ref, that of the workflow's file.
        public var ref: ExactString?
        public var path: ExactString?
        public var commit: ExactString?

        public init(
            repository: ExactString? = nil, ref: ExactString? = nil, path: ExactString? = nil,
            commit: ExactString? = nil
        ) {
            self.repository = repository
            self.ref = ref
            self.path = path
            self.commit = commit
        }
    }

    public struct ExternalParameter: Sendable, Hashable {
        public var name: ExactString
        /// A string as it is, any other JSON value as RFC 8785 text.
        public var value: ExactString

        public init(name: ExactString, value: ExactString) {
            self.name = name
            self.value = value
        }
    }

    public struct Material: Sendable, Hashable {
        public var uri: ExactString
        /// Algorithm name to lower-case hexadecimal digits, as stated.
        public var digests: [ExactString: ExactString]

        public init(uri: ExactString, digests: [ExactString: ExactString]) {
            self.uri = uri
            self.digests = digests
        }
    }

    public init(
        version: Version, builder: ExactString, buildType: ExactString, sourceRepository: ExactString? = nil,
        sourceRef: ExactString? = nil, sourceCommit: ExactString? = nil, entryPoint: ExactString? = nil,
        externalParameters: [ExternalParameter] = [], materials: [Material] = [], invocation: ExactString? = nil,
        startedOn: Instant? = nil, finishedOn: Instant? = nil, workflow: Workflow? = nil,
        triggerEvent: ExactString? = nil, runnerEnvironment: ExactString? = nil
    ) {
        self.version = version
        self.builder = builder
        self.buildType = buildType
        self.sourceRepository = sourceRepository
        self.sourceRef = sourceRef
        self.sourceCommit = sourceCommit
        self.entryPoint = entryPoint
        self.externalParameters = externalParameters
        self.materials = materials
        self.invocation = invocation
        self.startedOn = startedOn
        self.finishedOn = finishedOn
        self.workflow = workflow
        self.triggerEvent = triggerEvent
        self.runnerEnvironment = runnerEnvironment
    }
}

import Content
import StrictEncoding

/// The builders that this program knows, as of SLSA 1.2 and November 2026. docs/slsa.md says the same in prose; a test
/// holds them together, and there is one test per row.
///
/// What a row grants rests on what the builder's makers publish about it. A key that signs for any builder counts up to
/// level 1 only: that nobody but the build platform can use it (level 2) and that no build can reach it (level 3) is known
/// to whoever set it up, and a guardrail may say so.
enum StandardBuilders {
    static let rows: [BuilderRow] = declared.compactMap(\.row)

    /// A row as it is written here. Its patterns are compiled once; one that could not be would be missing, and grant
    /// nothing (a test counts them).
    struct Declared {
        let name: String
        let builder: String
        let signer: Signer
        var buildTypes: [String] = []
        let level: BuildLevel
        var parameters: [ExactString]?
        var required: Set<ProvenanceField> = []
        var runner: ExactString?
        var correspondences: [CertificateCorrespondence] = []
        var raises: [String] = []
        let why: String

        enum Signer {
            case anyKey
            case key(ExactString)
            case gitHub(subjects: [String], isBuilder: Bool)
            case gitLab(subject: String)
        }
    }

    static let gitHubIssuer: ExactString = "https://token.actions.githubusercontent.com"
    private static let generator = "https://github.com/slsa-framework/slsa-github-generator"
    private static let workflowTypes = [
        "https://actions.github.io/buildtypes/workflow/v1",
        "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
    ]
    private static let gitLabTypes = [
        "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/*/PROVENANCE.md",
        "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1",
    ]
    private static let anyWorkflow = "https://github.com/*/*/.github/workflows/*@refs/**"

    static let declared: [Declared] =
        [
            generated("generic", "generator_generic_slsa3.yml", [generator + "/generic@v1"]),
            generated(
                "go", "builder_go_slsa3.yml", [generator + "/go@v1", generator + "-go@v1", generator + "@v1"]),
            generated("container", "generator_container_slsa3.yml", [generator + "/container@v1"]),
            Declared(
                name: "slsa-github-generator-container-based", builder: release("builder_container-based_slsa3.yml"),
                signer: .gitHub(subjects: [release("builder_container-based_slsa3.yml")], isBuilder: true),
                buildTypes: ["https://slsa.dev/container-based-build/v0.1?draft"], level: .three,
                parameters: ["builderImage", "buildConfig"], required: [.invocation, .sourceRepository, .sourceCommit],
                runner: "github-hosted", correspondences: CertificateCorrespondence.gitHubWorkflow,
                why: "a reusable workflow on fresh machines of GitHub signs what a job of its own recorded; "
                    + "slsa-github-generator SPECIFICATIONS.md"),
            delegated("maven", release("builder_maven_slsa3.yml")),
            delegated("gradle", release("builder_gradle_slsa3.yml")),
            delegated("bazel", release("builder_bazel_slsa3.yml")),
            delegated("nodejs", release("builder_nodejs_slsa3.yml")),
            delegated("delegator", anyWorkflow),
            Declared(
                name: "github-actions", builder: anyWorkflow,
                signer: .gitHub(subjects: [anyWorkflow], isBuilder: true), buildTypes: workflowTypes, level: .two,
                parameters: ["inputs", "release", "vars"], required: [.invocation, .sourceRepository, .sourceCommit],
                runner: "github-hosted", correspondences: CertificateCorrespondence.gitHubWorkflow,
                why: "GitHub vouches for the workflow, but its own steps build and attest in one job; level 3 needs a "
                    + "reusable workflow that an organisation knows: docs.github.com \"Artifact attestations\""),
            npm("npm-github", "https://github.com/actions/runner/github-hosted", level: .two),
            npm("npm-github-legacy", "https://github.com/actions/runner", level: .two),
            npm("npm-self-hosted", "https://github.com/actions/runner/self-hosted", level: .one),
            Declared(
                name: "cloud-build", builder: "https://cloudbuild.googleapis.com/GoogleHostedWorker",
                // projects/verified-builder/locations/global/keyRings/attestor/cryptoKeys/google-hosted-worker, version 1
                signer: .key("sha256:3fe6dfada209606798e976322c8b69acae580a6708b7112f0f7a053a5b96d675"),
                buildTypes: ["https://cloud.google.com/build/gcb-buildtypes/google-worker/v1"], level: .three,
                parameters: ["buildConfigSource", "sourceToBuild", "buildConfig", "substitutions"],
                required: [.invocation],
                why:
                    "Google signs with a key of its own what Google's workers built; docs.cloud.google.com \"Generate and "
                    + "validate build provenance\""),
            Declared(
                name: "cloud-build-0.1", builder: "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3",
                // projects/verified-builder/locations/global/keyRings/attestor/cryptoKeys/provenanceSigner, version 1
                signer: .key("sha256:7ebd8a9404a4e7569477b178cc62a7909c11fb21a5715c3a96969047fa3b4e09"),
                buildTypes: [
                    "https://cloudbuild.googleapis.com/CloudBuildYaml@*",
                    "https://cloudbuild.googleapis.com/CloudBuildSteps@*",
                ], level: .three, required: [.invocation],
                why: "the same builds in the older form, signed with another key of Google's"),
            Declared(
                name: "tekton-chains", builder: "https://tekton.dev/chains/v2", signer: .anyKey,
                buildTypes: ["https://tekton.dev/chains/v2/slsa", "https://tekton.dev/chains/v2/slsa-tekton"],
                level: .one, parameters: ["runSpec", "buildConfigSource"],
                why:
                    "who can use the key, and what a task can reach, depends on the cluster; tekton.dev \"Getting to SLSA "
                    + "Level 2 with Tekton and Tekton Chains\""),
            Declared(
                name: "tekton-chains-0.2", builder: "https://tekton.dev/chains/v2", signer: .anyKey,
                buildTypes: ["tekton.dev/v1/*", "tekton.dev/v1beta1/*"], level: .one,
                parameters: ["configSource", "parameters"],
                why: "as before, in the older form"),
            Declared(
                name: "gitlab-runner", builder: "https://**/-/runners/*", signer: .anyKey,
                buildTypes: gitLabTypes, level: .one,
                why:
                    "the runner's statement is unsigned, and whoever signs it does so in a job; docs.gitlab.com \"Artifact "
                    + "provenance metadata\""),
            Declared(
                name: "gitlab-runner-certified", builder: "https://gitlab.com/**/-/runners/*",
                signer: .gitLab(subject: "https://gitlab.com/**"), buildTypes: gitLabTypes, level: .one,
                correspondences: [
                    .init(.sourceRepository, .sourceRepositoryURI), .init(.sourceRef, .sourceRepositoryRef),
                    .init(.sourceCommit, .sourceRepositoryDigest),
                ], why: "as before, signed for by the job's own token"),
            Declared(
                name: "buildkit", builder: "**", signer: .anyKey,
                buildTypes: [
                    "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
                    "https://mobyproject.org/buildkit@v1",
                ], level: .one, parameters: ["request", "configSource"],
                why:
                    "`builder.id` is whatever the caller of BuildKit says, and the caller can reach the key; moby/buildkit "
                    + "docs/attestations"),
            Declared(
                name: "jenkins-slsa-plugin",
                builder: "https://gitlab.eclipse.org/eclipsefdn/security/slsa-jenkins-plugin@*", signer: .anyKey,
                buildTypes: ["https://gitlab.eclipse.org/eclipsefdn/security/slsa-jenkins-plugin@*"], level: .one,
                why: "the plugin does not sign; plugins.jenkins.io/slsa \"Current limitations\""),
        ]

    /// A file of slsa-github-generator at a released version.
    private static func release(_ file: String) -> String { generator + "/.github/workflows/\(file)@refs/tags/v*.*.*" }

    private static func generated(_ kind: String, _ file: String, _ buildTypes: [String]) -> Declared {
        Declared(
            name: "slsa-github-generator-\(kind)", builder: release(file),
            signer: .gitHub(subjects: [release(file)], isBuilder: true), buildTypes: buildTypes, level: .three,
            parameters: ["event_inputs"], required: [.invocation, .sourceRepository, .sourceCommit],
            runner: "github-hosted", correspondences: CertificateCorrespondence.gitHubWorkflow,
            why:
                "a reusable workflow signs in a job of its own, out of reach of the caller's steps; slsa-github-generator "
                + "SPECIFICATIONS.md")
    }

    /// `builder.id` names the tool, the certificate the delegator that ran it. What a tool does is known of the generator's own
    /// only; of the others' it is known that the delegator ran them.
    private static func delegated(_ tool: String, _ builder: String) -> Declared {
        let isOwn = builder != anyWorkflow
        return Declared(
            name: "slsa-github-generator-\(tool)", builder: builder,
            signer: .gitHub(
                subjects: ["delegator_generic_slsa3.yml", "delegator_lowperms-generic_slsa3.yml"].map(release),
                isBuilder: false),
            buildTypes: [generator + "/delegator-generic@v0"], level: isOwn ? .three : .two,
            parameters: ["inputs", "vars"], required: [.invocation, .sourceRepository, .sourceCommit],
            runner: "github-hosted", correspondences: CertificateCorrespondence.gitHubDelegator,
            raises: isOwn ? ["slsa-github-generator-delegator"] : [],
            why: isOwn
                ? "the delegator runs the tool in jobs of its own and signs in another; slsa-github-generator BYOB.md"
                : "the delegator vouches for which tool it ran; what the tool does is its maker's word")
    }

    /// The builder says on which kind of runner; until 2023 it did not.
    private static func npm(_ name: String, _ builder: String, level: BuildLevel) -> Declared {
        Declared(
            name: name, builder: builder, signer: .gitHub(subjects: [anyWorkflow], isBuilder: false),
            buildTypes: ["https://github.com/npm/cli/gha@v1", "https://github.com/npm/cli/gha/v2"] + workflowTypes,
            level: level, parameters: ["inputs", "release", "vars"],
            required: [.invocation, .sourceRepository, .sourceCommit], runner: level > .one ? "github-hosted" : nil,
            correspondences: CertificateCorrespondence.gitHubPlatform,
            why: level > .one
                ? "npm attests in the job that builds; docs.npmjs.com \"Generating provenance statements\""
                : "as before, on a machine that the platform does not run")
    }
}

extension StandardBuilders.Declared {
    /// Nil if one of the patterns is no glob.
    var row: BuilderRow? {
        guard let builder = try? Glob(builder), let signer = signer.compiled else { return nil }
        let types = buildTypes.compactMap { try? Glob($0) }
        guard types.count == buildTypes.count else { return nil }
        // A `?` in a build type is one of its characters.
        let isExact = !buildTypes.contains { $0.utf8.contains(UInt8(ascii: "*")) }
        return BuilderRow(
            name: name, builder: builder, signer: signer,
            buildTypes: isExact ? .oneOf(buildTypes) : .glob(types), level: level,
            parameters: parameters.map(KnownParameters.listed) ?? .all, required: required, runner: runner,
            correspondences: correspondences, raises: raises, why: why)
    }
}

extension StandardBuilders.Declared.Signer {
    fileprivate var compiled: BuilderSigner? {
        switch self {
        case .anyKey: return .anyKey
        case .key(let fingerprint): return .key(fingerprint)
        case .gitHub(let subjects, let isBuilder):
            let globs = subjects.compactMap { try? Glob($0) }
            guard globs.count == subjects.count else { return nil }
            return .certificate(issuer: StandardBuilders.gitHubIssuer, subjects: globs, isBuilder: isBuilder)
        case .gitLab(let subject):
            guard let glob = try? Glob(subject) else { return nil }
            return .certificate(issuer: "https://gitlab.com", subjects: [glob], isBuilder: false)
        }
    }
}

import Landwaiter
import Simulators

/// Policies whose `pipeline` is told by its certificate.
enum Keyless {
    /// The workflow that ``SimulatedCA`` issues certificates for.
    static let github = """
        github: {repository: example/ledger, workflow: example/pipelines/.github/workflows/build.yml, \
        workflowRef: "refs/tags/v*", runner: github-hosted}
        """
    static let signed = "- {id: signed, on: image, signature: {by: {atLeast: 1, of: [pipeline]}}}"

    static func policy(_ signer: String = github, require: String = signed, deny: String? = nil) -> String {
        Policies.text(require: require, deny: deny).replacing(
            "pipeline: {key: {file: pipeline.pub}}", with: "pipeline: {\(signer)}")
    }

    static let provenance = Policies.provenance()
}

extension RootFile {
    func trusted(
        _ name: String = "instance", _ requirement: ProofRequirement = .publicGood
    ) throws -> SigstoreTrustedRoot {
        try SigstoreTrustedRoot(parsing: json.canonicalBytes(), name: name, requirement: requirement)
    }
}

extension Scene {
    /// An image whose policy asks for the workflow's signature, and an instance that is trusted.
    static func keyless(
        _ instance: KeylessScene, _ signer: String = Keyless.github, require: String = Keyless.signed
    ) throws -> Scene {
        var scene = Scene()
        scene.policy = Keyless.policy(signer, require: require)
        scene.roots = [try instance.root.trusted()]
        return scene
    }

    /// A bundle that signs the image.
    func bundle(_ instance: inout KeylessScene, _ kind: LogEntryKind = .dsse001) throws -> BundleDraft {
        try instance.bundle(.envelope, kind, of: Self.signatureStatement(image.digest))
    }

    mutating func sign(by instance: inout KeylessScene) throws { attach(try bundle(&instance).bytes) }

    mutating func attest(
        _ predicate: JSONTree?, type: String = provenance, about subject: Descriptor, by instance: inout KeylessScene
    ) throws {
        let statement = Self.statement([subject.digest], type: type, predicate: predicate)
        attach(try instance.bundle(of: statement).bytes, to: subject)
    }
}

/// Provenance as GitHub's attest action writes it, of the job that ``SimulatedCA`` issues certificates for.
func githubProvenance(
    repository: String = "https://github.com/example/ledger", ref: String = "refs/heads/main",
    builder: String = SimulatedCA.workflow, commit: String = "2222222222222222222222222222222222222222",
    run: String = "https://github.com/example/ledger/actions/runs/1/attempts/1", finished: String? = nil
) -> JSONTree {
    [
        "buildDefinition": [
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": [
                "workflow": [
                    "ref": .string(ref), "repository": .string(repository), "path": ".github/workflows/release.yml",
                ]
            ],
            "internalParameters": ["github": ["event_name": "push", "runner_environment": "github-hosted"]],
            "resolvedDependencies": [
                ["uri": .string("git+\(repository)@\(ref)"), "digest": ["gitCommit": .string(commit)]]
            ],
        ],
        "runDetails": [
            "builder": ["id": .string(builder)],
            "metadata": JSONTree(members: ["invocationId": .string(run), "finishedOn": finished.map(JSONTree.string)]),
        ],
    ]
}

import Attestation
import Content
import Findings
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// What a statement and the certificate of its signer both state has to agree, field by field.
@Suite struct BuildersCertificateTests {
    static let caller = "https://github.com/example/ledger"
    static let callersWorkflow = caller + "/.github/workflows/release.yml@refs/tags/v14"
    static let commit = String(repeating: "a", count: 40)
    static let run = caller + "/actions/runs/7/attempts/2"
    static let delegator = BuildersStandardTests.file("delegator_generic_slsa3.yml")

    /// A kind of builder row, a statement of such a builder, and what certifies its signer.
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let builder: String
        let subject: String
        let buildType: String
        var version = Provenance.Version.v1
        var invocation = run
        var testDescription: String { name }

        var provenance: Provenance {
            Provenance(
                version: version, builder: ExactString(builder), buildType: ExactString(buildType),
                sourceRepository: ExactString(caller), sourceRef: "refs/tags/v14", sourceCommit: ExactString(commit),
                entryPoint: ".github/workflows/release.yml", invocation: ExactString(invocation),
                workflow: .init(
                    repository: ExactString(caller), ref: "refs/tags/v14", path: ".github/workflows/release.yml",
                    commit: ExactString(commit)),
                triggerEvent: "push", runnerEnvironment: "github-hosted")
        }
    }

    static let ownWorkflow = "https://github.com/example/pipelines/.github/workflows/build.yml@refs/tags/v1"
    static let kinds: [Kind] = [
        Kind(
            name: "generator", builder: BuildersStandardTests.file("generator_generic_slsa3.yml"),
            subject: BuildersStandardTests.file("generator_generic_slsa3.yml"),
            buildType: BuildersStandardTests.generator + "/generic@v1", version: .v0_2, invocation: "7-2"),
        Kind(
            name: "container-based", builder: BuildersStandardTests.file("builder_container-based_slsa3.yml"),
            subject: BuildersStandardTests.file("builder_container-based_slsa3.yml"),
            buildType: "https://slsa.dev/container-based-build/v0.1?draft"),
        Kind(
            name: "maven", builder: BuildersStandardTests.file("builder_maven_slsa3.yml"), subject: delegator,
            buildType: BuildersStandardTests.generator + "/delegator-generic@v0"),
        Kind(
            name: "another's tool",
            builder: "https://github.com/example/tool/.github/workflows/tool_slsa3.yml@refs/tags/v1.0.0",
            subject: delegator,
            buildType: BuildersStandardTests.generator + "/delegator-generic@v0"),
        Kind(
            name: "another's tool, 0.2",
            builder: "https://github.com/example/tool/.github/workflows/tool_slsa3.yml@refs/tags/v1.0.0",
            subject: delegator,
            buildType: BuildersStandardTests.generator + "/delegator-generic@v0", version: .v0_2, invocation: "7-2"),
        Kind(
            name: "workflow", builder: ownWorkflow, subject: ownWorkflow,
            buildType: "https://actions.github.io/buildtypes/workflow/v1"),
        Kind(
            name: "npm", builder: "https://github.com/actions/runner/github-hosted", subject: callersWorkflow,
            buildType: "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"),
        Kind(
            name: "npm, 0.2", builder: "https://github.com/actions/runner", subject: callersWorkflow,
            buildType: "https://github.com/npm/cli/gha/v2", version: .v0_2, invocation: "7-2"),
    ]

    static func claims(_ subject: String) -> [WorkloadClaim: ExactString] {
        [
            .buildSignerURI: ExactString(subject), .buildSignerDigest: ExactString(String(repeating: "b", count: 40)),
            .runnerEnvironment: "github-hosted", .sourceRepositoryURI: ExactString(caller),
            .sourceRepositoryDigest: ExactString(commit), .sourceRepositoryRef: "refs/tags/v14",
            .buildConfigURI: ExactString(callersWorkflow), .buildConfigDigest: ExactString(commit),
            .buildTrigger: "push",
            .runInvocationURI: ExactString(run),
        ]
    }

    /// What certificates held until February 2023.
    static let legacy: [WorkloadClaim: ExactString] = [
        .githubWorkflowTrigger: "push", .githubWorkflowSHA: ExactString(commit), .githubWorkflowName: "release",
        .githubWorkflowRepository: "example/ledger", .githubWorkflowRef: "refs/tags/v14",
    ]

    static func holder(
        _ subject: String, issuer: ExactString = BuildersStandardTests.issuer,
        claims: [WorkloadClaim: ExactString]? = nil, _ change: (inout [WorkloadClaim: ExactString]) -> Void = { _ in }
    ) -> CertificateHolder {
        var claims = claims ?? Self.claims(subject)
        change(&claims)
        return CertificateHolder(
            authority: .trustedRoot("public-good", issuer: issuer),
            names: [CertificateName(.uri, ExactString(subject))],
            claims: claims)
    }

    private func disagreement(
        _ provenance: Provenance, _ holder: CertificateHolder, rows: [BuilderRow] = []
    ) throws -> CertificateDisagreement? {
        try BuilderTable.standard.adding(rows).disagreement(of: provenance, with: holder)
    }

    // MARK: Field by field

    @Test(arguments: kinds) func acceptsWhatTheCertificateSaysToo(_ kind: Kind) throws {
        #expect(try disagreement(kind.provenance, Self.holder(kind.subject)) == nil)
        #expect(try disagreement(kind.provenance, Self.holder(kind.subject, claims: [:])) == nil)
    }

    static let changes: [(field: ProvenanceField, claim: WorkloadClaim, other: ExactString)] = [
        (.sourceRepository, .sourceRepositoryURI, "https://github.com/example/ledger2"),
        (.sourceRepository, .sourceRepositoryURI, "https://github.com/Example/ledger"),
        (.sourceRef, .sourceRepositoryRef, "refs/heads/v14"),
        (.sourceCommit, .sourceRepositoryDigest, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
        (.workflow, .buildConfigURI, "https://github.com/example/ledger/.github/workflows/release.yml@refs/heads/main"),
        (.workflow, .buildConfigURI, "https://github.com/example/ledger/.github/workflows/other.yml@refs/tags/v14"),
        (.workflowCommit, .buildConfigDigest, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
        (.invocation, .runInvocationURI, "https://github.com/example/ledger/actions/runs/8/attempts/2"),
        (.invocation, .runInvocationURI, "https://github.com/example/ledger/actions/runs/7/attempts/1"),
        (.invocation, .runInvocationURI, "7-2/evil"),
        (.triggerEvent, .buildTrigger, "pull_request_target"),
        (.runnerEnvironment, .runnerEnvironment, "self-hosted"),
    ]

    @Test(arguments: kinds) func rejectsAnotherRepositoryRefCommitWorkflowRunTriggerOrRunner(_ kind: Kind) throws {
        for (field, claim, other) in Self.changes {
            let found = try disagreement(kind.provenance, Self.holder(kind.subject) { $0[claim] = other })
            #expect(found?.certified == other, "\(field)")
            let isDelegated = kind.subject == Self.delegator && field == .sourceCommit
            #expect(found?.field == (isDelegated ? .sourceCommitOfRef : field), "\(claim)")
            // What is not stated contradicts nothing.
            #expect(try disagreement(kind.provenance, Self.holder(kind.subject) { $0[claim] = nil }) == nil)
        }
    }

    /// By Fulcio's word, not by GitHub's alone: the extension says another workflow than the certificate's name.
    @Test func rejectsABuilderThatOneOfTheTwoNamesIsNot() throws {
        for kind in Self.kinds where kind.builder == kind.subject {
            let found = try disagreement(
                kind.provenance, Self.holder(kind.subject) { $0[.buildSignerURI] = "https://github.com/evil" })
            #expect(found?.field == .builder)
        }
    }

    /// A tool that checked out another commit than its caller's states that one and no ref.
    @Test func acceptsACommitOfItsOwnOfADelegatorOnlyAndWithoutRef() throws {
        for kind in Self.kinds {
            var provenance = kind.provenance
            provenance.sourceCommit = ExactString(String(repeating: "c", count: 40))
            #expect(try disagreement(provenance, Self.holder(kind.subject)) != nil)
            provenance.sourceRef = nil
            #expect(
                try (disagreement(provenance, Self.holder(kind.subject)) == nil) == (kind.subject == Self.delegator),
                "\(kind.name)")
        }
    }

    /// A certificate from before February 2023.
    @Test(arguments: kinds) func comparesTheDeprecatedExtensionsOfGitHub(_ kind: Kind) throws {
        #expect(try disagreement(kind.provenance, Self.holder(kind.subject, claims: Self.legacy)) == nil)
        let changes: [(WorkloadClaim, ExactString)] = [
            (.githubWorkflowRepository, "example/ledger2"), (.githubWorkflowRef, "refs/heads/main"),
            (.githubWorkflowSHA, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
            (.githubWorkflowTrigger, "workflow_dispatch"),
        ]
        for (claim, other) in changes {
            let alone = Self.holder(kind.subject, claims: Self.legacy) { $0[claim] = other }
            #expect(try disagreement(kind.provenance, alone) != nil, "\(claim)")
            // Beside a current one that agrees.
            let beside = Self.holder(kind.subject, claims: Self.legacy.merging(Self.claims(kind.subject)) { a, _ in a })
            {
                $0[claim] = other
            }
            #expect(try disagreement(kind.provenance, beside) != nil, "\(claim)")
        }
    }

    /// `.2` to `.6` are GitHub's; under another issuer they are anybody's.
    @Test func readsTheDeprecatedExtensionsUnderGitHubsIssuerOnly() throws {
        for (issuer, isGitHubs) in [
            ("https://token.actions.githubusercontent.com/example", true),
            ("https://token.actions.githubusercontent.com.evil.example", false), ("https://gitlab.com", false),
        ] {
            let row = BuilderRow(
                name: "own", builder: try Glob(Self.ownWorkflow),
                signer: .certificate(
                    issuer: ExactString(issuer), subjects: [try Glob(Self.ownWorkflow)], isBuilder: true),
                level: .three, correspondences: CertificateCorrespondence.gitHubWorkflow, why: "reviewed")
            let holder = Self.holder(Self.ownWorkflow, issuer: ExactString(issuer), claims: Self.legacy) {
                $0[.githubWorkflowRef] = "refs/heads/main"
            }
            let kind = try #require(Self.kinds.first { $0.name == "workflow" })
            #expect(try (disagreement(kind.provenance, holder, rows: [row]) != nil) == isGitHubs, "\(issuer)")
        }
    }

    // MARK: Attacks

    /// A workflow of the attacker's signs a statement that names the trusted builder.
    @Test(arguments: kinds) func rejectsAnotherWorkflowThatClaimsToBeTheBuilder(_ kind: Kind) throws {
        guard !kind.name.hasPrefix("npm") else { return }
        for subject in [
            "https://github.com/evil/ledger/.github/workflows/release.yml@refs/heads/main",
            "https://github.com/evil/slsa-github-generator/.github/workflows/delegator_generic_slsa3.yml@refs/tags/v2.1.0",
            BuildersStandardTests.file("delegator_generic_slsa3.yml", "refs/heads/main"), kind.builder + ".evil",
            kind.builder.replacing("refs/tags/v", with: "refs/heads/v"),
        ] {
            let found = try disagreement(kind.provenance, Self.holder(subject))
            #expect(found?.field == .builder && found?.certified == ExactString(subject), "\(subject)")
        }
    }

    /// The build type is the signer's to choose. One that no row knows gets round no comparison.
    @Test(arguments: kinds) func comparesUnderAnyBuildType(_ kind: Kind) throws {
        for buildType: ExactString in ["https://evil.example/type", "", "https://mobyproject.org/buildkit@v1"] {
            var provenance = kind.provenance
            provenance.buildType = buildType
            #expect(try disagreement(provenance, Self.holder(kind.subject)) == nil)
            let other = Self.holder(kind.subject) { $0[.sourceRepositoryURI] = "https://github.com/evil/ledger" }
            #expect(try disagreement(provenance, other)?.field == .sourceRepository)
            if !kind.name.hasPrefix("npm") {
                let foreign = Self.holder("https://github.com/evil/ledger/.github/workflows/x.yml@refs/heads/main")
                #expect(try disagreement(provenance, foreign)?.field == .builder)
            }
        }
    }

    /// Nor does a name that is no address of a workflow.
    @Test func rejectsACertificateWithoutAWorkflowForABuilderOfGitHub() throws {
        for kind in Self.kinds {
            let person = CertificateHolder(
                authority: .trustedRoot("public-good", issuer: BuildersStandardTests.issuer),
                names: [CertificateName(.email, "mallory@example.com")])
            #expect(try disagreement(kind.provenance, person)?.field == .builder)
        }
    }

    /// GitLab names a runner as the builder, and certifies the project.
    @Test func comparesProjectRefAndCommitOnGitLab() throws {
        let project = "https://gitlab.com/group/sub/ledger"
        var provenance = Self.kinds[0].provenance
        provenance.builder = ExactString(project + "/-/runners/12")
        provenance.sourceRepository = ExactString(project)
        func holder(_ claim: WorkloadClaim? = nil, _ other: ExactString = "") -> CertificateHolder {
            Self.holder(project + "//.gitlab-ci.yml@refs/tags/v14", issuer: "https://gitlab.com") {
                $0[.sourceRepositoryURI] = ExactString(project)
                if let claim { $0[claim] = other }
            }
        }
        #expect(try disagreement(provenance, holder()) == nil)
        for (claim, other) in [
            (WorkloadClaim.sourceRepositoryURI, ExactString("https://gitlab.com/group/other")),
            (.sourceRepositoryRef, "refs/heads/main"), (.sourceRepositoryDigest, "b"),
        ] {
            #expect(try disagreement(provenance, holder(claim, other))?.certified == other)
        }
        // GitHub's meaning of the deprecated extensions is not GitLab's.
        #expect(try disagreement(provenance, holder(.githubWorkflowRef, "refs/heads/main")) == nil)
    }

    /// No row says which field of its statements is which extension; it is no builder that anything is known of.
    @Test func comparesNothingOfABuilderInNoRow() throws {
        var provenance = Self.kinds[0].provenance
        provenance.builder = "https://ci.example/builder"
        let holder = Self.holder(Self.callersWorkflow) {
            $0[.sourceRepositoryURI] = "https://github.com/example/builds"
        }
        #expect(try disagreement(provenance, holder) == nil)
        let level = BuilderTable.standard.level(
            of: provenance, signers: [BuilderIdentity(.certificate(holder))], underIndexSignature: false)
        #expect(level.level == .one)
    }

    /// Whoever runs the machine reaches what GitHub hands to the job.
    @Test(arguments: kinds) func grantsLevel1OnAMachineOfOnesOwn(_ kind: Kind) throws {
        var provenance = kind.provenance
        provenance.runnerEnvironment = nil
        func level(_ runner: ExactString?) -> BuilderLevel {
            let identity = BuilderIdentity(.certificate(Self.holder(kind.subject) { $0[.runnerEnvironment] = runner }))
            return BuilderTable.standard.level(of: provenance, signers: [identity], underIndexSignature: false)
        }
        #expect(level("self-hosted").level == .one)
        guard case .runnerDiffers(_, "self-hosted") = level("self-hosted").limit else {
            Issue.record("\(level("self-hosted"))")
            return
        }
        #expect(level("github-hosted").level > .one)
        #expect(level(nil) == level("github-hosted"))
    }

    // MARK: In a rule

    private func judge(
        level: Int? = nil, guardrail: String? = nil, signer: String = "{github: {owner: example}}",
        _ kind: Kind, _ holders: [CertificateHolder], _ change: (inout Provenance) -> Void = { _ in }
    ) throws -> PolicyEvaluation {
        let rule = """
            - id: built
              on: image
              provenance:
                by: {atLeast: 1, of: [workflow]}
                match: any
                builder: ["https://github.com/**"]
                source: {repository: ["https://github.com/example/*"], ref: ["refs/tags/v*"]}\(level.map { "\n    level: \($0)" } ?? "")
            """
        var policy = PolicyText()
        policy.signers = "    workflow: \(signer)"
        policy.require = rule
        let set = try Organisation.load([policy.text], guardrails: guardrail.map { [guardrailText($0)] } ?? [])
        let document = try Facts.admitted { document in
            var provenance = kind.provenance
            change(&provenance)
            document.attestations = holders.enumerated().map { position, holder in
                AttestationFacts(
                    evidence: .named("evidence \(position)"), statement: .named("statement"),
                    signers: [.certificate(holder)], subjects: [.image],
                    predicateType: "https://slsa.dev/provenance/v1", provenance: provenance)
            }
        }
        return set.decide(document)
    }

    private static var own: Kind { kinds[5] }

    @Test func aStatementThatItsCertificateContradictsDoesNotCount() throws {
        expectAdmit(try judge(Self.own, [Self.holder(Self.ownWorkflow)]))
        let other = Self.holder(Self.ownWorkflow) { $0[.sourceRepositoryURI] = "https://github.com/example/website" }
        let evaluation = try judge(Self.own, [other])
        expectReject(evaluation, "provenance.certificate-differs")
        let finding = try #require(evaluation.findings.first)
        #expect(finding.expected == "`https://github.com/example/website`")
        #expect(finding.found == "`https://github.com/example/ledger`")
        // Beside one that it bears out it does no harm.
        expectAdmit(try judge(Self.own, [other, Self.holder(Self.ownWorkflow)]))
    }

    // MARK: Rows of a guardrail

    static func row(_ signer: String, level: Int = 3, raises: String = "\n    raises: [github-actions]") -> String {
        """
        builders:
          - name: pipelines
            builder: https://github.com/example/pipelines/.github/workflows/*@refs/tags/v*
            signer: {github: \(signer)}
            level: \(level)
            buildTypes: ["https://actions.github.io/buildtypes/workflow/v1"]
            why: reviewed 2026-10\(raises)
        """
    }
    static let pipelines =
        "{workflow: example/pipelines/.github/workflows/*, workflowRef: [\"refs/tags/v*\", refs/heads/main]}"

    @Test func anOrganisationsReusableWorkflowIsLevel3WhereAGuardrailSaysSo() throws {
        let holder = Self.holder(Self.ownWorkflow)
        expectReject(try judge(level: 3, Self.own, [holder]), "provenance.level-too-low")
        expectAdmit(try judge(level: 3, guardrail: Self.row(Self.pipelines), Self.own, [holder]))
        // Never silently, and never without what the built-in rows ask for too.
        expectReject(
            try judge(level: 3, guardrail: Self.row(Self.pipelines, raises: ""), Self.own, [holder]),
            "provenance.level-too-low")
        expectReject(
            try judge(level: 3, guardrail: Self.row(Self.pipelines), Self.own, [holder]) { $0.invocation = nil },
            "provenance.level-not-stated")
        expectReject(
            try judge(level: 3, guardrail: Self.row(Self.pipelines), Self.own, [holder]) {
                $0.externalParameters = [.init(name: "inputs.x", value: "y")]
            }, "provenance.level-parameter-unlisted")
    }

    @Test func aRowOfAGuardrailComparesAsTheBuiltInOnesDo() throws {
        for (_, claim, other) in Self.changes {
            let holder = Self.holder(Self.ownWorkflow) { $0[claim] = other }
            expectReject(
                try judge(level: 3, guardrail: Self.row(Self.pipelines), Self.own, [holder]),
                "provenance.certificate-differs")
        }
    }

    @Test func aRowOfAGuardrailIsAboutItsWorkflowAtItsRefsOnly() throws {
        for (builder, level) in [
            ("https://github.com/example/pipelines/.github/workflows/other.yml@refs/tags/v2", 3),
            ("https://github.com/example/pipelines/.github/workflows/build.yml@refs/tags/w1", 2),
            ("https://github.com/example/pipelines/.github/workflows/build.yml@refs/heads/x@refs/tags/v1", 2),
            ("https://github.com/example/pipelines2/.github/workflows/build.yml@refs/tags/v1", 2),
        ] {
            let kind = Kind(
                name: "own", builder: builder, subject: builder,
                buildType: "https://actions.github.io/buildtypes/workflow/v1")
            for wanted in 1...3 {
                let found = try judge(
                    level: wanted, guardrail: Self.row(Self.pipelines), kind, [Self.holder(builder)])
                #expect((found.verdict == .admit) == (wanted <= level), "\(builder) \(wanted)")
            }
        }
    }

    @Test func aRowAsksForItsKindOfRunner() throws {
        func holder(_ runner: ExactString) -> CertificateHolder {
            Self.holder(Self.ownWorkflow) { $0[.runnerEnvironment] = runner }
        }
        let own = Self.row(Self.pipelines.replacing("}", with: ", runner: self-hosted}"))
        func judged(_ guardrail: String, _ runner: ExactString) throws -> PolicyEvaluation {
            try judge(level: 3, guardrail: guardrail, Self.own, [holder(runner)]) { $0.runnerEnvironment = nil }
        }
        expectReject(try judged(Self.row(Self.pipelines), "self-hosted"), "provenance.level-runner-differs")
        expectAdmit(try judged(own, "self-hosted"))
        expectReject(try judged(own, "github-hosted"), "provenance.level-runner-differs")
    }

    /// A tool of someone else's that slsa-github-generator's delegator ran.
    @Test func aRowMayBeAboutAToolThatAWorkflowRan() throws {
        let tool = Self.kinds[3]
        let guardrail = """
            builders:
              - name: tool
                builder: https://github.com/example/tool/.github/workflows/tool_slsa3.yml@refs/tags/v*
                signer:
                  github:
                    workflow: slsa-framework/slsa-github-generator/.github/workflows/delegator_generic_slsa3.yml
                    workflowRef: refs/tags/v*
                    delegates: true
                level: 3
                raises: [slsa-github-generator-delegator]
                why: reviewed 2026-10
            """
        func judged(_ guardrail: String?, _ level: Int) throws -> PolicyEvaluation {
            try judge(
                level: level, guardrail: guardrail, signer: "{github: {owner: example}}", tool,
                [Self.holder(Self.delegator)])
        }
        expectAdmit(try judged(nil, 2))
        expectReject(try judged(nil, 3), "provenance.level-too-low")
        expectAdmit(try judged(guardrail, 3))
        // Whoever signs for tools is never taken for the tool.
        expectReject(
            try judged(guardrail.replacing("delegates: true", with: "delegates: false"), 3), "provenance.level-too-low")
    }

    @Test func anEnterprisesIssuerIsAnother() throws {
        let issuer: ExactString = "https://token.actions.githubusercontent.com/example"
        let holder = Self.holder(Self.ownWorkflow, issuer: issuer)
        let guardrail = Self.row(Self.pipelines.replacing("}", with: ", enterprise: example}"), raises: "")
        let signer = "{github: {owner: example, enterprise: example}}"
        expectAdmit(try judge(level: 3, guardrail: guardrail, signer: signer, Self.own, [holder]))
        expectReject(
            try judge(level: 3, guardrail: Self.row(Self.pipelines), signer: signer, Self.own, [holder]),
            "provenance.level-signer-differs")
    }

    @Test func refusesRowsOfWorkflowsThatWouldMislead() {
        func errors(_ signer: String) -> [ReasonCode] {
            Organisation.errors([
                Organisation.source("payments", [Organisation.finance()]),
                Organisation.source("guardrails", [guardrailText(Self.row(signer))], mayCarryGuardrails: true),
            ]).map(\.code)
        }
        #expect(errors(Self.pipelines) == [])
        #expect(errors("{workflow: [example/a/.github/workflows/x.yml], workflowRef: \"refs/**\"}") == [])
        for workflow in [
            "\"*/pipelines/.github/workflows/x.yml\"", "\"e?ample/pipelines/.github/workflows/x.yml\"", "\"**\"",
            "\"example/**\"", "example/pipelines", "https://github.com/example/pipelines/.github/workflows/x.yml",
            "example/pipelines/.github/workflows/sub/x.yml", "example/pipelines/ci/workflows/x.yml",
            "example/pipelines/.github/flows/x.yml", "\"example/pipelines/.github/workflows/**\"",
            "\"example//.github/workflows/x.yml\"",
            "\"example/pipelines/.github/workflows/x.yml@refs\"", "[]",
        ] {
            #expect(errors("{workflow: \(workflow), workflowRef: \"refs/tags/v*\"}").count == 1, "\(workflow)")
        }
        for ref in ["main", "\"**\"", "\"*\"", "v1", "\"refs*/tags/v1\""] {
            #expect(
                errors("{workflow: example/a/.github/workflows/x.yml, workflowRef: \(ref)}") == [.policyFileBadValue],
                "\(ref)")
        }
        let good = "{workflow: example/a/.github/workflows/x.yml, workflowRef: refs/tags/v1"
        #expect(errors(good + ", enterprise: a/b}") == [.policyFileBadValue])
        #expect(errors(good + ", runner: any}") == [.policyFileBadValue])
        #expect(errors(good + ", delegates: \"yes\"}") == [.policyFileWrongType])
        #expect(errors(good + ", repository: example/a}") == [.policyFileUnknownField])
        #expect(errors("{workflow: example/a/.github/workflows/x.yml}") == [.policyFileMissingField])
    }
}

import Attestation
import Findings
import StrictEncoding
import Testing

/// slsa-github-generator: generators, the container-based builder, and builders of one's own.
@Suite struct GitHubGeneratorProvenanceTests {
    static let commit = "d37a7f740ee7404914456f24dcd90e865a0509e8"
    static let other = String(repeating: "0", count: 40)
    static let repository = "https://github.com/example/ledger"
    static let source = "git+https://github.com/example/ledger@refs/tags/v14"
    static let generator = "https://github.com/slsa-framework/slsa-github-generator"
    static let path = ".github/workflows/release.yml"
    static let run = "https://github.com/example/ledger/actions/runs/7/attempts/2"

    static let workflow = Provenance.Workflow(
        repository: ExactString(repository), ref: "refs/tags/v14", path: ExactString(path), commit: ExactString(commit))

    // MARK: Generic, Go, container

    func generated(
        buildType: String = "generic@v1", ref: String = "refs/tags/v14", commit: String = commit,
        run: String = #""7""#, invocation: String = "7-2", configSource: String? = nil
    ) throws -> Provenance {
        let configSource =
            configSource
            ?? #"{"uri":"\#(Self.source)","digest":{"sha1":"\#(Self.commit)"},"entryPoint":"\#(Self.path)"}"#
        return try provenance02(
            predicate: #"""
                {"builder":{"id":"\#(Self.generator)/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0"},
                 "buildType":"\#(Self.generator)/\#(buildType)",
                 "invocation":{"configSource":\#(configSource),"parameters":{},
                  "environment":{"github_event_name":"push","github_ref":"\#(ref)","github_sha1":"\#(commit)",
                   "github_run_id":\#(run),"github_run_attempt":"2","github_event_payload":{"after":"x"}}},
                 "metadata":{"buildInvocationID":"\#(invocation)"},
                 "materials":[{"uri":"\#(Self.source)","digest":{"sha1":"\#(Self.commit)"}}]}
                """#)
    }

    @Test(arguments: ["generic@v1", "go@v1", "container@v1"])
    func readsTheCallerAsSourceAndWorkflow(buildType: String) throws {
        let read = try generated(buildType: buildType)
        #expect(
            read
                == Provenance(
                    version: .v0_2,
                    builder: ExactString(
                        Self.generator + "/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0"),
                    buildType: ExactString(Self.generator + "/" + buildType),
                    sourceRepository: ExactString(Self.repository), sourceRef: "refs/tags/v14",
                    sourceCommit: ExactString(Self.commit), entryPoint: ExactString(Self.path),
                    materials: [.init(uri: ExactString(Self.source), digests: ["sha1": ExactString(Self.commit)])],
                    invocation: "7-2", workflow: Self.workflow, triggerEvent: "push"))
    }

    @Test func readsTheNumberOfARunInEitherForm() throws {
        #expect(try generated(run: "7").invocation == "7-2")
    }

    @Test func rejectsAnotherRefCommitOrRunInTheEnvironment() {
        #expect { try generated(ref: "refs/heads/main") } throws: { hasCode($0, "provenance.contradicts-itself") }
        #expect { try generated(commit: Self.other) } throws: { hasCode($0, "provenance.contradicts-itself") }
        #expect { try generated(run: "8") } throws: { hasCode($0, "provenance.contradicts-itself") }
        #expect { try generated(invocation: "7-1") } throws: { hasCode($0, "provenance.contradicts-itself") }
    }

    /// Only these types promise that the environment speaks of the source.
    @Test func comparesNothingUnderAnotherBuildType() throws {
        let read = try generated(buildType: "generic@v2", ref: "refs/heads/main")
        #expect(read.sourceRef == "refs/tags/v14")
        #expect(read.workflow == nil && read.triggerEvent == nil)
    }

    @Test func statesNothingThatIsNotStated() throws {
        let read = try generated(configSource: "null")
        #expect(read.sourceRepository == nil && read.sourceRef == nil && read.sourceCommit == nil)
        #expect(read.workflow == nil)
    }

    func published(
        repository: String = "example/ledger", run: String = "7", runner: String = "/github-hosted",
        type: String = "gha/v2"
    ) throws -> Provenance {
        try provenance02(
            predicate: #"""
                {"builder":{"id":"https://github.com/actions/runner\#(runner)"},
                 "buildType":"https://github.com/npm/cli/\#(type)",
                 "invocation":{"configSource":{"uri":"\#(Self.source)","digest":{"sha1":"\#(Self.commit)"},
                   "entryPoint":"\#(Self.path)"},"parameters":{},
                  "environment":{"GITHUB_EVENT_NAME":"release","GITHUB_REF":"refs/tags/v14","GITHUB_SHA":"\#(Self.commit)",
                   "GITHUB_REPOSITORY":"\#(repository)","GITHUB_RUN_ID":"\#(run)","GITHUB_RUN_ATTEMPT":"2"}},
                 "metadata":{"buildInvocationId":"7-2"}}
                """#)
    }

    @Test func readsWhatNpmWrites() throws {
        let read = try published()
        #expect(read.workflow == Self.workflow)
        #expect(read.triggerEvent == "release" && read.invocation == "7-2")
        #expect { try published(repository: "evil/ledger") } throws: { hasCode($0, "provenance.contradicts-itself") }
        #expect { try published(run: "8") } throws: { hasCode($0, "provenance.contradicts-itself") }
        #expect(try published(type: "gha@v1").workflow == Self.workflow)
    }

    /// npm says which runner by the builder's name.
    @Test func readsTheKindOfRunnerThatNpmNames() throws {
        #expect(try published().runnerEnvironment == "github-hosted")
        #expect(try published(runner: "/self-hosted").runnerEnvironment == "self-hosted")
        #expect(try published(runner: "").runnerEnvironment == nil)
        #expect(try published(runner: "/").runnerEnvironment == nil)
        #expect(try published(runner: "s/self-hosted").runnerEnvironment == nil)
    }

    // MARK: Version 1

    static func environment(
        ref: String = "refs/tags/v14", commit: String = commit, repository: String = "example/ledger",
        workflowRef: String = "example/ledger/\(path)@refs/tags/v14", run: String = #""7""#
    ) -> String {
        #"""
        {"GITHUB_EVENT_NAME":"push","GITHUB_REF":"\#(ref)","GITHUB_SHA":"\#(commit)","GITHUB_REPOSITORY":"\#(repository)",
         "GITHUB_RUN_ID":\#(run),"GITHUB_RUN_ATTEMPT":"2","GITHUB_WORKFLOW_REF":"\#(workflowRef)",
         "GITHUB_WORKFLOW_SHA":"\#(Self.commit)"}
        """#
    }

    func builtBy(
        tool: String = "https://github.com/example/tool/.github/workflows/tool_slsa3.yml@refs/tags/v1.0.0",
        environment: String = environment(), parameters: String = #"{"inputs":{"directory":"."},"vars":{}}"#,
        buildType: String = generator + "/delegator-generic@v0", invocation: String = run,
        dependencies: String = #"[{"uri":"\#(source)","digest":{"gitCommit":"\#(commit)"}}]"#
    ) throws -> Provenance {
        try provenance(
            predicate: #"""
                {"buildDefinition":{"buildType":"\#(buildType)","externalParameters":\#(parameters),
                  "internalParameters":\#(environment),"resolvedDependencies":\#(dependencies)},
                 "runDetails":{"builder":{"id":"\#(tool)"},"metadata":{"invocationId":"\#(invocation)"}}}
                """#)
    }

    @Test func readsABuilderOfOnesOwn() throws {
        let read = try builtBy()
        #expect(read.sourceRepository == ExactString(Self.repository))
        #expect(read.sourceRef == "refs/tags/v14")
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.entryPoint == ExactString(Self.path))
        #expect(read.workflow == Self.workflow)
        #expect(read.triggerEvent == "push")
        #expect(parameters(of: read) == ["inputs.directory=."])
    }

    /// The builder checked out another commit than the caller's: it states that one, and no ref.
    @Test func readsASourceWithACommitOfItsOwn() throws {
        let read = try builtBy(
            dependencies: #"[{"uri":"git+\#(Self.repository)","digest":{"gitCommit":"\#(Self.other)"}}]"#)
        #expect(read.sourceCommit == ExactString(Self.other))
        #expect(read.sourceRef == nil)
        #expect(read.workflow?.commit == ExactString(Self.commit))
    }

    @Test(
        arguments: [
            environment(ref: "refs/heads/main"), environment(commit: other), environment(repository: "evil/ledger"),
            environment(workflowRef: "evil/ledger/\(path)@refs/tags/v14"), environment(run: #""8""#),
        ])
    func rejectsACallerThatTheSourceIsNotOf(environment: String) {
        #expect { try builtBy(environment: environment) } throws: { hasCode($0, "provenance.contradicts-itself") }
    }

    @Test func rejectsTwoSources() {
        for second in ["git+https://github.com/example/ledger@refs/heads/main", "git+https://github.com/evil/ledger"] {
            #expect {
                try builtBy(
                    dependencies:
                        #"[{"uri":"\#(Self.source)","digest":{"gitCommit":"\#(Self.commit)"}},{"uri":"\#(second)"}]"#)
            } throws: {
                hasCode($0, "provenance.contradicts-itself")
            }
        }
    }

    @Test func statesNoSourceWithoutAGitDependency() throws {
        let read = try builtBy(dependencies: #"[{"uri":"https://example.com/x","digest":{"sha1":"\#(Self.other)"}}]"#)
        #expect(read.sourceRepository == nil && read.sourceCommit == nil)
    }

    /// A branch may be called almost anything; the path of the file ends at the first `@refs/`.
    @Test(
        arguments: [
            (
                "example/ledger/.github/workflows/a@b.yml@refs/heads/x@refs/y", ".github/workflows/a@b.yml",
                "refs/heads/x@refs/y"
            ),
            ("example/ledger/.github/workflows/a.yml@\(commit)", ".github/workflows/a.yml", commit),
        ])
    func takesTheWorkflowApartInOneWay(stated: String, path: String, ref: String) throws {
        let read = try builtBy(environment: Self.environment(workflowRef: stated))
        #expect(read.workflow?.path == ExactString(path))
        #expect(read.workflow?.ref == ExactString(ref))
    }

    @Test(arguments: [
        "example/ledger", "example/ledger@refs/heads/main", "example/ledger/@refs/heads/main", "a@b@c/d/e", "x/y/z@",
        "example/../x.yml@refs/heads/main",
    ])
    func rejectsAWorkflowThatCannotBeTakenApart(stated: String) {
        #expect { try builtBy(environment: Self.environment(workflowRef: stated)) } throws: {
            hasCode($0, "provenance.malformed") || hasCode($0, "provenance.contradicts-itself")
        }
    }

    // MARK: A builder of one's own in 0.2

    func builtBy02(path: String = path, uri: String = source, commit: String = commit) throws -> Provenance {
        try provenance02(
            predicate: #"""
                {"builder":{"id":"https://github.com/example/tool/.github/workflows/tool_slsa3.yml@refs/tags/v1.0.0"},
                 "buildType":"\#(Self.generator)/delegator-generic@v0",
                 "invocation":{"configSource":{"uri":"\#(uri)","digest":{"sha1":"\#(commit)"},"entryPoint":"\#(path)"},
                  "parameters":{"inputs":{"directory":"."}},"environment":\#(Self.environment())},
                 "metadata":{"buildInvocationId":"7-2"},
                 "materials":[{"uri":"\#(Self.source)","digest":{"sha1":"\#(Self.commit)"}}]}
                """#)
    }

    @Test func readsABuilderOfOnesOwnInVersion02() throws {
        let read = try builtBy02()
        #expect(read.sourceRepository == ExactString(Self.repository))
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.workflow == Self.workflow)
        #expect(read.entryPoint == ExactString(Self.path))
        #expect(parameters(of: read) == ["inputs.directory=."])
    }

    @Test func rejectsAnotherWorkflowInTheEnvironment() {
        #expect { try builtBy02(path: "evil.yml") } throws: { hasCode($0, "provenance.contradicts-itself") }
        #expect { try builtBy02(uri: "git+https://github.com/evil/ledger@refs/tags/v14") } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
        #expect { try builtBy02(uri: "git+https://github.com/example/ledger@refs/tags/v13") } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
        #expect { try builtBy02(commit: Self.other) } throws: { hasCode($0, "provenance.contradicts-itself") }
    }

    // MARK: Container-based

    func builtInContainer(
        source: String = #"{"uri":"\#(source)","digest":{"sha1":"\#(commit)"}}"#,
        dependency: String = #"{"uri":"\#(source)","digest":{"sha1":"\#(commit)"}}"#
    ) throws -> Provenance {
        try builtBy(
            tool: Self.generator + "/.github/workflows/builder_container-based_slsa3.yml@refs/tags/v2.1.0",
            environment: Self.environment(run: "7"),
            parameters: #"""
                {"source":\#(source),"builderImage":{"uri":"bash@sha256:ab","digest":{"sha256":"ab"}},
                 "configPath":"build.toml","buildConfig":{"ArtifactPath":"out","Command":["make","out"]}}
                """#,
            buildType: "https://slsa.dev/container-based-build/v0.1?draft",
            dependencies: #"""
                [\#(dependency),
                 {"uri":"git+\#(Self.generator)@refs/tags/v2.1.0","digest":{"sha256":"ab"}}]
                """#)
    }

    @Test func readsAContainerBasedBuild() throws {
        let read = try builtInContainer()
        #expect(read.sourceRepository == ExactString(Self.repository))
        #expect(read.sourceRef == "refs/tags/v14")
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.entryPoint == "build.toml")
        #expect(read.workflow == Self.workflow)
        #expect(
            parameters(of: read) == [
                "buildConfig.ArtifactPath=out", "buildConfig.Command[0]=make", "buildConfig.Command[1]=out",
                "builderImage.digest.sha256=ab", "builderImage.uri=bash@sha256:ab",
            ])
    }

    @Test func rejectsAnotherSourceOfAContainerBasedBuild() {
        for dependency in [
            #"{"uri":"git+https://github.com/evil/ledger@refs/tags/v14","digest":{"sha1":"\#(Self.commit)"}}"#,
            #"{"uri":"\#(Self.source)","digest":{"sha1":"\#(Self.other)"}}"#,
        ] {
            #expect { try builtInContainer(dependency: dependency) } throws: {
                hasCode($0, "provenance.contradicts-itself")
            }
        }
        #expect {
            try builtInContainer(
                source: #"{"uri":"git+https://github.com/evil/x@refs/tags/v14"}"#,
                dependency: #"{"uri":"https://example.com"}"#)
        } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
    }

    /// Where the address states no source, it stays a parameter that a rule sees.
    @Test func keepsASourceThatCannotBeReadAsAParameter() throws {
        let read = try builtInContainer(source: #"{"uri":"file:///x"}"#)
        #expect(read.sourceRepository == nil)
        #expect(parameters(of: read).contains("source.uri=file:///x"))
    }
}

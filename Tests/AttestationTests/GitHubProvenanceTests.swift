import Attestation
import Findings
import StrictEncoding
import Testing

@Suite struct GitHubProvenanceTests {
    static let commit = "d37a7f740ee7404914456f24dcd90e865a0509e8"
    static let uri = "git+https://github.com/example/ledger@refs/heads/main"

    func github(
        buildType: String = "https://actions.github.io/buildtypes/workflow/v1",
        workflow: String =
            #"{"ref":"refs/heads/main","repository":"https://github.com/example/ledger","path":".github/workflows/build.yml"}"#,
        more: String = "",
        dependencies: String = #"[{"uri":"\#(uri)","digest":{"gitCommit":"\#(commit)"}}]"#
    ) throws -> Provenance {
        try provenance(
            predicate: #"""
                {"buildDefinition":{"buildType":"\#(buildType)","externalParameters":{"workflow":\#(workflow)\#(more)},
                  "internalParameters":{"github":{"event_name":"push","runner_environment":"github-hosted","repository_id":"1"}},
                  "resolvedDependencies":\#(dependencies)},
                 "runDetails":{"builder":{"id":"https://github.com/example/pipelines/.github/workflows/build.yml@refs/tags/v1"},
                  "metadata":{"invocationId":"https://github.com/example/ledger/actions/runs/7/attempts/1"}}}
                """#)
    }

    @Test(arguments: [
        "https://actions.github.io/buildtypes/workflow/v1",
        "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
    ])
    func readsTheWorkflowAsTheSource(buildType: String) throws {
        let read = try github(buildType: buildType)
        #expect(
            read
                == Provenance(
                    version: .v1,
                    builder: "https://github.com/example/pipelines/.github/workflows/build.yml@refs/tags/v1",
                    buildType: ExactString(buildType), sourceRepository: "https://github.com/example/ledger",
                    sourceRef: "refs/heads/main", sourceCommit: ExactString(Self.commit),
                    entryPoint: ".github/workflows/build.yml", externalParameters: [],
                    materials: [
                        .init(uri: ExactString(Self.uri), digests: ["gitCommit": ExactString(Self.commit)])
                    ],
                    invocation: "https://github.com/example/ledger/actions/runs/7/attempts/1",
                    workflow: .init(
                        repository: "https://github.com/example/ledger", ref: "refs/heads/main",
                        path: ".github/workflows/build.yml", commit: ExactString(Self.commit)),
                    triggerEvent: "push", runnerEnvironment: "github-hosted"))
    }

    @Test func keepsAllOtherExternalParameters() throws {
        let read = try github(
            workflow:
                #"{"ref":"r","repository":"https://github.com/a/b","path":"p","extra":{"x":1}}"#,
            more: #","inputs":{"channel":"edge","dry-run":false},"vars":{}"#,
            dependencies: "[]")
        #expect(parameters(of: read) == ["inputs.channel=edge", "inputs.dry-run=false", "workflow.extra.x=1"])
    }

    @Test func findsTheCommitWhereverTheDependencyStands() throws {
        let read = try github(
            dependencies: #"""
                [{"uri":"git+https://github.com/example/other@refs/heads/main","digest":{"gitCommit":"\#(String(repeating: "0", count: 40))"}},
                 {"uri":"\#(Self.uri)","digest":{"gitCommit":"\#(Self.commit)"}}]
                """#)
        #expect(read.sourceCommit == ExactString(Self.commit))
    }

    @Test func statesNoCommitWhereNoneIsStated() throws {
        #expect(try github(dependencies: "[]").sourceCommit == nil)
        #expect(try github(dependencies: #"[{"uri":"https://example.com/runner.iso"}]"#).sourceCommit == nil)
        #expect(try github(dependencies: #"[{"uri":"\#(Self.uri)"}]"#).sourceCommit == nil)
    }

    /// One fact in two places, told differently, byte for byte.
    @Test(arguments: [
        "git+https://github.com/evil/ledger@refs/heads/main",
        "git+https://github.com/example/ledger@refs/heads/evil",
        "git+https://github.com/example/ledger@refs/heads/main#x",
        "git+https://github.com/example/ledger.git@refs/heads/main",
        "git+https://github.com/example/Ledger@refs/heads/main",
        "git+https://github.com/example/ledger",
    ])
    func rejectsAnotherSourceAmongTheDependencies(uri: String) {
        #expect {
            try github(dependencies: #"[{"uri":"\#(uri)","digest":{"gitCommit":"\#(Self.commit)"}}]"#)
        } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
    }

    @Test func rejectsTwoCommitsOfOneSource() {
        let other = String(repeating: "0", count: 40)
        #expect {
            try github(
                dependencies: #"""
                    [{"uri":"\#(Self.uri)","digest":{"gitCommit":"\#(Self.commit)"}},
                     {"uri":"\#(Self.uri)","digest":{"gitCommit":"\#(other)"}}]
                    """#)
        } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
        #expect {
            try github(
                dependencies:
                    #"[{"uri":"\#(Self.uri)","digest":{"gitCommit":"\#(Self.commit)","sha1":"\#(other)"}}]"#)
        } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
    }

    @Test(arguments: ["main", "", "D37A7F740EE7404914456F24DCD90E865A0509E8", commit + "0"])
    func rejectsACommitThatIsNone(commit: String) throws {
        let dependencies = #"[{"uri":"\#(Self.uri)","digest":{"gitCommit":"\#(commit)"}}]"#
        if commit.isEmpty {
            #expect(try github(dependencies: dependencies).sourceCommit == nil)
        } else {
            #expect { try github(dependencies: dependencies) } throws: { hasCode($0, "provenance.malformed") }
        }
    }

    @Test(arguments: [
        "null", "{}", "[]", #"{"ref":"r","repository":"x"}"#, #"{"ref":"","repository":"x","path":"p"}"#,
        #"{"ref":"r","repository":"https://github.com/example/../evil","path":"p"}"#,
        #"{"ref":"r","repository":null,"path":"p"}"#, #"{"ref":1,"repository":"x","path":"p"}"#,
    ])
    func rejectsAWorkflowThatIsNotAllThere(workflow: String) {
        #expect { try github(workflow: workflow) } throws: { hasCode($0, "provenance.malformed") }
    }

    /// A build type that merely looks like GitHub's says nothing about a source.
    @Test(arguments: [
        "https://actions.github.io/buildtypes/workflow/v1/", "https://actions.github.io/buildtypes/workflow/v2",
    ])
    func readsNoSourceFromAnotherBuildType(buildType: String) throws {
        let read = try github(buildType: buildType)
        #expect(read.sourceRepository == nil)
        #expect(read.sourceRef == nil)
        #expect(read.sourceCommit == nil)
        #expect(read.entryPoint == nil)
        #expect(
            parameters(of: read) == [
                "workflow.path=.github/workflows/build.yml", "workflow.ref=refs/heads/main",
                "workflow.repository=https://github.com/example/ledger",
            ])
    }
}

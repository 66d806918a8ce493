import Attestation
import Findings
import StrictEncoding
import Testing

@Suite struct GitLabProvenanceTests {
    static let commit = "8bcd2df0dcd6ec07b34e5a48393a0c072065960a"
    static let other = String(repeating: "0", count: 40)
    static let project = "https://gitlab.example/example/ledger"
    static let runner = "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v17.1.0/PROVENANCE.md"
    static let rails = "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1"

    func job(
        buildType: String = runner, parameters: String = #""CI":"","source":"\#(project)","entryPoint":"build-job""#,
        dependencies: String = #"[{"uri":"\#(project)","digest":{"sha256":"\#(commit)"}}]"#
    ) throws -> Provenance {
        try provenance(
            predicate: #"""
                {"buildDefinition":{"buildType":"\#(buildType)","externalParameters":{\#(parameters)},
                  "internalParameters":{"architecture":"amd64","executor":"docker","job":"7","name":"runner"},
                  "resolvedDependencies":\#(dependencies)},
                 "runDetails":{"builder":{"id":"\#(Self.project)/-/runners/12"},"metadata":{"invocationId":"7"}}}
                """#)
    }

    @Test func readsWhatTheRunnerWrites() throws {
        let read = try job()
        #expect(read.builder == "https://gitlab.example/example/ledger/-/runners/12")
        #expect(read.sourceRepository == ExactString(Self.project))
        #expect(read.sourceRef == nil)
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.entryPoint == "build-job")
        #expect(read.invocation == "7")
        #expect(parameters(of: read) == ["CI="])
    }

    @Test func readsWhatGitLabItselfWrites() throws {
        let read = try job(
            buildType: Self.rails,
            parameters: #""source":"\#(Self.project)","entryPoint":"build-job","variables":{"CI":"true"}"#,
            dependencies:
                #"[{"uri":"pkg:docker/registry.example/base@1","digest":{"sha256":"ab"}},{"uri":"\#(Self.project)","digest":{"gitCommit":"\#(Self.commit)"}}]"#
        )
        #expect(read.sourceRepository == ExactString(Self.project))
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(parameters(of: read) == ["variables.CI=true"])
    }

    @Test func readsVersion02() throws {
        let read = try provenance02(
            predicate: #"""
                {"builder":{"id":"\#(Self.project)/-/runners/12"},"buildType":"\#(Self.runner)",
                 "invocation":{"configSource":{"uri":"\#(Self.project)","digest":{"sha256":"\#(Self.commit)"},
                   "entryPoint":"build-job"},"environment":{"executor":"docker"},"parameters":{"CI":""}},
                 "metadata":{"buildStartedOn":"2026-11-17T14:00:00Z","buildFinishedOn":"2026-11-17T15:00:00Z"}}
                """#)
        #expect(read.sourceRepository == ExactString(Self.project))
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.entryPoint == "build-job")
        #expect(parameters(of: read) == ["CI="])
    }

    /// Elsewhere a `sha256` is the digest of a file, not a commit.
    @Test(arguments: [
        "https://gitlab.com/gitlab-org/gitlab-runner/-/blob//PROVENANCE.md",
        "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/a/b/PROVENANCE.md",
        "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v1/PROVENANCE.md.evil",
        "https://gitlab.com/gitlab-org/gitlab-runner/-/blob/PROVENANCE.md", rails + "/",
    ])
    func readsNoSourceFromAnotherBuildType(buildType: String) throws {
        let read = try job(buildType: buildType)
        #expect(read.sourceRepository == nil && read.sourceCommit == nil && read.entryPoint == nil)
        #expect(parameters(of: read) == ["CI=", "entryPoint=build-job", "source=\(Self.project)"])
    }

    @Test func rejectsTwoSourcesOrCommits() {
        #expect {
            try job(
                dependencies:
                    #"[{"uri":"\#(Self.project)","digest":{"sha256":"\#(Self.commit)","sha1":"\#(Self.other)"}}]"#)
        } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
        #expect {
            try job(
                dependencies: #"[{"uri":"https://gitlab.example/evil/x","digest":{"gitCommit":"\#(Self.commit)"}}]"#)
        } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
    }

    @Test func keepsAProjectThatCannotBeReadAsAParameter() throws {
        let read = try job(
            parameters: #""source":"https://gitlab.example/../x","entryPoint":"job""#, dependencies: "[]")
        #expect(read.sourceRepository == nil)
        #expect(parameters(of: read) == ["source=https://gitlab.example/../x"])
    }
}

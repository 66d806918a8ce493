import Attestation
import Findings
import StrictEncoding
import Testing

@Suite struct CloudBuildProvenanceTests {
    static let commit = "2ce3f90facdb51aeb950d5bc641e981be61fdf48"
    static let other = String(repeating: "0", count: 40)
    static let repository = "https://github.com/example/ledger"

    // MARK: Version 1

    static let config =
        #""buildConfigSource":{"path":"cloudbuild.yaml","ref":"refs/heads/main","repository":"git+\#(repository)"}"#
    static let resolved = #"{"uri":"git+\#(repository)@refs/heads/main","digest":{"gitCommit":"\#(commit)"}}"#
    static let tool =
        #"{"uri":"gcr.io/cloud-builders/docker@sha256:\#(String(repeating: "d", count: 64))","digest":{"sha256":"\#(String(repeating: "d", count: 64))"}}"#

    func built(
        parameters: String = config + #","substitutions":{"_MODE":"release"}"#,
        substitutions: String =
            #"{"BRANCH_NAME":"main","COMMIT_SHA":"\#(commit)","TRIGGER_BUILD_CONFIG_PATH":"cloudbuild.yaml"}"#,
        dependencies: [String] = [resolved, tool]
    ) throws -> Provenance {
        try provenance(
            predicate: #"""
                {"buildDefinition":{"buildType":"https://cloud.google.com/build/gcb-buildtypes/google-worker/v1",
                  "externalParameters":{\#(parameters)},
                  "internalParameters":{"systemSubstitutions":\#(substitutions),"triggerUri":"projects/0/triggers/1"},
                  "resolvedDependencies":[\#(dependencies.joined(separator: ","))]},
                 "runDetails":{"builder":{"id":"https://cloudbuild.googleapis.com/GoogleHostedWorker"},
                  "metadata":{"invocationId":"https://cloudbuild.googleapis.com/v1/projects/x/locations/y/builds/z"}}}
                """#)
    }

    @Test func readsTheRepositoryOfTheConfiguration() throws {
        let read = try built()
        #expect(read.sourceRepository == ExactString(Self.repository))
        #expect(read.sourceRef == "refs/heads/main")
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.entryPoint == "cloudbuild.yaml")
        #expect(
            read.workflow
                == Provenance.Workflow(
                    repository: ExactString(Self.repository), ref: "refs/heads/main", path: "cloudbuild.yaml",
                    commit: ExactString(Self.commit)))
        #expect(parameters(of: read) == ["substitutions._MODE=release"])
        #expect(read.materials.compactMap(\.image).count == 1)
    }

    /// Google writes `git+` before some addresses and not before others, and a second `@` for some hosts.
    @Test func readsTheAddressInEveryFormThatGoogleWrites() throws {
        let plain = Self.config.replacing("git+", with: "")
        #expect(try built(parameters: plain).sourceCommit == ExactString(Self.commit))
        let doubled = Self.resolved.replacing("@refs", with: "@@refs")
        #expect(try built(dependencies: [doubled]).sourceCommit == ExactString(Self.commit))
    }

    @Test func readsACommitInPlaceOfARef() throws {
        let config = Self.config.replacing("refs/heads/main", with: Self.commit)
        let read = try built(parameters: config, dependencies: [Self.tool])
        #expect(read.sourceRef == nil)
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect {
            try built(
                parameters: config,
                dependencies: [#"{"uri":"git+\#(Self.repository)@\#(Self.commit)","digest":{"sha1":"\#(Self.other)"}}"#]
            )
        } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
    }

    /// The configuration may be of one repository and the source of another.
    @Test func tellsTheSourceFromTheConfiguration() throws {
        let source =
            #","sourceToBuild":{"repository":"git+https://github.com/example/app","ref":"refs/tags/v1","dir":"sub"}"#
        let built1 =
            #"{"uri":"git+https://github.com/example/app@refs/tags/v1","digest":{"gitCommit":"\#(Self.other)"}}"#
        let read = try built(parameters: Self.config + source, dependencies: [Self.resolved, built1])
        #expect(read.sourceRepository == "https://github.com/example/app")
        #expect(read.sourceRef == "refs/tags/v1")
        #expect(read.sourceCommit == ExactString(Self.other))
        #expect(read.workflow?.repository == ExactString(Self.repository))
        #expect(
            parameters(of: read) == [
                "buildConfigSource.ref=refs/heads/main", "buildConfigSource.repository=git+\(Self.repository)",
                "sourceToBuild.dir=sub",
            ])
    }

    @Test func takesNoConfigurationForASourceThatCannotBeRead() throws {
        let odd = #","sourceToBuild":{"repository":"git+https://github.com/example/../evil","ref":"refs/tags/v1"}"#
        let read = try built(parameters: Self.config + odd)
        #expect(read.sourceRepository == nil && read.sourceRef == nil && read.sourceCommit == nil)
        #expect(parameters(of: read).contains("sourceToBuild.ref=refs/tags/v1"))
        let directory = #","sourceToBuild":{"dir":"sub"}"#
        #expect(try built(parameters: Self.config + directory).sourceRepository == ExactString(Self.repository))
    }

    @Test func rejectsAnotherSourceAmongTheDependencies() {
        for (from, to) in [("example", "evil"), ("heads/main", "heads/evil")] {
            #expect { try built(dependencies: [Self.resolved.replacing(from, with: to)]) } throws: {
                hasCode($0, "provenance.contradicts-itself")
            }
        }
    }

    @Test(arguments: [
        #"{"BRANCH_NAME":"evil"}"#, #"{"COMMIT_SHA":"\#(other)"}"#, #"{"TRIGGER_BUILD_CONFIG_PATH":"evil.yaml"}"#,
    ])
    func rejectsASubstitutionThatSaysOtherwise(substitutions: String) {
        #expect { try built(substitutions: substitutions) } throws: { hasCode($0, "provenance.contradicts-itself") }
    }

    @Test func rejectsAnotherTag() {
        let tag = Self.config.replacing("heads/main", with: "tags/v1")
        #expect { try built(parameters: tag, substitutions: #"{"TAG_NAME":"v2"}"#, dependencies: []) } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
    }

    @Test func readsABuildWithoutARepository() throws {
        let read = try built(
            parameters: #""buildConfig":{"steps":[{"name":"docker"}]}"#, substitutions: "{}", dependencies: [Self.tool])
        #expect(read.sourceRepository == nil && read.workflow == nil && read.entryPoint == nil)
        #expect(parameters(of: read) == ["buildConfig.steps[0].name=docker"])
        let odd = try built(parameters: Self.config.replacing("/ledger", with: "/../x"), dependencies: [])
        #expect(odd.sourceRepository == nil)
        #expect(parameters(of: odd).contains("buildConfigSource.ref=refs/heads/main"))
    }

    // MARK: Version 0.1

    static let substitutions =
        #"{"COMMIT_SHA":"\#(commit)","TAG_NAME":"v39","TRIGGER_BUILD_CONFIG_PATH":"cloudbuild.yaml"}"#

    func built01(
        recipe: String = "https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1",
        builder: String = "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3",
        substitutions: String = substitutions,
        materials: String = #"[{"uri":"git+\#(repository)","digest":{"sha1":"\#(commit)"}}]"#
    ) throws -> Provenance {
        try provenance(
            "https://slsa.dev/provenance/v0.1",
            predicate: #"""
                {"builder":{"id":"\#(builder)"},
                 "recipe":{"type":"\#(recipe)","definedInMaterial":"-1","entryPoint":"cloudbuild.yaml",
                  "arguments":{"id":"1","substitutions":\#(substitutions)}},
                 "metadata":{"buildInvocationId":"1","buildFinishedOn":"2026-11-17T15:00:00.5Z"},
                 "materials":\#(materials)}
                """#)
    }

    @Test(arguments: [
        "https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1",
        "https://cloudbuild.googleapis.com/CloudBuildSteps@v0.1",
        "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.2",
    ])
    func readsVersion01(recipe: String) throws {
        let read = try built01(recipe: recipe)
        #expect(read.version == .v0_1)
        #expect(read.builder == "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3")
        #expect(read.buildType == ExactString(recipe))
        #expect(read.sourceRepository == ExactString(Self.repository))
        #expect(read.sourceRef == "refs/tags/v39")
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.entryPoint == "cloudbuild.yaml")
        #expect(read.workflow?.ref == "refs/tags/v39")
        #expect(read.invocation == "1")
        #expect(read.finishedOn != nil)
        #expect(parameters(of: read).contains("substitutions.TAG_NAME=v39"))
    }

    @Test(arguments: [
        "https://cloudbuild.googleapis.com/CloudBuildYaml@", "https://cloudbuild.googleapis.com/CloudBuildYaml@a/b",
        "https://cloudbuild.googleapis.com/CloudBuildYaml",
        "https://cloudbuild.googleapis.com.evil.example/CloudBuildYaml@v1",
    ])
    func readsNoSourceOfAnotherRecipe(recipe: String) throws {
        #expect(try built01(recipe: recipe).sourceRepository == nil)
    }

    /// Builder version 0.2 writes the commit into the address.
    @Test func readsACommitInTheAddress() throws {
        let read = try built01(
            substitutions: "{}", materials: #"[{"uri":"\#(Self.repository)/commit/\#(Self.commit)"}]"#)
        #expect(read.sourceRepository == ExactString(Self.repository))
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.sourceRef == nil)
    }

    @Test(arguments: [
        #"[{"uri":"gs://bucket/source/1.tgz#2","digest":{"md5":"ab"}}]"#, "[]", #"[{"uri":"\#(repository)"}]"#,
        #"[{"uri":"\#(repository)/commit/main"}]"#, #"[{"uri":"\#(repository)/tree/\#(commit)"}]"#,
        #"[{"uri":"commit"}]"#,
    ])
    func statesNoSourceWithoutACommit(materials: String) throws {
        let read = try built01(substitutions: "{}", materials: materials)
        #expect(read.sourceRepository == nil && read.sourceRef == nil && read.sourceCommit == nil)
    }

    /// A ref is stated by the trigger, and only together with its commit.
    @Test func statesNoRefWithoutTheTriggersCommit() throws {
        #expect(try built01(substitutions: #"{"TAG_NAME":"v39"}"#).sourceRef == nil)
    }

    @Test(arguments: [
        #"{"COMMIT_SHA":"\#(other)"}"#, #"{"COMMIT_SHA":"\#(commit)","BRANCH_NAME":"main","TAG_NAME":"v39"}"#,
        #"{"TRIGGER_BUILD_CONFIG_PATH":"evil.yaml"}"#,
    ])
    func rejectsASubstitutionOfVersion01ThatSaysOtherwise(substitutions: String) {
        #expect { try built01(substitutions: substitutions) } throws: { hasCode($0, "provenance.contradicts-itself") }
    }

    @Test func rejectsTwoSourcesOfVersion01() {
        #expect {
            try built01(
                materials:
                    #"[{"uri":"git+\#(Self.repository)","digest":{"sha1":"\#(Self.commit)"}},{"uri":"git+https://github.com/evil/x","digest":{"sha1":"\#(Self.commit)"}}]"#
            )
        } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
    }
}

import Attestation
import Findings
import StrictEncoding
import Testing

@Suite struct TektonProvenanceTests {
    static let commit = "7f2f46e1b97df36b2b82d1b1d87c81b8b3d21601"
    static let other = String(repeating: "0", count: 40)
    static let pipeline = "git+https://git.example/platform/pipelines"
    static let input =
        #"{"name":"inputs/result","uri":"git+https://git.example/example/ledger.git","digest":{"sha1":"\#(commit)"}}"#
    static let definition = #"{"name":"pipeline","uri":"\#(pipeline)","digest":{"sha1":"\#(other)"}}"#
    static let image = #"{"uri":"oci://registry.example/build/golang","digest":{"sha256":"ab"}}"#

    // MARK: Version 1

    func chains(
        buildType: String = "https://tekton.dev/chains/v2/slsa",
        config: String? = #"{"ref":"sha1:\#(other)","repository":"\#(pipeline)","path":"ci/build.yaml"}"#,
        run: String =
            #"{"params":[{"name":"revision","value":"main"},{"name":"tags","value":["a","b"]}],"timeouts":{"pipeline":"1h"}}"#,
        dependencies: [String] = [definition, image, input]
    ) throws -> Provenance {
        try provenance(
            predicate: #"""
                {"buildDefinition":{"buildType":"\#(buildType)",
                  "externalParameters":{\#(config.map { "\"buildConfigSource\":\($0)," } ?? "")"runSpec":\#(run)},
                  "internalParameters":{"tekton-pipelines-feature-flags":{}},
                  "resolvedDependencies":[\#(dependencies.joined(separator: ","))]},
                 "runDetails":{"builder":{"id":"https://tekton.dev/chains/v2"},
                  "metadata":{"invocationId":"3d0c6e0e","finishedOn":"2026-11-17T15:00:00Z"}}}
                """#)
    }

    @Test(arguments: ["https://tekton.dev/chains/v2/slsa", "https://tekton.dev/chains/v2/slsa-tekton"])
    func tellsTheSourceFromThePipeline(buildType: String) throws {
        let read = try chains(buildType: buildType)
        #expect(read.sourceRepository == "https://git.example/example/ledger")
        #expect(read.sourceRef == nil)
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.entryPoint == "ci/build.yaml")
        #expect(
            read.workflow
                == Provenance.Workflow(
                    repository: "https://git.example/platform/pipelines", path: "ci/build.yaml",
                    commit: ExactString(Self.other)))
        #expect(read.invocation == "3d0c6e0e")
        #expect(
            parameters(of: read) == [
                "buildConfigSource.path=ci/build.yaml", "buildConfigSource.ref=sha1:\(Self.other)",
                "buildConfigSource.repository=\(Self.pipeline)", "runSpec.params.revision=main",
                "runSpec.params.tags[0]=a", "runSpec.params.tags[1]=b",
                "runSpec.timeouts.pipeline=1h",
            ])
        #expect(read.materials.count == 3)
    }

    /// Nobody says which of two inputs is the source, and no definition or image is one.
    @Test func statesNoSourceWhereNotExactlyOneIsStated() throws {
        let second =
            #"{"name":"inputs/result","uri":"git+https://git.example/example/docs.git","digest":{"sha1":"\#(Self.other)"}}"#
        let file = #"{"name":"inputs/result","uri":"https://example.com/a.tgz","digest":{"sha256":"ab"}}"#
        for dependencies in [[Self.input, second], [Self.definition, Self.image], [file], []] {
            #expect(try chains(dependencies: dependencies).sourceRepository == nil)
        }
        #expect(try chains(dependencies: [Self.input, file]).sourceRepository == "https://git.example/example/ledger")
    }

    @Test func rejectsTwoCommitsOfTheSource() {
        let second = Self.input.replacing(Self.commit, with: Self.other)
        #expect { try chains(dependencies: [Self.input, second]) } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
    }

    @Test(arguments: [
        #"{"name":"pipeline","uri":"git+https://git.example/evil/pipelines","digest":{"sha1":"\#(other)"}}"#,
        #"{"name":"task","uri":"\#(pipeline)","digest":{"sha1":"\#(commit)"}}"#,
    ])
    func rejectsAnotherDefinitionAmongTheDependencies(dependency: String) {
        #expect { try chains(dependencies: [dependency]) } throws: { hasCode($0, "provenance.contradicts-itself") }
    }

    @Test func rejectsACommitOfTheDefinitionThatIsNone() {
        #expect {
            try chains(config: #"{"ref":"sha1:main","repository":"\#(Self.pipeline)"}"#, dependencies: [])
        } throws: {
            hasCode($0, "provenance.malformed")
        }
    }

    /// A pipeline that was sent along with the run: all of it is a parameter.
    @Test func readsAPipelineWithoutADefinition() throws {
        let read = try chains(
            config: nil, run: #"{"pipelineSpec":{"tasks":[{"name":"build"}]}}"#, dependencies: [Self.input])
        #expect(read.workflow == nil && read.entryPoint == nil)
        #expect(parameters(of: read) == ["runSpec.pipelineSpec.tasks[0].name=build"])
    }

    /// A bundle in a registry is no repository of sources.
    @Test func keepsADefinitionFromABundleAsParameters() throws {
        let read = try chains(
            config: #"{"ref":"sha256:ab","repository":"registry.example/bundles/build:1","path":"build"}"#,
            dependencies: [])
        #expect(read.workflow == nil)
        #expect(
            parameters(of: read).filter { $0.hasPrefix("buildConfigSource") } == [
                "buildConfigSource.path=build", "buildConfigSource.ref=sha256:ab",
                "buildConfigSource.repository=registry.example/bundles/build:1",
            ])
    }

    /// Only a list that can be a map is written as one, so that no value goes by the name of another.
    @Test(
        arguments: [
            (#"[{"name":"a","value":"1"},{"name":"a","value":"2"}]"#, "runSpec.params[1].value=2"),
            (#"[{"name":"a","value":"1","more":"2"}]"#, "runSpec.params[0].more=2"),
            (#"[{"name":"a"}]"#, "runSpec.params[0].name=a"), (#"["a"]"#, "runSpec.params[0]=a"),
            (#"{"a":"1"}"#, "runSpec.params.a=1"), (#"[{"name":"a.b","value":"1"}]"#, #"runSpec.params["a.b"]=1"#),
        ])
    func namesParametersInOneWay(list: String, expected: String) throws {
        #expect(try parameters(of: chains(run: #"{"params":\#(list)}"#)).contains(expected))
    }

    @Test func rejectsMoreNamedParametersThanTheLimit() throws {
        func run(_ count: Int) -> String {
            #"{"params":["#
                + (0..<count).map { #"{"name":"a\#($0)","value":""}"# }.joined(separator: ",") + "]}"
        }
        // The list, and each element and its value.
        #expect(try chains(config: nil, run: run(4_999)).externalParameters.count == 4_999)
        #expect { try chains(config: nil, run: run(5_000)) } throws: { hasCode($0, "limit.provenance-entries") }
        #expect { try chains(run: run(10_001)) } throws: { hasCode($0, "limit.provenance-entries") }
    }

    // MARK: Version 0.2

    func chains02(
        buildType: String = "tekton.dev/v1/PipelineRun", configSource: String = "{}", tasks: String = "[]",
        materials: [String]
    ) throws -> Provenance {
        try provenance02(
            predicate: #"""
                {"builder":{"id":"https://tekton.dev/chains/v2"},"buildType":"\#(buildType)",
                 "invocation":{"configSource":\#(configSource),"parameters":{"revision":"main"},
                  "environment":{"labels":{"tekton.dev/pipeline":"build"}}},
                 "buildConfig":{"tasks":\#(tasks)},
                 "metadata":{"buildStartedOn":"2026-11-17T14:00:00Z","buildFinishedOn":"2026-11-17T15:00:00Z"},
                 "materials":[\#(materials.joined(separator: ","))]}
                """#)
    }

    static let source = #"{"uri":"git+https://git.example/example/ledger.git","digest":{"sha1":"\#(commit)"}}"#
    static let catalog = #"{"uri":"git+https://git.example/platform/tasks.git","digest":{"sha1":"\#(other)"}}"#

    @Test(arguments: [
        "tekton.dev/v1/TaskRun", "tekton.dev/v1/PipelineRun", "tekton.dev/v1beta1/TaskRun",
        "tekton.dev/v1beta1/PipelineRun",
    ])
    func readsVersion02(buildType: String) throws {
        let read = try chains02(buildType: buildType, materials: [Self.image, Self.source])
        #expect(read.sourceRepository == "https://git.example/example/ledger")
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.workflow == nil)
        #expect(parameters(of: read) == ["parameters.revision=main"])
        #expect(read.finishedOn == Instant(rfc3339: "2026-11-17T15:00:00Z"))
    }

    /// The repository of a shared task is not what is built.
    @Test func takesNoDefinitionForTheSource() throws {
        let config =
            #"{"uri":"git+https://git.example/platform/tasks.git","digest":{"sha1":"\#(Self.other)"},"entryPoint":"build.yaml"}"#
        #expect(try chains02(configSource: config, materials: [Self.catalog]).sourceRepository == nil)
        let tasks = #"[{"name":"scan","invocation":{"configSource":\#(config)}}]"#
        #expect(try chains02(tasks: tasks, materials: [Self.catalog]).sourceRepository == nil)

        let read = try chains02(configSource: config, tasks: tasks, materials: [Self.catalog, Self.source])
        #expect(read.sourceRepository == "https://git.example/example/ledger")
        #expect(
            read.workflow
                == Provenance.Workflow(
                    repository: "https://git.example/platform/tasks", path: "build.yaml",
                    commit: ExactString(Self.other)))
        // Whoever can choose the pipeline chooses what is done to the source: a rule has to see it.
        #expect(
            parameters(of: read) == [
                "configSource.digest.sha1=\(Self.other)", "configSource.entryPoint=build.yaml",
                "configSource.uri=git+https://git.example/platform/tasks.git", "parameters.revision=main",
            ])
        #expect(try chains02(materials: [Self.catalog, Self.source]).sourceRepository == nil)
    }

    @Test func rejectsAnotherCommitOfTheDefinition() {
        let config = #"{"uri":"git+https://git.example/platform/tasks.git","digest":{"sha1":"\#(Self.commit)"}}"#
        #expect { try chains02(configSource: config, materials: [Self.catalog]) } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
    }
}

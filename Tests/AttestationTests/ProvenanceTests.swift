import Attestation
import Findings
import StrictEncoding
import Testing

@Suite struct ProvenanceTests {
    static let commit = "d37a7f740ee7404914456f24dcd90e865a0509e8"

    func generic02(
        builder: String = #"{"id":"https://ci.example/builder@v1"}"#,
        configSource: String =
            #"{"uri":"git+https://github.com/example/ledger@refs/tags/v14","digest":{"sha1":"\#(commit)"},"entryPoint":"build.yml"}"#,
        more: String = ""
    ) throws -> Provenance {
        try provenance02(
            predicate: #"""
                {"builder":\#(builder),"buildType":"https://ci.example/type@v1",
                 "invocation":{"configSource":\#(configSource),"parameters":{"mode":"release"},"environment":{"x":"y"}}\#(more)}
                """#)
    }

    func generic1(
        definition: String = #"{"buildType":"https://ci.example/type@v1"}"#,
        details: String = #"{"builder":{"id":"https://ci.example/builder@v1"}}"#
    ) throws -> Provenance {
        try provenance(predicate: #"{"buildDefinition":\#(definition),"runDetails":\#(details)}"#)
    }

    // MARK: Any build type

    @Test func readsTheSourceThatVersion02Defines() throws {
        let read = try generic02(
            more: #","metadata":{"buildInvocationId":"7","buildStartedOn":"2026-11-17T15:00:00Z"}"#)
        #expect(
            read
                == Provenance(
                    version: .v0_2, builder: "https://ci.example/builder@v1", buildType: "https://ci.example/type@v1",
                    sourceRepository: "https://github.com/example/ledger", sourceRef: "refs/tags/v14",
                    sourceCommit: ExactString(Self.commit), entryPoint: "build.yml",
                    externalParameters: [.init(name: "mode", value: "release")], materials: [], invocation: "7",
                    startedOn: Instant(rfc3339: "2026-11-17T15:00:00Z"), finishedOn: nil))
    }

    @Test(
        arguments: [
            ("git+https://github.com/example/ledger", "https://github.com/example/ledger", nil),
            ("git+https://github.com/example/ledger.git@main", "https://github.com/example/ledger.git", "main"),
            (
                "git+ssh://git@github.com/example/ledger@refs/heads/main", "ssh://git@github.com/example/ledger",
                "refs/heads/main"
            ),
            // A branch may be called `main#x` or `a@b`; it is not `main`, and not of another repository.
            (
                "git+https://github.com/example/ledger@refs/heads/main#x", "https://github.com/example/ledger",
                "refs/heads/main#x"
            ),
            (
                "git+https://github.com/example/ledger@refs/tags/pkg@1.0", "https://github.com/example/ledger",
                "refs/tags/pkg@1.0"
            ),
            ("git+https://host/good@refs/tags/@refs/x", "https://host/good", "refs/tags/@refs/x"),
            ("git+https://host/good@evil@refs/heads/main", "https://host/good@evil", "refs/heads/main"),
            ("https://example.com/example-1.2.3.tar.gz", "https://example.com/example-1.2.3.tar.gz", nil),
            (
                "git+https://git.example/example/My%20Project/_git/ledger@main",
                "https://git.example/example/My%20Project/_git/ledger", "main"
            ),
        ] as [(String, String, String?)])
    func takesSourcesApartInOneWayOnly(uri: String, repository: String, ref: String?) throws {
        let read = try generic02(configSource: #"{"uri":"\#(uri)"}"#)
        #expect(read.sourceRepository == ExactString(repository))
        #expect(read.sourceRef == ref.map { ExactString($0) })
    }

    /// Not one reading, or not the place that a pattern over its components would take it for.
    @Test(arguments: [
        "git+nonsense", "git+https://host", "git+https://host/good@a@b",
        "git+https://host/good/../evil@refs/heads/main",
        "git+https://host/good/./x@refs/heads/main", "git+https://host//good@refs/heads/main",
        "git+https://host/good/%2e%2E/evil@refs/heads/main", "git+https://host/good%2Fevil@refs/heads/main",
        "git+https://host/good/..", "git+https:///good@refs/heads/main", "git+https://host/good?x@refs/heads/main",
        "git+https://host/good\\\\evil@refs/heads/main", "https://host/good/../evil", "https://host/good/",
        "git+https://host/go od@refs/heads/main", "git+https://host/evil#/good", "https://host/evil#/good",
    ])
    func statesNoSourceThatCanBeReadInTwoWays(uri: String) throws {
        let read = try generic02(configSource: #"{"uri":"\#(uri)","digest":{"sha1":"\#(Self.commit)"}}"#)
        #expect(read.sourceRepository == nil)
        #expect(read.sourceRef == nil)
        #expect(read.sourceCommit == nil)
    }

    @Test func statesNoSourceWhereNoneIsStated() throws {
        for configSource in ["null", "{}", #"{"uri":""}"#, #"{"uri":null}"#] {
            let read = try generic02(configSource: configSource)
            #expect(read.sourceRepository == nil)
            #expect(read.sourceRef == nil)
            #expect(read.entryPoint == nil)
        }
    }

    @Test func rejectsAnotherCommitAmongTheMaterials() {
        let other = String(repeating: "0", count: 40)
        #expect {
            try generic02(
                more:
                    #","materials":[{"uri":"git+https://github.com/example/ledger@refs/tags/v14","digest":{"sha1":"\#(other)"}}]"#
            )
        } throws: {
            hasCode($0, "provenance.contradicts-itself")
        }
    }

    @Test func readsNoSourceOfAnUnknownBuildTypeOfVersion1() throws {
        let read = try generic1(
            definition: #"""
                {"buildType":"https://ci.example/type@v1",
                 "externalParameters":{"source":{"uri":"git+https://github.com/example/ledger@refs/heads/main"}},
                 "internalParameters":{"trusted":true},
                 "resolvedDependencies":[{"uri":"git+https://github.com/example/ledger@refs/heads/main"},{"name":"x"}]}
                """#)
        #expect(read.sourceRepository == nil)
        #expect(read.entryPoint == nil)
        #expect(parameters(of: read) == ["source.uri=git+https://github.com/example/ledger@refs/heads/main"])
        #expect(read.materials.map(\.uri) == ["git+https://github.com/example/ledger@refs/heads/main", ""])
    }

    /// A build type belongs to a version: under the other one it is unknown.
    @Test func readsABuildTypeUnderItsOwnVersionOnly() throws {
        let read = try generic1(
            definition: #"""
                {"buildType":"https://mobyproject.org/buildkit@v1",
                 "externalParameters":{"configSource":{"uri":"https://github.com/example/ledger.git#refs/heads/main",
                   "digest":{"sha1":"\#(Self.commit)"}}}}
                """#)
        #expect(read.sourceRepository == nil)
    }

    /// Jenkins' plugin: a type per release of the plugin, and `configSource` as 0.2 defines it.
    @Test func readsWhatJenkinsWrites() throws {
        let plugin = "https://gitlab.eclipse.org/eclipsefdn/security/slsa-jenkins-plugin@v40"
        let read = try provenance02(
            predicate: #"""
                {"builder":{"id":"\#(plugin)"},"buildType":"\#(plugin)",
                 "invocation":{"configSource":{"uri":"https://git.example/example/ledger.git",
                   "digest":{"sha1":"\#(Self.commit)"},"entryPoint":"ledger/main"},
                   "environment":{"job_url":"https://ci.example/job/ledger/","node_name":"built-in"}},
                 "metadata":{"buildInvocationId":"42","buildFinishedOn":"2026-11-17T15:00:00Z"},
                 "materials":[{"uri":"https://git.example/example/ledger.git","digest":{"sha1":"\#(Self.commit)"}}]}
                """#)
        #expect(read.sourceRepository == "https://git.example/example/ledger.git")
        #expect(read.sourceCommit == ExactString(Self.commit))
        #expect(read.entryPoint == "ledger/main")
        #expect(read.invocation == "42")
        #expect(read.workflow == nil && read.triggerEvent == nil && read.externalParameters.isEmpty)
    }

    // MARK: Version 0.1

    func generic01(recipe: String = #"{"type":"https://ci.example/type@v1"}"#, more: String = "") throws -> Provenance {
        try provenance(
            "https://slsa.dev/provenance/v0.1",
            predicate: #"{"builder":{"id":"https://ci.example/builder@v1"},"recipe":\#(recipe)\#(more)}"#)
    }

    /// 0.1 does not say which material is the source, so of an unknown recipe none is.
    @Test func readsTheLeastThatVersion01Allows() throws {
        let read = try generic01(
            recipe: #"{"type":"https://ci.example/type@v1","entryPoint":"build.yml","arguments":{"mode":"release"}}"#,
            more: #","materials":[{"uri":"git+https://git.example/ledger","digest":{"sha1":"\#(Self.commit)"}}]"#)
        #expect(
            read
                == Provenance(
                    version: .v0_1, builder: "https://ci.example/builder@v1", buildType: "https://ci.example/type@v1",
                    entryPoint: "build.yml", externalParameters: [.init(name: "mode", value: "release")],
                    materials: [
                        .init(uri: "git+https://git.example/ledger", digests: ["sha1": ExactString(Self.commit)])
                    ]))
    }

    @Test(arguments: ["null", "{}", #"{"type":""}"#, #"{"type":7}"#, "[]"])
    func rejectsAMissingRecipe(recipe: String) {
        #expect { try generic01(recipe: recipe) } throws: { hasCode($0, "provenance.malformed") }
    }

    @Test func rejectsATimeOfVersion01ThatIsNone() {
        #expect { try generic01(more: #","metadata":{"buildFinishedOn":"yesterday"}"#) } throws: {
            hasCode($0, "provenance.malformed-time")
        }
    }

    // MARK: What has to be there

    @Test func readsTheLeastThatVersion1Allows() throws {
        let read = try generic1()
        #expect(
            read
                == Provenance(
                    version: .v1, builder: "https://ci.example/builder@v1", buildType: "https://ci.example/type@v1"))
    }

    @Test(arguments: [
        #"{}"#, #"{"builder":null}"#, #"{"builder":{}}"#, #"{"builder":{"id":null}}"#, #"{"builder":{"id":7}}"#,
        #"{"builder":"x"}"#,
    ])
    func rejectsAMissingBuilder(details: String) {
        #expect { try generic1(details: details) } throws: { hasCode($0, "provenance.malformed") }
    }

    @Test(arguments: ["null", "{}", #"{"id":null}"#, #""x""#])
    func rejectsAMissingBuilderOfVersion02(builder: String) {
        #expect { try generic02(builder: builder) } throws: { hasCode($0, "provenance.malformed") }
    }

    @Test(arguments: ["{}", #"{"buildType":""}"#, #"{"buildType":null}"#, #"{"buildType":7}"#, "[]", "null"])
    func rejectsAMissingBuildType(definition: String) {
        #expect { try generic1(definition: definition) } throws: { hasCode($0, "provenance.malformed") }
    }

    @Test(arguments: [
        #""externalParameters":[]"#, #""externalParameters":"x""#, #""resolvedDependencies":{}"#,
        #""resolvedDependencies":["x"]"#, #""resolvedDependencies":[{"uri":7}]"#,
        #""resolvedDependencies":[{"digest":["x"]}]"#, #""resolvedDependencies":[{"digest":{"sha256":7}}]"#,
    ])
    func rejectsAClaimThatCannotBeRead(member: String) {
        #expect {
            try generic1(definition: #"{"buildType":"https://ci.example/type@v1",\#(member)}"#)
        } throws: {
            hasCode($0, "provenance.malformed")
        }
    }

    @Test(arguments: ["yesterday", "2026-11-17", "2026-11-17 15:00:00Z", "2026-02-30T00:00:00Z"])
    func rejectsATimeThatIsNone(time: String) {
        for name in ["startedOn", "finishedOn"] {
            #expect {
                try generic1(details: #"{"builder":{"id":"b"},"metadata":{"\#(name)":"\#(time)"}}"#)
            } throws: {
                hasCode($0, "provenance.malformed-time")
            }
        }
        for name in ["buildStartedOn", "buildFinishedOn"] {
            #expect {
                try generic02(more: #","metadata":{"\#(name)":"\#(time)"}"#)
            } throws: {
                hasCode($0, "provenance.malformed-time")
            }
        }
    }

    @Test func rejectsATimeOfAnotherKind() {
        #expect {
            try generic1(details: #"{"builder":{"id":"b"},"metadata":{"startedOn":1700000000}}"#)
        } throws: {
            hasCode($0, "provenance.malformed")
        }
    }

    @Test func rejectsAnyOtherPredicate() {
        #expect { try provenance("https://slsa.dev/provenance/v1evil", predicate: "{}") } throws: {
            hasCode($0, "provenance.other-predicate")
        }
        #expect { try provenance("https://spdx.dev/Document", predicate: "{}") } throws: {
            hasCode($0, "provenance.other-predicate")
        }
        #expect { try provenance("https://slsa.dev/provenance/v1-rc1", predicate: "{}") } throws: {
            hasCode($0, "provenance.other-predicate")
        }
    }

    @Test(arguments: ["null", "[]", #""x""#])
    func rejectsAPredicateThatIsNoObject(predicate: String) {
        #expect { try provenance(predicate: predicate) } throws: { hasCode($0, "provenance.malformed") }
    }

    // MARK: Parameters

    func flattened(_ object: String) throws -> [String] {
        try parameters(
            of: generic1(definition: #"{"buildType":"https://ci.example/type@v1","externalParameters":\#(object)}"#))
    }

    @Test func namesEveryParameterInOneWay() throws {
        #expect(
            try flattened(
                #"""
                {"a":{"b":[1,{"c":"x"},[true]]},"a.b":"dot","":"empty","q\"":"quote","[0]":"bracket","\u0007":"bell",
                 "none":null,"no":{},"nil":[],"deep":{"er":{}},"blank":"","big":1e2,"é":"ü"}
                """#)
                == [
                    #"[""]=empty"#, #"["[0]"]=bracket"#, #"["\u0007"]=bell"#, #"["a.b"]=dot"#, #"["q\""]=quote"#,
                    "a.b[0]=1", "a.b[1].c=x", "a.b[2][0]=true", "big=100", "blank=", "é=ü",
                ])
    }

    /// Two different places, one name: a rule about one would speak of the other.
    @Test(arguments: [
        (#"{"a":{"b":1}}"#, #"{"a.b":1}"#), (#"{"a":[1]}"#, #"{"a[0]":1}"#), (#"{"":{"a":1}}"#, #"{".a":1}"#),
        (#"{"a":{"":1}}"#, #"{"a":{"\"\"":1}}"#), (#"{"a":{"b.c":1}}"#, #"{"a":{"b":{"c":1}}}"#),
    ])
    func neverGivesTwoPlacesOneName(first: String, second: String) throws {
        #expect(try flattened(first) != flattened(second))
    }

    @Test func rejectsMoreParametersThanTheLimit() throws {
        func object(_ count: Int) -> String {
            "{" + (0..<count).map { "\"a\($0)\":1" }.joined(separator: ",") + "}"
        }
        #expect(try flattened(object(10_000)).count == 10_000)
        #expect { try flattened(object(10_001)) } throws: { hasCode($0, "limit.provenance-entries") }
        let nothing = "{\"a\":[" + Array(repeating: "[]", count: 10_000).joined(separator: ",") + "]}"
        #expect { try flattened(nothing) } throws: { hasCode($0, "limit.provenance-entries") }
    }

    @Test func rejectsNamesOfExcessiveLength() throws {
        #expect(try flattened(#"{"\#(String(repeating: "a", count: 4096))":1}"#).count == 1)
        for object in [
            #"{"\#(String(repeating: "a", count: 4097))":1}"#,
            #"{"\#(String(repeating: "a", count: 4090))":{"bcdefghi":1}}"#,
            #"{"\#(String(repeating: "a", count: 4095))":[1]}"#,
            #"{"\#(String(repeating: ".", count: 4095))":1}"#,
        ] {
            #expect { try flattened(object) } throws: { hasCode($0, "limit.provenance-entries") }
        }
    }

    @Test func rejectsANumberBeyondRange() {
        #expect { try flattened(#"{"a":1e999}"#) } throws: { hasCode($0, "provenance.malformed") }
    }

    @Test func rejectsMoreMaterialsThanTheLimit() throws {
        func definition(_ count: Int) -> String {
            #"{"buildType":"t","resolvedDependencies":["#
                + Array(repeating: "{}", count: count).joined(separator: ",") + "]}"
        }
        #expect(try generic1(definition: definition(100_000)).materials.count == 100_000)
        #expect { try generic1(definition: definition(100_001)) } throws: { hasCode($0, "limit.provenance-entries") }
    }

    @Test func rejectsMoreDigestsOfOneMaterialThanTheLimit() {
        let digests = (0..<65).map { "\"a\($0)\":\"b\"" }.joined(separator: ",")
        #expect {
            try generic1(definition: #"{"buildType":"t","resolvedDependencies":[{"digest":{\#(digests)}}]}"#)
        } throws: {
            hasCode($0, "limit.provenance-entries")
        }
    }
}

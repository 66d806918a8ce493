import Attestation
import Findings
import StrictEncoding
import Testing

@Suite struct BuildKitProvenanceTests {
    static let commit = "4b220de5058abfd01ff619c9d2ff6b09a049bea0"
    static let uri = "https://github.com/example/ledger.git#refs/tags/v0.11.0"
    static let base = #"""
        {"uri":"pkg:docker/alpine@3.17?platform=linux%2Famd64",
         "digest":{"sha256":"8914eb54f968791faf6a8638949e480fef81e697984fba772b3976835194c6d4"}}
        """#

    func buildKit(
        configSource: String, request: String = #"{"frontend":"dockerfile.v0"}"#, materials: String = "[]",
        more: String = ""
    ) throws -> Provenance {
        try provenance(
            predicate: #"""
                {"buildDefinition":{
                  "buildType":"https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
                  "externalParameters":{"configSource":\#(configSource),"request":\#(request)\#(more)},
                  "internalParameters":{"builderPlatform":"linux/amd64"},
                  "resolvedDependencies":\#(materials)},
                 "runDetails":{"builder":{"id":""},"metadata":{"invocationID":"rpv7a389",
                  "startedOn":"2026-11-17T15:00:00.466513707Z","finishedOn":"2026-11-17T15:01:00Z",
                  "buildkit_metadata":{"vcs":{"source":"https://github.com/example/ledger.git","revision":"\#(Self.commit)"}}}}}
                """#)
    }

    func buildKit02(configSource: String, parameters: String, materials: String = "[]") throws -> Provenance {
        try provenance02(
            predicate: #"""
                {"builder":{"id":"https://ci.example/runs/1"},"buildType":"https://mobyproject.org/buildkit@v1",
                 "invocation":{"configSource":\#(configSource),"parameters":\#(parameters),
                  "environment":{"platform":"linux/amd64"}},
                 "materials":\#(materials),
                 "metadata":{"buildInvocationID":"rpv7a389","buildStartedOn":"2026-11-17T15:00:00.466513707Z",
                  "buildFinishedOn":"2026-11-17T15:01:00Z",
                  "https://mobyproject.org/buildkit@v1#metadata":{"vcs":{"source":"https://github.com/example/ledger.git"}}}}
                """#)
    }

    static let request = #"""
        {"frontend":"gateway.v0","args":{"build-arg:MODE":"1","label:org.example.x":"bar","target":"release"},
         "secrets":[{"id":"GIT_AUTH_HEADER","optional":true}],"ssh":[],"locals":[{"name":"context"}]}
        """#
    static let requestParameters = [
        "request.args.build-arg:MODE=1", "request.args.target=release", #"request.args["label:org.example.x"]=bar"#,
        "request.frontend=gateway.v0", "request.locals[0].name=context",
        "request.secrets[0].id=GIT_AUTH_HEADER", "request.secrets[0].optional=true",
    ]

    @Test func readsBothVersionsToOneNormalForm() throws {
        let materials = #"[\#(Self.base),{"uri":"\#(Self.uri)","digest":{"sha1":"\#(Self.commit)"}}]"#
        let digest = #""digest":{"sha1":"\#(Self.commit)"}"#
        let v1 = try buildKit(
            configSource: #"{"uri":"\#(Self.uri)",\#(digest),"path":"Dockerfile"}"#, request: Self.request,
            materials: materials)
        let v0_2 = try buildKit02(
            configSource: #"{"uri":"\#(Self.uri)",\#(digest),"entryPoint":"Dockerfile"}"#, parameters: Self.request,
            materials: materials)
        for read in [v1, v0_2] {
            #expect(read.sourceRepository == "https://github.com/example/ledger")
            #expect(read.sourceRef == "refs/tags/v0.11.0")
            #expect(read.sourceCommit == ExactString(Self.commit))
            #expect(read.entryPoint == "Dockerfile")
            #expect(read.invocation == "rpv7a389")
            #expect(read.startedOn == Instant(rfc3339: "2026-11-17T15:00:00Z"))
            #expect(read.finishedOn == Instant(rfc3339: "2026-11-17T15:01:00Z"))
            #expect(parameters(of: read) == Self.requestParameters)
            #expect(read.materials.count == 2)
        }
        #expect(v1.version == .v1)
        #expect(v0_2.version == .v0_2)
        #expect(v1.builder == "")
        #expect(v0_2.builder == "https://ci.example/runs/1")
    }

    /// BuildKit does not verify `vcs`: "can't be trusted", its definition says.
    @Test func takesNoSourceFromWhatTheClientSaid() throws {
        let local = [
            try buildKit(configSource: #"{"path":"Dockerfile"}"#),
            try buildKit02(configSource: #"{"entryPoint":"Dockerfile"}"#, parameters: "{}"),
        ]
        for read in local {
            #expect(read.sourceRepository == nil)
            #expect(read.sourceRef == nil)
            #expect(read.sourceCommit == nil)
            #expect(read.entryPoint == "Dockerfile")
        }
    }

    @Test func readsABuildFromALocalDirectory() throws {
        let read = try buildKit(configSource: "{}")
        #expect(read.entryPoint == nil)
        #expect(parameters(of: read) == ["request.frontend=dockerfile.v0"])
    }

    /// The context is a directory of the repository: the file's path is that of the repository, and the whole address
    /// stays visible, because a path alone does not say where the context begins.
    @Test func keepsTheDirectoryOfTheContext() throws {
        let read = try buildKit(
            configSource: #"""
                {"uri":"https://github.com/example/ledger.git#refs/heads/main:deploy/image",
                 "digest":{"sha1":"\#(Self.commit)"},"path":"Dockerfile"}
                """#,
            materials:
                #"[{"uri":"https://github.com/example/ledger.git#refs/heads/main","digest":{"sha1":"\#(Self.commit)"}}]"#
        )
        #expect(read.sourceRef == "refs/heads/main")
        #expect(read.entryPoint == "deploy/image/Dockerfile")
        #expect(
            parameters(of: read) == [
                "configSource.uri=https://github.com/example/ledger.git#refs/heads/main:deploy/image",
                "request.frontend=dockerfile.v0",
            ])
    }

    /// A tarball, or a git address that cannot be taken apart in one way: no source, and a parameter that shows.
    @Test(arguments: [
        "https://example.com/context.tar.gz", "https://github.com/example/ledger",
        "https://github.com/example/ledger.git?ref=main", "https://evil.example/.git#refs/heads/main", "context",
        "git+https://github.com/example/ledger@a@b", "https://github.com/example/../evil/ledger.git#refs/heads/main",
        "git@github.com:../evil/ledger.git#refs/heads/main", "https://github.com/example/%2e%2e/ledger.git",
    ])
    func readsNoSourceFromWhatIsNoRepository(uri: String) throws {
        let read = try buildKit(
            configSource: #"{"uri":"\#(uri)","digest":{"sha1":"\#(Self.commit)"}}"#)
        #expect(read.sourceRepository == nil)
        #expect(read.sourceRef == nil)
        #expect(read.sourceCommit == nil)
        #expect(parameters(of: read) == ["configSource.uri=\(uri)", "request.frontend=dockerfile.v0"])
    }

    @Test func keepsUnknownParametersVisible() throws {
        let read = try buildKit(
            configSource: #"{"uri":"\#(Self.uri)","digest":{"sha1":"\#(Self.commit)"},"x":1}"#,
            more: #","more":{"y":"z"}"#)
        #expect(
            parameters(of: read) == ["configSource.x=1", "more.y=z", "request.frontend=dockerfile.v0"])
    }

    /// BuildKit repeats what the client called the context, fetched or not: only what it fetched has a commit.
    @Test(arguments: ["", #","digest":{}"#, #","digest":{"sha256":"\#(String(repeating: "c", count: 64))"}"#])
    func takesNoSourceThatWasNotFetched(digest: String) throws {
        let reads = [
            try buildKit(configSource: #"{"uri":"\#(Self.uri)","path":"Dockerfile"\#(digest)}"#),
            try buildKit02(
                configSource: #"{"uri":"\#(Self.uri)","entryPoint":"Dockerfile"\#(digest)}"#, parameters: "{}"),
        ]
        for read in reads {
            #expect(read.sourceRepository == nil)
            #expect(read.sourceRef == nil)
            #expect(read.sourceCommit == nil)
            #expect(parameters(of: read).first == "configSource.uri=\(Self.uri)")
        }
    }

    @Test func rejectsAnotherCommitAmongTheMaterials() {
        let other = String(repeating: "0", count: 40)
        for uri in [Self.uri, "https://github.com/example/ledger.git#refs/tags/v0.11.0:sub"] {
            #expect {
                try buildKit(
                    configSource: #"{"uri":"\#(uri)","digest":{"sha1":"\#(Self.commit)"}}"#,
                    materials: #"[{"uri":"\#(Self.uri)","digest":{"sha1":"\#(other)"}}]"#)
            } throws: {
                hasCode($0, "provenance.contradicts-itself")
            }
        }
    }

    @Test(arguments: [
        #""x""#, #"{"uri":1}"#, #"{"path":[]}"#, #"{"uri":"u","digest":"sha1:0"}"#, #"{"uri":"u","digest":{"sha1":7}}"#,
    ])
    func rejectsAMalformedConfigSource(configSource: String) {
        #expect { try buildKit(configSource: configSource) } throws: { hasCode($0, "provenance.malformed") }
    }

    @Test func rejectsAMalformedRequest() {
        #expect { try buildKit(configSource: "{}", request: "[]") } throws: { hasCode($0, "provenance.malformed") }
    }
}

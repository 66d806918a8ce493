import Attestation
import Findings
import StrictEncoding
import Testing

/// Statements with bytes and members changed at random, the same in every run: each is read or refused with a reason, and
/// never makes two readings of one text differ.
@Suite struct PredicateMutationTests {
    static let commit = "d37a7f740ee7404914456f24dcd90e865a0509e8"
    static let source = "git+https://github.com/example/ledger@refs/heads/main"
    static let generator = "https://github.com/slsa-framework/slsa-github-generator"

    static func version1(_ buildType: String, _ parameters: String, _ dependencies: String) -> (String, String) {
        (
            "https://slsa.dev/provenance/v1",
            #"""
            {"buildDefinition":{"buildType":"\#(buildType)","externalParameters":{\#(parameters)},
              "internalParameters":{"github":{"event_name":"push"},"systemSubstitutions":{"COMMIT_SHA":"\#(commit)"},
               "GITHUB_WORKFLOW_REF":"example/ledger/.github/workflows/x.yml@refs/heads/main","GITHUB_RUN_ID":7},
              "resolvedDependencies":[\#(dependencies)]},
             "runDetails":{"builder":{"id":"b"},"metadata":{"invocationId":"i","finishedOn":"2026-11-17T15:00:00Z"}}}
            """#
        )
    }

    static let seeds: [(type: String, predicate: String)] = [
        version1(
            "https://actions.github.io/buildtypes/workflow/v1",
            #""workflow":{"ref":"refs/heads/main","repository":"https://github.com/example/ledger","path":"p"}"#,
            #"{"uri":"\#(source)","digest":{"gitCommit":"\#(commit)"}}"#),
        version1(
            "https://slsa.dev/container-based-build/v0.1?draft",
            #""source":{"uri":"\#(source)","digest":{"sha1":"\#(commit)"}},"configPath":"c""#,
            #"{"uri":"\#(source)","digest":{"sha1":"\#(commit)"}}"#),
        version1(
            generator + "/delegator-generic@v0", #""inputs":{"a":[1,{"b":null}]}"#,
            #"{"uri":"\#(source)","digest":{"gitCommit":"\#(commit)"}}"#),
        version1(
            "https://tekton.dev/chains/v2/slsa",
            #""buildConfigSource":{"ref":"sha1:\#(commit)","repository":"git+https://git.example/p","path":"p"},"runSpec":{"params":[{"name":"a","value":"b"}]}"#,
            #"{"name":"inputs/result","uri":"git+https://git.example/x.git","digest":{"sha1":"\#(commit)"}}"#),
        version1(
            "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1",
            #""buildConfigSource":{"ref":"refs/heads/main","repository":"git+https://github.com/example/ledger","path":"p"}"#,
            #"{"uri":"\#(source)","digest":{"gitCommit":"\#(commit)"}}"#),
        version1(
            "https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1",
            #""source":"https://gitlab.example/x","entryPoint":"j""#,
            #"{"uri":"https://gitlab.example/x","digest":{"gitCommit":"\#(commit)"}}"#),
        (
            "https://slsa.dev/provenance/v0.2",
            #"""
            {"builder":{"id":"b"},"buildType":"\#(generator)/generic@v1",
             "invocation":{"configSource":{"uri":"\#(source)","digest":{"sha1":"\#(commit)"},"entryPoint":"e"},
              "environment":{"github_ref":"refs/heads/main","github_run_id":"7","github_run_attempt":"1"}},
             "metadata":{"buildInvocationID":"7-1"},"materials":[{"uri":"\#(source)","digest":{"sha1":"\#(commit)"}}]}
            """#
        ),
        (
            "https://slsa.dev/provenance/v0.2",
            #"""
            {"builder":{"id":"b"},"buildType":"tekton.dev/v1/PipelineRun",
             "invocation":{"configSource":{"uri":"git+https://git.example/p"},"parameters":{"a":["b"]}},
             "buildConfig":{"tasks":[{"invocation":{"configSource":{"uri":"git+https://git.example/t"}}}]},
             "materials":[{"uri":"git+https://git.example/x.git","digest":{"sha1":"\#(commit)"}}]}
            """#
        ),
        (
            "https://slsa.dev/provenance/v0.1",
            #"""
            {"builder":{"id":"b"},"recipe":{"type":"https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1","entryPoint":"e",
              "arguments":{"substitutions":{"COMMIT_SHA":"\#(commit)","TAG_NAME":"v1"}}},
             "materials":[{"uri":"https://github.com/example/ledger/commit/\#(commit)"}]}
            """#
        ),
        (
            "https://slsa.dev/verification_summary/v1",
            #"""
            {"verifier":{"id":"v","version":{"a":"1"}},"timeVerified":"2026-11-17T15:00:00Z","resourceUri":"r",
             "policy":{"uri":"p","digest":{"sha256":"ab"}},"inputAttestations":[{"digest":{"sha256":"ab"}}],
             "verificationResult":"PASSED","verifiedLevels":["SLSA_BUILD_LEVEL_3"],"dependencyLevels":{"X":1}}
            """#
        ),
        (
            SourceProvenance.revisionType.value,
            #"{"repo_uri":"r","branch":"b","controls":[{"name":"n","since":"2026-11-17T15:00:00Z"}]}"#
        ),
    ]

    static func statement(_ type: String, _ predicate: some Sequence<UInt8>) -> [UInt8] {
        Array(
            #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"ab"}}],"predicateType":"\#(type)","predicate":"#
                .utf8) + Array(predicate) + Array("}".utf8)
    }

    /// What was read, or the reason for the refusal; nil where the text is no statement at all.
    static func reading(_ bytes: [UInt8]) -> String? {
        guard let statement = try? Statement(parsing: bytes) else { return nil }
        switch PredicateType(statement.predicateType)?.family {
        case .verificationSummary:
            do { return "\(try VerificationSummary(statement: statement).verifier)" } catch { return error.code.name }
        case .sourceProvenance:
            do { return "\(try SourceProvenance(statement: statement).name)" } catch { return error.code.name }
        default:
            do {
                let read = try Provenance(statement: statement)
                let images = read.materials.compactMap(\.image).count
                return "\(read.builder) \(read.sourceRepository ?? "-") \(read.sourceCommit ?? "-") \(images)"
            } catch {
                return error.code.name
            }
        }
    }

    @Test func readsEverySeed() {
        for seed in Self.seeds {
            let read = Self.reading(Self.statement(seed.type, seed.predicate.utf8))
            #expect(read?.contains(".") == false || read?.contains("https://") == true, "\(seed.type): \(read ?? "-")")
        }
    }

    @Test func readsOrRefusesWhateverIsChanged() {
        var generator = SplitMix(state: 20_261_122)
        let pieces = [
            "null", "{}", "[]", "\"\"", "1e999", "-1", "true", "@refs/", "git+", "://", "/", "#", "\\u0000", "%2e",
            "[0]", ".",
        ].map { Array($0.utf8) }
        var read = 0
        for seed in Self.seeds {
            let predicate = Array(seed.predicate.utf8)
            for _ in 0..<300 {
                var changed = predicate
                for _ in 0...generator.next(3) {
                    let place = generator.next(changed.count)
                    switch generator.next(4) {
                    case 0: changed[place] = UInt8(truncatingIfNeeded: generator.next(256))
                    case 1: changed.removeSubrange(place..<min(changed.count, place + 1 + generator.next(12)))
                    case 2: changed.insert(contentsOf: pieces[generator.next(pieces.count)], at: place)
                    default:
                        let end = min(changed.count, place + generator.next(40))
                        changed.insert(contentsOf: changed[place..<end], at: generator.next(changed.count))
                    }
                    if changed.isEmpty { changed = predicate }
                }
                let bytes = Self.statement(seed.type, changed)
                guard let first = Self.reading(bytes) else { continue }
                read += 1
                #expect(Self.reading(bytes) == first)
            }
        }
        #expect(read > 500)
    }

    /// SplitMix64: the same numbers in every run.
    struct SplitMix {
        var state: UInt64

        mutating func next(_ bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((mixed ^ (mixed >> 31)) % UInt64(max(bound, 1)))
        }
    }
}

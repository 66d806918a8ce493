import Attestation
import Findings
import StrictEncoding
import Testing

@Suite struct VerificationSummaryTests {
    static let v1 = "https://slsa.dev/verification_summary/v1"
    static let v02 = "https://slsa.dev/verification_summary/v0.2"

    /// Members of version 1, each of which a test can replace or leave out (nil).
    func members(_ change: [String: String?] = [:]) -> String {
        var members: [String: String?] = [
            "verifier": #"{"id":"https://verifier.example/v1","version":{"verifier":"v2.3.0"}}"#,
            "timeVerified": #""2026-11-17T15:00:00Z""#, "resourceUri": #""registry.example/finance/ledger""#,
            "policy": #"{"uri":"https://verifier.example/policy","digest":{"sha256":"12"}}"#,
            "inputAttestations": #"[{"uri":"https://verifier.example/1","digest":{"sha256":"ab"}}]"#,
            "verificationResult": #""PASSED""#,
            "verifiedLevels": #"["SLSA_BUILD_LEVEL_3","SLSA_SOURCE_TWO_PARTY_REVIEWED"]"#,
            "dependencyLevels": #"{"SLSA_BUILD_LEVEL_1":7}"#, "slsaVersion": #""1.2""#,
        ]
        for (name, value) in change { members[name] = .some(value) }
        return "{" + members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",")
            + "}"
    }

    func summary(_ type: String = v1, _ predicate: String, subject: String = #"{"digest":{"sha256":"ab"}}"#) throws
        -> (VerificationSummary, Statement)
    {
        let text =
            #"{"_type":"https://in-toto.io/Statement/v1","subject":[\#(subject)],"predicateType":"\#(type)","predicate":\#(predicate)}"#
        let statement = try Statement(parsing: Array(text.utf8))
        return (try VerificationSummary(statement: statement), statement)
    }

    func code(_ error: any Error) -> String? { (error as? VerificationSummaryError)?.code.name }

    @Test func readsVersion1() throws {
        let (read, statement) = try summary(Self.v1, members())
        #expect(read.version == .v1)
        #expect(read.verifier == "https://verifier.example/v1")
        #expect(read.verifierVersions == ["verifier": "v2.3.0"])
        #expect(read.timeVerified == Instant(rfc3339: "2026-11-17T15:00:00Z"))
        #expect(read.resourceURI == "registry.example/finance/ledger")
        #expect(read.policyURI == "https://verifier.example/policy")
        #expect(read.policyDigests == ["sha256": "12"])
        #expect(read.inputAttestations?.map(\.uri) == ["https://verifier.example/1"])
        #expect(read.inputAttestations?.map(\.digests) == [["sha256": "ab"]])
        #expect(read.result == .passed)
        #expect(read.verifiedLevels == ["SLSA_BUILD_LEVEL_3", "SLSA_SOURCE_TWO_PARTY_REVIEWED"])
        #expect(read.dependencyLevels == ["SLSA_BUILD_LEVEL_1": 7])
        #expect(read.slsaVersion == "1.2")
        #expect(read.level(ofTrack: "BUILD") == 3)
        #expect(read.level(ofTrack: "SOURCE") == nil)
        // Rules about fields see the predicate as it was signed.
        #expect(statement.predicate?["verifier"]?["id"]?.string == "https://verifier.example/v1")
    }

    @Test func readsTheLeastThatVersion1Allows() throws {
        let (read, _) = try summary(
            Self.v1,
            members([
                "timeVerified": nil, "inputAttestations": nil, "dependencyLevels": nil, "slsaVersion": nil,
                "policy": #"{"uri":"p"}"#, "verifier": #"{"id":"v"}"#, "verifiedLevels": "[]",
            ]))
        #expect(read.timeVerified == nil && read.inputAttestations == nil && read.dependencyLevels == nil)
        #expect(read.slsaVersion == nil && read.policyDigests.isEmpty && read.verifierVersions.isEmpty)
        #expect(read.verifiedLevels.isEmpty)
    }

    /// An empty object claims that there are no dependencies, an absent one claims nothing.
    @Test func tellsNoneFromNotStated() throws {
        let (read, _) = try summary(Self.v1, members(["dependencyLevels": "{}", "inputAttestations": "[]"]))
        #expect(read.dependencyLevels == [:])
        #expect(read.inputAttestations == [])
    }

    func version02(_ change: (String, String)? = nil) -> String {
        let text = #"""
            {"verifier":{"id":"v"},"time_verified":"2026-11-17T15:00:00Z","resource_uri":"r","policy":{"uri":"p"},
             "input_attestations":[{"digest":{"sha256":"ab"}}],"verification_result":"PASSED",
             "policy_level":"SLSA_LEVEL_3","dependency_levels":{"SLSA_LEVEL_1":1}}
            """#
        return change.map { text.replacing($0.0, with: $0.1) } ?? text
    }

    @Test func readsVersion02() throws {
        let (read, _) = try summary(Self.v02, version02())
        #expect(read.version == .v0_2)
        #expect(read.resourceURI == "r")
        #expect(read.verifiedLevels == ["SLSA_LEVEL_3"])
        #expect(read.dependencyLevels == ["SLSA_LEVEL_1": 1])
        #expect(read.inputAttestations?.count == 1)
        #expect(read.level(ofTrack: "BUILD") == nil)
    }

    /// The summary of a source: its subject is a commit, and says which refs pointed to it.
    @Test(arguments: ["sourceRefs", "source_refs"])
    func readsASourceSummary(spelling: String) throws {
        let (read, statement) = try summary(
            Self.v1,
            members([
                "resourceUri": #""git+https://git.example/ledger""#, "verifiedLevels": #"["SLSA_SOURCE_LEVEL_3"]"#,
            ]),
            subject:
                #"{"uri":"https://git.example/ledger/commit/9a","digest":{"gitCommit":"9a"},"annotations":{"\#(spelling)":["refs/heads/main"]}}"#
        )
        #expect(read.level(ofTrack: "SOURCE") == 3)
        #expect(read.resourceURI == "git+https://git.example/ledger")
        #expect(statement.subjects.first?.sourceRefs == ["refs/heads/main"])
        #expect(statement.subjects.first?.digests == ["gitCommit": "9a"])
    }

    @Test(arguments: [
        "{}", "null", #"{"sourceRefs":"refs/heads/main"}"#, #"{"sourceRefs":[1]}"#, #"{"sourceRefs":[""]}"#,
    ])
    func readsNoRefsWhereNoneAreStated(annotations: String) throws {
        let (_, statement) = try summary(
            Self.v1, members(), subject: #"{"digest":{"gitCommit":"9a"},"annotations":\#(annotations)}"#)
        #expect(statement.subjects.first?.sourceRefs == [])
    }

    @Test func readsRefsUpToTheLimit() throws {
        func refs(_ count: Int) throws -> Int? {
            let list = Array(repeating: #""refs/heads/main""#, count: count).joined(separator: ",")
            return try summary(
                Self.v1, members(), subject: #"{"digest":{"gitCommit":"9a"},"annotations":{"sourceRefs":[\#(list)]}}"#
            ).1.subjects.first?.sourceRefs.count
        }
        #expect(try refs(1_000) == 1_000)
        #expect(try refs(1_001) == 0)
    }

    @Test(
        arguments: [
            ["verifier": nil], ["verifier": "{}"], ["verifier": #"{"id":""}"#], ["resourceUri": nil],
            ["resourceUri": #""""#], ["policy": nil], ["policy": "{}"], ["verificationResult": nil],
            ["verificationResult": #""passed""#], ["verificationResult": #""PASSED ""#], ["verificationResult": "true"],
            ["verifiedLevels": nil], ["verifiedLevels": #""SLSA_BUILD_LEVEL_3""#], ["verifiedLevels": "[3]"],
            ["verifiedLevels": #"[""]"#], ["dependencyLevels": #"{"x":-1}"#], ["dependencyLevels": #"{"x":1.5}"#],
            ["dependencyLevels": #"{"x":"1"}"#], ["dependencyLevels": "[]"], ["inputAttestations": #"[{"uri":"x"}]"#],
            ["inputAttestations": "{}"], ["timeVerified": "1"], ["slsaVersion": "1.2"],
        ] as [[String: String?]])
    func rejectsWhatVersion1DoesNotAllow(change: [String: String?]) {
        #expect { try summary(Self.v1, members(change)) } throws: { code($0) == "verification-summary.malformed" }
    }

    @Test(arguments: [
        (#""time_verified":"2026-11-17T15:00:00Z","#, ""), (#""resource_uri":"r","#, ""),
        (#""policy_level":"SLSA_LEVEL_3","#, ""), (#","dependency_levels":{"SLSA_LEVEL_1":1}"#, ""),
    ])
    func rejectsWhatVersion02DoesNotAllow(from: String, to: String) {
        #expect { try summary(Self.v02, version02((from, to))) } throws: {
            code($0) == "verification-summary.malformed"
        }
    }

    @Test(arguments: [
        #"["SLSA_BUILD_LEVEL_3","SLSA_BUILD_LEVEL_1"]"#, #"["SLSA_BUILD_LEVEL_3","SLSA_BUILD_LEVEL_3"]"#,
        #"["SLSA_BUILD_LEVEL_UNEVALUATED","SLSA_BUILD_LEVEL_3"]"#, #"["FAILED"]"#,
    ])
    func rejectsLevelsThatCannotBothBeTrue(levels: String) {
        #expect { try summary(Self.v1, members(["verifiedLevels": levels])) } throws: {
            code($0) == "verification-summary.contradicts-itself"
        }
    }

    /// A level of what did not pass is none, nor is one of a track that was not evaluated or is spelt otherwise.
    @Test func statesNoLevelThatWasNotReached() throws {
        let failed = try summary(Self.v1, members(["verificationResult": #""FAILED""#])).0
        #expect(failed.result == .failed && failed.level(ofTrack: "BUILD") == nil)
        for level in [
            "SLSA_BUILD_LEVEL_UNEVALUATED", "SLSA_BUILDS_LEVEL_3", "SLSA_BUILD_LEVEL_", "SLSA_BUILD_LEVEL_x",
            "slsa_build_level_3", "SLSA_BUILD_LEVEL_33", "XSLSA_BUILD_LEVEL_3",
        ] {
            let read = try summary(Self.v1, members(["verifiedLevels": #"["\#(level)"]"#])).0
            #expect(read.level(ofTrack: "BUILD") == nil, "\(level)")
        }
    }

    @Test func rejectsATimeThatIsNone() {
        #expect { try summary(Self.v1, members(["timeVerified": #""yesterday""#])) } throws: {
            code($0) == "verification-summary.malformed-time"
        }
    }

    @Test func rejectsOtherPredicatesAndVersions() {
        #expect { try summary("https://slsa.dev/verification_summary/v0.1", version02()) } throws: {
            code($0) == "verification-summary.unsupported-version"
        }
        for type in ["https://slsa.dev/provenance/v1", "https://slsa.dev/verification_summary/v1.0"] {
            #expect { try summary(type, members()) } throws: { code($0) == "verification-summary.other-predicate" }
        }
    }

    @Test func rejectsMoreThanTheLimits() throws {
        func inputs(_ count: Int) -> String {
            "[" + Array(repeating: #"{"digest":{"sha256":"ab"}}"#, count: count).joined(separator: ",") + "]"
        }
        #expect(
            try summary(Self.v1, members(["inputAttestations": inputs(10_000)])).0.inputAttestations?.count == 10_000)
        #expect { try summary(Self.v1, members(["inputAttestations": inputs(10_001)])) } throws: {
            code($0) == "limit.predicate-entries"
        }
        func levels(_ count: Int) -> String { "[" + (0..<count).map { "\"X_\($0)\"" }.joined(separator: ",") + "]" }
        #expect(try summary(Self.v1, members(["verifiedLevels": levels(1_000)])).0.verifiedLevels.count == 1_000)
        #expect { try summary(Self.v1, members(["verifiedLevels": levels(1_001)])) } throws: {
            code($0) == "limit.predicate-entries"
        }
        func counts(_ count: Int) -> String { "{" + (0..<count).map { "\"X_\($0)\":1" }.joined(separator: ",") + "}" }
        #expect(try summary(Self.v1, members(["dependencyLevels": counts(1_000)])).0.dependencyLevels?.count == 1_000)
        #expect { try summary(Self.v1, members(["dependencyLevels": counts(1_001)])) } throws: {
            code($0) == "limit.predicate-entries"
        }
    }
}

import Attestation
import Findings
import StrictEncoding
import Testing

@Suite struct SourceProvenanceTests {
    func source(_ type: ExactString = SourceProvenance.revisionType, _ predicate: String) throws -> SourceProvenance {
        let text =
            #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"gitCommit":"9a"}}],"predicateType":"\#(type)","predicate":\#(predicate)}"#
        return try SourceProvenance(statement: Statement(parsing: Array(text.utf8)))
    }

    func code(_ error: any Error) -> String? { (error as? SourceProvenanceError)?.code.name }

    @Test func readsHowARevisionCameToBe() throws {
        let read = try source(
            SourceProvenance.revisionType,
            #"""
            {"repo_uri":"https://git.example/ledger","branch":"refs/heads/main","prev_commit":"8b","actor":"alice",
             "activity_type":"pr_merge","created_on":"2026-11-17T15:00:00.000Z",
             "controls":[{"name":"REVIEW_ENFORCED","since":"2026-01-01T00:00:00Z"},{"name":"TAG_HYGIENE"}]}
            """#)
        #expect(read.kind == .revision)
        #expect(read.repository == "https://git.example/ledger")
        #expect(read.name == "refs/heads/main")
        #expect(read.previousCommit == "8b" && read.actor == "alice" && read.activity == "pr_merge")
        #expect(read.createdOn == Instant(rfc3339: "2026-11-17T15:00:00Z"))
        #expect(read.controls.map(\.name) == ["REVIEW_ENFORCED", "TAG_HYGIENE"])
        #expect(read.controls.map(\.since) == [Instant(rfc3339: "2026-01-01T00:00:00Z"), nil])
    }

    @Test(arguments: ["verifiedLevels", "verified_levels"])
    func readsATag(spelling: String) throws {
        let read = try source(
            SourceProvenance.tagType,
            #"""
            {"repo_uri":"https://git.example/ledger","tag":"refs/tags/v1","created_on":"",
             "vsa_summaries":[{"source_refs":["refs/heads/main"],"\#(spelling)":["SLSA_SOURCE_LEVEL_3"]}]}
            """#)
        #expect(read.kind == .tag && read.name == "refs/tags/v1" && read.createdOn == nil)
        #expect(read.summaries.map(\.sourceRefs) == [["refs/heads/main"]])
        #expect(read.summaries.map(\.verifiedLevels) == [["SLSA_SOURCE_LEVEL_3"]])
    }

    @Test(arguments: [
        "{}", #"{"repo_uri":"r"}"#, #"{"branch":"b"}"#, #"{"repo_uri":"","branch":"b"}"#,
        #"{"repo_uri":1,"branch":"b"}"#,
        #"{"repo_uri":"r","branch":"b","controls":{}}"#, #"{"repo_uri":"r","branch":"b","controls":[{}]}"#,
        #"{"repo_uri":"r","branch":"b","vsa_summaries":[{"source_refs":"x"}]}"#, #"{"repo_uri":"r","tag":"t"}"#, "[]",
    ])
    func rejectsWhatCannotBeRead(predicate: String) {
        #expect { try source(SourceProvenance.revisionType, predicate) } throws: {
            code($0) == "source-provenance.malformed"
        }
    }

    @Test func rejectsATimeThatIsNone() {
        for predicate in [
            #"{"repo_uri":"r","branch":"b","created_on":"yesterday"}"#,
            #"{"repo_uri":"r","branch":"b","controls":[{"name":"x","since":"yesterday"}]}"#,
        ] {
            #expect { try source(SourceProvenance.revisionType, predicate) } throws: {
                code($0) == "source-provenance.malformed-time"
            }
        }
    }

    @Test func rejectsAnyOtherPredicate() {
        #expect { try source("https://slsa.dev/provenance/v1", "{}") } throws: {
            code($0) == "source-provenance.other-predicate"
        }
    }

    @Test func rejectsMoreControlsThanTheLimit() throws {
        func predicate(_ count: Int) -> String {
            let controls = Array(repeating: #"{"name":"x"}"#, count: count).joined(separator: ",")
            return #"{"repo_uri":"r","branch":"b","controls":[\#(controls)]}"#
        }
        #expect(try source(SourceProvenance.revisionType, predicate(1_000)).controls.count == 1_000)
        #expect { try source(SourceProvenance.revisionType, predicate(1_001)) } throws: {
            code($0) == "limit.predicate-entries"
        }
    }
}

import Landwaiter
import Testing

@testable import LandwaiterCommands

@Suite struct ReportTests {
    private func record(_ item: String, as name: String = "registry.example/finance/ledger:v1.4.0") async throws
        -> AdmissionRecord
    {
        try await VerifyCommand.decide([
            "oci:" + Repository.path("testdata/\(item)/image") + ":v1", "--policy", Repository.path("policies/finance"),
            "--namespace", "finance", "--as", name, "--base",
            "oci:" + Repository.path("testdata/bases/debian") + ":v12",
            "--at", "2026-11-20T12:00:00Z",
        ])
    }

    @Test func pipesGetPlainText() async throws {
        for item in ["finance/admitted", "finance/unsigned_fail"] {
            let text = TextReport.text(try await record(item), style: .plain)
            #expect(text.utf8.allSatisfy { $0 == 0x0A || $0 >= 0x20 })
            #expect(!text.contains("✓") && !text.contains("\u{1B}"))
        }
    }

    @Test func terminalsGetTicksAndCrosses() async throws {
        let admitted = TextReport.text(try await record("finance/admitted"), style: .terminal)
        #expect(admitted.contains("✓") && !admitted.contains("✗") && admitted.contains("\u{1B}[32m"))
        let rejected = TextReport.text(try await record("finance/unsigned_fail"), style: .terminal)
        #expect(rejected.contains("✗") && rejected.contains("✓"))
    }

    /// Each refusal has its reason code, what was expected, what was found, and what would mend it.
    @Test func aRefusalExplainsItself() async throws {
        let text = TextReport.text(try await record("finance/branch-build_fail"), style: .plain)
        #expect(text.hasPrefix("REJECT registry.example/finance/ledger:v1.4.0  sha256:"))
        for part in [
            "provenance.source-ref-differs", "refs/heads/dev", "expected", "found", "evidence  sha256:", "mend",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(text.split(separator: "\n").count < 50, "under a screen")
    }

    @Test func basesAreTold() async throws {
        for (item, words) in [
            (
                "chain",
                [
                    "built on `registry.example/base/debian@", "may change anything",
                    "ok   registry.example/base/debian@",
                ]
            ),
            (
                "chain-unsigned_fail",
                ["base-image.chain-rejected", "`signature.none`", "FAIL registry.example/base/debian@"]
            ),
        ] {
            let place = Repository.path("testdata/base-image/\(item)")
            let record = try await VerifyCommand.decide([
                "oci:\(place)/image:v1", "--policy", Repository.path("testdata/policies/base-chain.yaml"),
                "--namespace", "apps", "--as", "registry.example/apps/ledger:v1", "--base", "oci:\(place)/base:v12",
                "--at", "2026-11-20T12:00:00Z",
            ])
            let text = TextReport.text(record, style: .plain)
            for part in words { #expect(text.contains(part), "\(text)") }
            #expect(!text.contains("unmodified"))
        }
    }

    @Test func theSameQuestionGivesTheSameBytes() async throws {
        #expect(try await record("finance/admitted").canonicalBytes == record("finance/admitted").canonicalBytes)
    }

    @Test func hostileTextNeverReachesATerminal() async throws {
        let place = try Place()
        let file = try place.write("{\"x\":\"\\u001b[2J\"}", to: "a.json")
        let record = try await VerifyCommand.decide([
            "oci:" + Repository.path("testdata/signature/none_fail/image") + ":v1", "--key",
            Repository.path("testdata/keys/corporate.pub"), "--namespace", "a\u{1B}]0;x\u{07}\u{202E}b", "--evidence",
            file,
        ])
        let text = TextReport.text(record, style: .plain)
        #expect(!text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 7 || $0.value == 0x202E })
        #expect(text.contains("\\u{1b}"))
    }
}

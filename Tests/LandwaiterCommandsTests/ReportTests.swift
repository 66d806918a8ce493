import Landwaiter
import Testing

@testable import LandwaiterCommands
@testable import Reports

@Suite struct ReportTests {
    private func record(_ item: String, as name: String = "registry.example/finance/ledger:v1.4.0") async throws
        -> AdmissionRecord
    {
        try await VerifyCommand.decide([
            "oci:" + Repository.path("testdata/\(item)/image") + ":v1", "--policy", Repository.path("policies/finance"),
            "--namespace", "finance", "--as", name, "--base",
            "oci:" + Repository.path("testdata/bases/debian") + ":v12",
            "--at", "2026-11-20T12:00:00Z",
        ] + Repository.trust(item))
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
        #expect(text.hasPrefix("REJECT registry.example/finance/ledger:v1.4.0\n  sha256:"))
        for part in [
            "provenance.source-ref-differs", "was `refs/heads/dev`, expected", "evidence  sha256:", "mend",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    /// A refusal with one failing rule fits a terminal of 80 columns and 24 lines, and says what to do.
    @Test(arguments: [
        "finance/unsigned_fail", "finance/signed-by-stranger_fail", "finance/branch-build_fail",
        "finance/foreign-builder_fail", "finance/foreign-source_fail", "finance/base-layers-differ_fail",
        "finance/unapproved-material_fail", "finance/unapproved-base_fail", "finance/no-provenance_fail",
    ])
    func aRefusalFitsAScreen(_ item: String) async throws {
        let text = TextReport.text(try await record(item), style: .plain)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        // As a terminal breaks them: names that are longer than a line are left whole.
        #expect(lines.map { max(1, ($0.unicodeScalars.count + 79) / 80) }.reduce(0, +) <= 24, "\(text)")
        for line in lines where line.unicodeScalars.count > 80 {
            #expect(line.split(separator: " ").count <= 2, "\(line)")
        }
        #expect(text.contains("mend      "))
    }

    /// The smallest change that would do, with the values that the policy allows.
    @Test func aRefusalNamesTheSmallestMend() async throws {
        let branch = TextReport.text(try await record("finance/branch-build_fail"), style: .plain)
        #expect(branch.contains("mend      build from an allowed branch or tag; it misses nothing else\n"))
        #expect(branch.contains("on linux/amd64, linux/arm64/v8\n"), "platforms that fail alike are told together")
        let unsigned = TextReport.text(try await record("finance/unsigned_fail"), style: .plain)
        #expect(unsigned.contains("have `corporate` sign the image"))
        #expect(unsigned.contains("nothing that lies with the image was refused"))
        let stranger = TextReport.text(try await record("finance/signed-by-stranger_fail"), style: .plain)
        #expect(stranger.contains("not used  1 is signed by no trusted key"))
    }

    // MARK: --explain

    private func explain(
        _ item: String, policy: String = "policies/finance"
    ) async throws -> (record: AdmissionRecord, explanation: DecisionExplanation) {
        try await VerifyCommand.explain([
            "oci:" + Repository.path("testdata/\(item)/image") + ":v1", "--policy", Repository.path(policy),
            "--namespace", "finance", "--as", "registry.example/finance/ledger:v1.4.0", "--base",
            "oci:" + Repository.path("testdata/bases/debian") + ":v12", "--at", "2026-11-20T12:00:00Z",
        ] + Repository.trust(item))
    }

    @Test(arguments: ["finance/admitted", "finance/branch-build_fail", "image/missing-tag_fail"])
    func askingWhyChangesNoRecord(_ item: String) async throws {
        let (explained, _) = try await explain(item)
        #expect(explained.canonicalBytes == (try await record(item)).canonicalBytes)
    }

    @Test func everyRuleIsShownAgainstEveryPieceOfEvidence() async throws {
        let (record, explanation) = try await explain("finance/branch-build_fail")
        #expect(explanation.rules.map(\.rule) == record.policies.flatMap(\.rules).map(\.rule))
        let attestations = record.verified.filter { if case .attestation = $0.statement { true } else { false } }
        for rule in explanation.rules where rule.rule != "corporate-signature" {
            #expect(
                Set(rule.candidates.flatMap(\.evidence)) == Set(attestations.map(\.evidence)), "\(rule.rule)")
        }
        let text = ExplanationText.text(explanation)
        for item in record.verified { #expect(text.contains(item.evidence.description)) }
        #expect(text.contains("met     subject, signer, builder, source repository, external"))
        #expect(text.contains("missed  source ref was `refs/heads/dev`, expected `refs/heads/main`,"))
        #expect(text.contains("missed  speaks of `linux/arm64/v8`, expected `linux/amd64`"))
        #expect(text.contains("mend    one change would do: build from an allowed branch or tag:"))
        #expect(text.split(separator: "\n").allSatisfy { $0.unicodeScalars.count <= 80 })
    }

    @Test(arguments: [
        ("finance/signed-by-stranger_fail", "wrong-signer"), ("signature/other-image_fail", "wrong-subject"),
        ("platform/buildkit-index-unsigned_fail", "unsigned"), ("evidence/certificate_fail", "wrong-signer"),
        ("evidence/cosign-sbom-tag_fail", "unsigned"), ("statement/not-json_fail", "malformed"),
        ("limits/envelope-bytes_fail", "beyond-limit"), ("evidence/blob-missing_fail", "absent"),
    ])
    func whatCannotBeUsedIsToldApart(_ item: String, _ why: String) async throws {
        var words = [
            "oci:" + Repository.path("testdata/\(item)/image") + ":v1", "--policy",
            Repository.path(item.hasPrefix("finance/") ? "policies/finance" : "testdata/policies/signed.yaml"),
            "--namespace", "finance", "--as", "registry.example/finance/ledger:v1.4.0",
        ] + Repository.trust(item)
        if item.hasPrefix("platform/") { words[2] = Repository.path("testdata/policies/provenance-buildkit.yaml") }
        if item.hasPrefix("limits/") { words += ["--limit", "envelope-bytes=100"] }
        let (record, explanation) = try await VerifyCommand.explain(words)
        let found = explanation.refused.map { UnusableEvidence($0.finding).rawValue }
        #expect(found.contains(why), "\(found) \(record.refused.map(\.finding.code.name))")
        #expect(ExplanationText.text(explanation).contains("no rule saw"))
    }

    @Test func anImageThatCannotBeJudgedHasNothingToExplain() async throws {
        let (_, explanation) = try await explain("image/missing-tag_fail")
        #expect(explanation.rules.isEmpty && explanation.refused.isEmpty)
        #expect(ExplanationText.text(explanation) == "")
    }

    @Test(arguments: [
        ("", ""), ("a sha256:\(String(repeating: "0", count: 64)) b", "a sha256:000000000000… b"),
        ("sha256:0123", "sha256:0123"), ("sha256:\(String(repeating: "a", count: 40))…", "sha256:aaaaaaaaaaaa…"),
        ("tag:v1", "tag:v1"), (":" + String(repeating: "a", count: 40), ":" + String(repeating: "a", count: 40)),
    ])
    func digestsAreShortened(_ text: String, _ short: String) {
        #expect(TextLines.shortened(text) == short)
    }

    @Test func linesAreBrokenAtSpaces() {
        let word = String(repeating: "x", count: 30)
        #expect(
            TextLines.wrapped("mend    \(word) \(word) \(word)", indent: 2, hanging: 8) == [
                "  mend    \(word) \(word)", "          \(word)",
            ])
        let long = String(repeating: "y", count: 100)
        #expect(TextLines.wrapped("a \(long) b", indent: 0) == ["a", long, "b"], "a word is never broken")
        #expect(TextLines.wrapped("found  \(long)", indent: 0, hanging: 7) == ["found  \(long)"], "nor from its label")
        #expect(TextLines.wrapped("a\u{1B}b", indent: 1) == [" a\\u{1b}b"])
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

import AdmissionPolicy
import Attestation
import Content
import Findings
import OCI
import StrictEncoding
import Testing

@Suite struct ProvenanceRuleTests {
    private func evaluate(_ attestations: [AttestationFacts]) throws -> PolicyEvaluation {
        try evaluate(PolicyText.provenance(), attestations)
    }

    private func evaluate(_ rule: String, _ attestations: [AttestationFacts]) throws -> PolicyEvaluation {
        try judge(rule, Facts.admitted { $0.attestations = attestations })
    }

    private func attestation(
        _ name: String = "provenance", by signers: [String] = ["pipeline"], finished: String? = nil,
        _ change: (inout Provenance) throws -> Void = { _ in }
    ) throws -> AttestationFacts {
        try Facts.attestation(name, by: signers) { provenance in
            if let finished { provenance.finishedOn = try Facts.instant(finished) }
            try change(&provenance)
        }
    }

    @Test func admitsMatchingProvenance() throws {
        let evaluation = try evaluate([attestation()])
        expectAdmit(evaluation)
        #expect(evaluation.rules.first?.satisfiedBy == [.named("provenance")])
        #expect(evaluation.rules.first?.summary == "provenance by `pipeline`")
    }

    // MARK: What was not found

    @Test func rejectsWithoutAttestation() throws {
        expectReject(try evaluate([]), "provenance.no-attestation")
    }

    @Test func rejectsAttestationsOfOtherTypes() throws {
        var sbom = try attestation()
        sbom.provenance = nil
        sbom.predicateType = "https://spdx.dev/Document"
        let evaluation = try evaluate([sbom])
        expectReject(evaluation, "provenance.none-of-type")
        #expect(evaluation.findings.first?.found == "`https://spdx.dev/Document`")
    }

    @Test func rejectsProvenanceOfOthers() throws {
        expectReject(try evaluate([attestation(by: ["other"])]), "provenance.no-allowed-signer")
        expectReject(try evaluate([attestation(by: [])]), "provenance.no-allowed-signer")
    }

    @Test func rejectsProvenanceOfPlatformForTheIndex() throws {
        expectReject(
            try evaluate([Facts.attestation(subjects: [.amd64])]), "evidence.names-only-platforms")
    }

    @Test func rejectsProvenanceOfAnotherPlatform() throws {
        let evaluation = try judge(
            PolicyText.provenance(on: "each-platform"),
            Facts.admitted {
                $0.attestations = [try Facts.attestation(subjects: [.amd64])]
                $0.image.platforms.append(
                    PlatformFacts(
                        digest: .arm64, platform: Platform(os: "linux", architecture: "arm64"), configuration: nil))
            })
        expectReject(evaluation, "provenance.no-attestation")
        #expect(evaluation.rules.map(\.outcome) == [.holds, .fails])
        #expect(evaluation.findings.map(\.platform) == ["linux/arm64"])
    }

    // MARK: Conditions

    struct Change: CustomTestStringConvertible {
        let code: String
        let found: String
        let expected: String
        let change: @Sendable (inout Provenance) throws -> Void
        var testDescription: String { "\(code) \(found)" }
    }

    @Test(arguments: [
        Change(
            code: "provenance.builder-differs", found: "`https://ci.example/a/b`", expected: "`https://ci.example/*`"
        ) {
            $0.builder = "https://ci.example/a/b"
        },
        Change(
            code: "provenance.builder-differs", found: "`https://ci.example.evil.example`",
            expected: "`https://ci.example/*`"
        ) { $0.builder = "https://ci.example.evil.example" },
        Change(
            code: "provenance.source-repository-differs", found: "`https://git.example/finance-evil/ledger`",
            expected: "`https://git.example/finance/*`"
        ) { $0.sourceRepository = "https://git.example/finance-evil/ledger" },
        Change(
            code: "provenance.source-repository-differs", found: "`http://git.example/finance/ledger`",
            expected: "`https://git.example/finance/*`"
        ) { $0.sourceRepository = "http://git.example/finance/ledger" },
        Change(
            code: "provenance.source-ref-differs", found: "`refs/heads/dev`",
            expected: "`refs/heads/main`, `refs/tags/v*`"
        ) {
            $0.sourceRef = "refs/heads/dev"
        },
        Change(code: "provenance.source-ref-differs", found: "`main`", expected: "`refs/heads/main`, `refs/tags/v*`") {
            $0.sourceRef = "main"
        },
        Change(
            code: "provenance.source-ref-differs", found: "`refs/heads/refs/heads/main`",
            expected: "`refs/heads/main`, `refs/tags/v*`"
        ) { $0.sourceRef = "refs/heads/refs/heads/main" },
        Change(
            code: "provenance.not-stated", found: "nothing stated", expected: "`refs/heads/main`, `refs/tags/v*`"
        ) { $0.sourceRef = nil },
        Change(
            code: "provenance.not-stated", found: "nothing stated", expected: "`https://git.example/finance/*`"
        ) { $0.sourceRepository = nil },
        Change(code: "provenance.external-parameter-unlisted", found: "`inputs.debug`", expected: "none") {
            $0.externalParameters = [.init(name: "inputs.debug", value: "true")]
        },
    ])
    func rejects(_ change: Change) throws {
        let evaluation = try evaluate([attestation("provenance", change.change)])
        expectReject(evaluation, change.code)
        #expect(evaluation.findings.first?.found == change.found)
        #expect(evaluation.findings.first?.expected == change.expected)
        #expect(evaluation.findings.first?.evidence == Digest.named("provenance").description)
    }

    /// Patterns are compared by code points: a composed é is not a decomposed one.
    @Test func comparesAsBytes() throws {
        let rule = PolicyText.provenance(source: "{repository: [\"https://git.example/caf\u{E9}\"], ref: [\"**\"]}")
        expectAdmit(try evaluate(rule, [attestation { $0.sourceRepository = "https://git.example/caf\u{E9}" }]))
        expectReject(
            try evaluate(rule, [attestation { $0.sourceRepository = "https://git.example/cafe\u{301}" }]),
            "provenance.source-repository-differs")
    }

    @Test func rejectsOtherBuildType() throws {
        let rule = PolicyText.provenance(more: ", buildType: [\"https://mobyproject.org/*\"]")
        expectAdmit(try evaluate(rule, [attestation()]))
        expectReject(
            try evaluate(rule, [attestation { $0.buildType = "https://example.org/x" }]),
            "provenance.build-type-differs")
    }

    @Test func rejectsOtherEntryPoint() throws {
        let rule = PolicyText.provenance(more: ", entryPoint: [Dockerfile]")
        expectAdmit(try evaluate(rule, [attestation()]))
        expectReject(
            try evaluate(rule, [attestation { $0.entryPoint = "evil/Dockerfile" }]), "provenance.entry-point-differs")
        expectReject(try evaluate(rule, [attestation { $0.entryPoint = nil }]), "provenance.not-stated")
    }

    @Test func everyExternalParameterHasToBeListed() throws {
        let rule = PolicyText.provenance(
            more: ", externalParameters: [{name: \"inputs.*\", values: [\"1.*\"]}, {name: inputs.mode, values: [fast]}]"
        )
        func codes(_ parameters: [(String, String)]) throws -> [String] {
            try evaluate(
                rule,
                [
                    attestation {
                        $0.externalParameters = parameters.map {
                            .init(name: ExactString($0.0), value: ExactString($0.1))
                        }
                    }
                ]
            ).codes
        }
        #expect(try codes([]) == [])
        #expect(try codes([("inputs.version", "1.2"), ("inputs.mode", "fast")]) == [])
        #expect(try codes([("inputs.version", "2.0")]) == ["provenance.external-parameter-value"])
        #expect(try codes([("inputs.version", "1.2"), ("env", "x")]) == ["provenance.external-parameter-unlisted"])
        #expect(
            try codes([("inputs.a", "0"), ("b", "x")]) == [
                "provenance.external-parameter-unlisted", "provenance.external-parameter-value",
            ])
    }

    /// Builders pass on inputs that nobody filled in.
    @Test func emptyExternalParameterIsAllowedByAnyValueOnly() throws {
        for (values, isAllowed) in [("\"**\"", true), ("\"*\"", false), ("\"a*\", \"**\"", true), ("a", false)] {
            let rule = PolicyText.provenance(more: ", externalParameters: [{name: inputs.x, values: [\(values)]}]")
            let evaluation = try evaluate(
                rule, [attestation { $0.externalParameters = [.init(name: "inputs.x", value: "")] }])
            if isAllowed {
                expectAdmit(evaluation)
            } else {
                expectReject(evaluation, "provenance.external-parameter-value")
            }
        }
    }

    // MARK: Time

    private static let fresh = PolicyText.provenance(more: ", newestAge: 1d")

    @Test func comparesTheSignedEndOfBuild() throws {
        expectAdmit(try evaluate(Self.fresh, [attestation(finished: "2026-11-19T09:00:00Z")]))
        expectReject(try evaluate(Self.fresh, [attestation(finished: "2026-11-19T08:59:59Z")]), "provenance.too-old")
        expectAdmit(try evaluate(Self.fresh, [attestation(finished: "2026-11-20T09:00:00Z")]))
        expectReject(
            try evaluate(Self.fresh, [attestation(finished: "2026-11-20T09:00:01Z")]), "evidence.time-in-future")
        expectReject(try evaluate(Self.fresh, [attestation { $0.finishedOn = nil }]), "evidence.no-signed-time")
    }

    /// When a build started says nothing about when it ended.
    @Test func doesNotTakeTheStartForTheEnd() throws {
        expectReject(
            try evaluate(
                Self.fresh,
                [
                    attestation {
                        $0.startedOn = $0.finishedOn
                        $0.finishedOn = nil
                    }
                ]), "evidence.no-signed-time")
    }

    // MARK: Cardinality

    private func good(_ name: String, finished: String = "2026-11-19T10:00:00Z") throws -> AttestationFacts {
        try attestation(name, finished: finished)
    }

    private func bad(_ name: String, finished: String = "2026-11-19T10:00:00Z") throws -> AttestationFacts {
        try attestation(name, finished: finished) { $0.sourceRef = "refs/heads/dev" }
    }

    @Test func anyWantsOne() throws {
        expectAdmit(try evaluate([good("a"), bad("b")]))
        expectReject(try evaluate([bad("a"), bad("b")]), "provenance.source-ref-differs")
    }

    @Test func allWantsOneAndEach() throws {
        let rule = PolicyText.provenance(match: "all")
        expectAdmit(try evaluate(rule, [good("a"), good("b")]))
        expectReject(try evaluate(rule, [good("a"), bad("b")]), "provenance.source-ref-differs")
        expectReject(try evaluate(rule, []), "provenance.no-attestation")
    }

    @Test func exactlyOneWantsOne() throws {
        let rule = PolicyText.provenance(match: "exactly-one")
        expectAdmit(try evaluate(rule, [good("a")]))
        expectReject(try evaluate(rule, [bad("a")]), "provenance.source-ref-differs")
        expectReject(try evaluate(rule, [good("a"), good("b")]), "provenance.not-exactly-one")
        expectReject(try evaluate(rule, [good("a"), bad("b")]), "provenance.not-exactly-one")
        expectReject(try evaluate(rule, []), "provenance.no-attestation")
    }

    /// Anyone can wrap a signed statement anew; that must not make two of one.
    @Test func oneStatementInTwoEnvelopesIsOne() throws {
        var copy = try good("a")
        copy.evidence = .named("copy")
        let evaluation = try evaluate(PolicyText.provenance(match: "exactly-one"), [good("a"), copy])
        expectAdmit(evaluation)
        #expect(evaluation.rules.first?.satisfiedBy == [Digest.named("a"), .named("copy")].sorted())
    }

    @Test func latestIsJudgedAlone() throws {
        let rule = PolicyText.provenance(match: "latest", more: ", newestAge: 7d")
        expectAdmit(try evaluate(rule, [bad("a", finished: "2026-11-18T00:00:00Z"), good("b")]))
        expectReject(
            try evaluate(rule, [good("a", finished: "2026-11-18T00:00:00Z"), bad("b")]),
            "provenance.source-ref-differs")
        expectReject(try evaluate(rule, [good("a", finished: "2026-11-01T00:00:00Z")]), "provenance.too-old")
        expectReject(try evaluate(rule, []), "provenance.no-attestation")
    }

    @Test func allThatTieForLatestHaveToMatch() throws {
        let rule = PolicyText.provenance(match: "latest", more: ", newestAge: 7d")
        expectAdmit(try evaluate(rule, [good("a"), good("b")]))
        expectReject(try evaluate(rule, [good("a"), bad("b")]), "provenance.source-ref-differs")
    }

    @Test func latestWantsATimeOfEach() throws {
        let rule = PolicyText.provenance(match: "latest", more: ", newestAge: 7d")
        expectReject(
            try evaluate(rule, [good("a"), attestation("b") { $0.finishedOn = nil }]), "evidence.no-signed-time")
        expectReject(
            try evaluate(rule, [good("a"), good("b", finished: "2026-11-20T09:00:01Z")]), "evidence.time-in-future")
    }

    @Test(arguments: ["any", "all", "exactly-one", "latest"]) func junkOfOthersNeitherHelpsNorHarms(_ match: String)
        throws
    {
        let rule = PolicyText.provenance(match: match, more: ", newestAge: 7d")
        let junk = try [
            attestation("j1", by: ["other"]) { $0.sourceRef = "refs/heads/evil" },
            attestation("j2", by: ["other"]) { $0.finishedOn = nil },
            attestation("j3", by: ["corporate"], finished: "2026-11-20T08:00:00Z"),
            attestation("j4", by: []),
        ]
        expectAdmit(try evaluate(rule, junk + [good("a")]))
        expectReject(try evaluate(rule, junk), "provenance.no-allowed-signer")
    }

    @Test func countsDistinctKeys() throws {
        let rule = PolicyText.provenance(by: "{atLeast: 2, of: [pipeline, second]}")
        expectReject(try evaluate(rule, [good("a"), good("b")]), "provenance.too-few-signers")
        expectAdmit(try evaluate(rule, [attestation(by: ["pipeline", "fourth"])]))
        expectAdmit(try evaluate(rule, [attestation("a"), attestation("b", by: ["fourth"])]))
        // The second one's statement does not match, so it is not counted.
        expectReject(
            try evaluate(
                rule, [attestation("a"), attestation("b", by: ["fourth"]) { $0.sourceRef = "refs/heads/dev" }]),
            "provenance.too-few-signers")
    }

    // MARK: The closest miss

    @Test func namesTheClosestMiss() throws {
        let evaluation = try evaluate([
            attestation("a") {
                $0.builder = "https://evil.example/x"
                $0.sourceRef = "refs/heads/dev"
            }, attestation("b") { $0.sourceRef = "refs/heads/dev" },
        ])
        expectReject(evaluation, "provenance.source-ref-differs")
        #expect(
            evaluation.findings.first?.message
                == "matched signer, builder, source repository and external parameters; source ref was "
                + "`refs/heads/dev`, expected `refs/heads/main`, `refs/tags/v*` (closest of 2 statements)")
        #expect(evaluation.findings.first?.evidence == Digest.named("b").description)
    }

    @Test func namesEveryConditionOfTheClosestMiss() throws {
        let evaluation = try evaluate([
            attestation {
                $0.builder = "https://evil.example/x"
                $0.sourceRef = nil
            }
        ])
        expectReject(evaluation, "provenance.builder-differs", "provenance.not-stated")
    }

    @Test func saysWhatIsUnderTheIndexSignatureOnly() throws {
        var unsigned = try good("a")
        unsigned.underIndexSignature = true
        let evaluation = try evaluate([unsigned])
        expectAdmit(evaluation)
        #expect(evaluation.rules.first?.summary == "provenance by `pipeline`, under the signature of the index")
    }

    @Test func quotesHostileText() throws {
        let evaluation = try evaluate([attestation { $0.sourceRef = "refs/heads/x\u{1B}[2J\u{202E}\n" }])
        #expect(evaluation.findings.first?.found == "`refs/heads/x\\u{1b}[2J\\u{202e}\\u{a}`")
    }
}

import Content
import Findings
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// How texts of certificates are compared, and how signers by certificates are counted, denied and reported.
@Suite struct CertificatePatternTests {
    private static func repository(_ pattern: String, accepts found: String) throws -> Bool {
        try CertificateScene("{github: {repository: \(pattern)}}").accepts(
            Holders.workload([
                .sourceRepositoryURI: ExactString("https://github.com/\(found)"),
                .githubWorkflowRepository: ExactString(found),
            ]))
    }

    @Test func globsCoverTheWholeField() throws {
        #expect(try Self.repository("\"example/*\"", accepts: "example/ledger"))
        for other in ["example/ledger/x", "example", "xexample/ledger", "example2/ledger", "x/example/ledger"] {
            #expect(try !Self.repository("\"example/*\"", accepts: other))
        }
    }

    @Test func aDotIsADot() throws {
        #expect(try Self.repository("example/ledger.go", accepts: "example/ledger.go"))
        #expect(try !Self.repository("example/ledger.go", accepts: "example/ledgerxgo"))
    }

    /// The classic: an expression that is looked for somewhere in the text.
    @Test func aRegularExpressionIsAnchoredAtBothEnds() throws {
        let regex = "{insecureRegex: \"example/(ledger|books)\"}"
        #expect(try Self.repository(regex, accepts: "example/books"))
        for other in ["evil/example/books", "example/books-evil", "example/books\\nx", "xexample/ledger"] {
            #expect(try !Self.repository(regex, accepts: other))
        }
    }

    @Test(arguments: ["\"^example/.*\"", "\"example/(a|b)\"", "\"example/[a-z]\"", "\"example\\\\/x\""])
    func aRegularExpressionIsNoGlob(_ pattern: String) {
        #expect(throws: PolicyLoadFailure.self) { try CertificateScene("{github: {repository: \(pattern)}}") }
    }

    @Test(arguments: ["example/**", "*", "^example/x$", "example/(?i)x"])
    func aGlobIsNoRegularExpression(_ pattern: String) {
        #expect(throws: PolicyLoadFailure.self) {
            try CertificateScene("{github: {repository: {insecureRegex: \"\(pattern)\"}}}")
        }
    }

    /// Canonically equal, and not the same.
    @Test func comparesBytes() throws {
        let composed = "alice@caf\u{E9}.example"
        let decomposed = "alice@cafe\u{301}.example"
        for (pattern, other) in [(composed, decomposed), (decomposed, composed)] {
            let scene = try CertificateScene("{google: {account: \"\(pattern)\"}}")
            #expect(try scene.accepts(Holders.person(ExactString(pattern))))
            #expect(try !scene.accepts(Holders.person(ExactString(other))))
            let issuer = try CertificateScene("{email: {address: a@b.example, issuer: \"https://\(pattern)\"}}")
            #expect(try issuer.accepts(Holders.person("a@b.example", issuer: ExactString("https://\(pattern)"))))
            #expect(try !issuer.accepts(Holders.person("a@b.example", issuer: ExactString("https://\(other)"))))
        }
    }

    @Test(arguments: [
        "https://GitHub.com/example/ledger", "Http://github.com/example/ledger", "http://github.com/example/ledger",
        "https://github.com.evil.example/example/ledger", "https://github.com:443/example/ledger",
        "https://github.com//example/ledger", "github.com/example/ledger", "https://github.com/", "https://github.com",
    ])
    func theServerIsComparedAsItIsWritten(_ address: String) throws {
        let scene = try CertificateScene("{github: {repository: example/ledger}}")
        #expect(
            try !scene.accepts(
                Holders.workload([.sourceRepositoryURI: ExactString(address), .githubWorkflowRepository: nil])))
    }

    // MARK: Thresholds

    private func judge(_ signers: String, atLeast: Int, _ holders: [CertificateHolder]) throws -> PolicyEvaluation {
        var text = PolicyText()
        text.signers = signers.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        text.require =
            "- {id: signed, on: image, signature: {by: {atLeast: \(atLeast), of: [one, two]}}}"
        return PolicyEvaluator.evaluate([try text.load()], try Facts.signed(by: holders))
    }

    private static let nested = """
        one: {github: {owner: example}}
        two: {github: {repository: example/ledger}}
        """

    @Test func oneIdentityIsOneSignerHoweverManyPatternsItFits() throws {
        #expect(try judge(Self.nested, atLeast: 1, [Holders.workload()]).verdict == .admit)
        expectReject(try judge(Self.nested, atLeast: 2, [Holders.workload()]), "signature.too-few-signers")
    }

    @Test func aWorkflowThatRunsTwiceIsNoSecondSigner() throws {
        let again = Holders.workload([.runInvocationURI: "https://github.com/example/ledger/actions/runs/8/attempts/1"])
        expectReject(try judge(Self.nested, atLeast: 2, [Holders.workload(), again]), "signature.too-few-signers")
    }

    /// No reader makes such a pattern; nothing empty passes all the same.
    @Test func aPatternThatAsksForNothingIsNobodys() {
        let empty = CertificatePattern(
            kind: .github, trust: .trustedRoot(named: nil, issuer: Holders.github),
            forge: Forge(.github, server: "https://github.com"),
            conditions: [])
        #expect(!empty.matches(Holders.workload()))
        #expect(empty.denies(Holders.workload()))
    }

    /// One certificate, proven under two roots, for two signers each of whom is bound to one of them.
    @Test func aCertificateThatTwoRootsProveIsOneSigner() throws {
        let bound = """
            one: {github: {repository: example/ledger, trustedRoot: first}}
            two: {github: {repository: example/*, trustedRoot: second}}
            """
        let holders = (["first", "second"] as [ExactString]).map { Holders.workload(root: $0) }
        #expect(try judge(bound, atLeast: 1, holders).verdict == .admit)
        expectReject(try judge(bound, atLeast: 2, holders), "signature.too-few-signers")
    }

    @Test func twoSignersAreTwo() throws {
        let signers = """
            one: {github: {repository: example/ledger}}
            two: {google: {account: alice@example.com}}
            """
        let alice = Holders.person("alice@example.com")
        #expect(try judge(signers, atLeast: 2, [Holders.workload(), alice]).verdict == .admit)
        expectReject(
            try judge(signers, atLeast: 2, [Holders.workload(), Holders.workload()]), "signature.too-few-signers")
    }

    @Test func aThresholdThatOnePatternWouldHaveToMeetTwiceIsRefused() {
        let twice = """
            one: {github: {repository: example/ledger}}
            two: {github: {repository: example/ledger}}
            """
        #expect(throws: PolicyLoadFailure.self) { try judge(twice, atLeast: 2, []) }
        #expect(throws: Never.self) { try judge(twice, atLeast: 1, []) }
        #expect(throws: Never.self) { try judge(Self.nested, atLeast: 2, []) }
    }

    // MARK: Denials

    private func decide(
        _ signer: String, guardrail: String, _ holder: CertificateHolder, require: String? = nil
    ) throws -> PolicyEvaluation {
        var text = PolicyText()
        text.signers = "    ci: \(signer)"
        text.require = require ?? "- {id: signed, on: image, signature: {by: {atLeast: 1, of: [ci]}}}"
        return try Organisation.load([text.text], guardrails: [guardrailText(guardrail)])
            .decide(try Facts.signed(by: [holder]))
    }

    private static func denying(_ signer: String) -> String {
        """
        signers:
          bad: \(signer)
        deny: [{id: bad-signer, signer: {of: [bad]}}]
        """
    }

    /// By whichever words a team trusts the holder.
    @Test func aDenialBeatsEverySigner() throws {
        let denial = Self.denying("{github: {repository: example/ledger}}")
        for signer in [
            "{github: {repository: example/ledger}}", "{github: {owner: example}}",
            "{uri: {uri: \"https://github.com/example/**\", issuer: \"\(Holders.github)\"}}",
        ] {
            let evaluation = try decide(signer, guardrail: denial, Holders.workload())
            #expect(evaluation.verdict == .reject)
            #expect(evaluation.codes == ["policy.denied-signer", "signature.no-allowed-signer"])
        }
        #expect(
            try decide(
                "{github: {owner: example}}", guardrail: Self.denying("{github: {repository: example/other}}"),
                Holders.workload()
            ).verdict == .admit)
    }

    /// What would keep a certificate from being trusted does not keep it from being denied.
    @Test func noContradictionEscapesADenial() throws {
        let denial = Self.denying("{github: {repository: example/ledger}}")
        let signer = "{uri: {uri: \"https://github.com/example/**\", issuer: \"\(Holders.github)\"}}"
        for holder in [
            Holders.workload([.githubWorkflowRepository: "example/other"]),
            Holders.workload([.sourceRepositoryURI: "https://github.com/example/other"]),
            Holders.workload(uri: "https://github.com/example/pipelines/.github/workflows/x.yml@refs/heads/x"),
        ] {
            #expect(try decide(signer, guardrail: denial, holder).codes.contains("policy.denied-signer"))
        }
    }

    /// The denial names the same authority with another use, another time, or beside others.
    @Test(arguments: [
        "{x509: {roots: [roots/corporate.pem], usage: client-auth, validAt: signing, dns: ci.example}}",
        "{x509: {roots: [roots/other.pem, roots/corporate.pem], usage: code-signing, validAt: now, dns: ci.example}}",
        "{x509: {roots: [roots/corporate.pem], usage: code-signing, validAt: now, dns: \"*.example\"}}",
    ])
    func aDenialIsOfTheAuthorityHoweverItIsUsed(_ denied: String) throws {
        let signer = "{x509: {roots: [roots/corporate.pem], usage: code-signing, validAt: now, dns: ci.example}}"
        let holder = Holders.own(try CertificateScene(signer).authorities, CertificateName(.dns, "ci.example"))
        #expect(
            try decide(signer, guardrail: Self.denying(denied), holder).codes.contains("policy.denied-signer"))
        let elsewhere = denied.replacing("roots/corporate.pem", with: "roots/ending.pem")
        #expect(try decide(signer, guardrail: Self.denying(elsewhere), holder).verdict == .admit)
    }

    @Test func aDenialBindsToTheRootThatItNames() throws {
        let denial = Self.denying("{github: {repository: example/ledger, trustedRoot: own}}")
        let signer = "{github: {repository: example/ledger}}"
        #expect(try decide(signer, guardrail: denial, Holders.workload()).verdict == .admit)
        #expect(try decide(signer, guardrail: denial, Holders.workload(root: "own")).verdict == .reject)
    }

    // MARK: insecureRegex

    private static let regex = "{github: {repository: {insecureRegex: \"example/ledger\"}}}"

    @Test func aRegularExpressionStandsInEveryRecordAndNeedsAPermit() throws {
        let permitted = try decide(Self.regex, guardrail: "insecure: {permit: [insecureRegex]}", Holders.workload())
        #expect(permitted.verdict == .admit)
        #expect(permitted.insecure.map(\.description) == ["insecureRegex in payments/finance#signed"])
        for cap in ["insecure: {permit: none}", "withoutPolicy: {stage: enforce}"] {
            #expect {
                try decide(Self.regex, guardrail: cap, Holders.workload())
            } throws: { error in
                (error as? PolicyLoadFailure)?.errors.map(\.code) == [.policyFileInsecureNotPermitted]
            }
        }
        let plain = try decide(
            "{github: {repository: example/ledger}}", guardrail: "insecure: {permit: none}", Holders.workload())
        #expect(plain.insecure.isEmpty)
        #expect(plain.verdict == .admit)
    }

    @Test func aDenialByRegularExpressionIsShownToo() throws {
        let evaluation = try decide(
            "{github: {repository: example/ledger}}",
            guardrail: Self.denying(Self.regex) + "\ninsecure: {permit: [insecureRegex]}", Holders.workload())
        #expect(evaluation.insecure.map(\.description) == ["insecureRegex in guardrails/organisation#bad-signer"])
        #expect(evaluation.codes.contains("policy.denied-signer"))
    }

    // MARK: What is almost the signer's

    private static let strict = """
        {github: {repository: example/ledger, workflow: example/pipelines/.github/workflows/build.yml, \
        workflowRef: "refs/tags/v*", runner: github-hosted}}
        """

    @Test func saysWhichFieldOfASignatureDiffers() throws {
        let address = ExactString(Holders.workflow.replacing("refs/tags/v2.1", with: "refs/heads/dev"))
        let evaluation = try CertificateScene(Self.strict).judge(Holders.workload([.buildSignerURI: address]))
        expectReject(evaluation, "signer.identity-differs")
        let finding = try #require(evaluation.findings.first)
        #expect(
            finding.message
                == "signed by a certificate that would be `ci`'s, but its `workflowRef` is `refs/heads/dev`, "
                + "expected `refs/tags/v*`")
        #expect(finding.expected == "`refs/tags/v*`")
        #expect(finding.found == "`refs/heads/dev`")
        #expect(finding.mend.contains("let `workflowRef` of the signer `ci` be `refs/heads/dev` too"))
        #expect(finding.evidence == Digest.named("signature 0").description)
    }

    @Test func saysWhichFieldOfProvenanceDiffers() throws {
        var text = PolicyText()
        text.signers = "    pipeline: \(Self.strict)"
        text.require = PolicyText.provenance()
        let document = try Facts.admitted { document in
            document.signatures = []
            document.attestations[0].signers = [.certificate(Holders.workload([.runnerEnvironment: "self-hosted"]))]
        }
        let evaluation = PolicyEvaluator.evaluate([try text.load()], document)
        expectReject(evaluation, "signer.identity-differs")
        #expect(evaluation.findings.first?.message.contains("its `runner` is `self-hosted`") == true)
        let silent = try Facts.admitted { document in
            document.attestations[0].signers = [.certificate(Holders.workload([.runnerEnvironment: nil]))]
        }
        #expect(
            PolicyEvaluator.evaluate([try text.load()], silent).findings.first?.message
                == "signed by a certificate that would be `pipeline`'s, but it does not say its `runner`, "
                + "expected `github-hosted`")
    }

    @Test func saysWhichIssuerOrRootWasExpected() throws {
        let issuer = try CertificateScene("{github: {repository: example/ledger, enterprise: corp}}")
            .judge(Holders.workload())
        #expect(issuer.codes == ["signer.identity-differs"])
        #expect(issuer.findings.first?.expected == "`\(Holders.github)/corp`")
        #expect(issuer.findings.first?.found == "`\(Holders.github)`")
        let root = try CertificateScene("{github: {repository: example/ledger, trustedRoot: own}}")
            .judge(Holders.workload())
        #expect(root.codes == ["signer.identity-differs"])
        #expect(root.findings.first?.message.contains("its `trustedRoot` is `public-good`, expected `own`") == true)
    }

    /// Somebody else's certificate is nobody's, and of it nothing is said that looks like advice.
    @Test func strangersAreNotAlmostAnybody() throws {
        let scene = try CertificateScene(Self.strict)
        for stranger in [
            Holders.workload([
                .sourceRepositoryURI: "https://github.com/evil/ledger", .githubWorkflowRepository: "evil/ledger",
                .buildSignerURI: "https://github.com/evil/ledger/.github/workflows/build.yml@refs/tags/v2.1",
            ]), Holders.person("alice@example.com"), Holders.pipeline(),
        ] {
            expectReject(try scene.judge(stranger), "signature.no-allowed-signer")
        }
        // One field only, and it is who signed.
        expectReject(
            try CertificateScene("{google: {account: alice@example.com}}").judge(Holders.person("bob@example.com")),
            "signature.no-allowed-signer")
    }

    /// What almost counts neither helps nor harms beside what does.
    @Test func whatAlmostCountsChangesNoVerdict() throws {
        let scene = try CertificateScene(Self.strict)
        let almost = Holders.workload([.runnerEnvironment: "self-hosted"])
        expectAdmit(try scene.judge(Holders.workload(), almost))
        expectAdmit(try scene.judge(almost, Holders.workload()))
        #expect(try scene.judge(almost, almost).findings.count == 1)
    }

    @Test func aDeniedCertificateIsNotAlmostAnybodys() throws {
        let evaluation = try decide(
            Self.strict, guardrail: Self.denying("{github: {repository: example/ledger}}"),
            Holders.workload([.runnerEnvironment: "self-hosted"]))
        #expect(evaluation.codes == ["signature.no-allowed-signer"])
    }

    @Test func theExplanationSaysItOfEachSignature() throws {
        var text = PolicyText()
        text.signers = "    ci: \(Self.strict)"
        text.require = "- {id: signed, on: image, signature: {by: {atLeast: 1, of: [ci]}}}"
        let document = try Facts.signed(by: [
            Holders.person("alice@example.com"), Holders.workload([.runnerEnvironment: "self-hosted"]),
        ])
        let matching = try Policies.load(text.text).matching(
            namespace: document.request.namespace, reference: document.request.reference)
        let rule = try #require(PolicyEvaluator.explain(matching, document).first)
        #expect(rule.closest?.evidence == [.named("signature 1")])
        #expect(
            rule.closest?.misses.map(\.message) == [
                "`runner` of signer `ci` was `self-hosted`, expected `github-hosted`"
            ])
        #expect(rule.closest?.misses.map(\.code) == [.signerIdentityDiffers])
    }

    // MARK: Before verification

    /// What a certificate says of itself decides only whether it is worth verifying.
    @Test func concernsWhatFitsOrMissesOneField() throws {
        let pattern = try CertificateScene(Self.strict).pattern
        #expect(pattern.couldConcern(fulcio: Holders.workload(root: ""), own: []))
        #expect(pattern.couldConcern(fulcio: Holders.workload([.runnerEnvironment: nil], root: ""), own: []))
        #expect(!pattern.couldConcern(fulcio: Holders.person("alice@example.com", root: ""), own: []))
        #expect(!pattern.couldConcern(fulcio: nil, own: [CertificateName(.uri, ExactString(Holders.workflow))]))
        let bound = try CertificateScene("{github: {repository: example/ledger, trustedRoot: own}}").pattern
        #expect(bound.couldConcern(fulcio: Holders.workload(root: ""), own: []))
        let own = try CertificateScene(CertificateSignerTests.spiffe).pattern
        #expect(own.couldConcern(fulcio: nil, own: [CertificateName(.uri, "spiffe://example.org/ci/x")]))
        #expect(!own.couldConcern(fulcio: nil, own: [CertificateName(.uri, "spiffe://example.org/db")]))
        #expect(!own.couldConcern(fulcio: nil, own: []))
    }
}

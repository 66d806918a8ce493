import Content
import Findings
import OCI
import StrictEncoding
import Testing

@testable import AdmissionPolicy

/// Which cases count for which rule (docs/policy.md, "Coverage").
@Suite struct CoverageTests {
    /// Two rules of one kind, a third of another, and a denial.
    private static let policy: PolicyText = {
        var text = PolicyText()
        text.require = """
            - {id: signed, on: image, signature: {by: {atLeast: 1, of: [corporate]}}}
            - {id: seconded, on: image, signature: {by: {atLeast: 1, of: [second]}}}
            - {id: labelled, on: image, image: {labels: {team: {in: [payments]}}}}
            """
        text.deny = "- {id: no-latest, on: image, image: {tag: {in: [latest]}}}"
        return text
    }()

    private static func test(_ cases: String...) throws -> PolicyTestDocument {
        let text = """
            apiVersion: landwaiter.dev/v1
            kind: PolicyTest
            metadata: {name: t}
            spec:
              policies: [policy.yaml]
              cases:
            \(cases.enumerated().map {
                "    - {name: case \($0 + 1), evidence: e.json, at: \"\(Facts.now)\", expect: \($1)}"
            }.joined(separator: "\n"))

            """
        let file = PolicyFile(path: "tests.yaml", bytes: Array(text.utf8))
        return try #require(try PolicyTestDocument.load([file]).first)
    }

    /// A report on one case, decided on this evidence.
    private static func report(
        _ expectation: String, signers: [[String]], tag: String = "v1", labels: [String: String] = ["team": "payments"]
    ) throws -> PolicyTestReport {
        let policies = try Policies.load(policy.text)
        var document = try Facts.admitted()
        document.request.namespace = "finance"
        document.request.reference = try .init(parsing: "registry.example/finance/ledger:\(tag)")
        document.signatures = try signers.enumerated().map { try Facts.signature("s\($0)", by: $1) }
        document.image.platforms = try document.image.platforms.map { platform in
            var platform = platform
            platform.configuration = .success(try Facts.configuration(labels: labels))
            return platform
        }
        let test = try test(expectation)
        var report = PolicyTestReport(
            PolicyOutline.read(PolicyFile(path: "policy.yaml", bytes: Array(policy.text.utf8))))
        let evaluation = PolicyEvaluator.evaluate(policies.policies, document)
        report.add(
            test.cases[0], of: test, policies, verdict: evaluation.verdict, findings: evaluation.findings,
            results: evaluation.policies)
        return report
    }

    private static func passing(_ report: PolicyTestReport) -> [String] {
        report.coverage.rules.filter { !$0.passing.isEmpty }.map(\.id)
    }

    private static func failing(_ report: PolicyTestReport) -> [String] {
        report.coverage.rules.filter { !$0.failing.isEmpty }.map(\.id)
    }

    private static let both = [["corporate"], ["fourth"]]

    @Test func everyRuleOfAnAdmittedImageHasAPassingCase() throws {
        let report = try Self.report("{verdict: admit}", signers: Self.both)
        #expect(report.failed == 0)
        #expect(Self.passing(report) == ["signed", "seconded", "labelled", "no-latest"])
        #expect(Self.failing(report) == [])
        #expect(report.coverage.covered == 0 && report.coverage.percent == 0 && !report.coverage.isComplete)
    }

    @Test func aRuleFailsForTheReasonThatIsExpected() throws {
        let report = try Self.report(
            "{verdict: reject, reasons: [image-rule.label-missing]}", signers: Self.both, labels: [:])
        #expect(Self.failing(report) == ["labelled"])
        #expect(Self.passing(report) == [], "what holds in a rejected image was not asked about")
    }

    /// Without the rule the case would come out the same.
    @Test func whatFailsBesideWhatIsExpectedDoesNotCount() throws {
        let report = try Self.report(
            "{verdict: reject, reasons: [image-rule.label-missing]}", signers: [], labels: [:])
        #expect(report.failed == 0)
        #expect(Self.failing(report) == ["labelled"])
        let signed = try #require(report.coverage.rules.first { $0.id == "signed" })
        #expect(signed.uncounted == ["t: case 1: it expects none of the rule's reasons"])
    }

    @Test func aReasonThatTwoRulesHaveCountsForNeither() throws {
        let report = try Self.report("{verdict: reject, reasons: [signature.none]}", signers: [])
        #expect(report.failed == 0)
        #expect(Self.failing(report) == [])
        let signed = try #require(report.coverage.rules.first { $0.id == "signed" })
        #expect(
            signed.uncounted
                == ["t: case 1: `seconded` fails for `signature.none` too; name the rule in `expect.rules`"])
    }

    @Test(arguments: ["signed", "finance#signed", "payments/finance#signed"])
    func aRuleThatIsNamedCounts(_ name: String) throws {
        let report = try Self.report(
            "{verdict: reject, reasons: [signature.none], rules: [\"\(name)\"]}", signers: [])
        #expect(report.failed == 0)
        #expect(Self.failing(report) == ["signed"])
    }

    @Test func anExpectedRuleThatHoldsFailsTheCase() throws {
        let report = try Self.report(
            "{verdict: reject, reasons: [image-rule.label-missing], rules: [signed]}", signers: Self.both, labels: [:])
        #expect(report.outcomes.map(\.differences) == [["expected rule `signed` not to hold, but it does"]])
        #expect(Self.failing(report) == [], "a case that fails counts for nothing")
        let unknown = try Self.report(
            "{verdict: reject, reasons: [image-rule.label-missing], rules: [other]}", signers: Self.both, labels: [:])
        #expect(
            unknown.outcomes.map(\.differences) == [["expected rule `other` not to hold, but it was not judged"]])
    }

    @Test func withoutAReasonNothingIsShownToFail() throws {
        let report = try Self.report("{verdict: reject}", signers: Self.both, labels: [:])
        #expect(report.failed == 0)
        #expect(Self.failing(report) == [])
    }

    @Test func aCaseThatDoesNotComeOutCountsForNothing() throws {
        let report = try Self.report("{verdict: admit}", signers: Self.both, labels: [:])
        #expect(report.failed == 1)
        #expect(Self.passing(report) == [] && Self.failing(report) == [])
        let other = try Self.report("{verdict: reject, reasons: [signature.none]}", signers: Self.both, labels: [:])
        #expect(other.outcomes.map(\.differences) == [["expected reason `signature.none`, not found"]])
        #expect(Self.failing(other) == [])
    }

    @Test func aDenialFailsWhereItDenies() throws {
        let report = try Self.report("{verdict: reject, reasons: [policy.denied]}", signers: Self.both, tag: "latest")
        #expect(Self.failing(report) == ["no-latest"])
    }

    /// Rules of guardrails are covered as those of policies are, and a rule that is waived has no passing case.
    @Test func guardrailsAreCovered() throws {
        let guardrail = guardrailText(
            "deny: [{id: d, on: image, image: {tag: {in: [latest]}}}]\n" + Organisation.exceptions)
        let finance = Organisation.finance(PolicyText.signature + "\n" + Organisation.tagged)
        let policies = try Organisation.load([finance], guardrails: [guardrail], exceptions: [ExceptionText().text])
        func files(_ texts: String...) -> [PolicyOutline] {
            texts.enumerated().flatMap { PolicyOutline.read(PolicyFile(path: "f\($0).yaml", bytes: Array($1.utf8))) }
        }
        var report = PolicyTestReport(files(finance) + files(guardrail))
        let test = try Self.test("{verdict: admit}", "{verdict: reject, reasons: [policy.denied]}")
        for (item, tag) in zip(test.cases, ["v1", "latest"]) {
            let document = try Facts.admitted {
                $0.request.reference = try ImageReference(parsing: "registry.example/finance/ledger:\(tag)")
            }
            let evaluation = policies.decide(document)
            report.add(
                item, of: test, policies, verdict: evaluation.verdict, findings: evaluation.findings,
                results: evaluation.guardrails + evaluation.policies)
        }
        #expect(report.outcomes.map(\.differences) == [[], []])
        #expect(report.coverage.rules.map(\.id).sorted() == ["d", "signed", "tagged"])
        #expect(report.coverage.rules.filter(\.isCovered).map(\.id) == ["d"])
        #expect(Self.passing(report).sorted() == ["d", "signed"], "`tagged` is waived")
    }

    @Test func rulesWithoutATestAreListed() throws {
        let report = PolicyTestReport(
            PolicyOutline.read(
                PolicyFile(path: "a/./policy.yaml", bytes: Array(Self.policy.text.utf8)), directory: "b/.."))
        #expect(report.coverage.rules.map(\.id) == ["signed", "seconded", "labelled", "no-latest"])
        #expect(report.coverage.rules.allSatisfy { $0.file == "a/policy.yaml" && $0.place.line > 0 })
        #expect(report.coverage.rules.map(\.kind) == [.require, .require, .require, .deny])
        #expect(!report.coverage.isComplete)
    }

    @Test func alternativesAreRulesOfTheirOwn() {
        let text = """
            apiVersion: landwaiter.dev/v1
            kind: Guardrail
            metadata: {name: g}
            spec:
              require:
                - id: either
                  on: image
                  anyOf:
                    - {id: one, signature: {}}
                    - {id: two, signature: {}}

            """
        let outlines = PolicyOutline.read(PolicyFile(path: "g.yaml", bytes: Array(text.utf8)))
        #expect(PolicyCoverage(outlines).rules.map(\.id) == ["either", "either/one", "either/two"])
        #expect(PolicyCoverage(outlines + outlines).rules.count == 3, "a file that is given twice counts once")
    }

    @Test(arguments: [
        ("a/b", "a/b"), ("./a//b/", "a/b"), ("a/../b", "b"), ("../a", "../a"), ("a/../../b", "../b"),
        ("/a/../../b", "/b"),
        (".", "."), ("a/..", "."), ("/", "/"),
    ])
    func pathsAreNormalised(_ path: String, _ normal: String) {
        #expect(PathText.normalised(path) == normal)
    }

    @Test func theReportIsValidByItsSchema() throws {
        let schema = try DocumentationTests.schema("policy-test-report.schema.json")
        for report in [
            try Self.report("{verdict: admit}", signers: Self.both),
            try Self.report("{verdict: reject, reasons: [signature.none]}", signers: []),
            try Self.report("{verdict: admit}", signers: []),
        ] {
            #expect(try schema.problems(report.json(coverage: true)) == [])
            #expect(try schema.problems(report.json(coverage: false)) == [])
            #expect(report.json(coverage: false)["coverage"] == nil)
        }
    }
}

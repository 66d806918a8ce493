import AdmissionPolicy
import ArgumentParser
import Findings
import Reports
import StrictEncoding

struct PolicyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the tests of policies: images or evidence, and what the policies have to say of them.",
        discussion: """
            A test is a YAML document of `kind: PolicyTest`; docs/policy.md shows one. Nothing needs a registry. Exits 0 \
            if every case came out as expected, 1 if one did not, 65 if a file is wrong or there is no test.

            With `--coverage` it says which rules of the policies under these paths have a case that shows them to hold, \
            and one that fails for them as it expects; `--require-coverage` exits 1 unless every rule has both.

            EXAMPLES
              landwaiter policy test policies/
              landwaiter policy test policies/finance/tests.yaml --coverage
              landwaiter policy test policies/ --require-coverage --output json
            """)

    @Argument(help: "Files with tests, or directories of them.", completion: .file())
    var paths: [String]

    @OptionGroup var guardrailOptions: GuardrailOptions

    @Flag(name: .shortAndLong, help: "Say only what fails.")
    var quiet = false

    @Flag(help: "Say which rules have a passing and a failing case.")
    var coverage = false

    @Flag(help: "The same, and exit 1 unless every rule has both.")
    var requireCoverage = false

    @Option(help: "How the answer is written.")
    var output: VerifyCommand.OutputFormat = .text

    func run() async throws {
        try await running {
            let tests = try PolicyFiles.tests(paths)
            guard tests.contains(where: { !$0.document.cases.isEmpty }) else {
                throw CommandFailure.badData(
                    "there is no test in \(paths.map { Finding.quoted($0) }.joined(separator: ", "))")
            }
            var outlines = try PolicyFiles.outlines(paths + guardrailOptions.guardrails)
            for test in tests { outlines += try PolicyFiles.outlines(test.testedPaths) }
            var report = PolicyTestReport(outlines)
            for test in tests {
                let policies = try PolicyFiles.load(test, guardrails: guardrailOptions.guardrails)
                for item in test.document.cases {
                    let decision = try await PolicyTestCase(
                        item: item, directory: test.directory, policies: policies
                    ).decide()
                    let outcome = report.add(
                        item, of: test.document, policies, verdict: decision.verdict, findings: decision.findings,
                        results: decision.results)
                    if output == .text { write(outcome) }
                }
            }
            switch output {
            case .text:
                if coverage || requireCoverage { Terminal.write("\n" + CoverageText.text(report.coverage)) }
                Terminal.write("\(report.passed) passed, \(report.failed) failed\n")
            case .json: Terminal.write(report.json(coverage: coverage || requireCoverage).prettyBytes())
            }
            guard report.failed == 0, !requireCoverage || report.coverage.isComplete else { throw ExitStatus.reject }
        }
    }

    private func write(_ outcome: PolicyTestReport.Outcome) {
        if outcome.passed && quiet { return }
        Terminal.write("\(outcome.passed ? "ok  " : "FAIL") \(outcome.test): \(Finding.escaped(outcome.name))\n")
        guard !outcome.passed else { return }
        for line in outcome.differences { Terminal.write("       \(line)\n") }
        for finding in outcome.findings {
            Terminal.write("       found \(finding.code)  \(Finding.escaped(finding.message))\n")
        }
        Terminal.write("       at \(outcome.place)\n")
    }
}

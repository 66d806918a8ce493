import AdmissionPolicy
import ArgumentParser
import Content
import Findings
import StrictEncoding

struct PolicyCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads policies, says everything that is wrong with them, and warns about what looks wrong.",
        discussion: """
            What is wrong with a file exits 65. Warnings (docs/policy.md, "Lint") don't change the exit status, unless \
            `--strict` makes errors of them: then they exit 65 as well. Each has a code that `landwaiter explain` explains.

            EXAMPLES
              landwaiter policy check policies/
              landwaiter policy check payments=policies/payments --guardrails policies/guardrails --strict
              landwaiter policy check policies/ --at 2026-12-24T00:00:00Z --output json
            """)

    @Argument(
        help: ArgumentHelp("Policy files or directories of them.", valueName: "[SOURCE=]PATH"), completion: .file())
    var paths: [String] = []

    @OptionGroup var guardrails: GuardrailOptions

    @Flag(help: "Exit 65 if there is a warning.")
    var strict = false

    @Option(
        help: ArgumentHelp(
            "Judge the ends of keys and exceptions as of this instant (RFC 3339) instead of now.", valueName: "time"))
    var at: String?

    @Option(help: "How the answer is written.")
    var output: VerifyCommand.OutputFormat = .text

    func validate() throws {
        guard !paths.isEmpty || !guardrails.guardrails.isEmpty else {
            throw ValidationError("Missing expected argument '[SOURCE=]PATH', or --guardrails.")
        }
    }

    func run() async throws {
        try await running {
            let (instant, _) = try Clock.instant(stated: at)
            let sources = try PolicyFiles.sources(paths, guardrails: guardrails.guardrails)
            let policies = try PolicyFiles.load(sources)
            let tested = try PolicyFiles.tests(paths + guardrails.guardrails).flatMap(\.testedPaths)
            let warnings = PolicyLint.findings(sources, policies, tested: tested, at: instant)
            switch output {
            case .text: write(warnings, policies)
            case .json: Terminal.write(LintFinding.json(warnings, policies).prettyBytes())
            }
            if strict, !warnings.isEmpty { throw ExitStatus.badData }
        }
    }

    private func write(_ warnings: [LintFinding], _ policies: PolicySet) {
        for warning in warnings {
            let word = strict ? "error" : "warning"
            Terminal.write("\(warning.place): \(word): \(warning.message)  [\(warning.code)]\n")
            Terminal.write("    mend: \(warning.mend)\n")
        }
        for guardrail in policies.guardrails {
            Terminal.write(
                "\(guardrail.name)  guardrail, \(guardrail.require.count) required, \(guardrail.deny.count) denied\n")
        }
        for policy in policies.policies {
            Terminal.write(
                "\(policy.name)  \(policy.stage.name), \(policy.require.count) required, \(policy.deny.count) denied\n")
        }
        for exception in policies.exceptions {
            Terminal.write("\(exception.name)  exception for \(exception.waives) until \(exception.expires)\n")
        }
        Terminal.write("policy digest \(policies.digest)\n")
        if !warnings.isEmpty {
            Terminal.write("\(warnings.count) \(warnings.count == 1 ? "warning" : "warnings")\n")
        }
    }
}

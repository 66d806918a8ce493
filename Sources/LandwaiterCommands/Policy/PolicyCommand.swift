import AdmissionPolicy
import ArgumentParser

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Checks and tests policies.",
        subcommands: [PolicyCheckCommand.self, PolicyTestCommand.self, PolicyExceptionsCommand.self])
}

struct PolicyCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads policies and says everything that is wrong with them.",
        discussion: """
            EXAMPLES
              landwaiter policy check policies/
              landwaiter policy check payments=policies/payments --guardrails policies/guardrails
            """)

    @Argument(
        help: ArgumentHelp("Policy files or directories of them.", valueName: "[SOURCE=]PATH"), completion: .file())
    var paths: [String] = []

    @OptionGroup var guardrails: GuardrailOptions

    func validate() throws {
        guard !paths.isEmpty || !guardrails.guardrails.isEmpty else {
            throw ValidationError("Missing expected argument '[SOURCE=]PATH', or --guardrails.")
        }
    }

    func run() async throws {
        try await running {
            let policies = try PolicyFiles.load(paths, guardrails: guardrails.guardrails)
            for guardrail in policies.guardrails {
                Terminal.write(
                    "\(guardrail.name)  guardrail, \(guardrail.require.count) required, \(guardrail.deny.count) denied\n"
                )
            }
            for policy in policies.policies {
                Terminal.write(
                    "\(policy.name)  \(policy.stage.name), \(policy.require.count) required, \(policy.deny.count) denied\n"
                )
            }
            for exception in policies.exceptions {
                Terminal.write("\(exception.name)  exception for \(exception.waives) until \(exception.expires)\n")
            }
            Terminal.write("policy digest \(policies.digest)\n")
        }
    }
}

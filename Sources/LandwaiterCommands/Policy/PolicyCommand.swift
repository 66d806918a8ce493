import AdmissionPolicy
import ArgumentParser

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Checks, tests and imports policies.",
        subcommands: [
            PolicyCheckCommand.self, PolicyTestCommand.self, PolicyImportCommand.self, PolicySchemaCommand.self,
            PolicyDiffCommand.self, PolicyInitCommand.self,
        ])
}

struct PolicyCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads policies and says everything that is wrong with them.",
        discussion: """
            EXAMPLES
              landwaiter policy check policies/
              landwaiter policy check payments=policies/payments
            """)

    @Argument(
        help: ArgumentHelp("Policy files or directories of them.", valueName: "[SOURCE=]PATH"), completion: .file())
    var paths: [String]

    func run() async throws {
        try await running {
            let policies = try PolicyFiles.load(paths)
            for policy in policies.policies {
                Terminal.write(
                    "\(policy.name)  \(policy.stage.name), \(policy.require.count) required, \(policy.deny.count) denied\n"
                )
            }
            Terminal.write("policy digest \(policies.digest)\n")
        }
    }
}

import ArgumentParser

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Checks, tests, compares and imports policies.",
        subcommands: [
            PolicyCheckCommand.self, PolicyTestCommand.self, PolicyDiffCommand.self, PolicyInitCommand.self,
            PolicyImportCommand.self, PolicyExceptionsCommand.self, PolicySchemaCommand.self,
        ])
}

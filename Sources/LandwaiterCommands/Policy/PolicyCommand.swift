import ArgumentParser

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Checks, tests and imports policies.",
        subcommands: [
            PolicyCheckCommand.self, PolicyTestCommand.self, PolicyImportCommand.self, PolicySchemaCommand.self,
            PolicyDiffCommand.self, PolicyInitCommand.self,
        ])
}

import ArgumentParser

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Checks and tests policies.",
        subcommands: [PolicyCheckCommand.self, PolicyTestCommand.self, PolicyExceptionsCommand.self])
}

import LandwaiterCommands

/// The program `landwaiter-server`: all commands of `landwaiter`, with those carried out here that need storage and HTTP.
///
/// There is one tree of commands, so help, completions, errors and version of the two programs are the same by
/// construction.
public enum LandwaiterServerCommand {
    /// Runs the command line and leaves with its exit status.
    public static func launch() async {
        await ServerPart.$carryOut.withValue(ServerPart.Carrier(carryOut)) { await LandwaiterCommand.launch() }
    }

    /// Runs a command line given in words; gives the status that ``launch()`` would leave with.
    static func status(of words: [String]) async throws -> Int32 {
        try await ServerPart.$carryOut.withValue(ServerPart.Carrier(carryOut)) {
            try await LandwaiterCommand.status(of: words)
        }
    }

    @Sendable private static func carryOut(_ command: any ServerPartCommand) async throws {
        try await running {
            switch command {
            case let command as ServeCommand: try await command.carryOut()
            case let command as AuditShowCommand: try await command.carryOut()
            case let command as AuditListCommand: try await command.carryOut()
            case let command as AuditExportCommand: try await command.carryOut()
            case let command as AuditImpactCommand: try await command.carryOut()
            case let command as AuditPruneCommand: try await command.carryOut()
            case let command as RolloutStatusCommand: try await command.carryOut()
            default:
                throw CommandFailure(
                    status: ExitStatus.internalError, lines: ["`\(type(of: command))` is carried out by nobody"])
            }
        }
    }
}

import AdmissionServer
public import ArgumentParser
import LandwaiterCommands

/// The commands of the server part.
public struct LandwaiterServerCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(commandName: "landwaiter")
    public init() {}

    /// Runs the command line and leaves with its exit status.
    public static func launch() async { await main() }
}

import Admission
public import ArgumentParser

/// The command `landwaiter`. A library type, so that tests run it in process; the executable only calls it.
public struct LandwaiterCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "landwaiter",
        abstract: "Checks container images against their papers before they come ashore.",
        discussion: """
            Reads an image and the signatures and attestations that came with it, verifies every signature against \
            trusted keys, and judges the result by policies: admit, reject, or undecided, with the reason and what \
            would mend it. A network is used only for images in registries.

            EXAMPLES
              landwaiter verify oci:image:v1 --policy policies/finance --namespace finance --as registry.example/finance/ledger:v1
              landwaiter inspect oci:image:v1
              landwaiter policy test policies/
              landwaiter explain provenance.source-ref-mismatch

            EXIT STATUS
              0 admit, or done    1 reject    2 undecided
              64 wrong usage    65 bad policy, configuration or data    69 a part is missing    70 internal error
            """,
        version: AdmissionRecord.engineVersion,
        subcommands: [
            VerifyCommand.self, PromoteCommand.self, InspectCommand.self, PolicyCommand.self, KeyCommand.self,
            SignCommand.self, AttestCommand.self, BreakGlassCommand.self, TrustCommand.self, RegistryCommand.self,
            SBOMCommand.self, ExplainCommand.self, ServeCommand.self, AuditCommand.self, RolloutCommand.self,
            ContainerdVerifierCommand.self,
        ])

    public init() {}

    /// Runs the command line and leaves with its exit status.
    ///
    /// `verify` is what gates run thousands of times: where its arguments parse, the tree of all commands is not built,
    /// which saves a third of the start. Everything else, help and errors among it, goes the usual way.
    public static func launch() async {
        let words = CommandLine.arguments.dropFirst()
        if ContainerdVerifierCommand.isCalled(by: CommandLine.arguments.first) {
            await ContainerdVerifierCommand.launch(words)
        }
        guard words.first == VerifyCommand.configuration.commandName,
            let command = try? VerifyCommand.parse(Array(words.dropFirst()))
        else { return await main() }
        do {
            try await command.run()
        } catch {
            exit(withError: error)
        }
    }

    /// Runs a command line given in words; gives the status that ``launch()`` would leave with.
    package static func status(of words: [String]) async throws -> Int32 {
        do {
            var command = try parseAsRoot(words)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return exitCode(for: error).rawValue
        }
    }
}

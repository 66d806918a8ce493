import ArgumentParser
import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

@Suite struct HelpTests {
    /// Every command, the groups without work of their own left out.
    static let commands: [any ParsableCommand.Type] = [
        VerifyCommand.self, PromoteCommand.self, InspectCommand.self, PolicyCheckCommand.self, PolicyTestCommand.self,
        PolicyImportCommand.self, PolicySchemaCommand.self, PolicyDiffCommand.self, PolicyInitCommand.self,
        PolicyExceptionsCommand.self, BreakGlassCreateCommand.self, BreakGlassApproveCommand.self,
        BreakGlassShowCommand.self, KeyGenerateCommand.self, KeyShowCommand.self, SignCommand.self, AttestCommand.self,
        TrustInitCommand.self, TrustUpdateCommand.self, TrustShowCommand.self,
        TrustDoctorCommand.self, RegistryDoctorCommand.self, SBOMListCommand.self, SBOMShowCommand.self,
        SBOMDiffCommand.self, SBOMQueryCommand.self, ExplainCommand.self, ServeCommand.self, AuditShowCommand.self,
        AuditListCommand.self, AuditExportCommand.self, AuditImpactCommand.self, AuditPruneCommand.self,
        RolloutStatusCommand.self, ContainerdVerifierCommand.self,
    ]

    @Test func everyCommandHasHelpWithExamples() {
        for command in Self.commands {
            let help = LandwaiterCommand.helpMessage(for: command)
            #expect(help.contains("EXAMPLES"), "\(command)")
            #expect(
                !command.configuration.abstract.isEmpty && command.configuration.abstract.hasSuffix("."), "\(command)")
        }
        let all = LandwaiterCommand.helpMessage()
        for command in Self.commands {
            let name = command.configuration.commandName ?? ""
            #expect(
                all.contains(name)
                    || [
                        "check", "test", "generate", "show", "import", "schema", "diff", "init", "exceptions", "create",
                        "approve", "update", "doctor", "query",
                        "list", "export", "impact", "prune", "status",
                    ].contains(name))
        }
        #expect(all.contains("EXIT STATUS"))
    }

    /// The command's own words come to their end: an example that names an option that is none would not parse.
    @Test func examplesParse() throws {
        for command in Self.commands + [LandwaiterCommand.self] {
            for line in command.configuration.discussion.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                guard words.first == "landwaiter" else { continue }
                // What follows two spaces explains the example.
                let example = line.range(
                    of: "    ", options: [], range: line.index(line.startIndex, offsetBy: 12)..<line.endIndex)
                let text = example.map { line[..<$0.lowerBound] } ?? line
                let arguments = text.split(separator: " ").dropFirst().map(String.init)
                #expect(throws: Never.self, "\(line)") { _ = try LandwaiterCommand.parseAsRoot(arguments) }
            }
        }
    }

    @Test func examplesOfTheDocumentsParse() throws {
        let page = try String(contentsOf: Repository.url("docs/policy-workflow.md"), encoding: .utf8)
        var isCode = false
        var count = 0
        for line in page.replacing("\\\n", with: " ").split(separator: "\n") {
            if line.hasPrefix("```") { isCode.toggle() }
            guard isCode, line.hasPrefix("landwaiter "), !line.contains("…"),
                !line.contains("    ")
                    || line.contains(" --")
            else { continue }
            let arguments = line.split(separator: " ").dropFirst().map(String.init)
            #expect(throws: Never.self, "\(line)") { _ = try LandwaiterCommand.parseAsRoot(arguments) }
            count += 1
        }
        #expect(count >= 4)
    }

    @Test func shellsGetCompletions() {
        for shell in [CompletionShell.bash, .zsh, .fish] {
            let script = LandwaiterCommand.completionScript(for: shell)
            #expect(script.contains("verify") && script.contains("honour-stage"))
        }
    }

    @Test func reasonsDocumentIsCurrent() throws {
        let document = try String(contentsOf: Repository.url("docs/reasons.md"), encoding: .utf8)
        #expect(document == ReasonDocument.markdown(), "run `make docs`")
    }

    @Test func keysOfTheFinancePolicyAreTheTestKeys() throws {
        #expect(
            try Data(contentsOf: Repository.url("policies/finance/keys/corporate.pub"))
                == Data(contentsOf: Repository.url("testdata/keys/corporate.pub")))
    }
}

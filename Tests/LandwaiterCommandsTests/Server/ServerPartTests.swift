import ArgumentParser
import Foundation
import Synchronization
import Testing

@testable import LandwaiterCommands

@Suite struct ServerPartTests {
    @Test func siblingIsFoundFromTheOwnPlaceOnly() {
        #expect(
            ServerPart.places(seenFrom: "/usr/local/bin/landwaiter") == [
                "/usr/local/libexec/landwaiter/landwaiter-server", "/usr/local/bin/landwaiter-server",
            ])
        #expect(
            ServerPart.places(seenFrom: "/bin/landwaiter") == [
                "/libexec/landwaiter/landwaiter-server", "/bin/landwaiter-server",
            ])
    }

    /// The test's own program has no `landwaiter-server` beside it under that name in `libexec`, and `PATH` is no place.
    @Test func withoutSiblingTheStatusSaysSo() throws {
        let failure = #expect(throws: CommandFailure.self) {
            try ServerPart.replaceThisProgram(seenFrom: "/nonexistent/bin/landwaiter")
        }
        #expect(failure?.status == ExitStatus.unavailable)
        #expect(failure?.lines.last?.contains("make install") == true)
    }

    @Test func commandsOfTheServerPartAreCarriedOutWhereTheyCanBe() async throws {
        let seen = Mutex<[String]>([])
        let words = [
            ["serve", "--config", "server.yaml", "--check"], ["audit", "sha256:00"], ["audit", "show", "list"],
            ["audit", "list"], ["audit", "export"], ["audit", "impact", "--key", "k"],
            ["audit", "prune", "--before", "400d"], ["rollout", "status"],
        ]
        for words in words {
            let status = try await ServerPart.$carryOut.withValue(
                ServerPart.Carrier { command in
                    seen.withLock { $0.append("\(type(of: command))") }
                }
            ) { try await LandwaiterCommand.status(of: words) }
            #expect(status == 0)
        }
        #expect(
            seen.withLock { $0 } == [
                "ServeCommand", "AuditShowCommand", "AuditShowCommand", "AuditListCommand", "AuditExportCommand",
                "AuditImpactCommand", "AuditPruneCommand", "RolloutStatusCommand",
            ])
    }

    @Test(arguments: [
        ["audit", "impact"], ["audit", "impact", "--key", "k", "--signer", "s"], ["audit", "impact", "--key", ""],
        ["audit", "prune"], ["audit", "prune", "--before", "yesterday"], ["audit", "list", "--verdict", "maybe"],
        ["serve"], ["rollout", "status", "--since", "7"],
    ])
    func wrongWordsAreWrongUsage(_ words: [String]) async throws {
        let status = try await ServerPart.$carryOut.withValue(ServerPart.Carrier { _ in }) {
            try await LandwaiterCommand.status(of: words)
        }
        #expect(status == 64)
    }
}

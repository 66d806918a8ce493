package import AdmissionPolicy
package import ArgumentParser

/// The exit statuses of every command (README "Exit status"); this file is the only one that knows numbers.
package enum ExitStatus {
    package static let admit = ExitCode(0)
    package static let reject = ExitCode(1)
    package static let undecided = ExitCode(2)
    package static let usage = ExitCode(64)
    package static let badData = ExitCode(65)
    package static let unavailable = ExitCode(69)
    package static let internalError = ExitCode(70)

    package static func of(_ verdict: Verdict) -> ExitCode {
        switch verdict {
        case .admit: admit
        case .reject: reject
        case .undecided: undecided
        }
    }
}

/// A command that could not be carried out: what is wrong, on standard error, and the status.
package struct CommandFailure: Error {
    package let status: ExitCode
    package let lines: [String]

    package init(status: ExitCode, lines: [String]) {
        self.status = status
        self.lines = lines
    }

    /// The command line asks for something that makes no sense: status 64.
    package static func usage(_ lines: String...) -> CommandFailure {
        CommandFailure(status: ExitStatus.usage, lines: lines)
    }
    /// A file that is named holds the wrong thing, or cannot be had: status 65.
    package static func badData(_ lines: String...) -> CommandFailure {
        CommandFailure(status: ExitStatus.badData, lines: lines)
    }

    /// Says it and leaves: the last thing a command does.
    package func exit() -> ExitCode {
        for (index, line) in lines.enumerated() {
            Terminal.writeError(index == 0 ? "landwaiter: \(line)" : "  \(line)")
        }
        return status
    }
}

/// Runs a command's body, turning its failures into text and status.
package func running(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let failure as CommandFailure {
        throw failure.exit()
    }
}

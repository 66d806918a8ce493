import AdmissionPolicy
import ArgumentParser
import Content
import Findings
import StrictEncoding

struct PolicyExceptionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exceptions",
        abstract: "Lists exceptions, the one that expires first in front.",
        discussion: """
            Each with the days that are left, and with what keeps it from having effect under the guardrails given. Exits \
            0, also where some have expired.

            EXAMPLES
              landwaiter policy exceptions payments=policies/payments exceptions=policies/exceptions --guardrails policies/guardrails
              landwaiter policy exceptions policies/exceptions --within 7d --output json
            """)

    @Argument(
        help: ArgumentHelp("Policy files or directories of them.", valueName: "[SOURCE=]PATH"), completion: .file())
    var paths: [String]

    @OptionGroup var guardrails: GuardrailOptions

    @Option(help: ArgumentHelp("As of this instant (RFC 3339) instead of now.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("Only those that expire within this time, or have: `7d`, `12h`.", valueName: "duration"))
    var within: StatedDuration?

    @Option(help: "How the answer is written.")
    var output: VerifyCommand.OutputFormat = .text

    func run() async throws {
        try await running {
            let instant = try Clock.instant(stated: at).0
            let policies = try PolicyFiles.load(paths, guardrails: guardrails.guardrails)
            let statuses = policies.exceptionStatuses(at: instant)
                .filter { status in within.map { status.secondsLeft <= $0.seconds } ?? true }
            switch output {
            case .text: Terminal.write(Self.text(statuses))
            case .json: Terminal.write(Self.json(statuses, at: instant).canonicalBytes() + [UInt8(ascii: "\n")])
            }
        }
    }

    static func text(_ statuses: [ExceptionStatus]) -> String {
        var lines: [String] = []
        for status in statuses {
            let exception = status.exception
            let left =
                switch (status.state, status.daysLeft ?? 0) {
                case (.expired, _): "EXPIRED"
                case (.pending, _): "begins \(exception.from)"
                case (.active, 0): "less than a day left"
                case (.active, 1): "1 day left"
                case (.active, let days): "\(days) days left"
                }
            lines.append("\(exception.name)  \(left)  until \(exception.expires)")
            lines.append("    waives  \(exception.waives)")
            let stated = [exception.owner, exception.ticket, exception.reason].compactMap { $0 }
            if !stated.isEmpty { lines.append("    for     " + stated.map(Finding.escaped).joined(separator: ", ")) }
            for problem in status.problems {
                lines.append("    note    \(problem.code)  \(Finding.escaped(problem.message))")
            }
        }
        let expired = statuses.count { $0.state == .expired }
        lines.append("\(statuses.count) exceptions, \(expired) expired")
        return lines.joined(separator: "\n") + "\n"
    }

    static func json(_ statuses: [ExceptionStatus], at instant: Instant) -> JSONTree {
        let list = statuses.map { status -> JSONTree in
            let exception = status.exception
            return JSONTree(members: [
                "name": .string(exception.name.description),
                "policy": .string(exception.waives.policy.description),
                "rule": .string(exception.waives.rule),
                "owner": exception.owner.map(JSONTree.string),
                "reason": exception.reason.map(JSONTree.string),
                "ticket": exception.ticket.map(JSONTree.string),
                "from": .string(exception.from.description),
                "expires": .string(exception.expires.description),
                "namespaces": JSONTree(strings: exception.namespaces),
                "images": JSONTree(strings: exception.images.map { "\($0.name)@\($0.digest)" }),
                "state": .string(status.state.rawValue),
                "daysLeft": status.daysLeft.map(JSONTree.integer) ?? .null,
                "problems": JSONTree(strings: Set(status.problems.map(\.code.name)).sorted()),
            ])
        }
        return ["at": .string(instant.description), "exceptions": .array(list)]
    }
}

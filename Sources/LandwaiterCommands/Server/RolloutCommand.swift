package import ArgumentParser

/// `landwaiter rollout`; carried out by the server part.
package struct RolloutCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Says how far policies are on their way from observe to enforce.",
        subcommands: [RolloutStatusCommand.self])

    package init() {}
}

/// What each policy would break.
package struct RolloutStatusCommand: ServerPartCommand {
    package static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "For every policy: its stage, how often it would reject, and what would break at the next stage.",
        discussion: """
            Counts the decisions that `serve` keeps. A decision that is undecided is one that the next stage would \
            refuse as well. Exits 1 if anything would break at the next stage of any policy that is shown, else 0.

            EXAMPLES
              landwaiter rollout status --config server.yaml
              landwaiter rollout status --since 24h --policy payments/finance --database verdicts.db --output json
            """)

    @OptionGroup package var store: StoreOptions

    @Option(help: ArgumentHelp("Decisions from this time on: RFC 3339, or 7d for a week ago.", valueName: "time"))
    package var since = StatedTime(daysAgo: 7)

    @Option(help: ArgumentHelp("Only this policy, like payments/finance; may be repeated.", valueName: "policy"))
    package var policy: [String] = []

    @Option(help: "How the answer is written.")
    package var output: AnswerFormat = .text

    package init() {}
}

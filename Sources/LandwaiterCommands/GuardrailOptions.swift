package import ArgumentParser

/// `--guardrails`, of every command that loads policies.
package struct GuardrailOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "An organisation's guardrails, which no policy can weaken: a file or a directory. Without a name the source is `guardrails`.",
            valueName: "[SOURCE=]PATH"),
        completion: .file())
    package var guardrails: [String] = []

    package init() {}
}

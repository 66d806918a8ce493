import Admission
import ArgumentParser
import Findings

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says what a reason code means and what mends it.",
        discussion: """
            EXAMPLES
              landwaiter explain signature.no-key-matches
              landwaiter explain provenance          every code of one family
              landwaiter explain --all --markdown    what docs/reasons.md holds
            """)

    @Argument(help: "A reason code (`family.cause`), or a family.")
    var code: String?

    @Flag(help: "Every code there is.")
    var all = false

    @Flag(help: "As Markdown.")
    var markdown = false

    func run() async throws {
        try await running {
            if all {
                guard code == nil else { throw CommandFailure.usage("expected a code or `--all`, found both") }
                return Terminal.write(
                    markdown ? ReasonDocument.markdown() : ReasonDocument.text(ReasonCatalogue.tables.flatMap(\.codes)))
            }
            guard let code else { throw CommandFailure.usage("expected a reason code, a family, or `--all`") }
            let codes = ReasonCatalogue.tables.flatMap(\.codes).filter {
                $0.name.utf8.elementsEqual(code.utf8) || $0.family.utf8.elementsEqual(code.utf8)
            }
            guard !codes.isEmpty else {
                throw CommandFailure.usage(
                    "there is no reason code or family \(Finding.quoted(code))",
                    "families: "
                        + Set(ReasonCatalogue.tables.flatMap(\.codes).map(\.family)).sorted().joined(separator: ", "))
            }
            Terminal.write(ReasonDocument.text(codes))
        }
    }
}

/// The catalogue as people read it.
enum ReasonDocument {
    static func text(_ codes: [ReasonCode]) -> String {
        codes.map { code in
            """
            \(code.name)  (\(effect(code)))
              \(code.summary)
              mend: \(code.mend)

            """
        }.joined(separator: "\n")
    }

    static func markdown() -> String {
        var out = """
            # Reason codes

            Made by `landwaiter explain --all --markdown`; a test compares. A code's name never changes once released.
            *reject*: something is known to be wrong. *undecided*: something could not be had or judged; every gate
            treats it as a reject. *note*: worth saying, decides nothing.

            """
        for table in ReasonCatalogue.tables where !table.codes.isEmpty {
            out += "\n## \(table.layer)\n\n| code | effect | what is the case | what mends it |\n|---|---|---|---|\n"
            for code in table.codes {
                // Reports lead to the row of a code.
                out += "| `\(code.name)` | \(effect(code)) | \(cell(code.summary)) | \(cell(code.mend))"
                out += "<a id=\"\(code.name)\"></a> |\n"
            }
        }
        return out
    }

    private static func effect(_ code: ReasonCode) -> String { code.effect.rawValue }
    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}

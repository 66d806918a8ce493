import ArgumentParser
import Findings

struct PolicySchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema of a kind of document.",
        discussion: """
            Editors complete and check a YAML file that names the schema in its first line: \
            `# yaml-language-server: $schema=policy.schema.json`.

            EXAMPLES
              landwaiter policy schema
              landwaiter policy schema --kind PolicyTest
              landwaiter policy schema --list
            """)

    @Option(help: ArgumentHelp("The kind of document.", valueName: "kind"))
    var kind = "AdmissionPolicy"

    @Flag(help: "List the kinds, with the file that has each in docs/.")
    var list = false

    func run() async throws {
        try await running {
            if list {
                for schema in EmbeddedSchemas.all {
                    for kind in schema.kinds { Terminal.write("\(kind)  \(schema.file)\n") }
                }
                return
            }
            guard let schema = EmbeddedSchemas.schema(of: kind) else {
                let kinds = EmbeddedSchemas.all.flatMap(\.kinds).sorted()
                throw CommandFailure.usage(
                    "there is no kind \(Finding.quoted(kind))", "kinds: \(kinds.joined(separator: ", "))")
            }
            Terminal.write(schema.text)
        }
    }
}

/// A JSON Schema and the kinds of documents that it is about.
struct EmbeddedSchema {
    let file: String
    let kinds: [String]
    let text: String
}

extension EmbeddedSchemas {
    static func schema(of kind: String) -> EmbeddedSchema? {
        all.first { $0.kinds.contains { $0.utf8.elementsEqual(kind.utf8) } }
    }
}

import ArgumentParser
import Findings
import OCI
import OCIDistribution
import StrictEncoding

struct RegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "Looks at registries.", subcommands: [RegistryDoctorCommand.self])
}

struct RegistryDoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what a registry supports: who may read, how evidence is found, how it is written.",
        discussion: """
            Asks the registry HOST, and where it is named the repository REPO of it. Nothing is written unless `--write` \
            allows it; then a blob and two manifests without a tag are pushed to the repository, and deleted again as far \
            as the registry lets that be.

            Exits 2 if images can't be read there; 0 else, whatever is missing.

            EXAMPLES
              landwaiter registry doctor registry.example
              landwaiter registry doctor registry.example/finance/ledger --output json
              landwaiter registry doctor localhost:5000/scratch --write
            """)

    @Argument(help: ArgumentHelp("The registry, and a repository of it.", valueName: "host[/repo]"))
    var place: String

    @OptionGroup(title: "Registry Options") var registry: RegistryOptions

    @Flag(help: "Try writing too: uploads, mounts, subjects, deletion.")
    var write = false

    @Option(help: "How the answer is written.")
    var output: VerifyCommand.OutputFormat = .text

    func run() async throws {
        try await running {
            let (host, repository) = try Self.parts(place)
            guard repository != nil || !write else {
                throw CommandFailure.usage("`--write` needs a repository to write to", "name it as HOST/REPO")
            }
            let access = try registry.access()
            let client = try access.client()
            let examination = await client.examine(
                host, repository: repository, writing: write, by: OperationDeadline(access.timeout))
            switch output {
            case .text: Terminal.write(RegistryTable.text(examination, isColourful: Terminal.isColourful))
            case .json: Terminal.write(examination.json.canonicalBytes() + [UInt8(ascii: "\n")])
            }
            guard examination.isReadable else { throw ExitStatus.undecided }
        }
    }

    /// `HOST` or `HOST/REPO`; the first part is always the host, also where a reference would read it otherwise.
    static func parts(_ text: String) throws(CommandFailure) -> (RegistryHost, repository: String?) {
        let host = text.utf8.prefix { $0 != UInt8(ascii: "/") }
        guard let registry = RegistryHost(parsing: String(Substring(host))) else {
            throw .usage("expected a registry like `registry.example:5000`, found \(Finding.quoted(text))")
        }
        let isHub = ["docker.io", "index.docker.io"].contains { $0.utf8.elementsEqual(registry.description.utf8) }
        let identity = isHub ? RegistryHost(parsing: "docker.io") ?? registry : registry
        let path = text.utf8.dropFirst(host.count + 1)
        guard !path.isEmpty else { return (identity, nil) }
        let reference: ImageReference
        do throws(ImageReferenceError) {
            // A host without dot or port would be read as a repository of Docker's.
            reference = try ImageReference(
                parsing: (isHub ? "docker.io/" : "registry.example/") + String(Substring(path)))
        } catch {
            throw .usage("\(Finding.quoted(text)): \(error.message)")
        }
        guard reference.tag == nil, reference.digest == nil else {
            throw .usage("expected a repository, found a tag or digest in \(Finding.quoted(text))")
        }
        return (identity, reference.repository)
    }
}

/// An examination for people: one line for each feature.
enum RegistryTable {
    static func text(_ examination: RegistryExamination, isColourful: Bool) -> String {
        let width = RegistryExamination.Feature.allCases.map(\.rawValue.utf8.count).max() ?? 0
        var out = examination.registry.description + (examination.repository.map { "/" + $0 } ?? "") + "\n"
        for line in examination.lines {
            let name = line.feature.rawValue + String(repeating: " ", count: width - line.feature.rawValue.utf8.count)
            out += "  \(name)  \(coloured(line.answer, isColourful))  \(Finding.escaped(line.detail))\n"
        }
        return out
    }

    private static func coloured(_ answer: RegistryExamination.Answer, _ isColourful: Bool) -> String {
        let word: String
        let colour: Int
        switch answer {
        case .yes: (word, colour) = ("yes", 32)
        case .no: (word, colour) = ("no ", 33)
        case .unknown: (word, colour) = ("-  ", 2)
        }
        return isColourful ? "\u{1B}[\(colour)m\(word)\u{1B}[0m" : word
    }
}

extension RegistryExamination {
    /// As docs/registry-doctor.schema.json has it.
    var json: JSONTree {
        JSONTree(members: [
            "schemaVersion": 1, "registry": .string(registry.description),
            "repository": repository.map(JSONTree.string), "readable": .bool(isReadable),
            "features": .array(
                lines.map { line in
                    [
                        "name": .string(line.feature.rawValue), "answer": .string(line.answer.rawValue),
                        "detail": .string(line.detail),
                    ]
                }),
        ])
    }
}

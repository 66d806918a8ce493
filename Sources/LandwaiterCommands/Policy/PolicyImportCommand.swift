import AdmissionPolicy
import ArgumentParser
import Findings
import PKI

struct PolicyImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Translates a ClusterImagePolicy of sigstore's policy-controller, or a containers policy.json.",
        discussion: """
            Writes policies to standard output, or with `--output DIR` to files there, together with the keys that the \
            original holds or names. What can't be said is listed on standard error with its place, and in comments; \
            nothing is ever admitted by it. docs/policy-workflow.md has the table of what is translated to what.

            Exits 0 if everything was translated, 1 if something can't be said or is stricter than the original, 65 if \
            the file is wrong, or can't be translated without admitting more.

            EXAMPLES
              landwaiter policy import cluster-image-policy.yaml
              landwaiter policy import /etc/containers/policy.json --from policy-json --output policies/nodes
            """)

    @Argument(help: "The file to be translated.", completion: .file())
    var file: String

    @Option(help: "Whose policy it is; found out from the file where that is clear.")
    var from: Format?

    @Option(help: ArgumentHelp("Write the policies and their keys to this directory.", valueName: "dir"))
    var output: String?

    @Option(help: ArgumentHelp("For which namespaces the policies are to speak.", valueName: "pattern"))
    var namespace: [String] = []

    @Flag(help: "Count signatures although a transparency log was to prove them: the result admits more.")
    var insecureIgnoreLog = false

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case clusterImagePolicy = "cluster-image-policy"
        case containersPolicy = "policy-json"

        fileprivate var format: PolicyImport.Format {
            switch self {
            case .clusterImagePolicy: .clusterImagePolicy
            case .containersPolicy: .containersPolicy
            }
        }
    }

    func run() async throws {
        try await running {
            let bytes = try LocalFile.read(file, limit: 1 << 20)
            guard let format = from?.format ?? PolicyImport.format(of: bytes) else {
                throw CommandFailure.usage(
                    "\(Finding.quoted(file)) is neither clearly a ClusterImagePolicy nor a policy.json",
                    "say which with `--from cluster-image-policy` or `--from policy-json`")
            }
            var options = PolicyImport.Options()
            if !namespace.isEmpty { options.namespaces = namespace }
            options.insecureIgnoreLog = insecureIgnoreLog
            let result: PolicyImport
            do throws(PolicyLoadFailure) {
                result = try PolicyImport.read(bytes, file: file, format: format, options: options)
            } catch {
                throw PolicyFiles.failure(error, in: "the file")
            }
            try write(result)
            for remark in result.remarks {
                Terminal.writeError("\(remark.place): \(Finding.escaped(remark.text))")
            }
            if result.remarks.contains(where: \.isDifference) { throw ExitStatus.reject }
        }
    }

    private func write(_ result: PolicyImport) throws(CommandFailure) {
        var keys: [(path: String, bytes: [UInt8])] = []
        for key in result.keyFiles {
            switch key.content {
            case .inline(let bytes): keys.append((key.path, bytes))
            case .file(let path):
                // Read as a public key: nothing else is ever copied, whatever the file names.
                if output != nil { keys.append((key.path, Array(try KeyFile.publicKey(path).pem.utf8))) }
            }
        }
        if keys.count == result.keyFiles.count { try load(result, keys) }
        guard let output else {
            Terminal.write(result.yaml)
            for key in result.keyFiles {
                let origin =
                    switch key.content {
                    case .inline: "stands in the file; `--output DIR` writes it"
                    case .file(let path): "is to be copied from \(Finding.quoted(path)); `--output DIR` does it"
                    }
                Terminal.writeError("key \(key.path) \(origin)")
            }
            return
        }
        try LocalFile.makeDirectory(output)
        if !keys.isEmpty { try LocalFile.makeDirectory(LocalFile.join(output, "keys")) }
        for file in keys + result.documents.map({ (path: $0.name + ".yaml", bytes: Array($0.yaml.utf8)) }) {
            let path = LocalFile.join(output, file.path)
            try LocalFile.create(path, file.bytes, mode: 0o644)
            Terminal.write(path + "\n")
        }
    }

    /// Nothing is written that does not load: a namespace that is none, for one.
    private func load(_ result: PolicyImport, _ keys: [(path: String, bytes: [UInt8])]) throws(CommandFailure) {
        guard !result.documents.isEmpty else { return }
        let files = result.documents.map { PolicyFile(path: $0.name + ".yaml", bytes: Array($0.yaml.utf8)) }
        let source = PolicySource(name: "imported", files: files) { path in
            keys.first { $0.path.utf8.elementsEqual(path.utf8) }.map { .success($0.bytes) }
                ?? .failure(KeyFileError("no such key"))
        }
        do throws(PolicyLoadFailure) {
            _ = try PolicySet.load([source])
        } catch {
            throw PolicyFiles.failure(error, in: "what was made of it")
        }
    }
}

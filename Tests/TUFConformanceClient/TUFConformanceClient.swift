import Content
import Glibc
import LocalFiles
import StrictEncoding
import TUF
import TUFClient

/// A TUF client by the command line protocol of `tuf-conformance` (its CLIENT-CLI.md). Where the protocol has an address
/// of metadata, a directory will do as well: then it holds `metadata/` and `targets/`.
@main struct TUFConformanceClient {
    static func main() async {
        do {
            try await Arguments(CommandLine.arguments.dropFirst()).run()
        } catch {
            let line = Array("\((error as? TrustUpdateError)?.message ?? "\(error)")\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            exit(1)
        }
    }
}

struct Arguments {
    var options: [String: [String]] = [:]
    var words: [String] = []

    init(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let argument = rest.popFirst() {
            if argument.hasPrefix("--") {
                options[argument, default: []].append(rest.popFirst() ?? "")
            } else {
                words.append(argument)
            }
        }
    }

    func run() async throws {
        let now = Instant(secondsSince1970: Int64(time(nil)))
        let store = TrustStore(path: try option("--metadata-dir"))
        switch words.first {
        case "init":
            try await store.begin(withRoot: OpenFile.open(path: try word(1), calledAs: "root").bytes(limit: 1 << 20))
        case "refresh":
            _ = try await TrustUpdater(store: store, source: try source()).update(at: now)
        case "download":
            let paths = try (options["--target-name"] ?? []).map { name throws(TUFError) in try TargetPath(name) }
            let trust = try await TrustUpdater(store: store, source: try source()).update(targets: paths, at: now)
            let directory = try OpenDirectory.open(path: try option("--target-dir"), calledAs: "targets")
            for path in paths {
                guard let content = trust.targets[path] else { throw UsageError(what: "target") }
                // One component, whatever the path: the role's escaping serves.
                let name = MetadataRole.delegated(path.text).fileName
                if let old = try? directory.file(name).bytes(limit: content.bytes.count), old == content.bytes {
                    continue
                }
                try directory.replace(name, with: content.bytes)
            }
        default: throw UsageError(what: "command")
        }
    }

    private func source() throws -> any MetadataSource {
        let address = try option("--metadata-url")
        guard address.hasPrefix("http:") else { return try DirectorySource(path: address) }
        return LoopbackSource(metadata: address, targets: options["--target-base-url"]?.first ?? "")
    }

    private func option(_ name: String) throws -> String {
        guard let value = options[name]?.first else { throw UsageError(what: name) }
        return value
    }

    private func word(_ index: Int) throws -> String {
        guard words.indices.contains(index) else { throw UsageError(what: "argument") }
        return words[index]
    }
}

struct UsageError: Error {
    var what: String
}

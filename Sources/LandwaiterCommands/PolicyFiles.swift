package import AdmissionPolicy
import Findings
import PKI

/// `--policy [SOURCE=]PATH`: reads policy files and the keys that they name.
package enum PolicyFiles {
    /// The source of a path that is given without a name.
    static let unnamedSource = "local"
    /// Most files in one source: a directory given by mistake is refused before it is read.
    private static let mostFiles = 10_000
    private static let longestFile = 1 << 20
    /// Of what lies beside a policy: revocation lists are the longest of it. Whoever reads a form has its own, lower limit.
    private static let longestBeside = 12 << 20

    /// The source of guardrails that are given without a name.
    static let guardrailSource = "guardrails"

    /// - Parameter guardrails: of `--guardrails [NAME=]PATH`; no other source may carry guardrails.
    package static func load(_ policies: [String], guardrails: [String] = []) throws(CommandFailure) -> PolicySet {
        try load(try sources(policies, guardrails: guardrails))
    }

    /// The same, before they are read as policies.
    package static func sources(
        _ policies: [String], guardrails: [String] = []
    ) throws(CommandFailure) -> [PolicySource] {
        try sources(policies.map(split), guardrails: guardrails.map(split))
    }

    /// A directory or a file, and the name of the source that it is, if one is given.
    package typealias Location = (name: String?, path: String)

    package static func sources(
        _ policies: [Location], guardrails: [Location]
    ) throws(CommandFailure) -> [PolicySource] {
        try sources(policies, unnamed: unnamedSource, areGuardrails: false)
            + sources(guardrails, unnamed: guardrailSource, areGuardrails: true)
    }

    package static func load(_ sources: [PolicySource]) throws(CommandFailure) -> PolicySet {
        do throws(PolicyLoadFailure) {
            return try PolicySet.load(sources)
        } catch {
            throw failure(error)
        }
    }

    /// A test, and where its paths lead.
    struct Test {
        let document: PolicyTestDocument
        /// Of its file: its paths are relative to it.
        let directory: String

        fileprivate func locations(_ sources: [PolicyTestDocument.Source]) -> [Location] {
            sources.map { ($0.name, LocalFile.join(directory, $0.path)) }
        }

        /// Where what it tests lies.
        var testedPaths: [String] { locations(document.policies + document.guardrails).map(\.path) }
    }

    /// What a test is about: the sources that it names, relative to its directory, and guardrails besides.
    static func load(_ test: Test, guardrails: [String]) throws(CommandFailure) -> PolicySet {
        try load(
            try sources(
                test.locations(test.document.policies),
                guardrails: test.locations(test.document.guardrails) + guardrails.map(split)))
    }

    /// The tests in files and directories.
    static func tests(_ paths: [String]) throws(CommandFailure) -> [Test] {
        var tests: [Test] = []
        for path in paths {
            let (directory, files) = try policyFiles(at: split(path).path)
            for file in files {
                let bytes = try LocalFile.read(LocalFile.join(directory, file), limit: longestFile)
                do throws(PolicyLoadFailure) {
                    let documents = try PolicyTestDocument.load(
                        [PolicyFile(path: file, bytes: bytes)], directory: directory)
                    let place = LocalFile.directory(of: LocalFile.join(directory, file))
                    tests += documents.map { Test(document: $0, directory: place) }
                } catch {
                    throw failure(error)
                }
            }
        }
        return tests
    }

    /// The rules of every document in files and directories.
    static func outlines(_ paths: [String]) throws(CommandFailure) -> [PolicyOutline] {
        var outlines: [PolicyOutline] = []
        for path in paths {
            let (directory, files) = try policyFiles(at: split(path).path)
            for file in files {
                let bytes = try LocalFile.read(LocalFile.join(directory, file), limit: longestFile)
                outlines += PolicyOutline.read(PolicyFile(path: file, bytes: bytes), directory: directory)
            }
        }
        return outlines
    }

    /// What `--key` stands for: any one of these keys signed the image.
    static func signedByAny(of keys: [String]) throws(CommandFailure) -> PolicySet {
        var files: [String: [UInt8]] = [:]
        for (index, path) in keys.enumerated() {
            // Read here for its own, better error; the policy reads the same bytes.
            files["key-\(index + 1).pub"] = Array(try KeyFile.publicKey(path).pem.utf8)
        }
        let names = files.keys.map { String($0.dropLast(".pub".utf8.count)) }.sorted()
        let text = """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: signed, owner: command-line}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: ["**"], images: ["**"]}
              signers:
            \(names.map { "    \($0): {key: {file: \($0).pub}}" }.joined(separator: "\n"))
              require:
                - {id: signed, on: image, signature: {by: {atLeast: 1, of: [\(names.joined(separator: ", "))]}}}

            """
        let keyFiles = files
        let source = PolicySource(
            name: "command-line", files: [PolicyFile(path: "--key", bytes: Array(text.utf8))]
        ) { path in
            keyFiles[path].map { .success($0) } ?? .failure(KeyFileError("no such key"))
        }
        do {
            return try PolicySet.load([source])
        } catch {
            throw failure(error)
        }
    }

    /// Every problem, one a line: file, line, what is wrong, and what mends it.
    static func failure(_ failure: PolicyLoadFailure, in what: String = "the policies") -> CommandFailure {
        var lines = ["\(failure.errors.count) \(failure.errors.count == 1 ? "problem" : "problems") in \(what)"]
        for error in failure.errors {
            lines.append("\(error.place): \(error.message)  [\(error.code)]")
            lines.append("    mend: \(error.mend)")
        }
        return CommandFailure(status: ExitStatus.badData, lines: lines)
    }

    private static func sources(
        _ locations: [Location], unnamed defaultName: String, areGuardrails: Bool
    ) throws(CommandFailure) -> [PolicySource] {
        var given: [(name: String?, directory: String, paths: [String])] = []
        for (name, path) in locations {
            let (directory, paths) = try policyFiles(at: path)
            // Several paths of one team are one source only if they lie in one directory: keys are relative to it.
            if let index = given.firstIndex(where: { $0.name == name && $0.directory == directory }) {
                given[index].paths += paths.filter { !given[index].paths.contains($0) }
            } else {
                given.append((name, directory, paths))
            }
        }
        var sources: [PolicySource] = []
        var unnamed = 0
        for item in given {
            if item.name == nil { unnamed += 1 }
            var files: [PolicyFile] = []
            for path in item.paths {
                let bytes = try LocalFile.read(LocalFile.join(item.directory, path), limit: longestFile)
                files.append(PolicyFile(path: path, bytes: bytes))
            }
            let name = item.name ?? (unnamed == 1 ? defaultName : "\(defaultName)-\(unnamed)")
            sources.append(source(name, item.directory, files, areGuardrails))
        }
        return sources
    }

    private static func source(
        _ name: String, _ directory: String, _ files: [PolicyFile], _ areGuardrails: Bool
    ) -> PolicySource {
        PolicySource(
            name: name, directory: directory, files: files, mayCarryGuardrails: areGuardrails,
            keyDirectory: { path in
                do throws(CommandFailure) {
                    let names = try LocalFile.namesInside(directory, path)
                    return .success(names.filter { $0.hasSuffix(".pub") || $0.hasSuffix(".pem") })
                } catch {
                    return .failure(KeyFileError(error.lines.first ?? "cannot be listed"))
                }
            }
        ) { path in
            do throws(CommandFailure) {
                return .success(try LocalFile.readInside(directory, path, limit: longestBeside))
            } catch {
                return .failure(KeyFileError(error.lines.first ?? "cannot be read"))
            }
        }
    }

    /// `SOURCE=PATH`, where SOURCE is a plain name: a path may hold `=` after a `/`.
    static func split(_ argument: String) -> Location {
        guard let equals = argument.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (nil, argument) }
        let name = argument[..<equals]
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else { return (nil, argument) }
        return (String(name), String(argument[argument.utf8.index(after: equals)...]))
    }

    /// The YAML files at a path, relative to their directory: the file itself, or all in the directory and below.
    private static func policyFiles(at path: String) throws(CommandFailure) -> (directory: String, paths: [String]) {
        guard LocalFile.isDirectory(path) else {
            let directory = LocalFile.directory(of: path)
            return (directory.isEmpty ? "." : directory, [LocalFile.name(of: path)])
        }
        var paths: [String] = []
        try collect(in: path, prefix: "", depth: 0, &paths)
        guard !paths.isEmpty else {
            throw .badData("there is no policy (`.yaml`, `.yml`) in \(Finding.quoted(path))")
        }
        return (path, paths)
    }

    private static func collect(
        in directory: String, prefix: String, depth: Int, _ paths: inout [String]
    ) throws(CommandFailure) {
        guard depth < 16 else { throw .badData("\(Finding.quoted(directory)) is nested more than 16 deep") }
        for name in try LocalFile.names(in: directory) {
            let path = LocalFile.join(directory, name)
            if LocalFile.isDirectory(path) {
                try collect(in: path, prefix: prefix + name + "/", depth: depth + 1, &paths)
            } else if [".yaml", ".yml"].contains(where: name.lowercased().hasSuffix) {
                // However it is spelt: a guardrail that is passed over guards nothing.
                guard paths.count < mostFiles else { throw .badData("more than \(mostFiles) policy files") }
                paths.append(prefix + name)
            }
        }
    }
}

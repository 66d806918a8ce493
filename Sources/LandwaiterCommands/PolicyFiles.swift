import AdmissionPolicy
import Findings

/// `--policy [SOURCE=]PATH`: reads policy files and the keys that they name.
enum PolicyFiles {
    /// The source of a path that is given without a name.
    static let unnamedSource = "local"
    /// Most files in one source: a directory given by mistake is refused before it is read.
    private static let mostFiles = 10_000
    private static let longestFile = 1 << 20

    static func load(_ arguments: [String]) throws(CommandFailure) -> PolicySet {
        do throws(PolicyLoadFailure) {
            return try PolicySet.load(try sources(arguments).get())
        } catch {
            throw failure(error)
        }
    }

    /// Every problem, one a line: file, line, what is wrong, and what mends it.
    static func failure(_ failure: PolicyLoadFailure) -> CommandFailure {
        var lines = ["\(failure.errors.count) \(failure.errors.count == 1 ? "problem" : "problems") in the policies"]
        for error in failure.errors {
            lines.append("\(error.place): \(error.message)  [\(error.code)]")
            lines.append("    mend: \(error.mend)")
        }
        return CommandFailure(status: ExitStatus.badData, lines: lines)
    }

    private static func sources(_ arguments: [String]) -> Result<[PolicySource], CommandFailure> {
        var files: [(name: String, directory: String, paths: [String])] = []
        do throws(CommandFailure) {
            for argument in arguments {
                let (name, path) = split(argument)
                let found = try policyFiles(at: path)
                // Several paths of one team are one source only if they lie in one directory: keys are relative to it.
                if let index = files.firstIndex(where: { $0.name == name && $0.directory == found.directory }) {
                    files[index].paths += found.paths.filter { !files[index].paths.contains($0) }
                } else {
                    files.append((name, found.directory, found.paths))
                }
            }
            var sources: [PolicySource] = []
            for item in files {
                var read: [PolicyFile] = []
                for path in item.paths {
                    read.append(
                        PolicyFile(path: path, bytes: try LocalFile.read(LocalFile.join(item.directory, path), limit: longestFile)))
                }
                sources.append(source(item.name, item.directory, read))
            }
            return .success(sources)
        } catch {
            return .failure(error)
        }
    }

    private static func source(_ name: String, _ directory: String, _ files: [PolicyFile]) -> PolicySource {
        PolicySource(name: name, directory: directory, files: files) { path in
            do {
                return .success(try LocalFile.readInside(directory, path, limit: KeyFile.longest))
            } catch {
                return .failure(KeyFileError(error.lines.first ?? "cannot be read"))
            }
        }
    }

    /// `SOURCE=PATH`, where SOURCE is a plain name: a path may hold `=` after a `/`.
    private static func split(_ argument: String) -> (name: String, path: String) {
        guard let equals = argument.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (unnamedSource, argument) }
        let name = argument[..<equals]
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else { return (unnamedSource, argument) }
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
            } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                guard paths.count < mostFiles else { throw .badData("more than \(mostFiles) policy files") }
                paths.append(prefix + name)
            }
        }
    }
}

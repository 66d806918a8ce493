/// Where policies come from: the directory or file of one team, with what lies in it.
public struct PolicySource: Sendable {
    /// By which the team is known; stated by whoever loads the policies (`--policy NAME=DIR`).
    public let name: String
    /// In which errors show the files; nothing is read from it.
    public let directory: String
    public let files: [PolicyFile]
    /// Whether guardrails may be among the documents (`--guardrails DIR`): said by whoever loads them, never by a team.
    public let mayCarryGuardrails: Bool
    /// Reads a key file. The path is relative to the source's directory, and has no `.` or `..` components. The reader
    /// has to see to it that no symbolic link leads out of the directory.
    public let keyFile: @Sendable (_ path: String) -> Result<[UInt8], KeyFileError>
    /// Names the key files in a directory: those that end in `.pub` or `.pem`, not those below it. The path is as that of
    /// ``keyFile``, which reads each of them, and the same care about links is due.
    public let keyDirectory: @Sendable (_ path: String) -> Result<[String], KeyFileError>

    public init(
        name: String, directory: String = "", files: [PolicyFile], mayCarryGuardrails: Bool = false,
        keyDirectory: @escaping @Sendable (_ path: String) -> Result<[String], KeyFileError> = { _ in
            .failure(KeyFileError("this source has no directories of keys"))
        },
        keyFile: @escaping @Sendable (_ path: String) -> Result<[UInt8], KeyFileError>
    ) {
        self.name = name
        self.directory = directory
        self.files = files
        self.mayCarryGuardrails = mayCarryGuardrails
        self.keyFile = keyFile
        self.keyDirectory = keyDirectory
    }

    /// How errors name a file of the source.
    func shown(_ path: String) -> String {
        directory.isEmpty ? path : directory.hasSuffix("/") ? directory + path : directory + "/" + path
    }
}

/// A policy file as it was read.
public struct PolicyFile: Sendable, Hashable {
    /// Relative to the source's directory, separated by `/`.
    public let path: String
    public let bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// Why a key file could not be read, in one line.
public struct KeyFileError: Error, Sendable, Hashable {
    public let message: String

    public init(_ message: String) { self.message = message }
}

/// Paths that policy files name.
enum RelativePath {
    /// `path` as seen from the file `base`, both within one directory, without `.` and `..`. Nil if it is absolute or
    /// leads out of that directory.
    static func resolve(_ path: String, from base: String) -> String? {
        guard !path.utf8.starts(with: "/".utf8) else { return nil }
        var parts: [String] = []
        // The file's own directory goes through the same steps: a `.` in it must not stand for a level to climb.
        for part in components(base).dropLast() + components(path) {
            switch part {
            case "", ".": continue
            case "..": if parts.popLast() == nil { return nil }
            default: parts.append(part)
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    private static func components(_ path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }
}

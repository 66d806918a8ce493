import Findings
import OCI
import StrictEncoding

/// Runs `docker-credential-NAME get` (docker-credential-helpers' protocol): the registry goes in, a user name and a
/// secret come out.
public struct CredentialHelpers: Sendable {
    /// Handed to helpers; `PATH` says where they are.
    let environment: [String: String]
    let deadline: Duration

    /// Helpers of clouds ask a service over the network.
    public static let standardDeadline = Duration.seconds(30)
    /// Bytes of either stream; a secret has a few KiB.
    static let longestOutput = 64 << 10

    /// Nil if the helper knows no credential.
    func credential(helper: String, registry: RegistryHost) async throws(CredentialHelperError) -> RegistryCredential? {
        let path = try program(helper)
        for server in Self.servers(registry) {
            let run = try await HelperProcess.run(
                path: path, arguments: ["get"], environment: environment, input: Array(server.utf8),
                limit: Self.longestOutput, deadline: deadline, name: helper)
            if let found = try Self.read(run, helper: helper) { return found }
        }
        return nil
    }

    /// By which names a registry stands in a store. docker writes that of Docker Hub as a URL, podman as the host.
    private static func servers(_ registry: RegistryHost) -> [String] {
        registry.description.utf8.elementsEqual("docker.io".utf8)
            ? ["https://index.docker.io/v1/", registry.description] : [registry.description]
    }

    /// Found on the `PATH` that was handed in; never in the working directory, and never by a name with a slash.
    private func program(_ helper: String) throws(CredentialHelperError) -> String {
        guard (1...64).contains(helper.utf8.count),
            helper.utf8.allSatisfy({ $0.isLetterOrDigit || "._-".utf8.contains($0) })
        else { throw .name(helper) }
        let directories = (environment["PATH"] ?? "").utf8.split(separator: UInt8(ascii: ":"))
        for directory in directories where directory.first == UInt8(ascii: "/") {
            let path = String(Substring(directory)) + "/docker-credential-" + helper
            if HelperProcess.isProgram(path) { return path }
        }
        throw .absent(helper)
    }

    private static func read(
        _ run: HelperProcess.Ended, helper: String
    ) throws(CredentialHelperError) -> RegistryCredential? {
        let answer = parse(run.output)
        guard run.status == .exited(0) else {
            if [run.output, run.errors].contains(where: saysNotFound) { return nil }
            throw .failed(helper, run.status, said: said(run.errors, without: answer?.secret))
        }
        guard let answer else { throw .malformed(helper) }
        // Both empty is how some say that they know none.
        if answer.user.revealed.utf8.isEmpty, answer.secret.revealed.utf8.isEmpty { return nil }
        guard !answer.user.revealed.utf8.isEmpty, !answer.secret.revealed.utf8.isEmpty else { throw .malformed(helper) }
        return answer.user == Secret("<token>")
            ? .identityToken(answer.secret) : .password(user: answer.user, password: answer.secret)
    }

    private static func parse(_ output: [UInt8]) -> (user: Secret, secret: Secret)? {
        guard
            let root = try? JSONDocument(parsing: output, limits: JSONLimits(bytes: longestOutput, depth: 8)).root,
            let user = root["Username"]?.string, let secret = root["Secret"]?.string
        else { return nil }
        return (Secret(user), Secret(secret))
    }

    /// The protocol has no status for it, only this sentence.
    private static func saysNotFound(_ output: [UInt8]) -> Bool {
        output.drop { $0 <= 0x20 }.starts(with: "credentials not found".utf8)
    }

    /// The first line of what it wrote for people; nothing where a secret may be in it.
    private static func said(_ errors: [UInt8], without secret: Secret?) -> String {
        let text = String(decoding: errors.prefix(4096), as: UTF8.self)
        if let secret, !secret.revealed.utf8.isEmpty, errors.holds(Array(secret.revealed.utf8)) { return "" }
        return String(text.drop { $0.isWhitespace }.prefix { !$0.isNewline })
    }
}

/// Why a credential helper gave no answer. Holds nothing of its output but the first line of its errors.
public enum CredentialHelperError: Error, Equatable, Sendable {
    /// A name that is none: it becomes part of a path.
    case name(String)
    /// No such program on `PATH`.
    case absent(String)
    /// It could not be started; with the system's words.
    case notStarted(String, reason: String)
    case failed(String, HelperStatus, said: String)
    case timedOut(String, after: Duration)
    case tooMuchOutput(String)
    /// It ended well and printed something else than a user name and a secret.
    case malformed(String)
    case cancelled(String)

    /// One line for people; untrusted text in it is quoted.
    public var message: String {
        switch self {
        case .name(let name):
            "expected a credential helper's name of letters, digits, `.`, `_` and `-`, found \(Finding.quoted(name))"
        case .absent(let name): "the program `docker-credential-\(name)` is not on PATH"
        case .notStarted(let name, let reason):
            "the program `docker-credential-\(name)` can't be started: \(Finding.escaped(reason))"
        case .failed(let name, let status, let said):
            "the program `docker-credential-\(name)` \(status.text)"
                + (said.utf8.isEmpty ? "" : ": " + Finding.quoted(said))
        case .timedOut(let name, let duration):
            "the program `docker-credential-\(name)` gave no answer within \(duration)"
        case .tooMuchOutput(let name):
            "expected at most \(CredentialHelpers.longestOutput) bytes from `docker-credential-\(name)`, found more"
        case .malformed(let name):
            "expected a user name and a secret from `docker-credential-\(name)`, found something else"
        case .cancelled(let name): "the program `docker-credential-\(name)` was ended, nobody waits for it"
        }
    }
}

/// How a helper ended.
public enum HelperStatus: Sendable, Hashable {
    case exited(Int32)
    case signal(Int32)

    var text: String {
        switch self {
        case .exited(let status): "ended with status \(status)"
        case .signal(let number): "was ended by signal \(number)"
        }
    }
}

extension [UInt8] {
    fileprivate func holds(_ part: [UInt8]) -> Bool {
        guard part.count <= count else { return false }
        return (0...count - part.count).contains { self[$0..<$0 + part.count].elementsEqual(part) }
    }
}

import FoundationEssentials
import Glibc

@testable import OCIDistribution

/// A directory of one test, with files and small programs; removed when nobody holds it.
final class CredentialPlace: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(
            "landwaiter-credentials-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and says where it is.
    @discardableResult
    func file(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        chmod(file, mode)
        return file
    }

    /// Writes `docker-credential-NAME`. Another process writes it: a program that is open for writing can't be started,
    /// and what is open here is open in every child of this process for a moment.
    func helper(_ name: String, _ script: String) async throws {
        let program = try file("bin/docker-credential-" + name, "")
        _ = try await HelperProcess.run(
            path: "/bin/sh", arguments: ["-c", #"rm "$0"; cat > "$0"; chmod 755 "$0""#, program],
            environment: environment,
            input: Array(("#!/bin/sh\n" + script + "\n").utf8), limit: 4096, deadline: .seconds(150), name: name)
    }

    /// With the helpers before the system's programs.
    var environment: [String: String] { ["PATH": path + "/bin:/usr/bin:/bin", "HOME": path] }

    func read(_ name: String) -> String? {
        FileManager.default.contents(atPath: path + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The credentials of one configuration file.
    func credentials(_ configuration: String) throws -> RegistryCredentials {
        let file = try file("config.json", configuration)
        return RegistryCredentials(
            CredentialFileSearch(file: file, environment: [:]), environment: environment, warn: { _ in })
    }
}

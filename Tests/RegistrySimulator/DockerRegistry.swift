import Foundation

/// Debian's `docker-registry` on loopback: a real registry without a referrers API (distribution 2.8).
///
///     try await DockerRegistry.with { registry in
///         … registry.host …
///         #expect(registry.accesses().count { $0.method == "GET" } == 2)
///     }
///
/// It stores into a temporary directory, and is ended when the closure returns or this process ends.
package final class DockerRegistry: Sendable {
    package struct Configuration: Sendable {
        package enum Access: Sendable {
            case open
            /// Names and passwords, in a file of `htpasswd`.
            case basic(users: [String: String])
            /// Signed tokens of a server at this realm.
            case tokens(DistributionTokens, realm: String, service: String)
        }
        package var access = Access.open
        package var certificates: TestCertificates?
        package var deletes = true
        /// Whom it tells of what happens, each with headers.
        package var endpoints: [Endpoint] = []

        package init() {}

        package init(_ alter: (inout Configuration) -> Void) { alter(&self) }
    }

    /// A receiver of notifications.
    package struct Endpoint: Sendable {
        package var url: String
        package var headers: [String: String]

        package init(url: String, headers: [String: String] = [:]) {
            self.url = url
            self.headers = headers
        }
    }

    /// One line of the access log.
    package struct Access: Sendable {
        package let method: String
        package let path: String
        package let status: Int
        /// Bytes of the answer's body.
        package let bytes: Int
    }

    /// `127.0.0.1:PORT`
    package let host: String
    package let url: String
    private let directory: TemporaryDirectory

    /// Whether the program is there to be started.
    package static var isInstalled: Bool { Tool.path("docker-registry") != nil }

    /// Runs a registry for as long as `body` runs.
    package static func with<Value>(
        _ configuration: Configuration = Configuration(), isolation: isolated (any Actor)? = #isolation,
        _ body: (DockerRegistry) async throws -> Value
    ) async throws -> Value {
        guard let program = Tool.path("docker-registry") else {
            throw RegistrySimulatorError.notInstalled("docker-registry")
        }
        let directory = try TemporaryDirectory()
        try await directory.write(text(configuration, directory), to: "config.yml")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // Whoever holds the other end of standard input keeps the registry alive; it ends with this process, however
        // that ends.
        process.arguments = [
            "-c", #""$1" serve "$2" >"$3" 2>"$4" & registry=$!; cat >/dev/null; kill -KILL $registry; wait"#,
            "sh", program, directory.path("config.yml"), directory.path("access.log"), directory.path("registry.log"),
        ]
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": directory.path]
        let life = Pipe()
        process.standardInput = life
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { try? life.fileHandleForWriting.close() }
        let host = try await awaitStart(directory)
        return try await body(DockerRegistry(host, configuration, directory))
    }

    private init(_ host: String, _ configuration: Configuration, _ directory: TemporaryDirectory) {
        self.host = host
        url = (configuration.certificates == nil ? "http://" : "https://") + host
        self.directory = directory
    }

    /// What it answered so far. It writes a line after an answer has left, so wait a moment before counting.
    package func accesses() -> [Access] {
        ((try? directory.read("access.log")) ?? "").split(separator: "\n").compactMap { Access(String($0)) }
    }

    /// The same, once nothing has been added for a tenth of a second.
    package func settledAccesses() async throws -> [Access] {
        var before = -1
        var now = accesses()
        while now.count != before {
            before = now.count
            try await Task.sleep(for: .milliseconds(100))
            now = accesses()
        }
        return now
    }

    /// What it says of itself.
    package func log() -> String { (try? directory.read("registry.log")) ?? "" }

    // MARK: Starting

    /// The port is chosen by the kernel and told in the log.
    private static func awaitStart(_ directory: TemporaryDirectory) async throws -> String {
        for _ in 0..<200 {
            let log = (try? directory.read("registry.log")) ?? ""
            if let range = log.range(of: "listening on 127.0.0.1:") {
                let port = log[range.upperBound...].prefix { $0.isNumber }
                return "127.0.0.1:\(port)"
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw RegistrySimulatorError.didNotStart(log: (try? directory.read("registry.log")) ?? "")
    }

    private static func text(_ configuration: Configuration, _ directory: TemporaryDirectory) async throws -> String {
        var text = """
            version: 0.1
            log: {level: info, formatter: text}
            storage:
              filesystem: {rootdirectory: \(directory.path("storage"))}
              delete: {enabled: \(configuration.deletes)}
            http:
              addr: 127.0.0.1:0

            """
        if let certificates = configuration.certificates {
            text += """
                  tls:
                    certificate: \(certificates.directory.path("server.pem"))
                    key: \(certificates.directory.path("server.key"))

                """
        }
        if !configuration.endpoints.isEmpty { text += "notifications:\n  endpoints:\n" }
        for (number, endpoint) in configuration.endpoints.enumerated() {
            text +=
                "    - {name: endpoint-\(number), url: \"\(endpoint.url)\", timeout: 5s, threshold: 3, backoff: 200ms"
            let headers = endpoint.headers.sorted { $0.key < $1.key }.map { "\($0.key): [\"\($0.value)\"]" }
            text += ", headers: {\(headers.joined(separator: ", "))}}\n"
        }
        switch configuration.access {
        case .open: break
        case .basic(let users):
            var lines = ""
            for (name, password) in users.sorted(by: { $0.key < $1.key }) {
                // The cheapest bcrypt: the registry computes it for every request.
                lines +=
                    try await Tool.succeed("htpasswd", ["-nbB", "-C", "4", name, password]).split(separator: "\n")
                    .joined() + "\n"
            }
            try directory.write(lines, to: "htpasswd")
            text += "auth:\n  htpasswd: {realm: simulator, path: \(directory.path("htpasswd"))}\n"
        case .tokens(let tokens, let realm, let service):
            try directory.write(tokens.certificate, to: "issuers.pem")
            text += """
                auth:
                  token:
                    realm: \(realm)
                    service: \(service)
                    issuer: \(tokens.issuer)
                    rootcertbundle: \(directory.path("issuers.pem"))

                """
        }
        return text
    }
}

extension DockerRegistry.Access {
    /// Apache's combined format.
    init?(_ line: String) {
        let quoted = line.split(separator: "\"", omittingEmptySubsequences: false)
        guard quoted.count > 2 else { return nil }
        let request = quoted[1].split(separator: " ")
        let result = quoted[2].split(separator: " ")
        guard request.count == 3, result.count == 2, let status = Int(result[0]), let bytes = Int(result[1])
        else { return nil }
        self.init(method: String(request[0]), path: String(request[1]), status: status, bytes: bytes)
    }
}

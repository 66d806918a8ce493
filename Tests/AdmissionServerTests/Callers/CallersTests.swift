import AdmissionServer
import Glibc
import PKI
import RegistrySimulator
import Signing
import Simulators
import StrictEncoding
import Testing

/// Who may call, over real connections.
@Suite struct CallersTests {
    private let directory: TemporaryDirectory
    private let authority: TestAuthority
    private let domain: SimulatedTrustDomain
    private let surface = TestSurface()

    init() throws {
        directory = try TemporaryDirectory()
        authority = try TestAuthority()
        domain = try SimulatedTrustDomain()
        try directory.write(try authority.server())
        try directory.write(authority.authority.root.pem, to: "ca.pem")
        try directory.write(Self.text(try domain.bundle()), to: "bundle.json")
    }

    private static func text(_ tree: JSONTree) -> String { String(decoding: tree.canonicalBytes(), as: UTF8.self) }

    private func bundleFile() throws -> SPIFFEBundleFile {
        SPIFFEBundleFile(trustDomain: try SPIFFETrustDomain("example.org"), file: directory.path("bundle.json"))
    }

    private func server(_ rules: CallerRules, required: Bool = false) async throws -> TestServer {
        var configuration = AdmissionServerConfiguration(
            listeners: [
                ListenerConfiguration(
                    name: "main", address: .tcp(host: "127.0.0.1", port: 0),
                    tls: ListenerTLS(
                        certificateFile: directory.path("server.pem"), keyFile: directory.path("server.key"),
                        clients: ClientAuthorities(
                            files: [directory.path("ca.pem")], bundles: [try bundleFile()], areRequired: required)),
                    surfaces: [.kubernetesValidate])
            ], access: [.kubernetesValidate: .callers(rules)])
        configuration.shutdown.lameDuck = .zero
        return try await TestServer(configuration, surfaces: [surface])
    }

    private func answer(
        _ server: TestServer, _ tls: RawClient.TLS = RawClient.TLS(), headers: [String] = []
    ) async throws -> RawAnswer {
        try await server.client(tls: tls).request(Wire.post("/v1/kubernetes/validate", "{}", headers: headers))
    }

    // MARK: Certificates

    @Test func letsInTheListedDomainNameAndNobodyElse() async throws {
        let server = try await server(CallerRules(certificates: [try CertificateRule(parsing: "dns:api.example")]))
        let listed = try await answer(server, try authority.issue([.dns("other.example"), .dns("api.example")]).tls)
        #expect(listed.status == 200)
        #expect(listed.text == "dns:api.example")
        for names: [CertificateTemplate.Name] in [
            [.dns("xapi.example")], [.dns("api.example.evil.example")], [.dns("*.example")], [.dns("API.example")],
            [.email("api.example")], [.uri("dns:api.example")],
        ] {
            let other = try await answer(server, try authority.issue(names).tls)
            #expect(other.status == 403, "\(names)")
            #expect(!other.text.contains("api.example"))
        }
        #expect(try await answer(server).status == 401)
        #expect(surface.asked.count == 1)
        #expect(server.notices.of(.callerRefused).count == 7)
    }

    @Test func refusesCertificatesThatNoAuthorityVouchesFor() async throws {
        let server = try await server(CallerRules(certificates: [try CertificateRule(parsing: "dns:api.example")]))
        let foreign = try TestAuthority("foreign").issue([.dns("api.example")])
        let expired = try authority.issue([.dns("api.example")]) { $0.notAfter = SimulatedCA.now.adding(seconds: -1) }
        let ofServers = try authority.issue([.dns("api.example")], usage: ChainProfile.serverAuthentication)
        for credentials in [foreign, expired, ofServers] {
            await #expect(throws: (any Error).self) { try await answer(server, credentials.tls) }
        }
        #expect(surface.asked.isEmpty)
    }

    @Test func letsInListedWorkloadsByTheirOneURI() async throws {
        let server = try await server(
            CallerRules(certificates: [
                try CertificateRule(parsing: "spiffe://example.org/build"),
                try CertificateRule(parsing: "spiffe://example.org/ns/system/**"),
            ]))
        #expect(try await answer(server, try domain.credentials("/build").tls).text == "spiffe://example.org/build")
        #expect(try await answer(server, try domain.credentials("/ns/system/sa/api").tls).status == 200)
        for path in ["/buildx", "/build/x", "/ns/systemx/sa", "/ns/system", "/ns/other/sa"] {
            #expect(try await answer(server, try domain.credentials(path).tls).status == 403, "\(path)")
        }
        // X509-SVID section 2: of two URIs nobody would know which one was checked.
        let two = try domain.credentials("/build") {
            $0.set(
                .alternativeNames(
                    [.uri("spiffe://example.org/build"), .uri("spiffe://example.org/other")], isCritical: true))
        }
        await #expect(throws: (any Error).self) { try await answer(server, two.tls) }
    }

    @Test func doesNotTakeAWorkloadFromAnAuthorityOfDomainNames() async throws {
        let server = try await server(
            CallerRules(certificates: [
                try CertificateRule(parsing: "spiffe://example.org/build"),
                try CertificateRule(parsing: "dns:api.example"),
            ]))
        for uri in ["spiffe://example.org/build", "SPIFFE://example.org/build"] {
            let forged = try authority.issue([.uri(uri), .dns("api.example")])
            await #expect(throws: (any Error).self) { try await answer(server, forged.tls) }
        }
    }

    @Test func refusesOverAKeptConnectionOnceTheCertificateExpired() async throws {
        let server = try await server(CallerRules(certificates: [try CertificateRule(parsing: "dns:api.example")]))
        let client = try await server.client(tls: try authority.issue([.dns("api.example")]).tls)
        #expect(try await client.request(Wire.post()).status == 200)
        server.clock.pass(3601)
        #expect(try await client.request(Wire.post()).status == 401)
    }

    /// A client that goes on with a session of before shows no certificate again (RFC 8446 section 2.2).
    @Test func knowsAClientThatResumesItsSession() async throws {
        let server = try await server(CallerRules(certificates: [try CertificateRule(parsing: "dns:api.example")]))
        let credentials = try authority.issue([.dns("api.example")])
        try directory.write(credentials, "client")
        for version in ["-tls1_2", "-tls1_3"] {
            let session = directory.path("session\(version)")
            for resuming in [false, true] {
                let script = """
                    (printf 'POST /v1/kubernetes/validate HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\nContent-Length: 2\\r\\n\\r\\n{}'; sleep 1) \
                    | openssl s_client -quiet -connect 127.0.0.1:\(server.port()) \(version) -cert client.pem -key client.key \
                    -cert_chain client.pem \(resuming ? "-sess_in" : "-sess_out") \(session)
                    """
                let output = try await Tool.run("sh", ["-c", script], in: directory.path)
                #expect(output.text.contains("HTTP/1.1 200"), "\(version) \(resuming): \(output.text)")
            }
        }
    }

    @Test func refusesAHandshakeWithoutACertificateWhereItIsRequired() async throws {
        let server = try await server(
            CallerRules(certificates: [try CertificateRule(parsing: "dns:api.example")]), required: true)
        await #expect(throws: (any Error).self) { try await answer(server) }
    }

    // MARK: Tokens

    private func tokenRules() throws -> CallerRules {
        CallerRules(workloadTokens: [
            WorkloadTokenRule(
                bundle: try bundleFile(), audience: "landwaiter",
                workloads: [try SPIFFERule(parsing: "spiffe://example.org/build")])
        ])
    }

    private func token(_ alter: (inout SimulatedToken) -> Void = { _ in }) throws -> String {
        var token = SimulatedToken()
        token.claims["aud"] = ["landwaiter"]
        alter(&token)
        return try token.signed(by: domain.tokenKey)
    }

    @Test func letsInAWorkloadByItsToken() async throws {
        let server = try await server(try tokenRules())
        let listed = try await answer(server, headers: ["Authorization: bearer \(try token())"])
        #expect(listed.text == "spiffe://example.org/build")
        // No surface sees the token.
        #expect(surface.asked.first?.headers["authorization"] == nil)
        let none = try await answer(server)
        #expect(none.status == 401)
        #expect(none.headers["www-authenticate"] == "Bearer")
    }

    @Test func refusesTokensOfOthersForOthersAndOfYesterday() async throws {
        let server = try await server(try tokenRules())
        let foreign = try SimulatedTrustDomain()
        let bad: [(String, Int)] = [
            (try token { $0.claims["aud"] = ["registry"] }, 401),
            (try token { $0.claims["exp"] = .integer(SimulatedCA.now.secondsSince1970 - 60) }, 401),
            (try token { $0.claims["nbf"] = .integer(SimulatedCA.now.secondsSince1970 + 60) }, 401),
            (try token { $0.claims["sub"] = "spiffe://example.org/other" }, 403),
            (try token { $0.claims["sub"] = "spiffe://other.example/build" }, 401),
            (try token() + "x", 401), ("", 401), ("a.b.c", 401),
        ]
        for (token, status) in bad {
            let refused = try await answer(server, headers: ["Authorization: Bearer \(token)"])
            #expect(refused.status == status, "\(token)")
        }
        var forged = SimulatedToken()
        forged.claims["aud"] = ["landwaiter"]
        let byOther = try forged.signed(by: foreign.tokenKey)
        #expect(try await answer(server, headers: ["Authorization: Bearer \(byOther)"]).status == 401)
        let twice = try await answer(
            server, headers: ["Authorization: Bearer \(try token())", "Authorization: Bearer \(try token())"])
        #expect(twice.status == 401)
        #expect(surface.asked.isEmpty)
    }

    @Test func takesANewBundleForTokensWithoutARestart() async throws {
        let server = try await server(try tokenRules())
        let rotated = try SimulatedTrustDomain()
        var new = SimulatedToken()
        new.claims["aud"] = ["landwaiter"]
        let text = try new.signed(by: rotated.tokenKey)
        #expect(try await answer(server, headers: ["Authorization: Bearer \(text)"]).status == 401)
        try directory.write(Self.text(try rotated.bundle(sequence: 2)), to: "bundle.json")
        server.server.reload()
        #expect(try await answer(server, headers: ["Authorization: Bearer \(text)"]).status == 200)
        #expect(try await answer(server, headers: ["Authorization: Bearer \(try token())"]).status == 401)
    }

    // MARK: Secrets

    @Test func letsInWhoKnowsTheSecret() async throws {
        try directory.write("Bearer 0123456789abcdef\n", to: "secret")
        let server = try await server(
            CallerRules(secrets: [SharedSecretRule(name: "registry", file: directory.path("secret"))]))
        let known = try await answer(server, headers: ["Authorization: Bearer 0123456789abcdef"])
        #expect(known.text == "secret:registry")
        for value in ["Bearer 0123456789abcdeF", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0", ""] {
            #expect(try await answer(server, headers: ["Authorization: \(value)"]).status == 401)
        }
        try directory.write("Bearer fedcba9876543210", to: "secret")
        server.server.reload()
        #expect(try await answer(server, headers: ["Authorization: Bearer 0123456789abcdef"]).status == 401)
        #expect(try await answer(server, headers: ["Authorization: Bearer fedcba9876543210"]).status == 200)
    }

    @Test func doesNotStartWithASecretThatCanBeGuessed() async throws {
        try directory.write("short\n", to: "secret")
        await #expect(throws: ServerConfigurationError.self) {
            _ = try await server(
                CallerRules(secrets: [SharedSecretRule(name: "registry", file: directory.path("secret"))]))
        }
    }

    // MARK: Before the body

    @Test func refusesAStrangerBeforeTheBodyIsRead() async throws {
        let server = try await server(try tokenRules())
        let client = try await server.client(tls: RawClient.TLS())
        try await client.send(
            "POST /v1/kubernetes/validate HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\nExpect: 100-continue\r\n\r\n")
        #expect(try await client.answer().status == 401)
    }
}

/// Unix sockets: who connects is what the kernel says.
@Suite struct UnixSocketTests {
    private func configuration(_ path: String, _ access: SurfaceAccess) -> AdmissionServerConfiguration {
        var configuration = AdmissionServerConfiguration(
            listeners: [
                ListenerConfiguration(
                    name: "main", address: .unix(path: path, mode: .ownerAndGroup), surfaces: [.containerd])
            ], access: [.containerd: access])
        configuration.shutdown.lameDuck = .zero
        return configuration
    }

    private var surface: TestSurface {
        TestSurface(.containerd, routes: [SurfaceRoute("POST", "/v1/containerd", bodyByteLimit: 1024)])
    }

    @Test func letsInTheListedUserAndNobodyElse() async throws {
        let directory = try TemporaryDirectory()
        for (user, status) in [(getuid(), 200), (getuid() + 1, 403)] {
            let path = directory.path("s")
            let server = try await TestServer(
                configuration(path, .callers(CallerRules(unixUsers: [user]))), surfaces: [surface])
            let answer = try await RawClient.connect(socket: path).request(Wire.post("/v1/containerd"))
            #expect(answer.status == status)
            if status == 200 { #expect(answer.text == "unix:\(user)") }
            await server.terminate()
            try await server.end()
        }
    }

    @Test func hasThePermissionsThatWereAskedForAndLeavesNothingBehind() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("s")
        let server = try await TestServer(configuration(path, .insecureUnauthenticated), surfaces: [surface])
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o660)
        await server.terminate()
        try await server.end()
        #expect(stat(path, &status) != 0)
    }

    @Test func replacesASocketButNoOtherFile() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("s")
        let first = try await TestServer(configuration(path, .insecureUnauthenticated), surfaces: [surface])
        let second = try await TestServer(configuration(path, .insecureUnauthenticated), surfaces: [surface])
        await first.terminate()
        try await first.end()
        // The one that went away left the socket of the one that stays.
        #expect(try await RawClient.connect(socket: path).request(Wire.post("/v1/containerd")).status == 200)
        await second.terminate()
        try await second.end()
        try directory.write("mine", to: "s")
        let third = try await TestServer(
            configuration(path, .insecureUnauthenticated), surfaces: [surface], mayFail: true)
        await #expect(throws: ServerConfigurationError.self) { try await third.end() }
        #expect(try directory.read("s") == "mine")
    }
}

import AdmissionServer
import PKI
import RegistrySimulator
import Simulators
import StrictEncoding
import Testing

/// Files of a listener that change while it serves.
@Suite struct RotationTests {
    private let directory: TemporaryDirectory
    private let authority: TestAuthority

    init() throws {
        directory = try TemporaryDirectory()
        authority = try TestAuthority()
    }

    private func server(
        clients: ClientAuthorities? = nil, access: SurfaceAccess = .insecureUnauthenticated,
        surface: TestSurface = TestSurface()
    ) async throws -> TestServer {
        var configuration = AdmissionServerConfiguration(
            listeners: [
                ListenerConfiguration(
                    name: "main", address: .tcp(host: "127.0.0.1", port: 0),
                    tls: ListenerTLS(
                        certificateFile: directory.path("server.pem"), keyFile: directory.path("server.key"),
                        clients: clients), surfaces: [.kubernetesValidate])
            ], access: [.kubernetesValidate: access])
        configuration.shutdown.lameDuck = .zero
        // Tests look at the files when they like.
        configuration.secondsBetweenReloads = 3600
        return try await TestServer(configuration, surfaces: [surface])
    }

    /// The certificate that a new connection is shown.
    private func shown(_ server: TestServer) async throws -> [UInt8] {
        let seen = Kept([UInt8]())
        var tls = RawClient.TLS()
        tls.seen = { der in seen.update { $0 = der } }
        let answer = try await server.client(tls: tls).request(Wire.post())
        #expect(answer.status == 200)
        return seen.update { $0 }
    }

    @Test func rotatesUnderLoadWithoutADroppedRequest() async throws {
        let first = try authority.server()
        try directory.write(first)
        let server = try await server()
        let failures = Kept([String]())
        let answered = Kept(0)
        let (directory, authority) = (directory, authority)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let isOver = Kept(false)
            for worker in 0..<4 {
                tasks.addTask {
                    var kept: RawClient?
                    while !isOver.update({ $0 }) {
                        do {
                            // Two workers keep their connection, two make a new one for each request.
                            let client: RawClient
                            if worker < 2, let kept {
                                client = kept
                            } else {
                                client = try await server.client(tls: RawClient.TLS())
                            }
                            kept = client
                            let answer = try await client.request(Wire.post())
                            if answer.status != 200 { failures.update { $0.append("status \(answer.status)") } }
                            answered.update { $0 += 1 }
                        } catch {
                            failures.update { $0.append("\(error)") }
                        }
                    }
                }
            }
            tasks.addTask {
                for _ in 0..<5 {
                    try directory.write(try authority.server())
                    server.server.reload()
                    let before = answered.update { $0 }
                    let end = ContinuousClock.now.advanced(by: .seconds(10))
                    while answered.update({ $0 }) < before + 8, ContinuousClock.now < end {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                isOver.update { $0 = true }
            }
            try await tasks.waitForAll()
        }
        #expect(failures.update { $0 } == [])
        #expect(answered.update { $0 } >= 40)
        #expect(server.notices.of(.reloaded).count == 5)
        #expect(try await shown(server) != first.leaf.der)
    }

    @Test func keepsTheOldCertificateWhereTheNewOneExpired() async throws {
        let old = try authority.server()
        try directory.write(old)
        let server = try await server()
        try directory.write(try authority.server { $0.notAfter = SimulatedCA.now.adding(seconds: -1) })
        server.server.reload()
        server.server.reload()
        #expect(try await shown(server) == old.leaf.der)
        // Loudly, and once for as long as nothing changes.
        let notices = server.notices.of(.reloadFailed)
        #expect(notices.count == 1)
        #expect(notices.first?.isAlarm == true)
        #expect(notices.first?.message.contains("that is valid at 2026-05-28T20:26:40Z") == true)
    }

    @Test func takesANewCertificateOnceItIsValid() async throws {
        let old = try authority.server()
        try directory.write(old)
        let server = try await server()
        let new = try authority.server { $0.notBefore = SimulatedCA.now.adding(seconds: 60) }
        try directory.write(new)
        server.server.reload()
        #expect(try await shown(server) == old.leaf.der)
        server.clock.pass(60)
        server.server.reload()
        #expect(try await shown(server) == new.leaf.der)
    }

    @Test func keepsTheOldPairUntilBothFilesOfTheNewOneAreThere() async throws {
        let old = try authority.server()
        try directory.write(old)
        let server = try await server()
        let new = try authority.server()
        try directory.write(new.pem, to: "server.pem")
        server.server.reload()
        #expect(try await shown(server) == old.leaf.der)
        try directory.write(new.keyPEM, to: "server.key")
        server.server.reload()
        #expect(try await shown(server) == new.leaf.der)
    }

    @Test func keepsTheOldCertificateWhereTheFileIsGoneOrJunk() async throws {
        let old = try authority.server()
        try directory.write(old)
        let server = try await server()
        try directory.write("junk", to: "server.pem")
        server.server.reload()
        #expect(try await shown(server) == old.leaf.der)
        try directory.write(old.pem, to: "server.pem")
        server.server.reload()
        #expect(server.notices.of(.reloadFailed).count == 1)
    }

    @Test(arguments: ["expired", "other key", "junk"])
    func doesNotStartWithACertificateThatNobodyWouldTake(what: String) async throws {
        try directory.write(
            try authority.server { if what == "expired" { $0.notAfter = SimulatedCA.now.adding(seconds: -1) } })
        if what == "other key" { try directory.write(try authority.server().keyPEM, to: "server.key") }
        if what == "junk" { try directory.write("junk", to: "server.pem") }
        await #expect(throws: ServerConfigurationError.self) { _ = try await server() }
    }

    @Test func believesNewAuthoritiesAndForgetsOldOnesWithoutARestart() async throws {
        try directory.write(try authority.server())
        try directory.write(authority.authority.root.pem, to: "ca.pem")
        let other = try TestAuthority("other")
        let server = try await server(
            clients: ClientAuthorities(files: [directory.path("ca.pem")], areRequired: true),
            access: .callers(CallerRules(certificates: [try CertificateRule(parsing: "dns:api.example")])))
        let first = try authority.issue([.dns("api.example")])
        let second = try other.issue([.dns("api.example")])
        let kept = try await server.client(tls: first.tls)
        #expect(try await kept.request(Wire.post()).text == "dns:api.example")
        await #expect(throws: (any Error).self) { try await server.client(tls: second.tls).request(Wire.post()) }

        try directory.write(other.authority.root.pem, to: "ca.pem")
        server.server.reload()
        #expect(try await server.client(tls: second.tls).request(Wire.post()).status == 200)
        await #expect(throws: (any Error).self) { try await server.client(tls: first.tls).request(Wire.post()) }
        // Nor over the connection that was made before.
        #expect(try await kept.request(Wire.post()).status == 401)
    }

    @Test func speaksNothingOlderThanTLS12() async throws {
        try directory.write(try authority.server())
        let server = try await server()
        for (version, isTaken) in [(RawClient.TLS.Version.tls12, true), (.tls11, false)] {
            var tls = RawClient.TLS()
            tls.maximumVersion = version
            let answer = try? await server.client(tls: tls).request(Wire.post())
            #expect((answer?.status == 200) == isTaken)
        }
    }

    @Test func isNotReachedInClear() async throws {
        try directory.write(try authority.server())
        let surface = TestSurface()
        let server = try await server(surface: surface)
        let client = try await server.client()
        try await client.send(Wire.post())
        #expect(await client.waitForEnd())
        #expect(surface.asked.isEmpty)
    }
}

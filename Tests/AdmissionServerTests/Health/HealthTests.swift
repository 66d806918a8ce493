import AdmissionServer
import AdmissionService
import RegistrySimulator
import Simulators
import StrictEncoding
import Testing

/// What probes and scrapers see.
@Suite struct HealthTests {
    private func get(_ server: TestServer, _ path: String) async throws -> RawAnswer {
        try await server.client().request(Wire.get(path))
    }

    private func part(_ answer: RawAnswer, _ name: String) throws -> String? {
        let parts = try JSONDocument(parsing: answer.body).root["parts"]?.array
        return parts?.first { $0["name"]?.string == name }?["state"]?.string
    }

    @Test func answersProbesWithoutCallers() async throws {
        let server = try await TestServer(.open([.health]), surfaces: [])
        #expect(try await get(server, "/healthz").text == #"{"status":"ok"}"#)
        #expect(try await get(server, "/version").text == #"{"name":"landwaiter","version":"1.2.3"}"#)
        let ready = try await get(server, "/readyz")
        #expect(ready.status == 200)
        #expect(try part(ready, "policy") == "ok")
        #expect(try part(ready, "server") == "ok")
        #expect(try part(ready, "callers") == "ok")
    }

    @Test func isUnreadyWhereTheServiceIs() async throws {
        let readiness = Readiness([Readiness.Part("record", .failed, "the store is not reachable")])
        let server = try await TestServer(.open([.health]), surfaces: [], readiness: readiness)
        let ready = try await get(server, "/readyz")
        #expect(ready.status == 503)
        #expect(ready.text.contains("the store is not reachable"))
        // The process answers: nothing that a new one would mend.
        #expect(try await get(server, "/healthz").status == 200)
    }

    @Test func saysWhatIsOpen() async throws {
        let server = try await TestServer(.open([.kubernetesValidate, .health, .metrics]), surfaces: [TestSurface()])
        let ready = try await get(server, "/readyz")
        #expect(ready.status == 200)
        #expect(try part(ready, "callers") == "degraded")
        #expect(ready.text.contains("insecureUnauthenticated: whoever reaches surface kubernetes-validate may call it"))
        #expect(ready.text.contains("insecurePlaintext: listener main takes requests in clear"))
        let metrics = try await get(server, "/metrics").text
        #expect(metrics.contains("\nlandwaiter_http_insecure_options 2\n"))
        for (option, count) in [
            ("any-caller", 1), ("plaintext-listener", 1), ("any-notifier", 0), ("plain-http-registry", 0),
        ] {
            #expect(metrics.contains("\nlandwaiter_insecure_options{option=\"\(option)\"} \(count)\n"), "\(option)")
        }
        #expect(server.notices.of(.insecure).count == 2)
        #expect(server.notices.of(.insecure).filter(\.isAlarm).count == 2)
    }

    @Test func countsRequestsUnderLabelsThatNoCallerChooses() async throws {
        let server = try await TestServer(.open([.kubernetesValidate, .metrics]), surfaces: [TestSurface()])
        let client = try await server.client()
        _ = try await client.request(Wire.post())
        for number in 0..<300 { _ = try await client.request(Wire.get("/\(number)?x=\(number)")) }
        let answer = try await get(server, "/metrics")
        #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = answer.text.split(separator: "\n")
        #expect(lines.contains(#"landwaiter_http_requests_total{surface="kubernetes-validate",status="2xx"} 1"#))
        #expect(lines.contains(#"landwaiter_http_requests_total{surface="other",status="4xx"} 300"#))
        #expect(lines.contains(#"landwaiter_http_refused_total{surface="other",refusal="unknown-path"} 300"#))
        #expect(lines.filter { $0.hasPrefix("landwaiter_http_refused_total{") }.count == 1)
        #expect(lines.contains("landwaiter_http_requests_under_way 1"))
    }

    @Test func warnsOfACertificateThatEndsAndFailsWhenItHas() async throws {
        let directory = try TemporaryDirectory()
        let authority = try TestAuthority()
        try directory.write(try authority.server { $0.notAfter = SimulatedCA.now.adding(seconds: 90_000) })
        var configuration = AdmissionServerConfiguration(
            listeners: [
                ListenerConfiguration(
                    name: "main", address: .tcp(host: "127.0.0.1", port: 0),
                    tls: ListenerTLS(
                        certificateFile: directory.path("server.pem"), keyFile: directory.path("server.key")),
                    surfaces: [.health, .metrics])
            ], access: [:])
        configuration.shutdown.lameDuck = .zero
        let server = try await TestServer(configuration, surfaces: [])
        func state() async throws -> String? {
            try part(try await server.client(tls: RawClient.TLS()).request(Wire.get("/readyz")), "certificates")
        }
        func days() async throws -> String? {
            let answer = try await server.client(tls: RawClient.TLS()).request(Wire.get("/metrics"))
            let name = "landwaiter_certificate_expiry_days{listener=\"main\"} "
            return answer.text.split(separator: "\n").first { $0.hasPrefix(name) }.map {
                String($0.dropFirst(name.utf8.count))
            }
        }
        #expect(try await state() == "ok")
        server.clock.pass(3600)
        #expect(try await days() == "1")
        server.clock.pass(1)
        #expect(try await state() == "degraded")
        server.clock.pass(86_401)
        #expect(try await state() == "failed")
        #expect(try await days()?.hasPrefix("-") == true)
        // A file that does not load stands there as long as it lies there.
        try directory.write("junk", to: "server.pem")
        server.server.reload()
        let ready = try await server.client(tls: RawClient.TLS()).request(Wire.get("/readyz"))
        #expect(try part(ready, "files") == "degraded")
    }
}

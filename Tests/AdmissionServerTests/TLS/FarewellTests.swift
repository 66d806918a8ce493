import AdmissionServer
import RegistrySimulator
import Simulators
import Testing

/// Connections end when both sides have nothing more to send.
@Suite struct FarewellTests {
    /// TLS waits for a second for the other's farewell. With one connection a peer, these forty would take forty.
    @Test func whoGoesWithoutAFarewellIsNotWaitedFor() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(try TestAuthority().server())
        var configuration = AdmissionServerConfiguration(
            listeners: [
                ListenerConfiguration(
                    name: "main", address: .tcp(host: "127.0.0.1", port: 0),
                    tls: ListenerTLS(
                        certificateFile: directory.path("server.pem"), keyFile: directory.path("server.key"),
                        clients: nil), surfaces: [.kubernetesValidate])
            ], access: [.kubernetesValidate: .insecureUnauthenticated])
        configuration.limits.connectionsPerPeer = 1
        configuration.shutdown.lameDuck = .zero
        let server = try await TestServer(configuration, surfaces: [TestSurface()])
        var tls = RawClient.TLS()
        tls.saysNoFarewell = true
        let began = ContinuousClock.now
        var answers = 0
        while answers < 40, began.duration(to: .now) < .seconds(30) {
            // One that comes before the last is gone is turned away.
            let client = try await server.client(tls: tls)
            let answer = try? await client.request(Wire.post(headers: ["Connection: close"]))
            if answer?.status == 200 { answers += 1 }
            await client.close()
        }
        #expect(answers == 40)
    }
}

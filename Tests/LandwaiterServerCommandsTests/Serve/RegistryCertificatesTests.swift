import AdmissionServer
import AdmissionService
import Foundation
import HTTPTransport
import LandwaiterCommands
import RegistrySimulator
import StrictEncoding
import Synchronization
import Testing
import VerdictStorage

@testable import LandwaiterServerCommands

/// What the document names about connections to registries, replaced while the server runs.
@Suite struct RegistryCertificatesTests {
    /// A registry that wants to know who asks, and what a server has of it.
    private struct Scene {
        let place: Place
        let registries: ServerRegistries
        let certificates: RegistryCertificates
        let events: Kept
        let url: WebURL

        /// Whether a new request is answered.
        func isAnswered() async -> Bool {
            var request = HTTPRequest(.get, url, limit: 1 << 16, deadline: .seconds(5), addresses: .any)
            request.showsClientCertificate = true
            return ((try? await registries.transport.send(request).status) ?? 0) == 200
        }

        func refresh(_ days: Int64 = 0) -> ReloadOutcome? {
            certificates.refresh(at: Clock.now.adding(seconds: days * 86_400))
        }

        func write(_ pair: TestCertificates.Pair) throws {
            try place.write(pair.certificate, to: "client.pem")
            try place.write(pair.key, to: "client.key")
        }
    }

    private final class Kept: EventSink {
        private let events = Mutex<[ServiceEvent]>([])
        var kinds: [ServiceEvent.Kind] { events.withLock { $0.map(\.kind) } }
        func emit(_ event: ServiceEvent) { events.withLock { $0.append(event) } }
    }

    private func with(
        _ known: TestCertificates, _ body: (Scene) async throws -> Void
    ) async throws {
        let features = RegistryFeatures { $0.tls = known.tls(wantsClient: true) }
        try await SimulatedRegistry.with(features) { registry in
            let document = Documents.small.replacing(
                "hosts: [{host: registry.example}]",
                with: "hosts: [{host: \"\(registry.host)\"}]\n    authorities: [ca.pem]\n"
                    + "    clientCertificate: {certificate: client.pem, key: client.key}")
            let place = try Place()
            try place.write(known.authority, to: "ca.pem")
            try place.write(known.client.certificate, to: "client.pem")
            try place.write(known.client.key, to: "client.key")
            let configuration = try ServerConfiguration.load(try place.write(document, to: "server.yaml"))
            let events = Kept()
            let registries = try ServerRegistries(configuration, events: events)
            let scene = Scene(
                place: place, registries: registries, certificates: try #require(registries.certificates),
                events: events, url: try WebURL(parsing: registry.url + "/v2/"))
            try await body(scene)
            await registries.transport.shutdown()
        }
    }

    @Test func aConnectionOfTheOldCertificateServesNoNewRequest() async throws {
        let (known, other) = (try await TestCertificates.make(), try await TestCertificates.make())
        try await with(known) { scene in
            #expect(await scene.isAnswered())
            #expect(scene.refresh() == nil)
            // The registry does not know who issued this one; the connection that is open still shows the other.
            try scene.write(other.client)
            #expect(scene.refresh() == .reloaded)
            #expect(await !scene.isAnswered())
            try scene.write(known.client)
            #expect(scene.refresh() == .reloaded)
            #expect(await scene.isAnswered())
            #expect(scene.events.kinds == [.certificatesReplaced, .certificatesReplaced])
        }
    }

    @Test func aRegistryWhoseAuthorityIsGoneIsNotBelieved() async throws {
        let (known, other) = (try await TestCertificates.make(), try await TestCertificates.make())
        try await with(known) { scene in
            #expect(await scene.isAnswered())
            try scene.place.write(other.authority, to: "ca.pem")
            #expect(scene.refresh() == .reloaded)
            #expect(await !scene.isAnswered())
            // Both, while one replaces the other.
            try scene.place.write(other.authority + known.authority, to: "ca.pem")
            #expect(scene.refresh() == .reloaded)
            #expect(await scene.isAnswered())
        }
    }

    @Test func whatIsBrokenKeepsTheOldAndIsToldOnce() async throws {
        let (known, other) = (try await TestCertificates.make(), try await TestCertificates.make())
        try await with(known) { scene in
            // A certificate whose key is yet to come, no certificates, no key, a pair that has ended three days from now.
            let broken = [
                (["client.pem": other.client.certificate], "does not go together", 0),
                (["ca.pem": "nothing\n"], "ca.pem", 0), (["client.key": "nothing\n"], "client.key", 0),
                (["client.pem": other.client.certificate, "client.key": other.client.key], "valid at", Int64(3)),
            ]
            for (files, reason, days) in broken {
                for (name, text) in files { try scene.place.write(text, to: name) }
                guard case .kept(let why)? = scene.refresh(days) else {
                    Issue.record("\(files.keys.sorted()) were taken")
                    continue
                }
                #expect(why.contains(reason), "\(why)")
                #expect(days != 0 || scene.refresh() == nil)
                #expect(scene.certificates.failure == why)
                #expect(await scene.isAnswered())
                try scene.place.write(known.authority, to: "ca.pem")
                try scene.write(known.client)
                #expect(scene.refresh() == nil)
                #expect(scene.certificates.failure == nil)
            }
            #expect(scene.events.kinds == Array(repeating: .certificatesBroken, count: broken.count))
        }
    }

    @Test func aPairThatDoesNotGoTogetherIsRefusedAtTheStart() async throws {
        let (known, other) = (try await TestCertificates.make(), try await TestCertificates.make())
        let place = try Place()
        try place.write(known.authority, to: "ca.pem")
        try place.write(known.client.certificate, to: "client.pem")
        try place.write(other.client.key, to: "client.key")
        let document = Documents.small.replacing(
            "hosts: [{host: registry.example}]",
            with: "hosts: [{host: registry.example}]\n    authorities: [ca.pem]\n"
                + "    clientCertificate: {certificate: client.pem, key: client.key}")
        let configuration = try ServerConfiguration.load(try place.write(document, to: "server.yaml"))
        let failure = #expect(throws: CommandFailure.self) { try ServerRegistries(configuration) }
        #expect(failure?.lines.joined().contains("does not go together") == true)
    }

    /// The server looks after them as after its own certificates.
    @Test func theServerLooksAtThem() async throws {
        let known = try await TestCertificates.make()
        let place = try Place()
        try place.write(ServedPlace.policy, to: "policies/policy.yaml")
        try place.write(known.authority, to: "ca.pem")
        let document = Documents.small.replacing(
            "hosts: [{host: registry.example}]", with: "hosts: [{host: registry.example}]\n    authorities: [ca.pem]")
        let configuration = try ServerConfiguration.load(try place.write(document, to: "server.yaml"))
        let server = try await Server(configuration, log: ServerLog(configuration.log) { _ in })
        try place.write("nothing\n", to: "ca.pem")
        server.server.reload()
        #expect(server.registries.certificates?.failure?.contains("ca.pem") == true)
        await server.store.close()
        await server.registries.transport.shutdown()
    }
}

@Suite struct PlainRegistryTests {
    /// Whoever watches the server sees that it speaks to a registry in clear.
    @Test func aRegistryInClearIsSaidAndMeasured() async throws {
        for (hosts, count) in [
            ("{host: registry.example, insecurePlainHTTP: true}", 1), ("{host: registry.example}", 0),
        ] {
            let served = try ServedPlace(Documents.small.replacing("{host: registry.example}", with: hosts))
            let configuration = try ServerConfiguration.load(served.path)
            let server = try await Server(configuration, log: ServerLog(configuration.log) { _ in })
            let text = String(decoding: server.metrics.exposition(), as: UTF8.self)
            #expect(text.contains("\nlandwaiter_insecure_options{option=\"plain-http-registry\"} \(count)\n"))
            #expect(server.registries.whatIsInsecure.count == count)
            await server.store.close()
            await server.registries.transport.shutdown()
        }
    }
}

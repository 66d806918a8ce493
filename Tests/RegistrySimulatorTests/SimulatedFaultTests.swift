import HTTPTransport
import OCI
import RegistrySimulator
import Testing

/// Each fault reaches a client as what it is called.
struct SimulatedFaultTests {
    private static let blob = [UInt8](repeating: 7, count: 1000)

    @Test func aResetIsNoAnswer() async throws {
        for fault in [RegistryFault.reset(), .reset(after: 10), .truncated(after: 10)] {
            try await exchange { registry, client in
                registry.inject(fault)
                let path = path(registry)
                await #expect { try await client.get(path) } throws: { error in
                    switch error as? HTTPTransportError {
                    case .interrupted, .unreachable: true
                    default: false
                    }
                }
            }
        }
    }

    @Test func anEndlessBodyStopsAtTheLimit() async throws {
        try await exchange { registry, client in
            registry.inject(.endlessBody)
            let path = path(registry)
            let limit = 1 << 20
            await #expect { try await client.get(path, limit: limit) } throws: { error in
                if case .tooLarge = error as? HTTPTransportError { true } else { false }
            }
            // What lies in the buffers of both sockets comes on top.
            #expect(registry.requests.allSatisfy { $0.bytesSent < limit + (16 << 20) })
        }
    }

    @Test func aDripAndASilenceMeetTheDeadline() async throws {
        for fault in [RegistryFault.drip(bytes: 1, every: .milliseconds(50)), .silence, .delay(.seconds(30))] {
            try await exchange { registry, client in
                registry.inject(fault)
                let path = path(registry)
                let start = ContinuousClock.now
                await #expect { try await client.get(path, deadline: .milliseconds(300)) } throws: { error in
                    if case .timedOut = error as? HTTPTransportError { true } else { false }
                }
                #expect(.now - start < .seconds(5))
            }
        }
    }

    @Test func answersLieAsTold() async throws {
        try await exchange { registry, client in
            let path = path(registry)
            registry.inject(.wrongBytes, on: .get(path), .nth(1))
            registry.inject(.contentType("text/html"), on: .get(path), .nth(2))
            registry.inject(.tooManyRequests(retryAfter: "7"), on: .get(path), .nth(3))
            registry.inject(.redirect(to: "http://127.0.0.1:1/"), on: .get(path), .nth(4))
            registry.inject(.unauthorised(), on: .get(path), .from(5))
            let wrong = try await client.get(path)
            #expect(wrong.body.count == Self.blob.count && wrong.body != Self.blob)
            #expect(try await client.get(path).fields["content-type"] == "text/html")
            #expect(try await client.get(path).fields["retry-after"] == "7")
            #expect(try await client.get(path).fields["location"] == "http://127.0.0.1:1/")
            for _ in 0..<3 { #expect(try await client.get(path).fields["www-authenticate"] != nil) }
            #expect(registry.requests.map(\.status) == [200, 200, 429, 307, 401, 401, 401])
        }
    }

    @Test func aStatedLengthThatIsTooLongIsNoAnswer() async throws {
        try await exchange { registry, client in
            registry.inject(.contentLength(5000))
            let path = path(registry)
            await #expect(throws: HTTPTransportError.self) { try await client.get(path) }
        }
    }

    @Test func pagesLeadOnWithoutEnd() async throws {
        try await exchange { registry, client in
            let image = registry.contents.pushImage(in: "app")
            registry.inject(.endlessPages)
            var next = "/v2/app/referrers/\(image.digest)"
            for page in 2...5 {
                let link = try await client.get(next).fields["link"] ?? ""
                next = "/v2/app/referrers/\(image.digest)?page=\(page)"
                #expect(link == "<\(next)>; rel=\"next\"")
            }
        }
    }

    @Test func aWriterComesInBetween() async throws {
        try await exchange { registry, client async throws in
            let image = registry.contents.pushImage(in: "app", tag: "v1")
            registry.before(.get("/v2/app/manifests/"), .nth(2)) { $0.removeManifest(image.digest, in: "app") }
            #expect(try await client.get("/v2/app/manifests/v1").status == 200)
            #expect(try await client.get("/v2/app/manifests/\(image.digest)").status == 404)
        }
    }

    @Test func aClientWithoutACertificateIsShutOut() async throws {
        let certificates = try await TestCertificates.make()
        let configuration = RegistryFeatures { $0.tls = certificates.tls(wantsClient: true) }
        try await SimulatedRegistry.with(configuration) { registry in
            for holdsCertificate in [false, true] {
                var http = HTTPConfiguration()
                http.extraAuthorities = [Array(certificates.authority.utf8)]
                if holdsCertificate {
                    http.clientCertificate = HTTPConfiguration.ClientCertificate(
                        chain: Array(certificates.client.certificate.utf8), key: Array(certificates.client.key.utf8))
                }
                let transport = try HTTPTransport(http)
                var request = HTTPRequest(
                    .get, try WebURL(parsing: registry.url + "/v2/"), limit: 1000, deadline: .seconds(60),
                    addresses: .any)
                // Who may not learn who asks is shown none.
                #expect(try await isAnswered(request) == false)
                request.showsClientCertificate = true
                #expect(try await isAnswered(request) == holdsCertificate)
                func isAnswered(_ request: HTTPRequest) async throws -> Bool {
                    (try? await transport.send(request))?.status == 200
                }
                await transport.shutdown()
            }
        }
    }

    private func path(_ registry: SimulatedRegistry) -> String {
        "/v2/app/blobs/\(registry.contents.put(blob: Self.blob, in: "app").digest)"
    }
}

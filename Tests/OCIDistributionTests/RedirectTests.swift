import Content
import Findings
import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import StrictEncoding
import Testing

/// Where a registry leads, and what goes along.
@Suite struct RedirectTests {
    let limits = ContentLimits()
    let password = RegistryCredential.password(user: Secret("user"), password: Secret("secret"))

    @Test func followsToTheHostThatKeepsTheBlobsWithoutCredentials() async throws {
        try await SimulatedRegistry.with { storage in
            let configuration = RegistryFeatures {
                $0.authentication = .basic(users: ["user": "secret"])
                $0.blobRedirect = storage.url
            }
            try await SimulatedRegistry.with(configuration) { registry in
                let blob = registry.contents.put(blob: [1, 2, 3], in: repository)
                storage.contents.put(blob: [1, 2, 3], in: repository)
                let source = try Client { $0.credentials = { _ in password } }.source(reference(registry))
                #expect(try await source.fetch(blob, limit: 10).bytes == [1, 2, 3])
                #expect(registry.requests.map(\.hasAuthorization) == [false, true])
                #expect(storage.requests.count == 1)
                #expect(storage.requests.allSatisfy { !$0.hasAuthorization })
            }
        }
    }

    @Test func sendsNoCredentialsToAnotherPortOfTheHost() async throws {
        try await SimulatedRegistry.with { other in
            other.inject(.unauthorised(challenge: "Basic realm=\"give\""))
            let configuration = RegistryFeatures { $0.authentication = .basic(users: ["user": "secret"]) }
            try await SimulatedRegistry.with(configuration) { registry in
                registry.contents.pushImage(in: repository, tag: "v1")
                registry.inject(.redirect(to: other.url + "/v2/x/manifests/v1"), on: .any, .from(2))
                let source = try Client { $0.credentials = { _ in password } }.source(reference(registry))
                #expect(await code { try await source.resolve(limits: limits) } == .registryUnauthorised)
                #expect(other.count() == 1)
                #expect(other.requests.allSatisfy { !$0.hasAuthorization })
            }
        }
    }

    /// How a redirect of everything ends.
    func redirecting(to location: String, status: Int = 307) async throws -> ReasonCode? {
        try await SimulatedRegistry.with { registry in
            registry.inject(.redirect(to: location, status: status))
            let source = try Client().source(reference(registry))
            return await code { try await source.resolve(limits: limits) }
        }
    }

    @Test(arguments: [
        "https://169.254.169.254/latest/meta-data", "https://10.0.0.1/x", "https://[fd00:ec2::254]/",
        "https://[::ffff:192.168.0.1]/", "https://100.100.100.200/",
    ])
    func reachesNoAddressBehindTheRegistry(location: String) async throws {
        #expect(try await redirecting(to: location) == .registryRefusedAddress)
    }

    @Test(arguments: [
        "http://storage.example/x", "file:///etc/passwd", "https://user:pass@storage.example/", "https://2130706433/",
        "http://10.0.0.1/",
    ])
    func goesOnAtHTTPSOnly(location: String) async throws {
        #expect(try await redirecting(to: location) == .registryRefusedRedirect)
    }

    @Test func speaksNoPlainHTTPToAHostThatIsAllowedForOtherThings() async throws {
        try await SimulatedRegistry.with { registry in
            registry.inject(.redirect(to: "http://storage.example/x"))
            let host = try #require(RegistryHost(parsing: "storage.example"))
            let source = try Client { $0.allowedHosts = [host] }.source(reference(registry))
            #expect(await code { try await source.resolve(limits: limits) } == .registryPlainHTTP)
        }
    }

    @Test func endsALoop() async throws {
        #expect(try await redirecting(to: "/v2/finance/ledger/manifests/v1", status: 302) == .registryRefusedRedirect)
    }

    @Test func followsNoRedirectOfAWrite() async throws {
        try await SimulatedRegistry.with { other in
            try await SimulatedRegistry.with { registry in
                let image = registry.contents.pushImage(in: repository, tag: "v1")
                registry.inject(.redirect(to: other.url + "/x"), on: RequestPattern(method: "PUT"))
                let place = try #require(RegistryRepository(try ImageReference(parsing: reference(registry))))
                let sink = RegistrySink(place, client: try Client().client)
                #expect(await code { try await sink.list(image, tag: "v2") } == .registryRefusedWrite)
                #expect(other.count() == 0)
            }
        }
    }

    @Test func asksNoTokenServerBehindTheRegistry() async throws {
        try await SimulatedRegistry.with { registry in
            registry.inject(
                .unauthorised(challenge: "Bearer realm=\"https://169.254.169.254/token\",service=\"x\""))
            let source = try Client { $0.credentials = { _ in password } }.source(reference(registry))
            #expect(await code { try await source.resolve(limits: limits) } == .registryRefusedRealm)
        }
    }

    @Test func getsATokenOnceForManyRequests() async throws {
        let tokens = TokenService { $0.users = ["user": "secret"] }
        let configuration = RegistryFeatures {
            $0.authentication = .bearer(tokens)
            $0.tokenService = tokens
        }
        try await SimulatedRegistry.with(configuration) { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let client = try Client { $0.credentials = { _ in password } }
            let source = try client.source(reference(registry))
            _ = try await source.resolve(limits: limits)
            _ = try await source.papers(of: image.digest, limits: limits)
            #expect(registry.count(.get("/token")) == 1)
            #expect(registry.requests.prefix(3).map(\.status) == [401, 200, 200])
            // It ends: a new one is fetched, and the request sent again.
            tokens.revokeTokens()
            registry.forgetRequests()
            _ = try await client.source(reference(registry)).resolve(limits: limits)
            #expect(registry.requests.map(\.status) == [401, 200, 200])
        }
    }

    @Test func keepsCredentialsFromATokenServerElsewhere() async throws {
        let tokens = TokenService { $0.users = ["user": "secret"] }
        let holder = RegistryFeatures { $0.tokenService = tokens }
        try await SimulatedRegistry.with(holder) { elsewhere in
            let configuration = RegistryFeatures {
                $0.authentication = .bearer(tokens, realm: elsewhere.url + "/token")
            }
            try await SimulatedRegistry.with(configuration) { registry in
                registry.contents.pushImage(in: repository, tag: "v1")
                let source = try Client { $0.credentials = { _ in password } }.source(reference(registry))
                _ = try await source.resolve(limits: limits)
                #expect(elsewhere.count() == 1)
                #expect(elsewhere.requests.allSatisfy { !$0.hasAuthorization && !$0.path.contains("secret") })

                let host = try #require(RegistryHost(parsing: elsewhere.host))
                let allowed = try Client {
                    $0.credentials = { _ in password }
                    $0.allowedHosts = [host]
                }.source(reference(registry))
                _ = try await allowed.resolve(limits: limits)
                #expect(elsewhere.requests.last?.hasAuthorization == true)
            }
        }
    }

    @Test func looksCredentialsUpOnlyWhenTheyAreWanted() async throws {
        try await SimulatedRegistry.with { registry in
            registry.contents.pushImage(in: repository, tag: "v1")
            let source = try Client {
                $0.credentials = { _ throws(RegistryError) in throw .credentials("the helper is broken") }
            }.source(reference(registry))
            _ = try await source.resolve(limits: limits)
            registry.inject(.unauthorised())
            let other = try Client {
                $0.credentials = { _ throws(RegistryError) in throw .credentials("the helper is broken") }
            }.source(reference(registry))
            #expect(await code { try await other.resolve(limits: limits) } == .registryCredentials)
        }
    }

    @Test func refusesPlainHTTPToAHostThatIsNotAllowed() async throws {
        let certificates = try await TestCertificates.make()
        let configuration = RegistryFeatures { $0.tls = certificates.tls() }
        try await SimulatedRegistry.with(configuration) { registry in
            registry.contents.pushImage(in: repository, tag: "v1")
            var http = HTTPConfiguration()
            http.extraAuthorities = [Array(certificates.authority.utf8)]
            #expect(
                try await Client(http: http).source(reference(registry)).resolve(limits: limits).tag == "v1")
            // A registry that is spoken to by TLS leads to no plain host, not even on loopback.
            try await SimulatedRegistry.with { plain in
                registry.inject(.redirect(to: plain.url + "/x"))
                let source = try Client(http: http).source(reference(registry))
                #expect(await code { try await source.resolve(limits: limits) } == .registryRefusedRedirect)
                #expect(plain.count() == 0)
            }
        }
    }

    @Test func showsAClientCertificate() async throws {
        let certificates = try await TestCertificates.make()
        let configuration = RegistryFeatures { $0.tls = certificates.tls(wantsClient: true) }
        try await SimulatedRegistry.with(configuration) { registry in
            registry.contents.pushImage(in: repository, tag: "v1")
            var http = HTTPConfiguration()
            http.extraAuthorities = [Array(certificates.authority.utf8)]
            let without = try Client(http: http).source(reference(registry))
            #expect(await code { try await without.resolve(limits: limits) } != nil)
            http.clientCertificate = HTTPConfiguration.ClientCertificate(
                chain: Array(certificates.client.certificate.utf8), key: Array(certificates.client.key.utf8))
            let source = try Client(http: http).source(reference(registry))
            #expect(try await source.resolve(limits: limits).tag == "v1")
            // Where the registry leads, nobody learns who asks: a storage that wants to know gets no answer.
            try await SimulatedRegistry.with(configuration) { storage in
                let blob = registry.contents.put(blob: [1, 2, 3], in: repository)
                storage.contents.put(blob: [1, 2, 3], in: repository)
                registry.inject(
                    .redirect(to: "\(storage.url)/v2/\(repository)/blobs/\(blob.digest)"),
                    on: .containing(blob.digest.description))
                #expect(await code { try await source.fetch(blob, limit: 10) } != nil)
                #expect(storage.count() == 0)
            }
        }
    }
}

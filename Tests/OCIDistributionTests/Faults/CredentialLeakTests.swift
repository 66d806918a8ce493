import Content
import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import StrictEncoding
import Testing

/// Credentials go to the registry that they are for, and to nobody that it leads to (CVE-2025-27403, CVE-2024-35192,
/// CVE-2026-33540, CVE-2026-48501).
struct CredentialLeakTests {
    static let password = "correct horse battery"

    /// What another host received must hold neither the password, nor what it is sent as, nor a token.
    private func expectNothingOfValue(_ other: SimulatedRegistry, _ tokens: TokenService? = nil) {
        let encoded = Base64.encode(Array("user:\(Self.password)".utf8))
        for request in other.requests {
            #expect(!request.hasAuthorization)
            let all = request.path + request.headers.map { $0.name + ": " + $0.value }.joined(separator: "\n")
            for secret in [Self.password, encoded, "correct", "horse"] + (tokens?.issued ?? []) {
                #expect(!all.contains(secret))
            }
        }
    }

    private func login(_ configuration: inout RegistryClient.Configuration) {
        configuration.credentials = { _ in .password(user: Secret("user"), password: Secret(Self.password)) }
    }

    @Test func aPasswordStaysWhereBlobsAreRedirected() async throws {
        let contents = RegistryContents()
        try await SimulatedRegistry.with(holding: contents) { storage in
            let features = RegistryFeatures {
                $0.authentication = .basic(users: ["user": Self.password])
                $0.blobRedirect = storage.url
            }
            try await FaultScene.with(features, holding: contents, timeout: .seconds(120), alter: login) { scene in
                let found = try await scene.readAll()
                #expect(found.blobs.contains(FaultScene.payload))
                #expect(scene.registry.requests.contains { $0.hasAuthorization })
                #expect(storage.count(.containing("/blobs/")) >= 3)
                expectNothingOfValue(storage)
            }
        }
    }

    @Test(arguments: ["/manifests/", "/referrers/", "/blobs/"])
    func aTokenStaysWhereAnythingIsRedirected(_ part: String) async throws {
        let contents = RegistryContents()
        let tokens = TokenService { $0.users = ["user": Self.password] }
        try await SimulatedRegistry.with(holding: contents) { other in
            let features = RegistryFeatures {
                $0.authentication = .bearer(tokens)
                $0.tokenService = tokens
            }
            try await FaultScene.with(features, holding: contents, timeout: .seconds(120), alter: login) { scene in
                let repository = "/v2/\(FaultScene.repository)"
                let place =
                    switch part {
                    case "/manifests/": "\(repository)/manifests/v1"
                    case "/referrers/": "\(repository)/referrers/\(scene.image.digest)"
                    default: "\(repository)/blobs/\(Digest(of: FaultScene.payload))"
                    }
                // The first request of a kind is the one that the challenge answers.
                scene.registry.inject(.redirect(to: other.url + place), on: .get(place), .from(1))
                let found = try await scene.readAll()
                #expect(found.blobs.contains(FaultScene.payload))
                #expect(!tokens.issued.isEmpty)
                #expect(other.requests.count >= 1)
                expectNothingOfValue(other, tokens)
            }
        }
    }

    @Test func aForeignRealmIsAskedWithoutThePassword() async throws {
        let tokens = TokenService { $0.users = ["user": Self.password] }
        try await SimulatedRegistry.with(RegistryFeatures { $0.tokenService = tokens }) { realm in
            let features = RegistryFeatures { $0.authentication = .bearer(tokens, realm: realm.url + "/token") }
            try await FaultScene.with(features, timeout: .seconds(120), alter: login) { scene async throws in
                // It gives a token to anybody, and that one goes to the registry.
                #expect(try await scene.readAll().blobs.contains(FaultScene.payload))
                #expect(realm.count(RequestPattern(prefix: "/token")) >= 1)
                expectNothingOfValue(realm, tokens)
            }
        }
    }

    @Test func aForeignRealmThatWantsThePasswordDoesNotGetIt() async throws {
        let tokens = TokenService {
            $0.users = ["user": Self.password]
            $0.anonymousPull = false
        }
        try await SimulatedRegistry.with(RegistryFeatures { $0.tokenService = tokens }) { realm in
            let features = RegistryFeatures { $0.authentication = .bearer(tokens, realm: realm.url + "/token") }
            try await FaultScene.with(features, timeout: .seconds(120), alter: login) { scene in
                let error = await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
                #expect(error?.code == .registryUnauthorised)
                expectNothingOfValue(realm, tokens)
            }
            let host = try #require(RegistryHost(parsing: realm.host))
            let allowing = { (configuration: inout RegistryClient.Configuration) in
                login(&configuration)
                configuration.allowedHosts = [host]
            }
            try await FaultScene.with(features, timeout: .seconds(120), alter: allowing) { scene async throws in
                #expect(try await scene.readAll().blobs.contains(FaultScene.payload))
                #expect(realm.requests.contains { $0.hasAuthorization || $0.method == "POST" })
            }
        }
    }

    @Test(arguments: [
        "http://169.254.169.254/latest/api/token", "https://169.254.169.254/token", "https://10.0.0.1/token",
        "https://[fd00:ec2::254]/token", "https://[::ffff:169.254.169.254]/token", "http://registry.example/token",
        "https://registry.example@10.0.0.1/token", "file:///etc/passwd", "https://2852039166/token",
    ])
    func aRealmInsideTheNetworkIsNotAsked(_ realm: String) async throws {
        let tokens = TokenService { $0.users = ["user": Self.password] }
        let features = RegistryFeatures { $0.authentication = .bearer(tokens, realm: realm) }
        try await FaultScene.with(features, timeout: .seconds(120), alter: login) { scene in
            let error = await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
            let code = try #require(error?.code)
            #expect([.registryRefusedRealm, .registryMalformed].contains(code))
            #expect(error?.message.contains(Self.password) == false)
            #expect(scene.client.requestCount == scene.registry.requests.count)
        }
    }

    @Test(arguments: [
        "http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "https://10.0.0.1/x",
        "https://[::ffff:10.0.0.1]/x", "https://100.100.100.200/", "gopher://127.0.0.1/", "//10.0.0.1/x",
    ])
    func aRedirectIntoTheNetworkIsNotFollowed(_ target: String) async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            scene.registry.inject(.redirect(to: target), on: .containing("/blobs/"))
            let error = await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
            let codes: [_] = [error?.code]
            #expect(codes.allSatisfy { $0 == .registryRefusedRedirect || $0 == .registryRefusedAddress })
        }
    }

    @Test func aRedirectFromTLSToPlainHTTPIsNotFollowed() async throws {
        let certificates = try await TestCertificates.make()
        var http = HTTPConfiguration()
        http.extraAuthorities = [Array(certificates.authority.utf8)]
        let contents = RegistryContents()
        try await SimulatedRegistry.with(holding: contents) { plain in
            let features = RegistryFeatures {
                $0.tls = certificates.tls()
                $0.blobRedirect = plain.url
            }
            try await FaultScene.with(features, holding: contents, http: http, timeout: .seconds(120)) { scene in
                let error = await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
                #expect(error?.code == .registryRefusedRedirect)
                #expect(plain.requests.isEmpty)
            }
        }
    }

    @Test func aListThatGoesOnElsewhereIsNotRead() async throws {
        try await SimulatedRegistry.with { other in
            try await FaultScene.with(timeout: .seconds(120)) { scene in
                scene.registry.inject(
                    .header(name: "Link", value: "<\(other.url)/v2/x/referrers/y>; rel=\"next\""),
                    on: .containing("/referrers/"))
                let error = await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
                #expect(error?.code == .registryMalformed)
                #expect(other.requests.isEmpty)
            }
        }
    }
}

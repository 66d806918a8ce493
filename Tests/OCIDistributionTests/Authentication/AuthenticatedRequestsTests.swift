import Content
import Findings
import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import Testing

/// The state machine and the client together: which host sees which credentials.
struct AuthenticatedRequestsTests {
    private static let password = RegistryCredential.password(user: Secret("someone"), password: Secret("hunter2"))

    /// Other suites may hold all threads for a while, and nothing here is about time.
    private func client(_ alter: (inout RegistryClient.Configuration) -> Void = { _ in }) throws -> RegistryClient {
        try Client {
            $0.exchangeTimeout = .seconds(120)
            alter(&$0)
        }.client
    }

    private func source(_ reference: String, _ client: RegistryClient) throws -> RegistrySource {
        RegistrySource(try ImageReference(parsing: reference), client: client, timeout: .seconds(180))
    }

    private func service(_ alter: (inout TokenService.Settings) -> Void = { _ in }) -> TokenService {
        TokenService { settings in
            settings.users = ["someone": "hunter2"]
            settings.anonymousPull = false
            alter(&settings)
        }
    }

    /// A registry whose realm is on another host, which the user allows or not.
    private func resolve(
        credential: RegistryCredential?, allowed: Bool, _ service: TokenService
    ) async throws -> (code: String?, atRealm: [RecordedRequest], atRegistry: [RecordedRequest]) {
        let realm = RegistryFeatures { $0.tokenService = service }
        return try await SimulatedRegistry.with(realm) { realm in
            let configuration = RegistryFeatures {
                $0.authentication = .bearer(service, realm: realm.url + "/token")
            }
            return try await SimulatedRegistry.with(configuration) { registry in
                registry.contents.pushImage(in: repository, tag: "v1")
                let host = try #require(RegistryHost(parsing: realm.host))
                let asking = try client {
                    $0.credentials = { _ in credential }
                    if allowed { $0.allowedHosts = [host] }
                }
                let image = try source(reference(registry), asking)
                let code = await code { try await image.resolve(limits: ContentLimits()) }
                return (code?.name, realm.requests, registry.requests)
            }
        }
    }

    @Test func keepsThePasswordFromARealmElsewhere() async throws {
        let (code, atRealm, atRegistry) = try await resolve(
            credential: Self.password, allowed: false, service { $0.anonymousPull = true })
        #expect(code == "registry.unauthorised" || code == nil)
        #expect(atRealm.count == 1)
        #expect(atRealm.allSatisfy { !$0.hasAuthorization && $0.method == "GET" && $0.bodyByteCount == 0 })
        #expect(atRegistry.allSatisfy { $0.header("authorization")?.hasPrefix("Basic") != true })
    }

    @Test func keepsAnIdentityTokenFromARealmElsewhere() async throws {
        let service = service()
        let (code, atRealm, _) = try await resolve(
            credential: .identityToken(Secret(service.refreshToken(for: "someone"))), allowed: false, service)
        #expect(code == "registry.unauthorised")
        #expect(atRealm.allSatisfy { $0.method == "GET" && $0.bodyByteCount == 0 })
    }

    @Test func showsThemToARealmThatTheUserAllows() async throws {
        let (code, atRealm, atRegistry) = try await resolve(credential: Self.password, allowed: true, service())
        #expect(code == nil)
        #expect(atRealm.count == 1)
        #expect(atRealm.first?.hasAuthorization == true)
        #expect(atRegistry.allSatisfy { $0.header("authorization")?.hasPrefix("Basic") != true })
        let service = service()
        let (other, posted, _) = try await resolve(
            credential: .identityToken(Secret(service.refreshToken(for: "someone"))), allowed: true, service)
        #expect(other == nil)
        #expect(posted.first?.method == "POST")
    }

    @Test func endsAtARegistryThatAlwaysSaysNo() async throws {
        let service = service { $0.anonymousPull = true }
        let configuration = RegistryFeatures {
            $0.authentication = .bearer(service)
            $0.tokenService = service
        }
        try await SimulatedRegistry.with(configuration) { registry in
            let challenge = #"Bearer realm="\#(registry.url)/token",service="simulator""#
            registry.inject(.unauthorised(challenge: challenge), on: .get("/v2/" + repository))
            let image = try source(reference(registry), client())
            #expect(await code { try await image.resolve(limits: ContentLimits()) } == .registryUnauthorised)
            #expect(registry.requests.count <= 6)
        }
    }

    @Test func refusesARealmThatMustNotBeAsked() async throws {
        try await SimulatedRegistry.with { registry in
            for realm in ["http://auth.example/token", "https://\("169.254.169.254")/latest"] {
                registry.forgetFaults()
                registry.inject(.unauthorised(challenge: #"Bearer realm="\#(realm)""#), on: .get("/v2/"))
                let image = try source(reference(registry), client())
                #expect(await code { try await image.resolve(limits: ContentLimits()) } == .registryRefusedRealm)
            }
        }
    }

    /// What may get tokens may not therefore get them in plain HTTP.
    @Test func asksNoRealmInPlainHTTPUnlessThatIsAllowedToo() async throws {
        try await SimulatedRegistry.with { registry in
            let host = try #require(RegistryHost(parsing: "auth.example"))
            registry.inject(
                .unauthorised(challenge: #"Bearer realm="http://auth.example/token""#), on: .get("/v2/"))
            let image = try source(reference(registry), client { $0.allowedHosts = [host] })
            #expect(await code { try await image.resolve(limits: ContentLimits()) } == .registryPlainHTTP)
        }
    }

    @Test func saysThatCredentialsCannotBeRead() async throws {
        let configuration = RegistryFeatures { $0.authentication = .basic(users: ["someone": "hunter2"]) }
        try await SimulatedRegistry.with(configuration) { registry in
            let asking = try client {
                $0.credentials = { _ throws(RegistryError) in throw .credentials("the file is none") }
            }
            let image = try source(reference(registry), asking)
            #expect(await code { try await image.resolve(limits: ContentLimits()) } == .registryCredentials)
        }
    }

    /// The whole way: docker's file, a helper, the challenge, the image.
    @Test func usesWhatAHelperSays() async throws {
        let place = try CredentialPlace()
        try await place.helper(
            "one", #"echo x >> "$HOME/runs"; echo '{"Username":"someone","Secret":"hunter2"}'"#)
        let credentials = try place.credentials(#"{"credsStore":"one"}"#)
        let configuration = RegistryFeatures { $0.authentication = .basic(users: ["someone": "hunter2"]) }
        try await SimulatedRegistry.with(configuration) { registry in
            registry.contents.pushImage(in: repository, tag: "v1")
            let asking = try client {
                $0.credentials = { repository throws(RegistryError) in
                    do throws(CredentialError) {
                        return try await credentials.credential(
                            registry: repository.registry, repository: repository.path)
                    } catch { throw .credentials(error.message) }
                }
            }
            let image = try source(reference(registry), asking)
            let resolved = try await image.resolve(limits: ContentLimits())
            _ = try await image.papers(of: resolved.content.digest, limits: ContentLimits())
            #expect(place.read("runs") == "x\n")
        }
    }
}

import HTTPTransport
import OCI
import OCIDistribution
import Testing

struct TokenRealmTests {
    private func rules(_ registry: String, isPlain: Bool = false, allowed: [String] = []) throws -> TokenRealmRules {
        TokenRealmRules(
            registry: try #require(RegistryHost(parsing: registry)), isPlain: isPlain,
            allowed: Set(try allowed.map { try #require(RegistryHost(parsing: $0)) }))
    }

    @Test(arguments: [
        ("registry.example", "https://registry.example/token", TokenRealm.Standing.registry),
        ("registry.example", "HTTPS://Registry.EXAMPLE:443/token", .registry),
        ("registry.example:443", "https://registry.example/token", .registry),
        ("registry.example:5000", "https://registry.example:5000/token", .registry),
        ("[2001:db8::1]:5000", "https://[2001:DB8:0::1]:5000/token", .registry),
        ("docker.io", "https://auth.docker.io/token", .delegate),
        ("registry.gitlab.com", "https://gitlab.com/jwt/auth", .delegate),
        // The same host on another port is somebody else until the user says otherwise.
        ("registry.example:5000", "https://registry.example/token", .elsewhere),
        ("registry.example", "https://registry.example:444/token", .elsewhere),
        // Hosts that look alike.
        ("ghcr.io", "https://cr.io/token", .elsewhere),
        ("cr.io", "https://ghcr.io/token", .elsewhere),
        ("registry.example", "https://registry.example.evil.test/token", .elsewhere),
        ("registry.example", "https://evil-registry.example/token", .elsewhere),
        ("registry.example", "https://sub.registry.example/token", .elsewhere),
        ("docker.io", "https://auth.docker.io.evil.test/token", .elsewhere),
        ("docker.io", "https://auth.docker.io:444/token", .elsewhere),
        ("notdocker.io", "https://auth.docker.io/token", .elsewhere),
        ("registry.example", "https://auth.docker.io/token", .elsewhere),
    ])
    func givesCredentialsToTheRegistryAndItsDelegateOnly(
        _ registry: String, _ realm: String, _ standing: TokenRealm.Standing
    ) throws {
        let found = try rules(registry).realm(realm)
        #expect(found.standing == standing)
        #expect(found.mayReceiveCredentials == (standing != .elsewhere))
    }

    @Test func givesCredentialsToWhatTheUserAllows() throws {
        let rules = try rules("registry.example:5000", allowed: ["auth.example", "other.example:8443"])
        #expect(try rules.realm("https://auth.example/token").standing == .allowed)
        #expect(try rules.realm("https://AUTH.example:443/token").standing == .allowed)
        #expect(try rules.realm("https://other.example:8443/").standing == .allowed)
        #expect(try rules.realm("https://auth.example:8443/token").standing == .elsewhere)
        #expect(try rules.realm("https://other.example/").standing == .elsewhere)
        #expect(try rules.realm("https://auth.example.evil.test/").standing == .elsewhere)
    }

    @Test func rejectsPlainHTTP() throws {
        #expect(throws: TokenRealmError.self) { try rules("registry.example").realm("http://registry.example/token") }
        #expect(throws: TokenRealmError.self) { try rules("registry.example").realm("Http://auth.example/token") }
        #expect(throws: TokenRealmError.self) {
            try rules("registry.example", allowed: ["auth.example"]).realm("http://auth.example/token")
        }
        // A registry in plain HTTP does not take the whole world there.
        #expect(throws: TokenRealmError.self) {
            try rules("registry.example:5000", isPlain: true).realm("http://auth.example/token")
        }
        #expect(throws: TokenRealmError.self) {
            try rules("localhost:5000", isPlain: true).realm("http://auth.example/token")
        }
    }

    @Test func allowsPlainHTTPWhereTheRegistryIsPlainItself() throws {
        #expect(
            try rules("registry.example:5000", isPlain: true).realm("http://registry.example:5000/t").standing
                == .registry)
        #expect(try rules("localhost:5000", isPlain: true).realm("http://127.0.0.1:5001/t").standing == .elsewhere)
        #expect(
            try rules("registry.example", isPlain: true, allowed: ["auth.example"]).realm("http://auth.example/t")
                .standing
                == .allowed)
        // What was said in plain HTTP is not the https registry of that name.
        #expect(
            try rules("registry.example:5000", isPlain: true).realm("https://registry.example:5000/t").standing
                == .elsewhere)
    }

    @Test(arguments: [
        "https://169.254.169.254/latest/meta-data", "https://10.0.0.1/t", "https://192.168.1.1/t",
        "https://127.0.0.1/t",
        "https://localhost/t", "https://a.localhost/t", "https://[::1]/t", "https://[::ffff:169.254.169.254]/t",
        "https://[::ffff:a9fe:a9fe]/t", "https://[fd00:ec2::254]/t", "https://100.100.100.200/t", "https://0.0.0.0/t",
        "https://[fe80::1]/t", "https://[64:ff9b::a9fe:a9fe]/t", "https://[2002:a9fe:a9fe::]/t", "https://224.0.0.1/t",
    ])
    func rejectsAddressesThatARegistryMustNotName(_ realm: String) throws {
        #expect(throws: TokenRealmError.self) { try rules("registry.example").realm(realm) }
        let found = #expect(throws: TokenRealmError.self) { try rules("docker.io").realm(realm) }
        guard case .refusedAddress? = found else {
            Issue.record("expected a refused address, found \(String(describing: found))")
            return
        }
    }

    @Test(arguments: [
        "https://127.1/t", "https://0177.0.0.1/t", "https://0x7f000001/t", "https://2130706433/t",
        "https://0x7f.0.0.1/t", "https://127.0.0.0x1/t", "https://user@registry.example/t",
        "https://user:word@registry.example/t", "https://registry.example@evil.test/t", "https://registry.example./t",
        "https://registry.example\\@evil.test/t", "https://registry.example\\.evil.test/t", "https:/registry.example/t",
        "//registry.example/t", "/token", "", "ftp://registry.example/t", "https://", "https://registry%2eexample/t",
        "https://registry.example/t#x", "https://registry.example:0/t", "https://registry.example:65536/t",
        "https://registry.example/a b", "https://registry.example/\r\nX: y", "https://r\u{E9}gistry.example/t",
        "https://" + String(repeating: "a", count: 8000),
    ])
    func rejectsRealmsThatTwoParsersCouldReadDifferently(_ realm: String) throws {
        #expect(throws: TokenRealmError.self) { try rules("registry.example").realm(realm) }
    }

    @Test func permitsTheRegistrysOwnAddresses() throws {
        #expect(try rules("registry.example:5000").realm("https://registry.example/t").addresses == .any)
        #expect(try rules("10.0.0.1:5000").realm("https://10.0.0.1/t").addresses == .any)
        #expect(try rules("registry.example", allowed: ["10.0.0.1"]).realm("https://10.0.0.1/t").addresses == .any)
        #expect(try rules("registry.example").realm("https://auth.example/t").addresses == .global)
        #expect(try rules("docker.io").realm("https://auth.docker.io/t").addresses == .global)
        let loopback = try rules("localhost:5000").realm("https://127.0.0.1:5001/t")
        #expect(loopback.addresses.allows(.loopback))
        #expect(!loopback.addresses.allows(.private))
        #expect(!loopback.mayReceiveCredentials)
    }

    @Test func neverShowsTheUserOfARealm() throws {
        let error = #expect(throws: TokenRealmError.self) {
            try rules("registry.example").realm("https://someone:hidden@registry.example/t")
        }
        #expect(error?.message.contains("hidden") == false)
    }
}

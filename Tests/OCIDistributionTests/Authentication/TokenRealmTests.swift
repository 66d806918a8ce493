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

        ("docker.io", "https://auth.docker.io/token", .delegate),
        ("registry.gitlab.com", "https://gitlab.com/jwt/auth", .delegate),
        // The same host on another port is somebody else until the user says otherwise.
        ("registry.example:5000", "https://registry.example/token", .elsewhere),
        ("registry.example", "https://registry.example:444/token", .elsewhere),
        // Hosts that look alike.
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

    @Test func comparesWholeHostsInOneSpelling() throws {
        for (registry, host, isOwn) in [
            ("[2001:db8::1]:5000", "[2001:DB8:0::1]:5000", true), ("cr.io", "ghcr.io", false),
            ("ghcr.io", "cr.io", false),
        ] {
            #expect(try rules(registry).realm("https://\(host)/token").mayReceiveCredentials == isOwn)
        }
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
        "169.254.169.254/latest/meta-data", "10.0.0.1", "192.168.1.1",
        "127.0.0.1",
        "localhost", "a.localhost", "[::1]", "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]", "100.100.100.200", "0.0.0.0",
        "[fe80::1]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "224.0.0.1",
    ])
    func rejectsAddressesThatARegistryMustNotName(_ host: String) throws {
        let found = #expect(throws: TokenRealmError.self) { try rules("docker.io").realm("https://\(host)/t") }
        guard case .refusedAddress? = found else {
            Issue.record("expected a refused address, found \(String(describing: found))")
            return
        }
    }

    @Test(arguments: [
        "127.1", "0177.0.0.1", "0x7f000001", "2130706433", "0x7f.0.0.1", "127.0.0.0x1", "127.0.0.1.", "1.2.3",
        "registry.example.", "registry%2eexample", "registry.example:0", "registry.example:65536", "", ":443",
        "user@registry.example", "[::1", "::1", "[::1%25eth0]", "r\u{E9}gistry.example",
    ])
    func rejectsHostsThatTwoResolversCouldReadDifferently(_ host: String) throws {
        #expect(throws: TokenRealmError.self) { try rules("registry.example").realm("https://\(host)/t") }
    }

    @Test(arguments: [
        "https://user@registry.example/t",
        "https://user:word@registry.example/t", "https://registry.example@evil.test/t",
        "https://registry.example\\@evil.test/t", "https://registry.example\\.evil.test/t", "https:/registry.example/t",
        "//registry.example/t", "/token", "", "ftp://registry.example/t", "https://",
        "https://registry.example/t#x",
        "https://registry.example/a b", "https://registry.example/\r\nX: y",
        "https://" + String(repeating: "a", count: 8000),
    ])
    func rejectsRealmsThatTwoParsersCouldReadDifferently(_ realm: String) throws {
        #expect(throws: TokenRealmError.self) { try rules("registry.example").realm(realm) }
    }

    @Test func permitsTheRegistrysOwnAddresses() throws {
        #expect(try rules("registry.example:5000").realm("https://registry.example/t").addresses == .any)
        let inside = "10.0.0.1"
        #expect(try rules("10.0.0.1:5000").realm("https://\(inside)/t").addresses == .any)
        #expect(try rules("registry.example", allowed: ["10.0.0.1"]).realm("https://\(inside)/t").addresses == .any)
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

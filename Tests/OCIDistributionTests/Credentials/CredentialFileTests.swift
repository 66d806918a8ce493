import OCI
import StrictEncoding
import Testing

@testable import OCIDistribution

struct CredentialFileTests {
    private func file(_ text: String) throws -> CredentialFile {
        try CredentialFile(name: "config.json", parsing: Array(text.utf8))
    }

    /// `user:password` in base64, as an entry.
    private func entry(_ user: String, _ password: String = "p") -> String {
        #"{"auth":"\#(Base64.encode(Array((user + ":" + password).utf8)))"}"#
    }

    /// The user's name, or what kind of token it is.
    private func found(_ file: CredentialFile, _ registry: String, _ repository: String = "a/b") throws -> String? {
        switch try file.credential(
            registry: try #require(RegistryHost(parsing: registry)), repository: repository)
        {
        case .password(let user, let password)?: user.revealed + "/" + password.revealed
        case .identityToken(let token)?: "identity " + token.revealed
        case .registryToken(let token)?: "registry " + token.revealed
        case nil: nil
        }
    }

    @Test func readsUserAndPassword() throws {
        let file = try file(#"{"auths":{"registry.example":\#(entry("u", "p:w:"))},"HttpHeaders":{"x":"y"}}"#)
        #expect(try found(file, "registry.example") == "u/p:w:")
        #expect(file.holdsSecrets)
    }

    @Test(arguments: [
        (#"{"identitytoken":"t"}"#, "identity t"), (#"{"registrytoken":"t"}"#, "registry t"),
        (#"{"username":"u","password":"w"}"#, "u/w"), (#"{"auth":"dTp3AAA="}"#, "u/w"),
        (#"{"auth":"dTp3","identitytoken":"t"}"#, "identity t"),
        (#"{"identitytoken":"i","registrytoken":"t"}"#, "registry t"), (#"{"auth":"dTo="}"#, "u/"),
        (#"{"auth":"dTp3","username":"x","password":"y"}"#, "u/w"),
    ])
    func readsEveryFormOfEntry(_ entry: String, _ expected: String) throws {
        #expect(try found(try file(#"{"auths":{"registry.example":\#(entry)}}"#), "registry.example") == expected)
    }

    @Test(arguments: ["{}", #"{"auth":""}"#, #"{"email":"x"}"#, #"{"auth":null}"#, #"{"username":"u"}"#])
    func findsNothingInAnEntryThatSaysNothing(_ entry: String) throws {
        #expect(try found(try file(#"{"auths":{"registry.example":\#(entry)}}"#), "registry.example") == nil)
    }

    @Test(arguments: [
        #"{"auth":"***"}"#, #"{"auth":"dXc="}"#, #"{"auth":"OnA="}"#, #"{"auth":1}"#, #"{"identitytoken":[]}"#,
        #"{"auth":"dTp3AB=="}"#, #"{"auth":"/zp3"}"#,
    ])
    func rejectsAnEntryThatIsNone(_ entry: String) throws {
        let file = try file(#"{"auths":{"registry.example":\#(entry),"other.example":{"auth":"dTp3"}}}"#)
        #expect(throws: CredentialError.malformedEntry(file: "config.json", key: "registry.example")) {
            try found(file, "registry.example")
        }
        // It is nothing to other registries.
        #expect(try found(file, "other.example") == "u/w")
    }

    /// podman's namespaced keys: whole components, longest first.
    @Test func takesTheLongestPathOfWholeComponents() throws {
        let file = try file(
            """
            {"auths":{"quay.io":\(entry("host")),"quay.io/org":\(entry("org")),
            "quay.io/org/repo":\(entry("repo")),"quay.io/organ":\(entry("organ"))}}
            """)
        #expect(try found(file, "quay.io", "org/repo") == "repo/p")
        #expect(try found(file, "quay.io", "org/repo/deeper") == "repo/p")
        #expect(try found(file, "quay.io", "org/repository") == "org/p")
        #expect(try found(file, "quay.io", "org") == "org/p")
        #expect(try found(file, "quay.io", "organ/x") == "organ/p")
        #expect(try found(file, "quay.io", "or/g") == "host/p")
        #expect(try found(file, "quay.io", "x/org/repo") == "host/p")
    }

    /// `cr.io` must not get what is `ghcr.io`'s.
    @Test(arguments: [
        "cr.io", "ghcr.io.evil.test", "xghcr.io", "ghcr.io:443", "ghcr.io:5000", "a.ghcr.io", "localhost",
    ])
    func neverMatchesAHostByItsPart(_ registry: String) throws {
        #expect(try found(try file(#"{"auths":{"ghcr.io":\#(entry("u"))}}"#), registry) == nil)
    }

    @Test func knowsDockersKeysOfOld() throws {
        let old = try file(#"{"auths":{"https://index.docker.io/v1/":\#(entry("old"))}}"#)
        #expect(try found(old, "docker.io", "library/debian") == "old/p")
        #expect(try found(old, "registry.example") == nil)
        let both = try file(
            #"{"auths":{"https://index.docker.io/v1/":\#(entry("old")),"docker.io":\#(entry("new"))}}"#)
        #expect(try found(both, "docker.io", "library/debian") == "new/p")
        // A path of a URL is no namespace.
        let url = try file(#"{"auths":{"https://registry.example/v2/":\#(entry("u"))}}"#)
        #expect(try found(url, "registry.example", "any/thing") == "u/p")
    }

    @Test func comparesHostsInOneSpelling() throws {
        let file = try file(
            #"{"auths":{"Registry.EXAMPLE:5000":\#(entry("u")),"[2001:DB8::0:1]:5000":\#(entry("six"))}}"#)
        #expect(try found(file, "registry.example:5000") == "u/p")
        #expect(try found(file, "registry.example") == nil)
        #expect(try found(file, "[2001:db8::1]:5000") == "six/p")
    }

    @Test func passesOverKeysThatAreNoHosts() throws {
        let file = try file(#"{"auths":{"not a host":\#(entry("x")),"":\#(entry("x")),"a.b":\#(entry("u"))}}"#)
        #expect(try found(file, "a.b") == "u/p")
    }

    @Test func readsHelpers() throws {
        let file = try file(
            #"{"credHelpers":{"a.example":"one","https://index.docker.io/v1/":"hub","b.example":""},"credsStore":"all"}"#
        )
        #expect(file.helper(for: try #require(RegistryHost(parsing: "a.example"))) == "one")
        #expect(file.helper(for: try #require(RegistryHost(parsing: "docker.io"))) == "hub")
        #expect(file.helper(for: try #require(RegistryHost(parsing: "b.example"))) == nil)
        #expect(file.helper(for: try #require(RegistryHost(parsing: "example"))) == nil)
        #expect(file.store == "all")
        #expect(!file.holdsSecrets)
    }

    @Test(arguments: [
        ("[]", ""), (#"{"auths":[]}"#, "auths"), (#"{"auths":{"a.b":"x"}}"#, "auths"),
        (#"{"credHelpers":1}"#, "credHelpers"), (#"{"credHelpers":{"a.b":1}}"#, "credHelpers"),
        (#"{"credsStore":{}}"#, "credsStore"),
    ])
    func rejectsOtherTypes(_ text: String, _ member: String) {
        #expect(throws: CredentialError.wrongType(file: "config.json", member: member)) { try file(text) }
    }

    @Test func rejectsTwoReadingsOfOneKey() {
        #expect(throws: CredentialError.self) { try file(#"{"auths":{"a.b":\#(entry("u")),"a.b":\#(entry("v"))}}"#) }
        #expect(throws: CredentialError.self) { try file(#"{"auths":{},"auths":{}}"#) }
    }
}

struct CredentialFileSearchTests {
    private let everything = [
        "HOME": "/h", "XDG_RUNTIME_DIR": "/r", "XDG_CONFIG_HOME": "/c", "DOCKER_CONFIG": "/d",
        "REGISTRY_AUTH_FILE": "/named.json",
    ]

    @Test func asksOnlyTheFileThatTheUserNames() {
        let search = CredentialFileSearch(file: "mine.json", environment: everything)
        #expect(search.paths == ["mine.json"])
        #expect(search.isNamed)
        let variable = CredentialFileSearch(file: nil, environment: everything)
        #expect(variable.paths == ["/named.json"])
        #expect(variable.isNamed)
    }

    @Test func keepsTheOrderOfPodmanAndDocker() {
        var environment = everything
        environment["REGISTRY_AUTH_FILE"] = ""
        let search = CredentialFileSearch(file: nil, environment: environment)
        #expect(search.paths == ["/r/containers/auth.json", "/c/containers/auth.json", "/d/config.json"])
        #expect(!search.isNamed)
        let home = CredentialFileSearch(file: nil, environment: ["HOME": "/h"])
        #expect(home.paths == ["/h/.config/containers/auth.json", "/h/.docker/config.json"])
        #expect(CredentialFileSearch(file: nil, environment: [:]).paths == [])
    }

    @Test func passesOverRelativePlaces() {
        let search = CredentialFileSearch(
            file: nil, environment: ["HOME": "h", "XDG_RUNTIME_DIR": "r", "XDG_CONFIG_HOME": "../c"])
        #expect(search.paths == [])
    }
}

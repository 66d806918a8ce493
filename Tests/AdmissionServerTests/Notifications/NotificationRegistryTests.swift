import AdmissionService
import Content
import OCI
import StrictEncoding
import Testing

@testable import AdmissionServer

@Suite struct NotificationRegistryTests {
    private typealias Bodies = NotificationBodies

    private func check(
        _ repository: String, tag: String? = "1.0", digest: String? = nil, among repositories: [String] = ["**"],
        host: String = "registry.example"
    ) throws -> RegistryEvent {
        try Bodies.registry(host: host, repositories: repositories).checked(
            UnverifiedPush(
                repository: ExactString(repository), tag: tag.map { ExactString($0) },
                digest: digest.map { ExactString($0) }))
    }

    @Test func keepsWhatIsOfTheGrammar() throws {
        let event = try check("finance/ledger", tag: "1.0", digest: Bodies.digest)
        #expect(event.repository == "finance/ledger")
        #expect(event.tag == "1.0")
        #expect(event.digest?.description == Bodies.digest)
    }

    @Test(arguments: [
        "", "/", "../../etc/passwd", "a/../b", "a/./b", "a//b", "/a/b", "a/b/", "a\\b", "a%2fb", "a b", "a\u{0}b",
        "a\nb",
        "evil.example/a/b/", "Finance/ledger", "a/B", "a:1", "a/b:1", "a@sha256:\(String(repeating: "ab", count: 32))",
        "a/b@" + NotificationBodies.digest, "docker://a/b", "https://evil.example/a", "a/b?x", "a/b#x", "a..b/c",
        "a/\u{e9}", "a/e\u{301}", "fi\u{ff0e}nance", "-a/b", "a-/b", "a/.b", "a/b.",
    ])
    func refusesTricksInTheRepository(_ repository: String) {
        #expect(throws: UncheckedEvent.refused(.repository)) { try check(repository) }
    }

    @Test func refusesRepositoriesThatAreTooLong() {
        #expect(throws: UncheckedEvent.refused(.repository)) { try check(String(repeating: "a", count: 255)) }
    }

    /// What begins with a host is a path below ours, and nothing else.
    @Test func keepsAForeignHostInThePathBelowItsOwn() throws {
        let event = try check("evil.example/a/b")
        let image = try ImageReference(parsing: "registry.example/" + event.repository)
        #expect(image.registry == "registry.example")
        #expect(image.repository == "evil.example/a/b")
    }

    @Test func refusesOfficialImagesOfDockerHubWithoutTheirPath() throws {
        #expect(throws: UncheckedEvent.refused(.repository)) { try check("debian", host: "docker.io") }
        #expect(try check("library/debian", host: "docker.io").repository == "library/debian")
    }

    @Test(arguments: [
        "", ".a", "-a", "a/b", "a:b", "a@b", "../x", "a b", "a\u{0}", "latest\n", "\u{e9}",
        String(repeating: "a", count: 129), "1.0@" + NotificationBodies.digest,
    ])
    func refusesTricksInTheTag(_ tag: String) {
        #expect(throws: UncheckedEvent.refused(.tag)) { try check("a/b", tag: tag) }
    }

    @Test(arguments: [
        "sha256:", "sha256:ab", "md5:" + String(repeating: "ab", count: 16),
        "SHA256:" + String(repeating: "ab", count: 32),
        "sha256:" + String(repeating: "AB", count: 32), NotificationBodies.digest + " ", "../x",
    ])
    func refusesTricksInTheDigest(_ digest: String) {
        #expect(throws: UncheckedEvent.refused(.digest)) { try check("a/b", digest: digest) }
    }

    @Test func ignoresWhatNamesNeitherTagNorDigest() {
        #expect(throws: UncheckedEvent.ignored(.namesNothing)) { try check("a/b", tag: nil) }
    }

    @Test func refusesForeignRepositories() throws {
        #expect(throws: UncheckedEvent.refused(.foreignRepository)) { try check("hr/payroll", among: ["finance/**"]) }
        #expect(throws: UncheckedEvent.refused(.foreignRepository)) { try check("finances/x", among: ["finance/**"]) }
        _ = try check("finance/a/b", among: ["hr/**", "finance/**"])
    }

    // MARK: Evidence

    @Test func knowsTheTagsOfEvidenceByTheirSubject() throws {
        let hex = String(repeating: "ab", count: 32)
        let digest = try Digest("sha256:" + hex)
        for tag in ["sha256-" + hex, "sha256-\(hex).sig", "sha256-\(hex).att", "sha256-\(hex).sbom"] {
            #expect(try check("a/b", tag: tag).subject == .image(digest), "\(tag)")
        }
        #expect(try check("a/b", tag: "sha512-" + hex).subject == .unknown)
        for tag in [
            "sha256-" + hex.dropLast(), "sha256-\(hex).exe", "sha256-\(hex).sig.sig", "sha256_\(hex)", "sha1-\(hex)",
            "sha256-" + hex.uppercased(), "latest", "sha256-", "sha512-\(hex).sig", "v1-rc",
        ] {
            #expect(try check("a/b", tag: tag).subject == nil, "\(tag)")
        }
    }

    // MARK: Destinations

    @Test func joinsTheNamespacesOfEveryMatch() throws {
        let registry = try Bodies.registry(destinations: [
            NotificationDestination(repositories: [Glob("finance/**")], namespaces: ["finance", "staging"]),
            NotificationDestination(repositories: [Glob("finance/ledger")], namespaces: ["staging", "audit"]),
            NotificationDestination(repositories: [Glob("hr/**")], namespaces: ["hr"]),
        ])
        #expect(registry.namespaces(of: "finance/ledger") == ["finance", "staging", "audit"])
        #expect(registry.namespaces(of: "finance/other") == ["finance", "staging"])
        #expect(registry.questionNamespaces(of: "web/site") == [nil])
    }

    @Test(arguments: ["", "Finance", "-a", "a-", "a.b", "a/b", "**", String(repeating: "a", count: 64), "f\u{e9}"])
    func refusesWhatIsNoNamespace(_ namespace: String) {
        #expect(throws: NotificationConfigurationError.namespace(namespace)) {
            try NotificationDestination(repositories: [Glob("**")], namespaces: [namespace])
        }
    }

    // MARK: Configuration

    @Test func doesNotStartWithoutAProof() {
        #expect(throws: NotificationConfigurationError.noAuthentication("central")) {
            try Bodies.registry(authentication: [])
        }
        #expect(throws: NotificationConfigurationError.noAuthentication("central")) {
            try Bodies.registry(authentication: [.caller([])])
        }
        #expect(throws: NotificationConfigurationError.contradictoryAuthentication("central")) {
            try Bodies.registry(authentication: [.insecureAnyone, .caller(["dns:a"])])
        }
    }

    @Test func saysWhichRegistryAnyoneMaySpeakFor() throws {
        let open = try NotificationConfiguration(registries: [Bodies.registry(authentication: [.insecureAnyone])])
        #expect(
            open.whatIsInsecure == [InsecureUse(.anyNotifier, "anyone may tell of pushes as the registry central")])
        #expect(try NotificationConfiguration(registries: [Bodies.registry()]).whatIsInsecure.isEmpty)
    }

    @Test func refusesTheSecondNameOfDockerHub() throws {
        let host = try #require(RegistryHost(parsing: "index.docker.io"))
        #expect(throws: NotificationConfigurationError.host(host)) { try Bodies.registry(host: "index.docker.io") }
    }

    @Test func refusesConfigurationsThatCanNotWork() throws {
        let registry = try Bodies.registry()
        #expect(throws: NotificationConfigurationError.duplicateName("central")) {
            try NotificationConfiguration(registries: [registry, registry])
        }
        #expect(throws: NotificationConfigurationError.noRepositories("central")) {
            try Bodies.registry(repositories: [])
        }
        var work = NotificationWork()
        work.lease = 30
        #expect(throws: NotificationConfigurationError.self) {
            try NotificationConfiguration(registries: [registry], work: work)
        }
        work = NotificationWork()
        work.concurrency = 0
        #expect(throws: NotificationConfigurationError.self) {
            try NotificationConfiguration(registries: [registry], work: work)
        }
        for name in ["", "A", "a/b", "-a", "a.b", String(repeating: "a", count: 65)] {
            #expect(throws: NotificationConfigurationError.name(name)) {
                try NotificationRegistry(
                    name: name, host: registry.host, format: .harbor, authentication: [.insecureAnyone],
                    repositories: [Glob("**")])
            }
        }
    }

    @Test func waitsLongerAfterEachAttempt() {
        let work = NotificationWork()
        #expect((1...12).map(work.delay(afterAttempt:)) == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
        #expect(work.delay(afterAttempt: .max) == 3600)
        #expect(work.delay(afterAttempt: 0) == 5)
    }
}

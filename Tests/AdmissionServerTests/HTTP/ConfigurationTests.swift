import AdmissionServer
import AdmissionService
import PKI
import StrictEncoding
import Testing

/// What does not start, because it would be open, or never answer.
@Suite struct ConfigurationTests {
    private func start(
        _ configuration: AdmissionServerConfiguration, _ surfaces: [any Surface] = [TestSurface()]
    ) throws(ServerConfigurationError) {
        _ = try AdmissionServer(
            configuration: configuration, surfaces: surfaces, readiness: { Readiness([]) }, metrics: ServiceMetrics(),
            version: "1", notices: { _ in }, now: { TestClock().now })
    }

    private var open: AdmissionServerConfiguration { .open() }

    @Test func startsNoSurfaceWhoseCallersNobodyNamed() throws {
        var configuration = open
        configuration.access = [:]
        #expect(throws: ServerConfigurationError.callersNotNamed(.kubernetesValidate)) { try start(configuration) }
        configuration.access = [.kubernetesValidate: .callers(CallerRules())]
        #expect(throws: ServerConfigurationError.callersNotNamed(.kubernetesValidate)) { try start(configuration) }
    }

    @Test func startsASurfaceThatFindsItsCallersItself() throws {
        var configuration = open
        configuration.listeners[0].surfaces = [.notification]
        configuration.access = [:]
        let routes = [SurfaceRoute("POST", "/v1/notifications/{name}", bodyByteLimit: 10)]
        try start(configuration, [TestSurface(.notification, routes: routes, proof: .surface)])
        #expect(throws: ServerConfigurationError.callersNotNamed(.notification)) {
            try start(configuration, [TestSurface(.notification, routes: routes)])
        }
    }

    @Test func startsNothingInClearThatNeedsCallers() throws {
        var configuration = open
        configuration.listeners[0].insecurePlaintext = false
        #expect(throws: ServerConfigurationError.plaintext(.kubernetesValidate, listener: "main")) {
            try start(configuration)
        }
        configuration.listeners[0].surfaces = [.health, .metrics]
        configuration.access = [:]
        try start(configuration, [])
    }

    @Test func startsNoRuleThatNoListenerCanCheck() throws {
        var configuration = open
        for rules in [
            CallerRules(certificates: [try CertificateRule(parsing: "dns:api.example")]),
            CallerRules(certificates: [try CertificateRule(parsing: "spiffe://example.org/build")]),
            CallerRules(unixUsers: [0]),
        ] {
            configuration.access = [.kubernetesValidate: .callers(rules)]
            let error = #expect(throws: ServerConfigurationError.self) { try start(configuration) }
            guard case .ruleWithoutMeans(.kubernetesValidate, _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test func startsNoTokenRuleThatNamesNobody() throws {
        var configuration = open
        let domain = try SPIFFETrustDomain("example.org")
        let bundle = SPIFFEBundleFile(trustDomain: domain, file: "/nowhere")
        let workload = try SPIFFERule(parsing: "spiffe://example.org/**")
        for rules in [
            CallerRules(workloadTokens: [WorkloadTokenRule(bundle: bundle, audience: "a", workloads: [])]),
            CallerRules(workloadTokens: [WorkloadTokenRule(bundle: bundle, audience: "", workloads: [workload])]),
            CallerRules(workloadTokens: [
                WorkloadTokenRule(
                    bundle: bundle, audience: "a", workloads: [try SPIFFERule(parsing: "spiffe://other.example/x")])
            ]),
            CallerRules(issuedTokens: [
                IssuedTokenRule(issuer: "https://issuer.example", audience: "a", keysFile: "/nowhere", subjects: [])
            ]),
            CallerRules(issuedTokens: [
                IssuedTokenRule(issuer: "https://issuer.example", audience: "", keysFile: "/nowhere", subjects: ["x"])
            ]),
        ] {
            configuration.access = [.kubernetesValidate: .callers(rules)]
            let error = #expect(throws: ServerConfigurationError.self) { try start(configuration) }
            guard case .emptyRule = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }

    @Test func startsNothingThatIsNowhereOrTwice() throws {
        #expect(throws: ServerConfigurationError.noListener) {
            var configuration = open
            configuration.listeners = []
            try start(configuration)
        }
        #expect(throws: ServerConfigurationError.surfaceNowhere(.gatekeeper)) {
            try start(open, [TestSurface(), TestSurface(.gatekeeper, routes: [])])
        }
        #expect(throws: ServerConfigurationError.surfaceAbsent(.kubernetesValidate, listener: "main")) {
            try start(open, [])
        }
        #expect(throws: ServerConfigurationError.routeTwice("POST /v1/kubernetes/validate")) {
            try start(open, [TestSurface(), TestSurface()])
        }
        #expect(throws: ServerConfigurationError.listenerName("Main")) {
            var configuration = open
            configuration.listeners[0].name = "Main"
            try start(configuration)
        }
        #expect(throws: ServerConfigurationError.listenerName("main")) {
            var configuration = open
            configuration.listeners.append(configuration.listeners[0])
            try start(configuration)
        }
        #expect(throws: ServerConfigurationError.limit("connections")) {
            var configuration = open
            configuration.limits.connections = 0
            try start(configuration)
        }
        #expect(throws: ServerConfigurationError.noClientAuthority(listener: "main")) {
            var configuration = open
            configuration.listeners[0].tls = ListenerTLS(
                certificateFile: "/nowhere", keyFile: "/nowhere", clients: ClientAuthorities())
            try start(configuration)
        }
        #expect(throws: ServerConfigurationError.noSurface(listener: "main")) {
            var configuration = open
            configuration.listeners[0].surfaces = []
            try start(configuration)
        }
        #expect(throws: ServerConfigurationError.tlsOnSocket(listener: "main")) {
            var configuration = open
            configuration.listeners[0].address = .unix(path: "/nowhere/s", mode: .owner)
            configuration.listeners[0].tls = ListenerTLS(certificateFile: "/nowhere", keyFile: "/nowhere")
            try start(configuration)
        }
    }

    @Test func saysWhatAnAddressInUseIs() async throws {
        let first = try await TestServer(.open(), surfaces: [TestSurface()])
        var configuration = open
        configuration.listeners[0].address = .tcp(host: "127.0.0.1", port: first.port())
        let second = try await TestServer(configuration, surfaces: [TestSurface()], mayFail: true)
        let error = await #expect(throws: ServerConfigurationError.self) { try await second.end() }
        #expect(error?.message.contains("address already in use") == true)
    }

    @Test(arguments: [
        "spiffe://example.org", "spiffe://example.org/", "spiffe://example.org/*", "spiffe://example.org/a*/**",
        "spiffe://EXAMPLE.org/a", "spiffe://example.org/a/../b", "https://example.org/a", "example.org", "",
        "dns:", "dns:*.example", "dns:Api.example", "dns:api.example.", "dns:-a.example", "dns:a b",
    ])
    func readsNoRuleThatMeansMoreThanItSays(text: String) {
        #expect(throws: CallerRuleError.self) { try CertificateRule(parsing: text) }
    }
}

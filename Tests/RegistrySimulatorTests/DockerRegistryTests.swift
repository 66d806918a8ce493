import RegistrySimulator
import Testing

@Suite(.enabled(if: Tool.path("skopeo") != nil && DockerRegistry.isInstalled))
struct DockerRegistryTests {
    @Test func skopeoReadsBackWhatItPushed() async throws {
        try await DockerRegistry.with { registry in
            try await roundTrip(registry.host, ["--dest-tls-verify=false"], ["--tls-verify=false"])
            let manifests = try await registry.settledAccesses().filter { $0.path.contains("/manifests/") }
            #expect(manifests.count { $0.method == "PUT" && $0.status == 201 } == 1)
            #expect(manifests.count { $0.method == "GET" && $0.status == 200 } == 2)
        }
    }

    @Test func skopeoTrustsItsCertificateByTheAuthority() async throws {
        let certificates = try await TestCertificates.make()
        let trust = try authorityOnly(certificates)
        try await DockerRegistry.with(DockerRegistry.Configuration { $0.certificates = certificates }) { registry in
            try await roundTrip(registry.host, ["--dest-cert-dir", trust.path], ["--cert-dir", trust.path])
        }
    }

    @Test(.enabled(if: Tool.path("htpasswd") != nil))
    func skopeoNeedsThePassword() async throws {
        let configuration = DockerRegistry.Configuration { $0.access = .basic(users: ["writer": "secret"]) }
        try await DockerRegistry.with(configuration) { registry in
            let credentials = ["--creds", "writer:secret"]
            try await roundTrip(
                registry.host, ["--dest-tls-verify=false", "--dest-creds", "writer:secret"],
                ["--tls-verify=false"] + credentials)
            let refused = try await Tool.run(
                "skopeo", ["inspect", "--tls-verify=false", "--no-creds", "docker://\(registry.host)/library/copy:v1"])
            #expect(refused.status != 0)
        }
    }

    @Test func skopeoBringsATokenOfOurServer() async throws {
        let tokens = try DistributionTokens(try await TestCertificates.make())
        var settings = TokenService.Settings()
        settings.users = ["writer": "secret"]
        let service = tokens.service(settings)
        try await SimulatedRegistry.with(RegistryFeatures { $0.tokenService = service }) { realm in
            let configuration = DockerRegistry.Configuration {
                $0.access = .tokens(tokens, realm: realm.url + "/token", service: "simulator")
            }
            try await DockerRegistry.with(configuration) { registry in
                try await roundTrip(
                    registry.host, ["--dest-tls-verify=false", "--dest-creds", "writer:secret"],
                    ["--tls-verify=false", "--no-creds"])
            }
            #expect(realm.count(RequestPattern(prefix: "/token")) >= 3)
        }
    }
}

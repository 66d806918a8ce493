import Content
import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import StrictEncoding
import Testing

/// Two programs that are not ours, skopeo and docker-registry, on the other side.
@Suite(.enabled(if: Tool.path("skopeo") != nil && DockerRegistry.isInstalled))
struct InteroperabilityTests {
    static let login = ["writer": "secret"]

    /// An image and its evidence in each form, pushed by skopeo, are read by us.
    @Test func readsWhatSkopeoPushedInAllThreeForms() async throws {
        try await FaultScene.with(timeout: .seconds(60)) { scene in
            let contents = scene.registry.contents
            let image = scene.image.digest
            contents.setFallback(of: image, in: FaultScene.repository, to: [scene.referrer])
            for kind in ["sig", "att"] {
                contents.pushCosignTag(
                    of: image, kind, in: FaultScene.repository,
                    layers: [(Array("a layer of \(kind)".utf8), ["dev.cosignproject.cosign/signature": "x"])])
            }
            try await DockerRegistry.with { registry in
                let tags = ["v1"] + contents.tags(in: FaultScene.repository).keys.filter { $0 != "v1" }.sorted()
                for tag in tags {
                    let name = "\(FaultScene.repository):\(tag)"
                    // skopeo writes an index anew, so the list under the fallback tag gets another digest.
                    let flags = tag == image.referrersTag ? ["--all"] : ["--preserve-digests"]
                    try await Tool.succeed(
                        "skopeo",
                        ["--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"] + flags
                            + ["docker://\(scene.registry.host)/\(name)", "docker://\(registry.host)/\(name)"])
                }
                let reader = scene.at(registry.host)
                let found = try await reader.readAll()
                #expect(found.image.descriptor == scene.image)
                #expect(found.papers.refused.isEmpty)
                #expect(Set(found.papers.found.map(\.tie)) == [.fallbackTag, .signatureTag, .attestationTag])
                for text in [FaultScene.payload, Array("a layer of sig".utf8), Array("a layer of att".utf8)] {
                    #expect(found.blobs.contains(text))
                }
                // distribution 2.8 has no referrers API, and says so once.
                let accesses = try await registry.settledAccesses()
                #expect(accesses.contains { $0.path.contains("/referrers/") && $0.status == 404 })
            }
        }
    }

    enum Access: CaseIterable {
        case basic, token, tls
    }

    @Test(arguments: Access.allCases)
    func readsAndWritesWhereOneHasToLogIn(_ access: Access) async throws {
        let certificates = try await TestCertificates.make()
        let signer = try DistributionTokens(certificates)
        var settings = TokenService.Settings()
        settings.users = Self.login
        settings.anonymousPull = false
        let service = signer.service(settings)
        try await SimulatedRegistry.with(RegistryFeatures { $0.tokenService = service }) { realm in
            let configuration = DockerRegistry.Configuration {
                switch access {
                case .basic: $0.access = .basic(users: Self.login)
                case .token: $0.access = .tokens(signer, realm: realm.url + "/token", service: settings.service)
                case .tls: $0.certificates = certificates
                }
            }
            var http = HTTPConfiguration()
            http.extraAuthorities = [Array(certificates.authority.utf8)]
            let host = try #require(RegistryHost(parsing: realm.host))
            let alter = { (configuration: inout RegistryClient.Configuration) in
                configuration.credentials = { _ in .password(user: Secret("writer"), password: Secret("secret")) }
                configuration.allowedHosts = [host]
            }
            try await DockerRegistry.with(configuration) { registry in
                try await FaultScene.with(http: http, timeout: .seconds(60), alter: alter) { scene in
                    let there = scene.at(registry.host)
                    try await there.push(":v1")
                    #expect(try await there.readAll().image.descriptor == scene.image)
                    let trust = try TemporaryDirectory()
                    try trust.write(certificates.authority, to: "ca.crt")
                    let flags =
                        access == .tls
                        ? ["--cert-dir", trust.path]
                        : ["--tls-verify=false", "--creds", "writer:secret"]
                    let raw = try await Tool.succeed(
                        "skopeo",
                        ["inspect", "--raw"] + flags + ["docker://\(registry.host)/\(FaultScene.repository):v1"])
                    let manifest = scene.registry.contents.manifest("v1", in: FaultScene.repository)
                    #expect(Array(raw.utf8) == manifest)
                }
            }
        }
    }

    /// skopeo checks every digest on the way.
    @Test func skopeoReadsWhatWeWrote() async throws {
        try await FaultScene.with(timeout: .seconds(60)) { scene in
            try await DockerRegistry.with { registry in
                try await scene.at(registry.host).push(":v1")
                let copy = try TemporaryDirectory()
                try await Tool.succeed(
                    "skopeo",
                    ["--insecure-policy", "copy", "--src-tls-verify=false"]
                        + ["docker://\(registry.host)/\(FaultScene.repository):v1", "dir:\(copy.path)"])
                let manifest = scene.registry.contents.manifest("v1", in: FaultScene.repository)
                #expect(Array(try copy.read("manifest.json").utf8) == manifest)
            }
        }
    }
}

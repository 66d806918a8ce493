import Content
import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import StrictEncoding
import Testing

/// Debian's docker-registry, a registry that is not ours.
@Suite(.enabled(if: DockerRegistry.isInstalled)) struct DockerRegistryClientTests {
    let deadline = OperationDeadline(.seconds(120))

    /// Writes an image and a signature beside it, reads both.
    func roundTrip(_ host: String, _ client: Client) async throws {
        let repository = try #require(RegistryRepository(try ImageReference(parsing: host + "/finance/ledger")))
        let layer = VerifiedContent(namedByOwnDigest: (0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
        let config = VerifiedContent(
            namedByOwnDigest: ImageConfiguration.configurationBytes(
                platform: Platform(os: "linux", architecture: "amd64"), diffIDs: [layer.digest]))
        let manifest = VerifiedContent(
            namedByOwnDigest: ImageManifest.imageBytes(
                config: Descriptor(of: config, mediaType: .ociConfiguration),
                layers: [Descriptor(of: layer, mediaType: "application/vnd.oci.image.layer.v1.tar")]))
        let sink = RegistrySink(repository, client: client.client)
        for content in [layer, config, manifest] { try await sink.put(content) }
        let image = Descriptor(of: manifest, mediaType: .ociManifest)
        try await sink.list(image, tag: "v1")

        let bundle = VerifiedContent(namedByOwnDigest: Array("{\"bundle\":1}".utf8))
        let paper = VerifiedContent(
            namedByOwnDigest: ImageManifest.artifactBytes(
                artifactType: .sigstoreBundle03, layers: [Descriptor(of: bundle, mediaType: .sigstoreBundle03)],
                subject: image))
        for content in [.emptyValue, bundle, paper] { try await sink.put(content) }
        try await sink.listReferrer(Descriptor(of: paper, mediaType: .ociManifest), subject: image.digest)

        let source = try client.source(host + "/finance/ledger:v1")
        #expect(try await source.resolve(limits: ContentLimits()).descriptor == image)
        let papers = try await source.papers(of: image.digest, limits: ContentLimits())
        #expect(papers.found.map(\.tie) == [.fallbackTag])
        #expect(papers.found.map(\.descriptor.digest) == [paper.digest])
        #expect(
            try await source.fetch(Descriptor(of: layer, mediaType: "application/octet-stream"), limit: 1 << 20)
                == layer)

        let other = try #require(RegistryRepository(try ImageReference(parsing: host + "/copy/ledger")))
        let descriptor = Descriptor(of: layer, mediaType: "application/octet-stream")
        #expect(try await client.client.copy(blob: descriptor, from: repository, to: other, by: deadline) == .mounted)
    }

    @Test func plain() async throws {
        try await DockerRegistry.with { registry in
            try await roundTrip(registry.host, try Client { $0.chunkSize = 30_000 })
        }
    }

    @Test func overTLSWithPasswords() async throws {
        let certificates = try await TestCertificates.make()
        let configuration = DockerRegistry.Configuration {
            $0.certificates = certificates
            $0.access = .basic(users: ["user": "secret"])
        }
        try await DockerRegistry.with(configuration) { registry in
            var http = HTTPConfiguration()
            http.extraAuthorities = [Array(certificates.authority.utf8)]
            try await roundTrip(
                registry.host,
                try Client(http: http) {
                    $0.credentials = { _ in .password(user: Secret("user"), password: Secret("secret")) }
                })
            let anonymous = try Client(http: http).source(registry.host + "/finance/ledger:v1")
            #expect(await code { try await anonymous.resolve(limits: ContentLimits()) } == .registryUnauthorised)
            let stranger = try Client().source(registry.host + "/finance/ledger:v1")
            #expect(await code { try await stranger.resolve(limits: ContentLimits()) } == .registryUntrusted)
        }
    }
}

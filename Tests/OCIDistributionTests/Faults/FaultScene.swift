import Content
import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import StrictEncoding

/// An image and one bundle about it in a simulated registry, and a source as a decision has one.
struct FaultScene: Sendable {
    let registry: SimulatedRegistry
    let image: Descriptor
    /// A manifest with the image as subject.
    let referrer: Descriptor
    let client: RegistryClient
    /// `HOST:PORT` that is read from.
    private(set) var host: String
    private let timeout: Duration

    static let repository = "library/app"
    static let payload = Array(#"{"some":"bundle"}"#.utf8)
    /// What one operation may take here. Faults that last longer must end by it.
    static let timeout = Duration.milliseconds(1500)

    /// Runs a registry and a client.
    ///
    /// - Parameter alter: changes how the client speaks to registries.
    static func with(
        _ features: RegistryFeatures = RegistryFeatures(), holding contents: RegistryContents = RegistryContents(),
        http: HTTPConfiguration = HTTPConfiguration(), timeout: Duration = timeout,
        alter: (inout RegistryClient.Configuration) -> Void = { _ in }, _ body: (FaultScene) async throws -> Void
    ) async throws {
        let image = contents.pushImage(in: repository, tag: "v1")
        let referrer = contents.pushReferrer(of: image, in: repository, payload: payload)
        var configuration = RegistryClient.Configuration(
            now: { Instant(secondsSince1970: 1_780_000_000) }, chance: { 0 })
        configuration.retries.firstPause = .milliseconds(10)
        configuration.exchangeTimeout = timeout
        alter(&configuration)
        let transport = try HTTPTransport(http)
        do {
            try await SimulatedRegistry.with(features, holding: contents) { registry in
                try await body(
                    FaultScene(
                        registry: registry, image: image, referrer: referrer,
                        client: RegistryClient(configuration, transport: transport), host: registry.host,
                        timeout: timeout))
            }
        } catch {
            await transport.shutdown()
            throw error
        }
        await transport.shutdown()
    }

    /// The same repository in another registry.
    func at(_ host: String) -> FaultScene {
        var scene = self
        scene.host = host
        return scene
    }

    /// Writes the simulated registry's image to the one that is read from.
    func push(_ name: String) async throws {
        let reference = try ImageReference(parsing: "\(host)/\(Self.repository)\(name)")
        guard let repository = RegistryRepository(reference), let tag = reference.effectiveTag else { return }
        let deadline = OperationDeadline(timeout)
        for blob in registry.contents.blobs(in: Self.repository) {
            let bytes = registry.contents.blob(try Digest(blob), in: Self.repository) ?? []
            try await client.put(blob: VerifiedContent(namedByOwnDigest: bytes), in: repository, by: deadline)
        }
        let manifest = registry.contents.manifest(image.digest.description, in: Self.repository) ?? []
        try await client.put(
            manifest: VerifiedContent(namedByOwnDigest: manifest), type: image.mediaType, as: .tag(tag), in: repository,
            by: deadline)
    }

    /// For one decision.
    func source(_ name: String = ":v1") throws -> RegistrySource {
        let reference = try ImageReference(parsing: "\(host)/\(Self.repository)\(name)")
        return RegistrySource(reference, client: client, timeout: timeout)
    }

    /// Reads all that a decision may ask for: the image, its configuration, its papers and what they hold.
    func readAll(_ name: String = ":v1") async throws -> Found {
        let source = try source(name)
        let limits = ContentLimits()
        let resolved = try await source.resolve(limits: limits)
        var found = Found(image: resolved)
        found.add(try await parts(of: resolved.content, as: resolved.descriptor.mediaType, from: source))
        let papers = try await source.papers(of: resolved.descriptor.digest, limits: limits)
        found.papers = papers
        for paper in papers.found {
            let content = try await source.fetch(paper.descriptor, limit: limits.manifestBytes)
            found.add(try await parts(of: content, as: paper.descriptor.mediaType, from: source))
        }
        return found
    }

    struct Found: Sendable {
        let image: ResolvedContent
        var papers = Papers()
        private(set) var blobs: [[UInt8]] = []

        init(image: ResolvedContent) { self.image = image }

        mutating func add(_ contents: [VerifiedContent]) { blobs += contents.map(\.bytes) }
    }

    private func parts(
        of content: VerifiedContent, as mediaType: MediaType, from source: RegistrySource
    ) async throws -> [VerifiedContent] {
        let document: ImageDocument
        do throws(ImageFormatError) {
            document = try ImageDocument(parsing: content, declared: mediaType)
        } catch {
            throw ContentSourceError(error.code, error.message)
        }
        guard case .manifest(let manifest) = document else { return [] }
        var parts: [VerifiedContent] = []
        for descriptor in [manifest.config] + manifest.layers {
            parts.append(try await source.fetch(descriptor, limit: 1 << 20))
        }
        return parts
    }
}

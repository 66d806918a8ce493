import Content
import OCI
import StrictEncoding
import Testing

struct BuildKitAttestationTests {
    private let image = DocumentText.entry
    private func attestation(of digest: String, _ own: Character = "4", type: String = "attestation-manifest")
        -> DocumentText
    {
        DocumentText.entry.with("digest", "\"sha256:\(String(repeating: own, count: 64))\"")
            .with("platform", #"{"os":"unknown","architecture":"unknown"}"#)
            .with(
                "annotations", #"{"vnd.docker.reference.type":"\#(type)","vnd.docker.reference.digest":"\#(digest)"}"#)
    }

    private func index(_ entries: DocumentText...) throws -> ImageIndex {
        try #require(
            try DocumentText.index.with("manifests", "[" + entries.map(\.json).joined(separator: ",") + "]").index())
    }

    @Test
    func pairsAttestationWithItsImage() throws {
        let index = try index(attestation(of: DocumentText.childDigest), image)
        #expect(index.buildKitAttestations.map(\.manifest) == [index.manifests[0]])
        #expect(index.buildKitAttestations.map(\.subject) == [index.manifests[1]])
        #expect(index.unattachedEntries == [index.manifests[1]])
    }

    /// Whoever marks an image as an attestation must not make it vanish.
    @Test
    func doesNotPairWithoutASibling() throws {
        let own = "sha256:" + String(repeating: "4", count: 64)
        let other = "sha256:" + String(repeating: "5", count: 64)
        for digest in [DocumentText.layerDigest, own, "", "latest", DocumentText.childDigest.uppercased()] {
            let index = try index(image, attestation(of: digest))
            #expect(index.buildKitAttestations.isEmpty)
            #expect(index.unattachedEntries == index.manifests)
        }
        let ring = try index(attestation(of: other, "4"), attestation(of: own, "5"))
        #expect(ring.buildKitAttestations.isEmpty)
        #expect(ring.unattachedEntries == ring.manifests)
    }

    @Test
    func needsTheMark() throws {
        let index = try index(image, attestation(of: DocumentText.childDigest, type: "Attestation-manifest"))
        #expect(index.buildKitAttestations.isEmpty)
    }
}

struct RunnableTests {
    private let inToto = DocumentText.layer.with("mediaType", "\"\(MediaType.inToto)\"")
    private func configuration(_ os: String, _ architecture: String) -> DocumentText {
        DocumentText.configuration.with("os", "\"\(os)\"").with("architecture", "\"\(architecture)\"")
    }
    private func manifest(_ configuration: DocumentText, _ layers: DocumentText...) throws -> ImageManifest {
        let config = DocumentText.config.with("digest", "\"\(configuration.content.digest)\"")
        return try #require(
            try DocumentText.manifest.with("config", config.json)
                .with("layers", "[" + layers.map(\.json).joined(separator: ",") + "]").manifest())
    }

    @Test
    func runsImages() throws {
        let linux = configuration("linux", "amd64")
        let manifest = try manifest(linux, .layer)
        #expect(manifest.isRunnable(configuration: try linux.configuration()))
        #expect(manifest.isRunnable(configuration: nil))
        let docker = DocumentText.manifest.with(
            "config", DocumentText.config.with("mediaType", "\"\(MediaType.dockerConfiguration)\"").json)
        #expect(try docker.manifest()?.isRunnable(configuration: nil) == true)
    }

    @Test
    func passesOverBuildKitsFirstForm() throws {
        let unknown = configuration("unknown", "unknown")
        #expect(!(try manifest(unknown, inToto, inToto).isRunnable(configuration: unknown.configuration())))
    }

    /// Each half of what makes the first form has been enough to hide an image somewhere.
    @Test
    func hidesNothingInDoubt() throws {
        let unknown = configuration("unknown", "unknown")
        let linux = configuration("linux", "amd64")
        #expect(try manifest(unknown, inToto).isRunnable(configuration: nil))
        #expect(try manifest(unknown, inToto, .layer).isRunnable(configuration: unknown.configuration()))
        #expect(try manifest(unknown, .layer).isRunnable(configuration: unknown.configuration()))
        #expect(try manifest(unknown).isRunnable(configuration: unknown.configuration()))
        #expect(try manifest(linux, inToto).isRunnable(configuration: linux.configuration()))
        // Another manifest's configuration says nothing of this one.
        #expect(try manifest(linux, inToto).isRunnable(configuration: unknown.configuration()))
    }

    @Test
    func passesOverArtifacts() throws {
        let empty = DocumentText.manifest.with(
            "config", DocumentText.config.with("mediaType", "\"\(MediaType.ociEmpty)\"").json
        )
        .with("artifactType", "\"\(MediaType.dockerAttestationManifest)\"")
        #expect(try empty.manifest()?.isRunnable(configuration: nil) == false)
    }
}

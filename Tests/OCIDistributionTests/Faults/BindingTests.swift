import Content
import OCI
import OCIDistribution
import RegistrySimulator
import Testing

/// What was asked for is what is judged, whoever writes in between and whatever the registry says of it.
struct BindingTests {
    /// A manifest that two readers can take for two things (CVE-2021-41190).
    @Test(arguments: [MediaType.ociManifest, .ociIndex, "application/json"])
    func aManifestOfTwoTypesIsRefused(_ stated: MediaType) async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            let manifest = try #require(scene.registry.contents.manifest("v1", in: FaultScene.repository))
            let both = String(decoding: manifest, as: UTF8.self).dropLast() + #","manifests":[]}"#
            scene.registry.contents.put(
                manifest: Array(both.utf8), mediaType: stated, in: FaultScene.repository, tags: "v1")
            let error = await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
            #expect([.imageTwoTypes, .imageMediaTypeMismatch].contains(error?.code))
        }
    }

    @Test func aTagIsResolvedOnce() async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            let other = scene.registry.contents.pushImage(in: FaultScene.repository, layer: "another")
            scene.registry.before(.get("/v2/"), .nth(2)) { contents in
                contents.setTag("v1", to: other.digest, in: FaultScene.repository)
            }
            let found = try await scene.readAll()
            #expect(found.image.descriptor.digest == scene.image.digest)
            #expect(found.papers.found.map(\.descriptor.digest) == [scene.referrer.digest])
            #expect(scene.registry.count(.get("/v2/\(FaultScene.repository)/manifests/v1")) == 1)
        }
    }

    @Test func theDigestOfANameDecidesAndItsTagIsNotAskedFor() async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            let other = scene.registry.contents.pushImage(in: FaultScene.repository, layer: "another")
            scene.registry.contents.setTag("v1", to: other.digest, in: FaultScene.repository)
            let found = try await scene.readAll(":v1@\(scene.image.digest)")
            #expect(found.image.descriptor.digest == scene.image.digest)
            #expect(scene.registry.count(.containing("/manifests/v1")) == 0)
        }
    }

    @Test func aDigestThatTheRegistryStatesIsNotBelieved() async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            let lie = Digest(of: Array("lie".utf8)).description
            scene.registry.inject(.header(name: "Docker-Content-Digest", value: lie))
            let found = try await scene.readAll()
            #expect(found.image.descriptor.digest == scene.image.digest)
        }
    }

    @Test func evidenceThatIsDeletedAfterItWasListedIsAbsent() async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            let path = "/v2/\(FaultScene.repository)/manifests/\(scene.referrer.digest)"
            scene.registry.before(.get(path)) { $0.removeManifest(scene.referrer.digest, in: FaultScene.repository) }
            let error = await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
            #expect(error?.code == .imageNotFound)
        }
    }

    @Test func evidenceUnderATagIsReadAsItWasListed() async throws {
        try await FaultScene.with(RegistryFeatures { $0.referrers = .none }, timeout: .seconds(120)) { scene in
            let contents = scene.registry.contents
            contents.setFallback(of: scene.image.digest, in: FaultScene.repository, to: [scene.referrer])
            // Overwritten as soon as it was read: what was listed then is what counts.
            scene.registry.before(.get("/v2/\(FaultScene.repository)/manifests/\(scene.referrer.digest)")) { contents in
                contents.setFallback(of: scene.image.digest, in: FaultScene.repository, to: [])
            }
            let found = try await scene.readAll()
            #expect(found.papers.found.map(\.tie) == [.fallbackTag])
            #expect(found.blobs.contains(FaultScene.payload))
        }
    }
}

import Content
import Findings
import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import Testing

@Suite struct RegistryWritingTests {
    func target(_ registry: SimulatedRegistry, _ path: String = repository) throws -> RegistryRepository {
        try #require(RegistryRepository(try ImageReference(parsing: registry.host + "/" + path)))
    }

    func bytes(_ count: Int) -> VerifiedContent {
        VerifiedContent(namedByOwnDigest: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    }

    let deadline = OperationDeadline(.seconds(120))

    @Test func storesAShortBlobWithTwoRequestsAndOnce() async throws {
        try await SimulatedRegistry.with { registry in
            let client = try Client().client
            let blob = bytes(1000)
            let place = try target(registry)
            #expect(try await client.put(blob: blob, in: place, by: deadline) == .uploaded)
            #expect(registry.requests.map(\.method) == ["HEAD", "POST", "PUT"])
            #expect(registry.contents.blob(blob.digest, in: repository) == blob.bytes)
            registry.forgetRequests()
            #expect(try await client.put(blob: blob, in: place, by: deadline) == .wasThere)
            #expect(registry.requests.map(\.method) == ["HEAD"])
        }
    }

    @Test(arguments: [true, false])
    func storesALongBlobInPieces(absolute: Bool) async throws {
        try await SimulatedRegistry.with(RegistryFeatures { $0.uploads.absoluteLocations = absolute }) {
            registry in
            let client = try Client { $0.chunkSize = 1000 }.client
            let blob = bytes(3500)
            #expect(try await client.put(blob: blob, in: try target(registry), by: deadline) == .uploaded)
            #expect(registry.requests.map(\.method) == ["HEAD", "POST", "PATCH", "PATCH", "PATCH", "PATCH", "PUT"])
            #expect(
                registry.requests.compactMap { $0.header("Content-Range") }
                    == ["0-999", "1000-1999", "2000-2999", "3000-3499"])
            #expect(registry.contents.blob(blob.digest, in: repository) == blob.bytes)
        }
    }

    @Test func heedsTheShortestPieceThatTheRegistryTakes() async throws {
        try await SimulatedRegistry.with(RegistryFeatures { $0.uploads.shortestChunk = 2000 }) { registry in
            let client = try Client { $0.chunkSize = 1000 }.client
            _ = try await client.put(blob: bytes(3500), in: try target(registry), by: deadline)
            #expect(registry.requests.compactMap { $0.header("Content-Range") } == ["0-1999", "2000-3499"])
        }
    }

    @Test func beginsAnUploadAnewThatBrokeOff() async throws {
        try await SimulatedRegistry.with { registry in
            registry.inject(.reset(), on: RequestPattern(method: "PUT"), .nth(1))
            let client = try Client().client
            let blob = bytes(1000)
            #expect(try await client.put(blob: blob, in: try target(registry), by: deadline) == .uploaded)
            #expect(registry.requests.map(\.method) == ["HEAD", "POST", "PUT", "POST", "PUT"])
        }
    }

    @Test func mountsWhatAnotherRepositoryHolds() async throws {
        try await SimulatedRegistry.with { registry in
            let client = try Client().client
            let blob = bytes(1000)
            registry.contents.put(blob: blob.bytes, in: "other/place")
            let holder = try target(registry, "other/place")
            let descriptor = Descriptor(of: blob, mediaType: "application/octet-stream")
            #expect(
                try await client.copy(blob: descriptor, from: holder, to: try target(registry), by: deadline)
                    == .mounted)
            #expect(registry.requests.map(\.method) == ["HEAD", "POST"])
        }
        try await SimulatedRegistry.with(RegistryFeatures { $0.uploads.mount = false }) { registry in
            let client = try Client().client
            let blob = bytes(1000)
            registry.contents.put(blob: blob.bytes, in: "other/place")
            let holder = try target(registry, "other/place")
            #expect(
                try await client.put(blob: blob, in: try target(registry), mountingFrom: holder, by: deadline)
                    == .uploaded)
            #expect(registry.contents.blob(blob.digest, in: repository) == blob.bytes)
        }
    }

    @Test func copiesFromOneRegistryToAnotherInPieces() async throws {
        try await SimulatedRegistry.with { source in
            try await SimulatedRegistry.with { registry in
                let blob = bytes(100_000)
                source.contents.put(blob: blob.bytes, in: repository)
                let client = try Client { $0.chunkSize = 30_000 }.client
                let descriptor = Descriptor(of: blob, mediaType: "application/octet-stream")
                let placement = try await client.copy(
                    blob: descriptor, from: try target(source), to: try target(registry), by: deadline)
                #expect(placement == .uploaded)
                #expect(registry.contents.blob(blob.digest, in: repository) == blob.bytes)
                #expect(registry.count(RequestPattern(method: "PATCH")) == 4)
            }
        }
    }

    @Test func completesNoCopyOfWrongBytes() async throws {
        try await SimulatedRegistry.with { source in
            try await SimulatedRegistry.with { registry in
                let blob = bytes(100_000)
                source.contents.put(blob: blob.bytes, in: repository)
                source.inject(.wrongBytes, on: .containing("/blobs/"))
                let client = try Client { $0.chunkSize = 30_000 }.client
                let descriptor = Descriptor(of: blob, mediaType: "application/octet-stream")
                let (from, to) = (try target(source), try target(registry))
                let found = await code { try await client.copy(blob: descriptor, from: from, to: to, by: deadline) }
                #expect(found == .contentWrongDigest)
                #expect(registry.contents.blobs(in: repository).isEmpty)
                #expect(registry.count(RequestPattern(method: "PUT")) == 0)
            }
        }
    }

    @Test func storesManifestsUnderTagAndDigest() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let sink = RegistrySink(try target(registry), client: try Client().client)
            try await sink.list(image, tag: "v2")
            #expect(
                registry.contents.tags(in: repository) == [
                    "v1": image.digest.description, "v2": image.digest.description,
                ])
            registry.inject(.status(400), on: RequestPattern(method: "PUT"))
            #expect(await code { try await sink.list(image, tag: "v3") } == .registryRefusedWrite)
        }
    }

    /// An evidence manifest about an image, its blobs stored.
    func evidence(about image: Descriptor, _ sink: RegistrySink, _ text: String) async throws -> Descriptor {
        let layer = VerifiedContent(namedByOwnDigest: Array(text.utf8))
        let manifest = VerifiedContent(
            namedByOwnDigest: ImageManifest.artifactBytes(
                artifactType: .sigstoreBundle03, layers: [Descriptor(of: layer, mediaType: .sigstoreBundle03)],
                subject: image, annotations: ["a": "b"]))
        for content in [.emptyValue, layer, manifest] { try await sink.put(content) }
        return Descriptor(of: manifest, mediaType: .ociManifest)
    }

    @Test func leavesTheListToARegistryThatKeepsIt() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let client = try Client()
            let sink = RegistrySink(try target(registry), client: client.client)
            let paper = try await evidence(about: image, sink, "one")
            try await sink.listReferrer(paper, subject: image.digest)
            #expect(registry.contents.tags(in: repository).keys.sorted() == ["v1"])
            let papers = try await client.source(reference(registry)).papers(of: image.digest, limits: ContentLimits())
            #expect(papers.found.map(\.tie) == [.referrer])
        }
    }

    @Test func keepsTheFallbackListWhereTheRegistryDoesNot() async throws {
        try await SimulatedRegistry.with(RegistryFeatures { $0.referrers = .none }) { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let client = try Client()
            let sink = RegistrySink(try target(registry), client: client.client)
            for text in ["one", "two", "one"] {
                let paper = try await evidence(about: image, sink, text)
                try await sink.listReferrer(paper, subject: image.digest)
            }
            let papers = try await client.source(reference(registry)).papers(of: image.digest, limits: ContentLimits())
            #expect(papers.found.map(\.tie) == [.fallbackTag, .fallbackTag])
            #expect(papers.found.allSatisfy { $0.descriptor.artifactType == .sigstoreBundle03 })
            #expect(papers.found.allSatisfy { $0.descriptor.annotations["a"] == "b" })
        }
    }

    @Test func losesNobodysEntryToAWriterInBetween() async throws {
        try await SimulatedRegistry.with(RegistryFeatures { $0.referrers = .none }) { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let other = registry.contents.pushReferrer(of: image, in: repository, payload: [9])
            let client = try Client()
            let sink = RegistrySink(try target(registry), client: client.client)
            let paper = try await evidence(about: image, sink, "one")
            // After the list was read for the first time somebody writes it; and again right after it was written.
            let list = "/manifests/" + image.digest.referrersTag
            registry.before(RequestPattern(method: "GET", containing: list), .nth(2)) { contents in
                contents.setFallback(of: image.digest, in: repository, to: [other])
            }
            registry.before(RequestPattern(method: "GET", containing: list), .nth(5)) { contents in
                contents.setFallback(of: image.digest, in: repository, to: [other])
            }
            try await sink.listReferrer(paper, subject: image.digest)
            let papers = try await client.source(reference(registry)).papers(of: image.digest, limits: ContentLimits())
            #expect(Set(papers.found.map(\.descriptor.digest)) == [other.digest, paper.digest])
        }
    }

    @Test func givesUpWhereAnotherWriterIsAlwaysFaster() async throws {
        try await SimulatedRegistry.with(RegistryFeatures { $0.referrers = .none }) { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let sink = RegistrySink(try target(registry), client: try Client().client)
            let paper = try await evidence(about: image, sink, "one")
            let list = "/manifests/" + image.digest.referrersTag
            let counter = Counter()
            registry.before(RequestPattern(method: "GET", containing: list), .every) { contents in
                let other = contents.pushReferrer(of: image, in: repository, payload: [await counter.next()])
                contents.setFallback(of: image.digest, in: repository, to: [other])
            }
            #expect(await code { try await sink.listReferrer(paper, subject: image.digest) } == .registryWriteConflict)
        }
    }

    @Test func gathersLayersUnderACosignTag() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let sink = RegistrySink(try target(registry), client: try Client().client)
            for text in ["one", "two"] {
                let payload = VerifiedContent(namedByOwnDigest: Array(text.utf8))
                try await sink.replaceManifest(tagged: image.digest.cosignTag("sig")) { older in
                    let layers = (older?.layers ?? []) + [Descriptor(of: payload, mediaType: .simpleSigning)]
                    let manifest = ImageManifest.imageBytes(config: .emptyValue, layers: layers)
                    return ([.emptyValue, payload], VerifiedContent(namedByOwnDigest: manifest))
                }
            }
            let bytes = try #require(registry.contents.manifest(image.digest.cosignTag("sig"), in: repository))
            guard
                case .manifest(let manifest) = try ImageDocument(
                    parsing: VerifiedContent(namedByOwnDigest: bytes), declared: nil)
            else {
                Issue.record("no manifest")
                return
            }
            #expect(manifest.layers.count == 2)
        }
    }
}

private actor Counter {
    private var count: UInt8 = 0
    func next() -> UInt8 {
        count &+= 1
        return count
    }
}

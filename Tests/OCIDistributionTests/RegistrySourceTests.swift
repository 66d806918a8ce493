import Content
import Findings
import OCI
import OCIDistribution
import RegistrySimulator
import Testing

@Suite struct RegistrySourceTests {
    let limits = ContentLimits()

    @Test func resolvesATagByOneRequest() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let client = try Client()
            let source = try client.source(reference(registry))
            let resolved = try await source.resolve(limits: limits)
            #expect(resolved.descriptor == image)
            #expect(resolved.tag == "v1")
            // The tag moves on; the decision does not.
            registry.contents.pushImage(in: repository, tag: "v1", layer: "other")
            #expect(try await source.resolve(limits: limits).descriptor == image)
            #expect(try await source.manifest(image.digest, limits: limits).digest == image.digest)
            #expect(registry.requests.map(\.path) == ["/v2/finance/ledger/manifests/v1"])
            #expect(client.client.requestCount == 1)
        }
    }

    @Test func takesTheDigestAndLeavesTheTag() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            registry.contents.pushImage(in: repository, tag: "v1", layer: "other")
            let source = try Client().source(reference(registry, ":v1@\(image.digest)"))
            let resolved = try await source.resolve(limits: limits)
            #expect(resolved.descriptor.digest == image.digest)
            #expect(resolved.tag == nil)
        }
    }

    @Test func readsBlobsAndManifestsWhereTheyAreKept() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1", layer: "content")
            let source = try Client().source(reference(registry))
            let manifest = try await source.fetch(image, limit: 1000)
            guard case .manifest(let document) = try ImageDocument(parsing: manifest, declared: image.mediaType) else {
                Issue.record("no manifest")
                return
            }
            let layer = try await source.fetch(document.layers[0], limit: 1000)
            #expect(layer.bytes == Array("content".utf8))
            #expect(
                registry.requests.map(\.path) == [
                    "/v2/finance/ledger/manifests/\(image.digest)", "/v2/finance/ledger/blobs/\(layer.digest)",
                ])
        }
    }

    @Test func findsPapersOfEveryTie() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let referrer = registry.contents.pushReferrer(of: image, in: repository, payload: [1])
            let old = registry.contents.pushReferrer(of: image, in: "elsewhere", payload: [2])
            registry.contents.setFallback(of: image.digest, in: repository, to: [old])
            let signature = registry.contents.pushCosignTag(
                of: image.digest, "sig", in: repository, layers: [([3], [:])])
            let attestation = registry.contents.pushCosignTag(
                of: image.digest, "att", in: repository, mediaType: .dsseEnvelope, layers: [([4], [:])])
            let inventory = registry.contents.pushCosignTag(
                of: image.digest, "sbom", in: repository, mediaType: "text/spdx", layers: [([5], [:])])
            let source = try Client().source(reference(registry))
            let papers = try await source.papers(of: image.digest, limits: limits)
            #expect(papers.found.map(\.tie) == [.referrer, .fallbackTag, .signatureTag, .attestationTag, .sbomTag])
            #expect(
                papers.found.map(\.descriptor.digest)
                    == [referrer.digest, old.digest, signature.digest, attestation.digest, inventory.digest])
            #expect(papers.refused.isEmpty)
            // What a tag named was read with it: it is not asked for again, whatever the tag names now.
            registry.forgetRequests()
            registry.contents.removeManifest(signature.digest, in: repository)
            #expect(try await source.fetch(papers.found[2].descriptor, limit: 10_000).digest == signature.digest)
            #expect(registry.count() == 0)
        }
    }

    @Test(arguments: [RegistryFeatures.Referrers.Availability.empty, .notFound, .methodNotAllowed])
    func findsTheFallbackWhereTheListIsEmptyOrMissing(
        availability: RegistryFeatures.Referrers.Availability
    ) async throws {
        try await SimulatedRegistry.with(RegistryFeatures { $0.referrers.availability = availability }) {
            registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let paper = registry.contents.pushReferrer(of: image, in: repository, payload: [1])
            registry.contents.setFallback(of: image.digest, in: repository, to: [paper])
            let source = try Client().source(reference(registry))
            let papers = try await source.papers(of: image.digest, limits: limits)
            #expect(papers.found.map(\.tie) == [.fallbackTag])
            #expect(papers.found.map(\.descriptor.digest) == [paper.digest])
        }
    }

    @Test func findsNothingWhereNothingIs() async throws {
        try await SimulatedRegistry.with(RegistryFeatures { $0.referrers = .none }) { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let papers = try await Client().source(reference(registry)).papers(of: image.digest, limits: limits)
            #expect(papers.found.isEmpty)
            #expect(papers.refused.isEmpty)
        }
    }

    @Test func refusesJunkUnderTheFallbackTagWithoutEnding() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            registry.contents.put(
                manifest: Array("{}".utf8), mediaType: .ociIndex, in: repository, tags: image.digest.referrersTag)
            let papers = try await Client().source(reference(registry)).papers(of: image.digest, limits: limits)
            #expect(papers.found.isEmpty)
            #expect(papers.refused.map(\.code) == [.imageMalformedManifest])
        }
    }

    @Test func readsEveryPageOfReferrers() async throws {
        let configuration = RegistryFeatures { $0.referrers.pageSize = 3 }
        try await SimulatedRegistry.with(configuration) { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            for number in 0..<10 {
                registry.contents.pushReferrer(of: image, in: repository, payload: [UInt8(number)])
            }
            let papers = try await Client().source(reference(registry)).papers(of: image.digest, limits: limits)
            #expect(papers.found.count == 10)
            #expect(registry.count(.get("/v2/finance/ledger/referrers/")) == 4)
            var few = limits
            few.candidates = 5
            let source = try Client().source(reference(registry))
            #expect(await code { try await source.papers(of: image.digest, limits: few) } == .limitCandidates)
        }
    }

    @Test func keepsToTheBudgetOfBytes() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let source = try Client().source(reference(registry))
            var few = limits
            few.totalBytes = image.size + 1
            _ = try await source.resolve(limits: few)
            let blob = registry.contents.put(blob: [1, 2], in: repository)
            #expect(await code { try await source.fetch(blob, limit: 10) } == .limitImageBytes)
            #expect(registry.count(.get("/v2/finance/ledger/blobs/")) == 0)
        }
    }

    @Test func tellsThatThereIsNoSuchImage() async throws {
        try await SimulatedRegistry.with { registry in
            let client = try Client()
            for text in [reference(registry), reference(registry, "@sha256:" + String(repeating: "0", count: 64))] {
                let source = try client.source(text)
                #expect(await code { try await source.resolve(limits: limits) } == .imageNotFound)
            }
        }
    }

    @Test func refusesAManifestBeyondTheLimit() async throws {
        try await SimulatedRegistry.with { registry in
            registry.contents.pushImage(in: repository, tag: "v1")
            let source = try Client().source(reference(registry))
            var small = limits
            small.manifestBytes = 20
            #expect(await code { try await source.resolve(limits: small) } == .limitManifestBytes)
        }
    }

    @Test func sharesOneFetchAmongThoseWhoWait() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            registry.inject(.delay(.milliseconds(200)))
            let client = try Client()
            let text = reference(registry, "@\(image.digest)")
            try await withThrowingTaskGroup(of: Digest.self) { group in
                for _ in 0..<20 {
                    let source = try client.source(text)
                    group.addTask { try await source.resolve(limits: ContentLimits()).descriptor.digest }
                }
                for try await digest in group { #expect(digest == image.digest) }
            }
            #expect(registry.count() == 1)
        }
    }
}

import Content
import Findings
import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import StrictEncoding
import Testing

/// What goes wrong ends in its code, within the deadline.
@Suite struct RegistryFaultTests {
    let limits = ContentLimits()

    /// Resolves an image by digest from a registry with a fault.
    func resolving(
        _ faults: RegistryFault..., turn: FaultRule.Turn = .every, timeout: Duration = .seconds(3600),
        requests: ClosedRange<Int> = 0...4
    ) async throws -> ReasonCode? {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            for fault in faults { registry.inject(fault, on: .any, turn) }
            let source = try Client { $0.exchangeTimeout = .seconds(3600) }
                .source(reference(registry, "@\(image.digest)"), timeout: timeout)
            let started = ContinuousClock.now
            let found = await code { try await source.resolve(limits: ContentLimits()) }
            #expect(ContinuousClock.now - started < timeout + .seconds(600))
            #expect(requests.contains(registry.count()))
            return found
        }
    }

    @Test func reset() async throws {
        #expect(try await resolving(.reset()) == .registryUnreachable)
        #expect(try await resolving(.reset(after: 10)) == .registryUnreachable)
    }

    @Test func slowDrip() async throws {
        let code = try await resolving(.drip(bytes: 1, every: .milliseconds(100)), timeout: .seconds(2))
        #expect(code == .registryTimedOut)
    }

    @Test func silence() async throws {
        #expect(try await resolving(.silence, timeout: .seconds(1)) == .registryTimedOut)
    }

    @Test func truncated() async throws {
        #expect(try await resolving(.truncated(after: 10)) == .registryUnreachable)
        #expect(try await resolving(.truncated(after: 10), turn: .first(2)) == nil)
    }

    @Test func wrongBytes() async throws {
        #expect(try await resolving(.wrongBytes) == .contentWrongDigest)
        #expect(try await resolving(.body(Array("{}".utf8))) == .contentWrongDigest)
    }

    @Test func endlessBody() async throws {
        #expect(try await resolving(.endlessBody, timeout: .seconds(3600)) == .limitManifestBytes)
    }

    @Test func endlessBlob() async throws {
        try await SimulatedRegistry.with { registry in
            let blob = registry.contents.put(blob: [1, 2, 3], in: repository)
            registry.inject(.endlessBody, on: .containing("/blobs/"))
            let source = try Client().source(reference(registry))
            #expect(await code { try await source.fetch(blob, limit: 10) } == .contentWrongSize)
            let sent = registry.requests.map(\.bytesSent).reduce(0, +)
            #expect(sent < 50 << 20)
        }
    }

    @Test func endlessPages() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            registry.inject(.endlessPages, on: .containing("/referrers/"))
            let source = try Client().source(reference(registry))
            #expect(await code { try await source.papers(of: image.digest, limits: limits) } == .limitCandidates)
            #expect(registry.count(.containing("/referrers/")) == 100)
        }
    }

    @Test func pagesThatLeadElsewhere() async throws {
        try await SimulatedRegistry.with { other in
            try await SimulatedRegistry.with { registry in
                let image = registry.contents.pushImage(in: repository, tag: "v1")
                registry.inject(
                    .header(name: "Link", value: "<\(other.url)/v2/x/referrers/y>; rel=\"next\""),
                    on: .containing("/referrers/"))
                let source = try Client().source(reference(registry))
                #expect(await code { try await source.papers(of: image.digest, limits: limits) } == .registryMalformed)
                #expect(other.count() == 0)
            }
        }
    }

    @Test func endlessUnauthorised() async throws {
        let code = try await resolving(.unauthorised())
        #expect(code == .registryUnauthorised)
    }

    @Test func endlessUnauthorisedWithCredentials() async throws {
        try await SimulatedRegistry.with { registry in
            registry.contents.pushImage(in: repository, tag: "v1")
            registry.inject(.unauthorised())
            let source = try Client { configuration in
                configuration.credentials = { _ in .password(user: Secret("user"), password: Secret("secret")) }
            }.source(reference(registry))
            let failure = await failure { try await source.resolve(limits: limits) }
            #expect(failure?.code == .registryUnauthorised)
            #expect(failure?.message.contains("secret") == false)
            #expect(registry.count() == 2)
        }
    }

    @Test func tooManyRequests() async throws {
        // It says when to come back, in seconds and as a date (of the client's clock), and is heeded.
        for when in ["1", "Mon, 21 Sep 2026 14:13:21 GMT"] {
            let started = ContinuousClock.now
            #expect(try await resolving(.tooManyRequests(retryAfter: when), turn: .first(1)) == nil)
            #expect(ContinuousClock.now - started > .seconds(1))
        }
    }

    @Test func tooManyRequestsUntilLater() async throws {
        // A pause beyond the deadline is not begun.
        let started = ContinuousClock.now
        let code = try await resolving(.tooManyRequests(retryAfter: "3600"), requests: 1...1)
        #expect(code == .registryRateLimited)
        #expect(ContinuousClock.now - started < .seconds(600))
    }

    @Test func failures() async throws {
        #expect(try await resolving(.status(500), requests: 4...4) == .registryUnavailable)
        #expect(try await resolving(.status(503), turn: .first(3)) == nil)
        #expect(try await resolving(.status(403), requests: 1...1) == .registryForbidden)
        #expect(try await resolving(.status(418), requests: 1...1) == .registryMalformed)
        #expect(try await resolving(.status(404)) == .imageNotFound)
    }

    @Test func complaintsAreQuoted() async throws {
        try await SimulatedRegistry.with { registry in
            registry.inject(.status(403))
            let bell = "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no\\u0007 entry\"}]}"
            registry.inject(.body(Array(bell.utf8)))
            let source = try Client().source(reference(registry))
            let failure = await failure { try await source.resolve(limits: limits) }
            #expect(failure?.message.contains("DENIED: no\\u{7} entry") == true)
        }
    }

    @Test func lyingTypes() async throws {
        #expect(try await resolving(.contentType("text/html; charset=utf-8")) == .registryMalformed)
        // What the type says is carried along and compared with the bytes by their reader.
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            registry.inject(.contentType(MediaType.ociIndex.description))
            let resolved = try await Client().source(reference(registry)).resolve(limits: limits)
            #expect(resolved.descriptor.mediaType == .ociIndex)
            registry.forgetFaults()
            for type in [nil, "application/json", "application/octet-stream", "text/plain"] as [String?] {
                registry.inject(.contentType(type))
                let resolved = try await Client().source(reference(registry)).resolve(limits: limits)
                #expect(resolved.descriptor == image)
            }
        }
    }

    @Test func lyingDigestIsNotRead() async throws {
        let false0 = "sha256:" + String(repeating: "0", count: 64)
        #expect(try await resolving(.header(name: "Docker-Content-Digest", value: false0)) == nil)
    }

    @Test func nobodyThere() async throws {
        let closed = try ClosedPort()
        let source = try Client().source(closed.host + "/x:y")
        #expect(await code { try await source.resolve(limits: limits) } == .registryUnreachable)
        withExtendedLifetime(closed) {}
    }

    @Test func oversizedHead() async throws {
        #expect(try await resolving(.oversizedHeader(bytes: 1 << 20)) == .registryMalformed)
    }

    @Test func evidenceThatIsDeletedInBetween() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let paper = registry.contents.pushReferrer(of: image, in: repository, payload: [1])
            let source = try Client().source(reference(registry))
            let papers = try await source.papers(of: image.digest, limits: limits)
            #expect(papers.found.count == 1)
            registry.contents.removeManifest(paper.digest, in: repository)
            #expect(await code { try await source.fetch(papers.found[0].descriptor, limit: 10_000) } == .imageNotFound)
        }
    }

    @Test func evidenceThatIsOverwrittenInBetween() async throws {
        try await SimulatedRegistry.with { registry in
            let image = registry.contents.pushImage(in: repository, tag: "v1")
            let paper = registry.contents.pushReferrer(of: image, in: repository, payload: [1])
            registry.inject(.body(Array("{\"schemaVersion\":2}".utf8)), on: .containing(paper.digest.description))
            let source = try Client().source(reference(registry))
            let papers = try await source.papers(of: image.digest, limits: limits)
            let found = await code { try await source.fetch(papers.found[0].descriptor, limit: 10_000) }
            #expect(found == .contentWrongDigest)
        }
    }
}

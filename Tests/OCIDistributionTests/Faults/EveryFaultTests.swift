import Content
import Findings
import OCI
import OCIDistribution
import RegistrySimulator
import Testing

/// Whatever a registry does wrong ends in one reason code, within the deadline, and without more than a bounded number of
/// requests and bytes.
struct EveryFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let fault: RegistryFault
        let part: String
        let codes: Set<ReasonCode>

        init(_ fault: RegistryFault, _ part: String, _ codes: ReasonCode...) {
            self.fault = fault
            self.part = part
            self.codes = Set(codes)
        }

        /// What the operation may take: short where the fault would last.
        var timeout: Duration { codes == [.registryTimedOut] ? FaultScene.timeout : .seconds(120) }

        var testDescription: String { "\(fault) of \(part)" }
    }

    static let tag = "/manifests/v1"
    static let blobs = "/blobs/sha256:"
    static let referrers = "/referrers/"
    static let byDigest = "/manifests/sha256:"

    static let cases: [Case] = [
        Case(.reset(), tag, .registryUnreachable),
        Case(.reset(after: 20), tag, .registryUnreachable),
        Case(.truncated(after: 20), tag, .registryUnreachable),
        Case(.contentLength(100_000), tag, .registryUnreachable),
        Case(.silence, tag, .registryTimedOut),
        Case(.delay(.seconds(60)), tag, .registryTimedOut),
        Case(.drip(bytes: 1, every: .milliseconds(100)), tag, .registryTimedOut),
        Case(.endlessBody, tag, .limitManifestBytes),
        Case(.oversizedHeader(bytes: 1 << 20), tag, .registryMalformed, .registryUnreachable),
        Case(.unauthorised(), tag, .registryUnauthorised),
        Case(.unauthorised(challenge: "Negotiate"), tag, .registryUnauthorised),
        Case(.status(403), tag, .registryForbidden),
        Case(.status(404), tag, .imageNotFound),
        Case(.tooManyRequests(), tag, .registryRateLimited),
        Case(.tooManyRequests(retryAfter: "1000000"), tag, .registryRateLimited),
        Case(.tooManyRequests(retryAfter: "soon"), tag, .registryRateLimited),
        Case(.status(500), tag, .registryUnavailable),
        Case(.status(503), tag, .registryUnavailable),
        Case(.status(418), tag, .registryMalformed),
        Case(.contentType("text/html"), tag, .registryMalformed),
        Case(.contentType(MediaType.ociIndex.description), tag, .imageMediaTypeMismatch),
        Case(.redirect(to: "http://registry.example/"), tag, .registryRefusedRedirect),
        Case(.redirect(to: "file:///etc/passwd"), tag, .registryRefusedRedirect),
        Case(.redirect(to: "/v2/library/app/manifests/v1"), tag, .registryRefusedRedirect),
        Case(.wrongBytes, blobs, .contentWrongDigest),
        Case(.body([1]), blobs, .contentWrongSize),
        Case(.contentLength(1), blobs, .contentWrongSize),
        Case(.endlessBody, blobs, .contentWrongSize),
        Case(.status(404), blobs, .imageNotFound),
        Case(.drip(bytes: 1, every: .milliseconds(300)), blobs, .registryTimedOut),
        Case(.wrongBytes, byDigest, .contentWrongDigest),
        Case(.endlessBody, byDigest, .contentWrongSize, .limitManifestBytes),
        Case(.endlessPages, referrers, .limitCandidates),
        Case(.endlessBody, referrers, .registryTooLarge, .limitManifestBytes),
        Case(.contentType("text/html"), referrers, .registryMalformed),
        Case(.body(Array("<html>".utf8)), referrers, .registryMalformed),
        Case(.header(name: "Link", value: "<http://registry.example/more>; rel=next"), referrers, .registryMalformed),
        Case(.status(500), referrers, .registryUnavailable),
        Case(.status(403), referrers, .registryForbidden),
    ]

    @Test(arguments: cases)
    func endsInItsCode(_ fault: Case) async throws {
        try await FaultScene.with(timeout: fault.timeout) { scene in
            scene.registry.inject(fault.fault, on: .containing(fault.part))
            let start = ContinuousClock.now
            let error = await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
            #expect(ContinuousClock.now - start < fault.timeout + .seconds(60))
            if let code = error?.code { #expect(fault.codes.contains(code), "found \(code): \(error?.message ?? "")") }
            // Pages are the most that is asked for one thing; what lies in the sockets' buffers was sent, not kept.
            #expect(scene.registry.requests.count <= 110)
            let most = ContentLimits().manifestBytes + (16 << 20)
            for request in scene.registry.requests { #expect(request.bytesSent <= most) }
        }
    }

    @Test(arguments: [
        RegistryFault.reset(), .reset(after: 5), .truncated(after: 5), .status(503), .status(500),
        .tooManyRequests(retryAfter: "0"), .tooManyRequests(retryAfter: "1"),
    ])
    func aFaultThatPassesIsOvercome(_ fault: RegistryFault) async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            for part in [Self.tag, Self.blobs, Self.referrers] {
                scene.registry.inject(fault, on: .containing(part), .nth(1))
            }
            let found = try await scene.readAll()
            #expect(found.blobs.contains(FaultScene.payload))
        }
    }

    /// A blob of two bytes, whose absence takes more bytes to say than it has.
    @Test(arguments: [
        (RegistryFault.status(404), ReasonCode.imageNotFound), (.status(403), .registryForbidden),
        (.status(503), .registryUnavailable), (.unauthorised(), .registryUnauthorised),
    ])
    func aRefusalIsNotTakenForTheBlob(_ fault: RegistryFault, _ code: ReasonCode) async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            let small = Descriptor.emptyValue
            scene.registry.inject(fault, on: .containing(small.digest.description))
            let source = try scene.source()
            let error = await #expect(throws: ContentSourceError.self) { try await source.fetch(small, limit: 100) }
            #expect(error?.code == code)
        }
    }

    @Test func anEndlessRefusalIsARefusal() async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            scene.registry.inject(.status(404))
            scene.registry.inject(.endlessBody)
            let error = await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
            #expect(error?.code == .imageNotFound)
        }
    }

    @Test func waitsAsLongAsTheRegistryAsks() async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            scene.registry.inject(.tooManyRequests(retryAfter: "1"), on: .containing(Self.tag), .nth(1))
            let start = ContinuousClock.now
            _ = try await scene.readAll()
            #expect(ContinuousClock.now - start >= .seconds(1))
        }
    }

    @Test func doesNotWaitLongerThanThereIsTime() async throws {
        try await FaultScene.with(timeout: .seconds(120)) { scene in
            scene.registry.inject(.tooManyRequests(retryAfter: "3600"))
            let start = ContinuousClock.now
            await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
            #expect(ContinuousClock.now - start < .seconds(10))
            #expect(scene.registry.requests.count == 1)
        }
    }

    @Test func asks401OnlyOnceMore() async throws {
        let tokens = TokenService { $0.users = ["user": "secret"] }
        let features = RegistryFeatures {
            $0.authentication = .bearer(tokens)
            $0.tokenService = tokens
        }
        try await FaultScene.with(
            features, timeout: .seconds(120),
            alter: { $0.credentials = { _ in .password(user: Secret("user"), password: Secret("secret")) } }
        ) { scene in
            scene.registry.inject(.unauthorised(), on: .get("/v2/"))
            let error = await #expect(throws: ContentSourceError.self) { try await scene.readAll() }
            #expect(error?.code == .registryUnauthorised)
            #expect(scene.registry.count(.get("/v2/")) <= 3)
            #expect(scene.registry.count(RequestPattern(prefix: "/token")) <= 2)
            #expect(error?.message.contains("secret") == false)
        }
    }
}

import HTTPTransport
import Landwaiter
import OCIDistribution
import RegistrySimulator
import Synchronization
import Testing

@testable import AdmissionService

@Suite struct CircuitBreakerTests {
    /// A clock that stands until it is moved.
    final class Clock: Sendable {
        private let instant = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { instant.withLock { $0 } }
        func advance(_ duration: Duration) { instant.withLock { $0 = $0 + duration } }
    }
    let clock = Clock()
    let changes = Changes()

    final class Changes: Sendable {
        let all = Mutex<[CircuitBreaker.State]>([])
    }

    func breaker() -> CircuitBreaker {
        var rules = CircuitBreaker.Rules()
        rules.failures = 3
        rules.pause = .seconds(10)
        rules.longestPause = .seconds(25)
        return CircuitBreaker(rules, now: { [clock] in clock.now }) { [changes] _, new in
            changes.all.withLock { $0.append(new) }
        }
    }

    func fail(_ breaker: CircuitBreaker, times: Int) throws {
        for _ in 0..<times { breaker.leave(try #require(breaker.enter()), .failed) }
    }

    @Test func opensAfterFailuresInARow() throws {
        let breaker = breaker()
        try fail(breaker, times: 2)
        breaker.leave(try #require(breaker.enter()), .answered)
        try fail(breaker, times: 2)
        #expect(breaker.state == .closed)
        try fail(breaker, times: 1)
        #expect(breaker.state == .open)
        #expect(breaker.enter() == nil)
    }

    @Test func letsOneProbeThrough() throws {
        let breaker = breaker()
        try fail(breaker, times: 3)
        clock.advance(.seconds(9))
        #expect(breaker.enter() == nil)
        clock.advance(.seconds(1))
        let probe = try #require(breaker.enter())
        #expect(breaker.state == .halfOpen)
        #expect(breaker.enter() == nil)
        breaker.leave(probe, .answered)
        #expect(breaker.state == .closed)
        #expect(changes.all.withLock { $0 } == [.open, .halfOpen, .closed])
    }

    @Test func waitsLongerAfterEachProbeThatFails() throws {
        let breaker = breaker()
        try fail(breaker, times: 3)
        for pause in [10, 20, 25, 25] {
            clock.advance(.seconds(pause) - .milliseconds(1))
            #expect(breaker.enter() == nil)
            clock.advance(.milliseconds(1))
            breaker.leave(try #require(breaker.enter()), .failed)
        }
    }

    @Test func learnsNothingFromWhatWasBegunBefore() throws {
        let breaker = breaker()
        let old = try #require(breaker.enter())
        let other = try #require(breaker.enter())
        try fail(breaker, times: 3)
        breaker.leave(old, .answered)
        #expect(breaker.state == .open)
        clock.advance(.seconds(10))
        let probe = try #require(breaker.enter())
        breaker.leave(other, .failed)
        #expect(breaker.state == .halfOpen)
        breaker.leave(probe, .answered)
        #expect(breaker.state == .closed)
    }

    /// A probe whose outcome nobody knows makes room for another.
    @Test func isNotStuckByALostProbe() throws {
        let breaker = breaker()
        try fail(breaker, times: 3)
        clock.advance(.seconds(10))
        breaker.leave(try #require(breaker.enter()), .unknown)
        #expect(breaker.state == .halfOpen)
        breaker.leave(try #require(breaker.enter()), .answered)
        #expect(breaker.state == .closed)
    }

    @Test(arguments: [
        (ReasonCode.registryUnreachable, true), (.registryTimedOut, true), (.registryUnavailable, true),
        (.registryRateLimited, true), (.registryUnauthorised, false), (.registryForbidden, false),
        (.imageNotFound, false), (.limitManifestBytes, false), (.registryMalformed, false), (.registryUntrusted, false),
    ])
    func countsOnlyWhatTheRegistryCouldNot(_ code: ReasonCode, _ isFailure: Bool) {
        #expect(ReadOutcome(code).isFailure == isFailure)
    }
}

@Suite struct GuardedRegistryTests {
    static func rules(_ pause: Duration) -> (inout RegistrySourcesConfiguration) -> Void {
        {
            $0.breaker.failures = 3
            $0.breaker.pause = pause
            $0.breaker.longestPause = pause
        }
    }
    /// The cache would answer for the registry.
    static func withoutMemory(_ configuration: inout DecisionServiceConfiguration) {
        configuration.cacheLimits.failureAge = 0
        configuration.cacheLimits.failures = 0
    }

    @Test func stopsAskingARegistryThatFails() async throws {
        try await ServiceScene.with(configure: Self.withoutMemory, registries: Self.rules(patience)) { scene in
            try scene.pushSigned()
            scene.registry.inject(.status(503))
            for number in 0..<3 {
                let answer = await scene.ask(scene.image(":v\(number)"))
                #expect(answer.record.headline?.code == .registryUnavailable)
            }
            scene.registry.forgetRequests()
            let begun = ContinuousClock.now
            let answer = await scene.ask()
            #expect(answer.record.verdict == .undecided)
            #expect(answer.record.headline?.code.name == "service.registry-circuit-open")
            #expect(begun.duration(to: .now) < .seconds(600))
            #expect(scene.registry.requests.isEmpty)
            let event = try #require(scene.events.of(.circuit).first)
            #expect(event.member("is") == "open")
            #expect(event.member("registry") == scene.registry.host)
            #expect(
                scene.metric("landwaiter_registry_circuit{").contains(
                    "landwaiter_registry_circuit{registry=\"\(scene.registry.host)\",state=\"open\"} 1"))
            #expect(scene.service.readiness.parts.first { $0.name == "registries" }?.state == .degraded)
            #expect(scene.service.readiness.isReady)
        }
    }

    @Test func asksAgainAfterAPause() async throws {
        try await ServiceScene.with(configure: Self.withoutMemory, registries: Self.rules(.milliseconds(50))) { scene in
            try scene.pushSigned()
            scene.registry.inject(.status(500), on: .any, .first(3))
            for number in 0..<3 { _ = await scene.ask(scene.image(":v\(number + 7)")) }
            var answer = await scene.ask()
            // It may be open still.
            while answer.record.verdict != .admit {
                #expect(answer.record.headline?.code.name == "service.registry-circuit-open")
                try await Task.sleep(for: .milliseconds(20))
                answer = await scene.ask()
            }
            #expect(scene.events.of(.circuit).compactMap { $0.member("is") } == ["open", "half-open", "closed"])
        }
    }

    @Test func doesNotTakeANoForAFailure() async throws {
        try await ServiceScene.with(configure: Self.withoutMemory, registries: Self.rules(patience)) { scene in
            for number in 0..<10 {
                #expect(await scene.ask(scene.image(":absent\(number)")).record.headline?.code == .imageNotFound)
            }
            #expect(scene.events.of(.circuit).isEmpty)
        }
    }

    /// Answers that come too late open the circuit as well.
    @Test func opensForARegistryThatIsTooSlow() async throws {
        try await ServiceScene.with(
            configure: Self.withoutMemory,
            registries: {
                Self.rules(patience)(&$0)
                $0.lateAfter = .zero
            }
        ) { scene in
            scene.registry.inject(.silence)
            // Before its reads have begun a decision says nothing of the registry.
            var round = 0
            while scene.events.of(.circuit).isEmpty {
                round += 1
                let answer = await scene.ask(scene.image(":r\(round)"), within: .seconds(1))
                #expect(answer.record.headline?.code.name == "service.deadline-exceeded")
            }
            #expect(round >= 3)
            #expect(scene.events.of(.circuit).compactMap { $0.member("is") } == ["open"])
            let then = await scene.ask(scene.image(":then"))
            #expect(then.record.headline?.code.name == "service.registry-circuit-open")
        }
    }

    /// But not because an asker is in a hurry.
    @Test(arguments: [(patience, CircuitBreaker.State.closed), (.zero, .open)])
    func countsWhatTookLong(_ lateAfter: Duration, _ state: CircuitBreaker.State) async throws {
        try await SimulatedRegistry.with { registry in
            registry.inject(.silence)
            var rules = CircuitBreaker.Rules()
            rules.failures = 1
            let breaker = CircuitBreaker(rules) { _, _ in }
            var settings = RegistryClient.Configuration(now: { noon }, chance: { 0 })
            settings.exchangeTimeout = patience
            let client = RegistryClient(settings, transport: try HTTPTransport())
            let source = GuardedSource(
                RegistrySource(
                    try ImageReference(parsing: "\(registry.host)/app:v1"), client: client, timeout: patience),
                client: client, breaker: breaker, metrics: nil, lateAfter: lateAfter)
            let reading = Task { _ = try? await source.resolve(limits: ContentLimits()) }
            while registry.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            source.deadlinePassed()
            #expect(breaker.state == state)
            reading.cancel()
            await reading.value
            // Cancelled by whoever waited for it: that says nothing.
            #expect(breaker.state == state)
        }
    }
}

@Suite struct TenantTests {
    static func tenant(_ name: String, user: String, _ directory: TemporaryDirectory, _ host: String) throws
        -> RegistrySourcesConfiguration.Tenant
    {
        let auth = Base64.encode(Array("\(user):\(user)-secret".utf8))
        let file = try directory.write(#"{"auths": {"\#(host)": {"auth": "\#(auth)"}}}"#, to: "\(name).json")
        return RegistrySourcesConfiguration.Tenant(name: name, namespaces: [name], credentialFiles: [file])
    }

    /// What one tenant's credentials opened stays shut for another.
    @Test func sharesNothingBetweenTenants() async throws {
        let directory = try TemporaryDirectory()
        let features = RegistryFeatures { $0.authentication = .basic(users: ["a": "a-secret"], readers: ["a"]) }
        try await ServiceScene.with(
            features: features,
            registries: { places in
                guard let host = places.registries.first?.description else { return }
                places.tenants = [
                    try? Self.tenant("team-a", user: "a", directory, host),
                    try? Self.tenant("team-b", user: "b", directory, host),
                ].compactMap { $0 }
                places.contentCache = directory.path("cache")
            }
        ) { scene in
            let image = try scene.pushSigned()
            #expect(await scene.ask(namespace: "team-a").record.verdict == .admit)
            for reference in [scene.image(), scene.image("@\(image.digest)"), scene.image(":v1@\(image.digest)")] {
                let other = await scene.ask(reference, namespace: "team-b")
                #expect(other.record.verdict == .undecided)
                #expect(other.record.headline?.code == .registryUnauthorised)
                // Nor for namespaces without credentials.
                #expect(await scene.ask(reference, namespace: "finance").record.verdict == .undecided)
            }
            #expect(await scene.ask(namespace: "team-a").record.verdict == .admit)
            for event in scene.events.events { #expect(!event.text.contains("secret")) }
        }
    }

    @Test func readsARotatedSecretWithoutARestart() async throws {
        let directory = try TemporaryDirectory()
        let features = RegistryFeatures { $0.authentication = .basic(users: ["a": "a-secret"], readers: ["a"]) }
        try await ServiceScene.with(
            features: features,
            configure: GuardedRegistryTests.withoutMemory,
            registries: { places in
                guard let host = places.registries.first?.description else { return }
                places.tenants = [try? Self.tenant("team-a", user: "wrong", directory, host)].compactMap { $0 }
            }
        ) { scene in
            try scene.pushSigned()
            #expect(await scene.ask(namespace: "team-a").record.verdict == .undecided)
            let auth = Base64.encode(Array("a:a-secret".utf8))
            try directory.write(#"{"auths": {"\#(scene.registry.host)": {"auth": "\#(auth)"}}}"#, to: "team-a.json")
            #expect(await scene.ask(namespace: "team-a").record.verdict == .admit)
        }
    }

    @Test func refusesANamespaceOfTwoTenants() throws {
        var configuration = RegistrySourcesConfiguration(now: { noon }, chance: { 0 })
        configuration.tenants = [
            .init(name: "a", namespaces: ["x"], credentialFiles: []),
            .init(name: "b", namespaces: ["x"], credentialFiles: []),
        ]
        let error = #expect(throws: RegistrySourcesError.self) {
            _ = try RegistrySources(configuration, transport: try .init(), metrics: nil, events: nil)
        }
        #expect(error == .namespaceTwice("x"))
    }
}

import Content
import HTTPTransport
import StrictEncoding
import Testing

@testable import OCI
@testable import OCIDistribution

/// The rules that need no network.
@Suite struct RulesTests {
    func pause(
        _ outcome: RetryPolicy.Outcome, made: Int = 1, idempotent: Bool = true, remaining: Duration = .seconds(60),
        chance: Double = 1
    ) -> Duration? {
        RetryPolicy().pause(
            after: outcome, made: made, isIdempotent: idempotent, remaining: remaining, chance: chance)
    }

    @Test func repeatsWhatMayHelp() {
        for status in [408, 429, 500, 502, 503, 504] { #expect(pause(.status(status, retryAfter: nil)) != nil) }
        for status in [200, 301, 400, 401, 403, 404, 416, 501] {
            #expect(pause(.status(status, retryAfter: nil)) == nil)
        }
        #expect(pause(.unreachable) != nil)
        #expect(pause(.interrupted) != nil)
        #expect(pause(.final) == nil)
    }

    @Test func repeatsAChangeOnlyWhereNothingWasDone() {
        #expect(pause(.interrupted, idempotent: false) == nil)
        #expect(pause(.status(500, retryAfter: nil), idempotent: false) == nil)
        #expect(pause(.unreachable, idempotent: false) != nil)
        #expect(pause(.status(429, retryAfter: nil), idempotent: false) != nil)
    }

    @Test func waitsLongerEachTimeUpToABoundAndEnds() {
        #expect(pause(.unreachable) == .milliseconds(200))
        #expect(pause(.unreachable, made: 2) == .milliseconds(400))
        #expect(pause(.unreachable, made: 2, chance: 0) == .milliseconds(200))
        #expect(pause(.unreachable, made: 4) == nil)
        var patient = RetryPolicy()
        patient.attempts = 1_000_000
        let later = patient.pause(
            after: .unreachable, made: 999_999, isIdempotent: true, remaining: .seconds(60), chance: 1)
        #expect(later == .seconds(5))
    }

    @Test func heedsWhatTheServerAsksFor() {
        #expect(pause(.status(429, retryAfter: .seconds(7))).map { $0 >= .seconds(7) } == true)
        #expect(pause(.status(429, retryAfter: .seconds(61))) == nil)
        #expect(pause(.unreachable, remaining: .milliseconds(100)) == nil)
    }

    @Test(arguments: [
        ("0", 0), ("120", 120), ("99999999999999999999999", 86_400), ("-5", nil), ("1.5", nil), ("", nil),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Mon, 21 Sep 2026 14:14:20 GMT", 60), ("Mon, 21 Sep 2026 14:14:20", nil),
        ("Sun, 31 Feb 2027 08:49:37 GMT", nil), ("soon", nil),
    ])
    func readsRetryAfter(text: String, seconds: Int?) {
        let now = Instant(rfc3339: "2026-09-21T14:13:20Z") ?? .earliest
        #expect(RetryAfter.duration(text, at: now) == seconds.map { .seconds($0) })
    }

    @Test(arguments: [
        ("</v2/a?n=1>; rel=\"next\"", "/v2/a?n=1"), ("</a>;rel=next", "/a"),
        ("</a>; rel=\"prev\", </b>; rel=\"next\"", "/b"),
        ("</a>; title=\"x, <y>; rel=next\"; rel=\"last next\"", "/a"), ("</a>; rel=prev", nil), ("", nil), ("<a", nil),
        ("</a>", nil), ("</a>; rel", nil), ("</a,b>; Rel = \"NEXT\"", "/a,b"),
    ])
    func findsTheNextPage(field: String, target: String?) { #expect(LinkHeader.next(in: [field]) == target) }

    func places(_ rules: [String], _ name: String) throws -> [String] {
        var mirrors = MirrorRules()
        for rule in rules { try mirrors.add(rule) }
        let repository = try #require(RegistryRepository(try ImageReference(parsing: name)))
        return mirrors.places(of: repository).map(\.description)
    }

    @Test func asksMirrorsInTheOrderOfTheirRules() throws {
        let rules = [
            "registry.example=mirror.example/all", "registry.example/team=fast.example", "other.example=x.example",
            "registry.example=second.example:5000",
        ]
        #expect(
            try places(rules, "registry.example/team/app") == [
                "fast.example/app", "mirror.example/all/team/app", "second.example:5000/team/app",
                "registry.example/team/app",
            ])
        #expect(
            try places(rules, "registry.example/teams/app").first == "mirror.example/all/teams/app")
        #expect(try places(rules, "registry.example.evil.example/team/app").count == 1)
        #expect(try places(["docker.io=mirror.example"], "debian").first == "mirror.example/library/debian")
    }

    @Test(arguments: [
        "", "a.example", "a.example=", "=b.example", "a.example=b.example=c", "a.example=b.example/UP",
        "a.example=b.example/x:tag", "a b=c",
    ])
    func refusesWhatIsNoMirror(text: String) {
        var mirrors = MirrorRules()
        #expect(throws: MirrorRuleError.malformed(text)) { try mirrors.add(text) }
    }

    func rules(_ registry: String, allowed: [String] = []) throws -> RedirectRules {
        RedirectRules(
            registry: try WebURL(parsing: registry).origin,
            allowed: Set(allowed.compactMap { RegistryHost(parsing: $0) }))
    }

    @Test func knowsWhereCredentialsBelong() throws {
        let rules = try rules("https://registry.example")
        #expect(rules.maySeeCredentials(try WebURL(parsing: "https://registry.example/x")))
        for url in [
            "http://registry.example/x", "https://registry.example:444/x", "https://registry.example.evil.example/",
            "https://a.registry.example/", "https://egistry.example/",
        ] {
            #expect(!rules.maySeeCredentials(try WebURL(parsing: url)))
        }
    }

    @Test func knowsWhichAddressesAHostMayHave() throws {
        let remote = try rules("https://registry.example", allowed: ["minio.example:9000"])
        #expect(remote.addresses(of: try WebURL(parsing: "https://registry.example:444/")) == .any)
        #expect(remote.addresses(of: try WebURL(parsing: "https://minio.example:9000/")) == .any)
        #expect(remote.addresses(of: try WebURL(parsing: "https://minio.example/")) == .global)
        #expect(remote.addresses(of: try WebURL(parsing: "https://127.0.0.1/")) == .global)
        let local = try rules("http://127.0.0.1:5000")
        #expect(local.addresses(of: try WebURL(parsing: "http://localhost:80/")).allows(.loopback))
        #expect(!local.addresses(of: try WebURL(parsing: "https://a.example/")).allows(.private))
    }
}

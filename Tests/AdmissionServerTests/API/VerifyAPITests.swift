import AdmissionServer
import AdmissionService
import Landwaiter
import RegistrySimulator
import Signing
import Simulators
import Testing
import VerdictStorage

/// `/v1` over a real connection, with a real service and a real store; every answer is held against the description.
@Suite struct VerifyAPITests {
    private let directory: TemporaryDirectory
    private let store: SQLiteVerdictStore
    private let description: OpenAPIDescription

    init() throws {
        directory = try TemporaryDirectory()
        store = SQLiteVerdictStore(path: directory.path("verdicts.db"))
        description = try OpenAPIDescription.inDocs()
    }

    /// Every image is refused before anything is read of it.
    private struct NoSources: SourceProvider {
        func source(
            _ reference: ImageReference, namespace: String?, within: Duration
        ) throws(ContentSourceError) -> any ContentSource {
            throw ContentSourceError(.serviceRegistryNotConfigured, "nowhere")
        }
    }

    private func server(store: (any VerdictStore)?) async throws -> TestServer {
        let key = try PrivateKey.generate(.ecdsaP256).publicKey.pem
        let policy = """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: finance, owner: tests}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: [finance], images: ["**"]}
              signers:
                release: {key: {file: release.pub}}
              require:
                - {id: signed, on: image, signature: {by: {atLeast: 1, of: [release]}}}

            """
        let source = PolicySource(
            name: "tests", files: [PolicyFile(path: "policy.yaml", bytes: Array(policy.utf8))],
            mayCarryGuardrails: false
        ) { _ in .success(Array(key.utf8)) }
        let policies = try PolicySet.load([source])
        let service = try await DecisionService(
            configuration: DecisionServiceConfiguration(),
            loader: {
                DecisionMaterial(
                    pipeline: AdmissionPipeline(policies: policies), loadedAt: SimulatedCA.now, summary: "1 policy")
            }, sources: NoSources(), recorder: nil, metrics: ServiceMetrics(), events: nil, now: { SimulatedCA.now })
        return try await TestServer(.open([.api]), surfaces: [VerifyAPI(service: service, store: store)])
    }

    private func ask(
        _ server: TestServer, _ body: String, type: String = "application/json"
    ) async throws -> RawAnswer {
        let answer = try await server.client().request(
            Wire.post("/v1/verify", body, headers: ["Content-Type: \(type)"]))
        try description.check(answer, "post", "/v1/verify")
        return answer
    }

    private func get(_ server: TestServer, _ target: String, as path: String) async throws -> RawAnswer {
        let answer = try await server.client().request(Wire.get(target))
        try description.check(answer, "get", path)
        return answer
    }

    // MARK: Asking

    @Test func answersWithTheRecordOfTheDecision() async throws {
        let server = try await server(store: nil)
        let answer = try await ask(server, #"{"image": "not a reference", "namespace": "finance"}"#)
        #expect(answer.status == 200)
        let root = try JSONDocument(parsing: answer.body).root
        #expect(root["record"]?["verdict"]?.string == "reject")
        #expect(root["isBlocked"]?.bool == true)
        #expect(root["id"] == nil)
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"image\": 1}", "{\"image\": \"\"}", "{\"image\": \"a\", \"image\": \"b\"}",
        "{\"image\": \"a\", \"Namespace\": \"finance\"}", "{\"image\": \"a\", \"namespace\": null}",
        "{\"image\": \"a\", \"dryRun\": \"yes\"}", "{\"image\": \"a\"} {}", "{\"image\": \"a\",}",
    ])
    func refusesBodiesThatAreNotAsDescribed(body: String) async throws {
        let answer = try await ask(try await server(store: nil), body)
        #expect(answer.status == 400)
        #expect(answer.text.contains("\"code\":\"malformed-body\""))
    }

    @Test func refusesBodiesOfOtherTypesAndSizes() async throws {
        let server = try await server(store: nil)
        #expect(try await ask(server, "{\"image\": \"a\"}", type: "text/plain").status == 415)
        #expect(try await ask(server, "{\"image\": \"a\"}", type: "application/json; charset=utf-8").status == 200)
        let long = "{\"image\": \"" + String(repeating: "a", count: 16 << 10) + "\"}"
        #expect(try await ask(server, long).status == 413)
    }

    // MARK: Reading

    private func verdict(_ number: Int, digest: String, namespace: String? = "finance") -> StoredVerdict {
        StoredVerdict(
            id: VerdictID(milliseconds: 1_780_000_000_000 + UInt64(number), random: (7, UInt16(number))),
            decidedAt: SimulatedCA.now.adding(seconds: Int64(number)), verdict: number % 2 == 0 ? "admit" : "reject",
            isBlocked: number % 2 == 1, stage: "enforce", image: "registry.example/ledger:\(number)",
            repository: "registry.example/ledger", digest: digest, namespace: namespace, surface: "api",
            askedBy: "spiffe://example.org/ci", user: nil, headline: number % 2 == 1 ? "policy.not-satisfied" : nil,
            policyDigest: "sha256:" + String(repeating: "b", count: 64),
            trustDigest: "sha256:" + String(repeating: "c", count: 64),
            policies: [PolicyLine(name: "tests/finance", verdict: "admit", stage: "enforce", isEnforced: true)],
            evidence: [
                StoredEvidence(
                    digest: "sha256:" + String(repeating: "d", count: 64),
                    facts: [EvidenceFact(kind: .signer, value: "release")])
            ], record: Array(#"{"schemaVersion":"1","verdict":"admit"}"#.utf8))
    }

    private let first = "sha256:" + String(repeating: "a", count: 64)
    private let second = "sha256:" + String(repeating: "e", count: 64)

    @Test func listsVerdictsPageByPageAndFiltersThem() async throws {
        try await store.append((0..<5).map { verdict($0, digest: $0 < 3 ? first : second) })
        let server = try await server(store: store)
        var seen: [String] = []
        var target = "/v1/verdicts?limit=2"
        while true {
            let root = try JSONDocument(parsing: try await get(server, target, as: "/v1/verdicts").body).root
            seen += root["verdicts"]?.array?.compactMap { $0["image"]?.string } ?? []
            guard let next = root["next"]?.string else { break }
            target = "/v1/verdicts?limit=2&after=\(next)"
        }
        #expect(seen == (0..<5).reversed().map { "registry.example/ledger:\($0)" })
        for (query, count) in [
            ("digest=\(first)", 3), ("verdict=reject", 2), ("namespace=other", 0),
            ("image=registry.example/ledger:1", 1),
            ("reason=policy.not-satisfied", 2), ("since=2026-05-28T20:26:43Z", 2), ("policy=tests/finance", 5),
            ("surface=gatekeeper", 0), ("repository=registry.example%2Fledger", 5),
        ] {
            let answer = try await get(server, "/v1/verdicts?\(query)", as: "/v1/verdicts")
            #expect(try JSONDocument(parsing: answer.body).root["verdicts"]?.array?.count == count, "\(query)")
        }
    }

    @Test(arguments: [
        "digests=x", "limit=0", "limit=1001", "limit=1e2", "limit=+5", "verdict=Admit", "since=yesterday", "after=x",
        "namespace=", "verdict=",
    ])
    func refusesFiltersThatWouldBePassedOver(query: String) async throws {
        let server = try await server(store: store)
        #expect(try await get(server, "/v1/verdicts?\(query)", as: "/v1/verdicts").status == 400)
    }

    @Test func showsOneVerdictWithItsRecord() async throws {
        let kept = verdict(1, digest: first)
        try await store.append([kept])
        let server = try await server(store: store)
        let path = "/v1/verdicts/{id}"
        let root = try JSONDocument(parsing: try await get(server, "/v1/verdicts/\(kept.id)", as: path).body).root
        #expect(root["record"]?["schemaVersion"]?.string == "1")
        #expect(root["askedBy"]?.string == "spiffe://example.org/ci")
        #expect(try await get(server, "/v1/verdicts/\(verdict(2, digest: first).id)", as: path).status == 404)
        #expect(try await get(server, "/v1/verdicts/x", as: path).status == 400)
        #expect(try await get(server, "/v1/verdicts/\(kept.id)?full=1", as: path).status == 400)
    }

    @Test func showsWhatWasDecidedOfADigest() async throws {
        try await store.append((0..<3).map { verdict($0, digest: first) })
        let server = try await server(store: store)
        let path = "/v1/artifacts/{digest}"
        let root = try JSONDocument(parsing: try await get(server, "/v1/artifacts/\(first)", as: path).body).root
        #expect(root["digest"]?.string == first)
        #expect(root["verdicts"]?.array?.count == 3)
        #expect(try await get(server, "/v1/artifacts/\(second)", as: path).status == 404)
        #expect(try await get(server, "/v1/artifacts/sha256:abc", as: path).status == 400)
        #expect(try await get(server, "/v1/artifacts/\(first)?digest=\(second)", as: path).status == 400)
    }

    @Test func saysNothingOfTheStoreThatIsDown() async throws {
        await store.close()
        let answer = try await get(try await server(store: store), "/v1/verdicts", as: "/v1/verdicts")
        #expect(answer.status == 503)
        #expect(answer.text.contains("store-unavailable"))
        #expect(!answer.text.contains("verdicts.db"))
    }

    // MARK: The description

    @Test func servesTheDescriptionThatLiesInDocs() async throws {
        let answer = try await get(try await server(store: nil), "/v1/openapi.json", as: "/v1/openapi.json")
        #expect(
            answer.text == String(decoding: description.bytes, as: UTF8.self) + "\n" || answer.body == description.bytes
        )
    }

    @Test func describesEachRouteAndNoOther() async throws {
        let key = VerifyAPI.describedRoutes.map { "\($0.method.lowercased()) \($0.path)" }.sorted()
        #expect(description.operations.sorted() == key)
    }
}

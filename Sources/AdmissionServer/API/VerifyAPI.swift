import Admission
public import AdmissionService
import Content
import StrictEncoding
public import VerdictStorage

/// `/v1`: asks for a verdict, and reads what was decided. docs/server-api.md explains it, docs/api/openapi.json says it to
/// machines and is served at `/v1/openapi.json`.
///
/// Bodies and parameters are read strictly: what the route does not know is an error, not a wish that is passed over.
public struct VerifyAPI: Surface {
    public let name = SurfaceName.api
    private let service: DecisionService
    private let store: (any VerdictStore)?

    /// - Parameter store: nil where nothing is recorded; reading then answers that there is nothing to read from.
    public init(service: DecisionService, store: (any VerdictStore)?) {
        self.service = service
        self.store = store
    }

    public var routes: [SurfaceRoute] { Self.describedRoutes }

    package static let describedRoutes = [
        // A reference has at most some hundred bytes, a namespace 63.
        SurfaceRoute("POST", "/v1/verify", bodyByteLimit: 16 << 10),
        SurfaceRoute("GET", "/v1/verdicts"),
        SurfaceRoute("GET", "/v1/verdicts/{id}"),
        SurfaceRoute("GET", "/v1/artifacts/{digest}"),
        SurfaceRoute("GET", "/v1/openapi.json"),
    ]

    public func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
        guard request.path != "/v1/verify" else { return await answer(request, by: verify) }
        // Records are unpacked and read, however long they are: not on the event loop, where others wait.
        return await withTaskExecutorPreference(globalConcurrentExecutor) {
            await answer(request) { request async throws(Problem) in
                switch (request.parameters["id"], request.parameters["digest"], request.path) {
                case (let id?, _, _): return try await verdict(id, request)
                case (_, let digest?, _): return try await artifact(digest, request)
                case (_, _, "/v1/verdicts"): return try await verdicts(request)
                default:
                    try request.expectNoParameters()
                    return SurfaceResponse(body: OpenAPIDocument.bytes)
                }
            }
        }
    }

    private func answer(
        _ request: SurfaceRequest, by body: (SurfaceRequest) async throws(Problem) -> SurfaceResponse
    ) async -> SurfaceResponse {
        do throws(Problem) {
            return try await body(request)
        } catch {
            return error.response()
        }
    }

    // MARK: Asking

    private func verify(_ request: SurfaceRequest) async throws(Problem) -> SurfaceResponse {
        try request.expectNoParameters()
        let body = try VerifyRequest(request)
        let question = Question(
            image: body.image, namespace: body.namespace,
            asker: Asker(surface: .api, identity: request.askedBy),
            user: nil, isDryRun: body.isDryRun)
        guard let answer = await service.decide([question], within: request.timeout).first else {
            throw .noAnswerInTime
        }
        return SurfaceResponse(
            body: JSONTree(members: [
                "id": answer.id.map { .string($0.description) }, "isBlocked": .bool(answer.isBlocked),
                "pinned": answer.pinned.map(JSONTree.string), "isDurable": .bool(answer.durability.isDurable),
                "record": answer.record.json,
            ]).canonicalBytes())
    }

    // MARK: Reading

    private func verdict(_ text: String, _ request: SurfaceRequest) async throws(Problem) -> SurfaceResponse {
        try request.expectNoParameters()
        guard let id = VerdictID(text) else {
            throw .malformedParameter.because("expected the identifier of a verdict in the path, found another text")
        }
        let store = try history()
        let found: StoredVerdict?
        do throws(VerdictStoreError) {
            found = try await store.verdict(id)
        } catch {
            throw Self.problem(error)
        }
        guard let found else { throw .notFound.because("expected the identifier of a recorded verdict, found another") }
        return SurfaceResponse(body: found.fullJSON.canonicalBytes())
    }

    private func verdicts(_ request: SurfaceRequest) async throws(Problem) -> SurfaceResponse {
        let query = try VerdictListing(request, filters: VerdictListing.filters).query
        return SurfaceResponse(body: JSONTree(members: try await page(query)).canonicalBytes())
    }

    private func artifact(_ text: String, _ request: SurfaceRequest) async throws(Problem) -> SurfaceResponse {
        guard let digest = try? Digest(text) else {
            throw .malformedParameter.because("expected a digest like `sha256:…` in the path, found another text")
        }
        var query = try VerdictListing(request, filters: ["namespace", "policy"]).query
        query.digest = digest.description
        let isFirstPage = query.after == nil
        let page = try await self.page(query)
        guard let verdicts = page.first(where: { $0.key == "verdicts" })?.value, case .array(let list) = verdicts else {
            throw .storeUnavailable
        }
        if list.isEmpty, isFirstPage { throw .notFound.because("expected a digest that was decided of, found another") }
        var members: [ExactString: JSONTree] = ["digest": .string(digest.description)]
        for (key, value) in page { members[key] = value }
        return SurfaceResponse(body: JSONTree.object(members).canonicalBytes())
    }

    private func page(_ query: VerdictQuery) async throws(Problem) -> KeyValuePairs<ExactString, JSONTree?> {
        let store = try history()
        do throws(VerdictStoreError) {
            let page = try await store.verdicts(query)
            return [
                "verdicts": .array(page.verdicts.map(\.summaryJSON)), "next": page.next.map { .string($0.description) },
            ]
        } catch {
            throw Self.problem(error)
        }
    }

    private func history() throws(Problem) -> any VerdictStore {
        guard let store else { throw .notFound.because("this server records nothing") }
        return store
    }

    /// The store's own words name hosts and files: they are for readiness and logs.
    private static func problem(_ error: VerdictStoreError) -> Problem {
        if case .invalid = error { return .malformedParameter }
        return .storeUnavailable
    }
}

import AdmissionService
import Landwaiter
import StrictEncoding
import Testing

@testable import AdmissionServer

@Suite struct ContainerdSurfaceTests {
    static let digest = "sha256:" + String(repeating: "a", count: 64)

    @Test func readsAReferenceWithTheDigestThatWasResolved() throws {
        let body = #"{"image":"registry.example/apps/ledger:v1@\#(Self.digest)","operation":"pull"}"#
        let call = try ContainerdSurface.Call(Array(body.utf8))
        #expect(call.image == "registry.example/apps/ledger:v1@\(Self.digest)")
        #expect(call.operation == "pull")
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"image":"registry.example/apps/ledger:v1","operation":"pull"}"#,
        #"{"image":"registry.example/a@sha256:00","operation":"pull"}"#,
        #"{"image":"registry.example/a@\#(digest)"}"#,
        #"{"image":"registry.example/a@\#(digest)","operation":"build"}"#,
        #"{"image":"registry.example/a@\#(digest)","operation":"pull","namespace":"finance"}"#,
        #"{"image":"registry.example/a@\#(digest)","image":"registry.example/b@\#(digest)","operation":"pull"}"#,
    ])
    func refusesAnythingElse(_ body: String) {
        #expect(throws: ContainerdSurface.CallError.self) { try ContainerdSurface.Call(Array(body.utf8)) }
    }

    @Test func saysWhatTheGateDoesAndWhy() async throws {
        let policy = """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: anything, owner: tests}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: ["**"], images: ["**"]}
              require: [{id: named, on: image, image: {tag: {in: [v1]}}}]
            """
        let file = PolicyFile(path: "policy.yaml", bytes: Array(policy.utf8))
        let source = PolicySource(name: "tests", files: [file]) { _ in .failure(KeyFileError("no keys")) }
        let pipeline = AdmissionPipeline(policies: try PolicySet.load([source]))
        let request = AdmissionRequest(
            image: NoImage(), namespace: nil as String?, at: Instant(secondsSince1970: 1_790_000_000))
        let record = pipeline.undecided(
            request, because: Finding(.serviceOverloaded, "too much at once \u{1B}[2J"))
        let json = ContainerdSurface.json(Answer(record: record, id: nil, durability: .none))
        #expect(json["allowed"] == .bool(false))
        #expect(json["verdict"] == "undecided")
        #expect(json["id"] == nil)
        guard case .string(let reason)? = json["reason"] else {
            Issue.record("no reason")
            return
        }
        #expect(reason.hasPrefix("undecided: too much at once ") && reason.contains("[service.overloaded]"))
        #expect(!reason.utf8.contains(0x1B))
    }
}

private struct NoImage: ContentSource {
    var transport: String { "docker" }

    private var nothing: ContentSourceError { ContentSourceError(.imageNotFound, "nothing is here") }

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent { throw nothing }
    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        throw nothing
    }
    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        throw nothing
    }
    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers { Papers() }
    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { [] }
}

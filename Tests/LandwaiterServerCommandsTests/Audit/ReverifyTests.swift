import Admission
import AdmissionPolicy
import Content
import Foundation
import OCI
import StrictEncoding
import Testing
import VerdictStorage

@testable import LandwaiterCommands
@testable import LandwaiterServerCommands

/// Years later: an image and its evidence in a layout, a verdict in a database, and no network.
@Suite struct ReverifyTests {
    static let item = "testdata/finance/admitted"
    static let at = "2026-11-20T12:00:00Z"
    static let name = "registry.example/finance/ledger:v1.4.0"

    let place: Place
    let database: String
    let digest: String
    let policy: String

    /// Records what the policy of today says of the image at an instant.
    init() async throws {
        place = try Place()
        database = place.path("verdicts.db")
        policy = place.path("policies")
        try FileManager.default.copyItem(atPath: Repository.path("policies/finance"), toPath: policy)
        let record = try await VerifyCommand.decide(
            [
                "oci:\(Repository.path(Self.item))/image:v1", "--policy", "payments=" + policy, "--namespace",
                "finance",
                "--as", Self.name, "--at", Self.at,
            ] + Self.trust + Self.bases)
        #expect(record.verdict == .admit)
        let digest = try #require(record.imageDigest).description
        self.digest = digest
        let instant = record.request.at
        let store = SQLiteVerdictStore(path: database)
        try await store.append([
            StoredVerdict(
                id: VerdictID.make(at: instant), decidedAt: instant, verdict: "admit", isBlocked: false,
                stage: "enforce", image: Self.name, repository: "registry.example/finance/ledger", digest: digest,
                namespace: "finance", surface: "kubernetes-validate", askedBy: nil, user: nil, headline: nil,
                policyDigest: record.policyDigest.description, trustDigest: record.trustDigest.description,
                policies: [], evidence: [], record: record.canonicalBytes)
        ])
        await store.close()
    }

    static var bases: [String] {
        ["debian:v12", "other:v1"].flatMap { ["--base", "oci:" + Repository.path("testdata/bases/\($0)")] }
    }

    static var trust: [String] { ["--trusted-root", Repository.path(item + "/trusted_root.json")] }

    func reverify(_ words: String...) async throws -> (status: Int32, output: String) {
        try await LandwaiterServerCommand.output(
            of: [
                "audit", digest, "--database", database, "--reverify", "--policy", "payments=" + policy,
                "--store-images", "oci:\(Repository.path(Self.item))/image",
            ] + Self.trust + Self.bases + words)
    }

    func decision(_ text: String) throws -> JSONTree {
        let tree = try #require(JSONTree(try JSONDocument(parsing: Array(text.utf8)).root))
        return try #require(tree["decisions"]?.items?.first)
    }

    @Test func whatWasDecidedIsDecidedAgainFromALayout() async throws {
        let decision = try decision(try await reverify("--output", "json").output)
        #expect(decision["then"]?["verdict"]?.text == "admit")
        #expect(decision["then"]?["evaluatedAt"]?.text == Self.at)
        #expect(decision["then"]?["policyDigest"] == decision["recorded"]?["policyDigest"])
        #expect(decision["then"]?["trustDigest"] == decision["recorded"]?["trustDigest"])
    }

    @Test func aPolicyThatChangedIsTheCause() async throws {
        let file = policy + "/policy.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let changed = text.replacing("namespaces: [finance]", with: "namespaces: [elsewhere]")
        #expect(changed != text)
        try Data(changed.utf8).write(to: URL(fileURLWithPath: file))
        let (status, json) = try await reverify("--output", "json")
        #expect(status == 1)
        let decision = try decision(json)
        #expect(decision["different"] == .bool(true))
        #expect(decision["then"]?["headline"]?.text == "policy.none-matches")
        #expect(decision["causes"]?.items?.contains(.string("the policies are others")) == true)
        #expect(decision["causes"]?.items?.contains(.string("landwaiter was 0.1.0 and is 0.1.0")) == false)
        let shown = try await reverify().output
        #expect(
            shown.hasPrefix("1 of 1 decision about \(digest) would be otherwise\n\n\(Self.name)  namespace finance\n"))
        #expect(shown.contains("  recorded  admit  \(Self.at)\n"))
        #expect(shown.contains("  because   the policies are others\n"))
        #expect(shown.contains("policy.none-matches"))
    }

    @Test func anImageThatIsNowhereIsSaidToBeMissing() async throws {
        let (status, json) = try await LandwaiterServerCommand.output(
            of: [
                "audit", digest, "--database", database, "--reverify", "--policy", "payments=" + policy,
                "--store-images", "oci:\(Repository.path("testdata/bases/debian"))", "--output", "json",
            ] + Self.trust)
        #expect(status == 2)
        #expect(try decision(json)["then"]?["missing"]?.text == "no store that was named has the image")
    }

    @Test func nothingIsRecordedByDecidingAgain() async throws {
        _ = try await reverify()
        let (_, list) = try await LandwaiterServerCommand.output(of: ["audit", "list", "--database", database])
        #expect(list.split(separator: "\n").count == 1)
    }

    @Test func whatMakesNoSenseIsWrongUsage() async throws {
        let base = ["audit", digest, "--database", database]
        for words in [["--reverify"], ["--policy", policy], ["--store-images", "oci:x"]] {
            #expect(try await LandwaiterServerCommand.status(of: base + words) == 64)
        }
        let store = ["--reverify", "--policy", policy, "--store-images"]
        #expect(try await LandwaiterServerCommand.status(of: base + store + ["dir:x"]) == 64)
        #expect(try await LandwaiterServerCommand.status(of: base + store + ["oci:nowhere"]) == 65)
    }
}

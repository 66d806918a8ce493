import Foundation
import Landwaiter
import Simulators
import Testing

@testable import LandwaiterCommands

/// `landwaiter verify --trust-store`: whose certificates are believed, as a repository says.
@Suite struct TrustStoreOptionsTests {
    private let place: Place
    private let at = "2026-11-20T12:00:00Z"
    private let item = "finance/admitted"

    init() throws { place = try Place() }

    /// A repository whose metadata expires at this instant, with the case's trusted root as a file of it.
    private func repository(
        _ target: String = "trusted_root.json", expires: String = "2026-11-21T00:00:00Z"
    ) throws -> SimulatedTUFRepository {
        var repository = try SimulatedTUFRepository()
        let instant = try #require(Instant(rfc3339: expires))
        repository.root.expires = instant
        repository.timestamp.expires = instant
        repository.snapshot.expires = instant
        repository.targets.role.expires = instant
        let root = try Data(contentsOf: Repository.url("testdata/\(item)/trusted_root.json"))
        repository.add(target, Array(root))
        try repository.publishRoot()
        try repository.publish()
        return repository
    }

    /// A store that was brought up to date.
    private func store(
        _ repository: SimulatedTUFRepository, _ name: String = "trust", target: String = "trusted_root.json",
        url: String? = nil
    ) async throws -> String {
        for (file, bytes) in repository.files {
            _ = try place.write(String(decoding: bytes, as: UTF8.self), to: "\(name)-repository/metadata/" + file)
        }
        for (file, bytes) in repository.targetFiles {
            _ = try place.write(String(decoding: bytes, as: UTF8.self), to: "\(name)-repository/targets/" + file)
        }
        let root = place.path("\(name)-repository/metadata/1.root.json")
        let address = url.map { ["--url", $0] } ?? []
        #expect(try await status(["trust", "init", place.path(name), "--root", root] + address) == 0)
        #expect(
            try await run(
                "trust", "update", place.path(name), "--from", place.path("\(name)-repository"), "--target", target,
                "--at", "2026-11-18T12:00:00Z") == 0)
        return place.path(name)
    }

    private func words(_ more: [String], at: String?) -> [String] {
        [
            "oci:" + Repository.path("testdata/\(item)/image") + ":v1", "--policy", Repository.path("policies/finance"),
            "--namespace", "finance", "--as", "registry.example/finance/ledger:v1.4.0", "--base",
            "oci:" + Repository.path("testdata/bases/debian") + ":v12",
        ] + (at.map { ["--at", $0] } ?? []) + more
    }

    private func verify(_ more: String..., at: String? = "2026-11-20T12:00:00Z") async throws -> Int32 {
        try await status(["verify"] + words(more, at: at))
    }

    private func record(_ more: String...) async throws -> AdmissionRecord {
        try await VerifyCommand.decide(words(more, at: at))
    }

    @Test func believesWhatTheStoreHolds() async throws {
        let store = try await store(try repository())
        #expect(try await verify("--trust-store", store) == 0)
        // Without it the root that is built in is asked, which knows nobody of this case.
        #expect(try await verify() == 1)
    }

    /// The root counts as trust as it does when it is a file of the same name.
    @Test func theTrustDigestCoversIt() async throws {
        let store = try await store(try repository(), "trusted_root")
        let file = Repository.path("testdata/\(item)/trusted_root.json")
        let stored = try await record("--trust-store", store)
        #expect(stored.trustDigest == (try await record("--trusted-root", file)).trustDigest)
        #expect(stored.trustDigest != (try await record("--trust-store", store + "=timestamps:1")).trustDigest)
        #expect(stored.trustDigest != (try await record()).trustDigest)
        let weak = try await record("--trust-store", store + "=insecure-promise-alone")
        #expect(weak.insecure.contains { $0.contains("insecureAcceptsPromiseAlone") })
    }

    @Test func anotherTargetAndOtherStoresBesides() async throws {
        let named = try await store(try repository("keys/own.json"), target: "keys/own.json")
        #expect(try await verify("--trust-store", named) == 65, "no trusted_root.json")
        #expect(try await verify("--trust-store", named + ":keys/own.json") == 0)
        #expect(try await verify("--trust-store", named + ":keys/own.json=public-good") == 0)
        #expect(try await verify("--trust-store", named + ":../own.json") == 64)
        #expect(try await verify("--trust-store", named + ":keys/own.json=everything") == 64)
        let other = try await store(try repository(), "other")
        #expect(try await verify("--trust-store", other, "--trust-store", named + ":keys/own.json") == 0)
        // Two roots of one name, of which a policy could mean either.
        #expect(try await verify("--trust-store", other, "--trust-store", other) == 64)
    }

    /// Judged at the decision's instant, not at that of the update.
    @Test func expiredTrustIsRefused() async throws {
        let store = try await store(try repository(expires: "2026-11-20T12:00:00Z"))
        #expect(try await verify("--trust-store", store) == 65)
        #expect(try await verify("--trust-store", store, at: "2026-11-20T11:59:59Z") == 0)
        // Nothing else takes its place.
        #expect(
            try await verify("--trust-store", store, "--trusted-root", "public-good") == 65)
    }

    @Test func aStoreThatIsNoneIsRefused() async throws {
        #expect(try await verify("--trust-store", place.path("nowhere")) == 65)
        #expect(try await verify("--trust-store", place.path("nowhere") + ":a=public-good") == 65)
        try FileManager.default.createDirectory(atPath: place.path("empty"), withIntermediateDirectories: true)
        #expect(try await verify("--trust-store", place.path("empty")) == 65)
        var repository = try repository()
        repository.add("trusted_root.json", Array("{}".utf8))
        try repository.publish()
        #expect(try await verify("--trust-store", try await store(repository)) == 65)
    }

    @Test func whoeverAltersTheStoreIsFoundOut() async throws {
        let store = try await store(try repository())
        for name in try FileManager.default.contentsOfDirectory(atPath: store + "/files") {
            try Data("{}".utf8).write(to: URL(fileURLWithPath: store + "/files/" + name))
        }
        #expect(try await verify("--trust-store", store) == 65)
    }

    @Test func namesARootByItsStoreOrItsTarget() throws {
        try FileManager.default.createDirectory(atPath: place.path("a:b=c"), withIntermediateDirectories: true)
        let plain = try TrustStoreChoice(parsing: place.path("a:b=c"))
        #expect(plain.directory == place.path("a:b=c") && plain.target == "trusted_root.json" && plain.name == "a:b=c")
        let both = try TrustStoreChoice(parsing: place.path("a:b=c") + ":keys/own.v1.json=github-private")
        #expect(both.directory == place.path("a:b=c") && both.target == "keys/own.v1.json" && both.name == "own")
        #expect(both.requirement == .githubPrivate)
        let slash = try TrustStoreChoice(parsing: "trust/")
        #expect(slash.name == "trust" && slash.requirement == .publicGood)
        #expect(try TrustStoreChoice(parsing: ".").name == "trust-store")
    }

    // MARK: --refresh-trust

    /// A repository that is valid today, whenever the test runs.
    private func valid(_ contents: String) throws -> SimulatedTUFRepository {
        var repository = try repository(expires: "9999-12-31T23:59:59Z")
        repository.add("trusted_root.json", Array(contents.utf8))
        try repository.publishNext()
        return repository
    }

    @Test func refreshesFirstWhereAsked() async throws {
        let root = try String(contentsOf: Repository.url("testdata/\(item)/trusted_root.json"), encoding: .utf8)
        let repository = try valid(root)
        let server = try LoopbackServer(serving: repository)
        let store = try await store(repository, url: server.address + "/metadata")
        #expect(server.paths.isEmpty)
        _ = try await verify("--trust-store", store, "--refresh-trust", at: nil)
        #expect(server.paths.contains("/metadata/timestamp.json"))
        // Without the word nothing is asked.
        let count = server.paths.count
        _ = try await verify("--trust-store", store, at: nil)
        #expect(server.paths.count == count)
    }

    @Test func aFailedRefreshIsSaidInTheRecord() async throws {
        let root = try String(contentsOf: Repository.url("testdata/\(item)/trusted_root.json"), encoding: .utf8)
        let store = try await store(try valid(root), url: "http://127.0.0.1:1/metadata")
        let quiet = try await VerifyCommand.decide(words(["--trust-store", store], at: nil))
        let failed = try await VerifyCommand.decide(words(["--trust-store", store, "--refresh-trust"], at: nil))
        let note = try #require(failed.findings.first { $0.code.name == "tuf.fallback" })
        #expect(note.message.contains("9999-12-31T23:59:59Z") && !note.message.contains("127.0.0.1"))
        #expect(!quiet.findings.contains { $0.code.name == "tuf.fallback" })
        #expect(failed.verdict == quiet.verdict && failed.trustDigest == quiet.trustDigest)
    }

    @Test func aFailedRefreshOfExpiredTrustIsNoDecision() async throws {
        let store = try await store(try repository(), url: "http://127.0.0.1:1/metadata")
        #expect(try await verify("--trust-store", store, "--refresh-trust", at: nil) == 65)
    }

    @Test func refreshingHasToMakeSense() async throws {
        #expect(try await verify("--refresh-trust", at: nil) == 64)
        let store = try await store(try repository())
        #expect(try await verify("--trust-store", store, "--refresh-trust") == 64, "another time than now")
        #expect(try await verify("--trust-store", store, "--refresh-trust", at: nil) == 64, "no address")
    }
}

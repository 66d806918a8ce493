import Content
import Findings
import Foundation
import Simulators
import StrictEncoding
import TUF
import TUFClient
import Testing

private let now = SimulatedTUFRepository.now

/// What is asked for, what is stored, and what is used when a refresh fails.
@Suite struct TrustUpdaterTests {
    private let directory: TemporaryDirectory
    private let store: TrustStore
    private let path: TargetPath

    init() throws {
        directory = try TemporaryDirectory()
        store = TrustStore(path: directory.path, lockTimeout: .milliseconds(200))
        path = try TargetPath("dir/file")
    }

    /// A repository with a target that a delegated role lists, and a store that trusts its root.
    private func begin() async throws -> (SimulatedTUFRepository, SimulatedSource, TrustUpdater) {
        var repository = try SimulatedTUFRepository()
        let delegated = try SimulatedTUFTargets()
        repository.delegated["a/b"] = delegated
        repository.targets.delegations = [.init("a/b", delegated.role, paths: ["dir/*"])]
        repository.add("dir/file", [1, 2, 3], to: "a/b")
        try republish(&repository)
        try await store.begin(withRoot: try #require(repository.files["1.root.json"]))
        let source = SimulatedSource(repository)
        return (repository, source, TrustUpdater(store: store, source: source))
    }

    /// Publishes, the delegated role under the name that it has in an address.
    private func republish(_ repository: inout SimulatedTUFRepository, next: Bool = false) throws {
        if next { try repository.publishNext() } else { try repository.publish() }
        for (name, bytes) in repository.files where name.hasSuffix(".a/b.json") {
            repository.files[name.replacing("/", with: "%2F")] = bytes
        }
    }

    @Test func refreshesAndStoresWhatItVerified() async throws {
        let (repository, source, updater) = try await begin()
        let trust = try await updater.update(targets: [path], at: now)
        #expect(trust.targets[path]?.bytes == [1, 2, 3])
        #expect(trust.firstToExpire == .root && trust.expires == SimulatedTUFRepository.expires)
        #expect(
            await source.asked == [
                "2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json", "1.a%2Fb.json",
                "dir/\(Digest(of: [1, 2, 3]).hex).file",
            ])
        // Byte for byte as received.
        #expect(directory.file("timestamp.json") == repository.files["timestamp.json"])
        #expect(directory.file("snapshot.json") == repository.files["1.snapshot.json"])
        #expect(directory.file("targets.json") == repository.files["1.targets.json"])
        #expect(directory.file("a%2Fb.json") == repository.files["1.a%2Fb.json"])
    }

    @Test func asksOnlyForWhatMayHaveChanged() async throws {
        let (repository, source, updater) = try await begin()
        _ = try await updater.update(targets: [path], at: now)
        await source.serve(repository)
        let trust = try await updater.update(targets: [path], at: now)
        #expect(await source.asked == ["2.root.json", "timestamp.json"])
        #expect(trust.targets[path]?.bytes == [1, 2, 3])
    }

    @Test func loadsWithoutAsking() async throws {
        let (_, source, updater) = try await begin()
        _ = try await updater.update(targets: [path], at: now)
        await source.fail([])
        let trust = try store.load(targets: [path], at: now)
        #expect(trust.targets[path]?.bytes == [1, 2, 3])
        #expect(trust.root.version == 1)
        #expect(await source.asked.isEmpty)
    }

    /// Whatever fails, and at whatever step, the last complete trust is still there.
    @Test(arguments: ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json", "2.a%2Fb.json", "target"])
    func fallsBackToUnexpiredTrustAndSaysSo(failing: String) async throws {
        var (repository, source, updater) = try await begin()
        _ = try await updater.update(targets: [path], at: now)
        repository.add("dir/file", [4], to: "a/b")
        try republish(&repository, next: true)
        await source.serve(repository)
        let name = failing == "target" ? "dir/\(Digest(of: [4]).hex).file" : failing
        await source.fail([name])
        let outcome = await updater.refresh(targets: [path], at: now)
        guard case .fallback(let trust, let cause) = outcome else {
            Issue.record("expected a fallback, found \(outcome)")
            return
        }
        #expect(trust.targets[path]?.bytes == [1, 2, 3])
        #expect(cause == .source(.unreachable(name, why: "the network is down")))
        #expect(cause.finding.code == .tufUnavailable)
        // And the next refresh goes on from there.
        await source.fail([])
        let next = await updater.refresh(targets: [path], at: now)
        guard case .refreshed(let refreshed) = next else {
            Issue.record("expected a refresh, found \(next)")
            return
        }
        #expect(refreshed.targets[path]?.bytes == [4])
    }

    @Test func anAttackFallsBackToo() async throws {
        var (repository, source, updater) = try await begin()
        _ = try await updater.update(at: now)
        repository.timestamp.signers = [try SimulatedTUFKey()]
        try republish(&repository, next: true)
        await source.serve(repository)
        let outcome = await updater.refresh(at: now)
        guard case .fallback(let trust, let cause) = outcome else {
            Issue.record("expected a fallback, found \(outcome)")
            return
        }
        #expect(trust.timestamp.version == 1)
        #expect(cause.finding.code == .tufTooFewSignatures)
    }

    @Test func neverFallsBackToExpiredTrust() async throws {
        let (_, source, updater) = try await begin()
        _ = try await updater.update(targets: [path], at: now)
        await source.fail(["timestamp.json"])
        let late = SimulatedTUFRepository.expires
        let outcome = await updater.refresh(targets: [path], at: late)
        guard case .failed(let cause, let stored) = outcome else {
            Issue.record("expected a failure, found \(outcome)")
            return
        }
        #expect(cause == .refused(.expired(.root, expires: late, at: late)))
        #expect(stored == .refused(.expired(.root, expires: late, at: late)))
        #expect(outcome.trust == nil)
    }

    /// What was complete was signed with a key that is revoked since.
    @Test func neverFallsBackToTrustOfRevokedKeys() async throws {
        var (repository, source, updater) = try await begin()
        _ = try await updater.update(at: now)
        repository.timestamp.keys = [try SimulatedTUFKey()]
        try repository.publishNextRoot()
        try republish(&repository, next: true)
        await source.serve(repository)
        await source.fail(["timestamp.json"])
        let outcome = await updater.refresh(at: now)
        guard case .failed(_, let stored) = outcome else {
            Issue.record("expected a failure, found \(outcome)")
            return
        }
        #expect(stored == .refused(.tooFewSignatures(.timestamp, by: .trusted, expected: 1, found: 0)))
        #expect(directory.file("timestamp.json") == nil, "deleted before the root was stored")
    }

    @Test func rejectsRollbackAgainstWhatIsStored() async throws {
        var (repository, source, updater) = try await begin()
        let old = repository
        try republish(&repository, next: true)
        await source.serve(repository)
        _ = try await updater.update(at: now)
        await source.serve(old)
        await #expect(
            throws: TrustUpdateError.refused(
                .rollback(statedBy: .timestamp, of: "timestamp.json", trusted: 2, found: 1))
        ) { _ = try await updater.update(at: now) }
    }

    @Test func rejectsTargetThatTheServerSubstituted() async throws {
        var (repository, source, updater) = try await begin()
        for name in repository.targetFiles.keys { repository.targetFiles[name] = [9, 9, 9] }
        await source.serve(repository)
        await #expect(throws: TrustUpdateError.refused(.otherTarget(path))) {
            _ = try await updater.update(targets: [path], at: now)
        }
    }

    @Test func reportsMissingFiles() async throws {
        var (repository, source, updater) = try await begin()
        repository.files["1.snapshot.json"] = nil
        await source.serve(repository)
        await #expect(throws: TrustUpdateError.missing("1.snapshot.json")) { _ = try await updater.update(at: now) }
        #expect(directory.file("timestamp.json") != nil)
        #expect(throws: TrustUpdateError.neverCompleted) { _ = try store.load(at: now) }
    }

    @Test func reportsMissingTargets() async throws {
        let (_, _, updater) = try await begin()
        let other = try TargetPath("other")
        await #expect(throws: TrustUpdateError.refused(.noSuchTarget(other))) {
            _ = try await updater.update(targets: [other], at: now)
        }
    }

    @Test func deletesTargetFilesThatNoTrustHas() async throws {
        var (repository, source, updater) = try await begin()
        _ = try await updater.update(targets: [path], at: now)
        #expect(directory.file("files/" + Digest(of: [1, 2, 3]).hex) == [1, 2, 3])
        repository.add("dir/file", [4], to: "a/b")
        try republish(&repository, next: true)
        await source.serve(repository)
        _ = try await updater.update(targets: [path], at: now)
        #expect(directory.file("files/" + Digest(of: [1, 2, 3]).hex) == nil)
        #expect(directory.file("files/" + Digest(of: [4]).hex) == [4])
    }

    // MARK: The directory

    @Test func nothingStoredIsBelieved() async throws {
        let (_, _, updater) = try await begin()
        _ = try await updater.update(targets: [path], at: now)
        let stored = try #require(directory.file("last-complete"))
        for index in stride(from: 0, to: stored.count, by: 97) {
            var damaged = stored
            damaged[index] ^= 1
            try directory.write("last-complete", damaged)
            // Either the change means nothing, or the trust is refused; it is never another.
            if let trust = try? store.load(targets: [path], at: now) {
                #expect(trust.targets[path]?.bytes == [1, 2, 3])
            }
        }
        try directory.write("last-complete", Array("{}".utf8))
        #expect(throws: TrustUpdateError.damaged("last-complete")) { _ = try store.load(at: now) }
        try directory.write("last-complete", stored)
        try directory.write("files/" + Digest(of: [1, 2, 3]).hex, [1, 2, 4])
        #expect(throws: TrustUpdateError.damaged("dir/file")) { _ = try store.load(targets: [path], at: now) }
        // A refresh mends it.
        let trust = try await updater.update(targets: [path], at: now)
        #expect(trust.targets[path]?.bytes == [1, 2, 3])
    }

    @Test func aStoredRootThatIsNotSignedEndsTheUpdate() async throws {
        var (repository, source, updater) = try await begin()
        repository.root.signers = [try SimulatedTUFKey()]
        try repository.publishRoot()
        try directory.write("root.json", try #require(repository.files["1.root.json"]))
        await #expect(
            throws: TrustUpdateError.refused(.tooFewSignatures(.root, by: .itself, expected: 1, found: 0))
        ) { _ = try await updater.update(at: now) }
        #expect(await source.asked.isEmpty)
    }

    @Test func beginsWithOneRootOnly() async throws {
        var (repository, source, updater) = try await begin()
        let first = try #require(repository.files["1.root.json"])
        try await store.begin(withRoot: first)
        try repository.publishNextRoot()
        await source.serve(repository)
        _ = try await updater.update(at: now)
        // The first root again: the newer one stays.
        try await store.begin(withRoot: first)
        #expect(directory.file("root.json") == repository.files["2.root.json"])
        var stranger = try SimulatedTUFRepository()
        try stranger.publishNextRoot()
        let other = try #require(stranger.files["2.root.json"])
        await #expect(throws: TrustUpdateError.otherRoot) { try await store.begin(withRoot: other) }
        #expect(TrustUpdateError.otherRoot.code.name == "tuf.other-root")
    }

    @Test func refusesToBeginWithAnUnsignedRoot() async throws {
        var repository = try SimulatedTUFRepository()
        repository.root.signers = []
        try repository.publishRoot()
        let bytes = try #require(repository.files["1.root.json"])
        await #expect(
            throws: TrustUpdateError.refused(.tooFewSignatures(.root, by: .itself, expected: 1, found: 0))
        ) { try await store.begin(withRoot: bytes) }
    }

    @Test func saysThatThereIsNoTrust() async throws {
        #expect(throws: TrustUpdateError.noRoot) { _ = try store.load(at: now) }
        let updater = TrustUpdater(store: store, source: SimulatedSource(try SimulatedTUFRepository()))
        await #expect(throws: TrustUpdateError.noRoot) { _ = try await updater.update(at: now) }
        #expect(TrustUpdateError.noRoot.code.name == "tuf.no-trusted-root")
        let nowhere = TrustStore(path: directory.path + "/nowhere")
        #expect(throws: TrustUpdateError.store(name: "directory", why: "nothing is there")) {
            _ = try nowhere.load(at: now)
        }
    }

    @Test func followsNoLinksInsideTheDirectory() async throws {
        let (repository, _, updater) = try await begin()
        let elsewhere = try TemporaryDirectory()
        try elsewhere.write("file", try #require(repository.files["timestamp.json"]))
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/timestamp.json", withDestinationPath: elsewhere.path + "/file")
        await #expect(
            throws: TrustUpdateError.store(name: "timestamp.json", why: "a symbolic link is there")
        ) { _ = try await updater.update(at: now) }
        #expect(TrustUpdateError.store(name: "", why: "").code.name == "tuf.cache-unusable")
    }

    @Test func waitsForAnotherUpdateAndNotForEver() async throws {
        let (_, _, updater) = try await begin()
        let descriptor = open(directory.path, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX) == 0)
        await #expect(throws: TrustUpdateError.busy(seconds: 0)) { _ = try await updater.update(at: now) }
        #expect(TrustUpdateError.busy(seconds: 0).code.name == "tuf.cache-busy")
        flock(descriptor, LOCK_UN)
        _ = try await updater.update(at: now)
    }

    @Test func manyTasksAtOnceAreAllRight() async throws {
        let (_, source, _) = try await begin()
        let store = TrustStore(path: directory.path)
        let path = path
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let updater = TrustUpdater(store: store, source: source)
                    return (try? await updater.update(targets: [path], at: now))?.targets[path]?.bytes == [1, 2, 3]
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    // MARK: A directory as source

    @Test func crossesAnAirGapAsADirectory() async throws {
        let (repository, _, _) = try await begin()
        let medium = try TemporaryDirectory()
        try medium.lay(repository)
        let updater = TrustUpdater(store: store, source: try DirectorySource(path: medium.path))
        #expect(try await updater.update(targets: [path], at: now).targets[path]?.bytes == [1, 2, 3])
    }

    @Test func aDirectoryGivesNothingFromElsewhere() async throws {
        let medium = try TemporaryDirectory()
        try medium.write("metadata/a.json", [1, 2, 3])
        try medium.write("outside", [4])
        try FileManager.default.createSymbolicLink(
            atPath: medium.path + "/metadata/link.json", withDestinationPath: medium.path + "/outside")
        let source = try DirectorySource(path: medium.path)
        #expect(try await source.metadata("a.json", limit: 3) == [1, 2, 3])
        #expect(try await source.metadata("b.json", limit: 3) == nil)
        #expect(try await source.target("a", limit: 3) == nil)
        await #expect(throws: MetadataSourceError.tooLarge("metadata/a.json", limit: 2)) {
            _ = try await source.metadata("a.json", limit: 2)
        }
        await #expect(
            throws: MetadataSourceError.unreachable("metadata/link.json", why: "a symbolic link is there")
        ) { _ = try await source.metadata("link.json", limit: 3) }
        #expect(throws: MetadataSourceError.unreachable("directory", why: "nothing is there")) {
            _ = try DirectorySource(path: medium.path + "/nowhere")
        }
    }

    @Test func everyErrorIsOneLineWithACode() throws {
        let errors: [TrustUpdateError] = [
            .refused(.notAskedFor), .source(.tooLarge("a", limit: 1)), .source(.unreachable("a", why: "b\u{1b}")),
            .missing("a"), .store(name: "a", why: "b"), .busy(seconds: 1), .noRoot, .otherRoot, .neverCompleted,
            .damaged("a"),
        ]
        for error in errors {
            #expect(ReasonTable.tuf.codes.contains(error.finding.code))
            #expect(error.message.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
        #expect(ReasonCode.tufFallback.name == "tuf.fallback")
    }
}

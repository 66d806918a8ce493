import Archives
import Content
import Foundation
import Simulators
import StrictEncoding
import TUF
import TUFClient
import Testing

private let now = SimulatedTUFRepository.now

/// Trust that crosses an air gap in one file.
@Suite struct ArchiveSourceTests {
    private let medium: TemporaryDirectory
    private let own: TemporaryDirectory
    private let path: TargetPath

    init() throws {
        medium = try TemporaryDirectory()
        own = try TemporaryDirectory()
        path = try TargetPath("dir/file")
    }

    private func repository() throws -> SimulatedTUFRepository {
        var repository = try SimulatedTUFRepository()
        let delegated = try SimulatedTUFTargets()
        repository.delegated["role"] = delegated
        repository.targets.delegations = [.init("role", delegated.role, paths: ["dir/*"])]
        repository.add("dir/file", [1, 2, 3], to: "role")
        repository.add("other", [4])
        try repository.publish()
        return repository
    }

    /// An archive as `tar` makes it, of these files below a directory.
    private func archive(_ repository: SimulatedTUFRepository, metadata: String, targets: String) throws -> String {
        var tar = TarWriter()
        for (name, bytes) in repository.files.sorted(by: { $0.key < $1.key }) { tar.add(metadata + name, bytes) }
        for (name, bytes) in repository.targetFiles.sorted(by: { $0.key < $1.key }) { tar.add(targets + name, bytes) }
        return try write(tar)
    }

    private func write(_ tar: TarWriter) throws -> String {
        try medium.write("repository.tar", tar.ended)
        return medium.path + "/repository.tar"
    }

    private func update(_ store: TrustStore, from path: String) async throws -> RepositoryTrust {
        try await TrustUpdater(store: store, source: try ArchiveSource(path: path)).update(
            targets: [self.path], at: now)
    }

    @Test(arguments: [
        ("metadata/", "targets/"), ("repository/metadata/", "repository/targets/"), ("", "targets/"),
        ("./metadata/", "./targets/"), ("mirror/", "mirror/targets/"),
    ])
    func readsTheLayoutsOfServers(_ metadata: String, _ targets: String) async throws {
        let repository = try repository()
        let store = TrustStore(path: own.path)
        try await store.begin(withRoot: try #require(repository.files["1.root.json"]))
        let file = try archive(repository, metadata: metadata, targets: targets)
        #expect(try await update(store, from: file).targets[path]?.bytes == [1, 2, 3])
    }

    @Test func readsWhatLiesAtTheTopOfADirectoryToo() async throws {
        let repository = try repository()
        for (name, bytes) in repository.files { try medium.write(name, bytes) }
        for (name, bytes) in repository.targetFiles { try medium.write("targets/" + name, bytes) }
        let store = TrustStore(path: own.path)
        try await store.begin(withRoot: try #require(repository.files["1.root.json"]))
        let updater = TrustUpdater(store: store, source: try DirectorySource(path: medium.path))
        #expect(try await updater.update(targets: [path], at: now).targets[path]?.bytes == [1, 2, 3])
    }

    @Test func whatIsAbsentIsAbsent() async throws {
        let source = try ArchiveSource(path: try archive(try repository(), metadata: "metadata/", targets: "targets/"))
        #expect(try await source.metadata("9.root.json", limit: 1 << 20) == nil)
        #expect(try await source.target("nothing", limit: 1) == nil)
    }

    @Test func readsNoMoreThanAsked() async throws {
        var tar = TarWriter()
        tar.add("metadata/a.json", [1, 2, 3])
        let source = try ArchiveSource(path: try write(tar))
        #expect(try await source.metadata("a.json", limit: 3) == [1, 2, 3])
        await #expect(throws: MetadataSourceError.tooLarge("metadata/a.json", limit: 2)) {
            _ = try await source.metadata("a.json", limit: 2)
        }
    }

    @Test func refusesAnArchiveThatExpandsTooFar() throws {
        // Plain archives are not expanded, so this one is compressed: a zstd frame of one run, 1 MiB of zeros.
        let frame: [UInt8] = [
            0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58, 0x02, 0x00, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00,
        ]
        try medium.write("bomb.tar.zst", frame)
        #expect(throws: MetadataSourceError.self) {
            _ = try ArchiveSource(path: medium.path + "/bomb.tar.zst", expansion: 1 << 10)
        }
    }

    @Test func refusesNamesThatTwoEntriesClaim() throws {
        var tar = TarWriter()
        tar.add("metadata/a.json", [1])
        tar.add("metadata/a.json", [2])
        let file = try write(tar)
        #expect(
            throws: MetadataSourceError.unreachable(
                "archive", why: "expected one entry of each name, found `metadata/a.json` twice")
        ) { _ = try ArchiveSource(path: file) }
    }

    @Test func refusesNamesThatLeadElsewhere() throws {
        var tar = TarWriter()
        tar.add("metadata/../../a.json", [1])
        let file = try write(tar)
        #expect(throws: MetadataSourceError.self) { _ = try ArchiveSource(path: file) }
    }

    @Test func saysThatThereIsNoArchive() throws {
        #expect(throws: MetadataSourceError.unreachable("archive", why: "nothing is there")) {
            _ = try ArchiveSource(path: medium.path + "/nowhere")
        }
        #expect(throws: MetadataSourceError.unreachable("archive", why: "a directory is there")) {
            _ = try ArchiveSource(path: medium.path)
        }
    }

    // MARK: What a store exports

    @Test func anotherStoreFollowsFromWhatOneExports() async throws {
        var repository = try repository()
        let first = try #require(repository.files["1.root.json"])
        for _ in 0..<3 { try repository.publishNextRoot() }
        let store = TrustStore(path: own.path)
        try await store.begin(withRoot: first)
        let updater = TrustUpdater(store: store, source: SimulatedSource(repository))
        let paths = [path, try TargetPath("other")]
        _ = try await updater.update(targets: paths, at: now)
        let exported = try store.archive(targets: paths, at: now)
        #expect(try store.archive(targets: paths, at: now) == exported)
        try medium.write("trust.tar", exported)

        let elsewhere = try TemporaryDirectory()
        let other = TrustStore(path: elsewhere.path)
        try await other.begin(withRoot: first)
        let source = try ArchiveSource(path: medium.path + "/trust.tar")
        let trust = try await TrustUpdater(store: other, source: source).update(targets: paths, at: now)
        #expect(trust.root.version == 4 && trust.targets[path]?.bytes == [1, 2, 3])
        #expect(try other.archive(targets: paths, at: now) == exported)
    }

    @Test func exportsWhatBeganWithAShippedRoot() async throws {
        let repository = try repository()
        let store = TrustStore(path: own.path, shippedRoots: [repository.shippedRoot])
        try await store.begin(withShippedRoot: repository.shippedRoot)
        let updater = TrustUpdater(store: store, source: SimulatedSource(repository))
        _ = try await updater.update(targets: [path], at: now)
        try medium.write("trust.tar", try store.archive(targets: [path], at: now))
        let elsewhere = try TemporaryDirectory()
        let other = TrustStore(path: elsewhere.path, shippedRoots: [repository.shippedRoot])
        try await other.begin(withShippedRoot: repository.shippedRoot)
        #expect(try await update(other, from: medium.path + "/trust.tar").targets[path]?.bytes == [1, 2, 3])
    }

    @Test func exportsNothingThatIsExpired() async throws {
        let repository = try repository()
        let store = TrustStore(path: own.path)
        try await store.begin(withRoot: try #require(repository.files["1.root.json"]))
        #expect(throws: TrustUpdateError.neverCompleted) { _ = try store.archive(targets: [path], at: now) }
        _ = try await TrustUpdater(store: store, source: SimulatedSource(repository)).update(targets: [path], at: now)
        let late = SimulatedTUFRepository.expires
        #expect(throws: TrustUpdateError.refused(.expired(.root, expires: late, at: late))) {
            _ = try store.archive(targets: [path], at: late)
        }
        #expect(throws: TrustUpdateError.damaged("other")) {
            _ = try store.archive(targets: [try TargetPath("other")], at: now)
        }
    }

    @Test func longNamesAreKept() async throws {
        let name = String(repeating: "a", count: 150) + ".json"
        var tar = TarWriter()
        tar.add("metadata/" + name, [7])
        let source = try ArchiveSource(path: try write(tar))
        #expect(try await source.metadata(name, limit: 1) == [7])
    }
}

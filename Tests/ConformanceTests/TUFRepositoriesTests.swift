import Content
import Foundation
import Landwaiter
import StrictEncoding
import TUF
import TUFClient
import Testing

/// Repositories of others as they were published, from their oldest root to the newest, at a fixed clock.
@Suite(.enabled(if: Kit.isPresent, Kit.absence)) struct TUFRepositoriesTests {
    /// Sigstore's public-good repository: 15 versions of the root. The kit holds its files without the prefixes of
    /// consistent snapshots, so they are laid out as its server has them.
    @Test func refreshesThePublicGoodRepositoryFromItsFirstRoot() async throws {
        let own = try Directory()
        let store = TrustStore(path: own.path)
        try await store.begin(withRoot: try Kit.read(Self.publicGood + "metadata/root_history/1.root.json"))
        let (trust, paths) = try await Self.refresh(store)
        #expect(trust.root.version == 15)
        #expect(trust.root.consistentSnapshot)
        #expect(trust.timestamp.version == 762 && trust.snapshot.version == 165 && trust.targetsMetadata.version == 14)
        #expect(trust.firstToExpire == .timestamp)
        for path in paths {
            #expect(try trust.targets[path]?.bytes == Kit.read(Self.publicGood + "targets/" + path.description))
        }
        #expect(try own.read("root.json") == Kit.read(Self.publicGood + "metadata/root.json"))
        // Two days after the timestamp's last second nothing of it is used any more.
        let late = trust.expires
        #expect(throws: TrustUpdateError.refused(.expired(.timestamp, expires: late, at: late))) {
            _ = try store.load(at: late)
        }
        #expect(try store.load(targets: paths, at: late.adding(seconds: -1)).root.version == 15)
    }

    /// The root that the program carries, whichever version it is, leads to the newest.
    @Test func refreshesThePublicGoodRepositoryFromTheEmbeddedRoot() async throws {
        let store = TrustStore(path: try Directory().path)
        try await store.begin(withShippedRoot: PublicGoodRepository.root)
        let (trust, paths) = try await Self.refresh(store)
        #expect(trust.root.version == 15 && trust.targets.count == paths.count)
    }

    /// Facts of each root are as good as its file: they lead to the next, and to no other.
    @Test func factsOfEveryPublicGoodRootLeadToTheNext() throws {
        let roots = try (1...15).map { try Kit.read(Self.publicGood + "metadata/root_history/\($0).root.json") }
        for (old, new) in zip(roots, roots.dropFirst()) {
            let metadata = try TUFUpdate.Root(trusting: old, at: .earliest).metadata
            let next = try TUFUpdate.Root(trusting: try Self.facts(metadata), at: .earliest).rotated(to: new)
            #expect(next.metadata.version == metadata.version + 1)
        }
        // Signed by all the right keys, and not the next.
        let tenth = try Self.facts(TUFUpdate.Root(trusting: roots[9], at: .earliest).metadata)
        for (position, error) in [(9, 10), (11, 12)] {
            #expect(throws: TUFError.otherRootVersion(expected: 11, found: error)) {
                _ = try TUFUpdate.Root(trusting: tenth, at: .earliest).rotated(to: roots[position]).metadata
            }
        }
    }

    @Test func theEmbeddedRootIsThePublishedOne() throws {
        let embedded = PublicGoodRepository.root
        let file = Self.publicGood + "metadata/root_history/\(embedded.version).root.json"
        // A newer package may carry a newer root than the kit.
        guard let bytes = try? Kit.read(file) else { return }
        let published = try Self.facts(TUFUpdate.Root(trusting: bytes, at: .earliest).metadata)
        #expect(published.expires == embedded.expires && published.consistentSnapshot == embedded.consistentSnapshot)
        #expect(Set(published.keys) == Set(embedded.keys))
        for (one, other) in [
            (published.root, embedded.root), (published.timestamp, embedded.timestamp),
            (published.snapshot, embedded.snapshot), (published.targets, embedded.targets),
        ] { #expect(one.threshold == other.threshold && Set(one.keyIDs) == Set(other.keyIDs)) }
    }

    private static let publicGood = "trusted-roots/sigstore-public-good-tuf/"

    /// One update from the kit's files, laid out as the server of the repository has them.
    private static func refresh(_ store: TrustStore) async throws -> (RepositoryTrust, [TargetPath]) {
        let server = try Directory()
        for version in 1...15 {
            try server.write(
                "metadata/\(version).root.json", Kit.read(publicGood + "metadata/root_history/\(version).root.json"))
        }
        try server.write("metadata/timestamp.json", Kit.read(publicGood + "metadata/timestamp.json"))
        for role in ["snapshot", "targets", "registry.npmjs.org"] {
            let bytes = try Kit.read(publicGood + "metadata/\(role).json")
            let version = try #require(try JSONDocument(parsing: bytes).root["signed"]?["version"]?.int)
            try server.write("metadata/\(version).\(role).json", bytes)
        }
        let paths = try ["trusted_root.json", "registry.npmjs.org/keys.json", "signing_config.v0.2.json"].map {
            try TargetPath($0)
        }
        for path in paths {
            let bytes = try Kit.read(publicGood + "targets/" + path.description)
            var components = path.description.split(separator: "/").map(String.init)
            components[components.count - 1] = Digest(of: bytes).hex + "." + components[components.count - 1]
            try server.write("targets/" + components.joined(separator: "/"), bytes)
        }
        let now = try #require(Instant(rfc3339: "2026-08-25T12:00:00Z"))
        let updater = TrustUpdater(store: store, source: try DirectorySource(path: server.path))
        return (try await updater.update(targets: paths, at: now), paths)
    }

    /// What root metadata says, as a program would carry it.
    private static func facts(_ root: RootMetadata) throws -> ShippedRoot {
        var keys: Set<ShippedRoot.Key> = []
        for (id, key) in [root.root, root.timestamp, root.snapshot, root.targets].flatMap(\.keys) {
            let publicKey = try #require(key.verification?.key)
            keys.insert(
                .init(
                    id: id.value, keyType: key.keyType, scheme: key.scheme,
                    publicKey: Base64.encode(publicKey.subjectPublicKeyInfo)))
        }
        func role(_ authority: RoleAuthority) -> ShippedRoot.Role {
            .init(threshold: authority.threshold, keyIDs: authority.keys.keys.map(\.value))
        }
        return ShippedRoot(
            name: "published", version: root.version, expires: root.expires.description,
            consistentSnapshot: root.consistentSnapshot, keys: Array(keys), root: role(root.root),
            timestamp: role(root.timestamp), snapshot: role(root.snapshot), targets: role(root.targets))
    }

    /// The roots alone, each by the one before: the first four carry keys as hexadecimal points.
    @Test func everyPublicGoodRootLeadsToTheNext() throws {
        let roots = try (1...15).map {
            try Kit.read("trusted-roots/sigstore-public-good-tuf/metadata/root_history/\($0).root.json")
        }
        for (old, new) in zip(roots, roots.dropFirst()) {
            let root = try TUFUpdate.Root(trusting: old, at: .earliest)
            let count = root.metadata.root.distinctKeys.count
            #expect(count == 5)
            let next = try root.rotated(to: new)
            let isNew = next.bytes == new
            #expect(isNew)
        }
        // Skipping one does not work.
        let root = try TUFUpdate.Root(trusting: roots[9], at: .earliest)
        var refused: TUFError?
        do throws(TUFError) { _ = try root.rotated(to: roots[11]) } catch { refused = error }
        #expect(refused == .otherRootVersion(expected: 11, found: 12))
    }

    /// A repository of tuf-on-ci: unknown members, empty signatures, a delegated role.
    @Test func refreshesTheStaticRepositoryOfTheSuite() async throws {
        let kit = "tuf-conformance/tuf_conformance/static_data/tuf-on-ci-0.11/"
        let root = try #require(Kit.root)
        let text = String(decoding: try Kit.read(kit + "faketime"), as: UTF8.self).prefix(19)
        let now = try #require(Instant(rfc3339: text.replacing(" ", with: "T") + "Z"))
        let name = String(decoding: try Kit.read(kit + "targetpath"), as: UTF8.self).filter { !$0.isNewline }
        let path = try TargetPath(name)
        let own = try Directory()
        let store = TrustStore(path: own.path)
        try await store.begin(withRoot: try Kit.read(kit + "initial_root.json"))
        let source = try DirectorySource(path: root.appendingPathComponent(kit).path)
        let trust = try await TrustUpdater(store: store, source: source).update(targets: [path], at: now)
        #expect(trust.targets[path]?.bytes.count == 34)
        #expect(trust.snapshot.version == 2)
    }

    /// A directory that is gone with its holder.
    private final class Directory {
        let path: String

        init() throws {
            path = FileManager.default.temporaryDirectory.appendingPathComponent("tuf-" + UUID().uuidString).path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ name: String, _ bytes: [UInt8]) throws {
            let url = URL(fileURLWithPath: path + "/" + name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }

        func read(_ name: String) throws -> [UInt8] {
            Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
        }
    }
}

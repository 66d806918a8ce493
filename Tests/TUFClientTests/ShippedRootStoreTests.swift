import Content
import Findings
import Foundation
import PKI
import Signing
import Simulators
import StrictEncoding
import TUF
import TUFClient
import Testing

private let now = SimulatedTUFRepository.now

/// Stores that began with a root which the program carries.
@Suite struct ShippedRootStoreTests {
    private let directory: TemporaryDirectory
    private let path: TargetPath

    init() throws {
        directory = try TemporaryDirectory()
        path = try TargetPath("file")
    }

    private func store(_ roots: ShippedRoot...) -> TrustStore { TrustStore(path: directory.path, shippedRoots: roots) }

    private func repository() throws -> SimulatedTUFRepository {
        var repository = try SimulatedTUFRepository()
        repository.add("file", [1])
        try repository.publish()
        return repository
    }

    private func update(_ store: TrustStore, _ repository: SimulatedTUFRepository) async throws -> RepositoryTrust {
        try await TrustUpdater(store: store, source: SimulatedSource(repository)).update(targets: [path], at: now)
    }

    @Test func updatesAndLoadsByTheShippedRootAlone() async throws {
        let repository = try repository()
        let store = store(repository.shippedRoot)
        try await store.begin(withShippedRoot: repository.shippedRoot)
        #expect(try await update(store, repository).targets[path]?.bytes == [1])
        // The anchor stays in the program.
        #expect(directory.file("root.json") == nil)
        #expect(try store.load(targets: [path], at: now).root.version == 1)
        #expect(throws: TrustUpdateError.otherShippedRoot(name: "simulated", version: 1, found: nil)) {
            _ = try self.store().load(at: now)
        }
    }

    @Test func rejectsNewerRootThatTheShippedOneDidNotSign() async throws {
        var repository = try repository()
        let store = store(repository.shippedRoot)
        try await store.begin(withShippedRoot: repository.shippedRoot)
        repository.root.keys = [try SimulatedTUFKey()]
        try repository.publishNextRoot()
        let forged = repository
        await #expect(
            throws: TrustUpdateError.refused(.tooFewSignatures(.root, by: .trusted, expected: 1, found: 0))
        ) { _ = try await update(store, forged) }
        #expect(directory.file("root.json") == nil)
    }

    @Test func storesTheRootsThatFollow() async throws {
        var repository = try repository()
        let shipped = repository.shippedRoot
        let store = store(shipped)
        try await store.begin(withShippedRoot: shipped)
        for _ in 0..<3 { try repository.publishNextRoot() }
        #expect(try await update(store, repository).root.version == 4)
        #expect(directory.file("root.json") == repository.files["4.root.json"])
        for version in 2...4 {
            #expect(directory.file("roots/\(version).root.json") == repository.files["\(version).root.json"])
        }
        // From now on no shipped root is needed.
        #expect(try self.store().load(targets: [path], at: now).root.version == 4)
    }

    /// A program with a newer root was here: one with an older root does not go back behind it.
    @Test func acceptsNoOlderShippedRoot() async throws {
        var repository = try repository()
        let old = repository.shippedRoot
        try await store(old).begin(withShippedRoot: old)
        repository.root.version = 2
        let new = repository.shippedRoot
        _ = try await update(store(new), repository)
        let refusal = TrustUpdateError.otherShippedRoot(name: "simulated", version: 2, found: 1)
        #expect(throws: refusal) { _ = try store(old).load(at: now) }
        await #expect(throws: refusal) { _ = try await update(store(old), repository) }
        await #expect(throws: refusal) { try await store(old).begin(withShippedRoot: old) }
        #expect(refusal.code.name == "tuf.no-trusted-root")
        #expect(try store(new).load(at: now).root.version == 2)
    }

    @Test func beginsWithOneRootOnly() async throws {
        var repository = try repository()
        let shipped = repository.shippedRoot
        let file = try #require(repository.files["1.root.json"])
        let store = store(shipped)
        try await store.begin(withShippedRoot: shipped)
        // The same root as a file is welcome, and so is the shipped one again.
        try await store.begin(withRoot: file)
        try await store.begin(withShippedRoot: shipped)
        #expect(directory.file("root.json") == file)
        let stranger = try SimulatedTUFRepository()
        let other = stranger.shippedRoot
        await #expect(throws: TrustUpdateError.otherRoot) { try await store.begin(withShippedRoot: other) }
        try repository.publishNextRoot()
        try await TrustStore(path: directory.path).begin(withRoot: file)
    }

    @Test func aStrangersRootFileIsNotTheShippedOne() async throws {
        let repository = try repository()
        let store = store(repository.shippedRoot)
        try await store.begin(withShippedRoot: repository.shippedRoot)
        let stranger = try #require(try SimulatedTUFRepository().files["1.root.json"])
        await #expect(throws: TrustUpdateError.otherRoot) { try await store.begin(withRoot: stranger) }
        #expect(directory.file("root.json") == nil)
    }

    // MARK: What the store says of its repository

    @Test func keepsTheAddressThatWasGiven() async throws {
        let root = try #require(try repository().files["1.root.json"])
        let store = store()
        try await store.begin(withRoot: root)
        #expect(throws: TrustUpdateError.noAddress) { _ = try store.address() }
        #expect(TrustUpdateError.noAddress.code.name == "tuf.unavailable")
        let address = try RepositoryAddress(metadata: "https://tuf.example/metadata/")
        try await store.begin(withRoot: root, address: address)
        #expect(try store.address() == address)
        #expect(address.metadata == "https://tuf.example/metadata")
        #expect(address.targets == "https://tuf.example/metadata/targets")
        // Said again without one, it stays.
        try await store.begin(withRoot: root)
        #expect(try store.address() == address)
    }

    @Test func knowsWhereTheEmbeddedRepositoryIs() async throws {
        let store = TrustStore(path: directory.path)
        try await store.begin(withShippedRoot: PublicGoodRepository.root)
        #expect(try store.address().metadata == PublicGoodRepository.url)
        let mirror = try RepositoryAddress(
            metadata: "https://mirror.example/sigstore", targets: "https://files.example/sigstore")
        try await store.begin(withShippedRoot: PublicGoodRepository.root, address: mirror)
        #expect(try store.address() == mirror)
    }

    @Test(arguments: [
        "", "tuf.example", "//tuf.example", "ftp://tuf.example", "http://tuf.example",
        "http://localhost.example", "http://127.0.0.1.example", "http://127.0.0.1:80@tuf.example", "https://",
        "https:///metadata", "https://user@tuf.example", "https://tuf.example?a", "https://tuf.example#a",
        "https://tuf.example/ a", "http://0.0.0.0",
        "https://tuf.example/" + String(repeating: "a", count: 2_048),
    ])
    func refusesAddresses(_ text: String) {
        #expect(throws: RepositoryAddressError(found: text)) { _ = try RepositoryAddress(metadata: text) }
        #expect(throws: RepositoryAddressError(found: text)) {
            _ = try RepositoryAddress(metadata: "https://tuf.example", targets: text)
        }
        #expect(RepositoryAddressError(found: text).message.contains("https://"))
    }

    @Test(arguments: [
        "http://127.0.0.1", "http://127.0.0.1:8080/", "http://localhost/metadata", "http://[::1]:1/a",
        "https://tuf.example:8443/a/b/",
    ])
    func takesAddresses(_ text: String) throws {
        let address = try RepositoryAddress(metadata: text)
        #expect(!address.metadata.hasSuffix("/") && text.hasPrefix(address.metadata))
    }

    @Test(arguments: [
        "{}", "[]", "{\"schemaVersion\": 2}", "{\"schemaVersion\": 1, \"other\": 1}",
        "{\"schemaVersion\": 1, \"shippedRoot\": {\"name\": \"simulated\", \"version\": 0}}",
        "{\"schemaVersion\": 1, \"metadataURL\": \"https://tuf.example\"}",
        "{\"schemaVersion\": 1, \"metadataURL\": \"http://tuf.example\", \"targetsURL\": \"https://tuf.example\"}",
    ])
    func refusesADamagedConfiguration(_ text: String) async throws {
        let repository = try repository()
        let store = store(repository.shippedRoot)
        try await store.begin(withShippedRoot: repository.shippedRoot)
        try directory.write("repository", Array(text.utf8))
        #expect(throws: TrustUpdateError.damaged("repository")) { _ = try store.address() }
        await #expect(throws: TrustUpdateError.damaged("repository")) { _ = try await update(store, repository) }
    }

    @Test func theEmbeddedRootIsInOrder() throws {
        let root = try TUFUpdate.Root(trusting: PublicGoodRepository.root, at: .earliest)
        #expect(root.metadata.version == PublicGoodRepository.root.version && root.metadata.root.threshold == 3)
        #expect(root.metadata.root.distinctKeys.count == 5 && root.metadata.consistentSnapshot)
        #expect(ExactString(PublicGoodRepository.root.name) == "public-good")
    }
}

extension SimulatedTUFRepository {
    /// The present root as facts.
    var shippedRoot: ShippedRoot {
        func role(_ role: SimulatedTUFRole) -> ShippedRoot.Role {
            .init(threshold: role.threshold, keyIDs: role.keys.map(\.keyID))
        }
        let keys = [root, timestamp, snapshot, targets.role].flatMap(\.keys).map { key in
            ShippedRoot.Key(
                id: key.keyID, keyType: key.keyType, scheme: key.scheme,
                publicKey: Base64.encode(key.privateKey.publicKey.subjectPublicKeyInfo))
        }
        return ShippedRoot(
            name: "simulated", version: root.version, expires: root.expires.description,
            consistentSnapshot: consistentSnapshot, keys: keys, root: role(root), timestamp: role(timestamp),
            snapshot: role(snapshot), targets: role(targets.role))
    }
}

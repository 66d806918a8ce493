import PKI
import Signing
import Simulators
import StrictEncoding
import TUF
import Testing

private let now = SimulatedTUFRepository.now

/// A root that the program carries as facts: trusted as it is, and what follows it has to be signed as after any other.
@Suite struct ShippedRootTests {
    private var repository: SimulatedTUFRepository

    init() throws { repository = try SimulatedTUFRepository() }

    @Test func leadsToTheNextRoot() throws {
        var repository = repository
        let shipped = repository.shippedRoot
        try repository.publishNextRoot()
        let root = try TUFUpdate.Root(trusting: shipped, at: now)
        #expect(root.bytes == nil && root.metadata.version == 1 && root.metadata.consistentSnapshot)
        #expect(root.next?.fileName == "2.root.json")
        let bytes = try #require(repository.files["2.root.json"])
        let next = try root.rotated(to: bytes)
        #expect(next.bytes == bytes && next.metadata.version == 2)
    }

    @Test func speaksForTheOtherRolesToo() throws {
        let chain = try TUFUpdate.Root(trusting: repository.shippedRoot, at: now)
            .withTimestamp(try #require(repository.files["timestamp.json"]))
            .withSnapshot(try #require(repository.files["1.snapshot.json"]))
            .withTargets(try #require(repository.files["1.targets.json"]))
        #expect(chain.metadata.version == 1)
    }

    @Test func rejectsNextRootThatItsKeysDidNotSign() throws {
        let stranger = try SimulatedTUFRepository()
        var forged = stranger
        try forged.publishNextRoot()
        let bytes = try #require(forged.files["2.root.json"])
        #expect(throws: TUFError.tooFewSignatures(.root, by: .trusted, expected: 1, found: 0)) {
            _ = try TUFUpdate.Root(trusting: repository.shippedRoot, at: now).rotated(to: bytes).metadata
        }
    }

    @Test func needsItsOwnThreshold() throws {
        var repository = repository
        repository.root.keys.append(try SimulatedTUFKey())
        repository.root.threshold = 2
        let shipped = repository.shippedRoot
        repository.root.signers = [repository.root.keys[0]]
        repository.root.threshold = 1
        try repository.publishNextRoot()
        let bytes = try #require(repository.files["2.root.json"])
        #expect(throws: TUFError.tooFewSignatures(.root, by: .trusted, expected: 2, found: 1)) {
            _ = try TUFUpdate.Root(trusting: shipped, at: now).rotated(to: bytes).metadata
        }
    }

    @Test func rejectsRootThatSkipsAVersion() throws {
        var repository = repository
        let shipped = repository.shippedRoot
        try repository.publishNextRoot()
        try repository.publishNextRoot()
        let bytes = try #require(repository.files["3.root.json"])
        #expect(throws: TUFError.otherRootVersion(expected: 2, found: 3)) {
            _ = try TUFUpdate.Root(trusting: shipped, at: now).rotated(to: bytes).metadata
        }
    }

    /// An expired root serves to find the next one and for nothing else.
    @Test func isNoTrustOnceExpired() throws {
        var repository = repository
        repository.root.expires = now
        let shipped = repository.shippedRoot
        let timestamp = try #require(repository.files["timestamp.json"])
        #expect(throws: TUFError.expired(.root, expires: now, at: now)) {
            _ = try TUFUpdate.Root(trusting: shipped, at: now).withTimestamp(timestamp).metadata
        }
        repository.root.expires = SimulatedTUFRepository.expires
        try repository.publishNextRoot()
        let next = try TUFUpdate.Root(trusting: shipped, at: now).rotated(
            to: try #require(repository.files["2.root.json"]))
        #expect(try next.withTimestamp(timestamp).metadata.version == 1)
    }

    @Test func noticesKeysThatTheNextRootTakesAway() throws {
        var repository = repository
        let shipped = repository.shippedRoot
        repository.timestamp.keys = [try SimulatedTUFKey()]
        try repository.publishNextRoot()
        let next = try TUFUpdate.Root(trusting: shipped, at: now).rotated(
            to: try #require(repository.files["2.root.json"]))
        let revokes = next.hasRevokedOnlineKeys
        #expect(revokes)
    }

    // MARK: Facts

    @Test func factsHaveToBeInOrder() throws {
        let good = repository.shippedRoot
        func refusal(
            version: Int = 1, expires: String = "2099-01-01T00:00:00Z", keys: [ShippedRoot.Key]? = nil,
            root: ShippedRoot.Role? = nil
        ) -> MetadataFormatError? {
            let shipped = ShippedRoot(
                name: "x", version: version, expires: expires, consistentSnapshot: true, keys: keys ?? good.keys,
                root: root ?? good.root, timestamp: good.timestamp, snapshot: good.snapshot, targets: good.targets)
            do throws(TUFError) {
                _ = try TUFUpdate.Root(trusting: shipped, at: now).metadata
            } catch {
                if case .malformed(.root, let reason) = error { return reason }
            }
            return nil
        }
        let key = good.keys[0]
        let other = ShippedRoot.Key(
            id: key.id, keyType: "ecdsa", scheme: "ecdsa-sha2-nistp256", publicKey: key.publicKey)
        let threshold = MetadataFormatError.expected("a threshold of at least 1 that the keys can reach", at: "root")
        #expect(refusal() == nil)
        #expect(refusal(version: 0) == .expected("an integer of at least 1", at: "version"))
        #expect(refusal(expires: "soon") == .expected("a date and time", at: "expires"))
        #expect(refusal(keys: good.keys + [key]) == .repeatedKeyID(key.id, at: "keys"))
        // An Ed25519 key under the name of another scheme.
        #expect(
            refusal(keys: [other] + good.keys.dropFirst()) == .expected("a key that can be used", at: "keys." + key.id))
        #expect(refusal(root: .init(threshold: 0, keyIDs: good.root.keyIDs)) == threshold)
        #expect(refusal(root: .init(threshold: 2, keyIDs: good.root.keyIDs)) == threshold)
        #expect(refusal(root: .init(threshold: 1, keyIDs: [])) == threshold)
        #expect(
            refusal(root: .init(threshold: 1, keyIDs: ["x"])) == .expected("IDs of keys that are there", at: "root"))
        let twice = good.root.keyIDs + good.root.keyIDs
        #expect(refusal(root: .init(threshold: 2, keyIDs: twice)) == .repeatedKeyID(twice[0], at: "root"))
    }
}

extension SimulatedTUFRepository {
    /// The present root as facts.
    fileprivate var shippedRoot: ShippedRoot {
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

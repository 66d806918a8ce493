import PKI
import Simulators
import StrictEncoding
import TUF
import Testing

/// Section 5.3: from a trusted root to the newest.
@Suite struct RootTests {
    @Test func followsEveryVersionOfTheRoot() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        for _ in 0..<4 {
            let old = repository.root.keys
            repository.root.keys = [try SimulatedTUFKey(.ecdsaP256)]
            repository.root.signers = old + repository.root.keys
            try repository.publishNextRoot()
        }
        try client.refresh(from: repository)
        #expect(try version(of: client.root) == 5)
    }

    @Test func rejectsRootNotSignedByItself() throws {
        var repository = try SimulatedTUFRepository()
        repository.root.signers = [try SimulatedTUFKey()]
        try repository.publishRoot()
        var client = try StoredTrust(repository)
        #expect(throws: TUFError.tooFewSignatures(.root, by: .itself, expected: 1, found: 0)) {
            try client.refresh(from: repository)
        }
    }

    @Test func rejectsNewRootNotSignedByTheTrustedOne() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        repository.root.keys = [try SimulatedTUFKey()]
        try repository.publishNextRoot()
        #expect(throws: TUFError.tooFewSignatures(.root, by: .trusted, expected: 1, found: 0)) {
            try client.refresh(from: repository)
        }
        #expect(try version(of: client.root) == 1)
    }

    @Test func rejectsNewRootNotSignedByItsOwnKeys() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        repository.root.signers = repository.root.keys
        repository.root.keys = [try SimulatedTUFKey()]
        try repository.publishNextRoot()
        #expect(throws: TUFError.tooFewSignatures(.root, by: .itself, expected: 1, found: 0)) {
            try client.refresh(from: repository)
        }
    }

    /// Five keys of which three sign: which sets of signers lead from one root to the next.
    @Test(arguments: [
        (keys: [0, 1, 2, 3, 4], signers: [0, 4, 1], by: TUFError.Authority?.none),
        (keys: [0, 1, 3, 4, 5], signers: [0, 4, 1], by: nil),
        (keys: [0, 1, 3, 4, 5], signers: [0, 2, 4], by: .itself),
        (keys: [0, 1, 3, 4, 5], signers: [0, 4, 5], by: .trusted),
        (keys: [5, 6, 7, 8, 9], signers: [0, 2, 4, 5, 6, 7], by: nil),
        (keys: [5, 6, 7, 8, 9], signers: [5, 6, 7, 8, 9], by: .trusted),
    ])
    func needsBothThresholds(keys: [Int], signers: [Int], by authority: TUFError.Authority?) throws {
        let all = try (0..<10).map { _ in try SimulatedTUFKey() }
        var repository = try SimulatedTUFRepository()
        repository.root.keys = Array(all[0..<5])
        repository.root.threshold = 3
        try repository.publishRoot()
        var client = try StoredTrust(repository)
        repository.root.keys = keys.map { all[$0] }
        repository.root.signers = signers.map { all[$0] }
        try repository.publishNextRoot()
        if let authority {
            #expect(
                throws: TUFError.tooFewSignatures(
                    .root, by: authority, expected: 3, found: 2 - (signers.count == 5 ? 2 : 0))
            ) {
                try client.refresh(from: repository)
            }
        } else {
            try client.refresh(from: repository)
            #expect(try version(of: client.root) == 2)
        }
    }

    @Test(arguments: [1, 3]) func rejectsRootOfAnyVersionButTheNext(found: Int) throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        repository.root.version = found
        try repository.publishRoot()
        repository.files["2.root.json"] = repository.files["\(found).root.json"]
        #expect(throws: TUFError.otherRootVersion(expected: 2, found: found)) { try client.refresh(from: repository) }
    }

    @Test func passesThroughExpiredRootsAndRefusesTheLast() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        repository.root.expires = SimulatedTUFRepository.now.adding(seconds: -1)
        try repository.publishNextRoot()
        var early = client
        #expect(
            throws: TUFError.expired(.root, expires: repository.root.expires, at: SimulatedTUFRepository.now)
        ) { try early.refresh(from: repository) }
        #expect(try version(of: early.root) == 2, "the new root is trusted nevertheless (5.3.10)")
        repository.root.expires = SimulatedTUFRepository.expires
        try repository.publishNextRoot()
        try client.refresh(from: repository)
        #expect(try version(of: client.root) == 3)
    }

    @Test func withTimestampRefusesAnExpiredRootByItself() throws {
        let repository = try SimulatedTUFRepository()
        let bytes = try #require(repository.files["1.root.json"])
        let timestamp = try #require(repository.files["timestamp.json"])
        let root = try TUFUpdate.Root(trusting: bytes, at: SimulatedTUFRepository.expires)
        var refused: TUFError?
        do throws(TUFError) { _ = try root.withTimestamp(timestamp) } catch { refused = error }
        #expect(
            refused
                == .expired(.root, expires: SimulatedTUFRepository.expires, at: SimulatedTUFRepository.expires))
    }

    @Test func stopsAfterSoManyRoots() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        for _ in 0..<4 { try repository.publishNextRoot() }
        var limits = TUFLimits()
        limits.rootRotations = 3
        #expect(throws: TUFError.tooManyRootRotations(limit: 3)) {
            try client.refresh(from: repository, limits: limits)
        }
        #expect(try version(of: client.root) == 4)
        try client.refresh(from: repository, limits: limits)
        #expect(try version(of: client.root) == 5)
    }

    @Test func survivesTheGreatestVersion() throws {
        var repository = try SimulatedTUFRepository()
        repository.root.version = .max
        try repository.publishRoot()
        let bytes = try #require(repository.files["\(Int.max).root.json"])
        let root = try TUFUpdate.Root(trusting: bytes, at: SimulatedTUFRepository.now)
        let next = root.next
        #expect(next == nil)
        var refused: TUFError?
        do throws(TUFError) { _ = try root.rotated(to: bytes) } catch { refused = error }
        #expect(refused?.code == .tufWrongRootVersion)
    }

    /// Without the digits being read as a point, root 1 has no key that could sign.
    @Test func readsPointsAsKeysInRootMetadataOnly() throws {
        var key = try SimulatedTUFKey(.ecdsaP256)
        key.publicText = key.point
        key.keyType = "ecdsa-sha2-nistp256"
        var repository = try SimulatedTUFRepository()
        repository.root.keys = [key]
        try repository.publishRoot()
        var client = try StoredTrust(repository)
        try client.refresh(from: repository)

        repository.delegated["a"] = try SimulatedTUFTargets()
        repository.delegated["a"]?.role.keys = [key]
        repository.targets.delegations = [.init("a", try #require(repository.delegated["a"]).role)]
        repository.add("x", [1], to: "a")
        try repository.publishNext()
        #expect(throws: TUFError.tooFewSignatures(.delegated("a"), by: .trusted, expected: 1, found: 0)) {
            _ = try client.find("x", in: repository)
        }
    }

    @Test func aPointAndItsPEMAreOneKey() throws {
        let key = try SimulatedTUFKey(.ecdsaP256)
        var point = key
        point.publicText = key.point
        point.keyID = "point"
        var repository = try SimulatedTUFRepository()
        repository.root.keys = [key, point]
        repository.root.threshold = 2
        try repository.publishRoot()
        var client = try StoredTrust(repository)
        #expect(throws: TUFError.tooFewSignatures(.root, by: .itself, expected: 2, found: 1)) {
            try client.refresh(from: repository)
        }
    }
}

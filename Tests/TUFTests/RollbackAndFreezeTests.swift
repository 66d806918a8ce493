import Simulators
import StrictEncoding
import TUF
import Testing

/// Sections 5.4 and 5.5, and the attacks of section 1.5.2: rollback, fast forward, freeze.
@Suite struct RollbackAndFreezeTests {
    @Test func rejectsTimestampRollback() throws {
        var repository = try SimulatedTUFRepository()
        let old = repository
        var client = try StoredTrust(repository)
        try repository.publishNext()
        try client.refresh(from: repository)
        let error = TUFError.rollback(statedBy: .timestamp, of: "timestamp.json", trusted: 2, found: 1)
        #expect(throws: error) { try client.refresh(from: old) }
        #expect(try version(of: client.timestamp) == 2)
    }

    @Test(arguments: [false, true]) func rejectsSnapshotRollback(listsHashes: Bool) throws {
        var repository = try SimulatedTUFRepository()
        repository.listsHashes = listsHashes
        var client = try StoredTrust(repository)
        try repository.publishNext()
        try client.refresh(from: repository)
        repository.snapshot.version = 1
        repository.timestamp.version = 3
        try repository.publish()
        #expect(throws: TUFError.rollback(statedBy: .timestamp, of: "snapshot.json", trusted: 2, found: 1)) {
            try client.refresh(from: repository)
        }
        #expect(try version(of: client.timestamp) == 2)
    }

    @Test(arguments: [false, true]) func rejectsTargetsRollback(listsHashes: Bool) throws {
        var repository = try SimulatedTUFRepository()
        repository.listsHashes = listsHashes
        var client = try StoredTrust(repository)
        try repository.publishNext()
        try client.refresh(from: repository)
        try repository.publishNext()
        repository.targets.role.version = 1
        try repository.publish()
        #expect(throws: TUFError.rollback(statedBy: .snapshot, of: "targets.json", trusted: 2, found: 1)) {
            try client.refresh(from: repository)
        }
        #expect(try version(of: client.snapshot) == 2)
    }

    @Test func rejectsDelegatedRollbackThoughNobodyFetchedTheRole() throws {
        var repository = try SimulatedTUFRepository()
        repository.delegated["a"] = try SimulatedTUFTargets()
        repository.delegated["a"]?.role.version = 7
        try repository.publishNext()
        var client = try StoredTrust(repository)
        try client.refresh(from: repository)
        try repository.publishNext()
        repository.delegated["a"]?.role.version = 6
        try repository.publish()
        #expect(throws: TUFError.rollback(statedBy: .snapshot, of: "a.json", trusted: 8, found: 6)) {
            try client.refresh(from: repository)
        }
    }

    @Test func rejectsRemovalOfARoleFromTheSnapshot() throws {
        var repository = try SimulatedTUFRepository()
        repository.alsoListed = ["a.json": 1]
        try repository.publishNext()
        var client = try StoredTrust(repository)
        try client.refresh(from: repository)
        repository.alsoListed = [:]
        try repository.publishNext()
        #expect(throws: TUFError.droppedFromSnapshot("a.json")) { try client.refresh(from: repository) }
    }

    @Test func discardsATimestampOfTheSameVersion() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        try client.refresh(from: repository)
        let stored = client.timestamp
        repository.snapshot.version = 100
        try repository.publishTimestamp()
        try client.refresh(from: repository)
        #expect(client.timestamp == stored)
        #expect(try version(of: client.snapshot) == 1)
    }

    /// What is stored of a compromised key's time does not outlive the key.
    @Test func recoversFromFastForwardOfTheTimestamp() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        repository.timestamp.version = .max
        try repository.publish()
        try client.refresh(from: repository)
        repository.timestamp.keys = [try SimulatedTUFKey()]
        repository.timestamp.version = 1
        try repository.publishNextRoot()
        try repository.publish()
        try client.refresh(from: repository)
        #expect(try version(of: client.timestamp) == 1)
    }

    @Test func recoversFromFastForwardOfSnapshotAndTargets() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        repository.snapshot.version = 1_000
        repository.targets.role.version = 1_000
        repository.alsoListed = ["unwanted.json": 9]
        try repository.publish()
        try client.refresh(from: repository)
        repository.snapshot.keys = [try SimulatedTUFKey()]
        repository.snapshot.version = 1
        repository.targets.role.version = 1
        repository.timestamp.version = 2
        repository.alsoListed = [:]
        try repository.publishNextRoot()
        try repository.publish()
        try client.refresh(from: repository)
        #expect(try version(of: client.snapshot) == 1)
        #expect(try version(of: client.targets) == 1)
    }

    /// One of two keys was stolen and is revoked; the other one signed the attacker's versions too, or could have.
    @Test func recoversWhenOneOfTwoKeysIsRevoked() throws {
        var repository = try SimulatedTUFRepository()
        let stolen = try SimulatedTUFKey()
        let kept = repository.timestamp.keys
        repository.timestamp.keys += [stolen]
        try repository.publishRoot()
        var client = try StoredTrust(repository)
        repository.timestamp.version = 1_000
        try repository.publish()
        try client.refresh(from: repository)
        repository.timestamp.keys = kept
        repository.timestamp.version = 2
        try repository.publishNextRoot()
        try repository.publish()
        try client.refresh(from: repository)
        #expect(try version(of: client.timestamp) == 2)
    }

    @Test func aNewKeyBesideTheOldOnesOpensNoWayBack() throws {
        var repository = try SimulatedTUFRepository()
        let old = repository
        var client = try StoredTrust(repository)
        try repository.publishNext()
        try client.refresh(from: repository)
        repository.timestamp.keys += [try SimulatedTUFKey()]
        try repository.publishNextRoot()
        var attacked = repository
        attacked.files["timestamp.json"] = old.files["timestamp.json"]
        #expect(throws: TUFError.rollback(statedBy: .timestamp, of: "timestamp.json", trusted: 2, found: 1)) {
            try client.refresh(from: attacked)
        }
    }

    /// A freeze attack repeats what was once right; time ends it.
    @Test func rejectsExpiredTimestamp() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        try client.refresh(from: repository)
        repository.timestamp.expires = SimulatedTUFRepository.now
        repository.timestamp.version = 2
        try repository.publish()
        #expect(
            throws: TUFError.expired(.timestamp, expires: SimulatedTUFRepository.now, at: SimulatedTUFRepository.now)
        ) { try client.refresh(from: repository) }
        #expect(try version(of: client.timestamp) == 1)
    }

    @Test func aStoredTimestampDoesNotOutliveItsExpiry() throws {
        var repository = try SimulatedTUFRepository()
        repository.root.expires = .latest
        repository.snapshot.expires = .latest
        repository.targets.role.expires = .latest
        try repository.publishRoot()
        try repository.publish()
        var client = try StoredTrust(repository)
        let last = SimulatedTUFRepository.expires.adding(seconds: -1)
        try client.refresh(from: repository, at: last)
        let late = SimulatedTUFRepository.expires
        #expect(throws: TUFError.expired(.timestamp, expires: late, at: late)) {
            try client.refresh(from: repository, at: late)
        }
        // An expired stored timestamp is still what newer ones are compared with, and no obstacle to them.
        repository.timestamp.expires = .latest
        repository.timestamp.version = 2
        try repository.publish()
        try client.refresh(from: repository, at: late)
        #expect(try version(of: client.timestamp) == 2)
    }

    @Test func rejectsExpiredSnapshot() throws {
        var repository = try SimulatedTUFRepository()
        repository.snapshot.expires = SimulatedTUFRepository.now
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(
            throws: TUFError.expired(.snapshot, expires: SimulatedTUFRepository.now, at: SimulatedTUFRepository.now)
        ) { try client.refresh(from: repository) }
        #expect(client.timestamp != nil && client.snapshot == nil)
    }

    @Test func rejectsExpiredTargets() throws {
        var repository = try SimulatedTUFRepository()
        repository.targets.role.expires = SimulatedTUFRepository.now
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(
            throws: TUFError.expired(.targets, expires: SimulatedTUFRepository.now, at: SimulatedTUFRepository.now)
        ) { try client.refresh(from: repository) }
        #expect(client.snapshot != nil && client.targets == nil)
    }

    @Test func aStoredFileOfAStrangerIsNotComparedWith() throws {
        var stranger = try SimulatedTUFRepository()
        stranger.timestamp.version = 900
        stranger.snapshot.version = 900
        try stranger.publish()
        let repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        client.timestamp = stranger.files["timestamp.json"]
        client.snapshot = stranger.files["900.snapshot.json"]
        try client.refresh(from: repository)
        #expect(try version(of: client.timestamp) == 1)
    }

    @Test func theChainKnowsItsEarliestExpiry() throws {
        var repository = try SimulatedTUFRepository()
        repository.snapshot.expires = SimulatedTUFRepository.now.adding(seconds: 5)
        try repository.publish()
        var client = try StoredTrust(repository)
        let chain = try client.update(from: repository, at: SimulatedTUFRepository.now)
        let earliest = chain.earliestExpiry
        #expect(earliest.role == .snapshot)
        #expect(earliest.instant == repository.snapshot.expires)
    }
}

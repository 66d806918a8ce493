import Content
import Simulators
import StrictEncoding
import TUF
import Testing

/// Sections 5.5.2, 5.5.4, 5.6.2, 5.6.4 and 4: only what belongs together, of the right kind, and not without end.
@Suite struct MixAndMatchTests {
    @Test func rejectsSnapshotOfAnotherVersion() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        repository.timestamp.version = 2
        repository.snapshot.version = 2
        try repository.publish()
        repository.files["2.snapshot.json"] = repository.files["1.snapshot.json"]
        #expect(throws: TUFError.otherVersion(.snapshot, expected: 2, found: 1)) {
            try client.refresh(from: repository)
        }
    }

    @Test func rejectsTargetsOfAnotherVersion() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        let old = repository.files["1.targets.json"]
        try repository.publishNext()
        repository.files["2.targets.json"] = old
        #expect(throws: TUFError.otherVersion(.targets, expected: 2, found: 1)) {
            try client.refresh(from: repository)
        }
    }

    @Test(arguments: ["snapshot", "targets"]) func rejectsMetadataOfAnotherHash(role: String) throws {
        var repository = try SimulatedTUFRepository()
        repository.listsHashes = true
        try repository.publish()
        var client = try StoredTrust(repository)
        try client.refresh(from: repository)
        var altered = repository
        // As long as before, and signed as before: whitespace at the end becomes another.
        let bytes = try #require(repository.files["1.\(role).json"])
        altered.files["1.\(role).json"] = bytes.dropLast() + [0x20]
        let expected: MetadataRole = role == "snapshot" ? .snapshot : .targets
        #expect(throws: TUFError.otherHash(expected, function: "sha256")) { try client.refresh(from: altered) }
        altered.files["1.\(role).json"] = bytes + [0x20]
        #expect(throws: TUFError.otherLength(expected, expected: bytes.count, found: bytes.count + 1)) {
            try client.refresh(from: altered)
        }
    }

    @Test func aHashOfAnUnknownFunctionAloneProvesNothing() throws {
        var repository = try SimulatedTUFRepository()
        repository.alterations["timestamp"] = {
            $0["meta"] = ["snapshot.json": ["version": 1, "hashes": ["md4": "00"]]]
        }
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(throws: TUFError.noKnownHash(of: "snapshot")) { try client.refresh(from: repository) }
    }

    @Test func everyKnownHashHasToMatch() throws {
        var repository = try SimulatedTUFRepository()
        let hash = Digest(of: try #require(repository.files["1.snapshot.json"])).hex
        repository.alterations["timestamp"] = {
            $0["meta"] = [
                "snapshot.json": [
                    "version": 1,
                    "hashes": ["sha256": .string(hash), "sha512": .string(String(repeating: "0", count: 128))],
                ]
            ]
        }
        try repository.publishTimestamp()
        var client = try StoredTrust(repository)
        #expect(throws: TUFError.otherHash(.snapshot, function: "sha512")) { try client.refresh(from: repository) }
    }

    /// One key signs for two roles; what it signs for one must not pass for the other.
    @Test func rejectsMetadataOfAnotherType() throws {
        var repository = try SimulatedTUFRepository()
        repository.snapshot.keys = repository.timestamp.keys
        repository.alterations["snapshot"] = { $0["meta"] = ["snapshot.json": ["version": 1]] }
        try repository.publishRoot()
        try repository.publish()
        repository.files["timestamp.json"] = repository.files["1.snapshot.json"]
        var client = try StoredTrust(repository)
        #expect(throws: TUFError.malformed(.timestamp, .otherType(expected: "timestamp", found: "snapshot"))) {
            try client.refresh(from: repository)
        }
    }

    @Test(arguments: ["2.0.0", "1", "1.0.0.0", "1.x", "10.0", "01.0", "", "1..0"])
    func rejectsOtherSpecifications(text: String) throws {
        var repository = try SimulatedTUFRepository()
        repository.alterations["timestamp"] = { $0["spec_version"] = .string(text) }
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(throws: TUFError.malformed(.timestamp, .otherSpecification(found: text))) {
            try client.refresh(from: repository)
        }
    }

    @Test(arguments: ["0", "-1", "1.0", "1e0", "\"1\"", "9223372036854775808", "null", "-0"])
    func rejectsVersionsThatAreNone(literal: String) throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        let text = String(decoding: try #require(repository.files["timestamp.json"]), as: UTF8.self)
        // The last of the two: that of the timestamp itself.
        let range = try #require(text.ranges(of: "\"version\": 1").last)
        let altered = text[..<range.lowerBound] + "\"version\": " + literal + text[range.upperBound...]
        repository.files["timestamp.json"] = Array(altered.utf8)
        #expect(
            throws: TUFError.malformed(.timestamp, .expected("an integer of at least 1", at: "signed.version"))
        ) { try client.refresh(from: repository) }
    }

    @Test func rejectsAVersionOfZeroAsMalformed() throws {
        var repository = try SimulatedTUFRepository()
        repository.timestamp.version = 0
        try repository.publish()
        var client = try StoredTrust(repository)
        #expect(
            throws: TUFError.malformed(.timestamp, .expected("an integer of at least 1", at: "signed.version"))
        ) { try client.refresh(from: repository) }
    }

    @Test func rejectsDuplicateMembers() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        let text = String(decoding: try #require(repository.files["timestamp.json"]), as: UTF8.self)
        repository.files["timestamp.json"] = Array(
            text.replacing("\"_type\"", with: "\"version\": 9, \"_type\"").utf8)
        var refused: TUFError?
        do { try client.refresh(from: repository) } catch let error as TUFError { refused = error }
        guard case .malformed(.timestamp, .json(.duplicateKey("version", _))) = refused else {
            Issue.record("found \(String(describing: refused))")
            return
        }
    }

    @Test func rejectsNumbersWithoutCanonicalForm() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        let text = String(decoding: try #require(repository.files["timestamp.json"]), as: UTF8.self)
        repository.files["timestamp.json"] = Array(text.replacing("\"_type\"", with: "\"x\": 1.5, \"_type\"").utf8)
        #expect(throws: TUFError.malformed(.timestamp, .notCanonical(.notAnInteger(literal: "1.5")))) {
            try client.refresh(from: repository)
        }
    }

    /// A malformed answer is an error like any other (CVE-2026-23991), whatever it is.
    @Test(arguments: [
        "", "{}", "[]", "null", "{\"signed\": 1, \"signatures\": []}", "{\"signed\": {}}", "<html></html>",
        "{\"signed\": {\"_type\": \"timestamp\", \"spec_version\": \"1.0\", \"version\": 1, \"expires\": \"2040-01-01T00:00:00Z\", \"meta\": {}}}",
        "{\"signed\": {\"_type\": \"timestamp\", \"spec_version\": \"1.0\", \"version\": 1, \"expires\": \"never\", \"meta\": {}}, \"signatures\": []}",
        "{\"signed\": {\"_type\": \"timestamp\", \"spec_version\": \"1.0\", \"version\": 1, \"expires\": \"2040-01-01T00:00:00Z\", \"meta\": {}}, \"signatures\": [1]}",
    ])
    func rejectsMalformedAnswers(text: String) throws {
        var repository = try SimulatedTUFRepository()
        repository.files["timestamp.json"] = Array(text.utf8)
        var client = try StoredTrust(repository)
        var refused: TUFError?
        do { try client.refresh(from: repository) } catch let error as TUFError { refused = error }
        #expect(refused?.code == .tufMalformedMetadata)
    }

    @Test func rejectsEndlessMetadata() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        repository.files["timestamp.json"]? += [UInt8](repeating: 0x20, count: TUFLimits.standard.timestampBytes)
        #expect(throws: TUFError.metadataTooLarge(.timestamp, limit: TUFLimits.standard.timestampBytes)) {
            try client.refresh(from: repository)
        }
        repository = try SimulatedTUFRepository()
        client = try StoredTrust(repository)
        repository.alterations["timestamp"] = {
            $0["meta"] = ["snapshot.json": ["version": 1, "length": 2_000_001]]
        }
        try repository.publish()
        #expect(throws: TUFError.metadataTooLarge(.snapshot, limit: TUFLimits.standard.snapshotBytes)) {
            try client.refresh(from: repository)
        }
    }

    @Test func rejectsDeepMetadata() throws {
        var repository = try SimulatedTUFRepository()
        let deep = (0..<TUFLimits.standard.depth).reduce(JSONTree.null) { tree, _ in [tree] }
        repository.alterations["timestamp"] = { $0["x"] = deep }
        try repository.publish()
        var client = try StoredTrust(repository)
        var refused: TUFError?
        do { try client.refresh(from: repository) } catch let error as TUFError { refused = error }
        #expect(refused?.code == .limitTUFMetadata)
    }

    @Test func asksForVersionedFilesOnlyOfConsistentSnapshots() throws {
        var repository = try SimulatedTUFRepository()
        repository.consistentSnapshot = false
        repository.delegated["a"] = try SimulatedTUFTargets()
        repository.targets.delegations = [.init("a", try #require(repository.delegated["a"]).role, paths: ["*/*"])]
        repository.add("dir/file", [1, 2, 3], to: "a")
        repository.files = [:]
        try repository.publishRoot()
        try repository.publish()
        #expect(
            Set(repository.files.keys) == ["1.root.json", "timestamp.json", "snapshot.json", "targets.json", "a.json"])
        var client = try StoredTrust(repository)
        let file = try #require(try client.find("dir/file", in: repository).file)
        let chain = try client.update(from: repository, at: SimulatedTUFRepository.now)
        let plain = try chain.location(of: file)
        #expect(plain.path == "dir/file")

        repository.consistentSnapshot = true
        try repository.publishNextRoot()
        try repository.publish()
        let consistent = try client.update(from: repository, at: SimulatedTUFRepository.now)
        let hashed = try consistent.location(of: file)
        #expect(hashed.path == "dir/\(Digest(of: [1, 2, 3]).hex).file")
        #expect(hashed.limit == 3)
    }

    @Test func storedMetadataIsAcceptedOnlyIfItIsTheListedOne() throws {
        var repository = try SimulatedTUFRepository()
        var client = try StoredTrust(repository)
        try client.refresh(from: repository)
        let snapshot = try #require(client.snapshot)
        let targets = try #require(client.targets)
        func state(_ repository: SimulatedTUFRepository) throws -> TUFUpdate.WithTimestamp {
            try TUFUpdate.Root(trusting: client.root, at: SimulatedTUFRepository.now)
                .withTimestamp(try #require(repository.files["timestamp.json"]))
        }
        let same = try state(repository)
        let snapshots = [same.accepts(snapshot: snapshot), same.accepts(snapshot: targets)]
        #expect(snapshots == [true, false])
        let sameSnapshot = try same.withSnapshot(snapshot)
        let both = [sameSnapshot.accepts(targets: targets), sameSnapshot.accepts(targets: snapshot)]
        #expect(both == [true, false])
        try repository.publishNext()
        let newer = try state(repository)
        let isStillAccepted = newer.accepts(snapshot: snapshot)
        #expect(!isStillAccepted)
    }
}

import PKI
import Signing
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Entries as a whole: what proves them, and what a changed part makes of them.
struct LogEntryTests {
    @Test(arguments: LogEntryKind.allCases)
    func verifiesAnEntryOfEveryKind(_ kind: LogEntryKind) throws {
        var scene = try LogScene()
        let entry = try scene.log(kind)
        let verified = try scene.verify(entry, for: scene.item(for: kind))
        #expect(verified.kind == kind)
        #expect(verified.inclusion?.logIndex == 5 && verified.inclusion?.checkpoint.head.size == 6)
        switch kind.generation {
        case .rekor1:
            #expect(verified.time?.time == LogScene.time)
            #expect(verified.log == (try scene.rekor1.trusted()))
        case .rekor2:
            #expect(verified.time == nil)
            #expect(verified.log == (try scene.rekor2.trusted()))
        }
    }

    @Test
    func verifiesByTheTimeOfThePromiseAlone() throws {
        var scene = try LogScene()
        let entry = try scene.log(.hashedrekord001)
        let promise = try VerifiedLogTime(promiseOf: entry, by: scene.logs)
        let verified = try VerifiedLogEntry(
            entry, for: scene.messageItem(), in: scene.logs, promise: promise, at: [])
        #expect(verified.time == promise && verified.inclusion != nil)
    }

    /// A promise that was verified for one entry does not date another.
    @Test
    func rejectsThePromiseOfAnotherEntry() throws {
        var scene = try LogScene()
        let promise = try VerifiedLogTime(promiseOf: scene.log(.hashedrekord001), by: scene.logs)
        var entry = try scene.log(.hashedrekord001)
        entry.inclusionPromise = [1, 2, 3]
        #expect(throws: LogEntryError.invalidPromise) {
            try VerifiedLogEntry(entry, for: scene.messageItem(), in: scene.logs, promise: promise, at: [])
        }
    }

    // MARK: Time

    /// `integratedTime` trusted without a signed promise (sigstore-js CVE-2026-48816).
    @Test
    func rejectsIntegratedTimeWithoutPromise() throws {
        var scene = try LogScene()
        var entry = try scene.log(.hashedrekord001)
        entry.inclusionPromise = nil
        #expect(throws: LogEntryError.noPromise) { try VerifiedLogTime(promiseOf: entry, by: scene.logs) }
        #expect(code { _ = try VerifiedLogTime(promiseOf: entry, by: scene.logs) } == "log.no-promise")
        #expect(throws: LogEntryError.noVerifiedTime) { try scene.verify(entry, for: scene.messageItem(), at: []) }
        #expect(code { _ = try scene.verify(entry, for: scene.messageItem(), at: []) } == "log.no-verified-time")
        #expect(try scene.verify(entry, for: scene.messageItem()).time == nil)
    }

    @Test
    func ignoresIntegratedTimeOfRekor2() throws {
        var scene = try LogScene()
        var entry = try scene.log(.hashedrekord002)
        entry.integratedTime = LogScene.time.secondsSince1970
        entry.inclusionPromise = try scene.rekor1.promise(for: entry)
        #expect(throws: LogEntryError.promiseOfRekor2) { try VerifiedLogTime(promiseOf: entry, by: scene.logs) }
        #expect(throws: LogEntryError.noVerifiedTime) { try scene.verify(entry, for: scene.messageItem(), at: []) }
        #expect(try scene.verify(entry, for: scene.messageItem()).time == nil)
    }

    /// The time of a promise is not looked at before its signature.
    @Test
    func rejectsPromiseWithAnotherTime() throws {
        var scene = try LogScene()
        let sound = try scene.log(.hashedrekord001)
        for time in [sound.integratedTime + 1, 0, -1, .min, .max, 253_402_300_800] {
            var entry = sound
            entry.integratedTime = time
            #expect(throws: LogEntryError.invalidPromise) { try VerifiedLogTime(promiseOf: entry, by: scene.logs) }
            #expect(code { _ = try scene.verify(entry, for: scene.messageItem()) } == "log.invalid-promise")
        }
    }

    @Test
    func rejectsSignedTimesThatAreNone() throws {
        var scene = try LogScene()
        let sound = try scene.log(.hashedrekord001)
        for time in [0, -1, 253_402_300_800] as [Int64] {
            var entry = sound
            entry.integratedTime = time
            entry.inclusionPromise = try scene.rekor1.promise(for: entry)
            #expect(throws: LogEntryError.malformedIntegratedTime(time)) {
                try VerifiedLogTime(promiseOf: entry, by: scene.logs)
            }
        }
    }

    /// The log key's period is a closed interval (sigstore-go CVE-2026-54787).
    @Test
    func holdsTheKeysValidityAsAClosedInterval() throws {
        var scene = try LogScene()
        let entry = try scene.log(.hashedrekord001)
        let (before, at, after) = (LogScene.time.adding(seconds: -1), LogScene.time, LogScene.time.adding(seconds: 1))
        for (start, end, holds) in [
            (at, at, true), (before, at, true), (at, after, true), (after, after, false), (before, before, false),
        ] {
            let logs = TrustedLogs([try scene.rekor1.trusted(start: start, end: end)])
            if holds {
                #expect(try VerifiedLogTime(promiseOf: entry, by: logs).time == at)
                #expect(try scene.verify(entry, for: scene.messageItem(), in: logs, at: []).log == logs.logs.first)
            } else {
                #expect(throws: LogEntryError.keyNotValid(at: at)) {
                    try VerifiedLogTime(promiseOf: entry, by: logs)
                }
                #expect(code { _ = try scene.verify(entry, for: scene.messageItem(), in: logs) } == "log.key-not-valid")
            }
        }
    }

    /// Every timestamp counts, not only the earliest.
    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002])
    func rejectsAnyTimeOutsideTheKeysValidity(_ kind: LogEntryKind) throws {
        var scene = try LogScene()
        let entry = try scene.log(kind)
        let end = LogScene.time.adding(seconds: 60)
        let logs = TrustedLogs([try scene.rekor1.trusted(end: end), try scene.rekor2.trusted(end: end)])
        _ = try scene.verify(entry, for: scene.messageItem(), in: logs, at: [LogScene.time, end])
        for late in [[LogScene.time, end.adding(seconds: 1)], [end.adding(seconds: 1), LogScene.time]] {
            #expect(throws: LogEntryError.keyNotValid(at: end.adding(seconds: 1))) {
                try scene.verify(entry, for: scene.messageItem(), in: logs, at: late)
            }
        }
    }

    @Test
    func findsThePeriodOfAKeyThatIsListedTwice() throws {
        var scene = try LogScene()
        let entry = try scene.log(.hashedrekord001)
        let old = try scene.rekor1.trusted(
            start: LogScene.time.adding(seconds: -10), end: LogScene.time.adding(seconds: -5))
        let now = try scene.rekor1.trusted(start: LogScene.time)
        let verified = try scene.verify(entry, for: scene.messageItem(), in: TrustedLogs([old, now]))
        #expect(verified.log == now && verified.time?.log == now)
    }

    // MARK: The promise

    @Test
    func rejectsPromiseForAnotherIndexBodyOrLog() throws {
        var scene = try LogScene()
        let sound = try scene.log(.hashedrekord001)
        var index = sound
        index.logIndex += 1
        var body = sound
        body.canonicalizedBody.append(0x20)
        for entry in [index, body] {
            #expect(throws: LogEntryError.invalidPromise) { try VerifiedLogTime(promiseOf: entry, by: scene.logs) }
        }
        var log = sound
        log.logID[0] ^= 1
        #expect(throws: LogEntryError.unknownLog) { try VerifiedLogTime(promiseOf: log, by: scene.logs) }
    }

    /// Keys come from the root only (gitsign CVE-2023-47122): a log that is none of its logs proves nothing, whatever
    /// it calls itself.
    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002])
    func rejectsEntriesOfALogOutsideTheRoot(_ kind: LogEntryKind) throws {
        let scene = try LogScene()
        var impostor = try LogScene()
        let entry = try impostor.log(scene.submission(kind))
        #expect(throws: LogEntryError.unknownLog) { try scene.verify(entry, for: scene.messageItem()) }
        #expect(code { _ = try scene.verify(entry, for: scene.messageItem()) } == "log.unknown-log")
        #expect(throws: LogEntryError.unknownLog) {
            try scene.verify(entry, for: scene.messageItem(), in: TrustedLogs([]))
        }
        // Under the name of a trusted log its signatures do not hold.
        var renamed = entry
        renamed.logID = scene.rekor1.logID
        #expect(throws: LogEntryError.self) { try scene.verify(renamed, for: scene.messageItem()) }
    }

    /// An entry with a promise that does not hold is refused, even if its inclusion is proven.
    @Test
    func rejectsAFalsePromiseBesideASoundProof() throws {
        var scene = try LogScene()
        var entry = try scene.log(.hashedrekord001)
        entry.inclusionPromise = try scene.key.sign(entry.canonicalizedBody)
        #expect(throws: LogEntryError.invalidPromise) { try scene.verify(entry, for: scene.messageItem()) }
    }

    @Test
    func acceptsPromiseAloneOnlyOnRequest() throws {
        var scene = try LogScene()
        let insecure = LogProofRequirement(insecureAcceptsPromiseAlone: true)
        var entry = try scene.log(.hashedrekord001)
        let proof = try #require(entry.inclusionProof)
        entry.inclusionProof = nil
        #expect(throws: LogEntryError.noInclusionProof) { try scene.verify(entry, for: scene.messageItem()) }
        #expect(code { _ = try scene.verify(entry, for: scene.messageItem()) } == "log.no-inclusion-proof")
        let verified = try scene.verify(entry, for: scene.messageItem(), at: [], requiring: insecure)
        #expect(verified.inclusion == nil && verified.time?.time == LogScene.time)

        // A proof without a checkpoint is none; but it must not be false.
        entry.inclusionProof = proof
        entry.inclusionProof?.checkpoint = nil
        #expect(throws: LogEntryError.noCheckpoint) { try scene.verify(entry, for: scene.messageItem()) }
        #expect(try scene.verify(entry, for: scene.messageItem(), requiring: insecure).inclusion == nil)
        entry.inclusionProof?.hashes[0][0] ^= 1
        #expect(throws: LogEntryError.inclusion(.rootMismatch)) {
            try scene.verify(entry, for: scene.messageItem(), requiring: insecure)
        }

        // Neither proof nor promise: nothing.
        entry.inclusionProof = nil
        entry.inclusionPromise = nil
        #expect(throws: LogEntryError.noInclusionProof) {
            try scene.verify(entry, for: scene.messageItem(), requiring: insecure)
        }
        // Where a whole proof is given, it has to hold, whatever is accepted without one.
        entry = try scene.log(.hashedrekord001)
        entry.inclusionProof?.checkpoint = try scene.rekor2.proof(of: 0).checkpoint
        #expect(throws: LogEntryError.checkpoint(.notSignedByLog)) {
            try scene.verify(entry, for: scene.messageItem(), requiring: insecure)
        }
    }

    @Test
    func rejectsEntryOfRekor2WithoutProof() throws {
        var scene = try LogScene()
        var entry = try scene.log(.hashedrekord002)
        entry.inclusionProof = nil
        let insecure = LogProofRequirement(insecureAcceptsPromiseAlone: true)
        #expect(throws: LogEntryError.noInclusionProof) {
            try scene.verify(entry, for: scene.messageItem(), requiring: insecure)
        }
    }

    /// RFC 8785 writes numbers as doubles: beyond 53 bits two indices would have one signature.
    @Test
    func rejectsPromisesOfNumbersThatCanonicalJSONConfuses() throws {
        var scene = try LogScene()
        let sound = try scene.log(.hashedrekord001)
        for index in [(1 << 53) + 1, Int64.max, .min] as [Int64] {
            var entry = sound
            entry.logIndex = index
            entry.inclusionPromise = try scene.rekor1.promise(for: entry)
            #expect(throws: LogEntryError.invalidPromise) { try VerifiedLogTime(promiseOf: entry, by: scene.logs) }
        }
        var largest = sound
        largest.logIndex = 1 << 53
        largest.inclusionPromise = try scene.rekor1.promise(for: largest)
        #expect(try VerifiedLogTime(promiseOf: largest, by: scene.logs).time == LogScene.time)
    }

    // MARK: The proof

    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002])
    func rejectsTheCheckpointOfAnotherLog(_ kind: LogEntryKind) throws {
        var scene = try LogScene()
        var entry = try scene.log(kind)
        var other = try SimulatedRekor(kind.generation, name: "other.example", time: LogScene.time)
        for leaf in (kind.generation == .rekor1 ? scene.rekor1 : scene.rekor2).tree.leaves {
            _ = try other.log(body: leaf, kind: "", version: "")
        }
        // The same tree under another log's key.
        entry.inclusionProof?.checkpoint = try other.proof(of: 5).checkpoint
        #expect(throws: LogEntryError.self) { try scene.verify(entry, for: scene.messageItem()) }
        let all = TrustedLogs(try scene.logs.logs + [try other.trusted()])
        switch kind.generation {
        case .rekor1:
            // The entry names its log, and that is not the one that signed.
            #expect(throws: LogEntryError.checkpoint(.notSignedByLog)) {
                try scene.verify(entry, for: scene.messageItem(), in: all)
            }
            #expect(
                code { _ = try scene.verify(entry, for: scene.messageItem(), in: all) }
                    == "checkpoint.not-signed-by-log")
        case .rekor2:
            // The checkpoint alone names the log: this is a sound entry of the other one.
            #expect(try scene.verify(entry, for: scene.messageItem(), in: all).log == (try other.trusted()))
        }
    }

    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002])
    func rejectsProofOfAnotherTree(_ kind: LogEntryKind) throws {
        var scene = try LogScene()
        let sound = try scene.log(kind)
        let rekor = kind.generation == .rekor1 ? scene.rekor1 : scene.rekor2

        // A sound checkpoint of the log, of a smaller tree.
        var older = sound
        older.inclusionProof?.checkpoint = try rekor.checkpoint(of: rekor.tree.head(size: 3))
        #expect(throws: LogEntryError.otherTree) { try scene.verify(older, for: scene.messageItem()) }

        // A tree of one leaf, which needs no proof but the attacker's own word.
        var alone = sound
        alone.inclusionProof = InclusionProof(
            logIndex: 0, rootHash: MerkleTree.leafHash(sound.canonicalizedBody), treeSize: 1, hashes: [],
            checkpoint: sound.inclusionProof?.checkpoint)
        #expect(throws: LogEntryError.otherTree) { try scene.verify(alone, for: scene.messageItem()) }

        // A size that makes a longer proof look right.
        var size = sound
        size.inclusionProof?.treeSize += 1
        #expect(throws: LogEntryError.self) { try scene.verify(size, for: scene.messageItem()) }

        // Another leaf of the same tree.
        var leaf = sound
        leaf.inclusionProof = try rekor.proof(of: 2)
        #expect(throws: LogEntryError.inclusion(.rootMismatch)) {
            try scene.verify(leaf, for: scene.messageItem())
        }
        #expect(code { _ = try scene.verify(leaf, for: scene.messageItem()) } == "log.invalid-inclusion-proof")
    }

    @Test
    func rejectsHostileNumbers() throws {
        var scene = try LogScene()
        let sound = try scene.log(.hashedrekord002)
        for (index, size) in [(-1, 6), (5, -1), (Int64.min, Int64.max), (.max, .min)] as [(Int64, Int64)] {
            var entry = sound
            entry.inclusionProof?.logIndex = index
            entry.inclusionProof?.treeSize = size
            #expect(throws: LogEntryError.negativeNumber) { try scene.verify(entry, for: scene.messageItem()) }
        }
        for (index, size) in [(0, 0), (6, 6), (.max, .max), (5, .max)] as [(Int64, Int64)] {
            var entry = sound
            entry.inclusionProof?.logIndex = index
            entry.inclusionProof?.treeSize = size
            #expect(throws: LogEntryError.self) { try scene.verify(entry, for: scene.messageItem()) }
        }
        var long = sound
        long.inclusionProof?.hashes = Array(repeating: sound.canonicalizedBody, count: 65)
        #expect(throws: LogEntryError.tooManyProofHashes(limit: 64)) {
            try scene.verify(long, for: scene.messageItem())
        }
        #expect(code { _ = try scene.verify(long, for: scene.messageItem()) } == "limit.log-entry")
    }

    /// A body of Rekor 1 in a tree of Rekor 2, or the reverse, is looked for in logs of its own generation only.
    @Test
    func rejectsEntriesInALogOfTheOtherGeneration() throws {
        var scene = try LogScene()
        let first = try scene.rekor2.log(scene.submission(.hashedrekord001))
        #expect(throws: LogEntryError.unknownLog) { try scene.verify(first, for: scene.messageItem()) }
        var second = try scene.rekor1.log(scene.submission(.hashedrekord002))
        second.inclusionPromise = nil
        #expect(throws: LogEntryError.unknownLog) { try scene.verify(second, for: scene.messageItem()) }
    }

    // MARK: Counting

    /// A threshold of logs met by one log that signs many entries (sigstore-go CVE-2026-49834).
    @Test
    func countsTwoEntriesOfOneLogOnce() throws {
        var scene = try LogScene()
        let first = try scene.log(.hashedrekord001)
        let second = try scene.log(.hashedrekord001)
        let third = try scene.log(.hashedrekord002)
        let item = scene.messageItem()
        let (one, two, three) = (
            try scene.verify(first, for: item), try scene.verify(second, for: item), try scene.verify(third, for: item)
        )
        #expect(one != two)
        #expect(VerifiedLogEntry.distinctLogs([]) == 0)
        #expect(VerifiedLogEntry.distinctLogs([one, two]) == 1)
        #expect(VerifiedLogEntry.distinctLogs([one, one]) == 1)
        #expect(VerifiedLogEntry.distinctLogs([one, two, three]) == 2)
    }

    @Test
    func countsOneKeyOnceUnderTwoNames() throws {
        var scene = try LogScene()
        let entry = try scene.log(.hashedrekord001)
        let (old, new) = (
            try scene.rekor1.trusted(start: LogScene.time.adding(seconds: -10)), try scene.rekor1.trusted()
        )
        let verified = try [old, new].map {
            try scene.verify(entry, for: scene.messageItem(), in: TrustedLogs([$0]))
        }
        #expect(verified[0].log != verified[1].log)
        #expect(VerifiedLogEntry.distinctLogs(verified) == 1)
    }

    // MARK: Witnesses

    @Test
    func demandsTheWitnessesOfTheRoot() throws {
        var scene = try LogScene()
        let witness = try SimulatedWitness(time: LogScene.time)
        let trusted = try #require(witness.trusted)
        let requirement = LogProofRequirement(
            witnesses: try #require(WitnessRequirement(atLeast: 1, of: [trusted])))
        let alone = try scene.log(.hashedrekord002)
        #expect(throws: LogEntryError.checkpoint(.tooFewWitnesses(expected: 1, found: 0))) {
            try scene.verify(alone, for: scene.messageItem(), requiring: requirement)
        }
        scene.rekor2.witnesses = [witness]
        let seen = try scene.log(.hashedrekord002)
        let verified = try scene.verify(seen, for: scene.messageItem(), requiring: requirement)
        #expect(verified.inclusion?.checkpoint.cosignatures.map(\.witness) == [trusted])
        #expect(verified.inclusion?.checkpoint.cosignatures.map(\.time) == [LogScene.time])
    }
}

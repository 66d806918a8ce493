import Foundation
import Glibc
import StrictEncoding
import Testing

@testable import VerdictStorage

/// What `audit` and `rollout` rely on: whoever asks what happened changes nothing, whatever he asks.
@Suite struct ReadOnlyStoreTests {
    @Test(arguments: StoreKind.here) func readsAndRefusesEveryChange(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let writer = try place.open()
            let verdict = StoredVerdict.sample()
            try await writer.append([verdict])
            _ = try await writer.enqueue(NewJob(kind: "k", key: "a", payload: [], notBefore: .noon()))
            let reader = try place.open(.readOnly)
            #expect(try await everything(in: reader) == [verdict])
            #expect(try await reader.verdict(verdict.id) == verdict)
            #expect(try await reader.rollout(since: .noon()).count == 1)
            #expect(
                try await reader.deleteVerdicts(before: .noon(9), keepingLatestPerDigest: false, dryRun: true) == 1)
            let refused = VerdictStoreError.refused("it was opened for reading only")
            await #expect(throws: refused) { try await reader.append([.sample(1)]) }
            await #expect(throws: refused) { try await reader.check() }
            await #expect(throws: refused) {
                _ = try await reader.deleteVerdicts(before: .noon(9), keepingLatestPerDigest: false, dryRun: false)
            }
            await #expect(throws: refused) {
                _ = try await reader.enqueue(NewJob(kind: "k", key: "b", payload: [], notBefore: .noon()))
            }
            await #expect(throws: refused) {
                _ = try await reader.claim(kinds: ["k"], limit: 1, at: .noon(), lease: 9, worker: "w")
            }
            #expect(try await everything(in: writer) == [verdict])
            // What is written afterwards is seen.
            try await writer.append([.sample(2)])
            #expect(try await everything(in: reader).count == 2)
            await reader.close()
            await writer.close()
        }
    }

    /// The schema is the server's to change: a reader says what it found and what it expected.
    @Test(arguments: StoreKind.here) func anOlderSchemaIsNamedAndLeftAsItIs(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let engine = try place.engine()
            try await engine.change("DELETE FROM schema_migration WHERE name = '2026-11-queue'")
            let reader = try place.open(.readOnly)
            let error = VerdictStoreError.olderSchema(found: "2026-11-verdicts", expected: "2026-11-queue")
            await #expect(throws: error) { _ = try await everything(in: reader) }
            #expect(
                error.description
                    == "the verdict store was made by an older version: expected the schema 2026-11-queue, found "
                    + "2026-11-verdicts; reading does not change it: start `landwaiter serve` of this version, which does"
            )
            #expect(!error.isTransient)
            #expect(try await engine.count("schema_migration") == 1)
            await reader.close()
            await engine.close()
        }
    }

    @Test(arguments: StoreKind.here) func aNewerSchemaIsNamed(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let engine = try place.engine()
            try await engine.change("INSERT INTO schema_migration (name, sha256) VALUES ('2031-01-later', 'x')")
            let reader = try place.open(.readOnly)
            let error = VerdictStoreError.newerSchema(["2031-01-later"])
            await #expect(throws: error) { _ = try await everything(in: reader) }
            #expect(error.description.contains("expected the schema 2026-11-queue, found 2031-01-later"))
            await reader.close()
            await engine.close()
        }
    }

    @Test func anEmptyFileHasNoSchemaAndGetsNone() async throws {
        let directory = try TemporaryDirectory()
        close(creat(directory.path + "/v", 0o600))
        await #expect(throws: VerdictStoreError.olderSchema(found: nil, expected: "2026-11-queue")) {
            _ = try await everything(in: reader(directory))
        }
        #expect(try directory.names() == ["v"])
        #expect(directory.bytes("v") == [])
    }

    @Test func whatIsNotThereIsNotMade() async throws {
        let directory = try TemporaryDirectory()
        await #expect {
            _ = try await everything(in: reader(directory))
        } throws: { error in
            if case VerdictStoreError.unreachable = error { true } else { false }
        }
        #expect(try directory.names() == [])
    }

    @Test func anotherProgramsDatabaseIsNotRead() async throws {
        let directory = try TemporaryDirectory()
        let engine = SQLiteEngine(path: directory.path + "/v", options: SQLiteOptions())
        try await engine.change("PRAGMA application_id = 7")
        await engine.close()
        await #expect(throws: VerdictStoreError.refused("the file is the database of another program")) {
            _ = try await everything(in: reader(directory))
        }
    }

    /// A server that was stopped leaves one file. Files beside it would be the reader's, and the server could not use
    /// them; and nobody could make them on a disk that is mounted for reading. The name is one that a URI must not hold.
    @Test func aFileThatWasClosedIsReadWithoutAnyBesideIt() async throws {
        let directory = try TemporaryDirectory()
        let name = "v?mode=rw#a%20b ü"
        let writer = SQLiteVerdictStore(path: directory.path + "/" + name)
        let verdicts = (0..<50).map { StoredVerdict.sample(Int64(50 - $0)) }
        try await writer.append(verdicts)
        await writer.close()
        let before = directory.bytes(name)
        let reader = reader(directory, name)
        #expect(try await everything(in: reader) == verdicts)
        #expect(try directory.names() == [name])
        await reader.close()
        #expect(try directory.names() == [name])
        #expect(directory.bytes(name) == before)
    }

    /// The server starts while somebody reads.
    @Test func readsAnewWhenAWriterCameInBetween() async throws {
        let directory = try TemporaryDirectory()
        let first = SQLiteVerdictStore(path: directory.path + "/v")
        try await first.append([.sample(1)])
        await first.close()
        let reader = reader(directory)
        #expect(try await everything(in: reader).count == 1)
        // It is open: what it wrote lies in its log.
        let second = SQLiteVerdictStore(path: directory.path + "/v")
        try await second.append([.sample(2)])
        #expect(try await everything(in: reader).count == 2)
        await reader.close()
        // It was open and is closed again: only the file has changed.
        let third = self.reader(directory)
        await second.close()
        #expect(try await everything(in: third).count == 2)
        let fourth = SQLiteVerdictStore(path: directory.path + "/v")
        try await fourth.append([.sample(3)])
        await fourth.close()
        #expect(try await everything(in: third).count == 3)
        await third.close()
    }

    /// A copy of what a killed server left, its log included.
    @Test func theLogOfAKilledWriterIsReadToo() async throws {
        let directory = try TemporaryDirectory()
        let writer = SQLiteVerdictStore(path: directory.path + "/v")
        try await writer.append([.sample(1)])
        for name in ["v", "v-wal"] {
            try FileManager.default.copyItem(
                atPath: directory.path + "/" + name, toPath: directory.path + "/copy" + name.dropFirst())
        }
        await writer.close()
        let reader = reader(directory, "copy")
        #expect(try await everything(in: reader).count == 1)
        await reader.close()
        #expect(try directory.names().contains("copy-wal"))
    }

    /// Root may write anywhere, so this shows nothing to root.
    @Test(.enabled(if: geteuid() != 0, "skipped: root may write anywhere"))
    func aPlaceWhereNothingCanBeMadeIsReadIfItWasClosed() async throws {
        let directory = try TemporaryDirectory()
        let writer = SQLiteVerdictStore(path: directory.path + "/v")
        try await writer.append([.sample(1)])
        try FileManager.default.copyItem(atPath: directory.path + "/v", toPath: directory.path + "/w")
        try FileManager.default.copyItem(atPath: directory.path + "/v-wal", toPath: directory.path + "/w-wal")
        await writer.close()
        chmod(directory.path, 0o500)
        defer { chmod(directory.path, 0o700) }
        #expect(try await everything(in: reader(directory)).count == 1)
        await #expect {
            _ = try await everything(in: reader(directory, "w"))
        } throws: { error in
            if case VerdictStoreError.refused(let why) = error { why.contains("not closed properly") } else { false }
        }
    }

    @Test(.enabled(if: TemporaryPostgreSQL.isInstalled, "skipped: PostgreSQL not found"))
    func aRoleThatMayOnlyReadIsEnough() async throws {
        let place = try #require(TemporaryPostgreSQL.shared).database()
        let writer = try PostgreSQLVerdictStore(place)
        try await writer.append([.sample()])
        let engine = try PostgreSQLEngine(place, options: PostgreSQLOptions())
        let role = "reader_" + String(UInt32.random(in: .min ... .max))
        try await engine.change("CREATE ROLE \(role) LOGIN")
        try await engine.change("GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role)")
        let reader = try PostgreSQLVerdictStore("\(place) user=\(role)", options: PostgreSQLOptions(access: .readOnly))
        #expect(try await everything(in: reader).count == 1)
        await reader.close()
        await engine.close()
        await writer.close()
    }

    /// Also for what is no transaction of ours.
    @Test(.enabled(if: TemporaryPostgreSQL.isInstalled, "skipped: PostgreSQL not found"))
    func theSessionItselfOnlyReads() async throws {
        let place = try #require(TemporaryPostgreSQL.shared).database()
        let writer = try PostgreSQLVerdictStore(place)
        try await writer.append([.sample()])
        let engine = try PostgreSQLEngine(place, options: PostgreSQLOptions(access: .readOnly))
        let setting = try await engine.read { session throws(VerdictStoreError) in
            try session.rows("SELECT current_setting('default_transaction_read_only')").first?.text(0)
        }
        #expect(setting == "on")
        await engine.close()
        await writer.close()
    }

    /// A database without tables gets none.
    @Test(.enabled(if: TemporaryPostgreSQL.isInstalled, "skipped: PostgreSQL not found"))
    func anEmptyDatabaseHasNoSchemaAndGetsNone() async throws {
        let place = try #require(TemporaryPostgreSQL.shared).database()
        for _ in 0..<2 {
            let reader = try PostgreSQLVerdictStore(place, options: PostgreSQLOptions(access: .readOnly))
            await #expect(throws: VerdictStoreError.olderSchema(found: nil, expected: "2026-11-queue")) {
                _ = try await everything(in: reader)
            }
            await reader.close()
        }
    }

    /// Where several hosts are named, a replica that only reads will do for reading, and never for writing.
    @Test func onlyAWriterInsistsOnAServerThatWrites() throws {
        for (access, isAsked) in [(StoreAccess.readWrite, true), (.readOnly, false)] {
            let target = try PostgreSQLTarget("host=a,b", PostgreSQLOptions(access: access))
            #expect(target.parameters.contains { $0.name == "target_session_attrs" } == isAsked)
        }
    }

    private func reader(_ directory: TemporaryDirectory, _ name: String = "v") -> SQLiteVerdictStore {
        SQLiteVerdictStore(path: directory.path + "/" + name, options: SQLiteOptions(access: .readOnly))
    }
}

import Foundation
import Glibc
import StrictEncoding
import Testing

@testable import VerdictStorage

/// What a server brings with it. Serialized: one of them stops the server that all share, so it has its own.
@Suite(.serialized, .enabled(if: TemporaryPostgreSQL.isInstalled, "skipped: PostgreSQL not found"))
struct PostgreSQLStoreTests {
    @Test func readsConnectionStringsAsLibpqDoes() throws {
        for good in ["", "host=/nowhere dbname=a", "postgresql://user@host.example:5433/a?sslmode=verify-full"] {
            _ = try PostgreSQLVerdictStore(good)
        }
        for bad in ["nonsense", "host=a nosuchoption=1", "password=secret word", "postgresql://[", "a\0=b"] {
            #expect {
                _ = try PostgreSQLVerdictStore(bad)
            } throws: { error in
                guard case VerdictStoreError.refused(let why) = error else { return false }
                return !why.contains("secret") && !why.contains("word")
            }
        }
    }

    @Test func aServerThatIsNotThereIsUnreachableAndSaidSoSoon() async throws {
        let store = try PostgreSQLVerdictStore("host=/nowhere/at/all dbname=a")
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await #expect {
                        try await store.check()
                    } throws: { error in
                        if case VerdictStoreError.unreachable = error { true } else { false }
                    }
                }
            }
        }
        #expect(start.duration(to: .now) < .seconds(60))
        await store.close()
    }

    /// Over TCP, as a database that several replicas share is reached.
    @Test func speaksTLSAndOnlyToWhomItTrusts() async throws {
        let server = try TemporaryPostgreSQL(tls: true)
        let connection = try server.database()
        let store = try PostgreSQLVerdictStore(connection)
        let verdict = StoredVerdict.sample()
        try await store.append([verdict])
        #expect(try await store.verdict(verdict.id)?.id == verdict.id)
        await store.close()

        // The certificate is not for this name, or by another authority; without TLS the server says no.
        var other = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        other.appendPathComponent("../../testdata/keyless/spiffe/root.pem")
        for (wrong, said) in [
            ("host=localhost", "does not match host name"),
            ("sslrootcert=\(other.standardizedFileURL.path)", "certificate verify failed"),
            ("sslmode=disable", "no encryption"),
        ] {
            let name = wrong.prefix { $0 != "=" } + "="
            let words = connection.split(separator: " ").map { $0.hasPrefix(name) ? wrong : String($0) }
            let distrustful = try PostgreSQLVerdictStore(words.joined(separator: " "))
            let error = await #expect(throws: VerdictStoreError.self) { try await distrustful.check() }
            #expect(error?.description.contains(said) == true, "\(error?.description ?? "")")
            await distrustful.close()
        }
    }

    /// A server that crashes and starts again, as in an upgrade: calls in between fail soon, calls afterwards succeed
    /// without anybody's doing.
    @Test func goesOnAfterTheServerDoes() async throws {
        let server = try TemporaryPostgreSQL()
        let store = try PostgreSQLVerdictStore(try server.database())
        let verdicts = (0..<4).map { StoredVerdict.sample(Int64($0)) }
        try await store.append([verdicts[0]])
        #expect(server.tell("stop"))
        for _ in 0..<2 {
            let start = ContinuousClock.now
            await #expect {
                try await store.append([verdicts[1]])
            } throws: { error in
                if case VerdictStoreError.unreachable = error { true } else { false }
            }
            #expect(start.duration(to: .now) < .seconds(30))
        }
        #expect(server.tell("start"))
        try await Task.sleep(for: .milliseconds(300))
        try await store.append([verdicts[1]])
        // Between two calls, so that nobody notices.
        #expect(server.tell("stop") && server.tell("start"))
        try await store.append([verdicts[2]])
        #expect(server.tell("stop") && server.tell("start"))
        #expect(try await everything(in: store) == [verdicts[2], verdicts[1], verdicts[0]])
        await store.close()
    }

    @Test func aStatementThatTakesTooLongIsGivenUp() async throws {
        let place = try #require(TemporaryPostgreSQL.shared).database()
        let engine = try PostgreSQLEngine(place, options: PostgreSQLOptions(patience: .seconds(1)))
        let start = ContinuousClock.now
        await #expect {
            try await engine.change("SELECT pg_sleep(120)")
        } throws: { error in
            if case VerdictStoreError.conflict = error { true } else { false }
        }
        #expect(start.duration(to: .now) < .seconds(60))
        // The connection is good for the next.
        #expect(try await engine.count("verdict") == 0)
        await engine.close()
    }

    /// A connection whose other end stops answering without closing anything: the deadline is ours, not the server's,
    /// and what had not begun to commit goes over a new connection.
    @Test func aConnectionThatFallsSilentIsReplaced() async throws {
        let place = try #require(TemporaryPostgreSQL.shared).database()
        let options = PostgreSQLOptions(connections: 1, patience: .milliseconds(300))
        let engine = try PostgreSQLEngine(place, options: options)
        let backend = "SELECT pg_backend_pid()"
        func number() async throws -> Int64 {
            try await engine.read { session throws(VerdictStoreError) in
                try session.rows(backend).first?.integer(0) ?? 0
            }
        }
        let first = try await number()
        try #require(first > 1)
        // Stopped, as if the machine were gone. Only root and the server's own user may.
        guard kill(pid_t(first), SIGSTOP) == 0 else { return }
        defer { kill(pid_t(first), SIGCONT) }
        let start = ContinuousClock.now
        try await engine.change("UPDATE store_check SET checks = 7")
        #expect(start.duration(to: .now) < .seconds(60))
        #expect(try await number() != first)
        await engine.close()
    }

    @Test func anEncodingThatChangesNamesIsRefused() async throws {
        let place = try #require(TemporaryPostgreSQL.shared).database("ascii")
        let store = try PostgreSQLVerdictStore(place)
        await #expect {
            try await store.check()
        } throws: { error in
            if case VerdictStoreError.refused(let why) = error { why.contains("SQL_ASCII") } else { false }
        }
        await store.close()
    }

    /// A database that is set to lose the last transactions in a crash is not left at that.
    @Test func commitsAreSynchronousWhateverTheDatabaseSays() async throws {
        let place = try #require(TemporaryPostgreSQL.shared).database()
        let first = try PostgreSQLEngine(place, options: PostgreSQLOptions())
        try await first.change(
            "DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $do$"
        )
        await first.close()
        let second = try PostgreSQLEngine(place, options: PostgreSQLOptions())
        let rows = try await second.read { session throws(VerdictStoreError) in
            try session.rows("SELECT current_setting('synchronous_commit')")
        }
        #expect(rows == [SQLRow(values: [.text("on")])])
        await second.close()
    }

    @Test func valuesNeverBecomeStatements() async throws {
        let place = try #require(TemporaryPostgreSQL.shared).database()
        let store = try PostgreSQLVerdictStore(place)
        let hostile = "'); DELETE FROM verdict; --"
        try await store.append([.sample(0, repository: hostile, namespace: "$1", headline: "\\x00")])
        #expect(try await store.verdicts(VerdictQuery(repository: hostile)).verdicts.count == 1)
        #expect(try await store.verdicts(VerdictQuery(namespace: "$1")).verdicts.first?.headline == "\\x00")
        await store.close()
    }

    /// A database without rights to create: what is there already can be used.
    @Test func aRoleThatMayOnlyWriteRowsIsEnough() async throws {
        let place = try #require(TemporaryPostgreSQL.shared).database()
        let owner = try PostgreSQLEngine(place, options: PostgreSQLOptions())
        let role = "writer_" + place.suffix(6).filter { $0.isLetter || $0.isNumber }
        try await owner.change("CREATE ROLE \(role) LOGIN")
        try await owner.change("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        let store = try PostgreSQLVerdictStore(place.replacing("user=landwaiter", with: "user=\(role)"))
        await #expect {
            try await store.check()
        } throws: { error in
            if case VerdictStoreError.refused = error { true } else { false }
        }
        try await owner.change("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \(role)")
        try await Task.sleep(for: .milliseconds(300))
        try await store.append([.sample()])
        try await store.check()
        #expect(try await everything(in: store).count == 1)
        await store.close()
        await owner.close()
    }
}

import StrictEncoding
import Testing

@testable import VerdictStorage

@Suite struct MigrationTests {
    /// A migration that was released never changes: databases of one schema would differ. A new one is added here, below
    /// the others.
    @Test func releasedMigrationsNeverChange() {
        #expect(
            Migration.all.map { [$0.name, $0.digest(.sqlite), $0.digest(.postgreSQL)] } == [
                [
                    "2026-11-verdicts", "a289533e914c6968776b7f60bba03786b6d5cd4dcf65684210f0685628add45f",
                    "dbf4cb52f962ff5942737fd1c894521d7a95c395a7dacb507ac60d07848d9ab8",
                ],
                [
                    "2026-11-queue", "2a3c5a1f23535bd977b8d9b8fbc2f56d04fad272ffe7d9d488a01217ad72fc3f",
                    "4dcb0fc720b57671ff2b69cbcd58a13dfa9d9272106d1a391c5c818bc0a040c0",
                ],
            ])
    }

    @Test(arguments: StoreKind.here) func aNewerSchemaIsRefusedByName(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let store = try place.open()
            try await store.append([.sample()])
            let engine = try place.engine()
            try await engine.change("INSERT INTO schema_migration (name, sha256) VALUES ('2031-01-later', 'x')")
            await #expect(throws: VerdictStoreError.newerSchema(["2031-01-later"])) { try await store.check() }
            await store.close()
            let next = try place.open()
            await #expect(throws: VerdictStoreError.newerSchema(["2031-01-later"])) {
                try await next.append([.sample()])
            }
            await next.close()
            // It was refused, not touched.
            try await engine.change("DELETE FROM schema_migration WHERE name = '2031-01-later'")
            #expect(try await engine.count("verdict") == 1)
            await engine.close()
        }
    }

    @Test(arguments: StoreKind.here) func aMigrationWithOtherStatementsIsRefused(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let engine = try place.engine()
            try await engine.change("UPDATE schema_migration SET sha256 = 'x' WHERE name = '2026-11-queue'")
            await engine.close()
            let store = try place.open()
            await #expect {
                try await store.check()
            } throws: { error in
                if case VerdictStoreError.corrupt(let why) = error { why.contains("2026-11-queue") } else { false }
            }
            await store.close()
        }
    }

    /// Replicas that start at once.
    @Test(arguments: StoreKind.here) func manyMayMigrateAtOnce(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let stores = try (0..<8).map { _ in try place.open() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for store in stores { group.addTask { try await store.append([.sample()]) } }
                try await group.waitForAll()
            }
            #expect(try await everything(in: stores[0]).count == 8)
            for store in stores { await store.close() }
        }
    }

    /// A parameter's place is its number, in both.
    @Test(arguments: StoreKind.here) func parametersAreFoundByTheirNumbers(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let engine = try place.engine()
            let rows = try await engine.read { session throws(VerdictStoreError) in
                try session.rows("SELECT $2, $1, $2 || $3", [.integer(1), .text("a"), .text("$1'b")])
            }
            #expect(rows == [SQLRow(values: [.text("a"), .integer(1), .text("a$1'b")])])
            await engine.close()
        }
    }
}

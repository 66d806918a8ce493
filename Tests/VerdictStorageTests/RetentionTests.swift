import StrictEncoding
import Testing

@testable import VerdictStorage

@Suite struct RetentionTests {
    @Test(arguments: StoreKind.here, [false, true])
    func aDryRunSaysWhatGoes(_ kind: StoreKind, _ keepsLatest: Bool) async throws {
        try await kind.withStore { store in
            let digest = StoredVerdict.sampleDigest
            // More than one step; the last of each of 50 digests is among them, save digest 0, decided on later too.
            let old = (0..<1200).map { StoredVerdict.sample(Int64($0 / 4), digest: digest($0 % 50)) }
            let bare = StoredVerdict.sample(0, digest: nil)
            let new = [StoredVerdict.sample(1000, digest: digest(0)), .sample(1001, digest: digest(51))]
            try await store.append(old + [bare] + new)
            let expected = keepsLatest ? 1200 - 49 + 1 : 1201
            let count = try await store.deleteVerdicts(
                before: .noon(1000), keepingLatestPerDigest: keepsLatest, dryRun: true)
            #expect(count == expected)
            #expect(try await everything(in: store).count == 1203)
            let deleted = try await store.deleteVerdicts(
                before: .noon(1000), keepingLatestPerDigest: keepsLatest, dryRun: false)
            #expect(deleted == expected)
            let left = try await everything(in: store)
            #expect(left.prefix(2).elementsEqual(new.reversed()))
            #expect(Set(left.dropFirst(2)) == Set(keepsLatest ? old.suffix(50).filter { $0.digest != digest(0) } : []))
            let again = try await store.deleteVerdicts(
                before: .noon(1000), keepingLatestPerDigest: keepsLatest, dryRun: false)
            #expect(again == 0)
        }
    }

    @Test(arguments: StoreKind.here) func evidenceGoesWithItsLastVerdict(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let store = try place.open()
            let shared = StoredEvidence.sample(1, [(.component, "pkg:a/shared@1"), (.signer, "s")])
            let lone = StoredEvidence.sample(2, [(.component, "pkg:a/lone@1"), (.signer, "s")])
            let kept = StoredVerdict.sample(10, digest: StoredVerdict.sampleDigest(2), evidence: [shared])
            try await store.append([.sample(0, evidence: [shared, lone]), kept])
            let deleted = try await store.deleteVerdicts(before: .noon(5), keepingLatestPerDigest: false, dryRun: false)
            #expect(deleted == 1)
            #expect(try await everything(in: store) == [kept])
            #expect(try await store.affected(by: .component(ComponentQuery("lone"))).isEmpty)
            #expect(try await store.affected(by: .component(ComponentQuery("shared"))).count == 1)
            await store.close()
            // Nothing is left behind in any table.
            let engine = try place.engine()
            for (table, count) in [
                ("verdict", 1), ("record", 1), ("verdict_policy", 1), ("verdict_evidence", 1), ("evidence", 1),
                ("fact", 2), ("evidence_fact", 2),
            ] {
                #expect(try await engine.count(table) == count, "\(table)")
            }
            await engine.close()
        }
    }

    /// Evidence that retention finds unused while a verdict that rests on it is being stored.
    @Test(arguments: StoreKind.here) func retentionAndAppendingDoNotCross(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let stores = [try place.open(), try place.open()]
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for round in 0..<60 {
                        try await stores[0].append([
                            .sample(
                                Int64(round.isMultiple(of: 2) ? 0 : 10),
                                evidence: [.sample(round % 3, [(.component, "pkg:a/c\(round % 3)@1")])])
                        ])
                    }
                }
                group.addTask {
                    for _ in 0..<60 {
                        _ = try await stores[1].deleteVerdicts(
                            before: .noon(5), keepingLatestPerDigest: false, dryRun: false)
                    }
                }
                try await group.waitForAll()
            }
            let left = try await everything(in: stores[0]).filter { $0.decidedAt == .noon(10) }
            #expect(left.count == 30)
            #expect(left.allSatisfy { $0.evidence.count == 1 && $0.evidence[0].facts.count == 1 })
            for store in stores { await store.close() }
        }
    }
}

extension StoreKind.Place {
    /// The database itself, for looking at what no method shows.
    func engine() throws -> any SQLEngine {
        switch self {
        case .file(let path): SQLiteEngine(path: path, options: SQLiteOptions(patience: .seconds(600)))
        case .database(let connection):
            try PostgreSQLEngine(connection, options: PostgreSQLOptions(patience: .seconds(600)))
        }
    }
}

extension SQLEngine {
    func count(_ table: String) async throws -> Int {
        try await read { session throws(VerdictStoreError) in
            try session.rows("SELECT COUNT(*) FROM \(table)").first?.count(0) ?? -1
        }
    }

    func change(_ sql: String) async throws {
        _ = try await write(isRepeatable: false) { session throws(VerdictStoreError) in try session.change(sql, []) }
    }
}

import StrictEncoding
import Testing
import VerdictStorage

/// What both stores promise of the history.
@Suite struct HistoryTests {
    @Test(arguments: StoreKind.here) func keepsEveryPartExactly(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            var verdict = StoredVerdict.sample(
                policies: [
                    PolicyLine(name: "payments/finance", verdict: "reject", stage: "pilot", isEnforced: false),
                    PolicyLine(name: "guardrails/a", verdict: "admit", stage: "enforce", isEnforced: true),
                ],
                evidence: [
                    .sample(2, [(.builder, "https://builder.example/1"), (.signer, "ci@example.com")]), .sample(1, []),
                ],
                // Neither text nor compressible.
                record: (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 3) } + [0, 0xFF, 0xC0])
            verdict.user = "a \u{202E} line\nbreak, a quote ' \" and e\u{301}"
            let bare = StoredVerdict.sample(
                1, image: "not a reference", repository: nil, digest: nil, namespace: nil, headline: nil, policies: [],
                record: [])
            try await store.append([verdict, bare])
            let found = try #require(try await store.verdict(verdict.id))
            #expect(found == verdict)
            #expect(found.user?.utf8.elementsEqual((verdict.user ?? "").utf8) == true)
            #expect(try await store.verdict(bare.id) == bare)
            #expect(try await store.verdict(.make(at: .noon())) == nil)
        }
    }

    @Test(arguments: StoreKind.here) func aKnownIDChangesNothing(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let first = StoredVerdict.sample()
            try await store.append([first])
            var second = StoredVerdict.sample(5, verdict: "admit", evidence: [.sample(1, [(.key, "k")])])
            second.id = first.id
            let third = StoredVerdict.sample(6)
            try await store.append([second, third, third])
            #expect(try await store.verdict(first.id) == first)
            #expect(try await everything(in: store) == [third, first])
        }
    }

    @Test(arguments: StoreKind.here) func aBatchIsKeptWholeOrNotAtAll(_ kind: StoreKind) async throws {
        try await kind.withStore { store throws in
            let tooLarge = StoredVerdict.sample(1, record: [UInt8](repeating: 0, count: 64 << 20 + 1))
            await #expect(throws: VerdictStoreError.self) { try await store.append([.sample(), tooLarge]) }
            #expect(try await everything(in: store).isEmpty)
        }
    }

    /// Two processes would do the same: each has connections of its own.
    @Test(arguments: StoreKind.here) func manyWritersLoseAndDoubleNothing(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let verdicts = (0..<200).map { number in
                StoredVerdict.sample(
                    Int64(number),
                    evidence: [
                        .sample(number % 7, [(.component, "pkg:deb/debian/c\(number % 7)@1"), (.signer, "s")])
                    ])
            }
            let stores = try (0..<3).map { _ in try place.open() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for start in 0..<30 {
                    // Overlapping, and in different orders.
                    var batch = Array(verdicts[(start * 6)..<(start * 6 + 26)])
                    if start.isMultiple(of: 2) { batch.reverse() }
                    let (store, verdicts) = (stores[start % 3], batch)
                    group.addTask { try await store.append(verdicts) }
                }
                try await group.waitForAll()
            }
            #expect(try await everything(in: stores[0]) == verdicts.reversed())
            for store in stores { await store.close() }
        }
    }

    @Test(arguments: StoreKind.here) func pagesAreNewestFirstAndMissNothing(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            // Ten of each second.
            let verdicts = (0..<100).map { StoredVerdict.sample(Int64($0 / 10), record: [UInt8($0)]) }
            try await store.append(verdicts)
            var query = VerdictQuery(limit: 7)
            var found: [StoredVerdict] = []
            repeat {
                let page = try await store.verdicts(query)
                #expect(page.verdicts.count == min(7, 100 - found.count))
                found += page.verdicts
                // What comes meanwhile is newer, and not on later pages.
                try await store.append([.sample(1000 + Int64(found.count))])
                query.after = try page.next.map { try #require(VerdictCursor($0.description)) }
            } while query.after != nil
            #expect(Set(found) == Set(verdicts))
            #expect(found.map(\.decidedAt) == found.map(\.decidedAt).sorted(by: >))
        }
    }

    @Test func cursorsAreReadStrictly() {
        #expect(VerdictCursor("1794916800.12")?.description == "1794916800.12")
        for text in ["", ".", "1", "1.", ".1", "01.1", "1.1.1", "+1.1", " 1.1", "1.99999999999999999999", "1.a"] {
            #expect(VerdictCursor(text) == nil, "\(text)")
        }
    }

    @Test(arguments: StoreKind.here) func findsByEachCondition(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let wanted = StoredVerdict.sample(
                10, verdict: "undecided", image: "a:1", repository: "a", digest: StoredVerdict.sampleDigest(9),
                namespace: "n", headline: "h.h",
                policies: [
                    PolicyLine(name: "p", verdict: "reject", stage: "warn", isEnforced: false),
                    PolicyLine(name: "q", verdict: "undecided", stage: "warn", isEnforced: false),
                ])
            let others = [StoredVerdict.sample(0, verdict: "admit"), .sample(20)]
            try await store.append(others + [wanted])
            var surface = StoredVerdict.sample(15)
            surface.surface = "gatekeeper"
            try await store.append([surface])
            let queries: [VerdictQuery] = [
                VerdictQuery(digest: wanted.digest), VerdictQuery(image: "a:1"), VerdictQuery(repository: "a"),
                VerdictQuery(namespace: "n"), VerdictQuery(policy: "p"), VerdictQuery(verdict: "undecided"),
                VerdictQuery(headline: "h.h"), VerdictQuery(policy: "p", verdict: "reject"),
                VerdictQuery(since: .noon(10), until: .noon(11)),
                VerdictQuery(
                    digest: wanted.digest, image: "a:1", repository: "a", namespace: "n", policy: "q",
                    verdict: "undecided", headline: "h.h", surface: "kubernetes-validate", since: .noon(10),
                    until: .noon(11)),
            ]
            for query in queries { #expect(try await store.verdicts(query).verdicts == [wanted], "\(query)") }
            #expect(try await store.verdicts(VerdictQuery(surface: "gatekeeper")).verdicts == [surface])
            #expect(try await store.verdicts(VerdictQuery(policy: "p", verdict: "undecided")).verdicts.isEmpty)
            #expect(try await store.verdicts(VerdictQuery(policy: "unknown")).verdicts.isEmpty)
            #expect(try await store.verdicts(VerdictQuery(since: .noon(10))).verdicts == [others[1], surface, wanted])
            #expect(try await store.verdicts(VerdictQuery(until: .noon(10))).verdicts == [others[0]])
            var summary = wanted
            (summary.record, summary.evidence) = ([], [])
            #expect(try await store.verdicts(VerdictQuery(image: "a:1", isSummary: true)).verdicts == [summary])
        }
    }

    /// é as one scalar and as two: equal to Swift, not to a registry.
    @Test(arguments: StoreKind.here) func comparesTextByItsBytes(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let (composed, decomposed) = ("r/caf\u{E9}", "r/cafe\u{301}")
            let signers = [composed, decomposed].map { EvidenceFact(kind: .signer, value: $0) }
            var verdicts = [StoredVerdict.sample(0, repository: composed), .sample(1, repository: decomposed)]
            verdicts[0].evidence = [StoredEvidence(digest: "sha256:a", facts: [signers[0]])]
            verdicts[1].evidence = [StoredEvidence(digest: "sha256:b", facts: [signers[1]])]
            try await store.append(verdicts)
            #expect(try await store.verdicts(VerdictQuery(repository: composed)).verdicts.map(\.id) == [verdicts[0].id])
            let hit = try await store.affected(by: .signer(decomposed)).map(\.lastID)
            #expect(hit == [verdicts[1].id])
        }
    }

    /// PostgreSQL keeps no U+0000 and indexes nothing beyond some 2,700 bytes: a name made by an attacker must not stop
    /// the batch that it is in.
    @Test(arguments: StoreKind.here) func hostileTextIsKeptAndFound(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let long = "registry.example/" + String(repeating: "é", count: 5000)
            let other = "registry.example/" + String(repeating: "é", count: 5000) + "x"
            let zero = "name\0space'; DROP TABLE verdict; --"
            let component = "pkg:npm/%40scope/" + String(repeating: "n", count: 5000) + "@1"
            let hostile = StoredVerdict.sample(
                image: long, repository: long, digest: zero, namespace: zero, headline: zero,
                policies: [PolicyLine(name: long, verdict: zero, stage: long, isEnforced: true)],
                evidence: [StoredEvidence(digest: long, facts: [EvidenceFact(kind: .component, value: component)])])
            let neighbour = StoredVerdict.sample(1, image: other, repository: other)
            try await store.append([hostile, neighbour])
            for query in [VerdictQuery(repository: long), VerdictQuery(namespace: zero), VerdictQuery(policy: long)] {
                #expect(try await store.verdicts(query).verdicts.map(\.id) == [hostile.id], "\(query)")
            }
            #expect(try await store.verdicts(VerdictQuery(repository: other)).verdicts.map(\.id) == [neighbour.id])
            #expect(try await store.affected(by: .component(ComponentQuery(component))).map(\.lastID) == [hostile.id])
            let found = try #require(try await store.verdict(hostile.id))
            #expect(found.record == hostile.record)
            #expect(found.namespace?.hasPrefix("name\u{FFFD}space'; DROP TABLE verdict; --…sha256:") == true)
        }
    }

    @Test(arguments: StoreKind.here) func aClosedStoreSaysSo(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.check()
            await store.close()
            await #expect(throws: VerdictStoreError.closed) { try await store.append([.sample()]) }
            await #expect(throws: VerdictStoreError.closed) { try await store.verdicts(VerdictQuery()) }
        }
    }

    /// What was appended is there for whoever opens the store next.
    @Test(arguments: StoreKind.here) func historyOutlivesItsStore(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let verdict = StoredVerdict.sample(evidence: [.sample(1, [(.key, "k")])])
            let first = try place.open()
            try await first.append([verdict])
            await first.close()
            let second = try place.open()
            #expect(try await everything(in: second) == [verdict])
            await second.close()
        }
    }

    @Test(arguments: StoreKind.here) func verdictsMoveToAnotherStore(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let directory = try TemporaryDirectory()
            let other = SQLiteVerdictStore(path: directory.path + "/v")
            try await other.append((0..<450).map { .sample(Int64($0), evidence: [.sample($0 % 3, [(.key, "k")])]) })
            #expect(try await store.copyVerdicts(from: other) == 450)
            // Once more changes nothing.
            #expect(try await store.copyVerdicts(from: other) == 450)
            let (left, right) = (try await everything(in: store), try await everything(in: other))
            #expect(left == right)
            await other.close()
        }
    }

    /// A task that is cancelled in the middle leaves a store that works, and a batch that is whole or not there.
    @Test(arguments: StoreKind.here) func cancellingLeavesNoHalves(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let batches = (0..<20).map { batch in (0..<50).map { StoredVerdict.sample(Int64(batch * 50 + $0)) } }
            for batch in batches {
                let task = Task { try await store.append(batch) }
                try await Task.sleep(for: .microseconds(Int.random(in: 0...2000)))
                task.cancel()
                _ = await task.result
            }
            let found = Set(try await everything(in: store).map(\.id))
            for batch in batches { #expect([0, 50].contains(batch.count { found.contains($0.id) })) }
            try await store.check()
        }
    }
}

@Suite struct VerdictIDTests {
    @Test func theOrderOfTheTextsIsTheOrderOfTheTimes() throws {
        let ids = (0..<1000).map { VerdictID.make(at: .noon(Int64($0))) }
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
        for id in ids {
            #expect(VerdictID(id.description) == id)
            #expect(VerdictID(id.description.uppercased()) == id)
        }
        #expect(Set(ids).count == 1000)
    }

    /// The example of the ULID specification has this time.
    @Test func writesWhatTheSpecificationWrites() {
        let id = VerdictID(milliseconds: 1_469_918_176_385, random: (0, 0))
        #expect(id.description == "01aryz6s41" + String(repeating: "0", count: 16))
        #expect(id.milliseconds == 1_469_918_176_385)
        let last = VerdictID(milliseconds: 1 << 48 - 1, random: (.max, .max))
        #expect(last.description == "7zzzzzzzzzzzzzzzzzzzzzzzzz")
    }

    @Test(arguments: [
        "", "01aryz6s41", "8zzzzzzzzzzzzzzzzzzzzzzzzz", "01aryz6s41000000000000000i", "01aryz6s41000000000000000l",
        "01aryz6s41000000000000000o", "01aryz6s41000000000000000u", "01aryz6s41000000000000000-",
        "01aryz6s410000000000000000 ", "01aryz6s4100000000000000\u{E9}",
    ]) func rejectsWhatIsNoID(_ text: String) {
        #expect(VerdictID(text) == nil)
    }
}

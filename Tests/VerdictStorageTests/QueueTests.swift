import StrictEncoding
import Testing
import VerdictStorage

/// What both stores promise of the queue.
@Suite struct QueueTests {
    private func job(_ key: String, kind: String = "verify", at: Int64 = 0) -> NewJob {
        NewJob(kind: kind, key: key, payload: Array(key.utf8) + [0, 0xFF], notBefore: .noon(at))
    }

    private func claim(
        _ store: any VerdictStore, at: Int64, limit: Int = 10, lease: Int = 60, kinds: Set<String> = ["verify"]
    ) async throws(VerdictStoreError) -> [Job] {
        try await store.claim(kinds: kinds, limit: limit, at: .noon(at), lease: lease, worker: "w")
    }

    @Test(arguments: StoreKind.here) func oneOfAKindAndKeyWaits(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            #expect(try await store.enqueue(job("a")))
            #expect(try await !store.enqueue(job("a", at: 5)))
            #expect(try await store.enqueue(job("a", kind: "notify")))
            let claimed = try await claim(store, at: 0)
            #expect(claimed.map(\.key) == ["a"])
            #expect(claimed.first?.payload == Array("a".utf8) + [0, 0xFF])
            // What happens while a job is done is not what the job saw: it is queued anew, and waits for its turn.
            #expect(try await store.enqueue(job("a")))
            #expect(try await claim(store, at: 1).isEmpty)
            try await store.finish(try #require(claimed.first))
            #expect(try await claim(store, at: 1).map(\.key) == ["a"])
        }
    }

    @Test(arguments: StoreKind.here) func theLongestWaitingComesFirstAndNoneTooEarly(_ kind: StoreKind) async throws {
        try await kind.withStore { store throws in
            for (key, at) in [("c", 3), ("a", 1), ("b", 2), ("late", 100)] {
                #expect(try await store.enqueue(job(key, at: Int64(at))))
            }
            #expect(try await store.queueDepth(at: .noon(0)) == 0)
            #expect(try await store.queueDepth(at: .noon(99)) == 3)
            #expect(try await claim(store, at: 99, limit: 2).map(\.key) == ["a", "b"])
            #expect(try await claim(store, at: 99).map(\.key) == ["c"])
            #expect(try await claim(store, at: 99).isEmpty)
            #expect(try await claim(store, at: 100, kinds: ["other"]).isEmpty)
            #expect(try await claim(store, at: 100, kinds: ["other", "verify"]).map(\.key) == ["late"])
            #expect(try await claim(store, at: 100, kinds: []).isEmpty)
        }
    }

    @Test(arguments: StoreKind.here) func aLeaseThatEndsFreesTheJob(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            #expect(try await store.enqueue(job("a")))
            let first = try #require(try await claim(store, at: 0, lease: 60).first)
            #expect(first.attempt == 1 && first.leasedUntil == .noon(60))
            #expect(try await claim(store, at: 59).isEmpty)
            #expect(try await store.queueDepth(at: .noon(59)) == 0)
            #expect(try await store.queueDepth(at: .noon(60)) == 1)
            let second = try #require(try await claim(store, at: 60).first)
            #expect(second.attempt == 2 && second.number == first.number)
            // The first worker was slow, not dead: what it says no longer counts.
            await #expect(throws: VerdictStoreError.self) { try await store.finish(first) }
            await #expect(throws: VerdictStoreError.self) { try await store.retry(first, at: .noon(0), because: "x") }
            try await store.finish(second)
            await #expect(throws: VerdictStoreError.self) { try await store.finish(second) }
            #expect(try await claim(store, at: 1000).isEmpty)
        }
    }

    /// Late, but nobody else took it: the work was done once.
    @Test(arguments: StoreKind.here) func aLateWorkerMayFinishWhatNobodyTook(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            #expect(try await store.enqueue(job("a")))
            let late = try #require(try await claim(store, at: 0, lease: 1).first)
            try await store.finish(late)
            #expect(try await store.queueDepth(at: .noon(100)) == 0)
        }
    }

    @Test(arguments: StoreKind.here) func aJobIsTriedAgain(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            #expect(try await store.enqueue(job("a")))
            let first = try #require(try await claim(store, at: 0).first)
            #expect(first.lastError == nil)
            try await store.retry(first, at: .noon(30), because: "the registry is down\0")
            #expect(try await !store.enqueue(job("a")))
            #expect(try await claim(store, at: 29).isEmpty)
            let second = try #require(try await claim(store, at: 30).first)
            #expect(second.attempt == 2 && second.lastError?.hasPrefix("the registry is down") == true)
            // One that came meanwhile stands for both.
            #expect(try await store.enqueue(job("a", at: 40)))
            try await store.retry(second, at: .noon(35), because: "still")
            #expect(try await claim(store, at: 39).isEmpty)
            #expect(try await claim(store, at: 40).map(\.attempt) == [1])
            #expect(try await claim(store, at: 41).isEmpty)
        }
    }

    /// A number that is given twice would let the holder of an old claim finish another's job.
    @Test(arguments: StoreKind.here) func numbersAreNeverGivenTwice(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            #expect(try await store.enqueue(job("a")))
            let old = try #require(try await claim(store, at: 0).first)
            try await store.finish(old)
            #expect(try await store.enqueue(job("b")))
            let new = try #require(try await claim(store, at: 0).first)
            #expect(new.number != old.number)
            await #expect(throws: VerdictStoreError.self) { try await store.finish(old) }
            try await store.finish(new)
        }
    }

    @Test(arguments: StoreKind.here) func noJobIsGivenToTwo(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let stores = try (0..<4).map { _ in try place.open() }
            for number in 0..<120 { #expect(try await stores[0].enqueue(job("j\(number)"))) }
            let claimed = try await withThrowingTaskGroup(of: [String].self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var keys: [String] = []
                        while true {
                            let jobs = try await stores[worker % 4].claim(
                                kinds: ["verify"], limit: 3, at: .noon(1), lease: 60, worker: "w\(worker)")
                            if jobs.isEmpty { return keys }
                            for job in jobs {
                                keys.append(job.key)
                                try await stores[worker % 4].finish(job)
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 120 && Set(claimed).count == 120)
            #expect(try await stores[0].queueDepth(at: .noon(10_000)) == 0)
            for store in stores { await store.close() }
        }
    }

    @Test(arguments: StoreKind.here) func refusesJobsThatCannotBeKept(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let long = String(repeating: "k", count: 513)
            for bad in [
                job(long), job("zero\0"), job("a", kind: long),
                NewJob(kind: "k", key: "k", payload: [UInt8](repeating: 0, count: 1 << 20 + 1), notBefore: .noon()),
            ] {
                await #expect(throws: VerdictStoreError.self) { try await store.enqueue(bad) }
            }
            await #expect(throws: VerdictStoreError.self) { try await claim(store, at: 0, lease: 0) }
        }
    }
}

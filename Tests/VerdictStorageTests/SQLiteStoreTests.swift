import Foundation
import Glibc
import StrictEncoding
import Testing

@testable import VerdictStorage

/// What a file brings with it.
@Suite struct SQLiteStoreTests {
    @Test func nobodyElseReadsTheFiles() async throws {
        let directory = try TemporaryDirectory()
        let store = SQLiteVerdictStore(path: directory.path + "/v")
        try await store.append([.sample()])
        let names = try directory.names()
        #expect(names == ["v", "v-shm", "v-wal"])
        for name in names {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.path + "/" + name)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        await store.close()
    }

    /// What a power cut may not take is written through to the disk with each transaction.
    @Test func writesAreSynchronousAndKeysAreChecked() async throws {
        let directory = try TemporaryDirectory()
        let engine = SQLiteEngine(path: directory.path + "/v", options: SQLiteOptions())
        for (pragma, value) in [
            ("synchronous", SQLValue.integer(2)), ("journal_mode", .text("wal")), ("foreign_keys", .integer(1)),
        ] {
            let rows = try await engine.write(isRepeatable: false) { session throws(VerdictStoreError) in
                try session.rows("PRAGMA \(pragma)")
            }
            #expect(rows.first?.values == [value], "\(pragma)")
        }
        await engine.close()
    }

    @Test(arguments: ["rubbish", "SQLite format 3\0 and then rubbish"])
    func aDamagedFileIsRefused(_ text: String) async throws {
        let directory = try TemporaryDirectory()
        let bytes = Data(text.utf8) + Data(repeating: 0x5A, count: 8192)
        try bytes.write(to: URL(fileURLWithPath: directory.path + "/v"))
        let store = SQLiteVerdictStore(path: directory.path + "/v")
        await #expect {
            try await store.check()
        } throws: { error in
            if case VerdictStoreError.corrupt = error { true } else { false }
        }
        // It is as it was.
        #expect(directory.bytes("v") == Array(bytes))
    }

    @Test func aDamagedPageIsFoundWhenItIsRead() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/v"
        let store = SQLiteVerdictStore(path: path)
        try await store.append((0..<500).map { .sample(Int64($0)) })
        await store.close()
        let file = try #require(FileHandle(forWritingAtPath: path))
        let size = try file.seekToEnd()
        for page in stride(from: UInt64(4096 * 30), to: size, by: 4096) {
            try file.seek(toOffset: page)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 512))
        }
        try file.close()
        let damaged = SQLiteVerdictStore(path: path)
        await #expect {
            _ = try await everything(in: damaged)
        } throws: { error in
            if case VerdictStoreError.corrupt = error { true } else { false }
        }
        await damaged.close()
    }

    @Test func anotherProgramsDatabaseIsLeftAlone() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/v"
        let engine = SQLiteEngine(path: path, options: SQLiteOptions())
        try await engine.change("PRAGMA application_id = 7")
        await engine.close()
        let store = SQLiteVerdictStore(path: path)
        await #expect {
            try await store.check()
        } throws: { error in
            if case VerdictStoreError.refused = error { true } else { false }
        }
    }

    @Test func aFullFileSaysSoAndKeepsWhatItHas() async throws {
        let directory = try TemporaryDirectory()
        let store = SQLiteVerdictStore(path: directory.path + "/v", options: SQLiteOptions(largest: 400_000))
        var stored = 0
        await #expect {
            for number in 0..<1000 {
                let record = (0..<3000).map { _ in UInt8.random(in: 0...255) }
                try await store.append([.sample(Int64(number), record: record)])
                stored += 1
            }
        } throws: { error in
            if case VerdictStoreError.full = error { true } else { false }
        }
        #expect(stored > 10)
        #expect(try await everything(in: store).count == stored)
        // Room that old verdicts leave is used again.
        let deleted = try await store.deleteVerdicts(
            before: .noon(Int64(stored)), keepingLatestPerDigest: false, dryRun: false)
        #expect(deleted == stored)
        try await store.append([.sample(9999)])
        await store.close()
    }

    /// Another connection of this process must not give up the locks of the first: a process beside it would then believe
    /// that it is alone, and remove the log that the first still writes to.
    @Test func openingAgainKeepsTheLocksOfTheFirst() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/v"
        let first = SQLiteEngine(path: path, options: SQLiteOptions())
        #expect(try await first.count("verdict") == 0)
        func locks() throws -> Int {
            var status = stat()
            try #require(stat(path, &status) == 0)
            let file = try #require(FileHandle(forReadingAtPath: "/proc/locks"))
            let all = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n")
            return all.count { $0.contains("POSIX") && $0.contains(":\(status.st_ino) ") }
        }
        // What the system shows of locks is not of one moment: on a busy machine some are passed over. Locks that were
        // given up never come back.
        func mostLocks(atLeast wanted: Int) async throws -> Int {
            var most = 0
            for _ in 0..<1000 {
                most = max(most, try locks())
                if most >= wanted { break }
                try await Task.sleep(for: .milliseconds(2))
            }
            return most
        }
        let before = try await mostLocks(atLeast: 1)
        #expect(before > 0)
        let second = SQLiteEngine(path: path, options: SQLiteOptions())
        #expect(try await second.count("verdict") == 0)
        #expect(try await mostLocks(atLeast: before) >= before)
        await second.close()
        await first.close()
    }

    /// A disk that is mounted later, and a file that somebody moved away: nothing is written to what nobody finds again.
    @Test func aPlaceThatComesAndGoesIsFollowed() async throws {
        let directory = try TemporaryDirectory()
        let mount = directory.path + "/mount"
        let store = SQLiteVerdictStore(path: mount + "/v")
        await #expect {
            try await store.append([.sample()])
        } throws: { error in
            if case VerdictStoreError.unreachable = error { true } else { false }
        }
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        try await store.append([.sample(1)])
        try FileManager.default.moveItem(atPath: mount, toPath: directory.path + "/away")
        await #expect(throws: VerdictStoreError.self) { try await store.append([.sample(2)]) }
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        let third = StoredVerdict.sample(3)
        try await store.append([third])
        #expect(try await everything(in: store) == [third])
        await store.close()
    }

    @Test func awaitsAnotherWriterForItsPatienceOnly() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/v"
        let (store, other) = (
            SQLiteVerdictStore(path: path, options: SQLiteOptions(patience: .milliseconds(200))),
            SQLiteEngine(path: path, options: SQLiteOptions())
        )
        try await store.check()
        let holding = Task {
            try await other.write(isRepeatable: false) { _ throws(VerdictStoreError) in
                close(creat(path + ".held", 0o600))
                // Until it is told; not for ever, where nobody tells it.
                for _ in 0..<12_000 where access(path + ".held", F_OK) == 0 { usleep(5_000) }
            }
        }
        while access(path + ".held", F_OK) != 0 { try await Task.sleep(for: .milliseconds(5)) }
        await #expect {
            try await store.append([.sample()])
        } throws: { error in
            if case VerdictStoreError.conflict = error { true } else { false }
        }
        // Reading goes on meanwhile.
        #expect(try await everything(in: store).isEmpty)
        unlink(path + ".held")
        try await holding.value
        try await store.append([.sample()])
        await store.close()
        await other.close()
    }
}

import Foundation
import StrictEncoding
import Testing

@testable import VerdictStorage

@Suite struct SpoolTests {
    private func drain(_ spool: VerdictSpool, limit: Int = 100) async throws -> [StoredVerdict] {
        var all: [StoredVerdict] = []
        while let batch = try await spool.oldest(limit: limit) {
            all += batch.verdicts
            try await spool.discard(batch)
        }
        return all
    }

    private let many = (0..<30).map(SpoolTests.verdict)

    private static func verdict(_ number: Int) -> StoredVerdict {
        let record = (0..<number).map { UInt8(truncatingIfNeeded: $0 * 37) }
        let evidence = StoredEvidence.sample(number, [(.component, "pkg:a/b@\(number)")])
        return .sample(
            Int64(number), repository: number == 3 ? nil : "r/\u{E9}\"\\\u{0}", digest: number == 4 ? nil : "sha256:d",
            evidence: [evidence], record: record)
    }

    @Test func givesBackWhatItWasGivenOldestFirst() async throws {
        let directory = try TemporaryDirectory()
        let place = directory.path + "/spool"
        let spool = try await VerdictSpool.open(
            directory: place, limits: SpoolLimits(bytes: 1 << 20, segmentBytes: 4000))
        for start in stride(from: 0, to: 30, by: 3) { try await spool.append(Array(many[start..<(start + 3)])) }
        #expect(await spool.size.verdicts == 30)
        let names = try FileManager.default.contentsOfDirectory(atPath: place)
        #expect(names.count > 3)
        for name in names {
            let attributes = try FileManager.default.attributesOfItem(atPath: place + "/" + name)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
        #expect(try FileManager.default.attributesOfItem(atPath: place)[.posixPermissions] as? Int == 0o700)
        #expect(try await drain(spool, limit: 4) == many)
        #expect(await spool.size == SpoolSize())
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
        // And on.
        try await spool.append([many[0]])
        #expect(try await drain(spool) == [many[0]])
    }

    @Test func whatAnEarlierProcessLeftComesFirst() async throws {
        let directory = try TemporaryDirectory()
        do {
            let first = try await VerdictSpool.open(directory: directory.path)
            try await first.append([many[0], many[1]])
            // Taken, but not yet discarded: the store may not have it.
            _ = try await first.oldest(limit: 1)
        }
        let second = try await VerdictSpool.open(directory: directory.path)
        #expect(await second.size.verdicts == 2)
        try await second.append([many[2]])
        #expect(try await drain(second) == Array(many[0...2]))
    }

    @Test func oneHolderAtATime() async throws {
        let directory = try TemporaryDirectory()
        do {
            let first = try await VerdictSpool.open(directory: directory.path)
            await #expect(throws: VerdictStoreError.self) { try await VerdictSpool.open(directory: directory.path) }
            try await first.append([many[0]])
        }
        _ = try await VerdictSpool.open(directory: directory.path)
    }

    /// The machine stopped while a frame was written: at any byte.
    @Test func aTornTailIsPassedOver() async throws {
        let directory = try TemporaryDirectory()
        do {
            let spool = try await VerdictSpool.open(directory: directory.path)
            try await spool.append([many[0], many[1]])
        }
        let name = try #require(try directory.names().first)
        let whole = try #require(directory.bytes(name))
        let firstEnd = 8 + SpoolSegment.frame(many[0].exported()).count
        for length in Set(stride(from: 0, to: whole.count, by: 37)).union(firstEnd - 2...firstEnd + 13).union(0...9) {
            let other = try TemporaryDirectory()
            try Data(whole.prefix(length)).write(to: URL(fileURLWithPath: other.path + "/" + name))
            let spool = try await VerdictSpool.open(directory: other.path)
            try await spool.append([many[2]])
            let expected = (length >= firstEnd ? [many[0]] : []) + [many[2]]
            #expect(try await drain(spool) == expected, "\(length) of \(whole.count) bytes")
        }
    }

    /// A byte that the disk changed costs its verdict, is counted, and the file stays to be looked at.
    @Test func aDamagedFrameIsCountedAndKept() async throws {
        let directory = try TemporaryDirectory()
        do {
            let spool = try await VerdictSpool.open(directory: directory.path)
            try await spool.append([many[0], many[1], many[2]])
        }
        let name = try #require(try directory.names().first)
        var bytes = try #require(directory.bytes(name))
        bytes[8 + SpoolSegment.frame(many[0].exported()).count + 100] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: directory.path + "/" + name))
        let spool = try await VerdictSpool.open(directory: directory.path)
        #expect(try await drain(spool) == [many[0], many[2]])
        #expect(await spool.size == SpoolSize(damaged: 1))
        #expect(try directory.names() == [name + ".damaged"])
    }

    @Test func aFullSpoolSaysSoAndKeepsWhatItHas() async throws {
        let directory = try TemporaryDirectory()
        let spool = try await VerdictSpool.open(directory: directory.path, limits: SpoolLimits(bytes: 3000))
        try await spool.append([many[0]])
        await #expect(throws: VerdictStoreError.self) { try await spool.append(many) }
        try await spool.append([many[1]])
        #expect(try await drain(spool) == [many[0], many[1]])
    }

    @Test func aFileInTheWayIsRefused() async throws {
        let directory = try TemporaryDirectory()
        try Data().write(to: URL(fileURLWithPath: directory.path + "/file"))
        await #expect(throws: VerdictStoreError.self) {
            try await VerdictSpool.open(directory: directory.path + "/file")
        }
        await #expect(throws: VerdictStoreError.self) {
            try await VerdictSpool.open(directory: directory.path + "/no/where")
        }
    }

    @Test func exportsReadBackExactly() throws {
        for verdict in many { #expect(try StoredVerdict(exported: verdict.exported()) == verdict) }
        for broken in ["", "{}", "[]", #"{"id":"01arycgfc10000000000000000"}"#] {
            #expect(throws: VerdictStoreError.self) { try StoredVerdict(exported: Array(broken.utf8)) }
        }
    }
}

import Foundation
import Glibc
import StrictEncoding
import Testing

@testable import VerdictStorage

/// Processes that share history and queue and end in the middle: `landwaiter-store-worker`, built beside the tests.
///
/// `LANDWAITER_KILLS=200` in the environment kills as many instead of 20.
@Suite(.serialized) struct KilledProcessTests {
    private static let kills = ProcessInfo.processInfo.environment["LANDWAITER_KILLS"].flatMap { Int($0) } ?? 20

    @Test(arguments: StoreKind.here) func killedProcessesLoseAndDoubleNothing(_ kind: StoreKind) async throws {
        try await kind.withPlace { place in
            let directory = try TemporaryDirectory()
            let store = try place.open()
            try await store.check()
            // Two places to spool to, for two processes that run at once; whoever comes next takes over what is left.
            var workers = try (0..<2).map { try Worker(place, directory, $0) }
            var queued = 0
            for round in 0..<Self.kills {
                for _ in 0..<5 {
                    queued += 1
                    let job = NewJob(kind: "verify", key: "j\(queued)", payload: [], notBefore: .earliest)
                    #expect(try await store.enqueue(job))
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...150)))
                workers[round % 2].kill()
                workers[round % 2] = try Worker(place, directory, round % 2)
            }
            // The leases of those that were killed end.
            for _ in 0..<1000 {
                if try await engineCount(place, "job") == 0 { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            for worker in workers { #expect(worker.end() == "spooled 0") }

            let log = try #require(directory.bytes("log"))
            let lines = String(decoding: log, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
            let stored = try await everything(in: store).map(\.id.description)
            #expect(Set(stored).count == stored.count)
            let durable = Set(lines.filter { $0[0] == "verdict" }.map { String($0[1]) })
            #expect(durable.count > Self.kills)
            #expect(
                durable.subtracting(stored).isEmpty, "\(durable.subtracting(stored).count) recorded verdicts are lost")
            // One more for each task of each process that was killed is stored and was not yet acknowledged.
            #expect(stored.count - durable.count <= 4 * Self.kills)
            #expect(try await engineCount(place, "record") == stored.count)
            #expect(try await engineCount(place, "verdict_policy") == stored.count)
            #expect(try await engineCount(place, "verdict_evidence") == stored.count)

            try Self.expectWorkWasDone(lines, jobs: queued)
            print(
                "\(kind.rawValue): \(Self.kills) kills, \(durable.count) acknowledged, \(stored.count) stored, \(queued) jobs"
            )
            await store.close()
        }
    }

    /// No file can grow beyond 400 KB, neither the store's nor the spool's: what was called durable is, and comes to the
    /// store when there is room again. (A limit of the process, which the system enforces as it does a full disk.)
    @Test func whatWasRecordedOnAFullDiskIsKept() async throws {
        let directory = try TemporaryDirectory()
        let place = StoreKind.Place.file(directory.path + "/verdicts.sqlite")
        let full = try Worker(place, directory, 0, fileLimit: 800)
        for _ in 0..<500 {
            try await Task.sleep(for: .milliseconds(20))
            let spooled = (try? FileManager.default.contentsOfDirectory(atPath: directory.path + "/spool-0")) ?? []
            if spooled.count > 2 { break }
        }
        let last = try #require(full.end())
        #expect(last.hasPrefix("spooled ") && last != "spooled 0")
        let roomy = try Worker(place, directory, 0)
        #expect(roomy.end() == "spooled 0")
        let log = String(decoding: try #require(directory.bytes("log")), as: UTF8.self)
        let durable = Set(
            log.split(separator: "\n").filter { $0.hasPrefix("verdict ") }.map { String($0.dropFirst(8)) })
        let store = try place.open()
        let stored = try await everything(in: store).map(\.id.description)
        #expect(Set(stored).count == stored.count && durable.count > 100)
        #expect(durable.subtracting(stored).isEmpty)
        await store.close()
    }

    /// Each job was done; again only by a later claim, after the one before had not been finished.
    private static func expectWorkWasDone(_ lines: [[Substring]], jobs: Int) throws {
        var attempts: [Substring: [Int]] = [:]
        var finished: Set<Substring> = []
        for line in lines where line.count == 3 {
            let attempt = try #require(Int(line[2]))
            switch line[0] {
            case "begin":
                #expect(!finished.contains(line[1]), "job \(line[1]) was begun after it was finished")
                #expect(attempt > attempts[line[1]]?.last ?? 0, "job \(line[1]) was given to two")
                attempts[line[1], default: []].append(attempt)
            case "finished": #expect(finished.insert(line[1]).inserted)
            default: break
            }
        }
        #expect(attempts.count == jobs)
        let done = Set(lines.filter { $0[0] == "done" }.map { $0[1] })
        #expect(done.count == jobs)
    }

    private func engineCount(_ place: StoreKind.Place, _ table: String) async throws -> Int {
        let engine = try place.engine()
        let count = try await engine.count(table)
        await engine.close()
        return count
    }
}

/// A worker process with a pipe to its standard input and one from its standard output.
private final class Worker {
    private let process: pid_t
    private let input: Int32
    private let output: Int32

    /// With a limit, in blocks of 512 bytes, for the size of each file.
    init(
        _ place: StoreKind.Place, _ directory: TemporaryDirectory, _ number: Int, fileLimit: Int? = nil
    ) throws {
        var ends: [Int32] = [0, 0, 0, 0]
        try #require(pipe(&ends) == 0)
        let (childInput, input) = (ends[0], ends[1])
        try #require(pipe(&ends) == 0)
        let (output, childOutput) = (ends[0], ends[1])
        for end in [childInput, input, output, childOutput] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, childInput, 0)
        posix_spawn_file_actions_adddup2(&actions, childOutput, 1)
        var words = [try Self.program().path] + place.words
        words += ["\(directory.path)/spool-\(number)", "\(directory.path)/log"]
        if let fileLimit {
            words = ["/bin/sh", "-c", "ulimit -f \(fileLimit); trap '' XFSZ; exec \"$@\"", "sh"] + words
        }
        let program = words[0]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, program, &actions, nil, &arguments, environ)
        close(childInput)
        close(childOutput)
        try #require(failure == 0)
        self.process = process
        self.input = input
        self.output = output
        try #require(line() == "ready")
    }

    deinit {
        close(input)
        close(output)
    }

    func kill() {
        Glibc.kill(process, SIGKILL)
        wait()
    }

    /// Lets it end by itself; its last words.
    func end() -> String? {
        // The pipe's other end is this process's alone, so closing it is the end of its input.
        dup2(output, input)
        defer { wait() }
        return line()
    }

    private func wait() {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    private func line() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }

    /// The program lies where the bundle of the tests does.
    private static func program() throws -> URL {
        var place = Bundle.allBundles.map(\.bundleURL) + [URL(fileURLWithPath: CommandLine.arguments[0])]
        place = place.flatMap { [$0, $0.deletingLastPathComponent()] }
        let found = place.map { $0.appendingPathComponent("landwaiter-store-worker") }.first {
            FileManager.default.isExecutableFile(atPath: $0.path)
        }
        return try #require(found, "landwaiter-store-worker is not built beside the tests")
    }
}

import Content
import Foundation
import Simulators
import StrictEncoding
import TUF
import TUFClient
import Testing

/// Several processes, and processes that end in the middle: what lies on disk is always valid.
///
/// The processes are `landwaiter-tuf-client`, built beside the tests; they read the real clock, so the repository's
/// metadata never expires.
@Suite(.serialized) struct ProcessTests {
    /// Publishes a new version of everything, with another target, 200 times; each time a client is killed at a random
    /// moment of its update.
    @Test func aKilledUpdateLeavesValidTrust() async throws {
        let (server, directory) = (try TemporaryDirectory(), try TemporaryDirectory())
        var repository = try Self.repository()
        let store = TrustStore(path: directory.path)
        let path = try TargetPath("file")
        try server.lay(repository)
        try await store.begin(withRoot: try #require(repository.files["1.root.json"]))
        let start = ContinuousClock.now
        #expect(Self.end(of: try Self.start(server, directory)) == 0)
        let elapsed = start.duration(to: .now).components
        // Up to the end of an update and a little further; no longer than a machine at rest takes. How long that is
        // changes with what else the machine does: each round corrects it.
        var longest = min(Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18, 0.1) * 1_200_000
        var seen = Versions()
        var killed = 0
        for round in 2...201 {
            // What is on the server stays there; only what is new is laid beside it.
            repository.files = [:]
            repository.targetFiles = [:]
            if round.isMultiple(of: 10) { try repository.publishNextRoot() }
            repository.add("file", Array("content \(round)".utf8))
            try repository.publishNext()
            try server.lay(repository)
            let process = try Self.start(server, directory)
            usleep(UInt32.random(in: 0...UInt32(longest)))
            kill(process, SIGKILL)
            let wasKilled = Self.end(of: process) == SIGKILL
            killed += wasKilled ? 1 : 0
            longest = min(wasKilled ? longest * 1.1 : longest * 0.9, 200_000)

            // Complete trust is there, and is of this version or an earlier one, with its own target.
            let trust = try store.load(targets: [path], at: Self.now)
            let version = trust.targetsMetadata.version
            #expect(trust.targets[path]?.bytes == Array((version == 1 ? "content" : "content \(version)").utf8))
            #expect(trust.timestamp.version == version && trust.snapshot.version == version)
            // Nothing that was verified is ever older than before.
            let stored = try Versions(directory)
            #expect(stored.isAtLeast(seen))
            seen = stored
        }
        #expect(killed > 50, "of 200 only \(killed) were killed before they ended")
        // Whatever was left is no obstacle.
        #expect(Self.end(of: try Self.start(server, directory)) == 0)
        let trust = try store.load(targets: [path], at: Self.now)
        #expect(trust.targetsMetadata.version == 201)
    }

    @Test func twoProcessesAtOnceAreBothRight() async throws {
        let (server, directory) = (try TemporaryDirectory(), try TemporaryDirectory())
        var repository = try Self.repository()
        let store = TrustStore(path: directory.path)
        let path = try TargetPath("file")
        try await store.begin(withRoot: try #require(repository.files["1.root.json"]))
        try server.lay(repository)
        for round in 2...20 {
            repository.files = [:]
            repository.targetFiles = [:]
            if round.isMultiple(of: 3) { try repository.publishNextRoot() }
            repository.add("file", Array("content \(round)".utf8))
            try repository.publishNext()
            try server.lay(repository)
            let processes = try (0..<2).map { _ in try Self.start(server, directory) }
            #expect(processes.map { Self.end(of: $0) } == [0, 0])
            let trust = try store.load(targets: [path], at: Self.now)
            #expect(trust.targetsMetadata.version == round)
            #expect(trust.root.version == repository.root.version)
            #expect(trust.targets[path]?.bytes == Array("content \(round)".utf8))
        }
    }

    // MARK: Processes

    private static let now = Instant(secondsSince1970: Int64(Date().timeIntervalSince1970))

    private static func repository() throws -> SimulatedTUFRepository {
        var repository = try SimulatedTUFRepository()
        repository.root.expires = .latest
        repository.timestamp.expires = .latest
        repository.snapshot.expires = .latest
        repository.targets.role.expires = .latest
        repository.add("file", Array("content".utf8))
        try repository.publishRoot()
        try repository.publish()
        return repository
    }

    /// The program lies where the bundle of the tests does.
    private static func program() throws -> URL {
        var place = Bundle.allBundles.map(\.bundleURL) + [URL(fileURLWithPath: CommandLine.arguments[0])]
        place = place.flatMap { [$0, $0.deletingLastPathComponent()] }
        let found = place.map { $0.appendingPathComponent("landwaiter-tuf-client") }.first {
            FileManager.default.isExecutableFile(atPath: $0.path)
        }
        return try #require(found, "landwaiter-tuf-client is not built beside the tests")
    }

    /// A client that updates, by its process ID. Foundation's own way of waiting needs a run loop, which threads of tasks
    /// have not.
    private static func start(_ server: TemporaryDirectory, _ directory: TemporaryDirectory) throws -> pid_t {
        let words = [
            try program().path, "--metadata-dir", directory.path, "--metadata-url", server.path, "--target-dir",
            server.path, "--target-name", "file", "download",
        ]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, words[0], nil, nil, &arguments, environ)
        try #require(failure == 0)
        return process
    }

    /// Waits for the end: 0 for success, else the signal or the exit status.
    private static func end(of process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f != 0 ? status & 0x7f : status >> 8
    }

    /// What the files of the top-level roles say; 0 for one that is not there.
    private struct Versions {
        var all = [0, 0, 0, 0]

        init() {}

        init(_ directory: TemporaryDirectory) throws {
            all = try ["root", "timestamp", "snapshot", "targets"].map { name in
                guard let bytes = directory.file(name + ".json") else { return 0 }
                return try #require(try JSONDocument(parsing: bytes).root["signed"]?["version"]?.int)
            }
        }

        func isAtLeast(_ other: Versions) -> Bool { zip(all, other.all).allSatisfy { $0 >= $1 } }
    }
}

import Foundation
import Glibc
import Synchronization
import Testing

/// A PostgreSQL server for the tests of this process, by `Scripts/temporary-postgresql`. It is gone when the process is,
/// however that ends: the script waits for the end of the pipe that this holds.
final class TemporaryPostgreSQL: Sendable {
    /// Nil where PostgreSQL is not installed.
    static let shared: TemporaryPostgreSQL? = {
        // Not a reason to fail where there is none; where there is one, `aServerCouldBeStarted` says so.
        isInstalled ? try? TemporaryPostgreSQL() : nil
    }()

    /// Whether Debian's packages are there.
    static let isInstalled =
        ((try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []).contains {
            FileManager.default.isExecutableFile(atPath: "/usr/lib/postgresql/\($0)/bin/initdb")
        }

    /// Without `dbname`.
    let connection: String
    private let commands: Int32
    private let answers: Mutex<Answers>
    private let names = Atomic(0)

    /// - Parameter tls: whether it is reached over TCP, by TLS alone; else over a socket of this machine.
    init(tls: Bool = false) throws {
        var script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        script.appendPathComponent("../../Scripts/temporary-postgresql")
        let (input, output) = (try Self.pipe(), try Self.pipe())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.read, 0)
        posix_spawn_file_actions_adddup2(&actions, output.write, 1)
        let words = ["/bin/sh", script.standardizedFileURL.path] + (tls ? ["--tls"] : [])
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, words[0], &actions, nil, &arguments, environ)
        close(input.read)
        close(output.write)
        try #require(failure == 0)
        commands = input.write
        var answers = Answers(descriptor: output.read)
        let first = answers.next()
        connection = try #require(first)
        self.answers = Mutex(answers)
    }

    /// A new database, by its connection string.
    func database(_ command: String = "database") throws -> String {
        let name = "t\(names.add(1, ordering: .relaxed).newValue)"
        try #require(tell("\(command) \(name)"))
        return "\(connection) dbname=\(name)"
    }

    /// Whether the script did it.
    func tell(_ command: String) -> Bool {
        answers.withLock { answers in
            let line = Array((command + "\n").utf8)
            return write(commands, line, line.count) == line.count && answers.next() == "ok"
        }
    }

    /// Both ends are closed in programs that tests start, or the script would never see the end.
    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        for end in ends { try #require(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
        return (ends[0], ends[1])
    }

    private struct Answers {
        let descriptor: Int32

        mutating func next() -> String? {
            var line: [UInt8] = []
            var byte: UInt8 = 0
            while read(descriptor, &byte, 1) == 1 {
                if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
                line.append(byte)
            }
            return nil
        }
    }
}

@Suite struct TemporaryPostgreSQLTests {
    /// What the tests that run against both stores rely on.
    @Test(.enabled(if: TemporaryPostgreSQL.isInstalled, "skipped: PostgreSQL not found"))
    func aServerCouldBeStarted() {
        #expect(TemporaryPostgreSQL.shared != nil)
    }
}

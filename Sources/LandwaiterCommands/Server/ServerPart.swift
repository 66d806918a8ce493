package import ArgumentParser
import Findings
@preconcurrency import Glibc

/// A command that needs what only the server part links: storage and HTTP. Its words, its help and its completion are
/// part of `landwaiter`, one tree of commands for both programs; its work is done by `landwaiter-server`.
package protocol ServerPartCommand: AsyncParsableCommand, Sendable {}

extension ServerPartCommand {
    package mutating func run() async throws {
        guard let carryOut = ServerPart.carryOut else {
            return try await running { try ServerPart.replaceThisProgram() }
        }
        try await carryOut.run(self)
    }
}

/// The program `landwaiter-server`, which belongs to this one (docs/adr, "two executables").
package enum ServerPart {
    /// How its commands are carried out; nil in the program that can't, which then becomes the one that can.
    @TaskLocal package static var carryOut: Carrier?

    /// What carries commands out. A class: in an optimised program a task-local value that is a function has no
    /// metadata (Swift 6.3), and the program ends when it is bound.
    package final class Carrier: Sendable {
        package let run: @Sendable (any ServerPartCommand) async throws -> Void

        package init(_ run: @escaping @Sendable (any ServerPartCommand) async throws -> Void) { self.run = run }
    }

    static let name = "landwaiter-server"

    /// Becomes the other program: the same process, so the same id, the same words, files, signals and exit status.
    ///
    /// - Throws: status 69 if it isn't there or can't be started. Otherwise it does not come back.
    ///
    /// - Parameter program: this program's file; nil where the system can't tell.
    static func replaceThisProgram(seenFrom program: String? = thisProgram()) throws(CommandFailure) {
        guard let program else {
            throw unavailable("cannot tell from where this program was started: /proc/self/exe cannot be read")
        }
        let places = places(seenFrom: program)
        guard let path = places.first(where: isProgram) else {
            throw unavailable(
                "this command needs `\(name)`, which is not installed: looked for "
                    + places.map { Finding.quoted($0) }.joined(separator: " and "))
        }
        // The words as the system has them: what is not UTF-8 stays as it is.
        execv(path, CommandLine.unsafeArgv)
        throw unavailable("cannot start \(Finding.quoted(path)): \(String(cString: strerror(errno)))")
    }

    /// Where it may lie, seen from this program's own place and from nowhere else: what `PATH` says, anybody may have
    /// said. First as it is installed, then as it is built.
    static func places(seenFrom executable: String) -> [String] {
        let directory = LocalFile.directory(of: executable)
        let above = LocalFile.directory(of: directory)
        return [
            LocalFile.join(above, "libexec/landwaiter/" + name), LocalFile.join(directory, name),
        ]
    }

    /// The path of this program's file, without links.
    private static func thisProgram() -> String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    private static func isProgram(_ path: String) -> Bool {
        LocalFile.exists(path) && !LocalFile.isDirectory(path)
    }

    private static func unavailable(_ line: String) -> CommandFailure {
        CommandFailure(
            status: ExitStatus.unavailable,
            lines: [
                line,
                "install the whole of landwaiter: `make install` puts `\(name)` under libexec/landwaiter beside bin",
            ])
    }
}

import Foundation
import Testing

@testable import LandwaiterCommands
@testable import LandwaiterServerCommands

/// The two programs as they are built, side by side.
@Suite(.enabled(if: Programs.areBuilt, "landwaiter and landwaiter-server are not built"))
struct ProgramTests {
    @Test(arguments: [
        ["--help"], ["--version"], ["help", "serve"], ["help", "audit"], ["help", "rollout", "status"],
        ["serve", "--help"], ["audit", "impact", "--help"], ["--generate-completion-script", "bash"],
        ["--generate-completion-script", "zsh"], ["--generate-completion-script", "fish"], ["audit", "impact"],
        ["rollout", "status", "--since", "x"], ["serve"], ["nothing"],
    ])
    func bothSayTheSame(_ words: [String]) throws {
        let one = try Programs.run("landwaiter", words)
        let other = try Programs.run("landwaiter-server", words)
        #expect(one == other)
        #expect(!one.output.isEmpty || !one.errors.isEmpty)
    }

    @Test func completionsKnowTheServersCommands() throws {
        let script = try Programs.run("landwaiter", ["--generate-completion-script", "bash"]).output
        for word in ["serve", "audit", "rollout", "reverify", "insecure-any-caller", "dry-run"] {
            #expect(script.contains(word), "\(word)")
        }
    }

    @Test func workIsDoneByTheSibling() throws {
        let place = try Place()
        let missing = try Programs.run("landwaiter", ["audit", "list", "--database", place.path("none.db")])
        #expect(missing.status == 65 && missing.errors.contains("there is no database"))
    }

    /// Neither PATH nor the current directory is looked at.
    @Test func withoutItsSiblingTheProgramSaysWhatIsMissing() throws {
        let place = try Place()
        let alone = place.path("bin/landwaiter")
        try FileManager.default.createDirectory(
            atPath: place.path("bin"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: Programs.url("landwaiter"), to: URL(fileURLWithPath: alone))
        let result = try Programs.run(
            URL(fileURLWithPath: alone), ["rollout", "status", "--database", "x"],
            environment: ["PATH": Programs.directory.path], directory: Programs.directory)
        #expect(result.status == 69)
        #expect(result.errors.contains(place.path("libexec/landwaiter/landwaiter-server")))
        #expect(result.errors.contains("make install"))
    }

    @Test func theInstalledSiblingIsFound() throws {
        let place = try Place()
        for directory in ["bin", "libexec/landwaiter", "links"] {
            try FileManager.default.createDirectory(
                atPath: place.path(directory), withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(atPath: Programs.url("landwaiter").path, toPath: place.path("bin/landwaiter"))
        try FileManager.default.createSymbolicLink(
            atPath: place.path("links/landwaiter"), withDestinationPath: place.path("bin/landwaiter"))
        // A stand-in says which process it is and what it was told.
        try place.write("#!/bin/sh\necho \"$$ $*\"\nexit 7\n", to: "libexec/landwaiter/landwaiter-server")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: place.path("libexec/landwaiter/landwaiter-server"))
        for program in ["bin/landwaiter", "links/landwaiter"] {
            let result = try Programs.run(
                URL(fileURLWithPath: place.path(program)), ["audit", "list", "--namespace", "two words"])
            #expect(result.status == 7)
            #expect(result.output == "\(result.process) audit list --namespace two words\n")
        }
    }

    @Test func servesUntilItIsToldToStop() throws {
        let served = try ServedPlace()
        let running = try Programs.start("landwaiter", ["serve", "--config", served.path])
        defer { running.process.terminate() }
        let started = running.waitForErrors(holding: "listening")
        #expect(started.contains("\"listening\""), "\(started)")
        running.process.interrupt()
        running.process.waitUntilExit()
        #expect(running.process.terminationStatus == 0)
        #expect(running.errors.contains("stopped"))
    }

    @Test func anAddressThatIsTakenIsUnavailable() throws {
        let served = try ServedPlace()
        let running = try Programs.start("landwaiter", ["serve", "--config", served.path])
        defer { running.process.terminate() }
        let text = running.waitForErrors(holding: "\"listening\"")
        let port = try #require(
            text.split(separator: "\n").first { $0.contains("\"listening\"") }?
                .firstMatch(of: #/"port":"([0-9]+)"/#)?.1)
        let second = try ServedPlace(Documents.small.replacing("127.0.0.1:0", with: "127.0.0.1:\(port)"))
        let result = try Programs.run("landwaiter", ["serve", "--config", second.path])
        #expect(result.status == 69, "\(result.errors)")
        running.process.terminate()
        running.process.waitUntilExit()
    }
}

/// Built programs, and what they say.
enum Programs {
    struct Result: Equatable {
        var status: Int32
        var output: String
        var errors: String
        var process: Int32 = 0

        static func == (a: Result, b: Result) -> Bool {
            a.status == b.status && a.output == b.output && a.errors == b.errors
        }
    }

    /// Where the test's own program lies, or the bundle that holds it.
    static let directory: URL = {
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let candidates = [
            own, own.deletingLastPathComponent(),
            URL(fileURLWithPath: "/proc/self/exe")
                .resolvingSymlinksInPath().deletingLastPathComponent(),
        ]
        return candidates.first {
            FileManager.default.isExecutableFile(atPath: $0.appendingPathComponent("landwaiter").path)
        } ?? Bundle.main.bundleURL
    }()

    static func url(_ name: String) -> URL { directory.appendingPathComponent(name) }

    static var areBuilt: Bool {
        ["landwaiter", "landwaiter-server"].allSatisfy { FileManager.default.isExecutableFile(atPath: url($0).path) }
    }

    static func run(_ name: String, _ words: [String]) throws -> Result { try run(url(name), words) }

    static func run(
        _ program: URL, _ words: [String], environment: [String: String]? = nil, directory: URL? = nil
    ) throws -> Result {
        let running = try Running(program, words, environment: environment, directory: directory)
        running.process.waitUntilExit()
        return Result(
            status: running.process.terminationStatus, output: running.output, errors: running.errors,
            process: running.process.processIdentifier)
    }

    static func start(_ name: String, _ words: [String]) throws -> Running {
        try Running(url(name), words, environment: nil, directory: nil)
    }

    /// A program that writes into files, so that no pipe fills.
    final class Running {
        let process = Process()
        private let place: Place

        init(_ program: URL, _ words: [String], environment: [String: String]?, directory: URL?) throws {
            place = try Place()
            process.executableURL = program
            process.arguments = words
            if let environment { process.environment = environment }
            if let directory { process.currentDirectoryURL = directory }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: place.write("", to: "out")))
            process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: place.write("", to: "err")))
            try process.run()
        }

        var output: String { (try? String(contentsOfFile: place.path("out"), encoding: .utf8)) ?? "" }
        var errors: String { (try? String(contentsOfFile: place.path("err"), encoding: .utf8)) ?? "" }

        /// For as long as a busy machine may take.
        func waitForErrors(holding text: String) -> String {
            for _ in 0..<600 where !errors.contains(text) && process.isRunning { usleep(50_000) }
            return errors
        }
    }
}

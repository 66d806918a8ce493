import Foundation

/// Runs programs that are the other side of a test.
package enum Tool {
    package struct Output: Sendable {
        package let status: Int32
        /// Standard output and error together.
        package let text: String
    }

    /// Where a program is; nil if it is not installed.
    package static func path(_ name: String) -> String? {
        let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return directories.map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a program to its end, whatever its status; ends it after `seconds`. Threads of tasks are not held up: a
    /// registry in this process may have to answer the program.
    package static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], in directory: String? = nil,
        seconds: Int = 60
    ) async throws -> Output {
        guard let path = path(name) else { throw RegistrySimulatorError.notInstalled(name) }
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try start(path, arguments, environment, directory, seconds)
                    })
            }
        }
    }

    /// The same; what it wrote, if it exits 0.
    @discardableResult
    package static func succeed(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], in directory: String? = nil
    ) async throws -> String {
        let output = try await run(name, arguments, environment: environment, in: directory)
        guard output.status == 0 else {
            throw RegistrySimulatorError.tool(name: name, status: output.status, output: output.text)
        }
        return output.text
    }

    private static func start(
        _ path: String, _ arguments: [String], _ environment: [String: String], _ directory: String?, _ seconds: Int
    ) throws -> Output {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let pid = process.processIdentifier
        let alarm = DispatchWorkItem { kill(pid, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds), execute: alarm)
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        alarm.cancel()
        return Output(status: process.terminationStatus, text: text)
    }
}

/// A directory for one test, gone with its last holder.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        path = NSTemporaryDirectory() + "registry-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    package func path(_ name: String) -> String { path + "/" + name }

    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    package func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(name))), as: UTF8.self)
    }
}

import Foundation
import Testing

@testable import LandwaiterCommands

/// A directory of a test's own, removed with it.
final class Place: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("landwaiter-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func write(_ text: String, to name: String) throws -> String {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    /// A copy of a case of testdata/, to be written to.
    func copy(_ item: String) throws -> String {
        let copy = url.appendingPathComponent("image")
        try FileManager.default.copyItem(at: Repository.url("testdata/\(item)/image"), to: copy)
        return "oci:\(copy.path):v1"
    }
}

/// The checked-out repository.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func url(_ path: String) -> URL { root.appendingPathComponent(path) }
    static func path(_ path: String) -> String { url(path).path }

    /// What a case of testdata/ that brings a trusted root is run with.
    static func trust(_ item: String) -> [String] {
        let root = path("testdata/\(item)/trusted_root.json")
        return FileManager.default.fileExists(atPath: root) ? ["--trusted-root", root] : []
    }
}

/// Runs a command line in process; gives its exit status.
func run(_ words: String...) async throws -> Int32 { try await status(words) }

func status(_ words: [String]) async throws -> Int32 {
    try await LandwaiterCommand.status(of: words)
}

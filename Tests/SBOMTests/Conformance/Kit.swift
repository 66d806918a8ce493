import Foundation
import Testing

/// Third-party test data with expected outcomes, which is no part of this repository.
///
/// It lies where `LANDWAITER_KIT` says, else in `../shared/kit` beside the package. Suites that use it carry
/// `.enabled(if: Kit.isPresent, Kit.absence)`.
enum Kit {
    static let absence: Comment = "skipped: kit not found"

    /// A place that was named must be there: a misspelt one fails the tests instead of skipping them.
    static let root: URL? = {
        if let named = ProcessInfo.processInfo.environment["LANDWAITER_KIT"] {
            return URL(fileURLWithPath: named, isDirectory: true)
        }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let beside = package.deletingLastPathComponent().appendingPathComponent("shared/kit", isDirectory: true)
        if FileManager.default.fileExists(atPath: beside.path) { return beside }
        print(absence)
        return nil
    }()

    static var isPresent: Bool { root != nil }

    static func read(_ path: String) throws -> [UInt8] {
        let root = try #require(root)
        return Array(try Data(contentsOf: root.appendingPathComponent(path)))
    }

    /// The rows of a sheet, without the line of names.
    static func rows(_ path: String) -> [[String]] {
        guard let sheet = try? read(path) else { return [] }
        return String(decoding: sheet, as: UTF8.self).split(separator: "\n").dropFirst().map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }
}

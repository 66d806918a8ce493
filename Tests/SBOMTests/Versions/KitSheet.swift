import Foundation
import StrictEncoding
import Testing

/// A sheet of third-party cases with expected outcomes, which is no part of this repository.
///
/// It lies where `LANDWAITER_KIT` says, else in `../shared/kit` beside the package. Suites that use it carry
/// `.enabled(if: KitSheet.isPresent, KitSheet.absence)`.
enum KitSheet {
    static let absence: Comment = "skipped: kit not found"

    static let root: URL? = {
        if let named = ProcessInfo.processInfo.environment["LANDWAITER_KIT"] {
            return URL(fileURLWithPath: named, isDirectory: true)
        }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let beside = package.deletingLastPathComponent().appendingPathComponent("shared/kit", isDirectory: true)
        return FileManager.default.fileExists(atPath: beside.path) ? beside : nil
    }()

    static var isPresent: Bool { root != nil }

    static func read(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: try #require(root).appendingPathComponent(path)))
    }

    static func json(_ path: String) throws -> JSONValue { try JSONDocument(parsing: read(path)).root }

    struct Row: CustomTestStringConvertible, Sendable {
        /// `file#index`, which names a row for good.
        let id: String
        let type: String
        let expectsPass: Bool
        let input: JSONValue
        let output: JSONValue
        let testDescription: String
    }

    /// The rows of a `CASES.tsv` of the package-url project: file, index, group, type, expected, input, output.
    static func rows(_ path: String) -> [Row] {
        guard let bytes = try? read(path) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap { line in
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map(Array.init)
            guard fields.count >= 7, let input = try? JSONDocument(parsing: fields[5]).root,
                let output = try? JSONDocument(parsing: fields[6]).root
            else {
                Issue.record("a row that can't be read: \(String(decoding: line, as: UTF8.self))")
                return nil
            }
            let text = fields.map { String(decoding: $0, as: UTF8.self) }
            let file = text[0].split(separator: "/").last.map(String.init) ?? text[0]
            let id = file.replacing("-test.json", with: "").replacing("_test.json", with: "") + "#" + text[1]
            return Row(
                id: id, type: text[3], expectsPass: text[4] == "pass", input: input, output: output,
                testDescription: id + " " + text[3] + " " + text[5])
        }
    }
}

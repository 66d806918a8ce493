import Findings
public import StrictEncoding
import YAML

/// The objects of a file of manifests: YAML of any number of documents, or JSON.
public enum ManifestFile {
    /// One document.
    public struct Document: Sendable {
        public let value: JSONTree
        /// Where it begins, from 1.
        public let line: Int
        private let lines: [ExactString: Int]

        fileprivate init(value: JSONTree, line: Int, lines: [ExactString: Int]) {
            self.value = value
            self.line = line
            self.lines = lines
        }

        /// The line on which the value under a pointer begins; that of the document where it isn't known.
        public func line(of pointer: String) -> Int { lines[ExactString(pointer)] ?? line }
    }

    /// Most bytes of a file: 16 MiB, several thousand objects.
    public static let longest = PlainYAML.Limits().bytes

    /// Reads a file. Aliases are written out, within bounds; what two readers could read differently is refused.
    public static func documents(_ bytes: [UInt8]) throws(ManifestFileError) -> [Document] {
        // JSON as such, since YAML's readers know not all of its escapes; what isn't JSON may still be YAML.
        if bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{"), bytes.count <= longest,
            let document = try? JSONDocument(parsing: bytes, limits: JSONLimits(bytes: longest, depth: 64)),
            let value = JSONTree(document.root)
        {
            return [Document(value: value, line: 1, lines: [:])]
        }
        do throws(PlainYAMLError) {
            return try PlainYAML.documents(bytes, keepingLinesOf: ["image", "reference"]).map {
                Document(value: $0.value, line: $0.line, lines: $0.lines)
            }
        } catch {
            throw ManifestFileError(message: error.message)
        }
    }
}

/// Why a file is not read; one line, with the file's line where there is one.
public struct ManifestFileError: Error, Equatable, Sendable {
    public let message: String
}

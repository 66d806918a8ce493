import Findings
import StrictEncoding

/// A JSON text as the nodes that documents are read from: so that a wrong field is reported with its line, like in YAML.
enum JSONNodes {
    static func root(of bytes: [UInt8], file: String, _ problems: PolicyProblems) -> PolicyNode? {
        do throws(JSONError) {
            let limits = StrictYAML.Limits()
            let document = try JSONDocument(
                parsing: bytes, limits: JSONLimits(bytes: limits.bytes, depth: limits.depth))
            return Conversion(file: file, lines: Lines(bytes), problems: problems).node(document.root)
        } catch {
            problems.add(.policyFileSyntax, PolicyPlace(file: file, line: 0, column: 0), error.message)
            return nil
        }
    }

    private struct Conversion {
        let file: String
        let lines: Lines
        let problems: PolicyProblems

        func node(_ value: JSONValue) -> PolicyNode {
            let place = lines.place(of: value.rawBytes.startIndex, in: file)
            return PolicyNode(content(value, place), place: place)
        }

        private func content(_ value: JSONValue, _ place: PolicyPlace) -> PolicyNode.Content {
            if let object = value.object {
                return .mapping(
                    object.map { key, value in
                        let node = node(value)
                        return PolicyNode.Member(key: key, place: node.place, value: node)
                    })
            }
            if let array = value.array {
                guard !array.isEmpty else {
                    return refused(.policyFileEmptyValue, place, "expected at least one item, found an empty list")
                }
                return .sequence(array.map(node))
            }
            if let string = value.string {
                guard !string.unicodeScalars.contains(where: StrictYAML.isForbidden) else {
                    return refused(.policyFileNotText, place, "expected visible text, found a control character")
                }
                return .scalar(PolicyScalar(string, isPlain: false))
            }
            guard !value.isNull else {
                return refused(.policyFileEmptyValue, place, "expected a value, found null")
            }
            return .scalar(PolicyScalar(String(decoding: value.rawBytes, as: UTF8.self), isPlain: true))
        }

        private func refused(_ code: ReasonCode, _ place: PolicyPlace, _ message: String) -> PolicyNode.Content {
            problems.add(code, place, message)
            return .refused
        }
    }
}

/// Where the lines of a text begin.
private struct Lines {
    private let starts: [Int]

    init(_ bytes: [UInt8]) {
        starts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    }

    /// Columns count bytes.
    func place(of offset: Int, in file: String) -> PolicyPlace {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return PolicyPlace(file: file, line: low + 1, column: offset - starts[low] + 1)
    }
}

import Foundation
import Landwaiter
import Testing

/// docs/api/openapi.json, and whether an answer is as it says: types, enumerations, required and unknown members.
struct OpenAPIDescription: Sendable {
    let bytes: [UInt8]
    private let document: JSONDocument

    static func inDocs() throws -> OpenAPIDescription {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let bytes = [UInt8](try Data(contentsOf: root.appendingPathComponent("docs/api/openapi.json")))
        return OpenAPIDescription(bytes: bytes, document: try JSONDocument(parsing: bytes))
    }

    /// `get /v1/verdicts` and so on.
    var operations: [String] {
        var all: [String] = []
        guard let paths = document.root["paths"]?.object else { return [] }
        for (path, operations) in paths {
            for method in operations.object?.keys ?? [] { all.append("\(method) \(path)") }
        }
        return all
    }

    /// Records an issue where the answer is not as described.
    func check(_ answer: RawAnswer, _ method: String, _ path: String) throws {
        let responses = try #require(document.root["paths"]?[path]?[method]?["responses"])
        guard let described = responses["\(answer.status)"] else {
            Issue.record("status \(answer.status) of \(method) \(path) is not described: \(answer.text)")
            return
        }
        let type = answer.headers["content-type"] ?? ""
        guard let schema = resolved(described)["content"]?[type]?["schema"] else {
            Issue.record("type \(type) of \(method) \(path) is not described")
            return
        }
        let value = try JSONDocument(parsing: answer.body).root
        if let problem = problem(value, schema, at: "") {
            Issue.record("\(method) \(path): \(problem): \(answer.text)")
        }
    }

    private func resolved(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.string else { return value }
        var found = document.root
        for name in reference.split(separator: "/").dropFirst() {
            guard let next = found[String(name)] else { return value }
            found = next
        }
        return found
    }

    private func problem(_ value: JSONValue, _ schema: JSONValue, at place: String) -> String? {
        let schema = resolved(schema)
        if let wanted = schema["type"]?.string {
            let isSo =
                switch wanted {
                case "object": value.object != nil
                case "array": value.array != nil
                case "string": value.string != nil
                case "boolean": value.bool != nil
                case "integer": value.int != nil
                default: false
                }
            if !isSo { return "\(place) is no \(wanted)" }
        }
        if let allowed = schema["enum"]?.array, !allowed.contains(where: { $0.string == value.string }) {
            return "\(place) is none of the values"
        }
        if let pattern = schema["pattern"]?.string, let text = value.string,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            return "\(place) does not match"
        }
        if let items = schema["items"], let elements = value.array {
            for (index, element) in elements.enumerated() {
                if let problem = problem(element, items, at: place + "/\(index)") { return problem }
            }
        }
        guard let members = value.object else { return nil }
        for name in schema["required"]?.array.map({ $0.compactMap(\.string) }) ?? [] where members[name] == nil {
            return "\(place)/\(name) is missing"
        }
        for (name, member) in members {
            if let described = schema["properties"]?[name] {
                if let problem = problem(member, described, at: place + "/" + name) { return problem }
            } else if schema["additionalProperties"]?.bool == false {
                return "\(place)/\(name) is not described"
            }
        }
        return nil
    }
}

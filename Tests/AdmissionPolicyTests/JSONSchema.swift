import StrictEncoding

/// As much of JSON Schema 2020-12 as the schemas in docs/ use. A keyword that is not known here fails the test that
/// meets it, so that no constraint is passed over.
struct JSONSchema {
    let root: JSONTree

    /// What is wrong with the value; empty if it is valid.
    func problems(_ value: JSONTree) throws -> [String] { try problems(value, root, "$") }

    struct UnknownKeyword: Error {
        let name: String
    }

    private func problems(_ value: JSONTree, _ schema: JSONTree, _ path: String) throws -> [String] {
        if case .bool(let isValid) = schema { return isValid ? [] : ["\(path): nothing may stand here"] }
        guard case .object(let keywords) = schema else { throw UnknownKeyword(name: path) }
        var found: [String] = []
        for (keyword, argument) in keywords.sorted(by: { $0.key < $1.key }) {
            found += try check(keyword.value, argument, value, keywords, path)
        }
        return found
    }

    private func check(
        _ keyword: String, _ argument: JSONTree, _ value: JSONTree, _ schema: [ExactString: JSONTree], _ path: String
    ) throws -> [String] {
        func isValid(_ schema: JSONTree) throws -> Bool { try problems(value, schema, path).isEmpty }
        func fail(if condition: Bool) -> [String] { condition ? ["\(path): \(keyword)"] : [] }
        switch keyword {
        case "$schema", "$id", "$defs", "title", "description", "then", "else": return []
        case "$ref":
            guard case .string(let name) = argument, let target = root["$defs"]?[String(name.dropFirst(8))] else {
                throw UnknownKeyword(name: "$ref")
            }
            return try problems(value, target, path)
        case "type":
            let isInteger = value.typeName == "integer" && argument == "number"
            return fail(if: argument != .string(value.typeName) && !isInteger)
        case "const": return fail(if: argument != value)
        case "enum": return fail(if: !argument.elements.contains(value))
        case "minimum": return fail(if: (value.integer ?? .max) < (argument.integer ?? .max))
        case "maximum": return fail(if: (value.integer ?? .min) > (argument.integer ?? .min))
        case "minLength":
            return fail(if: value.text.map { Int64($0.unicodeScalars.count) < argument.integer ?? 0 } ?? false)
        case "maxLength":
            return fail(if: value.text.map { Int64($0.unicodeScalars.count) > argument.integer ?? 0 } ?? false)
        case "pattern":
            guard let text = value.text, case .string(let pattern) = argument else { return [] }
            return fail(if: try Regex(pattern).firstMatch(in: text) == nil)
        case "minItems":
            guard case .array(let items) = value else { return [] }
            return fail(if: Int64(items.count) < argument.integer ?? 0)
        case "maxItems":
            guard case .array(let items) = value else { return [] }
            return fail(if: Int64(items.count) > argument.integer ?? 0)
        case "uniqueItems":
            let items = value.elements
            return fail(if: items.indices.contains { items[..<$0].contains(items[$0]) })
        case "items":
            return try value.elements.enumerated().flatMap { try problems($1, argument, "\(path)[\($0)]") }
        case "contains":
            guard case .array(let items) = value else { return [] }
            return fail(if: try !items.contains { try problems($0, argument, path).isEmpty })
        case "required":
            guard case .object(let members) = value else { return [] }
            return argument.elements.compactMap(\.text).filter { members[ExactString($0)] == nil }
                .map { "\(path): \($0) is missing" }
        case "dependentRequired":
            guard case .object(let members) = value, case .object(let names) = argument else { return [] }
            return names.filter { members[$0.key] != nil }.flatMap(\.value.elements).compactMap(\.text)
                .filter { members[ExactString($0)] == nil }.map { "\(path): \($0) is missing" }
        case "minProperties":
            guard case .object(let members) = value else { return [] }
            return fail(if: Int64(members.count) < argument.integer ?? 0)
        case "maxProperties":
            guard case .object(let members) = value else { return [] }
            return fail(if: Int64(members.count) > argument.integer ?? 0)
        case "properties":
            guard case .object(let schemas) = argument, case .object(let members) = value else { return [] }
            return try members.flatMap { key, value in
                try schemas[key].map { try problems(value, $0, "\(path).\(key)") } ?? []
            }
        case "additionalProperties":
            guard case .object(let members) = value else { return [] }
            let known = schema["properties"]
            return try members.filter { known?[$0.key.value] == nil }.flatMap {
                try problems($0.value, argument, "\(path).\($0.key)")
            }
        case "propertyNames":
            guard case .object(let members) = value else { return [] }
            return try members.keys.flatMap { try problems(.string($0.value), argument, "\(path).\($0)") }
        case "allOf": return try argument.elements.flatMap { try problems(value, $0, path) }
        case "oneOf": return fail(if: try argument.elements.filter(isValid).count != 1)
        case "anyOf": return fail(if: try !argument.elements.contains(where: isValid))
        case "not": return fail(if: try isValid(argument))
        case "if": return try problems(value, schema[try isValid(argument) ? "then" : "else"] ?? true, path)
        default: throw UnknownKeyword(name: keyword)
        }
    }
}

extension JSONTree {
    fileprivate var typeName: String {
        switch self {
        case .object: "object"
        case .array: "array"
        case .string: "string"
        case .integer: "integer"
        case .number: "number"
        case .bool: "boolean"
        case .null: "null"
        }
    }
    fileprivate var elements: [JSONTree] { if case .array(let elements) = self { elements } else { [] } }
    fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
    fileprivate var integer: Int64? { if case .integer(let integer) = self { integer } else { nil } }
}

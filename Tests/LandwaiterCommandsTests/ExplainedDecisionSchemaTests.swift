import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

/// `verify --explain --output json` writes what docs/explained-decision.schema.json says.
@Suite struct ExplainedDecisionSchemaTests {
    @Test(arguments: ["finance/admitted", "finance/branch-build_fail", "finance/signed-by-stranger_fail"])
    func theJSONFormHasTheMembersOfItsSchema(_ item: String) async throws {
        let (record, explanation) = try await VerifyCommand.explain(
            [
                "oci:" + Repository.path("testdata/\(item)/image") + ":v1", "--policy",
                Repository.path("policies/finance"),
                "--namespace", "finance", "--as", "registry.example/finance/ledger:v1.4.0", "--at",
                "2026-11-20T12:00:00Z",
            ] + Repository.trust(item))
        let both = VerifyCommand.json(record, explanation)
        let value = try JSONSerialization.jsonObject(with: Data(both.canonicalBytes()))
        let text = try Data(contentsOf: Repository.url("docs/explained-decision.schema.json"))
        let schema = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        let problems = Self.problems(value, schema, root: schema, at: "")
        #expect(problems == [])
        // And nothing of the record is lost or added.
        let members = try #require(value as? [String: Any])
        let alone = try JSONSerialization.jsonObject(with: Data(record.canonicalBytes))
        #expect((members["record"] as? NSDictionary) == (alone as? NSDictionary))
    }

    /// Whether a command's answer is as its schema in docs/ says.
    static func expect(_ answer: JSONTree, _ file: String) throws {
        let value = try JSONSerialization.jsonObject(with: Data(answer.canonicalBytes()))
        let text = try Data(contentsOf: Repository.url("docs/\(file)"))
        let schema = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        #expect(problems(value, schema, root: schema, at: "") == [])
    }

    /// Members, enumerations and patterns; what else a schema can say is not used there.
    private static func problems(
        _ value: Any, _ schema: [String: Any], root: [String: Any], at path: String
    ) -> [String] {
        if let reference = schema["$ref"] as? String {
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            let definitions = root["$defs"] as? [String: [String: Any]]
            guard let target = definitions?[name] else { return ["\(path): no \(reference)"] }
            return problems(value, target, root: root, at: path)
        }
        var found: [String] = []
        if let words = schema["enum"] as? [String], !words.contains(value as? String ?? "") {
            found.append("\(path): \(value)")
        }
        if let pattern = schema["pattern"] as? String,
            (value as? String)?.range(of: pattern, options: .regularExpression) == nil
        {
            found.append("\(path): \(value)")
        }
        if let items = schema["items"] as? [String: Any] {
            guard let list = value as? [Any] else { return ["\(path): no list"] }
            for (position, item) in list.enumerated() {
                found += problems(item, items, root: root, at: "\(path)[\(position)]")
            }
        }
        guard let properties = schema["properties"] as? [String: [String: Any]] else { return found }
        guard let members = value as? [String: Any] else { return found + ["\(path): no object"] }
        for name in schema["required"] as? [String] ?? [] where members[name] == nil {
            found.append("\(path): no \(name)")
        }
        for (name, member) in members {
            guard let known = properties[name] else {
                found.append("\(path): unknown \(name)")
                continue
            }
            found += problems(member, known, root: root, at: "\(path).\(name)")
        }
        return found
    }
}

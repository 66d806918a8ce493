import AdmissionPolicy
import StrictEncoding
import Testing

@testable import LandwaiterServerCommands

/// The schema and the page are compared with what the reader accepts.
@Suite struct ServerReferenceTests {
    static func schema() throws -> JSONTree {
        let document = try JSONDocument(
            parsing: Array(Repository.text("docs/server-configuration.schema.json").utf8), limits: .standard)
        return try #require(JSONTree(document.root))
    }

    /// What stands in the schema at a place of the grammar.
    static func mapping(_ place: String, in schema: JSONTree) -> JSONTree? {
        var node: JSONTree? = schema
        for step in place.split(separator: ".") {
            let isList = step.hasSuffix("[]")
            let name = isList ? String(step.dropLast(2)) : String(step)
            if name == "*", case .object(let members)? = node?["properties"] {
                node = members.sorted { $0.key < $1.key }.first?.value
            } else {
                node = node?["properties"]?[name]
            }
            if isList { node = node?["items"] }
        }
        return node
    }

    @Test func schemaSaysWhatTheReaderAccepts() throws {
        let schema = try Self.schema()
        for (place, fields) in ServerGrammar.all {
            let mapping = try #require(Self.mapping(place, in: schema), "\(place)")
            guard case .object(let properties)? = mapping["properties"] else {
                Issue.record("\(place) has no properties")
                continue
            }
            #expect(Set(properties.keys.map(\.value)) == Set(fields.all), "\(place)")
            #expect(mapping["additionalProperties"] == .bool(false), "\(place)")
            #expect(Set(mapping["required"]?.items?.compactMap(\.text) ?? []) == Set(fields.required), "\(place)")
            let oneOf = (mapping["oneOf"]?.items ?? []).compactMap { $0["required"]?.items?.first?.text }
            #expect(Set(oneOf) == Set(fields.exactlyOneOf), "\(place)")
            let anyOf = (mapping["anyOf"]?.items ?? []).compactMap { $0["required"]?.items?.first?.text }
            #expect(Set(anyOf) == Set(fields.atLeastOneOf), "\(place)")
        }
    }

    /// Nothing in the schema that the reader does not know of.
    @Test func everyMappingOfTheSchemaIsInTheGrammar() throws {
        var found: Set<String> = []
        func walk(_ node: JSONTree, _ place: String) {
            guard case .object(let properties)? = node["properties"] else {
                if let items = node["items"] { walk(items, place + "[]") }
                return
            }
            found.insert(place)
            for (key, value) in properties {
                walk(
                    value,
                    place == "spec.callers" ? "spec.callers.*" : place.isEmpty ? key.value : place + "." + key.value)
            }
        }
        walk(try Self.schema(), "")
        #expect(found == Set(ServerGrammar.all.map(\.place)))
    }

    @Test func pageHasARowForEveryField() throws {
        let page = try Repository.text("docs/server.md")
        for (place, fields) in ServerGrammar.all where !place.isEmpty && place != "metadata" {
            let heading = "### `\(place)`\n"
            let start = try #require(page.firstRange(of: heading), "\(place)").upperBound
            let section = page[start...].prefix(
                upTo: page[start...].firstRange(of: "\n### ")?.lowerBound ?? page.endIndex)
            let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
                .compactMap { $0.dropFirst(3).split(separator: "`").first.map(String.init) }
            #expect(Set(rows) == Set(fields.all) && rows.count == fields.all.count, "\(place)")
            for row in section.split(separator: "\n") where row.hasPrefix("| `") {
                let name = row.dropFirst(3).split(separator: "`").first.map(String.init) ?? ""
                #expect(row.contains("| required |") == fields.required.contains(name), "\(place).\(name)")
            }
        }
    }

    @Test func exampleOfThePageIsGood() throws {
        let page = try Repository.text("docs/server.md")
        let start = try #require(page.firstRange(of: "```yaml\n")).upperBound
        let end = try #require(page[start...].firstRange(of: "```")).lowerBound
        let configuration = try ServerConfigurationTests.read(String(page[start..<end]))
        #expect(configuration.name == "production")
    }

    /// The defaults that the page states are those of the reader.
    @Test func statedDefaultsHold() throws {
        let page = try Repository.text("docs/server.md")
        let configuration = try ServerConfigurationTests.read(Documents.small)
        let stated: [(String, String)] = [
            ("reloadEvery", "\(configuration.policies.reloadEvery)s"),
            ("deadline", "\(configuration.decisions.deadline)s"), ("longest", "\(configuration.decisions.longest)s"),
            ("concurrent", "\(configuration.decisions.concurrent)"), ("queued", "\(configuration.decisions.queued)"),
            ("mostBytes", ServerConfigurationReader.shown(bytes: configuration.cache.mostBytes)),
            ("listFreshFor", "\(configuration.cache.listFreshFor)s"), ("grace", "\(configuration.cache.grace)s"),
            ("absentFor", "\(configuration.cache.absentFor)s"), ("lameDuck", "\(configuration.shutdown.lameDuck)s"),
            ("drain", "\(configuration.shutdown.drain)s"), ("level", configuration.log.level.rawValue),
            ("format", configuration.log.format.rawValue), ("runbooks", configuration.runbooks),
        ]
        for (name, value) in stated {
            let row = page.split(separator: "\n").contains {
                $0.hasPrefix("| `\(name)` |") && $0.contains("| `\(value)` |")
            }
            #expect(row, "\(name): \(value)")
        }
    }
}

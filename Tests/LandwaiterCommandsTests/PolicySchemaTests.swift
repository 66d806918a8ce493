import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

@Suite struct PolicySchemaTests {
    /// Byte for byte what docs/ holds: `Scripts/embed-schemas` after a change there.
    @Test func printsWhatStandsInTheDocuments() throws {
        #expect(!EmbeddedSchemas.all.isEmpty)
        for schema in EmbeddedSchemas.all {
            let document = try String(contentsOf: Repository.url("docs/\(schema.file)"), encoding: .utf8)
            #expect(schema.text.utf8.elementsEqual(document.utf8), "\(schema.file)")
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: Repository.path("docs"))
            .filter { $0.hasSuffix(".schema.json") && $0 != "expect.schema.json" }
        #expect(Set(files) == Set(EmbeddedSchemas.all.map(\.file)))
    }

    @Test func knowsTheKindsThatPeopleWrite() async throws {
        for kind in ["AdmissionPolicy", "PolicyTest"] {
            #expect(EmbeddedSchemas.schema(of: kind) != nil, "\(kind)")
            #expect(try await run("policy", "schema", "--kind", kind) == 0)
        }
        #expect(try await run("policy", "schema", "--list") == 0)
        #expect(try await run("policy", "schema") == 0)
        #expect(try await run("policy", "schema", "--kind", "Wish") == 64)
    }

    @Test func noKindHasTwoSchemas() {
        let kinds = EmbeddedSchemas.all.flatMap(\.kinds)
        #expect(Set(kinds).count == kinds.count)
    }
}

import AdmissionPolicy
import Attestation
import Foundation
import StrictEncoding
import Testing

/// What the builder table needs of provenance is in the evidence document too, so that a policy's tests can state it.
@Suite struct BuildersEvidenceTests {
    static func document(_ provenance: Provenance) throws -> EvidenceDocument {
        try Facts.admitted { $0.attestations[0].provenance = provenance }
    }

    @Test(arguments: Provenance.Version.allCases)
    func keepsWorkflowTriggerAndRunner(version: Provenance.Version) throws {
        let workflow = Provenance.Workflow(
            repository: "https://git.example/r", ref: "refs/heads/x", path: "p", commit: "ab")
        for workflow in [workflow, .init(repository: "r"), .init()] {
            let stated = Provenance(
                version: version, builder: "b", buildType: "t", workflow: workflow, triggerEvent: "push",
                runnerEnvironment: "github-hosted")
            let json = try Self.document(stated).json
            let read = try EvidenceDocument(parsing: json.canonicalBytes())
            #expect(read.attestations[0].provenance == stated)
            #expect(try Self.schema().problems(json) == [])
        }
    }

    @Test func writesNothingThatIsNotStated() throws {
        let stated = Provenance(version: .v1, builder: "b", buildType: "t")
        let text = String(decoding: try Self.document(stated).json.canonicalBytes(), as: UTF8.self)
        for name in ["workflow", "triggerEvent", "runnerEnvironment"] { #expect(!text.contains(name)) }
    }

    @Test(arguments: [#""workflow":"x""#, #""workflow":{"evil":"x"}"#, #""workflow":{"path":1}"#, #""triggerEvent":1"#])
    func refusesWhatCannotBeRead(member: String) throws {
        let stated = Provenance(version: .v1, builder: "b", buildType: "t")
        let text = String(decoding: try Self.document(stated).json.canonicalBytes(), as: UTF8.self)
            .replacing(#""buildType":"t""#, with: #""buildType":"t",\#(member)"#)
        #expect(throws: EvidenceDocumentError.self) { try EvidenceDocument(parsing: Array(text.utf8)) }
    }

    private static func schema() throws -> JSONSchema {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/evidence-document.schema.json").standardizedFileURL
        let document = try JSONDocument(parsing: Array(try Data(contentsOf: file)))
        return JSONSchema(root: try #require(JSONTree(document.root)))
    }
}

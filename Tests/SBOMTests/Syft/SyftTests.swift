import SBOM
import Testing

struct SyftTests {
    static let text = """
        {
          "artifacts": [
            {"id": "1", "name": "ledger", "version": "1.0", "type": "npm", "purl": "pkg:npm/ledger@1.0",
              "cpes": [{"cpe": "cpe:2.3:a:b", "source": "x"}, "cpe:2.3:a:c"],
              "licenses": [{"value": "MIT", "spdxExpression": "MIT", "type": "declared"}, {"value": "Our own", "spdxExpression": ""},
                {"value": "ISC", "spdxExpression": "ISC", "type": "concluded"}, "Old"]},
            {"id": "2", "name": "other", "version": "", "type": "binary", "purl": "", "licenses": null, "cpes": []}
          ],
          "artifactRelationships": [{"parent": "s", "child": "1", "type": "contains"}],
          "source": {"id": "s", "name": "app", "version": "sha256:00", "type": "image",
            "metadata": {"userInput": "app", "manifestDigest": "sha256:F498A8FF"}},
          "descriptor": {"name": "syft", "version": "1.2.3"},
          "schema": {"version": "16.0.34", "url": "x"}
        }
        """

    @Test func readsArtifactsAndTheirSource() throws {
        let inventory = try inventory(Self.text)
        #expect(inventory.format == .syft)
        #expect(inventory.specVersion == "16.0.34")
        #expect(inventory.created == nil)
        #expect(inventory.creators.map(\.name) == ["syft"])
        #expect(inventory.creators.first?.version == "1.2.3")
        #expect(inventory.components.map(\.name) == ["ledger", "other"])
        let ledger = try #require(inventory.components.first)
        #expect(ledger.purpose == "npm")
        #expect(ledger.cpes.map(\.text) == ["cpe:2.3:a:b", "cpe:2.3:a:c"])
        #expect(ledger.cpes.map(\.place) == [.pointer("/artifacts/0/cpes/0/cpe"), .pointer("/artifacts/0/cpes/1")])
        #expect(ledger.declaredLicenses.map(\.text) == ["MIT", "Our own", "Old"])
        #expect(ledger.declaredLicenses.map(\.form) == [.expression, .name, .name])
        #expect(ledger.concludedLicenses.map(\.text) == ["ISC"])
        #expect(ledger.concludedLicenses.first?.place == .pointer("/artifacts/0/licenses/2/spdxExpression"))
        #expect(inventory.components.last?.packageURL == nil)
        #expect(inventory.subject?.name == "app")
        #expect(inventory.subject?.place == .pointer("/source"))
        #expect(inventory.subject?.hashes.map(\.hex) == ["f498a8ff"])
        #expect(inventory.summary.components == 2)
        #expect(inventory.summary.relationships == 1)
        #expect(inventory.summary.packageURLs == 1)
    }

    @Test func refusesWhatHasNoName() {
        #expect(
            refusal(#"{"artifacts":[{"id":"1"}],"descriptor":{}}"#)
                == .missing(field: "name", at: .pointer("/artifacts/0")))
        #expect(
            refusal(#"{"artifacts":[],"artifactRelationships":[{"child":"1"}]}"#)
                == .missing(field: "parent", at: .pointer("/artifactRelationships/0")))
        #expect(
            refusal(#"{"artifacts":[],"artifactRelationships":[{"parent":"1"}]}"#)
                == .missing(field: "child", at: .pointer("/artifactRelationships/0")))
        #expect(
            refusal(#"{"artifacts":[{"name":"a","cpes":[{}]}],"descriptor":{}}"#)
                == .missing(field: "cpe", at: .pointer("/artifacts/0/cpes/0")))
    }
}

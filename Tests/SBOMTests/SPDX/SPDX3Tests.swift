import SBOM
import StrictEncoding
import Testing

struct SPDX3Tests {
    static let text = """
        {
          "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
          "@graph": [
            {"type": "Relationship", "spdxId": "urn:r1", "creationInfo": "_:c", "from": "urn:ledger", "to": ["urn:license"],
              "relationshipType": "hasDeclaredLicense"},
            {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2026-11-01T10:00:00Z",
              "createdBy": ["urn:jane"], "createdUsing": ["urn:maker"]},
            {"type": "SpdxDocument", "spdxId": "urn:document", "creationInfo": "_:c", "name": "app", "rootElement": ["urn:bom"]},
            {"type": "software_Sbom", "spdxId": "urn:bom", "creationInfo": "_:c", "rootElement": ["urn:app"]},
            {"type": "software_Package", "spdxId": "urn:app", "creationInfo": "_:c", "name": "app",
              "software_packageVersion": "sha256:00", "software_primaryPurpose": "container"},
            {"type": "software_Package", "spdxId": "urn:ledger", "creationInfo": "_:c", "name": "ledger",
              "software_packageVersion": "1.0", "suppliedBy": "urn:example", "originatedBy": ["urn:jane"],
              "externalIdentifier": [
                {"type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:b"},
                {"type": "ExternalIdentifier", "externalIdentifierType": "packageUrl", "identifier": "pkg:deb/debian/ledger@1.0"},
                {"type": "ExternalIdentifier", "externalIdentifierType": "other", "identifier": "x"}
              ],
              "software_packageUrl": "pkg:npm/ledger@1.0",
              "verifiedUsing": [{"type": "Hash", "algorithm": "sha3_256", "hashValue": "F498A8FF"}]},
            {"type": "Person", "spdxId": "urn:jane", "creationInfo": "_:c", "name": "Jane"},
            {"type": "Organization", "spdxId": "urn:example", "creationInfo": "_:c", "name": "Example Ltd"},
            {"type": "Tool", "spdxId": "urn:maker", "creationInfo": "_:c", "name": "maker 1.2"},
            {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:license", "creationInfo": "_:c",
              "simplelicensing_licenseExpression": "MIT OR ISC"},
            {"type": "Relationship", "spdxId": "urn:r2", "creationInfo": "_:c", "from": "urn:ledger",
              "to": ["https://spdx.org/licenses/MIT"], "relationshipType": "hasConcludedLicense"},
            {"type": "LifecycleScopedRelationship", "spdxId": "urn:r3", "creationInfo": "_:c", "from": "urn:app",
              "to": ["urn:ledger", "urn:other"], "relationshipType": "dependsOn"}
          ]
        }
        """

    @Test func gathersWhatTheGraphSaysInAnyOrder() throws {
        let inventory = try inventory(Self.text)
        #expect(inventory.format == .spdx)
        #expect(inventory.specVersion == "3.0.1")
        #expect(inventory.name == "app")
        #expect(inventory.identifier == "urn:document")
        #expect(inventory.created == Instant(rfc3339: "2026-11-01T10:00:00Z"))
        #expect(inventory.createdPlace == .pointer("/@graph/1/created"))
        #expect(inventory.creators.map(\.name) == ["Jane", "maker 1.2"])
        #expect(inventory.creators.map(\.kind) == [.person, .tool])
        #expect(inventory.components.map(\.name) == ["app", "ledger"])
        #expect(inventory.subject?.version == "sha256:00")
        #expect(inventory.subject?.purpose == "container")
        #expect(inventory.subject?.declaredLicenses.isEmpty == true)
        let ledger = try #require(inventory.components.last)
        #expect(ledger.supplier == "Example Ltd")
        #expect(ledger.originator == "Jane")
        #expect(ledger.packageURLs.map(\.text) == ["pkg:npm/ledger@1.0", "pkg:deb/debian/ledger@1.0"])
        #expect(ledger.cpes.map(\.text) == ["cpe:2.3:a:b"])
        #expect(ledger.hashes.map(\.hex) == ["f498a8ff"])
        #expect(ledger.hashes.map(\.algorithm) == [.sha3_256])
        #expect(ledger.declaredLicenses.map(\.text) == ["MIT OR ISC"])
        #expect(ledger.declaredLicenses.map(\.form) == [.expression])
        #expect(ledger.concludedLicenses.map(\.text) == ["https://spdx.org/licenses/MIT"])
        #expect(ledger.concludedLicenses.map(\.form) == [.name])
        #expect(
            inventory.relationships.map(\.to) == [
                "urn:license", "https://spdx.org/licenses/MIT", "urn:ledger", "urn:other",
            ])
        #expect(inventory.summary.relationships == 3)
        #expect(inventory.summary.packageURLs == 2)
    }

    @Test func tellsWhereItIsSaid() throws {
        let inventory = try inventory(Self.text)
        let ledger = try #require(inventory.components.last)
        #expect(ledger.place == .pointer("/@graph/5"))
        #expect(ledger.place(of: .version) == .pointer("/@graph/5/software_packageVersion"))
        #expect(ledger.place(of: .packageURL) == .pointer("/@graph/5/software_packageUrl"))
        #expect(ledger.packageURLs.last?.place == .pointer("/@graph/5/externalIdentifier/1/identifier"))
        #expect(ledger.cpes.first?.place == .pointer("/@graph/5/externalIdentifier/0/identifier"))
        #expect(ledger.hashes.first?.place == .pointer("/@graph/5/verifiedUsing/0/hashValue"))
        #expect(ledger.place(of: .identifier) == .pointer("/@graph/5/spdxId"))
        // Said by a relationship.
        #expect(ledger.declaredLicenses.first?.place == .pointer("/@graph/0"))
        #expect(inventory.relationships.last?.place == .pointer("/@graph/11/to/1"))
        #expect(inventory.creators.last?.place == .pointer("/@graph/1/createdUsing/0"))
    }

    @Test func describesByRelationshipToo() throws {
        let text = Documents.spdx3(
            """
            {"type":"SpdxDocument","spdxId":"urn:d"},{"type":"software_Package","spdxId":"urn:p","name":"p"},
            {"type":"Relationship","spdxId":"urn:r","from":"urn:d","to":["urn:p"],"relationshipType":"describes"}
            """)
        #expect(try inventory(text).subject?.name == "p")
        let package = text.replacing("SpdxDocument", with: "Person")
        #expect(try inventory(package).described.isEmpty)
    }

    @Test func readsASingleElement() throws {
        let text =
            #"{"@context":["https://spdx.org/rdf/3.0.0/spdx-context.jsonld",{}],"type":"software_Package","spdxId":"urn:p","name":"p"}"#
        let inventory = try inventory(text)
        #expect(inventory.specVersion == "3.0.0")
        #expect(inventory.components.first?.place(of: .name) == .pointer("/name"))
        #expect(inventory.created == nil)
    }

    @Test func refusesWhatIsAmbiguousOrIncomplete() {
        let package = #"{"type":"software_Package","spdxId":"urn:p","name":"p"}"#
        let cases: [(String, SBOMError)] = [
            (Documents.spdx3(package + "," + package), .duplicateIdentifier("urn:p", at: .pointer("/@graph/1/spdxId"))),
            (
                Documents.spdx3(#"{"type":"SpdxDocument","spdxId":"urn:a"},{"type":"SpdxDocument","spdxId":"urn:b"}"#),
                .invalidValue(expected: "at most one `SpdxDocument`", found: "an object", at: .pointer("/@graph/1"))
            ),
            (Documents.spdx3(#"{"spdxId":"urn:p"}"#), .missing(field: "type", at: .pointer("/@graph/0"))),
            (Documents.spdx3(#"{"type":"Tool"}"#), .missing(field: "spdxId", at: .pointer("/@graph/0"))),
            (
                Documents.spdx3(#"{"type":"software_Package","spdxId":"urn:p"}"#),
                .missing(field: "name", at: .pointer("/@graph/0"))
            ),
            (
                Documents.spdx3(
                    #"{"type":"Relationship","spdxId":"urn:r","from":"a","to":["b"],"relationshipType":"x"}"#),
                .invalidValue(
                    expected: "a type of relationship", found: "x", at: .pointer("/@graph/0/relationshipType"))
            ),
            (
                Documents.spdx3(#"{"type":"Relationship","spdxId":"urn:r","to":["b"],"relationshipType":"other"}"#),
                .missing(field: "from", at: .pointer("/@graph/0"))
            ),
            (
                Documents.spdx3(#"{"type":"Relationship","spdxId":"urn:r","from":"b","relationshipType":"other"}"#),
                .missing(field: "to", at: .pointer("/@graph/0"))
            ),
            (
                Documents.spdx3(#"{"type":"Relationship","spdxId":"urn:r","from":"b","to":["b"]}"#),
                .missing(field: "relationshipType", at: .pointer("/@graph/0"))
            ),
            (
                Documents.spdx3(#"{"type":"SpdxDocument","spdxId":"urn:d","creationInfo":"_:x"}"#),
                .invalidValue(
                    expected: "the identifier of a `CreationInfo`", found: "_:x", at: .pointer("/@graph/0/creationInfo")
                )
            ),
            (
                Documents.spdx3(#"{"type":"SpdxDocument","spdxId":"urn:d","creationInfo":{"created":"x"}}"#),
                .invalidValue(
                    expected: "a date and time", found: "x", at: .pointer("/@graph/0/creationInfo/created"))
            ),
            (
                Documents.spdx3(#"{"type":"SpdxDocument","spdxId":"urn:d","creationInfo":{}}"#),
                .missing(field: "created", at: .pointer("/@graph/0/creationInfo"))
            ),
            (
                Documents.spdx3(package).replacing("3.0.1", with: "3.1"),
                .unsupportedVersion(
                    .spdx, found: "https://spdx.org/rdf/3.1/spdx-context.jsonld", at: .pointer("/@context"))
            ),
            (Documents.spdx3("1"), .wrongKind(expected: "an object", at: .pointer("/@graph/0"))),
        ]
        for (text, error) in cases { #expect(refusal(text) == error) }
        for member in [
            #""verifiedUsing":[{"type":"Hash","algorithm":"sha256","hashValue":"xyz"}]"#,
            #""verifiedUsing":[{"type":"Hash","algorithm":"SHA256","hashValue":"00"}]"#,
            #""verifiedUsing":[{"type":"Hash","hashValue":"00"}]"#, #""software_primaryPurpose":"CONTAINER""#,
            #""externalIdentifier":[{"externalIdentifierType":"cpe23"}]"#, #""software_packageUrl":"""#,
        ] {
            let text = Documents.spdx3(#"{"type":"software_Package","spdxId":"urn:p","name":"p",\#(member)}"#)
            #expect(refusal(text)?.code == .sbomInvalid, "\(member)")
        }
    }

    /// OpenVEX and others are JSON-LD too.
    @Test func anotherContextIsAnotherFormat() {
        #expect(refusal(#"{"@context":"https://openvex.dev/ns/v0.2.0","statements":[]}"#) == .unrecognised)
    }
}

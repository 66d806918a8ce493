import SBOM
import StrictEncoding
import Testing

struct SPDX2Tests {
    static let json = """
        {
          "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "dataLicense": "CC0-1.0", "name": "app",
          "documentNamespace": "https://registry.example/spdx/app-1",
          "creationInfo": {
            "created": "2026-11-01T10:00:00Z", "creators": ["Tool: maker-1.2", "Organization: Example", "Person: Jane (j@host)"]
          },
          "packages": [
            {
              "name": "app", "SPDXID": "SPDXRef-app", "versionInfo": "sha256:00", "primaryPackagePurpose": "CONTAINER",
              "downloadLocation": "NOASSERTION"
            },
            {
              "name": "ledger", "SPDXID": "SPDXRef-ledger", "versionInfo": "1.0", "supplier": "Organization: Example Ltd",
              "originator": "Person: Jane", "downloadLocation": "NONE", "licenseDeclared": "MIT OR ISC",
              "licenseConcluded": "NOASSERTION",
              "checksums": [{"algorithm": "SHA1", "checksumValue": "85ED0817AF83A24AD8DA68C2B5094DE69833983C"},
                {"algorithm": "SHA3-256", "checksumValue": "f498a8ff"}],
              "externalRefs": [
                {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:example:ledger:1.0:*:*:*:*:*:*:*"},
                {"referenceCategory": "OTHER", "referenceType": "x", "referenceLocator": "y"},
                {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/ledger@1.0"},
                {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:deb/debian/ledger@1.0"}
              ]
            }
          ],
          "files": [{"fileName": "./a", "SPDXID": "SPDXRef-a"}],
          "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-app", "relationshipType": "DESCRIBES"},
            {"spdxElementId": "SPDXRef-app", "relatedSpdxElement": "SPDXRef-ledger", "relationshipType": "CONTAINS"},
            {"spdxElementId": "SPDXRef-ledger", "relatedSpdxElement": "NOASSERTION", "relationshipType": "DEPENDS_ON"}
          ]
        }
        """

    static let yaml = """
        ---
        spdxVersion: SPDX-2.3
        SPDXID: "SPDXRef-DOCUMENT"
        dataLicense: CC0-1.0
        name: app
        documentNamespace: https://registry.example/spdx/app-1
        creationInfo:
          created: 2026-11-01T10:00:00Z
          creators:
          - "Tool: maker-1.2"
          - "Organization: Example"
          - "Person: Jane (j@host)"
        packages:
        - {name: app, SPDXID: SPDXRef-app, versionInfo: "sha256:00", primaryPackagePurpose: CONTAINER}
        - name: ledger
          SPDXID: SPDXRef-ledger
          versionInfo: 1.0
          supplier: "Organization: Example Ltd"
          originator: "Person: Jane"
          licenseDeclared: MIT OR ISC
          licenseConcluded: NOASSERTION
          filesAnalyzed: false
          checksums:
          - algorithm: SHA1
            checksumValue: 85ED0817AF83A24AD8DA68C2B5094DE69833983C
          - algorithm: SHA3-256
            checksumValue: f498a8ff
          externalRefs:
          - referenceCategory: SECURITY
            referenceType: cpe23Type
            referenceLocator: "cpe:2.3:a:example:ledger:1.0:*:*:*:*:*:*:*"
          - {referenceCategory: OTHER, referenceType: x, referenceLocator: y}
          - {referenceCategory: PACKAGE-MANAGER, referenceType: purl, referenceLocator: "pkg:npm/ledger@1.0"}
          - {referenceCategory: PACKAGE-MANAGER, referenceType: purl, referenceLocator: "pkg:deb/debian/ledger@1.0"}
        files:
        - {fileName: ./a, SPDXID: SPDXRef-a}
        relationships:
        - spdxElementId: SPDXRef-DOCUMENT
          relatedSpdxElement: SPDXRef-app
          relationshipType: DESCRIBES
        - {spdxElementId: SPDXRef-app, relatedSpdxElement: SPDXRef-ledger, relationshipType: CONTAINS}
        - {spdxElementId: SPDXRef-ledger, relatedSpdxElement: NOASSERTION, relationshipType: DEPENDS_ON}
        """

    static let xml = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Document>
          <spdxVersion>SPDX-2.3</spdxVersion><SPDXID>SPDXRef-DOCUMENT</SPDXID><dataLicense>CC0-1.0</dataLicense><name>app</name>
          <documentNamespace>https://registry.example/spdx/app-1</documentNamespace>
          <creationInfo>
            <created>2026-11-01T10:00:00Z</created>
            <creators>Tool: maker-1.2</creators><creators>Organization: Example</creators><creators>Person: Jane (j@host)</creators>
          </creationInfo>
          <packages><name>app</name><SPDXID>SPDXRef-app</SPDXID><versionInfo>sha256:00</versionInfo><primaryPackagePurpose>CONTAINER</primaryPackagePurpose></packages>
          <packages>
            <name>ledger</name><SPDXID>SPDXRef-ledger</SPDXID>
            <versionInfo>1.0</versionInfo>
            <supplier>Organization: Example Ltd</supplier><originator>Person: Jane</originator>
            <licenseDeclared>MIT OR ISC</licenseDeclared><licenseConcluded>NOASSERTION</licenseConcluded>
            <checksums><algorithm>SHA1</algorithm><checksumValue>85ED0817AF83A24AD8DA68C2B5094DE69833983C</checksumValue></checksums>
            <checksums><algorithm>SHA3-256</algorithm><checksumValue>f498a8ff</checksumValue></checksums>
            <externalRefs><referenceCategory>SECURITY</referenceCategory><referenceType>cpe23Type</referenceType><referenceLocator>cpe:2.3:a:example:ledger:1.0:*:*:*:*:*:*:*</referenceLocator></externalRefs>
            <externalRefs><referenceCategory>OTHER</referenceCategory><referenceType>x</referenceType><referenceLocator>y</referenceLocator></externalRefs>
            <externalRefs><referenceCategory>PACKAGE-MANAGER</referenceCategory><referenceType>purl</referenceType><referenceLocator>pkg:npm/ledger@1.0</referenceLocator></externalRefs>
            <externalRefs><referenceCategory>PACKAGE-MANAGER</referenceCategory><referenceType>purl</referenceType><referenceLocator>pkg:deb/debian/ledger@1.0</referenceLocator></externalRefs>
          </packages>
          <files><fileName>./a</fileName><SPDXID>SPDXRef-a</SPDXID></files>
          <relationships><spdxElementId>SPDXRef-DOCUMENT</spdxElementId><relatedSpdxElement>SPDXRef-app</relatedSpdxElement><relationshipType>DESCRIBES</relationshipType></relationships>
          <relationships><spdxElementId>SPDXRef-app</spdxElementId><relatedSpdxElement>SPDXRef-ledger</relatedSpdxElement><relationshipType>CONTAINS</relationshipType></relationships>
          <relationships><spdxElementId>SPDXRef-ledger</spdxElementId><relatedSpdxElement>NOASSERTION</relatedSpdxElement><relationshipType>DEPENDS_ON</relationshipType></relationships>
        </Document>
        """

    static let tagValue = """
        # A comment: with a colon
        SPDXVersion: SPDX-2.3
        DataLicense: CC0-1.0
        SPDXID: SPDXRef-DOCUMENT
        DocumentName: app
        DocumentNamespace: https://registry.example/spdx/app-1
        Creator: Tool: maker-1.2
        Creator: Organization: Example
        Creator: Person: Jane (j@host)
        Created: 2026-11-01T10:00:00Z
        CreatorComment: <text>Over
        two lines.
        PackageName: not a package</text>
        Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-app

        PackageName: app
        SPDXID: SPDXRef-app
        PackageVersion: sha256:00
        PrimaryPackagePurpose: CONTAINER

        PackageName: ledger
        SPDXID: SPDXRef-ledger
        PackageVersion: 1.0
        PackageSupplier: Organization: Example Ltd
        PackageOriginator: Person: Jane
        PackageLicenseDeclared: MIT OR ISC
        PackageLicenseConcluded: <text>NOASSERTION</text>
        PackageChecksum: SHA1: 85ED0817AF83A24AD8DA68C2B5094DE69833983C
        PackageChecksum: SHA3-256: f498a8ff
        ExternalRef: SECURITY cpe23Type cpe:2.3:a:example:ledger:1.0:*:*:*:*:*:*:*
        ExternalRef: OTHER x y
        ExternalRef: PACKAGE-MANAGER purl pkg:npm/ledger@1.0
        ExternalRef: PACKAGE-MANAGER purl pkg:deb/debian/ledger@1.0

        FileName: ./a
        SPDXID: SPDXRef-a

        Relationship: SPDXRef-app CONTAINS SPDXRef-ledger
        Relationship: SPDXRef-ledger DEPENDS_ON NOASSERTION
        """

    @Test(arguments: [(json, SBOMSyntax.json), (yaml, .yaml), (xml, .xml), (tagValue, .tagValue)])
    func saysTheSameInEverySyntax(_ text: String, _ syntax: SBOMSyntax) throws {
        let inventory = try inventory(text)
        #expect(inventory.format == .spdx)
        #expect(inventory.syntax == syntax)
        #expect(inventory.specVersion == "2.3")
        #expect(inventory.name == "app")
        #expect(inventory.identifier == "https://registry.example/spdx/app-1")
        #expect(inventory.version == nil)
        #expect(inventory.created == Instant(rfc3339: "2026-11-01T10:00:00Z"))
        #expect(inventory.creators.map(\.name) == ["maker-1.2", "Example", "Jane (j@host)"])
        #expect(inventory.creators.map(\.kind) == [.tool, .organization, .person])
        #expect(inventory.components.map(\.name) == ["app", "ledger"])
        #expect(inventory.subject?.name == "app")
        #expect(inventory.subject?.version == "sha256:00")
        #expect(inventory.subject?.purpose == "CONTAINER")
        #expect(inventory.subject?.hashes.isEmpty == true)
        #expect(inventory.relationships.map(\.kind) == ["DESCRIBES", "CONTAINS", "DEPENDS_ON"])
        #expect(inventory.relationships.map(\.from) == ["SPDXRef-DOCUMENT", "SPDXRef-app", "SPDXRef-ledger"])
        #expect(inventory.relationships.map(\.to) == ["SPDXRef-app", "SPDXRef-ledger", "NOASSERTION"])

        let ledger = try #require(inventory.components.last)
        #expect(ledger.identifier == "SPDXRef-ledger")
        #expect(ledger.version == "1.0")
        #expect(ledger.supplier == "Organization: Example Ltd")
        #expect(ledger.originator == "Person: Jane")
        #expect(ledger.declaredLicenses.map(\.text) == ["MIT OR ISC"])
        #expect(ledger.concludedLicenses.map(\.text) == ["NOASSERTION"])
        #expect(ledger.hashes.map(\.algorithm) == [.sha1, .sha3_256])
        #expect(ledger.hashes.map(\.hex) == ["85ed0817af83a24ad8da68c2b5094de69833983c", "f498a8ff"])
        #expect(ledger.cpes.map(\.text) == ["cpe:2.3:a:example:ledger:1.0:*:*:*:*:*:*:*"])
        #expect(ledger.packageURLs.map(\.text) == ["pkg:npm/ledger@1.0", "pkg:deb/debian/ledger@1.0"])
        #expect(ledger.packageURL == "pkg:npm/ledger@1.0")
        #expect(ledger.scope == .unstated)

        let summary = inventory.summary
        #expect(summary.components == 2)
        #expect(summary.relationships == 3)
        #expect(summary.packageURLs == 2)
    }

    @Test func placesInJSONArePointers() throws {
        let inventory = try inventory(Self.json)
        let ledger = try #require(inventory.components.last)
        #expect(ledger.place == .pointer("/packages/1"))
        #expect(ledger.place(of: .version) == .pointer("/packages/1/versionInfo"))
        #expect(ledger.place(of: .identifier) == .pointer("/packages/1/SPDXID"))
        #expect(ledger.place(of: .originator) == .pointer("/packages/1/originator"))
        #expect(ledger.place(of: .packageURL) == .pointer("/packages/1/externalRefs/2/referenceLocator"))
        #expect(ledger.packageURLs.last?.place == .pointer("/packages/1/externalRefs/3/referenceLocator"))
        #expect(ledger.cpes.first?.place == .pointer("/packages/1/externalRefs/0/referenceLocator"))
        #expect(ledger.hashes.last?.place == .pointer("/packages/1/checksums/1/checksumValue"))
        #expect(ledger.declaredLicenses.first?.place == .pointer("/packages/1/licenseDeclared"))
        #expect(inventory.subject?.place(of: .purpose) == .pointer("/packages/0/primaryPackagePurpose"))
        #expect(inventory.relationships.last?.place == .pointer("/relationships/2"))
        #expect(inventory.createdPlace == .pointer("/creationInfo/created"))
        #expect(inventory.creators.last?.place == .pointer("/creationInfo/creators/2"))
    }

    @Test(arguments: [yaml, xml, tagValue])
    func placesInOtherSyntaxesAreLines(_ text: String) throws {
        let inventory = try inventory(text)
        let ledger = try #require(inventory.components.last)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let places = [
            (ledger.place(of: .version), "1.0"), (ledger.packageURLs[1].place, "pkg:deb"),
            (ledger.hashes[1].place, "f498a8ff"), (ledger.place(of: .supplier), "Example Ltd"),
            (inventory.relationships[2].place, "NOASSERTION"), (try #require(inventory.createdPlace), "2026-11-01"),
        ]
        for (place, text) in places {
            guard case .line(let line) = place else {
                Issue.record("expected a line, found \(place)")
                continue
            }
            #expect(lines[line - 1].contains(text))
        }
    }

    @Test func readsBothVersionsAndNoOther() throws {
        for version in ["2.2", "2.3"] {
            let text = "{" + Documents.spdxHeader.replacing("SPDX-2.3", with: "SPDX-" + version) + "}"
            #expect(try inventory(text).specVersion == version)
        }
        for version in ["SPDX-2.1", "SPDX-2.4", "2.3", "SPDX-3.0"] {
            let text = "{" + Documents.spdxHeader.replacing("SPDX-2.3", with: version) + "}"
            #expect(refusal(text) == .unsupportedVersion(.spdx, found: version, at: .pointer("/spdxVersion")))
        }
    }

    @Test(arguments: ["SPDXID", "dataLicense", "name", "documentNamespace", "creationInfo"])
    func refusesADocumentWithout(_ field: String) {
        let text = "{" + Documents.spdxHeader.replacing("\"\(field)\"", with: "\"x-\(field)\"") + "}"
        #expect(refusal(text) == .missing(field: field, at: .pointer("")))
    }

    @Test func refusesWhatTheSpecificationDoesNotPermit() {
        let header: [(String, String, String)] = [
            ("SPDXRef-DOCUMENT", "SPDXRef-OTHER", "/SPDXID"), ("CC0-1.0", "MIT", "/dataLicense"),
            ("2026-11-01T10:00:00Z", "2026-11-01", "/creationInfo/created"),
            ("Tool: maker", "maker", "/creationInfo/creators/0"),
            (#"["Tool: maker-1.2"]"#, "[]", "/creationInfo/creators"),
            (#""https://registry.example/spdx/app-1""#, #""""#, "/documentNamespace"),
        ]
        for (old, new, place) in header {
            guard
                case .invalidValue(_, _, let found)? = refusal(
                    "{" + Documents.spdxHeader.replacing(old, with: new) + "}")
            else {
                Issue.record("read or refused otherwise: \(new)")
                continue
            }
            #expect(found == .pointer(place))
        }
        let purl = #""referenceType":"purl","referenceLocator":"pkg:npm/a""#
        let package: [(String, String)] = [
            (#""checksums":[{"algorithm":"SHA-1","checksumValue":"00"}]"#, "/checksums/0/algorithm"),
            (#""checksums":[{"algorithm":"SHA1","checksumValue":"0g"}]"#, "/checksums/0/checksumValue"),
            (#""checksums":[{"algorithm":"SHA1","checksumValue":""}]"#, "/checksums/0/checksumValue"),
            (#""primaryPackagePurpose":"library""#, "/primaryPackagePurpose"),
            (#""externalRefs":[{"referenceCategory":"x",\#(purl)}]"#, "/externalRefs/0/referenceCategory"),
        ]
        for (members, place) in package {
            guard case .invalidValue(_, _, let found)? = refusal(Documents.spdx(package: members)) else {
                Issue.record("read or refused otherwise: \(members)")
                continue
            }
            #expect(found == .pointer("/packages/0" + place))
        }
        let missing: [(String, String, String)] = [
            (#""packages":[{"SPDXID":"SPDXRef-a"}]"#, "name", "/packages/0"),
            (#""packages":[{"name":"a"}]"#, "SPDXID", "/packages/0"),
            (
                #""packages":[{"name":"a","SPDXID":"SPDXRef-a","checksums":[{"algorithm":"MD5"}]}]"#, "checksumValue",
                "/packages/0/checksums/0"
            ),
            (
                #""packages":[{"name":"a","SPDXID":"SPDXRef-a","checksums":[{"checksumValue":"00"}]}]"#, "algorithm",
                "/packages/0/checksums/0"
            ),
            (
                #""packages":[{"name":"a","SPDXID":"SPDXRef-a","externalRefs":[{\#(purl)}]}]"#, "referenceCategory",
                "/packages/0/externalRefs/0"
            ),
            (#""files":[{"fileName":"a"}]"#, "SPDXID", "/files/0"),
            (
                #""relationships":[{"relatedSpdxElement":"a","relationshipType":"CONTAINS"}]"#, "spdxElementId",
                "/relationships/0"
            ),
            (
                #""relationships":[{"spdxElementId":"a","relationshipType":"CONTAINS"}]"#, "relatedSpdxElement",
                "/relationships/0"
            ),
            (
                #""relationships":[{"spdxElementId":"a","relatedSpdxElement":"b"}]"#, "relationshipType",
                "/relationships/0"
            ),
        ]
        for (members, field, place) in missing {
            #expect(refusal(Documents.spdx(members)) == .missing(field: field, at: .pointer(place)))
        }
        for identifier in ["a", "SPDXRef-", "spdxref-a"] {
            let text = Documents.spdx(#""packages":[{"name":"a","SPDXID":"\#(identifier)"}]"#)
            guard case .invalidValue? = refusal(text) else {
                Issue.record("took `\(identifier)` for an identifier")
                continue
            }
        }
        let relationship =
            #""relationships":[{"spdxElementId":"a","relatedSpdxElement":"b","relationshipType":"DESCRIBE"}]"#
        #expect(
            refusal(Documents.spdx(relationship))
                == .invalidValue(
                    expected: "a type of relationship", found: "DESCRIBE",
                    at: .pointer("/relationships/0/relationshipType")))
    }

    // MARK: Which package is the image

    private static func describing(_ members: String) throws -> [String] {
        let packages = #""packages":[{"name":"a","SPDXID":"SPDXRef-a"},{"name":"b","SPDXID":"SPDXRef-b"}]"#
        return try inventory(Documents.spdx(packages + "," + members)).described.map(\.name)
    }

    @Test func findsWhatTheDocumentDescribes() throws {
        func relationship(_ from: String, _ type: String, _ to: String) -> String {
            #"{"spdxElementId":"\#(from)","relatedSpdxElement":"\#(to)","relationshipType":"\#(type)"}"#
        }
        let document = "SPDXRef-DOCUMENT"
        #expect(try Self.describing(#""documentDescribes":["SPDXRef-b"]"#) == ["b"])
        #expect(
            try Self.describing(#""relationships":[\#(relationship(document, "DESCRIBES", "SPDXRef-b"))]"#) == ["b"])
        #expect(
            try Self.describing(#""relationships":[\#(relationship("SPDXRef-a", "DESCRIBED_BY", document))]"#) == ["a"])
        // Said in both ways it is still one.
        let both =
            #""relationships":[\#(relationship(document, "DESCRIBES", "SPDXRef-b"))],"documentDescribes":["SPDXRef-b"]"#
        #expect(try Self.describing(both) == ["b"])
        // A package describes nothing, and what is no package is no component.
        #expect(
            try Self.describing(#""relationships":[\#(relationship("SPDXRef-a", "DESCRIBES", "SPDXRef-b"))]"#).isEmpty)
        #expect(try Self.describing(#""documentDescribes":["SPDXRef-File"]"#).isEmpty)
    }

    @Test func severalDescribedPackagesAreNotTheImage() throws {
        let packages = #""packages":[{"name":"a","SPDXID":"SPDXRef-a"},{"name":"b","SPDXID":"SPDXRef-b"}]"#
        let inventory = try inventory(Documents.spdx(packages + #","documentDescribes":["SPDXRef-b","SPDXRef-a"]"#))
        #expect(inventory.described.map(\.name) == ["b", "a"])
        #expect(inventory.subject == nil)
    }

    /// Else one reader takes the first for the image and another the second.
    @Test func refusesTwoPackagesOfTheIdentifierThatIsDescribed() {
        let packages = #""packages":[{"name":"a","SPDXID":"SPDXRef-a"},{"name":"b","SPDXID":"SPDXRef-\u0061"}]"#
        let error = refusal(Documents.spdx(packages + #","documentDescribes":["SPDXRef-a"]"#))
        #expect(error == .duplicateIdentifier("SPDXRef-a", at: .pointer("/packages/1/SPDXID")))
        #expect(error?.code == .sbomDuplicateIdentifier)
    }

    /// Tools have written such documents for years; no rule can be passed by them.
    @Test func letsPassWhatIsHarmless() throws {
        let again =
            #""packages":[{"name":"a","SPDXID":"SPDXRef-a"},{"name":"b","SPDXID":"SPDXRef-a"},{"name":"","SPDXID":"SPDXRef-c"}]"#
        #expect(try inventory(Documents.spdx(again)).components.map(\.name) == ["a", "b", ""])
        #expect(try inventory(Documents.spdx(again + #","documentDescribes":["SPDXRef-c"]"#)).subject?.name == "")
        let unlicensed = try inventory(Documents.spdx(package: #""licenseDeclared":"","licenseConcluded":"MIT""#))
        #expect(unlicensed.components.first?.declaredLicenses.isEmpty == true)
        #expect(unlicensed.components.first?.concludedLicenses.count == 1)
        let local = try inventory("{" + Documents.spdxHeader.replacing("10:00:00Z", with: "10:00:00") + "}")
        #expect(local.created == nil)
        #expect(local.createdText == "2026-11-01T10:00:00")
    }

    @Test func knowsTheTypesOfReferencesByTheirURIsToo() throws {
        let uri =
            #""externalRefs":[{"referenceCategory":"PACKAGE_MANAGER","referenceType":"http://spdx.org/rdf/references/purl","referenceLocator":"pkg:npm/a"}]"#
        #expect(try inventory(Documents.spdx(package: uri)).components.first?.packageURL == "pkg:npm/a")
    }
}

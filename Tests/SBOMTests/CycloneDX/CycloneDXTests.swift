import Foundation
import SBOM
import StrictEncoding
import Testing

struct CycloneDXTests {
    static let json = """
        {
          "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 3,
          "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
          "metadata": {
            "timestamp": "2026-11-01T10:00:00Z",
            "tools": {"components": [{"type": "application", "name": "maker", "version": "1.2"}]},
            "authors": [{"name": "Jane"}],
            "component": {
              "type": "container", "bom-ref": "root", "name": "app", "version": "sha256:00",
              "components": [{"type": "file", "name": "inner"}]
            }
          },
          "components": [
            {
              "type": "library", "bom-ref": "a", "group": "org.example", "name": "ledger", "version": "1.0",
              "purl": "pkg:maven/org.example/ledger@1.0", "cpe": "cpe:2.3:a:example:ledger:1.0:*:*:*:*:*:*:*",
              "publisher": "Example", "supplier": {"name": "Example Ltd"}, "scope": "optional",
              "hashes": [{"alg": "MD5", "content": "3942447fac867ae5cdb3229b658f4d48"},
                {"alg": "SHA3-256", "content": "F498A8FF2DD007E29C2074F5E4B01A9A01775C3FF3AEAF6906EA503BC5791B7B"}],
              "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "Our own", "acknowledgement": "concluded"}}],
              "components": [{"type": "file", "name": "nested", "licenses": [{"expression": "MIT OR ISC"}]}]
            },
            {"type": "library", "bom-ref": "b", "name": "other"}
          ],
          "dependencies": [{"ref": "root", "dependsOn": ["a", "b"]}, {"ref": "a", "provides": ["b"]}, {"ref": "b"}]
        }
        """

    static let xml = """
        <?xml version="1.0"?>
        <bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="3" serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79">
          <metadata>
            <timestamp>2026-11-01T10:00:00Z</timestamp>
            <tools><components><component type="application"><name>maker</name><version>1.2</version></component></components></tools>
            <authors><author><name>Jane</name></author></authors>
            <component type="container" bom-ref="root"><name>app</name><version>sha256:00</version>
              <components><component type="file"><name>inner</name></component></components>
            </component>
          </metadata>
          <components>
            <component type="library" bom-ref="a">
              <supplier><name>Example Ltd</name></supplier>
              <publisher>Example</publisher>
              <group>org.example</group>
              <name> ledger
              </name>
              <version>1.0</version>
              <scope>optional</scope>
              <hashes>
                <hash alg="MD5">3942447fac867ae5cdb3229b658f4d48</hash>
                <hash alg="SHA3-256">F498A8FF2DD007E29C2074F5E4B01A9A01775C3FF3AEAF6906EA503BC5791B7B</hash>
              </hashes>
              <licenses><license><id>MIT</id></license><license acknowledgement="concluded"><name>Our own</name></license></licenses>
              <cpe>cpe:2.3:a:example:ledger:1.0:*:*:*:*:*:*:*</cpe>
              <purl>pkg:maven/org.example/ledger@1.0</purl>
              <components><component type="file"><name>nested</name><licenses><expression>MIT OR ISC</expression></licenses></component></components>
            </component>
            <component type="library" bom-ref="b"><name>other</name></component>
          </components>
          <dependencies>
            <dependency ref="root"><dependency ref="a"/><dependency ref="b"/></dependency>
            <dependency ref="a"><provides ref="b"/></dependency>
            <dependency ref="b"/>
          </dependencies>
        </bom>
        """

    @Test(arguments: [json, xml])
    func saysTheSameInBothSyntaxes(_ text: String) throws {
        let inventory = try inventory(text)
        #expect(inventory.format == .cycloneDX)
        #expect(inventory.specVersion == "1.6")
        #expect(inventory.identifier == "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79")
        #expect(inventory.version == 3)
        #expect(inventory.created == Instant(rfc3339: "2026-11-01T10:00:00Z"))
        #expect(inventory.creators.map(\.name) == ["maker", "Jane"])
        #expect(inventory.creators.map(\.kind) == [.tool, .person])
        #expect(inventory.creators.first?.version == "1.2")
        #expect(inventory.components.map(\.name) == ["ledger", "nested", "other", "inner"])
        #expect(inventory.components.map { $0.parent?.name } == [nil, "ledger", nil, "app"])
        #expect(inventory.relationships.map(\.kind) == ["dependsOn", "dependsOn", "provides"])
        #expect(inventory.relationships.map(\.to) == ["a", "b", "b"])
        #expect(inventory.subject?.name == "app")
        #expect(inventory.subject?.version == "sha256:00")

        let ledger = try #require(inventory.components.first)
        #expect(ledger.identifier == "a")
        #expect(ledger.group == "org.example")
        #expect(ledger.version == "1.0")
        #expect(ledger.packageURL == "pkg:maven/org.example/ledger@1.0")
        #expect(ledger.supplier == "Example Ltd")
        #expect(ledger.originator == "Example")
        #expect(ledger.scope == .optional)
        #expect(ledger.purpose == "library")
        #expect(ledger.cpes.map(\.text) == ["cpe:2.3:a:example:ledger:1.0:*:*:*:*:*:*:*"])
        #expect(ledger.hashes.map(\.algorithm) == [.md5, .sha3_256])
        #expect(ledger.hashes.last?.hex == "f498a8ff2dd007e29c2074f5e4b01a9a01775c3ff3aeaf6906ea503bc5791b7b")
        #expect(ledger.declaredLicenses.map(\.text) == ["MIT"])
        #expect(ledger.declaredLicenses.map(\.form) == [.identifier])
        #expect(ledger.concludedLicenses.map(\.text) == ["Our own"])
        #expect(ledger.concludedLicenses.map(\.form) == [.name])
        #expect(inventory.components[1].declaredLicenses.map(\.text) == ["MIT OR ISC"])
        #expect(inventory.components[1].declaredLicenses.map(\.form) == [.expression])
        #expect(inventory.components[2].hashes.isEmpty)
        #expect(inventory.components[2].scope == .unstated)
        #expect(inventory.components[2].packageURLs.isEmpty)

        let summary = inventory.summary
        #expect(summary.components == 4)
        #expect(summary.relationships == 3)
        #expect(summary.packageURLs == 1)
    }

    /// Every place is looked up in the document by another reader, which has to find there what is said.
    @Test func everyPlaceLeadsToWhatIsSaid() throws {
        let inventory = try inventory(Self.json)
        let root = try JSONSerialization.jsonObject(with: Data(Self.json.utf8))
        func said(_ place: DocumentPlace) -> String? {
            guard case .pointer(let pointer) = place else { return nil }
            return pointer.split(separator: "/").reduce(root as Any?) { value, token in
                if let array = value as? [Any], let index = Int(token), index < array.count { return array[index] }
                return (value as? [String: Any])?[String(token)]
            } as? String
        }
        for component in Array(inventory.components) + inventory.described {
            #expect(said(component.place(of: .name)) == component.name)
            let fields: [(Component.Field, String?)] = [
                (.identifier, component.identifier), (.group, component.group), (.version, component.version),
                (.packageURL, component.packageURL), (.supplier, component.supplier),
                (.originator, component.originator), (.purpose, component.purpose),
            ]
            for (field, text) in fields where text != nil { #expect(said(component.place(of: field)) == text) }
            for hash in component.hashes { #expect(said(hash.place)?.lowercased() == hash.hex) }
            for license in component.declaredLicenses + component.concludedLicenses {
                #expect(said(license.place) == license.text)
            }
            for text in component.cpes + component.packageURLs { #expect(said(text.place) == text.text) }
        }
        for relationship in inventory.relationships { #expect(said(relationship.place) == relationship.to) }
        for creator in inventory.creators { #expect(said(creator.place) == creator.name) }
        #expect(said(try #require(inventory.createdPlace)) == inventory.createdText)
        #expect(inventory.components[1].place == .pointer("/components/0/components/0"))
        #expect(inventory.components[3].place == .pointer("/metadata/component/components/0"))
        #expect(inventory.subject?.place == .pointer("/metadata/component"))
        // A field that is not said is where its component is.
        #expect(inventory.components[2].place(of: .version) == .pointer("/components/1"))
    }

    @Test func placesInXMLAreLines() throws {
        let inventory = try inventory(Self.xml)
        let lines = Self.xml.split(separator: "\n", omittingEmptySubsequences: false)
        let ledger = try #require(inventory.components.first)
        for (field, text) in [
            (Component.Field.version, ">1.0<"), (.packageURL, "pkg:maven"), (.supplier, "Example Ltd"),
        ] {
            guard case .line(let line) = ledger.place(of: field) else { throw TestFailure() }
            #expect(lines[line - 1].contains(text))
        }
        guard case .line(let line) = try #require(ledger.hashes.last).place else { throw TestFailure() }
        #expect(lines[line - 1].contains("SHA3-256"))
    }

    struct TestFailure: Error {}

    @Test(arguments: ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
    func readsEveryVersionOfTheJSONForm(_ version: String) throws {
        let inventory = try inventory(
            #"{"bomFormat":"CycloneDX","specVersion":"\#(version)","version":1,"components":[]}"#)
        #expect(inventory.specVersion == version)
    }

    @Test(arguments: ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
    func readsEveryVersionOfTheXMLForm(_ version: String) throws {
        #expect(try inventory(Documents.xml("<components/>", version: version)).specVersion == version)
    }

    @Test func refusesVersionsThatDefineNoSuchForm() {
        for version in ["1.0", "1.1", "1.8", "2.0", "1.60", " 1.6", ""] {
            let error = refusal(#"{"bomFormat":"CycloneDX","specVersion":"\#(version)","components":[]}"#)
            #expect(error == .unsupportedVersion(.cycloneDX, found: version, at: .pointer("/specVersion")))
            #expect(error?.code == .sbomUnsupportedVersion)
        }
        #expect(
            refusal(Documents.xml("", version: "1.8")) == .unsupportedVersion(.cycloneDX, found: "1.8", at: .line(1)))
    }

    @Test func refusesWhatLacksARequiredField() {
        let cases = [
            (#"{"bomFormat":"CycloneDX","version":1}"#, SBOMError.missing(field: "specVersion", at: .pointer(""))),
            (
                Documents.cycloneDX(#""components":[{"name":"a"}]"#),
                .missing(field: "type", at: .pointer("/components/0"))
            ),
            (
                Documents.cycloneDX(#""components":[{"type":"library"}]"#),
                .missing(field: "name", at: .pointer("/components/0"))
            ),
            (
                Documents.cycloneDX(component: #""hashes":[{"content":"3942447fac867ae5cdb3229b658f4d48"}]"#),
                .missing(field: "alg", at: .pointer("/components/0/hashes/0"))
            ),
            (
                Documents.cycloneDX(component: #""hashes":[{"alg":"MD5"}]"#),
                .missing(field: "content", at: .pointer("/components/0/hashes/0"))
            ),
            (
                Documents.cycloneDX(component: #""licenses":[{}]"#),
                .missing(field: "license", at: .pointer("/components/0/licenses/0"))
            ),
            (
                Documents.cycloneDX(component: #""licenses":[{"license":{"url":"x"}}]"#),
                .missing(field: "id", at: .pointer("/components/0/licenses/0/license"))
            ),
            (
                Documents.cycloneDX(component: #""pedigree":{"patches":[{}]}"#),
                .missing(field: "type", at: .pointer("/components/0/pedigree/patches/0"))
            ),
            (
                Documents.cycloneDX(#""dependencies":[{"dependsOn":[]}]"#),
                .missing(field: "ref", at: .pointer("/dependencies/0"))
            ),
        ]
        for (text, expected) in cases {
            let error = refusal(text)
            #expect(error == expected)
            #expect(error?.code == .sbomInvalid)
        }
    }

    @Test func refusesValuesThatTheSchemaDoesNotPermit() {
        let component: [(String, String)] = [
            (#""scope":"foo""#, "/scope"), (#""hashes":[{"alg":"FOO","content":"00"}]"#, "/hashes/0/alg"),
            (#""hashes":[{"alg":"MD5","content":"00"}]"#, "/hashes/0/content"),
            (#""hashes":[{"alg":"MD5","content":"394244_fac867ae5cdb3229b658f4d48"}]"#, "/hashes/0/content"),
            (#""hashes":[{"alg":"MD5","content":"3942447fac867ae5cdb3229b658f4dg8"}]"#, "/hashes/0/content"),
            (#""licenses":[{"license":{"id":"MIT"},"expression":"MIT"}]"#, "/licenses/0"),
            (#""licenses":[{"license":{"id":"MIT","name":"MIT"}}]"#, "/licenses/0/license"),
            (#""licenses":[{"license":{"id":"MIT","acknowledgement":"x"}}]"#, "/licenses/0/license/acknowledgement"),
            (#""licenses":[{"license":{"id":"MIT","text":{"encoding":"hex"}}}]"#, "/licenses/0/license/text/encoding"),
            (#""pedigree":{"patches":[{"type":"x"}]}"#, "/pedigree/patches/0/type"), (#""bom-ref":"""#, "/bom-ref"),
        ]
        for (members, place) in component {
            guard case .invalidValue(_, _, let found)? = refusal(Documents.cycloneDX(component: members)) else {
                Issue.record("read or refused otherwise: \(members)")
                continue
            }
            #expect(found == .pointer("/components/0" + place))
        }
        for (members, place) in [
            (#""serialNumber":"urn:uuid:3e671687-395b-41f5-a30f""#, "/serialNumber"),
            (#""serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b7g""#, "/serialNumber"),
            (#""serialNumber":"urn:uuix:3e671687-395b-41f5-a30f-a58921a69b79""#, "/serialNumber"),
            (#""version":-1"#, "/version"), (#""metadata":{"timestamp":"yesterday"}"#, "/metadata/timestamp"),
            (#""components":[{"type":"lib","name":"a"}]"#, "/components/0/type"),
            (#""dependencies":[{"ref":"a","dependsOn":[""]}]"#, "/dependencies/0/dependsOn/0"),
        ] {
            guard case .invalidValue(_, _, let found)? = refusal(Documents.cycloneDX(members)) else {
                Issue.record("read or refused otherwise: \(members)")
                continue
            }
            #expect(found == .pointer(place))
        }
        #expect(refusal(#"{"bomFormat":"cyclonedx","specVersion":"1.6"}"#)?.code == .sbomInvalid)
    }

    @Test func refusesValuesOfAnotherKind() {
        for (members, place) in [
            (#""components":{}"#, "/components"), (#""components":[1]"#, "/components/0"),
            (#""components":[{"type":"library","name":null}]"#, "/components/0/name"),
            (#""components":[{"type":1,"name":"a"}]"#, "/components/0/type"), (#""metadata":[]"#, "/metadata"),
            (#""metadata":{"tools":"x"}"#, "/metadata/tools"), (#""metadata":{"component":[]}"#, "/metadata/component"),
            (#""version":"1""#, "/version"), (#""version":1.0"#, "/version"), (#""serialNumber":1"#, "/serialNumber"),
            (#""dependencies":[[]]"#, "/dependencies/0"),
            (#""dependencies":[{"ref":"a","dependsOn":"b"}]"#, "/dependencies/0/dependsOn"),
            (#""components":[{"type":"library","name":"a","supplier":"x"}]"#, "/components/0/supplier"),
            (#""components":[{"type":"library","name":"a","licenses":{}}]"#, "/components/0/licenses"),
            (#""components":[{"type":"library","name":"a","cpe":7}]"#, "/components/0/cpe"),
        ] {
            guard case .wrongKind(_, let found)? = refusal(Documents.cycloneDX(members)) else {
                Issue.record("read or refused otherwise: \(members)")
                continue
            }
            #expect(found == .pointer(place))
        }
    }

    /// A scanner that decodes escapes and one that does not must not see two components.
    @Test func knowsNamesThatAreEscaped() throws {
        let text = Documents.cycloneDX(#""c\u006fmponents":[{"t\u0079pe":"librar\u0079","n\u0061me":"l\u006fg4j"}]"#)
        #expect(try inventory(text).components.map(\.name) == ["log4j"])
        let twice = Documents.cycloneDX(#""components":[],"c\u006fmponents":[]"#)
        guard case .malformedJSON(.duplicateKey)? = refusal(twice) else {
            Issue.record("read a document with two lists of components")
            return
        }
    }

    @Test func countsEveryPackageURLOnce() throws {
        let components = ["pkg:npm/a", #"pkg:npm\u002fa"#, "pkg:npm/A", "pkg:npm/a", "pkg:npm/b"].map {
            #"{"type":"file","name":"a","purl":"\#($0)"}"#
        }
        let text = Documents.cycloneDX(
            #""metadata":{"component":{"type":"file","name":"a","purl":"pkg:oci/app"}},"components":[\#(components.joined(separator: ","))]"#
        )
        #expect(try inventory(text).summary.packageURLs == 3)
    }

    @Test func metadataMayStandBehindTheComponents() throws {
        let text = Documents.cycloneDX(
            #""components":[{"type":"library","name":"a"}],"metadata":{"component":{"type":"container","name":"app"}}"#)
        #expect(try inventory(text).subject?.name == "app")
        #expect(try inventory(text).components.count == 1)
    }

    /// XML Schema's dateTime may lack an offset from UTC; it then says no instant, and nothing can be fresh by it.
    @Test func aTimeWithoutAnOffsetIsNoInstant() throws {
        let inventory = try inventory(Documents.cycloneDX(#""metadata":{"timestamp":"2026-11-01T10:00:00"}"#))
        #expect(inventory.created == nil)
        #expect(inventory.createdText == "2026-11-01T10:00:00")
    }

    @Test func fieldsOfNoInterestMayBeAnything() throws {
        let text = Documents.cycloneDX(component: #""description":7,"properties":"x","unheardOf":{"a":[1]}"#)
        #expect(try inventory(text).components.count == 1)
    }
}

import SBOM
import Testing

/// XML, YAML and tag-value: what of them is read, and what is refused.
struct SyntaxTests {
    static let component = #"<components><component type="file"><name>a</name></component></components>"#

    // MARK: XML

    @Test func refusesDocumentTypesEntitiesAndInstructions() {
        let bomb = """
            <!DOCTYPE bom [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
            """
        let external = #"<!DOCTYPE bom SYSTEM "http://registry.example/bom.dtd">"#
        let parameter = #"<!DOCTYPE bom [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>"#
        for prolog in [bomb, external, parameter, "<!DOCTYPE bom>"] {
            let error = refusal(prolog + Documents.xml(Self.component))
            #expect(error == .malformedXML(.documentType, line: 1))
            #expect(error?.code == .sbomForbiddenXML)
        }
        let instruction = #"<?xml-stylesheet href="x.xsl"?>"#
        #expect(
            refusal("\n" + instruction + Documents.xml("")) == .malformedXML(.processingInstruction, line: 2))
        #expect(refusal(Documents.xml("<?php x ?>")) == .malformedXML(.processingInstruction, line: 1))
        // Without a document type there are no entities but the five.
        #expect(refusal(Documents.xml("<components>&nbsp;</components>"))?.code == .sbomMalformed)
    }

    @Test func readsTheFiveEntitiesAndCharacterReferences() throws {
        let text = Documents.xml(
            #"<components><component type="file"><name>&lt;&amp;&quot;&apos;&gt;&#65;&#x42;<![CDATA[<c>]]></name></component></components>"#
        )
        #expect(try inventory(text).components.first?.name == "<&\"'>AB<c>")
    }

    @Test func refusesXMLThatIsNotWellFormed() {
        for text in [
            "<bom", Documents.xml("<a></b>"), Documents.xml("") + "<x/>",
            Documents.xml("", attributes: #" version="1" version="2""#),
            Documents.xml("<a>&#0;</a>"), Documents.xml("<a>\u{1}</a>"), Documents.xml("<x:a/>"),
        ] {
            guard case .malformedXML(.notWellFormed, _)? = refusal(text) else {
                Issue.record("read or refused otherwise: \(text)")
                continue
            }
        }
        var bytes = Array(Documents.xml(Self.component).utf8)
        bytes[bytes.count - 50] = 0xFF
        #expect(refusal(bytes)?.code == .sbomMalformed)
    }

    @Test func readsUTF16AsExpatDoes() throws {
        let text = #"<?xml version="1.0" encoding="UTF-16"?>"# + Documents.xml(Self.component)
        var (bigEndian, littleEndian): ([UInt8], [UInt8]) = ([0xFE, 0xFF], [0xFF, 0xFE])
        for unit in text.utf16 {
            bigEndian += [UInt8(unit >> 8), UInt8(unit & 0xFF)]
            littleEndian += [UInt8(unit & 0xFF), UInt8(unit >> 8)]
        }
        for bytes in [bigEndian, littleEndian] {
            #expect(try SBOMDocument.read(bytes).inventory.components.first?.name == "a")
        }
        let unknown = #"<?xml version="1.0" encoding="EBCDIC-X"?>"# + Documents.xml(Self.component)
        #expect(refusal(unknown)?.code == .sbomMalformed)
    }

    @Test func refusesAnElementThatIsSaidTwice() {
        let component = #"<components><component type="file"><name>a</name>\#n<name>b</name></component></components>"#
        #expect(refusal(Documents.xml(component)) == .repeated(field: "name", at: .line(2)))
        let lists = Self.component + "\n" + Self.component
        #expect(refusal(Documents.xml(lists)) == .repeated(field: "components", at: .line(2)))
        #expect(refusal(Documents.xml(lists))?.code == .sbomInvalid)
        let spdx = SPDX2Tests.xml.replacing("</Document>", with: "<packages><name>b</name></packages></Document>")
        guard case .repeated("packages", _)? = refusal(spdx) else {
            Issue.record("read a document with two lists of packages")
            return
        }
    }

    /// Whoever looks at local names only would see another document.
    @Test func elementsOfOtherNamespacesAreSkipped() throws {
        let text = Documents.xml(
            #"<components><component type="file" x:type="library"><x:name>b</x:name><name>a</name></component><x:component type="file"><name>c</name></x:component></components>"#,
            attributes: #" xmlns:x="urn:x""#)
        #expect(try inventory(text).components.map(\.name) == ["a"])
        #expect(try inventory(text).components.first?.purpose == "file")
        let older = Documents.xml(
            #"<components><y:component type="file"><y:name>b</y:name></y:component></components>"#,
            attributes: #" xmlns:y="http://cyclonedx.org/schema/bom/1.5""#)
        #expect(try inventory(older).components.isEmpty)
        #expect(refusal(#"<bom xmlns="http://registry.example/bom/1.6"/>"#) == .unrecognised)
        #expect(refusal(#"<sbom xmlns="http://cyclonedx.org/schema/bom/1.6"/>"#) == .unrecognised)
        let spdx = SPDX2Tests.xml.replacing("<Document>", with: #"<Document xmlns:x="urn:x"><x:name>b</x:name>"#)
        #expect(try inventory(spdx).name == "app")
    }

    @Test func readsBothFormsOfTools() throws {
        let old = Documents.xml(
            "<metadata><tools><tool><vendor>v</vendor><name>t</name><version>1</version></tool></tools></metadata>")
        let new = Documents.xml(
            #"<metadata><tools><components><component type="file"><name>t</name></component></components><services><service><name>s</name></service></services></tools></metadata>"#
        )
        #expect(try inventory(old).creators.map(\.name) == ["t"])
        #expect(try inventory(new).creators.map(\.name) == ["t", "s"])
        #expect(try inventory(Documents.xml("<metadata><tools/></metadata>")).creators.isEmpty)
    }

    @Test func readsExpressionsWithDetails() throws {
        let text = Documents.xml(
            #"<components><component type="file"><name>a</name><licenses><expression acknowledgement="concluded"> MIT </expression><expression-detailed expression="ISC"/></licenses></component></components>"#,
            version: "1.7")
        let component = try #require(try inventory(text).components.first)
        #expect(component.concludedLicenses.map(\.text) == ["MIT"])
        #expect(component.declaredLicenses.map(\.text) == ["ISC"])
    }

    // MARK: YAML

    @Test func refusesYAMLInWhichOneTextStandsForAnother() {
        for text in [
            "name: &a app\nname2: *a", "name: *a", "name: !!str app", "name: !x app", "x: &a [1]", "x: !!map {}",
            "{a: 1}: b", "[a]: b", "a: [", "a: b: c", "a: \"\\ud800\"", "\tx: y", "--- {}\n--- {}",
        ] {
            guard case .malformedYAML? = refusal("spdxVersion: SPDX-2.3\n" + text) else {
                Issue.record("read or refused otherwise: \(text)")
                continue
            }
        }
        #expect(refusal("%YAML 1.1\n---\nspdxVersion: SPDX-2.3\n") == .malformedYAML("a directive", line: 1))
        #expect(refusal("a: &b c\nspdxVersion: x")?.code == .sbomMalformed)
        #expect(refusal(SPDX2Tests.yaml + "\nname: again") == .repeated(field: "name", at: .line(43)))
        #expect(refusal(SPDX2Tests.yaml.replacing("name: app\ndocu", with: "name: null\ndocu"))?.code == .sbomInvalid)
    }

    @Test func plainScalarsAreTheirText() throws {
        let text = SPDX2Tests.yaml.replacing("versionInfo: 1.0", with: "versionInfo: 1.10")
        #expect(try inventory(text).components.last?.version == "1.10")
        #expect(refusal(SPDX2Tests.yaml.replacing("versionInfo: 1.0", with: "versionInfo: true"))?.code == .sbomInvalid)
    }

    // MARK: Tag-value

    @Test func refusesTagValueThatIsOutOfPlace() {
        let cases = [
            ("DocumentName app", "expected `Tag: value`, found no colon"),
            ("PackageVersion: 1", "expected `PackageName` before `PackageVersion`, found none"),
            ("PackageChecksum: MD5: 00", "expected `PackageName` before `PackageChecksum`, found none"),
            ("ExternalRef: OTHER a b", "expected `PackageName` before `ExternalRef`, found none"),
            ("PackageName: a\nPackageChecksum: 00", "expected an algorithm, a colon and a hash, found no colon"),
            ("PackageName: a\nExternalRef: OTHER a", "expected a category, a type and a locator, found less"),
            ("Relationship: a b", "expected two identifiers and a type between them, found less"),
            ("DocumentComment: <text>never", "expected `</text>`, found the end"),
        ]
        for (text, problem) in cases {
            let lines = text.contains("\n") ? 3 : 2
            #expect(refusal("SPDXVersion: SPDX-2.3\n" + text) == .malformedTagValue(problem, line: lines))
        }
        #expect(refusal("SPDXVersion: SPDX-2.3\nx")?.code == .sbomMalformed)
        #expect(
            refusal(Array("SPDXVersion: SPDX-2.3\nDocumentName: ".utf8) + [0xFF])
                == .malformedTagValue("expected UTF-8, found something else", line: 2))
    }

    @Test func aTagThatIsSaidTwiceIsRefused() {
        let text = SPDX2Tests.tagValue.replacing(
            "PackageVersion: 1.0", with: "PackageVersion: 1.0\nPackageVersion: 2.0")
        guard case .repeated("versionInfo", .line(let line))? = refusal(text) else {
            Issue.record("took one of two versions")
            return
        }
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false)[line - 1] == "PackageVersion: 2.0")
        guard case .repeated("name", _)? = refusal(SPDX2Tests.tagValue + "\nDocumentName: b") else {
            Issue.record("took one of two names")
            return
        }
    }

    @Test func textOverLinesIsOneValue() throws {
        let text = SPDX2Tests.tagValue.replacing(
            "PackageSupplier: Organization: Example Ltd",
            with: "PackageSupplier: <text>Organization: A\r\nSPDXID: SPDXRef-b</text> rest\n# comment")
        let inventory = try inventory(text)
        #expect(inventory.components.last?.supplier == "Organization: A\r\nSPDXID: SPDXRef-b")
        #expect(inventory.components.last?.identifier == "SPDXRef-ledger")
        // What comes behind is on the lines that it is on.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        guard case .line(let line)? = inventory.components.last?.place(of: .originator) else { return }
        #expect(lines[line - 1].contains("PackageOriginator"))
    }

    @Test func snippetsAndLicencesAreNoPackages() throws {
        let text = SPDX2Tests.tagValue.replacing(
            "FileName: ./a",
            with: """
                SnippetSPDXID: SPDXRef-s
                SnippetFromFileSPDXID: SPDXRef-a
                LicenseID: LicenseRef-1
                ExtractedText: <text>x</text>

                FileName: ./a
                """)
        #expect(try inventory(text).components.count == 2)
        #expect(try inventory("\u{FEFF}" + text.replacing("\n", with: "\r\n")).components.count == 2)
    }
}

import SBOM
import Testing

/// `evidence.licenses`: what a tool saw, which nobody declares or concludes.
struct CycloneDXEvidenceTests {
    static let json = """
        {"bomFormat":"CycloneDX","specVersion":"1.6","components":[
          {"type":"library","name":"a","licenses":[{"license":{"id":"MIT"}}],
            "evidence":{"identity":[{"field":"purl"}],"copyright":[{"text":"x"}],
              "licenses":[{"license":{"id":"GPL-3.0-only"}},{"license":{"name":"Ours","acknowledgement":"concluded"}},
                {"expression":"MIT OR ISC","acknowledgement":"declared"}]},
            "components":[{"type":"file","name":"b","evidence":{"licenses":[]}}]},
          {"type":"library","name":"c"}]}
        """

    static let xml = """
        <bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components>
          <component type="library"><name>a</name><licenses><license><id>MIT</id></license></licenses>
            <components><component type="file"><name>b</name><evidence><licenses/></evidence></component></components>
            <evidence>
              <identity><field>purl</field></identity><identity><field>name</field></identity>
              <licenses><license><id>GPL-3.0-only</id></license><license acknowledgement="concluded"><name>Ours</name></license>
                <expression acknowledgement="declared">MIT OR ISC</expression></licenses>
              <copyright><text>x</text></copyright>
            </evidence>
          </component>
          <component type="library"><name>c</name></component>
        </components></bom>
        """

    @Test(arguments: [json, xml])
    func isAKindOfItsOwnInBothSyntaxes(_ text: String) throws {
        let components = try inventory(text).components
        #expect(components.map(\.name) == ["a", "b", "c"])
        // Whatever it says of itself: it is evidence.
        #expect(
            components.map { $0.observedLicenses.map(\.text) } == [
                ["GPL-3.0-only", "Ours", "MIT OR ISC"], [], [],
            ])
        #expect(components.first?.observedLicenses.map(\.form) == [.identifier, .name, .expression])
        #expect(components.map { $0.declaredLicenses.map(\.text) } == [["MIT"], [], []])
        #expect(components.allSatisfy { $0.concludedLicenses.isEmpty })
    }

    @Test func tellsWhereItIsSaid() throws {
        let places = try inventory(Self.json).components.first?.observedLicenses.map(
            \.place.description)
        #expect(
            places == [
                "/components/0/evidence/licenses/0/license/id",
                "/components/0/evidence/licenses/1/license/name",
                "/components/0/evidence/licenses/2/expression",
            ])
        let lines = try inventory(Self.xml).components.first?.observedLicenses.map(\.place)
        #expect(lines == [.line(6), .line(6), .line(7)])
    }

    @Test(arguments: [
        (#"[]"#, ""), (#"{"licenses":{}}"#, "/licenses"), (#"{"licenses":[{}]}"#, "/licenses/0"),
        (#"{"licenses":[{"license":{"id":"MIT","name":"MIT"}}]}"#, "/licenses/0/license"),
        (#"{"licenses":[{"license":{"id":"MIT"},"expression":"MIT"}]}"#, "/licenses/0"),
        (
            #"{"licenses":[{"expression":"MIT","acknowledgement":"seen"}]}"#,
            "/licenses/0/acknowledgement"
        ),
    ])
    func refusesWhatIsNoEvidence(_ evidence: String, _ place: String) {
        let error = refusal(Documents.cycloneDX(component: #""evidence":\#(evidence)"#))
        #expect(error?.code == .sbomInvalid)
        #expect(
            error?.message.hasSuffix("at /components/0/evidence\(place)") == true,
            "\(error?.message ?? "read")")
    }

    @Test func countsAmongTheFacts() {
        let text = Documents.cycloneDX(
            component: #""evidence":{"licenses":[{"expression":"MIT"},{"expression":"ISC"}]}"#)
        #expect(refusal(text, limits: SBOMLimits(facts: 2)) == nil)
        #expect(refusal(text, limits: SBOMLimits(facts: 1))?.code == .sbomTooManyFacts)
    }
}

import SBOM
import Testing

/// `services`: what the software calls. Not components, and not dropped.
struct CycloneDXServicesTests {
    static let json = """
        {"bomFormat":"CycloneDX","specVersion":"1.6",
          "components":[{"type":"library","name":"ledger"}],
          "services":[
            {"bom-ref":"api","provider":{"name":"Example","url":["https://example.com"]},"group":"org.example","name":"ledger-api",
              "version":"2","endpoints":["https://registry.example/api","/v2"],"authenticated":true,
              "x-trust-boundary":true,"data":[{"flow":"inbound","classification":"public"}],
              "licenses":[{"license":{"id":"MIT"}},{"license":{"name":"Ours","acknowledgement":"concluded"}}],
              "services":[{"name":"inner","authenticated":false,"licenses":[{"expression":"MIT OR ISC"}],
                "services":[{"name":"innermost","endpoints":["tcp:1"]}]}]},
            {"name":"mail"}]}
        """

    static let xml = """
        <bom xmlns="http://cyclonedx.org/schema/bom/1.6">
          <components><component type="library"><name>ledger</name></component></components>
          <services>
            <service bom-ref="api">
              <provider><name>Example</name><url>https://example.com</url></provider>
              <group>org.example</group>
              <name>ledger-api</name>
              <version>2</version>
              <endpoints><endpoint>https://registry.example/api</endpoint><endpoint>/v2</endpoint></endpoints>
              <authenticated> true </authenticated>
              <x-trust-boundary>true</x-trust-boundary>
              <licenses><license><id>MIT</id></license><license acknowledgement="concluded"><name>Ours</name></license></licenses>
              <services>
                <service><name>inner</name><authenticated>0</authenticated><licenses><expression>MIT OR ISC</expression></licenses>
                  <services><service><name>innermost</name><endpoints><endpoint>tcp:1</endpoint></endpoints></service></services>
                </service>
              </services>
            </service>
            <service><name>mail</name></service>
          </services>
        </bom>
        """

    @Test(arguments: [json, xml])
    func saysTheSameInBothSyntaxes(_ text: String) throws {
        let inventory = try inventory(text)
        #expect(inventory.components.map(\.name) == ["ledger"])
        #expect(inventory.summary.components == 1)
        let services = inventory.services
        #expect(services.map(\.name) == ["ledger-api", "inner", "innermost", "mail"])
        #expect(services.map { $0.parent?.name } == [nil, "ledger-api", "inner", nil])
        #expect(services.map(\.isAuthenticated) == [true, false, nil, nil])
        #expect(
            services.map { $0.endpoints.map(\.text) } == [
                ["https://registry.example/api", "/v2"], [], ["tcp:1"], [],
            ])
        #expect(services.map { $0.declaredLicenses.map(\.text) } == [["MIT"], ["MIT OR ISC"], [], []])
        #expect(
            services.map { $0.declaredLicenses.map(\.form) } == [[.identifier], [.expression], [], []])
        #expect(services.map { $0.concludedLicenses.map(\.text) } == [["Ours"], [], [], []])
        #expect(services.map(\.provider) == ["Example", nil, nil, nil])
        #expect(services.first?.identifier == "api")
        #expect(services.first?.group == "org.example")
        #expect(services.first?.version == "2")
        // What a service states is no fact of a component.
        #expect(inventory.components.first?.declaredLicenses.isEmpty == true)
        #expect(inventory.components.first?.concludedLicenses.isEmpty == true)
    }

    @Test func tellsWhereItIsSaid() throws {
        let services = try inventory(Self.json).services
        #expect(
            services.map(\.place.description) == [
                "/services/0", "/services/0/services/0", "/services/0/services/0/services/0", "/services/1",
            ])
        #expect(services[0].endpoints.last?.place == .pointer("/services/0/endpoints/1"))
        #expect(
            services[0].concludedLicenses.first?.place == .pointer("/services/0/licenses/1/license/name"))
        #expect(
            services[2].endpoints.first?.place
                == .pointer("/services/0/services/0/services/0/endpoints/0"))
        #expect(
            try inventory(Self.xml).services.map(\.place) == [.line(4), .line(14), .line(15), .line(19)])
    }

    @Test(arguments: [
        (#"{"name":"a"}"#, "/services"), (#"["a"]"#, "/services/0"), (#"[{}]"#, "/services/0"),
        (#"[{"group":"a"}]"#, "/services/0"), (#"[{"name":null}]"#, "/services/0/name"),
        (#"[{"name":"a","bom-ref":""}]"#, "/services/0/bom-ref"),
        (#"[{"name":"a","authenticated":"true"}]"#, "/services/0/authenticated"),
        (#"[{"name":"a","provider":"x"}]"#, "/services/0/provider"),
        (#"[{"name":"a","endpoints":"x"}]"#, "/services/0/endpoints"),
        (#"[{"name":"a","endpoints":[1]}]"#, "/services/0/endpoints/0"),
        (#"[{"name":"a","licenses":[{}]}]"#, "/services/0/licenses/0"),
        (
            #"[{"name":"a","services":[{"name":"b","services":[{}]}]}]"#,
            "/services/0/services/0/services/0"
        ),
    ])
    func refusesWhatIsNoService(_ services: String, _ place: String) {
        let error = refusal(Documents.cycloneDX(#""services":\#(services)"#))
        #expect(error?.code == .sbomInvalid)
        #expect(error?.message.hasSuffix("at \(place)") == true, "\(error?.message ?? "read")")
    }

    @Test(arguments: [
        "<service/>", "<service><name>a</name><authenticated>yes</authenticated></service>",
        "<service><name>a</name><authenticated/></service>",
        "<service><name>a</name><name>b</name></service>",
    ])
    func refusesTheSameInXML(_ service: String) {
        #expect(refusal(Documents.xml("<services>\(service)</services>"))?.code == .sbomInvalid)
    }

    @Test func thereIsALimit() throws {
        let text = Documents.cycloneDX(
            #""services":[{"name":"a","services":[{"name":"b","endpoints":["x","y"]}]},{"name":"c"}]"#)
        #expect(refusal(text, limits: SBOMLimits(services: 3)) == nil)
        let error = refusal(text, limits: SBOMLimits(services: 2))
        #expect(error == .tooMany(.services, limit: 2, at: .pointer("/services/1")))
        #expect(error?.code == .sbomTooManyServices)
        #expect(
            refusal(text, limits: SBOMLimits(facts: 1))
                == .tooMany(.facts, limit: 1, at: .pointer("/services/0/services/0/endpoints/1")))
        let levels = String(repeating: #"{"name":"a","services":["#, count: 200)
        let ends = String(repeating: "]}", count: 200)
        #expect(refusal(Documents.cycloneDX(#""services":[\#(levels)\#(ends)]"#))?.code == .sbomTooDeep)
    }

    /// Tools are services too, and are told with those who made the document.
    @Test func servicesThatMadeTheDocumentAreNotAmongThem() throws {
        let tools = #""metadata":{"tools":{"services":[{"name":"maker"}]}}"#
        let inventory = try inventory(Documents.cycloneDX(tools))
        #expect(inventory.services.isEmpty)
        #expect(inventory.creators.map(\.name) == ["maker"])
    }
}

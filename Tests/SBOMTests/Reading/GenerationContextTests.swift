import SBOM
import Testing

/// From which stage of the software's life the data was taken.
struct GenerationContextTests {
    typealias Phase = GenerationContext.Phase

    static let phases = ["design", "pre-build", "build", "post-build", "operations", "discovery", "decommission"]

    private static func json(_ lifecycles: String) -> String {
        Documents.cycloneDX(#""metadata":{"lifecycles":\#(lifecycles)}"#)
    }

    private static func xml(_ lifecycles: String) -> String {
        Documents.xml("<metadata><lifecycles>\(lifecycles)</lifecycles></metadata>")
    }

    @Test func readsEachPhaseOfCycloneDXInBothSyntaxes() throws {
        let json = Self.json("[" + Self.phases.map { #"{"phase":"\#($0)"}"# }.joined(separator: ",") + "]")
        let xml = Self.xml(Self.phases.map { "<lifecycle><phase> \($0)\n</phase></lifecycle>" }.joined())
        for text in [json, xml] {
            let contexts = try inventory(text).generationContexts
            #expect(contexts.map(\.text) == Self.phases)
            #expect(contexts.map(\.phase) == Phase.allCases)
        }
        #expect(Phase.allCases.map(\.rawValue) == Self.phases)
    }

    /// A stage of one's own is told, and is none of those that are known, whatever it is called.
    @Test func aNamedPhaseIsNoneOfThoseThatAreKnown() throws {
        let json = Self.json(#"[{"name":"build","description":"ours"},{"phase":"build"},{"phase":"build"}]"#)
        let xml = Self.xml(
            """
            <lifecycle><name>build</name><description>ours</description></lifecycle>
            <lifecycle><phase>build</phase></lifecycle><lifecycle><phase>build</phase></lifecycle>
            """)
        for text in [json, xml] {
            let contexts = try inventory(text).generationContexts
            #expect(contexts.map(\.text) == ["build", "build"])
            #expect(contexts.map(\.phase) == [nil, .build])
        }
        let places = try inventory(json).generationContexts.map(\.place)
        #expect(places == [.pointer("/metadata/lifecycles/0/name"), .pointer("/metadata/lifecycles/1/phase")])
        #expect(try inventory(xml).generationContexts.map(\.place) == [.line(1), .line(2)])
    }

    @Test(arguments: [
        (#"{"phase":"build"}"#, "/metadata/lifecycles"),
        (#"["build"]"#, "/metadata/lifecycles/0"),
        (#"[{}]"#, "/metadata/lifecycles/0"),
        (#"[{"description":"build"}]"#, "/metadata/lifecycles/0"),
        (#"[{"phase":"build","name":"build"}]"#, "/metadata/lifecycles/0"),
        (#"[{"phase":"Build"}]"#, "/metadata/lifecycles/0/phase"),
        (#"[{"phase":""}]"#, "/metadata/lifecycles/0/phase"),
        (#"[{"phase":1}]"#, "/metadata/lifecycles/0/phase"),
        (#"[{"name":"x"},{"name":null}]"#, "/metadata/lifecycles/1/name"),
    ])
    func refusesWhatIsNoLifecycle(_ lifecycles: String, _ place: String) {
        let error = refusal(Self.json(lifecycles))
        #expect(error?.code == .sbomInvalid)
        #expect(error?.message.hasSuffix("at \(place)") == true, "\(error?.message ?? "read")")
    }

    @Test(arguments: [
        "<lifecycle/>", "<lifecycle><phase>Build</phase></lifecycle>",
        "<lifecycle><phase>build</phase><name>x</name></lifecycle>",
        "<lifecycle><phase>build</phase><phase>build</phase></lifecycle>",
    ])
    func refusesTheSameInXML(_ lifecycle: String) {
        #expect(refusal(Self.xml(lifecycle))?.code == .sbomInvalid)
    }

    /// However many names a document has, a stage that is known is not cut off behind them.
    @Test func namesInGreatNumbersHideNoPhase() throws {
        let names = (0..<2_000).map { #"{"name":"\#($0)"}"# }.joined(separator: ",")
        let contexts = try inventory(Self.json("[\(names),{\"phase\":\"design\"}]")).generationContexts
        #expect(contexts.count == 1_001)
        #expect(contexts.last?.phase == .design)
    }

    // MARK: SPDX 3

    private static func spdx3(_ types: String, root: String = "urn:bom", of document: String = "SpdxDocument") -> String
    {
        Documents.spdx3(
            """
            {"type":"\(document)","spdxId":"urn:document","rootElement":["\(root)"]},
            {"type":"software_Sbom","spdxId":"urn:bom","software_sbomType":\(types),"rootElement":["urn:app"]},
            {"type":"software_Sbom","spdxId":"urn:other","software_sbomType":["runtime"],"rootElement":["urn:app"]},
            {"type":"software_Package","spdxId":"urn:app","name":"app"}
            """)
    }

    @Test(arguments: [
        ("design", Phase.design), ("source", .preBuild), ("build", .build), ("analyzed", .postBuild),
        ("deployed", .operations), ("runtime", .operations),
    ])
    func readsEachTypeOfSPDX3(_ type: String, _ phase: Phase) throws {
        // JSON-LD does not tell one value and a list of one apart.
        for types in [#"["\#(type)"]"#, #""\#(type)""#] {
            let contexts = try inventory(Self.spdx3(types)).generationContexts
            #expect(contexts.map(\.text) == [type])
            #expect(contexts.map(\.phase) == [phase])
            let place = "/@graph/1/software_sbomType" + (types.hasPrefix("[") ? "/0" : "")
            #expect(contexts.map(\.place) == [.pointer(place)])
        }
    }

    /// Other bills of materials may lie in the same graph.
    @Test func onlyTheDocumentsOwnBillOfMaterialsCounts() throws {
        #expect(try inventory(Self.spdx3(#"["build"]"#, root: "urn:app")).generationContexts.isEmpty)
        #expect(
            try inventory(Self.spdx3(#"["build"]"#, root: "urn:other")).generationContexts.map(\.text) == ["runtime"])
        let alone = """
            {"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","type":"software_Sbom","spdxId":"urn:bom",
            "creationInfo":{"created":"2026-11-01T10:00:00Z"},"software_sbomType":["analyzed"]}
            """
        let inventory = try inventory(alone)
        #expect(inventory.generationContexts.map(\.place) == [.pointer("/software_sbomType/0")])
        #expect(inventory.createdPlace == .pointer("/creationInfo/created"))
    }

    @Test(arguments: [
        #"["Build"]"#, #"[1]"#, #"[""]"#, #"true"#, #""https://spdx.org/rdf/3.0.1/terms/Software/SbomType/build""#,
    ])
    func refusesWhatIsNoTypeOfSBOM(_ types: String) {
        #expect(refusal(Self.spdx3(types))?.code == .sbomInvalid)
    }

    /// Prose is not guessed at.
    @Test func otherFormatsHaveNone() throws {
        let spdx = Documents.spdx(
            #""comment":"SBOM Type: Build","annotations":[{"annotator":"Tool: x","annotationDate":"2026-11-01T10:00:00Z","annotationType":"OTHER","comment":"cisa:generationContext=build"}]"#
        ).replacing(#""creators":"#, with: #""comment":"generated during build","creators":"#)
        #expect(try inventory(spdx).generationContexts.isEmpty)
        #expect(try inventory(Documents.cycloneDX(#""metadata":{}"#)).generationContexts.isEmpty)
    }
}

import SBOM
import StrictEncoding
import Testing

/// Documents whose author wants to crash the reader, or to be read in two ways.
struct HostileInputTests {
    static let samples = [
        CycloneDXTests.json, CycloneDXTests.xml, SPDX2Tests.json, SPDX2Tests.yaml, SPDX2Tests.xml, SPDX2Tests.tagValue,
        SPDX3Tests.text, SyftTests.text,
    ]

    /// Asks for everything that an inventory can tell; it has to be consistent whatever the document was.
    static func walk(_ inventory: Inventory) {
        _ = (inventory.summary, inventory.creators, inventory.created, inventory.createdPlace, inventory.identifier)
        for component in Array(inventory.components) + inventory.described {
            for field in Component.Field.allCases {
                _ = component.place(of: field)
                component.withBytes(of: field) { _ = $0.count }
            }
            _ = (component.name, component.hashes, component.cpes, component.packageURLs, component.parent?.place)
            _ = (component.declaredLicenses, component.concludedLicenses, component.place.description)
        }
        for relationship in inventory.relationships { _ = relationship.place }
    }

    /// An SBOM that was cut off may not pass for a shorter one: only white space may be missing at the end, but for
    /// tag-value, which has no end.
    @Test(arguments: samples.indices)
    func refusesEveryPrefix(_ index: Int) {
        let bytes = Array(Self.samples[index].utf8)
        let isOpenEnded = index == 3 || index == 5
        for length in 0..<bytes.count {
            let prefix = Array(bytes[..<length])
            do throws(SBOMError) {
                let inventory = try SBOMDocument.read(prefix).inventory
                if !isOpenEnded { Issue.record("read \(length) of \(bytes.count) bytes") }
                Self.walk(inventory)
            } catch {
                _ = (error.message, error.code)
            }
        }
    }

    @Test(arguments: samples.indices)
    func survivesChangedBytes(_ index: Int) {
        var random = SeededGenerator(seed: UInt64(index) + 7)
        let bytes = Array(Self.samples[index].utf8)
        for _ in 0..<400 {
            var changed = bytes
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let at = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: changed[at] = UInt8.random(in: 0...255, using: &random)
                case 1: changed.remove(at: at)
                case 2: changed.insert(UInt8.random(in: 0...255, using: &random), at: at)
                default:
                    let end = Int.random(in: at...min(changed.count - 1, at + 40), using: &random)
                    changed.insert(
                        contentsOf: Array(changed[at...end]), at: Int.random(in: 0...changed.count, using: &random))
                }
            }
            do throws(SBOMError) {
                Self.walk(try SBOMDocument.read(changed).inventory)
            } catch {
                _ = (error.message, error.code)
            }
        }
    }

    // MARK: Recognition

    @Test func refusesWhatIsNoSBOM() {
        for text in ["", " \n", "{}", "[]", "hello", "SPDX-2.3", "<a/>", #"{"artifacts":[]}"#, "name: app\nversion: 1"]
        {
            #expect(refusal(text) == .unrecognised, "\(text)")
        }
        #expect(refusal("{}")?.code == .sbomUnrecognised)
    }

    @Test func namesTheFormThatIsNotRead() {
        let text = """
            <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#">
              <spdx:SpdxDocument/>
            </rdf:RDF>
            """
        #expect(refusal(text) == .unsupportedFormat("SPDX in RDF/XML"))
        #expect(refusal(text)?.code == .sbomUnsupportedFormat)
    }

    /// One document for the scanner, another for the gate.
    @Test func refusesADocumentOfTwoFormats() {
        let spdx = Documents.spdxHeader
        for text in [
            #"{"bomFormat":"CycloneDX","specVersion":"1.6",\#(spdx)}"#,
            #"{\#(spdx),"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}"#,
            #"{"artifacts":[],"descriptor":{},\#(spdx)}"#,
        ] {
            guard case .invalidValue(let expected, _, _)? = refusal(text) else {
                Issue.record("read: \(text)")
                continue
            }
            #expect(expected == "the names of one format only")
        }
    }

    @Test func refusesJSONThatReadersDisagreeOn() {
        let cases: [(String, SBOMError)] = [
            (Documents.cycloneDX(#""a":1,"a":2"#), .malformedJSON(.duplicateKey("a", offset: 50))),
            (Documents.cycloneDX(#""a":"\ud800""#), .malformedJSON(.unpairedSurrogate(offset: 49))),
            (Documents.cycloneDX("\"a\":\"\u{1}\""), .malformedJSON(.controlCharacter(offset: 49))),
            (Documents.cycloneDX(#""a":01"#), .malformedJSON(.invalidNumber(offset: 48))),
            ("\u{FEFF}{}", .malformedJSON(.byteOrderMark)),
        ]
        for (text, error) in cases {
            #expect(refusal(text)?.code == .sbomMalformed)
            if case .malformedJSON(let found)? = refusal(text), case .malformedJSON(let expected) = error {
                #expect(String(describing: found).prefix(30) == String(describing: expected).prefix(30))
            } else {
                Issue.record("refused otherwise: \(text)")
            }
        }
        var bytes = Array(Documents.cycloneDX(#""a":"x""#).utf8)
        bytes[bytes.count - 3] = 0xFF
        #expect(refusal(bytes)?.code == .sbomMalformed)
    }

    // MARK: Limits

    @Test func holdsEveryLimit() {
        func limits(_ change: (inout SBOMLimits) -> Void) -> SBOMLimits {
            var limits = SBOMLimits.standard
            change(&limits)
            return limits
        }
        let two = Documents.cycloneDX(#""components":[{"type":"file","name":"a"},{"type":"file","name":"b"}]"#)
        #expect(refusal(two, limits: limits { $0.components = 2 }) == nil)
        #expect(
            refusal(two, limits: limits { $0.components = 1 })
                == .tooMany(.components, limit: 1, at: .pointer("/components/1")))
        #expect(refusal(two, limits: limits { $0.components = 1 })?.code == .sbomTooManyComponents)
        let nested = Documents.cycloneDX(component: #""components":[{"type":"file","name":"b"}]"#)
        #expect(refusal(nested, limits: limits { $0.components = 1 })?.code == .sbomTooManyComponents)
        let apart = Documents.cycloneDX(
            #""metadata":{"component":{"type":"file","name":"a","components":[{"type":"file","name":"b"}]}}"#)
        #expect(refusal(apart, limits: limits { $0.components = 2 }) == nil)
        #expect(refusal(apart, limits: limits { $0.components = 1 })?.code == .sbomTooManyComponents)

        let related = Documents.cycloneDX(#""dependencies":[{"ref":"a","dependsOn":["b","c"]}]"#)
        #expect(refusal(related, limits: limits { $0.relationships = 2 }) == nil)
        #expect(
            refusal(related, limits: limits { $0.relationships = 1 })
                == .tooMany(.relationships, limit: 1, at: .pointer("/dependencies/0/dependsOn/1")))
        #expect(refusal(related, limits: limits { $0.relationships = 1 })?.code == .sbomTooManyRelationships)

        let licensed = Documents.cycloneDX(component: #""licenses":[{"expression":"MIT"},{"expression":"ISC"}]"#)
        #expect(refusal(licensed, limits: limits { $0.facts = 2 }) == nil)
        #expect(
            refusal(licensed, limits: limits { $0.facts = 1 })
                == .tooMany(.facts, limit: 1, at: .pointer("/components/0/licenses/1")))
        #expect(refusal(licensed, limits: limits { $0.facts = 1 })?.code == .sbomTooManyFacts)

        for text in Self.samples {
            let size = text.utf8.count
            #expect(refusal(text, limits: limits { $0.bytes = size }) == nil)
            #expect(refusal(text, limits: limits { $0.bytes = size - 1 }) == .tooLarge(limit: size - 1))
            #expect(refusal(text, limits: limits { $0.bytes = size - 1 })?.code == .sbomTooLarge)
        }
        for text in Self.samples where text != SPDX2Tests.tagValue {
            #expect(refusal(text, limits: limits { $0.depth = 2 })?.code == .sbomTooDeep)
        }
        for text in [SPDX2Tests.json, SPDX2Tests.xml, SPDX3Tests.text, SyftTests.text] {
            #expect(refusal(text, limits: limits { $0.components = 0 })?.code == .sbomTooManyComponents)
            #expect(refusal(text, limits: limits { $0.relationships = 0 })?.code == .sbomTooManyRelationships)
            #expect(refusal(text, limits: limits { $0.facts = 0 })?.code == .sbomTooManyFacts)
        }
    }

    /// Room is made for what is there, not for what the length of a list promises.
    @Test func makesNoRoomForWhatIsNotThere() {
        let elements = Array(repeating: "0", count: 3_000_000).joined(separator: ",")
        for text in [
            Documents.cycloneDX(#""components":[\#(elements)]"#),
            Documents.cycloneDX(#""dependencies":[\#(elements)]"#),
            Documents.spdx(#""packages":[\#(elements)]"#), Documents.spdx(#""documentDescribes":[\#(elements)]"#),
            Documents.spdx3(elements), #"{"descriptor":{},"artifacts":[\#(elements)]}"#,
        ] {
            guard case .wrongKind? = refusal(text) else {
                Issue.record("read or refused otherwise: \(text.prefix(60))")
                continue
            }
        }
        var limits = SBOMLimits.standard
        limits.relationships = 1
        #expect(
            refusal(Documents.spdx(#""documentDescribes":["SPDXRef-a","SPDXRef-b"]"#), limits: limits)
                == .tooMany(.relationships, limit: 1, at: .pointer("/documentDescribes")))
        let related = #"{"type":"Relationship","spdxId":"urn:r","from":"a","to":["b","c"],"relationshipType":"other"}"#
        #expect(
            refusal(Documents.spdx3(related), limits: limits)
                == .tooMany(.relationships, limit: 1, at: .pointer("/@graph/0/to")))
    }

    @Test func refusesEndlessNesting() {
        let json = Documents.cycloneDX(#""x":"# + String(repeating: "[", count: 100_000))
        #expect(refusal(json)?.code == .sbomTooDeep)
        let xml = Documents.xml(String(repeating: "<component>", count: 100_000))
        #expect(refusal(xml) == .tooDeep(limit: 128, at: .line(1)))
        let yaml = "spdxVersion: SPDX-2.3\nx: " + String(repeating: "[", count: 100_000)
        #expect(refusal(yaml)?.code == .sbomTooDeep)
        // A scalar may stand in the innermost of 32 collections, the document being the first.
        func nested(_ count: Int) -> String {
            SPDX2Tests.yaml + "\nx: " + String(repeating: "[", count: count) + "a"
                + String(repeating: "]", count: count)
        }
        #expect(refusal(nested(31)) == nil)
        guard case .tooDeep(limit: 32, .line)? = refusal(nested(32)) else {
            Issue.record("read, or refused otherwise, what is too deep")
            return
        }
        let components = String(repeating: #"{"type":"file","name":"a","components":["#, count: 60)
        let nested = Documents.cycloneDX(#""components":["# + components + String(repeating: "]}", count: 60) + "]")
        #expect(refusal(nested) == nil)
    }

    // MARK: Part of another document

    @Test func readsThePredicateOfAStatementInPlace() throws {
        let statement = #"{"_type":"x","predicate":\#(CycloneDXTests.json),"predicateType":"y"}"#
        let document = try JSONDocument(parsing: Array(statement.utf8))
        let predicate = try #require(document.root["predicate"])
        let inventory = try Inventory(predicate)
        #expect(inventory.components.map(\.name) == ["ledger", "nested", "other", "inner"])
        #expect(inventory.components.last?.place == .pointer("/predicate/metadata/component/components/0"))
        #expect(inventory.createdPlace == .pointer("/predicate/metadata/timestamp"))
        let size = predicate.rawBytes.count
        #expect(throws: SBOMError.tooLarge(limit: size - 1)) {
            try Inventory(predicate, limits: SBOMLimits(bytes: size - 1))
        }
        let bad = try JSONDocument(parsing: Array(#"{"predicate":{"bomFormat":"CycloneDX"}}"#.utf8))
        #expect(throws: SBOMError.missing(field: "specVersion", at: .pointer("/predicate"))) {
            try Inventory(try #require(bad.root["predicate"]))
        }
    }

    @Test func everyRefusalIsOneLineAndEscaped() {
        let error = refusal(Documents.cycloneDX(#""serialNumber":"\u001b[31m\u202e\n`""#))
        #expect(error?.message.contains("\n") == false)
        #expect(error?.message.contains("\u{1B}") == false)
        #expect(error?.message.contains("\u{202E}") == false)
        #expect(error?.description == error?.message)
    }
}

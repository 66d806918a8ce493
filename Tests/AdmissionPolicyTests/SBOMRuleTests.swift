import AdmissionPolicy
import Content
import Findings
import SBOM
import StrictEncoding
import Testing

extension Facts {
    static let cycloneDX = "https://cyclonedx.org/bom"

    /// A CycloneDX document of these components, each as its JSON.
    static func bom(
        _ components: [String] = [Component.leftPad], created: String? = "2026-11-19T09:00:00Z",
        describes: String? = nil, more: String = ""
    ) -> String {
        let timestamp = created.map { #""timestamp": "\#($0)","# } ?? ""
        let subject = describes ?? #"{"type": "container", "name": "ledger", "bom-ref": "image"}"#
        return """
            {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
             "metadata": {\(timestamp) "component": \(subject),
               "tools": {"components": [{"type": "application", "name": "builder", "version": "1"}]}},
             "components": [\(components.joined(separator: ", "))]\(more)}
            """
    }

    /// Components of SBOMs.
    enum Component {
        static let leftPad = named("left-pad", "1.3.0", purl: "pkg:npm/left-pad@1.3.0")
        static let log4j = named(
            "log4j-core", "2.14.1", purl: "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1")

        static func named(_ name: String, _ version: String? = nil, purl: String? = nil, more: String = "") -> String {
            let version = version.map { #", "version": "\#($0)""# } ?? ""
            let purl = purl.map { #", "purl": "\#($0)""# } ?? ""
            return #"{"type": "library", "name": "\#(name)"\#(version)\#(purl)\#(more)}"#
        }

        /// A container image whose package URL holds this digest.
        static func image(_ digest: Digest) -> String {
            let escaped = digest.description.split(separator: ":").joined(separator: "%3A")
            return #"{"type": "container", "name": "ledger", "purl": "pkg:oci/ledger@\#(escaped)"}"#
        }
    }

    static func sbom(
        _ document: String = bom(), _ name: String = "sbom", by signers: [String] = ["pipeline"],
        type: String = cycloneDX, subjects: [Digest] = [.image], times: [String] = []
    ) throws -> AttestationFacts {
        var facts = try attested(document, name, by: signers, type: type, subjects: subjects, times: times)
        facts.inventory = Inventory.reading(predicate: facts.predicate, ofType: facts.predicateType)
        return facts
    }
}

extension PolicyText {
    static func sbom(
        match: String = "any", by: String = "{atLeast: 1, of: [pipeline]}", on: String = "image", more: String = ""
    ) -> String {
        """
        - id: listed
          on: \(on)
          sbom: {by: \(by), match: \(match)\(more)}
        """
    }
}

@Suite struct SBOMRuleTests {
    private func evaluate(_ rule: String, _ attestations: AttestationFacts...) throws -> PolicyEvaluation {
        try judge(rule, try Facts.admitted { $0.attestations = attestations })
    }

    @Test func admitsAnSBOM() throws {
        let evaluation = try evaluate(PolicyText.sbom(), Facts.sbom())
        expectAdmit(evaluation)
        #expect(evaluation.rules.first?.summary == "an SBOM by `pipeline`")
        #expect(evaluation.rules.first?.satisfiedBy == [.named("sbom")])
    }

    @Test func tellsApartWhatIsMissing() throws {
        expectReject(try evaluate(PolicyText.sbom()), "sbom.none")
        expectReject(try evaluate(PolicyText.sbom(), Facts.attested("{}")), "sbom.none-of-type")
        expectReject(try evaluate(PolicyText.sbom(), Facts.sbom(by: ["other"])), "sbom.no-allowed-signer")
        let two = PolicyText.sbom(by: "{atLeast: 2, of: [pipeline, second]}")
        expectReject(try evaluate(two, Facts.sbom()), "sbom.too-few-signers")
        expectAdmit(try evaluate(two, Facts.sbom(by: ["pipeline", "fourth"])))
        let one = PolicyText.sbom(match: "exactly-one")
        expectReject(
            try evaluate(one, Facts.sbom(), Facts.sbom(Facts.bom([Facts.Component.log4j]), "b")),
            "sbom.not-exactly-one")
    }

    @Test func rejectsSBOMThatListsNothing() throws {
        expectReject(try evaluate(PolicyText.sbom(), Facts.sbom(Facts.bom([]))), "sbom.too-few-components")
        let rule = PolicyText.sbom(more: ", components: {atLeast: 2}")
        expectReject(try evaluate(rule, Facts.sbom()), "sbom.too-few-components")
        expectAdmit(try evaluate(rule, Facts.sbom(Facts.bom([Facts.Component.leftPad, Facts.Component.log4j]))))
    }

    @Test func rejectsWhatCannotBeRead() throws {
        let broken = #"{"bomFormat": "CycloneDX", "specVersion": "9.9"}"#
        let evaluation = try evaluate(PolicyText.sbom(), Facts.sbom(broken))
        expectReject(evaluation, "sbom.unsupported-version")
        expectReject(try evaluate(PolicyText.sbom(), Facts.sbom("null")), "sbom.unrecognised")
        // With one beside it that can be read, that one is enough, unless all have to hold.
        expectAdmit(try evaluate(PolicyText.sbom(), Facts.sbom(broken), Facts.sbom(Facts.bom(), "b")))
        expectReject(
            try evaluate(PolicyText.sbom(match: "all"), Facts.sbom(broken), Facts.sbom(Facts.bom(), "b")),
            "sbom.unsupported-version")
    }

    @Test func rejectsSBOMOfAnotherFormatThanItsTypeSays() throws {
        expectReject(
            try evaluate(PolicyText.sbom(), Facts.sbom(type: "https://spdx.dev/Document")), "sbom.of-another-format")
    }

    @Test func comparesFormatsByVersion() throws {
        for formats in ["cyclonedx", "cyclonedx-1.6", "spdx, cyclonedx-1.6"] {
            expectAdmit(try evaluate(PolicyText.sbom(more: ", formats: [\(formats)]"), Facts.sbom()))
        }
        for formats in ["spdx", "cyclonedx-1.5", "syft, spdx-2.3"] {
            expectReject(
                try evaluate(PolicyText.sbom(more: ", formats: [\(formats)]"), Facts.sbom()), "sbom.format-differs")
        }
    }

    // MARK: Age

    @Test func takesAgeFromTheSBOMItself() throws {
        let rule = PolicyText.sbom(more: ", newestAge: 30d")
        expectAdmit(try evaluate(rule, Facts.sbom()))
        expectReject(try evaluate(rule, Facts.sbom(Facts.bom(created: "2026-10-01T00:00:00Z"))), "sbom.too-old")
        expectReject(try evaluate(rule, Facts.sbom(Facts.bom(created: nil))), "evidence.no-signed-time")
        expectReject(
            try evaluate(rule, Facts.sbom(Facts.bom(created: "2026-12-01T00:00:00Z"))), "evidence.time-in-future")
    }

    @Test func freshTimestampDoesNotRenewAStaleSBOM() throws {
        let stale = try Facts.sbom(Facts.bom(created: "2026-10-01T00:00:00Z"), times: ["2026-11-20T08:00:00Z"])
        expectReject(try evaluate(PolicyText.sbom(more: ", newestAge: 30d"), stale), "sbom.too-old")
    }

    @Test func rejectsTimeAfterTheSignature() throws {
        let late = try Facts.sbom(Facts.bom(created: "2026-11-19T09:00:00Z"), times: ["2026-11-18T08:00:00Z"])
        expectReject(
            try evaluate(PolicyText.sbom(more: ", newestAge: 30d"), late), "evidence.time-after-signature")
    }

    @Test func latestIsTheNewestSBOM() throws {
        let rule = PolicyText.sbom(match: "latest", more: ", newestAge: 30d, components: {atLeast: 2}")
        let old = try Facts.sbom(
            Facts.bom([Facts.Component.leftPad, Facts.Component.log4j], created: "2026-11-18T09:00:00Z"), "old")
        expectAdmit(try evaluate(rule, old))
        expectReject(try evaluate(rule, old, Facts.sbom()), "sbom.too-few-components")
        expectReject(try evaluate(rule, old, Facts.sbom(Facts.bom(created: nil))), "evidence.no-signed-time")
    }

    // MARK: What it describes

    @Test func rejectsSBOMThatSaysItDescribesAnotherImage() throws {
        let other = Facts.bom(describes: Facts.Component.image(.named("elsewhere")))
        expectReject(try evaluate(PolicyText.sbom(), Facts.sbom(other)), "sbom.describes-another")
        expectAdmit(try evaluate(PolicyText.sbom(), Facts.sbom(Facts.bom(describes: Facts.Component.image(.image)))))
        // No evidence, so it does no harm to the one that is.
        expectAdmit(try evaluate(PolicyText.sbom(match: "all"), Facts.sbom(other), Facts.sbom(Facts.bom(), "b")))
        // Of another signer it is not even told.
        expectReject(try evaluate(PolicyText.sbom(), Facts.sbom(other, by: ["other"])), "sbom.no-allowed-signer")
    }

    @Test(arguments: [
        #"{"type": "container", "name": "x", "version": "\#(Digest.named("elsewhere"))"}"#,
        #"{"type": "container", "name": "x", "purl": "pkg:docker/x@1?digest=\#(Digest.named("elsewhere"))"}"#,
        #"{"type": "container", "name": "x", "hashes": [{"alg": "SHA-256", "content": "\#(Digest.named("elsewhere").hex)"}]}"#,
        // One digest of the image does not make up for another one.
        #"{"type": "container", "name": "x", "version": "\#(Digest.image)", "purl": "pkg:oci/x@\#(Digest.named("elsewhere"))"}"#,
    ])
    func findsTheDigestWhereverItIsStated(subject: String) throws {
        expectReject(
            try evaluate(PolicyText.sbom(), Facts.sbom(Facts.bom(describes: subject))), "sbom.describes-another")
    }

    @Test func wantsTheDigestStatedIfAsked() throws {
        let rule = PolicyText.sbom(more: ", describesImage: true")
        expectReject(try evaluate(rule, Facts.sbom()), "sbom.subject-not-stated")
        expectAdmit(try evaluate(rule, Facts.sbom(Facts.bom(describes: Facts.Component.image(.image)))))
        let hashed =
            #"{"type": "container", "name": "x", "hashes": [{"alg": "SHA-256", "content": "\#(Digest.image.hex)"}]}"#
        expectAdmit(try evaluate(rule, Facts.sbom(Facts.bom(describes: hashed))))
    }

    @Test func sbomOfTheIndexCoversItsChildrenButOneOfAChildOnlyThatChild() throws {
        let each = PolicyText.sbom(on: "each-platform")
        expectAdmit(try evaluate(each, Facts.sbom(subjects: [.image])))
        expectAdmit(try evaluate(each, Facts.sbom(subjects: [.amd64])))
        expectReject(
            try evaluate(PolicyText.sbom(), Facts.sbom(subjects: [.amd64])), "evidence.names-only-platforms")
        // The statement names the index, the document inside one of its children.
        let child = try Facts.sbom(Facts.bom(describes: Facts.Component.image(.amd64)), subjects: [.image])
        expectAdmit(try evaluate(each, child))
        expectReject(try evaluate(PolicyText.sbom(), child), "sbom.describes-another")
        let other = try Facts.sbom(Facts.bom(describes: Facts.Component.image(.named("arm64"))), subjects: [.image])
        expectReject(try evaluate(each, other), "sbom.describes-another")
    }

    // MARK: Minimum elements

    @Test func judgesMinimumElementsByCoverage() throws {
        let full = Facts.Component.named(
            "a", "1", purl: "pkg:npm/a@1", more: #", "bom-ref": "a", "supplier": {"name": "Example"}"#)
        let bare = Facts.Component.named("b", "1", purl: "pkg:npm/b@1", more: #", "bom-ref": "b""#)
        let related = #", "dependencies": [{"ref": "a", "dependsOn": ["b"]}]"#
        func rule(_ coverage: String, profile: String = "ntia") -> String {
            PolicyText.sbom(more: ", minimumElements: {profile: \(profile), coverage: \(coverage)}")
        }
        let half = try Facts.sbom(Facts.bom([full, bare], more: related))
        expectAdmit(try evaluate(rule("50%"), half))
        let evaluation = try evaluate(rule("51%"), half)
        expectReject(evaluation, "sbom.element-missing")
        #expect(evaluation.findings.first?.message.contains("supplier is stated of 1 of 2 components") == true)
        #expect(evaluation.findings.first?.message.contains("`b` 1 at /predicate/components/1") == false)
        #expect(evaluation.findings.first?.message.contains("`b` 1 at /components/1") == true)
        // Relationships, author and time are the document's.
        expectReject(try evaluate(rule("1%"), Facts.sbom(Facts.bom([full]))), "sbom.element-missing")
        expectReject(
            try evaluate(rule("1%"), Facts.sbom(Facts.bom([full, bare], created: nil, more: related))),
            "sbom.element-missing")
        // CISA asks for hashes, licences and the generation context besides.
        let lifecycles = #""metadata": {"lifecycles": [{"phase": "build"}], "#
        func staged(_ bom: String) -> String { bom.replacing(#""metadata": {"#, with: lifecycles) }
        let cisa = try evaluate(rule("100%", profile: "cisa"), Facts.sbom(staged(Facts.bom([full], more: related))))
        expectReject(cisa, "sbom.element-missing")
        #expect(cisa.findings.count == 2)
        let complete = Facts.Component.named(
            "a", "1", purl: "pkg:npm/a@1",
            more: """
                , "bom-ref": "a", "supplier": {"name": "Example"}, "licenses": [{"license": {"id": "MIT"}}],
                "hashes": [{"alg": "SHA-256", "content": "\(Digest.image.hex)"}]
                """)
        let whole = Facts.bom([complete, bare], more: related)
        expectAdmit(try evaluate(rule("50%", profile: "cisa"), Facts.sbom(staged(whole))))
        expectReject(try evaluate(rule("50%", profile: "cisa"), Facts.sbom(whole)), "sbom.element-missing")
    }

    /// Each element is asked for by itself: the document that lacks just this one is refused.
    @Test(
        arguments: [
            (#""version": "1", "#, "", "ntia", "component version"),
            (#", "purl": "pkg:npm/a@1""#, "", "ntia", "identifier"),
            (#", "supplier": {"name": "Example"}"#, "", "ntia", "supplier"),
            (#""timestamp": "2026-11-19T09:00:00Z","#, "", "ntia", "time of making"),
            (#""dependsOn": ["b"]"#, #""dependsOn": []"#, "ntia", "relationships"),
            (#", "dependencies": [{"ref": "a", "dependsOn": ["b"]}]"#, "", "ntia", "relationships"),
            (
                #""tools": {"components": [{"type": "application", "name": "builder", "version": "1"}]}"#,
                #""tools": []"#, "ntia",
                "author of the SBOM"
            ),
            (
                #""tools": {"components": [{"type": "application", "name": "builder", "version": "1"}]}"#,
                #""authors": [{"name": "Example"}]"#, "ntia", nil
            ),
            (
                #""tools": {"components": [{"type": "application", "name": "builder", "version": "1"}]}"#,
                #""authors": [{"name": "Example"}]"#, "cisa", "tool"
            ),
            (#""lifecycles": [{"name": "ours"}],"#, "", "ntia", nil),
            (#""lifecycles": [{"name": "ours"}],"#, "", "cisa", "generation context"),
            (#"{"name": "ours"}"#, "", "cisa", "generation context"),
            (#"{"name": "ours"}"#, #"{"name": ""}"#, "cisa", "generation context"),
            (#", "licenses": [{"license": {"id": "MIT"}}]"#, "", "cisa", "licence"),
            (#", "hashes": [{"alg": "SHA-256", "content": "\#(Digest.image.hex)"}]"#, "", "cisa", "component hash"),
        ] as [(String, String, String, String?)])
    func asksForEachElementByItself(text: String, instead: String, profile: String, element: String?) throws {
        let component =
            #"{"type": "library", "version": "1", "name": "a", "bom-ref": "a", "purl": "pkg:npm/a@1""#
            + #", "supplier": {"name": "Example"}, "licenses": [{"license": {"id": "MIT"}}]"#
            + #", "hashes": [{"alg": "SHA-256", "content": "\#(Digest.image.hex)"}]}"#
        let whole = Facts.bom([component], more: #", "dependencies": [{"ref": "a", "dependsOn": ["b"]}]"#)
            .replacing(#""metadata": {"#, with: #""metadata": {"lifecycles": [{"name": "ours"}],"#)
        #expect(whole.contains(text))
        let rule = PolicyText.sbom(more: ", minimumElements: {profile: \(profile), coverage: 100%}")
        expectAdmit(try evaluate(rule, Facts.sbom(whole)))
        let evaluation = try evaluate(rule, Facts.sbom(whole.replacing(text, with: instead)))
        guard let element else { return expectAdmit(evaluation) }
        expectReject(evaluation, "sbom.element-missing")
        #expect(evaluation.findings.contains { $0.message.contains(element) })
    }

    // MARK: Generation context

    private func bom(_ lifecycles: String) -> String {
        Facts.bom().replacing(#""metadata": {"#, with: #""metadata": {"lifecycles": [\#(lifecycles)],"#)
    }

    @Test func comparesTheGenerationContext() throws {
        let rule = PolicyText.sbom(more: ", generationContext: [build, post-build]")
        let (build, after, design, ours) = (
            #"{"phase": "build"}"#, #"{"phase": "post-build"}"#, #"{"phase": "design"}"#, #"{"name": "build"}"#
        )
        for lifecycles in [build, after, build + "," + after] {
            expectAdmit(try evaluate(rule, Facts.sbom(bom(lifecycles))))
        }
        // Each stage that is stated is an allowed one, and a name of the document's own is none, whatever it is.
        for lifecycles in [design, build + "," + design, ours, build + "," + ours, ""] {
            expectReject(
                try evaluate(rule, Facts.sbom(bom(lifecycles))), "sbom.generation-context-differs")
        }
        let evaluation = try evaluate(rule, Facts.sbom(bom(build + "," + design)))
        #expect(evaluation.findings.first?.expected == "`build`, `post-build`")
        #expect(evaluation.findings.first?.found == "`design`")
        expectReject(try evaluate(rule, Facts.sbom()), "sbom.generation-context-differs")
        #expect(try evaluate(rule, Facts.sbom()).findings.first?.found == "nothing stated")
    }

    @Test func comparesTheTypesOfSPDX3() throws {
        func sbom(_ types: String) throws -> AttestationFacts {
            try Facts.sbom(
                """
                {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
                  {"type": "SpdxDocument", "spdxId": "urn:document", "rootElement": ["urn:bom"]},
                  {"type": "software_Sbom", "spdxId": "urn:bom", "software_sbomType": [\(types)]},
                  {"type": "software_Package", "spdxId": "urn:a", "name": "a"}]}
                """, type: "https://spdx.dev/Document/v3.0")
        }
        let rule = PolicyText.sbom(more: ", generationContext: [pre-build, post-build]")
        expectAdmit(try evaluate(rule, sbom(#""analyzed""#)))
        expectAdmit(try evaluate(rule, sbom(#""source", "analyzed""#)))
        expectReject(try evaluate(rule, sbom(#""build""#)), "sbom.generation-context-differs")
        expectReject(try evaluate(rule, sbom("")), "sbom.generation-context-differs")
        #expect(try evaluate(rule, sbom(#""runtime""#)).findings.first?.found == "`runtime`")
    }

    // MARK: Reading

    static let mistakes: [(String, ReasonCode)] = [
        (PolicyText.sbom(match: "latest"), .policyFileMissingField),
        (PolicyText.sbom(more: ", formats: [cyclonedx-2.0]"), .policyFileBadValue),
        (PolicyText.sbom(more: ", formats: [spdx, spdx]"), .policyFileTwice),
        (PolicyText.sbom(more: ", describesImage: false"), .policyFileNoEffect),
        (PolicyText.sbom(more: ", minimumElements: {profile: ntia}"), .policyFileMissingField),
        (PolicyText.sbom(more: ", minimumElements: {profile: bsi, coverage: 95%}"), .policyFileBadValue),
        (PolicyText.sbom(more: ", minimumElements: {profile: ntia, coverage: 0%}"), .policyFileBadValue),
        (PolicyText.sbom(more: ", minimumElements: {profile: ntia, coverage: 101%}"), .policyFileBadValue),
        (PolicyText.sbom(more: ", minimumElements: {profile: ntia, coverage: 95}"), .policyFileWrongType),
        (PolicyText.sbom(more: ", generationContext: []"), .policyFileEmptyValue),
        (PolicyText.sbom(more: ", generationContext: build"), .policyFileWrongType),
        (PolicyText.sbom(more: ", generationContext: [analyzed]"), .policyFileBadValue),
        (PolicyText.sbom(more: ", generationContext: [build, build]"), .policyFileTwice),
        (PolicyText.sbom(more: ", components: {atLeast: 0}"), .policyFileBadValue),
        (PolicyText.sbom(more: ", component: {atLeast: 1}"), .policyFileUnknownField),
    ]

    @Test(arguments: mistakes)
    func refusesWhatNobodyCanMean(rule: String, code: ReasonCode) {
        var text = PolicyText()
        text.require = rule
        #expect(Policies.errors(text.text).map(\.code) == [code])
    }
}

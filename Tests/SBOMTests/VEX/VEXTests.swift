import SBOM
import StrictEncoding
import Testing

struct VEXTests {
    static func openVEX(
        _ statements: String, timestamp: String? = "2026-01-01T00:00:00Z",
        context: String = "https://openvex.dev/ns/v0.2.0"
    ) -> String {
        let time = timestamp.map { #", "timestamp": "\#($0)""# } ?? ""
        return
            #"{"@context": "\#(context)", "@id": "urn:a", "author": "A", "role": "vendor", "version": 2\#(time), "statements": [\#(statements)]}"#
    }

    static func cycloneDX(_ analysis: String, component: String = #""purl": "pkg:generic/app@1""#) -> String {
        """
        {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": "urn:uuid:1", "version": 3,
         "metadata": {"timestamp": "2026-01-01T00:00:00Z", "authors": [{"name": "A"}], "component": {"bom-ref": "root", "name": "app", \(component)}},
         "components": [{"bom-ref": "p", "name": "log4j-core", "purl": "pkg:maven/org.apache/log4j@2.14.0"}],
         "vulnerabilities": [{"id": "CVE-1", "references": [{"id": "GHSA-1"}], "recommendation": "upgrade", "affects": [{"ref": "p"}], \(analysis)}]}
        """
    }

    static func csaf(_ vulnerability: String, category: String = "csaf_vex", status: String = "final") -> String {
        """
        {"document": {"category": "\(category)", "csaf_version": "2.0", "publisher": {"category": "vendor", "name": "A", "namespace": "https://a.example"},
          "tracking": {"id": "T-1", "version": "2", "status": "\(status)", "current_release_date": "2026-01-01T00:00:00Z"}},
         "product_tree": {"full_product_names": [{"product_id": "app", "name": "App", "product_identification_helper": {"purl": "pkg:generic/app@1", "hashes": [{"filename": "x", "file_hashes": [{"algorithm": "sha256", "value": "AA"}]}]}}],
           "branches": [{"branches": [{"product": {"product_id": "lib", "name": "Lib", "product_identification_helper": {"purl": "pkg:npm/lib@2"}}}]}, {"product": {"product_id": "os", "name": "OS"}},
             {"product": {"product_id": "any", "name": "Any", "product_identification_helper": {"purl": "pkg:npm/lib"}}}],
           "relationships": [{"category": "default_component_of", "product_reference": "lib", "relates_to_product_reference": "app", "full_product_name": {"product_id": "app:lib", "name": "Lib in App"}},
             {"category": "default_component_of", "product_reference": "lib", "relates_to_product_reference": "os", "full_product_name": {"product_id": "os:lib", "name": "Lib in OS"}},
             {"category": "default_component_of", "product_reference": "any", "relates_to_product_reference": "os", "full_product_name": {"product_id": "os:any", "name": "Any in OS"}}],
           "product_groups": [{"group_id": "g", "product_ids": ["app:lib"]}]},
         "vulnerabilities": [\(vulnerability)]}
        """
    }

    static func document(_ text: String, subjects: [ExactString] = []) throws -> VEXDocument {
        try VEXDocument(parsing: Array(text.utf8), subjects: subjects)
    }

    @Test func readsOpenVEX() throws {
        let document = try Self.document(
            Self.openVEX(
                """
                {"vulnerability": {"name": "CVE-1", "aliases": ["GHSA-1", "CVE-1"]}, "status": "not_affected", "justification": "component_not_present",
                 "impact_statement": "gone", "timestamp": "2026-02-01T00:00:00Z", "products": [{"@id": "pkg:apk/wolfi/bash@1", "identifiers": {"purl": "pkg:apk/wolfi/bash", "cpe23": "cpe:2.3:a"},
                 "hashes": {"sha-256": "AB"}, "subcomponents": [{"@id": "pkg:npm/x"}]}, {"@id": "registry.example/a@sha256:cd"}]},
                {"vulnerability": {"name": "CVE-2"}, "status": "affected", "action_statement": "upgrade", "products": [{"@id": "https://a.example"}]}
                """))
        #expect(
            document.format == .openVEX && document.id == "urn:a" && document.author == "A" && document.role == "vendor"
                && document.version == "2")
        let first = document.statements[0]
        #expect(
            first.vulnerability == "CVE-1" && first.aliases == ["GHSA-1"] && first.justification == .componentNotPresent
                && first.impact == "gone")
        #expect(first.timestamp == Instant(rfc3339: "2026-02-01T00:00:00Z") && first.place == "/statements/0")
        #expect(first.products[0].component.urls.map(\.description) == ["pkg:apk/wolfi/bash@1", "pkg:apk/wolfi/bash"])
        #expect(
            first.products[0].component.digests == ["sha256:ab"]
                && first.products[0].component.otherNames == ["cpe:2.3:a"])
        #expect(
            first.products[0].subcomponents.map(\.urls.first?.name) == ["x"]
                && first.products[1].component.digests == ["sha256:cd"])
        #expect(
            document.statements[1].timestamp == Instant(rfc3339: "2026-01-01T00:00:00Z")
                && document.statements[1].action == "upgrade")
    }

    @Test func readsTheFirstOpenVEX() throws {
        let text = Self.openVEX(
            #"{"vulnerability": "CVE-1", "status": "fixed", "products": ["pkg:apk/wolfi/bash@1"], "subcomponents": ["pkg:npm/x"]}"#,
            context: "https://openvex.dev/ns")
        let statement = try #require(try Self.document(text).statements.first)
        #expect(
            statement.vulnerability == "CVE-1" && statement.products[0].component.urls.first?.name == "bash"
                && statement.products[0].subcomponents.count == 1)
    }

    @Test func readsCycloneDX() throws {
        let analysis =
            #""analysis": {"state": "not_affected", "justification": "code_not_reachable", "detail": "unused", "lastUpdated": "2026-02-01T00:00:00Z"}"#
        let document = try Self.document(Self.cycloneDX(analysis), subjects: ["sha256:ff"])
        #expect(
            document.format == .cycloneDX && document.author == "A" && document.version == "3"
                && document.id == "urn:uuid:1")
        let statement = document.statements[0]
        #expect(
            statement.status == .notAffected && statement.justification == .vulnerableCodeNotInExecutePath
                && statement.justificationLabel == "code_not_reachable")
        #expect(
            statement.aliases == ["GHSA-1"] && statement.impact == "unused" && statement.action == "upgrade"
                && statement.timestamp == Instant(rfc3339: "2026-02-01T00:00:00Z"))
        #expect(
            statement.products[0].component.digests == ["sha256:ff"]
                && statement.products[0].component.urls.first?.name == "app")
        #expect(statement.products[0].subcomponents.first?.urls.first?.name == "log4j")
        let states: [(String, VEXStatement.Status)] = [
            ("resolved", .fixed), ("resolved_with_pedigree", .fixed), ("exploitable", .affected),
            ("in_triage", .underInvestigation), ("false_positive", .notAffected),
        ]
        for (state, status) in states {
            let found = try Self.document(Self.cycloneDX(#""analysis": {"state": "\#(state)"}"#)).statements[0]
            #expect(found.status == status && found.timestamp == Instant(rfc3339: "2026-01-01T00:00:00Z"))
        }
    }

    @Test func readsCSAF() throws {
        let document = try Self.document(
            Self.csaf(
                """
                {"cve": "CVE-1", "ids": [{"text": "GHSA-1"}], "product_status": {"known_not_affected": ["app:lib", "app"], "fixed": ["lib"], "known_affected": ["os:lib", "os:any"]},
                 "flags": [{"label": "vulnerable_code_not_present", "group_ids": ["g"]}], "threats": [{"category": "impact", "details": "removed", "product_ids": ["app"]}],
                 "remediations": [{"category": "vendor_fix", "details": "upgrade"}]}
                """))
        #expect(
            document.format == .csaf && document.id == "T-1" && document.author == "https://a.example"
                && document.role == "vendor" && document.version == "2")
        let statements = document.statements
        #expect(statements.map(\.status) == [.fixed, .affected, .affected, .notAffected, .notAffected])
        #expect(
            statements[3].justification == .vulnerableCodeNotPresent && statements[4].justification == nil
                && statements[4].impact == "removed")
        #expect(
            statements[3].products[0].component.digests == ["sha256:aa"]
                && statements[3].products[0].subcomponents[0].urls.first?.name == "lib")
        #expect(
            statements[0].products[0].subcomponents.isEmpty && statements[0].action == "upgrade"
                && statements[0].aliases == ["GHSA-1"])
        // A platform without a package URL: its part stands alone if it has a version, and means nothing without.
        #expect(
            statements[1].products[0].component.urls.first?.version == "2"
                && statements[2].products[0].component.urls.isEmpty)
    }

    private static let product = #""products": [{"@id": "pkg:npm/a"}]"#
    private static func bare(_ members: String) -> String {
        openVEX(#"{"vulnerability": {"name": "CVE-1"}, \#(members)}"#)
    }

    @Test(
        arguments: [
            ("{}", .unknownFormat), ("[1]", .unknownFormat), ("{", .json(.unexpectedEnd)),
            (openVEX("", context: "https://openvex.dev/ns/v9"), .unknownVersion("/@context")),
            (openVEX(""), .noStatements), (bare(#""status": "gone", \#(product)"#), .malformed("/statements/0/status")),
            (bare(product), .missing("/statements/0/status")),
            (openVEX(#"{"status": "fixed", \#(product)}"#), .missing("/statements/0/vulnerability")),
            (
                openVEX(#"{"status": "fixed", "vulnerability": {}, \#(product)}"#),
                .missing("/statements/0/vulnerability/name")
            ),
            (bare(#""status": "fixed""#), .noProduct("/statements/0")),
            (bare(#""status": "fixed", "products": []"#), .noProduct("/statements/0")),
            (bare(#""status": "fixed", "products": [{}]"#), .malformed("/statements/0/products/0")),
            (bare(#""status": "fixed", "products": {}"#), .malformed("/statements/0/products")),
            (bare(#""status": "not_affected", \#(product)"#), .noJustification("/statements/0")),
            (bare(#""status": "not_affected", "justification": "", \#(product)"#), .noJustification("/statements/0")),
            (
                bare(#""status": "not_affected", "justification": "trust_me", \#(product)"#),
                .malformed("/statements/0/justification")
            ),
            (bare(#""status": "fixed", "timestamp": "now", \#(product)"#), .malformed("/statements/0/timestamp")),
            (
                openVEX(#"{"vulnerability": "CVE-1", "status": "fixed", \#(product)}"#, timestamp: nil),
                .noTime("/statements/0")
            ),
            (#"{"@context": "https://openvex.dev/ns/v0.2.0"}"#, .missing("/@id")),
            (#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "a"}"#, .missing("/author")),
            (#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "a", "author": "a"}"#, .missing("/statements")),
            (cycloneDX(#""x": 1"#), .noStatements),
            (cycloneDX(#""analysis": {"state": "gone"}"#), .malformed("/vulnerabilities/0/analysis/state")),
            (cycloneDX(#""analysis": {"state": "not_affected"}"#), .noJustification("/vulnerabilities/0")),
            (
                cycloneDX(#""analysis": {"state": "not_affected", "justification": "x"}"#),
                .malformed("/vulnerabilities/0/analysis/justification")
            ),
            (cycloneDX(#""analysis": {"state": "resolved"}"#, component: #""x": 1"#), .noProduct("/vulnerabilities/0")),
            (
                #"{"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "a", "analysis": {"state": "resolved"}}]}"#,
                .noTime("/vulnerabilities/0")
            ),
            (
                #"{"bomFormat": "CycloneDX", "metadata": {"timestamp": "2026-01-01T00:00:00Z"}, "vulnerabilities": [{"id": "a", "analysis": {"state": "resolved"}}]}"#,
                .missing("/vulnerabilities/0/affects")
            ),
            (csaf("", category: "csaf_base"), .unknownVersion("/document/category")),
            (csaf("", status: "draft"), .malformed("/document/tracking/status")), (csaf(""), .noStatements),
            (csaf(#"{"product_status": {}}"#), .missing("/vulnerabilities/0/cve")),
            (csaf(#"{"cve": "CVE-1"}"#), .missing("/vulnerabilities/0/product_status")),
            (
                csaf(#"{"cve": "CVE-1", "product_status": {"fixed": ["elsewhere"]}}"#),
                .noProduct("/vulnerabilities/0/product_status/fixed/0")
            ),
            (
                csaf(#"{"cve": "CVE-1", "product_status": {"known_not_affected": ["app"]}}"#),
                .noJustification("/vulnerabilities/0/product_status/known_not_affected/0")
            ),
            (
                csaf(#"{"cve": "CVE-1", "product_status": {"fixed": {}}}"#),
                .malformed("/vulnerabilities/0/product_status/fixed")
            ),
        ] as [(String, VEXError)])
    func refusesWhatIsIncomplete(_ text: String, _ error: VEXError) {
        #expect(throws: error) { try Self.document(text) }
        #expect(!error.message.isEmpty)
    }

    @Test func statementsWithoutProductSpeakOfTheSubject() throws {
        let document = try Self.document(Self.bare(#""status": "fixed""#), subjects: ["sha256:aa", "sha256:bb"])
        #expect(document.statements[0].products[0].component.digests == ["sha256:aa", "sha256:bb"])
    }

    @Test func countsHaveLimits() {
        let many = Array(repeating: "{}", count: VEXDocument.mostStatements + 1).joined(separator: ",")
        #expect(throws: VEXError.tooMany(VEXDocument.mostStatements + 1)) { try Self.document(Self.openVEX(many)) }
        let ids = Array(repeating: "\"app\"", count: 2_000).joined(separator: ",")
        let vulnerabilities = Array(repeating: #"{"cve": "CVE-1", "product_status": {"fixed": [\#(ids)]}}"#, count: 60)
            .joined(separator: ",")
        #expect(throws: VEXError.tooMany(VEXDocument.mostStatements + 1)) {
            try Self.document(Self.csaf(vulnerabilities))
        }
    }

    @Test func survivesMutations() {
        var random = LawGenerator(seed: 51)
        let seeds = [
            Self.bare(#""status": "not_affected", "justification": "component_not_present", \#(Self.product)"#),
            Self.cycloneDX(#""analysis": {"state": "resolved"}"#),
            Self.csaf(#"{"cve": "CVE-1", "product_status": {"fixed": ["app:lib"]}}"#),
        ]
        let tokens = ["null", "[]", "{}", "7", "\"\"", "\"app\"", "true", "[[[[]]]]"]
        for _ in 0..<1_200 {
            var text = random.pick(seeds)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                guard let colon = text.indices.filter({ text[$0] == ":" }).randomElement(using: &random) else { break }
                let start = text.index(after: colon)
                let end = text[start...].firstIndex { ",}]".contains($0) } ?? text.endIndex
                text.replaceSubrange(start..<end, with: random.pick(tokens))
            }
            _ = try? Self.document(text, subjects: ["sha256:aa"])
            _ = try? Self.document(String(text.prefix(Int.random(in: 0...text.count, using: &random))))
        }
    }
}

struct VEXIndexTests {
    static let image: ExactString = "sha256:aaaa"

    static func target(_ component: String? = "pkg:apk/alpine/libssl3@3.0.8-r3?arch=x86_64", image: ExactString = image)
        throws -> VEXTarget
    {
        VEXTarget(
            imageURLs: [try PackageURL("pkg:oci/alpine@sha256:aaaa?repository_url=registry.example")],
            imageDigests: [image],
            component: try component.map { try PackageURL($0) }, componentDigests: ["sha256:5555"])
    }

    static func statement(
        _ status: String, _ products: String, vulnerability: String = "CVE-1", at time: String = "2026-01-01T00:00:00Z"
    ) -> String {
        #"{"vulnerability": {"name": "\#(vulnerability)", "aliases": ["GHSA-1"]}, "status": "\#(status)", "impact_statement": "x", "timestamp": "\#(time)", "products": [\#(products)]}"#
    }

    static func index(_ documents: [(ExactString, String)]) throws -> VEXIndex {
        VEXIndex(try documents.map { (author: $0.0, document: try VEXTests.document(VEXTests.openVEX($0.1))) })
    }

    private static let whole = #"{"@id": "pkg:oci/other@sha256%3Aaaaa"}"#

    @Test(arguments: [
        (whole, true), (#"{"@id": "pkg:oci/alpine@sha256%3Abbbb"}"#, false), (#"{"@id": "pkg:oci/alpine"}"#, true),
        (#"{"@id": "pkg:oci/alpine?repository_url=elsewhere.example"}"#, false),
        (#"{"hashes": {"sha-256": "AAAA"}}"#, true), (#"{"@id": "r.example/a@sha256:aaaa"}"#, true),
        (#"{"@id": "https://a.example"}"#, false),
        (#"{"@id": "pkg:oci/x@sha256:aaaa", "subcomponents": [{"@id": "pkg:apk/alpine/libssl3@3.0.8-r3"}]}"#, true),
        (#"{"@id": "pkg:oci/x@sha256:aaaa", "subcomponents": [{"@id": "pkg:apk/alpine/libssl3"}]}"#, true),
        (#"{"@id": "pkg:oci/x@sha256:aaaa", "subcomponents": [{"@id": "pkg:apk/alpine/libssl3@3.0.8-r4"}]}"#, false),
        (#"{"@id": "pkg:oci/x@sha256:aaaa", "subcomponents": [{"@id": "pkg:apk/alpine/libssl3?arch=arm64"}]}"#, false),
        (#"{"@id": "pkg:oci/x@sha256:aaaa", "subcomponents": [{"hashes": {"sha-256": "5555"}}]}"#, true),
        (
            #"{"@id": "pkg:oci/x@sha256:aaaa", "subcomponents": [{"@id": "pkg:apk/alpine/zlib"}, {"@id": "pkg:apk/alpine/libssl3"}]}"#,
            true
        ),
        (#"{"@id": "pkg:oci/x@sha256:bbbb", "subcomponents": [{"@id": "pkg:apk/alpine/libssl3"}]}"#, false),
        (#"{"@id": "pkg:apk/alpine/libssl3@3.0.8-r3"}"#, true), (#"{"@id": "pkg:apk/alpine/libssl3"}"#, true),
        (#"{"@id": "pkg:apk/alpine/libssl"}"#, false),
        // A part of the component was cleared, not the component.
        (#"{"@id": "pkg:apk/alpine/libssl3", "subcomponents": [{"@id": "pkg:generic/part"}]}"#, false),
    ])
    func matchesProductAndPart(_ product: String, _ expected: Bool) throws {
        let index = try Self.index([("vendor", Self.statement("fixed", product))])
        #expect(try index.resolve(["CVE-1"], in: Self.target())?.isCleared == (expected ? true : nil))
    }

    @Test func asksByAnyNameOfTheVulnerability() throws {
        let index = try Self.index([("vendor", Self.statement("fixed", Self.whole))])
        #expect(
            try index.resolve(["GHSA-1"], in: Self.target()) != nil
                && index.resolve(["OTHER", "CVE-1"], in: Self.target()) != nil)
        #expect(try index.resolve(["CVE-2"], in: Self.target()) == nil && index.resolve([], in: Self.target()) == nil)
        #expect(try index.resolve(["CVE-1"], in: Self.target(image: "sha256:bbbb")) == nil)
    }

    @Test func componentsWithoutPackageURLAreMatchedByTheImageOnly() throws {
        let index = try Self.index([("vendor", Self.statement("fixed", Self.whole))])
        #expect(try index.resolve(["CVE-1"], in: Self.target(nil))?.isCleared == true)
    }

    @Test(arguments: [("not_affected", true), ("fixed", true), ("affected", false), ("under_investigation", false)])
    func onlyTwoStatusesClear(_ status: String, _ expected: Bool) throws {
        let index = try Self.index([("vendor", Self.statement(status, Self.whole))])
        #expect(try index.resolve(["CVE-1"], in: Self.target())?.isCleared == expected)
    }

    @Test func theLaterStatementOfOneAuthorHolds() throws {
        let older = Self.statement("not_affected", Self.whole, at: "2026-01-01T00:00:00Z")
        let newer = Self.statement("affected", Self.whole, at: "2026-02-01T00:00:00Z")
        for statements in [[older, newer], [newer, older]] {
            let index = try Self.index([("vendor", statements.joined(separator: ","))])
            let resolution = try #require(try index.resolve(["CVE-1"], in: Self.target()))
            #expect(
                resolution.statements.count == 1 && resolution.statements[0].statement.status == .affected
                    && !resolution.isCleared)
            // In two documents of one author it is the same.
            let apart = try Self.index(statements.map { ("vendor", $0) })
            #expect(try apart.resolve(["CVE-1"], in: Self.target())?.isCleared == false)
        }
    }

    @Test func oneAuthorNeverOverrulesAnother() throws {
        let clearing = Self.statement("fixed", Self.whole, at: "2026-03-01T00:00:00Z")
        let warning = Self.statement("affected", Self.whole, at: "2026-01-01T00:00:00Z")
        let resolution = try #require(
            try Self.index([("b", clearing), ("a", warning)]).resolve(["CVE-1"], in: Self.target()))
        #expect(resolution.statements.map(\.author) == ["a", "b"] && !resolution.isCleared)
        #expect(
            try Self.index([("a", clearing), ("b", clearing)]).resolve(["CVE-1"], in: Self.target())?.isCleared == true)
    }

    @Test func ofTwoStatementsAtOneTimeTheWarningHolds() throws {
        let both = [Self.statement("fixed", Self.whole), Self.statement("under_investigation", Self.whole)]
        for statements in [both, both.reversed()] {
            let index = try Self.index([("vendor", statements.joined(separator: ","))])
            #expect(try index.resolve(["CVE-1"], in: Self.target())?.isCleared == false)
        }
    }

    @Test func aLaterStatementAboutSomethingElseChangesNothing() throws {
        let here = Self.statement("fixed", Self.whole)
        let elsewhere = Self.statement("affected", #"{"@id": "pkg:oci/x@sha256:bbbb"}"#, at: "2026-05-01T00:00:00Z")
        #expect(
            try Self.index([("vendor", here + "," + elsewhere)]).resolve(["CVE-1"], in: Self.target())?.isCleared
                == true)
    }
}

/// Documents of OpenVEX's own tests and of the CycloneDX specification's.
@Suite(.enabled(if: KitSheet.isPresent, KitSheet.absence))
struct VEXKitTests {
    @Test(arguments: [
        ("v0.0.1.json", 1), ("v0.0.1-noversion.json", 1), ("v0.2.0.json", 5), ("v001-1.vex.json", 1),
        ("v001-2.vex.json", 1), ("v020-1.vex.json", 1),
        ("v020-2.vex.json", 1), ("csaf.json", 1),
    ])
    func readsTheDocumentsOfGoVEX(_ name: String, _ count: Int) throws {
        let document = try VEXDocument(parsing: KitSheet.read("openvex/go-vex/" + name))
        #expect(document.statements.count == count)
        #expect(document.statements.allSatisfy { !$0.products.isEmpty && $0.vulnerability.value.hasPrefix("CVE-") })
    }

    @Test func readsVulnerabilitiesOfTheSpecificationOfCycloneDX() throws {
        for name in ["1.4/valid-vulnerability-1.4.json", "1.5/valid-vulnerability-1.5.json"] {
            let bytes = try KitSheet.read("cyclonedx/spec-tests/" + name)
            #expect(try !ScanReport(parsing: bytes).findings.isEmpty)
        }
    }
}

import ArgumentParser
import Foundation
import Landwaiter
import Synchronization
import Testing

@testable import LandwaiterCommands

/// `landwaiter sbom`: what is in an SBOM, in each form, and in whatever carries it.
@Suite struct SBOMCommandsTests {
    private let place: Place

    init() throws { place = try Place() }

    static let cycloneDX = #"""
        {"bomFormat": "CycloneDX", "specVersion": "1.6",
         "metadata": {"timestamp": "2026-01-02T03:04:05Z",
           "component": {"type": "container", "name": "ledger", "version": "v1"}},
         "components": [
           {"type": "library", "group": "org.apache.logging.log4j", "name": "log4j-core", "version": "2.14.1",
            "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
            "supplier": {"name": "Example Corp"}, "licenses": [{"license": {"id": "Apache-2.0"}}]},
           {"type": "library", "name": "left-pad", "version": "1.3.0", "purl": "pkg:npm/left-pad@1.3.0",
            "licenses": [{"expression": "GPL-2.0-or-later OR MIT"}]},
           {"type": "library", "name": "left-pad", "version": "1.3.0", "purl": "pkg:npm/left-pad@1.3.0"},
           {"type": "file", "name": "notes"}],
         "dependencies": [{"ref": "a", "dependsOn": ["b"]}]}
        """#

    static let spdx = #"""
        {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "dataLicense": "CC0-1.0", "name": "ledger",
         "documentNamespace": "https://registry.example/ledger",
         "creationInfo": {"created": "2026-01-02T03:04:05Z", "creators": ["Tool: example"]},
         "packages": [
           {"SPDXID": "SPDXRef-1", "name": "log4j-core", "versionInfo": "2.17.1", "downloadLocation": "NOASSERTION",
            "supplier": "Organization: Example Corp", "licenseDeclared": "Apache-2.0",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
              "referenceLocator": "pkg:maven/org.apache.logging.log4j/log4j-core@2.17.1"}]},
           {"SPDXID": "SPDXRef-2", "name": "left-pad", "versionInfo": "1.3.0", "downloadLocation": "NOASSERTION",
            "licenseDeclared": "MIT",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
              "referenceLocator": "pkg:npm/left-pad@1.3.0"}]},
           {"SPDXID": "SPDXRef-3", "name": "zlib", "versionInfo": "1.3", "downloadLocation": "NOASSERTION"}]}
        """#

    private static func statement(_ predicate: String, type: String = "https://cyclonedx.org/bom") -> String {
        #"{"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": "x", "digest": {"sha256": "00"}}], "#
            + #""predicateType": "\#(type)", "predicate": \#(predicate)}"#
    }

    private static func envelope(_ statement: String) -> String {
        let payload = Data(statement.utf8).base64EncodedString()
        return #"{"payloadType": "application/vnd.in-toto+json", "payload": "\#(payload)", "#
            + #""signatures": [{"sig": "AAAA"}]}"#
    }

    private func show(_ path: String, _ output: SBOMOutput) throws -> String {
        try Self.text { try SBOMReport(file: SBOMFile.read(path)).write(output, to: $0) }
    }

    private static func text(_ write: (@escaping ([UInt8]) -> Void) throws -> Void) rethrows -> String {
        let written = Written()
        try write { written.add($0) }
        return String(decoding: written.bytes, as: UTF8.self)
    }

    private func query(_ words: String...) async throws -> SBOMReport {
        try await SBOMQueryCommand.parse(words).query()
    }

    private func compare(_ words: String...) async throws -> SBOMDifference {
        try await SBOMDiffCommand.parse(words).compare().difference
    }

    private func names(_ words: String..., in file: String) async throws -> [String] {
        let report = try await SBOMQueryCommand.parse([file] + words).query()
        return (report.found ?? []).map { report.file.inventory.components[$0].name }
    }

    private func json(_ text: String) throws -> JSONTree {
        try #require(JSONTree(try JSONDocument(parsing: Array(text.utf8)).root))
    }

    // MARK: show

    @Test func theSummaryCountsAsTheDocumentLists() throws {
        let path = try place.write(Self.cycloneDX, to: "bom")
        let shown = try json(show(path, .json))
        try ExplainedDecisionSchemaTests.expect(shown, "sbom-show.schema.json")
        let summary = try #require(shown["summary"])
        #expect(
            String(decoding: summary.canonicalBytes(), as: UTF8.self)
                == #"{"components":4,"format":"CycloneDX","packageURLs":2,"relationships":1,"specVersion":"1.6"}"#)
        guard case .array(let components)? = shown["components"] else { throw Refused() }
        #expect(
            components.first.map { String(decoding: $0.canonicalBytes(), as: UTF8.self) }
                == #"{"concludedLicenses":[],"declaredLicenses":["Apache-2.0"],"group":"org.apache.logging.log4j","#
                + #""name":"log4j-core","packageURLs":["pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"],"#
                + #""place":"/components/0","supplier":"Example Corp","version":"2.14.1"}"#)
        #expect(components.count == 4)
    }

    @Test func theStageThatTheDataIsFromIsTold() throws {
        let stages = #"[{"phase": "build"}, {"name": "our\u001b[2J own"}]"#
        let text = Self.cycloneDX.replacing(#""metadata": {"#, with: #""metadata": {"lifecycles": \#(stages), "#)
        let path = try place.write(text, to: "bom")
        let shown = try json(show(path, .json))
        try ExplainedDecisionSchemaTests.expect(shown, "sbom-show.schema.json")
        #expect(
            shown["generationContext"].map { String(decoding: $0.canonicalBytes(), as: UTF8.self) }
                == #"[{"phase":"build","place":"/metadata/lifecycles/0/phase","text":"build"},"#
                + #"{"place":"/metadata/lifecycles/1/name","text":"our\u001b[2J own"}]"#)
        #expect(try show(path, .text).contains("\n  data from      build, `our\\u{1b}[2J own`\n  components "))
        let graph = #"""
            {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
              {"type": "software_Sbom", "spdxId": "urn:bom", "software_sbomType": ["analyzed"]},
              {"type": "software_Package", "spdxId": "urn:a", "name": "a"}]}
            """#
        #expect(try show(place.write(graph, to: "graph"), .text).contains("  data from      post-build (analyzed)\n"))
        let silent = try place.write(Self.spdx, to: "silent")
        #expect(try json(show(silent, .json))["generationContext"] == [])
        #expect(try !show(silent, .text).contains("data from"))
    }

    private static let calling = #"""
        {"bomFormat": "CycloneDX", "specVersion": "1.6",
         "components": [{"type": "library", "name": "a", "licenses": [{"license": {"id": "MIT"}}],
           "evidence": {"licenses": [{"license": {"id": "ISC"}}, {"expression": "Zlib OR ISC"}]}}],
         "services": [{"group": "org.example", "name": "api", "version": "2", "provider": {"name": "Example"},
             "endpoints": ["https://registry.example/api", "/v2"], "authenticated": false,
             "licenses": [{"license": {"id": "MIT"}}], "services": [{"name": "in\u001b[2Jner", "authenticated": true}]}]}
        """#

    @Test func servicesAndWhatWasSeenAreToldApart() async throws {
        let path = try place.write(Self.calling, to: "bom")
        let shown = try json(show(path, .json))
        try ExplainedDecisionSchemaTests.expect(shown, "sbom-show.schema.json")
        #expect(
            shown["services"].map { String(decoding: $0.canonicalBytes(), as: UTF8.self) }
                == #"[{"authenticated":false,"concludedLicenses":[],"declaredLicenses":["MIT"],"#
                + #""endpoints":["https://registry.example/api","/v2"],"group":"org.example","name":"api","#
                + #""place":"/services/0","provider":"Example","version":"2"},"#
                + #"{"authenticated":true,"concludedLicenses":[],"declaredLicenses":[],"endpoints":[],"#
                + #""name":"in\u001b[2Jner","place":"/services/0/services/0"}]"#)
        #expect(
            shown["components"].map { String(decoding: $0.canonicalBytes(), as: UTF8.self) }
                == #"[{"concludedLicenses":[],"declaredLicenses":["MIT"],"name":"a","#
                + #""observedLicenses":["ISC","Zlib OR ISC"],"packageURLs":[],"place":"/components/0"}]"#)
        let text = try show(path, .text)
        #expect(text.contains("\n  components     1\n  relationships  0\n  package URLs   0\n  services       2\n"))
        #expect(
            text.hasSuffix(
                """
                  a -  MIT  seen: ISC, Zlib OR ISC  at /components/0

                Services, which run elsewhere:
                  org.example/api 2  https://registry.example/api  /v2  not authenticated  MIT  by Example  at /services/0
                  in\\u{1b}[2Jner -  authenticated  at /services/0/services/0

                """))
        #expect(
            try show(path, .csv).components(separatedBy: "\r\n").dropFirst() == [
                #""a","","","","","MIT","","/components/0","ISC, Zlib OR ISC","component","","""#,
                #""api","org.example","2","","Example","MIT","","/services/0","","service","#
                    + #""https://registry.example/api /v2","false""#,
                #""in\u{1b}[2Jner","","","","","","","/services/0/services/0","","service","","true""#,
                "",
            ])
        // A query asks for components, and finds what was seen.
        #expect(try await names("--license", "Zlib", in: path) == ["a"])
        let report = try await query(path, "--name", "*")
        let found = Self.text { report.write(.json, to: $0) }
        #expect(try json(found)["services"] == nil)
        try ExplainedDecisionSchemaTests.expect(try json(found), "sbom-show.schema.json")
        #expect(!Self.text { report.write(.csv, to: $0) }.contains("service\""))
    }

    @Test func jsonIsCanonical() throws {
        for document in [Self.spdx, Self.calling] {
            let path = try place.write(document, to: "bom")
            let text = try show(path, .json)
            #expect(text.utf8.elementsEqual(try json(text).canonicalBytes() + [0x0A]))
        }
    }

    @Test func textSaysWhatWasNotVerified() throws {
        let path = try place.write(Self.cycloneDX, to: "bom")
        let text = try show(path, .text)
        #expect(
            text.hasPrefix(
                """
                CycloneDX 1.6, json
                  nothing below was verified; whoever wrote the document wrote it

                  describes      ledger v1
                  created        2026-01-02T03:04:05Z
                  components     4
                  relationships  1
                  package URLs   2


                """))
        #expect(
            text.contains(
                "  org.apache.logging.log4j/log4j-core 2.14.1  pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"
                    + "  Apache-2.0  by Example Corp  at /components/0\n"))
        #expect(text.hasSuffix("  notes -  at /components/3\n"))
    }

    @Test func attestationsAreReadAndMarkedUnverified() async throws {
        let statement = Self.statement(Self.cycloneDX)
        let envelope = Self.envelope(statement)
        let bundle =
            #"{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": "#
            + #"{"publicKey": {"hint": "x"}, "tlogEntries": []}, "dsseEnvelope": \#(envelope)}"#
        let line = envelope.replacing("\n", with: " ")
        let other = Self.envelope(Self.statement("{}", type: "https://example.com/other")).replacing("\n", with: " ")
        for (name, text, form) in [
            ("statement", statement, SBOMFile.Form.statement), ("envelope", envelope, .signed),
            ("bundle", bundle, .signed), ("lines", other + "\n" + line + "\n", .signed),
        ] {
            let path = try place.write(text, to: name)
            let file = try SBOMFile.read(path)
            #expect(file.form == form, "\(name)")
            #expect(file.inventory.summary.components == 4, "\(name)")
            #expect(try show(path, .text).contains("nothing below was verified"), "\(name)")
            #expect(try show(path, .json).contains(#""verified":false"#), "\(name)")
            #expect(try await run("sbom", "show", path) == 0, "\(name)")
        }
        let path = place.path("envelope")
        #expect(try show(path, .text).contains("nor was the signature"))
        #expect(try show(path, .csv).contains("\"/predicate/components/0\""))
    }

    @Test func whatIsNoSBOMIsRefused() async throws {
        let line = Self.envelope(Self.statement(Self.cycloneDX))
        for text in [
            "", "{", "{}", "text", #"{"bomFormat": "CycloneDX", "specVersion": "9.9"}"#,
            Self.statement("{}", type: "https://slsa.dev/provenance/v1"),
            Self.statement(Self.spdx), Self.statement("{}"),
            Self.envelope(Self.statement("{}", type: "https://slsa.dev/provenance/v1")),
            Self.envelope(Self.statement("{}")), line + "\n" + line + "\n",
        ] {
            let path = try place.write(text, to: "file")
            #expect(try await run("sbom", "show", path) == 65, "\(text.prefix(80))")
        }
        #expect(try await run("sbom", "show", place.path("absent")) == 65)
    }

    // MARK: Hostile text

    private static let hostile = #"""
        {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
           {"type": "library", "name": "=cmd()", "version": "+1", "group": "-2", "supplier": {"name": "@a, \"b\""}},
           {"type": "library", "name": " =x", "version": "\t=y", "group": "\"=z", "supplier": {"name": "\r\n=w"}},
           {"type": "library", "name": "red\u001b[31m\nsecond\u202e", "version": "1"}],
         "services": [{"name": "=s", "endpoints": ["=e"], "provider": {"name": "@p"}}]}
        """#

    @Test func formulasStayTextInCSV() throws {
        let path = try place.write(Self.hostile, to: "bom")
        let lines = try show(path, .csv).components(separatedBy: "\r\n")
        #expect(
            lines == [
                #""name","group","version","packageURLs","supplier","declaredLicenses","concludedLicenses","place","#
                    + #""observedLicenses","kind","endpoints","authenticated""#,
                #""'=cmd()","'-2","'+1","","'@a, ""b""","","","/components/0","","component","","""#,
                #""' =x","'""=z","\u{9}=y","","\u{d}\u{a}=w","","","/components/1","","component","","""#,
                #""red\u{1b}[31m\u{a}second\u{202e}","","1","","","","","/components/2","","component","","""#,
                #""'=s","","","","'@p","","","/services/0","","service","'=e","""#,
                "",
            ])
    }

    @Test func textDrivesNoTerminal() async throws {
        let path = try place.write(Self.hostile, to: "bom")
        let empty = try place.write(#"{"bomFormat": "CycloneDX", "specVersion": "1.6"}"#, to: "empty")
        let difference = SBOMDifferenceReport(difference: try await compare(empty, path))
        for text in [
            try show(path, .text), Self.text { difference.write(.text, to: $0) },
            Self.text { difference.write(.csv, to: $0) },
        ] {
            #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" || $0 == "\t" })
            #expect(text.contains(#"red\u{1b}[31m\u{a}second\u{202e}"#))
        }
        let parsed = try json(show(path, .json))
        guard case .array(let components)? = parsed["components"] else { throw Refused() }
        guard case .string(let name)? = components.last?["name"] else { throw Refused() }
        #expect(name.utf8.elementsEqual("red\u{1B}[31m\nsecond\u{202E}".utf8))
    }

    // MARK: query

    @Test func queriesMeetEveryCondition() async throws {
        let path = try place.write(Self.cycloneDX, to: "bom")
        #expect(try await names("--purl", "pkg:maven/org.apache.logging.log4j/*", in: path) == ["log4j-core"])
        #expect(try await names("--purl", "pkg:npm/**", in: path) == ["left-pad", "left-pad"])
        #expect(try await names("--vers", "vers:maven/<2.17.1", in: path) == ["log4j-core"])
        #expect(try await names("--vers", "vers:maven/<2.14.1", in: path) == [])
        #expect(try await names("--vers", "vers:npm/<2.0.0", "--purl", "pkg:maven/**", in: path) == [])
        #expect(try await names("--name", "log4j*", in: path) == ["log4j-core"])
        #expect(try await names("--name", "org.apache.*/log4j-core", in: path) == ["log4j-core"])
        #expect(try await names("--supplier", "Example*", in: path) == ["log4j-core"])
        #expect(try await names("--license", "MIT", in: path) == ["left-pad"])
        #expect(try await names("--license", "GPL-3.0-only", in: path) == ["left-pad"])
        #expect(try await names("--license", "GPL-*", in: path) == ["left-pad"])
        #expect(try await names("--license", "AGPL-*", in: path) == [])
        #expect(try await names("--name", "left-pad", "--license", "Apache-2.0", in: path) == [])
        #expect(try await run("sbom", "query", path, "--name", "log4j*") == 0)
        #expect(try await run("sbom", "query", path, "--name", "nothing") == 1)
        let spdx = try place.write(Self.spdx, to: "spdx")
        #expect(try await names("--supplier", "Example Corp", in: spdx) == ["log4j-core"])
        #expect(try await names("--supplier", "Organization: *", in: spdx) == ["log4j-core"])
    }

    @Test func whatWasFoundIsWrittenBesideTheWholeSummary() async throws {
        let path = try place.write(Self.cycloneDX, to: "bom")
        let report = try await query(path, "--name", "left-pad")
        let written = try json(Self.text { report.write(.json, to: $0) })
        try ExplainedDecisionSchemaTests.expect(written, "sbom-show.schema.json")
        guard case .integer(2)? = written["found"], case .integer(4)? = written["summary"]?["components"],
            case .array(let components)? = written["components"]
        else { throw Refused() }
        #expect(components.count == 2)
        #expect(Self.text { report.write(.csv, to: $0) }.components(separatedBy: "\r\n").count == 4)
    }

    @Test func versionsThatCannotBeComparedAreCountedNotFound() async throws {
        let text = #"""
            {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
              {"type": "library", "name": "a", "version": "1.0.0", "purl": "pkg:npm/a"},
              {"type": "library", "name": "b", "version": "latest", "purl": "pkg:npm/b@latest"},
              {"type": "library", "name": "c", "purl": "pkg:npm/c"},
              {"type": "library", "name": "d", "version": "1.0.0"}]}
            """#
        let report = try await query(try place.write(text, to: "bom"), "--vers", "vers:npm/<2.0.0")
        #expect(report.found == [0])
        #expect(report.unordered == 2)
        #expect(Self.text { report.write(.text, to: $0) }.contains("unordered      2"))
    }

    @Test(arguments: [
        [], ["--purl", "npm/x"], ["--vers", "<1"], ["--name", "["], ["--license", "GPL 3"], ["--supplier", "(a|b)"],
    ])
    func queriesThatSayNothingAreRefused(_ words: [String]) async throws {
        let path = try place.write(Self.cycloneDX, to: "bom")
        #expect(try await status(["sbom", "query", path] + words) == 64)
    }

    // MARK: diff

    @Test func differencesAreFoundAcrossFormats() async throws {
        let old = try place.write(Self.cycloneDX, to: "old")
        let new = try place.write(Self.spdx, to: "new")
        let difference = try await compare(old, new)
        let report = SBOMDifferenceReport(difference: difference)
        #expect(
            Self.text { report.write(.text, to: $0) } == """
                nothing below was verified; whoever wrote the documents wrote it
                  added  1
                  removed  1
                  version  1
                  licenses  1

                  added  zlib  1.3
                  removed  notes  none
                  version  pkg:maven/org.apache.logging.log4j/log4j-core  2.14.1 -> 2.17.1
                  licenses  pkg:npm/left-pad  GPL-2.0-or-later OR MIT -> MIT

                """)
        let written = try json(Self.text { report.write(.json, to: $0) })
        try ExplainedDecisionSchemaTests.expect(written, "sbom-diff.schema.json")
        #expect(
            Self.text { report.write(.csv, to: $0) }.contains(
                #""version","pkg:maven/org.apache.logging.log4j/log4j-core","2.14.1","2.17.1","Apache-2.0","Apache-2.0""#
                    + "\r\n"))
        #expect(try await run("sbom", "diff", old, new) == 1)
        #expect(try await run("sbom", "diff", old, new, "--output", "json") == 1)
        #expect(try await run("sbom", "diff", old, old) == 0)
        #expect(try await run("sbom", "diff", "-", "-") == 64)
    }

    /// Another order of components and of licences, `NOASSERTION` for nothing, and other qualifiers are no difference.
    @Test func whatMeansTheSameIsNoDifference() async throws {
        func document(_ components: String) throws -> String {
            try place.write(
                #"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [\#(components)]}"#,
                to: UUID().uuidString)
        }
        let one = try document(
            #"{"type": "library", "name": "a", "purl": "pkg:deb/debian/a@1?arch=amd64", "licenses": [{"expression": "MIT OR ISC"}]},"#
                + #"{"type": "library", "name": "b", "version": "1"}, {"type": "library", "name": "b", "version": "2"}"#
        )
        let two = try document(
            #"{"type": "library", "name": "b", "version": "2"}, {"type": "library", "name": "b", "version": "1", "licenses": [{"license": {"name": "NOASSERTION"}}]},"#
                + #"{"type": "library", "name": "a", "purl": "pkg:deb/debian/a@1?arch=arm64", "licenses": [{"expression": "ISC OR MIT"}]}"#
        )
        #expect(try await compare(one, two).changes.isEmpty)
        let three = try document(#"{"type": "library", "name": "b", "version": "2"}"#)
        let changes = try await compare(one, three).changes
        #expect(changes.map(\.kind) == [.removed, .version])
        #expect(changes.last?.versionsBefore == ["1", "2"] && changes.last?.versionsAfter == ["2"])
    }

    // MARK: Size

    /// The answer leaves in pieces, however long it is.
    @Test func longAnswersAreWrittenInPieces() throws {
        let component = #"{"type": "library", "name": "a", "version": "1", "purl": "pkg:npm/a@1"}"#
        let components = Array(repeating: component, count: 5_000).joined(separator: ",")
        let path = try place.write(
            #"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [\#(components)]}"#, to: "bom")
        for output in SBOMOutput.allCases {
            let written = Written()
            try SBOMReport(file: SBOMFile.read(path)).write(output) { written.add($0) }
            #expect(written.longest < 1 << 17)
            #expect(written.bytes.count > 5_000 * 20)
        }
    }

    private struct Refused: Error {}
}

/// What a report wrote.
private final class Written: Sendable {
    private let pieces = Mutex<[[UInt8]]>([])
    func add(_ piece: [UInt8]) { pieces.withLock { $0.append(piece) } }
    var bytes: [UInt8] { pieces.withLock { $0.flatMap { $0 } } }
    var longest: Int { pieces.withLock { $0.map(\.count).max() ?? 0 } }
}

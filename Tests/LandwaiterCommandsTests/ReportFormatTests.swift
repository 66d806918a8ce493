import ArgumentParser
import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands
@testable import Reports

/// `--output`: one list of decisions, several readers.
@Suite struct ReportFormatTests {
    static let finance = [
        "--policy", Repository.path("policies/finance"), "--base",
        "oci:" + Repository.path("testdata/bases/debian:v12"),
        "--at", "2026-11-20T12:00:00Z", "--trusted-root",
        Repository.path("testdata/finance/admitted/trusted_root.json"),
    ]

    static func image(_ item: String, _ rest: String = "namespace=finance") -> String {
        "oci:\(Repository.path("testdata/\(item)/image")):v1 as=registry.example/finance/ledger:v1.4.0 \(rest)"
    }

    static func decide(_ words: [String]) async throws -> DecisionList {
        try #require(try await VerifyCommand.parse(words).decideBatch())
    }

    /// An image that is admitted, one that is rejected, one that isn't there.
    static func threeVerdicts(_ place: Place) async throws -> DecisionList {
        let file = try place.write(
            [image("finance/admitted"), image("finance/branch-build_fail"), image("nowhere")].joined(separator: "\n"),
            to: "images.txt")
        return try await decide(["--images", file] + finance)
    }

    /// What a manifest can say of an image, and more.
    static let hostile =
        "a\"]]>&<script>alert(1)</script>'\u{1B}[2J\u{0}\u{8}`|@team #1 ::error::x\n::error::y\r\n[a](http://b) "
        + "{0}</details>\u{FFFE}\u{202E}%0A##[error]z www.b.example 0123456789abcdef"

    static func hostileList(_ place: Place) async throws -> DecisionList {
        let container = JSONTree.object(["name": .string(hostile), "image": .string(hostile)])
        let manifest: JSONTree = [
            "kind": "Pod", "metadata": ["name": .string(hostile), "namespace": .string(hostile)],
            "spec": ["containers": [container]],
        ]
        let other: JSONTree = ["kind": .string(hostile), "spec": ["containers": [container]]]
        let list: JSONTree = ["kind": "List", "items": [manifest, other]]
        let file = try place.write(
            String(decoding: list.canonicalBytes(), as: UTF8.self), to: "a,b:c%::error::.json")
        return try await decide(["--kubernetes", file] + finance)
    }

    static func isClean(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar == "\n" || ![.control, .format, .unassigned].contains(scalar.properties.generalCategory)
        }
    }

    // MARK: SARIF

    private static func sarif(_ list: DecisionList, most: Int = SARIFReport.mostResults) throws -> JSONTree {
        let bytes = SARIFReport.json(list, mostResults: most).prettyBytes()
        return try #require(JSONTree(try JSONDocument(parsing: bytes).root))
    }

    private static func elements(_ value: JSONTree?) throws -> [JSONTree] {
        guard case .array(let elements)? = value else { throw CommandFailure.badData("expected a list") }
        return elements
    }

    private static func text(_ value: JSONTree?) -> String? { if case .string(let text)? = value { text } else { nil } }

    /// What the standard's JSON Schema requires of a log, and code scanning besides.
    private static func requireSARIF(_ log: JSONTree) throws -> (results: [JSONTree], rules: [JSONTree]) {
        #expect(text(log["version"]) == "2.1.0" && text(log["$schema"]) != nil)
        let runs = try elements(log["runs"])
        #expect(runs.count == 1)
        let driver = try #require(runs.first?["tool"]?["driver"])
        #expect(text(driver["name"]) == "landwaiter" && text(driver["semanticVersion"]) != nil)
        let rules = try elements(driver["rules"])
        for rule in rules {
            #expect(text(rule["id"]) != nil && text(rule["helpUri"])?.hasPrefix("https://") == true)
            for part in ["shortDescription", "fullDescription", "help"] { #expect(text(rule[part]?["text"]) != nil) }
        }
        #expect(Set(rules.compactMap { text($0["id"]) }).count == rules.count)
        let results = try elements(runs.first?["results"])
        for result in results {
            #expect(["error", "warning", "note"].contains(text(result["level"]) ?? ""))
            #expect(text(result["message"]?["text"]).map(isClean) == true)
            guard case .integer(let index)? = result["ruleIndex"] else { throw CommandFailure.badData("no rule") }
            #expect(text(rules[Int(index)]["id"]) == text(result["ruleId"]))
            let locations = try elements(result["locations"])
            #expect((1...10).contains(locations.count))
            for location in locations {
                let uri = try #require(text(location["physicalLocation"]?["artifactLocation"]?["uri"]))
                #expect(URL(string: uri) != nil && !uri.contains(" ") && uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
                #expect(try elements(location["logicalLocations"]).allSatisfy { text($0["fullyQualifiedName"]) != nil })
            }
            #expect(text(result["partialFingerprints"]?["primaryLocationLineHash"]) != nil)
        }
        guard case .bool(true)? = try elements(runs.first?["invocations"]).first?["executionSuccessful"] else {
            throw CommandFailure.badData("no invocation")
        }
        return (results, rules)
    }

    @Test func sarifHoldsWhatTheStandardRequires() async throws {
        let place = try Place()
        let (results, rules) = try Self.requireSARIF(try Self.sarif(try await Self.threeVerdicts(place)))
        #expect(results.contains { Self.text($0["ruleId"]) == "provenance.no-attestation" })
        #expect(results.contains { Self.text($0["ruleId"]) == "image.not-found" })
        #expect(results.allSatisfy { Self.text($0["level"]) == "error" })
        #expect(rules.contains { Self.text($0["helpUri"])?.hasSuffix("reasons.md#image.not-found") == true })
        // An image that no file names: its repository stands for one.
        let record = try await VerifyCommand.decide(
            [
                "oci:" + Repository.path("testdata/finance/unsigned_fail/image:v1"), "--as",
                "registry.example:5000/finance/ledger:v1", "--namespace", "finance",
            ] + Self.finance)
        let alone = try Self.requireSARIF(try Self.sarif(DecisionList(record, image: "x")))
        let location = try Self.elements(alone.results.first?["locations"]).first
        #expect(Self.text(location?["physicalLocation"]?["artifactLocation"]?["uri"]) == "finance/ledger")
        #expect(try Self.sarif(DecisionList(record, image: "x")) == Self.sarif(DecisionList(record, image: "x")))
    }

    @Test func sarifSurvivesHostileText() async throws {
        let place = try Place()
        let list = try await Self.hostileList(place)
        let log = try Self.sarif(list)
        let (results, _) = try Self.requireSARIF(log)
        let texts = results.compactMap { Self.text($0["message"]?["text"]) }
        let text = try #require(texts.first)
        #expect(text.contains("{{0}}") && text.contains("\\[a\\](http://b)"))
    }

    @Test func fingerprintsOutliveTheDigest() async throws {
        let place = try Place()
        func fingerprints(_ item: String) async throws -> Set<String> {
            let file = try place.write(Self.image(item), to: "images.txt")
            let list = try await Self.decide(["--images", file] + Self.finance)
            let results = try Self.requireSARIF(try Self.sarif(list)).results
            let found = results.compactMap { Self.text($0["partialFingerprints"]?["landwaiter/v1"]) }
            #expect(Set(found).count == results.count, "no two results are one")
            return Set(found)
        }
        let one = try await fingerprints("finance/unsigned_fail")
        #expect(try await fingerprints("finance/no-provenance_fail").isSubset(of: one))
        #expect(try await fingerprints("finance/unsigned_fail") == one)
    }

    @Test func sarifIsCutFromTheLeastSevere() async throws {
        let place = try Place()
        let list = try await Self.threeVerdicts(place)
        let all = try Self.requireSARIF(try Self.sarif(list)).results.count
        let log = try Self.sarif(list, most: all - 1)
        #expect(try Self.requireSARIF(log).results.count == all - 1)
        let invocation = try #require(try Self.elements(try Self.elements(log["runs"]).first?["invocations"]).first)
        let note = Self.text(try Self.elements(invocation["toolExecutionNotifications"]).first?["message"]?["text"])
        #expect(note?.hasPrefix("1 further results were left out") == true)
        #expect(SARIFReport.mostResults == 25_000)
    }

    @Test func stagesAndWaiversShowInSARIF() async throws {
        let warned = try await Self.warned()
        let results = try Self.requireSARIF(try Self.sarif(DecisionList(warned, image: "x"))).results
        #expect(!results.isEmpty && results.allSatisfy { Self.text($0["level"]) == "warning" })
    }

    /// A reject that its stage does not enforce.
    private static func warned() async throws -> AdmissionRecord {
        let place = try Place()
        let policy = try String(contentsOf: Repository.url("policies/finance/policy.yaml"), encoding: .utf8)
        let file = try place.write(policy.replacing("stage: enforce", with: "stage: warn"), to: "policy.yaml")
        let key = try String(contentsOf: Repository.url("policies/finance/keys/corporate.pub"), encoding: .utf8)
        _ = try place.write(key, to: "keys/corporate.pub")
        let record = try await VerifyCommand.decide([
            "oci:" + Repository.path("testdata/finance/unsigned_fail/image:v1"), "--policy", file, "--namespace",
            "finance", "--as", "registry.example/finance/ledger:v1.4.0", "--at", "2026-11-20T12:00:00Z",
        ])
        #expect(record.verdict == .reject && !record.enforcement.isEnforced)
        return record
    }

    // MARK: JUnit

    @Test func junitIsReadByXMLReaders() async throws {
        let place = try Place()
        let xml = JUnitReport.xml(try await Self.threeVerdicts(place))
        let read = try XMLReading(xml)
        #expect(read.root == "testsuites")
        let suites = read.elements.filter { $0.name == "testsuite" }
        #expect(suites.map { $0.attributes["failures"] ?? "" } == ["0", "5", "0"], "\(xml)")
        #expect(suites.map { $0.attributes["errors"] ?? "" } == ["0", "0", "1"])
        #expect(read.elements.first?.attributes["tests"] == "\(read.elements.count { $0.name == "testcase" })")
        #expect(
            read.elements.contains { $0.name == "failure" && $0.attributes["type"] == "provenance.no-attestation" })
    }

    @Test func junitSurvivesHostileText() async throws {
        let place = try Place()
        let xml = JUnitReport.xml(try await Self.hostileList(place))
        #expect(Self.isClean(xml))
        let read = try XMLReading(xml)
        #expect(!read.elements.contains { $0.name == "script" })
        let image = read.elements.first { $0.name == "property" && $0.attributes["name"] == "image" }
        #expect(image?.attributes["value"]?.contains("]]>&<script>alert(1)</script>'\\u{1b}[2J\\u{0}") == true)
        #expect(XMLText.escaped("a\u{FFFF}\n<") == "a\\u{ffff}&#10;&lt;")
    }

    @Test func aSuitePassesOnlyWhereTheImageIsAdmitted() async throws {
        // No policy matches: there is no rule that could fail.
        let record = try await VerifyCommand.decide(
            ["oci:" + Repository.path("testdata/finance/admitted/image:v1"), "--namespace", "elsewhere"] + Self.finance)
        #expect(record.policies.isEmpty && record.verdict == .reject)
        let read = try XMLReading(JUnitReport.xml(DecisionList(record, image: "x")))
        #expect(read.elements.first { $0.name == "testsuite" }?.attributes["failures"] == "1")
    }

    @Test func whatAStageLetsPassIsSkipped() async throws {
        let record = try await Self.warned()
        let honoured = try XMLReading(JUnitReport.xml(DecisionList(record, image: "x", honoursStage: true)))
        #expect(honoured.root == "testsuites" && honoured.elements.first?.attributes["failures"] == "0")
        #expect(honoured.elements.contains { $0.attributes["message"]?.hasPrefix("not enforced (stage warn)") == true })
        let strict = try XMLReading(JUnitReport.xml(DecisionList(record, image: "x")))
        #expect(strict.elements.first?.attributes["skipped"] == "0")
    }

    // MARK: Markdown

    @Test func markdownSaysVerdictReasonAndMend() async throws {
        let place = try Place()
        let text = MarkdownReport.text(try await Self.threeVerdicts(place))
        #expect(text.hasPrefix("### Landwaiter: ❌ reject, 3 images: 1 reject, 1 undecided, 1 admit\n"))
        #expect(text.contains("`provenance.no-attestation`") && text.contains("**mend:** have the build sign"))
        let lines = text.split(separator: "\n")
        #expect(lines.count { $0 == "</details>" } == 3)
        #expect(lines.count { $0.hasPrefix("<details>") } == 3)
        // The reject stands first, whatever the list's order.
        #expect(lines.first { $0.hasPrefix("| ❌") || $0.hasPrefix("| ✅") }?.hasPrefix("| ❌") == true)
    }

    @Test func markdownSurvivesHostileText() async throws {
        let place = try Place()
        let text = MarkdownReport.text(try await Self.hostileList(place))
        #expect(Self.isClean(text) && text.contains("alert(1)"))
        // Outside code nothing is left that anyone acts on.
        var outside = ""
        for line in text.split(separator: "\n") {
            guard !line.hasPrefix("<details>") else {
                #expect(line.hasPrefix("<details><summary><code>") && line.hasSuffix("</code></summary>"))
                #expect(!line.dropFirst(24).dropLast(17).contains { $0 == "<" || $0 == ">" })
                continue
            }
            let parts = line.split(separator: "`", omittingEmptySubsequences: false)
            #expect(parts.count % 2 == 1, "\(line)")
            for (position, part) in parts.enumerated() {
                if position % 2 == 0 { outside += part + "\n" } else { #expect(!part.contains("|")) }
            }
        }
        outside = outside.replacing("<br>", with: "").replacing("</details>\n", with: "\n")
        for bad in ["<", "@", "www.", "http", "](", "::", "##[", "#1", "0123456789abcdef", "script"] {
            #expect(!outside.contains(bad), "\(bad): \(outside)")
        }
    }

    @Test(arguments: [
        ("a plain sentence, with (brackets); and a dot.", "a plain sentence, with (brackets); and a dot."),
        ("cannot be had: x", "cannot be had: x"), ("see @team", "see `@team`"), ("issue #12", "issue `#12`"),
        ("www.b.example", "`www.b.example`"), ("GH-123 now", "`GH-123` now"), ("*bold* _x_", "`*bold*` `_x_`"),
        ("was `a b`, not", "was `a b`, not"), ("`a|b`", "`a\\u{7c}b`"), ("one ` only", "one   only"),
        ("deadbee", "`deadbee`"), ("facade", "facade"), (":x: y", "`:x:` y"), ("<b>", "`<b>`"),
        ("a@b.example", "`a@b.example`"),
        ("", ""), ("``", ""), ("a\u{1B}b", "`a\\u{1b}b`"),
    ])
    func onlyPlainWordsAreNotCode(_ text: String, _ markdown: String) {
        #expect(MarkdownText.prose(text) == markdown)
    }

    @Test func markdownFitsAComment() async throws {
        let place = try Place()
        let decisions = try await Self.threeVerdicts(place).decisions
        let many = DecisionList(batch: Array(repeating: decisions, count: 200).flatMap { $0 })
        let text = MarkdownReport.text(many)
        #expect(text.utf8.count <= 65_536 && text.utf8.count > 60_000)
        #expect(text.contains("images are left out; the JSON report has all."))
        #expect(text.components(separatedBy: "<details>").count == text.components(separatedBy: "</details>").count)
        for limit in stride(from: 0, to: 4_000, by: 97) {
            let short = MarkdownReport.text(DecisionList(batch: decisions), limit: limit)
            #expect(short.utf8.count <= limit)
            #expect(
                short.components(separatedBy: "<details>").count == short.components(separatedBy: "</details>").count)
        }
    }

    // MARK: GitHub

    @Test func annotationsNameTheLine() async throws {
        let place = try Place()
        let commands = GitHubReport.commands(try await Self.threeVerdicts(place))
        #expect(
            commands.contains("::error file=")
                && commands.contains("images.txt,line=2,title=landwaiter%3A provenance.no-attestation::"))
        #expect(commands.components(separatedBy: "\n::error").count == 3)
        let record = try await Self.warned()
        #expect(GitHubReport.commands(DecisionList(record, image: "x")).contains("\n::error "))
        #expect(GitHubReport.commands(DecisionList(record, image: "x", honoursStage: true)).contains("\n::warning "))
    }

    /// As the runner reads them: a line that begins, after spaces, with `::`, or holds `##[`.
    @Test func hostileTextIsNoCommand() async throws {
        let place = try Place()
        let commands = GitHubReport.commands(try await Self.hostileList(place))
        let lines = commands.split(separator: "\n")
        for line in lines where line.contains("::") {
            #expect(
                line.hasPrefix("landwaiter: ") || line.hasPrefix("::error file=") || line.hasPrefix("::notice title="))
            if line.hasPrefix("landwaiter: ") { #expect(!line.contains("##[")) }
        }
        #expect(Self.isClean(commands))
        let command = try #require(lines.first { $0.hasPrefix("::error") })
        let properties = command.dropFirst(8).components(separatedBy: "::")
        #expect(properties[0].contains("a%2Cb%3Ac%25%3A%3Aerror%3A%3A.json,line=1,title="))
        #expect(GitHubReport.escaped("a%\r\nb:,", inProperty: true) == "a%25\\u{d}\\u{a}b%3A%2C")
        #expect(GitHubReport.escaped("a\nb", inProperty: true) == "a%0Ab")
        #expect(GitHubReport.escaped("a:,", inProperty: false) == "a:,")
    }

    @Test(arguments: [
        ("::error::x", ": :error::x"), ("a\n \t::x", "a\n \t: :x"), ("a ::x", "a ::x"), ("x ##[group]", "x ## [group]"),
        ("\u{A0}::x", "\u{A0}: :x"),
    ])
    func reportsInAStepHoldNoCommand(_ text: String, _ defused: String) {
        #expect(GitHubReport.defused(text) == defused)
    }

    @Test func outputsCannotBeEndedFromInside() async throws {
        let place = try Place()
        let outputs = GitHubReport.outputs(try await Self.threeVerdicts(place))
        var read: [String: String] = [:]
        var lines = outputs.split(separator: "\n", omittingEmptySubsequences: false)[...]
        while let head = lines.popFirst(), !head.isEmpty {
            let parts = head.components(separatedBy: "<<")
            var value: [Substring] = []
            while let line = lines.popFirst(), line != parts[1] { value.append(line) }
            read[parts[0]] = value.joined(separator: "\n")
        }
        #expect(read["verdict"] == "reject" && read["reason"] == "provenance.no-attestation")
        #expect(read["digest"]?.hasPrefix("sha256:") == true)
        #expect(read["admitted"] == "1" && read["rejected"] == "1" && read["undecided"] == "1")
    }

    // MARK: Text and JSON of lists

    @Test func aListEndsInOneTable() async throws {
        let place = try Place()
        let text = BatchReport.text(try await Self.threeVerdicts(place), style: .plain)
        let end = text.split(separator: "\n").suffix(4)
        #expect(end.first?.hasPrefix("ADMIT      registry.example/finance/ledger:v1.4.0") == true)
        #expect(end.last == "3 images: 1 reject, 1 undecided, 1 admit")
        #expect(text.contains("  in        ") && text.contains("images.txt:2"))
        #expect(Self.isClean(BatchReport.text(try await Self.hostileList(place), style: .plain)))
    }

    @Test func jsonOfAListHoldsTheRecords() async throws {
        let place = try Place()
        let list = try await Self.threeVerdicts(place)
        let json = BatchReport.json(list)
        let decisions = try Self.elements(json["decisions"])
        #expect(decisions.map { $0["record"] } == list.decisions.map { $0.record.json })
        #expect(json["counts"] == ["admit": 1, "reject": 1, "undecided": 1] && Self.text(json["verdict"]) == "reject")
        #expect(json.canonicalBytes() == BatchReport.json(try await Self.threeVerdicts(place)).canonicalBytes())
    }
}

/// A document as a reader of XML that is not ours sees it.
private struct XMLReading {
    struct Element: Decodable {
        let name: String
        let attributes: [String: String]
    }
    let root: String
    let elements: [Element]

    init(_ text: String) throws {
        let script = """
            import json, sys, xml.etree.ElementTree as E
            root = E.fromstring(sys.stdin.buffer.read())
            print(json.dumps([{"name": e.tag, "attributes": dict(e.attrib)} for e in root.iter()]))
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data(text.utf8))
        try input.fileHandleForWriting.close()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "no XML: \(text)")
        elements = try JSONDecoder().decode([Element].self, from: bytes)
        root = try #require(elements.first?.name)
    }
}

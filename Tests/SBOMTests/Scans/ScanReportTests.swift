import SBOM
import StrictEncoding
import Testing

struct ScanReportTests {
    static let trivy = """
        {"SchemaVersion": 2, "CreatedAt": "2026-11-01T10:00:00.5Z", "ArtifactName": "registry.example/a", "Trivy": {"Version": "0.70.0"},
         "Metadata": {"ImageID": "sha256:cccc", "RepoDigests": ["registry.example/a@sha256:aaaa", "registry.example/a:tag"]},
         "Results": [{"Target": "a", "Vulnerabilities": [
            {"VulnerabilityID": "CVE-2021-44228", "VendorIDs": ["GHSA-jfh8", "CVE-2021-44228"], "PkgName": "log4j-core", "InstalledVersion": "2.14.0",
             "PkgIdentifier": {"PURL": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.0"}, "FixedVersion": "2.15.0, 2.3.1",
             "Severity": "CRITICAL", "CVSS": {"nvd": {"V2Score": 9.3, "V3Score": 10}, "ghsa": {"V3Score": 9}}, "PublishedDate": "2021-12-10T10:15:00Z"},
            {"VulnerabilityID": "CVE-2024-1", "PkgName": "x", "Severity": "UNKNOWN"}]}, {"Target": "b", "ExperimentalModifiedFindings": [{}, {}, {}]}]}
        """
    static let grype = """
        {"matches": [{"vulnerability": {"id": "GHSA-jfh8", "severity": "Critical", "cvss": [{"metrics": {"baseScore": 10}}],
            "fix": {"versions": ["2.15.0"], "state": "fixed", "available": [{"version": "2.15.0", "date": "2021-12-10", "kind": "release"}]},
            "epss": [{"cve": "CVE-2021-44228", "epss": 0.97, "percentile": 0.99}], "knownExploited": [{"cve": "CVE-2021-44228"}]},
            "relatedVulnerabilities": [{"id": "CVE-2021-44228"}],
            "artifact": {"name": "log4j-core", "version": "2.14.0", "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.0"}},
          {"vulnerability": {"id": "CVE-2", "severity": "Unknown", "cvss": [], "fix": {"versions": [], "state": "not-fixed"}}, "artifact": {"name": "y", "version": "1"}}],
         "ignoredMatches": [{}, {}], "source": {"type": "image", "target": {"imageID": "sha256:cccc", "manifestDigest": "sha256:aaaa", "repoDigests": ["r@sha256:aaaa"]}},
         "descriptor": {"name": "grype", "version": "0.100.0", "timestamp": "2026-11-01T10:00:00Z", "db": {"status": {"built": "2026-10-31T00:00:00Z"}}}}
        """
    static let sarif = """
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Trivy", "version": "0.70.0", "rules": [
            {"id": "CVE-2021-44228", "properties": {"security-severity": "10.0"}}, {"id": "CVE-2-x", "defaultConfiguration": {"level": "note"}}]}},
          "invocations": [{"executionSuccessful": true, "endTimeUtc": "2026-11-01T10:00:00Z"}],
          "results": [{"ruleId": "CVE-2021-44228", "level": "error", "properties": {"purl": "pkg:npm/a@1"}}, {"ruleIndex": 1},
            {"ruleId": "CVE-2020-1234-log4j", "level": "error"}, {"ruleId": "CVE-3", "suppressions": [{"status": "accepted"}]},
            {"ruleId": "CVE-4", "suppressions": [{"status": "underReview"}]}]}]}
        """
    static let cycloneDX = """
        {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"timestamp": "2026-11-01T10:00:00Z", "tools": {"components": [{"name": "trivy", "version": "0.70.0"}]},
            "component": {"type": "container", "name": "a", "bom-ref": "root", "hashes": [{"alg": "SHA-256", "content": "AAAA"}]}},
         "components": [{"name": "outer", "components": [{"bom-ref": "p1", "name": "log4j-core", "version": "2.14.0", "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.0"}]}],
         "vulnerabilities": [{"id": "CVE-2021-44228", "references": [{"id": "GHSA-jfh8", "source": {}}], "published": "2021-12-10T00:00:00Z",
            "ratings": [{"score": 10, "severity": "critical", "method": "CVSSv31"}, {"score": 55, "method": "other"}],
            "affects": [{"ref": "p1", "versions": [{"version": "2.15.0", "status": "unaffected"}]}, {"ref": "urn:cdx:3e67/1#p1"}, {"ref": "elsewhere"}]},
            {"id": "CVE-5", "ratings": [{"score": 5.0, "method": "CVSSv3"}]}]}
        """
    static let osv = """
        {"results": [{"source": {"path": "/"}, "packages": [{"package": {"name": "org.apache.logging.log4j:log4j-core", "version": "2.14.0", "ecosystem": "Maven"},
            "groups": [{"ids": ["GHSA-jfh8"], "max_severity": "10.0"}],
            "vulnerabilities": [{"id": "GHSA-jfh8", "aliases": ["CVE-2021-44228"], "published": "2021-12-10T00:00:00Z",
              "affected": [{"package": {"name": "org.apache.logging.log4j:log4j-core"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.15.0"}]},
                {"type": "GIT", "events": [{"fixed": "abcdef"}]}]}, {"package": {"name": "other"}, "ranges": [{"type": "SEMVER", "events": [{"fixed": "9"}]}]}],
              "database_specific": {"severity": "MODERATE"}}]}]}]}
        """
    static let inToto = """
        {"scanner": {"uri": "pkg:github/aquasecurity/trivy@1", "version": "0.19.2", "db": {"lastUpdate": "2026-10-31T00:00:00Z"},
          "result": [{"id": "CVE-2021-44228", "severity": [{"method": "nvd", "score": "critical"}, {"method": "cvss_score", "score": "10.0"}]},
            {"vulnerability": {"id": "CVE-2", "severity": {"method": "nvd", "score": "LOW"}}}]},
         "metadata": {"scanStartedOn": "2026-11-01T09:00:00Z", "scanFinishedOn": "2026-11-01T10:00:00Z"}}
        """

    static func report(_ text: String) throws -> ScanReport { try ScanReport(parsing: Array(text.utf8)) }

    static let formats: [(ScanFormat, String)] = [
        (.trivy, trivy), (.grype, grype), (.sarif, sarif), (.cycloneDX, cycloneDX), (.inTotoPredicate, inToto),
    ]

    /// What all of them say of one scan.
    @Test(arguments: formats.indices)
    func everyFormatSaysWhenAndWhat(_ index: Int) throws {
        let (format, text) = Self.formats[index]
        let report = try Self.report(text)
        #expect(report.format == format)
        #expect(report.finishedAt == Instant(rfc3339: "2026-11-01T10:00:00Z"))
        #expect(report.scanner != nil)
        let first = try #require(report.findings.first)
        #expect(([first.id] + first.aliases).contains("CVE-2021-44228"))
        #expect(first.severity == .critical && first.score == 10)
        #expect(!first.place.utf8.isEmpty)
    }

    @Test func readsTrivy() throws {
        let report = try Self.report(Self.trivy)
        #expect(report.scanner == ScanReport.Scanner(name: "trivy", version: "0.70.0"))
        #expect(report.targetDigests == ["sha256:aaaa"] && report.targetConfiguration == "sha256:cccc")
        #expect(report.findings.count == 2 && report.ignored == 3 && report.databaseUpdatedAt == nil)
        let first = report.findings[0]
        #expect(first.aliases == ["GHSA-jfh8"] && first.fixedVersions == ["2.15.0", "2.3.1"])
        #expect(first.package?.url?.name == "log4j-core" && first.package?.version == "2.14.0")
        #expect(
            first.publishedAt == Instant(rfc3339: "2021-12-10T10:15:00Z")
                && first.place == "/Results/0/Vulnerabilities/0")
        #expect(report.findings[1].severity == nil && report.findings[1].score == nil)
    }

    @Test func readsGrype() throws {
        let report = try Self.report(Self.grype)
        #expect(report.scanner == ScanReport.Scanner(name: "grype", version: "0.100.0") && report.ignored == 2)
        #expect(report.targetDigests == ["sha256:aaaa"] && report.targetConfiguration == "sha256:cccc")
        #expect(report.databaseUpdatedAt == Instant(rfc3339: "2026-10-31T00:00:00Z"))
        let first = report.findings[0]
        #expect(first.id == "GHSA-jfh8" && first.aliases == ["CVE-2021-44228"] && first.fixedVersions == ["2.15.0"])
        #expect(first.fixedAt == Instant(rfc3339: "2021-12-10T00:00:00Z"))
        #expect(first.exploitProbability == 0.97 && first.isKnownExploited == true)
        #expect(
            report.findings[1].severity == nil && report.findings[1].isKnownExploited == nil
                && report.findings[1].fixedVersions.isEmpty)
    }

    @Test func readsSARIF() throws {
        let report = try Self.report(Self.sarif)
        #expect(report.scanner == ScanReport.Scanner(name: "Trivy", version: "0.70.0") && report.ignored == 1)
        #expect(report.findings.map(\.id) == ["CVE-2021-44228", "CVE-2-x", "CVE-2020-1234-log4j", "CVE-4"])
        #expect(report.findings.map(\.severity) == [.critical, .low, .high, .medium])
        #expect(report.findings[0].package?.url?.description == "pkg:npm/a@1")
        #expect(report.findings[2].aliases == ["CVE-2020-1234"])
    }

    @Test func readsCycloneDX() throws {
        let report = try Self.report(Self.cycloneDX)
        #expect(
            report.scanner == ScanReport.Scanner(name: "trivy", version: "0.70.0")
                && report.targetDigests == ["sha256:aaaa"])
        #expect(report.findings.count == 4)
        #expect(report.findings.map(\.package?.name) == ["log4j-core", "log4j-core", "elsewhere", nil])
        #expect(report.findings[0].fixedVersions == ["2.15.0"] && report.findings[1].fixedVersions.isEmpty)
        #expect(report.findings[0].place == "/vulnerabilities/0/affects/0" && report.findings[3].severity == .medium)
    }

    @Test func readsOSVScanner() throws {
        let report = try Self.report(Self.osv)
        let finding = try #require(report.findings.first)
        #expect(report.findings.count == 1 && finding.id == "GHSA-jfh8" && finding.aliases == ["CVE-2021-44228"])
        #expect(finding.severity == .medium && finding.score == 10 && finding.fixedVersions == ["2.15.0"])
        #expect(finding.package?.url?.description == "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.0")
        #expect(report.finishedAt == nil)
    }

    @Test(
        arguments: [
            ("npm", "@a/b", "pkg:npm/%40a/b@1"), ("Go", "github.com/a/b", "pkg:golang/github.com/a/b@1"),
            ("Debian:12", "curl", "pkg:deb/debian/curl@1"),
            ("Alpine:v3.20", "musl", "pkg:apk/alpine/musl@1"), ("crates.io", "rand", "pkg:cargo/rand@1"),
            ("Packagist", "a/b", "pkg:composer/a/b@1"),
            ("Elsewhere", "x", nil),
        ] as [(String, String, String?)])
    func namesPackagesOfEcosystems(_ ecosystem: String, _ name: String, _ url: String?) throws {
        let text =
            #"{"results": [{"packages": [{"package": {"name": "\#(name)", "version": "1", "ecosystem": "\#(ecosystem)"}, "vulnerabilities": [{"id": "A"}]}]}]}"#
        #expect(try Self.report(text).findings.first?.package?.url?.description == url)
    }

    @Test func readsPredicatesAroundScanners() throws {
        let report = try Self.report(Self.cosign(result: Self.grype, finished: "2026-11-05T00:00:00Z"))
        #expect(report.format == .grype && report.findings.count == 2)
        #expect(
            report.scanner == ScanReport.Scanner(name: "grype", version: "0.100.0", uri: "pkg:github/anchore/grype"))
        // The earlier of the two times: a predicate must not make an old scan look new.
        #expect(report.finishedAt == Instant(rfc3339: "2026-11-01T10:00:00Z"))
        #expect(
            try Self.report(Self.cosign(result: Self.grype, finished: "2026-10-01T00:00:00Z")).finishedAt
                == Instant(rfc3339: "2026-10-01T00:00:00Z"))
        #expect(report.databaseUpdatedAt == Instant(rfc3339: "2026-10-30T00:00:00Z"))
        let direct = try Self.report(Self.inToto)
        #expect(direct.findings.map(\.id) == ["CVE-2021-44228", "CVE-2"] && direct.findings[1].severity == .low)
        #expect(
            direct.scanner
                == ScanReport.Scanner(name: "trivy", version: "0.19.2", uri: "pkg:github/aquasecurity/trivy@1"))
    }

    static func cosign(result: String, finished: String) -> String {
        #"{"scanner": {"uri": "pkg:github/anchore/grype", "db": {"lastUpdate": "2026-10-30T00:00:00Z"}, "result": \#(result)}, "metadata": {"scanFinishedOn": "\#(finished)"}}"#
    }

    /// No readable result is never "nothing found".
    @Test(
        arguments: [
            ("{}", .unknownFormat), (#"{"results": []}"#, .unknownFormat),
            (#"{"SchemaVersion": 2, "Results": [{"Class": "secret"}, {"Class": "config"}]}"#, .notOfPackages),
            ("[]", .unknownFormat), (#"{"scanner": {}}"#, .unknownFormat),
            (#"{"bomFormat": "CycloneDX"}"#, .missing("/vulnerabilities")),
            (cosign(result: "{}", finished: "2026-10-01T00:00:00Z"), .malformed("/scanner/result")),
            (cosign(result: "null", finished: ""), .missing("/scanner/result")),
            (cosign(result: inToto, finished: "2026-10-01T00:00:00Z"), .nested),
            (cosign(result: grype, finished: "yesterday"), .malformed("/metadata/scanFinishedOn")),
            (#"{"SchemaVersion": 1, "ArtifactName": "a"}"#, .unknownVersion("/SchemaVersion")),
            (#"{"SchemaVersion": 2, "ArtifactName": "a", "Results": {}}"#, .malformed("/Results")),
            (
                #"{"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{}]}]}"#,
                .missing("/Results/0/Vulnerabilities/0/VulnerabilityID")
            ),
            (
                #"{"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{"VulnerabilityID": 7}]}]}"#,
                .malformed("/Results/0/Vulnerabilities/0/VulnerabilityID")
            ),
            (#"{"SchemaVersion": 2, "ArtifactName": "a", "CreatedAt": 7}"#, .malformed("/CreatedAt")),
            (#"{"matches": [{}], "descriptor": {}}"#, .missing("/matches/0/vulnerability")),
            (#"{"matches": [{"vulnerability": {"id": "a"}}], "descriptor": {}}"#, .missing("/matches/0/artifact")),
            (#"{"version": "2.0.0", "runs": []}"#, .unknownVersion("/version")),
            (#"{"version": "2.1.0", "runs": []}"#, .missing("/runs/0")),
            (#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "a"}}}]}"#, .missing("/runs/0/results")),
            (
                #"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "a"}}, "results": [{}]}]}"#,
                .missing("/runs/0/results/0/ruleId")
            ),
            (
                #"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "a"}}, "results": [], "invocations": [{"executionSuccessful": false}]}]}"#,
                .failed
            ),
            (
                #"{"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "a", "affects": [{}]}]}"#,
                .missing("/vulnerabilities/0/affects/0/ref")
            ),
            (#"{"results": [{"packages": [{"package": {}}]}]}"#, .missing("/results/0/packages/0/package/name")),
            ("{", .json(.unexpectedEnd)),
            (#"{"matches": [], "matches": [], "descriptor": {}}"#, .json(.duplicateKey("matches", offset: 16))),
        ] as [(String, ScanReportError)])
    func refusesWhatSaysNothing(_ text: String, _ error: ScanReportError) {
        #expect(throws: error) { try Self.report(text) }
        #expect(!error.message.isEmpty)
    }

    @Test func countsHaveLimits() {
        let many = Array(repeating: #"{"id": "a"}"#, count: ScanReport.mostFindings + 1).joined(separator: ",")
        #expect(throws: ScanReportError.tooMany(ScanReport.mostFindings + 1)) {
            try Self.report(#"{"scanner": {"result": [\#(many)]}}"#)
        }
        // A product of two lists is stopped on the way.
        let references = Array(repeating: #"{"ref": "a"}"#, count: 2_000).joined(separator: ",")
        let vulnerability = #"{"id": "a", "affects": [\#(references)]}"#
        let product = Array(repeating: vulnerability, count: 60).joined(separator: ",")
        #expect(throws: ScanReportError.tooMany(ScanReport.mostFindings + 1)) {
            try Self.report(#"{"bomFormat": "CycloneDX", "vulnerabilities": [\#(product)]}"#)
        }
    }

    @Test func scansOfPackagesWithoutFindingsAreEmpty() throws {
        for text in [
            #"{"SchemaVersion": 2, "ArtifactName": "scratch"}"#,
            #"{"SchemaVersion": 2, "Results": [{"Class": "secret"}, {"Class": "os-pkgs"}]}"#,
            #"{"results": [], "experimental_config": {}}"#, #"{"bomFormat": "CycloneDX", "vulnerabilities": []}"#,
        ] {
            #expect(try Self.report(text).findings.isEmpty, "\(text)")
        }
    }

    @Test func ratesAsCVSSSays() {
        typealias Severity = ScanFinding.Severity
        #expect(
            [0, 0.1, 3.9, 4, 6.9, 7, 8.9, 9, 10].map { Severity(score: $0) } == [
                .noImpact, .low, .low, .medium, .medium, .high, .high, .critical, .critical,
            ])
        #expect(Severity(score: 10.1) == nil && Severity(score: -1) == nil && Severity(score: .nan) == nil)
        #expect(
            Severity(word: "IMPORTANT") == .high && Severity(word: "Moderate") == .medium
                && Severity(word: "unknown") == nil)
        #expect(Severity.low < .high)
    }

    @Test func survivesMutations() {
        var random = LawGenerator(seed: 41)
        let seeds = [
            Self.trivy, Self.grype, Self.sarif, Self.cycloneDX, Self.osv, Self.inToto,
            Self.cosign(result: Self.sarif, finished: "2026-10-01T00:00:00Z"),
        ]
        let tokens = ["null", "[]", "{}", "7", "\"\"", "-1e999", "true", "[[[[]]]]", "\"\\u0000\""]
        for _ in 0..<1_200 {
            var text = random.pick(seeds)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                // A value is swapped for another, so that most results are still JSON.
                let values = text.indices.filter { text[$0] == ":" }
                guard let colon = values.randomElement(using: &random) else { break }
                let start = text.index(after: colon)
                let end = text[start...].firstIndex { ",}]".contains($0) } ?? text.endIndex
                text.replaceSubrange(start..<end, with: random.pick(tokens))
            }
            _ = try? Self.report(text)
            _ = try? Self.report(String(text.prefix(Int.random(in: 0...text.count, using: &random))))
        }
    }
}

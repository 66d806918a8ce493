import SBOM
import StrictEncoding
import Testing

struct PackageVersionTests {
    @Test(arguments: [
        ("pkg:rpm/fedora/a@1.0-1?epoch=2", VersionScheme.rpm, "2:1.0-1"),
        ("pkg:rpm/fedora/a@3:1.0-1?epoch=2", .rpm, "3:1.0-1"),
        ("pkg:golang/stdlib@go1.22.3", .golang, "1.22.3"), ("pkg:deb/debian/a@1:2", .deb, "1:2"),
        ("pkg:pub/a@1.0.0", .semver, "1.0.0"),
    ])
    func readsTheVersionOfAPackage(_ text: String, _ scheme: VersionScheme, _ version: String) throws {
        let found = try #require(Version(of: PackageURL(text, typeDefinition: .recorded)))
        #expect(found.scheme == scheme && found.description == version)
    }

    @Test(arguments: ["pkg:npm/a", "pkg:npm/a@latest", "pkg:docker/a@1", "pkg:generic/a@1", "pkg:rpm/a/b@1?epoch=x"])
    func hasNoVersionWhereNoOrderIsKnown(_ text: String) throws {
        #expect(try Version(of: PackageURL(text)) == nil)
    }

    @Test(
        arguments: [
            ("pkg:maven/a/b@2.14.0", "2.3.1, 2.17.1, 2.15.0", "2.15.0"), ("pkg:maven/a/b@2.17.1", "2.3.1, 2.15.0", nil),
            ("pkg:generic/b@1", "9, 2", "9"), ("pkg:rpm/a/b@9-1?epoch=1", "1:9-2", "1:9-2"),
            ("pkg:npm/b@1.0.0", "", nil),
            ("pkg:npm/b@1.0.0", "x, 1.0.1", "1.0.1"),
        ] as [(String, String, String?)])
    func namesTheNearestFix(_ url: String, _ fixed: String, _ expected: String?) throws {
        let text =
            #"{"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{"VulnerabilityID": "A", "PkgName": "b", "FixedVersion": "\#(fixed)", "PkgIdentifier": {"PURL": "\#(url)"}}]}]}"#
        let finding = try #require(ScanReport(parsing: Array(text.utf8)).findings.first)
        #expect(finding.nearestFix == expected.map { ExactString($0) })
    }
}

import StrictEncoding

extension ScanReport {
    /// `osv-scanner --format json`: packages with records of the OSV schema.
    static func osvScanner(_ fields: DocumentFields) throws(ScanReportError) -> ScanReport {
        var report = ScanReport(format: .osvScanner)
        report.scanner = Scanner(name: "osv-scanner", version: nil)
        for result in try fields.requiredList("results") {
            for element in try result.requiredList("packages") {
                let package = try element.required("package")
                let name = try package.requiredText("name")
                let version = package.text("version")
                let url = package.text("ecosystem").flatMap { OSVEcosystem.url($0.value, name.value, version?.value) }
                var scores: [ExactString: Double] = [:]
                for group in element.list("groups") {
                    for id in group.texts("ids") { scores[id] = group.number("max_severity") }
                }
                for record in try element.optionalList("vulnerabilities") {
                    var finding = ScanFinding(id: try record.requiredText("id"), place: record.place)
                    finding.aliases = record.texts("aliases").unique(without: finding.id)
                    finding.rate(word: record["database_specific"]?.text("severity"), score: scores[finding.id])
                    finding.rateByScore()
                    finding.package = ScanFinding.Package(name: name, version: version, url: url)
                    finding.fixedVersions = fixes(of: name, in: record)
                    finding.publishedAt = record.instant("published")
                    report.findings.append(finding)
                    guard report.findings.count <= mostFindings else { throw .tooMany(report.findings.count) }
                }
            }
        }
        return report
    }

    /// `affected[].ranges[].events[].fixed` of this package.
    private static func fixes(of name: ExactString, in record: DocumentFields) -> [ExactString] {
        record.list("affected").filter { $0["package"]?.text("name") == name }
            .flatMap { $0.list("ranges") }.filter { $0.text("type") != "GIT" }
            .flatMap { $0.list("events") }.compactMap { $0.text("fixed") }.unique()
    }
}

/// OSV's names of ecosystems as types of package URLs (ossf.github.io/osv-schema, "Defined ecosystems").
enum OSVEcosystem {
    static func url(_ ecosystem: String, _ name: String, _ version: String?) -> PackageURL? {
        // `Debian:12` is the ecosystem `Debian`, release 12.
        let base = ecosystem.split(separator: ":").first.map(String.init) ?? ecosystem
        guard let (type, vendor) = types[base] else { return nil }
        var path = name
        var namespace = vendor
        let separator: Character? = type == "maven" ? ":" : ["npm", "golang", "composer"].contains(type) ? "/" : nil
        if let separator, let last = name.lastIndex(of: separator) {
            namespace = String(name[..<last])
            path = String(name[name.index(after: last)...])
        }
        return try? PackageURL(
            type: type, namespace: namespace, name: path, version: version, typeDefinition: .recorded)
    }

    private static let types: [String: (String, String?)] = [
        "npm": ("npm", nil), "PyPI": ("pypi", nil), "Go": ("golang", nil), "Maven": ("maven", nil),
        "crates.io": ("cargo", nil), "RubyGems": ("gem", nil), "NuGet": ("nuget", nil), "Packagist": ("composer", nil),
        "Hex": ("hex", nil), "Pub": ("pub", nil), "Debian": ("deb", "debian"), "Ubuntu": ("deb", "ubuntu"),
        "Alpine": ("apk", "alpine"), "Wolfi": ("apk", "wolfi"), "Chainguard": ("apk", "chainguard"),
        "Red Hat": ("rpm", "redhat"), "Rocky Linux": ("rpm", "rocky-linux"), "AlmaLinux": ("rpm", "almalinux"),
    ]
}

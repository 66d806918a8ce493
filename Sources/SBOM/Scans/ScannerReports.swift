import StrictEncoding

extension ScanReport {
    /// `trivy image --format json`, schema version 2.
    static func trivy(_ fields: DocumentFields) throws(ScanReportError) -> ScanReport {
        guard fields.value["SchemaVersion"]?.int == 2 else { throw .unknownVersion(fields.pointer("SchemaVersion")) }
        var report = ScanReport(format: .trivy)
        report.scanner = Scanner(name: "trivy", version: fields["Trivy"]?.text("Version"))
        report.finishedAt = try fields.checkedInstant("CreatedAt")
        let metadata = fields["Metadata"]
        report.targetDigests = (metadata?.texts("RepoDigests") ?? []).compactMap(\.digestOfReference).unique()
        report.targetConfiguration = metadata?.text("ImageID")
        let results = try fields.optionalList("Results")
        // A search for secrets or misconfigurations finds no vulnerabilities either.
        guard results.isEmpty || results.contains(where: \.isOfPackages) else { throw .notOfPackages }
        for result in results {
            // Written with `--show-suppressed`.
            report.ignored += result.list("ExperimentalModifiedFindings").count
            for element in try result.optionalList("Vulnerabilities") {
                var finding = ScanFinding(id: try element.requiredText("VulnerabilityID"), place: element.place)
                finding.aliases = element.texts("VendorIDs").unique(without: finding.id)
                finding.rate(word: element.text("Severity"), score: nil)
                for source in element["CVSS"]?.value.object.map(Array.init) ?? [] {
                    let scores = DocumentFields(source.value, place: "")
                    for key in ["V2Score", "V3Score", "V40Score"] { finding.rate(word: nil, score: scores.number(key)) }
                }
                finding.rateByScore()
                finding.package = .init(
                    name: element.text("PkgName"), version: element.text("InstalledVersion"),
                    url: element["PkgIdentifier"]?.text("PURL"))
                finding.fixedVersions = (element.text("FixedVersion")?.value ?? "")
                    .split { $0 == "," || $0 == " " }.map { ExactString(String($0)) }
                finding.publishedAt = element.instant("PublishedDate")
                report.findings.append(finding)
            }
        }
        return report
    }

    /// `grype --output json`.
    static func grype(_ fields: DocumentFields) throws(ScanReportError) -> ScanReport {
        var report = ScanReport(format: .grype)
        let descriptor = try fields.required("descriptor")
        report.scanner = Scanner(name: descriptor.text("name") ?? "grype", version: descriptor.text("version"))
        report.finishedAt = try descriptor.checkedInstant("timestamp")
        let database = descriptor["db"]
        // Version 6 of the database moved it one level down.
        report.databaseUpdatedAt = try (database?["status"] ?? database)?.checkedInstant("built")
        if let target = fields["source"]?["target"] {
            let digests = [target.text("manifestDigest")].compactMap(\.self) + target.texts("repoDigests")
            report.targetDigests = digests.compactMap(\.digestOfReference).unique()
            report.targetConfiguration = target.text("imageID")
        }
        report.ignored = try fields.optionalList("ignoredMatches").count
        for element in try fields.requiredList("matches") { report.findings.append(try grypeFinding(element)) }
        return report
    }

    private static func grypeFinding(_ element: DocumentFields) throws(ScanReportError) -> ScanFinding {
        let vulnerability = try element.required("vulnerability")
        var finding = ScanFinding(id: try vulnerability.requiredText("id"), place: element.place)
        let related = element.list("relatedVulnerabilities")
        finding.aliases = related.compactMap { $0.text("id") }.unique(without: finding.id)
        finding.rate(word: vulnerability.text("severity"), score: nil)
        for source in [vulnerability] + related {
            for rating in source.list("cvss") {
                finding.rate(word: nil, score: rating["metrics"]?.number("baseScore"))
            }
        }
        finding.rateByScore()
        let artifact = try element.required("artifact")
        finding.package = .init(
            name: artifact.text("name"), version: artifact.text("version"), url: artifact.text("purl"))
        if let fix = vulnerability["fix"] {
            finding.fixedVersions = fix.texts("versions")
            // `date` is a day or a second.
            finding.fixedAt = fix.list("available").compactMap { $0.day("date") }.min()
        }
        let probabilities = ([vulnerability] + related).flatMap { $0.list("epss") }.compactMap { $0.number("epss") }
        finding.exploitProbability = probabilities.filter { (0...1).contains($0) }.max()
        let exploited = ([vulnerability] + related).compactMap { $0["knownExploited"]?.value.array?.count }
        finding.isKnownExploited = exploited.isEmpty ? nil : exploited.contains { $0 > 0 }
        return finding
    }

    /// SARIF 2.1.0 (OASIS), as scanners of images write it: a rule stands for a vulnerability.
    static func sarif(_ fields: DocumentFields) throws(ScanReportError) -> ScanReport {
        guard fields.value["version"]?.isIdentical(to: "2.1.0") == true else {
            throw .unknownVersion(fields.pointer("version"))
        }
        var report = ScanReport(format: .sarif)
        let runs = try fields.requiredList("runs")
        guard !runs.isEmpty else { throw .missing(fields.pointer("runs") + "/0") }
        for run in runs {
            let driver = try run.required("tool").required("driver")
            if report.scanner == nil {
                report.scanner = Scanner(
                    name: try driver.requiredText("name"),
                    version: driver.text("version") ?? driver.text("semanticVersion"))
            }
            for invocation in run.list("invocations") {
                guard invocation["executionSuccessful"]?.value.bool != false else { throw .failed }
                let end = try invocation.checkedInstant("endTimeUtc")
                report.finishedAt = [report.finishedAt, end].compactMap(\.self).min()
            }
            // Section 3.14.23: absent results mean that nothing was scanned, which is not "nothing was found".
            let results = try run.requiredList("results")
            let rules = driver.list("rules")
            let rulesByID = Dictionary(rules.compactMap { rule in rule.text("id").map { ($0, rule) } }) { first, _ in
                first
            }
            for result in results {
                guard !result.list("suppressions").contains(where: \.isAcceptedSuppression) else {
                    report.ignored += 1
                    continue
                }
                let index = result.value["ruleIndex"]?.int ?? -1
                let named = result.text("ruleId") ?? result["rule"]?.text("id")
                let rule = named.flatMap { rulesByID[$0] } ?? (rules.indices.contains(index) ? rules[index] : nil)
                guard let id = named ?? rule?.text("id") else { throw .missing(result.pointer("ruleId")) }
                report.findings.append(sarifFinding(result, rule, id))
            }
        }
        return report
    }

    private static func sarifFinding(
        _ result: DocumentFields, _ rule: DocumentFields?, _ id: ExactString
    ) -> ScanFinding {
        var finding = ScanFinding(id: id, place: result.place)
        // Some scanners append the package's name to the identifier.
        if let plain = id.leadingCVE, plain != id { finding.aliases = [plain] }
        let scores = [result["properties"], rule?["properties"]].compactMap { $0?.number("security-severity") }
        finding.rate(word: nil, score: scores.first)
        if let score = scores.first { finding.severity = .init(score: score) }
        if finding.severity == nil {
            let level = result.text("level") ?? rule?["defaultConfiguration"]?.text("level") ?? "warning"
            finding.severity = ["error": .high, "warning": .medium, "note": .low, "none": .noImpact][level.value]
        }
        let properties = result["properties"]
        finding.package = .init(
            name: properties?.text("packageName"), version: properties?.text("packageVersion"),
            url: properties?.text("purl") ?? rule?["properties"]?.texts("purls").first)
        return finding
    }
}

extension DocumentFields {
    /// Whether a result of Trivy is one of packages; older versions did not name the class.
    fileprivate var isOfPackages: Bool {
        self["Vulnerabilities"] != nil || text("Class").map { ["os-pkgs", "lang-pkgs"].contains($0) } ?? true
    }

    /// Section 3.35: a suppression that is not under review or rejected.
    fileprivate var isAcceptedSuppression: Bool { text("status").map { $0 == "accepted" } ?? true }

    /// A date or a time.
    fileprivate func day(_ key: String) -> Instant? {
        guard let text = text(key)?.value else { return nil }
        return Instant(rfc3339: text) ?? Instant(rfc3339: text + "T00:00:00Z")
    }
}

extension ExactString {
    /// `CVE-2021-44228` of `CVE-2021-44228-log4j-core`.
    fileprivate var leadingCVE: ExactString? {
        let parts = value.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].elementsEqual("CVE".utf8), parts[1].count == 4, parts[2].count >= 4,
            parts[1].allSatisfy(\.isASCIIDigit), parts[2].allSatisfy(\.isASCIIDigit)
        else { return nil }
        return ExactString(parts.prefix(3).map { String(Substring($0)) }.joined(separator: "-"))
    }
}

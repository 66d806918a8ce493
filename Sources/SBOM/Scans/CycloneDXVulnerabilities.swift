import StrictEncoding

extension ScanReport {
    /// `vulnerabilities` of CycloneDX 1.4 and later. What is affected is named by reference to a component.
    static func cycloneDX(_ fields: DocumentFields) throws(ScanReportError) -> ScanReport {
        // Absent is not empty: an SBOM that nobody scanned has no vulnerabilities either.
        let vulnerabilities = try fields.requiredList("vulnerabilities")
        let components = CycloneDXComponents(fields)
        var report = ScanReport(format: .cycloneDX)
        let metadata = fields["metadata"]
        report.finishedAt = try metadata?.checkedInstant("timestamp")
        report.scanner = metadata?["tools"].flatMap { tools in
            let tool = tools.elements.first ?? tools.list("components").first ?? tools.list("services").first
            return tool?.text("name").map { Scanner(name: $0, version: tool?.text("version")) }
        }
        report.targetDigests = components.subject?.digests ?? []
        for element in vulnerabilities {
            var finding = ScanFinding(id: try element.requiredText("id"), place: element.place)
            finding.aliases = element.list("references").compactMap { $0.text("id") }.unique(without: finding.id)
            for rating in element.list("ratings") {
                let isCVSS = rating.text("method")?.value.hasPrefix("CVSS") ?? true
                finding.rate(word: rating.text("severity"), score: isCVSS ? rating.number("score") : nil)
            }
            finding.rateByScore()
            finding.publishedAt = element.instant("published")
            let affected = try element.optionalList("affects")
            if affected.isEmpty { report.findings.append(finding) }
            for affects in affected {
                finding.place = ExactString(affects.place)
                let reference = try affects.requiredText("ref")
                finding.package =
                    components[reference].flatMap { component in
                        ScanFinding.Package(name: component.name, version: component.version, url: component.url)
                    } ?? .init(name: reference, version: nil, url: nil)
                finding.fixedVersions = affects.list("versions").filter { $0.text("status") == "unaffected" }
                    .compactMap { $0.text("version") }
                report.findings.append(finding)
                guard report.findings.count <= mostFindings else { throw .tooMany(report.findings.count) }
            }
        }
        return report
    }
}

/// The components of a CycloneDX document by the reference under which others name them.
struct CycloneDXComponents {
    struct Component {
        var name, version, url: ExactString?
        /// `sha256:…`
        var digests: [ExactString]
    }

    /// What the document as a whole is about.
    private(set) var subject: Component?
    private var byReference: [ExactString: Component] = [:]

    init(_ fields: DocumentFields) {
        if let component = fields["metadata"]?["component"] {
            subject = Component(component)
            add(component)
        }
        for component in fields.list("components") { add(component) }
    }

    /// A component by `bom-ref`, or by a BOM-Link (`urn:cdx:serial/version#bom-ref`) whose fragment is one.
    subscript(_ reference: ExactString) -> Component? {
        if let found = byReference[reference] { return found }
        guard reference.value.hasPrefix("urn:cdx:"),
            let hash = reference.utf8.firstIndex(of: UInt8(ascii: "#")),
            let fragment = PercentEncoding.decode(reference.utf8[reference.utf8.index(after: hash)...])
        else { return nil }
        return byReference[ExactString(String(decoding: fragment, as: UTF8.self))]
    }

    /// Nesting is as deep as the JSON reader permits, and no deeper.
    private mutating func add(_ fields: DocumentFields) {
        if let reference = fields.text("bom-ref"), byReference[reference] == nil {
            byReference[reference] = Component(fields)
        }
        for inner in fields.list("components") { add(inner) }
    }
}

extension CycloneDXComponents.Component {
    init(_ fields: DocumentFields) {
        name = fields.text("name")
        version = fields.text("version")
        url = fields.text("purl")
        digests = fields.list("hashes").compactMap { hash in
            guard let content = hash.text("content"), let algorithm = hash.text("alg") else { return nil }
            let prefix = ["SHA-256": "sha256:", "SHA-384": "sha384:", "SHA-512": "sha512:"][algorithm.value]
            return prefix.map { ExactString($0 + content.value.lowercased()) }
        }
    }
}

import Findings
import SBOM
import StrictEncoding

/// What no SBOM says: of some format, or in these words.
enum ComponentLint {
    /// `package` of each item of a list, against its type's definition and against the other items.
    static func packages(_ items: [PolicyNode]) -> [LintFinding] {
        items.compactMap { form($0["package"]) } + subsumed(items)
    }

    /// `deny`, `allow` and the exceptions of a rule on licences.
    static func licenses(_ rule: PolicyNode?) -> [LintFinding] {
        guard let rule else { return [] }
        let exceptions = rule["exceptions"]?.items ?? []
        let lists = [rule["deny"], rule["allow"]] + exceptions.map { $0["licenses"] }
        return lists.flatMap { ($0?.items ?? []).compactMap(license) } + exceptions.compactMap { form($0["package"]) }
    }

    // MARK: Formats

    /// `formats` of a rule that asks for the generation context: those that have no field for it.
    static func formats(_ rule: PolicyNode?) -> [LintFinding] {
        guard let rule, rule["generationContext"] != nil || rule["minimumElements"]?["profile"]?.text == "cisa" else {
            return []
        }
        return (rule["formats"]?.items ?? []).compactMap { node in
            guard let text = node.text, ["spdx-2.2", "spdx-2.3", "syft"].contains(text) else { return nil }
            return LintFinding(
                .lintNeverMatches, node.place,
                "`\(text)` has no field for the generation context, which the rule asks for",
                mend: "remove it, and have the SBOM made as SPDX 3 or CycloneDX")
        }
    }

    // MARK: Packages

    private static func form(_ node: PolicyNode?) -> LintFinding? {
        guard let node, let text = node.text, let pattern = try? PackageURLPattern(text) else { return nil }
        let parts = text.utf8.dropFirst(4).split(separator: UInt8(ascii: "/"), maxSplits: 1)
            .map { String(Substring($0)) }
        guard parts.count == 2 else { return nil }
        let (type, path) = (parts[0].lowercased(), parts[1])
        func finding(_ why: String, _ mend: String) -> LintFinding {
            LintFinding(.lintPackageForm, node.place, "\(Finding.quoted(text)): \(why)", mend: mend)
        }
        if let known = types[type] {
            return finding(
                "package URLs have the type `\(known)` for what is meant", "write `pkg:\(known)/\(path)`")
        }
        switch pattern.departure {
        case .namespaceRequired(let type)?:
            return finding(
                "a package URL of type `\(type)` has a namespace before the name",
                "write the namespace, or `pkg:\(type)/**/\(path)` for any")
        case .namespaceProhibited(let type)?:
            let name = path.split(separator: "/").last.map(String.init) ?? path
            return finding(
                "a package URL of type `\(type)` has no namespace before the name", "write `pkg:\(type)/\(name)`")
        default: return nil
        }
    }

    /// What package managers, languages and distributions are called, and the types of their packages.
    private static let types = [
        "pip": "pypi", "python": "pypi", "go": "golang", "gomod": "golang", "node": "npm", "nodejs": "npm",
        "javascript": "npm", "java": "maven", "gradle": "maven", "rubygems": "gem", "ruby": "gem", "rust": "cargo",
        "crates": "cargo", "packagist": "composer", "php": "composer", "debian": "deb", "ubuntu": "deb", "dpkg": "deb",
        "alpine": "apk", "redhat": "rpm", "rhel": "rpm", "fedora": "rpm", "dotnet": "nuget", "image": "oci",
    ]

    /// Packages without wildcards that another item, of all versions, means too.
    private static func subsumed(_ items: [PolicyNode]) -> [LintFinding] {
        var wide: [(pattern: PackageURLPattern, text: String)] = []
        for item in items where item["versions"] == nil {
            guard let text = item["package"]?.text, let pattern = try? PackageURLPattern(text), !pattern.isLiteral
            else { continue }
            wide.append((pattern, text))
        }
        guard !wide.isEmpty else { return [] }
        let index = PackageURLPatternIndex(wide.map(\.pattern))
        return items.compactMap { item in
            guard let node = item["package"], let text = node.text, let pattern = try? PackageURLPattern(text),
                pattern.isLiteral, let package = try? PackageURL(text, typeDefinition: .recorded),
                let match = index.matches(package).min()
            else { return nil }
            return LintFinding(
                .lintPatternSubsumed, node.place,
                "\(Finding.quoted(wide[match].text)) matches all that \(Finding.quoted(text)) matches")
        }
    }

    // MARK: Licences

    private static func license(_ node: PolicyNode) -> LintFinding? {
        guard let text = node.text, let pattern = try? LicensePattern(text), !pattern.meansAnyListed else { return nil }
        let closest =
            text.utf8.contains(UInt8(ascii: "*")) || text.utf8.contains(0x20)
            ? nil : Spelling.closest(to: text, among: SPDXLicenseList.identifiers.sorted())
        return LintFinding(
            .lintUnknownLicense, node.place,
            "\(Finding.quoted(text)) is no licence of SPDX's list (\(SPDXLicenseList.version)), nor a pattern of any",
            mend: closest.map { "did you mean `\($0)`?" })
    }
}

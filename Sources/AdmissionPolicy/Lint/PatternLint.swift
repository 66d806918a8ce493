import Content
import Findings
import StrictEncoding

/// Patterns that match nothing, that another one makes superfluous, and texts that look like patterns.
enum PatternLint {
    static func findings(_ document: LintDocument) -> [LintFinding] {
        // An exception names what it waives; it has no patterns.
        guard document.kind != .exception else { return [] }
        var findings: [LintFinding] = []
        let spec = document.spec
        findings += patterns(spec?["scope"]?["namespaces"], .namespace)
        findings += patterns(spec?["scope"]?["images"], .imageName)
        for entry in spec?["delegate"]?.items ?? [] { findings += patterns(entry["namespaces"], .namespace) }
        for rule in document.rules { findings += self.rule(rule) }
        return findings
    }

    private static func rule(_ rule: PolicyNode) -> [LintFinding] {
        provenance(rule["provenance"]) + image(rule["image"]) + attestation(rule["attestation"])
            + inside(rule) + condition(rule["builder"], .builder)
            + platforms([rule["on"]?["platform"]].compactMap { $0 })
    }

    private static func provenance(_ node: PolicyNode?) -> [LintFinding] {
        guard let node else { return [] }
        let source = node["source"]
        let repositories = (source?["repository"]?.items ?? []).compactMap(\.text)
        let hosts = ["https://github.com/", "https://gitlab.com/"]
        let isHosted = repositories.allSatisfy { text in hosts.contains { text.utf8.starts(with: $0.utf8) } }
        var findings = patterns(node["builder"], .builder) + patterns(node["buildType"], .uri)
        findings += patterns(source?["repository"], .repository)
        findings += patterns(source?["ref"], isHosted ? .hostedRef : .anything)
        findings += patterns(node["entryPoint"], .anything)
        for parameter in node["externalParameters"]?.items ?? [] {
            findings += patterns(parameter["values"], .anything)
        }
        return findings
    }

    private static func image(_ node: PolicyNode?) -> [LintFinding] {
        guard let node else { return [] }
        return condition(node["tag"], .tag) + condition(node["name"], .imageName)
            + (node["labels"]?.members ?? []).flatMap { condition($0.value, .anything) }
            + condition(node["user"], .anything) + platforms(node["platform"]?["in"]?.items ?? [])
    }

    private static func attestation(_ node: PolicyNode?) -> [LintFinding] {
        guard let node else { return [] }
        return literals(node["type"]?.items ?? [], .uri)
            + (node["where"]?.items ?? []).flatMap { condition($0, .anything) }
    }

    /// What SBOMs and scans list.
    private static func inside(_ rule: PolicyNode) -> [LintFinding] {
        let lists = ["deny", "allow", "require"].compactMap { rule["components"]?[$0] }
        let scan = rule["vulnerabilities"]
        return lists.flatMap { list in
            // One of some versions only says less than its pattern does.
            ["name", "supplier"].flatMap { field in
                subsumed(list.items.filter { $0["versions"] == nil }.compactMap { $0[field] })
            } + ComponentLint.packages(list.items)
        } + ComponentLint.formats(rule["sbom"]) + ComponentLint.licenses(rule["licenses"])
            + patterns(scan?["scanners"], .anything)
            + literals(scan?["deny"]?.items ?? [], .anything)
    }

    // MARK: Lists

    /// `glob: […]` or `in: […]`
    private static func condition(_ node: PolicyNode?, _ shape: TextShape) -> [LintFinding] {
        patterns(node?["glob"], shape) + literals(node?["in"]?.items ?? [], shape)
    }

    private static func patterns(_ list: PolicyNode?, _ shape: TextShape) -> [LintFinding] {
        globs(list?.items ?? []).compactMap { item in shape.finding(item.glob, item.node.place) }
            + subsumed(list?.items ?? [])
    }

    private static func globs(_ nodes: [PolicyNode]) -> [(node: PolicyNode, glob: Glob)] {
        nodes.compactMap { node in
            guard let text = node.text, let glob = try? Glob(text) else { return nil }
            return (node, glob)
        }
    }

    /// Patterns all of whose matches another one of the list matches.
    private static func subsumed(_ nodes: [PolicyNode]) -> [LintFinding] {
        let items = globs(nodes)
        var findings: [LintFinding] = []
        for (position, item) in items.enumerated() {
            // Of two that match the same, the one that comes first is kept.
            let wider = items.enumerated().first { other, wider in
                other != position && wider.glob.covers(item.glob)
                    && (other < position || !item.glob.covers(wider.glob))
            }
            guard let wider else { continue }
            findings.append(
                LintFinding(
                    .lintPatternSubsumed, item.node.place,
                    "\(Finding.quoted(wider.element.glob.description)) matches all that "
                        + "\(Finding.quoted(item.glob.description)) matches"))
        }
        return findings
    }

    /// Texts that are compared byte for byte.
    private static func literals(_ nodes: [PolicyNode], _ shape: TextShape) -> [LintFinding] {
        nodes.compactMap { node in
            guard let text = node.text else { return nil }
            let wildcards = [UInt8(ascii: "*"), UInt8(ascii: "?")]
            if text.utf8.contains(where: wildcards.contains) {
                return LintFinding(
                    .lintWildcardInLiteral, node.place,
                    "\(Finding.quoted(text)) is compared byte for byte, its wildcards included")
            }
            return (try? Glob(text)).flatMap { shape.finding($0, node.place) }
        }
    }

    /// Platforms under names that other tools use; images carry Go's (image-spec "Image Index Property Descriptions").
    private static func platforms(_ nodes: [PolicyNode]) -> [LintFinding] {
        nodes.compactMap { node in
            guard let text = node.text else { return nil }
            let parts = text.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
            guard parts.count > 1, let known = architectures[parts[1]] else { return nil }
            return LintFinding(
                .lintNeverMatches, node.place,
                "no image says that it is for the architecture \(Finding.quoted(parts[1]))",
                mend: "write `\(parts[0])/\(known)`")
        }
    }

    private static let architectures = [
        "x86_64": "amd64", "x64": "amd64", "x86-64": "amd64", "i386": "386", "i686": "386", "x86": "386",
        "aarch64": "arm64", "arm64v8": "arm64", "armv7": "arm/v7", "armv7l": "arm/v7", "armhf": "arm/v7",
        "armv6": "arm/v6", "powerpc64le": "ppc64le", "mips64el": "mips64le",
    ]
}

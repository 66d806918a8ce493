import AdmissionPolicy
import Attestation
import Content
import Findings
import OCI
import StrictEncoding

/// The provenance that verified keys have signed about some images, as one rule that holds for all of them.
struct ObservedProvenance {
    /// Nil if an image has none that a rule can name.
    let requirement: (DraftRequirement, by: [String])?
    /// Images among the materials: what a rule about base images would approve.
    let comments: [String]

    private typealias Seen = (facts: AttestationFacts, provenance: Provenance)

    init(_ records: [AdmissionRecord], signers: [ExactString: DraftSigner]) {
        let all = records.map { record in
            record.verified.compactMap { item -> Seen? in
                guard case .attestation(let facts) = item.statement, let provenance = facts.provenance else {
                    return nil
                }
                return (facts, provenance)
            }
        }
        comments = Self.materials(all.flatMap { $0.map(\.provenance) })
        // A rule has to name builder, source and ref: a statement that lacks one can't be asked for.
        let usable = all.map { $0.filter { Self.isUsable($0.provenance) } }
        let byImage = zip(records, usable).map { record, seen in
            seen.filter { item in record.image.map { item.facts.subjects.contains($0.digest) } ?? false }
        }
        let coversImage = !byImage.isEmpty && byImage.allSatisfy { !$0.isEmpty }
        let coversPlatforms = zip(records, usable).allSatisfy { record, seen in
            guard let image = record.image else { return false }
            return image.platforms.allSatisfy { platform in
                seen.contains {
                    $0.facts.subjects.contains(image.digest) || $0.facts.subjects.contains(platform.digest)
                }
            }
        }
        guard coversImage || coversPlatforms else {
            requirement = nil
            return
        }
        let chosen = (coversImage ? byImage : usable).flatMap { $0 }
        let by = Set(chosen.flatMap { signers.names(of: $0.facts.signers) }).sorted().map(\.value)
        guard !by.isEmpty else {
            requirement = nil
            return
        }
        let provenances = chosen.map(\.provenance)
        let rule = DraftProvenance(
            by: by, builder: Self.distinct(provenances.map(\.builder)),
            buildType: Self.patterns(Self.distinct(provenances.map(\.buildType))),
            repository: Self.distinct(provenances.compactMap(\.sourceRepository)),
            ref: Self.refs(Self.distinct(provenances.compactMap(\.sourceRef))),
            externalParameters: Self.parameters(provenances))
        requirement = (
            DraftRequirement(id: "built", target: coversImage ? "image" : "each-platform", .provenance(rule)), by
        )
    }

    private static func isUsable(_ provenance: Provenance) -> Bool {
        guard let repository = provenance.sourceRepository, let ref = provenance.sourceRef else { return false }
        return [provenance.builder, repository, ref].allSatisfy { isPattern($0.value) }
            && provenance.externalParameters.allSatisfy { isPattern($0.name.value) }
    }

    /// Whether a pattern that is written like the text matches it.
    private static func isPattern(_ text: String) -> Bool {
        guard let glob = try? Glob(text) else { return false }
        return glob.matches(text)
    }

    /// Nil unless each is a pattern: a rule that asks for some of them would hold for some of the images.
    private static func patterns(_ texts: [String]) -> [String]? {
        !texts.isEmpty && texts.allSatisfy(isPattern) ? texts : nil
    }

    private static func distinct(_ texts: [ExactString]) -> [String] { Set(texts).sorted().map(\.value) }

    /// Tags that begin alike become one pattern; branches never do, because who makes another names it.
    private static func refs(_ refs: [String]) -> [String] {
        let tags = refs.filter { $0.utf8.starts(with: "refs/tags/".utf8) }
        guard tags.count > 1, let first = tags.first else { return refs }
        var common = Array(first.utf8)
        for tag in tags.dropFirst() {
            common = Array(zip(common, tag.utf8).prefix { $0 == $1 }.map(\.0))
        }
        let prefix = String(decoding: common, as: UTF8.self)
        let pattern = prefix + "*"
        // The same beginning, on the same level: `refs/tags/` alone is none.
        guard common.count > "refs/tags/".utf8.count, let glob = try? Glob(pattern), tags.allSatisfy(glob.matches)
        else {
            return refs
        }
        return refs.filter { !tags.contains($0) } + [pattern]
    }

    /// The values that were seen; where one can't be a pattern, any.
    private static func parameters(_ provenances: [Provenance]) -> [DraftProvenance.Parameter] {
        var values: [ExactString: Set<ExactString>] = [:]
        for parameter in provenances.flatMap(\.externalParameters) {
            values[parameter.name, default: []].insert(parameter.value)
        }
        return values.keys.sorted().map { name in
            let seen = (values[name] ?? []).sorted().map(\.value)
            return DraftProvenance.Parameter(name: name.value, values: patterns(seen) ?? ["**"])
        }
    }

    /// One line for each image among the materials, as a list of approved images would name it.
    private static func materials(_ provenances: [Provenance]) -> [String] {
        let images = Set(
            provenances.flatMap(\.materials).filter { $0.uri.value.utf8.starts(with: "pkg:docker/".utf8) }
                .map { material in
                    let digests = material.digests.sorted { $0.key < $1.key }.map {
                        "\($0.key.value):\($0.value.value)"
                    }
                    return ExactString("\(Finding.quoted(material.uri.value)) \(digests.joined(separator: " "))")
                })
        guard !images.isEmpty else { return [] }
        return [
            "Images that went into the builds, as signed: for a rule `baseImage` (docs/policy.md), if you approve of them."
        ]
            + images.sorted().map { "  \($0.value)" }
    }
}

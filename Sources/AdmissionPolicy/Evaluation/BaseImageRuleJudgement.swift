import Attestation
import Content
import Findings
import OCI
import StrictEncoding

extension RuleJudge {
    /// Every proof that the rule lists has to hold.
    func baseImage(_ rule: BaseImageRule, _ subject: RuleSubject) -> Judgement {
        var judgements: [Judgement] = []
        if rule.proof.contains(.materials) { judgements.append(materials(rule, subject)) }
        if rule.proof.contains(.layers) {
            judgements += subject.children.map { layers(rule, $0, subject) }
        }
        guard let first = judgements.first else {
            // Not reached: a loaded rule lists a proof.
            return .misses(finding(.baseImageNoApprovedBase, "the rule lists no proof", subject))
        }
        return judgements.dropFirst().reduce(first) { $0.and($1) }
    }
}

// MARK: Materials

extension RuleJudge {
    /// Whether a statement of the allowed signers lists approved images only, and a base among them.
    ///
    /// One such statement is enough: builders also sign statements without materials for the same image.
    private func materials(_ rule: BaseImageRule, _ subject: RuleSubject) -> Judgement {
        guard let by = rule.by else {
            // Not reached: a loaded rule says whose provenance counts.
            return .misses(finding(.provenanceNoAllowedSigner, "the rule lists no signer", subject))
        }
        switch candidates(by: by, subject) {
        case .failure(let none): return none.judgement
        case .success(let candidates):
            let checked = candidates.map { (candidate: $0, misses: materialMisses($0, rule, subject)) }
            let matching = checked.filter(\.misses.isEmpty).map(\.candidate)
            guard matching.isEmpty else { return enough(matching, by, "approved materials in provenance", subject) }
            let fewest = checked.map(\.misses.count).min()
            let closest = checked.first { $0.misses.count == fewest }?.misses ?? []
            guard let first = closest.first else {
                // Not reached: without a match every candidate has a miss.
                return .misses(finding(.baseImageNoImageMaterial, "no statement was judged", subject))
            }
            return .misses(first, Array(closest.dropFirst()))
        }
    }

    /// One finding for each way in which a statement's materials do not do.
    private func materialMisses(
        _ candidate: ProvenanceCandidate, _ rule: BaseImageRule, _ subject: RuleSubject
    ) -> [Finding] {
        let evidence = candidate.evidence.first
        let images = candidate.provenance.materials.compactMap { material in
            material.image.map { (uri: material.uri.value, digest: $0.digest) }
        }
        let approved = Set(rule.approved.flatMap(\.digests))
        let tools = Set(rule.buildTools.flatMap(\.digests))
        guard !images.isEmpty else {
            return [
                finding(
                    .baseImageNoImageMaterial, "the provenance names no image that the build used", subject,
                    expected: "an approved base", found: "\(candidate.provenance.materials.count) other materials",
                    evidence: evidence)
            ]
        }
        var misses: [Finding] = []
        let undigested = images.filter { $0.digest == nil }
        if !undigested.isEmpty {
            misses.append(
                finding(
                    .baseImageMaterialWithoutDigest, "an image that the build used is named without a usable digest",
                    subject, expected: "a digest for each image", found: Self.listed(undigested.map(\.uri)),
                    evidence: evidence))
        }
        let others = images.filter { image in
            image.digest.map { !approved.contains($0) && !tools.contains($0) } ?? false
        }
        if !others.isEmpty {
            misses.append(
                finding(
                    .baseImageMaterialNotApproved, "the build used an image that is not approved", subject,
                    expected: "the approved " + Self.listed(Self.names(rule.approved + rule.buildTools)),
                    found: Self.listed(others.map { "\($0.uri) \($0.digest?.description ?? "")" }), evidence: evidence))
        }
        if misses.isEmpty, !images.contains(where: { $0.digest.map(approved.contains) ?? false }) {
            misses.append(
                finding(
                    .baseImageNoApprovedBase, "the build used build tools only", subject,
                    expected: "one of " + Self.listed(Self.names(rule.approved)),
                    found: Self.listed(images.map(\.uri)), evidence: evidence))
        }
        return misses
    }

    private static func names(_ images: [ApprovedImage]) -> [String] {
        images.flatMap { image in image.digests.map { "\(image.repository)@\($0)" } }
    }
}

// MARK: Layers

extension RuleJudge {
    /// Whether the lowest layers of a runnable image are all those of an approved base of its platform. That proves
    /// "built on", not "unmodified": layers above may replace any file.
    private func layers(_ rule: BaseImageRule, _ child: PlatformFacts, _ subject: RuleSubject) -> Judgement {
        let platform = child.platform?.description
        func miss(_ code: ReasonCode, _ message: String, _ expected: String?, _ found: String?) -> Finding {
            var finding = finding(code, message, subject, expected: expected, found: found)
            finding.platform = platform
            return finding
        }
        let configuration: ImageConfiguration
        switch child.configuration {
        case nil:
            return .misses(miss(.evidenceConfigurationUnread, "the image's layers are not known", nil, nil))
        case .failure(let unread): return .misses(self.unread(unread, platform))
        case .success(let read): configuration = read
        }
        var unread: [Finding] = []
        var contradictions: [Finding] = []
        var comparison = LayerComparison()
        for image in rule.approved {
            for digest in image.digests {
                let name = "\(image.repository)@\(digest)"
                switch document.bases[digest] {
                case nil: unread.append(miss(.baseImageUnread, "approved base `\(name)` was not read", name, nil))
                case .unread(let why):
                    let finding = self.unread(why, platform)
                    if finding.code.effect == .reject { contradictions.append(finding) } else { unread.append(finding) }
                case .read(let bases):
                    comparison.compare(configuration, with: bases, name: name)
                }
            }
        }
        if let base = comparison.proven {
            return .holds("built on `\(base)`: its layers are the lowest; those above may change anything")
        }
        // What could not be read may be the base; nothing else is certain then.
        if let first = unread.first {
            return Judgement(outcome: .undecided, findings: [first] + unread.dropFirst())
        }
        return .misses(comparison.miss(miss, Self.names(rule.approved), configuration), contradictions)
    }
}

/// Compares an image's layers with those of one base after the other.
private struct LayerComparison {
    /// The first base, by name, that proves itself.
    var proven: String?
    private var hasSamePlatform = false
    private var hasLayers = false
    private var closest: (name: String, same: Int, of: Int)?

    mutating func compare(_ image: ImageConfiguration, with bases: [BaseImageFacts.BasePlatform], name: String) {
        for base in bases where base.platform.isSame(as: image.platform) {
            hasSamePlatform = true
            guard base.nonEmptyLayers > 0, !base.diffIDs.isEmpty else { continue }
            hasLayers = true
            let same = zip(base.diffIDs, image.diffIDs).prefix { $0 == $1 }.count
            if same == base.diffIDs.count {
                if proven.map({ name.utf8.lexicographicallyPrecedes($0.utf8) }) ?? true { proven = name }
            } else if same > (closest?.same ?? -1) {
                closest = (name, same, base.diffIDs.count)
            }
        }
    }

    func miss(
        _ finding: (ReasonCode, String, String?, String?) -> Finding, _ approved: [String], _ image: ImageConfiguration
    ) -> Finding {
        let expected = "one of " + RuleJudge.listed(approved)
        guard hasSamePlatform else {
            return finding(
                .baseImageOtherPlatform, "no approved base is for \(Finding.quoted(image.platform.description))",
                expected,
                Finding.quoted(image.platform.description))
        }
        guard hasLayers, let closest else {
            return finding(.baseImageNoLayers, "the approved base has no layer that holds anything", expected, nil)
        }
        return finding(
            .baseImageLayersDiffer, "the lowest layers are not those of an approved base", expected,
            "\(closest.same) of the \(closest.of) layers of `\(closest.name)`")
    }
}

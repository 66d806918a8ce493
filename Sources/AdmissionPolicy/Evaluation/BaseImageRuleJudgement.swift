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
            let bases = ApprovedBases(rule, self, subject)
            let checked = candidates.map { (candidate: $0, check: check($0, rule, bases, subject)) }
            let matching = checked.filter(\.check.misses.isEmpty)
            var judgement = enough(matching.map(\.candidate), by, "approved materials in provenance", subject)
            if !matching.isEmpty, judgement.outcome == .holds {
                let notes = Set(matching.flatMap(\.check.notes)).sorted { ExactString($0) < ExactString($1) }
                judgement.summary = ([judgement.summary].compactMap { $0 } + notes).joined(separator: ", ")
                return judgement
            }
            // What is not known may be what makes up for it.
            let open = checked.filter { item in item.check.misses.allSatisfy { $0.code.effect != .reject } }
            if !open.isEmpty, enough(open.map(\.candidate), by, "", subject).outcome == .holds {
                return Judgement(
                    outcome: .undecided, findings: open.flatMap(\.check.misses))
            }
            guard matching.isEmpty else { return judgement }
            let fewest = checked.map(\.check.misses.count).min()
            let closest = checked.first { $0.check.misses.count == fewest }?.check.misses ?? []
            guard let first = closest.first else {
                // Not reached: without a match every candidate has a miss.
                return .misses(finding(.baseImageNoImageMaterial, "no statement was judged", subject))
            }
            return .misses(first, Array(closest.dropFirst()))
        }
    }

    /// The same for one statement, whoever signed it.
    func check(_ candidate: ProvenanceCandidate, _ rule: BaseImageRule, _ subject: RuleSubject) -> CandidateCheck {
        var check = candidate.check
        guard rule.proof.contains(.materials) else { return check }
        check.misses = self.check(candidate, rule, ApprovedBases(rule, self, subject), subject).misses.map {
            .init(code: $0.code, what: "materials", expected: $0.expected ?? "a base that counts", found: $0.found)
        }
        if check.misses.isEmpty { check.matched.append("materials") }
        return check
    }

    /// One finding for each way in which a statement's materials do not do, and what to say of its bases.
    private func check(
        _ candidate: ProvenanceCandidate, _ rule: BaseImageRule, _ bases: ApprovedBases, _ subject: RuleSubject
    ) -> (misses: [Finding], notes: [String]) {
        let evidence = candidate.evidence.first
        let images = candidate.provenance.materials.compactMap { material in
            material.image.map { (uri: material.uri.value, digest: $0.digest) }
        }
        guard !images.isEmpty else {
            let finding = finding(
                .baseImageNoImageMaterial, "the provenance names no image that the build used", subject,
                expected: "an approved base", found: "\(candidate.provenance.materials.count) other materials",
                evidence: evidence)
            return ([finding], [])
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
            image.digest.map { !bases.contains($0) && !bases.tools.contains($0) } ?? false
        }
        if !others.isEmpty {
            misses.append(
                finding(
                    .baseImageMaterialNotApproved, "the build used an image that is not approved", subject,
                    expected: "the approved " + Self.listed(Self.names(rule) + Self.names(rule.buildTools)),
                    found: Self.listed(others.map { "\($0.uri) \($0.digest?.description ?? "")" }), evidence: evidence))
        }
        for image in images where image.digest.map({ bases.tools.contains($0) && !bases.contains($0) }) ?? false {
            guard let digest = image.digest,
                let denied = denied(digest, "build tool \(Finding.quoted(image.uri))", subject)
            else { continue }
            misses.append(denied)
        }
        // A base that no longer counts is as good as not approved; as a build tool it may still be used.
        var isBased = false
        var notes: [String] = []
        var refused: [Finding] = []
        for digest in Set(images.compactMap(\.digest)).sorted() where bases.contains(digest) {
            switch bases.standing(of: digest) {
            case .counts(let note):
                isBased = true
                if let note { notes.append(note) }
            case .misses(let findings):
                let isDenied = findings.contains { $0.code.rank == .denial }
                if bases.tools.contains(digest), !isDenied { refused += findings } else { misses += findings }
            }
        }
        if misses.isEmpty, !isBased {
            misses =
                refused.isEmpty
                ? [
                    finding(
                        .baseImageNoApprovedBase, "the build used build tools only", subject,
                        expected: "one of " + Self.listed(Self.names(rule)),
                        found: Self.listed(images.map(\.uri)), evidence: evidence)
                ] : refused
        }
        return (misses, notes)
    }

    private static func names(_ images: [ApprovedImage]) -> [String] {
        images.flatMap { image in image.digests.map { "\(image.repository)@\($0)" } }
    }

    private static func names(_ rule: BaseImageRule) -> [String] { rule.candidates.map(\.name) }
}

/// The bases of one rule by digest, for one subject: looked up for each material of each statement.
private struct ApprovedBases {
    private let bases: [Digest: [BaseCandidate]]
    let tools: Set<Digest>
    private let rule: BaseImageRule
    private let judge: RuleJudge
    private let subject: RuleSubject

    init(_ rule: BaseImageRule, _ judge: RuleJudge, _ subject: RuleSubject) {
        self.rule = rule
        self.judge = judge
        self.subject = subject
        bases = Dictionary(grouping: rule.candidates, by: \.digest)
        tools = Set(rule.buildTools.flatMap(\.digests))
    }

    func contains(_ digest: Digest) -> Bool { bases[digest] != nil }

    /// A digest may be listed under several names; one that counts is enough.
    func standing(of digest: Digest) -> BaseStanding {
        let platforms = subject.children.compactMap(\.platform)
        return .best(of: (bases[digest] ?? []).map { judge.standing(of: $0, rule, platforms, subject) })
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
        for base in rule.candidates {
            switch document.bases[base.digest] {
            case nil:
                unread.append(miss(.baseImageUnread, "approved base `\(base.name)` was not read", base.name, nil))
            case .unread(let why):
                let finding = self.unread(why, platform)
                if finding.code.effect == .reject { contradictions.append(finding) } else { unread.append(finding) }
            case .read(let bases):
                comparison.compare(configuration, with: bases, base)
            }
        }
        let standing = BaseStanding.best(
            of: comparison.proven.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }.map { base in
                self.standing(of: base, rule, [configuration.platform], subject)
                    .naming("built on `\(base.name)`: its layers are the lowest; those above may change anything")
            })
        var refused: [Finding] = []
        switch standing {
        case .counts(let note): return .holds(note ?? "built on an approved base")
        case .misses(let findings):
            refused = findings.map { finding in
                var finding = finding
                finding.platform = platform
                return finding
            }
        }
        // What could not be read may be the base; nothing else is certain then.
        let open = refused.filter { $0.code.effect != .reject } + unread
        if let first = open.first {
            return Judgement(outcome: .undecided, findings: [first] + open.dropFirst())
        }
        if let first = refused.first { return .misses(first, refused.dropFirst() + contradictions) }
        return .misses(comparison.miss(miss, Self.names(rule), configuration), contradictions)
    }
}

/// Compares an image's layers with those of one base after the other.
struct LayerComparison {
    /// The bases that prove themselves.
    private(set) var proven: [BaseCandidate] = []
    private var hasSamePlatform = false
    private var hasLayers = false
    private var closest: (name: String, same: Int, of: Int)?

    mutating func compare(
        _ image: ImageConfiguration, with platforms: [BaseImageFacts.BasePlatform], _ base: BaseCandidate
    ) {
        var isProven = false
        for platform in platforms where platform.platform.isSame(as: image.platform) {
            hasSamePlatform = true
            guard platform.nonEmptyLayers > 0, !platform.diffIDs.isEmpty else { continue }
            hasLayers = true
            let same = zip(platform.diffIDs, image.diffIDs).prefix { $0 == $1 }.count
            if same == platform.diffIDs.count {
                isProven = true
            } else if same > (closest?.same ?? -1) {
                closest = (base.name, same, platform.diffIDs.count)
            }
        }
        if isProven { proven.append(base) }
    }

    fileprivate func miss(
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

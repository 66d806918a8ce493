import Content
import Findings
import OCI
import StrictEncoding

/// What one rule came to for one subject.
struct Judgement {
    var outcome: RuleResult.Outcome
    var summary: String?
    var evidence: [Digest] = []
    var findings: [Finding] = []
    /// How far each candidate meets the rule, for explanations; nothing is decided by it.
    var checks: [CandidateCheck] = []
    /// Of `anyOf`, sorted by id; nothing is decided by it.
    var alternatives: [AlternativeResult] = []

    static func holds(_ summary: String, by evidence: [Digest] = []) -> Judgement {
        Judgement(outcome: .holds, summary: summary, evidence: evidence)
    }

    /// Fails if any finding rejects, else undecided. Without a finding nothing would explain the refusal, so there
    /// always is one.
    static func misses(_ first: Finding, _ more: [Finding] = []) -> Judgement {
        let findings = [first] + more
        let rejects = findings.contains { $0.code.effect == .reject }
        return Judgement(outcome: rejects ? .fails : .undecided, findings: findings)
    }

    /// Both have to hold.
    func and(_ other: Judgement) -> Judgement {
        let outcome: RuleResult.Outcome =
            outcome == .fails || other.outcome == .fails
            ? .fails : outcome == .holds && other.outcome == .holds ? .holds : .undecided
        let checks = checks + other.checks
        guard outcome == .holds else {
            return Judgement(outcome: outcome, findings: findings + other.findings, checks: checks)
        }
        let summaries = [summary, other.summary].compactMap { $0 }
        return Judgement(
            outcome: .holds, summary: summaries.joined(separator: "; "), evidence: evidence + other.evidence,
            checks: checks)
    }
}

/// What a rule is judged on.
struct RuleSubject {
    let digest: Digest
    /// Where the subject is one platform that says what it is.
    let platform: String?
    /// Evidence for any of these covers the subject. The index is among those of its children, never the reverse.
    let coveredBy: Set<Digest>
    /// The runnable images that conditions on the configuration are about; at least one.
    let children: [PlatformFacts]
    /// The subject is an index: evidence for its children does not cover it.
    let isIndex: Bool
}

/// Judges one rule. What each kind of rule means is in the files beside this one.
struct RuleJudge {
    /// `source/policy#rule`
    let rule: String
    let document: EvidenceDocument
    let context: JudgeContext

    func judge(_ rule: Requirement.Rule, _ subject: RuleSubject) -> Judgement {
        denyingLeftOut(judged(rule, subject), rule, subject)
    }

    private func judged(_ rule: Requirement.Rule, _ subject: RuleSubject) -> Judgement {
        switch rule {
        case .signature(let rule): signature(rule, subject)
        case .provenance(let rule): provenance(rule, subject)
        case .attestation(let rule): attestation(rule, subject)
        case .baseImage where document.image.isArtifact: .misses(notAnImage("a rule on the base image", subject))
        case .baseImage(let rule): baseImage(rule, subject)
        case .sbom(let rule): judge(inventoryRule(rule), subject)
        case .components(let rule): judge(inventoryRule(rule), subject)
        case .licenses(let rule): judge(inventoryRule(rule), subject)
        case .vulnerabilities(let rule): vulnerabilities(rule, subject)
        case .image(let conditions): image(conditions, subject)
        case .anyOf(let alternatives): anyOf(alternatives, subject)
        }
    }

    struct NoSubject: Error {
        let judgement: Judgement
    }

    /// What the rule is judged on; at least one, or why there is nothing.
    func subjects(of target: RuleTarget, _ kind: RuleResult.Kind) -> Result<[RuleSubject], NoSubject> {
        let image = document.image
        let children = image.platforms.sorted { a, b in
            let (x, y) = (a.platform?.description ?? "", b.platform?.description ?? "")
            return x.utf8.elementsEqual(y.utf8) ? a.digest < b.digest : x.utf8.lexicographicallyPrecedes(y.utf8)
        }
        guard !children.isEmpty else {
            let finding = finding(.ruleNoPlatforms, "the image holds no runnable image", nil)
            return .failure(NoSubject(judgement: kind == .deny ? denyError([finding], nil) : .misses(finding)))
        }
        func subject(_ child: PlatformFacts) -> RuleSubject {
            RuleSubject(
                digest: child.digest, platform: child.platform?.description, coveredBy: [child.digest, image.digest],
                children: [child], isIndex: false)
        }
        switch target {
        case .image:
            return .success([
                RuleSubject(
                    digest: image.digest, platform: nil, coveredBy: [image.digest], children: children,
                    isIndex: image.isIndex)
            ])
        case .eachPlatform:
            return .success(children.map(subject))
        case .platform(let wanted) where image.isArtifact:
            let finding = notAnImage("a rule on platform `\(wanted)`", nil)
            return .failure(NoSubject(judgement: kind == .deny ? denyError([finding], nil) : .misses(finding)))
        case .platform(let wanted):
            // A child that does not say its platform may be run as this one, so it is not let off.
            let possible = children.filter { $0.platform.map { $0.isOne(of: wanted) } ?? true }
            let isThere = possible.contains { $0.platform != nil }
            guard !isThere, kind == .require || possible.isEmpty else { return .success(possible.map(subject)) }
            guard kind == .require else {
                return .failure(NoSubject(judgement: .holds("the image has no child for `\(wanted)`")))
            }
            let found = children.map { $0.platform?.description ?? "unknown" }
            let finding = finding(
                .rulePlatformNotInImage, "the image has no child for `\(wanted)`", nil, expected: wanted.description,
                found: Self.listed(found))
            // A child whose configuration could not be read may be the one.
            let unread = possible.compactMap { child -> Finding? in
                guard case .failure(let unread)? = child.configuration else { return nil }
                return self.unread(unread, nil)
            }
            if let first = unread.first, unread.allSatisfy({ $0.code.effect != .reject }) {
                return .failure(NoSubject(judgement: .misses(first, Array(unread.dropFirst()))))
            }
            return .failure(NoSubject(judgement: .misses(finding)))
        }
    }
}

// MARK: Findings

extension RuleJudge {
    func finding(
        _ code: ReasonCode, _ message: String, _ subject: RuleSubject?, expected: String? = nil, found: String? = nil,
        evidence: Digest? = nil, mend: String? = nil
    ) -> Finding {
        Finding(
            code, message, expected: expected, found: found, evidence: evidence?.description, rule: rule,
            platform: subject?.platform, mend: mend)
    }

    /// What is judged is a plain file, and the rule asks about an image.
    func notAnImage(_ what: String, _ subject: RuleSubject?) -> Finding {
        finding(
            .imageNotAnImage, "\(what) holds for no plain file", subject, expected: "an image",
            found: "the file \(document.image.digest)")
    }

    /// Content that could not be had: its own finding, said by this rule.
    func unread(_ unread: UnreadContent, _ platform: String?) -> Finding {
        var finding = unread.finding
        finding.rule = rule
        finding.platform = finding.platform ?? platform
        return finding
    }

    /// Untrusted texts for one line: quoted, distinct, sorted, at most five.
    static func listed(_ texts: some Collection<String>) -> String {
        if let text = texts.first, texts.count == 1 { return Finding.quoted(text, limit: 120) }
        let distinct = Set(texts.map { Finding.quoted($0, limit: 120) }).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        let shown = distinct.prefix(5).joined(separator: ", ")
        return distinct.count > 5 ? "\(shown) and \(distinct.count - 5) more" : shown
    }

    /// `a, b and c`
    static func enumerated(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}

// MARK: Signers

extension RuleJudge {
    static func described(_ identities: [SignerIdentity]) -> [String] {
        identities.map {
            switch $0 {
            case .key(let fingerprint, _), .cloudBuildKey(let fingerprint): fingerprint.value
            // Printed by others than whom it names.
            case .certificate(let holder): Finding.escaped(holder.summary)
            }
        }
    }

    static func names(_ by: SignerThreshold) -> String { listed(by.signers.map(\.name)) }
}

extension Platform {
    /// Whether a runtime that looks for the wanted platform may run this one. One that is wanted without a variant is any
    /// variant, since the rule then holds for each of them.
    ///
    /// By another spelling of its name an image is run all the same, so no rule lets it off for that.
    func isOne(of wanted: Platform) -> Bool {
        var normal = normal
        // None is whatever the machine has.
        if normal.os.utf8.isEmpty { normal.os = wanted.os }
        guard isNamed(wanted) || normal.isNamed(wanted) else { return false }
        return wanted.variant == nil
            || (normal.variant ?? "").utf8.elementsEqual((wanted.normal.variant ?? "").utf8)
    }

    /// Same operating system, architecture and variant, however they are spelt.
    func isSame(as other: Platform) -> Bool {
        let (a, b) = (normal, other.normal)
        return a.isNamed(b) && (a.variant ?? "").utf8.elementsEqual((b.variant ?? "").utf8)
    }

    private func isNamed(_ other: Platform) -> Bool {
        os.utf8.elementsEqual(other.os.utf8) && architecture.utf8.elementsEqual(other.architecture.utf8)
    }

    /// As containerd reads it before it compares ("platforms", normalizeOS and normalizeArch).
    private var normal: Platform {
        let os = os.lowercased()
        let variant = (variant ?? "").lowercased()
        let (architecture, own): (String, String) =
            switch (architecture.lowercased(), variant) {
            case ("i386", _): ("386", "")
            case ("x86_64", "v1"), ("x86-64", "v1"), ("amd64", "v1"): ("amd64", "")
            case ("x86_64", _), ("x86-64", _): ("amd64", variant)
            case ("aarch64", "8"), ("aarch64", "v8"), ("arm64", "8"), ("arm64", "v8"): ("arm64", "")
            case ("aarch64", "9"), ("aarch64", "9.0"), ("aarch64", "v9.0"): ("arm64", "v9")
            case ("arm64", "9"), ("arm64", "9.0"), ("arm64", "v9.0"): ("arm64", "v9")
            case ("aarch64", _): ("arm64", variant)
            case ("armhf", _), ("arm", ""), ("arm", "7"): ("arm", "v7")
            case ("armel", _): ("arm", "v6")
            case ("arm", "5"), ("arm", "6"), ("arm", "8"): ("arm", "v" + variant)
            case (let other, _): (other, variant)
            }
        return Platform(
            os: os.utf8.elementsEqual("macos".utf8) ? "darwin" : os, architecture: architecture,
            variant: own.isEmpty ? nil : own)
    }
}

import Attestation
import Content
import Findings
import OCI
import StrictEncoding

extension PolicyEvaluator {
    /// What every rule of the matching documents makes of every piece of verified evidence, in the order of
    /// `PolicyEvaluation.rules`.
    public static func explain(_ matching: [AdmissionPolicy], _ document: EvidenceDocument) -> [RuleExplanation] {
        let context = JudgeContext()
        let requirements = matching.map { ($0.name, $0.require) }
        return evaluate(matching, document, context).rules.flatMap { result -> [RuleExplanation] in
            let requirement = requirements.first { $0.0 == result.policy }?.1.first {
                result.kind == .require && $0.id.utf8.elementsEqual(result.rule.utf8)
            }
            return ExplanationJudge(document: document, context: context).explain(result, requirement)
        }
    }
}

/// Asks the judges about one piece of evidence at a time.
struct ExplanationJudge {
    let document: EvidenceDocument
    let context: JudgeContext

    /// One explanation of a rule; of `anyOf`, one more for each rule of each alternative.
    func explain(_ result: RuleResult, _ requirement: Requirement?) -> [RuleExplanation] {
        guard let requirement, let subject = subject(of: result, requirement) else { return [Self.plain(result, [])] }
        guard case .anyOf(let alternatives) = requirement.rule else {
            return [Self.plain(result, candidates(requirement.rule, subject, result))]
        }
        return [Self.plain(result, [])]
            + alternatives.flatMap { alternative in
                alternative.rules.map { part in
                    let id = ([result.rule, alternative.id] + [part.id].compactMap { $0 }).joined(separator: "/")
                    let judgement = judge(id, result.policy, document).judge(part.rule, subject)
                    let inner = RuleResult(
                        policy: result.policy, rule: id, kind: .require, on: result.on, subject: result.subject,
                        platform: result.platform, outcome: judgement.outcome, summary: judgement.summary,
                        satisfiedBy: Set(judgement.evidence).sorted(), findings: Set(judgement.findings).sorted())
                    return Self.plain(inner, candidates(part.rule, subject, inner))
                }
            }
    }

    private static func plain(_ result: RuleResult, _ candidates: [CandidateExplanation]) -> RuleExplanation {
        RuleExplanation(
            policy: result.policy, rule: result.rule, kind: result.kind, on: result.on, subject: result.subject,
            platform: result.platform, outcome: result.outcome, summary: result.summary, findings: result.findings,
            candidates: candidates)
    }

    private func judge(_ rule: String, _ policy: PolicyName, _ document: EvidenceDocument) -> RuleJudge {
        RuleJudge(rule: "\(policy)#\(rule)", document: document, context: context)
    }

    private func subject(of result: RuleResult, _ requirement: Requirement) -> RuleSubject? {
        guard
            case .success(let subjects) = judge(result.rule, result.policy, document)
                .subjects(of: requirement.target, .require)
        else { return nil }
        return subjects.first { $0.digest == result.subject && $0.platform == result.platform }
    }

    // MARK: Candidates

    /// The closest first, then by digest.
    private func candidates(
        _ rule: Requirement.Rule, _ subject: RuleSubject, _ result: RuleResult
    ) -> [CandidateExplanation] {
        let found: [CandidateExplanation] =
            switch rule {
            case .signature(let rule): document.signatures.map { signature(rule, $0, subject, result) }
            case .provenance, .attestation: statements.map { statement(rule, $0, subject, result) }
            case .baseImage(let base): base.by == nil ? [] : statements.map { statement(rule, $0, subject, result) }
            case .image, .anyOf: []
            }
        return found.sorted { a, b in
            if a.matched.count != b.matched.count { return a.matched.count > b.matched.count }
            if a.misses.count != b.misses.count { return a.misses.count < b.misses.count }
            return a.evidence.lexicographicallyPrecedes(b.evidence)
        }
    }

    /// The attestations, copies of one statement together; sorted.
    private var statements: [[AttestationFacts]] {
        Dictionary(grouping: document.attestations.sorted { $0.evidence < $1.evidence }, by: \.statement)
            .sorted { $0.key < $1.key }.map(\.value)
    }

    private func signature(
        _ rule: SignatureRule, _ signature: SignatureFacts, _ subject: RuleSubject, _ result: RuleResult
    ) -> CandidateExplanation {
        var alone = document
        alone.signatures = [signature]
        let judgement = judge(result.rule, result.policy, alone).judge(.signature(rule), subject)
        func candidate(_ matched: [String], _ misses: [CandidateExplanation.Miss], note: String? = nil)
            -> CandidateExplanation
        {
            CandidateExplanation(
                evidence: [signature.evidence], what: "signature", signers: names(signature.signers, rule.by),
                matched: matched, misses: misses, note: note)
        }
        guard !subject.coveredBy.isDisjoint(with: signature.subjects) else {
            return candidate([], [otherSubject(signature.subjects, subject)])
        }
        let findings = judgement.findings.filter { $0.code != .signatureTooFewSigners }
        if judgement.outcome == .holds || findings.isEmpty {
            return candidate(
                ["subject", "signer"], [],
                note: judgement.outcome == .holds ? nil : "one of \(rule.by.atLeast) signers that are needed")
        }
        let isSignerMissed = findings.contains { $0.code == .signatureNoAllowedSigner }
        return candidate(isSignerMissed ? ["subject"] : ["subject", "signer"], findings.map(Self.miss))
    }

    private func statement(
        _ rule: Requirement.Rule, _ copies: [AttestationFacts], _ subject: RuleSubject, _ result: RuleResult
    ) -> CandidateExplanation {
        func judged(_ document: EvidenceDocument) -> Judgement {
            judge(result.rule, result.policy, document).judge(rule, subject)
        }
        func candidate(_ matched: [String], _ misses: [CandidateExplanation.Miss], note: String? = nil)
            -> CandidateExplanation
        {
            CandidateExplanation(
                evidence: copies.map(\.evidence), what: copies.first?.predicateType.value ?? "",
                signers: names(copies.flatMap(\.signers), rule.by), matched: matched, misses: misses, note: note)
        }
        let covering = copies.filter { !subject.coveredBy.isDisjoint(with: $0.subjects) }
        guard !covering.isEmpty else { return candidate([], [otherSubject(copies.flatMap(\.subjects), subject)]) }
        var alone = document
        alone.attestations = covering
        let judgement = judged(alone)
        // What a rule says without any statement is not about this one: layers of a base image.
        alone.attestations = []
        let others = Set(judged(alone).findings)
        var findings = judgement.findings.filter { !others.contains($0) }
        let isOne = findings.contains { Self.tooFew.contains($0.code) }
        findings.removeAll { Self.tooFew.contains($0.code) }
        if findings.contains(where: { Self.otherType.contains($0.code) }) {
            return candidate(["subject"], findings.map(Self.miss))
        }
        if findings.contains(where: { Self.otherSigner.contains($0.code) }) {
            return candidate(["subject", "type"], findings.map(Self.miss))
        }
        let check = judgement.checks.first
        let matched = ["subject", "type"] + (check?.matched ?? ["signer"])
        guard findings.isEmpty else {
            // Message by message as the closest miss has it, without the conditions that are listed as met.
            let misses = check.map { $0.misses.map(Self.miss) } ?? findings.map(Self.miss)
            return candidate(matched, misses.isEmpty ? findings.map(Self.miss) : misses)
        }
        let isCounted = result.outcome == .holds && covering.contains { result.satisfiedBy.contains($0.evidence) }
        let note =
            isCounted
            ? nil
            : isOne
                ? "one of \(rule.by?.atLeast ?? 1) signers that are needed"
                : result.outcome == .holds ? nil : "meets what is asked of it alone; see the rule's own finding"
        return candidate(matched, [], note: note)
    }

    // MARK: Words

    private static let tooFew: Set<ReasonCode> = [
        .signatureTooFewSigners, .provenanceTooFewSigners, .attestationTooFewSigners,
    ]
    private static let otherType: Set<ReasonCode> = [.provenanceNoneOfType, .attestationNoneOfType]
    private static let otherSigner: Set<ReasonCode> = [.provenanceNoAllowedSigner, .attestationNoAllowedSigner]

    private static func miss(_ finding: Finding) -> CandidateExplanation.Miss {
        .init(code: finding.code, message: finding.message, mend: finding.mend)
    }

    private static func miss(_ miss: CandidateCheck.Miss) -> CandidateExplanation.Miss {
        .init(code: miss.code, message: miss.message, mend: miss.mend)
    }

    /// Evidence about another platform of the image, or about a platform where the rule asks about the index.
    private func otherSubject(_ subjects: [Digest], _ subject: RuleSubject) -> CandidateExplanation.Miss {
        let names = Set(subjects).sorted().map { digest in
            document.image.platforms.first { $0.digest == digest }?.platform.map { Finding.quoted($0.description) }
                ?? digest.description
        }
        let found = names.joined(separator: ", ")
        let expected = subject.platform.map { Finding.quoted($0) } ?? subject.digest.description
        return .init(
            code: .evidenceNamesOnlyPlatforms, message: "speaks of \(found), expected \(expected)",
            mend: "sign or attest \(subject.digest)")
    }

    /// The rule's names for signers that it lists, the keys of others.
    private func names(_ identities: [SignerIdentity], _ by: SignerThreshold?) -> [String] {
        let names = Set(identities).sorted().map { identity in
            let known = by?.signers.filter { $0.key(of: identity) != nil }.map { "`\($0.name)`" } ?? []
            if !known.isEmpty { return known.joined(separator: ", ") }
            return switch identity {
            case .key(let fingerprint, _): "key " + fingerprint.value
            }
        }
        return Set(names.map { ExactString($0) }).sorted().map(\.value)
    }
}

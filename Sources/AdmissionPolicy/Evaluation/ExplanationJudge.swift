import Attestation
import Content
import Findings
import OCI
import StrictEncoding

extension PolicyEvaluator {
    /// What every rule of the matching documents makes of every piece of verified evidence, in the order of
    /// `PolicyEvaluation.rules`.
    public static func explain(_ matching: MatchingPolicies, _ document: EvidenceDocument) -> [RuleExplanation] {
        let merge = Merge(matching, document, JudgeContext())
        let requirements =
            merge.guardrails.map { ($0.name, $0.require) } + merge.policies.map { ($0.name, $0.require) }
        return merge.evaluation().rules.flatMap { result -> [RuleExplanation] in
            let requirement = requirements.first { $0.0 == result.policy }?.1.first {
                result.kind == .require && $0.id.utf8.elementsEqual(result.rule.utf8)
            }
            return ExplanationJudge(document: document, context: merge.context).explain(result, requirement)
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
            policy: result.policy, rule: result.rule, kind: result.kind, on: result.on,
            // Never without: what is explained was read.
            subject: result.subject ?? ImageFacts.namedOnly.digest, platform: result.platform,
            outcome: result.outcome, summary: result.summary, findings: result.findings,
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

    /// Those about the subject first, of these those of signers that count, of these the closest, then by digest.
    private func candidates(
        _ rule: Requirement.Rule, _ subject: RuleSubject, _ result: RuleResult
    ) -> [CandidateExplanation] {
        var found: [CandidateExplanation] = []
        for check in judge(result.rule, result.policy, document).checks(rule, subject) {
            let candidate = candidate(check, rule, subject, result)
            if let copy = found.firstIndex(where: { isCopy($0, candidate) }) {
                found[copy] = found[copy].adding(candidate)
            } else {
                found.append(candidate)
            }
        }
        found += ofOtherTypes(rule, known: Set(found.flatMap(\.evidence)))
        return found.sorted { a, b in
            for condition in ["subject", "signer"] where a.meets(condition) != b.meets(condition) {
                return a.meets(condition)
            }
            if a.isAlmost != b.isAlmost { return a.isAlmost }
            if a.matched.count != b.matched.count { return a.matched.count > b.matched.count }
            if a.misses.count != b.misses.count { return a.misses.count < b.misses.count }
            return a.evidence.lexicographicallyPrecedes(b.evidence)
        }
    }

    private func candidate(
        _ check: CandidateCheck, _ rule: Requirement.Rule, _ subject: RuleSubject, _ result: RuleResult
    ) -> CandidateExplanation {
        var misses = check.misses.map { miss in
            Self.isAboutSubject(miss)
                ? CandidateExplanation.Miss(
                    code: miss.code, message: otherSubject(check, subject),
                    mend: "sign or attest \(subject.digest)")
                : .init(code: miss.code, message: miss.message, mend: miss.mend)
        }
        if case .baseImage = rule, misses.isEmpty { misses = materials(check, rule, subject, result) }
        var note: String?
        if misses.isEmpty, result.outcome != .holds {
            let needed = rule.by?.atLeast ?? 1
            note =
                needed > 1
                ? "one of \(needed) signers that are needed"
                : "meets what is asked of it alone; see why the rule does not hold"
        }
        return CandidateExplanation(
            evidence: check.evidence, what: kind(of: check.evidence), signers: signers(of: check, rule.by),
            matched: check.matched, misses: misses, note: note)
    }

    /// What the materials of one statement miss, as the rule says of it alone. What it says without any statement is
    /// about layers.
    private func materials(
        _ check: CandidateCheck, _ rule: Requirement.Rule, _ subject: RuleSubject, _ result: RuleResult
    ) -> [CandidateExplanation.Miss] {
        var alone = document
        alone.attestations = document.attestations.filter { check.evidence.contains($0.evidence) }
        let findings = judge(result.rule, result.policy, alone).judge(rule, subject).findings
        alone.attestations = []
        let others = Set(judge(result.rule, result.policy, alone).judge(rule, subject).findings)
        return findings.filter { !others.contains($0) && $0.code != .provenanceTooFewSigners }
            .map { .init(code: $0.code, message: $0.message, mend: $0.mend) }
    }

    /// Attestations that the rule does not ask about.
    private func ofOtherTypes(_ rule: Requirement.Rule, known: Set<Digest>) -> [CandidateExplanation] {
        let (code, expected): (ReasonCode, String)
        switch rule {
        case .provenance: (code, expected) = (.provenanceNoneOfType, "provenance")
        case .baseImage(let base) where base.by != nil: (code, expected) = (.provenanceNoneOfType, "provenance")
        case .attestation(let rule):
            (code, expected) = (.attestationNoneOfType, RuleJudge.listed(rule.types.map(\.value)))
        case .sbom, .components, .licenses: (code, expected) = (.sbomNoneOfType, "an SBOM")
        case .vulnerabilities: (code, expected) = (.vulnerabilityNoneOfType, "a scan")
        case .baseImage, .signature, .image, .anyOf: return []
        }
        return document.attestations.filter { !known.contains($0.evidence) }.map { attestation in
            CandidateExplanation(
                evidence: [attestation.evidence], what: attestation.predicateType.value,
                signers: keys(attestation.signers), matched: [],
                misses: [
                    .init(
                        code: code,
                        message: "type was \(Finding.quoted(attestation.predicateType.value)), expected \(expected)",
                        mend: code.mend)
                ], note: nil)
        }
    }

    /// Whether both are one statement, in several envelopes, that meets the rule alike.
    private func isCopy(_ a: CandidateExplanation, _ b: CandidateExplanation) -> Bool {
        guard a.matched == b.matched, a.misses == b.misses, let first = statement(a), first == statement(b) else {
            return false
        }
        return true
    }

    private func statement(_ candidate: CandidateExplanation) -> Digest? {
        document.attestations.first { candidate.evidence.contains($0.evidence) }?.statement
    }

    // MARK: Words

    /// Evidence about another platform of the image, or about a platform where the rule asks about the index.
    private func otherSubject(_ check: CandidateCheck, _ subject: RuleSubject) -> String {
        let subjects =
            document.signatures.filter { check.evidence.contains($0.evidence) }.flatMap(\.subjects)
            + document.attestations.filter { check.evidence.contains($0.evidence) }.flatMap(\.subjects)
        let names = Set(subjects).sorted().map { digest in
            document.image.platforms.first { $0.digest == digest }?.platform.map { Finding.quoted($0.description) }
                ?? digest.description
        }
        let expected = subject.platform.map { Finding.quoted($0) } ?? subject.digest.description
        return "speaks of \(names.joined(separator: ", ")), expected \(expected)"
    }

    private static func isAboutSubject(_ miss: CandidateCheck.Miss) -> Bool {
        miss.what.utf8.elementsEqual("subject".utf8)
    }

    private func kind(of evidence: [Digest]) -> String {
        document.attestations.first { evidence.contains($0.evidence) }?.predicateType.value ?? "signature"
    }

    /// The rule's names for signers that count, else the keys.
    private func signers(of check: CandidateCheck, _ by: SignerThreshold?) -> [String] {
        guard check.signers.isEmpty else { return check.signers.map { "`\($0)`" } }
        return keys(
            document.signatures.filter { check.evidence.contains($0.evidence) }.flatMap(\.signers)
                + document.attestations.filter { check.evidence.contains($0.evidence) }.flatMap(\.signers))
    }

    private func keys(_ identities: [SignerIdentity]) -> [String] {
        Set(identities.map { ExactString(Finding.escaped($0.summary)) }).sorted().map(\.value)
    }
}

extension CandidateExplanation {
    fileprivate func meets(_ condition: String) -> Bool {
        matched.contains { $0.utf8.elementsEqual(condition.utf8) }
    }

    /// Whether its signer would count but for one field of the certificate.
    fileprivate var isAlmost: Bool { misses.contains { $0.code == .signerIdentityDiffers } }

    /// With the evidence and the signers of a copy.
    fileprivate func adding(_ copy: CandidateExplanation) -> CandidateExplanation {
        CandidateExplanation(
            evidence: Set(evidence + copy.evidence).sorted(), what: what,
            signers: Set((signers + copy.signers).map { ExactString($0) }).sorted().map(\.value), matched: matched,
            misses: misses, note: note)
    }
}

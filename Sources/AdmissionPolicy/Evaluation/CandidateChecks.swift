import Content
import Findings
import StrictEncoding

extension RuleJudge {
    /// Every piece of evidence of the kind that a rule asks about, compared with each of the rule's conditions: also what
    /// is about another digest and what nobody signed who counts, so that an explanation can say of each why it is of
    /// no use. In the order of the evidence's digests.
    ///
    /// Empty for rules that ask for no evidence, and for alternatives: ask for each of their rules.
    func checks(_ rule: Requirement.Rule, _ subject: RuleSubject) -> [CandidateCheck] {
        let checks: [CandidateCheck] =
            switch rule {
            case .signature(let rule): document.signatures.map { check($0, rule, subject) }
            case .provenance(let rule):
                statements(rule.by, .provenance, subject, content: \.provenance) { self.check($0, rule) }
            case .attestation(let rule):
                statements(
                    rule.by, .attestation(rule), subject,
                    content: { AttestedContent(type: $0.predicateType, predicate: $0.predicate) },
                    conditions: { self.check($0, rule) })
            case .baseImage(let rule):
                rule.by.map { by in
                    statements(by, .provenance, subject, content: \.provenance) { self.check($0, rule, subject) }
                } ?? []
            case .sbom(let rule): inventories(inventoryRule(rule), subject)
            case .components(let rule): inventories(inventoryRule(rule), subject)
            case .licenses(let rule): inventories(inventoryRule(rule), subject)
            case .vulnerabilities(let rule):
                statements(rule.by, .scan, subject, content: { ScanContent($0) }) {
                    self.check($0, rule, VEXClearing(rule, self, subject), subject)
                }
            case .image, .anyOf: []
            }
        return checks.sorted { $0.evidence.lexicographicallyPrecedes($1.evidence) }
    }

    private func inventories(_ rule: InventoryRule, _ subject: RuleSubject) -> [CandidateCheck] {
        statements(rule.selection.by, .sbom, subject, content: { SBOMContent($0) }) { check($0, rule, subject) }
    }

    private func check(
        _ signature: SignatureFacts, _ rule: SignatureRule, _ subject: RuleSubject
    ) -> CandidateCheck {
        let counted = counted(rule.by, among: signature.signers, times: signature.verifiedTimes)
        var check = opening(
            signature.evidence, signature.subjects, signature.signers, signature.verifiedTimes, counted, rule.by,
            none: .signatureNone, noAllowedSigner: .signatureNoAllowedSigner, subject)
        let problems = counted.compactMap { referenceProblem($0.signer, signature, subject) }
        if counted.contains(where: { $0.signer.reference != nil }) {
            // One signer who accepts the name is enough, as in judging.
            if problems.count == counted.count, let problem = problems.min() {
                check.misses.append(
                    .init(
                        code: problem.code, what: "name", expected: problem.expected ?? "a name", found: problem.found))
            } else {
                check.matched.append("name")
            }
        }
        return check
    }

    private func statements<Content: Sendable>(
        _ by: SignerThreshold, _ kind: StatementKind, _ subject: RuleSubject,
        content: (AttestationFacts) -> Content?, conditions: (StatementCandidate<Content>) -> CandidateCheck
    ) -> [CandidateCheck] {
        document.attestations.compactMap { attestation in
            guard kind.includes(attestation), let content = content(attestation) else { return nil }
            let signers = allowed(by, attestation, subject)
            var check = opening(
                attestation.evidence, attestation.subjects, attestation.signers, attestation.verifiedTimes, signers,
                by, none: kind.none, noAllowedSigner: kind.noAllowedSigner,
                contradicted: contradicted(by, [attestation], subject), subject)
            let rest = conditions(
                StatementCandidate(
                    statement: attestation.statement, content: content, evidence: [attestation.evidence],
                    signers: signers, isUnderIndexSignature: attestation.underIndexSignature,
                    verifiedTimes: attestation.verifiedTimes))
            // The signer was said already.
            check.matched += rest.matched.dropFirst()
            check.misses += rest.misses
            return check
        }
    }

    /// Whether the evidence is about the subject, and whether anyone signed it who counts.
    private func opening(
        _ evidence: Digest, _ subjects: [Digest], _ identities: [SignerIdentity], _ times: [Instant],
        _ counted: [CountedSigner], _ by: SignerThreshold, none: ReasonCode, noAllowedSigner: ReasonCode,
        contradicted: [Finding] = [], _ subject: RuleSubject
    ) -> CandidateCheck {
        var check = CandidateCheck(
            evidence: [evidence], signers: Set(counted.map { ExactString($0.name) }).sorted().map(\.value))
        if subject.coveredBy.isDisjoint(with: subjects) {
            check.misses.append(
                .init(
                    code: subject.isIndex ? .evidenceNamesOnlyPlatforms : none, what: "subject",
                    expected: Self.listed(subject.coveredBy.map(\.description)),
                    found: Self.listed(subjects.map(\.description))))
        } else {
            check.matched.append("subject")
        }
        guard counted.isEmpty else {
            check.matched.append("signer")
            return check
        }
        let late = findings(leftOut(by, among: identities, times: times, evidence: evidence), subject) + contradicted
        check.misses += late.map {
            .init(code: $0.code, what: "signer", expected: $0.expected ?? "", found: $0.found)
        }
        if late.isEmpty {
            let isDenied = by.signers.contains { signer in
                identities.contains { signer.credential(of: $0) != nil && context.isDenied($0) }
            }
            let almost = isDenied ? [] : almost(by, among: identities, evidence: evidence)
            check.misses += almost.map { item in
                .init(
                    code: .signerIdentityDiffers, what: "`\(item.miss.word)` of signer `\(item.signer.name)`",
                    expected: item.miss.expected, found: item.miss.found)
            }
            guard almost.isEmpty else { return check }
            check.misses.append(
                .init(
                    code: isDenied ? .policyDeniedSigner : noAllowedSigner, what: "signer",
                    expected: Self.names(by), found: Self.listed(Self.described(identities))))
        }
        return check
    }
}

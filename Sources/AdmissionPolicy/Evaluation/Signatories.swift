import Content
import Findings
import PKI
import StrictEncoding

/// A signer whose signature on a piece of evidence counts.
struct CountedSigner: Sendable, Hashable {
    let signer: Signer
    /// Whom a threshold counts.
    let principal: ExactString
    /// As it was verified.
    let identity: SignerIdentity
    /// Signed the index that holds the evidence, not the evidence itself.
    var isUnderIndexSignature = false

    var name: String { signer.name }
}

/// A listed signer whose signature was verified and does not count.
struct LeftOutSigner: Sendable, Hashable {
    let signer: Signer
    let key: SignerKey
    let why: SignerKey.Problem
    let evidence: Digest
    let times: [Instant]
}

extension RuleJudge {
    /// Those of the listed signers whose signature on this evidence counts.
    func counted(_ by: SignerThreshold, among identities: [SignerIdentity], times: [Instant]) -> [CountedSigner] {
        var counted: [CountedSigner] = []
        for signer in by.signers {
            counted += identities.compactMap { identity in
                guard let key = signer.key(of: identity), !isDenied(key),
                    key.problem(at: document.request.at, times: times) == nil
                else { return nil }
                return CountedSigner(signer: signer, principal: key.principal, identity: identity)
            }
        }
        return counted
    }

    func isDenied(_ key: SignerKey) -> Bool { context.deniedKeys.contains(ExactString(key.key.fingerprint)) }

    /// The listed signers whose verified signature does not count because of when it was made.
    func leftOut(
        _ by: SignerThreshold, among identities: [SignerIdentity], times: [Instant], evidence: Digest
    ) -> [LeftOutSigner] {
        by.signers.flatMap { signer in
            identities.compactMap { identity in
                guard let key = signer.key(of: identity), !isDenied(key),
                    let why = key.problem(at: document.request.at, times: times)
                else { return nil }
                return LeftOutSigner(signer: signer, key: key, why: why, evidence: evidence, times: times)
            }
        }
    }

    /// One finding for each key that is left out, with the first evidence that it signed.
    func findings(_ leftOut: [LeftOutSigner], _ subject: RuleSubject) -> [Finding] {
        var seen: Set<ExactString> = []
        return leftOut.sorted { $0.evidence < $1.evidence }.compactMap { item in
            guard seen.insert(ExactString(item.signer.name + "\n" + item.key.key.fingerprint)).inserted else {
                return nil
            }
            let (code, what, expected): (ReasonCode, String, String) =
                switch item.why {
                case .expired:
                    (.signerKeyExpired, "is no longer valid", "until \(item.key.validUntil.map(\.description) ?? "")")
                case .notYetValid:
                    (
                        .signerKeyNotYetValid, "is not valid yet",
                        "from \(item.key.validFrom.map(\.description) ?? "") on"
                    )
                case .compromised:
                    (
                        .signerKeyCompromised, "is compromised",
                        "a time proven to be before \(item.key.compromisedAt.map(\.description) ?? "")"
                    )
                }
            let found =
                item.times.isEmpty
                ? "no proven time, decided at \(document.request.at)"
                : "proven for " + Self.listed(Set(item.times).map(\.description))
            return finding(
                code, "signed by `\(item.signer.name)`, whose key `\(item.key.key.fingerprint)` \(what)", subject,
                expected: expected, found: found, evidence: item.evidence)
        }
    }
}

// MARK: Denied keys

extension RuleJudge {
    /// Where a rule does not hold, evidence of a denied key that was left out of it is the reason to say first: a denial,
    /// which is never staged or waived. An image whose rules hold without that evidence stays admitted, so whoever holds
    /// a stolen key can't have an image rejected by signing more.
    func denyingLeftOut(_ judgement: Judgement, _ rule: Requirement.Rule, _ subject: RuleSubject) -> Judgement {
        guard judgement.outcome != .holds, !context.deniedKeys.isEmpty else { return judgement }
        let denied = deniedEvidence(rule, subject)
        guard !denied.isEmpty else { return judgement }
        return Judgement(outcome: .fails, findings: judgement.findings + denied, checks: judgement.checks)
    }

    private func deniedEvidence(_ rule: Requirement.Rule, _ subject: RuleSubject) -> [Finding] {
        guard let by = rule.by else { return [] }
        var seen: Set<ExactString> = []
        var findings: [Finding] = []
        for (evidence, identities) in evidence(for: rule, subject).sorted(by: { $0.evidence < $1.evidence }) {
            for signer in by.signers {
                for key in identities.compactMap(signer.key) where isDenied(key) {
                    guard seen.insert(ExactString(signer.name + "\n" + key.key.fingerprint)).inserted else { continue }
                    findings.append(
                        finding(
                            .policyDeniedSigner,
                            "signed by `\(signer.name)`, whose key `\(key.key.fingerprint)` a guardrail denies",
                            subject,
                            expected: "evidence of another key", found: key.key.fingerprint, evidence: evidence))
                }
            }
        }
        return findings
    }

    /// Verified evidence about the subject of the kind that the rule asks about, whoever signed it.
    private func evidence(
        for rule: Requirement.Rule, _ subject: RuleSubject
    ) -> [(evidence: Digest, signers: [SignerIdentity])] {
        func attestations(_ kind: StatementKind) -> [(evidence: Digest, signers: [SignerIdentity])] {
            document.attestations.filter { !subject.coveredBy.isDisjoint(with: $0.subjects) && kind.includes($0) }
                .map { ($0.evidence, $0.signers) }
        }
        switch rule {
        case .signature:
            return document.signatures.filter { !subject.coveredBy.isDisjoint(with: $0.subjects) }
                .map { ($0.evidence, $0.signers) }
        case .provenance, .baseImage: return attestations(.provenance)
        case .attestation(let rule): return attestations(.attestation(rule))
        // The alternatives have said it each for itself.
        case .image, .anyOf: return []
        }
    }
}

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

/// A verified certificate that is no listed signer's, for one thing only.
struct AlmostSigner: Sendable, Hashable {
    let signer: Signer
    let miss: IdentityMiss
    let holder: CertificateHolder
    let evidence: Digest

    var mend: String {
        "sign with \(miss.expected) as `\(miss.word)`"
            + (miss.found.map { ", or let `\(miss.word)` of the signer `\(signer.name)` be \($0) too if that is right" }
                ?? ", or leave it out of the signer `\(signer.name)` if that is right")
    }
}

extension RuleJudge {
    /// Those of the listed signers whose signature on this evidence counts.
    func counted(_ by: SignerThreshold, among identities: [SignerIdentity], times: [Instant]) -> [CountedSigner] {
        by.signers.flatMap { signer in
            identities.compactMap { identity in
                guard let credential = signer.credential(of: identity), !context.isDenied(identity),
                    credential.problem(at: document.request.at, times: times) == nil
                else { return nil }
                return CountedSigner(
                    signer: signer, principal: by.principal(of: credential, signer), identity: identity)
            }
        }
    }

    /// The listed signers whose verified signature does not count because of when it was made.
    func leftOut(
        _ by: SignerThreshold, among identities: [SignerIdentity], times: [Instant], evidence: Digest
    ) -> [LeftOutSigner] {
        by.signers.flatMap { signer in
            identities.compactMap { identity in
                guard case .key(let key)? = signer.credential(of: identity), !context.isDenied(identity),
                    let why = key.problem(at: document.request.at, times: times)
                else { return nil }
                return LeftOutSigner(signer: signer, key: key, why: why, evidence: evidence, times: times)
            }
        }
    }

    /// Certificates that are nobody's of the listed signers, and would be somebody's but for one thing.
    func almost(_ by: SignerThreshold, among identities: [SignerIdentity], evidence: Digest) -> [AlmostSigner] {
        let strangers = identities.compactMap { identity -> CertificateHolder? in
            guard case .certificate(let holder) = identity, !context.isDenied(identity),
                !by.signers.contains(where: { $0.credential(of: identity) != nil })
            else { return nil }
            return holder
        }
        return by.signers.flatMap { signer in
            strangers.compactMap { holder in
                signer.pattern?.onlyMiss(holder).map {
                    AlmostSigner(signer: signer, miss: $0, holder: holder, evidence: evidence)
                }
            }
        }
    }

    /// One finding for each field of each signer in which certificates differ, with the first evidence that one signed.
    func findings(_ almost: [AlmostSigner], _ subject: RuleSubject) -> [Finding] {
        var seen: Set<ExactString> = []
        return almost.sorted { $0.evidence == $1.evidence ? $0.holder < $1.holder : $0.evidence < $1.evidence }
            .compactMap { item in
                let (name, miss) = (item.signer.name, item.miss)
                guard seen.insert(ExactString("\(name)\n\(miss.word)")).inserted else { return nil }
                let isNot = miss.found.map { "its `\(miss.word)` is \($0)" } ?? "it does not say its `\(miss.word)`"
                return finding(
                    .signerIdentityDiffers,
                    "signed by a certificate that would be `\(name)`'s, but \(isNot), expected \(miss.expected)",
                    subject,
                    expected: miss.expected, found: miss.found ?? "nothing stated", evidence: item.evidence,
                    mend: item.mend)
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

extension SignerThreshold {
    /// Whom a threshold counts. A certificate that fits the patterns of several signers is the first one's, by name, so
    /// that one identity never counts twice; nor does it where several roots prove it, each for another signer.
    fileprivate func principal(of credential: SignerCredential, _ signer: Signer) -> ExactString {
        switch credential {
        case .key(let key): key.principal
        case .certificate(let holder):
            signers.filter {
                $0.pattern?.couldMatch(fulcio: holder.issuer.map { _ in holder }, own: holder.names) ?? false
            }
            .map(\.ownPrincipal).min() ?? signer.ownPrincipal
        }
    }
}

// MARK: Denied signers

extension RuleJudge {
    /// Where a rule does not hold, evidence of a denied signer that was left out of it is the reason to say first: a denial,
    /// which is never staged or waived. An image whose rules hold without that evidence stays admitted, so whoever holds
    /// a stolen key can't have an image rejected by signing more.
    func denyingLeftOut(_ judgement: Judgement, _ rule: Requirement.Rule, _ subject: RuleSubject) -> Judgement {
        guard judgement.outcome != .holds, !context.denied.isEmpty else { return judgement }
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
                for identity in identities
                where signer.credential(of: identity) != nil && context.isDenied(identity) {
                    let (what, expected, found) =
                        switch identity {
                        case .key(let key, _), .cloudBuildKey(let key):
                            ("key `\(key)`", "evidence of another key", key.value)
                        case .certificate(let holder):
                            (
                                "certificate is for \(Finding.quoted(holder.summary)), whom",
                                "evidence of another signer",
                                Finding.quoted(holder.summary)
                            )
                        }
                    guard seen.insert(ExactString(signer.name + "\n" + found)).inserted else { continue }
                    findings.append(
                        finding(
                            .policyDeniedSigner, "signed by `\(signer.name)`, whose \(what) a guardrail denies",
                            subject,
                            expected: expected, found: found, evidence: evidence))
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
        case .sbom, .components, .licenses: return attestations(.sbom)
        case .vulnerabilities: return attestations(.scan)
        // The alternatives have said it each for itself.
        case .image, .anyOf: return []
        }
    }
}

import Attestation
import Content
import Findings
import OCI
import StrictEncoding

extension DeniedSigners {
    fileprivate var effect: String {
        let parts = [
            keys.isEmpty ? nil : "\(keys.count) denied keys",
            certificates.isEmpty
                ? nil : "certificates of \(certificates.count) denied signer\(certificates.count == 1 ? "" : "s")",
        ].compactMap { $0 }
        return "nothing signed by \(parts.joined(separator: " or ")) counts"
    }
}

extension RuleJudge {
    func denial(_ denial: Denial, _ subject: RuleSubject) -> Judgement {
        switch denial.condition {
        case .image(let conditions): self.denial(conditions, subject)
        case .digest(let digests): self.denial(Set(digests), subject)
        case .builder(let condition): self.denial(builder: condition, subject)
        case .signer, .key:
            // By itself it denies nothing: what they signed is left out wherever it would have counted.
            .holds(denial.deniedSigners.effect)
        }
    }

    private func denial(_ digests: Set<Digest>, _ subject: RuleSubject) -> Judgement {
        let image = document.image
        var denied: [Finding] = []
        if digests.contains(image.digest) {
            denied.append(
                finding(.policyDenied, "denied: the digest is `\(image.digest)`", subject, found: "\(image.digest)"))
        }
        for child in image.platforms where digests.contains(child.digest) && child.digest != image.digest {
            var finding = finding(
                .policyDenied, "denied: the digest of a platform is `\(child.digest)`", subject,
                found: "\(child.digest)")
            finding.platform = child.platform?.description
            denied.append(finding)
        }
        for other in image.otherDigests.sorted() where digests.contains(other) {
            denied.append(
                finding(
                    .policyDenied, "denied: the digest of the same bytes is `\(other)`", subject, found: "\(other)"))
        }
        guard denied.isEmpty, image.isArtifact else {
            guard let first = denied.first else { return .holds("not denied") }
            return .misses(first, Array(denied.dropFirst()))
        }
        // Of a file that is given by one digest alone, the others can't be computed: it may be any that is denied by them.
        let known = Set(([image.digest] + image.otherDigests).map(\.algorithm))
        let unknown = Set(digests.map(\.algorithm)).subtracting(known).map(\.rawValue).sorted()
        guard let algorithm = unknown.first else { return .holds("not denied") }
        let cause = finding(
            .artifactDigestUnknown, "files are denied by \(algorithm), and the file's \(algorithm) digest is not known",
            subject, expected: "the file's \(algorithm) digest", found: "\(image.digest)")
        return denyError([cause], subject)
    }

    /// Provenance about the image or any of its platforms counts if its signer is one whom some matching document
    /// trusts. What strangers and holders of denied keys sign would otherwise have images rejected.
    private func denial(builder condition: TextCondition, _ subject: RuleSubject) -> Judgement {
        let trusted = SignerThreshold(atLeast: 1, signers: context.signers)
        let denied = document.attestations.sorted { $0.evidence < $1.evidence }.compactMap { attestation -> Finding? in
            guard let builder = attestation.provenance?.builder, condition.holds(for: builder.value),
                !counted(trusted, among: attestation.signers, times: attestation.verifiedTimes).isEmpty
            else { return nil }
            return finding(
                .policyDenied, "denied: the builder is \(Finding.quoted(builder.value))", subject,
                found: Finding.quoted(builder.value), evidence: attestation.evidence)
        }
        guard let first = denied.first else { return .holds("not denied") }
        return .misses(first, Array(denied.dropFirst()))
    }
}

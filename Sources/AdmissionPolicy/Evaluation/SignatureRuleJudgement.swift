import Content
import Findings
import OCI
import StrictEncoding

extension RuleJudge {
    /// Whether enough distinct ones of the listed signers have signed the subject. Signatures of others are not looked
    /// at.
    func signature(_ rule: SignatureRule, _ subject: RuleSubject) -> Judgement {
        let signatures = document.signatures.sorted { $0.evidence < $1.evidence }
        let covering = signatures.filter { !subject.coveredBy.isDisjoint(with: $0.subjects) }
        var principals: Set<ExactString> = []
        var names: Set<ExactString> = []
        var evidence: [Digest] = []
        var problems: [Finding] = []
        var comparesNames = true
        for signature in covering {
            for counted in counted(rule.by, among: signature.signers, times: signature.verifiedTimes) {
                let signer = counted.signer
                if let problem = referenceProblem(signer, signature, subject) {
                    problems.append(problem)
                    continue
                }
                principals.insert(counted.principal)
                names.insert(ExactString(signer.name))
                evidence.append(signature.evidence)
                if signer.reference == nil, signature.dockerReference != nil { comparesNames = false }
            }
        }
        guard principals.count < rule.by.atLeast else {
            let signers = names.sorted().map { "`\($0)`" }
            return .holds(
                "signed by " + Self.enumerated(signers)
                    + (comparesNames ? "" : " (the name in the signature is not compared)"), by: evidence)
        }
        problems += findings(
            covering.flatMap {
                leftOut(rule.by, among: $0.signers, times: $0.verifiedTimes, evidence: $0.evidence)
            }, subject)
        problems += findings(
            covering.flatMap { almost(rule.by, among: $0.signers, evidence: $0.evidence) }, subject)
        guard principals.isEmpty else {
            let finding = finding(
                .signatureTooFewSigners,
                "\(principals.count) of the \(rule.by.atLeast) distinct signers that are needed have signed", subject,
                expected: "\(rule.by.atLeast) of \(Self.names(rule.by))", found: Self.listed(names.map(\.value)),
                mend: mend(rule.by, missing: rule.by.atLeast - principals.count, signed: names))
            return .misses(finding, problems)
        }
        if let first = problems.first { return .misses(first, Array(problems.dropFirst())) }
        return .misses(unsigned(rule, subject, signatures, covering))
    }

    /// Why no signature of a listed signer was found.
    private func unsigned(
        _ rule: SignatureRule, _ subject: RuleSubject, _ all: [SignatureFacts], _ covering: [SignatureFacts]
    ) -> Finding {
        if subject.isIndex,
            let other = all.first(where: {
                !counted(rule.by, among: $0.signers, times: $0.verifiedTimes).isEmpty
            })
        {
            return finding(
                .evidenceNamesOnlyPlatforms, "a platform of the image is signed, the index is not", subject,
                expected: subject.digest.description, found: Self.listed(other.subjects.map(\.description)),
                evidence: other.evidence)
        }
        guard !covering.isEmpty else {
            return finding(
                .signatureNone, "no verified signature names this digest", subject,
                expected: "a signature by \(Self.names(rule.by))", found: "none for \(subject.digest)",
                mend: mend(rule.by, missing: rule.by.atLeast, signed: []))
        }
        return finding(
            .signatureNoAllowedSigner, "signed, but by none of the signers that count", subject,
            expected: "a signature by \(Self.names(rule.by))",
            found: Self.listed(Self.described(covering.flatMap(\.signers))),
            mend: mend(rule.by, missing: rule.by.atLeast, signed: []))
    }

    /// Who else has to sign.
    private func mend(_ by: SignerThreshold, missing: Int, signed: Set<ExactString>) -> String {
        let others = by.signers.map(\.name).filter { !signed.contains(ExactString($0)) }
        // A directory of keys is many signers under one name.
        let names = Self.listed(others.isEmpty ? by.signers.map(\.name) : others)
        return others.count == 1 && missing == 1
            ? "have \(names) sign the image (`landwaiter sign`)"
            : "have \(missing)\(signed.isEmpty ? "" : " more") of \(names) sign the image (`landwaiter sign`)"
    }

    /// Compares the name in a simple-signing signature, if the signer asks for it. As containers/image has it: `exact`
    /// wants a tag (or a digest) on both sides, and cosign's payloads state none.
    func referenceProblem(
        _ signer: Signer, _ signature: SignatureFacts, _ subject: RuleSubject
    ) -> Finding? {
        guard let match = signer.reference else { return nil }
        guard let request = document.request.reference else {
            return finding(
                .requestNameRequired, "signer `\(signer.name)` compares names, and the request states none", subject,
                evidence: signature.evidence)
        }
        guard let stated = signature.dockerReference, !stated.isEmpty else {
            return finding(
                .signatureReferenceNotStated, "signer `\(signer.name)` compares names, and the signature states none",
                subject, expected: request.description, evidence: signature.evidence)
        }
        let signed = try? ImageReference(parsing: stated)
        let isMatch: Bool =
            switch (signed, match) {
            case (nil, _): false
            case (let signed?, .repository): signed.name.utf8.elementsEqual(request.name.utf8)
            case (let signed?, .exact): isExact(signed, request)
            }
        guard !isMatch else { return nil }
        let expected = match == .repository ? request.name : request.description
        return finding(
            .signatureReferenceDiffers,
            "signed for \(Finding.quoted(stated)), to be run as \(Finding.quoted(expected))", subject,
            expected: expected, found: Finding.quoted(stated), evidence: signature.evidence)
    }

    private func isExact(_ signed: ImageReference, _ request: ImageReference) -> Bool {
        guard signed.name.utf8.elementsEqual(request.name.utf8), signed.tag != nil || signed.digest != nil else {
            return false
        }
        let isSameTag =
            switch (signed.tag, request.effectiveTag) {
            case (nil, nil): true
            case (let a?, let b?): a.utf8.elementsEqual(b.utf8)
            default: false
            }
        return isSameTag && (signed.digest.map { $0 == document.image.digest } ?? true)
    }
}

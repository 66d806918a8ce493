import Attestation
import Content
import Findings
import StrictEncoding

/// A statement about the subject, and who of the allowed signers has signed it. Several envelopes of one statement are
/// one candidate.
struct StatementCandidate<Content: Sendable>: Sendable {
    let statement: Digest
    /// What the rule looks at.
    let content: Content
    var evidence: [Digest]
    var signers: [CountedSigner]
    var isUnderIndexSignature: Bool
    /// Of all copies.
    var verifiedTimes: [Instant]

    var principals: Set<ExactString> { Set(signers.map(\.principal)) }
    /// Sorted and distinct.
    var signerNames: [String] { Set(signers.map { ExactString($0.name) }).sorted().map(\.value) }

    /// To which the conditions of a rule are added: that a signer counts is met already.
    var check: CandidateCheck { CandidateCheck(evidence: evidence, signers: signerNames, matched: ["signer"]) }
}

typealias ProvenanceCandidate = StatementCandidate<Provenance>

extension ProvenanceCandidate {
    var provenance: Provenance { content }
}

/// The codes and words of one kind of statement.
struct StatementKind: Sendable {
    /// `provenance`
    let noun: String
    let none: ReasonCode
    let noneOfType: ReasonCode
    let noAllowedSigner: ReasonCode
    let tooFewSigners: ReasonCode
    let notExactlyOne: ReasonCode
    let tooOld: ReasonCode
    /// What the signed time says, and where it stands: `end of build`, `finishedOn`.
    let time: (what: String, field: String)
    /// Whether an attestation is of this kind.
    let includes: @Sendable (AttestationFacts) -> Bool
}

struct NoCandidate: Error {
    let finding: Finding
    var more: [Finding] = []

    var judgement: Judgement { .misses(finding, more) }
}

extension RuleJudge {
    /// The statements about the subject by allowed signers, sorted; at least one, or why there is none.
    ///
    /// - Parameters:
    ///   - isSame: whether two contents of one statement are the same. Where evidence was verified they always are.
    ///   - content: what the rule looks at; nil for a statement of another kind.
    func candidates<Content: Sendable>(
        by: SignerThreshold, _ kind: StatementKind, _ subject: RuleSubject, isSame: (Content, Content) -> Bool,
        content: (AttestationFacts) -> Content?
    ) -> Result<[StatementCandidate<Content>], NoCandidate> {
        let all = document.attestations.sorted { $0.evidence < $1.evidence }
        let covering = all.filter { !subject.coveredBy.isDisjoint(with: $0.subjects) }
        var found: [Digest: [StatementCandidate<Content>]] = [:]
        for attestation in covering {
            guard kind.includes(attestation), let content = content(attestation) else { continue }
            let signers = allowed(by, attestation, subject)
            guard !signers.isEmpty else { continue }
            var copies = found[attestation.statement] ?? []
            if let index = copies.firstIndex(where: { isSame($0.content, content) }) {
                copies[index].add(attestation, signers)
            } else {
                copies.append(
                    StatementCandidate(
                        statement: attestation.statement, content: content, evidence: [attestation.evidence],
                        signers: signers, isUnderIndexSignature: attestation.underIndexSignature,
                        verifiedTimes: attestation.verifiedTimes))
            }
            found[attestation.statement] = copies
        }
        guard found.isEmpty else {
            return .success(
                found.values.flatMap { $0 }.sorted {
                    $0.statement == $1.statement
                        ? $0.evidence.lexicographicallyPrecedes($1.evidence) : $0.statement < $1.statement
                })
        }
        let late =
            findings(leftOut(by, kind, subject), subject)
            + contradicted(by, covering.filter(kind.includes), subject)
            + findings(almost(by, kind, subject), subject)
        if let first = late.first { return .failure(NoCandidate(finding: first, more: Array(late.dropFirst()))) }
        return .failure(NoCandidate(finding: noCandidate(by, kind, subject, all, covering)))
    }

    /// The allowed signers of an attestation. What is said under the signature of the index counts for a signer only if
    /// that signature would: one that compares names has to have signed this name.
    func allowed(
        _ by: SignerThreshold, _ attestation: AttestationFacts, _ subject: RuleSubject
    ) -> [CountedSigner] {
        var all = counted(by, among: attestation.signers, times: attestation.verifiedTimes)
        for index in all.indices { all[index].isUnderIndexSignature = attestation.underIndexSignature }
        return all.filter { counted in
            disagreement(counted.identity, attestation) == nil
                && (!attestation.underIndexSignature || counted.signer.reference == nil
                    || indexSignatures(of: counted.signer).contains {
                        referenceProblem(counted.signer, $0, subject) == nil
                    })
        }
    }

    /// What the certificate of a signer contradicts in the provenance that it signed. Who signed only the index that holds
    /// the statement has not said it.
    private func disagreement(
        _ identity: SignerIdentity, _ attestation: AttestationFacts
    ) -> CertificateDisagreement? {
        guard case .certificate(let holder) = identity, let provenance = attestation.provenance,
            !attestation.underIndexSignature
        else { return nil }
        return context.builders.disagreement(of: provenance, with: holder)
    }

    /// A finding for each statement about the subject that a listed signer's own certificate contradicts.
    func contradicted(_ by: SignerThreshold, _ attestations: [AttestationFacts], _ subject: RuleSubject) -> [Finding] {
        attestations.compactMap { attestation -> Finding? in
            for counted in counted(by, among: attestation.signers, times: attestation.verifiedTimes) {
                guard let found = disagreement(counted.identity, attestation) else { continue }
                return finding(
                    .provenanceCertificateDiffers,
                    "signed by `\(counted.name)`, whose certificate says otherwise about `\(found.field.rawValue)`",
                    subject,
                    expected: Finding.quoted(found.certified.value), found: Finding.quoted(found.stated.value),
                    evidence: attestation.evidence)
            }
            return nil
        }
    }

    /// Listed signers of such statements about the subject whose signatures do not count because of when they were made.
    private func leftOut(
        _ by: SignerThreshold, _ kind: StatementKind, _ subject: RuleSubject
    ) -> [LeftOutSigner] {
        document.attestations.filter { !subject.coveredBy.isDisjoint(with: $0.subjects) && kind.includes($0) }
            .flatMap { leftOut(by, among: $0.signers, times: $0.verifiedTimes, evidence: $0.evidence) }
    }

    /// Certificates under such statements about the subject that are almost a listed signer's.
    private func almost(_ by: SignerThreshold, _ kind: StatementKind, _ subject: RuleSubject) -> [AlmostSigner] {
        document.attestations.filter { !subject.coveredBy.isDisjoint(with: $0.subjects) && kind.includes($0) }
            .flatMap { almost(by, among: $0.signers, evidence: $0.evidence) }
    }

    /// What a signer has signed of the image that is admitted.
    private func indexSignatures(of signer: Signer) -> [SignatureFacts] {
        let alone = SignerThreshold(atLeast: 1, signers: [signer])
        return document.signatures.filter { signature in
            signature.subjects.contains(document.image.digest)
                && !counted(alone, among: signature.signers, times: signature.verifiedTimes).isEmpty
        }
    }

    /// Why statements under the index's signature do not count, if a signer compares names and finds another.
    private func indexReferenceProblem(
        _ by: SignerThreshold, _ attestations: [AttestationFacts], _ subject: RuleSubject
    ) -> Finding? {
        attestations.lazy.filter(\.underIndexSignature)
            .flatMap { counted(by, among: $0.signers, times: $0.verifiedTimes) }.map(\.signer)
            .flatMap { signer in indexSignatures(of: signer).compactMap { referenceProblem(signer, $0, subject) } }
            .min()
    }

    private func noCandidate(
        _ by: SignerThreshold, _ kind: StatementKind, _ subject: RuleSubject, _ all: [AttestationFacts],
        _ covering: [AttestationFacts]
    ) -> Finding {
        let expected = "\(kind.noun) by \(Self.names(by))"
        let ofKind = covering.filter(kind.includes)
        if let problem = indexReferenceProblem(by, ofKind, subject) { return problem }
        if subject.isIndex,
            let other = all.first(where: {
                kind.includes($0) && !counted(by, among: $0.signers, times: $0.verifiedTimes).isEmpty
            })
        {
            return finding(
                .evidenceNamesOnlyPlatforms, "a platform of the image has \(kind.noun), the index has none", subject,
                expected: subject.digest.description, found: Self.listed(other.subjects.map(\.description)),
                evidence: other.evidence)
        }
        guard !covering.isEmpty else {
            return finding(
                kind.none, "no verified attestation names this digest", subject, expected: expected,
                found: "none for \(subject.digest)")
        }
        guard !ofKind.isEmpty else {
            return finding(
                kind.noneOfType, "attested, but none of the attestations is \(kind.noun)", subject,
                expected: expected, found: Self.listed(covering.map(\.predicateType.value)))
        }
        return finding(
            kind.noAllowedSigner, "there is \(kind.noun), but by none of the signers that count", subject,
            expected: expected, found: Self.listed(Self.described(ofKind.flatMap(\.signers))))
    }
}

// MARK: Which of them have to match

extension RuleJudge {
    /// Judges the candidates by a rule's cardinality.
    func judge<Content>(
        _ candidates: [StatementCandidate<Content>], by: SignerThreshold, match: Cardinality, _ kind: StatementKind,
        _ subject: RuleSubject, time: (StatementCandidate<Content>) -> Instant?,
        check: (StatementCandidate<Content>) -> CandidateCheck
    ) -> Judgement {
        var counted = candidates
        switch match {
        case .any, .all: break
        case .exactlyOne:
            guard candidates.count == 1 else {
                return .misses(
                    finding(
                        kind.notExactlyOne,
                        "expected exactly one statement of the allowed signers, found "
                            + "\(candidates.count)", subject, expected: "1", found: String(candidates.count)))
            }
        case .latest:
            // Each has to say when it was: one that does not could be newer than all of them.
            if let timeless = candidates.first(where: { time($0) == nil }) {
                return .misses(
                    finding(
                        .evidenceNoSignedTime, "a statement does not say its \(kind.time.what)", subject,
                        expected: "`\(kind.time.field)`", found: "none", evidence: timeless.evidence.first))
            }
            let newest = candidates.compactMap(time).max()
            counted = candidates.filter { time($0) == newest }
        }
        let checked = counted.map { (candidate: $0, check: check($0)) }
        let matching = checked.filter { $0.check.misses.isEmpty }
        let missing = checked.filter { !$0.check.misses.isEmpty }
        // Only `any` puts up with statements that do not match beside one that does.
        var judgement =
            matching.isEmpty || (match != .any && !missing.isEmpty)
            ? closestMiss(missing.map(\.check), of: counted.count, otherwise: kind.none, subject)
            : enough(matching.map(\.candidate), by, kind, subject)
        judgement.checks = checked.map(\.check)
        return judgement
    }

    /// Whether the candidates have been signed by enough distinct keys.
    func enough<Content>(
        _ candidates: [StatementCandidate<Content>], _ by: SignerThreshold, _ kind: StatementKind,
        _ subject: RuleSubject, what: String? = nil
    ) -> Judgement {
        let principals = candidates.reduce(into: Set<ExactString>()) { $0.formUnion($1.principals) }
        let names = Set(candidates.flatMap(\.signers).map { ExactString($0.name) }).sorted()
        guard principals.count >= by.atLeast else {
            return .misses(
                finding(
                    kind.tooFewSigners,
                    "\(principals.count) of the \(by.atLeast) distinct signers that are needed have signed it", subject,
                    expected: "\(by.atLeast) of \(Self.names(by))", found: Self.listed(names.map(\.value))),
                findings(leftOut(by, kind, subject), subject) + findings(almost(by, kind, subject), subject))
        }
        let said = candidates.allSatisfy(\.isUnderIndexSignature) ? ", under the signature of the index" : ""
        return .holds(
            "\(what ?? kind.noun) by \(Self.enumerated(names.map { "`\($0)`" }))\(said)",
            by: candidates.flatMap(\.evidence))
    }

    /// Whether the signed time lies within the newest age. Only the time in the signed statement counts: a timestamp
    /// proves that a signature was not made later, and anyone can stamp an old one anew. But what is said to have been
    /// done after the signature is proven to have been there is no time at all.
    func checkAge<Content>(
        _ stated: Instant?, newestAge: Int64?, _ candidate: StatementCandidate<Content>,
        _ kind: @autoclosure () -> StatementKind,
        _ check: inout CandidateCheck
    ) {
        guard let newestAge else { return }
        let kind = kind()
        let at = document.request.at
        let earliest = at.adding(seconds: -newestAge)
        let expected = "from \(earliest) to \(at)"
        func miss(_ code: ReasonCode, expected: String = expected) {
            check.misses.append(
                .init(code: code, what: kind.time.what, expected: expected, found: stated?.description))
        }
        guard let stated else { return miss(.evidenceNoSignedTime) }
        let proven = candidate.verifiedTimes.min()
        if stated > at {
            miss(.evidenceTimeInFuture)
        } else if let proven, stated > proven {
            miss(.evidenceTimeAfterSignature, expected: "at most \(proven), when it was signed already")
        } else if stated < earliest {
            miss(kind.tooOld)
        } else {
            check.matched.append("age")
        }
    }
}

extension StatementCandidate {
    fileprivate mutating func add(_ attestation: AttestationFacts, _ more: [CountedSigner]) {
        evidence.append(attestation.evidence)
        signers += more
        isUnderIndexSignature = isUnderIndexSignature && attestation.underIndexSignature
        verifiedTimes += attestation.verifiedTimes
    }
}

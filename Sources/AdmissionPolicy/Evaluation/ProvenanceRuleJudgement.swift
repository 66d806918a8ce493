import Attestation
import Content
import Findings
import StrictEncoding

/// A provenance statement about the subject, and who of the allowed signers has signed it. Several envelopes of one
/// statement are one candidate.
struct ProvenanceCandidate {
    let statement: Digest
    let provenance: Provenance
    var evidence: [Digest]
    var signers: [Signer]
    var isUnderIndexSignature: Bool

    var principals: Set<ExactString> { Set(signers.map { ExactString($0.principal) }) }
}

extension RuleJudge {
    func provenance(_ rule: ProvenanceRule, _ subject: RuleSubject) -> Judgement {
        let candidates: [ProvenanceCandidate]
        switch self.candidates(by: rule.by, subject) {
        case .failure(let none): return .misses(none.finding)
        case .success(let found): candidates = found
        }
        var counted = candidates
        switch rule.match {
        case .any, .all: break
        case .exactlyOne:
            guard candidates.count == 1 else {
                return .misses(
                    finding(
                        .provenanceNotExactlyOne,
                        "expected exactly one statement of the allowed signers, found "
                            + "\(candidates.count)", subject, expected: "1", found: String(candidates.count)))
            }
        case .latest:
            switch latest(of: candidates, subject) {
            case .failure(let none): return .misses(none.finding)
            case .success(let found): counted = found
            }
        }
        let checked = counted.map { (candidate: $0, check: check($0, rule, subject)) }
        let matching = checked.filter { $0.check.misses.isEmpty }
        let missing = checked.filter { !$0.check.misses.isEmpty }
        // Only `any` puts up with statements that do not match beside one that does.
        if matching.isEmpty || (rule.match != .any && !missing.isEmpty) {
            return closestMiss(missing, of: counted.count, subject)
        }
        return enough(matching.map(\.candidate), rule.by, "provenance", subject)
    }

    struct NoCandidate: Error {
        let finding: Finding
    }

    /// The statements about the subject by allowed signers, sorted; at least one, or why there is none.
    func candidates(
        by: SignerThreshold, _ subject: RuleSubject
    ) -> Result<[ProvenanceCandidate], NoCandidate> {
        let all = document.attestations.sorted { $0.evidence < $1.evidence }
        let covering = all.filter { !subject.coveredBy.isDisjoint(with: $0.subjects) }
        struct Identity: Hashable {
            let statement: Digest
            let provenance: Provenance
        }
        var found: [Identity: ProvenanceCandidate] = [:]
        for attestation in covering {
            guard let provenance = attestation.provenance else { continue }
            let signers = allowed(by, attestation, subject)
            guard !signers.isEmpty else { continue }
            let identity = Identity(statement: attestation.statement, provenance: provenance)
            found[
                identity,
                default: ProvenanceCandidate(
                    statement: attestation.statement, provenance: provenance, evidence: [], signers: [],
                    isUnderIndexSignature: true)
            ].add(attestation, signers)
        }
        guard found.isEmpty else {
            return .success(
                found.values.sorted {
                    $0.statement == $1.statement
                        ? $0.evidence.lexicographicallyPrecedes($1.evidence) : $0.statement < $1.statement
                })
        }
        return .failure(NoCandidate(finding: noCandidate(by, subject, all, covering)))
    }

    /// The allowed signers of an attestation. What is said under the signature of the index counts for a signer only if
    /// that signature would: one that compares names has to have signed this name.
    private func allowed(_ by: SignerThreshold, _ attestation: AttestationFacts, _ subject: RuleSubject) -> [Signer] {
        Self.allowed(by, among: attestation.signers).filter { signer in
            !attestation.underIndexSignature || signer.reference == nil
                || indexSignatures(of: signer).contains { referenceProblem(signer, $0, subject) == nil }
        }
    }

    /// What a signer has signed of the image that is admitted.
    private func indexSignatures(of signer: Signer) -> [SignatureFacts] {
        document.signatures.filter { signature in
            signature.subjects.contains(document.image.digest) && signature.signers.contains { signer.isSigner($0) }
        }
    }

    /// Why statements under the index's signature do not count, if a signer compares names and finds another.
    private func indexReferenceProblem(
        _ by: SignerThreshold, _ attestations: [AttestationFacts], _ subject: RuleSubject
    ) -> Finding? {
        attestations.lazy.filter(\.underIndexSignature).flatMap { Self.allowed(by, among: $0.signers) }
            .flatMap { signer in indexSignatures(of: signer).compactMap { referenceProblem(signer, $0, subject) } }
            .min()
    }

    private func noCandidate(
        _ by: SignerThreshold, _ subject: RuleSubject, _ all: [AttestationFacts], _ covering: [AttestationFacts]
    ) -> Finding {
        let expected = "provenance by \(Self.names(by))"
        let provenance = covering.filter { $0.provenance != nil }
        if let problem = indexReferenceProblem(by, provenance, subject) { return problem }
        if subject.isIndex,
            let other = all.first(where: { $0.provenance != nil && !Self.allowed(by, among: $0.signers).isEmpty })
        {
            return finding(
                .evidenceNamesOnlyPlatforms, "a platform of the image has provenance, the index has none", subject,
                expected: subject.digest.description, found: Self.listed(other.subjects.map(\.description)),
                evidence: other.evidence)
        }
        guard !covering.isEmpty else {
            return finding(
                .provenanceNoAttestation, "no verified attestation names this digest", subject, expected: expected,
                found: "none for \(subject.digest)")
        }
        guard !provenance.isEmpty else {
            return finding(
                .provenanceNoneOfType, "attested, but none of the attestations is provenance", subject,
                expected: expected, found: Self.listed(covering.map(\.predicateType.value)))
        }
        return finding(
            .provenanceNoAllowedSigner, "there is provenance, but by none of the signers that count", subject,
            expected: expected, found: Self.listed(Self.fingerprints(provenance.flatMap(\.signers))))
    }

    /// The statements with the latest end of build. Each has to say when that was: one that does not could be newer
    /// than all of them.
    private func latest(
        of candidates: [ProvenanceCandidate], _ subject: RuleSubject
    ) -> Result<[ProvenanceCandidate], NoCandidate> {
        if let timeless = candidates.first(where: { $0.provenance.finishedOn == nil }) {
            return .failure(NoCandidate(finding: noSignedTime(timeless, subject)))
        }
        let newest = candidates.compactMap(\.provenance.finishedOn).max()
        return .success(candidates.filter { $0.provenance.finishedOn == newest })
    }

    private func noSignedTime(_ candidate: ProvenanceCandidate, _ subject: RuleSubject) -> Finding {
        finding(
            .evidenceNoSignedTime, "a provenance statement does not say when the build finished", subject,
            expected: "`finishedOn`", found: "none", evidence: candidate.evidence.first)
    }

    /// Whether the candidates have been signed by enough distinct keys.
    func enough(
        _ candidates: [ProvenanceCandidate], _ by: SignerThreshold, _ what: String, _ subject: RuleSubject
    ) -> Judgement {
        let principals = candidates.reduce(into: Set<ExactString>()) { $0.formUnion($1.principals) }
        let names = Set(candidates.flatMap(\.signers).map { ExactString($0.name) }).sorted()
        guard principals.count >= by.atLeast else {
            return .misses(
                finding(
                    .provenanceTooFewSigners,
                    "\(principals.count) of the \(by.atLeast) distinct signers that are needed have signed it", subject,
                    expected: "\(by.atLeast) of \(Self.names(by))", found: Self.listed(names.map(\.value))))
        }
        let said = candidates.allSatisfy(\.isUnderIndexSignature) ? ", under the signature of the index" : ""
        return .holds(
            "\(what) by \(Self.enumerated(names.map { "`\($0)`" }))\(said)", by: candidates.flatMap(\.evidence))
    }
}

extension ProvenanceCandidate {
    fileprivate mutating func add(_ attestation: AttestationFacts, _ more: [Signer]) {
        evidence.append(attestation.evidence)
        signers += more
        isUnderIndexSignature = isUnderIndexSignature && attestation.underIndexSignature
    }
}

// MARK: Conditions

/// How far a candidate meets a rule.
struct ProvenanceCheck {
    /// In the order of the rule's fields.
    var matched: [String] = []
    var misses: [Miss] = []

    struct Miss {
        let code: ReasonCode
        let what: String
        let expected: String
        /// Nil where the statement does not say.
        let found: String?
    }

    /// A field that has to match one of the patterns. Absence satisfies nothing.
    mutating func field(_ what: String, _ found: ExactString?, _ globs: [Glob]?, _ code: ReasonCode) {
        guard let globs else { return }
        if let found, globs.contains(where: { $0.matches(found.value) }) {
            matched.append(what)
        } else {
            misses.append(
                Miss(
                    code: found == nil ? .provenanceNotStated : code, what: what,
                    expected: RuleJudge.listed(globs.map(\.description)),
                    found: found.map { Finding.quoted($0.value) }))
        }
    }
}

extension RuleJudge {
    private func check(
        _ candidate: ProvenanceCandidate, _ rule: ProvenanceRule, _ subject: RuleSubject
    ) -> ProvenanceCheck {
        let provenance = candidate.provenance
        var check = ProvenanceCheck()
        check.field("builder", provenance.builder, rule.builder, .provenanceBuilderDiffers)
        check.field("build type", provenance.buildType, rule.buildType, .provenanceBuildTypeDiffers)
        check.field(
            "source repository", provenance.sourceRepository, rule.sourceRepository, .provenanceSourceRepositoryDiffers)
        check.field("source ref", provenance.sourceRef, rule.sourceRef, .provenanceSourceRefDiffers)
        check.field("entry point", provenance.entryPoint, rule.entryPoint, .provenanceEntryPointDiffers)
        checkParameters(provenance, rule, &check)
        checkAge(provenance, rule, &check)
        return check
    }

    /// Every parameter from outside has to be listed, with an allowed value: each can change what is built.
    private func checkParameters(_ provenance: Provenance, _ rule: ProvenanceRule, _ check: inout ProvenanceCheck) {
        var isMet = true
        for parameter in provenance.externalParameters.sorted(by: { ($0.name, $0.value) < ($1.name, $1.value) }) {
            let listed = rule.externalParameters.filter { $0.name.matches(parameter.name.value) }
            if listed.isEmpty {
                check.misses.append(
                    .init(
                        code: .provenanceExternalParameterUnlisted, what: "external parameter",
                        expected: rule.externalParameters.isEmpty
                            ? "none" : Self.listed(rule.externalParameters.map(\.name.description)),
                        found: Finding.quoted(parameter.name.value)))
                isMet = false
            } else if !listed.contains(where: { $0.allows(parameter.value.value) }) {
                check.misses.append(
                    .init(
                        code: .provenanceExternalParameterValue,
                        what: "external parameter \(Finding.quoted(parameter.name.value))",
                        expected: Self.listed(listed.flatMap(\.values).map(\.description)),
                        found: Finding.quoted(parameter.value.value)))
                isMet = false
            }
        }
        if isMet { check.matched.append("external parameters") }
    }

    /// Only the time in the signed statement counts: a timestamp proves that a signature was not made later, and anyone
    /// can stamp an old one anew.
    private func checkAge(_ provenance: Provenance, _ rule: ProvenanceRule, _ check: inout ProvenanceCheck) {
        guard let newestAge = rule.newestAge else { return }
        let at = document.request.at
        let earliest = at.adding(seconds: -newestAge)
        let expected = "from \(earliest) to \(at)"
        guard let finished = provenance.finishedOn else {
            check.misses.append(
                .init(code: .evidenceNoSignedTime, what: "end of build", expected: expected, found: nil))
            return
        }
        if finished > at {
            check.misses.append(
                .init(
                    code: .evidenceTimeInFuture, what: "end of build", expected: expected, found: finished.description))
        } else if finished < earliest {
            check.misses.append(
                .init(code: .provenanceTooOld, what: "end of build", expected: expected, found: finished.description))
        } else {
            check.matched.append("age")
        }
    }

    /// One finding for each condition that the closest candidate does not meet: the one that meets most, then the one
    /// that comes first.
    private func closestMiss(
        _ missing: [(candidate: ProvenanceCandidate, check: ProvenanceCheck)], of count: Int, _ subject: RuleSubject
    ) -> Judgement {
        let most = missing.map(\.check.matched.count).max()
        let fewest = missing.filter { $0.check.matched.count == most }.map(\.check.misses.count).min()
        let closest = missing.first { $0.check.matched.count == most && $0.check.misses.count == fewest }
        let findings = (closest?.check.misses ?? []).map { miss in
            let matched = Self.enumerated(["signer"] + (closest?.check.matched ?? []))
            let found = miss.found.map { "was \($0)" } ?? "is not stated"
            let of = count > 1 ? " (closest of \(count) statements)" : ""
            return finding(
                miss.code, "matched \(matched); \(miss.what) \(found), expected \(miss.expected)\(of)", subject,
                expected: miss.expected, found: miss.found ?? "nothing stated",
                evidence: closest?.candidate.evidence.first)
        }
        guard let first = findings.first else {
            // Not reached: what is missing has a miss. Nothing matched, so nothing is admitted.
            return .misses(finding(.provenanceNoAttestation, "no statement was judged", subject))
        }
        return .misses(first, Array(findings.dropFirst()))
    }
}

import Attestation
import Content
import Findings
import StrictEncoding

extension StatementKind {
    static let provenance = StatementKind(
        noun: "provenance", none: .provenanceNoAttestation, noneOfType: .provenanceNoneOfType,
        noAllowedSigner: .provenanceNoAllowedSigner, tooFewSigners: .provenanceTooFewSigners,
        notExactlyOne: .provenanceNotExactlyOne, tooOld: .provenanceTooOld, time: ("end of build", "finishedOn"),
        includes: { $0.provenance != nil })
}

extension RuleJudge {
    func provenance(_ rule: ProvenanceRule, _ subject: RuleSubject) -> Judgement {
        switch candidates(by: rule.by, subject) {
        case .failure(let none): none.judgement
        case .success(let candidates):
            judge(
                candidates, by: rule.by, match: rule.match, .provenance, subject,
                time: { $0.provenance.finishedOn }, check: { check($0, rule) })
        }
    }

    /// The provenance statements about the subject by allowed signers, sorted; at least one, or why there is none.
    func candidates(
        by: SignerThreshold, _ subject: RuleSubject
    ) -> Result<[ProvenanceCandidate], NoCandidate> {
        candidates(by: by, .provenance, subject, isSame: ==) { $0.provenance }
    }

    /// Whether the candidates have been signed by enough distinct keys.
    func enough(
        _ candidates: [ProvenanceCandidate], _ by: SignerThreshold, _ what: String, _ subject: RuleSubject
    ) -> Judgement {
        enough(candidates, by, .provenance, subject, what: what)
    }

    func check(_ candidate: ProvenanceCandidate, _ rule: ProvenanceRule) -> CandidateCheck {
        let provenance = candidate.provenance
        var check = candidate.check
        check.field("builder", provenance.builder, rule.builder, .provenanceBuilderDiffers)
        check.field("build type", provenance.buildType, rule.buildType, .provenanceBuildTypeDiffers)
        check.field(
            "source repository", provenance.sourceRepository, rule.sourceRepository, .provenanceSourceRepositoryDiffers)
        check.field("source ref", provenance.sourceRef, rule.sourceRef, .provenanceSourceRefDiffers)
        check.field("entry point", provenance.entryPoint, rule.entryPoint, .provenanceEntryPointDiffers)
        checkParameters(provenance, rule, &check)
        checkLevel(candidate, rule, &check)
        checkAge(provenance.finishedOn, newestAge: rule.newestAge, candidate, .provenance, &check)
        return check
    }

    /// The SLSA Build level that the statement reaches by the word of its signers: the best that any of them gives it.
    /// Those who signed only the index that holds a copy give it level 1 at most, whoever else signed the statement.
    private func checkLevel(
        _ candidate: ProvenanceCandidate, _ rule: ProvenanceRule, _ check: inout CandidateCheck
    ) {
        guard let wanted = rule.level else { return }
        let levels = [false, true].compactMap { underIndex -> BuilderLevel? in
            let signers = candidate.signers.filter { $0.isUnderIndexSignature == underIndex }
            guard !signers.isEmpty else { return nil }
            return context.builders.level(
                of: candidate.provenance, signers: signers.map { BuilderIdentity($0.identity) },
                underIndexSignature: underIndex)
        }
        // Of two with one level the direct signers' is named.
        guard let found = levels.dropFirst().reduce(levels.first, { $1.level > ($0?.level ?? .zero) ? $1 : $0 }) else {
            return
        }
        if found.level >= wanted {
            check.matched.append("level")
        } else {
            check.misses.append(
                .init(code: found.code, what: "build level", expected: "at least \(wanted)", found: found.summary))
        }
    }

    /// Every parameter from outside has to be listed, with an allowed value: each can change what is built.
    private func checkParameters(_ provenance: Provenance, _ rule: ProvenanceRule, _ check: inout CandidateCheck) {
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
}

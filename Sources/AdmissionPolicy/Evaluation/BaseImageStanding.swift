import Content
import Findings
import OCI
import StrictEncoding

/// Whether a base that proved itself still counts as approved: what its own policy says of it, and how old it is.
enum BaseStanding {
    /// With what there is to say of it to people.
    case counts(String?)
    /// Never empty, unless no base was looked at. Not known rather than refused if no finding rejects.
    case misses([Finding])

    /// The best of several, any of which will do: the first that counts, else those that are not known, else those that
    /// are refused.
    static func best(of standings: [BaseStanding]) -> BaseStanding {
        var findings: [Finding] = []
        for standing in standings {
            switch standing {
            case .counts: return standing
            case .misses(let more): findings += more
            }
        }
        let open = findings.filter { $0.code.effect != .reject }
        return .misses(open.isEmpty ? findings : open)
    }

    /// The same with words before what there is to say.
    func naming(_ words: String) -> BaseStanding {
        guard case .counts(let note) = self else { return self }
        return .counts(note.map { words + "; " + $0 } ?? words)
    }
}

extension RuleJudge {
    /// - Parameter platforms: those of the image, by which the base's signed time is looked up.
    func standing(
        of base: BaseCandidate, _ rule: BaseImageRule, _ platforms: [Platform], _ subject: RuleSubject
    ) -> BaseStanding {
        if let denied = denied(base.digest, "base image `\(base.name)`", subject) { return .misses([denied]) }
        var notes: [String] = []
        var signed: Instant?
        if let chain = rule.chain {
            let need = BaseChainNeed(
                base: BaseImageNeed(repository: base.repository, digest: base.digest), policy: chain.policy)
            let judgement = document.judgedBases[need]
            if let refused = refusal(by: judgement, of: base, chain, subject) { return .misses([refused]) }
            signed = judgement?.created(for: platforms)
            notes.append("base admitted by `\(chain.policy)`")
        }
        if let newestAge = rule.newestAllowedAge {
            switch age(of: base, signed: signed, newestAge, subject) {
            case .success(let note): notes.append(note)
            case .failure(let refused): return .misses([refused.finding])
            }
        }
        return .counts(notes.isEmpty ? nil : notes.joined(separator: ", "))
    }

    /// Why an image that went into this one must not, whoever approves it: a guardrail denies its digest.
    func denied(_ digest: Digest, _ what: String, _ subject: RuleSubject) -> Finding? {
        guard context.deniedDigests.contains(digest) else { return nil }
        return finding(
            .policyDenied, "denied: \(what) is denied by a guardrail", subject, found: "\(digest)", evidence: digest)
    }

    /// Nil exactly if the base was judged and is admitted. What is not known is told as what it is.
    private func refusal(
        by judgement: BaseJudgement?, of base: BaseCandidate, _ chain: BaseImageChain, _ subject: RuleSubject
    ) -> Finding? {
        let about = "base image `\(base.name)`, judged by `\(chain.policy)`"
        guard let judgement else { return finding(.baseImageUnread, "\(about), was not read", subject) }
        switch (judgement.verdict, judgement.headline) {
        case (.admit, _): return nil
        case (.undecided, let cause?) where cause.code.effect == .undecided:
            return finding(
                cause.code, "\(about): \(cause.message)", subject, expected: cause.expected, found: cause.found,
                evidence: base.digest, mend: cause.mend)
        case (.undecided, _): return finding(.baseImageUnread, "\(about), is undecided", subject)
        case (.reject, let cause):
            return finding(
                .baseImageChainRejected, "\(about), is rejected", subject,
                expected: "a base that `\(chain.policy)` admits",
                found: cause.map { "`\($0.code)`: \($0.message)" } ?? "a reject without a reason",
                evidence: base.digest, mend: cause.map { "in the base image: \($0.mend)" })
        }
    }

    private struct TooOld: Error {
        let finding: Finding
    }

    /// The signed time if there is one, else the date in the policy. A date that somebody wrote never makes a base newer
    /// than its builder says.
    private func age(
        of base: BaseCandidate, signed: Instant?, _ newestAge: Int64, _ subject: RuleSubject
    ) -> Result<String, TooOld> {
        let at = document.request.at
        let earliest = at.adding(seconds: -newestAge)
        let expected = "from \(earliest) to \(at)"
        func refuse(_ code: ReasonCode, _ message: String, _ found: String) -> Result<String, TooOld> {
            .failure(
                TooOld(
                    finding: finding(code, message, subject, expected: expected, found: found, evidence: base.digest)))
        }
        guard let time = signed ?? base.listed else {
            return refuse(.baseImageNoSignedTime, "nothing says how old base image `\(base.name)` is", "no time")
        }
        let which = signed == nil ? "listed" : "made"
        guard time <= at else {
            return refuse(
                .baseImageTimeInFuture, "base image `\(base.name)` is \(which) after the decision", "\(which) \(time)")
        }
        guard time >= earliest else {
            return refuse(.baseImageTooOld, "base image `\(base.name)` is too old", "\(which) \(time)")
        }
        return .success("\(which) \(time)")
    }
}

import Admission
import AdmissionPolicy
import Content
import Findings
import OCI
import StrictEncoding
import Synchronization
import VerdictStorage

extension DecisionService {
    /// Records what was decided, all at once, and waits for no longer than the deadline.
    func record(_ decided: [DecidedQuestion], by deadline: ContinuousClock.Instant) async -> [Answer] {
        let begun = ContinuousClock.now
        let waiting = decided.map { item -> (VerdictID, PendingValue<Durability>, Bool)? in
            guard let recorder, !item.question.isDryRun else { return nil }
            let id = VerdictID.make(at: item.record.request.at)
            let verdict = StoredVerdict(item, id: id)
            // Nobody was let in by what was not decided: its durability is worth no wait while there is no time.
            let mustBeDurable = item.isEnforced && item.shortcut != .shed
            let value = PendingValue<Durability>()
            Task { value.fulfil(await recorder.record(verdict, mustBeDurable: mustBeDurable)) }
            return (id, value, mustBeDurable)
        }
        var answers: [Answer] = []
        answers.reserveCapacity(decided.count)
        for (item, waiting) in zip(decided, waiting) {
            guard let (id, value, mustBeDurable) = waiting else {
                answers.append(Answer(record: item.record, id: nil, durability: .none))
                continue
            }
            let recording: Recording = await value.value(until: deadline).map { .kept($0) } ?? .late
            metrics.count(.recordings, [.durability(recording)])
            if mustBeDurable { metrics.observe(.recordingSeconds, begun.duration(to: .now)) }
            answers.append(
                Answer(
                    record: item.record, id: id, durability: recording,
                    notes: recording.isWanting(mustBeDurable) ? [notRecorded(item, id, recording)] : []))
        }
        return answers
    }

    private func notRecorded(_ item: DecidedQuestion, _ id: VerdictID, _ recording: Recording) -> Finding {
        let why =
            switch recording {
            case .kept(.lost(let why)): why
            default: "it was not durable before the deadline"
            }
        let at = now()
        load.withLock { $0.notRecordedAt = at }
        events?.emit(
            ServiceEvent(
                .notRecorded, at: at, subject: "", code: .serviceNotRecorded,
                members: [("id", id.description), ("image", item.question.image), ("message", why)]))
        return Finding(.serviceNotRecorded, "the verdict \(id) is not recorded durably: \(Finding.escaped(why))")
    }
}

extension Recording {
    /// Whether that is less than was due.
    fileprivate func isWanting(_ mustBeDurable: Bool) -> Bool {
        switch self {
        case .kept(.lost): true
        case .kept(.queued), .late: mustBeDurable
        default: false
        }
    }
}

extension DecidedQuestion {
    /// Whether a policy that is enforced here had a say: then the verdict has to be kept before it has an effect, an admit
    /// like a reject.
    fileprivate var isEnforced: Bool {
        record.enforcement.isEnforced || record.policies.contains { $0.enforcement.isEnforced }
            || record.guardrails.contains { $0.enforcement.isEnforced }
    }

    /// Whether the asker refuses the name that was admitted: it has no digest, though there is one.
    fileprivate var isUnpinned: Bool {
        question.needsDigest && record.verdict == .admit && record.request.reference?.digest == nil
            && record.digestToPin != nil
    }
}

extension StoredVerdict {
    fileprivate init(_ item: DecidedQuestion, id: VerdictID) {
        let record = item.record
        let isRefused = record.verdict != .admit || item.isUnpinned
        self.init(
            id: id, decidedAt: record.request.at, verdict: record.verdict.rawValue,
            isBlocked: isRefused && record.enforcement.isEnforced, stage: record.enforcement.stage.name,
            image: item.question.image, repository: record.request.reference?.name,
            digest: (record.imageDigest ?? record.image?.digest)?.description, namespace: item.question.namespace,
            surface: item.question.asker.surface.rawValue, askedBy: item.question.asker.identity,
            user: item.question.user,
            headline: (item.isUnpinned ? .serviceUnpinnedReference : record.headline?.code)?.name,
            policyDigest: record.policyDigest.description, trustDigest: record.trustDigest.description,
            policies: (record.policies + record.guardrails).map { PolicyLine($0) }, evidence: item.evidence,
            record: record.canonicalBytes)
    }
}

extension PolicyLine {
    fileprivate init(_ result: PolicyResult) {
        self.init(
            name: result.policy.description, verdict: result.verdict.rawValue, stage: result.enforcement.stage.name,
            isEnforced: result.enforcement.isEnforced)
    }
}

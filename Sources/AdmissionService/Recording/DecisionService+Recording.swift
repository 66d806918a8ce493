import Admission
import AdmissionPolicy
import Content
import Deadlines
import Findings
import OCI
import StrictEncoding
import Synchronization
import VerdictStorage

extension DecisionService {
    /// Records what was decided, all at once, and waits for no longer than the deadline.
    func record(_ decided: [DecidedQuestion], by deadline: ContinuousClock.Instant) async -> [Answer] {
        let begun = ContinuousClock.now
        // Together, so that one transaction has them.
        var due: [DueVerdict] = []
        for item in decided where recorder != nil && !item.question.isDryRun {
            // Nobody was let in by what was not decided: its durability is worth no wait while there is no time.
            due.append(
                DueVerdict(
                    verdict: StoredVerdict(item, id: VerdictID.make(at: item.record.request.at)),
                    mustBeDurable: item.isEnforced && item.shortcut != .shed))
        }
        let pending = recorder?.add(due.map { ($0.verdict, $0.mustBeDurable) }) ?? []
        let patience = recorder.map { min(deadline, begun + $0.longestWait) } ?? deadline
        var waiting = zip(due, pending).makeIterator()
        var answers: [Answer] = []
        answers.reserveCapacity(decided.count)
        for item in decided {
            guard recorder != nil, !item.question.isDryRun, let (due, pending) = waiting.next() else {
                answers.append(Answer(record: item.record, id: nil, durability: .none))
                continue
            }
            let (id, mustBeDurable) = (due.verdict.id, due.mustBeDurable)
            let recording: Recording =
                await pending.value(until: patience).map { .kept($0) } ?? (patience < deadline ? .kept(.queued) : .late)
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

/// A verdict on its way to the recorder.
private struct DueVerdict: Sendable {
    let verdict: StoredVerdict
    let mustBeDurable: Bool
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
            // As the store keeps it: an asker may send megabytes, and until they are stored they wait in memory.
            image: StoredText.fit(item.question.image, StoredText.longLimit),
            repository: record.request.reference?.name,
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

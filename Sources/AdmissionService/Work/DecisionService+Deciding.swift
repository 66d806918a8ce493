import Admission
import AdmissionPolicy
import Content
import Deadlines
import Findings
import OCI
import StrictEncoding
import Synchronization
import VerdictStorage

/// What makes two questions one decision: nobody's answer depends on anything else but the instant.
struct DecisionKey: Hashable, Sendable {
    let reference: ImageReference
    let namespace: ExactString?
    let tenant: TenantName
    /// A number of ``MaterialKeeper/Edition``.
    let edition: Int
    /// How often evidence had been announced when it was asked: nobody joins a decision that may have looked before.
    let announcements: Int
}

/// The same with the instant.
struct JudgementKey: Hashable, Sendable {
    let decision: DecisionKey
    /// Of ``SharedWork/Share``: only over what that one read.
    let number: Int
    let at: Instant
}

/// What came of work that several share.
enum DecisionOutcome: Sendable {
    /// Queue or lane was full.
    case refused
    case made(MadeDecision)
}

struct MadeDecision: Sendable {
    let record: AdmissionRecord
    let evidence: [StoredEvidence]
    /// What it was read from, for who asks at another instant.
    let source: any ContentSource
}

/// A question on its way.
struct AskedQuestion: Sendable {
    enum Way: Sendable {
        case known(AdmissionRecord, [StoredEvidence], Shortcut?)
        case shared(SharedWork<DecisionKey, DecisionOutcome>.Share)
    }
    let question: Question
    /// Without a source to read from.
    let request: AdmissionRequest
    let edition: MaterialKeeper.Edition
    let way: Way
}

/// How a question was answered without a decision of its own.
enum Shortcut: Sendable {
    case malformed
    case nothingToRead
    case notConfigured
    case shed
    case late
}

/// A question and what was decided.
struct DecidedQuestion: Sendable {
    let question: Question
    let record: AdmissionRecord
    let evidence: [StoredEvidence]
    let shortcut: Shortcut?
    let edition: MaterialKeeper.Edition
}

extension DecisionService {
    /// Answers what can be answered at once, and begins what can't. Never waits.
    func begin(_ question: Question, _ edition: MaterialKeeper.Edition, at: Instant, hasRoom: Bool) -> AskedQuestion {
        let pipeline = edition.material.pipeline
        let reference: ImageReference
        do throws(ImageReferenceError) { reference = try ImageReference(parsing: question.image) } catch {
            let refusal = ContentSourceError(.imageMalformedReference, error.message)
            let request = AdmissionRequest(
                image: UnreadSource(refusal, named: nil), namespace: question.namespace, at: at)
            return AskedQuestion(
                question: question, request: request, edition: edition,
                way: .known(pipeline.undecided(request, because: Finding(refusal)), [], .malformed))
        }
        let request = AdmissionRequest(
            image: UnreadSource(
                ContentSourceError(.imageUnreadable, "nothing is read for this decision"), named: reference.digest),
            statedReference: reference, namespace: question.namespace, at: at)
        func asked(_ way: AskedQuestion.Way) -> AskedQuestion {
            AskedQuestion(question: question, request: request, edition: edition, way: way)
        }
        func known(_ record: AdmissionRecord, _ shortcut: Shortcut) -> AskedQuestion {
            asked(.known(record, [], shortcut))
        }
        let matching = pipeline.matching(request)
        if let record = pipeline.decideWithoutReading(request, by: matching) { return known(record, .nothingToRead) }
        guard hasRoom else { return known(overloaded(request, pipeline), .shed) }

        let source: any ContentSource
        do throws(ContentSourceError) {
            source = try sources.source(
                reference, namespace: question.namespace, within: configuration.longestDecision)
        } catch {
            return known(pipeline.undecided(request, because: Finding(error)), .notConfigured)
        }
        let tenant = sources.tenant(of: question.namespace)
        // What is warm is judged here and now: handing it to others would take longer.
        let warm = pipeline.decideAtOnce(
            reading(request, from: source, edition, tenant), by: matching, cache: cache)
        if let record = warm {
            // Of a dry run nothing is recorded.
            return asked(.known(record, question.isDryRun ? [] : facts.evidence(of: record), nil))
        }
        let key = DecisionKey(
            reference: reference, namespace: question.namespace.map { ExactString($0) }, tenant: tenant,
            edition: edition.number, announcements: announcements.load(ordering: .acquiring))
        let share = work.share(key, refusal: .refused) { share in
            let claim = WorkQueue.Claim(lane: reference.registry, tenant: tenant)
            let place = queue.submit(claim) { [self] in
                tasks.run(atMost: configuration.longestDecision) { [self] in
                    reading.withLock { $0[share.number] = source as? any PatientSource }
                    let made = await decide(request, from: source, edition, tenant: key.tenant)
                    reading.withLock { $0[share.number] = nil }
                    queue.end(claim)
                    work.end(share, .made(made))
                }
            } displaced: { [work] in
                work.end(share, .refused)
            }
            switch place {
            case .refused: return nil
            case .began: return { false }
            case .waits(let number): return { [queue] in queue.withdraw(number) }
            }
        }
        if !share.isFirst { metrics.count(.sharedWork) }
        return asked(.shared(share))
    }

    /// Waits for what was begun, until the deadline.
    func finish(_ asked: AskedQuestion, by deadline: ContinuousClock.Instant) async -> DecidedQuestion {
        let pipeline = asked.edition.material.pipeline
        func decided(
            _ record: AdmissionRecord, _ evidence: [StoredEvidence] = [], _ shortcut: Shortcut? = nil
        ) -> DecidedQuestion {
            DecidedQuestion(
                question: asked.question, record: record, evidence: evidence, shortcut: shortcut,
                edition: asked.edition)
        }
        let share: SharedWork<DecisionKey, DecisionOutcome>.Share
        switch asked.way {
        case .known(let record, let evidence, let shortcut): return decided(record, evidence, shortcut)
        case .shared(let begun): share = begun
        }
        guard let outcome = await share.value.value(until: deadline) else {
            work.leave(share)
            reading.withLock { $0[share.number] }?.deadlinePassed()
            return decided(late(asked.request, pipeline), [], .late)
        }
        switch outcome {
        case .refused: return decided(overloaded(asked.request, pipeline), [], .shed)
        case .made(let made):
            if made.record.request.at == asked.request.at { return decided(made.record, made.evidence) }
            return await judgeAgain(asked, made, share, by: deadline).map { decided($0.record, $0.evidence) }
                ?? decided(late(asked.request, pipeline), [], .late)
        }
    }

    /// One decision, and what of its evidence is kept with it.
    private func decide(
        _ request: AdmissionRequest, from source: any ContentSource, _ edition: MaterialKeeper.Edition,
        tenant: TenantName
    ) async -> MadeDecision {
        let record = await edition.material.pipeline.decide(
            reading(request, from: source, edition, tenant), cache: cache)
        return MadeDecision(record: record, evidence: facts.evidence(of: record), source: source)
    }

    /// The request with what it is read from.
    private func reading(
        _ request: AdmissionRequest, from source: any ContentSource, _ edition: MaterialKeeper.Edition,
        _ tenant: TenantName
    ) -> AdmissionRequest {
        var request = request
        let namespace = request.namespace
        request.subject = .image(source)
        request.cacheScope = "tenant:" + tenant.description
        let bases = ApprovedBases(edition.approvedBases) { [self] repository, digest throws(ContentSourceError) in
            guard let base = try? ImageReference(parsing: "\(repository)@\(digest)") else {
                throw ContentSourceError(.imageMalformedReference, "expected a repository")
            }
            return try sources.source(base, namespace: namespace, within: configuration.longestDecision)
        }
        request.baseSources = bases.map { [$0] } ?? []
        return request
    }

    /// The decision of who joined in a later second: exceptions, denials and ages are judged at his own instant, over what
    /// was read and verified. What could not be decided is not tried again.
    private func judgeAgain(
        _ asked: AskedQuestion, _ made: MadeDecision, _ share: SharedWork<DecisionKey, DecisionOutcome>.Share,
        by deadline: ContinuousClock.Instant
    ) async -> MadeDecision? {
        if made.record.verdict == .undecided, let headline = made.record.headline {
            let record = asked.edition.material.pipeline.undecided(asked.request, because: headline)
            return MadeDecision(record: record, evidence: [], source: made.source)
        }
        let key = JudgementKey(decision: share.key, number: share.number, at: asked.request.at)
        let again = judgements.share(key, refusal: .refused) { again in
            tasks.run(atMost: configuration.longestDecision) { [self] in
                let made = await decide(
                    asked.request, from: made.source, asked.edition, tenant: share.key.tenant)
                judgements.end(again, .made(made))
            }
            return { false }
        }
        guard case .made(let own)? = await again.value.value(until: deadline) else {
            judgements.leave(again)
            return nil
        }
        return own
    }

    private func overloaded(_ request: AdmissionRequest, _ pipeline: AdmissionPipeline) -> AdmissionRecord {
        pipeline.undecided(
            request, because: Finding(.serviceOverloaded, "the server has more to decide than it takes on"))
    }

    private func late(_ request: AdmissionRequest, _ pipeline: AdmissionPipeline) -> AdmissionRecord {
        pipeline.undecided(
            request, because: Finding(.serviceDeadlineExceeded, "the decision was not made before the deadline"))
    }
}

extension Finding {
    fileprivate init(_ error: ContentSourceError) { self.init(error.code, error.message) }
}

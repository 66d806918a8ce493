import Admission
import AdmissionPolicy
import Content
import Deadlines
import Findings
import OCI
public import StrictEncoding
import Synchronization
public import VerdictStorage

/// The long-running decider behind every surface: one answer for each question, always before its deadline, whatever the
/// registry, the store, new policies or the number of questions do.
///
/// What a question goes through, top to bottom:
/// 1. a text that is no reference is a reject; what needs nothing read is answered; a registry that is not configured is
///    not asked;
/// 2. equal questions under way share one decision;
/// 3. a decision waits for its turn, in a bounded queue; where that is full the question is answered at once;
/// 4. at the deadline it is answered without the decision, which goes on for the next one who asks;
/// 5. the answer is recorded before it is given, as far as time allows.
public final class DecisionService: Sendable {
    public let configuration: DecisionServiceConfiguration
    let sources: any SourceProvider
    let recorder: VerdictRecorder?
    let metrics: ServiceMetrics
    let events: (any EventSink)?
    let now: @Sendable () -> Instant
    let keeper: MaterialKeeper
    let cache: EvidenceCache
    let facts = EvidenceFactsMemory()
    let work = SharedWork<DecisionKey, DecisionOutcome>()
    /// Decisions over again, at another instant, over what was read.
    let judgements = SharedWork<JudgementKey, DecisionOutcome>()
    let queue: WorkQueue
    /// How often evidence was announced.
    let announcements = Atomic(0)
    let tasks = RunningTasks()
    /// What decisions under way are reading from, by the number of their share.
    let reading = Mutex<[Int: any PatientSource]>([:])

    struct Load {
        var open = 0
        var isDraining = false
        /// When a verdict could last not be kept.
        var notRecordedAt: Instant?
        var shedAt: Instant?
    }
    let load = Mutex(Load())

    /// Loads the material for the first time; later failures keep what is there.
    ///
    /// - Parameters:
    ///   - loader: loads everything anew at each call.
    ///   - recorder: nil keeps nothing. Whoever made it runs it.
    ///   - now: the present, to the second.
    /// - Throws: `MaterialError` where there is nothing to begin with.
    public init(
        configuration: DecisionServiceConfiguration, loader: @escaping MaterialLoader, sources: any SourceProvider,
        recorder: VerdictRecorder?, metrics: ServiceMetrics, events: (any EventSink)?,
        now: @escaping @Sendable () -> Instant
    ) async throws(MaterialError) {
        self.configuration = configuration
        self.sources = sources
        self.recorder = recorder
        self.metrics = metrics
        self.events = events
        self.now = now
        cache = EvidenceCache(configuration.cacheLimits)
        queue = WorkQueue(
            WorkQueue.Bounds(
                running: max(1, configuration.concurrentDecisions),
                runningInLane: max(1, configuration.concurrentDecisionsPerRegistry),
                waiting: configuration.queuedDecisions, waitingInLane: configuration.queuedDecisionsPerRegistry))
        keeper = try await MaterialKeeper(
            load: loader, changeStamp: configuration.changeStamp, metrics: metrics, events: events, now: now)
        let startedAt = now()
        metrics.watch { [weak self] readings in
            self?.read(&readings, startedAt: startedAt)
        }
    }

    /// What decisions are made with now.
    public var material: DecisionMaterial { keeper.edition.material }

    /// One answer for each question, in their order, before the deadline.
    ///
    /// Equal questions in one call share a decision like those of several calls. Cancelling the caller changes nothing:
    /// the deadline ends it.
    ///
    /// - Parameter within: from now until the asker goes away.
    public func decide(_ questions: [Question], within: Duration) async -> [Answer] {
        guard !questions.isEmpty else { return [] }
        let begun = ContinuousClock.now
        let times = AnswerTimes(from: begun, within: within, configuration)
        let edition = keeper.edition
        let at = now()
        let free = load.withLock { load in
            let free = max(0, configuration.openQuestions - load.open)
            load.open += questions.count
            return free
        }
        defer { load.withLock { $0.open -= questions.count } }

        // Everything is begun before anything is waited for.
        let asked = questions.enumerated().map { position, question in
            begin(question, edition, at: at, hasRoom: position < free)
        }
        var decided: [DecidedQuestion] = []
        decided.reserveCapacity(asked.count)
        for item in asked { decided.append(await finish(item, by: times.decision)) }
        let answers = await record(decided, by: times.answer)
        let spent = begun.duration(to: .now)
        for (item, answer) in zip(decided, answers) { report(item, answer, took: spent) }
        return answers
    }

    /// Looks for changed material at every interval, until cancelled.
    public func run() async {
        while (try? await Task.sleep(for: configuration.reloadInterval)) != nil { await keeper.reloadIfChanged() }
    }

    /// Loads material now. What is broken replaces nothing and is said in readiness, metrics and events.
    public func reload() async { await keeper.reload() }

    /// Before the process ends: readiness fails at once, what is asked is answered still, and when nothing is open any
    /// more, or the time is over, work for nobody is ended and the recorder writes what it has.
    public func drain(within: Duration) async {
        let end = ContinuousClock.now + within
        load.withLock { $0.isDraining = true }
        // A part of the time is the recorder's.
        let patience = ContinuousClock.now + within * 0.7
        while load.withLock({ $0.open }) > 0, ContinuousClock.now < patience {
            guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { break }
        }
        tasks.cancelAll()
        guard let recorder else { return }
        let drained = PendingValue<Bool>()
        Task {
            await recorder.drain()
            drained.fulfil(true)
        }
        _ = await drained.value(until: end)
    }
}

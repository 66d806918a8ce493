import Admission
import AdmissionPolicy
public import AdmissionService
import Content
import Findings
public import HTTPTransport
import OCI
public import StrictEncoding
import Synchronization
public import VerdictStorage

/// Does the work that notifications lead to: reads what was pushed, has it judged for each namespace that it is bound for,
/// and tells receivers of verdicts that turned.
///
/// Several processes may each run one on the same store. A job belongs to one of them for as long as its lease lasts; if
/// that process dies, another does the job once more. A decision may then be recorded twice, but is told once: what is
/// told is named by the verdicts it lies between, and a name that waits or was delivered lately is not queued again.
public final class NotificationWorker: Sendable {
    let configuration: NotificationConfiguration
    let store: any VerdictStore
    let service: DecisionService
    let sources: any SourceProvider
    let transport: HTTPTransport
    let counters: NotificationCounters
    let now: @Sendable () -> Instant
    private let wake: NotificationWake
    let tellWake = NotificationWake()
    private let identity: String

    /// - Parameters:
    ///   - sources: the same that the service reads from, so that no other registry can be reached from here.
    ///   - identity: names this process in the store, for operators.
    public init(
        _ configuration: NotificationConfiguration, store: any VerdictStore, service: DecisionService,
        sources: any SourceProvider, transport: HTTPTransport, counters: NotificationCounters, wake: NotificationWake,
        identity: String, now: @escaping @Sendable () -> Instant
    ) {
        self.configuration = configuration
        self.store = store
        self.service = service
        self.sources = sources
        self.transport = transport
        self.counters = counters
        self.wake = wake
        self.identity = identity
        self.now = now
    }

    /// Works until the task is cancelled; then takes no more, and returns when what is under way has ended.
    ///
    /// Telling has a lane of its own: a receiver that answers slowly holds up no decision.
    ///
    /// Once in a process: it shows the counters among the service's metrics.
    public func run() async {
        service.show(metrics: { [counters] in counters.exposition() })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.work(on: [NotificationJob.eventKind, NotificationJob.decideKind], self.wake) }
            group.addTask { await self.work(on: [NotificationJob.tellKind], self.tellWake) }
        }
    }

    private func work(on kinds: Set<String>, _ wake: NotificationWake) async {
        let work = configuration.work
        let running = RunningJobs()
        var failures = 0
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let free = work.concurrency - running.count
                var claimed = 0
                do throws(VerdictStoreError) {
                    if free > 0 {
                        for job in try await claim(kinds, free) {
                            claimed += 1
                            running.add(1)
                            group.addTask {
                                // Not cancelled with the rest: each step has a bound of its own, and work half done is
                                // done anew.
                                await Task { await self.perform(job) }.value
                                running.add(-1)
                                wake.signal()
                            }
                        }
                    }
                    failures = 0
                } catch {
                    // The store is down: what is queued there waits, as everything does.
                    counters.note(error)
                    failures = min(failures + 1, 5)
                }
                if claimed == 0 { await wake.wait(atMost: work.poll * (1 << failures)) }
            }
        }
    }

    private func claim(_ kinds: Set<String>, _ limit: Int) async throws(VerdictStoreError) -> [Job] {
        let jobs = try await store.claim(
            kinds: kinds, limit: limit, at: now(), lease: configuration.work.lease, worker: identity)
        counters.set(queueDepth: try await store.queueDepth(at: .latest))
        return jobs
    }

    /// Does what can be claimed now, one lane after the other, and returns how many jobs that were. For tests, and for
    /// those who drive the work themselves.
    @discardableResult
    func workOnce() async throws(VerdictStoreError) -> Int {
        let jobs = try await claim(NotificationJob.kinds, configuration.work.concurrency)
        for job in jobs { await perform(job) }
        return jobs.count
    }

    /// Does a job, and says in the queue what came of it. If that can't be said the lease ends, and it is done once more.
    func perform(_ job: Job) async {
        let outcome: JobOutcome
        switch NotificationJob(job) {
        case .event(let event): outcome = await perform(event, of: job)
        case .decide(let decide): outcome = await perform(decide, of: job)
        case .tell(let tell): outcome = await perform(tell, of: job)
        case nil:
            // Of a newer version, whose workers may come to it; else it is given up like any other.
            outcome = .again("not of this version")
        }
        await conclude(job, outcome)
    }

    private func conclude(_ job: Job, _ outcome: JobOutcome) async {
        let work = configuration.work
        let attempts = job.kind == NotificationJob.tellKind ? work.deliveries : work.attempts
        do throws(VerdictStoreError) {
            switch outcome {
            case .done:
                try await store.finish(job)
                counters.count(job, .done)
            case .remember(let seconds):
                try await store.retry(job, at: now().adding(seconds: seconds), because: Self.delivered)
                counters.count(job, .done)
            case .again(let why, let seconds) where job.attempt < attempts:
                let delay = max(work.delay(afterAttempt: job.attempt), seconds ?? 0)
                try await store.retry(job, at: now().adding(seconds: delay), because: why)
                counters.count(job, .retried)
            case .again(let why, _):
                try await store.finish(job)
                counters.count(job, .givenUp)
                counters.note(givenUp: job, because: why)
            }
        } catch {
            counters.note(error)
        }
    }

    /// What ``Job/lastError`` says of an event that a receiver has, kept so that it is not queued again.
    static let delivered = "delivered"
}

/// How many jobs of a lane are under way.
private final class RunningJobs: Sendable {
    private let number = Mutex(0)

    var count: Int { number.withLock { $0 } }

    func add(_ change: Int) { number.withLock { $0 += change } }
}

/// What came of a job.
enum JobOutcome: Sendable, Equatable {
    case done
    /// Done, and its key stays taken for these seconds.
    case remember(Int64)
    /// To be tried again, unless it was tried often enough; not before these seconds, where somebody asked for that.
    case again(String, seconds: Int64? = nil)
}

// MARK: An event

extension NotificationWorker {
    /// Finds out what was pushed, and queues the questions that follow from it.
    func perform(_ event: EventJob, of job: Job) async -> JobOutcome {
        // The configuration may have changed since the event was queued.
        guard let registry = configuration.registry(event.registry) else { return .done }
        let push = UnverifiedPush(
            repository: ExactString(event.repository), tag: event.tag.map { ExactString($0) },
            digest: event.digest.map { ExactString($0.description) })
        guard let checked = try? registry.checked(push) else { return .done }

        do throws(VerdictStoreError) {
            switch checked.subject {
            case .image(let subject):
                try await reopen(subject, of: checked.repository, at: registry)
                return .done
            case .unknown: return .done
            case nil: break
            }
            switch await look(at: checked, registry) {
            case .image(let digest):
                try await ask(checked, found: digest, at: registry)
            case .evidence(let subject, let isImage, let digest):
                try await reopen(subject, of: checked.repository, at: registry)
                if isImage { try await ask(checked, found: digest, at: registry) }
            case .artifact: counters.count(.notAnImage, of: registry)
            case .absent:
                // Deleted again, or not yet where we read it. There is nothing that a verdict could be recorded of.
                guard job.attempt < configuration.work.absentAttempts else {
                    counters.count(.absent, of: registry)
                    return .done
                }
                return .again("nothing of this name is there")
            case .unread:
                // The decision reads it again, and has the words for why it can't be read.
                try await ask(checked, found: nil, at: registry)
            }
            return .done
        } catch {
            return .again(error.description)
        }
    }

    private enum Pushed {
        case image(Digest)
        /// A manifest with a subject, and whether it could be run as well.
        case evidence(of: Digest, isImage: Bool, digest: Digest)
        /// A chart, a module, a document: nothing that a node runs.
        case artifact
        /// The registry says that it has none.
        case absent
        case unread
    }

    /// Reads the manifest that was pushed: by its tag, as anyone who deploys it would, else by its digest.
    private func look(at event: RegistryEvent, _ registry: NotificationRegistry) async -> Pushed {
        let text =
            registry.host.description + "/" + event.repository
            + (event.tag.map { ":" + $0 } ?? event.digest.map { "@" + $0.description } ?? "")
        let namespace = registry.namespaces(of: event.repository).first
        guard let reference = try? ImageReference(parsing: text),
            let source = try? sources.source(reference, namespace: namespace, within: configuration.work.decision)
        else { return .unread }
        let resolved: ResolvedContent
        do throws(ContentSourceError) { resolved = try await source.resolve(limits: ContentLimits()) } catch {
            return error.code == .imageNotFound ? .absent : .unread
        }
        guard let document = try? ImageDocument(parsing: resolved.content, declared: resolved.descriptor.mediaType)
        else { return .unread }
        let isImage: Bool
        switch document {
        case .index: isImage = document.artifactType == nil
        case .manifest(let manifest):
            isImage = document.artifactType == nil && manifest.config.mediaType.isImageConfiguration
        }
        if let subject = document.subject {
            return .evidence(of: subject.digest, isImage: isImage, digest: document.digest)
        }
        return isImage ? .image(document.digest) : .artifact
    }

    /// One question for each namespace that the image is bound for.
    ///
    /// A tag is asked as a tag, so that the record says what the registry says. If what the sender said was pushed is
    /// something else, the tag has moved on, or the sender lies: that digest is asked as well, without the tag.
    private func ask(
        _ event: RegistryEvent, found: Digest?, at registry: NotificationRegistry
    ) async throws(VerdictStoreError) {
        guard event.tag != nil || registry.judgesUntagged else {
            counters.count(.untagged, of: registry)
            return
        }
        for namespace in registry.questionNamespaces(of: event.repository) {
            try await enqueue(
                DecideJob(
                    registry: registry.name, repository: event.repository, tag: event.tag,
                    digest: event.tag == nil ? event.digest : nil, namespace: namespace, cause: .push))
            if event.tag != nil, let digest = event.digest, let found, digest != found {
                try await enqueue(
                    DecideJob(
                        registry: registry.name, repository: event.repository, tag: nil, digest: digest,
                        namespace: namespace, cause: .push))
            }
        }
    }

    /// Asks again what was asked of an image of this digest before: pinned to it, under the tags and for the namespaces
    /// it was asked for. What was never asked is asked by its digest.
    ///
    /// Evidence of one platform may decide on the index above it: which those are is known of images that were judged
    /// lately, by this process.
    private func reopen(
        _ subject: Digest, of repository: String, at registry: NotificationRegistry
    ) async throws(VerdictStoreError) {
        let name = registry.host.description + "/" + repository
        let images = Set(service.evidenceArrived(for: subject, in: name)).subtracting([subject]).sorted()
        for digest in [subject] + images {
            for job in try await earlierQuestions(on: digest, of: repository, at: registry) { try await enqueue(job) }
        }
    }

    private func earlierQuestions(
        on digest: Digest, of repository: String, at registry: NotificationRegistry
    ) async throws(VerdictStoreError) -> [DecideJob] {
        let namespaces = registry.questionNamespaces(of: repository)
        let earlier = try await store.verdicts(
            VerdictQuery(
                digest: digest.description, repository: registry.host.description + "/" + repository,
                surface: Asker.Surface.notification.rawValue, limit: 1000, isSummary: true))
        var jobs: [DecideJob] = []
        for verdict in earlier.verdicts where jobs.count < configuration.work.reopenedQuestions {
            guard let reference = try? ImageReference(parsing: verdict.image),
                namespaces.contains(where: { $0.map { ExactString($0) } == verdict.namespace.map { ExactString($0) } })
            else { continue }
            let job = DecideJob(
                registry: registry.name, repository: repository, tag: reference.tag, digest: digest,
                namespace: verdict.namespace, cause: .evidence)
            if !jobs.contains(job) { jobs.append(job) }
        }
        for namespace in namespaces where !jobs.contains(where: { $0.namespace == namespace }) {
            jobs.append(
                DecideJob(
                    registry: registry.name, repository: repository, tag: nil, digest: digest, namespace: namespace,
                    cause: .evidence))
        }
        return jobs
    }

    private func enqueue(_ job: DecideJob) async throws(VerdictStoreError) {
        // Whoever may push can push any number of referrers: those of a few seconds are one decision.
        let wait = job.cause == .evidence ? configuration.work.evidenceWindow : 0
        _ = try await store.enqueue(NotificationJob.decide(job).queued(notBefore: now().adding(seconds: wait)))
    }
}

// MARK: A decision

extension NotificationWorker {
    func perform(_ decide: DecideJob, of job: Job) async -> JobOutcome {
        guard let registry = configuration.registry(decide.registry) else { return .done }
        let push = UnverifiedPush(
            repository: ExactString(decide.repository), tag: decide.tag.map { ExactString($0) },
            digest: decide.digest.map { ExactString($0.description) })
        guard let checked = try? registry.checked(push) else { return .done }

        let image =
            registry.host.description + "/" + checked.repository + (checked.tag.map { ":" + $0 } ?? "")
            + (checked.digest.map { "@" + $0.description } ?? "")
        if decide.cause == .evidence, let digest = checked.digest {
            // Again, because it may be another process that was told.
            service.evidenceArrived(for: digest, in: registry.host.description + "/" + checked.repository)
        }
        // The same at each attempt at this job, which is how an attempt knows what an earlier one has recorded.
        let user = "\(decide.cause.rawValue) told by \(registry.name), job \(job.number)"
        let question = Question(
            image: image, namespace: decide.namespace,
            asker: Asker(surface: .notification, identity: registry.identity), user: user)
        guard let answer = await service.decide([question], within: configuration.work.decision).first else {
            return .again("no answer")
        }
        counters.count(answer.record.verdict)

        if let why = answer.record.unavailability { return .again(why) }
        do throws(VerdictStoreError) {
            for tell in try await changes(by: answer, to: image, decide, user: user) {
                let queued = try await store.enqueue(NotificationJob.tell(tell).queued(notBefore: now()))
                if queued { counters.count(.toTell, of: registry) }
                tellWake.signal()
            }
            return .done
        } catch {
            return .again(error.description)
        }
    }
}

extension AdmissionRecord {
    /// Why it is worth asking again later; nil where the verdict would stay as it is.
    var unavailability: String? {
        guard verdict == .undecided else { return nil }
        return findings.first { $0.code.effect == .undecided && $0.code.rank == .unavailable }?.code.name
            ?? findings.first { $0.code.effect == .undecided && $0.code.family == "service" }?.code.name
    }
}

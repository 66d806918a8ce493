import StrictEncoding
public import VerdictStorage

/// `POST /v1/notifications/{name}`: a registry tells of pushes.
///
/// What was answered with 202 is in the queue of the verdict store, and survives this process and this machine. What
/// could not be queued is answered with 429 or 503, on which registries keep it and try again. Nothing is read from a
/// registry here: the answer comes at once, and the ``NotificationWorker`` does the rest.
///
/// A body is an attacker's input. Of it the repository, the tag, the digest and the event's id are read and nothing else;
/// where the registry is, the configuration says.
public struct NotificationSurface: Surface {
    private let configuration: NotificationConfiguration
    private let store: any VerdictStore
    private let counters: NotificationCounters
    private let seen: SeenEvents
    private let wake: NotificationWake

    /// - Parameters:
    ///   - store: its queue is shared by all replicas that have the same store.
    ///   - wake: shared with this process' worker, so that it need not wait for its next look.
    public init(
        _ configuration: NotificationConfiguration, store: any VerdictStore, counters: NotificationCounters,
        wake: NotificationWake
    ) {
        self.configuration = configuration
        self.store = store
        self.counters = counters
        self.wake = wake
        seen = SeenEvents(
            capacity: configuration.work.rememberedEvents, seconds: configuration.work.remembersEvents)
    }

    public var name: SurfaceName { .notification }

    public var routes: [SurfaceRoute] {
        [SurfaceRoute("POST", "/v1/notifications/{name}", bodyByteLimit: configuration.limits.bodyBytes)]
    }

    /// Each registry has its own secret, and a signature covers the body: both are seen here.
    public var proof: CallerProof { .surface }

    public func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
        let start = ContinuousClock.now
        guard let registry = request.parameters["name"].flatMap({ configuration.registry($0) }) else {
            counters.count(.unknownRegistry)
            return Problem.notFound.response()
        }
        if let refusal = unauthenticated(request, by: registry) { return refusal }
        guard request.headers["content-encoding"] == nil, registry.format.accepts(contentType: contentType(of: request))
        else {
            counters.count(.malformed, of: registry)
            return Problem.otherFormat.response()
        }

        let readings: [EventReading]
        do throws(NotificationBodyError) {
            readings = try registry.format.events(in: request.body, limits: configuration.limits)
        } catch {
            counters.count(.malformed, of: registry)
            if case .tooManyEvents = error { return Problem.tooManyEvents.because(error.message).response() }
            return Problem.malformedBody.because(error.message).response()
        }
        let sorted = sort(readings, of: registry, at: request.receivedAt)
        guard !sorted.events.isEmpty else {
            counters.count(sorted, queued: 0, of: registry)
            return sorted.answer(queued: 0)
        }
        return await queue(sorted, of: registry, request, since: start)
    }

    // MARK: Steps

    private func unauthenticated(_ request: SurfaceRequest, by registry: NotificationRegistry) -> SurfaceResponse? {
        let caller = request.caller.flatMap { $0.proof == .none ? nil : ExactString($0.identity) }
        for way in registry.authentication {
            do throws(NotificationAuthenticationError) {
                try way.check(headers: request.headers, body: request.body, caller: caller, at: request.receivedAt)
            } catch {
                counters.count(.unauthenticated, of: registry)
                counters.note(error, of: registry)
                return Problem.notKnown.response()
            }
        }
        return nil
    }

    private func contentType(of request: SurfaceRequest) -> String? { request.headers["content-type"] }

    /// Takes apart what is to be queued and what is not; each event once.
    private func sort(
        _ readings: [EventReading], of registry: NotificationRegistry, at now: Instant
    ) -> SortedEvents {
        var sorted = SortedEvents()
        var keys: Set<String> = []
        for reading in readings {
            switch reading {
            case .ignored(let why): sorted.ignored[why, default: 0] += 1
            case .refused(let why): sorted.refused[why, default: 0] += 1
            case .push(let push):
                do throws(UncheckedEvent) {
                    let event = try registry.checked(push)
                    if seen.contains(event, of: registry.name, at: now) {
                        sorted.ignored[.repeated, default: 0] += 1
                        continue
                    }
                    let job = NotificationJob.event(
                        EventJob(
                            registry: registry.name, repository: event.repository, tag: event.tag,
                            digest: event.digest))
                    sorted.events.append(event)
                    if keys.insert(job.key).inserted { sorted.jobs.append(job) }
                } catch {
                    switch error {
                    case .ignored(let why): sorted.ignored[why, default: 0] += 1
                    case .refused(let why): sorted.refused[why, default: 0] += 1
                    }
                }
            }
        }
        return sorted
    }

    private func queue(
        _ sorted: SortedEvents, of registry: NotificationRegistry, _ request: SurfaceRequest,
        since start: ContinuousClock.Instant
    ) async -> SurfaceResponse {
        do throws(VerdictStoreError) {
            let depth = try await store.queueDepth(at: .latest)
            counters.set(queueDepth: depth)
            guard depth + sorted.jobs.count <= configuration.work.queueDepth else {
                counters.count(.queueFull, of: registry)
                return Problem.queueFull.response()
            }
            var queued = 0
            for job in sorted.jobs {
                guard ContinuousClock.now - start < request.timeout else {
                    counters.count(.notQueued, of: registry)
                    return Problem.notQueued.response()
                }
                let notBefore = request.receivedAt.adding(seconds: configuration.work.window)
                if try await store.enqueue(job.queued(notBefore: notBefore)) { queued += 1 }
            }
            seen.note(sorted.events, of: registry.name, at: request.receivedAt)
            counters.count(sorted, queued: queued, of: registry)
            if queued > 0 { wake.signal() }
            return sorted.answer(queued: queued)
        } catch {
            counters.count(.notQueued, of: registry)
            counters.note(error)
            return Problem.notQueued.response()
        }
    }
}

/// What one body holds.
struct SortedEvents {
    var events: [RegistryEvent] = []
    /// Fewer than events where several are the same work.
    var jobs: [NotificationJob] = []
    var ignored: [IgnoredEvent: Int] = [:]
    var refused: [RefusedEvent: Int] = [:]

    /// 202, with what became of the entries. A body of which everything was refused is taken too: sent again it would
    /// be refused again, and hold up what comes behind it.
    func answer(queued: Int) -> SurfaceResponse {
        func counts<Key: RawRepresentable<String> & Hashable>(_ counts: [Key: Int]) -> JSONTree {
            .object(
                Dictionary(
                    uniqueKeysWithValues: counts.map { (ExactString($0.key.rawValue), .integer(Int64($0.value))) }))
        }
        let body: JSONTree = [
            "accepted": .integer(Int64(events.count)), "queued": .integer(Int64(queued)),
            "ignored": counts(ignored), "refused": counts(refused),
        ]
        return SurfaceResponse(status: 202, body: body.canonicalBytes())
    }
}

extension Problem {
    fileprivate static let otherFormat = Problem(
        415, "unsupported-media-type", "the body is not of the format that this registry is configured for")
    fileprivate static let tooManyEvents = Problem(413, "too-many-events", "the body has more events than are taken")
    fileprivate static let queueFull = Problem(429, "queue-full", "too much waits to be judged", retryAfter: 30)
    fileprivate static let notQueued = Problem(503, "not-queued", "the events can't be queued now", retryAfter: 5)

    private init(_ status: Int, _ code: String, _ title: String, retryAfter seconds: Int) {
        self.init(status, code, title)
        headers = [Header(name: "retry-after", value: String(seconds))]
    }
}

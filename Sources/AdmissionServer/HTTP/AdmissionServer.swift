public import AdmissionService
import NIOCore
import NIOPosix
public import ServiceLifecycle
public import StrictEncoding

/// The server: listeners, each with its own address, TLS and surfaces.
///
/// Everything that can be wrong with the configuration is found when the value is made. ``run()`` ends when it is told to
/// shut down gracefully: readiness turns false, requests are still taken for a while, then no more are, those under way
/// are finished, and what is not finished by the end of its time is cut off.
public struct AdmissionServer: Service {
    private let configuration: AdmissionServerConfiguration
    private let notices: Notices
    private let now: @Sendable () -> Instant
    private let listeners: [Listener]
    private let reloading: [any Reloading]
    private let isListening: @Sendable (_ listener: String, _ port: Int?) -> Void
    private let whatIsInsecure: [InsecureUse]
    private let state = ServerState()

    /// - Parameters:
    ///   - surfaces: what listeners name besides `health` and `metrics`, which the server has itself.
    ///   - service: asked whether it is ready. Whoever made it drains it once the server has ended.
    ///   - moreMetrics: further text of metrics, of surfaces that count by themselves.
    ///   - alsoInsecure: what is open besides: in surfaces that find their callers themselves, and towards registries.
    ///   - version: of the program, for `/version`.
    ///   - notices: told what whoever runs the server should know; called from any thread, and not to wait.
    ///   - isListening: told when a listener takes connections, with its port if it has one.
    ///   - now: the clock, to the second.
    public init(
        configuration: AdmissionServerConfiguration, surfaces: [any Surface], service: DecisionService,
        metrics: ServiceMetrics, moreMetrics: [@Sendable () -> [UInt8]] = [], version: String,
        alsoInsecure: [InsecureUse] = [], notices: @escaping @Sendable (ServerNotice) -> Void,
        isListening: @escaping @Sendable (_ listener: String, _ port: Int?) -> Void = { _, _ in },
        now: @escaping @Sendable () -> Instant
    ) throws(ServerConfigurationError) {
        try self.init(
            configuration: configuration, surfaces: surfaces, readiness: { service.readiness }, metrics: metrics,
            moreMetrics: moreMetrics, version: version, alsoInsecure: alsoInsecure, notices: notices,
            isListening: isListening, now: now)
    }

    /// The same with another source of readiness.
    ///
    /// - Parameter alsoReloading: what others read from files; looked at as often as the server's own.
    package init(
        configuration: AdmissionServerConfiguration, surfaces: [any Surface],
        readiness: @escaping @Sendable () -> Readiness, metrics: ServiceMetrics,
        moreMetrics: [@Sendable () -> [UInt8]] = [], version: String, alsoInsecure: [InsecureUse] = [],
        alsoReloading: [any Reloading] = [], notices: @escaping @Sendable (ServerNotice) -> Void,
        isListening: @escaping @Sendable (_ listener: String, _ port: Int?) -> Void = { _, _ in },
        now: @escaping @Sendable () -> Instant
    ) throws(ServerConfigurationError) {
        try configuration.check(surfaces)
        self.configuration = configuration
        self.notices = Notices(notices)
        self.now = now
        self.isListening = isListening
        whatIsInsecure = configuration.whatIsInsecure + alsoInsecure
        var gates: [SurfaceName: CallerGate] = [:]
        for (surface, access) in configuration.access {
            gates[surface] = try CallerGate(surface, access, at: now())
        }
        var secured: [SecuredListener] = []
        for listener in configuration.listeners { secured.append(try SecuredListener(listener, at: now())) }
        reloading =
            secured.flatMap(\.reloading) + gates.sorted { $0.key < $1.key }.flatMap(\.value.reloading)
            + alsoReloading
        let ledger = ConnectionLedger(configuration.limits)
        let standing = ServerStanding(
            state: state, ledger: ledger, certificates: secured.compactMap(\.certificate), reloading: reloading,
            whatIsInsecure: whatIsInsecure)
        let all =
            surfaces + [
                HealthSurface(standing: standing, version: version, readiness: readiness, now: now),
                MetricsSurface(standing: standing, metrics: metrics, more: moreMetrics),
            ]
        metrics.know(listeners: secured.map(\.configuration.name))
        metrics.watch { readings in standing.read(&readings, at: now()) }
        let counts = RequestCounts(metrics: metrics)
        var listeners: [Listener] = []
        for listener in secured {
            let own = all.filter { listener.configuration.surfaces.contains($0.name) }
            let handler = RequestHandler(
                routes: try RouteTable(own), gates: gates, limits: configuration.limits, notices: self.notices,
                counts: counts, state: state, now: now)
            listeners.append(
                Listener(
                    configuration: listener.configuration,
                    channel: ListenerChannel(
                        certificate: listener.certificate, trust: listener.trust, limits: configuration.limits,
                        ledger: ledger, handler: handler, notices: self.notices, counts: counts, now: now)))
        }
        self.listeners = listeners
    }

    /// Serves until the service group shuts down gracefully, or the task is cancelled, which cuts everything off.
    ///
    /// - Throws: `ServerConfigurationError` where an address can't be listened on, or a listener ended by itself.
    public func run() async throws {
        for use in whatIsInsecure { notices.tell(.insecure, use.text) }
        let ownGroup =
            configuration.eventLoops > 0
            ? MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops) : nil
        let group = ownGroup ?? MultiThreadedEventLoopGroup.singleton
        var running: [RunningListener] = []
        for listener in listeners {
            do throws(ServerConfigurationError) {
                running.append(try RunningListener(listener, on: group, notices: notices, isListening: isListening))
            } catch {
                // Those before it took connections already.
                _ = await stop(running, within: .zero)
                throw error
            }
        }
        let outcome = await outcome(of: running)
        let areFinished = await stop(running, within: outcome.isGraceful ? configuration.shutdown.drain : .zero)
        // An event loop that still has something to do is not taken away from it; the process ends soon.
        if areFinished { try? await ownGroup?.shutdownGracefully() }
        notices.tell(
            .stopped, areFinished ? "all requests were finished" : "\(state.requestsUnderWay) requests were cut off")
        if case .listenerEnded(let error) = outcome { throw error }
    }

    // MARK: Running

    private enum Outcome: Sendable {
        case askedToStop
        case cancelled
        case listenerEnded(ServerConfigurationError)

        var isGraceful: Bool { if case .askedToStop = self { true } else { false } }
    }

    /// Waits until there is a reason to stop, and through the lame-duck time.
    private func outcome(of running: [RunningListener]) async -> Outcome {
        await withTaskGroup(of: Outcome?.self) { tasks in
            tasks.addTask {
                await reloadUntilCancelled()
                return nil
            }
            for listener in running {
                tasks.addTask { await listener.end().map { .listenerEnded($0) } }
            }
            tasks.addTask {
                do {
                    try await gracefulShutdown()
                } catch {
                    return .cancelled
                }
                state.drain()
                notices.tell(
                    .draining, "readiness is false; requests are taken for \(configuration.shutdown.lameDuck) more")
                try? await Task.sleep(for: configuration.shutdown.lameDuck)
                return .askedToStop
            }
            for await outcome in tasks {
                guard let outcome else { continue }
                tasks.cancelAll()
                return outcome
            }
            return .cancelled
        }
    }

    private func reloadUntilCancelled() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(configuration.secondsBetweenReloads))
            guard !Task.isCancelled else { return }
            reload()
        }
    }

    /// Looks at all files now.
    public func reload() {
        for files in reloading {
            switch files.refresh(at: now()) {
            case nil: break
            case .reloaded: notices.tell(.reloaded, files.title)
            case .kept(let why):
                notices.tell(.reloadFailed, "\(files.title): \(why); what was loaded before still counts")
            }
        }
    }

    // MARK: Stopping

    /// - Returns: whether every request under way was finished.
    private func stop(_ running: [RunningListener], within time: Duration) async -> Bool {
        state.drain()
        if time > .zero {
            for listener in running { listener.closeGracefully() }
            if await Self.finish(running, within: time) { return true }
        }
        for listener in running { listener.cut() }
        return await Self.finish(running, within: .seconds(2))
    }

    private static func finish(_ running: [RunningListener], within time: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                for listener in running { _ = await listener.ended.wait() }
                return !Task.isCancelled
            }
            tasks.addTask {
                try? await Task.sleep(for: time)
                return false
            }
            let isFinished = await tasks.next() ?? false
            tasks.cancelAll()
            return isFinished
        }
    }
}

/// A listener with what it reads from files.
private struct SecuredListener {
    let configuration: ListenerConfiguration
    private(set) var certificate: ServerCertificate?
    private(set) var trust: ClientTrust?

    init(_ configuration: ListenerConfiguration, at now: Instant) throws(ServerConfigurationError) {
        self.configuration = configuration
        do throws(WatchedFilesError) {
            guard let tls = configuration.tls else { return }
            certificate = try ServerCertificate(tls, listener: configuration.name, at: now)
            guard let clients = tls.clients else { return }
            trust = try ClientTrust(clients, listener: configuration.name, at: now)
        } catch {
            throw .file(error.message)
        }
    }

    var reloading: [any Reloading] {
        [certificate.map { $0 as any Reloading }, trust.map { $0 as any Reloading }].compactMap { $0 }
    }
}

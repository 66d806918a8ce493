import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
public import StrictEncoding
import Synchronization

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
    let state = ServerState()
    let counts = RequestCounts()

    /// - Parameter surfaces: each is on the listeners that name it.
    /// - Parameter notices: told what whoever runs the server should know; called from any thread, and not to wait.
    /// - Parameter isListening: told when a listener takes connections, with its port if it has one.
    /// - Parameter now: the clock, to the second.
    public init(
        configuration: AdmissionServerConfiguration, surfaces: [any Surface],
        notices: @escaping @Sendable (ServerNotice) -> Void,
        isListening: @escaping @Sendable (_ listener: String, _ port: Int?) -> Void = { _, _ in },
        now: @escaping @Sendable () -> Instant
    ) throws(ServerConfigurationError) {
        try configuration.check(surfaces)
        self.configuration = configuration
        self.notices = Notices(notices)
        self.now = now
        self.isListening = isListening
        var gates: [SurfaceName: CallerGate] = [:]
        for (surface, access) in configuration.access {
            gates[surface] = try CallerGate(surface, access, at: now())
        }
        let ledger = ConnectionLedger(configuration.limits)
        var listeners: [Listener] = []
        for listener in configuration.listeners {
            var certificate: ServerCertificate?
            var trust: ClientTrust?
            do throws(WatchedFilesError) {
                if let tls = listener.tls {
                    certificate = try ServerCertificate(tls, listener: listener.name, at: now())
                }
                if let clients = listener.tls?.clients {
                    trust = try ClientTrust(clients, listener: listener.name, at: now())
                }
            } catch {
                throw .file(error.message)
            }
            let handler = RequestHandler(
                routes: try RouteTable(surfaces.filter { listener.surfaces.contains($0.name) }), gates: gates,
                limits: configuration.limits, notices: self.notices, counts: counts, state: state, now: now)
            listeners.append(
                Listener(
                    configuration: listener,
                    channel: ListenerChannel(
                        certificate: certificate, trust: trust, limits: configuration.limits, ledger: ledger,
                        handler: handler, notices: self.notices, now: now)))
        }
        self.listeners = listeners
        var reloading: [any Reloading] = []
        for listener in listeners {
            if let certificate = listener.channel.certificate { reloading.append(certificate) }
            if let trust = listener.channel.trust { reloading.append(trust) }
        }
        for gate in gates.sorted(by: { $0.key < $1.key }) { reloading += gate.value.reloading }
        self.reloading = reloading
    }

    /// Serves until the service group shuts down gracefully, or the task is cancelled, which cuts everything off.
    ///
    /// - Throws: `ServerConfigurationError` where an address can't be listened on, or a listener ended by itself.
    public func run() async throws {
        for what in configuration.whatIsInsecure { notices.tell(.insecure, what) }
        let ownGroup =
            configuration.eventLoops > 0
            ? MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops) : nil
        let group = ownGroup ?? MultiThreadedEventLoopGroup.singleton
        var running: [RunningListener] = []
        for listener in listeners {
            running.append(
                try RunningListener(listener, on: group, notices: notices, isListening: isListening))
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

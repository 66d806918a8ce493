import Admission
import AdmissionPolicy
import AdmissionServer
import AdmissionService
import Content
import Findings
import HTTPTransport
import LandwaiterCommands
import Logging
import OCI
import ServiceLifecycle
import StrictEncoding
import UnixSignals
import VerdictStorage

extension ServeCommand {
    func carryOut() async throws {
        let configuration = try ServerConfiguration.load(config, openToAll: insecureAnyCaller)
        if check {
            let report = await ServerCheck(configuration).report()
            Terminal.write(report.text)
            guard report.problems.isEmpty else {
                throw CommandFailure(
                    status: ExitStatus.badData,
                    lines: [
                        "\(report.problems.count) \(report.problems.count == 1 ? "problem" : "problems") with what would be served"
                    ] + report.problems)
            }
            return
        }
        let log = ServerLog(configuration.log)
        do {
            try await Server(configuration, log: log).run()
        } catch {
            await log.drain(within: Server.patienceForLog)
            throw error
        }
        await log.drain(within: Server.patienceForLog)
    }
}

/// Everything that `serve` runs, put together from one document. What is wrong with the document or with what it names
/// is found while it is made; what is out of reach for now, a registry or the store, is not.
struct Server {
    let configuration: ServerConfiguration
    let log: ServerLog
    let metrics: ServiceMetrics
    let events: EventLog
    let registries: ServerRegistries
    let material: MaterialSource
    let store: any VerdictStore
    let recorder: VerdictRecorder
    let service: DecisionService
    let notifications: ServerNotifications?
    let server: AdmissionServer

    init(
        _ configuration: ServerConfiguration, log: ServerLog,
        isListening: @escaping @Sendable (_ listener: String, _ port: Int?) -> Void = { _, _ in }
    ) async throws(CommandFailure) {
        self.configuration = configuration
        self.log = log
        let metrics = ServiceMetrics()
        self.metrics = metrics
        events = EventLog(runbooks: configuration.runbooks, metrics: metrics) { log.put(event: $0) }
        registries = try ServerRegistries(configuration, metrics: metrics, events: events)
        material = MaterialSource(configuration)
        await material.refreshWhatCannotBeUsed(log)
        store = try OpenedStore.open(configuration.store)
        try await Self.check(store, log)
        let spool: VerdictSpool
        do throws(VerdictStoreError) {
            spool = try await VerdictSpool.open(
                directory: configuration.spool.directory,
                limits: SpoolLimits(bytes: configuration.spool.mostBytes))
        } catch {
            throw CommandFailure(
                status: ExitStatus.badData,
                lines: ["the spool \(Finding.quoted(configuration.spool.directory)): \(error.description)"])
        }
        recorder = VerdictRecorder(store: store, spool: spool)
        do throws(MaterialError) {
            service = try await DecisionService(
                configuration: Self.settings(configuration, material), loader: material.loader { Clock.now },
                sources: registries.sources, recorder: recorder, metrics: metrics, events: events, now: { Clock.now })
        } catch {
            throw CommandFailure(
                status: ExitStatus.badData, lines: [error.message] + (error.mend.map { ["mend: \($0)"] } ?? []))
        }
        notifications = try ServerNotifications(configuration, store: store, log: log)
        let surfaces = try ServerSurfaces.all(
            configuration, service: service, store: store, notifications: notifications)
        do throws(ServerConfigurationError) {
            server = try AdmissionServer(
                configuration: Self.listening(configuration), surfaces: surfaces,
                readiness: { [service] in service.readiness }, metrics: metrics,
                version: AdmissionRecord.engineVersion,
                alsoInsecure: (notifications?.configuration.whatIsInsecure ?? []) + registries.whatIsInsecure,
                alsoReloading: [registries.certificates].compactMap { $0 }, notices: { log.say($0) },
                isListening: { name, port in
                    log.say(.notice, "listening", ["listener": name, "port": port.map { "\($0)" } ?? "none"])
                    isListening(name, port)
                }, now: { Clock.now })
        } catch {
            throw CommandFailure(status: ExitStatus.badData, lines: [error.message])
        }
    }

    /// Serves until SIGTERM or SIGINT, then drains.
    func run() async throws {
        log.say(
            .notice, "starting",
            [
                "version": AdmissionRecord.engineVersion, "configuration": configuration.name,
                "material": service.material.summary,
                "policyDigest": service.material.pipeline.policies.digest.description,
                "trustDigest": service.material.pipeline.trustDigest.description,
            ])
        // Services are ended in the reverse order, each when the one before has ended: first nothing new is taken and
        // what is under way is answered, then what was answered is recorded.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: Recording(recorder: recorder), successTerminationBehavior: .ignore),
            .init(service: Deciding(service: service, drain: .seconds(configuration.shutdown.drain))),
            .init(service: TrustRefreshing(material: material, log: log)),
            .init(service: Hangups(service: service, server: server, log: log)),
        ]
        if let notifications {
            let worker = NotificationWorker(
                notifications.configuration, store: store, service: service, sources: registries.sources,
                transport: registries.transport, counters: notifications.counters, wake: notifications.wake,
                identity: "\(SystemUser.machine)/\(SystemUser.process)", now: { Clock.now })
            services.append(.init(service: Working(worker: worker)))
        }
        services.append(.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup))
        var group = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint], logger: log.logger)
        let longest = configuration.shutdown.lameDuck + 2 * configuration.shutdown.drain + 10
        group.maximumGracefulShutdownDuration = .seconds(longest)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as ServerConfigurationError {
            await close()
            throw CommandFailure(status: ExitStatus.unavailable, lines: [error.message])
        } catch {
            await close()
            throw CommandFailure(
                status: ExitStatus.internalError, lines: ["the server ended by itself: \(Finding.escaped("\(error)"))"])
        }
        await close()
        log.say(.notice, "stopped")
    }

    private func close() async {
        await store.close()
        await registries.transport.shutdown()
        // Last: all of what came before may have said something.
        await events.drain(within: Self.patienceForLog)
    }

    /// What waits to be written is bounded; so long only where nobody reads the log.
    fileprivate static let patienceForLog = Duration.seconds(5)

    /// That the store can't be reached now is no reason not to serve: verdicts go to the spool until it can. That it can
    /// never be used is one.
    private static func check(_ store: any VerdictStore, _ log: ServerLog) async throws(CommandFailure) {
        do throws(VerdictStoreError) {
            try await store.check()
        } catch {
            guard error.isTransient else { throw OpenedStore.failure(error) }
            log.say(.warning, "starting without the store", ["why": error.description])
        }
    }

    private static func settings(
        _ configuration: ServerConfiguration, _ material: MaterialSource
    ) -> DecisionServiceConfiguration {
        var settings = DecisionServiceConfiguration()
        let decisions = configuration.decisions
        settings.concurrentDecisions = decisions.concurrent
        settings.concurrentDecisionsPerRegistry = max(1, decisions.concurrent * 3 / 4)
        settings.queuedDecisions = decisions.queued
        settings.queuedDecisionsPerRegistry = max(1, decisions.queued * 3 / 4)
        settings.longestDecision = .seconds(decisions.longest)
        settings.reloadInterval = .seconds(configuration.policies.reloadEvery)
        settings.changeStamp = { material.stamp(at: Clock.now) }
        settings.cacheLimits.totalBytes = configuration.cache.mostBytes
        settings.cacheLimits.scopeBytes = configuration.cache.mostBytes / 2
        settings.cacheLimits.listAge = configuration.cache.listFreshFor
        settings.cacheLimits.grace = configuration.cache.grace
        settings.cacheLimits.failureAge = configuration.cache.absentFor
        return settings
    }

    static func listening(_ configuration: ServerConfiguration) -> AdmissionServerConfiguration {
        var limits = HTTPLimits()
        limits.usualAnswer = .seconds(configuration.decisions.deadline)
        var shutdown = ShutdownTimes()
        shutdown.lameDuck = .seconds(configuration.shutdown.lameDuck)
        shutdown.drain = .seconds(configuration.shutdown.drain)
        return AdmissionServerConfiguration(
            listeners: configuration.listeners, access: configuration.access, limits: limits, shutdown: shutdown,
            secondsBetweenReloads: Int(configuration.policies.reloadEvery))
    }
}

extension ServerLog {
    func say(_ notice: ServerNotice) {
        let level: Logger.Level =
            switch notice.kind {
            case .insecure, .reloadFailed, .failed: .warning
            case .callerRefused, .bound, .draining, .stopped: .notice
            case .listening, .reloaded: .info
            }
        // `isListening` says more of it.
        if notice.kind == .listening { return }
        say(
            level, notice.message,
            [
                "notice": notice.kind.rawValue, "surface": notice.surface?.rawValue ?? "none",
                "address": notice.address ?? "none",
            ])
    }
}

// MARK: What runs beside the server

/// Writes verdicts to the store, and what the spool holds.
private struct Recording: Service {
    let recorder: VerdictRecorder

    func run() async throws {
        await cancelWhenGracefulShutdown { await recorder.run() }
    }
}

/// Looks for new policies and trust; in the end, waits until what was decided is recorded.
private struct Deciding: Service {
    let service: DecisionService
    let drain: Duration

    func run() async throws {
        await cancelWhenGracefulShutdown { await service.run() }
        await service.drain(within: drain)
    }
}

/// Decides what registries tell of.
private struct Working: Service {
    let worker: NotificationWorker

    func run() async throws {
        await cancelWhenGracefulShutdown { await worker.run() }
    }
}

/// SIGHUP: everything that is read from files is read now.
private struct Hangups: Service {
    let service: DecisionService
    let server: AdmissionServer
    let log: ServerLog

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                log.say(.notice, "reloading", ["because": "SIGHUP"])
                server.reload()
                await service.reload()
            }
        }
    }
}

/// Brings those trust stores up to date that the document wants to be.
private struct TrustRefreshing: Service {
    let material: MaterialSource
    let log: ServerLog

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { tasks in
                for store in material.trust.stores {
                    guard let seconds = store.refreshEvery else { continue }
                    tasks.addTask {
                        while (try? await Task.sleep(for: .seconds(seconds))) != nil {
                            await material.refresh(store, log)
                        }
                    }
                }
                // A service that ends ends the others.
                while (try? await Task.sleep(for: .seconds(86_400))) != nil {}
                await tasks.waitForAll()
            }
        }
    }
}

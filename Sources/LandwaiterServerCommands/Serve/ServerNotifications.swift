import AdmissionServer
import AdmissionService
import Content
import Findings
import HTTPTransport
import LandwaiterCommands
import Logging
import StrictEncoding
import Synchronization
import VerdictStorage

/// What belongs together about notifications: what takes them, and what counts them.
struct ServerNotifications: Sendable {
    let configuration: NotificationConfiguration
    let surface: NotificationSurface
    let counters: NotificationCounters
    let wake = NotificationWake()

    /// Nil where no registry may tell of pushes.
    init?(
        _ configuration: ServerConfiguration, store: any VerdictStore, log: ServerLog
    ) throws(CommandFailure) {
        guard let notifications = try NotificationConfiguration(configuration) else { return nil }
        self.configuration = notifications
        counters = NotificationCounters { log.sayOften(.warning, $0.detail, about: $0.kind.rawValue) }
        surface = NotificationSurface(notifications, store: store, counters: counters, wake: wake)
    }
}

extension NotificationConfiguration {
    /// As the document has it; nil where no registry may tell of pushes.
    ///
    /// - Throws: status 65 also for a secret that can't be read, or is too short to be one.
    init?(_ configuration: ServerConfiguration) throws(CommandFailure) {
        let notifications = configuration.notifications
        guard !notifications.registries.isEmpty else { return nil }
        var registries: [NotificationRegistry] = []
        for registry in notifications.registries { registries.append(try Self.registry(registry)) }
        var receivers: [NotificationReceiver] = []
        for receiver in notifications.receivers { receivers.append(try Self.receiver(receiver)) }
        var work = NotificationWork()
        work.queueDepth = notifications.queued
        work.concurrency = notifications.workers
        do throws(NotificationConfigurationError) {
            self = try NotificationConfiguration(registries: registries, receivers: receivers, work: work)
        } catch {
            throw .badData(error.message)
        }
    }

    private static func registry(
        _ registry: ServerConfiguration.Notifications.Registry
    ) throws(CommandFailure) -> NotificationRegistry {
        var authentication: [NotificationAuthentication] = []
        if let header = registry.header {
            authentication.append(.header(name: header.name, value: try SecretFile.shared(header.file)))
        }
        if let signature = registry.signature {
            authentication.append(
                .signature(
                    NotificationSignature(
                        header: signature.header, prefix: signature.prefix, algorithm: signature.algorithm.hash,
                        encoding: signature.encoding == .hex ? .hex : .base64,
                        timestamp: signature.timestampHeader.map { NotificationSignature.Timestamp(header: $0) },
                        secret: try SecretFile.shared(signature.file))))
        }
        if !registry.callers.isEmpty { authentication.append(.caller(registry.callers.map { ExactString($0) })) }
        if registry.insecureAnyone { authentication = [.insecureAnyone] }
        let format: NotificationFormat =
            switch (registry.format, registry.mapping) {
            case (.distribution, _), (.mapped, nil): .distribution
            case (.harbor, _): .harbor
            case (.mapped, let mapping?): .mapped(try Self.mapping(mapping, of: registry.name))
            }
        do throws(NotificationConfigurationError) {
            var destinations: [NotificationDestination] = []
            for item in registry.destinations {
                destinations.append(
                    try NotificationDestination(repositories: item.repositories, namespaces: item.namespaces))
            }
            return try NotificationRegistry(
                name: registry.name, host: registry.host, format: format, authentication: authentication,
                repositories: registry.repositories, destinations: destinations,
                judgesUntagged: registry.judgesUntagged)
        } catch {
            throw .badData(error.message)
        }
    }

    private static func mapping(
        _ mapping: ServerConfiguration.Notifications.Mapping, of registry: String
    ) throws(CommandFailure) -> NotificationMapping {
        do throws(NotificationMappingError) {
            let path = { (text: String?) throws(NotificationMappingError) -> EventPath? in
                guard let text else { return nil }
                return try EventPath(text)
            }
            let pushes: NotificationMapping.Pushes =
                if let action = try path(mapping.action) {
                    .action(action, isOneOf: mapping.pushes.map { ExactString($0) })
                } else {
                    .everyEvent
                }
            return try NotificationMapping(
                repository: try EventPath(mapping.repository), repositoryPrefix: mapping.repositoryPrefix,
                tag: try path(mapping.tag), digest: try path(mapping.digest), id: try path(mapping.id), pushes: pushes)
        } catch {
            throw .badData("the mapping of \(Finding.quoted(registry)): \(error.message)")
        }
    }

    private static func receiver(
        _ receiver: ServerConfiguration.Notifications.Receiver
    ) throws(CommandFailure) -> NotificationReceiver {
        let url: WebURL
        do throws(WebURLError) { url = try WebURL(parsing: receiver.url) } catch {
            throw .badData("the receiver \(Finding.quoted(receiver.name)): \(error.message)")
        }
        let secret = try SecretFile.shared(receiver.file)
        do throws(NotificationConfigurationError) {
            return try NotificationReceiver(name: receiver.name, url: url, secret: secret, images: receiver.images)
        } catch {
            throw .badData(error.message)
        }
    }
}

extension ServerConfiguration.Notifications.Signature.Algorithm {
    fileprivate var hash: NotificationSignature.Algorithm {
        switch self {
        case .sha256: .sha256
        case .sha384: .sha384
        case .sha512: .sha512
        }
    }
}

/// Secrets that a file holds, one a line: while one replaces another there are two. Read anew when the file changes; one
/// that can't be read keeps what it held.
final class SecretFile: Sendable {
    private struct State {
        var values: [[UInt8]]
        var readAt: ContinuousClock.Instant
    }

    private let path: String
    private let state: Mutex<State>

    /// For how long what was read is used without another look.
    private static let freshFor = Duration.seconds(2)
    private static let longest = 64 << 10

    static func shared(_ path: String) throws(CommandFailure) -> SharedSecret {
        let file = try SecretFile(path)
        return SharedSecret { file.values }
    }

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        let values = try Self.read(path)
        state = Mutex(State(values: values, readAt: .now))
    }

    var values: [[UInt8]] {
        state.withLock { state in
            guard state.readAt.duration(to: .now) >= Self.freshFor else { return state.values }
            state.readAt = .now
            if let values = try? Self.read(path) { state.values = values }
            return state.values
        }
    }

    private static func read(_ path: String) throws(CommandFailure) -> [[UInt8]] {
        let bytes = try LocalFile.read(path, limit: longest)
        let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        var values: [[UInt8]] = []
        for line in lines {
            guard let value = SharedSecret.value(ofFile: Array(line)) else {
                throw .badData("\(Finding.quoted(path)): expected base64 after `whsec_`, found something else")
            }
            values.append(value)
        }
        guard let shortest = values.map(\.count).min(), shortest >= SharedSecret.fewestBytes else {
            throw .badData(
                "\(Finding.quoted(path)): expected a secret of at least \(SharedSecret.fewestBytes) bytes, found "
                    + (values.isEmpty ? "none" : "a shorter one"),
                "make one with `openssl rand -base64 32`")
        }
        return values
    }
}

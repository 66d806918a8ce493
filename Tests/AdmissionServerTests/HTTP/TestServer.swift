import AdmissionServer
import AdmissionService
import Logging
import ServiceLifecycle
import Simulators
import StrictEncoding
import Synchronization

/// A server on free ports of loopback for as long as a test lasts.
final class TestServer: Sendable {
    let notices = NoticeLog()
    let clock: TestClock
    private let ports: Ports
    private let group: ServiceGroup
    private let task: Task<Void, any Error>
    let server: AdmissionServer

    /// The listener's port by its name.
    final class Ports: Sendable {
        private let state = Mutex([String: Int]())
        func set(_ name: String, _ port: Int?) { state.withLock { $0[name] = port ?? -1 } }
        subscript(name: String) -> Int { state.withLock { $0[name] ?? 0 } }
        var count: Int { state.withLock { $0.count } }
    }

    let metrics = ServiceMetrics()

    /// - Parameter mayFail: not to wait for listeners that will not listen.
    init(
        _ configuration: AdmissionServerConfiguration, surfaces: [any Surface], clock: TestClock = TestClock(),
        readiness: Readiness = Readiness([Readiness.Part("policy", .ok, "loaded")]), mayFail: Bool = false
    ) async throws {
        let ports = Ports()
        let notices = notices
        self.clock = clock
        self.ports = ports
        server = try AdmissionServer(
            configuration: configuration, surfaces: surfaces, readiness: { readiness }, metrics: metrics,
            version: "1.2.3", notices: { notices.append($0) }, isListening: { ports.set($0, $1) },
            now: { clock.now })
        let group = ServiceGroup(
            services: [server], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.group = group
        task = Task { try await group.run() }
        let end = ContinuousClock.now.advanced(by: .seconds(600))
        while !mayFail, ports.count < configuration.listeners.count, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    deinit { task.cancel() }

    func cancel() { task.cancel() }

    func port(_ name: String = "main") -> Int { ports[name] }

    /// As SIGTERM does.
    func terminate() async { await group.triggerGracefulShutdown() }

    /// Waits until the server has ended.
    func end() async throws { try await task.value }

    func client(_ name: String = "main", tls: RawClient.TLS? = nil) async throws -> RawClient {
        try await RawClient.connect(port: port(name), tls: tls)
    }
}

/// A clock that tests set.
final class TestClock: Sendable {
    private let state = Mutex(SimulatedCA.now)

    var now: Instant { state.withLock { $0 } }
    func pass(_ seconds: Int64) { state.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// A value that several tasks of a test change.
final class Kept<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    @discardableResult
    func update<Result: Sendable>(_ change: (inout Value) throws -> Result) rethrows -> Result {
        try state.withLock { value in
            var copy = value
            defer { value = copy }
            return try change(&copy)
        }
    }
}

final class NoticeLog: Sendable {
    private let state = Mutex([ServerNotice]())

    func append(_ notice: ServerNotice) { state.withLock { $0.append(notice) } }
    var all: [ServerNotice] { state.withLock { $0 } }
    func of(_ kind: ServerNotice.Kind) -> [ServerNotice] { all.filter { $0.kind == kind } }
}

/// Answers with what a test says, and remembers what it was asked.
final class TestSurface: Surface {
    let name: SurfaceName
    let routes: [SurfaceRoute]
    let proof: CallerProof
    private let respond: @Sendable (SurfaceRequest) async -> SurfaceResponse
    private let state = Mutex([SurfaceRequest]())

    init(
        _ name: SurfaceName = .kubernetesValidate,
        routes: [SurfaceRoute] = [SurfaceRoute("POST", "/v1/kubernetes/validate", bodyByteLimit: 64 << 10)],
        proof: CallerProof = .listener,
        respond: @escaping @Sendable (SurfaceRequest) async -> SurfaceResponse = {
            SurfaceResponse(body: Array($0.askedBy.utf8))
        }
    ) {
        self.name = name
        self.routes = routes
        self.proof = proof
        self.respond = respond
    }

    func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
        state.withLock { $0.append(request) }
        return await respond(request)
    }

    var asked: [SurfaceRequest] { state.withLock { $0 } }
}

/// Requests as they stand on the wire.
enum Wire {
    static func post(
        _ path: String = "/v1/kubernetes/validate", _ body: String = "{}", headers: [String] = []
    ) -> String {
        let lines =
            ["POST \(path) HTTP/1.1", "Host: server.example", "Content-Length: \(body.utf8.count)"] + headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    static func get(_ path: String, headers: [String] = []) -> String {
        (["GET \(path) HTTP/1.1", "Host: server.example"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
    }
}

extension AdmissionServerConfiguration {
    /// In clear and open to anyone, for what is not about callers.
    static func open(
        _ surfaces: Set<SurfaceName> = [.kubernetesValidate], limits: HTTPLimits = HTTPLimits()
    ) -> AdmissionServerConfiguration {
        var configuration = AdmissionServerConfiguration(
            listeners: [
                ListenerConfiguration(
                    name: "main", address: .tcp(host: "127.0.0.1", port: 0), surfaces: surfaces,
                    insecurePlaintext: true)
            ],
            access: Dictionary(uniqueKeysWithValues: surfaces.map { ($0, .insecureUnauthenticated) }), limits: limits)
        configuration.shutdown.lameDuck = .zero
        return configuration
    }
}

import NIOCore
import Synchronization

/// An OCI registry (distribution-spec 1.1) on loopback that holds everything in memory, keeps a record of what it was
/// asked, and misbehaves as told.
///
///     try await SimulatedRegistry.with(RegistryFeatures()) { registry in
///         let image = try registry.contents.pushImage(in: "library/app", tag: "v1")
///         registry.inject(.truncated(after: 10), on: .get("/v2/library/app/blobs/"), .nth(1))
///         …
///         #expect(registry.count(.get("/v2/")) == 3)
///     }
///
/// It speaks HTTP/1.1 on a free port, and is gone with all its connections when the closure returns.
package final class SimulatedRegistry: Sendable {
    /// `127.0.0.1:PORT`, as an image reference names the registry.
    package let host: String
    /// `http://` or `https://` and ``host``.
    package let url: String
    /// What is stored: to be filled and altered directly, or through the API.
    package let contents: RegistryContents
    package let features: RegistryFeatures

    private let journal = Mutex<[RecordedRequest]>([])
    private let rules = Mutex<[FaultRule]>([])

    /// Runs a registry for as long as `body` runs.
    ///
    /// - Parameter contents: what it holds; two registries may hold the same.
    package static func with<Value>(
        _ features: RegistryFeatures = RegistryFeatures(),
        holding contents: RegistryContents = RegistryContents(),
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SimulatedRegistry) async throws -> Value
    ) async throws -> Value {
        let listener = try await RegistryListener.bind(tls: features.tls)
        guard let port = listener.channel.localAddress?.port else { throw RegistrySimulatorError.noPort }
        let simulator = SimulatedRegistry(port: port, features, contents)
        return try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                do {
                    try await RegistryListener.serve(listener, simulator.answer)
                } catch is CancellationError {}
            }
            do {
                let value = try await body(simulator)
                group.cancelAll()
                return value
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    private init(port: Int, _ features: RegistryFeatures, _ contents: RegistryContents) {
        host = "127.0.0.1:\(port)"
        url = (features.tls == nil ? "http://" : "https://") + host
        self.features = features
        self.contents = contents
    }

    // MARK: What it was asked

    /// Every request so far, in the order of arrival.
    package var requests: [RecordedRequest] { journal.withLock { $0 } }

    /// How many requests of this kind arrived.
    package func count(_ pattern: RequestPattern = .any) -> Int { requests.count { pattern.matches($0) } }

    /// Forgets the requests so far.
    package func forgetRequests() { journal.withLock { $0 = [] } }

    // MARK: What it does wrong

    /// Answers requests of this kind wrongly from now on. Several faults of one request are applied in the order in
    /// which they were given.
    package func inject(_ fault: RegistryFault, on pattern: RequestPattern = .any, _ turn: FaultRule.Turn = .every) {
        rules.withLock { $0.append(FaultRule(pattern: pattern, turn: turn, effect: .fault(fault))) }
    }

    /// Does something before a request of this kind is answered: a writer who comes in between.
    package func before(
        _ pattern: RequestPattern, _ turn: FaultRule.Turn = .nth(1),
        do act: @escaping @Sendable (RegistryContents) async -> Void
    ) {
        rules.withLock { $0.append(FaultRule(pattern: pattern, turn: turn, effect: .interruption(act))) }
    }

    /// Answers as configured again. Counting starts anew.
    package func forgetFaults() { rules.withLock { $0 = [] } }

    // MARK: Answering

    private func answer(_ request: IncomingRequest, _ writer: ReplyWriter) async throws -> Bool {
        let record = RecordedRequest(
            method: request.method, path: request.target, headers: request.headers, bodyByteCount: request.body.count)
        let number = journal.withLock {
            $0.append(record)
            return $0.count - 1
        }
        let effects = rules.withLock { rules in rules.indices.compactMap { rules[$0].effect(on: record) } }
        for case .interruption(let act) in effects { await act(contents) }
        var reply = RegistryService(features: features, contents: contents, url: url).reply(to: request)
        for case .fault(let fault) in effects { fault.spoil(&reply, of: request, url: url) }
        let status = reply.status
        journal.withLock { if $0.indices.contains(number) { $0[number].status = status } }
        return try await writer.write(reply, to: request) { sent in
            self.journal.withLock { if $0.indices.contains(number) { $0[number].bytesSent += sent } }
        }
    }
}

/// Why a simulator could not be set up.
package enum RegistrySimulatorError: Error, Equatable {
    case noPort
    case tool(name: String, status: Int32, output: String)
    case notInstalled(String)
    case didNotStart(log: String)
    case malformed(String)
}

/// One request as it arrived.
package struct RecordedRequest: Sendable {
    package let method: String
    /// Path and query as sent.
    package let path: String
    /// As sent, names in the sender's case.
    package let headers: [(name: String, value: String)]
    /// Bytes of the request's body.
    package let bodyByteCount: Int
    /// The status that was answered; nil if none was.
    package internal(set) var status: Int?
    /// Bytes of the answer's body that the connection took.
    package internal(set) var bytesSent = 0

    init(method: String, path: String, headers: [(name: String, value: String)], bodyByteCount: Int) {
        self.method = method
        self.path = path
        self.headers = headers
        self.bodyByteCount = bodyByteCount
    }

    /// The first value of a header.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// Whether it carried credentials of any scheme.
    package var hasAuthorization: Bool { header("authorization") != nil }
}

/// Which requests are meant.
package struct RequestPattern: Sendable {
    /// Any method if nil.
    var method: String?
    /// How path and query begin.
    var prefix: String
    /// What path and query hold.
    var part: String

    package init(method: String? = nil, prefix: String = "", containing part: String = "") {
        self.method = method
        self.prefix = prefix
        self.part = part
    }

    package static let any = RequestPattern()
    package static func get(_ prefix: String) -> RequestPattern { RequestPattern(method: "GET", prefix: prefix) }
    package static func containing(_ part: String) -> RequestPattern { RequestPattern(containing: part) }

    package func matches(_ request: RecordedRequest) -> Bool {
        (method.map { $0 == request.method } ?? true) && request.path.hasPrefix(prefix)
            && (part.isEmpty || request.path.contains(part))
    }
}

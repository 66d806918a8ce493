import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A socket on loopback that sends whatever bytes a test likes, whenever it likes, and keeps what comes back.
final class RawClient: Sendable {
    private let channel: any Channel
    private let collected: Received

    final class Received: Sendable {
        private let state = Mutex((bytes: [UInt8](), isClosed: false))

        func append(_ buffer: ByteBuffer) { state.withLock { $0.bytes.append(contentsOf: buffer.readableBytesView) } }
        func close() { state.withLock { $0.isClosed = true } }
        func take(_ count: Int) { state.withLock { $0.bytes.removeFirst(count) } }
        var now: (bytes: [UInt8], isClosed: Bool) { state.withLock { ($0.bytes, $0.isClosed) } }
    }

    /// What a client shows and asks in TLS. Nobody's certificate is checked unless `seen` does it.
    struct TLS: Sendable {
        var certificates: [[UInt8]] = []
        var keyPEM: String?
        var seen: @Sendable ([UInt8]) -> Void = { _ in }
        var maximumVersion: Version?
        /// Goes as many clients do: closes without TLS's farewell.
        var saysNoFarewell = false

        enum Version { case tls11, tls12 }
    }

    enum Failure: Error { case noAnswer(String), notHTTP(String) }

    static func connect(port: Int, tls: TLS? = nil) async throws -> RawClient {
        try await connect(tls) { try await $0.connect(host: "127.0.0.1", port: port).get() }
    }

    static func connect(socket: String) async throws -> RawClient {
        try await connect(nil) { try await $0.connect(unixDomainSocketPath: socket).get() }
    }

    private static func connect(
        _ tls: TLS?, _ open: (ClientBootstrap) async throws -> any Channel
    ) async throws -> RawClient {
        let received = Received()
        let context = try tls.map { try NIOSSLContext(configuration: configuration($0)) }
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                if let context {
                    if tls?.saysNoFarewell == true {
                        try channel.pipeline.syncOperations.addHandler(NoFarewell())
                    }
                    let seen = tls?.seen ?? { _ in }
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil) { certificates, promise in
                            if let leaf = certificates.first, let der = try? leaf.toDERBytes() { seen(der) }
                            promise.succeed(.certificateVerified)
                        })
                }
                try channel.pipeline.syncOperations.addHandler(Collector(received))
            }
        }
        return RawClient(channel: try await open(bootstrap), received: received)
    }

    private init(channel: any Channel, received: Received) {
        self.channel = channel
        collected = received
    }

    private static func configuration(_ tls: TLS) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        switch tls.maximumVersion {
        case .tls11: (configuration.minimumTLSVersion, configuration.maximumTLSVersion) = (.tlsv1, .tlsv11)
        case .tls12: configuration.maximumTLSVersion = .tlsv12
        case nil: break
        }
        if let keyPEM = tls.keyPEM {
            configuration.certificateChain = try tls.certificates.map {
                .certificate(try NIOSSLCertificate(bytes: $0, format: .der))
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem))
        }
        return configuration
    }

    deinit { channel.close(promise: nil) }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    func close() async { try? await channel.close() }

    /// All that came and was not taken yet.
    var bytes: [UInt8] { collected.now.bytes }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var isClosed: Bool { collected.now.isClosed }

    /// Waits until something is so; false when the time is over. Generous: a busy machine is no failure.
    @discardableResult
    func wait(_ limit: Duration = .seconds(300), until condition: () -> Bool) async -> Bool {
        let end = ContinuousClock.now.advanced(by: limit)
        while !condition() {
            guard ContinuousClock.now < end else { return false }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    func waitForEnd(_ limit: Duration = .seconds(300)) async -> Bool { await wait(limit) { isClosed } }

    /// Takes one answer from what comes back.
    func answer(_ limit: Duration = .seconds(300)) async throws -> RawAnswer {
        var found: RawAnswer?
        await wait(limit) {
            let now = collected.now
            found = RawAnswer.first(in: now.bytes)
            return found != nil || now.isClosed
        }
        guard let found else { throw Failure.noAnswer(text) }
        collected.take(found.byteCount)
        return found
    }

    func request(_ text: String) async throws -> RawAnswer {
        try await send(text)
        return try await answer()
    }
}

/// Lets no alert of TLS out, its farewell among them.
private final class NoFarewell: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Alerts are short: in TLS 1.3 a record of 24 bytes, before that one of at most 31.
        guard unwrapOutboundIn(data).readableBytes > 31 else { return promise?.succeed() ?? () }
        context.write(data, promise: promise)
    }
}

@available(*, unavailable)
extension NoFarewell: Sendable {}

/// One answer as it came over the wire, its body by content length.
struct RawAnswer: Sendable {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]
    let byteCount: Int

    var text: String { String(decoding: body, as: UTF8.self) }

    static func first(in bytes: [UInt8]) -> RawAnswer? {
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: [13, 10, 13, 10]) }) else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        let start = end + 4
        guard bytes.count >= start + length else { return nil }
        return RawAnswer(
            status: status, headers: headers, body: Array(bytes[start..<start + length]), byteCount: start + length)
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let received: RawClient.Received

    init(_ received: RawClient.Received) { self.received = received }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { received.append(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) {
        received.close()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

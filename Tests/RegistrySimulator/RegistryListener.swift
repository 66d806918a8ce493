import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The socket under a simulated registry: HTTP/1.1, one request after another on each connection.
enum RegistryListener {
    typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
    typealias Listener = NIOAsyncChannel<any Channel, Never>
    /// Answers one request; false if the connection must end.
    typealias Answer = @Sendable (IncomingRequest, ReplyWriter) async throws -> Bool

    /// Largest body of a request that is read, bytes.
    static let longestBody = 256 << 20

    static func bind(tls: RegistryFeatures.TLS?) async throws -> Listener {
        let context = try tls.map { try NIOSSLContext(configuration: configuration($0)) }
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            // Nothing is read before somebody serves the connection.
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: false, withErrorHandling: true, withOutboundHeaderValidation: false)
                    return channel
                }
            }
    }

    private static func configuration(_ tls: RegistryFeatures.TLS) throws -> TLSConfiguration {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(tls.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(tls.key.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.applicationProtocols = ["http/1.1"]
        // The peer may be gone or stuck; the test must not wait for it.
        configuration.shutdownTimeout = .milliseconds(100)
        if let authority = tls.clientAuthority {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
            configuration.certificateVerification = .noHostnameVerification
        }
        return configuration
    }

    static func serve(_ listener: Listener, _ answer: @escaping Answer) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask {
                        // A connection that breaks, by fault or by the other side, is no error of the registry.
                        try? await serve(connection, answer)
                    }
                }
            }
        }
    }

    /// A connection is wrapped here and not where it is accepted: one that nobody came to serve, because the registry
    /// was ended, may be dropped as a channel, but not as an asynchronous one.
    private static func serve(_ channel: any Channel, _ answer: Answer) async throws {
        let connection = try await channel.eventLoop.submit {
            let connection = try Connection(wrappingChannelSynchronously: channel)
            try channel.syncOptions?.setOption(.autoRead, value: true)
            return connection
        }.get()
        try await connection.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var body: [UInt8] = []
            for try await part in inbound {
                switch part {
                case .head(let received):
                    head = received
                    body = []
                    if received.headers[canonicalForm: "expect"].contains("100-continue") {
                        try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
                    }
                case .body(let bytes):
                    guard body.count + bytes.readableBytes <= longestBody else { return }
                    body.append(contentsOf: bytes.readableBytesView)
                case .end:
                    guard let head else { return }
                    let request = IncomingRequest(
                        method: head.method.rawValue, target: head.uri,
                        headers: head.headers.map { ($0.name, $0.value) }, body: body)
                    let writer = ReplyWriter(channel: connection.channel, outbound: outbound)
                    guard try await answer(request, writer), head.isKeepAlive else { return }
                }
            }
        }
    }
}

/// Sends one answer, as well or as badly as it says.
struct ReplyWriter: Sendable {
    let channel: any Channel
    let outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

    /// - Returns: whether the connection can take another request.
    func write(_ reply: Reply, to request: IncomingRequest, sent: @Sendable (Int) -> Void) async throws -> Bool {
        if let delay = reply.delay { try await Task.sleep(for: delay) }
        switch reply.delivery {
        case .silence:
            try await Task.sleep(for: .seconds(3600))
            return false
        case .reset(after: nil): return try await reset()
        default: break
        }
        try await outbound.write(.head(head(reply)))
        guard request.method != "HEAD" else {
            try await outbound.write(.end(nil))
            return true
        }
        switch reply.delivery {
        case .whole:
            try await write(reply.body[...], sent)
        case .reset(let count):
            try await write(reply.body.prefix(count ?? 0), sent)
            return try await reset()
        case .truncated(let count):
            try await write(reply.body.prefix(count), sent)
            return false
        case .drip(let bytes, let pause):
            for start in stride(from: 0, to: reply.body.count, by: bytes) {
                try await write(reply.body[start..<min(start + bytes, reply.body.count)], sent)
                try await Task.sleep(for: pause)
            }
        case .endless:
            // White space, so that a reader of JSON has no other reason to stop.
            let chunk = [UInt8](repeating: 0x20, count: 1 << 16)
            while true {
                try await write(chunk[...], sent)
                // Faster than anyone's line, but not so fast that sockets hold more than the reader was given.
                try await Task.sleep(for: .milliseconds(1))
            }
        case .silence: return false
        }
        if let stated = reply.statedLength, stated != reply.body.count { return false }
        try await outbound.write(.end(nil))
        return true
    }

    private func head(_ reply: Reply) -> HTTPResponseHead {
        var headers = HTTPHeaders(reply.headers.map { ($0.name, $0.value) })
        if case .endless = reply.delivery {
            headers.replaceOrAdd(name: "Transfer-Encoding", value: "chunked")
        } else {
            headers.replaceOrAdd(name: "Content-Length", value: String(reply.statedLength ?? reply.body.count))
        }
        return HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: reply.status), headers: headers)
    }

    private func write(_ bytes: ArraySlice<UInt8>, _ sent: (Int) -> Void) async throws {
        guard !bytes.isEmpty else { return }
        try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
        sent(bytes.count)
    }

    /// RST rather than FIN.
    private func reset() async throws -> Bool {
        if let socket = channel as? any SocketOptionProvider {
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await channel.close().get()
        return false
    }
}

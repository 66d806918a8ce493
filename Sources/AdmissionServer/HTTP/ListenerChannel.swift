import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOSSL
import StrictEncoding

/// Makes of each accepted connection one that is counted, bounded, encrypted where the listener has it so, and answered.
///
/// Setting up never fails: a failure would reach the listening channel as its own, and end it for everybody.
struct ListenerChannel: ServerChildChannel {
    let certificate: ServerCertificate?
    let trust: ClientTrust?
    let limits: HTTPLimits
    let ledger: ConnectionLedger
    let handler: RequestHandler
    let notices: Notices
    let counts: RequestCounts
    let now: @Sendable () -> Instant

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Nil for a connection that was closed at once.
        fileprivate let accepted: Accepted?
    }

    fileprivate struct Accepted: Sendable {
        let http: HTTP1Channel
        let stream: HTTP1Channel.Value
        let connection: PeerConnection
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let address = PeerAddress(channel.remoteAddress)
        if let refusal = ledger.open(address.counted) {
            passed(refusal == .tooMany ? .connections : .connectionsPerPeer, from: address.text)
            return refused(channel)
        }
        channel.closeFuture.whenComplete { [ledger] _ in ledger.close(address.counted) }
        let connection = PeerConnection(
            address: address.text, unixUser: UnixPeer.user(of: channel), trust: trust)
        do {
            if let certificate {
                try channel.pipeline.syncOperations.addHandler(tls(certificate.context, for: connection))
            }
            let http = try watched(channel, connection)
            return http.setup(channel: channel, logger: logger).flatMapThrowing { stream in
                let pipeline = channel.pipeline.syncOperations
                let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                try pipeline.addHandler(EarlierHTTP(), position: .after(decoder))
                return Value(channel: channel, accepted: Accepted(http: http, stream: stream, connection: connection))
            }.flatMapError { _ in self.refused(channel) }
        } catch {
            return refused(channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        guard let accepted = value.accepted else { return }
        // A task of its own, so that a request that takes too long can be cancelled and nothing else with it.
        let task = Task(executorPreference: LoopTaskExecutor(value.channel.eventLoop)) {
            await accepted.http.handle(value: accepted.stream, logger: logger)
        }
        accepted.connection.isServed(by: task)
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func passed(_ bound: HTTPBound, from address: String) {
        counts.refused(bound)
        notices.bound(bound, from: address)
    }

    private func refused(_ channel: any Channel) -> EventLoopFuture<Value> {
        channel.close(promise: nil)
        return channel.eventLoop.makeSucceededFuture(Value(channel: channel, accepted: nil))
    }

    private func tls(_ context: NIOSSLContext, for connection: PeerConnection) -> NIOSSLServerHandler {
        guard trust != nil else { return NIOSSLServerHandler(context: context) }
        return NIOSSLServerHandler(context: context) { [notices, now] shown, promise in
            do throws(PeerRefusal) {
                try connection.verify(shown, at: now())
                promise.succeed(.certificateVerified)
            } catch {
                notices.callerRefused(surface: nil, address: connection.address, because: error.message)
                promise.succeed(.failed)
            }
        }
    }

    private func watched(_ channel: any Channel, _ connection: PeerConnection) throws -> HTTP1Channel {
        let watch = ConnectionWatch(limits, eventLoop: channel.eventLoop)
        let bytes = ByteWatch(watch)
        // Before TLS, which keeps to itself that something came unless it is whole, and waits for farewells.
        let end = EndOfInput()
        try channel.pipeline.syncOperations.addHandler(PromptAcknowledgement(watch), position: .first)
        try channel.pipeline.syncOperations.addHandler(end, position: .first)
        try channel.pipeline.syncOperations.addHandler(bytes)
        let requests = RequestWatch(
            watch, bytes: bytes, end: end, struck: { bound in self.passed(bound, from: connection.address) },
            cancelRequest: { connection.cancel() }, requestEnded: { connection.requestEnded() })
        let bound = NIOLoopBound(requests, eventLoop: channel.eventLoop)
        // The watch is the connection's clock; the one that comes with the library starts anew with each part of a body.
        var configuration = HTTP1Channel.Configuration(additionalChannelHandlers: [bound.value])
        configuration.httpDecoder = .init(
            maxHeaderFieldSize: limits.headerByteCount, maxHeaderListSize: limits.headersByteCount,
            maxHeaderFieldCount: limits.headerCount)
        return HTTP1Channel(
            responder: { [handler] request, writer, channel in
                try await handler.respond(to: request, with: writer, over: connection, on: channel)
            },
            configuration: configuration)
    }
}

/// Where a connection comes from.
struct PeerAddress: Sendable {
    /// For logs, without the port.
    let text: String
    /// What is counted as one peer: an IPv4 address, or the half of an IPv6 address that names a network, of which one
    /// machine has 2^64 addresses. Nil for a Unix socket.
    let counted: String?

    init(_ address: SocketAddress?) {
        switch address {
        case .v4, .v6:
            let ip = address?.ipAddress ?? "unknown"
            text = ip
            counted = Self.network(ofIPv6: ip) ?? ip
        case .unixDomainSocket:
            text = "unix"
            counted = nil
        case nil:
            text = "unknown"
            counted = "unknown"
        }
    }

    /// Nil for an IPv4 address, also in IPv6's clothes (RFC 4291 section 2.5.5.2): that is counted as itself.
    private static func network(ofIPv6 text: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        guard !bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]) else { return nil }
        return Hex.encode(bytes.prefix(8))
    }
}

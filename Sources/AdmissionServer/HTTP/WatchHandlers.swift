import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Sees bytes before they are parsed, so that headers which never end are noticed.
final class ByteWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let watch: ConnectionWatch
    /// Set by ``RequestWatch``, which can answer.
    var headersAreTooLong: () -> Void = {}

    init(_ watch: ConnectionWatch) { self.watch = watch }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let count = unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
        if watch.headersGrew(by: count) { headersAreTooLong() }
    }
}

/// Sees parts of requests and answers: keeps the clock, answers for a surface that can't any more, and closes so that the
/// answer arrives.
///
/// An answer with `connection: close` ends the connection once it is written and the request read. Closing while bytes
/// lie unread would reset the connection, and with it an answer that the client has not read yet (RFC 9112 section 9.6);
/// so the rest of a refused body is read, up to a bound.
final class RequestWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let watch: ConnectionWatch
    private let bytes: ByteWatch
    private let end: EndOfInput
    private let struck: (HTTPBound) -> Void
    private let cancelRequest: () -> Void
    private let requestEnded: () -> Void

    /// Of the request that is read now: its end has not come.
    private var isReading = false
    /// Of the answer that is written now: its head is out.
    private var isAnswering = false
    /// No request is taken after those under way.
    private var isLast = false
    /// The connection is given up: nothing passes any more.
    private var isOver = false
    private var discardedByteCount = 0

    /// - Parameter struck: told of each bound that a client passed.
    /// - Parameter cancelRequest: ends what a surface still does for an answer that comes too late.
    /// - Parameter requestEnded: told of each request that was read to its end, before anybody else sees that end.
    init(
        _ watch: ConnectionWatch, bytes: ByteWatch, end: EndOfInput, struck: @escaping (HTTPBound) -> Void,
        cancelRequest: @escaping () -> Void, requestEnded: @escaping () -> Void
    ) {
        self.watch = watch
        self.bytes = bytes
        self.end = end
        self.struck = struck
        self.cancelRequest = cancelRequest
        self.requestEnded = requestEnded
    }

    func handlerAdded(context: ChannelHandlerContext) {
        watch.start { phase in self.strike(phase, context) }
        bytes.headersAreTooLong = { self.refuse(.headerBytes, context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { release() }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    private func release() {
        watch.stop()
        bytes.headersAreTooLong = {}
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            // After the last answer nobody reads; a client that pipelines sends it again elsewhere (RFC 9112 section 9.3.2).
            guard !isLast || watch.requestsUnderWay == 0 else { return }
            isReading = true
            watch.headArrived()
            if Self.saysClose(head.headerFields) { isLast = true }
        case .body(let part):
            guard isReading else { return }
            if watch.requestsUnderWay == 0 {
                discardedByteCount += part.readableBytes
                guard discardedByteCount <= Self.mostDiscarded else { return close(context) }
            }
        case .end:
            guard isReading else { return }
            isReading = false
            discardedByteCount = 0
            requestEnded()
            watch.requestEnded()
            if isLast, watch.requestsUnderWay == 0 { return close(context) }
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        refuse(error == .headerOverflow ? .headerBytes : .malformed, context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isLast = true
        let isWaiting = watch.phase == .idle || watch.phase == .headers && watch.headerByteCount == 0
        if isWaiting { close(context) }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.status.kind != .informational {
                isAnswering = true
                if Self.saysClose(head.headerFields) { isLast = true }
            }
            context.write(data, promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            isAnswering = false
            watch.answerEnded()
            guard isLast, watch.requestsUnderWay == 0 else {
                context.write(data, promise: promise)
                return
            }
            let written = promise ?? context.eventLoop.makePromise()
            context.writeAndFlush(data, promise: written)
            if isReading { return watch.linger() }
            let context = context.loopBound
            written.futureResult.assumeIsolated().whenComplete { _ in self.close(context.value) }
        }
    }

    // MARK: Bounds

    private func strike(_ phase: ConnectionWatch.Phase, _ context: ChannelHandlerContext) {
        switch phase {
        case .idle, .lingering: close(context)
        case .headers: watch.headerByteCount > 0 ? refuse(.headerTime, context) : closeSilently(context)
        case .body: refuse(.bodyTime, context)
        case .answer:
            refuse(.answerTime, context)
            cancelRequest()
        }
    }

    /// A connection that never sent a request, as port scanners and slow handshakes leave behind.
    private func closeSilently(_ context: ChannelHandlerContext) {
        struck(.headerTime)
        close(context)
    }

    /// Answers in the surface's place, if nothing of another answer is out, and ends the connection.
    private func refuse(_ bound: HTTPBound, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        struck(bound)
        // With two under way nobody knows which one the client would take this for.
        guard !isAnswering, watch.requestsUnderWay <= 1 else { return close(context) }
        isOver = true
        watch.stop()
        let body = bound.problem.body()
        var head = HTTPResponse(status: .init(code: bound.problem.status))
        head.headerFields[.contentType] = Problem.mediaType
        head.headerFields[.contentLength] = String(body.count)
        head.headerFields[.connection] = "close"
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        let bound = context.loopBound
        written.futureResult.assumeIsolated().whenComplete { _ in self.close(bound.value) }
    }

    private func close(_ context: ChannelHandlerContext) {
        isOver = true
        watch.stop()
        context.close(promise: nil)
        end.farewellSaid()
    }

    /// RFC 9110 section 7.6.1: a list of tokens, whatever their case.
    private static func saysClose(_ fields: HTTPFields) -> Bool {
        guard let value = fields[.connection] else { return false }
        return value.utf8.split(separator: UInt8(ascii: ",")).contains { token in
            token.filter { $0 != 0x20 && $0 != 0x09 }.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
                .elementsEqual("close".utf8)
        }
    }

    /// About what a client has on the way before it reads an answer.
    private static let mostDiscarded = 256 << 10
}

/// A bound that a client, or a surface, passed.
enum HTTPBound: String, Sendable, CaseIterable {
    case headerBytes = "header-bytes"
    case headerTime = "header-time"
    case bodyBytes = "body-bytes"
    case bodyTime = "body-time"
    case answerTime = "answer-time"
    case connections
    case connectionsPerPeer = "connections-per-peer"
    case malformed

    /// What a client is told, where it can be told.
    var problem: Problem {
        switch self {
        case .headerBytes: .headersTooLarge
        case .headerTime, .bodyTime: .requestTooSlow
        case .bodyBytes: .bodyTooLarge
        case .answerTime: .noAnswerInTime
        case .connections, .connectionsPerPeer: .tooManyConnections
        case .malformed: .malformedMessage
        }
    }
}

@available(*, unavailable)
extension ByteWatch: Sendable {}
@available(*, unavailable)
extension RequestWatch: Sendable {}
@available(*, unavailable)
extension ConnectionWatch: Sendable {}

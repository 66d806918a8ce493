import NIOCore
import NIOHTTP1

/// Serves clients of HTTP/1.0: their connection ends with the answer, unless they ask to keep it, and then the answer
/// has to say that it is kept (RFC 9112 section 9.3 and appendix C.2.2). Load generators and probes of load balancers speak
/// it, and would wait for the end of a connection that stays open.
final class EarlierHTTP: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Of the requests that are not answered yet, in their order: whether the answer says that the connection is kept.
    private var saysKept = CircularBuffer<Bool>()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let isEarlier = (head.version.major, head.version.minor) < (1, 1)
        let wantsKept = head.headers[canonicalForm: "connection"].contains { token in
            token.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }.elementsEqual("keep-alive".utf8)
        }
        // What follows knows one rule only: a connection is kept unless somebody says otherwise.
        if isEarlier, !wantsKept { head.headers.replaceOrAdd(name: "connection", value: "close") }
        saysKept.append(isEarlier && wantsKept)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Interim answers are followed by another.
        guard case .head(var head) = unwrapOutboundIn(data), head.status.code >= 200 else {
            return context.write(data, promise: promise)
        }
        if saysKept.popFirst() ?? false, head.headers["connection"].isEmpty {
            head.headers.add(name: "connection", value: "keep-alive")
        }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}

import NIOCore

/// Ends a connection for good when both sides have said that they will send no more.
///
/// Who goes away without TLS's own farewell, as many do, would be waited for: TLS has sent its farewell and gives the other
/// time for one, and for so long the connection would count against its peer's bound.
final class EndOfInput: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var hasCome = false
    private var isFarewellSaid = false
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            hasCome = true
            endIfOver()
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// The connection is being closed, and everything that was to be sent is written.
    func farewellSaid() {
        isFarewellSaid = true
        endIfOver()
    }

    /// On this side of TLS, so that nothing is waited for.
    private func endIfOver() {
        if hasCome, isFarewellSaid { context?.close(promise: nil) }
    }
}

@available(*, unavailable)
extension EndOfInput: Sendable {}

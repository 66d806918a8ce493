import Glibc
import NIOCore

/// Acknowledges at once what came while it is the client's turn: in a handshake, and of a request that is not whole yet.
///
/// The rest may wait for that, as clients send that collect small pieces (RFC 896), and the kernel would keep the
/// acknowledgement back for 40 ms: it waits for an answer to send it with, which can't come yet.
final class PromptAcknowledgement: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let watch: ConnectionWatch

    init(_ watch: ConnectionWatch) { self.watch = watch }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        guard watch.phase == .headers || watch.phase == .body, context.channel.isActive else { return }
        // A Unix socket has no such option, and needs none.
        try? context.channel.syncOptions?.setOption(Self.option, value: 1)
    }

    /// tcp(7): not lasting, so it is said again for each part.
    private static let option = ChannelOptions.Types.SocketOption(
        level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_QUICKACK))
}

@available(*, unavailable)
extension PromptAcknowledgement: Sendable {}

import Glibc
import NIOCore

/// Keeps errors of single connections from ending the listener, and from keeping it busy.
///
/// Without a free descriptor, or memory for one, a connection can't be taken, and stays there to be taken: the system says so
/// again as often as it is asked. The library's own `AcceptBackoffHandler` puts off reads that are asked for, but after an
/// error the one that failed is pending still.
final class AcceptErrors: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private let notices: Notices
    private var isPausing = false

    private static let pause = TimeAmount.seconds(1)

    init(_ notices: Notices) { self.notices = notices }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        notices.tellOften(.failed, "a connection could not be taken: \(error)")
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode), !isPausing
        else { return }
        isPausing = true
        // Turned off the listener is not looked at, and turned on it is read at once, whatever was pending.
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: Self.pause) {
            self.isPausing = false
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    /// Whoever takes what was accepted before asks for more, and would begin it all again.
    func read(context: ChannelHandlerContext) {
        if !isPausing { context.read() }
    }
}

@available(*, unavailable)
extension AcceptErrors: Sendable {}

import Glibc
import NIOCore

/// The process at the other end of a Unix socket.
enum UnixPeer {
    /// Its user when it connected, as the kernel keeps it (unix(7), SO_PEERCRED); nil for another kind of connection.
    ///
    /// Asked on the connection's event loop, where the answer is there at once.
    static func user(of channel: any Channel) -> UInt32? {
        guard case .unixDomainSocket = channel.localAddress, let options = channel as? any SocketOptionProvider else {
            return nil
        }
        let answer: EventLoopFuture<Credentials> = options.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        var user: UInt32?
        answer.assumeIsolated().whenSuccess { user = $0.user }
        return user
    }

    /// `struct ucred`, which the C library shows to nobody who does not ask for GNU's names.
    private struct Credentials: Sendable {
        var process: Int32 = 0
        var user: UInt32 = .max
        var group: UInt32 = .max
    }
}

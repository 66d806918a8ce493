import HummingbirdCore
import Logging
import NIOCore

/// One listener as it was configured.
struct Listener: Sendable {
    let configuration: ListenerConfiguration
    let channel: ListenerChannel
}

/// One listener that takes connections, or is about to.
///
/// It runs in a task of its own, apart from whoever asks the server to stop: the library's server would stop at once, and
/// this one first says that it will.
final class RunningListener: Sendable {
    /// Fires when no connection is left.
    let ended = Signal<ServerConfigurationError?>()
    private let name: String
    private let server: Server<ListenerChannel>
    private let task: Task<Void, Never>

    init(
        _ listener: Listener, on group: any EventLoopGroup, notices: Notices,
        isListening: @escaping @Sendable (_ listener: String, _ port: Int?) -> Void
    ) throws(ServerConfigurationError) {
        let name = listener.configuration.name
        let socket: UnixSocketFile?
        let address: BindAddress
        switch listener.configuration.address {
        case .tcp(let host, let port):
            socket = nil
            address = .hostname(host, port: port)
        case .unix(let path, let mode):
            do throws(UnixSocketError) {
                let file = try UnixSocketFile(path: path, mode: mode)
                socket = file
                address = .unixDomainSocket(path: file.bindingPath)
            } catch {
                throw .address(listener: name, error.message)
            }
        }
        let failure = Signal<ServerConfigurationError>()
        let published = Signal<UnixSocketFile.FileIdentity>()
        let server = Server(
            childChannelSetup: listener.channel,
            configuration: ServerConfiguration(address: address, backlog: 1_024),
            onServerRunning: { channel in
                do {
                    try await Self.keepAccepting(channel, notices)
                    if let socket { published.fire(try socket.publish()) }
                    let port = channel.localAddress?.port
                    notices.tell(
                        .listening, "listener \(name) takes connections at \(listener.configuration.place(port))")
                    isListening(name, port)
                } catch {
                    let why = (error as? UnixSocketError)?.message ?? "the listening socket can't be set up"
                    failure.fire(.address(listener: name, why))
                    channel.close(promise: nil)
                }
            },
            eventLoopGroup: group,
            // What the library would say, notices say better.
            logger: Logger(label: "landwaiter.http") { _ in SwiftLogNoOpLogHandler() })
        self.name = name
        self.server = server
        task = Task.detached { [ended] in
            do {
                try await server.run()
            } catch {
                socket?.discard()
                failure.fire(.address(listener: name, Self.reason(error)))
            }
            if let socket, let identity = published.valueNow { socket.remove(identity) }
            ended.fire(failure.valueNow)
        }
    }

    /// - Returns: why the listener ended though nobody asked it to; nil if the waiting task was cancelled before.
    func end() async -> ServerConfigurationError? {
        guard let failure = await ended.wait() else { return nil }
        return failure ?? .address(listener: name, "the listening socket was closed")
    }

    /// No new connection; those that are idle are closed, others after the answer that is under way.
    func closeGracefully() {
        Task.detached { [server] in try? await server.shutdownGracefully() }
    }

    func cut() {
        closeGracefully()
        task.cancel()
    }

    /// A process without a free descriptor, or a connection that is gone before it is taken, is no reason to stop
    /// listening; the library's server takes any error of the listening socket for its end.
    private static func keepAccepting(_ channel: any Channel, _ notices: Notices) async throws {
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(AcceptErrors(notices), position: .first)
        }.get()
    }

    private static func reason(_ error: any Error) -> String {
        // The library's errors about sockets say what the system said.
        if let error = error as? IOError { return error.description.lowercased() }
        return String(describing: error)
    }
}

extension ListenerConfiguration {
    /// For logs.
    fileprivate func place(_ port: Int?) -> String {
        switch address {
        case .tcp(let host, let stated): "\(host):\(port ?? stated)"
        case .unix(let path, _): path
        }
    }
}

import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A server on loopback that answers bytes, right or wrong, as a test says; TLS-free, one script for all requests.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        case send(String)
        case pause(milliseconds: Int64)
        /// These bytes again and again, until the other side goes.
        case sendForever(String)
        case close
        /// Ends the connection with RST.
        case reset
    }

    let port: Int

    var base: String { "http://127.0.0.1:\(port)" }

    /// - Parameter script: the answer to each request, head and body as one text.
    init(_ script: @escaping @Sendable (String) -> [Step]) async throws {
        let seen = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                seen.count()
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Player(script: script, log: seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        log = seen
    }

    private let log: Log
    /// What was received, request by request, as text.
    var received: [String] { log.all }

    var connections: Int { log.connections }

    final class Log: Sendable {
        private let texts = Mutex<[String]>([])
        private let counted = Mutex(0)
        var connections: Int { counted.withLock { $0 } }
        func count() { counted.withLock { $0 += 1 } }
        var all: [String] { texts.withLock { $0 } }
        func add(_ text: String) { texts.withLock { $0.append(text) } }
    }
}

private final class Player: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: @Sendable (String) -> [ScriptedServer.Step]
    private let log: ScriptedServer.Log
    private var text = ""

    init(script: @escaping @Sendable (String) -> [ScriptedServer.Step], log: ScriptedServer.Log) {
        self.script = script
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        while let request = takeRequest() {
            log.add(request)
            play(script(request)[...], context.channel)
        }
    }

    /// Head and body, by the stated length.
    private func takeRequest() -> String? {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        var length = 0
        for line in text[..<end.lowerBound].split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "content-length" {
                length = Int(parts[1].filter { $0 != " " }) ?? 0
            }
        }
        let body = text[end.upperBound...]
        guard body.utf8.count >= length else { return nil }
        let bodyEnd = body.utf8.index(body.startIndex, offsetBy: length)
        defer { text = String(text[bodyEnd...]) }
        return String(text[..<bodyEnd])
    }

    private func play(_ steps: ArraySlice<ScriptedServer.Step>, _ channel: any Channel) {
        guard let step = steps.first else { return }
        let rest = steps.dropFirst()
        let script = self.script
        let log = self.log
        let next = { @Sendable in Player(script: script, log: log).play(rest, channel) }
        switch step {
        case .send(let text): channel.writeAndFlush(ByteBuffer(string: text)).whenSuccess { next() }
        case .pause(let time): channel.eventLoop.scheduleTask(in: .milliseconds(time)) { next() }
        case .sendForever(let text):
            let buffer = ByteBuffer(string: text)
            @Sendable func again() {
                channel.writeAndFlush(buffer).whenSuccess { channel.eventLoop.execute { again() } }
            }
            again()
        case .close: channel.close(promise: nil)
        case .reset:
            _ = (channel as? any SocketOptionProvider)?
                .unsafeSetSocketOption(level: .init(1), name: .init(13), value: linger(l_onoff: 1, l_linger: 0))
                .always { _ in channel.close(promise: nil) }
        }
    }
}

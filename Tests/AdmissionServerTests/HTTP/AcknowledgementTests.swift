import AdmissionServer
import Glibc
import Testing

/// What a client has sent is acknowledged while it is the client's turn, so that one that collects small pieces sends the
/// rest (RFC 896).
@Suite struct AcknowledgementTests {
    /// Bytes that were sent on a socket and not acknowledged yet (tcp(7), SIOCOUTQ).
    private static func unacknowledged(_ socket: Int32) -> Int32 {
        var count: Int32 = -1
        return ioctl(socket, UInt(TIOCOUTQ), &count) == 0 ? count : -1
    }

    private static func write(_ text: String, to socket: Int32) -> Bool {
        let bytes = Array(text.utf8)
        return Glibc.write(socket, bytes, bytes.count) == bytes.count
    }

    /// Reads until an answer has come, which is shorter than the buffer.
    private static func readAnswer(of socket: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        return Glibc.read(socket, &buffer, buffer.count) > 0
    }

    @Test func aPartOfARequestIsAcknowledgedAtOnce() async throws {
        let surface = TestSurface(.api, routes: [SurfaceRoute("POST", "/v1/verify", bodyByteLimit: 100)])
        let server = try await TestServer(.open([surface.name]), surfaces: [surface])
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(number >= 0)
        defer { close(number) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(server.port()).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let isConnected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isConnected)
        let begin = "POST /v1/verify HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\nha"
        // A new connection acknowledges everything at once; after some answers the kernel waits for the next.
        for _ in 0..<50 {
            try #require(Self.write(begin + "lf", to: number) && Self.readAnswer(of: number))
        }
        // It waits for at least 40 ms. On a busy machine that may pass before anybody looks, so one of many has to show it.
        var isPrompt = false
        for _ in 0..<200 where !isPrompt {
            let began = ContinuousClock.now
            try #require(Self.write(begin, to: number))
            var left = Self.unacknowledged(number)
            while left > 0, began.duration(to: .now) < .milliseconds(200) {
                usleep(200)
                left = Self.unacknowledged(number)
            }
            isPrompt = left == 0 && began.duration(to: .now) < .milliseconds(30)
            try #require(Self.write("lf", to: number) && Self.readAnswer(of: number))
        }
        #expect(isPrompt)
    }
}

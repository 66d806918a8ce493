import Foundation
import Glibc
import Testing

@testable import LandwaiterServerCommands

/// The server as a process of its own, because the limit of descriptors is a process's.
@Suite(.enabled(if: Programs.areBuilt, "landwaiter and landwaiter-server are not built"))
struct DescriptorTests {
    /// More connections than there are descriptors: some wait, and the listener is not lost.
    @Test func goesOnListeningAfterItRanOutOfDescriptors() throws {
        let served = try ServedPlace()
        let program = Programs.url("landwaiter-server").path
        // A few for each event loop.
        let limit = 64 + 4 * ProcessInfo.processInfo.processorCount
        let running = try Programs.Running(
            URL(fileURLWithPath: "/bin/sh"),
            ["-c", "ulimit -n \(limit) && exec \"$0\" \"$@\"", program, "serve", "--config", served.path],
            environment: nil, directory: nil)
        defer {
            running.process.terminate()
            running.process.waitUntilExit()
        }
        let text = running.waitForErrors(holding: "\"listening\"")
        let port = try #require(UInt16(text.firstMatch(of: #/"port":"([0-9]+)"/#)?.1 ?? ""), "\(text)")
        #expect(try Connection(to: port).answer(to: "/healthz").hasPrefix("HTTP/1.1 200 "))
        for _ in 0..<2 {
            let before = running.errors.count
            // The system takes them for the server, which leaves those it has no descriptor for.
            var connections = try (0..<limit).map { _ in try Connection(to: port) }
            for _ in 0..<1_200 where running.process.isRunning {
                guard !String(running.errors.dropFirst(before)).contains("a connection could not be taken") else {
                    break
                }
                usleep(50_000)
            }
            #expect(String(running.errors.dropFirst(before)).contains("a connection could not be taken"))
            #expect(running.errors.contains("errno: 24"))
            // It tries again once in a while, and is not busy with it.
            usleep(3_000_000)
            #expect(running.errors.split(separator: "\n").count { $0.contains("could not be taken") } < 20)
            #expect(!running.errors.contains("held back"))
            connections.removeAll()
            #expect(try Connection(to: port).answer(to: "/healthz").hasPrefix("HTTP/1.1 200 "))
            #expect(running.process.isRunning)
        }
    }

    /// A socket to a port of loopback for as long as it lives.
    private final class Connection {
        private let descriptor: Int32

        init(to port: UInt16) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            address.sin_port = port.bigEndian
            let isConnected = withUnsafePointer(to: address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            try #require(isConnected, "\(String(cString: strerror(errno)))")
        }

        deinit { close(descriptor) }

        /// What comes first of an answer, or nothing within a minute.
        func answer(to path: String) throws -> String {
            let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
            try #require(send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count)
            var patience = timeval(tv_sec: 60, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            var bytes = [UInt8](repeating: 0, count: 4_096)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        }
    }
}

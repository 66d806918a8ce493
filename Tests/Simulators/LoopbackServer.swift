import Foundation
import Synchronization

/// Answers over HTTP on a socket of this machine, one connection after the other, until it goes.
package final class LoopbackServer: Sendable {
    package let port: UInt16
    private let listener: Int32
    private let requested = Mutex<[String]>([])

    /// - Parameter answer: the whole answer to a path, status line and all; nil to say nothing and close.
    package init(_ answer: @escaping @Sendable (String) -> [UInt8]?) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw CocoaError(.fileReadUnknown) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                var buffer = [UInt8](repeating: 0, count: 65_536)
                let count = recv(connection, &buffer, buffer.count, 0)
                let words = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
                let path = words.count > 1 ? String(words[1]) : ""
                self?.requested.withLock { $0.append(path) }
                if let bytes = answer(path) { _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
                close(connection)
            }
        }.start()
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Paths in the order in which they were asked for.
    package var paths: [String] { requested.withLock { $0 } }

    package var address: String { "http://127.0.0.1:\(port)" }

    /// A whole answer, after which the connection is closed.
    package static func answer(_ status: String, _ body: [UInt8], headers: String = "") -> [UInt8] {
        Array("HTTP/1.1 \(status)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\(headers)\r\n".utf8) + body
    }

    /// Serves a repository: metadata at `/metadata`, target files at `/metadata/targets`.
    package convenience init(serving repository: SimulatedTUFRepository) throws {
        var files: [String: [UInt8]] = [:]
        for (name, bytes) in repository.files { files["/metadata/" + name] = bytes }
        for (name, bytes) in repository.targetFiles { files["/metadata/targets/" + name] = bytes }
        try self.init { [files] path in
            files[path].map { Self.answer("200 OK", $0) } ?? Self.answer("404 Not Found", [])
        }
    }
}

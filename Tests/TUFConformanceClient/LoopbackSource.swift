import Glibc
import StrictEncoding
import TUFClient

/// A repository on a server of this machine, over HTTP/1.0 without encryption: enough for the conformance suite, and for
/// nothing else.
struct LoopbackSource: MetadataSource {
    /// `http://127.0.0.1:PORT/…`
    var metadata: String
    var targets: String

    func metadata(_ fileName: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        try get(joined(metadata, fileName), limit: limit)
    }

    func target(_ path: String, limit: Int) async throws(MetadataSourceError) -> [UInt8]? {
        let escaped = path.utf8.map { byte in
            let isPlain = (0x21..<0x7f).contains(byte) && !"%?#\"<>".utf8.contains(byte)
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + Hex.encode(CollectionOfOne(byte))
        }
        return try get(joined(targets, escaped.joined()), limit: limit)
    }

    private func joined(_ base: String, _ path: String) -> String {
        base.hasSuffix("/") ? base + path : base + "/" + path
    }

    /// The body of a 200, nil for a 404.
    private func get(_ address: String, limit: Int) throws(MetadataSourceError) -> [UInt8]? {
        let parts = address.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).map(String.init)
        let host = parts.count == 3 ? parts[1].split(separator: ":").map(String.init) : []
        guard host.count == 2, host[0] == "127.0.0.1", let port = UInt16(host[1]) else {
            throw .unreachable(address, why: "no address of this machine")
        }
        // Headers are few here.
        let answer = try exchange("GET /\(parts[2]) HTTP/1.0\r\nHost: \(parts[1])\r\n\r\n", port, limit: limit + 8192)
        guard let headEnd = answer.indices.first(where: { answer[$0...].starts(with: "\r\n\r\n".utf8) }) else {
            throw .unreachable(address, why: "no answer")
        }
        let status = answer[..<headEnd].split(separator: 0x20).dropFirst().first.map {
            String(decoding: $0, as: UTF8.self)
        }
        let body = Array(answer[(headEnd + 4)...])
        switch status {
        case "200":
            guard body.count <= limit else { throw .tooLarge(address, limit: limit) }
            return body
        case "404": return nil
        default: throw .unreachable(address, why: "status \(status ?? "none")")
        }
    }

    private func exchange(_ request: String, _ port: UInt16, limit: Int) throws(MetadataSourceError) -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let bytes = Array(request.utf8)
        guard isConnected, send(descriptor, bytes, bytes.count, 0) == bytes.count else {
            throw .unreachable("server", why: "no connection")
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while answer.count <= limit {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        return answer
    }
}

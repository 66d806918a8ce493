import Glibc

/// A port of loopback that is taken and that nobody listens on, so that each connection to it is refused for as long as this
/// lives. One that was merely given back may be another test's a moment later.
package final class ClosedPort: Sendable {
    package let number: Int
    private let sockets: [Int32]

    package var host: String { "127.0.0.1:\(number)" }

    /// Taken of both families, where the machine has both: `localhost` may be either.
    package init() throws {
        for _ in 0..<100 {
            guard let (first, port) = Self.bound(AF_INET, port: 0) else { break }
            if let (second, _) = Self.bound(AF_INET6, port: port) {
                (number, sockets) = (port, [first, second])
                return
            }
            guard errno == EADDRINUSE else {
                (number, sockets) = (port, [first])
                return
            }
            close(first)
        }
        throw RegistrySimulatorError.noPort
    }

    deinit { for socket in sockets { close(socket) } }

    /// A socket that is bound and does not listen, and its port; nil, with `errno`, where it can't be had.
    private static func bound(_ family: Int32, port: Int) -> (socket: Int32, port: Int)? {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var given = UInt16(truncatingIfNeeded: port).bigEndian
        let isBound: Bool
        if family == AF_INET {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            address.sin_port = given
            isBound = bind(descriptor, &address)
            given = address.sin_port
        } else {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_addr = in6addr_loopback
            address.sin6_port = given
            isBound = bind(descriptor, &address)
        }
        guard isBound else {
            let reason = errno
            close(descriptor)
            errno = reason
            return nil
        }
        return (descriptor, Int(UInt16(bigEndian: given)))
    }

    /// - Parameter address: gets the port that the system chose.
    private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) -> Bool {
        var size = socklen_t(MemoryLayout<Address>.size)
        return withUnsafeMutableBytes(of: &address) { bytes in
            guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return Glibc.bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &size) == 0
        }
    }
}

import Glibc
import NIOPosix
import Synchronization

/// How names become addresses: the system's resolver, or a table of a test's.
public struct NameLookup: Sendable {
    private let find: @Sendable (_ host: String) -> Result<[NetworkAddress], LookupFailure>

    /// `getaddrinfo`, on a thread that may wait.
    public static let system = NameLookup { host in Self.ask(host) }

    /// Answers from a table; other names are not known.
    public static func table(_ names: [String: [String]]) -> NameLookup {
        NameLookup { host in
            guard let found = names[host] else { return .failure(LookupFailure(text: "unknown name")) }
            return .success(found.compactMap { NetworkAddress($0) })
        }
    }

    fileprivate struct LookupFailure: Error {
        let text: String
    }

    private init(_ find: @escaping @Sendable (_ host: String) -> Result<[NetworkAddress], LookupFailure>) {
        self.find = find
    }

    /// In the order in which they should be tried. Returns at once when the task is cancelled; the resolver, which
    /// can't be interrupted, then answers to nobody.
    func addresses(of origin: HTTPOrigin) async throws(HTTPTransportError) -> [NetworkAddress] {
        let waiting = Waiting()
        let find = self.find
        let host = origin.host
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiting.start(continuation)
                NIOThreadPool.singleton.submit { _ in waiting.end(find(host)) }
            }
        } onCancel: {
            waiting.end(nil)
        }
        switch result {
        case nil: throw .cancelled
        case .success(let addresses): return addresses
        case .failure(let failure): throw .unreachable(origin, failure.text)
        }
    }

    /// One continuation, resumed once by whoever comes first.
    private final class Waiting: Sendable {
        typealias Answer = Result<[NetworkAddress], LookupFailure>?
        private enum State {
            case new
            case waiting(CheckedContinuation<Answer, Never>)
            case ended
        }
        private let state = Mutex(State.new)

        func start(_ continuation: CheckedContinuation<Answer, Never>) {
            let isEnded = state.withLock { state in
                if case .ended = state { return true }
                state = .waiting(continuation)
                return false
            }
            if isEnded { continuation.resume(returning: nil) }
        }

        func end(_ answer: Answer) {
            let continuation: CheckedContinuation<Answer, Never>? = state.withLock { state in
                defer { state = .ended }
                if case .waiting(let continuation) = state { return continuation }
                return nil
            }
            continuation?.resume(returning: answer)
        }
    }

    private static func ask(_ host: String) -> Result<[NetworkAddress], LookupFailure> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            return .failure(LookupFailure(text: String(cString: gai_strerror(status)).lowercased()))
        }
        defer { freeaddrinfo(list) }
        var addresses: [NetworkAddress] = []
        var entry = list
        while let info = entry?.pointee {
            entry = info.ai_next
            guard let address = address(of: info), !addresses.contains(address) else { continue }
            addresses.append(address)
        }
        return .success(addresses)
    }

    private static func address(of info: addrinfo) -> NetworkAddress? {
        guard let pointer = UnsafeRawPointer(info.ai_addr) else { return nil }
        switch info.ai_family {
        case AF_INET:
            let address = pointer.loadUnaligned(as: sockaddr_in.self).sin_addr
            return NetworkAddress(bytes: withUnsafeBytes(of: address) { Array($0) })
        case AF_INET6:
            let address = pointer.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return NetworkAddress(bytes: withUnsafeBytes(of: address) { Array($0) })
        default: return nil
        }
    }
}

import Synchronization

/// How many connections there are, in all and from each address.
final class ConnectionLedger: Sendable {
    private let limits: HTTPLimits
    private let state = Mutex(State())

    private struct State {
        var total = 0
        var byPeer: [String: Int] = [:]
    }

    init(_ limits: HTTPLimits) { self.limits = limits }

    /// Takes a place for a connection.
    ///
    /// - Parameter peer: nil for one that counts in all only.
    /// - Returns: why there is none; nil if the connection is counted, until ``close(_:)``.
    func open(_ peer: String?) -> Refusal? {
        state.withLock { state in
            guard state.total < limits.connections else { return .tooMany }
            if let peer {
                guard state.byPeer[peer, default: 0] < limits.connectionsPerPeer else { return .tooManyOfPeer }
                state.byPeer[peer, default: 0] += 1
            }
            state.total += 1
            return nil
        }
    }

    func close(_ peer: String?) {
        state.withLock { state in
            state.total -= 1
            guard let peer, let count = state.byPeer[peer] else { return }
            // An address that left takes no memory.
            state.byPeer[peer] = count > 1 ? count - 1 : nil
        }
    }

    var count: Int { state.withLock { $0.total } }

    enum Refusal: Sendable, Equatable {
        case tooMany, tooManyOfPeer
    }
}

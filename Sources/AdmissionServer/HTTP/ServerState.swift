import Synchronization

/// What the parts of one server tell each other: whether it goes, and what is under way.
final class ServerState: Sendable {
    private let draining = Atomic(false)
    private let requests = Atomic(0)

    var isDraining: Bool { draining.load(ordering: .relaxed) }
    var requestsUnderWay: Int { requests.load(ordering: .relaxed) }

    func drain() { draining.store(true, ordering: .relaxed) }
    func requestBegan() { requests.add(1, ordering: .relaxed) }
    func requestEnded() { requests.subtract(1, ordering: .relaxed) }
}

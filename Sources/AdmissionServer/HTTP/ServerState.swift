import StrictEncoding
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

/// What was asked and refused, by surface: every count has a closed set of keys.
final class RequestCounts: Sendable {
    private let state = Mutex(State())

    private struct State {
        var answered: [Key: Int] = [:]
        var refused: [Refusal: Int] = [:]
    }

    struct Key: Sendable, Hashable {
        /// Nil for a path that is no surface's.
        let surface: SurfaceName?
        /// 2 for 200 to 299, and so on.
        let statusClass: Int
    }

    struct Refusal: Sendable, Hashable {
        let surface: SurfaceName?
        let code: String
    }

    func answered(_ status: Int, on surface: SurfaceName?, in duration: Duration) {
        state.withLock { $0.answered[Key(surface: surface, statusClass: status / 100), default: 0] += 1 }
    }

    func refused(_ problem: Problem, on surface: SurfaceName?) {
        state.withLock { $0.refused[Refusal(surface: surface, code: problem.code), default: 0] += 1 }
    }

    var snapshot: (answered: [Key: Int], refused: [Refusal: Int]) {
        state.withLock { ($0.answered, $0.refused) }
    }
}

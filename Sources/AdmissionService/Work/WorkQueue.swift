import Synchronization

/// So many pieces of work at a time, so many that wait, and no more; of both only a part for one lane, so that a slow
/// registry does not take what the others need.
///
/// Work is begun in the order in which it came, except that what its lane holds up is passed over.
final class WorkQueue: Sendable {
    struct Bounds: Sendable {
        var running: Int
        var runningInLane: Int
        var waiting: Int
        var waitingInLane: Int
    }

    private struct Job {
        let number: Int
        let lane: String
        let begin: @Sendable () -> Void
    }
    private struct Lane {
        var running = 0
        var waiting = 0
    }
    private struct State {
        var running = 0
        var lanes: [String: Lane] = [:]
        var waiting: [Job] = []
        var next = 0

        mutating func begin(in lane: String) {
            running += 1
            lanes[lane, default: Lane()].running += 1
        }

        /// A lane in which nothing happens is forgotten: names come from questions.
        mutating func change(_ name: String, _ change: (inout Lane) -> Void) {
            var lane = lanes[name] ?? Lane()
            change(&lane)
            lanes[name] = lane.running == 0 && lane.waiting == 0 ? nil : lane
        }
    }
    private let bounds: Bounds
    private let state = Mutex(State())

    init(_ bounds: Bounds) { self.bounds = bounds }

    enum Place: Sendable, Equatable {
        case began
        /// By this number it can be withdrawn.
        case waits(Int)
        case refused
    }

    /// Begins the work now or when its turn comes, or refuses it. Whoever began calls ``end(lane:)`` once.
    ///
    /// - Parameter begin: called at once, or later by whoever ends; must not wait.
    func submit(lane: String, _ begin: @escaping @Sendable () -> Void) -> Place {
        let place = state.withLock { state -> Place in
            let own = state.lanes[lane] ?? Lane()
            if state.running < bounds.running, own.running < bounds.runningInLane {
                state.begin(in: lane)
                return .began
            }
            guard state.waiting.count < bounds.waiting, own.waiting < bounds.waitingInLane else { return .refused }
            state.next += 1
            state.waiting.append(Job(number: state.next, lane: lane, begin: begin))
            state.lanes[lane, default: Lane()].waiting += 1
            return .waits(state.next)
        }
        if place == .began { begin() }
        return place
    }

    func end(lane: String) {
        let next = state.withLock { state -> Job? in
            state.running -= 1
            state.change(lane) { $0.running -= 1 }
            guard state.running < bounds.running,
                let position = state.waiting.firstIndex(where: {
                    (state.lanes[$0.lane]?.running ?? 0) < bounds.runningInLane
                })
            else { return nil }
            let job = state.waiting.remove(at: position)
            state.change(job.lane) { $0.waiting -= 1 }
            state.begin(in: job.lane)
            return job
        }
        next?.begin()
    }

    /// Takes back what has not begun.
    ///
    /// - Returns: whether it had not.
    func withdraw(_ number: Int) -> Bool {
        state.withLock { state in
            guard let position = state.waiting.firstIndex(where: { $0.number == number }) else { return false }
            let job = state.waiting.remove(at: position)
            state.change(job.lane) { $0.waiting -= 1 }
            return true
        }
    }

    var depth: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting.count) } }
}

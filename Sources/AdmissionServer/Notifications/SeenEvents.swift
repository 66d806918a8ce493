import StrictEncoding
import Synchronization

/// Events that were queued a short while ago, by all that they say: a registry whose call broke off after the queue had
/// taken its events sends them again.
///
/// An id alone is not enough to know one: whoever can post could then use up the ids of others. It is a memory of one
/// process; what slips through is joined in the queue, or decided once more.
final class SeenEvents: Sendable {
    private struct Key: Hashable {
        let registry: ExactString
        let event: RegistryEvent
    }
    private struct State {
        var seen: [Key: Instant] = [:]
        /// In the order in which they were seen, the oldest first; `first` is where they begin.
        var order: [Key] = []
        var first = 0
    }
    private let state = Mutex(State())
    private let capacity: Int
    private let seconds: Int64

    init(capacity: Int, seconds: Int64) {
        self.capacity = capacity
        self.seconds = seconds
    }

    /// Whether this event was noted less than the time that is remembered ago. One without an id never was.
    func contains(_ event: RegistryEvent, of registry: String, at now: Instant) -> Bool {
        guard event.id != nil else { return false }
        return state.withLock { state in
            guard let seen = state.seen[Key(registry: ExactString(registry), event: event)] else { return false }
            return now < seen.adding(seconds: seconds)
        }
    }

    /// Notes what is in the queue now.
    func note(_ events: [RegistryEvent], of registry: String, at now: Instant) {
        state.withLock { state in
            for event in events where event.id != nil {
                let key = Key(registry: ExactString(registry), event: event)
                if state.seen.updateValue(now, forKey: key) == nil { state.order.append(key) }
            }
            while state.order.count - state.first > capacity {
                state.seen[state.order[state.first]] = nil
                state.first += 1
            }
            // Moved together now and then rather than at each step.
            if state.first > capacity {
                state.order.removeFirst(state.first)
                state.first = 0
            }
        }
    }

    var count: Int { state.withLock { $0.seen.count } }
}

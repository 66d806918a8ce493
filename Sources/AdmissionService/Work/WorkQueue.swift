import Synchronization

/// So many pieces of work at a time, so many that wait, and no more; of both only a part for one lane, so that a slow
/// registry does not take what the others need.
///
/// A tenant alone may take all of it. Where several want it, turns go to whoever has the least under way, and where nothing
/// more may wait, whoever has the most waiting makes room: who asks a thousand questions at once delays himself.
final class WorkQueue: Sendable {
    struct Bounds: Sendable {
        var running: Int
        var runningInLane: Int
        var waiting: Int
        var waitingInLane: Int
    }

    /// What work takes up while it waits and runs.
    struct Claim: Sendable, Hashable {
        let lane: String
        let tenant: TenantName
    }

    private struct Job {
        let number: Int
        let claim: Claim
        let begin: @Sendable () -> Void
        let displaced: @Sendable () -> Void
    }
    private struct Counts {
        var running = 0
        var waiting = 0
    }
    private struct State {
        var running = 0
        var lanes: [String: Counts] = [:]
        var tenants: [TenantName: Counts] = [:]
        /// In the order in which they came.
        var waiting: [Job] = []
        var next = 0

        mutating func count(_ claim: Claim, running: Int = 0, waiting: Int = 0) {
            self.running += running
            Self.change(&lanes, claim.lane, running, waiting)
            Self.change(&tenants, claim.tenant, running, waiting)
        }

        /// Whatever has nothing under way is forgotten: names come from questions.
        private static func change<Name: Hashable>(
            _ all: inout [Name: Counts], _ name: Name, _ running: Int, _ waiting: Int
        ) {
            var counts = all[name] ?? Counts()
            counts.running += running
            counts.waiting += waiting
            all[name] = counts.running == 0 && counts.waiting == 0 ? nil : counts
        }

        mutating func remove(at position: Int) -> Job {
            let job = waiting.remove(at: position)
            count(job.claim, waiting: -1)
            return job
        }

        /// The one whose turn it is: of the tenant that has the least running the oldest, past what its lane holds up.
        func turn(_ bounds: Bounds) -> Int? {
            var found: (position: Int, running: Int)?
            for (position, job) in waiting.enumerated() {
                guard (lanes[job.claim.lane]?.running ?? 0) < bounds.runningInLane else { continue }
                let running = tenants[job.claim.tenant]?.running ?? 0
                if found.map({ running < $0.running }) ?? true { found = (position, running) }
                if running == 0 { break }
            }
            return found?.position
        }

        /// The newest of whoever has the most waiting, in a lane or, where that is nil, in all; nil where that is no more
        /// than the asker would have himself.
        func whoMakesRoom(for tenant: TenantName, in lane: String?) -> Int? {
            var counts: [TenantName: Int] = [:]
            for job in waiting where lane == nil || job.claim.lane == lane { counts[job.claim.tenant, default: 0] += 1 }
            guard let most = counts.values.max(), most > (counts[tenant] ?? 0) + 1 else { return nil }
            return waiting.lastIndex { (lane == nil || $0.claim.lane == lane) && counts[$0.claim.tenant] == most }
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

    /// Begins the work now or when its turn comes, or refuses it. Whoever began calls ``end(_:)`` once. Neither closure may
    /// wait.
    ///
    /// - Parameters:
    ///   - begin: called at once, or later by whoever ends.
    ///   - displaced: called instead, where what waited had to make room for another tenant.
    func submit(
        _ claim: Claim, begin: @escaping @Sendable () -> Void, displaced: @escaping @Sendable () -> Void
    ) -> Place {
        let (place, leaving) = state.withLock { state -> (Place, Job?) in
            let own = state.lanes[claim.lane] ?? Counts()
            if state.running < bounds.running, own.running < bounds.runningInLane {
                state.count(claim, running: 1)
                return (.began, nil)
            }
            var leaving: Job?
            let isLaneFull = own.waiting >= bounds.waitingInLane
            if isLaneFull || state.waiting.count >= bounds.waiting {
                guard let position = state.whoMakesRoom(for: claim.tenant, in: isLaneFull ? claim.lane : nil) else {
                    return (.refused, nil)
                }
                leaving = state.remove(at: position)
            }
            state.next += 1
            state.waiting.append(Job(number: state.next, claim: claim, begin: begin, displaced: displaced))
            state.count(claim, waiting: 1)
            return (.waits(state.next), leaving)
        }
        leaving?.displaced()
        if place == .began { begin() }
        return place
    }

    func end(_ claim: Claim) {
        let next = state.withLock { state -> Job? in
            state.count(claim, running: -1)
            guard state.running < bounds.running, let position = state.turn(bounds) else { return nil }
            let next = state.remove(at: position)
            state.count(next.claim, running: 1)
            return next
        }
        next?.begin()
    }

    /// Takes back what has not begun.
    ///
    /// - Returns: whether it had not.
    func withdraw(_ number: Int) -> Bool {
        state.withLock { state in
            guard let position = state.waiting.firstIndex(where: { $0.number == number }) else { return false }
            _ = state.remove(at: position)
            return true
        }
    }

    var depth: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting.count) } }
}

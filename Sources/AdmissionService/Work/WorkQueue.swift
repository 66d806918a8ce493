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
        let begin: @Sendable () -> Void
        let displaced: @Sendable () -> Void
    }
    private struct Counts {
        var running = 0
        var waiting = 0
    }
    /// Those who wait with one claim, by their numbers, the oldest first. Whoever left from the middle is passed over later.
    private struct Line {
        var numbers: [Int] = []
        var first = 0
        /// How many of them wait still.
        var waiting = 0
    }
    /// What is done for each question takes no longer the more of them wait, only the more claims there are: one for each
    /// registry and tenant of the configuration, at the most.
    private struct State {
        var running = 0
        var waiting = 0
        var lanes: [String: Counts] = [:]
        var tenants: [TenantName: Counts] = [:]
        var lines: [Claim: Line] = [:]
        var jobs: [Int: (claim: Claim, job: Job)] = [:]
        var next = 0

        mutating func count(_ claim: Claim, running: Int = 0, waiting: Int = 0) {
            self.running += running
            self.waiting += waiting
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

        mutating func add(_ claim: Claim, _ job: Job) -> Int {
            next += 1
            jobs[next] = (claim, job)
            lines[claim, default: Line()].numbers.append(next)
            lines[claim]?.waiting += 1
            count(claim, waiting: 1)
            return next
        }

        mutating func remove(_ number: Int) -> (claim: Claim, job: Job)? {
            guard let found = jobs.removeValue(forKey: number), var line = lines[found.claim] else { return nil }
            count(found.claim, waiting: -1)
            line.waiting -= 1
            lines[found.claim] = nil
            if line.waiting > 0 {
                while jobs[line.numbers[line.first]] == nil { line.first += 1 }
                while let last = line.numbers.last, jobs[last] == nil { line.numbers.removeLast() }
                // At most as many numbers of those who left as of those who wait.
                if line.numbers.count > 2 * line.waiting + 64 {
                    line.numbers = line.numbers[line.first...].filter { jobs[$0] != nil }
                    line.first = 0
                }
                lines[found.claim] = line
            }
            return found
        }

        /// Whose turn it is: of the tenant that has the least running the oldest, past what its lane holds up.
        func turn(_ bounds: Bounds) -> Int? {
            var found: (running: Int, number: Int)?
            for (claim, line) in lines where (lanes[claim.lane]?.running ?? 0) < bounds.runningInLane {
                let oldest = (tenants[claim.tenant]?.running ?? 0, line.numbers[line.first])
                if found.map({ oldest < $0 }) ?? true { found = oldest }
            }
            return found?.number
        }

        /// The newest of whoever has the most waiting, in a lane or, where that is nil, in all; nil where that is no more
        /// than the asker would have himself.
        func whoMakesRoom(for tenant: TenantName, in lane: String?) -> Int? {
            var counts: [TenantName: (waiting: Int, newest: Int)] = [:]
            for (claim, line) in lines where lane == nil || claim.lane == lane {
                let known = counts[claim.tenant] ?? (0, 0)
                counts[claim.tenant] = (known.waiting + line.waiting, max(known.newest, line.numbers.last ?? 0))
            }
            // Of several that have as many, whoever came last.
            guard let most = counts.values.max(by: { $0 < $1 }), most.waiting > (counts[tenant]?.waiting ?? 0) + 1
            else { return nil }
            return most.newest
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
            if isLaneFull || state.waiting >= bounds.waiting {
                guard let number = state.whoMakesRoom(for: claim.tenant, in: isLaneFull ? claim.lane : nil) else {
                    return (.refused, nil)
                }
                leaving = state.remove(number)?.job
            }
            return (.waits(state.add(claim, Job(begin: begin, displaced: displaced))), leaving)
        }
        leaving?.displaced()
        if place == .began { begin() }
        return place
    }

    func end(_ claim: Claim) {
        let next = state.withLock { state -> Job? in
            state.count(claim, running: -1)
            guard state.running < bounds.running, let number = state.turn(bounds),
                let next = state.remove(number)
            else { return nil }
            state.count(next.claim, running: 1)
            return next.job
        }
        next?.begin()
    }

    /// Takes back what has not begun.
    ///
    /// - Returns: whether it had not.
    func withdraw(_ number: Int) -> Bool { state.withLock { $0.remove(number) != nil } }

    var depth: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting) } }
}

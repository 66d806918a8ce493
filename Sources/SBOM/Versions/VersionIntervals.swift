/// A set of versions as intervals: what ranges of ecosystems, with their "and" and "or", are worked out in before they
/// are written as VERS.
struct VersionIntervals {
    /// A version at an end of an interval, and whether the interval holds it.
    struct Bound {
        var version: Version
        var isInclusive: Bool
    }

    /// Nil means no bound.
    struct Interval {
        var low: Bound?
        var high: Bound?
    }

    /// In any order, possibly overlapping.
    var intervals: [Interval]

    static let everything = VersionIntervals(intervals: [Interval()])

    init(intervals: [Interval]) { self.intervals = intervals }

    init(_ comparator: VersionRange.Comparator, _ version: Version) {
        let open = Bound(version: version, isInclusive: false)
        let closed = Bound(version: version, isInclusive: true)
        intervals =
            switch comparator {
            case .equal: [Interval(low: closed, high: closed)]
            case .notEqual: [Interval(high: open), Interval(low: open)]
            case .less: [Interval(high: open)]
            case .lessOrEqual: [Interval(high: closed)]
            case .greater: [Interval(low: open)]
            case .greaterOrEqual: [Interval(low: closed)]
            }
    }

    /// At least the one, below the other.
    init(from low: Version, below high: Version) {
        intervals = [
            Interval(low: Bound(version: low, isInclusive: true), high: Bound(version: high, isInclusive: false))
        ]
    }

    func union(_ other: VersionIntervals) -> VersionIntervals {
        VersionIntervals(intervals: intervals + other.intervals)
    }

    func intersection(_ other: VersionIntervals) -> VersionIntervals {
        // Both sides are normalised first, so that "and" of many exclusions stays linear in what is written.
        var found: [Interval] = []
        let left = normalized()
        let right = other.normalized()
        var l = 0
        var r = 0
        while l < left.count, r < right.count {
            let both = Interval(
                low: Self.lowOrder(left[l].low, right[r].low) == .less ? right[r].low : left[l].low,
                high: Self.highOrder(left[l].high, right[r].high) == .greater ? right[r].high : left[l].high)
            if !Self.isEmpty(both) { found.append(both) }
            if Self.highOrder(left[l].high, right[r].high) == .less { l += 1 } else { r += 1 }
        }
        return VersionIntervals(intervals: found)
    }

    /// Sorted, disjoint, and nothing that could be one interval in two.
    func normalized() -> [Interval] {
        let sorted = intervals.filter { !Self.isEmpty($0) }.sorted { Self.lowOrder($0.low, $1.low) == .less }
        var merged: [Interval] = []
        for interval in sorted {
            guard let last = merged.last, Self.touches(last.high, interval.low) else {
                merged.append(interval)
                continue
            }
            if Self.highOrder(last.high, interval.high) == .less { merged[merged.count - 1].high = interval.high }
        }
        return merged
    }

    /// As VERS: an interval of one version is that version, a gap of one version its exclusion.
    func range(_ scheme: VersionScheme) throws(VersionRangeError) -> VersionRange {
        let intervals = normalized()
        guard !intervals.isEmpty else { throw .empty }
        var constraints: [VersionRange.Constraint] = []
        for (index, interval) in intervals.enumerated() {
            let previous = index > 0 ? intervals[index - 1].high : nil
            if let low = interval.low {
                let order = previous.flatMap { low.version.order(against: $0.version) }
                if order == .equal {
                    constraints.append(.init(.notEqual, low.version))
                } else if let high = interval.high, high.version.order(against: low.version) == .equal {
                    constraints.append(.init(.equal, low.version))
                    continue
                } else {
                    constraints.append(.init(low.isInclusive ? .greaterOrEqual : .greater, low.version))
                }
            }
            if let high = interval.high, index + 1 == intervals.count || !high.isJoined(to: intervals[index + 1].low) {
                constraints.append(.init(high.isInclusive ? .lessOrEqual : .less, high.version))
            }
        }
        return try VersionRange(scheme: scheme, constraints)
    }

    private static func isEmpty(_ interval: Interval) -> Bool {
        guard let low = interval.low, let high = interval.high else { return false }
        switch low.version.order(against: high.version) {
        case .less: return false
        case .equal: return !(low.isInclusive && high.isInclusive)
        default: return true
        }
    }

    private static func touches(_ high: Bound?, _ low: Bound?) -> Bool {
        guard let high, let low else { return true }
        switch high.version.order(against: low.version) {
        case .greater: return true
        case .equal: return high.isInclusive || low.isInclusive
        default: return false
        }
    }

    private static func lowOrder(_ left: Bound?, _ right: Bound?) -> VersionOrder {
        guard let left, let right else { return .of(left == nil ? 0 : 1, right == nil ? 0 : 1) }
        return (left.version.order(against: right.version) ?? .equal)
            .or(.of(left.isInclusive ? 0 : 1, right.isInclusive ? 0 : 1))
    }

    private static func highOrder(_ left: Bound?, _ right: Bound?) -> VersionOrder {
        guard let left, let right else { return .of(left == nil ? 1 : 0, right == nil ? 1 : 0) }
        return (left.version.order(against: right.version) ?? .equal)
            .or(.of(left.isInclusive ? 1 : 0, right.isInclusive ? 1 : 0))
    }
}

extension VersionIntervals.Bound {
    /// Whether only one version lies between this upper bound and the next lower one.
    fileprivate func isJoined(to low: VersionIntervals.Bound?) -> Bool {
        low?.version.order(against: version) == .equal
    }
}
